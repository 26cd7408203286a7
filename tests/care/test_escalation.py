"""What is late: who is told, what is marked, who takes over, and that it happens once."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import crmcli
from crmcli.care import assigning, escalation
from crmcli.care.contacts import log
from crmcli.care.due import due
from crmcli.care.late_customers import Carried, escalate
from crmcli.care.why import why
from crmcli.grading import policies
from crmcli.grading.tags import add_tag, run_tags
from crmcli.store.reversing import undo
from crmcli.store.workspace import Workspace
from tests.care.conftest import POLICY, add_customer
from tests.care.test_assigning import everything
from tests.care.test_team import add_member
from tests.conftest import NOW, Crm, Run

STEPS = """
[[escalation]]
tiers = ["strategic"]
steps = [
  { late = "1 day", to = "manager" },
  { late = "3 days", mark = "high-risk" },
  { late = "5 days", reassign = true },
]

[[escalation]]
tiers = ["basic"]
steps = [{ late = "2 days", to = "director" }, { late = "4 days", mark = "watch" }]

[[on]]
event = "tag:escalation=high-risk"
playbook = "rescue"

[[playbook]]
key = "rescue"
steps = [{ after = "1 day", channel = "call", action = "Call the customer" }]
"""


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("escalation") / "crm.db"
    policy = POLICY.replace('when = "strategic >= 5"', 'when = "strategic >= 5"\nowner_role = "account-manager"')
    with crmcli.open(path, create=True, now=datetime.fromisoformat(NOW)) as ws:
        policies.apply(ws, policy + STEPS)
    return path.read_bytes()


@pytest.fixture
def late(crm: Crm) -> Crm:
    """On 2026-11-20 promises at five customers are late by 0, 1, 3, 5 and 6 days."""
    with crm() as ws:
        add_member(ws, "Boss", role="director")
        add_member(ws, "Li", role="account-manager", manager="Boss")
        add_member(ws, "Wang", role="account-manager")
        for number, days in enumerate((0, 1, 3, 5, 6)):
            add_customer(ws, f"Customer {number}", owner="Li", tier_on="2026-11-20")
            promise(ws, f"C00000{number + 1}", days)
    return crm


def promise(ws: Workspace, code: str, late_days: int) -> None:
    """A contact that promised something for a day that is so long ago."""
    on = ws.today - timedelta(days=late_days)
    log(ws, code, "asked", channel="other", at=datetime(2026, 11, 1), next_action="Offer", next_due=on)


def carried(ws: Workspace) -> list[tuple[Any, ...]]:
    return [(one.code, one.step, one.before, one.after, one.late_days) for one in escalate(ws)]


def marks(ws: Workspace) -> dict[int, str]:
    rows = ws.db.rows("SELECT customer_id, value FROM tag WHERE dimension = 'escalation'")
    return {row["customer_id"]: row["value"] for row in rows}


def test_the_furthest_step_reached_is_told(late: Crm) -> None:
    with late(readonly=True) as ws:
        items = {item.code: item.escalation for item in due(ws, kinds=["action"])}
        assert items == {
            "C000001": None,
            "C000002": "manager: Boss",
            "C000003": "mark: high-risk",
            "C000004": "reassign",
            "C000005": "reassign",
        }
        assert [item.code for item in due(ws, kinds=["action"], escalated=True)] == [
            "C000005", "C000004", "C000003", "C000002",
        ]  # fmt: skip


def test_a_manager_sees_what_is_late_with_others(late: Crm) -> None:
    with late(readonly=True) as ws:
        assert escalation.told_to(ws, "Li") == frozenset()
        # The policy tells the director of any tier's late items, whoever's they are.
        assert escalation.told_to(ws, "Boss") is None
        assert {item.code for item in due(ws, owner="Boss", kinds=["action"])} == {
            "C000002", "C000003", "C000004", "C000005",
        }  # fmt: skip
        assert due(ws, owner="Wang", kinds=["action"]) == []


def test_a_role_is_told_and_other_tiers_are_not(late: Crm) -> None:
    with late() as ws:
        add_customer(ws, "Basic", owner="Wang", tier="basic", tier_on="2026-11-20")
        add_customer(ws, "None", owner="Wang", tier=None, tier_on=None)
        promise(ws, "C000006", 2)
        promise(ws, "C000007", 9)
        items = {item.code: item.escalation for item in due(ws, owner="Wang", kinds=["action"])}
        assert items == {"C000006": "director: Boss", "C000007": None}


def test_marks_and_changes_of_owner_are_carried_out_once(late: Crm) -> None:
    with late(readonly=True) as ws:
        before = everything(ws)
    with late() as ws:
        assert carried(ws) == [
            ("C000003", "mark: high-risk", None, "high-risk", 3),
            ("C000004", "mark: high-risk", None, "high-risk", 5),
            ("C000004", "reassign", "Li", "Boss", 5),
            ("C000005", "mark: high-risk", None, "high-risk", 6),
            ("C000005", "reassign", "Li", "Boss", 6),
        ]
        assert ws.summary == "3 customers marked, 2 customers given to others"
        reasons = ws.db.rows("SELECT why, reason FROM assignment ORDER BY id")
        assert [row["reason"] for row in reasons] == ["late:5:action:4", "late:6:action:5"]
        assert {row["why"] for row in reasons} == {"late"}
    with late(readonly=True) as ws:
        # What was marked started its playbook, and the new owner has a hand-over to read.
        assert {item.code for item in due(ws, days=1, kinds=["retention"])} == {"C000003", "C000004", "C000005"}
        assert {item.key for item in due(ws, owner="Boss", kinds=["handoff"])} == {
            "handoff:C000004:2026-11-20", "handoff:C000005:2026-11-20",
        }  # fmt: skip
        words = {item.code: item.escalation for item in due(ws, kinds=["action"])}
        assert (words["C000003"], words["C000004"]) == ("mark: high-risk", "reassigned: 2026-11-20")
        after = everything(ws)
    with late() as ws:
        assert escalate(ws) == []
        assert ws.wrote is None
        assert everything(ws) == after
    with late() as ws:
        undo(ws)
        assert everything(ws) == before


def test_a_mark_survives_a_run_of_tags_and_goes_when_nothing_is_late(late: Crm) -> None:
    with late() as ws:
        escalate(ws)
    with late() as ws:
        run_tags(ws)
        assert marks(ws) == dict.fromkeys((3, 4, 5), "high-risk")
    with late() as ws:
        log(ws, "C000003", "sent", channel="other", answers="action:3")
    with late() as ws:
        assert carried(ws) == [("C000003", "unmark: high-risk", "high-risk", None, 0)]
        assert set(marks(ws)) == {4, 5}


def test_why_tells_of_the_step_and_of_the_mark(late: Crm) -> None:
    with late() as ws:
        escalate(ws)
    with late(readonly=True) as ws:
        (receipt,) = why(ws, "action:3").receipts
        step = receipt.steps[-1]
        assert (step.name, step.formula, step.result) == ("escalation", "late_days >= 3", "mark: high-risk")
        assert step.facts["told"] == "Boss"
        assert str(step.facts["rule"]).startswith("escalation[1].steps[2] (line ")
        assert why(ws, "action:1").receipts[0].steps[-1].name != "escalation"
        found = why(ws, "C000003")
        mark = next(one for one in found.receipts if one.subject == "tag:escalation")
        assert (mark.value, mark.source, mark.given) == ("high-risk", "late", True)
        assert not [note for note in found.notes if "escalation" in note]


def test_a_mark_by_hand_stays(late: Crm) -> None:
    with late() as ws:
        add_tag(ws, "C000003", "escalation:high-risk")
        add_tag(ws, "C000001", "escalation:high-risk")
    with late() as ws:
        assert [one.code for one in escalate(ws)] == ["C000004", "C000004", "C000005", "C000005"]
        assert set(marks(ws)) == {1, 3, 4, 5}


def test_who_took_over_has_time_of_their_own(late: Crm) -> None:
    with late() as ws:
        escalate(ws)
    with late(now=datetime(2026, 11, 21, 9)) as ws:
        # C000003 is 4 days late by now; the others have their new owner, a day only.
        assert escalate(ws) == []
    with late(now=datetime(2026, 11, 22, 9)) as ws:
        assert carried(ws) == [
            ("C000002", "mark: high-risk", None, "high-risk", 3),
            ("C000003", "reassign", "Li", "Boss", 5),
        ]


def test_without_a_manager_the_least_loaded_of_the_role_takes_over(late: Crm) -> None:
    with late() as ws:
        add_member(ws, "Zhao", role="account-manager", capacity=1)
        add_member(ws, "Gone", role="account-manager", active="no")
        for row_id in (4, 5):
            assigning.give(ws, row_id, "Wang")
        ws.db.execute("UPDATE assignment SET assigned_on = '2026-11-01', acknowledged_on = assigned_on")
    with late() as ws:
        moved = [one for one in carried(ws) if one[1] == "reassign"]
        # Wang is who had them; Zhao has room for one, and the latest comes first.
        assert moved == [("C000004", "reassign", "Wang", "Li", 5), ("C000005", "reassign", "Wang", "Zhao", 6)]


def test_a_manager_takes_over_as_many_as_there_is_room_for(late: Crm) -> None:
    with late() as ws:
        ws.db.execute("UPDATE member SET capacity = 1 WHERE name = 'Boss'")
    with late() as ws:
        moved = [one for one in carried(ws) if one[1] == "reassign"]
    # The one that is the latest goes to the manager, the other to who has the fewest of the role.
    assert moved == [("C000004", "reassign", "Li", "Wang", 5), ("C000005", "reassign", "Li", "Boss", 6)]


def test_why_it_changed_hands_is_told_in_the_language_of_who_reads(late: Crm, run: Run) -> None:
    assert run("--lang", "zh", "escalate").code == 0
    assert "6 days late" in run("--lang", "en", "handoff", "show", "C000005").stdout
    assert "late:6" not in run("history", "C000005").stdout
    assert "6 days late" not in run("--lang", "zh", "handoff", "show", "C000005").stdout


def test_where_nobody_can_take_over_it_stays_and_is_said(crm: Crm) -> None:
    with crm() as ws:
        add_member(ws, "Li", role="account-manager")
        add_customer(ws, "One", owner="Li", tier_on="2026-11-20")
        promise(ws, "C000001", 9)
    with crm() as ws:
        (only,) = escalate(ws)
        assert only == Carried("C000001", "One", "mark: high-risk", None, "high-risk", "action:1", 9)
        (said,) = ws.notes
        assert said == "C000001 One stays: no manager with room, and nobody with room of the role 'account-manager'"


def test_asking_writes_nothing(late: Crm, db: Path) -> None:
    before = db.read_bytes()
    with late(readonly=True) as ws:
        assert due(ws, escalated=True)
    assert db.read_bytes() == before


def test_an_escalation_without_tiers_is_of_all(crm: Crm) -> None:
    with crm() as ws:
        policies.apply(ws, POLICY + '\n[[escalation]]\nsteps = [{ late = "1 day", to = "Chen" }]\n')
        add_member(ws, "Chen")
        add_customer(ws, "None", tier=None, tier_on=None)
        promise(ws, "C000001", 1)
    with crm(readonly=True) as ws:
        (item,) = due(ws, owner="Chen", kinds=["action"])
        assert (item.code, item.escalation, item.due_on) == ("C000001", "Chen", date(2026, 11, 19))
