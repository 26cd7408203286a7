"""Documents at the edge: `-o` by the ending of the file for every command, and deliverables in every format."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from crmcli.cli.documents import show_document
from crmcli.errors import UsageError
from tests.cli.test_contract import SHOWN
from tests.conftest import Run
from tests.reports.writing import samples


@pytest.mark.parametrize("name", SHOWN)
def test_every_list_can_be_a_workbook_and_a_page(stocked: Run, tmp_path: Path, name: str) -> None:
    words, _fields = SHOWN[name]
    rows = json.loads(stocked(*words, "-f", "json").stdout)
    book, page = tmp_path / "名单.xlsx", tmp_path / "名单.html"
    for file in (book, page):
        result = stocked(*words, "-o", file)
        assert (result.code, result.stdout) == (0, ""), result.stderr
        assert file.stat().st_mode & 0o077 == 0
    read = CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python()
    # People read words where scripts read fields.
    assert name in ("kpi", "watch") or read[0] == list(rows[0])
    assert len(read) == len(rows) + 1
    text = page.read_text("utf-8")
    assert text.count("<tr>") == len(rows) + 1
    assert "<h1>名单</h1>" in text
    assert "2026-11-20 09:00" in text


def test_a_workbook_of_customers_is_the_same_customers_again(stocked: Run, tmp_path: Path) -> None:
    file, other = tmp_path / "customers.xlsx", tmp_path / "other.db"
    assert stocked("list", "-o", file, "--sort", "code").code == 0
    assert stocked("import", file, "--table", "customers", database=_empty(stocked, other)).code in (0, 9)
    fields = ("code", "name", "city", "phone", "email", "owner", "note")
    asked = ("list", "--sort", "code", "-f", "json", "--fields", ",".join(fields))
    assert json.loads(stocked(*asked, database=other).stdout) == json.loads(stocked(*asked).stdout)


def _empty(run: Run, path: Path) -> Path:
    assert run("init", database=path).code == 0
    return path


def test_what_does_not_go_together_is_refused_before_anything_is_written(stocked: Run, tmp_path: Path) -> None:
    for ending in ("xlsx", "html", "XLSX"):
        file = tmp_path / f"a.{ending}"
        for words in (["-q"], ["--excel"], ["-f", "csv"]):
            result = stocked("list", *words, "-o", file)
            assert result.code == 2
            assert f"does not go with a file that ends in .{ending.lower()}" in result.stderr
            assert not file.exists()
    result = stocked("add", "新客户", "-o", tmp_path / "a.docx")
    assert result.code == 2
    assert ".xlsx .html" in result.stderr
    assert "新客户" not in stocked("list").stdout
    result = stocked("list", "-f", "xlsx")
    assert result.code == 2


def test_an_older_file_stays_when_the_new_one_cannot_be_written(stocked: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder.xlsx"
    folder.mkdir()
    assert stocked("list", "-o", folder).code == 7
    assert stocked("list", "-o", tmp_path / "missing" / "a.xlsx").code == 7
    link = tmp_path / "link.xlsx"
    link.symlink_to(tmp_path / "crm.db")
    assert stocked("list", "-o", link).code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("report", "stage"), ("export", "orders"), ("export", "due"), ("order", "list"),
        ("contract", "list"), ("survey", "list"), ("lead", "funnel"),
    ],
)  # fmt: skip
def test_a_period_that_ends_before_it_begins_is_refused(run: Run, words: tuple[str, ...]) -> None:
    refused = run(*words, "--since", "2026-10-01", "--until", "2026-09-01")
    assert (refused.code, refused.stdout) == (2, "")
    assert "crm: error: the period ends before it begins\n" in refused.stderr
    assert run(*words, "--since", "2026-10-01", "--until", "2026-10-01").code == 0


def test_a_report_says_what_can_be_asked_of_it(run: Run) -> None:
    future = run("report", "stage", "--since", "2026-12-01")
    assert (future.code, future.stdout) == (2, "") and "without --until it ends today" in future.stderr
    today = run("report", "value", "--since", "2026-10-01")
    assert today.code == 2
    assert "of a period are: plan, contacts, stage, diagnosis, cases, funnel, quality\n" in today.stderr


def test_a_deliverable_is_whole_for_people_and_in_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = samples.document()
    show_document(document)
    text = capsys.readouterr().out
    for said in ("客户价值分析报告", "Policy: standard, version 3", "C000024", "529,000.00", "占比: 该客户金额"):
        assert said in text
    show_document(document, format="json")
    record = json.loads(capsys.readouterr().out)
    assert record["period"] == ["2026-01-01", "2026-11-20"]
    assert record["policy"] == {"name": "standard", "version": 3}
    kinds = [section["kind"] for section in record["sections"]]
    assert kinds == ["text", "definitions", "chart", "chart", "chart", "chart", "heatmap", "table"]
    assert record["sections"][2]["rows"][4] == {"label": "2026-05", "s0": "180000.00", "s1": None}
    assert record["sections"][2]["columns"] == {"label": "月份", "s0": "本年", "s1": "上年"}
    assert record["sections"][-1]["rows"][0]["amount"] == "12344.67"
    for ending in ("md", "html", "xlsx", "json", "txt"):
        show_document(document, output=tmp_path / f"report.{ending}")
    assert (tmp_path / "report.md").read_text("utf-8").startswith("# 客户价值分析报告\n")
    assert zipfile.is_zipfile(io.BytesIO((tmp_path / "report.xlsx").read_bytes()))
    assert capsys.readouterr().out == ""


def test_of_a_deliverable_a_format_of_rows_holds_the_first_table(capsys: pytest.CaptureFixture[str]) -> None:
    for format in ("csv", "tsv", "jsonl"):
        show_document(samples.document(), format=format)
        out, err = capsys.readouterr()
        assert len(out.splitlines()) == 24 + (format != "jsonl")
        assert "only the table 客户分级明细" in err
    show_document(samples.document(), quiet=True)
    assert capsys.readouterr().out.splitlines()[:2] == ["C000001", "C000002"]
    show_document(samples.document(), excel=True)
    assert capsys.readouterr().out.startswith("\ufeffcode,")
    with pytest.raises(UsageError):
        show_document(samples.document(), format="pdf")


def test_for_a_pdf_the_way_is_told(stocked: Run) -> None:
    result = stocked("report", "value", "-o", "value.pdf")
    assert (result.code, result.stdout) == (2, "")
    assert "the print of a page" in result.stderr and "value.html" in result.stderr
