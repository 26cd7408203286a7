"""Next actions: what was promised in a contact, for a day."""

from datetime import date

from crmcli.care.decisions import Decision, decide, refuse_before_its_day
from crmcli.care.items import CUSTOMER, Item, Scope, called_among, item
from crmcli.i18n import _
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

KINDS = ("action",)


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The promises that nobody has settled and that are due within `scope`."""
    rows = ws.db.rows(
        f"""
        SELECT i.id, i.topic, i.contact_on, i.owner AS asked_by, i.next_action, i.next_due, s.until,
            {CUSTOMER}
        FROM interaction AS i CROSS JOIN customer AS c ON c.id = i.customer_id
        LEFT JOIN settlement AS s ON s.customer_id = i.customer_id AND s.kind = 'action'
            AND s.ref = CAST(i.id AS TEXT) AND s.planned_on = i.next_due
        WHERE i.next_due <= :until AND i.next_settled_on IS NULL
        AND (s.id IS NULL OR s.decision = 'snoozed' AND s.until <= :until)
        AND {scope.condition("i.customer_id", "coalesce(c.owner, i.owner)")}
        """,
        scope.params,
    )
    return [_item(row) for row in rows]


def called(ws: Workspace, key: str) -> Item | None:
    """The promise called `key`, if nobody has settled it."""
    named = {"id": key.partition(":")[2]}
    customer_id = ws.db.value("SELECT customer_id FROM interaction WHERE id = :id", named)
    return called_among(coming, ws, key, customer_id)


def settle(ws: Workspace, item: Item, decision: Decision, until: date | None, reason: str | None) -> date | None:
    """Told on the promise, too: `coming` then finds the open ones by an index, however many were ever kept."""
    refuse_before_its_day(item, until)
    decide(ws, item, decision, until, reason)
    if decision != "snoozed":
        journal.change(ws, "interaction", int(item.ref), {"next_settled_on": ws.today.isoformat()})
    return until


def _item(row: Row) -> Item:
    return item(
        row,
        kind="action",
        ref=str(row["id"]),
        planned_on=date.fromisoformat(row["next_due"]),
        due_on=row["until"] or row["next_due"],
        owner=row["owner"] or row["asked_by"],
        action=row["next_action"] or row["topic"] or _("follow up"),
        channel=None,
        reason=_reason(row),
    )


def _reason(row: Row) -> str:
    """Who asked for what, and when."""
    who = row["asked_by"] or _("somebody")
    if row["topic"]:
        return _("{who} noted it on {day}: {topic}").format(who=who, day=row["contact_on"], topic=row["topic"])
    return _("{who} noted it on {day}").format(who=who, day=row["contact_on"])
