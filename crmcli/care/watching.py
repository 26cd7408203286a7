"""Watching: the early warnings of the policy's `[[signal]]` sections, as things stand now.

A signal with `when` is seen at every rated customer for whom its rule holds, but for those that are lost. Whether the
clocks of cases warn or are run out, and which cases are open, is asked of everybody's.

**Since when** is told by what the rule asks for, where the records know the day on which that began:

| asked for | began on |
|---|---|
| `days_since_order`, `last_order_on` | the day of the last order |
| `days_since_contact`, `last_contact_on` | the day of the last contact |
| `age_days` | the day the customer was recorded |
| `cases_open`, `complaints_open`, `major_complaints_open` | the day the oldest of them was opened |
| `complaints_12m`, `major_complaints_12m`, `complaint_rate_12m` | the day the latest of them was opened |
| `csat_12m`, `nps_last` | the day of the latest answer |
| `tag(…)` | the day the customer got the tag |

Sums and counts over windows (volume down), ratings and what lies ahead have no such day. Of several that are joined
by `and` the latest counts, as the signal is not whole before; of several joined by `or` the earliest that holds. A
clock warns since its moment to warn, and is out of time since its deadline; a case is open since it was opened.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from crmcli import i18n
from crmcli.care import items
from crmcli.care.cases import clocks
from crmcli.care.cases.due import spoken_kind, spoken_phase, spoken_severity
from crmcli.care.cases.standing import unmet
from crmcli.errors import UsageError
from crmcli.grading.wording import fact_words, in_words
from crmcli.i18n import _, sentences
from crmcli.policy import facts
from crmcli.policy.counting import COMPLAINT, MAJOR, OPEN
from crmcli.policy.definitions import Policy, Signal
from crmcli.policy.dialects import text_literal
from crmcli.policy.rules import Rule, to_sql
from crmcli.policy.sections.signals import LEVELS
from crmcli.policy.trees import FactName, HasTag, Missing, walk
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Sighting:
    """A signal that is seen.

    Attributes:
        level: "info", "warning" or "critical".
        code, customer, tier: of the customer; `owner`: of the case where it has one, else of the customer.
        signal: its key in the policy; `label`: its name there, in the language spoken now.
        detail: what was found, in the language spoken now: the rule's facts with their values, or the case.
        since: the day on which its cause began; None where no record says so (see the top of the module).
    """

    level: str
    code: str
    customer: str
    tier: str | None
    owner: str | None
    signal: str
    detail: str
    since: date | None
    label: str


def watch(ws: Workspace, *, owner: str | None = None, level: str = LEVELS[0]) -> list[Sighting]:
    """What the policy's signals see now, the most severe first, then by tier.

    Args:
        owner: only what is this owner's.
        level: only this one and those more severe.

    Raises:
        UsageError: there is no such level.
    """
    least = severity(level)
    wanted = [signal for signal in ws.policy.signals if LEVELS.index(signal.level) >= least]
    place = {signal.key: number for number, signal in enumerate(wanted)}
    found = [*_by_rule(ws, wanted, owner), *_by_clock(ws, wanted, owner), *_by_case(ws, wanted, owner)]

    def urgency(seen: Sighting) -> tuple[Any, ...]:
        return -LEVELS.index(seen.level), items.rank(ws, seen.tier), seen.code, place[seen.signal], seen.detail

    return sorted(found, key=urgency)


def severity(level: str) -> int:
    """The place of a level, 0 for the mildest. Raises UsageError."""
    if level not in LEVELS:
        raise UsageError(
            _("there is no level '{level}'").format(level=level),
            hint=_("levels: {levels}").format(levels=", ".join(LEVELS)),
        )
    return LEVELS.index(level)


# ------------------------------------------------------------------------------------------------ by rule


def _ago(fact: str) -> str:
    return f"date(:today, '-' || facts.{fact} || ' days')"


def _oldest(only: str) -> str:
    return (
        "(SELECT min(k.opened_at) FROM cases AS k WHERE k.customer_id = facts.customer_id "
        f"AND k.opened_at <= :today_end AND {only})"
    )


def _latest(only: str) -> str:
    return (
        "(SELECT max(k.opened_at) FROM cases AS k WHERE k.customer_id = facts.customer_id "
        f"AND k.opened_at <= :today_end AND k.opened_at > :d12_end AND {only})"
    )


def _answer(kind: str) -> str:
    return (
        "(SELECT max(s.at) FROM survey AS s WHERE s.customer_id = facts.customer_id "
        f"AND s.at <= :today_end AND s.kind = '{kind}')"
    )


_BEGAN = {
    "days_since_order": _ago("days_since_order"),
    "last_order_on": "facts.last_order_on",
    "days_since_contact": _ago("days_since_contact"),
    "last_contact_on": "facts.last_contact_on",
    "age_days": _ago("age_days"),
    "cases_open": _oldest(OPEN),
    "complaints_open": _oldest(f"{COMPLAINT} AND {OPEN}"),
    "major_complaints_open": _oldest(f"{MAJOR} AND {OPEN}"),
    "complaints_12m": _latest(COMPLAINT),
    "major_complaints_12m": _latest(MAJOR),
    "complaint_rate_12m": _latest(COMPLAINT),
    "csat_12m": _answer("csat"),
    "nps_last": _answer("nps"),
}
"""SQL of the day, or the instant, on which what a fact tells began."""

_Words = tuple[str, str, bool]
"""A fact, or "" for a tag, what is said of it, and whether that is its value or that it has none."""


@dataclass(frozen=True)
class _Ruled:
    """A signal with a rule, taken apart once: what each part by itself makes it hold for, and what that is said by.

    A part's words are the facts with their templates, in the order in which it asks for them.
    """

    signal: Signal
    rule: Rule
    parts: tuple[Rule, ...]
    words: tuple[tuple[_Words, ...], ...]
    whole: str

    @classmethod
    def of(cls, signal: Signal, rule: Rule, policy: Policy) -> "_Ruled":
        parts = rule.parts() if rule.joined_by == "or" else (rule,)
        return cls(signal, rule, parts, tuple(tuple(_words(part, policy)) for part in parts), in_words(rule, policy))

    @property
    def select(self) -> str:
        """SQL: the customers for whom it holds, and as JSON its facts by name, and the days of each part that holds."""
        known = ", ".join(f"'{name}', facts.{name}" for name in sorted(self.rule.facts))
        began = ", ".join(
            f"json(CASE WHEN {to_sql(part)} THEN json_array({', '.join(_days(part))}) END)" for part in self.parts
        )
        return (
            f"facts.customer_id, json_array(json_object({known}), json_array({began})) AS found "
            f"FROM facts WHERE {to_sql(self.rule)}"
        )


def _by_rule(ws: Workspace, signals: list[Signal], owner: str | None) -> Iterator[Sighting]:
    """The signals with a rule, all of them in one statement over the base."""
    ruled = [_Ruled.of(signal, signal.when, ws.policy) for signal in signals if signal.when is not None]
    if not ruled:
        return
    names = {name for one in ruled for name in one.rule.facts}
    compared = any(facts.compares(one.rule) for one in ruled)
    # Where nobody is set beside the others, nobody else has to be looked at.
    own = "SELECT id FROM customer WHERE owner = :owner" if owner is not None and not compared else ""
    seen = " UNION ALL ".join(f"SELECT {number} AS number, {one.select}" for number, one in enumerate(ruled))
    rows = ws.db.each(
        f"""
        WITH facts AS MATERIALIZED ({facts.facts_sql(names, weights=ws.policy.weights, of=own)}), seen AS ({seen})
        SELECT seen.number, seen.found, c.code, c.name, c.tier, c.owner
        FROM seen CROSS JOIN customer AS c ON c.id = seen.customer_id
        WHERE c.stage <> 'lost' AND {"c.owner = :owner" if owner is not None else "true"}
        """,
        {**facts.facts_params(ws.today, ws.zone), "owner": owner},
    )
    for row in rows:
        one = ruled[row["number"]]
        known, began = json.loads(row["found"])
        yield _sighting(one.signal, row, _detail(ws.policy, one, known, began), _since(ws, began))


def _days(part: Rule) -> Iterator[str]:
    for name in sorted(part.facts):
        if name in _BEGAN:
            yield _BEGAN[name]
    for dimension, value in sorted(part.tags, key=str):
        wanted = f"tag.customer_id = facts.customer_id AND tag.dimension = {text_literal(dimension, 'sqlite')}"
        wanted += f" AND tag.value = {text_literal(value, 'sqlite')}" if value is not None else ""
        yield f"(SELECT max(tag.since) FROM tag WHERE {wanted})"


def _since(ws: Workspace, began: list[list[str | None] | None]) -> date | None:
    """The earliest of the parts that hold; of a part, the latest of its days."""
    parts = ([_day(ws, moment) for moment in part if moment] for part in began if part)
    return min((max(days) for days in parts if days), default=None)


def _day(ws: Workspace, moment: str) -> date:
    """The day of a date, or of an instant where the company is."""
    return date.fromisoformat((ws.local(moment) if "T" in moment else moment)[:10])


def _words(part: Rule, policy: Policy) -> Iterator[_Words]:
    names = fact_words()
    labels = {(tag.dimension, tag.value): policy.label(tag) for tag in policy.tags}
    for node in walk(part.tree):
        match node:
            case FactName(name=name):
                yield name, _("{fact}: {value}").replace("{fact}", names[name]), True
            case Missing(fact=FactName(name=name)):
                yield name, _("{fact} not known").format(fact=names[name]), False
            case HasTag(dimension=dimension, value=value):
                tag = dimension if value is None else f"{dimension}: {labels.get((dimension, value), value)}"
                yield "", _("tagged {tag}").format(tag=tag), False


def _detail(policy: Policy, one: _Ruled, known: Row, began: list[Any]) -> str:
    """The facts of the parts that hold, with their values; of a rule without any, the rule."""
    said: dict[str, None] = {}
    for words in (words for words, days in zip(one.words, began, strict=True) if days is not None):
        for name, template, valued in words:
            value = known.get(name)
            if valued and value is not None:
                said[template.replace("{value}", _value(policy, name, value))] = None
            elif not valued and value is None:
                said[template] = None
    return sentences(said) or one.whole


def _value(policy: Policy, name: str, value: Any) -> str:
    kind = facts.FACTS[name].kind
    if kind == "share":
        return f"{_short(round(Decimal(str(value)) * 100, 1))}%"
    if kind == "money":
        return f"{_short(round(Decimal(str(value)), 2))} {policy.currency}"
    if name == "tier":
        tier = policy.tier(value)
        return policy.label(tier) if tier else str(value)
    return _short(round(Decimal(str(value)), 2)) if isinstance(value, int | float) else str(value)


def _short(number: Decimal) -> str:
    """A number with the places that it needs."""
    whole = number == number.to_integral_value()
    return f"{number:,.0f}" if whole else f"{number.normalize():,f}"


# ----------------------------------------------------------------------------------------------- by case

_CASES = """
    SELECT k.*, c.code, c.name, c.tier, c.owner AS customer_owner
    FROM cases AS k CROSS JOIN customer AS c ON c.id = k.customer_id WHERE
"""


def _cases(ws: Workspace, condition: str, owner: str | None, **named: Any) -> Iterator[Row]:
    """The cases that fulfil a condition, each as somebody's: `owner` is the case's own, else the customer's."""
    for row in ws.db.rows(f"{_CASES} {condition}", named):
        whose = row["owner"] or row["customer_owner"]
        if owner is None or whose == owner:
            yield {**row, "owner": whose}


def _by_clock(ws: Workspace, signals: list[Signal], owner: str | None) -> Iterator[Sighting]:
    """Of every case each clock that runs and is in the state that a signal asks for."""
    asked = [signal for signal in signals if signal.clock]
    if not asked:
        return
    condition = "k.next_due IS NOT NULL AND (k.next_warn <= :now OR k.next_due < :now)"
    for row in _cases(ws, condition, owner, now=ws.stamp):
        for clock, up, state, since in _states(ws, row):
            detail = _clock_detail(ws, row, clock, up)
            yield from (_sighting(one, row, detail, _day(ws, since)) for one in asked if one.clock == state)


def _states(ws: Workspace, row: Row) -> Iterator[tuple[str, str, str, str]]:
    """Of the clocks that run those that warn or are run out: which, its deadline, its state, and since when."""
    terms = clocks.Terms.stored(row)
    for up, name in unmet(row):
        if up < ws.stamp:
            yield name, up, "breached", up
        elif terms and (warns := clocks.warning(terms, clocks.running(ws, row["hours"]), row, name)) <= ws.stamp:
            yield name, up, "warn", warns


def _by_case(ws: Workspace, signals: list[Signal], owner: str | None) -> Iterator[Sighting]:
    """The cases of the kinds that signals ask for, until they are closed."""
    for signal in signals:
        if not signal.case:
            continue
        for row in _cases(ws, "k.kind = :kind AND k.status <> 'closed'", owner, kind=signal.case):
            said = [_named(row), *([spoken_phase(row["phase"])] if row["phase"] else []), row["topic"]]
            yield _sighting(signal, row, sentences(filter(None, said)), _day(ws, row["opened_at"]))


def _named(row: Row) -> str:
    """`major complaint K-1`."""
    return _("{severity} {kind} {number}").format(
        severity=spoken_severity(row["severity"]), kind=spoken_kind(row["kind"]), number=row["number"]
    )


def _clock_detail(ws: Workspace, row: Row, clock: str, up: str) -> str:
    text = {
        "respond": _("{case}: to be answered by {moment}"),
        "resolve": _("{case}: to be solved by {moment}"),
        "revisit": _("{case}: to be asked about again by {moment}"),
    }[clock]
    return text.format(case=_named(row), moment=ws.minute(up))


def _sighting(signal: Signal, row: Row, detail: str, since: date | None) -> Sighting:
    return Sighting(
        level=signal.level,
        code=row["code"],
        customer=row["name"],
        tier=row["tier"],
        owner=row["owner"],
        signal=signal.key,
        detail=detail,
        since=since,
        label=signal.label.in_language(i18n.language(), signal.key),
    )
