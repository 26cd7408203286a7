"""Steps in the calendar: so many days, weeks, months or years on from a day, and the words for them."""

import calendar
from datetime import date, timedelta
from typing import Literal

from crmcli.errors import BadValue
from crmcli.i18n import _

Unit = Literal["day", "week", "month", "year"]

UNITS: dict[str, tuple[int, Unit]] = {
    "d": (1, "day"), "day": (1, "day"), "天": (1, "day"), "日": (1, "day"),
    "w": (1, "week"), "week": (1, "week"), "周": (1, "week"), "星期": (1, "week"), "礼拜": (1, "week"),
    "m": (1, "month"), "month": (1, "month"), "月": (1, "month"),
    "quarter": (3, "month"), "季度": (3, "month"), "季": (3, "month"), "half-year": (6, "month"),
    "y": (1, "year"), "year": (1, "year"), "年": (1, "year"),
}  # fmt: skip
NUMBER = r"\d{1,5}|[一二两三四五六七八九十]{1,3}|半"
CHINESE_UNIT = "天|日|周|星期|礼拜|月|季度|季|年"


def not_a_day() -> BadValue:
    """What to raise for words that are no date."""
    return BadValue("date-invalid", _("not a date; write 2026-01-05, tomorrow, +3d, next monday, eom or 下周三"))


def count(word: str, unit_word: str) -> tuple[int, Unit]:
    """A number word and a unit word as a number of units; only of a year is the half exact."""
    per, unit = UNITS[unit_word]
    if word == "半":
        if unit != "year":
            raise not_a_day()
        return 6, "month"
    from crmcli.values import small_number

    number = int(word) if word.isdecimal() else small_number(word)
    if number is None:
        raise not_a_day()
    return number * per, unit


def shifted(day: date, number: int, unit: Unit) -> date:
    """As `step`. Raises BadValue date-invalid outside the calendar."""
    try:
        return step(day, number, unit)
    except (OverflowError, ValueError):
        raise BadValue("date-invalid", _("the date is outside the calendar")) from None


def step(day: date, number: int, unit: Unit) -> date:
    """`number` units on from `day`; in a month too short for the day it is the month's last. Raises OverflowError."""
    if unit in ("day", "week"):
        return day + timedelta(days=number * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + number * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
