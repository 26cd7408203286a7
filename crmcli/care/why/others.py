"""The receipt of an item whose source tells its reason itself: where it stands, and what was decided about it."""

from datetime import date

from crmcli.care import due
from crmcli.care.why import settled as told
from crmcli.care.why.keys import Key
from crmcli.grading.why import Receipt
from crmcli.i18n import sentences
from crmcli.store.workspace import Workspace


def why_other(ws: Workspace, text: str) -> tuple[Key, Receipt] | None:
    """The receipt of an open item, or of one that is settled; None where there was none."""
    item = due.item(ws, text)
    row = ws.db.first("SELECT * FROM settlement WHERE key = :key ORDER BY id DESC LIMIT 1", {"key": text})
    if item is None and (row is None or row["decision"] == "snoozed"):
        return None
    customer_id = item.customer_id if item else row["customer_id"] if row else None
    customer = ws.db.first("SELECT * FROM customer WHERE id = :id", {"id": customer_id})
    assert customer is not None
    settled = None if item else told.decided(ws, row)
    planned_on = item.planned_on if item else date.fromisoformat(row["planned_on"]) if row else ws.today
    due_on = item.due_on if item else planned_on
    key = Key(text, text.partition(":")[0], customer, item.ref if item else "", planned_on)
    parts = [told.is_open(settled), *([] if settled else [told.is_due(due_on, ws.today)])]
    snoozed = row if row and row["decision"] == "snoozed" else None
    standing = told.standing(ws.today, due_on, snoozed, settled, parts)
    return key, Receipt(
        subject=text,
        value=due_on.isoformat(),
        holds=all(part.holds for part in parts),
        given=settled is None,
        source="rule",
        by=settled.by if settled else None,
        at=settled.at if settled else None,
        reason=sentences([item.reason, standing]) if item else standing,
        joined_by="and",
        parts=tuple(parts),
        records=told.ended(ws, key, row),
        steps=told.late_step(due_on, ws.today) if settled is None else (),
    )
