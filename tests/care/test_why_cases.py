"""The receipts of cases: which clock of the policy is theirs, and what it makes of them."""

from datetime import datetime
from typing import Any

import pytest

from crmcli.care.cases.opening import open_case
from crmcli.care.why import why
from crmcli.errors import NotFound
from crmcli.grading.policies import apply
from crmcli.intake.records.cases import edit_case
from crmcli.policy import schema
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from tests.conftest import Crm
from tests.grading.bases import Customer, fill
from tests.grading.test_why import PLAIN

STANDARD = schema.preset("standard")


@pytest.fixture
def crm(crm: Crm) -> Crm:
    """The base with the standard policy."""
    with crm() as ws:
        apply(ws, STANDARD)
    return crm


def _case(ws: Workspace, number: str, **given: Any) -> None:
    row = {"number": number, "customer_id": 1, "status": "open", "kind": "complaint", "severity": "minor"}
    journal.add(ws, "cases", [{**row, **given}])


def test_a_policy_without_clocks_says_so(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        apply(ws, PLAIN)
        _case(ws, "T-1", opened_at="2026-02-13T09:00:00Z")
        assert (why(ws, "T-1").receipts, why(ws, "T-1").notes) == ((), ("the policy has no clocks",))


def test_the_clock_of_a_case(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        # A Friday evening; the Saturday after it is worked, before the Spring Festival of 2026.
        _case(ws, "T-1", opened_at="2026-02-13T09:00:00Z", resolved_at="2026-02-14T03:00:00Z")
        found = why(ws, "T-1")
    assert [(r.value, r.holds, r.place) for r in found.receipts] == [
        ("respond 1 hour, resolve 24 hours, revisit 3 days (clock)", False, "clock[1].when"),
        ("respond 4 hours, resolve 48 hours, revisit 3 days (clock)", False, "clock[2].when"),
        ("respond 4 hours, resolve 1 day, revisit 3 days (working)", True, "clock[3].when"),
    ]
    major, minor = found.receipts[1:]
    assert [(part.text, part.holds, part.facts) for part in major.parts] == [
        ("case.kind == 'crisis'", False, {"case.kind": "complaint"}),
        (
            "(case.kind == 'complaint' and case.severity == 'major')",
            False,
            {"case.kind": "complaint", "case.severity": "minor"},
        ),
    ]
    steps = {step.name: step for step in minor.steps}
    assert steps["respond_by"].formula == "2026-02-13T17:00:00+08:00 + 4 hours (working)"
    assert steps["respond_by"].result == "2026-02-14T12:00:00+08:00"
    assert steps["respond_by"].facts == {
        "responded_at": None,
        "working_hours": "09:00-12:00, 13:00-18:00",
        "days_worked": "2026-02-14",
    }
    assert steps["respond_warn_at"].result == "2026-02-14T11:12:00+08:00"
    assert steps["resolve_by"].result == "2026-02-14T17:00:00+08:00"
    assert "resolve_warn_at" not in steps
    # The festival is from the 15th to the 23rd.
    assert steps["revisit_by"].result == "2026-02-26T11:00:00+08:00"
    assert (minor.given, minor.since) == (True, "2026-02-13T17:00:00+08:00")
    assert minor.records[0].rows[0]["number"] == "T-1"


def test_a_clock_for_a_tier_and_deadlines_stored_otherwise(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        _case(ws, "C-2", opened_at="2026-11-19T09:00:00Z", respond_by="2026-11-19T10:00:00Z")
        journal.change(ws, "customer", 1, {"tier": "strategic"})
        assert why(ws, "C-2").receipts[0].given is True
        assert why(ws, "C-2").receipts[0].steps[-1].result is None
        journal.change(ws, "customer", 1, {"tier": "basic"})
        found = why(ws, "case:C-2")
    assert (found.receipts[-1].place, found.receipts[-1].given) == ("clock[3].when", False)
    assert found.notes == (
        "respond_by: 2026-11-19T18:00:00+08:00 is stored, the clock gives 2026-11-20T12:00:00+08:00 today",
    )


def test_a_lead_s_case_and_one_that_is_called_like_a_customer(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, stage="lead")])
        _case(ws, "C000001", kind="enquiry", opened_at="2031-02-03T01:00:00Z")
        assert why(ws, "C000001").receipts[0].subject == "grade"
        found = why(ws, "case:C000001")
        assert found.receipts[-1].value == "respond 2 hours, revisit 3 days (working)"
        assert any("2031" in note for note in found.notes)
        with pytest.raises(NotFound):
            why(ws, "case:C000002")


def test_the_clock_of_another_policy_is_given_by_two_corrections(crm: Crm) -> None:
    """What the note says is what the commands do; a deadline that somebody gave is not to be lost by them."""
    with crm(now=datetime(2026, 11, 20, 9)) as ws:
        fill(ws, [Customer(1)])
        for number in ("T-1", "T-2"):
            open_case(ws, "C000001", "late", kind="complaint", number=number)
    with crm(now=datetime(2026, 11, 20, 9)) as ws:
        edit_case(ws, "T-2", {"resolve_by": "2026-12-24 12:00"})
    with crm() as ws:
        clock = STANDARD.index("when = \"case.kind == 'complaint'\"")
        apply(ws, STANDARD[:clock] + STANDARD[clock:].replace('respond = "4 hours"', 'respond = "2 hours"', 1))
    with crm(now=datetime(2026, 11, 20, 10)) as ws:
        assert why(ws, "T-1").notes == (
            "respond_by: 2026-11-20T14:00:00+08:00 is stored, the clock gives 2026-11-20T11:00:00+08:00 today",
            "the case keeps the clock that it was given; crm case edit T-1 severity=major, then crm case edit T-1 "
            "severity=minor give it this one",
        )
        assert not [note for note in why(ws, "T-2").notes if "crm case edit" in note]
        edit_case(ws, "T-1", {"severity": "major"})
    with crm(now=datetime(2026, 11, 20, 10)) as ws:
        edit_case(ws, "T-1", {"severity": "minor"})
    with crm(readonly=True) as ws:
        assert (why(ws, "T-1").notes, why(ws, "T-1").receipts[-1].given) == ((), True)


def test_what_is_asked_for_of_a_late_clock_is_told_of_the_clock_itself(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        journal.change(ws, "customer", 1, {"tier": "strategic"})
    with crm(now=datetime(2026, 11, 16, 9)) as ws:
        open_case(ws, "C000001", "late", kind="complaint", number="T-1")
    with crm(readonly=True) as ws:
        clock, *rules = why(ws, "case:T-1:respond").receipts
    assert clock.steps[-1].name == "escalation"
    assert not any(step.name == "escalation" for rule in rules for step in rule.steps)
