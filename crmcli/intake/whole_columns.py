"""What one cell leaves open and its whole column tells: day or month, thousands or decimals.

The file is gone through for it when a cell asks.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property, partial, wraps
from math import log
from typing import Any

from crmcli.errors import BadValue
from crmcli.fields import Field, heading_note
from crmcli.i18n import _
from crmcli.intake.cells import unguarded
from crmcli.intake.columns import AMOUNT, narrow
from crmcli.intake.sources import Number, Source
from crmcli.values import parse_money
from crmcli.values.dates import Order, orders_of
from crmcli.values.text import fold

# Year, month and day.
_Day = tuple[int, int, int]
# A date in numbers whose year comes last, or has two digits.
_DATE = re.compile(
    r"(?a)\s*(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(?:(\d{4})\b(?:\.(?!\S))?|(\d{1,2})\.?(?![^\sT]))(.*)", re.DOTALL
)
_YEAR_IN_FRONT = re.compile(r"(?i)(?<![a-z])y{2,4}[^a-z]m{1,2}[^a-z]d{1,2}(?![a-z])")
_MOST_OF_A_MONTH = 20
_DOUBTFUL, _SURE = log(10), log(1000)
_POINT = re.compile(r"(?a)(\d*)\.(\d+)(?![\d.,])")
_OF_THOUSANDS = re.compile(r"(?a)\.\d{3}[.,]|(?<![\d,])\d+,\d{1,2}(?!\d)")


def read_as_wholes(source: Source, headings: Sequence[str], columns: list[Field | None]) -> "dict[int, Days]":
    """Let the dates and amounts among `columns` read a cell that may mean two things as their whole column means it.

    The file is gone through for the dates, or for the amounts, when the first such cell is met. Returns the columns of
    dates by their places.
    """
    dates: dict[int, Days] = {}
    amounts: dict[int, Points] = {}
    look_at_dates, look_at_amounts = _looking(source, dates), _looking(source, amounts)
    for at, column in enumerate(columns):
        if column is None or column.parse is None:
            continue
        if column.kind in ("date", "instant"):
            dates[at] = days = Days(headings[at], look_at_dates)
            columns[at] = replace(column, parse=_after(days.read, column.parse))
        elif column.parse is parse_money:
            amounts[at] = points = Points(look_at_amounts)
            # By what is wrapped `Cells` knows how to read the plain ones faster.
            columns[at] = replace(column, parse=wraps(parse_money)(partial(points.read)))
    return dates


def _looking(source: Source, told: "Mapping[int, Days] | Mapping[int, Points]") -> Callable[[], None]:
    """What gives each column of `told` all of its cells, once."""

    @cache
    def look() -> None:
        for chunk in source.chunks():
            for at, column in told.items():
                column.add(chunk.column(at))

    return look


def _after(prepare: Callable[[str], str], parse: Callable[..., Any]) -> Callable[..., Any]:
    return lambda text, **said: parse(prepare(text), **said)


# --- dates -------------------------------------------------------------------------------------------------------


class Days:
    """The dates of a column that have their year last, or one of two digits, and the order that they prove.

    Attributes:
        said: the order that the heading names.
    """

    def __init__(self, heading: str, look: Callable[[], None]) -> None:
        """`look` gives `add` all cells of the column, if that was not done yet."""
        self._heading, self._look = heading, look
        self.said = _named_order(heading)
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
        return self._open or any(len(set(found.values())) > 1 for found in self._readings)

    @cached_property
    def day_first(self) -> bool | None:
        """Whether the day stands before the month; None if the year stands in front or the cells do not agree."""
        if self.said in ("dmy", "mdy"):
            return self.said == "dmy"
        self._look()
        if self._day_first:
            return self._day_first == {True} if len(self._day_first) == 1 else None
        orders = {"ymd"} if self.said else self._orders
        return orders == {"dmy"} if orders in ({"dmy"}, {"mdy"}) else None

    def read(self, cell: str) -> str:
        """A cell with its year in front, if it is such a date. Raises BadValue date-ambiguous, date-impossible."""
        found = _date(cell)
        if not found:
            return cell
        first, _sign, second, long_year, short_year, rest = found.groups()
        if long_year:
            day, month = (first, second) if self._has_day_first(int(first), int(second)) else (second, first)
            return f"{long_year}-{month:0>2}-{day:0>2}{rest}"
        meant = self._short_day((first, second, short_year))
        return f"{meant[0]}-{meant[1]:02}-{meant[2]:02}{rest}" if meant else cell

    def _has_day_first(self, first: int, second: int) -> bool:
        if (first > 12 or second > 12 or first == second) and self.said not in ("dmy", "mdy"):
            return first > 12
        if self.day_first is None:
            raise self._ambiguous("DD/MM/YYYY")
        return self.day_first

    def _short_day(self, numbers: tuple[str, str, str]) -> _Day | None:
        """The day of numbers of which one is a year of two digits; None if they are no day in any order."""
        possible = orders_of(numbers)
        if self.said:
            if self.said not in possible:
                raise BadValue("date-impossible", _("there is no such day"))
            return possible[self.said]
        readings = {order: day for order, day in possible.items() if order in self._orders} or possible
        if "ymd" in readings and int(numbers[0]) > 12 and self._year_leads:
            return readings["ymd"]
        if len(set(readings.values())) > 1:
            raise self._ambiguous("DD/MM/YY")
        return next(iter(readings.values()), None)

    def _ambiguous(self, order: str) -> BadValue:
        reason = _("day and month cannot be told apart; name their order in the heading, like {heading} ({order})")
        return BadValue("date-ambiguous", reason.format(heading=self._heading.strip()[:40], order=order))

    @cached_property
    def _readings(self) -> list[dict[Order, _Day]]:
        """What each date with a year of two digits may be."""
        self._look()
        return list(filter(None, map(orders_of, self._short)))

    @cached_property
    def _orders(self) -> set[Order]:
        """The orders that the years of two digits leave."""
        behind: list[set[Order]] = [rest for found in self._readings if (rest := found.keys() - {"ymd"})]
        last: set[Order] = {"dmy", "mdy"}
        # Of day and month no cell may say otherwise.
        last = last.intersection(*behind, *({"dmy" if first else "mdy"} for first in self._day_first))
        not_last = len(self._readings) - len(behind)
        many = 10 * not_last > len(self._readings)
        if self._front_fits and (self._leaning < -_SURE or (many and self._leaning <= _DOUBTFUL)):
            return {"ymd"}
        last_fits = self._are_few(not_last)
        if last_fits and (self._leaning > _SURE or not self._front_fits):
            return last
        return last | {"ymd"} if last_fits and self._front_fits else set()

    @cached_property
    def _year_leads(self) -> bool:
        """Whether a first number that is no month is the year."""
        if self._leaning > _DOUBTFUL or (True in self._day_first and "dmy" in self._orders):
            return False
        only = [next(iter(found)) for found in self._readings if len(found) == 1]
        return self._front_fits or only.count("ymd") > 10 * only.count("dmy")

    @cached_property
    def _front_fits(self) -> bool:
        """Whether the year may stand in front in all of the column."""
        return self._are_few(sum("ymd" not in found for found in self._readings))

    def _are_few(self, strays: int) -> bool:
        """One mistyped cell in a hundred does not turn the year around."""
        return 100 * strays <= len(self._readings)

    @cached_property
    def _leaning(self) -> float:
        """How much surer it is that the year comes last than that it comes first, as the logarithm of a likelihood.

        Days are any number up to 31, years only a few of them: n dates have all of theirs among w numbers by chance
        with (w/31)^(n-1). Beyond `_SURE` only where the days run over most of a month.
        """
        count = sum({"ymd", "dmy"} <= found.keys() for found in self._readings)
        if not count:
            return 0
        parts = ([int(each[at]) for each in self._short if int(each[at]) <= 31] for at in (0, 2))
        first, last = (1 + max(part) - min(part) for part in parts)
        leaning = (count - 1) * log(first / last)
        return leaning if max(first, last) >= _MOST_OF_A_MONTH else max(-_SURE, min(_SURE, leaning))


def _named_order(heading: str) -> Order | None:
    day_first = heading_note(heading).day_first
    if day_first is None:
        return "ymd" if _YEAR_IN_FRONT.search(fold(heading)) else None
    return "dmy" if day_first else "mdy"


def _date(cell: str) -> re.Match[str] | None:
    # Most dates have a year of four digits in front.
    return None if cell[:4].isdigit() else _DATE.fullmatch(narrow(unguarded(cell)))


# --- amounts -----------------------------------------------------------------------------------------------------


class Points:
    """Whether a point before three digits of an amount stands before decimals (1.045) or after thousands."""

    def __init__(self, look: Callable[[], None]) -> None:
        """`look` gives `add` all cells of the column, if that was not done yet."""
        self._look = look
        self._decimals = self._thousands = self._open = False

    def add(self, cells: Sequence[str]) -> None:
        for cell in cells:
            text = narrow(cell)
            if _OF_THOUSANDS.search(text):
                self._thousands = True
            elif point := _POINT.search(text):
                if len(point[2]) == 3 and 1 <= len(point[1]) <= 3 and point[1][0] != "0":
                    self._open |= type(cell) is not Number
                else:
                    self._decimals |= bool(AMOUNT.fullmatch(unguarded(text).rstrip("元")))

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
