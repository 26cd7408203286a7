"""Festivals and the days of trades: on which day each falls in a year, and what it is called.

The lunar ones are of the plain month, never of a leap month; the eve of the lunar New Year and Laba are those before
the Spring Festival of the year, so every year has each once. Lunar days and solar terms are known from 1900 to 2100.
"""

import calendar
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from crmcli.calendars.lunar import lunar_day, solar_term
from crmcli.calendars.steps import step
from crmcli.errors import BadValue
from crmcli.i18n import _

_Rule = Callable[[int], date | None]


@dataclass(frozen=True)
class Festival:
    """`key` is the policy's word for it; `on(year)` its day in a year of ours, or None where that is not known."""

    key: str
    en: str
    zh: str
    on: _Rule = field(compare=False, repr=False)


def festival(key: str) -> Festival:
    """A festival of FESTIVALS, or the day of every year that a key `MM-DD` names (29 February is kept on the 28th).

    Raises BadValue festival-unknown.
    """
    if key in FESTIVALS:
        return FESTIVALS[key]
    if re.fullmatch(r"\d\d-\d\d", key, re.ASCII):
        month, day = int(key[:2]), int(key[3:])
        try:
            date(2000, month, day)
        except ValueError:
            raise BadValue("festival-unknown", _("there is no such day")) from None
        return Festival(key, key, key, _fixed(month, day))
    raise BadValue("festival-unknown", _("no such festival; write a key like spring-festival, or a day like 09-01"))


def festival_on(key: str, year: int) -> date | None:
    """The day of a festival in `year`, or None where that is not known. Raises BadValue festival-unknown."""
    return festival(key).on(year)


def festivals_between(keys: Iterable[str], start: date, end: date) -> list[tuple[date, Festival]]:
    """The festivals among `keys` from `start` to `end` (both in), by day. Raises BadValue festival-unknown."""
    asked = [festival(key) for key in keys]
    years = range(start.year, min(end.year + 1, 9999) + 1)  # Laba may come in the December before its year
    found = [(day, one) for one in asked for year in years if (day := one.on(year)) and start <= day <= end]
    return sorted(found, key=lambda pair: (pair[0], pair[1].key))


# -------------------------------------------------------------------------------------------- the rules


def _fixed(month: int, day: int) -> _Rule:
    return lambda year: step(date(2000, month, day), year - 2000, "year")


def _lunar(month: int, day: int) -> _Rule:
    return lambda year: lunar_day(year, month, day, False)


def _before_new_year(days: int) -> _Rule:
    def on(year: int) -> date | None:
        new_year = lunar_day(year, 1, 1, False)
        return new_year and new_year - timedelta(days=days)

    return on


def _laba(year: int) -> date | None:
    return lunar_day(year - 1, 12, 8, False)


def _term(name: str) -> _Rule:
    return lambda year: solar_term(year, name)


def _weekday(month: int, weekday: int, number: int) -> _Rule:
    """The `number`-th such weekday of a month."""

    def on(year: int) -> date:
        first = date(year, month, 1).weekday()
        return date(year, month, 1 + (weekday - first) % 7 + 7 * (number - 1))

    return on


# -------------------------------------------------------------------------------------------- the table

_TABLE: tuple[tuple[str, str, str, _Rule], ...] = (
    # China, by the lunar calendar and the sun
    ("laba", "Laba Festival", "腊八节", _laba),
    ("spring-festival-eve", "Chinese New Year's Eve", "除夕", _before_new_year(1)),
    ("spring-festival", "Spring Festival", "春节", _lunar(1, 1)),
    ("lantern", "Lantern Festival", "元宵节", _lunar(1, 15)),
    ("qingming", "Qingming Festival", "清明节", _term("清明")),
    ("dragon-boat", "Dragon Boat Festival", "端午节", _lunar(5, 5)),
    ("double-seventh", "Qixi Festival", "七夕节", _lunar(7, 7)),
    ("mid-autumn", "Mid-Autumn Festival", "中秋节", _lunar(8, 15)),
    ("double-ninth", "Double Ninth Festival", "重阳节", _lunar(9, 9)),
    ("winter-solstice", "Winter Solstice", "冬至", _term("冬至")),
    # by our calendar
    ("new-year", "New Year's Day", "元旦", _fixed(1, 1)),
    ("valentines-day", "Valentine's Day", "情人节", _fixed(2, 14)),
    ("womens-day", "International Women's Day", "妇女节", _fixed(3, 8)),
    ("arbor-day", "Arbor Day", "植树节", _fixed(3, 12)),
    ("labour-day", "Labour Day", "劳动节", _fixed(5, 1)),
    ("youth-day", "Youth Day", "青年节", _fixed(5, 4)),
    ("mothers-day", "Mother's Day", "母亲节", _weekday(5, calendar.SUNDAY, 2)),
    ("childrens-day", "Children's Day", "儿童节", _fixed(6, 1)),
    ("fathers-day", "Father's Day", "父亲节", _weekday(6, calendar.SUNDAY, 3)),
    ("army-day", "Army Day", "建军节", _fixed(8, 1)),
    ("national-day", "National Day", "国庆节", _fixed(10, 1)),
    ("halloween", "Halloween", "万圣节前夜", _fixed(10, 31)),
    ("thanksgiving", "Thanksgiving", "感恩节", _weekday(11, calendar.THURSDAY, 4)),
    ("christmas-eve", "Christmas Eve", "平安夜", _fixed(12, 24)),
    ("christmas", "Christmas", "圣诞节", _fixed(12, 25)),
    # the days of trades
    ("police-day", "Police Day", "人民警察节", _fixed(1, 10)),
    ("consumer-rights-day", "Consumer Rights Day", "消费者权益日", _fixed(3, 15)),
    ("nurses-day", "Nurses Day", "护士节", _fixed(5, 12)),
    ("science-workers-day", "Science and Technology Workers' Day", "全国科技工作者日", _fixed(5, 30)),
    ("doctors-day", "Doctors' Day", "中国医师节", _fixed(8, 19)),
    ("teachers-day", "Teachers' Day", "教师节", _fixed(9, 10)),
    ("farmers-day", "Farmers' Harvest Festival", "中国农民丰收节", _term("秋分")),
    ("programmers-day", "Programmers' Day", "程序员节", _fixed(10, 24)),
    ("journalists-day", "Journalists' Day", "记者节", _fixed(11, 8)),
    ("fire-safety-day", "Fire Safety Day", "全国消防日", _fixed(11, 9)),
)

FESTIVALS = {key: Festival(key, en, zh, rule) for key, en, zh, rule in _TABLE}
