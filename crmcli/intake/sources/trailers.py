"""What stands below the last row: totals, and the remarks that a program or a person signs a list with."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from crmcli.i18n import plural
from crmcli.intake.sources.rows import Rows, Source
from crmcli.values import plain_phone

_TAIL = 40
_TOTAL = re.compile(
    r"(?:(?:本[页頁])?(?:合\s*[计計]|小\s*[计計])|[总總]\s*[计計]|共\s*[计計]|[总總]\s*[额額数數]|[汇匯]\s*[总總]"
    r"|grand total|sub-?total|totals?|sum)\s*[:：(（]?",
    re.IGNORECASE,
)
# What a row of sums within a list begins with: no more than the word, because a customer may be called like it.
_SUMS = {
    f"{page}{word}{colon}"
    for page in ("", "本页", "本頁")
    for word in ("小计", "合计", "小計", "合計", "小 计", "合 计")
    for colon in ("", ":", "：")
} | {"Subtotal", "Subtotal:", "Sub-total", "Sub-total:"}
_IN_SUMS = ("计", "計", "total")
_DONE = r"(?:制表|制單|制单|打印|列印|导出|匯出|审核|審核|填表|经办|經辦|复核|複核)"
_SIGNED = re.compile(
    rf"{_DONE}[^:：]{{0,8}}[:：]|(?:备注|備註|注|说明|說明|以上)\s*[:：]|copyright\W*(?:\(c\)|©|\d|by\b)|\(c\)|©",
    re.IGNORECASE,
)
"""What a remark begins with, whoever it names."""
_UTTERED = re.compile(
    rf"{_DONE}(?:人|日期|时间|時間|部门|部門|\s|\d|$)"
    r"|以上(?:数据|數據|资料|資料|信息|内容|內容|客户|客戶|名单|名單|为|均|仅|僅|\s)"
    r"|共\s*\d+\s*[条條行家户戶个個]|第\s*\d+\s*[页頁]|confidential\b|generated (?:by|on|at)\b"
    r"|exported (?:by|from|on)\b|printed (?:by|on)\b|page \d|as of \d"
    r"|total (?:records|rows|count)\b|\d+ (?:rows|records)\b",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"(?:公司|厂|廠|店|中心|集团|集團|商行|工作室)$|有限|\b(?:ltd|llc|inc|gmbh|corp|limited)\.?$", re.IGNORECASE
)
_AMOUNT = re.compile(r"(?a)[-+(]?\s*[￥¥$€£]?\s*[\d,. ]+(?:\s*[%％]|万?元?)\)?|[-—–]+")
_COUNT = re.compile(
    r"(?a)共?\s*\d[\d,]*\s*(?:[家户戶个個条條行位名人笔筆单單项項件次]"
    r"\s*(?:客户|客戶|公司|企业|企業|单位|單位|商户|商戶|联系人|聯絡人|线索|線索|记录|記錄|数据|數據|订单|訂單|合同)?"
    r"|(?:rows?|records?|customers?|clients?|accounts?|companies|contacts?|leads?|orders?|items?|entries)\b)",
    re.IGNORECASE,
)
"""How many there are: 65家, 3 个客户, 12 rows."""


def without_trailer(
    source: Source, headings: list[str], heading_line: int, naming: Collection[int]
) -> Callable[[], Iterator[Rows]]:
    """The chunks of a list without what stands below its last row and what its pages repeat, both of which is said.

    `headings` stand on `heading_line`; what a row is about stands in the columns `naming`. Only the last chunk is
    kept back for it.
    """
    chunks = source.chunks

    def trimmed() -> Iterator[Rows]:
        before: Rows | None = None
        for chunk in chunks():
            if before is not None and len(chunk.lines) < _TAIL:
                before = Rows(before.lines + chunk.lines, before.cells + chunk.cells)
                continue
            if before is not None:
                yield before
            before = chunk
        if before is not None:
            keep = trailer_begins(before.lines, before.cells, len(headings))
            say(source, before.lines[keep:])
            if keep:
                yield Rows(before.lines[:keep], before.cells[:keep])

    def rows() -> Iterator[Rows]:
        repeated: list[int] = []
        for chunk in trimmed():
            odd = _repeated(chunk, headings, heading_line, naming)
            repeated += odd
            kept = [at for at, line in enumerate(chunk.lines) if line not in odd] if odd else []
            if kept:
                yield Rows([chunk.lines[at] for at in kept], [chunk.cells[at] for at in kept], chunk.share)
            elif not odd:
                yield chunk
        say_within(source, repeated)

    return rows


def _repeated(chunk: Rows, headings: list[str], heading_line: int, naming: Collection[int]) -> set[int]:
    """The lines of a chunk, below the headings, that are the headings again or the sums of a page."""
    found: set[int] = set()
    # Most chunks have neither, and are only looked over for it.
    if headings[0] in chunk.column(0):
        found |= {line for line, row in zip(chunk.lines, chunk.cells, strict=True) if row == headings}
    if any(_has_sum(chunk.column(at)) for at in naming):
        found |= {line for line, row in zip(chunk.lines, chunk.cells, strict=True) if is_page_total(row)}
    return {line for line in found if line > heading_line}


def say(source: Source, lines: list[int]) -> None:
    """That these lines were left out, once however often the file is read."""
    if lines:
        note = plural(
            "{file}: line {first} below the list is left out",
            "{file}: {count} lines below the list, from {first} on, are left out",
            len(lines),
        ).format(file=source.path.name, first=lines[0], count=len(lines))
        if note not in source.notes:
            source.notes.append(note)


def say_within(source: Source, lines: list[int]) -> None:
    """That these lines among the rows were left out, once however often the file is read."""
    if lines:
        note = plural(
            "{file}: line {first} within the list repeats the headings or is a sum, and is left out",
            "{file}: {count} rows within the list, from line {first} on, repeat the headings or are sums: left out",
            len(lines),
        ).format(file=source.path.name, first=lines[0], count=len(lines))
        if note not in source.notes:
            source.notes.append(note)


def trailer_begins(lines: list[int], cells: list[list[str]], width: int) -> int:
    """The position of the first of these rows, the last of a file, that is none of the list.

    Below the last row there are only totals (合计, and amounts or counts), single cells that speak as remarks do,
    and, below a blank line, rows of one cell where the list has more columns; or single cells below several blank
    lines.
    """
    begin = len(cells)
    at = len(cells) - 1
    while at >= max(0, len(cells) - _TAIL):
        total = _is_total(cells[at])
        alone = width > 1 and sum(map(bool, map(str.strip, cells[at]))) == 1
        if not alone and not total:
            break
        gap = lines[at] - lines[at - 1] - 1 - sum(cell.count("\n") for cell in cells[at - 1]) if at else 0
        if total or _is_remark(cells[at]) or gap > 1 or (gap and len(cells[at]) == 1 and width > 2):
            begin = at
        at -= 1
    return begin


def _has_sum(column: Sequence[str]) -> bool:
    # A part of each of the words is found by one look over the column; companies are called like that, too.
    joined = "\n".join(column)
    return any(part in joined for part in _IN_SUMS) and not _SUMS.isdisjoint(column)


def is_page_total(cells: list[str]) -> bool:
    """A row of sums within a list: the word, no more, and amounts or counts."""
    return next(filter(str.strip, cells)).strip() in _SUMS and _is_total(cells)


def _is_total(cells: list[str]) -> bool:
    """A row that begins with a word for a sum and has nothing but amounts and counts."""
    first, *rest = filter(None, map(str.strip, cells))
    said = _TOTAL.match(first)
    if not said or (said.end() < len(first) and not _is_figure(first[said.end() :].strip(" :：)）"))):
        return False
    return all(_is_figure(cell) and not plain_phone(cell) for cell in rest)


def _is_figure(cell: str) -> bool:
    return bool(_AMOUNT.fullmatch(cell) or _COUNT.fullmatch(cell))


def _is_remark(cells: list[str]) -> bool:
    """Whether a row of one cell speaks of the list: who made it, when, for whom; a company may begin like that, too."""
    text = next(filter(None, map(str.strip, cells)))
    return bool(_SIGNED.match(text) or (_UTTERED.match(text) and not _COMPANY.search(text)))
