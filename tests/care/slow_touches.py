"""What the touches should be, worked out slowly and obviously from the raw rows."""

from datetime import date
from typing import Any

from crmcli import calendars
from crmcli.calendars import parse_cadence
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

Touch = tuple[str, str, str]


def touches(ws: Workspace) -> dict[tuple[int, str], Touch]:
    """(customer, touch) -> (base_on, planned_on, due_on)."""
    found = {}
    for customer in ws.db.rows("SELECT * FROM customer"):
        if customer["tier"] is None or customer["stage"] in ("lead", "lost"):
            continue
        for key, rule in ws.digest["touches"].get(customer["tier"], {}).items():
            if customer["consent"] == "no" and set(rule["channels"]) == {"push"}:
                continue
            found[customer["id"], key] = _touch(ws, customer, key, rule)
    return found


def _touch(ws: Workspace, customer: Row, key: str, rule: dict[str, Any]) -> Touch:
    every = parse_cadence(rule["every"])
    settled = {
        row["planned_on"]: row
        for row in ws.db.rows("SELECT * FROM settlement")
        if (row["customer_id"], row["kind"], row["ref"]) == (customer["id"], "touch", key)
    }
    answers = [
        row["contact_on"]
        for row in ws.db.rows("SELECT * FROM interaction")
        if row["customer_id"] == customer["id"]
        and row["channel"] in rule["channels"]
        and row["contact_on"] <= ws.today.isoformat()
    ]
    answers += [row["settled_on"] for row in settled.values() if row["decision"] == "done"]
    base = max(answers) if answers else customer["tier_on"] or customer["created_on"]
    day = calendars.add(every, date.fromisoformat(base))
    while (turn := settled.get(day.isoformat())) and turn["decision"] != "snoozed":
        day = calendars.add(every, day)
        while day.isoformat() <= turn["settled_on"]:
            day = calendars.add(every, day)
    return base, day.isoformat(), turn["until"] if turn else day.isoformat()
