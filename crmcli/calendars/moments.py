"""A moment, as people type it."""

import re
from datetime import UTC, datetime, time

from crmcli.calendars.days import parse_when
from crmcli.calendars.zones import local_datetime, zone_of
from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values import clean_text

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
        return local.replace(tzinfo=zone_of(zone)).astimezone(UTC)
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
