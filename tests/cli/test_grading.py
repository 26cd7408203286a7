"""`crm tag`, `tier`, `why`, `value` and `policy` as their users and scripts call them."""

import json
from pathlib import Path

import pytest

import crmcli
from crmcli.policy import schema
from tests.conftest import NOW, Crm, Run
from tests.grading.bases import TODAY, Customer, Order, fill

FIVE = """
name = "broken"
timezone = "Asia/Shangai"
currency = "CNY"
phone_region = "CN"
colour = "red"

[[tag]]
dimension = "value"
value = "high"
when = "amount_12n > 0"

[[tier]]
key = "best"
when = "amount_12m > "
keep_for = "two"

[[tier]]
key = "rest"
when = "true"
"""


@pytest.fixture
def graded(crm: Crm, run: Run) -> Run:
    """Ten customers with an order each, and a lead, tagged and graded."""
    with crm() as ws:
        fill(ws, [*(Customer(n, orders=[Order(TODAY, n * 1000)]) for n in range(1, 11)), Customer(11, stage="lead")])
    assert run("tag", "run").code == 0
    assert run("tier", "run").code == 0
    return run


def rows(run: Run, *args: object) -> list[dict[str, object]]:
    done = run(*args, "-f", "json")
    assert done.code == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_tier_run_has_the_fields_of_the_contract(crm: Crm, run: Run) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 123_456)]), Customer(2)])
    run("tag", "run")
    dry = run("tier", "run", "-n", "-f", "json")
    done = run("tier", "run", "-f", "json")
    assert dry.stdout == done.stdout
    assert "dry run" in dry.stderr
    assert "Undo: crm undo 3" in done.stderr
    assert json.loads(done.stdout)[1] == {
        "tier": "key", "customers": 1, "share": 0.5, "amount_12m": "1234.56", "joined": 1, "left": 0,
    }  # fmt: skip
    again = run("tier", "run", "-q")
    assert (again.stdout, again.stderr) == ("strategic\nkey\ngrowth\nbasic\n", "nothing changed\n")


def test_tier_run_with_tags_is_both_runs_in_one_operation(crm: Crm, run: Run) -> None:
    with crm() as ws:
        fill(ws, [Customer(n, orders=[Order(TODAY, 100)]) for n in (1, 2)])
    dry = run("tier", "run", "--tags", "-n", "-f", "json")
    assert "dry run" in dry.stderr
    assert not rows(run, "tag", "list")
    done = run("tier", "run", "--tags", "-f", "json")
    assert done.stdout == dry.stdout
    assert "tags: 10 given, 0 taken away; tiers: 2 customers moved. Undo: crm undo 2" in done.stderr
    tagged, tiers = rows(run, "tag", "list"), [row["tier"] for row in rows(run, "list")]
    assert len(tagged) == 10
    assert run("undo").code == 0
    assert (rows(run, "tag", "list"), [row["tier"] for row in rows(run, "list")]) == ([], [None, None])
    run("tag", "run")
    run("tier", "run")
    assert (rows(run, "tag", "list"), [row["tier"] for row in rows(run, "list")]) == (tagged, tiers)
    assert run("tier", "run", "--tags").stderr == "nothing changed\n"


def test_tier_run_tells_of_tags_that_are_older_than_the_data(
    crm: Crm, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    advice = "crm tier run --tags"

    def told(*args: object, at: str = NOW) -> str:
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        done = run(*args, at=at)
        assert done.code == 0, done.stderr
        lines = [line.rpartition("\x1b[2K")[2] for line in done.stderr.splitlines()]
        return next((line.split(": crm")[0] for line in lines if line.endswith(advice)), "")

    assert not told("tier", "run")
    with crm() as ws:
        fill(ws, [Customer(n, orders=[Order(TODAY, 100)]) for n in (1, 2)])
    assert told("tier", "run") == "no rule has given a tag yet, and the tiers ask for tags"
    run("tag", "run")
    assert not told("tier", "run")
    # The tiers ask for risk; a contact moves nobody's, a complaint does.
    run("log", "C000001", "about the tag run")
    assert not told("tier", "run")
    run("case", "open", "C000001", "broken", "--kind", "complaint")
    stale = "the tiers ask for tags, and those of 1 customer are out of date"
    assert told("tier", "run", "-n") == told("tier", "run") == stale
    run("tag", "run")
    assert not told("tier", "run")
    # Nothing was written since, and the other one has been away for 90 days.
    later = "2027-02-20T09:00+08:00"
    assert told("tier", "run", at=later) == stale
    run("tier", "run", "--tags", at=later)
    assert not told("tier", "run", at=later)
    # Who has become a lead has no tier that could ask.
    run("edit", "C000001", "stage=lead", at=later)
    assert not told("tier", "run", at=later)


def test_tiers_that_ask_for_no_tags_need_no_run_of_tags(
    crm: Crm, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plain.toml"
    standard = schema.preset("standard")
    file.write_text(standard.replace(" and not tag('risk', 'churn-risk')", "").split("[[test]]")[0], "utf-8")
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
    assert run("policy", "apply", file, "-y").code == 0
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert "--tags" not in run("tier", "run").stderr


def test_tier_show_and_history(graded: Run) -> None:
    shown = rows(graded, "tier", "show")
    assert [(row["tier"], row["customers"]) for row in shown] == [
        ("strategic", 0), ("key", 2), ("growth", 6), ("basic", 2),
    ]  # fmt: skip
    assert shown[1]["label"] == "Key"
    history = rows(graded, "tier", "history", "C000010")
    assert history == [
        {
            "code": "C000010", "at": "2026-11-20T09:00:00+08:00", "from": None, "to": "key",
            "reason": "top(amount_12m, 20)", "policy": "standard", "actor": "tester", "policy_version": 1,
        }
    ]  # fmt: skip
    assert len(rows(graded, "tier", "history", "--limit", 3)) == 3


def test_a_pin_and_its_end(graded: Run) -> None:
    done = graded("tier", "set", "C000001", "strategic", "--reason", "key account", "--until", "+3d")
    assert done.code == 0
    assert "Undo: crm undo" in done.stderr
    assert rows(graded, "tier", "set", "C000001", "战略客户", "--reason", "again")[0]["pinned_until"] == "9999-12-31"
    lifted = graded("tier", "set", "C000001", "--auto", "-f", "json")
    assert json.loads(lifted.stdout)[0]["pinned_until"] is None
    assert lifted.stderr.endswith("\nnext: crm tier run\n")
    assert graded("tier", "set", "C000001", "--auto").stderr == "nothing changed\n"


def test_a_pin_without_an_end_is_told_so_to_people(graded: Run) -> None:
    pinned = ("tier", "set", "C000001", "key", "--reason", "account")
    page = graded(*pinned).stdout
    assert " no end " in page and "9999" not in page
    assert ",9999-12-31," in graded(*pinned, "-f", "csv").stdout
    assert "no end" in graded("tier", "pins").stdout
    assert " Key, pinned by hand\n" in graded("show", "C000001").stdout


def test_pins_are_seen_in_their_list_and_on_the_page_of_the_customer(graded: Run) -> None:
    assert rows(graded, "tier", "pins") == []
    graded("tier", "set", "C000001", "key", "--reason", "account", "--until", "2027-06-30")
    assert rows(graded, "tier", "pins") == [
        {
            "code": "C000001", "name": "Customer 1", "tier": "key", "tier_on": "2026-11-20",
            "pinned_until": "2027-06-30", "reason": "account",
        }
    ]  # fmt: skip
    assert " Key, pinned by hand until 2027-06-30\n" in graded("show", "C000001").stdout
    assert rows(graded, "show", "C000001")[0]["pinned_until"] == "2027-06-30"


def test_a_tier_to_set_is_asked_for_by_name(graded: Run) -> None:
    assert "; there are: strategic, key, growth, basic\n" in graded("tier", "set", "C000001").stderr
    assert "needs a reason" in graded("tier", "set", "C000001", "key").stderr


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("tier", "set", "C000001"), 2),
        (("tier", "set", "C000001", "key"), 2),
        (("tier", "set", "C000001", "key", "--auto"), 2),
        (("tier", "set", "C000001", "gold", "--reason", "x"), 5),
        (("tier", "set", "C000001", "key", "--reason", "x", "--until", "soon"), 5),
        (("tier", "set", "C000001", "key", "--reason", "x", "--until", "2020-01-01"), 5),
        (("tier", "set", "C000011", "key", "--reason", "x"), 4),
        (("tier", "set", "nobody", "key", "--reason", "x"), 3),
        (("tier", "set", "Customer", "key", "--reason", "x"), 3),
        (("tier", "history", "nobody"), 3),
        (("tag", "add", "C000001", "nonsense"), 5),
        (("tag", "add", "C000001", "risk:unknown"), 5),
        (("tag", "add", "nobody", "need:service"), 3),
        (("tag", "remove", "C000001", "need:service"), 3),
        (("tag", "remove", "C000001", "risk:stable"), 4),
        (("why", "nobody"), 3),
        (("value", "nobody"), 3),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(
    graded: Run, db: Path, args: tuple[str, ...], code: int
) -> None:
    before = db.read_bytes()
    done = graded(*args)
    assert (done.code, done.stdout) == (code, "")
    assert len([line for line in done.stderr.splitlines() if line.startswith("crm: error: ")]) == 1
    assert "Traceback" not in done.stderr
    assert db.read_bytes() == before


def test_tags_by_hand(graded: Run) -> None:
    added = rows(graded, "tag", "add", "C000001", "need:service", "colour:red")
    assert [(row["dimension"], row["value"], row["source"]) for row in added] == [
        ("need", "service", "hand"), ("colour", "red", "hand"),
    ]  # fmt: skip
    assert rows(graded, "tag", "list", "C000001", "--dimension", "need") == [
        {"code": "C000001", "dimension": "need", "value": "service", "source": "hand", "since": "2026-11-20"}
    ]
    assert "nothing changed" in graded("tag", "add", "C000001", "need:service").stderr
    taken = graded("tag", "remove", "C000001", "need:service", "colour:red")
    assert [line.split()[-1] for line in taken.stdout.splitlines()] == ["outcome", "removed", "removed"]
    assert rows(graded, "tag", "list", "C000001", "--dimension", "need") == []
    # Two tags are one operation: one undo brings both back.
    assert graded("undo").code == 0
    assert len(rows(graded, "tag", "list", "--dimension", "colour")) == 1


def test_tag_add_is_all_or_nothing(graded: Run) -> None:
    assert graded("tag", "add", "C000001", "need:service", "need:luxury").code == 5
    assert rows(graded, "tag", "list", "--dimension", "need") == []


def test_tag_run_reports_each_tag(graded: Run) -> None:
    found = rows(graded, "tag", "run")
    high = next(row for row in found if row["value"] == "high" and row["dimension"] == "value")
    assert high == {
        "dimension": "value", "value": "high", "label": "High value", "customers": 1, "gained": 0, "lost": 0,
    }  # fmt: skip


def test_policy_show_prints_what_was_given(run: Run, tmp_path: Path) -> None:
    assert run("policy", "show").stdout == schema.preset("standard")
    assert run("policy", "show", "-o", tmp_path / "my.toml").code == 0
    assert (tmp_path / "my.toml").read_bytes().decode() == schema.preset("standard")
    again = run("policy", "apply", tmp_path / "my.toml")
    assert (again.code, again.stderr) == (0, "nothing changed\n")


@pytest.mark.parametrize("verb", ["check", "apply"])
def test_a_policy_with_five_errors_shows_all_five(run: Run, tmp_path: Path, verb: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(FIVE, "utf-8")
    done = run("policy", verb, file, "-f", "json")
    assert done.code == 5
    problems = json.loads(done.stdout)
    assert [(row["place"], row["line"]) for row in problems] == [
        ("timezone", 3), ("colour", 6), ("tag[1].when", 11), ("tier[1].when", 15), ("tier[1].keep_for", 16),
    ]  # fmt: skip
    assert "amount_12m" in problems[2]["problem"]
    assert [line for line in done.stderr.splitlines() if "error" in line] == [f"crm: error: {file}: 5 problems"]
    assert run("policy", "show").stdout == schema.preset("standard")


def test_a_policy_is_checked_applied_and_undone(run: Run, crm: Crm, tmp_path: Path) -> None:
    checked = run("policy", "check")
    assert (checked.code, checked.stdout) == (0, "")
    assert "no problems" in checked.stderr
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xef\xbb\xbf" + schema.preset("standard").replace('"standard"', '"mine"', 1).encode())
    assert json.loads(run("policy", "check", file, "-f", "json").stdout) == []
    dry = run("policy", "apply", file, "-n")
    assert (dry.code, "dry run" in dry.stderr) == (0, True)
    assert 'name = "standard"' in run("policy", "show").stdout
    done = run("policy", "apply", file)
    assert "Undo: crm undo 1" in done.stderr
    assert "next: crm tier run --tags" in done.stderr
    assert 'name = "mine"' in run("policy", "show").stdout
    with crm() as ws:
        crmcli.undo(ws)
    assert 'name = "standard"' in run("policy", "show").stdout


@pytest.mark.parametrize("verb", ["check", "apply"])
def test_a_file_that_is_no_policy_is_one_line(run: Run, db: Path, tmp_path: Path, verb: str) -> None:
    contents = {"large.toml": b"#" * 1_000_001, "gbk.toml": '# a\nname = "标准"'.encode("gb18030")}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    before = db.read_bytes()
    for name in [*contents, "."]:
        done = run("policy", verb, tmp_path / name)
        assert (done.code, done.stdout) == (5, "")
        assert done.stderr.startswith("crm: error: ") and done.stderr.count("crm: error: ") == 1
    assert "line 2" in run("policy", verb, tmp_path / "gbk.toml").stderr
    assert db.read_bytes() == before
