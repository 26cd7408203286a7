"""Leads and playbooks: `[[lead_grade]]`, `[assign]`, `[[playbook]]`, and `[[on]]`, which starts one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Literal, cast

from crmcli.fields.words import CASE_KINDS, GRADES
from crmcli.i18n import _
from crmcli.policy import facts, rules
from crmcli.policy.definitions import Assignment, LeadGrade, Playbook, Step, Trigger
from crmcli.policy.reading import Table, nearest, unknown
from crmcli.policy.rules import FactType, Rule
from crmcli.policy.sections.common import (
    CHANNELS,
    UNREAD,
    TagNames,
    check_reached,
    choice,
    duration,
    refuse_twice,
    rule,
    slug,
    words,
)

LEAD_FACTS: Mapping[str, FactType] = {"need": "boolean", "budget": "boolean", "decision": "boolean"}
"""What the rule of a lead grade knows besides the facts: whether need, budget and decision chain are clear."""

_TYPES: Mapping[str, FactType] = {**facts.TYPES, **LEAD_FACTS}
_BY = ("least-loaded", "round-robin")


def lead_grades(tables: Sequence[Table], names: TagNames, playbooks: Collection[str]) -> tuple[LeadGrade, ...]:
    found: dict[str, LeadGrade] = {}
    for table in tables:
        when = _lead_rule(table, names, lambda text: rules.parse(text, _TYPES))
        check_reached(table, when, _("is always true: no grade below is ever reached"), last=table is tables[-1])
        key = choice(table, "key", GRADES)
        refuse_twice(table, key, found)
        found[key] = LeadGrade(key, words(table, "label"), when, _playbook(table, playbooks, required=False))
        table.finish()
    return tuple(found.values())


def assignments(section: Table | None, names: TagNames) -> tuple[Assignment, ...]:
    tables = section.tables("rules", required=True) if section else []
    found: list[Assignment] = []
    for table in tables:
        when = _lead_rule(table, names, facts.rule)
        check_reached(table, when, _("is always true: no rule below is ever reached"), last=table is tables[-1])
        by = cast(Literal["least-loaded", "round-robin"], choice(table, "by", _BY, default=_BY[0]))
        found.append(Assignment(when, table.text("role", required=True), by))
        table.finish()
    if section:
        section.finish()
    return tuple(found)


def _lead_rule(table: Table, names: TagNames, read: Callable[[str], Rule]) -> Rule:
    when = rule(table, read=read) or UNREAD
    names.check_rule(table, when)
    if _compares(when):
        message = _("leads are not rated: top(), bottom() and r, f, m, rfm cannot be asked of them")
        table.problem("rule-invalid", message, "when")
    return when


def _compares(when: Rule) -> bool:
    """Whether the rule sets a customer beside the rated ones."""
    return facts.compares(replace(when, facts=when.facts - LEAD_FACTS.keys()))


def _playbook(table: Table, playbooks: Collection[str], *, required: bool) -> str:
    key = table.text("playbook", required=required)
    if key and key not in playbooks:
        message = _("there is no [[playbook]] '{key}'").format(key=key) + nearest(key, playbooks)
        table.problem("name-unknown", message, "playbook")
    return key


def playbooks(tables: Sequence[Table]) -> tuple[Playbook, ...]:
    found: dict[str, Playbook] = {}
    for table in tables:
        playbook = Playbook(slug(table, found), words(table, "label"), _steps(table))
        table.finish()
        found[playbook.key] = playbook
    return tuple(found.values())


_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}


def _steps(table: Table) -> tuple[Step, ...]:
    steps: list[Step] = []
    latest = 0
    for inner in table.tables("steps", required=True):
        after = duration(inner, "after", required=True)
        channel, action = choice(inner, "channel", CHANNELS), words(inner, "action", required=True)
        inner.finish()
        if after is None:
            continue
        minutes = after.number * _MINUTES[after.unit]
        if minutes < latest:
            inner.problem("value-invalid", _("comes before the step above it; put the earlier one first"), "after")
        latest = max(latest, minutes)
        steps.append(Step(after, channel, action))
    return tuple(steps)


def triggers(
    tables: Sequence[Table],
    playbooks: Collection[str],
    names: TagNames,
    tiers: Collection[str],
    grades: Collection[str],
) -> tuple[Trigger, ...]:
    """The `[[on]]` sections; what starts a playbook must be there."""
    found: list[Trigger] = []
    for table in tables:
        event = table.text("event", required=True)
        playbook = _playbook(table, playbooks, required=True)
        table.finish()
        kind, _colon, name = event.partition(":")
        if event:
            _check_event(table, kind, name, {"tier": tiers, "grade": grades, "case": CASE_KINDS}, names)
        trigger = Trigger(cast(Literal["tag", "tier", "case", "grade"], kind), name, playbook)
        if event and trigger in found:
            table.problem("name-twice", _("it starts this playbook already"), "event")
        found.append(trigger)
    return tuple(found)


_SECTIONS = {"tier": "[[tier]]", "grade": "[[lead_grade]]"}


def _check_event(table: Table, kind: str, name: str, known: Mapping[str, Collection[str]], names: TagNames) -> None:
    dimension, equals, value = name.partition("=")
    if kind == "tag" and equals:
        names.check(table, "event", dimension, value)
    elif kind not in known or not name:
        message = _("needs tag:DIMENSION=VALUE, tier:KEY, case:KIND or grade:KEY, not '{event}'")
        table.problem("value-invalid", message.format(event=f"{kind}:{name}" if name else kind), "event")
    elif name not in known[kind] and kind in _SECTIONS:
        message = _("there is no {section} '{key}'").format(section=_SECTIONS[kind], key=name)
        table.problem("name-unknown", message + nearest(name, known[kind]), "event")
    elif name not in known[kind]:
        table.problem("name-unknown", unknown(name, known[kind]), "event")
