"""`[[signal]]`: the early warnings that `crm watch` tells of."""

from collections.abc import Collection, Sequence

from crmcli.fields.words import CASE_KINDS
from crmcli.i18n import _
from crmcli.policy.definitions import Signal
from crmcli.policy.reading import Table, unknown
from crmcli.policy.rules import Rule
from crmcli.policy.sections.common import UNREAD, Names, choice, customer_rule, slug, words
from crmcli.policy.trees import FactName, HasTag, OwnField, walk

LEVELS = ("info", "warning", "critical")
"""From the mildest to the most severe."""

_CLOCKS = ("warn", "breached")
_SEEN_BY = ("when", "clock", "case")


def signals(tables: Sequence[Table], names: Names) -> tuple[Signal, ...]:
    """Each has a rule over the customers, a state of the clocks of cases, or a kind of cases; only one of them."""
    found: dict[str, Signal] = {}
    for table in tables:
        key, level = slug(table, found), choice(table, "level", LEVELS)
        label = words(table, "label")
        when, clock = _rule(table, names), _one_of(table, "clock", _CLOCKS)
        case = _one_of(table, "case", CASE_KINDS)
        given = [name for name in _SEEN_BY if name in table.data]
        if len(given) != 1:
            message = _("a signal needs one of: when, a rule over customers; clock: warn or breached; case: crisis")
            table.problem("value-invalid" if given else "key-missing", message, given[0] if given else "when")
        table.finish()
        found[key] = Signal(key, level, label, when, clock, case)
    return tuple(found.values())


def _one_of(table: Table, key: str, known: Collection[str]) -> str:
    """A word of a few, or "" where there is none."""
    found = table.text(key)
    if found and found not in known:
        table.problem("name-unknown", unknown(found, known), key)
    return found


def _rule(table: Table, names: Names) -> Rule | None:
    when = customer_rule(table, names)
    if when is None or when is UNREAD:
        return when
    if not any(isinstance(node, FactName | OwnField | HasTag) for node in walk(when.tree)):
        table.problem("rule-invalid", _("compares nothing of the customer: it says the same of everybody"), "when")
    return when
