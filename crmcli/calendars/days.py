"""A day, as people type it."""

import calendar
import re
from datetime import date

from crmcli.calendars.steps import CHINESE_UNIT, NUMBER, count, not_a_day, shifted
from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values import clean_text

_NAMED_DAYS = {
    "today": 0, "now": 0, "tomorrow": 1, "yesterday": -1,
    "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "後天": 2, "大后天": 3, "大後天": 3,
    "昨天": -1, "昨日": -1, "前天": -2, "大前天": -3,
}  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHINESE_WEEKDAYS = "一二三四五六日"


def parse_when(text: str, today: date) -> date:
    """A DATE argument: `2026-01-05`, `tomorrow`, `+3d`, `mon`, `next monday`, `eom`, `下周三`, `3天后`.

    A weekday alone is the next such day, today excluded; with `next` or `下` it is the one of next week,
    weeks beginning on Monday. Raises BadValue: date-invalid, date-impossible, date-ambiguous.
    """
    words = re.sub(r"\s+", " ", clean_text(text[:60]).lower())
    if words in _NAMED_DAYS:
        return shifted(today, _NAMED_DAYS[words], "day")
    for read in (_read_step, _read_weekday, _read_month_end, _read_day_of_month):
        if (found := read(words, today)) is not None:
            return found
    # A bare number of five digits is a spreadsheet's date, never a person's.
    if not words.isdecimal() or len(words) == 8:
        from crmcli.values import parse_date

        try:
            return parse_date(words)
        except BadValue as problem:
            if problem.code != "date-invalid":
                raise
    raise not_a_day()


def _read_step(words: str, today: date) -> date | None:
    if found := re.fullmatch(r"([+-])(\d{1,5}) ?([dwmy])", words, re.ASCII):
        number, unit = count(found[2], found[3])
        back = found[1] == "-"
    elif found := re.fullmatch(r"(?:in )?(\d{1,5}) (day|week|month|quarter|year)s?( ago)?", words, re.ASCII):
        number, unit = count(found[1], found[2])
        back = found[3] is not None
    elif found := re.fullmatch(rf"({NUMBER}) ?个?({CHINESE_UNIT})(?:以|之)?(后|後|前)", words):
        number, unit = count(found[1], found[2])
        back = found[3] == "前"
    else:
        return None
    return shifted(today, -number if back else number, unit)


def _read_weekday(words: str, today: date) -> date | None:
    """A weekday with or without its week; None when the words are something else."""
    if found := re.fullmatch(r"(next |this |last )?([a-z]{3,9})", words):
        weekday = weekday_named(found[2])
        week = {"next ": 1, "this ": 0, "last ": -1, None: None}[found[1]]
    elif found := re.fullmatch(r"(下下|下|本|这|這|上)?个?(?:周|週|星期|礼拜|禮拜)([一二三四五六日天])", words):
        weekday = _CHINESE_WEEKDAYS.index(found[2].replace("天", "日"))
        week = {"下下": 2, "下": 1, "本": 0, "这": 0, "這": 0, "上": -1, None: None}[found[1]]
    else:
        return None
    if weekday is None:
        return None
    if week is None:
        return shifted(today, (weekday - today.weekday() - 1) % 7 + 1, "day")
    return shifted(today, week * 7 + weekday - today.weekday(), "day")


def weekday_named(word: str) -> int | None:
    """The weekday (0 is Monday) of a lower-case English name or its first letters: `mon`, `tues`, `monday`."""
    word = {"tues": "tue", "thur": "thu", "thurs": "thu"}.get(word, word)
    return next((number for number, name in enumerate(_WEEKDAYS) if word in (name, name[:3])), None)


def _read_month_end(words: str, today: date) -> date | None:
    if words in ("eoy", "年底", "年末"):
        return date(today.year, 12, 31)
    months = {"eom": 0, "月底": 0, "本月底": 0, "这个月底": 0, "月末": 0, "下月底": 1, "下个月底": 1}.get(words)
    if months is None:
        return None
    return _month_end(shifted(today.replace(day=1), months, "month"))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _read_day_of_month(words: str, today: date) -> date | None:
    found = re.fullmatch(rf"(下|本|这|上)个?月({NUMBER})[日号]", words)
    if not found:
        return None
    from crmcli.values import small_number

    day = int(found[2]) if found[2].isdecimal() else small_number(found[2])
    month = shifted(today.replace(day=1), {"下": 1, "本": 0, "这": 0, "上": -1}[found[1]], "month")
    if day is None or not 1 <= day <= _month_end(month).day:
        raise BadValue("date-impossible", _("there is no such day"))
    return month.replace(day=day)
