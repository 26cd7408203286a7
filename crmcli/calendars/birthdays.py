"""Birthdays and anniversaries, in our calendar and the lunar one."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

from crmcli.calendars.lunar import lunar_day, lunar_year
from crmcli.calendars.steps import step


def anniversary_keys(start: date, end: date) -> dict[str, date]:
    """Every `MM-DD` that comes round from `start` to `end` (both in), with its first day there.

    29 February is kept on the 28th in a common year.
    """
    keys: dict[str, date] = {}
    for day in _days(start, end):
        keys.setdefault(f"{day:%m-%d}", day)
        if day.month == 2 and day.day == 28 and not calendar.isleap(day.year):
            keys.setdefault("02-29", day)
    return keys


def birthday_keys(start: date, end: date, *, lunar: bool = True) -> dict[str, date]:
    """Every `values.birthday_key` that falls from `start` to `end` (both in), with its first day there.

    The rules are those of `birthdays_between`. `lunar=False` leaves out the lunar keys and borax.
    """
    keys = anniversary_keys(start, end)
    if not lunar:
        return keys
    for key, day in _lunar_keys(start, end):
        if key not in keys or day < keys[key]:
            keys[key] = day
    return keys


def birthdays_between(canonical: str, start: date, end: date) -> list[date]:
    """The days from `start` to `end` (both in) on which a birthday as of `values.parse_birthday` is kept.

    29 February is kept on the 28th in a common year; day 30 of a lunar month on the 29th of a short one; a
    leap month's birthday in the plain month of a year without it. A lunar birthday may come twice or not at
    all in one year of ours. The year of birth is not looked at. What was stored although it is no birthday is
    kept on no day.
    """
    from crmcli.values import birthday_key

    if birthday_key(canonical) is None:
        return []
    month, day = int(canonical[-5:-3]), int(canonical[-2:])
    if canonical.startswith("lunar"):
        leap = canonical.startswith("lunar leap")
        kept = [lunar_day(year, month, day, leap) for year in range(start.year - 1, end.year + 1)]
    else:
        base = date(2000, month, day)
        kept = [step(base, year - 2000, "year") for year in range(start.year, end.year + 1)]
    return [one for one in kept if one is not None and start <= one <= end]


def _lunar_keys(start: date, end: date) -> Iterator[tuple[str, date]]:
    for year in range(start.year - 1, end.year + 1):
        months = lunar_year(year)
        leap_month = next((one.month for one in months if one.leap), 0)
        for one in months:
            if one.first > end or one.first + timedelta(days=one.days) <= start:
                continue
            marks = ("LL",) if one.leap else ("L",) if one.month == leap_month else ("L", "LL")
            for number in range(1, 31):
                day = one.first + timedelta(days=min(number, one.days) - 1)
                if start <= day <= end:
                    yield from ((f"{mark}{one.month:02d}-{number:02d}", day) for mark in marks)


def _days(start: date, end: date) -> Iterator[date]:
    # One leap cycle of eight years has every month-day; a longer window adds no key.
    last = min(end.toordinal(), start.toordinal() + 8 * 366)
    return (date.fromordinal(number) for number in range(start.toordinal(), last + 1))
