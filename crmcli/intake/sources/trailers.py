"""What stands below the last row: totals, and the remarks that a program or a person signs a list with."""

import re
from collections.abc import Callable, Iterator

from crmcli.i18n import plural
from crmcli.intake.sources.rows import Rows, Source
from crmcli.values import plain_phone

_TAIL = 40
_TOTAL = re.compile(
    r"(?:合\s*计|总\s*计|小\s*计|共\s*计|总\s*额|汇\s*总|grand total|sub-?total|totals?|sum)\s*[:：(（]?", re.I
)
_REMARK = re.compile(
    r"\s*(?:制表|打印|导出|审核|填表|经办|以上|备注\s*[:：]|注\s*[:：]|说明\s*[:：]|共\s*\d+\s*[条行家户个]|第\s*\d+\s*页|copyright\b"
    r"|\(c\)|©|confidential\b|generated (?:by|on|at)\b|exported (?:by|from|on)\b|printed (?:by|on)\b|page \d|as of \d"
    r"|total (?:records|rows|count)\b|\d+ (?:rows|records)\b)",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"(?a)[-+(]?\s*[￥¥$€£]?\s*[\d,. ]+(?:\s*[%％]|万?元?)\)?|[-—–]+")


def without_trailer(source: Source, width: int) -> Callable[[], Iterator[Rows]]:
    """The chunks of a list under `width` headings without what stands below its last row, which is said.

    Only the last chunk is kept back for it.
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
            keep = trailer_begins(before.lines, before.cells, width)
            say(source, before.lines[keep:])
            if keep:
                yield Rows(before.lines[:keep], before.cells[:keep])

    return trimmed


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


def trailer_begins(lines: list[int], cells: list[list[str]], width: int) -> int:
    """The position of the first of these rows, the last of a file, that is none of the list.

    Below the last row there are only totals (合计, and amounts), single cells that speak as remarks do, and, below
    a blank line, rows of one cell where the list has more columns; or single cells below several blank lines.
    """
    begin = len(cells)
    at = len(cells) - 1
    while at >= max(0, len(cells) - _TAIL) and width > 1:
        alone = sum(map(bool, cells[at])) == 1
        if not alone and not _is_total(cells[at]):
            break
        gap = lines[at] - lines[at - 1] - 1 - sum(cell.count("\n") for cell in cells[at - 1]) if at else 0
        if (
            _is_total(cells[at])
            or (alone and _is_remark(cells[at]))
            or gap > 1
            or (gap and len(cells[at]) == 1 and width > 2)
        ):
            begin = at
        at -= 1
    return begin


def _is_total(cells: list[str]) -> bool:
    """A row that begins with a word for a sum and has nothing but amounts."""
    first, *rest = filter(None, (cell.strip() for cell in cells))
    said = _TOTAL.match(first)
    if not said or (said.end() < len(first) and not _AMOUNT.fullmatch(first[said.end() :].strip(" :：)）"))):
        return False
    return all(_AMOUNT.fullmatch(cell) and not plain_phone(cell) for cell in rest)


def _is_remark(cells: list[str]) -> bool:
    return bool(_REMARK.match(next(filter(None, cells))))
