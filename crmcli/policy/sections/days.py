"""Days: `[calendar]`, the company's working time; `[[occasion]]` and `[[festival]]`, when to think of a customer."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from itertools import pairwise
from typing import TypeVar

from crmcli.calendars import FESTIVALS, Span, WorkingTime, festival, parse_span, parse_workday
from crmcli.calendars.holidays import REGIONS
from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.policy.definitions import FestivalGreeting, Occasion
from crmcli.policy.reading import Table, nearest, unknown
from crmcli.policy.sections.common import choice, days, known, refuse_twice, words
from crmcli.policy.sections.greetings import OF_FESTIVALS, OF_OCCASIONS, template

OCCASIONS = ("birthday", "anniversary", "renewal")

_WEEK = frozenset(range(5))
_HOURS: tuple[Span, ...] = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
_Read = TypeVar("_Read")


def calendar(section: Table | None, timezone: str, region: str) -> WorkingTime:
    """The working time: without a section, or what it leaves out, Monday to Friday from 9 to 12 and from 13 to 18.

    Public holidays are those of the policy's phone region, where they are known.
    """
    public = region if region in REGIONS else "none"
    if section is None:
        return WorkingTime(_WEEK, _HOURS, timezone, public)
    workdays = _each(section, "workdays", parse_workday)
    hours = sorted(_each(section, "hours", parse_span))
    if any(later[0] < earlier[1] for earlier, later in pairwise(hours)):
        section.problem("value-invalid", _("two of the hours overlap"), "hours")
        hours = []
    public = choice(section, "holidays", REGIONS, default=public)
    holidays, extra = _extra_days(section)
    years = section.years("known_years")
    section.finish()
    return WorkingTime(
        workdays=frozenset(workdays) or _WEEK,
        hours=tuple(hours) or _HOURS,
        timezone=timezone,
        holidays=public if public in REGIONS else "none",
        extra_holidays=holidays,
        extra_workdays=extra,
        known_years=frozenset(years),
    )


def _each(section: Table, key: str, parse: Callable[[str], _Read]) -> list[_Read]:
    """The items of a list, read; it may be left out, but not be empty."""
    found = []
    if section.data.get(key) == []:
        section.problem("key-missing", _("'{key}' is empty").format(key=key), key)
    for text in section.texts(key):
        try:
            found.append(parse(text))
        except BadValue as error:
            section.problem("value-invalid", f"{error.reason}: '{text}'", key)
    return found


def _extra_days(section: Table) -> tuple[frozenset[date], frozenset[date]]:
    holidays, workdays = frozenset(section.days("extra_holidays")), frozenset(section.days("extra_workdays"))
    for day in sorted(holidays & workdays):
        message = _("{day} is both a holiday and a working day").format(day=day)
        section.problem("value-invalid", message, "extra_workdays")
    return holidays, workdays - holidays


def occasion(table: Table, tiers: Collection[str], company: str = "") -> Occasion:
    kind = table.text("kind", required=True)
    if kind and kind not in OCCASIONS:
        table.problem("name-unknown", unknown(kind, OCCASIONS), "kind")
    found = Occasion(
        kind=kind,
        notice_days=days(table, "notice"),
        tiers=known(table, "tiers", tiers),
        action=words(table, "action"),
        label=words(table, "label"),
        gift=template(table, "gift", OF_OCCASIONS.get(kind, ()), company),
        greeting=template(table, "greeting", OF_OCCASIONS.get(kind, ()), company),
    )
    table.finish()
    return found


def festivals(tables: Sequence[Table], tiers: Collection[str], company: str = "") -> tuple[FestivalGreeting, ...]:
    """The same festival may be there several times, for other industries or tiers."""
    found: list[FestivalGreeting] = []
    taken: set[object] = set()
    for table in tables:
        greeting = _festival(table, tiers, company)
        same = (greeting.key, greeting.industries, greeting.tiers)
        refuse_twice(table, greeting.key, [greeting.key] if same in taken else [])
        taken.add(same)
        found.append(greeting)
    return tuple(found)


def _festival(table: Table, tiers: Collection[str], company: str) -> FestivalGreeting:
    key = table.text("key", required=True)
    try:
        _found = festival(key) if key else None
    except BadValue as error:
        table.problem("name-unknown", f"{error.reason}: '{key}'" + nearest(key, FESTIVALS), "key")
    found = FestivalGreeting(
        key=key,
        notice_days=days(table, "notice"),
        industries=table.texts("industries"),
        tiers=known(table, "tiers", tiers),
        action=words(table, "action"),
        label=words(table, "label"),
        gift=template(table, "gift", OF_FESTIVALS, company),
        greeting=template(table, "greeting", OF_FESTIVALS, company),
    )
    table.finish()
    return found
