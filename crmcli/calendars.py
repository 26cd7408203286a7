"""Dates: days in a zone, what people type for a day, cadence steps, birthdays in two calendars.

Pure functions: whoever knows the time passes it in. borax, the lunar calendar, is imported where a lunar date
is asked for; its table reaches from 1900 to 2100, and outside it no lunar birthday falls on any day.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Literal

from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values import clean_text, parse_date, small_number

# ------------------------------------------------------------------------------------------- clocks


def local_datetime(instant: datetime, zone: str) -> datetime:
    """An aware instant on the clocks of `zone` (an IANA name). Raises BadValue zone-invalid."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(_zone(zone))


def local_date(instant: datetime, zone: str) -> date:
    """The calendar day of an aware instant in `zone`. Raises BadValue zone-invalid."""
    return local_datetime(instant, zone).date()


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadValue("zone-invalid", _("no such time zone; write it like Asia/Shanghai")) from None


# --------------------------------------------------------------------------- what people type: days

_NAMED_DAYS = {
    "today": 0, "now": 0, "tomorrow": 1, "yesterday": -1,
    "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "後天": 2, "大后天": 3, "大後天": 3,
    "昨天": -1, "昨日": -1, "前天": -2, "大前天": -3,
}  # fmt: skip
_UNITS: dict[str, tuple[int, "Unit"]] = {
    "d": (1, "day"), "day": (1, "day"), "天": (1, "day"), "日": (1, "day"),
    "w": (1, "week"), "week": (1, "week"), "周": (1, "week"), "星期": (1, "week"), "礼拜": (1, "week"),
    "m": (1, "month"), "month": (1, "month"), "月": (1, "month"),
    "quarter": (3, "month"), "季度": (3, "month"), "季": (3, "month"), "half-year": (6, "month"),
    "y": (1, "year"), "year": (1, "year"), "年": (1, "year"),
}  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHINESE_WEEKDAYS = "一二三四五六日"
_NUMBER = r"\d{1,5}|[一二两三四五六七八九十]{1,3}|半"
_CHINESE_UNIT = "天|日|周|星期|礼拜|月|季度|季|年"


def parse_when(text: str, today: date) -> date:
    """A DATE argument: `2026-01-05`, `tomorrow`, `+3d`, `mon`, `next monday`, `eom`, `下周三`, `3天后`.

    A weekday alone is the next such day, today excluded; with `next` or `下` it is the one of next week,
    weeks beginning on Monday. Raises BadValue: date-invalid, date-impossible, date-ambiguous.
    """
    words = re.sub(r"\s+", " ", clean_text(text[:60]).lower())
    if words in _NAMED_DAYS:
        return _shifted(today, _NAMED_DAYS[words], "day")
    for read in (_read_step, _read_weekday, _read_month_end, _read_day_of_month):
        if (found := read(words, today)) is not None:
            return found
    # A bare number of five digits is a spreadsheet's date, never a person's.
    if not words.isdecimal() or len(words) == 8:
        try:
            return parse_date(words)
        except BadValue as problem:
            if problem.code != "date-invalid":
                raise
    raise _not_a_day()


def _not_a_day() -> BadValue:
    return BadValue("date-invalid", _("not a date; write 2026-01-05, tomorrow, +3d, next monday, eom or 下周三"))


def _shifted(day: date, number: int, unit: "Unit") -> date:
    try:
        return _step(day, number, unit)
    except (OverflowError, ValueError):
        raise BadValue("date-invalid", _("the date is outside the calendar")) from None


def _read_step(words: str, today: date) -> date | None:
    if found := re.fullmatch(r"([+-])(\d{1,5}) ?([dwmy])", words, re.ASCII):
        number, unit = _count(found[2], found[3])
        back = found[1] == "-"
    elif found := re.fullmatch(r"(?:in )?(\d{1,5}) (day|week|month|quarter|year)s?( ago)?", words, re.ASCII):
        number, unit = _count(found[1], found[2])
        back = found[3] is not None
    elif found := re.fullmatch(rf"({_NUMBER}) ?个?({_CHINESE_UNIT})(?:以|之)?(后|後|前)", words):
        number, unit = _count(found[1], found[2])
        back = found[3] == "前"
    else:
        return None
    return _shifted(today, -number if back else number, unit)


def _count(word: str, unit_word: str) -> tuple[int, "Unit"]:
    """A number word and a unit word as a number of units; only of a year is the half exact."""
    per, unit = _UNITS[unit_word]
    if word == "半":
        if unit != "year":
            raise _not_a_day()
        return 6, "month"
    number = int(word) if word.isdecimal() else small_number(word)
    if number is None:
        raise _not_a_day()
    return number * per, unit


def _read_weekday(words: str, today: date) -> date | None:
    """A weekday with or without its week; None when the words are something else."""
    if found := re.fullmatch(r"(next |this |last )?([a-z]{3,9})", words):
        weekday = next((i for i, name in enumerate(_WEEKDAYS) if _names(found[2], name)), None)
        week = {"next ": 1, "this ": 0, "last ": -1, None: None}[found[1]]
    elif found := re.fullmatch(r"(下下|下|本|这|這|上)?个?(?:周|週|星期|礼拜|禮拜)([一二三四五六日天])", words):
        weekday = _CHINESE_WEEKDAYS.index(found[2].replace("天", "日"))
        week = {"下下": 2, "下": 1, "本": 0, "这": 0, "這": 0, "上": -1, None: None}[found[1]]
    else:
        return None
    if weekday is None:
        return None
    if week is None:
        return _shifted(today, (weekday - today.weekday() - 1) % 7 + 1, "day")
    return _shifted(today, week * 7 + weekday - today.weekday(), "day")


def _names(word: str, weekday: str) -> bool:
    return word == weekday or word == weekday[:3] or word in {"tues": "tuesday", "thur": "thursday"}.get(word, "")


def _read_month_end(words: str, today: date) -> date | None:
    if words in ("eoy", "年底", "年末"):
        return date(today.year, 12, 31)
    months = {"eom": 0, "月底": 0, "本月底": 0, "这个月底": 0, "月末": 0, "下月底": 1, "下个月底": 1}.get(words)
    if months is None:
        return None
    return _month_end(_shifted(today.replace(day=1), months, "month"))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _read_day_of_month(words: str, today: date) -> date | None:
    found = re.fullmatch(rf"(下|本|这|上)个?月({_NUMBER})[日号]", words)
    if not found:
        return None
    day = int(found[2]) if found[2].isdecimal() else small_number(found[2])
    month = _shifted(today.replace(day=1), {"下": 1, "本": 0, "这": 0, "上": -1}[found[1]], "month")
    if day is None or not 1 <= day <= _month_end(month).day:
        raise BadValue("date-impossible", _("there is no such day"))
    return month.replace(day=day)


# ------------------------------------------------------------------------ what people type: instants

_CLOCK = r"(?:(上午|早上|中午|下午|晚上) ?)?(\d{1,2})(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?|[点點时](半|\d{1,2}分?)?)"


def parse_instant(text: str, now: datetime, zone: str) -> datetime:
    """A moment in UTC: `2026-01-05 14:30` (with or without offset), `昨天 15:00`, `14:30` (today), `now`.

    What has no offset is on the clocks of `zone`; a day alone is its first minute. Takes every form of
    `parse_when`. Raises BadValue: date-invalid, date-impossible, date-ambiguous, zone-invalid.
    """
    here = local_datetime(now, zone)
    words = re.sub(r"\s+", " ", clean_text(text[:60]).lower())
    if words in ("now", "现在", "刚才"):
        return now.astimezone(UTC)
    if re.fullmatch(r"\d{4}-?\d\d-?\d\d[t ]\d\d.*?(?:z|[+-]\d\d:?\d\d)", words, re.ASCII):
        return _from_iso(re.sub(r" (?=[+-])", "", words))
    found = re.fullmatch(rf"(.*?)[ t]?{_CLOCK}", words)
    try:
        if found:
            day = parse_when(found[1], here.date()) if found[1] else here.date()
            local = datetime.combine(day, _clock(found))
        else:
            local = datetime.combine(parse_when(words, here.date()), time())
        return local.replace(tzinfo=_zone(zone)).astimezone(UTC)
    except OverflowError:
        raise BadValue("date-invalid", _("the date is outside the calendar")) from None


def _from_iso(words: str) -> datetime:
    try:
        return datetime.fromisoformat(words.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _not_an_instant() from None


def _not_an_instant() -> BadValue:
    return BadValue("date-invalid", _("not a moment; write 2026-01-05 14:30, yesterday 15:00 or 14:30"))


def _clock(found: re.Match[str]) -> time:
    half_day, hour, minute = found[2], int(found[3]), found[4] or (found[6] or "0").removesuffix("分")
    if half_day == "晚上" and hour == 12:
        raise _not_an_instant()  # tonight at twelve is tomorrow for some and today for others
    if (half_day in ("下午", "晚上") and 1 <= hour < 12) or (half_day == "中午" and 1 <= hour < 3):
        hour += 12
    try:
        return time(hour, 30 if minute == "半" else int(minute), int(found[5] or 0))
    except ValueError:
        raise _not_an_instant() from None


# ------------------------------------------------------------------------------------------ cadence

Unit = Literal["day", "week", "month", "year"]


@dataclass(frozen=True)
class Cadence:
    """How often something is due: every `number` units. Quarters and half-years are months."""

    number: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


_CADENCE_WORDS: dict[str, tuple[int, Unit]] = {
    "daily": (1, "day"), "weekly": (1, "week"), "monthly": (1, "month"), "quarterly": (3, "month"),
    "yearly": (1, "year"), "annually": (1, "year"), "half-yearly": (6, "month"),
}  # fmt: skip


def parse_cadence(text: str) -> Cadence:
    """`1 month`, `2 weeks`, `quarter`, `half-year`, `monthly`, `1个月`, `每季度`, `半年`: 1 to 999 units.

    Raises BadValue cadence-invalid.
    """
    words = re.sub(r"\s+", " ", clean_text(text[:40]).lower()).removeprefix("every ").removeprefix("每")
    number, unit = _CADENCE_WORDS.get(words, (0, "day"))
    if found := re.fullmatch(r"(?:(\d{1,3}) ?)?(day|week|month|quarter|half[- ]year|year)s?", words, re.ASCII):
        number, unit = _count(found[1] or "1", found[2].replace(" ", "-"))
    elif found := re.fullmatch(rf"({_NUMBER})? ?个?({_CHINESE_UNIT})", words):
        try:
            number, unit = _count(found[1] or "1", found[2])
        except BadValue:
            number = 0
    if not 1 <= number <= 999:
        raise BadValue("cadence-invalid", _("not a cadence; write 3 days, 2 weeks, 1 month, quarter or half-year"))
    return Cadence(number, unit)


def add(cadence: Cadence, day: date, times: int = 1) -> date:
    """`day` and `times` steps (also negative); in a month too short for the day it is the month's last.

    All steps are taken from `day` at once, so 31 January, monthly, comes back to the 31st in March.
    Raises BadValue date-invalid beyond year 9999.
    """
    return _shifted(day, cadence.number * times, cadence.unit)


def _step(day: date, number: int, unit: Unit) -> date:
    if unit in ("day", "week"):
        return day + timedelta(days=number * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + number * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# ---------------------------------------------------------------------------------------- birthdays


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
    all in one year of ours. The year of birth is not looked at.
    """
    month, day = int(canonical[-5:-3]), int(canonical[-2:])
    if canonical.startswith("lunar"):
        leap = canonical.startswith("lunar leap")
        kept = [_lunar_birthday(year, month, day, leap) for year in range(start.year - 1, end.year + 1)]
    else:
        base = date(2000, month, day)
        kept = [_step(base, year - 2000, "year") for year in range(start.year, end.year + 1)]
    return [one for one in kept if one is not None and start <= one <= end]


@dataclass(frozen=True)
class _LunarMonth:
    month: int
    leap: bool
    first: date
    days: int


@cache
def _lunar_year(year: int) -> tuple[_LunarMonth, ...]:
    """The 12 or 13 months of a lunar year, in order; none outside the table of borax."""
    from borax.calendars.lunardate import LCalendars, LunarDate

    if not 1900 <= year <= 2100:
        return ()
    first: date = LunarDate(year, 1, 1).to_solar_date()
    months = []
    for month, days, leap in LCalendars.iter_year_month(year):
        months.append(_LunarMonth(month, bool(leap), first, days))
        first += timedelta(days=days)
    return tuple(months)


def _lunar_birthday(year: int, month: int, day: int, leap: bool) -> date | None:
    """The day of our calendar on which the birthday is kept in lunar `year`."""
    candidates = [one for one in _lunar_year(year) if one.month == month]
    if not candidates:
        return None
    # A leap month follows the plain month of the same number.
    chosen = candidates[-1] if leap else candidates[0]
    return chosen.first + timedelta(days=min(day, chosen.days) - 1)


def _lunar_keys(start: date, end: date) -> Iterator[tuple[str, date]]:
    for year in range(start.year - 1, end.year + 1):
        months = _lunar_year(year)
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
