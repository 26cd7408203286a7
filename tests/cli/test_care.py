"""`crm due`, `log`, `done`, `snooze`, `skip`, `plan` as their users call them."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crmcli.store import journal
from crmcli.values import display_width
from tests.care.conftest import add_customer
from tests.conftest import Crm, Run

FIELDS = "key due_on due_at late_days kind code customer tier owner action channel contact phone reason escalation"


@pytest.fixture
def customers(crm: Crm, run: Run) -> None:
    """Two strategic customers of the standard policy; the talk with the first is due today."""
    run("add", "华信科技", "phone=13800138000", "owner=王芳", "since=2020-11-25", "contact_name=陈明")
    run("add", "Bolt Ltd", "owner=Li")
    with crm() as ws:
        journal.change(ws, "customer", 1, {"tier": "strategic", "tier_on": "2026-10-20"})
        journal.change(ws, "customer", 2, {"tier": "strategic", "tier_on": "2026-11-10"})


TALK = "touch:C000001:deep-talk:2026-11-20"
ANNIVERSARY = "anniversary:C000001:2026-11-25"


def rows(run: Run, *args: object, at: str | None = None) -> list[dict[str, Any]]:
    result = run(*args, "-f", "json", **({"at": at} if at else {}))
    assert result.code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def keys(run: Run, *args: object, at: str | None = None) -> list[str]:
    return [row["key"] for row in rows(run, "due", *args, at=at)]


@pytest.mark.usefixtures("customers")
def test_due_has_the_fields_of_the_contract(run: Run) -> None:
    talk, anniversary = rows(run, "due")
    assert list(talk) == FIELDS.split()
    assert talk == {
        "key": TALK,
        "due_on": "2026-11-20",
        "due_at": None,
        "late_days": 0,
        "kind": "touch",
        "code": "C000001",
        "customer": "华信科技",
        "tier": "strategic",
        "owner": "王芳",
        "action": "Talk through goals, results and plans",
        "channel": "visit",
        "contact": "陈明",
        "phone": "+8613800138000",
        "reason": "no contact yet, counted from 2026-10-20, every 1 month",
        "escalation": None,
    }
    assert anniversary["key"] == ANNIVERSARY


@pytest.mark.usefixtures("customers")
def test_due_can_be_narrowed_and_widened(run: Run) -> None:
    assert keys(run, "--owner", "Li") == []
    assert keys(run, "--owner", "Li", "--days", "20") == ["touch:C000002:deep-talk:2026-12-10"]
    assert keys(run, "--kind", "anniversary") == [ANNIVERSARY]
    assert keys(run, "--kind", "anniversary", "--kind", "touch") == [TALK, ANNIVERSARY]
    assert keys(run, "--late") == []
    assert keys(run, "--late", at="2026-11-21") == [TALK]
    assert run("due", "-q").stdout == f"{TALK}\n{ANNIVERSARY}\n"
    assert run("due", "--excel").stdout.startswith("\ufeffkey,due_on,")


def test_nothing_due_says_nothing(run: Run, tmp_path: Path) -> None:
    assert run("due") == (0, "", "")
    assert run("due", "-q") == (0, "", "")
    assert run("due", "-f", "json") == (0, "[]\n", "")
    assert run("due", "-o", tmp_path / "due.json").code == 0
    assert (tmp_path / "due.json").read_text() == "[]\n"


def test_nothing_due_on_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    result = run("due")
    assert (result.code, result.stdout, result.stderr) == (0, "", "nothing is due\n")


@pytest.mark.usefixtures("customers")
@pytest.mark.parametrize("columns", [60, 80, 100, 112, 140, 220])
def test_a_terminal_shows_whole_keys_days_and_phones(run: Run, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", run("due").stdout)
    for text in (TALK, ANNIVERSARY, "2026-11-20", "华信科技", "visit", "陈明", "138 0013 8000"):
        assert text in shown
    assert max(display_width(line) for line in shown.splitlines()) <= columns


@pytest.mark.usefixtures("customers")
def test_a_contact_clears_the_item_and_undo_brings_it_back(run: Run) -> None:
    result = run("log", "华信", "goals for 2027", "-c", "visit", "--with", "陈明", "-f", "json")
    assert result.code == 0
    assert result.stderr == "contact with C000001 华信科技: goals for 2027. Undo: crm undo 4\n"
    assert json.loads(result.stdout) == [
        {
            "interaction": 1,
            "code": "C000001",
            "customer": "华信科技",
            "answered": [TALK],
            "next_touches": ["deep-talk 2026-12-20"],
        }
    ]
    assert keys(run) == [ANNIVERSARY]
    assert run("undo").code == 0
    assert keys(run) == [TALK, ANNIVERSARY]


@pytest.mark.usefixtures("customers")
def test_a_promise_and_its_end(run: Run) -> None:
    made = run("log", "Bolt", "price", "--next", "Send the offer", "--due", "下周三", "--at", "昨天 15:00", "-q")
    assert (made.code, made.stdout) == (0, "1\n")
    assert "; promised for 2026-11-25: Send the offer (action:1). Undo: " in made.stderr
    (item,) = rows(run, "due", "--owner", "Li", "--days", "7")
    assert (item["key"], item["due_on"], item["action"]) == ("action:1", "2026-11-25", "Send the offer")
    assert item["reason"] == "Li noted it on 2026-11-19: price"
    assert run("log", "Bolt", "sent", "--for", "action:1").code == 0
    assert keys(run, "--owner", "Li", "--days", "7") == []


@pytest.mark.usefixtures("customers")
def test_settling(run: Run) -> None:
    result = run("done", TALK, ANNIVERSARY, "-f", "json")
    assert result.stderr == "2 items done. Undo: crm undo 4\n"
    assert [(row["decision"], row["next_on"]) for row in json.loads(result.stdout)] == [
        ("done", "2026-12-20"),
        ("done", None),
    ]
    assert keys(run) == []
    assert run("undo").code == 0
    assert run("snooze", TALK, "--until", "+3d").stderr.startswith(f"{TALK}: snoozed until 2026-11-23. Undo: ")
    assert keys(run) == [ANNIVERSARY]
    assert keys(run, at="2026-11-23") == [TALK, ANNIVERSARY]
    assert run("skip", TALK, "--reason", "on holiday").code == 0
    assert keys(run, "--kind", "touch", "--days", "30") == [
        "touch:C000002:deep-talk:2026-12-10",
        "touch:C000001:deep-talk:2026-12-20",
    ]
    again = run("done", TALK)
    assert (again.code, again.stdout) == (4, "")
    assert "settled already: skipped on 2026-11-20" in again.stderr
    assert "已了结：2026-11-20 已跳过" in run("--lang", "zh", "done", TALK).stderr
    assert run("--lang", "zh", "done", ANNIVERSARY).stderr.startswith(f"{ANNIVERSARY}：已完成")


@pytest.mark.usefixtures("customers")
@pytest.mark.parametrize(
    "command",
    [
        ("log", "Bolt", "price", "--next", "offer", "--due", "today"),
        ("done", TALK),
        ("snooze", TALK, "--until", "tomorrow"),
        ("skip", TALK, "--reason", "why"),
    ],
)
def test_a_dry_run_reports_the_same_and_writes_nothing(run: Run, db: Path, command: tuple[str, ...]) -> None:
    before = rows(run, "due", "--days", "60"), db.read_bytes()
    dry = run(*command, "--dry-run")
    assert (rows(run, "due", "--days", "60"), db.read_bytes()) == before
    assert dry.stderr.endswith("(dry run: nothing was written)\n")
    assert run(*command).stdout == dry.stdout


@pytest.mark.usefixtures("customers")
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("due", "--kind", "surveys"), 2, "there is no kind 'surveys'"),
        (("due", "--days", "-1"), 2, "--days takes a number from 0"),
        (("due", "--days", "x"), 2, "--days"),
        (("log", "C000001", "x", "--next", "y"), 2, "a next action and its day go together"),
        (("log", "C000001", "x", "--due", "today"), 2, "a next action and its day go together"),
        (("log", "C000001", "x", "--next", "y", "--due", "someday"), 5, "--due someday"),
        (("log", "C000001", "x", "--at", "someday"), 5, "--at someday"),
        (("log", "C000001", "x", "--at", "tomorrow"), 4, "when it has taken place"),
        (("log", "C000001", "x", "-c", "pigeon"), 5, "channel 'pigeon'"),
        (("log", "C000001"), 2, "what was the contact about?"),
        (("log",), 2, "whom was the contact with?"),
        (("log", "Nobody", "x"), 3, "no customer answers to 'Nobody'"),
        (("log", "C000001", "x", "--from", "x.csv"), 2, "either a customer or --from"),
        (("log", "C000002", "x", "--for", TALK), 3, "C000002 has no open item"),
        (("log", "C000001", "x", "--for", TALK), 4, "asks for another channel: visit, video"),
        (("done", "touch:C000001:deep-talk:2026-11-21"), 3, "there is no open item"),
        (("done", TALK, "nonsense"), 3, "there is no open item nonsense"),
        (("done",), 2, "KEY"),
        (("snooze", TALK), 2, "--until"),
        (("snooze", TALK, "--until", "yesterday"), 2, "needs a day to come"),
        (("snooze", TALK, "--until", "x"), 5, "--until x"),
        (("skip", TALK), 2, "--reason"),
        (("skip", TALK, "--reason", ""), 2, "needs a reason"),
        (("plan", "--until", "yesterday"), 2, "that day has passed"),
    ],
)
def test_refusals_are_one_line_and_write_nothing(
    run: Run, db: Path, command: tuple[str, ...], code: int, said: str
) -> None:
    before = db.read_bytes()
    result = run(*command)
    assert (result.code, result.stdout) == (code, "")
    assert said in result.stderr.splitlines()[0]
    assert "Traceback" not in result.stderr
    assert db.read_bytes() == before


@pytest.mark.usefixtures("customers")
def test_the_plan_and_its_workload(run: Run) -> None:
    plan = rows(run, "plan", "--until", "2026-12-25")
    assert list(plan[0]) == ["due_on", "kind", "code", "customer", "tier", "owner", "action", "channel"]
    assert [(row["due_on"], row["kind"], row["code"]) for row in plan] == [
        ("2026-11-20", "touch", "C000001"),
        ("2026-11-25", "anniversary", "C000001"),
        ("2026-12-10", "touch", "C000002"),
        ("2026-12-20", "touch", "C000001"),
    ]
    assert rows(run, "plan", "--workload", "--owner", "王芳") == [
        {"owner": "王芳", "week": "2026-W47", "items": 1},
        {"owner": "王芳", "week": "2026-W51", "items": 1},
    ]


@pytest.mark.usefixtures("customers")
def test_contacts_from_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "talks.csv"
    file.write_text("客户,时间,方式,主题\n华信科技,2026-11-19 10:00,拜访,goals\n", "utf-8")
    result = run("log", "--from", file, "-f", "json")
    assert result.code == 0, result.stderr
    assert json.loads(result.stdout)[0]["created"] == 1
    assert keys(run) == [ANNIVERSARY]


@pytest.mark.usefixtures("customers")
def test_in_full_an_occasion_has_its_greeting_gift_and_benefits(run: Run) -> None:
    found = {row["key"]: row for row in rows(run, "due", "--full", "--days", 5)}
    assert list(found[TALK]) == [*FIELDS.split(), "greeting", "gift", "benefits"]
    assert (found[TALK]["greeting"], found[TALK]["gift"], found[TALK]["benefits"]) == (None, None, None)
    row = found[ANNIVERSARY]
    assert row["greeting"].startswith("Dear 陈明, 华信科技 and we have worked together since 2020-11-25")
    assert row["gift"] == "A signed card for anniversary no. 6, and a small souvenir"
    assert row["benefits"] == ["dedicated account manager", "priority response"]
    chinese = next(row for row in rows(run, "due", "--full", "--days", 5, "--lang", "zh") if row["key"] == ANNIVERSARY)
    assert "携手走过了 6 年" in chinese["greeting"]
    assert chinese["benefits"] == ["专属客户经理", "优先响应"]
    assert "dedicated account manager; priority response" in run("due", "--full", "--days", 5, "-f", "csv").stdout


@pytest.mark.usefixtures("customers")
def test_in_full_on_a_terminal_they_stand_below_the_item(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    lines = [line.strip() for line in run("due", "--full", "--days", 5).stdout.splitlines()]
    at = lines.index(ANNIVERSARY)
    assert lines[at - 2 : at] == [
        "Gift: A signed card for anniversary no. 6, and a small souvenir",
        "Benefits: dedicated account manager; priority response",
    ]
    assert lines[at - 3].startswith("Greeting: Dear 陈明")


@pytest.mark.usefixtures("customers")
def test_a_tier_review_is_of_an_owner(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, at = ("due", "--kind", "review"), "2027-02-22"
    mine, theirs = rows(run, *asked, at=at)
    assert (mine["key"], mine["owner"], mine["late_days"]) == ("review:Li:2027-02-20", "Li", 2)
    assert [mine[field] for field in ("code", "customer", "tier", "contact", "phone")] == [None] * 5
    assert theirs["key"] == "review:王芳:2027-02-20"
    assert re.search(r"^review:Li:2027-02-20 +2027-02-20", run(*asked, at=at).stdout, re.MULTILINE)
    with monkeypatch.context() as terminal:
        terminal.setattr("sys.stdout.isatty", lambda: True)
        shown = run(*asked, "--owner", "Li", at=at).stdout
    assert "2 days late  Li\n" in re.sub(r" +\n", "\n", shown) and "(Li)" not in shown
    (done,) = rows(run, "done", mine["key"], at=at)
    assert (done["code"], done["customer"], done["next_on"]) == (None, None, "2027-05-22")
    assert keys(run, *asked[1:], at=at) == [theirs["key"]]
    found = rows(run, "plan", "--until", "2027-06-30", at=at)
    assert [(row["due_on"], row["owner"]) for row in found if row["kind"] == "review"] == [
        ("2027-02-22", "王芳"),
        ("2027-05-22", "Li"),
        ("2027-05-22", "王芳"),
    ]
    (why,) = rows(run, "why", "review:Li:2027-05-22", at=at)
    assert (why["value"], why["place"]) == ("2027-05-22", "review.every")


@pytest.mark.usefixtures("customers")
def test_what_is_escalated(run: Run) -> None:
    assert keys(run, "--escalated", at="2026-11-20") == []
    late = [row for row in rows(run, "due", at="2026-12-15") if row["escalation"]]
    assert late and {row["tier"] for row in late} == {"strategic"}
    assert keys(run, "--escalated", at="2026-12-15") == [row["key"] for row in late]


@pytest.mark.usefixtures("customers")
def test_people_read_channels_and_steps_in_their_language_programs_as_they_are_stored(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {row["key"]: row for row in rows(run, "due", "--lang", "zh", at="2026-12-15")}
    assert (found[TALK]["channel"], found[TALK]["escalation"]) == ("visit", "reassign")
    shown = run("due", "--lang", "zh", "-f", "table", at="2026-12-15").stdout
    assert re.search(rf"^{TALK} .* 拜访 .* 更换负责人$", shown, re.MULTILINE)
    assert ",visit," in run("due", "--lang", "zh", "-f", "csv", at="2026-12-15").stdout
    planned = run("plan", "--lang", "zh", at="2026-12-15").stdout
    assert " 拜访\n" in planned and "visit" not in planned
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    cards = run("due", "--lang", "zh", at="2026-12-15").stdout
    assert "战略客户 · 王芳" in cards and "→  拜访 陈明 138 0013 8000" in cards and "升级处理：更换负责人" in cards


@pytest.mark.usefixtures("customers")
def test_all_of_one_customer_on_a_day_stands_together(run: Run) -> None:
    for who, day in (("华信", "2026-11-20"), ("Bolt", "2026-11-20"), ("华信", "2026-11-20")):
        run("log", who, "price", "-c", "other", "--next", "Send it", "--due", day)
    codes = [row["code"] for row in rows(run, "due") if row["due_on"] == "2026-11-20" and row["tier"]]
    assert codes.count("C000001") == 3 and len(set(codes)) > 1
    assert sum(a != b for a, b in pairwise(codes)) == len(set(codes)) - 1


def test_many_that_fall_on_one_day_are_spread(run: Run, crm: Crm) -> None:
    with crm() as ws:
        for number in range(1, 7):
            add_customer(ws, f"Customer {number}", tier_on="2026-11-10")
    first = rows(run, "due", "--kind", "touch", "--days", "20")
    assert {row["due_on"] for row in first} == {"2026-12-10"} and len(first) == 6
    names = [row["key"] for row in first]
    result = run("snooze", *names, "--until", "2026-12-02", "--spread", "-f", "json")
    assert result.stderr.startswith("6 items spread until 2026-12-02. Undo: ")
    assert [row["next_on"] for row in json.loads(result.stdout)] == [
        f"2026-11-{day}" for day in (23, 24, 25, 27, 30)
    ] + ["2026-12-01"]
    assert [row["due_on"] for row in rows(run, "plan") if row["kind"] == "touch"][:6] == [
        row["next_on"] for row in json.loads(result.stdout)
    ]
    run("undo")
    assert rows(run, "due", "--kind", "touch", "--days", "20") == first
    for wrong in ("2026-11-20", "2026-11-01"):
        assert run("snooze", *names, "--until", wrong, "--spread").code == 2
    (one,) = rows(run, "snooze", names[0], "--until", "2026-12-02", "--spread")
    assert one["next_on"] == "2026-11-23"
    run("undo")
    # All of them at once on the Monday, the only working day; on any day where none of them is one.
    assert {row["next_on"] for row in rows(run, "snooze", *names, "--until", "2026-11-23", "--spread")} == {
        "2026-11-23"
    }
    run("undo")
    weekend = rows(run, "snooze", *names, "--until", "2026-11-22", "--spread")
    assert [row["next_on"] for row in weekend] == ["2026-11-21"] * 3 + ["2026-11-22"] * 3
    run("undo")
    # After New Year's Day, a Friday.
    new_year = rows(run, "snooze", *names, "--until", "2027-01-05", "--spread", at="2026-12-31")
    assert [row["next_on"] for row in new_year] == ["2027-01-04"] * 3 + ["2027-01-05"] * 3


def test_a_key_with_a_space_can_be_copied_from_the_hint(run: Run, crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", code="A:B 1")
    key = "touch:A:B 1:deep-talk:2026-11-01"
    result = run("log", "A:B 1", "hello", "-c", "email", "--for", key)
    assert result.code == 4
    assert result.stderr.endswith(f"crm done '{key}'\n")
    assert run("done", key).code == 0


def test_what_the_clock_runs_for_stands_above_what_is_longer_late(run: Run) -> None:
    run("add", "甲公司")
    run("log", "甲公司", "谈续约", "--next", "报价", "--due", "2026-11-21")
    run("case", "open", "甲公司", "到货破损", "--kind", "complaint", "--severity", "major")
    later = "2026-11-25T10:00+08:00"
    kinds = [item["kind"] for item in json.loads(run("due", "-f", "json", at=later).stdout)]
    assert kinds == ["case", "case", "action"]
    # Before its day it stands where its day stands.
    ahead = json.loads(run("due", "--days", "5", "-f", "json").stdout)
    assert [item["kind"] for item in ahead] == ["case", "action", "case"]


OWNED = ("list", "export customers", "report base", "due", "plan", "case list", "watch", "lead list", "handoff list")


@pytest.mark.parametrize("command", OWNED)
def test_an_owner_is_found_however_it_is_written_and_a_stranger_is_told(run: Run, command: str) -> None:
    run("add", "甲公司", "owner=Ann Lee")
    run("lead", "add", "乙公司", "--owner", "Ann Lee")
    run("case", "open", "甲公司", "到货破损", "--kind", "crisis", "--severity", "major")
    asked = [*command.split(), "-f", "json", "--owner"]
    assert run(*asked, "ann  LEE").stdout == run(*asked, "Ann Lee").stdout
    stranger = run(*asked, "Anne Lee")
    assert stranger.code == 0 and "nobody is called 'Anne Lee'" in stranger.stderr
