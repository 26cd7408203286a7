"""Birthdays: with or without a year, in the solar or the lunar calendar."""

import re
from calendar import monthrange

from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values.dates import parse_date, real_date
from crmcli.values.numerals import small_number
from crmcli.values.text import LONGEST, bare, pattern

_LUNAR = "农历|農曆|農历|阴历|陰曆|旧历|舊曆|lunar"
_SOLAR = "公历|公曆|阳历|陽曆|新历|solar"
_LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12, "臘": 12}
_NUMBER_SIGNS = r"〇零一二三四五六七八九十\d"
_BIRTHDAY_WORDS = (
    rf"(?:([{_NUMBER_SIGNS}]{{4}})年)?"
    rf"([正冬腊臘]|[{_NUMBER_SIGNS}]{{1,2}})月([初廿卅]?[{_NUMBER_SIGNS}]{{0,3}})([日号號]?)"
)
_BIRTHDAY_NUMBERS = r"(?a)(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(?:--)?(\d{1,2})-(\d{1,2})|(\d{1,2})/(\d{1,2}))"


def parse_birthday(text: str) -> str:
    """A birthday as `1980-05-03`, `--05-03`, `lunar 08-15`, `lunar leap 04-15` or `lunar 1980-08-15`.

    Raises BadValue birthday-invalid, also for `八月十五`, which does not say which calendar it means; date-ambiguous
    where day and month cannot be told apart.
    """
    folded = bare(text)[:LONGEST].lower()
    rest, lunar = pattern(_LUNAR).subn("", folded)
    rest, leap = pattern("闰|閏|leap").subn("", rest)
    rest, solar = pattern(_SOLAR).subn("", rest)
    lunar += leap
    compact = pattern(r"[\s()]+").sub("", rest)
    if found := pattern(_BIRTHDAY_WORDS).fullmatch(compact):
        year, month, day, certainly_lunar = _birthday_words(found)
        lunar += certainly_lunar
        if not (lunar or solar or found[2].isascii() or found[4]):
            raise BadValue("birthday-invalid", _("say which calendar the birthday is in: 农历 or 公历"))
        return _birthday(year, month, day, lunar=bool(lunar), leap=bool(leap), solar=bool(solar))
    if found := pattern(_BIRTHDAY_NUMBERS).fullmatch(compact):
        month, day = int(found[3] or found[5] or found[7]), int(found[4] or found[6] or found[8])
        if found[7] and not lunar and month <= 12 and day <= 12 and month != day:
            raise BadValue("date-ambiguous", _("day and month cannot be told apart; write 05-03 or 5月3日"))
        if found[7] and not lunar and month > 12:
            month, day = day, month
        return _birthday(found[1] or "", month, day, lunar=bool(lunar), leap=bool(leap), solar=bool(solar))
    try:
        return parse_date("" if lunar else rest).isoformat()
    except BadValue as problem:
        code = problem.code if problem.code == "date-ambiguous" else "birthday-invalid"
        raise BadValue(code, problem.reason) from None


def _birthday_words(found: re.Match[str]) -> tuple[str, int | None, int | None, bool]:
    """Year digits, month and day as matched by _BIRTHDAY_WORDS; and is it a wording of the lunar calendar."""
    year = "".join(str(small_number(sign)) for sign in found[1] or "")
    month = _LUNAR_MONTHS.get(found[2]) or small_number(found[2])
    return (
        year,
        month,
        small_number(found[3]),
        found[2] in _LUNAR_MONTHS or found[3][:1] in ("初", "廿", "卅"),
    )


def _birthday(year: str, month: int | None, day: int | None, *, lunar: bool, leap: bool, solar: bool) -> str:
    if month is None or day is None or (lunar and solar):
        raise BadValue("birthday-invalid", _("not a birthday; write it like 1980-05-03, 05-03 or lunar 08-15"))
    if not lunar:
        try:
            real_date(int(year or 2000), month, day)
        except BadValue as problem:
            raise BadValue("birthday-invalid", problem.reason) from None
        return f"{year or '-'}-{month:02d}-{day:02d}"
    if not (1 <= month <= 12 and 1 <= day <= 30 and 1900 <= int(year or 2000) <= 2200):
        raise BadValue("birthday-invalid", _("a lunar date has a month up to 12 and a day up to 30"))
    return f"lunar {'leap ' if leap else ''}{year}{'-' if year else ''}{month:02d}-{day:02d}"


def birthday_key(stored: str) -> str | None:
    """The indexed key of a stored birthday: `05-03`, lunar `L08-15`, in a leap month `LL04-15`.

    None for what was kept although it is no birthday.
    """
    found = pattern(r"(?a)(lunar (leap )?)?(?:(\d{4})-|--)?(\d\d)-(\d\d)").fullmatch(stored)
    if not found:
        return None
    lunar, leap, year, month, day = found.groups()
    # 2000 was a leap year.
    days = 30 if lunar else monthrange(int(year or 2000), int(month))[1] if "01" <= month <= "12" else 0
    return f"{'L' if lunar else ''}{'L' if leap else ''}{month}-{day}" if 1 <= int(day) <= days else None
