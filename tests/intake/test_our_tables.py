"""What `crm` itself writes comes in again as it was, whatever the format and the language of its headings."""

import json
from pathlib import Path

import pytest

from crmcli import i18n
from tests.conftest import Run

LISTS = ("customers", "contacts", "orders", "interactions", "cases", "contracts")


@pytest.fixture
def kept(run: Run) -> Run:
    """A base with texts that a format could spoil."""
    for words in (
        ("add", '"Quoted" 贸易', "note=line one\nline two | a_b * [c] <d>"),
        ("contact", "add", "C000001", "name=王芳", "title=采购经理", "primary=yes"),
        ("order", "add", "C000001", "1234.50", "number=SO-1", "ordered_on=2026-01-05"),
        ("log", "C000001", "谈价格", "--next", "寄样品", "--due", "+3d"),
        ("contract", "add", "C000001", "number=HT-1", "starts_on=2026-01-01", "ends_on=2026-12-31", "amount=500"),
        ("case", "open", "C000001", "送货晚了", "--kind", "complaint"),
    ):
        done = run(*words)
        assert done.code == 0, done.stderr
    return run


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl", "md", "html", "xlsx"])
def test_an_exported_list_that_comes_in_again_changes_nothing(
    kept: Run, tmp_path: Path, ending: str, language: str
) -> None:
    for table in LISTS:
        file = tmp_path / f"{table}.{ending}"
        kept("--lang", language, "export", table, "-o", str(file))
        (receipt,) = json.loads(kept("import", "-n", str(file), "-f", "json").stdout)
        told = {key: receipt[key] for key in ("table", "created", "updated", "unchanged", "rejected")}
        assert told == {"table": table, "created": 0, "updated": 0, "unchanged": 1, "rejected": 0}


@pytest.mark.parametrize(
    "text",
    [
        "| 客户名称 | 备注 |\n|:---|---:|\n| 鼎盛贸易 | 甲\\|乙<br>丙 |\n| 安平科技 | - |\n",
        "# 客户\n\n|客户名称|备注|\r\n| --- | --- |\r\n|鼎盛贸易|甲\\|乙<br>丙|\r\n|安平科技||",
        "客户名称 | 备注\n--- | ---\n鼎盛贸易 | 甲\\|乙<br>丙\n安平科技 |\n",
    ],
)
def test_a_table_in_markdown_from_elsewhere_is_read(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "list.md"
    file.write_text(text, "utf-8", newline="")
    (receipt,) = json.loads(run("import", str(file), "-f", "json").stdout)
    assert (receipt["created"], receipt["rejected"], receipt["repaired"]) == (2, 0, 0)
    first, second = json.loads(run("list", "--fields", "name,note", "-f", "json").stdout)
    assert first == {"name": "鼎盛贸易", "note": "甲|乙\n丙"}
    assert second["name"] == "安平科技"


def test_a_list_between_bars_is_no_markdown(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text('客户名称|备注\n"鼎盛|贸易"|"a<br>b"\n', "utf-8")
    assert run("import", str(file)).code == 0
    assert json.loads(run("list", "--fields", "name,note", "-f", "json").stdout) == [
        {"name": "鼎盛|贸易", "note": "a<br>b"}
    ]


def test_rejected_rows_do_not_go_to_stdout(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text("客户名称,电话\n,13800138000\n", "utf-8")
    assert run("import", "list.csv", "--rejects", "-").code == 2
    assert [file.name for file in tmp_path.iterdir() if file.name == "-"] == []


def test_a_rejected_row_of_markdown_is_told_with_its_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.md"
    file.write_text("| 客户名称 | 电话 |\n|---|---|\n| 鼎盛贸易 |  |\n|  | 13800138000 |\n", "utf-8")
    result = run("import", "-n", str(file))
    assert (result.code, "list.md, line 4, name" in result.stderr) == (9, True)
