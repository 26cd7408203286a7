"""How the cells of one field come about: from one column of a file, from several, or from what a heading says.

The functions here are given whole columns, because a file has many rows and few columns. What one cell leaves open,
day or month, thousands or decimals, the whole column may tell: it is gone through when a cell asks for it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial, wraps
from math import log
from typing import Any

from crmcli.errors import BadValue
from crmcli.fields import Field, heading_note
from crmcli.i18n import _
from crmcli.intake import persons
from crmcli.intake.cells import unguarded
from crmcli.intake.sources import SEVERAL, Number, Source
from crmcli.intake.sources.persons import whole_name
from crmcli.values import name_key, parse_date, parse_money
from crmcli.values.dates import Order, orders_of
from crmcli.values.numerals import plain_numerals
from crmcli.values.text import fold

Column = Sequence[str]
Make = Callable[[Sequence[Column]], Column]
Prepare = Callable[[str], str]
# A date in numbers whose year comes last, or has two digits.
_DATE = re.compile(r"(?a)\s*(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(?:(\d{4})\b|(\d{1,2})\.?(?![^\sT]))(.*)", re.DOTALL)
_YEAR_IN_FRONT = re.compile(r"(?i)(?<![a-z])y{2,4}[^a-z]m{1,2}[^a-z]d{1,2}(?![a-z])")
_MONEY_SIGN = r"(?:(?:US|HK|NT|CN)?[$￥¥]|[€£]|CNY|RMB|USD|EUR|GBP|HKD|TWD|JPY|人民[币幣])"
_AMOUNT = re.compile(
    rf"(?ai)(\s*\(?[-+]?\s*{_MONEY_SIGN}?\s*[-+]?\s*(?:\d[\d, ]*(?:\.\d*)?|\.\d+))(\s*{_MONEY_SIGN}?\s*-?\)?\s*)"
)
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
        found = _AMOUNT.fullmatch(cell) or _AMOUNT.fullmatch(fold(cell))
        if found:
            return f"{found[1].rstrip()}{unit}{found[2]}"
        if _OWN_UNIT.search(_narrow(cell)):
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


def with_day(first: bool) -> Prepare:
    """`02/03/2024` with the year in front, in a column where the order of day and month is known."""

    def prepare(cell: str) -> str:
        found = _DATE.fullmatch(_narrow(cell))
        if not found or not found[4]:
            return cell
        day, month = (found[1], found[3]) if first else (found[3], found[1])
        return f"{found[4]}-{int(month):02}-{int(day):02}{found[6]}"

    return prepare


def _narrow(cell: str) -> str:
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


# --- what only the whole column tells ----------------------------------------------------------------------------


class Days:
    """The dates of a column that have their year last, or one of two digits, and the order that they prove.

    Attributes:
        said: the order that the heading names.
        complete: all cells of the column were added.
    """

    def __init__(self, heading: str, look: Callable[[], None]) -> None:
        """`look` gives `add` all cells of the column, if that was not done yet."""
        self._heading, self._look = heading, look
        self.complete = False
        first = heading_note(heading).day_first
        in_front: Order | None = "ymd" if _YEAR_IN_FRONT.search(fold(heading)) else None
        self.said: Order | None = in_front if first is None else "dmy" if first else "mdy"
        self._open = False
        self._day_first: set[bool] = set()
        self._short: set[tuple[str, str, str]] = set()

    def add(self, cells: Sequence[str]) -> None:
        for found in filter(None, map(_date, set(cells))):
            first, second = int(found[1]), int(found[3])
            if not found[4]:
                self._short.add((found[1], found[3], found[5]))
            elif first != second and (first > 12) != (second > 12):
                self._day_first.add(first > 12)
            elif first != second and first <= 12:
                self._open = True

    def are_in(self, cells: Sequence[str]) -> bool:
        """Whether any of the cells is such a date."""
        return any(map(_date, cells))

    def asks(self) -> bool:
        """Whether any cell of the column could be two days."""
        self._look()
        return self._open or any(len(set(orders_of(numbers).values())) > 1 for numbers in self._short)

    @cached_property
    def day_first(self) -> bool | None:
        """Whether the day stands before the month; None if the year stands in front or the cells do not agree."""
        if self.said in ("dmy", "mdy"):
            return self.said == "dmy"
        self._look()
        if self._day_first:
            return self._day_first == {True} if len(self._day_first) == 1 else None
        orders = {"ymd"} if self.said else self._orders[0]
        return orders == {"dmy"} if orders in ({"dmy"}, {"mdy"}) else None

    def read(self, cell: str) -> str:
        """A cell with its year in front, if it is such a date. Raises BadValue date-ambiguous, date-impossible."""
        found = _date(cell)
        if not found:
            return cell
        if found[4]:
            if found[1] == found[3] or max(int(found[1]), int(found[3])) > 12:
                return cell
            if self.day_first is None:
                raise self._ambiguous("DD/MM/YYYY")
            return with_day(self.day_first)(cell)
        numbers = (found[1], found[3], found[5])
        possible = orders_of(numbers)
        if self.said and self.said not in possible:
            raise BadValue("date-impossible", _("there is no such day"))
        orders, year_in_front = ({self.said}, False) if self.said else self._orders
        readings = {order: day for order, day in possible.items() if order in orders} or possible
        if "ymd" in readings and int(numbers[0]) > 12 and year_in_front:
            readings = {"ymd": readings["ymd"]}
        if len(set(readings.values())) > 1:
            raise self._ambiguous("DD/MM/YY")
        for year, month, day in readings.values():
            return f"{year}-{month:02}-{day:02}{found[6]}"
        return cell

    def _ambiguous(self, order: str) -> BadValue:
        reason = _("day and month cannot be told apart; name their order in the heading, like {heading} ({order})")
        return BadValue("date-ambiguous", reason.format(heading=self._heading.strip()[:40], order=order))

    @cached_property
    def _orders(self) -> tuple[set[Order], bool]:
        """The orders that the years of two digits leave, and whether a first number that is no month is the year."""
        self._look()
        readings = list(filter(None, map(orders_of, self._short)))
        behind: list[set[Order]] = [rest for found in readings if (rest := found.keys() - {"ymd"})]
        last: set[Order] = {"dmy", "mdy"}
        last = last.intersection(*behind, *({"dmy" if first else "mdy"} for first in self._day_first))
        not_front = sum("ymd" not in found for found in readings)
        not_last = len(readings) - len(behind)
        leaning = self._leaning()
        # One mistyped cell in a hundred does not turn the year around; of day and month none may say otherwise.
        front_fits, last_fits = (100 * strays <= len(readings) for strays in (not_front, not_last))
        orders: set[Order] = last | {"ymd"} if front_fits and last_fits else set()
        if front_fits and (leaning < -_SURE or (10 * not_last > len(readings) and leaning <= _DOUBTFUL)):
            orders = {"ymd"}
        elif last_fits and (leaning > _SURE or not front_fits):
            orders = last
        only = [next(iter(found)) for found in readings if len(found) == 1]
        likely = front_fits or only.count("ymd") > 10 * only.count("dmy")
        return orders, likely and leaning <= _DOUBTFUL and not (True in self._day_first and "dmy" in orders)

    def _leaning(self) -> float:
        """How much surer it is that the year comes last than that it comes first, as the logarithm of a likelihood.

        Days are any number up to 31, years only a few of them: n dates have all of theirs among w numbers by chance
        with (w/31)^(n-1). Beyond `_SURE` only where the days run over most of a month.
        """
        count = sum({"ymd", "dmy"} <= orders_of(numbers).keys() for numbers in self._short)
        if not count:
            return 0
        parts = ([int(each[at]) for each in self._short if int(each[at]) <= 31] for at in (0, 2))
        first, last = (1 + max(part) - min(part) for part in parts)
        leaning = (count - 1) * log(first / last)
        return leaning if max(first, last) >= _MOST_OF_A_MONTH else max(-_SURE, min(_SURE, leaning))


_MOST_OF_A_MONTH = 20
_DOUBTFUL, _SURE = log(10), log(1000)


def _date(cell: str) -> re.Match[str] | None:
    # Most dates have a year of four digits in front.
    return None if cell[:4].isdigit() else _DATE.fullmatch(_narrow(unguarded(cell)))


class Points:
    """Whether a point before three digits of an amount stands before decimals (1.045) or after thousands."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self.complete = False
        self._decimals = self._thousands = self._open = False

    def add(self, cells: Sequence[str]) -> None:
        for cell in cells:
            text = _narrow(cell)
            if _OF_THOUSANDS.search(text):
                self._thousands = True
            elif point := _POINT.search(text):
                if len(point[2]) == 3 and 1 <= len(point[1]) <= 3 and point[1][0] != "0":
                    self._open |= type(cell) is not Number
                else:
                    self._decimals |= bool(_AMOUNT.fullmatch(unguarded(text).rstrip("元")))

    @cached_property
    def are_decimal(self) -> bool:
        self._look()
        return not self._thousands and (self._decimals or not self._open)

    def read(self, text: str) -> int:
        """The amount, as `parse_money` has it. Raises BadValue."""
        try:
            return parse_money(text)
        except BadValue:
            if not (_POINT.search(text) and self.are_decimal):
                raise
            return parse_money(text, point=True)


_POINT = re.compile(r"(?a)(\d*)\.(\d+)(?![\d.,])")
_OF_THOUSANDS = re.compile(r"(?a)\.\d{3}[.,]|(?<![\d,])\d+,\d{1,2}(?!\d)")


def read_as_wholes(source: Source, headings: Sequence[str], columns: list[Field | None]) -> dict[int, Days]:
    """Let the dates and amounts among `columns` read a cell that may mean two things as their whole column means it.

    The file is gone through for the dates, or for the amounts, when the first such cell is met. Returns the columns of
    dates by their places.
    """
    dates: dict[int, Days] = {}
    amounts: dict[int, Points] = {}
    for at, column in enumerate(columns):
        if column is None or column.parse is None:
            continue
        if column.kind in ("date", "instant"):
            dates[at] = days = Days(headings[at], _looking(source, dates))
            columns[at] = replace(column, parse=_after(days.read, column.parse))
        elif column.parse is parse_money:
            amounts[at] = points = Points(_looking(source, amounts))
            columns[at] = replace(column, parse=wraps(parse_money)(partial(points.read)))
    return dates


def _looking(source: Source, told: Mapping[int, Days] | Mapping[int, Points]) -> Callable[[], None]:
    """What gives each column of `told` all of its cells, once."""

    def look() -> None:
        waiting = {at: column for at, column in told.items() if not column.complete}
        for chunk in source.chunks() if waiting else ():
            for at, column in waiting.items():
                column.add(chunk.column(at))
        for column in waiting.values():
            column.complete = True

    return look


def _after(prepare: Prepare, parse: Callable[..., Any]) -> Callable[..., Any]:
    return lambda text, **said: parse(prepare(text), **said)
