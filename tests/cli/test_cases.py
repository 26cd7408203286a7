"""`crm case` through the program."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

FIELDS = (
    "number code customer kind severity opened_at respond_by responded_at resolve_by resolved_at revisit_by "
    "revisited_at owner status cause lesson next_clock next_due state topic responder phase paused_at estimated"
)
LATER = "2026-11-20T10:00+08:00"


def rows(run: Run, *args: object, at: str = LATER) -> list[dict[str, Any]]:
    code, text, _stderr = run(*args, "-f", "json", at=at)
    assert code == 0
    found: list[dict[str, Any]] = json.loads(text)
    return found


@pytest.fixture
def one(run: Run) -> Run:
    """`run` on a base of a customer with a case: a small complaint of a Friday, 09:00."""
    run("add", "甲公司", "owner=王芳")
    assert run("case", "open", "甲", "少货").code == 0
    return run


def test_a_case_from_beginning_to_end(run: Run) -> None:
    run("add", "甲公司", "owner=王芳")
    code, stdout, stderr = run("case", "open", "甲", "少货", "-q")
    assert (code, stdout) == (0, "CASE-000001\n")
    assert stderr == "opened CASE-000001, complaint of C000001: 少货. Undo: crm undo 2\n"
    (case,) = rows(run, "case", "list")
    assert list(case) == FIELDS.split()
    assert (case["next_clock"], case["next_due"], case["state"]) == ("respond", "2026-11-20T14:00:00+08:00", "ok")
    for words, status in (
        (["respond", "CASE-000001", "致歉"], "responded"),
        (["resolve", "CASE-000001", "补发", "--at", "09:30"], "resolved"),
    ):
        (case,) = rows(run, "case", *words, at="2026-11-20T09:30+08:00")
        assert case["status"] == status
    (case,) = rows(run, "case", "revisit", "CASE-000001", "--satisfied", "是", at="2026-11-24T09:00+08:00")
    assert (case["revisited_at"], case["next_due"]) == ("2026-11-24T09:00:00+08:00", None)
    code, stdout, stderr = run("case", "close", "CASE-000001", "-q", at="2026-11-24T09:00+08:00")
    assert (code, stdout) == (0, "CASE-000001\n")
    assert stderr.splitlines()[0] == "no lesson is recorded: crm case review CASE-000001 --lesson TEXT"
    assert rows(run, "case", "list", "--open") == []
    assert rows(run, "case", "list", "甲", "--status", "closed")[0]["number"] == "CASE-000001"


def test_trying_first_changes_nothing(one: Run, db: Path) -> None:
    before = rows(one, "case", "list")
    for words in (
        ["open", "甲", "x"],
        ["respond", "CASE-000001"],
        ["resolve", "CASE-000001"],
        ["close", "CASE-000001", "--reason", "x"],
        ["pause", "CASE-000001"],
        ["escalate", "CASE-000001", "--severity", "major"],
        ["note", "CASE-000001", "x"],
        ["review", "CASE-000001", "--cause", "x"],
        ["edit", "CASE-000001", "topic=x"],
    ):
        result = one("case", *words, "-n", at=LATER)
        assert result.code == 0
        assert "(dry run: nothing was written)" in result.stderr
    assert rows(one, "case", "list") == before


def test_the_file_of_a_case_as_a_page_and_as_json(one: Run) -> None:
    one("case", "respond", "CASE-000001", "致歉", at=LATER)
    one("case", "pause", "CASE-000001", "--reason", "等照片", at=LATER)
    one("survey", "add", "甲", "4", "--case", "CASE-000001", at=LATER)
    page = one("case", "show", "CASE-000001", at=LATER).stdout
    assert page.splitlines()[0] == "minor complaint CASE-000001  C000001 甲公司"
    assert re.search(r"respond  by 2026-11-20 14:00  met 2026-11-20 10:00", page)
    assert "2026-11-20 10:00  response  tester  致歉" in page
    assert "2026-11-20 10:00  csat  4" in page
    (case,) = rows(one, "case", "show", "CASE-000001")
    assert [entry["kind"] for entry in case["entries"]] == ["response", "pause"]
    assert (case["state"], case["paused_at"], case["contacts"]) == ("paused", "2026-11-20T10:00:00+08:00", [])
    assert case["answers"] == [{"at": "2026-11-20T10:00:00+08:00", "kind": "csat", "score": 4.0, "comment": None}]
    lines = list(csv.DictReader(io.StringIO(one("case", "show", "CASE-000001", "-f", "csv", at=LATER).stdout)))
    assert {"section": "Clocks", "field": "resolve", "value": "by 2026-11-23 09:00"} in lines


def test_every_refusal_is_one_line_that_says_what_is_possible(one: Run) -> None:
    one("case", "open", "甲", "起火", "--kind", "crisis")
    for code, words, said in (
        (2, ["open", "甲", ""], "what is the case about?"),
        (3, ["open", "没有", "x"], "no customer answers to '没有'"),
        (5, ["open", "甲", "x", "--kind", "x"], "kind 'x': choose one of: enquiry, complaint, crisis"),
        (5, ["open", "甲", "x", "--at", "whenever"], "--at whenever: "),
        (4, ["open", "甲", "x", "--at", "tomorrow"], "a case is opened when it has been reported, not before"),
        (3, ["respond", "X-1"], "there is no case X-1"),
        (
            4,
            ["revisit", "CASE-000001", "--satisfied", "yes"],
            "CASE-000001 is open: revisit is not possible; possible are respond, resolve, close, pause, escalate, "
            "note, review",
        ),
        (2, ["revisit", "CASE-000001"], "Missing option '--satisfied'"),
        (2, ["revisit", "CASE-000001", "--satisfied", "?"], "--satisfied is yes or no, not '?'"),
        (4, ["resume", "CASE-000001"], "CASE-000001 is open: resume is not possible"),
        (4, ["close", "CASE-000001"], "CASE-000001 is open, not resolved; possible are resolve, close --reason TEXT"),
        (
            4,
            ["close", "CASE-000002", "--reason", "x"],
            "CASE-000002 is a crisis and its review lacks the cause, lesson",
        ),
        (4, ["phase", "CASE-000002", "review"], "CASE-000002 is in the phase warning; possible is assess"),
        (2, ["escalate", "CASE-000001"], "whom to, or how bad?"),
        (4, ["escalate", "CASE-000001", "--to", "manager"], "CASE-000001: no manager of 王芳 is known"),
        (2, ["edit", "CASE-000001", "status=closed"], "the status of a case is not a field to edit"),
        (2, ["list", "--state", "late"], "there is no state 'late'"),
    ):
        result = one("case", *words)
        errors = [line for line in result.stderr.splitlines() if not line.startswith("  hint: ")]
        assert (result.code, result.stdout) == (code, ""), words
        assert len(errors) == 1 and errors[0].startswith(f"crm: error: {said}"), (words, errors)


def test_due_done_log_and_why_know_the_clock(one: Run) -> None:
    (item,) = rows(one, "due", "--kind", "case")
    assert (item["key"], item["due_at"]) == ("case:CASE-000001:respond", "2026-11-20T14:00:00+08:00")
    why = one("why", "case:CASE-000001:respond", at=LATER).stdout
    assert "case:CASE-000001:respond: runs out at 2026-11-20 14:00" in why
    assert (
        "respond_by = 2026-11-20 09:00 + 4 hours (working) = 2026-11-20 14:00  "
        "(working_hours = 09:00-12:00, 13:00-18:00)"
    ) in why
    assert "✘ tier == 'strategic': false  (tier = missing)" in why
    assert "✔ respond 4 hours, resolve 1 day, revisit 3 days (working): true  clock[3].when" in why
    assert one("log", "甲", "致歉", "--for", "case:CASE-000001:respond", at=LATER).code == 0
    assert "answered at 2026-11-20 10:00 by tester" in one("why", "case:CASE-000001:respond", at=LATER).stdout
    result = one("done", "case:CASE-000001:resolve", at=LATER)
    assert (result.code, result.stderr.splitlines()[0]) == (0, "CASE-000001 resolved")
    result = one("snooze", "case:CASE-000001:revisit", "--until", "+3d", at=LATER)
    assert result.code == 4
    assert "  hint: while you wait for the customer: crm case pause CASE-000001" in result.stderr.splitlines()
    assert one("why", "case:CASE-000001:nothing").code == 3


def test_why_tells_waiting_holidays_and_who_gave_a_deadline(run: Run, tmp_path: Path) -> None:
    run("add", "甲公司", "owner=王芳")
    opened, paused, resumed = (f"2026-02-{moment}+08:00" for moment in ("13T17:00", "13T17:30", "14T10:00"))
    run("case", "open", "甲", "少货", at=opened)
    run("case", "pause", "CASE-000001", at=paused)
    run("case", "resume", "CASE-000001", at=resumed)
    why = run("why", "case:CASE-000001:respond", at=resumed).stdout
    assert "respond_by = 2026-02-13 17:00 + 4 hours (working) = 2026-02-14 12:00" in why
    assert "days_worked = 2026-02-14" in why
    assert (
        "respond_by = 2026-02-14 10:00 + 3 h 30 min (working) = 2026-02-14 14:30  (paused_at = 2026-02-13 17:30" in why
    )
    why = run("why", "case:CASE-000001:resolve", at="2026-02-24T09:00+08:00").stdout
    assert "case:CASE-000001:resolve: runs out at 2026-02-24 09:30" in why
    assert "days_off = 2026-02-16…2026-02-20" in why
    file = tmp_path / "cases.csv"
    file.write_text("工单号,客户名称,投诉时间,响应期限\nT-1,甲公司,2026-02-01,2026-02-05 12:00\n", "utf-8")
    assert run("import", file, at=resumed).code == 0
    why = run("why", "case:T-1:respond", at=resumed).stdout
    assert re.search(r"respond_by = stored = 2026-02-05 12:00  \(by = tester, file = cases.csv, line = 2\)", why)


def test_a_year_without_holidays_is_said_beside_the_deadline(run: Run) -> None:
    run("add", "甲公司", "owner=王芳")
    words = ("case", "open", "甲", "少货")
    result = run(*words, "-f", "json", at="2033-12-30T17:30+08:00")
    assert json.loads(result.stdout)[0]["estimated"] == "2033, 2034"
    assert "the public holidays of 2033, 2034 are not known yet: the deadline is an estimate" in result.stderr


def test_a_case_in_the_journal_is_opened_and_closed(one: Run) -> None:
    """Playbooks start by what the journal says of a case."""
    one("case", "open", "甲", "起火", "--kind", "crisis")
    steps = [item["key"] for item in rows(one, "due", "--days", "30") if item["key"].startswith("case:C000001:")]
    assert steps
    one("undo")
    assert not [item for item in rows(one, "due", "--days", "30") if item["key"].startswith("case:C000001:")]


@pytest.mark.parametrize(
    ("hours", "holidays", "respond", "opened", "up"),
    [
        ('["09:00-18:00"]', "none", "1 hour", "2026-03-07 16:00", "2026-03-09T10:00:00+08:00"),
        ('["09:00-18:00"]', "none", "1 hour", "2026-03-07 20:00", "2026-03-09T10:00:00+08:00"),
        ('["09:00-18:00"]', "none", "1 hour", "2026-03-06 17:30", "2026-03-09T09:30:00+08:00"),
        ('["09:00-18:00"]', "none", "1 hour", "2026-03-06 20:00", "2026-03-09T10:00:00+08:00"),
        ('["09:00-12:00", "13:00-18:00"]', "CN", "4 hours", "2026-02-13 17:00", "2026-02-14T12:00:00+08:00"),
    ],
)
def test_the_golden_deadlines(
    run: Run, tmp_path: Path, hours: str, holidays: str, respond: str, opened: str, up: str
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        f"""
name = "golden"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"
[calendar]
workdays = ["mon", "tue", "wed", "thu", "fri"]
hours = {hours}
holidays = "{holidays}"
[[tier]]
key = "all"
when = "true"
[[clock]]
when = "true"
respond = "{respond}"
""",
        "utf-8",
    )
    assert run("policy", "apply", file, "-y").code == 0
    run("add", "甲公司", "owner=王芳")
    (case,) = rows(run, "case", "open", "甲", "少货", "--at", opened)
    assert (case["respond_by"], case["next_due"], case["estimated"]) == (up, up, None)


def test_a_crisis_with_its_checklist_from_the_warning_to_the_repair(run: Run) -> None:
    """The standard policy, end to end: whose customer it is decides which steps there are."""
    run("init")
    run("add", "乙公司", "owner=王芳")
    run("tier", "set", "乙公司", "strategic", "--reason", "合同")
    opened = run("case", "open", "乙公司", "数据泄露", "--kind", "crisis", "--now", "2026-11-20 16:00")
    assert "5 steps of playbooks begun" in opened.stderr

    def page() -> str:
        return run("case", "show", "CASE-000001", "--now", "2026-11-20 17:00").stdout

    def due(now: str = "2026-11-20 17:00") -> list[str]:
        found = json.loads(run("due", "--now", now, "--kind", "case", "-f", "json").stdout)
        return [item["key"] for item in found]

    assert due() == [
        "case:C000001:crisis-strategic:1", "case:CASE-000001:respond", "case:C000001:crisis-strategic:2",
    ]  # fmt: skip
    seen = json.loads(run("watch", "--now", "2026-11-20 16:30", "-f", "json").stdout)
    assert ("critical", "crisis-open") in {(one["level"], one["signal"]) for one in seen}
    assert run("done", "case:C000001:crisis-strategic:1", "--now", "2026-11-20 16:20").code == 0
    assert "2026-11-20 16:30  done  Warn: tell the management" in page()
    assert "2026-11-20 18:00  open  Assess with the customer" in page()
    for words in (
        ("case", "phase", "CASE-000001", "assess"),
        ("case", "phase", "CASE-000001", "intervene"),
        ("case", "resolve", "CASE-000001", "已修复"),
        ("case", "revisit", "CASE-000001", "--satisfied", "yes"),
    ):
        assert run(*words, "--now", "2026-11-20 17:00").code == 0
    refused = run("case", "close", "CASE-000001", "--reason", "x", "--now", "2026-11-20 17:00")
    assert (refused.code, "its review lacks the cause, lesson" in refused.stderr) == (4, True)
    run("case", "review", "CASE-000001", "--cause", "配置", "--lesson", "加固", "--now", "2026-11-20 17:00")
    closed = run("case", "close", "CASE-000001", "--now", "2026-11-20 17:00")
    assert "3 steps of playbooks begun" in closed.stderr
    assert "4 steps of playbooks ended" in closed.stderr
    # What is still to be done is to rebuild the trust.
    assert due("2027-03-01") == [f"case:C000001:repair:{number}" for number in (1, 2, 3)]
    assert "2026-11-27        open   Thank them for their patience" in page()


def test_why_counts_what_a_case_waited_and_when_it_was_opened_again(one: Run) -> None:
    def steps(at: str) -> dict[str, str]:
        found = one("why", "CASE-000001", at=at)
        assert "is stored, the clock gives" not in found.stderr
        lines = [line.strip() for line in found.stdout.splitlines() if line.strip().startswith("resolve_by")]
        return dict(line.split("  (")[0].split(" = ", 1) for line in lines)

    one("case", "pause", "CASE-000001", at="2026-11-20T10:00+08:00")
    one("case", "resume", "CASE-000001", at="2026-11-20T16:00+08:00")
    assert steps("2026-11-20T16:00+08:00") == {"resolve_by": "2026-11-20 09:00 + 1 day (working) = 2026-11-23 15:00"}
    one("case", "resolve", "CASE-000001", at="2026-11-20T17:00+08:00")
    one("case", "revisit", "CASE-000001", "--satisfied", "no", at="2026-11-23T10:00+08:00")
    assert steps("2026-11-23T11:00+08:00") == {"resolve_by": "2026-11-23 10:00 + 1 day (working) = 2026-11-24 10:00"}


def test_an_edit_tells_moments_on_the_clocks_of_the_company(one: Run) -> None:
    edited = one("case", "edit", "CASE-000001", "resolve_by=2026-11-24 12:00", at=LATER)
    assert "resolve_by: 2026-11-23T09:00:00+08:00 → 2026-11-24T12:00:00+08:00" in edited.stderr
    assert "2026-11-23T09:00:00+08:00" in edited.stdout
