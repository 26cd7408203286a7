"""Clocks that run in working time, or round the clock: deadlines, and how much time passes on the way to one.

Working time is the hours of a company on its working days. A day is one or is not by, in this order: the company's
own extra days, the public holidays with their make-up working days, the weekday. Where the public holidays of a
year are not known yet, those that the law fixes are taken, and every deadline reckoned with them says so.

What counts is time that really passes, so a night in which the clocks are moved is an hour shorter or longer; a span
begins and ends when the clocks first read its time, or jump over it. A year is laid out once, in microseconds since
1970, and then searched.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from crmcli.calendars.days import weekday_named
from crmcli.calendars.durations import Duration
from crmcli.calendars.holidays import REGIONS, PublicDays, public_days
from crmcli.calendars.zones import zone_of
from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values.text import fold

Span = tuple[int, int]
"""Hours of a day: from and to, in minutes after midnight; midnight at the end is 1440."""

_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
# Nobody promises anything further ahead; it ends the search in a calendar where every day is off.
_YEARS_AHEAD = 100
# The company's own days are the official ones.
_OWN = PublicDays(frozenset(), frozenset(), known=True)


class Deadline(NamedTuple):
    """An instant in UTC, and the years on the way to it whose public holidays were not known."""

    at: datetime
    estimated: tuple[int, ...] = ()

    @property
    def note(self) -> str:
        """What to tell people about the estimate; empty where there is none."""
        years = ", ".join(map(str, self.estimated))
        text = _("the public holidays of {years} are not known yet; weekends and the days fixed by law were taken")
        return text.format(years=years) if years else ""


# --------------------------------------------------------------------------------------- working time


@dataclass(frozen=True)
class WorkingTime:
    """The hours of a company: `hours` on the `workdays` (0 is Monday), on the clocks of `timezone`.

    `holidays` names whose public holidays are kept (REGIONS); of the company's own days, the extra working days are
    worked and the extra holidays are off whatever else is said of them. Of `known_years` the official days are all
    among the company's own: where the library has not published such a year, nothing else is taken for it.

    Raises BadValue: zone-invalid, hours-invalid, workdays-invalid, holidays-unknown, days-contradict.
    """

    workdays: frozenset[int]
    hours: tuple[Span, ...]
    timezone: str
    holidays: str = "CN"
    extra_holidays: frozenset[date] = frozenset()
    extra_workdays: frozenset[date] = frozenset()
    known_years: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        zone_of(self.timezone)
        if not self.workdays or not self.workdays <= set(range(7)):
            raise BadValue("workdays-invalid", _("working time needs at least one working day, mon to sun"))
        inside = self.hours and all(0 <= start < end <= 1440 for start, end in self.hours)
        if not inside or any(later[0] < earlier[1] for earlier, later in pairwise(self.hours)):
            raise BadValue("hours-invalid", _("working time needs hours, one span after another"))
        if self.holidays not in REGIONS:
            message = _("public holidays are known for {regions}; give those of others as extra holidays")
            raise BadValue("holidays-unknown", message.format(regions=", ".join(REGIONS)))
        if both := self.extra_holidays & self.extra_workdays:
            message = _("{day} is both a holiday and a working day")
            raise BadValue("days-contradict", message.format(day=min(both)))

    def public(self, year: int) -> PublicDays:
        """The public holidays of `year`, besides the company's own days, and whether they are known."""
        published = public_days(self.holidays, year)
        return _OWN if year in self.known_years and not published.known else published

    def is_workday(self, day: date) -> bool:
        if day in self.extra_workdays or day in self.extra_holidays:
            return day in self.extra_workdays
        public = self.public(day.year)
        if day in public.workdays or day in public.holidays:
            return day in public.workdays
        return day.weekday() in self.workdays

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working time of `day`, from and to, in UTC; nothing when it is off."""
        midnights = _at_wall(self._zone, day, 0), _at_wall(self._zone, day, _DAY)
        return [(_instant(start), _instant(end)) for start, end in self._laid_out(day, *midnights)]

    def add_working(self, start: datetime, length: timedelta) -> Deadline:
        """The first instant by which `length` of working time has passed since `start`.

        So it is the end of a day rather than the beginning of the next. Raises ValueError for a negative length,
        BadValue date-invalid a hundred years ahead.
        """
        if length < timedelta(0):
            raise ValueError("a length of time is not negative")
        at, left, year = _ticks(start), length // _MICROSECOND, self._year_of(start)
        if not left:
            return Deadline(_instant(at), self._estimated(year, year))
        for ahead in self._years_from(year):
            table = self._table(ahead)
            passed = table.passed(at)
            if table.done[-1] - passed >= left:
                return Deadline(_instant(table.reached(passed + left)), self._estimated(year, ahead))
            left -= table.done[-1] - passed
        raise _too_far()

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """The working time that passes from `start` to `end`; none when `end` is not later."""
        if end <= start:
            return timedelta(0)
        begin, stop = _ticks(start), _ticks(end)
        first, last = self._year_of(start), self._year_of(end)
        whole = sum(self._table(year).done[-1] for year in range(first, last))
        return (whole + self._table(last).passed(stop) - self._table(first).passed(begin)) * _MICROSECOND

    def next_working_moment(self, moment: datetime) -> datetime:
        """`moment` if it is in working time (the end of a span is not), else the beginning of the next span."""
        at = _ticks(moment)
        for year in self._years_from(self._year_of(moment)):
            table = self._table(year)
            number = bisect_right(table.ends, at)
            if number < len(table.ends):
                return _instant(max(at, table.starts[number]))
        raise _too_far()

    def deadline(self, start: datetime, duration: Duration) -> Deadline:
        """The end of `duration` in working time. Raises BadValue date-invalid a hundred years ahead.

        Minutes and hours are working minutes and hours. A day is the same time of day on the next working day, a week
        seven days later at the same time; both count from the next working moment, and where a week leads out of
        working time its end is the next working moment again.
        """
        if duration.in_hours:
            return self.add_working(start, duration.length)
        begin = self.next_working_moment(start)
        local = begin.astimezone(self._zone)
        if duration.unit == "week":
            day = _later(local.date(), duration.length.days)
            at = self.next_working_moment(_instant(_at_wall(self._zone, day, _since_midnight(local))))
        else:
            day = self._workdays_on(local.date(), duration.number)
            at = _instant(_at_wall(self._zone, day, _since_midnight(local)))
        return Deadline(at, self._estimated(self._year_of(start), self._year_of(at)))

    # ------------------------------------------------------------------------------ a year, laid out once

    @cached_property
    def _zone(self) -> tzinfo:
        return zone_of(self.timezone)

    @cached_property
    def _tables(self) -> "dict[int, _Year]":
        return {}

    def _table(self, year: int) -> "_Year":
        if year not in self._tables:
            first, last = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
            midnights = pairwise(_at_wall(self._zone, date.fromordinal(number), 0) for number in range(first, last + 1))
            days = (self._laid_out(date.fromordinal(first + number), *both) for number, both in enumerate(midnights))
            self._tables[year] = _Year.of(span for spans in days for span in spans)
        return self._tables[year]

    def _laid_out(self, day: date, midnight: int, next_midnight: int) -> list[Span]:
        """The spans of `day` in microseconds since 1970. A span that the clocks jump over whole is left out."""
        if not self.is_workday(day):
            return []
        if next_midnight - midnight == _DAY:
            return [(midnight + start * _MINUTE, midnight + end * _MINUTE) for start, end in self.hours]
        walls = ([_at_wall(self._zone, day, minute * _MINUTE) for minute in span] for span in self.hours)
        return [(start, end) for start, end in walls if start < end]

    def _workdays_on(self, day: date, number: int) -> date:
        """The `number`-th day after `day` that has working time."""
        limit = _later(day, _YEARS_AHEAD * 365)
        while number:
            if day >= limit:
                raise _too_far()
            day += timedelta(days=1)
            number -= bool(self.spans(day))
        return day

    def _year_of(self, instant: datetime) -> int:
        return instant.astimezone(self._zone).year

    def _years_from(self, year: int) -> range:
        return range(year, min(year + _YEARS_AHEAD, 9998) + 1)

    def _estimated(self, first: int, last: int) -> tuple[int, ...]:
        """The years from `first` to `last` whose public holidays nobody knows."""
        return tuple(year for year in range(first, last + 1) if not self.public(year).known)


class _Year(NamedTuple):
    """The spans of a year in order, in microseconds since 1970; `done[n]` is the time worked before span n."""

    starts: list[int]
    ends: list[int]
    done: list[int]

    @classmethod
    def of(cls, spans: Iterable[Span]) -> "_Year":
        year = cls([], [], [0])
        for start, end in spans:
            year.starts.append(start)
            year.ends.append(end)
            year.done.append(year.done[-1] + end - start)
        return year

    def passed(self, at: int) -> int:
        """The time worked before the instant `at`."""
        number = bisect_right(self.starts, at) - 1
        return 0 if number < 0 else self.done[number] + min(at, self.ends[number]) - self.starts[number]

    def reached(self, worked: int) -> int:
        """The instant by which so much (more than none) has been worked."""
        number = bisect_left(self.done, worked) - 1
        return self.starts[number] + worked - self.done[number]


# ------------------------------------------------------------------------------------- round the clock


@dataclass(frozen=True)
class ClockTime:
    """A clock that never stops; `timezone` says when a day is over. Raises BadValue zone-invalid."""

    timezone: str

    def __post_init__(self) -> None:
        zone_of(self.timezone)

    def add_working(self, start: datetime, length: timedelta) -> Deadline:
        return Deadline(_instant(_ticks(start) + length // _MICROSECOND))

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        return max(end - start, timedelta(0))

    def deadline(self, start: datetime, duration: Duration) -> Deadline:
        """The end of `duration`; days and weeks end at the same time of day. Raises BadValue date-invalid."""
        if duration.in_hours:
            return self.add_working(start, duration.length)
        zone = zone_of(self.timezone)
        local = start.astimezone(zone)
        day = _later(local.date(), duration.length.days)
        return Deadline(_instant(_at_wall(zone, day, _since_midnight(local))))


# ------------------------------------------------------------------------------------ what people write

_SPAN = r"(\d{1,2}):(\d\d) ?[-~至到] ?(\d{1,2}):(\d\d)"


def parse_workday(text: str) -> int:
    """A day of the week as `mon`, `monday`, `周一` or `星期一`: 0 is Monday. Raises BadValue workdays-invalid."""
    words = fold(text[:20]).lower()
    number = weekday_named(words)
    if number is None and re.fullmatch("(?:周|週|星期|礼拜|禮拜)[一二三四五六日天]", words):
        number = "一二三四五六日".index(words[-1].replace("天", "日"))
    if number is None:
        raise BadValue("workdays-invalid", _("not a day of the week; write mon to sun"))
    return number


def parse_span(text: str) -> Span:
    """Hours of a day: `09:00-12:00`, to `24:00` at the latest. Raises BadValue hours-invalid."""
    if found := re.fullmatch(_SPAN, fold(text[:40]), re.ASCII):
        first, first_minute, last, last_minute = map(int, found.groups())
        span = first * 60 + first_minute, last * 60 + last_minute
        if max(first_minute, last_minute) < 60 and span[0] < span[1] <= 1440:
            return span
    raise BadValue(
        "hours-invalid", _("not hours of a day; write 09:00-12:00, and a night as 22:00-24:00 and 00:00-06:00")
    )


# ----------------------------------------------------------------------------------- instants and walls


def _ticks(instant: datetime) -> int:
    """An instant in microseconds since 1970."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return (instant - _EPOCH) // _MICROSECOND


def _instant(ticks: int) -> datetime:
    try:
        return _EPOCH + ticks * _MICROSECOND
    except OverflowError:
        raise _too_far() from None


def _since_midnight(local: datetime) -> int:
    return ((local.hour * 60 + local.minute) * 60 + local.second) * 1_000_000 + local.microsecond


def _later(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise _too_far() from None


def _at_wall(zone: tzinfo, day: date, since_midnight: int) -> int:
    """When the clocks of `zone` first read a time of `day` (microseconds after midnight), or jump over it."""
    wall = datetime(day.year, day.month, day.day, tzinfo=zone)
    if since_midnight:
        wall += since_midnight * _MICROSECOND
    ticks = (day.toordinal() - _EPOCH_DAY) * _DAY + since_midnight
    early, late = (ticks - _offset(one) for one in (wall, wall.replace(fold=1)))
    if early <= late:
        return early
    # The clocks never read this time: they jump at the first instant with the offset that follows.
    after = ticks - late
    low, high = late, early
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(_instant(middle).astimezone(zone)) == after else (middle, high)
    return high


def _offset(local: datetime) -> int:
    """How far the clocks are ahead of UTC, in microseconds."""
    ahead = local.utcoffset()
    return ahead // _MICROSECOND if ahead else 0


def _too_far() -> BadValue:
    return BadValue("date-invalid", _("the date is outside the calendar"))
