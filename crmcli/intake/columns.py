"""How the cells of one field come about: from one column of a file, from several, or from what a heading says.

The functions here are given whole columns, because a file has many rows and few columns.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial

from crmcli.errors import BadValue
from crmcli.intake import persons
from crmcli.intake.cells import unguarded
from crmcli.intake.sources import SEVERAL
from crmcli.intake.sources.persons import whole_name
from crmcli.values import name_key, parse_date, parse_money
from crmcli.values.numerals import plain_numerals
from crmcli.values.text import fold

Column = Sequence[str]
Make = Callable[[Sequence[Column]], Column]
Prepare = Callable[[str], str]
_MONEY_SIGN = r"(?:(?:US|HK|NT|CN)?[$￥¥]|[€£]|CNY|RMB|USD|EUR|GBP|HKD|TWD|JPY|人民[币幣])"
AMOUNT = re.compile(
    rf"(?ai)(\s*\(?[-+]?\s*{_MONEY_SIGN}?\s*[-+]?\s*(?:\d[\d, ]*(?:\.\d*)?|\.\d+))(\s*{_MONEY_SIGN}?\s*-?\)?\s*)"
)
"""An amount in digits: what stands up to its last one, and what behind it."""
# A cell with one of these says itself what its number counts; 千 in words may be the number.
_OWN_UNIT = re.compile(r"(?ai)[万萬亿億元圆圓块角毛整]|\d\s*(?:千|k|w|mn?)(?![a-z])|yuan")
_GOOGLE = " ::: "
# Words below a heading that asks whether somebody refuses mails. A cross in a box is a tick; × is as often a no.
_REFUSED = {
    "yes", "y", "true", "t", "1", "1.0", "on", "x", "v", "是", "有", "对", "√", "✓", "✔", "☑", "☒", "■",
    "退订", "已退订", "勿扰", "免打扰", "拒绝", "已拒绝", "拒收",
    "unsubscribe", "unsubscribed", "opted out", "opted-out", "opt out", "opt-out", "optout",
    "do not contact", "do not email",
}  # fmt: skip
_NOT_REFUSED = {
    "", "no", "n", "false", "f", "0", "0.0", "off", "否", "不", "没", "未", "未退订", "☐", "□", "unknown", "subscribed",
}  # fmt: skip


# --- several columns, one field ----------------------------------------------------------------------------------


def several(places: Sequence[int]) -> Make:
    """All the values that stand in a row, each once."""
    return partial(_joined, places=tuple(places), between=SEVERAL)


def lines(places: Sequence[int]) -> Make:
    """All the texts of a row, one below the other."""
    return partial(_joined, places=tuple(places), between="\n")


def first_of(groups: Sequence[Sequence[int]]) -> Make:
    """The first group of columns that has anything in the row, its parts in one piece: street, then second line."""
    parts = [partial(_joined, places=tuple(group), between=" ") for group in groups]

    def make(given: Sequence[Column]) -> Column:
        columns = [part(given) for part in parts]
        return [next(filter(str.strip, cells), "") for cells in zip(*columns, strict=True)]

    return make


def person(full: Sequence[int], family: Sequence[int], given_: Sequence[int], middle: Sequence[int]) -> Make:
    """A person's name: the whole one where a column has it, else its parts put together; both if they differ."""

    def make(given: Sequence[Column]) -> Column:
        size = len(given[0]) if given else 0
        groups = (full, family, given_, middle)
        named, *parts = (_joined(given, places=tuple(at), between=SEVERAL, size=size) for at in groups)
        return [_whole(whole, cells) for whole, *cells in zip(named, *parts, strict=True)]

    return make


def _whole(whole: str, parts: Sequence[str]) -> str:
    """The whole name; parts that are not in it name somebody else, who is not to be lost."""
    if not whole:
        return whole_name(*parts)
    known = name_key(whole)
    if all(name_key(part) in known for part in parts if part.strip()):
        return whole
    return f"{whole}{SEVERAL}{whole_name(*parts)}"


def _joined(given: Sequence[Column], *, places: Sequence[int], between: str, size: int = 0) -> Column:
    if not places:
        return [""] * size
    if len(places) == 1:
        return given[places[0]]
    rows = zip(*(given[at] for at in places), strict=True)
    return [between.join(dict.fromkeys(filter(None, map(str.strip, cells)))) for cells in rows]


# --- one cell, as its heading means it ---------------------------------------------------------------------------


def with_unit(unit: str) -> Prepare:
    """`12` under `金额(万元)` is `12万`; a cell that has a unit of its own keeps it.

    An amount whose unit is not sure becomes a text that no amount is: better rejected than a unit too small.
    """

    def prepare(cell: str) -> str:
        cell = unguarded(cell)
        found = AMOUNT.fullmatch(cell) or AMOUNT.fullmatch(fold(cell))
        if found:
            return f"{found[1].rstrip()}{unit}{found[2]}"
        if _OWN_UNIT.search(narrow(cell)):
            return cell
        bare = _amount(cell)
        if bare is None:
            return cell
        sure = "千" not in plain_numerals(cell) and _amount(f"{cell}{unit}") == bare * (_amount(f"1{unit}") or 0) // 100
        return f"{cell}{unit}" if sure else f"{cell} ({unit}?)"

    return prepare


def _amount(text: str) -> int | None:
    try:
        return parse_money(text)
    except BadValue:
        return None


def narrow(cell: str) -> str:
    """The cell with its digits and signs in half width, as dates are compared."""
    return cell if cell.isascii() else fold(cell)


def google_values(cell: str) -> str:
    """Google Contacts writes several values in one cell."""
    return cell.replace(_GOOGLE, SEVERAL)


def first_value(cell: str) -> str:
    """HubSpot lists the ids of all companies of a deal, the primary one first."""
    return cell.partition(";")[0].strip()


def refused(cell: str) -> str:
    """The consent of somebody who opted out: `no`; not having done so is no consent, and says nothing.

    What may mean either comes back as a text that no consent is.
    """
    said = fold(cell).casefold()
    if said in _NOT_REFUSED or said in persons.NOTHING:
        return ""
    if said in _REFUSED or _is_day(said):
        return "no"
    return f"“{cell}”"


def _is_day(text: str) -> bool:
    try:
        parse_date(text)
    except BadValue as error:
        return error.code == "date-ambiguous"
    return True
