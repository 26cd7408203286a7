"""`crm team`, `assign`, `handoff`, `escalate`: what a user types and reads, in both languages."""

import json
from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture
def staffed(run: Run) -> Run:
    """王芳 and 李明 own two customers each; 王经理 is above them."""
    for number, owner in enumerate(("王芳", "王芳", "李明", "李明"), start=1):
        assert run("add", f"客户{number}号", f"owner={owner}", f"phone=1380013800{number}").code == 0
    assert run("team", "add", "王经理", "--role", "director").code == 0
    result = run("team", "add", "--from-owners", "--role", "account-manager", "--manager", "王经理")
    assert (result.code, "2 owners are in the team now" in result.stderr) == (0, True)
    return run


def rows(run: Run, *words: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run(*words, "-f", "json").stdout)
    return found


def test_the_team_says_what_each_has(staffed: Run) -> None:
    staffed("team", "edit", "王芳", "capacity=5")
    staffed("team", "edit", "李明", "--inactive")
    listed = rows(staffed, "team", "list")
    assert [(row["name"], row["active"], row["customers"], row["room"]) for row in listed] == [
        ("王经理", "yes", 0, None), ("王芳", "yes", 2, 3), ("李明", "no", 2, None),
    ]  # fmt: skip
    assert staffed("team", "list", "-q", "--role", "Director").stdout == "王经理\n"


def test_owners_who_are_not_in_the_team_are_told_of(run: Run) -> None:
    run("add", "客户", "owner=王芳")
    run("team", "add", "李明")
    note = "1 owner of customers is not in the team: 王芳; crm team add --from-owners adds them"
    assert note in run("team", "list").stderr


def test_a_role_that_nothing_asks_for_is_told_of(run: Run) -> None:
    result = run("team", "add", "王芳", "--role", "acount-manager")
    assert "no rule of the policy names the role 'acount-manager'; it names: account-manager" in result.stderr
    assert "role" not in run("team", "add", "李明", "--role", "Account-Manager").stderr.split("\n")[0]


def test_acknowledging_for_another_is_said(staffed: Run) -> None:
    staffed("assign", "C000001", "--to", "李明")
    result = staffed("--user", "王芳", "handoff", "ack", "C000001")
    assert (result.code, "王芳 acknowledged for 李明: have they read it?" in result.stderr) == (0, True)
    staffed("assign", "C000002", "--to", "李明")
    assert "acknowledged for" not in staffed("--user", "李明", "handoff", "ack", "--all").stderr


def test_the_brief_says_what_the_owner_is(staffed: Run) -> None:
    assert "  owner  王芳 (account manager)\n" in staffed("show", "C000001").stdout


def test_who_is_given_more_than_there_is_room_for_is_told_of(staffed: Run) -> None:
    staffed("team", "edit", "李明", "capacity=2")
    over = "李明 has 3 customers and leads now, with a capacity of 2"
    assert over in staffed("assign", "C000001", "--to", "李明").stderr
    staffed("undo")
    assert over in staffed("lead", "add", "新线索", "--owner", "李明").stderr
    staffed("undo")
    result = staffed("handoff", "--from", "王芳", "--to", "李明", "--where", "code == 'C000001'")
    assert (result.code, over in result.stderr) == (0, True)
    staffed("assign", "C000003", "--to", "王芳")
    assert "capacity" not in staffed("assign", "C000003", "C000001", "--to", "王芳").stderr


def test_an_inactive_member_gets_nothing(staffed: Run) -> None:
    result = staffed("team", "edit", "李明", "--inactive")
    assert "李明 still has 2 customers; hand them over: crm handoff --from 李明 --to NAME" in result.stderr
    for words in (
        ["add", "新客户", "owner=李明"],
        ["edit", "C000001", "owner=李明"],
        ["assign", "C000001", "--to", "李明"],
        ["handoff", "--from", "王芳", "--to", "李明"],
    ):
        result = staffed(*words)
        assert (result.code, result.stdout) == (4, ""), words
        assert result.stderr.startswith("crm: error: 李明 is not active"), words


def test_a_hand_over_from_beginning_to_end(staffed: Run) -> None:
    staffed("edit", "C000001", "terms=周五前发货")
    staffed("log", "C000001", "报价", "--next", "发合同", "--due", "2026-11-25")
    result = staffed("handoff", "--from", "王芳", "--to", "李明", "--reason", "休产假", "-n")
    assert "2 customers from 王芳 to 李明 (dry run" in result.stderr
    result = staffed("handoff", "--from", "王芳", "--to", "李明", "--reason", "休产假")
    assert "2 customers from 王芳 to 李明. Undo: crm undo" in result.stderr
    assert "李明 acknowledges them with: crm handoff ack --owner 李明" in result.stderr
    assert staffed("due", "--owner", "李明", "--kind", "handoff", "-q").stdout.splitlines() == [
        "handoff:C000001:2026-11-20", "handoff:C000002:2026-11-20",
    ]  # fmt: skip
    page = staffed("handoff", "show", "客户1号").stdout
    for words in ("by 王芳 to 李明 on 2026-11-20", "休产假", "周五前发货", "2026-11-25  发合同", "138 0013 8001"):
        assert words in page
    (shown,) = rows(staffed, "handoff", "show", "C000001")
    assert shown["promises"] == [{"key": "action:1", "action": "发合同", "on": "2026-11-25"}]
    brief = staffed("show", "C000001").stdout
    assert "李明 (account manager)" in brief
    assert "by 王芳 on 2026-11-20, not acknowledged yet: crm handoff show C000001" in brief
    assert staffed("handoff", "ack", "--owner", "李明").code == 0
    assert rows(staffed, "handoff", "list") == []
    assert [row["state"] for row in rows(staffed, "handoff", "list", "--all")] == ["acknowledged"] * 2
    assert "acknowledged on 2026-11-20" in staffed("show", "C000001").stdout
    told = [(row["field"], row["before"], row["after"]) for row in rows(staffed, "history", "C000001")]
    assert ("handoff", "王芳", "李明; 休产假") in told
    assert staffed("why", "handoff:C000001:2026-11-20").code == 0


def test_assigning_says_who_had_them(staffed: Run) -> None:
    staffed("add", "客户5号", "phone=13800138005")
    given = rows(staffed, "assign", "C000005", "客户1号", "--to", "李明")
    assert [(row["code"], row["from"], row["to"], row["key"]) for row in given] == [
        ("C000005", None, "李明", None), ("C000001", "王芳", "李明", "handoff:C000001:2026-11-20"),
    ]  # fmt: skip
    assert "nothing changed" in staffed("assign", "C000001", "--to", "李明").stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["team", "add"], 2, "give either a name or --from-owners"),
        (["team", "add", "x", "--from-owners"], 2, "give either a name or --from-owners"),
        (["team", "add", "王芳"], 4, "王芳 is in the team already"),
        (["team", "add", "x", "--manager", "y"], 3, "nobody in the team is called 'y'"),
        (["team", "add", "x", "--notify", "https://a.example/b"], 5, "notify takes mail or the name of a channel"),
        (["team", "add", "x", "--capacity", "1.5"], 5, "capacity '1.5': not a whole number from 0 on"),
        (["team", "edit", "王芳"], 2, "nothing to set"),
        (["team", "edit", "王经理", "manager=王芳"], 4, "王经理 cannot have 王芳 as manager"),
        (["team", "remove", "王芳"], 4, "王芳 still has 2 customers"),
        (["assign", "C000001"], 2, "Missing option '--to'"),
        (["assign", "C000009", "--to", "李明"], 3, "no customer answers to 'C000009'"),
        (["assign", "C000001", "--to", "李名"], 3, "nobody in the team is called '李名'"),
        (["handoff", "--from", "王芳"], 2, "who hands over, and to whom?"),
        (["handoff", "--from", "王芳", "--to", "王芳"], 4, "王芳 cannot hand over to the same"),
        (["handoff", "--from", "赵六", "--to", "王芳"], 3, "nobody in the team is called '赵六'"),
        (["handoff", "--reason", "x", "ack", "--all"], 2, "options go after crm handoff ack"),
        (["handoff", "--from", "王芳", "--to", "李明", "--where", "x >"], 2, "--where, column"),
        (["handoff", "ack"], 2, "which hand-overs?"),
        (["handoff", "ack", "C000001"], 4, "C000001 客户1号 has no hand-over to acknowledge"),
        (["handoff", "show", "C000001"], 3, "C000001 客户1号 was never handed over"),
        (["escalate", "-f", "pdf"], 2, "unknown format 'pdf'"),
    ],
)
def test_what_cannot_be_is_one_line(staffed: Run, words: list[str], code: int, message: str) -> None:
    result = staffed(*words)
    assert (result.code, result.stdout) == (code, "")
    assert result.stderr.startswith(f"crm: error: {message}")
    assert all(line.startswith("  hint: ") for line in result.stderr.splitlines()[1:])


def test_handoff_alone_shows_help(run: Run) -> None:
    result = run("handoff")
    words = " ".join(result.stdout.split())
    assert (result.code, "crm handoff --from 王芳 --to 李明" in words, "ack" in words) == (0, True, True)


def test_an_owner_whom_nobody_knows_is_noted(staffed: Run) -> None:
    for words in (["due"], ["plan"], ["handoff", "list"]):
        result = staffed(*words, "--owner", "王方")
        assert (result.code, "nobody is called '王方'" in result.stderr) == (0, True), words
        assert "nobody" not in staffed(*words, "--owner", "李明").stderr


def test_escalating_from_cron(staffed: Run, tmp_path: Path) -> None:
    policy = tmp_path / "my.toml"
    text = staffed("policy", "show").stdout
    policy.write_text(text.replace('[[escalation]]\ntiers = ["strategic"]\n', "[[escalation]]\n", 1), encoding="utf-8")
    assert staffed("policy", "apply", policy, "-y").code == 0
    staffed("log", "C000001", "报价", "--next", "发合同", "--due", "2026-11-22")
    later = {"at": "2026-11-27T09:00+08:00"}
    listed = json.loads(staffed("due", "--escalated", "-f", "json", **later).stdout)
    assert [(item["key"], item["escalation"]) for item in listed] == [("action:1", "reassign")]
    assert [item["key"] for item in json.loads(staffed("due", "--owner", "王经理", "-f", "json", **later).stdout)] == [
        "action:1"
    ]
    told = staffed("why", "action:1", **later).stdout
    assert "escalation = late_days >= 5 = reassign  (late_days = 5" in told
    before = staffed("escalate", "-n", "-f", "json", **later)
    done = staffed("escalate", "-f", "json", **later)
    assert json.loads(before.stdout) == json.loads(done.stdout)
    assert [(row["step"], row["before"], row["after"]) for row in json.loads(done.stdout)] == [
        ("mark: high-risk", None, "high-risk"), ("reassign", "王芳", "王经理"),
    ]  # fmt: skip
    assert "1 customer marked, 1 customer given to another. Undo: crm undo" in done.stderr
    again = staffed("escalate", **later)
    assert (again.code, again.stdout, "nothing changed" in again.stderr) == (0, "", True)


def test_it_all_works_from_a_file_that_cannot_be_written(staffed: Run, db: Path) -> None:
    staffed("assign", "C000001", "--to", "李明")
    before = db.read_bytes()
    db.chmod(0o400)
    for words in (["team", "list"], ["handoff", "list"], ["handoff", "show", "C000001"], ["due", "--escalated"]):
        assert staffed(*words).code == 0
    db.chmod(0o600)
    assert db.read_bytes() == before
