"""Applying the repairs: what changes, what stays, and the way back."""

import json
import sys
from typing import Any

import pytest

from crmcli.cleaning.fixing import fix
from tests.cleaning.bases import contact, customer, found, order
from tests.conftest import Crm, Run


def spoil(crm: Crm) -> None:
    """Two certain faults of one contact, one of its customer, a likely one, and one that nobody can mend."""
    with crm() as ws:
        own = customer(ws, "C1", "青藤物流", email="info@@163.com")
        contact(ws, own, "李雷", phone="13800138000/13900139000", email="lilei@qq.cm", other_phones="+861065541234")
        customer(ws, "C2", "远山食品", email="hmm@qinghe.con")
        customer(ws, "C3", "白鹭纺织", phone="1.38E+10")


def rows(crm: Crm) -> list[tuple[Any, ...]]:
    with crm(readonly=True) as ws:
        people = ws.db.rows("SELECT phone, other_phones, email, other_emails FROM contact ORDER BY id")
        firms = ws.db.rows("SELECT phone, email FROM customer ORDER BY id")
    return [tuple(row.values()) for row in people + firms]


def test_certain_repairs_are_applied_once_and_undone_exactly(crm: Crm, run: Run) -> None:
    spoil(crm)
    before = rows(crm)
    done = run("clean", "fix", "-f", "json")
    assert done.code == 0
    assert [(row["code"], row["field"], row["from"], row["to"]) for row in json.loads(done.stdout)] == [
        ("C1", "email", "info@@163.com", "info@163.com"),
        ("C1", "email", "lilei@qq.cm", "lilei@qq.com"),
        ("C1", "phone", "13800138000/13900139000", "+8613800138000; +8613900139000"),
    ]
    assert "3 values repaired. Undo: crm undo 2" in done.stderr
    assert "1 likely repair is left: crm clean fix --all" in done.stderr
    assert rows(crm) == [
        ("+8613800138000", "+861065541234; +8613900139000", "lilei@qq.com", None),
        ("+8657185551234", "info@163.com"),
        ("+8657185551234", "hmm@qinghe.con"),
        ("1.38E+10", None),
    ]
    again = run("clean", "fix", "-f", "json")
    assert (again.code, again.stdout) == (0, "[]\n")
    assert "nothing changed" in again.stderr
    assert run("undo").code == 0
    assert rows(crm) == before


def test_a_dry_run_tells_the_same_and_changes_nothing(crm: Crm, run: Run) -> None:
    spoil(crm)
    before = rows(crm)
    tried = run("clean", "fix", "-n", "-f", "json")
    assert rows(crm) == before
    assert "nothing was written" in tried.stderr
    assert run("clean", "fix", "-f", "json").stdout == tried.stdout


def test_likely_repairs_need_a_yes(crm: Crm, run: Run) -> None:
    spoil(crm)
    before = rows(crm)
    refused = run("clean", "fix", "--all")
    assert (refused.code, refused.stdout) == (4, "")
    assert "1 repair is likely, not certain" in refused.stderr
    assert "--yes" in refused.stderr
    assert rows(crm) == before
    done = run("clean", "fix", "--all", "-y", "-f", "json")
    assert [row["to"] for row in json.loads(done.stdout) if not row["certain"]] == ["hmm@qinghe.com"]
    with crm(readonly=True) as ws:
        assert found(ws, "code", "rule", "proposal") == [("C3", "phone-excel", None)]


def test_what_stands_beside_a_number_is_kept(crm: Crm, run: Run) -> None:
    with crm() as ws:
        own = customer(ws, "C1", "青藤物流", phone="13800138000 李雷的车队", note="老客户")
        contact(ws, own, "韩梅梅", phone="周末打 0512-65541234")
        contact(ws, own, "林涛", phone="1806071043、0512-65541234")

    def stored() -> list[tuple[Any, ...]]:
        with crm(readonly=True) as ws:
            query = "SELECT phone, note FROM customer UNION ALL SELECT phone, note FROM contact"
            return [tuple(row.values()) for row in ws.db.rows(query)]

    before = stored()
    assert run("clean", "fix", "--all", "--yes").code == 0
    assert stored() == [
        ("+8613800138000", "老客户\n13800138000 李雷的车队"),
        ("+8651265541234", "周末打 0512-65541234"),
        ("1806071043、0512-65541234", None),
    ]
    assert run("undo").code == 0
    assert stored() == before


def test_without_likely_ones_all_asks_nothing(crm: Crm, run: Run) -> None:
    with crm() as ws:
        customer(ws, "C1", email="info@@163.com")
    assert run("clean", "fix", "--all").code == 0


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 4)])
def test_on_a_terminal_the_likely_ones_are_asked_for(
    crm: Crm, run: Run, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    spoil(crm)
    monkeypatch.setattr("crmcli.cli.asking.can_ask", lambda: True)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert run("clean", "fix", "--all").code == code
    with crm(readonly=True) as ws:
        assert ("C2" in [row[0] for row in found(ws)]) == (code == 4)


def test_amounts_and_industries_are_mended_too(crm: Crm) -> None:
    with crm() as ws:
        bought = customer(ws, "C1")
        for number in range(6):
            order(ws, bought, f"O{number}", 1000_00 + number)
        order(ws, bought, "O9", 100_500_00)
    with crm() as ws:
        fixed = fix(ws, likely=True)
        assert [finding.proposal for finding in fixed.repaired] == ["1005.00"]
        assert ws.db.value("SELECT amount FROM orders WHERE number = 'O9'") == 1005_00


def test_many_rows_are_one_operation(crm: Crm, run: Run) -> None:
    with crm() as ws:
        for number in range(300):
            customer(ws, f"C{number:03}", phone=f"138 0013 {number:04}", email="A@EXAMPLE.COM" if number % 2 else None)
    with crm() as ws:
        assert len(fix(ws).repaired) == 450
        operation = ws.wrote
        assert ws.db.value("SELECT count(*) FROM change WHERE operation_id = :id", {"id": operation}) == 300
    assert run("undo", operation).code == 0
    with crm(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM customer WHERE email = 'A@EXAMPLE.COM'") == 150
        assert ws.db.value("SELECT count(*) FROM customer WHERE phone LIKE '138 0013 %'") == 300
