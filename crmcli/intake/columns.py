"""How the cells of one field come about: from one column of a file, from several, or from what a heading says.

The functions here are given whole columns, because a file has many rows and few columns.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial

from crmcli.errors import BadValue
from crmcli.intake.sources import SEVERAL
from crmcli.intake.sources.persons import whole_name
from crmcli.values import parse_yes_no

Column = Sequence[str]
Make = Callable[[Sequence[Column]], Column]
Prepare = Callable[[str], str]
_YEAR_LAST = re.compile(r"(?a)\s*(\d{1,2})([-/.])(\d{1,2})\2(\d{4})\b(.*)", re.DOTALL)
_AMOUNT = re.compile(r"(?a)(\s*\(?[-+]?\s*[￥¥$€£]?\s*(?:\d[\d, ]*(?:\.\d*)?|\.\d+))(\s*\)?\s*)")
_GOOGLE = " ::: "


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
        return [next(filter(None, cells), "") for cells in zip(*columns, strict=True)]

    return make


def person(full: Sequence[int], family: Sequence[int], given_: Sequence[int], middle: Sequence[int]) -> Make:
    """A person's name: the whole one where a column has it, else its parts put together."""

    def make(given: Sequence[Column]) -> Column:
        size = len(given[0]) if given else 0
        groups = (full, family, given_, middle)
        named, *parts = (_joined(given, places=tuple(at), between=SEVERAL, size=size) for at in groups)
        return [whole or whole_name(*cells) for whole, *cells in zip(named, *parts, strict=True)]

    return make


def _joined(given: Sequence[Column], *, places: Sequence[int], between: str, size: int = 0) -> Column:
    if not places:
        return [""] * size
    if len(places) == 1:
        return given[places[0]]
    rows = zip(*(given[at] for at in places), strict=True)
    return [between.join(dict.fromkeys(filter(None, map(str.strip, cells)))) for cells in rows]


# --- one cell, as its heading means it ---------------------------------------------------------------------------


def with_unit(unit: str) -> Prepare:
    """`12` under `金额(万元)` is `12万`; a cell that has a unit of its own keeps it."""

    def prepare(cell: str) -> str:
        found = _AMOUNT.fullmatch(cell)
        return f"{found[1].rstrip()}{unit}{found[2]}" if found else cell

    return prepare


def with_day(first: bool) -> Prepare:
    """`02/03/2024` with the year in front, in a column where the order of day and month is known."""

    def prepare(cell: str) -> str:
        found = _YEAR_LAST.fullmatch(cell)
        if not found:
            return cell
        day, month = (found[1], found[3]) if first else (found[3], found[1])
        return f"{found[4]}-{int(month):02}-{int(day):02}{found[5]}"

    return prepare


def google_values(cell: str) -> str:
    """Google Contacts writes several values in one cell."""
    return cell.replace(_GOOGLE, SEVERAL)


def first_value(cell: str) -> str:
    """HubSpot lists the ids of all companies of a deal, the primary one first."""
    return cell.partition(";")[0].strip()


def refused(cell: str) -> str:
    """The consent of somebody who opted out; not having done so is no consent."""
    try:
        return "no" if parse_yes_no(cell) == "yes" else ""
    except BadValue:
        return ""


# --- day or month ------------------------------------------------------------------------------------------------


def orders_of(cells: Sequence[str]) -> set[bool]:
    """Which orders the cells of a column prove: True for the day before the month, False for the month."""
    found = set()
    for cell in cells:
        if cell and (date := _YEAR_LAST.match(cell)):
            first, second = int(date[1]), int(date[3])
            if first != second and (first > 12) != (second > 12):
                found.add(first > 12)
    return found


def asks_for_order(cells: Sequence[str]) -> bool:
    """Whether any cell is a date whose day and month cannot be told apart."""
    dates = (date for cell in cells if cell and (date := _YEAR_LAST.match(cell)))
    return any(date[1] != date[3] and int(date[1]) <= 12 and int(date[3]) <= 12 for date in dates)
