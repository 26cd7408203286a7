"""What is said of an item that is so late that the policy asks for more: which step, and whom it tells."""

from dataclasses import replace

from crmcli.care import due, escalation
from crmcli.grading.why import InForce, Step, Why
from crmcli.store.workspace import Workspace


def with_escalation(ws: Workspace, key: str, policy: InForce, told: Why) -> Why:
    """The receipt of an item with the step of the escalation that it has reached, if it is open and has."""
    item = due.item(ws, key)
    if item is None:
        return told
    asked = escalation.of(ws, [item]).get(key)
    if asked is None:
        return told
    place, days = _place(ws, policy, item.tier, len(asked.steps)), asked.steps[-1]["days"]
    late_days = (ws.today - item.due_on).days
    known = {"late_days": late_days, "tier": item.tier, "told": ", ".join(sorted(asked.told)) or None, "rule": place}
    step = Step("escalation", f"late_days >= {days}", asked.words, known)
    first, *behind = told.receipts
    return replace(told, receipts=(replace(first, steps=(*first.steps, step)), *behind))


def _place(ws: Workspace, policy: InForce, tier: str | None, reached: int) -> str | None:
    """Where the step stands in the policy: `escalation[1].steps[2] (line 34)`."""
    for position, one in enumerate(ws.policy.escalations):
        if tier in one.tiers or not one.tiers:
            at = policy.at("escalation", position, "steps", reached - 1)
            return f"{at['place']} (line {at['line']})" if at["line"] else str(at["place"])
    return None
