"""Cases from the first word to the lesson learned: who has them, what happens to them, what is refused."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmcli.care.cases import crisis, listing, moving
from crmcli.care.cases.opening import open_case
from crmcli.care.contacts import log
from crmcli.care.due import due
from crmcli.care.settling import settle
from crmcli.errors import InvalidInput, NotFound, Refused, UsageError
from crmcli.grading import policies
from crmcli.intake import records
from crmcli.intake.records import edit_case
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.reversing import redo, undo
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_customer
from tests.conftest import Crm
from tests.store.dumps import dump

POLICY = """
name = "service"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"
[calendar]
workdays = ["mon", "tue", "wed", "thu", "fri"]
hours = ["09:00-12:00", "13:00-18:00"]
holidays = "CN"
[[tier]]
key = "all"
when = "true"
[[clock]]
when = "case.severity == 'major'"
respond = "1 hour"
resolve = "24 hours"
revisit = "3 days"
hours = "clock"
role = "service"
[[clock]]
when = "case.kind in ['complaint', 'crisis']"
respond = "4 hours"
resolve = "2 days"
revisit = "3 days"
role = "service"
"""
ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """A moment of November 2026: `20 09:00`, a Friday."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZONE)


@pytest.fixture
def served(crm: Crm) -> Crm:
    """`crm` on a base with the policy above, a customer of 王芳 and one of nobody."""
    with crm() as ws:
        policies.apply(ws, POLICY)
        add_customer(ws, "甲公司", owner="王芳", tier="all")
        add_customer(ws, "乙公司", tier="all")
    return crm


def member(ws: Workspace, name: str, **given: Any) -> None:
    row = {"name": name, "role": "service", "manager": None, "capacity": None, "active": "yes", **given}
    journal.add(ws, "member", [row])


def moments(row: Row) -> dict[str, str | None]:
    """What runs and the deadlines of a case, on the clocks of Shanghai."""

    def read(text: str | None) -> str | None:
        return text and datetime.fromisoformat(text).astimezone(ZONE).strftime("%d %H:%M")

    return {"clock": row["next_clock"], **{name: read(row[name]) for name in ("next_due", "respond_by", "resolve_by")}}


def entries(ws: Workspace, number: str = "CASE-000001") -> list[tuple[str, str, str]]:
    return [(line["kind"], line["author"], line["words"]) for line in listing.file(ws, number).entries]


# ------------------------------------------------------------------------------------------------- opening


def test_a_new_case_has_a_number_deadlines_and_somebody_to_deal_with_it(served: Crm) -> None:
    with served() as ws:
        first = open_case(ws, "甲", " 少货 ", at=at("20 08:00"))
        second = open_case(ws, "甲", "咨询", kind="咨询", severity="重大")
        assert ws.notes == []
    assert (first["number"], first["kind"], first["severity"], first["topic"]) == (
        "CASE-000001", "complaint", "minor", "少货",
    )  # fmt: skip
    assert (first["owner"], first["responder"], first["status"]) == ("王芳", "tester", "open")
    assert moments(first) == {
        "clock": "respond", "next_due": "20 14:00", "respond_by": "20 14:00", "resolve_by": "24 09:00",
    }  # fmt: skip
    assert (second["number"], second["kind"], second["hours"]) == ("CASE-000002", "enquiry", "clock")
    with served() as ws:
        open_case(ws, "甲", "x", number="CASE-000100")
        open_case(ws, "甲", "x", number="CASE-7x")
        assert open_case(ws, "甲", "x")["number"] == "CASE-000101"
        unclocked = open_case(ws, "甲", "价格", kind="enquiry")
        assert "no clock of the policy fits the case: nothing has a deadline" in ws.notes
    assert moments(unclocked) == dict.fromkeys(("clock", "next_due", "respond_by", "resolve_by"))


def test_a_case_goes_to_whom_it_is_given_or_the_owner_or_the_role(served: Crm) -> None:
    with served() as ws:
        assert open_case(ws, "乙", "x")["owner"] is None
        assert any("nobody deals with CASE-000001" in note for note in ws.notes)
        assert open_case(ws, "乙", "x", owner="任何人")["owner"] == "任何人"
    with served() as ws:
        member(ws, "王芳", role="sales", active="no")
        member(ws, "陈静")
        member(ws, "刘洋")
        # 王芳 is not active; of the two of the role the one with fewer cases, then by name.
        assert [open_case(ws, name, "x")["owner"] for name in ("甲", "乙", "甲")] == ["刘洋", "陈静", "刘洋"]
        assert open_case(ws, "甲", "x", owner="陈静", responder="前台")["responder"] == "前台"
        with pytest.raises(Refused, match="not active"):
            open_case(ws, "甲", "x", owner="王芳")
        with pytest.raises(NotFound, match="nobody in the team"):
            open_case(ws, "甲", "x", owner="赵六")
        # No clock, no role: who was asked first, if of the team; else nobody.
        assert open_case(ws, "甲", "x", kind="enquiry", responder="陈静")["owner"] == "陈静"
        assert open_case(ws, "甲", "x", kind="enquiry", responder="王芳")["owner"] is None
        assert open_case(ws, "甲", "x", kind="enquiry")["owner"] is None


@pytest.mark.parametrize(
    ("given_", "error", "words"),
    [
        ({"topic": "  "}, UsageError, "what is the case about"),
        ({"customer": "丙"}, NotFound, "no customer"),
        ({"kind": "war"}, InvalidInput, "kind 'war': choose one of"),
        ({"severity": ""}, InvalidInput, "severity cannot be empty"),
        ({"at": at("21 09:00")}, Refused, "when it has been reported"),
        ({"number": "CASE-000001"}, Refused, "there is a case CASE-000001 already"),
    ],
)
def test_what_cannot_be_opened(served: Crm, given_: dict[str, Any], error: type[Exception], words: str) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
    with pytest.raises(error, match=words), served() as ws:
        open_case(ws, **{"customer": "甲", "topic": "x", **given_})


# ------------------------------------------------------------------------------------- from step to step


def test_from_the_first_answer_to_the_lesson(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
    with served(now=at("20 10:00")) as ws:
        row = moving.respond_case(ws, "CASE-000001", "马上查")
        assert (row["status"], moments(row)["clock"], moments(row)["next_due"]) == ("responded", "resolve", "24 09:00")
        moving.note_case(ws, "case:CASE-000001", "仓库在查")
    with served(now=at("23 11:00")) as ws:
        row = moving.resolve_case(ws, "CASE-000001", "已补发", at=at("23 10:30"))
        # Three working days from Monday morning.
        assert (row["status"], row["next_clock"], row["revisit_by"]) == ("resolved", "revisit", "2026-11-26T02:30:00Z")
    with served(now=at("24 10:00")) as ws:
        row = moving.revisit_case(ws, "CASE-000001", True, "满意")
        assert (row["status"], row["next_clock"]) == ("resolved", None)
        row = moving.close_case(ws, "CASE-000001")
        assert (row["status"], row["next_due"]) == ("closed", None)
        assert any("no lesson is recorded" in note for note in ws.notes)
        crisis.review_case(ws, "CASE-000001", cause="漏装", lesson="出库复核")
        found = listing.file(ws, "CASE-000001")
    assert (found.case["cause"], found.case["lesson"]) == ("漏装", "出库复核")
    assert [(line["at"][:16], line["kind"], line["words"]) for line in found.entries] == [
        ("2026-11-20T10:00", "response", "马上查"),
        ("2026-11-20T10:00", "note", "仓库在查"),
        ("2026-11-23T10:30", "outcome", "resolved: 已补发"),
        ("2026-11-24T10:00", "outcome", "satisfied yes: 满意"),
        ("2026-11-24T10:00", "outcome", "closed"),
    ]


def test_solving_answers_too(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
        row = moving.resolve_case(ws, "CASE-000001")
    assert row["responded_at"] == row["resolved_at"] == "2026-11-20T01:00:00Z"


def test_who_is_not_satisfied_has_the_case_opened_again_with_all_its_time(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
        moving.resolve_case(ws, "CASE-000001")
    with served(now=at("25 10:00")) as ws:
        row = moving.revisit_case(ws, "CASE-000001", False, "又少了")
    assert (row["status"], row["resolved_at"], row["revisit_by"], row["responded_at"] is None) == (
        "open", None, None, False,
    )  # fmt: skip
    assert moments(row)["resolve_by"] == moments(row)["next_due"] == "27 10:00"
    with served(now=at("25 11:00")) as ws:
        with pytest.raises(Refused, match="respond is not possible; possible are resolve, close, pause"):
            moving.respond_case(ws, "CASE-000001")
        row = moving.resolve_case(ws, "CASE-000001")
        assert row["revisit_by"] == "2026-11-30T03:00:00Z"
        # Nothing that came before is counted twice.
        assert row["next_warn"] < row["revisit_by"]


Move = Callable[[Workspace, str], Any]
MOVES: dict[str, Move] = {
    "respond": lambda ws, number: moving.respond_case(ws, number),
    "resolve": lambda ws, number: moving.resolve_case(ws, number),
    "revisit": lambda ws, number: moving.revisit_case(ws, number, True),
    "close": lambda ws, number: moving.close_case(ws, number),
    "pause": lambda ws, number: moving.pause_case(ws, number),
    "resume": lambda ws, number: moving.resume_case(ws, number),
    "escalate": lambda ws, number: moving.escalate_case(ws, number, severity="major"),
    "phase": lambda ws, number: crisis.phase_case(ws, number, "assess"),
    "note": lambda ws, number: moving.note_case(ws, number, "x"),
    "review": lambda ws, number: crisis.review_case(ws, number, cause="x"),
}


@pytest.mark.parametrize(
    ("done", "allowed"),
    [
        ("", "respond resolve pause escalate note review"),
        ("respond", "resolve pause escalate note review"),
        ("pause", "respond resolve resume escalate note review"),
        ("resolve", "revisit pause escalate note review"),
        ("resolve pause", "revisit resume escalate note review"),
        ("resolve revisit", "close pause escalate note review"),
        ("resolve revisit close", "note review"),
    ],
)
def test_what_is_possible_and_what_is_refused(served: Crm, done: str, allowed: str) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
        for name in done.split():
            MOVES[name](ws, "CASE-000001")
    able = set()
    for name, move in MOVES.items():
        with served(dry_run=True) as ws:
            before = dump(ws)
            try:
                move(ws, "CASE-000001")
                able.add(name)
            except Refused as error:
                assert "CASE-000001" in error.message
                assert "\n" not in error.message
                assert dump(ws) == before
    assert able == set(allowed.split())


def test_a_case_is_closed_as_it_stands_for_a_reason_only(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
        with pytest.raises(Refused, match="is open, not resolved; possible are resolve, close --reason TEXT"):
            moving.close_case(ws, "CASE-000001")
        assert moving.close_case(ws, "CASE-000001", "客户撤回")["status"] == "closed"
        assert entries(ws)[-1] == ("outcome", "tester", "closed: 客户撤回")


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (lambda ws: moving.respond_case(ws, "CASE-000001", at=at("20 08:00")), "is before opened_at"),
        (lambda ws: moving.respond_case(ws, "CASE-000001", at=at("20 12:30")), "when it has taken place"),
        (lambda ws: moving.resolve_case(ws, "CASE-000002", at=at("20 09:30")), "is before responded_at"),
        (lambda ws: moving.resume_case(ws, "CASE-000003", at=at("20 09:30")), "is before paused_at"),
    ],
)
def test_moments_that_cannot_be(served: Crm, move: Callable[[Workspace], Any], words: str) -> None:
    with served(now=at("20 12:00")) as ws:
        for _ in range(3):
            open_case(ws, "甲", "少货", at=at("20 09:00"))
        moving.respond_case(ws, "CASE-000002", at=at("20 10:00"))
        moving.pause_case(ws, "CASE-000003", at=at("20 10:00"))
    with pytest.raises(Refused, match=words), served(now=at("20 12:00")) as ws:
        move(ws)


# --------------------------------------------------------------------------------------------------- waiting


def test_a_clock_stands_still_and_goes_on_with_what_was_left(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
        row = moving.pause_case(ws, "CASE-000001", "等照片", at=at("20 09:00"))
        assert (row["next_clock"], row["next_due"], row["next_warn"]) == (None, None, None)
    with served(now=at("23 10:00")) as ws:
        assert [item.key for item in due(ws, kinds=["case"])] == []
        assert listing.cases(ws, state="paused")[0]["state"] == "paused"
        # Four working hours of Friday from 09:00 are four of Monday from 10:00; both clocks stood still.
        row = moving.resume_case(ws, "CASE-000001")
        assert moments(row) == {
            "clock": "respond", "next_due": "23 15:00", "respond_by": "23 15:00", "resolve_by": "25 10:00",
        }  # fmt: skip
        assert row["next_warn"] == "2026-11-23T06:12:00Z"
    with served(now=at("23 16:00")) as ws:
        moving.pause_case(ws, "CASE-000001")
    with served(now=at("24 09:00")) as ws:
        # What had run out stays so; and whatever happens to the case ends the waiting.
        row = moving.respond_case(ws, "CASE-000001")
        assert row["paused_at"] is None
        assert (moments(row)["respond_by"], moments(row)["next_due"]) == ("23 15:00", "25 12:00")
        assert [kind for kind, *_ in entries(ws)] == ["pause", "resume", "pause", "resume", "response"]


def test_the_state_tells_how_much_time_there_is(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
    states = {}
    for moment in ("20 09:00", "20 13:11", "20 13:12", "20 14:00", "20 14:01"):
        with served(now=at(moment), readonly=True) as ws:
            states[moment] = listing.cases(ws)[0]["state"]
    assert list(states.values()) == ["ok", "ok", "warn", "warn", "breached"]
    # The day's list says so, too, while it is not late by days.
    for moment, said in (("20 13:11", "少货"), ("20 13:12", "running out of time"), ("20 14:01", "out of time")):
        with served(now=at(moment), readonly=True) as ws:
            assert due(ws)[0].reason.rpartition("; ")[2] == said
    with served(now=at("21 09:00"), readonly=True) as ws:
        assert due(ws)[0].reason.endswith("少货")
    with served() as ws:
        moving.close_case(ws, "CASE-000001", "x")
        assert listing.cases(ws)[0]["state"] is None
        assert listing.cases(ws, unclosed=True) == []


# ------------------------------------------------------------------------------------------------ escalation


def test_a_case_goes_up_with_tighter_clocks(served: Crm) -> None:
    with served() as ws:
        member(ws, "王芳", manager="陈静")
        member(ws, "陈静", role="lead")
        open_case(ws, "甲", "少货")
        row = moving.escalate_case(ws, "CASE-000001", to="manager", severity="major", reason="客户要求")
        assert (row["owner"], row["severity"], row["hours"]) == ("陈静", "major", "clock")
        assert moments(row) == {
            "clock": "respond", "next_due": "20 10:00", "respond_by": "20 10:00", "resolve_by": "21 09:00",
        }  # fmt: skip
        assert entries(ws)[-1] == ("escalation", "tester", "王芳 → 陈静, minor → major: 客户要求")
        with pytest.raises(Refused, match="escalated so already"):
            moving.escalate_case(ws, "CASE-000001", to="陈静", severity="major")
        with pytest.raises(Refused, match="no manager of 陈静 is known"):
            moving.escalate_case(ws, "CASE-000001", to="manager")
        with pytest.raises(UsageError, match="whom to"):
            moving.escalate_case(ws, "CASE-000001")
        with pytest.raises(UsageError, match="not 'minor'"):
            moving.escalate_case(ws, "CASE-000001", severity="minor")


def test_tighter_clocks_leave_out_what_the_case_had_waited(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
        moving.pause_case(ws, "CASE-000001", "等照片")
    with served(now=at("20 15:00")) as ws:
        moving.resume_case(ws, "CASE-000001")
        row = moving.escalate_case(ws, "CASE-000001", severity="major")
    assert moments(row) == {
        "clock": "respond", "next_due": "20 16:00", "respond_by": "20 16:00", "resolve_by": "21 15:00",
    }  # fmt: skip


def test_a_clock_that_is_wider_changes_nothing(served: Crm) -> None:
    with served() as ws:
        policies.apply(ws, POLICY.replace('respond = "1 hour"', 'respond = "30 hours"'))
        open_case(ws, "甲", "少货")
        row = moving.escalate_case(ws, "CASE-000001", severity="major")
    assert moments(row)["respond_by"] == "20 14:00"
    assert moments(row)["resolve_by"] == "21 09:00"


# ---------------------------------------------------------------------------------------------------- crises


def test_a_crisis_goes_from_phase_to_phase_and_is_closed_with_its_review(served: Crm) -> None:
    with served() as ws:
        row = open_case(ws, "甲", "起火", kind="crisis", severity="major")
        assert row["phase"] == "warning"
        with pytest.raises(Refused, match="is in the phase warning; possible is assess"):
            crisis.phase_case(ws, "CASE-000001", "intervene")
        with pytest.raises(UsageError, match="no phase 'panic'"):
            crisis.phase_case(ws, "CASE-000001", "panic")
        crisis.phase_case(ws, "CASE-000001", "assess", "两批次")
        crisis.phase_case(ws, "CASE-000001", "intervene")
        moving.resolve_case(ws, "CASE-000001")
        moving.revisit_case(ws, "CASE-000001", True)
        for reason in ("", "不了了之"):
            with pytest.raises(Refused, match="its review lacks the cause, lesson"):
                moving.close_case(ws, "CASE-000001", reason)
        assert crisis.review_case(ws, "CASE-000001", cause="电芯")["phase"] == "review"
        with pytest.raises(Refused, match="its review lacks the lesson"):
            moving.close_case(ws, "CASE-000001")
        crisis.review_case(ws, "CASE-000001", lesson="来料检验")
        assert moving.close_case(ws, "CASE-000001")["status"] == "closed"
        assert [words for kind, _who, words in entries(ws) if kind == "phase"] == [
            "warning", "warning → assess: 两批次", "assess → intervene", "intervene → review",
        ]  # fmt: skip
        open_case(ws, "甲", "少货")
        with pytest.raises(Refused, match="only a crisis has phases"):
            crisis.phase_case(ws, "CASE-000002", "assess")
        with pytest.raises(UsageError, match="what caused it"):
            crisis.review_case(ws, "CASE-000001", cause=" ")


# ----------------------------------------------------------------------------------------------- due and log


def test_the_clock_that_runs_is_due_and_done_moves_the_case_on(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
        open_case(ws, "乙", "多货", owner="陈静")
        items = {item.key: item for item in due(ws, kinds=["case"])}
        first = items["case:CASE-000001:respond"]
        assert (first.due_on, first.due_at, first.code, first.owner) == (
            at("20 09:00").date(), "2026-11-20T14:00:00+08:00", "C000001", "王芳",
        )  # fmt: skip
        assert first.reason == (
            "minor complaint CASE-000001: to be answered within 4 working hours, by 2026-11-20 14:00; 少货"
        )
        assert [item.key for item in due(ws, owner="陈静", kinds=["case"])] == ["case:CASE-000002:respond"]
        for decision in ("snooze", "skip"):
            until = at("25 09:00").date() if decision == "snooze" else None
            with pytest.raises(Refused, match="neither snoozed nor skipped") as caught:
                settle(ws, first.key, decision, until=until, reason="x")
            assert "crm case pause CASE-000001" in (caught.value.hint or "")
        assert settle(ws, first.key, "done").next_on == at("24 09:00").date()
        with pytest.raises(NotFound):
            settle(ws, first.key, "done")
        assert settle(ws, "case:CASE-000001:resolve", "done").next_on == at("25 09:00").date()
        assert settle(ws, "case:CASE-000001:revisit", "done").next_on is None
        assert listing.file(ws, "CASE-000001").case["revisited_at"] == "2026-11-20T09:00:00+08:00"
        assert [item.key for item in due(ws, kinds=["case"])] == ["case:CASE-000002:respond"]


def test_a_contact_answers_a_case_when_it_took_place(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
    with served(now=at("20 12:00")) as ws:
        found = log(ws, "甲", "说明原因", answers="case:CASE-000001:respond", at=at("20 11:00"))
        assert found.answered == ("case:CASE-000001:respond",)
        file = listing.file(ws, "CASE-000001")
        assert file.case["responded_at"] == "2026-11-20T11:00:00+08:00"
        assert entries(ws) == [("response", "tester", "说明原因")]
        assert [talk["topic"] for talk in file.talks] == ["说明原因"]
        with pytest.raises(NotFound, match="has no open item"):
            log(ws, "乙", "x", answers="case:CASE-000001:resolve")


def test_what_is_late_is_not_lost_and_what_comes_is_seen_ahead(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
        assert [item.key for item in due(ws, kinds=["case"])] == ["case:CASE-000001:respond"]
        moving.respond_case(ws, "CASE-000001")
        assert due(ws, kinds=["case"], days=3) == []
        assert [item.key for item in due(ws, kinds=["case"], days=4)] == ["case:CASE-000001:resolve"]
    with served(now=at("20 09:00") + timedelta(days=400), readonly=True) as ws:
        (item,) = due(ws, late=True, kinds=["case"])
        assert (item.key, item.late_days) == ("case:CASE-000001:resolve", 396)


def test_a_case_that_nobody_answered_is_to_be_solved_on_its_day_all_the_same(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货", severity="major")
        assert [item.key for item in due(ws)] == ["case:CASE-000001:respond"]
    with served(now=at("21 08:00")) as ws:
        assert [(item.key, item.late_days, (item.due_at or "")[11:16]) for item in due(ws)] == [
            ("case:CASE-000001:respond", 1, "10:00"),
            ("case:CASE-000001:resolve", 0, "09:00"),
        ]
        # Whoever solves it has answered, too.
        settle(ws, "case:CASE-000001:resolve", "done")
        assert due(ws) == []
        assert [item.key for item in due(ws, days=9)] == ["case:CASE-000001:revisit"]


# -------------------------------------------------------------------------------------------- edit, undo, list


def test_a_correction_of_kind_or_severity_asks_for_the_clock_anew(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
    with served() as ws:
        records.edit_case(ws, "CASE-000001", {"severity": "major", "resolve_by": "2026-12-01 09:00"})
    with served() as ws:
        (row,) = listing.cases(ws)
        assert (row["respond_by"][:16], row["resolve_by"][:16]) == ("2026-11-20T10:00", "2026-12-01T09:00")
        records.edit_case(ws, "CASE-000001", {"kind": "enquiry", "severity": "minor"})
    with served() as ws:
        (row,) = listing.cases(ws)
        assert (row["respond_by"], row["next_clock"]) == (None, None)
        with pytest.raises(UsageError, match="status of a case is not a field"):
            records.edit_case(ws, "CASE-000001", {"status": "closed"})
        with pytest.raises(Refused, match="is to come"):
            records.edit_case(ws, "CASE-000001", {"resolved_at": "2030-01-01 09:00"})
        with pytest.raises(InvalidInput, match=r"responded_at .* is before opened_at"):
            records.edit_case(ws, "CASE-000001", {"responded_at": "2020-01-01 09:00"})
        with pytest.raises(NotFound, match="there is no case"):
            records.edit_case(ws, "X", {"topic": "x"})


def test_undoing_an_edit_leaves_who_got_the_case_since(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
    with served() as ws:
        edit_case(ws, "CASE-000001", {"resolve_by": "2026-11-20 12:00"})
        edit = ws.wrote
    with served() as ws:
        moving.escalate_case(ws, "CASE-000001", to="陈静")
    with served() as ws:
        undo(ws, edit)
    with served(readonly=True) as ws:
        (row,) = listing.cases(ws)
    assert (row["owner"], row["resolve_by"]) == ("陈静", "2026-11-24T09:00:00+08:00")


def test_a_resolved_case_that_was_edited_gets_its_revisit(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货", at=at("19 09:00"))
    with served() as ws:
        records.edit_case(ws, "CASE-000001", {"resolved_at": "2026-11-20 08:00", "topic": "少两箱"})
    with served() as ws:
        (row,) = listing.cases(ws)
    assert (row["next_clock"], row["next_due"][:16], row["topic"]) == ("revisit", "2026-11-25T09:00", "少两箱")


@pytest.mark.parametrize("moves", ["respond", "resolve", "pause", "resolve revisit close", "escalate review note"])
def test_undo_restores_exactly_and_redo_too(served: Crm, moves: str) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
        before = (dump(ws), entries(ws))
    with served() as ws:
        for name in moves.split():
            MOVES[name](ws, "CASE-000001")
    with served() as ws:
        after = (dump(ws), entries(ws))
    assert after != before
    with served() as ws:
        assert undo(ws).count("reversed")
    with served() as ws:
        assert (dump(ws), entries(ws)) == before
    with served() as ws:
        redo(ws)
    with served() as ws:
        assert (dump(ws), entries(ws)) == after


def test_the_list_is_filtered_and_the_most_urgent_is_first(served: Crm) -> None:
    with served() as ws:
        open_case(ws, "甲", "a")
        open_case(ws, "乙", "b", severity="major", owner="陈静")
        open_case(ws, "甲", "c", kind="enquiry")
        moving.close_case(ws, "CASE-000003", "x")

        def numbers(**given: Any) -> list[str]:
            return [row["number"][-1] for row in listing.cases(ws, **given)]

        assert numbers() == ["2", "1", "3"]
        assert numbers(customer="甲") == ["1", "3"]
        assert numbers(owner="王芳") == ["1", "3"]
        assert numbers(kind="enquiry") == numbers(status="closed") == ["3"]
        assert numbers(state="ok") == numbers(unclosed=True) == ["2", "1"]
        for name in ("kind", "status", "state"):
            with pytest.raises(UsageError, match=f"there is no {name} 'x'"):
                numbers(**{name: "x"})


def test_due_finds_the_clocks_by_their_index(served: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    with served() as ws:
        open_case(ws, "甲", "少货")
    asked: list[str] = []
    with served(readonly=True) as ws:
        rows = ws.db.rows

        def spy(sql: str, params: Any = None) -> list[Row]:
            if "FROM cases" in sql:
                asked.extend(row["detail"] for row in rows(f"EXPLAIN QUERY PLAN {sql}", params))
            return rows(sql, params)

        monkeypatch.setattr(ws.db, "rows", spy)
        assert due(ws, kinds=["case"])
    assert any(detail.startswith("SEARCH k USING INDEX cases_next") for detail in asked)
    assert not any(detail.startswith("SCAN") for detail in asked)
