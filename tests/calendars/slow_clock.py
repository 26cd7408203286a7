"""Working time the slow and obvious way: every minute is looked at. Shares nothing with the product."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


def works(day: date, workdays: set[int], holidays: str, off: set[date], on: set[date]) -> bool:
    import chinese_calendar

    if day in on:
        return True
    if day in off:
        return False
    if holidays == "CN":
        if day in chinese_calendar.workdays:
            return True
        if day in chinese_calendar.holidays:
            return False
    return day.weekday() in workdays


def minutes_worked(
    first: date,
    days: int,
    zone: str,
    hours: list[tuple[str, str]],
    workdays: set[int],
    holidays: str,
    off: set[date],
    on: set[date],
) -> list[datetime]:
    """The minutes (UTC, their beginnings) that are worked on so many days from `first`.

    A span lasts from the first minute at which the clocks read its beginning or later, to the first at which they
    read its end or later.
    """
    minutes, walls = clock_readings(first, days, zone)

    def first_reading(day: date, clock: str) -> int:
        midnight = datetime(day.year, day.month, day.day)
        return bisect_left(walls, midnight + timedelta(hours=int(clock[:2]), minutes=int(clock[3:])))

    found = []
    for number in range(days):
        day = first + timedelta(days=number)
        if works(day, workdays, holidays, off, on):
            for begin, end in hours:
                found += minutes[first_reading(day, begin) : first_reading(day, end)]
    return found


@cache
def clock_readings(first: date, days: int, zone: str) -> tuple[list[datetime], list[datetime]]:
    """The minutes of so many days and one on either side, and the latest time that the clocks have read by each."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    minutes = [start + number * MINUTE for number in range((days + 2) * 1440)]
    walls = (minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for minute in minutes)
    return minutes, list(accumulate(walls, max))
