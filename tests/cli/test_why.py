"""`crm why` of an item, a lead and a case, as people and scripts see it."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from crmcli.care.contacts import log
from crmcli.store import journal
from tests.care.conftest import add_contact, add_customer
from tests.conftest import Crm, Run
from tests.grading.test_why import PLAIN

FIELDS = [
    "subject", "value", "holds", "given", "source", "since", "until", "by", "at", "reason", "place", "line", "rule",
    "parts", "steps", "records", "policy", "policy_version", "as_of",
]  # fmt: skip
TALK = "touch:C000001:deep-talk:2026-10-07"


@pytest.fixture
def told(crm: Crm, run: Run) -> Run:
    """A strategic customer with a late touch, a birthday and a promise; a lead; a case."""
    with crm() as ws:
        add_customer(ws, "青石磊科技有限公司")
        add_contact(ws, 1, "林越", birthday="lunar 10-14")
        add_customer(ws, "Fern Analytics", stage="lead", tier=None)
        case = {"number": "T-1", "customer_id": 1, "kind": "complaint", "severity": "major", "status": "open"}
        journal.add(ws, "cases", [{**case, "opened_at": "2026-11-20T00:30:00Z"}])
    with crm() as ws:
        at = datetime(2026, 9, 7, 15)
        log(ws, "C000001", "目标沟通", channel="visit", at=at, owner="李明", next_action="报价", next_due=at.date())
    return run


@pytest.mark.parametrize(("code", "typed"), [("C000001", "C000001"), ("A 1", "'A 1'")])
def test_records_without_room_are_listed_by_a_command(crm: Crm, run: Run, code: str, typed: str) -> None:
    with crm() as ws:
        add_customer(ws, "青石磊科技有限公司", code=code)
        order = {"customer_id": 1, "ordered_on": "2026-11-01", "amount": 100, "currency": "CNY", "status": "paid"}
        journal.add(ws, "orders", [{**order, "number": f"SO{n}"} for n in range(1, 24)])
    assert f"        … and 3 more: crm order list {typed}" in run("why", code).stdout.splitlines()


@pytest.mark.parametrize(
    "asked", ["C000001", "C000002", TALK, "action:1", "birthday:C000001:K1:2026-11-22", "T-1", "case:T-1"]
)
def test_one_shape_for_everything(told: Run, asked: str) -> None:
    done = told("why", asked, "-f", "json")
    rows = json.loads(done.stdout)
    assert rows
    assert all(list(row) == FIELDS for row in rows)
    for row in rows:
        assert all(list(part) == ["text", "holds", "facts"] for part in row["parts"])
        assert all(list(step) == ["name", "formula", "result", "facts"] for step in row["steps"])
    assert [json.loads(line) for line in told("why", asked, "-f", "jsonl").stdout.splitlines()] == rows
    assert told("why", asked, "-q").stdout.splitlines() == [row["subject"] for row in rows]
    cells = told("why", asked, "-f", "csv").stdout.splitlines()
    assert cells[0] == "subject,value,holds,given,source,place,rule,facts,steps,reason,by,at,line,policy,as_of"
    assert len(cells) == 1 + len(rows)


def test_a_touch_as_a_page(told: Run, tmp_path: Path) -> None:
    page = told("why", TALK).stdout
    lines = page.splitlines()
    assert lines[0] == "C000001 青石磊科技有限公司, policy standard (version 1), as of 2026-11-20"
    assert lines[1] == f"  {TALK}: due since 2026-10-07, 44 days late"
    assert lines[2].startswith("    ✔ due on 2026-10-07: true  tier[1].touches[1].every (line ")
    assert "      ✔ tier == 'strategic': true  (tier = strategic)" in lines
    assert "      base_on = last_contact_on = 2026-09-07  (last_contact_on = 2026-09-07, done_on = missing)" in lines
    assert "      planned_on = 2026-09-07 + 1 month = 2026-10-07" in lines
    assert "        2026-09-07  visit  目标沟通  李明  (recorded by tester at 2026-11-20 09:00)" in lines
    assert told("why", TALK, "-o", tmp_path / "why.txt").code == 0
    assert (tmp_path / "why.txt").read_text("utf-8") == page
    assert told("log", "C000001", "again", "--channel", "video").code == 0
    page = told("why", TALK).stdout
    assert "answered by a contact (video) on 2026-11-20 by tester: again" in page
    assert "✘ missing(settled_on): false  (settled_on = 2026-11-20, decision = contact)" in page


def test_a_record_that_was_imported_names_its_line(told: Run, tmp_path: Path) -> None:
    file = tmp_path / "talks.csv"
    file.write_text("customer,at,channel,topic\nC000001,2026-10-05,call,x\nC000001,2026-10-15,visit,复盘\n", "utf-8")
    assert told("import", file).code == 0
    page = told("why", "touch:C000001:deep-talk:2026-11-15").stdout
    assert "2026-10-15  visit  复盘  (imported by tester at 2026-11-20 09:00 from talks.csv, line 3)" in page


def test_a_pin_as_a_line(told: Run) -> None:
    told("tier", "set", "C000001", "key", "--reason", "fair", "--until", "2027-02-28", "--user", "Anna")
    line = "key: pinned by hand by Anna at 2026-11-20 09:00, until 2027-02-28: fair"
    assert line in [line.strip() for line in told("why", "C000001").stdout.splitlines()]
    told("tier", "set", "C000001", "key", "--reason", "fair", "--user", "Anna")
    assert "at 2026-11-20 09:00, with no end: fair\n" in told("why", "C000001").stdout


def test_a_birthday_a_lead_and_a_case_as_pages(told: Run) -> None:
    page = told("why", "birthday:C000001:K1:2026-11-22").stdout
    assert "planned_on = lunar 10-14 in 2026 = 2026-11-22" in page
    assert "announced_on = 2026-11-22 - 3 days = 2026-11-19" in page
    lead = told("why", "Fern Analytics")
    assert "✔ C: true  lead_grade[3].when (line " in lead.stdout
    assert "C000002 is a lead" in lead.stderr
    case = told("why", "T-1").stdout
    assert "respond_by = 2026-11-20 08:30 + 1 hour (clock) = 2026-11-20 09:30  (stored = 2026-11-20 09:30" in case
    assert "revisit_by = resolved_at + 3 days (clock) = not known yet" in case


def test_what_was_said_of_a_lead_is_one_line_for_each_time(run: Run) -> None:
    assert run("lead", "add", "Solo", "--need", "x", "--budget", "5").code == 0
    assert run("edit", "C000001", "decision=boss", "--user", "Anna").code == 0
    page = run("why", "Solo").stdout
    assert page.splitlines()[-2:] == [
        "      need = x, budget = 5  (recorded by tester at 2026-11-20 09:00)",
        "      decision = boss  (recorded by Anna at 2026-11-20 09:00)",
    ]
    told = json.loads(run("why", "Solo", "-f", "json").stdout)[-1]["records"]
    assert [(records["count"], len(records["rows"])) for records in told] == [(1, 1), (1, 1)]


def test_a_tier_that_is_kept_as_a_line(crm: Crm, run: Run) -> None:
    with crm() as ws:
        add_customer(ws, "One", strategic=0)
    run("tier", "run")
    page = run("why", "C000001")
    tier, kept = page.stdout.splitlines()[1:3]
    assert (tier, page.stderr) == ("  tier: strategic", "")
    assert kept.startswith("    strategic: kept by tier[1].keep_for (line ")
    assert kept.endswith("): 1 of 2 reviews asked for basic")
    given = [row for row in json.loads(run("why", "C000001", "-f", "json").stdout) if row["given"]]
    assert [(row["value"], row["source"], row["reason"]) for row in given] == [
        ("strategic", "kept", "1 of 2 reviews asked for basic")
    ]


FIELDS_POLICY = """
[[tag]]
dimension = "x"
value = "y"
when = "field('Colour') == 'red' and tenure_days > 3 and industry == 'tea' and completeness > 10%"
"""


def test_fields_of_a_customer_are_one_line_where_nothing_is_unusual(run: Run, tmp_path: Path) -> None:
    policy, file = tmp_path / "p.toml", tmp_path / "c.csv"
    policy.write_text(PLAIN + FIELDS_POLICY, "utf-8")
    file.write_text("code,name,industry,since,Colour\nA,Alpha Co,tea,2025-01-01,red\n", "utf-8")
    for words in (("policy", "apply", policy, "-y"), ("import", file, "--table", "customers"), ("tag", "run")):
        assert run(*words).code == 0
    lines = run("why", "A").stdout.splitlines()
    assert lines[-7:] == [
        "      ✔ field('Colour') == 'red': true  (Colour = red)",
        "      ✔ tenure_days > 3: true  (tenure_days = 688)",
        "      ✔ industry == 'tea': true  (industry = tea)",
        "      ✔ completeness > 10%: true  (completeness = 0.3)",
        "      completeness = (name 2 + industry 1) / 10 = 0.3"
        "  (missing = phone 2 + contact 2 + address 1 + email 1 + owner 1)",
        "      industry = tea, Colour = red  (imported by tester at 2026-11-20 09:00 from c.csv, line 2)",
        "      tenure_days from since = 2025-01-01  (imported by tester at 2026-11-20 09:00 from c.csv, line 2)",
    ]


def test_a_step_of_a_playbook_as_a_page(run: Run) -> None:
    assert run("lead", "add", "Solo", "--need", "x").code == 0
    (key,) = run("due", "--days", "30", "-q").stdout.split()
    lines = run("why", key).stdout.splitlines()
    assert lines[1] == f"  {key}: lead graded B on 2026-11-20; B lead, step 1; not due before 2026-11-27"
    assert lines[2].startswith("    ✘ due on 2026-11-27: false  playbook[2].steps[1].after (line ")
    began, planned, grade = lines[6:9]
    assert began.startswith("      started_on = grade:B = 2026-11-20  (place = lead_grade[2].playbook, line = ")
    assert began.endswith(", operation = 1, by = tester)")
    assert planned == "      planned_on = 2026-11-20 + 1 week = 2026-11-27"
    assert grade == "      grade = B  (recorded by tester at 2026-11-20 09:00)"
    assert lines[9] == "  grade: B"


@pytest.mark.parametrize(
    "asked", ["touch:C000001:deep-talk:2026-10-08", "action:7", "case:T-2", "touch:", "birthday:C000001:2026-11-22"]
)
def test_what_never_was_is_one_line_and_3(told: Run, asked: str) -> None:
    done = told("why", asked)
    assert (done.code, done.stdout) == (3, "")
    assert len([line for line in done.stderr.splitlines() if line.startswith("crm: error: ")]) == 1


def test_in_chinese_keys_and_codes_stay(told: Run) -> None:
    page, chinese = told("--lang", "zh", "why", TALK), told("--lang", "zh", "why", TALK, "-f", "json")
    # English is spoken again from here on.
    english = told("why", TALK, "-f", "json")
    assert "planned_on = 2026-09-07 + 1 month = 2026-10-07" in page.stdout
    rows = [[{**row, "reason": ""} for row in json.loads(said.stdout)] for said in (english, chinese)]
    assert rows[0] == rows[1]
