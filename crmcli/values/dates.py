"""Calendar days as cells of imported files write them."""

from datetime import date, timedelta
from typing import Literal

from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values.numerals import small_number
from crmcli.values.text import LONGEST, bare, pattern

_TIME = (
    r"(?:[T ]*(?:(?:上午|下午|早上|中午|晚上|凌晨)[T ]*)?\d{1,2}"
    r"(?::\d\d(?::\d\d(?:\.\d+)?)?|[时點点](?:\d\d?分(?:\d\d?秒)?)?)"
    r"(?: ?[AaPp][Mm])?(?: ?(?:Z|(?:GMT|UTC)?[+-]\d\d:?\d\d|GMT|UTC))?)?"
)
_YEAR_FIRST = r"(?a)(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号號]?|(\d\d)(\d\d))" + _TIME
# A year of four digits in front says the order, whatever stands between the numbers.
_YEAR_FIRST_FREE = r"(?a)(\d{4})\s?[-/.,_\\年 ]\s?(\d{1,2})\s?[-/.,_\\月 ]-?\s?(\d{1,2})[日号號]?" + _TIME
_SHORT_YEAR = rf"(?a)(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}"
_EIGHT_DIGITS = rf"(?a)(\d{{4}})(\d\d)(\d\d){_TIME}"
_STAMP = r"(?a)(\d{4})(\d\d)(\d\d) ?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?"
_YEAR_LAST = rf"(?a)(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}"
_MONTH_DAY_YEAR = rf"(?a)([a-z]{{3,9}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}|\d\d){_TIME}"
_DAY_MONTH_YEAR = rf"(?a)(\d{{1,2}})(?:st|nd|rd|th)?[ /-](?:of )?([a-z]{{3,9}})\.?,?[ /-](\d{{4}}|\d\d){_TIME}"
_YEAR_MONTH_DAY = rf"(?a)(\d{{4}})[ /-]([a-z]{{3,9}})\.?[ /-](\d{{1,2}}){_TIME}"
_CHINESE = (
    r"(民国|民國)?([〇零○一二三四五六七八九]{2,4}|\d{2,4})年"
    r"([〇零一二三四五六七八九十\d]{1,3})月([〇零一二三四五六七八九十廿卅\d]{1,3})[日号號]?"
)
_WEEKDAY = (
    r"[(,\s]*(?:星期|礼拜|禮拜|周|週)[一二三四五六日天][),\s]*|\([一二三四五六日]\)"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]?"
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
Order = Literal["ymd", "dmy", "mdy"]
# Where year, month and day stand.
_PLACES: dict[Order, tuple[int, int, int]] = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}


def parse_date(text: str) -> date:
    """The day in a cell of an imported file: ISO and its variants, Chinese, month names, an Excel serial.

    Raises BadValue: date-ambiguous (02/03/2024), date-impossible (2023-02-29, a year outside 1900 to 2200),
    date-invalid.
    """
    found = pattern(_YEAR_FIRST).fullmatch(text)
    if not found:
        text = _date_text(text)
        found = pattern(_YEAR_FIRST).fullmatch(text)
    if found:
        return real_date(int(found[1]), int(found[3] or found[5] or found[7]), int(found[4] or found[6] or found[8]))
    if found := pattern(r"(?a)(\d{5})(?:\.\d{1,15})?").fullmatch(text):
        return _from_serial(int(found[1]))
    if found := pattern(_YEAR_LAST).fullmatch(text):
        return _year_last(int(found[1]), int(found[3]), int(found[4]))
    if found := pattern(_YEAR_FIRST_FREE).fullmatch(text) or pattern(_STAMP).fullmatch(text):
        return real_date(int(found[1]), int(found[2]), int(found[3]))
    if found := pattern(_SHORT_YEAR).fullmatch(text):
        return _short_year((found[1], found[3], found[4]))
    return _in_words(text)


def _date_text(text: str) -> str:
    folded = bare(text)
    if len(folded) > LONGEST:
        raise BadValue("date-invalid", _("not a date; write it like 2024-03-05"))
    folded = pattern(r" ?([年月]) ?| (?=[日号號])").sub(r"\1", folded)
    if pattern(r"(?ai)[\d/.-]*o[\do/.-]*").fullmatch(folded):
        folded = folded.lower().replace("o", "0")
    if pattern(r"(?a)[\d/.]+\.").fullmatch(folded):
        folded = folded[:-1]
    return folded[:-2] if pattern(r"(?a)\d{8}\.0").fullmatch(folded) else folded


def _in_words(text: str) -> date:
    """A date with the month's name, in Chinese numerals, or beside a weekday."""
    text = pattern(_WEEKDAY).sub(" ", text.lower()).strip()
    if found := pattern(_MONTH_DAY_YEAR).fullmatch(text):
        return real_date(_year(found[3]), _month_number(found[1]), int(found[2]))
    if found := pattern(_DAY_MONTH_YEAR).fullmatch(text):
        return real_date(_year(found[3]), _month_number(found[2]), int(found[1]))
    if found := pattern(_YEAR_MONTH_DAY).fullmatch(text):
        return real_date(int(found[1]), _month_number(found[2]), int(found[3]))
    if found := pattern(_CHINESE).fullmatch(text):
        year = "".join(str(small_number(sign.replace("○", "〇"))) for sign in found[2])
        return real_date(
            int(year) + 1911 if found[1] else _year(year), small_number(found[3]) or 0, small_number(found[4]) or 0
        )
    if found := pattern(_YEAR_FIRST_FREE).fullmatch(text) or pattern(_EIGHT_DIGITS).fullmatch(text):
        return real_date(int(found[1]), int(found[2]), int(found[3]))
    raise BadValue("date-invalid", _("not a date; write it like 2024-03-05"))


def real_date(year: int, month: int, day: int) -> date:
    """That day. Raises BadValue date-impossible, also for a year outside 1900 to 2200."""
    if 1900 <= year <= 2200:
        try:
            return date(year, month, day)
        except ValueError:
            pass
    raise BadValue("date-impossible", _("there is no such day"))


def _from_serial(serial: int) -> date:
    # ECMA-376 part 1, 18.17.4.1: the 1900 system counts a 29 February 1900 that never was, hence 30 December.
    if 20000 <= serial <= 80000:
        return date(1899, 12, 30) + timedelta(days=serial)
    raise BadValue("date-invalid", _("not a date; write it like 2024-03-05"))


def _year_last(first: int, second: int, year: int) -> date:
    if first > 12 or first == second:
        return real_date(year, second, first)
    if second > 12:
        return real_date(year, first, second)
    raise BadValue("date-ambiguous", _("day and month cannot be told apart; write the date like 2024-03-05"))


def orders_of(numbers: tuple[str, str, str]) -> dict[Order, tuple[int, int, int]]:
    """The orders in which three numbers may be a date whose year has two digits, each with its year, month and day.

    What no month or no day could be rules an order out; that there is such a day (no 30 February) is not said.
    """
    found: dict[Order, tuple[int, int, int]] = {}
    for order, (year_at, month_at, day_at) in _PLACES.items():
        year, month, day = numbers[year_at], int(numbers[month_at]), int(numbers[day_at])
        if len(year) == 2 and 1 <= month <= 12 and 1 <= day <= 31:
            found[order] = (_year(year), month, day)
    return found


def _short_year(numbers: tuple[str, str, str]) -> date:
    """A date whose year has two digits. A first number that is no month is the year, as China and Windows write it."""
    found = orders_of(numbers)
    if not found:
        raise BadValue("date-impossible", _("there is no such day"))
    if "ymd" in found and int(numbers[0]) > 12:
        return real_date(*found["ymd"])
    if len(set(found.values())) > 1:
        raise BadValue("date-ambiguous", _("write the year with four digits, like 2024-03-05"))
    return real_date(*next(iter(found.values())))


def _year(digits: str) -> int:
    """A year of four digits, or of two, which mean 1969 to 2068, as in POSIX."""
    return int(digits) + (0 if len(digits) > 2 else 1900 if digits > "68" else 2000)


def _month_number(word: str) -> int:
    for number, month in enumerate(_MONTHS, 1):
        if month.startswith(word):
            return number
    raise BadValue("date-invalid", _("not a date; write it like 2024-03-05"))
