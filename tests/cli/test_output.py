"""What stands over the columns, and how a table fits a terminal: words where people read, keys where programs do."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from rich.console import Console

from crmcli.cli import grids
from crmcli.cli.output import show_each
from crmcli.tables import Column, Table
from crmcli.values import display_width
from tests.conftest import Run

LISTS = (
    "due", "list", "find 机械", "tier show", "tier history", "tag list", "tag handbook", "value", "value --pareto",
    "kpi", "import --list", "history", "history C000030", "clean check", "clean completeness", "case list",
    "lead list", "lead funnel", "team list", "plan", "plan --workload", "order list", "contact list C000030",
    "survey list", "handoff list", "policy history", "policy presets", "policy test", "watch", "report",
    "calendar show", "tier simulate standard retail --moves", "log C000030 说 -n", "assign C000030 --to 王芳 -n",
    "edit C000030 city=南京 -n",
)  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def lived(stocked: Run) -> Run:
    """The demonstration's base with a case, a lead, an answer, a member and a hand-over."""
    for words in (
        ["case", "open", "C000030", "送货慢", "--kind", "complaint"],
        ["lead", "add", "甲线索公司", "--source", "expo", "--need", "要货"],
        ["survey", "add", "C000043", "9", "--kind", "nps"],
        ["team", "add", "王芳", "--role", "account-manager"],
        ["assign", "C000043", "--to", "王芳"],
    ):
        assert stocked(*words).code == 0
    return stocked


def _over(text: str) -> list[str]:
    return re.split(r"\s{2,}", text.splitlines()[0].strip())


@pytest.mark.parametrize("asked", LISTS)
def test_headings_are_words_for_people_and_keys_for_programs(lived: Run, asked: str) -> None:
    words = asked.split()
    keys = lived("--lang", "zh", *words, "-f", "csv").stdout.splitlines()[0].split(",")
    assert keys == lived(*words, "-f", "csv").stdout.splitlines()[0].split(",")
    assert set(_over(lived(*words, "-f", "table").stdout)) <= set(keys)
    chinese = _over(lived("--lang", "zh", *words, "-f", "table").stdout)
    english = [word for word in chinese if re.search("[a-z]", word) or not (CHINESE.search(word) or word.isupper())]
    assert chinese and not english


def test_markdown_and_workbooks_are_headed_in_chinese(lived: Run, tmp_path: Path) -> None:
    page, book = tmp_path / "list.md", tmp_path / "list.xlsx"
    for file in (page, book):
        assert lived("--lang", "zh", "list", "-o", file).code == 0
    heads = CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python()[0]
    assert heads[:3] == ["客户编号", "名称", "类型"] and "下次触达" in heads
    assert page.read_text("utf-8").startswith("| 客户编号 | 名称 ")


def test_fields_of_the_companys_own_keep_their_names(lived: Run) -> None:
    assert "合同金额（元）" in lived("list", "-f", "csv").stdout.splitlines()[0]
    assert "合同金额（元）" in lived("--lang", "zh", "list", "-f", "table").stdout.splitlines()[0]


def test_a_workbook_in_chinese_comes_back_as_it_was(lived: Run, tmp_path: Path) -> None:
    """Its figures and the words of the program do not become fields of the company's own."""
    listed, exported = tmp_path / "list.xlsx", tmp_path / "export.xlsx"
    assert lived("--lang", "zh", "list", "-o", listed).code == 0
    assert lived("--lang", "zh", "export", "customers", "-o", exported).code == 0
    heads = CalamineWorkbook.from_path(str(exported)).get_sheet_by_index(0).to_python()[0]
    assert heads[:3] == ["code", "name", "kind"]
    before = lived("list", "-f", "json").stdout
    for file in (listed, exported):
        receipt = json.loads(lived("import", file, "-f", "json").stdout)[0]
        assert (receipt["created"], receipt["updated"], receipt["rejected"]) == (0, 0, 0)
    assert lived("list", "-f", "json").stdout == before


# ------------------------------------------------------------------------------------------------- on a terminal


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 120, 200])
def test_lines_of_a_table_end_together(lived: Run, monkeypatch: pytest.MonkeyPatch, language: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("LINES", "50")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    lines = lived("--lang", language, "clean", "check").stdout.splitlines()
    assert len({display_width(line) for line in lines}) == 1
    assert display_width(lines[0]) <= width


def test_on_a_narrow_terminal_rows_are_told_in_chinese(lived: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "50")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    told = lived("--lang", "zh", "list", "--limit", "3").stdout
    assert "客户等级：" in told and "tier" not in told
    assert max(map(display_width, told.splitlines())) <= 40


def test_a_terminal_called_dumb_is_as_wide_as_it_is(lived: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert max(map(display_width, lived("list", "--limit", "3").stdout.splitlines())) <= 70


def test_columns_without_room_are_named(lived: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    narrow = lived("history", "C000001")
    assert narrow.stderr == "no room for file, command: a wider terminal shows all\n"
    assert "file" not in narrow.stdout.splitlines()[0]
    monkeypatch.setenv("COLUMNS", "400")
    wide = lived("history", "C000001")
    assert "file" in wide.stdout.splitlines()[0] and not wide.stderr


def _shown(table: Table, width: int) -> list[str]:
    file = io.StringIO()
    grids.show(table, Console(file=file, width=width, markup=False, highlight=False))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_the_widest_texts_give_way_and_ids_and_figures_stay_whole() -> None:
    columns = (Column("code", "id"), Column("name"), Column("note"), Column("amount", "money"))
    row = {"code": "C000001-LONG", "name": "华信科技", "note": "wants two offers 他们还要样品", "amount": 1234500}
    assert _shown(Table(columns, [row]), 44) == [
        "code          name      note          amount",
        "─" * 44,
        "C000001-LONG  华信科技  wants two  12,345.00",
        "                        offers 他",
        "                        们还要样",
        "                        品",
    ]


def test_a_title_stands_over_the_middle() -> None:
    assert _shown(Table((Column("name"),), [{"name": "x" * 20}], "Names"), 80)[0] == "       Names"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("two words", ["two words"]),
        ("three short words", ["three", "short", "words"]),
        ("orders.rejects.csv", ["orders.rej", "ects.csv"]),
        ("他们还要样品和报价", ["他们还要样", "品和报价"]),
        ("x他们还要样品", ["x他们还要", "样品"]),
        ("他们还要（样品）", ["他们还要", "（样品）"]),
        ("他们还要样，品", ["他们还要", "样，品"]),
        ("risk:low；value:high", ["risk:low；", "value:high"]),
        ("café crème", ["café crème"]),
        ("his café crème", ["his café", "crème"]),
    ],
)
def test_a_text_is_broken_between_words_and_chinese_anywhere(text: str, lines: list[str]) -> None:
    assert grids.folded(text, 10) == lines


@given(st.text("ab 一，é"), st.integers(2, 12))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, width: int) -> None:
    lines = grids.folded(text, width)
    assert all(display_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_terminal_one_cell_wide_still_ends() -> None:
    columns = (Column("code", "id"), Column("name"))
    assert "".join(_shown(Table(columns, [{"code": "C1", "name": "华信"}]), 1)).replace(" ", "") == "C1name:华信"


@pytest.mark.parametrize("format", ["tsv", "json", "jsonl"])
def test_a_row_is_written_before_the_next_is_read(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    written = []

    def rows() -> Iterator[dict[str, str]]:
        for code in ("K1", "K2", "K3"):
            written.append(capsys.readouterr().out)
            yield {"code": code}

    show_each([Column("code", "id")], rows(), format=format)
    assert "K1" in written[1] and "K2" in written[2]


@pytest.mark.parametrize("codes", [[], ["K1"], ["K1", "K2"]])
def test_json_row_by_row_is_indented_as_ever(codes: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"code": code, "share": 0.5} for code in codes]
    show_each([Column("code", "id"), Column("share", "share")], iter(rows), format="json")
    assert capsys.readouterr().out == json.dumps(rows, indent=2) + "\n"
