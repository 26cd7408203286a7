"""The receipt of a next action: who promised it, in which contact, and for which day."""

from datetime import date

from crmcli.care.why import settled as told
from crmcli.care.why.keys import Key
from crmcli.grading.why import InForce, Receipt, Step
from crmcli.store.workspace import Workspace


def why_action(ws: Workspace, key: Key, policy: InForce) -> Receipt:
    """Why a promise is due on its day, or what settled it. No rule of the policy makes it: somebody did."""
    talk = ws.db.first(f"SELECT {told.TALK}, next_action, next_due FROM interaction WHERE id = :id", {"id": key.ref})
    assert talk is not None
    row = told.decision(ws, key)
    settled = told.decided(ws, row)
    snoozed = row if row and row["decision"] == "snoozed" else None
    due_on = date.fromisoformat(snoozed["until"]) if snoozed else key.planned_on
    parts = [told.is_open(settled), *([] if settled else [told.is_due(due_on, ws.today)])]
    steps = [Step("planned_on", "next_due", talk["next_due"], {"next_action": talk["next_action"]})]
    steps += [told.snoozed_step(ws, snoozed)] if snoozed else []
    steps += told.late_step(due_on, ws.today) if not settled else ()
    return Receipt(
        subject=key.text,
        value=due_on.isoformat(),
        holds=all(part.holds for part in parts),
        given=settled is None,
        source="hand",
        since=talk["contact_on"],
        by=settled.by if settled else None,
        at=settled.at if settled else None,
        reason=told.standing(ws.today, due_on, snoozed, settled, parts),
        joined_by="and",
        parts=tuple(parts),
        records=told.talks(ws, ("next_due",), talk, "next_due") + told.ended(ws, key, row),
        steps=tuple(steps),
    )
