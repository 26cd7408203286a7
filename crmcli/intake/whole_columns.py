"""What one cell leaves open and its whole column tells: day or month, thousands or decimals.

The file is gone through for it when a cell asks.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property, wraps
from math import log
from typing import Any

from crmcli.errors import BadValue
from crmcli.fields import Field, heading_note
from crmcli.i18n import _
from crmcli.intake.cells import unguarded
from crmcli.intake.columns import narrow
from crmcli.intake.headings import DECIMALS
from crmcli.intake.sources import Number, Source
from crmcli.values import parse_money, parse_number
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
# One mistyped cell in so many tells nothing: `1,23` among thousands like `1,234`.
_ONE_IN = 100
# Of numbers with three decimals one in so many has no whole part, or one too long for a thousand.
_ONE_IN_OPEN = 20
_OTHER = {".": ",", ",": "."}
"""The signs in numbers, and that which parts thousands where the one stands before decimals."""
# A number with what stands around it: its whole part, what parts the thousands of it, and the sign before decimals.
_NUMBER = re.compile(
    r"(?a)(?P<before>[^\d.,]*+)(?P<whole>[1-9]\d{0,2}(?P<between>[., '’])\d{3}(?:(?P=between)\d{3})*|\d*)"
    r"(?:(?!(?P=between))(?P<sign>[.,])(?P<decimals>\d*))?(?P<behind>[^\d.,]*)"
)


def read_as_wholes(
    source: Source, headings: Sequence[str], columns: list[Field | None]
) -> "tuple[dict[int, Days], dict[int, Decimals]]":
    """Let the dates and numbers among `columns` read a cell that may mean two things as their whole column means it.

    The file is gone through for the dates, or for the numbers, when the first such cell is met; `source` is told how
    numbers were read that leave it open. Returns the columns of dates, and those of numbers, by their places.
    """
    dates: dict[int, Days] = {}
    numbers: dict[int, Decimals] = {}
    said = _said(source, headings)
    look_at_dates, look_at_numbers = _looking(source, dates), _looking(source, numbers)
    for at, column in enumerate(columns):
        if column is None or column.parse is None:
            continue
        if column.kind in ("date", "instant"):
            dates[at] = days = Days(headings[at], look_at_dates)
            columns[at] = replace(column, parse=_after(days.read, column.parse))
        elif column.kind == "money" or column.parse is parse_number:
            numbers[at] = decimals = Decimals(column, headings[at], look_at_numbers, source, numbers, said)
            # By what is wrapped `Cells` knows how to read the plain ones faster.
            columns[at] = replace(column, parse=wraps(column.parse)(_after(decimals.read, column.parse)))
    return dates, numbers


def _said(source: Source, headings: Sequence[str]) -> str:
    """The sign before decimals that rejected rows bring along; "" if there is none."""
    if DECIMALS not in headings:
        return ""
    at = headings.index(DECIMALS)
    return next((cell for chunk in source.chunks() for cell in chunk.column(at) if cell in _OTHER), "")


def _looking(source: Source, told: "Mapping[int, Days] | Mapping[int, Decimals]") -> Callable[[], None]:
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


# --- numbers -----------------------------------------------------------------------------------------------------


class Decimals:
    """The sign before the decimals of a column's numbers, a point or a comma; the other one parts thousands.

    `2.500` and `1,234` leave it open; `2,55`, `0.335` and `1.234,50` prove it, here or in another column of the file.
    """

    def __init__(
        self,
        column: Field,
        heading: str,
        look: Callable[[], None],
        source: Source,
        columns: "Mapping[int, Decimals]",
        said: str,
    ) -> None:
        """`look` gives `add` all cells of `columns`, if that was not done yet; `source` is told what they prove.

        `said` is the sign that holds where the cells prove none, if it is known.
        """
        self._heading, self._look, self._source, self._columns = heading, look, source, columns
        self._said = said
        self._is_amount = column.parse is parse_money
        self._code = "money-invalid" if column.kind == "money" else "number-invalid"
        self._has_unit = column.kind == "money" and bool(heading_note(heading).unit)
        # By sign, in how many cells it stands before decimals, and in how many it may as well part thousands.
        self._proofs, self._open = Counter[str](), Counter[str]()
        # The proofs that no mistyped digit makes.
        self._sure = Counter[str]()
        self._numbers = 0
        self._has_numbers = False

    def add(self, cells: Sequence[str]) -> None:
        self._has_numbers = self._has_numbers or Number in map(type, cells)
        for cell, times in Counter(cell for cell in cells if type(cell) is not Number).items():
            found = _NUMBER.fullmatch(narrow(cell))
            if not found:
                continue
            whole, between, sign, decimals = found.group("whole", "between", "sign", "decimals")
            self._numbers += times if whole or decimals else 0
            if _is_open(found):
                self._open[between] += times
            elif between and sign:
                self._prove(sign, times, surely=True)
            elif decimals:
                self._prove(sign, times, surely=len(decimals) == 3 or len(whole) > 3 or whole[:1] in ("", "0"))
            elif between in _OTHER:
                self._prove(_OTHER[between], times, surely=True)

    def _prove(self, sign: str, times: int, *, surely: bool) -> None:
        self._proofs[sign] += times
        if surely:
            self._sure[sign] += times

    def read(self, text: str) -> str:
        """A number as it is written with a point. Raises BadValue: the column leaves open which number it is."""
        found = _NUMBER.fullmatch(narrow(text))
        if not found or found["sign"] == "." or (not found["sign"] and found["between"] not in _OTHER):
            return text
        # Of a cell that could not be given the unit of its heading nobody knows how much it is.
        if self._has_unit and not found["behind"].strip():
            return text
        before, whole, between, sign, decimals, behind = found.groups()
        if _is_open(found):
            if self.sign is None:
                return self._left_open(text, between)
            if self.sign == between:
                whole, sign, decimals = whole.partition(between)
        elif sign and self.sign != sign:
            return text
        # With a fourth decimal nobody takes them for a thousand.
        point = f".{decimals}{'0' if len(decimals) == 3 else ''}" if decimals else "." if sign else ""
        if between:
            whole = whole.replace(between, "")
        return f"{before}{whole}{point}{behind}"

    @property
    def has_commas(self) -> bool:
        """Whether a comma was found to stand before the decimals; not known where no cell has asked for it."""
        return "," in (self._said, self.__dict__.get("sign"))

    def _left_open(self, text: str, between: str) -> str:
        if between == ",":
            raise BadValue(self._code, _("the comma may stand for thousands or for decimals; write it like 1234.50"))
        if not self._is_amount:
            raise BadValue(self._code, _("the point may stand for thousands or for decimals; write it like 1234.50"))
        # Refused by `parse_money`, unless a unit behind it tells: 1.234万.
        return text

    @cached_property
    def sign(self) -> str | None:
        """None if the cells do not agree, or leave it open where that matters."""
        self._look()
        likely = self._proved | ({"."} if self._has_numbers else set()) or {*self._said} or self._hinted
        # By itself a comma parts thousands, and three decimals are usual in quantities and prices, not in amounts.
        if not likely and not (self._is_amount and self._open["."]):
            likely = {"."}
        if len(likely) != 1:
            return None
        (sign,) = likely
        if sign == "," or self._open["."]:
            self._tell(sign)
        return sign

    @cached_property
    def _proved(self) -> set[str]:
        """What the texts of the column prove by themselves; both where they do not agree."""
        return set(filter(self._is_proved, _OTHER))

    def _is_proved(self, sign: str) -> bool:
        # A comma among thousands is soon mistyped; of numbers with three decimals, one in ten seems to have two.
        many = max(self._sure[sign], self._proofs[sign] if sign == "." else 0)
        outweighs = self._proofs[sign] >= self._open[sign] or _ONE_IN_OPEN * many >= self._open[sign]
        return outweighs and self._is_no_slip(sign)

    def _is_no_slip(self, sign: str) -> bool:
        return _ONE_IN * self._proofs[sign] > self._proofs[_OTHER[sign]] + self._open[sign]

    @property
    def _hinted(self) -> set[str]:
        """What a few proofs among many open cells, and the other columns, tell; both where they do not agree."""
        hinted = {sign for sign in _OTHER if self._sure[sign] or self._is_no_slip(sign)}
        others = [column for column in self._columns.values() if column is not self]
        beside = set[str]().union(*(column._proved for column in others))
        if len(beside) == 1:
            (sign,) = beside
            usual = any(column._is_usual(sign) for column in others)
            # Amounts have two decimals, and of a comma among whole numbers nobody knows what it is.
            three_decimals = usual and bool(hinted) if self._is_amount else usual or sign == "." or bool(hinted)
            return hinted | beside if three_decimals or not self._open[sign] else {*_OTHER}
        if self._is_amount:
            return {*_OTHER} if self._sure else set()
        return hinted if hinted <= {"."} else {*_OTHER}

    def _is_usual(self, sign: str) -> bool:
        return 0 < self._numbers <= 2 * self._proofs[sign]

    def _tell(self, sign: str) -> None:
        comma = _("{file}: in '{heading}' a comma stands before the decimals, and a point between thousands")
        point = _("{file}: in '{heading}' a point stands before the decimals, and a comma between thousands")
        words = comma if sign == "," else point
        self._source.notes.append(words.format(file=self._source.path.name, heading=self._heading.strip()[:40]))


def _is_open(found: re.Match[str]) -> bool:
    """Whether the sign may part a thousand or stand before three decimals: `1,234`."""
    return found["between"] in _OTHER and not found["sign"] and found["whole"].count(found["between"]) == 1
