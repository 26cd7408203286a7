"""Public holidays and the working days that make up for them, year by year.

Those of China come from chinesecalendar, which has each year once the State Council has published it, some weeks
before it begins. For a year that it does not have, the days that the law fixes are known all the same; which other
days are off, and which weekends are worked for them, nobody knows yet. Such a year is marked as not known.
"""

from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from crmcli.calendars.lunar import lunar_day, solar_term

REGIONS = ("CN", "none")


class PublicDays(NamedTuple):
    """The days of a year that are off, and the weekend days that are worked. `known`: as published, none missing."""

    holidays: frozenset[date]
    workdays: frozenset[date]
    known: bool


@cache
def public_days(region: str, year: int) -> PublicDays:
    """The public holidays of `region` (one of REGIONS) in `year`."""
    if region == "none":
        return PublicDays(frozenset(), frozenset(), True)
    published = _published().get(year)
    return published or PublicDays(statutory_days(year), frozenset(), False)


@cache
def _published() -> dict[int, PublicDays]:
    """The years that the library has; it has all between its first and its last."""
    from chinese_calendar import holidays, workdays

    off: dict[int, set[date]] = {}
    worked: dict[int, set[date]] = {}
    for days, years in ((holidays, off), (workdays, worked)):
        for day in days:
            years.setdefault(day.year, set()).add(day)
    return {
        year: PublicDays(frozenset(off.get(year, ())), frozenset(worked.get(year, ())), True)
        for year in range(min(off), max(off) + 1)
    }


@cache
def statutory_days(year: int) -> frozenset[date]:
    """The days off for everybody that Chinese law fixes.

    全国年节及纪念日放假办法, article 2, as revised on 10 November 2024 (State Council decree 795, in force since 2025,
    https://www.gov.cn/zhengce/content/202411/content_6986380.htm): 1 January; the lunar New Year's eve and the three
    days after it; Qingming; 1 and 2 May; 5/5 and 8/15 of the lunar calendar; 1 to 3 October. One that falls on a
    weekend gives a day off in lieu (article 6), but the law does not say which. The days of the lunar calendar and
    Qingming are known from 1900 to 2100.
    """
    days = {date(year, month, day) for month, day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))}
    moving = [lunar_day(year, 5, 5, False), lunar_day(year, 8, 15, False), solar_term(year, "清明")]
    if new_year := lunar_day(year, 1, 1, False):
        moving += [new_year + timedelta(days=number) for number in range(-1, 3)]
    return frozenset(days | {day for day in moving if day})
