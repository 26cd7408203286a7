"""Owners change: what goes along, what the successor gets to know, and that all of it can be taken back."""

import json
from typing import Any

import pytest

from crmcli.care import assigning
from crmcli.errors import NotFound, Refused
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.reversing import redo, undo
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_contact, add_customer
from tests.care.test_team import add_member
from tests.conftest import Crm


def add_case(ws: Workspace, customer_id: int, number: str, **given: Any) -> None:
    """An open complaint, unless told otherwise."""
    row: Row = {"kind": "complaint", "severity": "minor", "opened_at": "2026-11-18T01:00:00Z", "status": "open"}
    row |= {"owner": None, "topic": None, "respond_by": None, "responded_at": None, "resolve_by": None}
    journal.add(ws, "cases", [{"number": number, "customer_id": customer_id, **row, **given}])


def add_promise(ws: Workspace, customer_id: int, action: str, on: str, **given: Any) -> None:
    """A contact of two days ago that promised something for a day."""
    row: Row = {"nth": 1, "direction": "out", "channel": "call", "topic": f"about {action}", "owner": "Li"}
    row |= {"at": "2026-11-18T01:00:00Z", "contact_on": "2026-11-18"}
    row |= {"next_action": action, "next_due": on, "next_settled_on": None}
    journal.add(ws, "interaction", [{"customer_id": customer_id, **row, **given}])


def owner_of(ws: Workspace, entity: str, row_id: int) -> str | None:
    name: str | None = ws.db.value(f"SELECT owner FROM {entity} WHERE id = :id", {"id": row_id})
    return name


def everything(ws: Workspace) -> dict[str, list[Row]]:
    """Every row that a hand-over may touch."""
    return {entity: ws.db.rows(f"SELECT * FROM {entity} ORDER BY id") for entity in journal.ENTITIES}


def test_giving_records_from_whom_to_whom(crm: Crm) -> None:
    with crm() as ws:
        one = add_customer(ws, "One")
    with crm() as ws:
        assert assigning.give(ws, one, "Li", why="lead", reason="first come")
        assert not assigning.give(ws, one, "Li")
    with crm() as ws:
        assert assigning.give(ws, one, "Wang")
    with crm() as ws:
        assert assigning.give(ws, one, None, why="stale")
        assert not assigning.give(ws, one, None)
        rows = ws.db.rows("SELECT from_owner, owner, why, reason, packet IS NOT NULL AS packed FROM assignment")
        assert [tuple(row.values()) for row in rows] == [
            (None, "Li", "lead", "first come", 0),
            ("Li", "Wang", "assign", None, 1),
            ("Wang", None, "stale", None, 0),
        ]
        assert owner_of(ws, "customer", one) is None


def test_the_packet_has_what_the_successor_must_know(crm: Crm) -> None:
    with crm() as ws:
        one = add_customer(ws, "One", owner="Li", terms="ship before Friday", phone="+861065541234")
        add_contact(ws, one, "Second")
        add_contact(ws, one, "Zhang", main="yes", title="CFO", phone="+8613800138000")
        add_promise(ws, one, "send offer", "2026-11-25")
        add_promise(ws, one, "old one", "2026-11-02", next_settled_on="2026-11-03", contact_on="2026-11-01")
        late = {"respond_by": "2026-11-19T01:00:00Z", "resolve_by": "2026-11-21T01:00:00Z"}
        add_case(ws, one, "K1", topic="late delivery", owner="Li", responded_at="2026-11-18T02:00:00Z", **late)
        add_case(ws, one, "K2", status="closed", owner="Li")
        action = {"action": json.dumps({"en": "Call", "zh": "打电话"}), "title": "{}", "channel": "call"}
        step: Row = {"customer_id": one, "kind": "retention", "playbook": "rescue", "number": 2, "nth": 1}
        journal.add(
            ws, "step", [{**step, "event": "tag:a=b", "started_on": "2026-11-01", "due_on": "2026-11-22", **action}]
        )
        assigning.give(ws, one, "Wang")
        packet = json.loads(ws.db.value("SELECT packet FROM assignment"))
        assert packet == {
            "terms": "ship before Friday",
            "tier": "strategic",
            "contact": {"name": "Zhang", "title": "CFO", "phone": "+8613800138000"},
            "last_contact": {"on": "2026-11-18", "channel": "call", "topic": "about send offer", "by": "Li"},
            "promises": [{"key": "action:1", "action": "send offer", "on": "2026-11-25"}],
            "cases": [
                {
                    "number": "K1",
                    "kind": "complaint",
                    "severity": "minor",
                    "topic": "late delivery",
                    "clocks": {"resolve": "2026-11-21T01:00:00Z"},
                }
            ],
            "steps": [
                {
                    "key": "retention:C000001:rescue:2",
                    "action": {"en": "Call", "zh": "打电话"},
                    "on": "2026-11-22",
                }
            ],
        }


def test_open_cases_of_the_former_owner_go_along(crm: Crm) -> None:
    with crm() as ws:
        one, two = add_customer(ws, "One", owner="Li"), add_customer(ws, "Two", owner="Li")
        add_case(ws, one, "K1", owner="Li")
        add_case(ws, one, "K2", owner="Li", status="closed")
        add_case(ws, one, "K3", owner="Service")
        add_case(ws, two, "K4", owner="Li")
        assigning.give(ws, one, "Wang")
        assigning.give(ws, two, None, why="stale")
        assert [owner_of(ws, "cases", number) for number in (1, 2, 3, 4)] == ["Wang", "Li", "Service", "Li"]


def test_nothing_is_given_to_the_inactive_or_unknown(crm: Crm) -> None:
    with crm() as ws:
        one = add_customer(ws, "One", owner="Li")
        add_member(ws, "Gone", active="no")
        add_member(ws, "Wang")
        with pytest.raises(Refused, match="not active"):
            assigning.give(ws, one, "Gone")
        with pytest.raises(NotFound, match="'Wan'"):
            assigning.give(ws, one, "Wan")
        assert owner_of(ws, "customer", one) == "Li"


def test_undo_and_redo_of_many_are_exact(crm: Crm) -> None:
    with crm() as ws:
        ids = [add_customer(ws, f"Customer {number}", owner=("Li", "Wang", None)[number % 3]) for number in range(30)]
        for number, customer_id in enumerate(ids):
            add_case(ws, customer_id, f"K{number}", owner="Li")
    with crm() as ws:
        before = everything(ws)
    with crm() as ws:
        moved = assigning.give_all(ws, dict.fromkeys(ids, "Zhao"), why="handoff", reason="leaves", former="Li")
        assert len(moved) == 30
        after = everything(ws)
        packed = ws.db.value("SELECT count(*) FROM assignment WHERE packet IS NOT NULL AND from_owner IS NOT NULL")
        assert packed == 30
    with crm() as ws:
        undo(ws)
        assert everything(ws) == before
    with crm() as ws:
        redo(ws)
        assert everything(ws) == after
