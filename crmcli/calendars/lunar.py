"""The lunar calendar of China: its months, and the day of ours on which a lunar day falls.

borax, whose table it is, is imported where a lunar date is asked for. The table reaches from 1900 to 2100;
outside it no lunar day falls on any day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache


@dataclass(frozen=True)
class LunarMonth:
    """A month of the lunar calendar; `first` is its first day in ours, `days` 29 or 30."""

    month: int
    leap: bool
    first: date
    days: int


@cache
def lunar_year(year: int) -> tuple[LunarMonth, ...]:
    """The 12 or 13 months of a lunar year, in order; none outside the table of borax."""
    from borax.calendars.lunardate import LCalendars, LunarDate

    if not 1900 <= year <= 2100:
        return ()
    first: date = LunarDate(year, 1, 1).to_solar_date()
    months = []
    for month, days, leap in LCalendars.iter_year_month(year):
        months.append(LunarMonth(month, bool(leap), first, days))
        first += timedelta(days=days)
    return tuple(months)


def lunar_day(year: int, month: int, day: int, leap: bool) -> date | None:
    """The day of our calendar on which a day is kept in lunar `year`; none outside the table.

    Day 30 of a short month is kept on the 29th, a leap month's day in the plain month of a year without it.
    """
    candidates = [one for one in lunar_year(year) if one.month == month]
    if not candidates:
        return None
    # A leap month follows the plain month of the same number.
    chosen = candidates[-1] if leap else candidates[0]
    return chosen.first + timedelta(days=min(day, chosen.days) - 1)


def solar_term(year: int, name: str) -> date | None:
    """The day of a solar term (`清明`, `冬至`) in a year of ours; none outside the table."""
    from borax.calendars.lunardate import TermUtils

    if not 1900 <= year <= 2100:
        return None
    day: date = TermUtils.nth_term_day(year, term_name=name)
    return day
