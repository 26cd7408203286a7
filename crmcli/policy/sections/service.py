"""Service: `[[clock]]`, how soon a case is dealt with, and `[[escalation]]`, what happens to what is late.

The rule of a clock may ask for `case.kind` and `case.severity`. No column of SQL has a dot in its name, so they are
read, and found in the rule, as `case_kind` and `case_severity`; its text stays as it was written.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal, cast

from crmcli.i18n import _
from crmcli.policy import facts, rules
from crmcli.policy.definitions import MARK_DIMENSION, Clock, Escalation, LateStep
from crmcli.policy.reading import Table
from crmcli.policy.rules import FactType, Rule, RuleError
from crmcli.policy.sections.common import UNREAD, Names, check_reached, choice, days, duration, known, rule

CASE_FACTS: Mapping[str, FactType] = {"case_kind": "text", "case_severity": "text"}
"""What the rule of a clock knows of the case, besides the customer's facts."""

_TYPES: Mapping[str, FactType] = {**facts.TYPES, **CASE_FACTS}
_DOTTED = re.compile(r"""'[^']*'|"[^"]*"|\bcase\.(?=\w)""")
_WARN_AT = Decimal("0.8")


def clocks(tables: Sequence[Table], names: Names) -> tuple[Clock, ...]:
    found: list[Clock] = []
    for table in tables:
        when = rule(table, read=case_rule) or UNREAD
        names.check_rule(table, when)
        check_reached(table, when, _("is always true: no clock below is ever reached"), last=table is tables[-1])
        found.append(_clock(table, when))
    return tuple(found)


def case_rule(text: str) -> Rule:
    """Read the rule of a clock; raises RuleError."""
    plain = _DOTTED.sub(lambda found: "case_" if found[0] == "case." else found[0], text)
    try:
        found = rules.parse(plain, _TYPES)
    except RuleError as error:
        raise _as_written(error) from None
    return replace(found, text=text)


def _as_written(error: RuleError) -> RuleError:
    message = re.sub(r"\bcase_(?=\w)", "case.", error.message)
    return RuleError(message, error.column, tuple(map(_as_written, error.others)))


def _clock(table: Table, when: Rule) -> Clock:
    lengths = {key: duration(table, key) for key in ("respond", "resolve", "revisit")}
    if not any(key in table.data for key in lengths):
        table.problem("key-missing", _("a clock needs respond, resolve or revisit"), "respond")
    clock = Clock(
        when=when,
        **lengths,
        hours=cast(Literal["working", "clock"], choice(table, "hours", ("working", "clock"), default="working")),
        warn_at=table.share("warn_at") or _WARN_AT,
        role=table.text("role"),
    )
    table.finish()
    return clock


def escalations(tables: Sequence[Table], tiers: Collection[str]) -> tuple[Escalation, ...]:
    found: list[Escalation] = []
    for table in tables:
        escalation = Escalation(known(table, "tiers", tiers), _steps(table))
        table.finish()
        found.append(escalation)
    return tuple(found)


def with_marks(names: Names, escalations: Sequence[Escalation]) -> Names:
    """The tags of the policy and those that escalation sets."""
    marks = {step.mark for escalation in escalations for step in escalation.steps if step.mark}
    own = names.values.get(MARK_DIMENSION, [])
    values = {**names.values, MARK_DIMENSION: [*own, *sorted(marks - {*own})]}
    return replace(names, values=values) if marks else names


def _steps(table: Table) -> tuple[LateStep, ...]:
    steps: list[LateStep] = []
    for inner in table.tables("steps", required=True):
        step = LateStep(days(inner, "late"), inner.text("to"), inner.text("mark"), inner.flag("reassign"))
        if not (step.to or step.mark or step.reassign):
            inner.problem("key-missing", _("a step needs to, mark or reassign = true"), "to")
        if steps and 0 < step.days < steps[-1].days:
            inner.problem("value-invalid", _("comes before the step above it; put the earlier one first"), "late")
        inner.finish()
        steps.append(step)
    return tuple(steps)
