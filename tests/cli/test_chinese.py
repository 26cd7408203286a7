"""The Chinese interface has no English in it but keys, codes, names of commands and options, and what people typed."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import crmcli
from crmcli import i18n
from crmcli.cli import app
from crmcli.fields import TABLES, by_heading, heading_key
from crmcli.reports import deliverables
from crmcli.tables import Column, called_table
from tests.conftest import Run

_HELPS = """
import json, typer
from crmcli import i18n
i18n.choose("zh")
from crmcli.cli import app

def pages(command, path):
    yield path, command.get_help(typer.Context(command, info_name=path))
    for name, inner in getattr(command, "commands", {}).items():
        yield from pages(inner, f"{path} {name}")

print(json.dumps(dict(pages(typer.main.get_command(app.build([])), "crm"))))
"""
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# What stands in a text as it is typed: a command with what follows it, an option, a `key`, a "word of TOML", a path.
_TYPED = re.compile(r"crm(?: [!-~]+)*|--?[a-z][a-z-]*|\[[^\]]*\]|<[^>]*>|\S*[@:/=_.|…]\S*|[A-Z][A-Z-]+\b", re.ASCII)
_WORDS = re.compile(r"(?<![\w'])[A-Za-z][a-z]+(?: [A-Za-z]?[a-z]+)+", re.ASCII)
# Days as they may be typed.
_TYPED_WORDS = {"next monday"}
_WORD = re.compile(r"(?<![\w-])[A-Za-z][A-Za-z-]*", re.ASCII)
# Abbreviations that Chinese has too, the names of things, and what is a key or a code in every language.
_KNOWN = {"RFM", "ABC", "CSAT", "NPS", "CNY", "A", "B", "C", "Excel", "CSV", "crm", "tag", "run", "clean", "fix"}
_KNOWN |= {"standard", "completeness", "push", "r", "m", "i", "x", "h", "W", "tester", "name", "domain"}


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """The page of every command, from a run of its own: the language is chosen before Typer is imported."""
    done = subprocess.run([sys.executable, "-c", _HELPS], capture_output=True, text=True, encoding="utf-8", check=True)
    pages: dict[str, str] = json.loads(done.stdout)
    return pages


@pytest.fixture
def in_chinese() -> Iterator[None]:
    i18n.choose("zh")
    yield
    i18n.choose("en")


def test_no_help_has_an_english_sentence(helps: dict[str, str]) -> None:
    assert len(helps) > len(app.commands())
    for path, page in helps.items():
        # What is typed may go on on the next line.
        left = _TYPED.sub("；", re.sub(r"\n +", " ", page))
        assert not [words for words in _WORDS.findall(left) if words not in _TYPED_WORDS], path


def test_every_command_and_option_is_explained_in_chinese(helps: dict[str, str]) -> None:
    for path, page in helps.items():
        assert _CHINESE.search(page.splitlines()[2]), path
        for section in re.split(r"\n\n(?=\S+：\n)", page)[1:]:
            # A name, and what it means beside it or on the lines under it.
            for part in re.split(r"\n(?=  \S)", section)[1:]:
                assert _CHINESE.search(part), (path, part)


def _data(run: Run) -> str:
    """Everything that is written in the base: what people typed, in whatever language."""
    return run("export", "all").stdout + json.dumps([*TABLES], ensure_ascii=False)


@pytest.fixture
def lived(stocked: Run) -> Run:
    """The demonstration's base with cases, leads, answers and a team, so that no report is empty."""
    for words in (
        ["case", "open", "C000030", "送货慢", "--kind", "complaint", "--severity", "major", "--at", "2026-11-16 09:00"],
        ["case", "respond", "CASE-000001", "已致歉"],
        ["case", "resolve", "CASE-000001", "换货"],
        ["case", "open", "C000043", "舆情", "--kind", "crisis"],
        ["case", "phase", "CASE-000002", "assess"],
        ["lead", "add", "甲线索公司", "--source", "expo", "--need", "要货", "--budget", "10万", "--decision", "总经理"],
        ["lead", "add", "乙线索公司", "--source", "partner"],
        ["lead", "win", "甲线索公司", "--amount", "12万"],
        ["lead", "lose", "乙线索公司", "--reason", "价格"],
        ["survey", "add", "C000030", "2", "--comment", "慢"],
        ["survey", "add", "C000043", "9", "--kind", "nps"],
        ["team", "add", "王芳", "--role", "account-manager"],
        ["assign", "C000043", "--to", "王芳"],
        ["tag", "add", "C000001", "need:product"],
    ):
        done = stocked(*words)
        assert done.code == 0, (words, done.stderr)
    return stocked


def _left(text: str, data: str) -> list[str]:
    """The English words of a page that are neither known nor written in the base."""
    said = re.sub(
        r"crm [a-z]+(?: [a-z]+)?|--[a-z-]+|\[\[\w+\]\]|\S*[@#]\S*|\w+[_.:]\S+|[\w-]+:[\w-]+", " ", text, flags=re.ASCII
    )
    return [word for word in _WORD.findall(said) if word not in _KNOWN and not re.search(rf"\b{word}\b", data)]


@pytest.mark.parametrize("name", [*deliverables.deliverables(), "value C000030", "base --owner 王芳 --tier key"])
def test_no_report_has_english_in_it(lived: Run, name: str, tmp_path: Path) -> None:
    # Stored words would hide themselves: `sales` in the policy is no excuse for `sales` in a report.
    data = re.sub(r'"(?:kind|stage|channel|status|tier|role|source|dimension|value)": "[^"]*"', "", _data(lived))
    data = re.sub(r'"table": "policies".*', "", data)
    keys = {*deliverables.deliverables()}
    done = lived("--lang", "zh", "report", *name.split(), "-f", "table")
    assert done.code == 0, done.stderr
    assert _CHINESE.search(done.stdout)
    assert not [word for word in _left(done.stdout, data) if word not in keys], done.stdout
    page = tmp_path / "page.md"
    assert lived("--lang", "zh", "report", *name.split(), "-o", page).code == 0
    assert not re.search(r"[\u4e00-\u9fff）][:;,] ", done.stdout + page.read_text("utf-8"))


def test_the_dashboard_has_no_english_in_it(lived: Run, db: Path, founded: bytes) -> None:
    data = _data(lived)
    page = lived("--lang", "zh", "status").stdout
    assert not _left(page, data), page
    db.write_bytes(founded)
    page = lived("--lang", "zh", "status").stdout
    assert not _left(page.replace("FILE", ""), data), page


def test_the_brief_before_a_call_has_no_english_in_it(lived: Run) -> None:
    page = lived("--lang", "zh", "show", "C000043").stdout
    for said in ("合作中", "电话", "已付款", "同意联系"):
        assert said in page, page
    for key in ("active", "paid", "consent", "unknown", "address", "visit", "call"):
        assert not re.search(rf"\b{key}\b", page), page


def _columns() -> Iterator[Column]:
    """Every column that the program can show under a heading that is not written beside it, and every field."""
    for path in Path(crmcli.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Column" and node.args:
                said = {keyword.arg: keyword.value for keyword in node.keywords}
                if isinstance(node.args[0], ast.Constant) and "title" not in said:
                    meaning = ast.literal_eval(said.get("meaning", ast.Constant("")))
                    yield Column(ast.literal_eval(node.args[0]), meaning=meaning)
    for table in TABLES.values():
        yield from (Column(field.name) for field in table.fields if field.column)


@pytest.mark.usefixtures("in_chinese")
def test_every_heading_is_chinese() -> None:
    columns = [*_columns()]
    english = {one for one in columns if re.search("[a-z]", one.heading.replace("RFM", ""))}
    assert not english and len(columns) > 500
    # A key that is something else in another table has another word there.
    assert Column("from", meaning="former_owner").heading == "原负责人" != Column("from").heading


@pytest.mark.usefixtures("in_chinese")
@pytest.mark.parametrize("table", ["customers", "contacts"])
def test_what_stands_over_a_column_can_be_typed_in_edit(table: str) -> None:
    for field in TABLES[table].fields:
        if field.column and (table, field.name) not in (("customers", "tier"), ("contacts", "name")):
            assert by_heading(table)[heading_key(Column(field.name).heading)] is field


def test_in_english_the_headings_are_the_keys() -> None:
    assert all(one.heading == one.key for one in _columns())


def test_refusals_name_fields_in_chinese(run: Run) -> None:
    run("add", "甲公司")
    run("order", "add", "甲公司", "1", "number=A")
    run("undo")
    run("order", "add", "甲公司", "2", "number=A")
    assert "它的 编号 现在已属于另一行" in run("--lang", "zh", "redo").stderr
    run("case", "open", "甲公司", "停产", "--kind", "crisis")
    run("case", "resolve", "CASE-000001", "已恢复")
    assert "复盘还缺 原因、教训" in run("--lang", "zh", "case", "close", "CASE-000001").stderr


def test_an_import_and_an_undo_name_fields_and_tables_in_chinese(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("name,phone\n,13800138000\n甲公司,13800138001\n", "utf-8")
    for words in (("-n",), ("--strict",)):
        told = next(
            line for line in run("--lang", "zh", "import", file, *words).stderr.splitlines() if "第 2 行" in line
        )
        assert "，名称：" in told and told.endswith("名称")
    run("add", "甲公司")
    run("order", "add", "甲公司", "1")
    refused = run("--lang", "zh", "undo", "1").stderr
    assert "订单" in refused and "orders" not in refused


@pytest.mark.usefixtures("in_chinese")
def test_words_in_a_row_are_apart_as_chinese_has_it() -> None:
    assert i18n.listed(["甲", "乙"]) == "甲、乙"
    assert i18n.sentences(["甲", "乙"]) == "甲；乙"
    assert i18n.named("甲", "乙") == "甲：乙"


def test_sentences_name_the_tables_in_chinese(in_chinese: None) -> None:
    assert [called_table(name) for name in TABLES] == [
        "客户", "联系人", "订单", "合同", "联系记录", "线索", "工单", "满意度调查", "标签",
    ]  # fmt: skip


def test_in_english_tables_are_named_as_they_are_typed() -> None:
    assert [called_table(name) for name in TABLES] == [*TABLES]
