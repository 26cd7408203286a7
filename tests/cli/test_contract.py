"""The contract of the command line, held for every command that is registered: streams, formats, fields, exit codes."""

import csv
import inspect
import io
import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from crmcli.cli.app import commands
from tests.conftest import Run

CUSTOMER_FIELDS = (
    "code name kind stage industry region city address postcode website tax_id phone email birthday source referrer "
    "parent owner tier since consent need budget decision strategic influence reputation willingness potential "
    "terms note other_phones other_emails"
)
IMPORT_FIELDS = "batch file table encoding read created updated unchanged rejected repaired duplicates rejects_file"
DUE_FIELDS = "key due_on due_at late_days kind code customer tier owner action channel contact phone reason escalation"
# Every command that shows rows: how it is called on the demonstration's base, and the fields that its rows have.
SHOWN = {
    "import": (["import", "--list"], f"{IMPORT_FIELDS} open at op undone"),
    "due": (["due"], DUE_FIELDS),
    "notify": (
        ["notify", "-n", "--to", "https://hooks.example.com/x"],
        "owner channel late told today week outcome reason",
    ),
    "plan": (["plan"], "due_on kind code customer tier owner action channel"),
    "list": (
        ["list"],
        f"{CUSTOMER_FIELDS} tags contacts last_contact_on next_touch_on orders_12m amount_12m amount_total "
        "合同金额 合同金额（元） 合同额",
    ),
    "find": (["find", "有限公司"], "code name tier owner phone email city"),
    "export": (["export", "tags"], "customer dimension value source since"),
    "contact list": (
        ["contact", "list"],
        "code customer name title role phone email wechat birthday primary consent note other_phones other_emails",
    ),
    "order list": (
        ["order", "list"],
        "number code customer ordered_on amount cost currency product category quantity status",
    ),
    "clean check": (["clean", "check"], "table code name field value problem proposal certain line rule"),
    "clean fix": (["clean", "fix", "--all", "-n", "-y"], "table code name field from to certain rule"),
    "clean duplicates": (["clean", "duplicates"], "left right left_name right_name score band reasons"),
    "clean merge": (["clean", "merge", "--auto", "-n"], "kept merged field value from reason"),
    "clean completeness": (["clean", "completeness"], "group key filled possible completeness target by"),
    "policy test": (["policy", "test", "standard"], "test name tier tags passed problem"),
    "policy presets": (["policy", "presets"], "name about tiers tests"),
    "policy history": (["policy", "history"], "version at actor name in_force changes undone"),
    "tag handbook": (
        ["tag", "handbook"],
        "dimension value label source meaning rule starts customers by_hand version since",
    ),
    "tier simulate": (
        ["tier", "simulate", "standard"],
        "policy tier customers share amount_12m amount_share contacts_week steps",
    ),
    "team add": (
        ["team", "add", "--from-owners", "-n"],
        "name role manager capacity active customers leads cases room email notify",
    ),
    "assign": (["assign", "C000001", "C000002", "--to", "Li", "-n"], "code customer from to promises cases steps key"),
    "watch": (["watch"], "level code customer tier owner signal detail since label"),
    "calendar show": (["calendar", "show"], "day weekday kind source known"),
    "kpi": (["kpi"], "kpi label baseline target actual unit pass as_of by better note formula"),
    "tag list": (["tag", "list"], "code dimension value source since"),
    "tag run": (["tag", "run", "-n"], "dimension value label customers gained lost"),
    "tier run": (["tier", "run", "-n"], "tier customers share amount_12m joined left"),
    "tier show": (["tier", "show"], "tier label customers share amount_12m"),
    "tier history": (["tier", "history"], "code at from to reason policy actor policy_version"),
    "value": (
        ["value"],
        "code name r f m rfm segment orders_total amount_total amount_12m last_order_on share cumulative_share "
        "ltv ltv_basis ltv_expected pareto",
    ),
    "history": (["history"], "op at actor command summary rows undone"),
    "undo": (["undo", "-n"], "entity name outcome rows reason"),
}
# Commands whose answer is a document or a receipt of their own; each has its own tests.
OTHERS = {
    "report", "status", "init", "demo", "log", "done", "snooze", "skip", "add", "edit", "show", "why", "redo",
    "contract add", "contract edit", "contract list", "contract remove", "survey add", "survey list",
    "case open", "case respond", "case resolve", "case revisit", "case close", "case escalate", "case pause",
    "case resume", "case phase", "case note", "case review", "case edit", "case list", "case show",
    "contact add", "contact edit", "contact remove", "order add", "order edit", "order remove",
    "tag add", "tag remove", "tier set", "tier pins", "policy show", "policy check", "policy plan",
    "policy apply", "clean review", "clean distinct", "calendar import",
    "team edit", "team list", "team remove", "handoff ack", "handoff list", "handoff show", "escalate",
    "lead add", "lead grade", "lead assign", "lead release", "lead win", "lead lose", "lead list", "lead funnel",
}  # fmt: skip
READERS = {
    "export", "report", "status", "due", "plan", "list", "find", "contact list", "order list", "contract list",
    "survey list", "clean check", "case list", "case show", "clean duplicates", "clean completeness", "tag list",
    "tag handbook", "tier show", "tier pins", "tier history", "tier simulate", "value", "kpi", "history", "show", "why",
    "policy show", "policy check", "policy plan", "policy test", "policy presets", "policy history", "lead list",
    "lead funnel", "team list", "handoff list", "handoff show", "watch", "calendar show",
}  # fmt: skip


def registered() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every command as it is typed, and its function."""
    for name, entry in commands().items():
        found = import_module(f"crmcli.cli.{entry.module}").COMMANDS[name]
        if isinstance(found, dict):
            yield from ((f"{name} {verb}", function) for verb, function in found.items())
        else:
            yield name, found


ALL = dict(registered())


def test_every_command_is_under_contract() -> None:
    assert set(SHOWN) - {"import"} | OTHERS | {"import"} == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_help_is_one_page_with_the_global_options(run: Run, name: str) -> None:
    for flag in ("--help", "-h"):
        result = run(*name.split(), flag)
        assert (result.code, result.stderr) == (0, "")
        assert inspect.cleandoc(ALL[name].__doc__ or "").split("\n")[0][:40] in " ".join(result.stdout.split())
        for option in ("--db", "--now", "--user", "--busy-timeout", "--lang", "--no-color", "--debug"):
            assert option in result.stdout


@pytest.mark.parametrize("name", [name for name in ALL if name not in READERS | {"init", "demo"}])
def test_every_command_that_writes_can_be_tried_first(name: str) -> None:
    assert "dry_run" in inspect.signature(ALL[name]).parameters


@pytest.mark.parametrize("name", SHOWN)
def test_the_fields_of_a_row(stocked: Run, name: str) -> None:
    words, fields = SHOWN[name]
    result = stocked(*words, "-f", "json")
    assert result.code == 0
    rows = json.loads(result.stdout)
    assert rows
    assert list(rows[0]) == fields.split()


@pytest.mark.parametrize("name", SHOWN)
def test_every_format_says_the_same(stocked: Run, tmp_path: Path, name: str) -> None:
    words, _fields = SHOWN[name]
    rows = json.loads(stocked(*words, "-f", "json").stdout)
    lines = [json.loads(line) for line in stocked(*words, "-f", "jsonl").stdout.splitlines()]
    assert lines == rows
    table = list(csv.DictReader(io.StringIO(stocked(*words, "-f", "csv").stdout)))
    assert [list(row) for row in table[:1]] == [list(rows[0])]
    assert len(table) == len(rows)
    for key in ("code", "key", "amount_12m", "due_on", "number"):
        if key in rows[0]:
            assert [row[key] for row in table] == ["" if row[key] is None else str(row[key]) for row in rows]
    tabbed = stocked(*words, "-f", "tsv").stdout.splitlines()
    assert tabbed[0].split("\t") == list(rows[0])
    assert len(tabbed) == len(rows) + 1
    if name != "tag handbook":  # as Markdown it is a document to hand over
        assert stocked(*words, "-f", "md").stdout.count("\n") == len(rows) + 2
    plain = stocked(*words).stdout.splitlines()
    assert len(plain) == len(rows) + 1
    assert "\x1b" not in "".join(plain)
    assert "…" not in "".join(plain)
    file = tmp_path / "rows.json"
    assert stocked(*words, "-o", file).stdout == ""
    assert json.loads(file.read_text("utf-8")) == rows
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", SHOWN)
def test_values_have_their_stated_form(stocked: Run, name: str) -> None:
    words, _fields = SHOWN[name]
    text = stocked(*words, "-f", "json").stdout
    assert "\\u" not in text
    for row in json.loads(text):
        for key, value in row.items():
            if key.endswith("_on") and value is not None:
                assert re.fullmatch(r"\d{4}-\d\d-\d\d", value)
            if key.startswith("amount") and not key.endswith("share") and value is not None:
                assert re.fullmatch(r"-?\d+\.\d\d", value)
            if key in ("at", "due_at") and value is not None:
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", value)
            assert value != ""


@pytest.mark.parametrize(
    "words",
    [
        ["due"], ["plan"], ["list"], ["find", "x"], ["tag", "list"], ["contact", "list"], ["order", "list"],
        ["contract", "list"], ["survey", "list"], ["value"], ["tier", "history"], ["history"], ["import", "--list"],
        ["case", "list"],
        ["clean", "check"], ["clean", "duplicates"], ["clean", "fix"],
        ["team", "list"], ["handoff", "list"], ["escalate"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_empty_result_is_a_success(run: Run, words: list[str]) -> None:
    result = run(*words, "-f", "json")
    assert (result.code, json.loads(result.stdout)) == (0, [])
    assert run(*words).stdout == ""


@pytest.mark.parametrize("name", [n for n in SHOWN if "quiet" in inspect.signature(ALL[n]).parameters])
def test_quiet_is_the_first_column(stocked: Run, name: str) -> None:
    words, fields = SHOWN[name]
    first = fields.split()[0]
    expected = [str(row[first]) for row in json.loads(stocked(*words, "-f", "json").stdout)]
    assert stocked(*words, "-q").stdout.splitlines() == expected


@pytest.mark.parametrize("name", sorted(READERS - {"policy check", "policy plan", "case show", "handoff show"}))
def test_readers_write_nothing(stocked: Run, db: Path, name: str) -> None:
    before = db.read_bytes()
    words = SHOWN[name][0] if name in SHOWN else [*name.split(), *(["C000001"] if name in ("show", "why") else [])]
    assert stocked(*words).code == 0
    assert db.read_bytes() == before
    assert not db.with_name("crm.db-wal").exists()


def test_global_options_stand_before_and_after_the_command(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    assert run("add", "甲", "--db", other, "--user", "小王").code == 0
    rows = json.loads(run("history", "-f", "json", "--db", other).stdout)
    assert (rows[0]["actor"], rows[0]["command"]) == ("小王", "crm add 甲")
    assert json.loads(run("list", "-f", "json").stdout) == []


def test_wrong_usage_is_two_and_says_where_help_is(run: Run) -> None:
    for words in (["nonsense"], ["due", "--nonsense"], ["due", "-f", "pdf"], ["find"], ["list", "-o", "rows.docx"]):
        result = run(*words)
        assert (result.code, result.stdout) == (2, ""), words
        assert result.stderr.startswith("crm: error: ")


def test_a_csv_for_excel_has_a_bom_and_no_live_formulas(run: Run) -> None:
    run("add", "=cmd|' /C calc'!A0", "phone=021-65541234", "note=-5")
    text = run("list", "--excel").stdout
    assert text.startswith("\ufeff")
    row = next(csv.DictReader(io.StringIO(text[1:])))
    assert row["name"] == "'=cmd|' /C calc'!A0"
    assert (row["phone"], row["note"]) == ("021-65541234", "-5")
    assert next(csv.DictReader(io.StringIO(run("list", "-f", "csv").stdout)))["name"] == "=cmd|' /C calc'!A0"


def test_settings_come_from_flag_then_environment_then_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "home" / ".config" / "crm"
    folder.mkdir(parents=True)
    (folder / "crm.toml").write_text('user = "from file"\n')

    def actor(*words: str) -> str:
        from crmcli.cli import main

        database = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
        assert main(["--db", str(database), *words, "add", "甲"]) == 0
        found: str = json.loads(run("history", "-f", "json", database=database).stdout)[0]["actor"]
        return found

    assert actor() == "from file"
    monkeypatch.setenv("CRM_USER", "from environment")
    assert actor() == "from environment"
    assert actor("--user", "from flag") == "from flag"
    (folder / "crm.toml").write_text("colour = 1\n")
    result = run("due")
    assert result.code == 5
    assert "colour" in result.stderr
