"""What touches and due items should be, worked out slowly and obviously from the raw rows."""

from collections.abc import Iterator
from datetime import date, timedelta
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


def due(ws: Workspace, days: int) -> dict[str, str]:
    """key -> due_on of everything that is due within `days`."""
    settled = {row["key"]: row for row in ws.db.rows("SELECT * FROM settlement")}
    last = (ws.today + timedelta(days=days)).isoformat()
    found = {}
    for key, day in _open(ws, days):
        decision = settled[key]["decision"] if key in settled else None
        if decision == "snoozed" and not key.startswith("touch"):
            day, decision = settled[key]["until"], None if settled[key]["until"] <= last else "later"
        if decision in (None, "snoozed"):
            found[key] = day
    return found


def _open(ws: Workspace, days: int) -> Iterator[tuple[str, str]]:
    last = ws.today + timedelta(days=days)
    customers = {row["id"]: row for row in ws.db.rows("SELECT * FROM customer")}
    for (customer_id, touch), (_base, planned_on, due_on) in touches(ws).items():
        if due_on <= last.isoformat():
            yield f"touch:{customers[customer_id]['code']}:{touch}:{planned_on}", due_on
    for row in ws.db.rows("SELECT * FROM interaction WHERE next_due IS NOT NULL"):
        if row["next_due"] <= last.isoformat():
            yield f"action:{row['id']}", row["next_due"]
    for customer in customers.values():
        for key, day in _occasions(ws, customer, ws.today - timedelta(days=14), last):
            yield key, day.isoformat()


def _occasions(ws: Workspace, customer: Row, first: date, last: date) -> Iterator[tuple[str, date]]:
    code = customer["code"]
    if customer["stage"] == "lost":
        return
    if customer["tier"] == "strategic":
        until = last + timedelta(days=3)
        if customer["kind"] == "person" and customer["birthday"]:
            for day in calendars.birthdays_between(customer["birthday"], first, until):
                yield f"birthday:{code}:{day}", day
        for person in ws.db.rows("SELECT * FROM contact WHERE customer_id = :id", {"id": customer["id"]}):
            for day in calendars.birthdays_between(person["birthday"], first, until) if person["birthday"] else []:
                yield f"birthday:{code}:K{person['id']}:{day}", day
    if customer["tier"] and customer["since"]:
        since = date.fromisoformat(customer["since"])
        for day in calendars.birthdays_between(customer["since"], first, last + timedelta(days=7)):
            if day.year > since.year:
                yield f"anniversary:{code}:{day}", day
