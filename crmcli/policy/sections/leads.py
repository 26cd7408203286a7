"""Leads and playbooks: `[[lead_grade]]`, `[assign]`, `[[playbook]]`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal, cast

from crmcli.fields.words import GRADES
from crmcli.i18n import _
from crmcli.policy import facts, rules
from crmcli.policy.definitions import Assignment, LeadGrade, Playbook, StaleLead, Step
from crmcli.policy.reading import Table, nearest
from crmcli.policy.rules import FactType, Rule
from crmcli.policy.sections.common import (
    CHANNELS,
    UNREAD,
    Names,
    cadence,
    check_reached,
    choice,
    days,
    duration,
    known,
    plain_rule,
    refuse_twice,
    rule,
    slug,
    words,
)

LEAD_FACTS: Mapping[str, FactType] = {"need": "boolean", "budget": "boolean", "decision": "boolean"}
"""What the rule of a lead grade knows besides the facts: whether need, budget and decision chain are clear."""

_TYPES: Mapping[str, FactType] = {**facts.TYPES, **LEAD_FACTS}
_BY = ("least-loaded", "round-robin")


def lead_grades(tables: Sequence[Table], names: Names, playbooks: Collection[str]) -> tuple[LeadGrade, ...]:
    found: dict[str, LeadGrade] = {}
    for table in tables:
        when = _lead_rule(table, names, lambda text: rules.parse(text, _TYPES))
        check_reached(table, when, _("is always true: no grade below is ever reached"), last=table is tables[-1])
        key = choice(table, "key", GRADES)
        refuse_twice(table, key, found)
        found[key] = LeadGrade(key, words(table, "label"), when, named_playbook(table, playbooks, required=False))
        table.finish()
    return tuple(found.values())


def assignments(section: Table | None, names: Names) -> tuple[Assignment, ...]:
    tables = section.tables("rules", required=True) if section else []
    found: list[Assignment] = []
    for table in tables:
        when = _lead_rule(table, names, plain_rule)
        check_reached(table, when, _("is always true: no rule below is ever reached"), last=table is tables[-1])
        by = cast(Literal["least-loaded", "round-robin"], choice(table, "by", _BY, default=_BY[0]))
        found.append(Assignment(when, table.text("role", required=True), by))
        table.finish()
    return tuple(found)


def stale_leads(section: Table | None, tiers: Collection[str]) -> tuple[StaleLead, ...]:
    """`stale` of `[assign]`: after which time leads go back to the pool."""
    tables = section.tables("stale") if section else []
    found: list[StaleLead] = []
    for table in tables:
        after = days(table, "after")
        rule = StaleLead(after, known(table, "grades", GRADES), known(table, "tiers", tiers))
        table.finish()
        if not (rule.grades or rule.tiers or table is tables[-1]):
            table.problem("never-reached", _("fits every lead: nothing below is ever reached"), "after")
        found.append(rule)
    return tuple(found)


def _lead_rule(table: Table, names: Names, read: Callable[[str], Rule]) -> Rule:
    when = rule(table, read=read) or UNREAD
    names.check_rule(table, when)
    if _compares(when):
        message = _("leads are not rated: top(), bottom() and r, f, m, rfm cannot be asked of them")
        table.problem("rule-invalid", message, "when")
    return when


def _compares(when: Rule) -> bool:
    """Whether the rule sets a customer beside the rated ones."""
    return facts.compares(replace(when, facts=when.facts - LEAD_FACTS.keys()))


def named_playbook(table: Table, playbooks: Collection[str], *, required: bool) -> str:
    """The key of one of the policy's playbooks, or ""."""
    key = table.text("playbook", required=required)
    if key and key not in playbooks:
        message = _("there is no [[playbook]] '{key}'").format(key=key) + nearest(key, playbooks)
        table.problem("name-unknown", message, "playbook")
    return key


def playbooks(tables: Sequence[Table]) -> tuple[Playbook, ...]:
    found: dict[str, Playbook] = {}
    for table in tables:
        repeat = cadence(table, "repeat", required=False)
        playbook = Playbook(slug(table, found), words(table, "label"), _steps(table), repeat)
        table.finish()
        found[playbook.key] = playbook
    return tuple(found.values())


def _steps(table: Table) -> tuple[Step, ...]:
    steps: list[Step] = []
    latest = timedelta()
    for inner in table.tables("steps", required=True):
        after = duration(inner, "after", required=True)
        channel, action = choice(inner, "channel", CHANNELS), words(inner, "action", required=True)
        inner.finish()
        if after is None:
            continue
        if after.length < latest:
            inner.problem("value-invalid", _("comes before the step above it; put the earlier one first"), "after")
        latest = max(latest, after.length)
        steps.append(Step(after, channel, action))
    return tuple(steps)
