"""`[[signal]]`: the early warnings that `crm watch` tells of."""

from collections.abc import Collection, Sequence

from crmcli.i18n import _
from crmcli.policy.definitions import Signal
from crmcli.policy.reading import Table, unknown
from crmcli.policy.rules import Rule
from crmcli.policy.sections.common import UNREAD, TagNames, choice, customer_rule, slug, words
from crmcli.policy.trees import FactName, HasTag, OwnField, walk

LEVELS = ("info", "warning", "critical")
"""From the mildest to the most severe."""

_CLOCKS = ("warn", "breached")


def signals(tables: Sequence[Table], names: TagNames, tiers: Collection[str]) -> tuple[Signal, ...]:
    """Each has a rule over the customers, or a state of the clocks of cases; never both."""
    found: dict[str, Signal] = {}
    for table in tables:
        key, level = slug(table, found), choice(table, "level", LEVELS)
        label = words(table, "label")
        when, clock = _rule(table, names, tiers), table.text("clock")
        if clock and clock not in _CLOCKS:
            table.problem("name-unknown", unknown(clock, _CLOCKS), "clock")
        if (when is None) == (not clock):
            message = _("a signal needs either when, a rule over customers, or clock: warn or breached")
            table.problem("key-missing" if when is None else "value-invalid", message, "when")
        table.finish()
        found[key] = Signal(key, level, label, when, clock)
    return tuple(found.values())


def _rule(table: Table, names: TagNames, tiers: Collection[str]) -> Rule | None:
    when = customer_rule(table, names, tiers)
    if when is None or when is UNREAD:
        return when
    if not any(isinstance(node, FactName | OwnField | HasTag) for node in walk(when.tree)):
        table.problem("rule-invalid", _("compares nothing of the customer: it says the same of everybody"), "when")
    return when
