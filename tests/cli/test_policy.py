"""`crm policy plan`, `apply`, `history`, `tier simulate` and `tag handbook` as their users and scripts call them."""

import io
import json
import re
import sys
from pathlib import Path

import pytest

from crmcli.policy import schema
from tests.cli.test_value_kpi import on_a_terminal
from tests.conftest import Crm, Run
from tests.grading.bases import TODAY, Customer, Order, fill

STANDARD = schema.preset("standard")
WIDER = STANDARD.replace("top(amount_12m, 20)", "top(amount_12m, 50)").replace('"standard"', '"wider"', 1)
BROKEN = STANDARD.replace("amount_12m, 10", "amount_12n, 10")


@pytest.fixture
def graded(crm: Crm, run: Run) -> Run:
    """Ten customers with an order each, of two owners, tagged and graded."""
    with crm() as ws:
        fill(ws, [Customer(n, orders=[Order(TODAY, n * 1000)]) for n in range(1, 11)])
        ws.db.execute("UPDATE customer SET owner = CASE WHEN id % 2 THEN 'Chen' ELSE 'Wu' END")
    assert run("tag", "run").code == run("tier", "run").code == 0
    return run


@pytest.fixture
def wider(tmp_path: Path) -> Path:
    file = tmp_path / "wider.toml"
    file.write_text(WIDER, "utf-8")
    return file


def rows(run: Run, *args: object) -> list[dict[str, object]]:
    done = run(*args, "-f", "json")
    assert done.code == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("crmcli.cli.asking.can_ask", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))


def test_a_plan_has_the_fields_of_the_contract_and_its_totals_beside_it(graded: Run, db: Path, wider: Path) -> None:
    before = db.read_bytes()
    done = graded("policy", "plan", wider, "-f", "json")
    assert done.code == 0
    found = json.loads(done.stdout)
    assert found[:3] == [
        {"code": "C000006", "customer": "Customer 6", "fact": "tier", "from": "growth", "to": "key"},
        {"code": "C000006", "customer": "Customer 6", "fact": "touch:check-in", "from": None, "to": "1 month"},
        {"code": "C000007", "customer": "Customer 7", "fact": "tier", "from": "growth", "to": "key"},
    ]
    assert len(found) == 6
    lines = [line.split() for line in done.stderr.splitlines()]
    assert ["growth", "key", "3"] in lines
    assert ["check-in", "3", "0", "0", "0"] in lines
    assert any(line[:3] == ["Touches;", "changed:", "another"] for line in lines)
    # Of five each: 0.23 a week where it is monthly, 0.077 quarterly, 0.038 twice a year. Two of the three are of Wu.
    assert ["Chen", "0.57", "0.80", "0.23", "0", "0", "0"] in lines
    assert ["Wu", "0.57", "1.03", "0.46", "0", "0", "0"] in lines
    assert lines[-3] == ["all", "1.15", "1.84", "0.69", "0", "0", "0"]
    assert db.read_bytes() == before


def test_a_plan_tells_which_parts_of_the_policy_change(graded: Run, tmp_path: Path) -> None:
    other = STANDARD[: STANDARD.index("[[festival]]")].replace('workdays = ["mon", ', "workdays = [")
    first, second, third = (found.start() for found in re.finditer(r"^\[\[lead_grade\]\]", other, re.M))
    other = other[:first] + other[second:third] + other[first:second] + other[third:]
    other = other.replace("touches = [", "# A comment says nothing.\ntouches = [")
    other += '\n[[signal]]\nkey = "x"\nwhen = "amount_12m < 0"\nlevel = "critical"\n'
    (tmp_path / "other.toml").write_text(other, "utf-8")
    told = graded("policy", "plan", tmp_path / "other.toml")
    assert (told.code, told.stdout) == (0, "")
    parts = "calendar (1 changed), lead_grade (in another order), signal (1 new), festival (gone), "
    nobody, changing = told.stderr.splitlines()
    assert nobody == "nobody's tier, tags or touches change"
    assert changing.startswith(f"parts of the policy that change: {parts}")


def test_a_plan_tells_of_pins_that_end_and_drops_that_wait(graded: Run, tmp_path: Path) -> None:
    assert graded("tier", "set", "C000001", "strategic", "--reason", "promised").code == 0
    (tmp_path / "renamed.toml").write_text(re.sub("""(["'])strategic(["'])""", r"\1first\2", STANDARD), "utf-8")
    told = graded("policy", "plan", tmp_path / "renamed.toml").stderr.splitlines()
    assert "1 pin ends: the policy does not have its tier" in told


def test_a_plan_from_a_pipe_or_of_nothing(graded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WIDER.encode())))
    assert graded("policy", "plan", "-", "-q").stdout.splitlines() == [
        code for n in (6, 7, 8) for code in [f"C{n:06d}"] * 2
    ]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(STANDARD.encode())))
    done = graded("policy", "plan", "-", "-f", "json")
    assert (done.code, done.stdout) == (0, "[]\n")
    assert "nobody" in done.stderr


def test_a_preset_by_its_name_is_a_policy_like_a_file(
    graded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_4 = schema.preset("plan-4")
    assert graded("policy", "show", "plan-4", database=tmp_path / "none.db").stdout == plan_4
    assert graded("policy", "check", "plan-4").stderr.startswith("plan-4: no problems")
    (tmp_path / "my.toml").write_text(plan_4, "utf-8")
    assert rows(graded, "policy", "plan", "plan-4") == rows(graded, "policy", "plan", tmp_path / "my.toml") != []
    # A file of that name is asked for as one.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan-4").write_text(BROKEN, "utf-8")
    assert graded("policy", "check", "./plan-4").code == 5
    assert graded("policy", "apply", "plan-4", "--yes").code == 0
    assert graded("policy", "show").stdout == plan_4


def test_a_terminal_shows_the_first_rows_of_a_plan(
    graded: Run, db: Path, wider: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crmcli.cli.policies._ROWS_SHOWN", 2)
    assert "more" not in graded("policy", "plan", wider).stderr
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    shown = graded("policy", "plan", wider)
    assert shown.stdout.count("Customer 6") == 2 and "Customer 7" not in shown.stdout
    assert shown.stderr.startswith(f"… and 4 more: crm policy plan {wider} -o plan.csv\n")
    assert len(graded("policy", "plan", wider, "-q").stdout.splitlines()) == 6


def test_who_has_no_owner_is_told_in_words(graded: Run, crm: Crm, wider: Path) -> None:
    with crm() as ws:
        ws.db.execute("UPDATE customer SET owner = NULL WHERE owner = 'Wu'")
    lines = graded("policy", "plan", wider, "-q").stderr.splitlines()
    assert ["without", "an", "owner", "0.57", "1.03"] in [line.split()[:5] for line in lines]


@pytest.mark.parametrize("verb", ["plan", "apply"])
@pytest.mark.parametrize(("text", "place"), [(BROKEN, "tag[1].when"), ("[[tier]\nname =", None)])
def test_a_plan_of_a_broken_policy_shows_its_problems(
    graded: Run, db: Path, tmp_path: Path, verb: str, text: str, place: str | None
) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(text, "utf-8")
    before = db.read_bytes()
    done = graded("policy", verb, file, "-f", "json")
    assert done.code == 5
    assert [row["place"] for row in json.loads(done.stdout)] == [place]
    assert [line for line in done.stderr.splitlines() if "error" in line] == [f"crm: error: {file}: 1 problem"]
    assert db.read_bytes() == before


def test_apply_in_a_pipe_needs_yes_when_anything_changes_for_anybody(graded: Run, db: Path, wider: Path) -> None:
    before = db.read_bytes()
    refused = graded("policy", "apply", wider)
    assert (refused.code, refused.stdout) == (4, "")
    assert "3 customers change, 3 of them in tier; contacts a week: 1.15 → 1.84" in refused.stderr
    assert "--yes" in refused.stderr
    assert db.read_bytes() == before
    dry = graded("policy", "apply", wider, "-n")
    assert (dry.code, "dry run" in dry.stderr) == (0, True)
    assert ["growth", "key", "3"] in [line.split() for line in dry.stderr.splitlines()]
    assert db.read_bytes() == before
    done = graded("policy", "apply", wider, "-y", "-f", "json")
    assert (done.code, done.stdout) == (0, "[]\n")
    assert "Undo: crm undo" in done.stderr
    assert graded("policy", "show").stdout == WIDER


def test_apply_does_not_ask_when_nothing_changes_for_anybody(graded: Run, tmp_path: Path) -> None:
    file = tmp_path / "same.toml"
    file.write_text("# reviewed\n" + STANDARD, "utf-8")
    done = graded("policy", "apply", file)
    assert done.code == 0
    assert "nobody" in done.stderr
    assert "Undo: crm undo" in done.stderr
    again = graded("policy", "apply", file)
    assert (again.code, again.stderr) == (0, "nothing changed\n")


@pytest.mark.parametrize(
    ("answer", "code", "name"), [("y\n", 0, "wider"), ("\n", 4, "standard"), ("n\n", 4, "standard")]
)
def test_apply_asks_on_a_terminal_and_no_is_the_default(
    graded: Run, wider: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, name: str
) -> None:
    answering(monkeypatch, answer)
    done = graded("policy", "apply", wider)
    assert (done.code, done.stdout.strip()) == (code, "")
    assert "[y/N]" in done.stderr
    assert f'name = "{name}"' in graded("policy", "show").stdout


def test_a_terminal_shows_the_first_of_many_changes(graded: Run, db: Path, tmp_path: Path) -> None:
    (tmp_path / "retail.toml").write_text(schema.preset("retail"), "utf-8")
    assert graded("policy", "apply", tmp_path / "retail.toml", "-y").code == 0
    (changed, _first) = rows(graded, "policy", "history")
    changes = changed["changes"]
    assert isinstance(changes, list) and len(changes) > 20
    shown = " ".join(on_a_terminal(db, "policy", "history").split())
    assert changes[7] in shown and changes[8] not in shown and f"… and {len(changes) - 8} more" in shown
    assert changes[-1] in graded("policy", "history").stdout


def test_the_history_of_the_policy_and_the_way_back(graded: Run, db: Path, wider: Path) -> None:
    assert graded("policy", "apply", wider, "--yes").code == 0
    second, first = rows(graded, "policy", "history")
    assert second == {
        "version": 2, "at": "2026-11-20T09:00:00+08:00", "actor": "tester", "name": "wider", "in_force": True,
        "undone": None, "changes": ["name", "tier.key.when"],
    }  # fmt: skip
    assert (first["version"], first["in_force"], first["changes"]) == (1, False, [])
    assert graded("policy", "show", "--version", 1).stdout == STANDARD
    # No run was done since: nobody has moved, and nobody moves back.
    back = graded("policy", "apply", "--version", 1)
    assert back.code == 0
    assert graded("policy", "show").stdout == STANDARD
    found = rows(graded, "policy", "history")
    assert [(row["version"], row["changes"]) for row in found[:2]] == [
        (3, ["name", "tier.key.when"]), (2, ["name", "tier.key.when"]),
    ]  # fmt: skip
    newest, before = graded("policy", "history").stdout.splitlines()[1:3]
    assert "version 1 again" in newest and "tier.key.when" not in newest and "tier.key.when" in before
    assert graded("policy", "history", "-q").stdout == "3\n2\n1\n"
    assert graded("undo").code == 0
    undone = rows(graded, "policy", "history")[0]
    assert (undone["version"], undone["in_force"], undone["undone"]) == (3, False, rows(graded, "history")[0]["op"])
    assert "undone by operation 6; version 1 again" in " ".join(on_a_terminal(db, "policy", "history").split())
    assert graded("policy", "show", "--version", 3).stdout == STANDARD


def test_who_is_in_a_tier_that_the_policy_does_not_have_is_told(graded: Run, tmp_path: Path) -> None:
    left = "8 customers are in tiers that the policy in force does not have, and no touches of these are due"
    told = f"{left}; next: crm tier run --tags"
    assert "policy" not in graded("status").stdout, graded("status").stdout
    # Two are in the tier `basic`, which the other policy has, too.
    assert told in graded("policy", "apply", "plan-3", "--yes").stderr.splitlines()
    assert "in tiers unknown to the policy 8 crm tier run --tags" in " ".join(graded("status").stdout.split())
    assert rows(graded, "status")[0]["unknown_tiers"] == 8
    run_of_tiers = graded("tier", "run", "--tags")
    assert run_of_tiers.code == 0 and rows(graded, "status")[0]["unknown_tiers"] == 0
    applied, moved = (row["op"] for row in rows(graded, "history")[1::-1])
    for command, number, expected in (
        ("undo", applied, 8), ("redo", applied, 0), ("undo", moved, 8), ("undo", applied, 0),
    ):  # fmt: skip
        done = graded(command, number)
        assert (done.code, told in done.stderr.splitlines()) == (0, bool(expected)), (command, number)
        assert rows(graded, "status")[0]["unknown_tiers"] == expected


def test_a_policy_done_again_under_a_later_one_is_told_not_to_be_in_force(run: Run, tmp_path: Path) -> None:
    for name in ("second", "third"):
        (tmp_path / name).write_text(STANDARD.replace('"standard"', f'"{name}"', 1), "utf-8")
    assert run("policy", "apply", tmp_path / "second", "--yes").code == 0
    assert run("undo").stderr.splitlines()[-1] == "version 1 of the policy is in force: standard"
    assert run("policy", "apply", tmp_path / "third", "--yes").code == 0
    assert run("redo").stderr.splitlines()[-1] == "version 3 of the policy is in force: third"


def test_examples_that_come_out_otherwise_are_told_before_a_policy_is_in_force(
    graded: Run, db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.toml"
    # Of ten customers the same two are among the highest 19 percent and 20.
    file.write_text(STANDARD.replace("top(amount_12m, 20)", "top(amount_12m, 19)"), "utf-8")
    said = f"{file}: 1 of 9 tests came out otherwise; a complaint is not resolved: tier: growth, not key"
    planned = graded("policy", "plan", file)
    assert (planned.code, planned.stderr.splitlines()[-1]) == (0, said)
    before = db.read_bytes()
    refused = graded("policy", "apply", file)
    assert (refused.code, f"crm: error: {said}" in refused.stderr) == (4, True)
    assert said in graded("policy", "apply", file, "--yes", "-n").stderr.splitlines()
    answering(monkeypatch, "n\n")
    asked = graded("policy", "apply", file)
    assert (asked.code, asked.stderr.count(said)) == (4, 1)
    assert db.read_bytes() == before
    done = graded("policy", "apply", file, "--yes")
    assert (done.code, said in done.stderr.splitlines()) == (0, True)
    assert "came out" not in graded("policy", "apply", file, "--yes").stderr


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("policy", "show", "--version", 9), 3),
        (("policy", "apply", "--version", 9), 3),
        (("policy", "apply"), 2),
        (("policy", "apply", "x.toml", "--version", 1), 2),
        (("policy", "plan"), 2),
        (("policy", "plan", "missing.toml"), 5),
        (("policy", "check", "missing.toml"), 5),
        (("policy", "apply", "missing.toml"), 5),
        (("policy", "plan", "a/" * 3000), 5),
        (("policy", "show", "no-such-preset"), 3),
        (("policy", "show", "plan-4", "--version", 1), 2),
        (("tier", "simulate"), 2),
        (("tier", "simulate", "no-such-preset"), 3),
        (("tier", "simulate", "standard", "--cross", "--moves"), 2),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(
    graded: Run, db: Path, args: tuple[object, ...], code: int
) -> None:
    before = db.read_bytes()
    done = graded(*args)
    assert (done.code, done.stdout) == (code, "")
    assert len([line for line in done.stderr.splitlines() if line.startswith("crm: error: ")]) == 1
    assert db.read_bytes() == before


def test_the_steps_that_would_begin_are_told_beside_the_contacts_a_week(graded: Run, tmp_path: Path) -> None:
    played = tmp_path / "played.toml"
    steps = ", ".join(f'{{ after = "{after}", channel = "call", action = "Call" }}' for after in ("1 day", "2 weeks"))
    begins = f'[[playbook]]\nkey = "hello"\nsteps = [{steps}]\n[[on]]\nevent = "tier:top"\nplaybook = "hello"\n'
    renamed = schema.preset("standard").replace('"key"', '"top"').replace("'key'", "'top'")
    played.write_text(f"{renamed}\n{begins}", "utf-8")
    done = graded("policy", "plan", played, "-q")
    assert done.code == 0
    lines = [line.split() for line in done.stderr.splitlines()]
    assert ["hello", "2", "0", "4", "2"] in lines
    assert next(line for line in lines if line[0] == "all")[4:] == ["4", "2", "0"]
    asked = graded("policy", "apply", played, "-n")
    assert asked.code == 0
    found = rows(graded, "tier", "simulate", played)
    assert {row["tier"]: row["steps"] for row in found if row["policy"] == str(played)}["top"] == 4


def test_schemes_side_by_side(graded: Run, db: Path, wider: Path) -> None:
    before = db.read_bytes()
    found = rows(graded, "tier", "simulate", wider)
    assert list(found[0]) == [
        "policy", "tier", "customers", "share", "amount_12m", "amount_share", "contacts_week", "steps",
    ]  # fmt: skip
    assert [(row["policy"], row["tier"], row["customers"]) for row in found] == [
        *(("current", tier, n) for tier, n in (("strategic", 0), ("key", 2), ("growth", 6), ("basic", 2))),
        *((str(wider), tier, n) for tier, n in (("strategic", 0), ("key", 5), ("growth", 3), ("basic", 2))),
    ]
    assert found[5] == {
        "policy": str(wider), "tier": "key", "customers": 5, "share": 0.5, "amount_12m": "400.00",
        "amount_share": 0.727273, "contacts_week": 1.53, "steps": 0,
    }  # fmt: skip
    assert rows(graded, "tier", "simulate", "standard", wider, "--cross")[1] == {
        "policy": str(wider), "from": "growth", "to": "key", "customers": 3,
    }  # fmt: skip
    moves = rows(graded, "tier", "simulate", "current", wider, "--moves")
    assert [row["code"] for row in moves] == ["C000006", "C000007", "C000008"]
    assert moves[0] == {
        "code": "C000006", "customer": "Customer 6", "policy": str(wider), "from": "growth", "to": "key",
    }  # fmt: skip
    assert db.read_bytes() == before


def test_a_terminal_shows_the_schemes_crossed(graded: Run, wider: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    shown = graded("tier", "simulate", wider).stdout
    crossed = [line.split() for line in shown.splitlines()]
    assert ["growth", "3", "3"] in crossed
    assert ["key", "2"] in crossed
    assert ["current", "/", "wider.toml", "key", "growth", "basic"] in crossed


def test_tier_run_tells_the_moves(graded: Run, wider: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert graded("policy", "apply", wider, "-y").code == 0
    dry = rows(graded, "tier", "run", "--moves", "-n")
    assert dry[0] == {
        "code": "C000006", "customer": "Customer 6", "from": "growth", "to": "key", "reason": "top(amount_12m, 50)",
    }  # fmt: skip
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    done = graded("tier", "run", "-f", "json")
    assert [row["joined"] for row in json.loads(done.stdout)] == [0, 3, 0, 0]
    assert ["growth", "key", "3"] in [line.split() for line in done.stderr.splitlines()]
    assert rows(graded, "tier", "run", "--moves") == []


def test_tag_run_tells_who_gained_and_lost_what(graded: Run) -> None:
    # Nine months later nobody has bought again.
    later = graded("tag", "run", "--changes", "-f", "json", at="2027-08-20")
    found = [row for row in json.loads(later.stdout) if row["code"] == "C000001"]
    assert [(row["dimension"], row["from"], row["to"]) for row in found] == [
        ("lifecycle", "new", "churn-warning"), ("risk", "stable", "churn-risk"),
    ]  # fmt: skip
    assert list(found[0]) == ["code", "customer", "dimension", "from", "to"]
    again = graded("tag", "run", "--changes", "-f", "json", at="2027-08-20")
    assert (again.stdout, again.stderr) == ("[]\n", "nothing changed\n")


def test_the_handbook_as_data_and_as_a_document(graded: Run, crm: Crm, tmp_path: Path) -> None:
    odd = '[[tag]]\ndimension = "a|b"\nvalue = "<x>"\nwhen = "name in [\'`\', \'|\']"\n'
    policy = tmp_path / "odd.toml"
    policy.write_text(STANDARD.replace("# ---- Tiers", odd + "# ---- Tiers"), "utf-8")
    assert graded("policy", "apply", policy, "-y").code == 0
    assert graded("tag", "add", "C000001", "risk:growing").code == 0
    found = rows(graded, "tag", "handbook")
    assert found[0] == {
        "dimension": "value", "value": "high", "label": "High value", "source": "rule",
        "meaning": "among the 10% of customers with the highest amount of 12 months", "rule": "top(amount_12m, 10)",
        "starts": [], "customers": 1, "by_hand": 0, "version": 1, "since": "2026-11-20",
    }  # fmt: skip
    page = graded("tag", "handbook", "-f", "md").stdout
    assert page.startswith("# Handbook of tags\n")
    assert "\n## risk\n" in page
    assert "| growing | Growing | 1 (1 by hand) | change of the amount" in page
    assert "\n## a\\|b\n" in page
    assert "| \\<x\\> | \\<x\\> | 0 | name is one of \\`, \\| | `` name in ['`', '\\|'] `` |  | the policy |" in page
    assert " | Wake a dormant customer | the policy |" in page
    # Every row of a table has the cells of its heading.
    tables = [line for line in page.splitlines() if line.startswith("|")]
    assert {len(line.replace("\\|", "").split("|")) for line in tables} == {10}
    assert graded("tag", "handbook", "-o", tmp_path / "handbook.md").code == 0
    assert (tmp_path / "handbook.md").read_text("utf-8") == page
    assert graded("tag", "handbook", "-f", "csv").stdout.startswith("dimension,value,label,source,meaning,rule,")


def test_a_word_that_no_fact_ever_is_fails_the_check(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(STANDARD.replace("tier == 'strategic'", "tier == 'strategik'", 1), "utf-8")
    done = run("policy", "check", file)
    assert done.code == 5
    assert "column 9: there is no [[tier]] 'strategik'; did you mean 'strategic'?" in done.stdout
    assert "no problems" not in done.stderr


def test_a_part_of_a_percent_is_told_by_check_and_plan(graded: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(STANDARD.replace("top(amount_12m, 20)", "top(amount_12m, 0.2)"), "utf-8")
    for verb in ("check", "plan"):
        done = graded("policy", verb, file)
        assert (done.code, "top(amount_12m, 0.2) means 0.2%, not 20%" in done.stderr) == (0, True)
