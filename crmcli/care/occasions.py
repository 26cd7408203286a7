"""Occasions: birthdays, in both calendars, and the days a cooperation began.

The policy says of which tiers they are kept and how many days before they are announced. One that nobody
settled stays on the list for a while after its day, and is then let go. Those that matter are found by the
few month-days that the asked window covers, from an index.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from crmcli import calendars
from crmcli.care.decisions import Decision, decide
from crmcli.care.items import CUSTOMER, Item, Scope, customer_of, item, listed, spoken
from crmcli.errors import Refused
from crmcli.i18n import _, plural
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

KINDS = ("birthday", "anniversary")

KEPT_DAYS = 14
"""So many days after its day an occasion is let go."""

# A window no longer than this holds every month-day of either calendar at most once.
_CHUNK = timedelta(days=300)
_DAY = timedelta(days=1)
_OPEN = "c.stage <> 'lost' AND (s.id IS NULL OR s.decision = 'snoozed' AND s.until <= :until)"


@dataclass(frozen=True)
class Rule:
    """How the policy keeps one kind of occasion for some tiers."""

    kind: str
    notice: timedelta
    tiers: tuple[str, ...]
    action: str


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The occasions that are announced by `scope.until` and not yet let go on `scope.today`."""
    found: list[Item] = []
    for rule in _rules(ws):
        for days in _windows(scope.today - timedelta(days=KEPT_DAYS), scope.until + rule.notice):
            found += _READERS[rule.kind](ws, scope, rule, *days)
    return found


def called(ws: Workspace, key: str) -> Item | None:
    """The occasion called `key`, however far ahead it is; none that was let go."""
    kind, _colon, rest = key.partition(":")
    # From the right, because a code may hold a colon.
    before, _colon, day = rest.rpartition(":")
    try:
        on = date.fromisoformat(day)
    except ValueError:
        return None
    if (ws.today - on).days > KEPT_DAYS:
        return None
    for code in dict.fromkeys((re.sub(r":K\d+$", "", before), before)):
        scope = Scope(today=ws.today, until=date.max, customer_id=customer_of(ws, code) or 0)
        for rule in _rules(ws):
            for found in _READERS[kind](ws, scope, rule, on, on) if rule.kind == kind else ():
                if found.key == key:
                    return found
    return None


def settle(ws: Workspace, item: Item, decision: Decision, until: date | None, reason: str | None) -> date | None:
    """Settle an occasion. Raises Refused: it would be let go before the day that it is to wait for."""
    last = item.planned_on + timedelta(days=KEPT_DAYS)
    if until is not None and until > last:
        raise Refused(
            _("{key} cannot wait until {until}").format(key=item.key, until=until),
            hint=_("it is let go after {last}").format(last=last),
        )
    decide(ws, item, decision, until, reason)
    return until


def _rules(ws: Workspace) -> list[Rule]:
    """The policy's occasions; a tier follows the first one of a kind that names it."""
    taken: set[tuple[str, str]] = set()
    rules = []
    for said in ws.digest["occasions"]:
        kind = said["kind"]
        tiers = tuple(tier for tier in said["tiers"] if (kind, tier) not in taken)
        taken |= {(kind, tier) for tier in tiers}
        if tiers and kind in _READERS:
            rules.append(Rule(kind, timedelta(days=said["notice_days"]), tiers, spoken(said, kind)))
    return rules


def _windows(start: date, end: date) -> Iterator[tuple[date, date]]:
    while start <= end:
        last = min(start + _CHUNK - _DAY, end)
        yield start, last
        start = last + _DAY


def _values(keys: Mapping[str, date], tiers: tuple[str, ...]) -> tuple[str, str, dict[str, str]]:
    """Month-days and their days as the rows of VALUES, the tiers for an IN, and the parameters of both."""
    marks, named = listed(list(keys), "key")
    days = {f"day{number}": day.isoformat() for number, day in enumerate(keys.values())}
    rows = ", ".join(f"({mark}, :day{number})" for number, mark in enumerate(marks.split(", ")))
    listed_tiers, named_tiers = listed(tiers, "tier")
    return rows, listed_tiers, {**named, **days, **named_tiers}


# -------------------------------------------------------------------------------------------- birthdays


def _birthdays(ws: Workspace, scope: Scope, rule: Rule, start: date, end: date) -> list[Item]:
    """Those of the customers that are persons, and of the people at all customers."""
    keys = calendars.birthday_keys(start, end, lunar=_has_lunar(ws))
    values, tiers, params = _values(keys, rule.tiers)
    rows = ws.db.rows(
        f"""
        WITH days (birthday_key, day) AS (VALUES {values})
        SELECT days.day, c.name AS person, c.birthday, NULL AS contact_id, s.until, {CUSTOMER}
        FROM days CROSS JOIN customer AS c ON c.birthday_key = days.birthday_key
        LEFT JOIN settlement AS s ON s.customer_id = c.id AND s.kind = 'birthday' AND s.ref = ''
            AND s.planned_on = days.day
        WHERE c.kind = 'person' AND c.tier IN ({tiers}) AND {_OPEN} AND {scope.condition("c.id")}
        UNION ALL
        SELECT days.day, p.name AS person, p.birthday, p.id AS contact_id, s.until, {CUSTOMER}
        FROM days CROSS JOIN contact AS p ON p.birthday_key = days.birthday_key
        CROSS JOIN customer AS c ON c.id = p.customer_id
        LEFT JOIN settlement AS s ON s.customer_id = c.id AND s.kind = 'birthday' AND s.ref = 'K' || p.id
            AND s.planned_on = days.day
        WHERE c.tier IN ({tiers}) AND {_OPEN} AND {scope.condition("p.customer_id")}
            -- A person is a customer and the contact there at once: one birthday.
            AND NOT (c.kind = 'person' AND c.birthday_key IS NOT NULL AND c.name_key = p.name_key)
        """,
        {**scope.params, **params},
    )
    return [_birthday(row, rule) for row in rows]


def _birthday(row: Row, rule: Rule) -> Item:
    lunar = _lunar(row["birthday"])
    text = _("birthday of {person} on {day} ({birthday})") if lunar else _("birthday of {person} on {day}")
    contact = row["contact_id"]
    return item(
        row,
        kind="birthday",
        ref="" if contact is None else f"K{contact}",
        planned_on=date.fromisoformat(row["day"]),
        due_on=row["until"] or row["day"],
        action=rule.action,
        channel=None,
        reason=text.format(person=row["person"], day=row["day"], birthday=lunar),
        contact_id=contact,
    )


def _lunar(birthday: str) -> str | None:
    """A birthday of the lunar calendar, in the language spoken now."""
    calendar, _space, day = birthday.rpartition(" ")
    words = {"lunar": _("lunar {day}"), "lunar leap": _("lunar leap {day}")}
    return words[calendar].format(day=day) if calendar in words else None


def _has_lunar(ws: Workspace) -> bool:
    """Whether anybody has a lunar birthday: only then is the calendar worth its import."""
    return bool(
        ws.db.value(
            "SELECT EXISTS (SELECT 1 FROM contact WHERE birthday_key >= 'L') "
            "OR EXISTS (SELECT 1 FROM customer WHERE birthday_key >= 'L')"
        )
    )


# ---------------------------------------------------------------------------------------- anniversaries


def _anniversaries(ws: Workspace, scope: Scope, rule: Rule, start: date, end: date) -> list[Item]:
    values, tiers, params = _values(calendars.anniversary_keys(start, end), rule.tiers)
    rows = ws.db.rows(
        f"""
        WITH days (since_key, day) AS (VALUES {values})
        SELECT days.day, c.since, s.until, {CUSTOMER}
        FROM days CROSS JOIN customer AS c ON c.since_key = days.since_key
        LEFT JOIN settlement AS s ON s.customer_id = c.id AND s.kind = 'anniversary' AND s.planned_on = days.day
        WHERE c.tier IN ({tiers}) AND substr(c.since, 1, 4) < substr(days.day, 1, 4)
            AND {_OPEN} AND {scope.condition("c.id")}
        """,
        {**scope.params, **params},
    )
    return [_anniversary(row, rule) for row in rows]


def _anniversary(row: Row, rule: Rule) -> Item:
    day = date.fromisoformat(row["day"])
    years = day.year - date.fromisoformat(row["since"]).year
    text = plural("a customer for {years} year, since {since}", "a customer for {years} years, since {since}", years)
    return item(
        row,
        kind="anniversary",
        ref="",
        planned_on=day,
        due_on=row["until"] or row["day"],
        action=rule.action,
        channel=None,
        reason=text.format(years=years, since=row["since"]),
    )


_READERS = {"birthday": _birthdays, "anniversary": _anniversaries}
