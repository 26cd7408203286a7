"""The holidays that the policy counts with: year by year, and more of them from a file.

Whatever a file says more becomes a new version of the policy: its text with the days added to its `[calendar]`.
"""

from dataclasses import dataclass
from datetime import date

from crmcli.calendars import ExtraDays, WorkingTime, holidays_from_ics, holidays_from_json, holidays_from_toml
from crmcli.calendars.holidays import public_days, statutory_days
from crmcli.errors import BadValue, InvalidInput, Refused, UsageError
from crmcli.grading import policies
from crmcli.i18n import _, listed, plural
from crmcli.policy.extending import with_days
from crmcli.store.workspace import Workspace

_FIRST, _LAST = 1900, 9998


@dataclass(frozen=True)
class Day:
    """A day that is not what its weekday says, or that a holiday takes in.

    `kind` is "holiday" or "workday"; `weekday` "mon" to "sun"; `source` "official" (as published), "law" (fixed by
    law, while the year is not published) or "policy" (its own days); `known`: all official days of its year are there.
    """

    day: date
    weekday: str
    kind: str
    source: str
    known: bool


@dataclass(frozen=True)
class Imported:
    """What a file added to the policy in force: the days, and the years that are known by it."""

    holidays: tuple[date, ...]
    workdays: tuple[date, ...]
    known_years: tuple[int, ...]


# --------------------------------------------------------------------------------------------- showing


def year(ws: Workspace, number: int) -> list[Day]:
    """The holidays and the make-up working days of a year, in order.

    Raises:
        UsageError: it is beyond the calendar.
    """
    if not _FIRST <= number <= _LAST:
        raise UsageError(_("a year is from {first} to {last}").format(first=_FIRST, last=_LAST))
    calendar: WorkingTime = ws.policy.calendar
    public = calendar.public(number)
    official = "official" if public.known else "law"
    sources = dict.fromkeys(public.holidays | public.workdays, official)
    own = calendar.extra_holidays | calendar.extra_workdays
    sources |= dict.fromkeys((day for day in own if day.year == number), "policy")
    return [
        Day(
            day=day,
            weekday=_WEEKDAYS[day.weekday()],
            kind="workday" if calendar.is_workday(day) else "holiday",
            source=sources[day],
            known=public.known,
        )
        for day in sorted(sources)
    ]


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def standing(ws: Workspace, number: int) -> str:
    """One sentence: whether the official days of a year are known, and what is taken where they are not."""
    calendar: WorkingTime = ws.policy.calendar
    if calendar.holidays == "none":
        return _("{year}: the policy keeps no public holidays but its own").format(year=number)
    if public_days(calendar.holidays, number).known:
        return _("{year}: the official days are known, as published").format(year=number)
    if calendar.public(number).known:
        return _("{year}: the official days are known, from the policy").format(year=number)
    return _(
        "{year}: the official days are not known yet; estimated by the days that the law fixes, without days in lieu "
        "and without make-up working days. When they are published: crm calendar import FILE"
    ).format(year=number)


# --------------------------------------------------------------------------------------------- importing


def import_days(ws: Workspace, text: str, *, source: str) -> Imported:
    """Add the days of a file to the policy in force, as a new version of it; `source` names the file in messages.

    What it counts with already is left out: a file twice is nothing new, and no version. Where the policy says
    otherwise of a day, the policy's word stays, and a note says so.

    Raises:
        InvalidInput: the file cannot be understood. Refused: the policy's calendar cannot be added to in place.
    """
    try:
        said = _read(text)
    except BadValue as error:
        raise InvalidInput(f"{source}: {error.reason}") from error
    calendar: WorkingTime = ws.policy.calendar
    found = Imported(
        holidays=tuple(day for day in said.holidays if _is_new(calendar, day, off=True)),
        workdays=tuple(day for day in said.workdays if _is_new(calendar, day, off=False)),
        known_years=_completed(ws, calendar, said),
    )
    _tell_contradictions(ws, calendar, said)
    if found.holidays or found.workdays or found.known_years:
        _apply(ws, found, source)
    return found


def _read(text: str) -> ExtraDays:
    """The days of a file: holiday-cn's JSON, iCalendar, or TOML with the lists of `[calendar]`. Raises BadValue."""
    if text.lstrip().startswith("{"):
        return holidays_from_json(text)
    if "BEGIN:VCALENDAR" in text[:1000].upper():
        return holidays_from_ics(text)
    return holidays_from_toml(text)


def _is_new(calendar: WorkingTime, day: date, *, off: bool) -> bool:
    if day in calendar.extra_holidays or day in calendar.extra_workdays:
        return False
    published = public_days(calendar.holidays, day.year)
    return not (published.known and day in (published.holidays if off else published.workdays))


def _completed(ws: Workspace, calendar: WorkingTime, said: ExtraDays) -> tuple[int, ...]:
    """The years that are known when the days of the file are there, and were not before.

    A year is complete when every day off that the law fixes is off, but for those on a weekend, which official
    calendars need not list. Of the others a note says what is missing.
    """
    found = []
    off = {*said.holidays, *calendar.extra_holidays}
    for number in sorted({day.year for day in (*said.holidays, *said.workdays)} | {*said.known_years}):
        if calendar.public(number).known:
            continue
        missing = sorted(day for day in statutory_days(number) if day.weekday() < 5 and day not in off)
        if not missing or number in said.known_years:
            found.append(number)
            continue
        message = _("{year} stays estimated: of the days that the law fixes the file lacks {days}")
        ws.notes.append(message.format(year=number, days=_listed(missing)))
    return tuple(found)


def _tell_contradictions(ws: Workspace, calendar: WorkingTime, said: ExtraDays) -> None:
    both = [
        *(day for day in said.holidays if day in calendar.extra_workdays),
        *(day for day in said.workdays if day in calendar.extra_holidays),
    ]
    if both:
        message = _("the policy says otherwise and was left as it is: {days}; edit it by hand if the file is right")
        ws.notes.append(message.format(days=_listed(sorted(both))))


_NAMED = 8


def _listed(days: list[date]) -> str:
    more = [_("and {number} more").format(number=len(days) - _NAMED)] if len(days) > _NAMED else []
    return listed([*(day.isoformat() for day in days[:_NAMED]), *more])


def _apply(ws: Workspace, found: Imported, source: str) -> None:
    before = policies.in_force(ws)
    try:
        text = with_days(before, holidays=found.holidays, workdays=found.workdays, years=found.known_years)
    except BadValue as error:
        raise Refused(
            _("the policy in force stays as it is: {reason}").format(reason=error.reason),
            hint=_("or add the days to it by hand: crm policy show > my.toml, then crm policy apply my.toml"),
        ) from error
    policies.apply(ws, text, source=source, extended=True)
    holidays = plural("{number} holiday", "{number} holidays", len(found.holidays))
    workdays = plural("{number} working day", "{number} working days", len(found.workdays))
    counted = ((holidays, found.holidays), (workdays, found.workdays))
    added = [words.format(number=len(days)) for words, days in counted if days]
    if found.known_years:
        added.append(_("{years} known").format(years=listed(found.known_years)))
    ws.summary = _("calendar: {added}").format(added=listed(added))
