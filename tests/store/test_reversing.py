"""Undo and redo: exact where nothing intervened, honest about each row where something did."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.errors import CrmError, NotFound, Refused
from crmcli.intake import records
from crmcli.store import finding, journal, reversing
from crmcli.store.workspace import Workspace
from tests.conftest import NOW, Crm
from tests.store.dumps import dump

Op = Callable[[Workspace], Any]

_NAMES = st.sampled_from(["甲公司", "乙公司", "丙 [/] 公司", "a'b\"c"])
_PEOPLE = st.sampled_from(["张三", "李四"])
_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "owner": st.sampled_from(["王芳", "李明", ""]),
        "phone": st.sampled_from(["13800138000", "13900139000", ""]),
        "since": st.sampled_from(["2024-02-29", "2025-01-01", ""]),
        "stage": st.sampled_from(["active", "lost"]),
        "note": st.sampled_from(["一\n二", ""]),
    },
)


def _add(name: str, values: dict[str, str], person: str) -> Op:
    given = {"name": name, "contact_name": person, **values}
    return lambda ws: records.add_customer(ws, given, allow_duplicate=True)


def _on(do: Callable[..., Any]) -> Callable[..., Op]:
    """An operation of the arguments that hypothesis draws."""
    return lambda *drawn: lambda ws: do(ws, *drawn)


def _tier(ws: Workspace, name: str, tier: str) -> None:
    found = finding.customer(ws, name)
    journal.change(ws, "customer", found["id"], {"tier": tier, "tier_on": ws.today.isoformat()})


def _talk(ws: Workspace, name: str, channel: str) -> None:
    at = {"at": ws.stamp, "contact_on": ws.today.isoformat(), "topic": "", "direction": "out"}
    nth = 1 + (ws.db.value("SELECT max(id) FROM interaction") or 0)
    row = {"customer_id": finding.customer(ws, name)["id"], "channel": channel, "nth": nth, **at}
    journal.add(ws, "interaction", [row])


_EDITS: list[tuple[Callable[..., Any], tuple[st.SearchStrategy[Any], ...]]] = [
    (_tier, (_NAMES, st.sampled_from(["strategic", "basic", "unheard-of"]))),
    (_talk, (_NAMES, st.sampled_from(["visit", "call", "push"]))),
    (lambda ws, name, values: records.edit_customer(ws, name, values), (_NAMES, _VALUES)),
    (lambda ws, name, new: records.edit_customer(ws, name, {"name": new}), (_NAMES, _NAMES)),
    (lambda ws, name, who: records.add_contact(ws, name, {"name": who, "primary": "yes"}), (_NAMES, _PEOPLE)),
    (lambda ws, name, who: records.edit_contact(ws, name, who, {"title": "x"}), (_NAMES, _PEOPLE)),
    (lambda ws, name, who: records.remove_contact(ws, name, who), (_NAMES, _PEOPLE)),
    (
        lambda ws, name, sum: records.add_order(ws, name, {"amount": sum}),
        (_NAMES, st.sampled_from(["1", "-2"])),
    ),
    (lambda ws, name: records.edit_order(ws, "O000001", {"customer": name}), (_NAMES,)),
    (lambda ws, number: records.remove_orders(ws, [f"O{number:06d}"]), (st.integers(1, 3),)),
]
_OPS = st.one_of(st.builds(_add, _NAMES, _VALUES, _PEOPLE), *(st.builds(_on(do), *drawn) for do, drawn in _EDITS))


@settings(max_examples=30, deadline=None)
@given(st.lists(_OPS, max_size=8))
def test_everything_can_be_undone_and_done_again(founded: bytes, ops: list[Op]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crm.db"
        path.write_bytes(founded)

        def run(op: Op) -> Any:
            with crmcli.open(path, now=datetime.fromisoformat(NOW), actor="tester") as ws:
                return op(ws)

        def try_it(op: Op) -> None:
            # What is refused must leave no trace; the comparison below shows it.
            with suppress(CrmError):
                run(op)

        states = [run(dump)]
        for op in ops:
            before = run(lambda ws: ws.db.value("SELECT count(*) FROM operation"))
            try_it(op)
            if run(lambda ws: ws.db.value("SELECT count(*) FROM operation")) > before:
                states.append(run(dump))
            else:
                assert run(dump) == states[-1]
        for state in reversed(states[:-1]):
            run(reversing.undo)
            assert run(dump) == state
        for state in states[1:]:
            run(reversing.redo)
            assert run(dump) == state
        for state in reversed(states[:-1]):
            run(reversing.undo)
            assert run(dump) == state


@pytest.fixture
def base(crm: Crm) -> Crm:
    """One customer (operation 1) with a person."""
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司", "contact_name": "张三"})
    return crm


def test_a_field_changed_since_is_kept(base: Crm) -> None:
    with base() as ws:
        records.edit_customer(ws, "C000001", {"owner": "王芳", "note": "a"})
    with base() as ws:
        records.edit_customer(ws, "C000001", {"owner": "李明"})
    with pytest.raises(Refused, match="changed since by operation 3"), base() as ws:
        reversing.undo(ws, 2)
    with base() as ws:
        reversing.undo(ws, 3)
    with base() as ws:
        assert reversing.undo(ws, 2).count("reversed") == 1
        assert ws.db.first("SELECT owner, note FROM customer") == {"owner": None, "note": None}


def test_other_fields_changed_since_do_not_stand_in_the_way(base: Crm) -> None:
    with base() as ws:
        records.edit_customer(ws, "C000001", {"owner": "王芳"})
    with base() as ws:
        records.edit_customer(ws, "C000001", {"note": "later"})
    with base() as ws:
        reversing.undo(ws, 2)
        assert ws.db.first("SELECT owner, note FROM customer") == {"owner": None, "note": "later"}


def test_a_customer_with_orders_since_is_kept_with_its_reason(base: Crm) -> None:
    with base() as ws:
        records.add_order(ws, "C000001", {"amount": "1"})
    with base() as ws:
        found = reversing.undo(ws, 1)
    assert [(row.entity, row.outcome, row.reason) for row in found.outcomes] == [
        ("contact", "reversed", None),
        ("customer", "kept", "rows of orders hang on it"),
    ]
    with base(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM customer") == 1


def test_a_row_that_cannot_come_back_failed_and_says_why(base: Crm) -> None:
    with base() as ws:
        for number in ("A", "B"):
            records.add_order(ws, "C000001", {"amount": "1", "number": number})
    with base() as ws:
        records.remove_orders(ws, ["A", "B"])
    with base() as ws:
        records.add_order(ws, "C000001", {"amount": "2", "number": "A"})
    with base() as ws:
        found = reversing.undo(ws, 3)
    assert (found.count("reversed"), found.count("failed"), found.count("kept")) == (1, 1, 0)
    (failed,) = [row for row in found.outcomes if row.outcome == "failed"]
    assert failed.name == "A"
    assert failed.reason == "another one has its number now"
    with base(readonly=True) as ws:
        amounts = {row["number"]: row["amount"] for row in ws.db.rows("SELECT number, amount FROM orders")}
    assert amounts == {"A": 200, "B": 100}


def test_an_import_that_came_in_again_cannot_be_done_again_too(base: Crm) -> None:
    with base() as ws:
        records.add_order(ws, "C000001", {"amount": "1", "number": "A"})
    with base() as ws:
        reversing.undo(ws)
    with base() as ws:
        records.add_order(ws, "C000001", {"amount": "2", "number": "A"})
    with pytest.raises(Refused) as refused, base() as ws:
        reversing.redo(ws)
    assert refused.value.message == "nothing of operation 2 can be done again: another one has its number now"


def test_a_change_to_a_row_that_was_removed_since_is_kept_not_claimed_undone(base: Crm) -> None:
    with base() as ws:
        records.add_order(ws, "C000001", {"amount": "1"})
    with base() as ws:
        records.edit_order(ws, "O000001", {"amount": "2"})
        records.edit_customer(ws, "C000001", {"owner": "王芳"})
    with base() as ws:
        records.remove_orders(ws, ["O000001"])
    with base() as ws:
        found = reversing.undo(ws, 3)
    assert [(row.entity, row.name, row.reason) for row in found.outcomes if row.outcome == "kept"] == [
        ("orders", "O000001", "changed since by operation 4")
    ]
    with base() as ws:
        reversing.undo(ws, 4)
    with base() as ws:
        reversing.redo(ws, 3)
    with base() as ws:
        assert reversing.undo(ws, 3).count("kept") == 0
        assert ws.db.value("SELECT amount FROM orders") == 100


def test_an_operation_that_touches_a_row_twice(base: Crm) -> None:
    with base() as ws:
        before = dump(ws)
    with base() as ws:
        records.edit_customer(ws, "C000001", {"owner": "王芳"})
        records.edit_customer(ws, "C000001", {"owner": "李明", "note": "a"})
        records.add_contact(ws, "C000001", {"name": "李四"})
        records.edit_contact(ws, "C000001", "李四", {"title": "x"})
        records.remove_contact(ws, "C000001", "张三")
        records.add_contact(ws, "C000001", {"name": "王五"})
        records.remove_contact(ws, "C000001", "王五")
    with base() as ws:
        after = dump(ws)
        assert ws.db.value("SELECT rows FROM operation WHERE id = 2") == 3
    with base() as ws:
        reversing.undo(ws)
        assert dump(ws) == before
    with base() as ws:
        reversing.redo(ws)
        assert dump(ws) == after


def test_ids_of_undone_rows_are_not_given_again(base: Crm) -> None:
    with base() as ws:
        records.add_order(ws, "C000001", {"amount": "1"})
    with base() as ws:
        reversing.undo(ws)
    with base() as ws:
        again = records.add_order(ws, "C000001", {"amount": "2"})
    assert again["id"] == 2


def test_a_row_added_and_removed_at_once_is_nothing(base: Crm) -> None:
    with base() as ws:
        records.add_order(ws, "C000001", {"amount": "1"})
        records.remove_orders(ws, ["O000001"])
    with base(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM operation") == 1


def test_what_cannot_be_undone(base: Crm) -> None:
    with pytest.raises(NotFound), base() as ws:
        reversing.undo(ws, 99)
    with pytest.raises(NotFound), base() as ws:
        reversing.redo(ws)
    with base() as ws:
        reversing.undo(ws)
    with pytest.raises(Refused, match="undone already"), base() as ws:
        reversing.undo(ws, 1)
    with pytest.raises(Refused, match="is an undo"), base() as ws:
        reversing.undo(ws, 2)
    with pytest.raises(NotFound, match="nothing to undo"), base() as ws:
        reversing.undo(ws)


def test_a_dry_undo_is_taken_back(base: Crm) -> None:
    with base(dry_run=True) as ws:
        assert reversing.undo(ws).count("reversed") == 2
    with base(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM customer") == 1
        assert ws.db.value("SELECT undone_by FROM operation WHERE id = 1") is None


def test_a_long_undo_tells_how_far_it_is(base: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reversing, "_CHUNK", 2)
    with base() as ws:
        for amount in ("1", "2", "3"):
            records.add_order(ws, "C000001", {"amount": amount})
        records.edit_customer(ws, "C000001", {"owner": "王芳"})
    shares: list[float | None] = []
    with base() as ws:
        ws.progress = lambda _words, share=None: shares.append(share)
        reversing.undo(ws)
    assert shares == [0.25, 0.75, 1.0]


def test_the_journal_says_who_and_when(base: Crm) -> None:
    with base(actor="王芳", command="crm edit") as ws:
        journal.change(ws, "customer", 1, {"owner": "王芳"})
    with base(readonly=True) as ws:
        row = ws.db.first("SELECT at, actor, command, kind, rows, policy_id FROM operation WHERE id = 2")
    assert row == {
        "at": "2026-11-20T01:00:00Z",
        "actor": "王芳",
        "command": "crm edit",
        "kind": "write",
        "rows": 1,
        "policy_id": 1,
    }


def test_an_undo_takes_back_what_was_done_again_last(crm: Crm) -> None:
    def names() -> set[str]:
        with crm(readonly=True) as ws:
            return {row["name"] for row in ws.db.rows("SELECT name FROM customer")}

    def do(step: Callable[[Workspace], Any]) -> None:
        with crm() as ws:
            step(ws)

    do(lambda ws: records.add_customer(ws, {"name": "First"}))
    do(reversing.undo)
    do(lambda ws: records.add_customer(ws, {"code": "S2", "name": "Second"}))
    do(reversing.redo)
    do(reversing.undo)
    assert names() == {"Second"}
    do(reversing.redo)
    do(reversing.undo)
    do(reversing.undo)
    assert names() == set()
