"""`crm value` and `crm kpi` as their users and scripts call them."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmcli.cli.drawing import sparkline
from crmcli.policy import schema
from crmcli.values import display_width
from tests.conftest import NOW, Crm, Run
from tests.grading.bases import TODAY, Customer, Order, fill

VALUE_FIELDS = [
    "code", "name", "r", "f", "m", "rfm", "segment", "orders_total", "amount_total", "amount_12m", "last_order_on",
    "share", "cumulative_share", "ltv", "ltv_basis", "ltv_expected", "pareto",
]  # fmt: skip
KPI_FIELDS = [
    "kpi", "label", "baseline", "target", "actual", "unit", "pass", "as_of", "by", "better", "note", "formula",
]  # fmt: skip
TARGET = '\n[[target]]\nkpi = "completeness"\nbaseline = 0.65\ntarget = {target}\nby = {by}\n'


@pytest.fixture
def bought(crm: Crm, run: Run) -> Run:
    """Ten customers with an order each of 10.00, 20.00 … 100.00, and one without."""
    with crm() as ws:
        fill(ws, [*(Customer(n, orders=[Order(TODAY, n * 1000)]) for n in range(1, 11)), Customer(11)])
    return run


def rows(run: Run, *args: object) -> list[dict[str, Any]]:
    done = run(*args, "-f", "json")
    assert done.code == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_value_has_the_fields_of_the_contract(bought: Run) -> None:
    found = rows(bought, "value", "--limit", 1)
    assert [list(row) for row in found] == [VALUE_FIELDS]
    assert (found[0]["ltv"], found[0]["ltv_basis"], found[0]["ltv_expected"]) == ("100.00", "amount", None)
    assert (found[0]["pareto"], found[0]["share"]) == ("A", round(100 / 550, 6))


def test_one_customer_is_a_page_for_people_and_a_row_for_scripts(bought: Run, tmp_path: Path) -> None:
    page = bought("value", "C000010").stdout
    assert page.startswith("C000010  Customer 10\n")
    assert "1 of 10 by amount" in page
    assert "▁▁▁█\n" in page
    assert max(map(display_width, page.splitlines())) <= 80
    assert bought("value", "C000010", "-o", tmp_path / "sheet.txt").code == 0
    assert (tmp_path / "sheet.txt").read_text("utf-8") == page
    table = list(csv.DictReader(io.StringIO(bought("value", "C000010", "-f", "csv").stdout)))
    assert [list(row) for row in table] == [VALUE_FIELDS]
    assert bought("value", "C000010", "-q").stdout == "C000010\n"
    (row,) = rows(bought, "value", "C000010")
    assert list(row) == [*VALUE_FIELDS, "place", "customers", "months", "categories"]
    assert row["months"][-1] == {"month": "2026-11", "orders": 1, "amount": "100.00"}
    assert row["categories"] == [{"category": None, "orders": 1, "amount": "100.00", "share": 1.0}]


def test_a_sheet_in_chinese_has_chinese_stops(bought: Run) -> None:
    page = bought("--lang", "zh", "value", "C000010").stdout
    assert page.count("；") >= 3 and "; " not in page


def test_one_without_an_order_is_an_empty_list(bought: Run) -> None:
    done = bought("value", "C000011", "-f", "json")
    assert (done.code, done.stdout) == (0, "[]\n")
    assert "no order yet" in done.stderr


def test_a_sparkline_is_as_tall_as_its_share_of_the_highest() -> None:
    assert sparkline([0, 1, 50, 100, -7]) == "▁▂▅█▁"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""


def test_the_summaries_as_rows(bought: Run) -> None:
    assert list(rows(bought, "value", "--segments")[0]) == [
        "segment", "label", "customers", "share", "amount_total", "amount_share", "recency_days", "action",
    ]  # fmt: skip
    assert sum(row["customers"] for row in rows(bought, "value", "--segments")) == 10
    classes = rows(bought, "value", "--pareto")
    assert [(row["pareto"], row["customers"], row["amount_total"]) for row in classes] == [
        ("A", 6, "450.00"), ("B", 3, "90.00"), ("C", 1, "10.00"),
    ]  # fmt: skip
    cells = rows(bought, "value", "--grid", "amount")
    assert list(cells[0]) == [
        "r", "fm", "segment", "customers", "amount_total", "orders_total", "profit_total", "share",
    ]  # fmt: skip
    assert len(cells) == 25
    assert sum(row["share"] for row in cells) == pytest.approx(1)
    assert {row["share"] for row in rows(bought, "value", "--grid", "profit")} == {None}
    assert "no order has a cost" in bought("value", "--grid", "profit").stderr
    assert bought("order", "edit", "SO1", "cost=1").code == 0
    assert bought("value", "--grid", "profit").stderr == ""
    assert bought("undo").code == 0
    # Without a word it is the amount, and the word may stand before the flag.
    assert rows(bought, "value", "--grid") == cells
    assert bought("value", "--grid", "-q").code == 0
    assert rows(bought, "value", "profit", "--grid") == rows(bought, "value", "--grid", "profit")


def test_the_grid_in_a_pipe_is_five_rows_of_numbers(bought: Run) -> None:
    printed = bought("value", "--grid", "customers").stdout.splitlines()
    assert len(printed) == 6
    assert [line.split()[0] for line in printed] == ["R", "5", "4", "3", "2", "1"]
    # All ordered today, once: r and f are 1, and the mean with m from 1 to 5 is 1 to 3.
    assert printed[-1].split() == ["1", "2", "20.0%", "4", "40.0%", "4", "40.0%", "·", "·"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--segments", "--pareto"), "--segments and --pareto do not go together"),
        (("C000001", "--grid"), "there is no grid of 'C000001'"),
        (("C000001", "--segments"), "CUSTOMER and --segments do not go together"),
        (("--grid", "colour"), "there is no grid of 'colour'"),
        (("--grid", "--limit", "3"), "--grid and --limit do not go together"),
    ],
)
def test_one_question_at_a_time(bought: Run, words: tuple[str, ...], said: str) -> None:
    done = bought("value", *words)
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr


def on_a_terminal(db: Path, *words: str, width: int = 80, notes: bool = True, **surroundings: str) -> str:
    """What the program prints on a terminal of `width` cells, with what it says beside it unless not `notes`."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(width), **surroundings}
    command = [sys.executable, "-m", "crmcli", "--db", str(db), "--now", NOW, *words]
    beside = follower if notes else subprocess.DEVNULL
    with subprocess.Popen(command, stdout=follower, stderr=beside, stdin=follower, env=environment) as process:
        os.close(follower)
        printed = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # how Linux says that the other side has closed
                break
            if not piece:
                break
            printed += piece
    os.close(leader)
    assert process.returncode == 0
    return printed.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_heat_map_says_in_numbers_what_it_says_in_colours(bought: Run, db: Path, lang: str) -> None:
    coloured = on_a_terminal(db, "--lang", lang, "value", "--grid", "customers")
    plain = on_a_terminal(db, "--lang", lang, "value", "--grid", "customers", NO_COLOR="1")
    assert "\x1b[" in coloured
    assert not re.search(r"\x1b\[[0-9;]*(?:3|4)8;", plain)
    for printed in (coloured, plain):
        shown = re.sub(r"\x1b\[[0-9;]*m", "", printed)
        assert re.search(r"^1 +2 +4 +4 +· +· *\n +20\.0% +40\.0% +40\.0% *$", shown, re.M)
        assert max(map(display_width, shown.splitlines())) <= 80
    narrow = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(db, "--lang", lang, "value", "--grid", width=60))
    assert max(map(display_width, narrow.splitlines())) <= 60
    assert re.search(r"^R +FM 1 +FM 2 +FM 3 +FM 4 +FM 5 *$", narrow, re.M)
    # Where a number would be cut there are no cells.
    tiny = on_a_terminal(db, "--lang", lang, "value", "--grid", "customers", width=30)
    assert ("FM 5: ·" if lang == "en" else "FM 4：·") in tiny


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_pages_fit_a_terminal(bought: Run, db: Path, lang: str) -> None:
    headings = {"en": ("amount_share", "baseline", "segment"), "zh": ("金额占比", "基线值", "分群")}[lang]
    for words, heading in zip((("value", "--segments"), ("kpi",), ("value",)), headings, strict=True):
        printed = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(db, "--lang", lang, *words, notes=False))
        assert heading in printed.splitlines()[0].split()
        assert max(map(display_width, printed.splitlines())) <= 80


def test_kpi_has_the_fields_of_the_contract(bought: Run) -> None:
    found = rows(bought, "kpi")
    assert {tuple(row) for row in found} == {tuple(KPI_FIELDS)}
    assert len(found) == 14
    actual = {row["kpi"]: row["actual"] for row in found}
    assert (actual["completeness"], actual["repurchase_rate"], actual["nps"]) == (0.2, 0.0, None)
    assert {row["as_of"] for row in found} == {"2026-11-20"}
    assert next(row["note"] for row in found if row["kpi"] == "nps") == "no NPS answer in 12 months"
    assert bought("kpi", "-q").stdout.splitlines() == [row["kpi"] for row in found]
    assert bought("kpi", "--check").code == 0


def test_money_is_a_decimal_string(crm: Crm, run: Run) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(date(2025, 6, 1), 100_00), Order(date(2026, 6, 1), 112_00)])])
    (ltv,) = [row for row in rows(run, "kpi") if row["kpi"] == "ltv"]
    # Everybody stayed: 112.00 a year for 1 / 0.12 years.
    assert (ltv["actual"], ltv["unit"], ltv["better"]) == ("933.33", "CNY", "higher")
    assert "¥933.33" in run("kpi").stdout


def aim(run: Run, folder: Path, *targets: tuple[str, str]) -> None:
    """Put a policy in force with these targets for completeness: the share, and the day."""
    file = folder / "aims.toml"
    added = "".join(TARGET.format(target=target, by=by) for target, by in targets)
    file.write_text(schema.preset("standard") + added, "utf-8")
    done = run("policy", "apply", file, "--yes")
    assert done.code == 0, done.stderr


def test_check_finds_a_target_that_is_missed_on_its_day(bought: Run, tmp_path: Path) -> None:
    aim(bought, tmp_path, ("0.15", "2026-06-30"), ("0.85", "2026-11-20"), ("0.95", "2027-12-31"))
    found = [row for row in rows(bought, "kpi") if row["kpi"] == "completeness"]
    assert [(row["baseline"], row["target"], row["by"], row["pass"]) for row in found] == [
        (0.65, 0.15, "2026-06-30", True), (0.65, 0.85, "2026-11-20", False), (0.65, 0.95, "2027-12-31", None),
    ]  # fmt: skip
    done = bought("kpi", "--check", "-f", "json")
    assert (done.code, json.loads(done.stdout)) == (8, rows(bought, "kpi"))
    assert "1 of 2 targets due missed" in done.stderr
    assert bought("kpi").code == 0
    assert bought("kpi", "--check", at="2026-11-19").code == 0
    page = bought("kpi").stdout
    assert re.search(r"completeness +.* 65\.0% +85\.0% +20\.0% +missed ", page)
    assert re.search(r"completeness +.* 65\.0% +95\.0% +20\.0% +not due yet +2027-12-31 ", page)


def test_the_stage_report_says_of_a_figure_what_kpi_says(bought: Run, tmp_path: Path) -> None:
    aim(bought, tmp_path, ("0.15", "2026-06-30"), ("0.85", "2026-11-20"), ("0.95", "2027-12-31"))
    for score in ("10", "10", "3"):
        bought("survey", "add", "C000001", score, "--kind", "nps")
    shown = [bought("kpi").stdout, bought("report", "stage", "-f", "table").stdout]
    for page in shown:
        assert re.search(r"Net promoter score \(NPS\) +33\.33\b", page)
        for target, said in (("15.0%", "reached"), ("85.0%", "missed"), ("95.0%", "not due yet")):
            (line,) = [line for line in page.splitlines() if f" {target} " in line]
            assert said in line


def test_without_costs_there_is_no_grid_of_profit(bought: Run) -> None:
    for words in ((), ("-f", "md")):
        done = bought("value", "--grid", "profit", *words)
        assert (done.code, done.stdout) == (0, "")
        assert "no profit to show" in done.stderr
    assert len(rows(bought, "value", "--grid", "profit")) == 25


def test_segments_have_the_same_names_in_both_tables_of_a_terminal(bought: Run, db: Path) -> None:
    page = on_a_terminal(db, "value", "--limit", "1", width=200)
    assert " At risk " in page and "at-risk" not in page
    assert "At risk " in on_a_terminal(db, "value", "--segments", width=200)
    assert rows(bought, "value", "--limit", 1)[0]["segment"] == "at-risk"
    assert " at-risk " in bought("value", "--limit", 1).stdout


def test_the_page_and_the_rows_are_in_the_language_of_the_reader(bought: Run) -> None:
    keys = [row["kpi"] for row in rows(bought, "--lang", "zh", "kpi")]
    assert keys == [row["kpi"] for row in rows(bought, "kpi")]
    assert rows(bought, "--lang", "zh", "value", "--segments")[0]["segment"] == "champions"


def test_an_import_says_on_a_terminal_what_comes_next(db: Path, tmp_path: Path) -> None:
    customers, leads = tmp_path / "customers.csv", tmp_path / "leads.csv"
    customers.write_text("code,name\nC1,Alder Foundry\n", "utf-8")
    leads.write_text("name,need\nBirch Bakery,ovens\n", "utf-8")
    assert "next: crm tier run --tags" in on_a_terminal(db, "import", str(customers))
    # Nothing is new, nothing is written, leads are not graded.
    assert "next:" not in on_a_terminal(db, "import", str(customers))
    assert "next:" not in on_a_terminal(db, "import", str(leads), "--table", "leads")
