"""`[[on]]`: what starts a playbook, and at whom."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, cast

from crmcli.fields.words import CASE_KINDS
from crmcli.i18n import _
from crmcli.policy import facts
from crmcli.policy.definitions import Playbook, Trigger
from crmcli.policy.reading import Table, nearest, unknown
from crmcli.policy.rules import Rule
from crmcli.policy.sections.common import Names, customer_rule
from crmcli.policy.sections.leads import named_playbook

_SECTIONS = {"tier": "[[tier]]", "grade": "[[lead_grade]]"}
_OVER_AT_ONCE = ("case-closed", "referral")


def triggers(
    tables: Sequence[Table],
    playbooks: Mapping[str, Playbook],
    names: Names,
    grades: Collection[str],
) -> tuple[Trigger, ...]:
    """The `[[on]]` sections; what starts a playbook must be there.

    An event may start several playbooks, and one playbook at several kinds of customers: each `when` by itself.
    """
    found: list[Trigger] = []
    for table in tables:
        event = table.text("event", required=True)
        playbook = named_playbook(table, playbooks, required=True)
        when = _rule(table, names)
        table.finish()
        kind, _colon, name = event.partition(":")
        if event:
            known = {"tier": names.tiers, "grade": grades, "case": CASE_KINDS, "case-closed": CASE_KINDS}
            _check_event(table, kind, name, {**known, "referral": ("won",)}, names)
        if kind in _OVER_AT_ONCE and playbook in playbooks and playbooks[playbook].repeat:
            message = _("'{playbook}' repeats as long as what started it is so, and {event} is over at once")
            table.problem("value-invalid", message.format(playbook=playbook, event=event), "playbook")
        trigger = Trigger(
            cast(Literal["tag", "tier", "case", "case-closed", "grade", "referral"], kind), name, playbook, when
        )
        if event and any(_says_the_same(trigger, other) for other in found):
            table.problem("name-twice", _("it starts this playbook already"), "event")
        found.append(trigger)
    return tuple(found)


def _rule(table: Table, names: Names) -> Rule | None:
    when = customer_rule(table, names)
    if when is not None and facts.compares(when):
        message = _("top(), bottom() and r, f, m, rfm look at everybody at once: ask for a tag that such a rule gives")
        table.problem("rule-invalid", message, "when")
    return when


def _says_the_same(trigger: Trigger, other: Trigger) -> bool:
    """Whether one of the two adds nothing to the other."""
    if (trigger.event, trigger.playbook) != (other.event, other.playbook):
        return False
    return trigger.when is None or other.when is None or trigger.when.text == other.when.text


def _check_event(table: Table, kind: str, name: str, known: Mapping[str, Collection[str]], names: Names) -> None:
    dimension, equals, value = name.partition("=")
    if kind == "tag" and equals:
        names.check(table, "event", dimension, value)
    elif kind not in known or not name:
        message = _(
            "needs tag:DIMENSION=VALUE, tier:KEY, case:KIND, case-closed:KIND, grade:KEY or referral:won, not '{event}'"
        )
        table.problem("value-invalid", message.format(event=f"{kind}:{name}" if name else kind), "event")
    elif name not in known[kind] and kind in _SECTIONS:
        message = _("there is no {section} '{key}'").format(section=_SECTIONS[kind], key=name)
        table.problem("name-unknown", message + nearest(name, known[kind]), "event")
    elif name not in known[kind]:
        table.problem("name-unknown", unknown(name, known[kind]), "event")
