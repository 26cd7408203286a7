"""Files of holidays, as states, companies and calendar programs give them out, as extra days of a calendar.

Whatever is not understood is refused: a day that is silently left out would move a deadline.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from crmcli.errors import BadValue
from crmcli.i18n import _

# A calendar that has a holiday of two months has a typing mistake.
_LONGEST = 60


class ExtraDays(NamedTuple):
    """Days off, and days that are worked though the weekday says otherwise; each in order, none twice.

    `known_years` are those of which the file itself says that these are all of their days.
    """

    holidays: tuple[date, ...]
    workdays: tuple[date, ...]
    known_years: tuple[int, ...] = ()


def holidays_from_json(text: str) -> ExtraDays:
    """The days of `{"days": [{"name": "春节", "date": "2026-02-17", "isOffDay": true}, …]}`, as holiday-cn writes them.

    Raises BadValue calendar-invalid, also for a file without a day.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise _unreadable(_("not a calendar: the text is not JSON")) from None
    days = said.get("days") if isinstance(said, dict) else None
    if not isinstance(days, list):
        raise _unreadable(_('not a calendar: JSON needs {"days": [{"name": …, "date": …, "isOffDay": true or false}]}'))
    return _sorted(_json_day(day, number) for number, day in enumerate(days, 1))


def _json_day(said: Any, number: int) -> tuple[date, bool]:
    """A day, and whether it is off."""
    try:
        text, off = said["date"], said["isOffDay"]
        if isinstance(off, bool) and re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text), off
    except (TypeError, KeyError, ValueError):
        pass
    message = _("day {number} needs a date like 2026-02-17 and isOffDay as true or false")
    raise _unreadable(message.format(number=number))


def holidays_from_ics(text: str) -> ExtraDays:
    """The days of the events of an iCalendar file.

    Where a program marks days off and working days (X-APPLE-SPECIAL-DAY), only marked events count. Otherwise every
    event is off, but one whose title says that it is worked (`班`, `working day`), and what is told to be an
    observance or is cancelled does not count. A working day may have hours; a day off is a whole day.

    Raises BadValue calendar-invalid, also for a file without a day and for events that repeat.
    """
    events = _events(text)
    marked = any(_mark(event) for event in events)
    return _sorted(
        (day, off) for event in events if (off := _is_off(event, marked)) is not None for day in _days_of(event, off)
    )


def holidays_from_toml(text: str) -> ExtraDays:
    """The days of the lists `extra_holidays` and `extra_workdays`, alone or under `[calendar]` as in a policy.

    A list `known_years` names the years of which these are all. Raises BadValue calendar-invalid, as the others.
    """
    try:
        said = tomllib.loads(text)
    except (ValueError, RecursionError):
        raise _unreadable(_("not a calendar: the text is not JSON, iCalendar or TOML")) from None
    section = said.get("calendar", said)
    lists = [section.get(name, []) for name in _LISTS] if isinstance(section, dict) else []
    if not any(lists):
        raise _unreadable(_("not a calendar: TOML needs the lists extra_holidays and extra_workdays"))
    types = (date, date, int)
    if not all(
        type(some) is list and all(type(one) is of for one in some) for some, of in zip(lists, types, strict=True)
    ):
        raise _unreadable(_("its days need to be dates without quotes, like [2027-02-06], and its years numbers"))
    holidays, workdays, years = lists
    found = _sorted([*((day, True) for day in holidays), *((day, False) for day in workdays)])
    return found._replace(known_years=tuple(sorted(set(years))))


_LISTS = ("extra_holidays", "extra_workdays", "known_years")
_Event = dict[str, list[Any]]
_MARKS = {"WORK-HOLIDAY": True, "ALTERNATE-WORKDAY": False}
_WORKED = re.compile(r"班|\bwork(?:ing)?[ -]?day\b", re.IGNORECASE)


def _events(text: str) -> list[_Event]:
    from vobject.base import VObjectError, readComponents

    if "BEGIN:VCALENDAR" not in text[:1000].upper():
        raise _unreadable(_("not a calendar: the text is not iCalendar"))
    try:
        calendars = list(readComponents(text, validate=False, transform=False))
        return [event.contents for one in calendars for event in one.contents.get("vevent", [])]
    except (VObjectError, ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError):
        # The library meets damage with whatever its own code stumbles over.
        raise _unreadable(_("the iCalendar text is damaged")) from None


def _first(event: _Event, name: str) -> str:
    found = event.get(name)
    return str(found[0].value).strip() if found else ""


def _mark(event: _Event) -> bool:
    return _first(event, "x-apple-special-day").upper() in _MARKS


def _is_off(event: _Event, marked: bool) -> bool | None:
    """Whether an event is a day off (True) or a working day; None when it is neither."""
    if _first(event, "status").upper() == "CANCELLED":
        return None
    if marked:
        return _MARKS.get(_first(event, "x-apple-special-day").upper())
    if _first(event, "description").lower().startswith("observance"):
        return None
    return not _WORKED.search(_first(event, "summary"))


def _days_of(event: _Event, off: bool) -> Iterator[date]:
    start, end = _first(event, "dtstart"), _first(event, "dtend")
    if {"rrule", "rdate"} & set(event):
        raise _event_refused(start, _("it repeats"))
    first, from_time = _day_and_time(start)
    last, to_time = _day_and_time(end) if end else (first + timedelta(days=1), "")
    if off and (from_time or to_time).strip("0"):
        raise _event_refused(start, _("it is not a whole day"))
    if to_time.strip("0") or last == first:  # an end by the day, or at midnight, is the day after
        last += timedelta(days=1)
    if not 1 <= (last - first).days <= _LONGEST:
        raise _event_refused(start, _("it ends before it begins, or is longer than {days} days").format(days=_LONGEST))
    for number in range((last - first).days):
        yield first + timedelta(days=number)


def _day_and_time(text: str) -> tuple[date, str]:
    """The day and the time of day (or nothing) of `20260217` or `20260217T090000`; a time of elsewhere is refused."""
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d{6}))?", text, re.ASCII)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3])), found[4] or ""
    except ValueError:
        pass
    raise _event_refused(text, _("its day cannot be read"))


def _event_refused(start: str, why: str) -> BadValue:
    return _unreadable(_("the event of {start} is no holiday: {why}").format(start=start[:20] or "?", why=why))


def _sorted(days: Iterable[tuple[date, bool]]) -> ExtraDays:
    off: dict[bool, set[date]] = {True: set(), False: set()}
    for day, is_off in days:
        off[is_off].add(day)
    if both := off[True] & off[False]:
        raise _unreadable(_("{day} is both a holiday and a working day").format(day=min(both)))
    if not off[True] and not off[False]:
        raise _unreadable(_("the calendar has no day in it"))
    return ExtraDays(tuple(sorted(off[True])), tuple(sorted(off[False])))


def _unreadable(reason: str) -> BadValue:
    return BadValue("calendar-invalid", reason)
