"""The receipt of a hand-over: who gave way to whom, who wrote that down, and who has read what there was to know."""

from datetime import date

from crmcli.care import handovers
from crmcli.care.why import settled as told
from crmcli.care.why.keys import Key, unknown
from crmcli.grading.records import Records
from crmcli.grading.why import InForce, Receipt, Step, sourced
from crmcli.i18n import _, sentences
from crmcli.store.workspace import Workspace


def why_hand_over(ws: Workspace, key: Key, policy: InForce) -> Receipt:
    """Why a hand-over is due with the owner, or what became of it. Raises NotFound: there was none on that day."""
    found = [
        one for one in handovers.hand_overs(ws, customer=key.customer["code"], every=True) if one.on == key.planned_on
    ]
    if not found:
        raise unknown(key.text, hint=_("see: crm handoff list --all"))
    newest = found[0]
    snoozed = told.decision(ws, Key(key.text, key.kind, key.customer, str(newest.id), key.planned_on))
    settled = told.decided(ws, snoozed) if newest.state == "acknowledged" else None
    waiting = snoozed if settled is None and snoozed and snoozed["decision"] == "snoozed" else None
    due_on = date.fromisoformat(waiting["until"]) if waiting else newest.on
    parts = [told.is_open(settled), *([] if settled else [told.is_due(due_on, ws.today)])]
    standing = told.standing(ws.today, due_on, waiting, settled, parts)
    if newest.state == "passed-on":
        standing = _("{code} has changed hands again since").format(code=newest.code)
    return Receipt(
        subject=key.text,
        value=due_on.isoformat(),
        holds=newest.state == "open" and all(part.holds for part in parts),
        given=newest.state == "open",
        source="hand",
        by=settled.by if settled else None,
        at=settled.at if settled else None,
        reason=sentences([_begun(newest), standing]),
        joined_by="and",
        parts=tuple(parts),
        records=(_record(ws, newest), *told.settlements(ws, [snoozed])),
        steps=(
            Step("planned_on", "assigned_on", newest.on.isoformat(), {"why": newest.why, "from": newest.from_owner}),
            *([told.snoozed_step(ws, waiting)] if waiting else []),
            *(told.late_step(due_on, ws.today) if newest.state == "open" else ()),
        ),
    )


def _begun(one: handovers.HandOver) -> str:
    words = _("handed over by {owner} to {successor} on {day}").format(
        owner=one.from_owner, successor=one.owner, day=one.on
    )
    return f"{words}: {one.reason}" if one.reason else words


def _record(ws: Workspace, one: handovers.HandOver) -> Records:
    row = {
        "id": one.id,
        "from": one.from_owner,
        "to": one.owner,
        "on": one.on.isoformat(),
        "why": one.why,
        "reason": one.reason,
        "terms": one.packet["terms"],
        "promises": len(one.packet["promises"]) or None,
        "cases": len(one.packet["cases"]) or None,
        "steps": len(one.packet["steps"]) or None,
    }
    return Records(("assigned_on",), "assignments", None, ws.today.isoformat(), 1, (sourced(ws, "assignment", row),))
