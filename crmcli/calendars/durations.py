"""Lengths of time, as a policy writes them: `30 minutes`, `2 hours`, `3 days`."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values.text import fold

DurationUnit = Literal["minute", "hour", "day", "week"]


@dataclass(frozen=True)
class Duration:
    """A length of time on some clock: `number` units. What a day is depends on the clock."""

    number: int
    unit: DurationUnit

    @property
    def in_hours(self) -> bool:
        """Whether it ends at a moment, and not with a day."""
        return self.unit in ("minute", "hour")

    @property
    def length(self) -> timedelta:
        """On a clock whose days have 24 hours."""
        return timedelta(**{f"{self.unit}s": self.number})

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


_UNITS: dict[str, DurationUnit] = {
    "min": "minute", "mins": "minute", "minute": "minute", "minutes": "minute",
    "分": "minute", "分钟": "minute", "分鐘": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour", "hour": "hour", "hours": "hour",
    "小时": "hour", "小時": "hour", "钟头": "hour", "鐘頭": "hour",
    "d": "day", "day": "day", "days": "day", "天": "day", "日": "day",
    "w": "week", "week": "week", "weeks": "week",
    "周": "week", "週": "week", "星期": "week", "礼拜": "week", "禮拜": "week",
}  # fmt: skip
_DURATION = r"(\d{1,4}|[一二两三四五六七八九十]{1,3})?(\.[05])? ?(半)?[个個]?(半)? ?([^\W\d_]+)"


def parse_duration(text: str) -> Duration:
    """`30 minutes`, `2 hours`, `1.5 hours`, `3 days`, `1 week`, `30分钟`, `两小时`, `半小时`, `3天`: 1 to 9999 units.

    Half hours are minutes; no other unit has halves. Raises BadValue duration-invalid.
    """
    found = re.fullmatch(_DURATION, fold(text[:40]).lower())
    if not found:
        raise _not_a_duration()
    number, half = _number(found[1]), found[2] == ".5" or bool(found[3] or found[4])
    unit = _UNITS.get(found[5])
    if half and unit == "hour":
        number, unit = number * 60 + 30, "minute"
    elif half:
        unit = None
    if unit is None or not 1 <= number <= 9999:
        raise _not_a_duration()
    return Duration(number, unit)


def _number(word: str | None) -> int:
    """A count in digits or Chinese; none is 0, as in `半小时`."""
    from crmcli.values import small_number

    if word is None:
        return 0
    number = int(word) if word.isdecimal() else small_number(word)
    if number is None:
        raise _not_a_duration()
    return number


def _not_a_duration() -> BadValue:
    return BadValue("duration-invalid", _("not a length of time; write 30 minutes, 2 hours or 3 days"))
