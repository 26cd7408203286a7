"""What a successor has to know of a customer, as it was when it was handed over: the packet of a hand-over.

A packet is JSON: `terms`, `tier`, `contact` {name, title, phone}, `promises` [{key, action, on}], `cases` [{number,
kind, severity, topic, clocks {respond: instant, …}}], `steps` [{key, action {en, zh}, on}], `last_contact` {on,
channel, topic, by}. What there is none of is null or empty; instants are stored ones.
"""

import json
from collections import defaultdict
from typing import Any

from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

Packet = dict[str, Any]

_CUSTOMERS = """
    SELECT c.id, c.terms, c.tier, p.name, p.title, coalesce(p.phone, c.phone) AS phone,
        i.contact_on, i.channel, i.topic, i.owner
    FROM {chosen} AS chosen CROSS JOIN customer AS c ON c.id = chosen.customer_id
    LEFT JOIN contact AS p ON p.id = (
        SELECT id FROM contact WHERE customer_id = c.id ORDER BY main = 'yes' DESC, id LIMIT 1)
    LEFT JOIN interaction AS i ON i.id = (
        SELECT id FROM interaction WHERE customer_id = c.id AND channel <> 'push'
        ORDER BY contact_on DESC, id DESC LIMIT 1)
"""
_PROMISES = """
    SELECT i.customer_id, 'action:' || i.id AS key, coalesce(i.next_action, i.topic) AS action, i.next_due AS on_
    FROM {chosen} AS chosen CROSS JOIN interaction AS i ON i.customer_id = chosen.customer_id
    WHERE i.next_due IS NOT NULL AND i.next_settled_on IS NULL ORDER BY i.next_due, i.id
"""
_CASES = """
    SELECT k.customer_id, k.number, k.kind, k.severity, k.topic,
        CASE WHEN k.responded_at IS NULL THEN k.respond_by END AS respond,
        CASE WHEN k.resolved_at IS NULL THEN k.resolve_by END AS resolve,
        CASE WHEN k.revisited_at IS NULL THEN k.revisit_by END AS revisit
    FROM {chosen} AS chosen CROSS JOIN cases AS k ON k.customer_id = chosen.customer_id
    WHERE k.status <> 'closed' ORDER BY k.opened_at, k.id
"""
_STEPS = """
    SELECT p.customer_id, p.kind || ':' || c.code || ':' || p.playbook || ':' || p.number
        || CASE WHEN p.nth > 1 THEN '.' || p.nth ELSE '' END AS key, p.action, p.due_on AS on_
    FROM {chosen} AS chosen CROSS JOIN step AS p ON p.customer_id = chosen.customer_id
    CROSS JOIN customer AS c ON c.id = p.customer_id
    WHERE p.settled_on IS NULL ORDER BY p.due_on, p.kind, p.playbook, p.number
"""


def packets(ws: Workspace, chosen: str) -> dict[int, Packet]:
    """The packets, as of now, of the customers whose ids are in the column customer_id of the query `chosen`."""

    def read(sql: str) -> list[Row]:
        return ws.db.rows(sql.format(chosen=f"({chosen})"))

    found = {row["id"]: _begun(row) for row in read(_CUSTOMERS)}
    parts: dict[str, dict[int, list[Row]]] = {name: defaultdict(list) for name in ("promises", "cases", "steps")}
    for row in read(_PROMISES):
        parts["promises"][row["customer_id"]].append({"key": row["key"], "action": row["action"], "on": row["on_"]})
    for row in read(_CASES):
        parts["cases"][row["customer_id"]].append(_case(row))
    for row in read(_STEPS):
        step = {"key": row["key"], "action": json.loads(row["action"]), "on": row["on_"]}
        parts["steps"][row["customer_id"]].append(step)
    for customer_id, packet in found.items():
        packet.update({name: part.get(customer_id, []) for name, part in parts.items()})
    return found


def _begun(row: Row) -> Packet:
    """What a customer's own row says, and who was spoken to."""
    person = {"name": row["name"], "title": row["title"], "phone": row["phone"]}
    last = {"on": row["contact_on"], "channel": row["channel"], "topic": row["topic"] or None, "by": row["owner"]}
    return {
        "terms": row["terms"],
        "tier": row["tier"],
        "contact": person if row["name"] or row["phone"] else None,
        "last_contact": last if row["contact_on"] else None,
    }


def _case(row: Row) -> Row:
    clocks = {clock: row[clock] for clock in ("respond", "resolve", "revisit") if row[clock]}
    return {**{name: row[name] for name in ("number", "kind", "severity", "topic")}, "clocks": clocks}
