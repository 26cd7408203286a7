"""The workbook, read back as what it is: a zip of XML; by the importer's reader; and by LibreOffice where it is."""

import io
import re
import shutil
import subprocess
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from xlsxwriter.worksheet import Worksheet

from crmcli.errors import UsageError
from crmcli.reports.documents import Document, HeatMap, Series
from crmcli.reports.writing import xlsx as module
from crmcli.reports.writing.quick_sheet import QuickSheet
from crmcli.reports.writing.sheets import sheet_name
from crmcli.reports.writing.xlsx import xlsx
from crmcli.tables import Column, Table
from tests.reports.writing import samples

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (libreoffice-calc-nogui)")


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def sheet(content: bytes, number: int = 1) -> ElementTree.Element:
    return ElementTree.fromstring(parts(content)[f"xl/worksheets/sheet{number}.xml"])


def formats(content: bytes) -> list[str]:
    """The number format of each cell style."""
    styles = ElementTree.fromstring(parts(content)["xl/styles.xml"])
    own = {int(f.attrib["numFmtId"]): f.attrib["formatCode"] for f in styles.iter(f"{MAIN}numFmt")}
    built_in = {0: "General", 3: "#,##0", 4: "#,##0.00", 49: "@"}
    cells = styles.find(f"{MAIN}cellXfs")
    assert cells is not None
    return [own.get(key := int(xf.attrib["numFmtId"]), built_in.get(key, str(key))) for xf in cells]


def read(content: bytes, name: int = 0) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(name).to_python()


def form(content: bytes, cell: str, number: int = 1) -> str:
    (found,) = [c for c in sheet(content, number).iter(f"{MAIN}c") if c.attrib["r"] == cell]
    return formats(content)[int(found.attrib.get("s", "0"))]


def test_numbers_money_shares_and_days_are_what_they_are() -> None:
    rows = read(xlsx(samples.only(samples.table())))
    assert rows[0][:8] == ["客户编号", "客户名称", "等级", "负责人", "电话", "近一年采购金额", "占比", "订单 (个)"]
    first = dict(zip([c.key for c in samples.COLUMNS], rows[1], strict=True))
    assert (first["amount"], first["share"], first["orders"], first["hours"]) == (12344.67, 0.001, 1, 0.25)
    assert first["last_on"] == date(2026, 2, 15)
    assert first["at"] == datetime(2026, 11, 20, 9, 30)
    assert (first["code"], first["phone"]) == ("C000001", "138 0013 8000")
    assert (first["tags"], first["note"]) == ("行业:机械; 来源:展会", "")


def test_each_kind_has_its_format_and_money_its_currency() -> None:
    content = xlsx(samples.document())
    number = len(samples.document().sections) - 1  # behind the first sheet; two sections are on it
    assert form(content, "A2", number) == "@"
    assert form(content, "F2", number) == '"¥"#,##0.00'
    assert form(content, "G2", number) == "0.0%"
    assert form(content, "H2", number) == "#,##0"
    assert form(content, "I2", number) == "#,##0.00"
    assert form(content, "J2", number) == "yyyy-mm-dd"
    assert form(content, "K2", number) == "yyyy-mm-dd hh:mm"
    assert form(xlsx(replace(samples.document(), currency="CHF")), "F2", number) == '"CHF "#,##0.00'


def test_nothing_that_somebody_typed_is_run() -> None:
    content = xlsx(samples.only(samples.hostile()))
    names = [row[1] for row in read(content)[1:]]
    assert names[:3] == ["=cmd|'/C calc'!A0", "+1", "@x"]
    assert names[3] == r"\x1b[31mred\x00 \u202e"
    assert names[4:8] == list(samples.HOSTILE[4:])
    for name, text in parts(content).items():
        if name.startswith("xl/worksheets/"):
            root = ElementTree.fromstring(text)
            assert not list(root.iter(f"{MAIN}f")), name
            assert not list(root.iter(f"{MAIN}hyperlink")), name
    styles = ElementTree.fromstring(parts(content)["xl/styles.xml"])
    cells = styles.find(f"{MAIN}cellXfs")
    assert cells is not None
    quoted = {at for at, xf in enumerate(cells) if xf.attrib.get("quotePrefix") == "1"}
    kept = {c.attrib["r"] for c in sheet(content).iter(f"{MAIN}c") if int(c.attrib.get("s", "0")) in quoted}
    # Excel leaves these text even when somebody edits the cell; +1 is a plain number to it.
    assert {"B2", "B4"} <= kept


def test_markup_of_the_library_is_text_too() -> None:
    name = '<r><t>x</t></is></c><c r="Z9"><f>1+1</f></c><c t="inlineStr"><is></r>'
    content = xlsx(samples.only(Table([Column("name")], [{"name": name}, {"name": "<r>a & b</r>"}], "T")))
    assert not list(sheet(content).iter(f"{MAIN}f"))
    assert [row[0] for row in read(content)] == ["name", name, "<r>a & b</r>"]


def test_cells_are_written_as_the_library_writes_them() -> None:
    """The loop that is ours for its speed, beside the library's own."""
    texts = ["a & b < c > d", "_x0041_", "_x00_ _xyz", " before", "after ", "one\ntwo", "\u00a0", "笑 😀", '"quoted"']
    numbers = [0, 1, -1, 0.1, 1 / 3, 1e15, 123456789.012345, -1e-7]

    def written(kind: type) -> str:
        content = io.BytesIO()
        workbook = xlsxwriter.Workbook(content, {"constant_memory": True})
        page, style = workbook.add_worksheet("T", kind), workbook.add_format({"bold": True})
        for at, text in enumerate(texts):
            page.write_string(at, 0, text)
            page.write_string(at, 30, text, style)
        for at, number in enumerate(numbers, len(texts)):
            page.write_number(at, 0, number)
            page.write_number(at, 30, number, style)
            page.write_blank(at, 31, None, style)
        page.write_url(99, 0, "internal:T!A1", style, "T")
        workbook.close()
        return parts(content.getvalue())["xl/worksheets/sheet1.xml"]

    assert written(QuickSheet) == written(Worksheet)


def test_a_text_too_long_for_a_cell_says_that_it_is_cut() -> None:
    note = read(xlsx(samples.only(samples.hostile())))[-1][-1]
    assert len(note) <= 32_767
    assert note.startswith("长" * 30_000)
    assert note.endswith("… [cut here: 40,000 characters in all]")
    emoji = Table([Column("note")], [{"note": "😀" * 20_000}, {"note": "a" * 32_767}], "T")
    rows = read(xlsx(samples.only(emoji)))
    assert len(rows[1][0].encode("utf-16-le")) // 2 <= 32_767
    assert "20,000" in rows[1][0]
    assert rows[2][0] == "a" * 32_767


def test_what_is_no_day_or_number_stays_as_it_was_written() -> None:
    columns = (Column("on", "date"), Column("n", "number"), Column("m", "money"), Column("s", "share"))
    values = [
        ("--05-03", "5 h", 10**18, None),
        ("1899-12-31", "", None, float("nan")),
        ("20260101", True, -5, 0.5),
        (date(2026, 1, 2), "12.50", 0, 1),
        ("9999-12-31", "-3", 1, 0),
    ]
    rows = [dict(zip("onms", value, strict=True)) for value in values]
    table = Table(columns, [{"on": row["o"], **row} for row in rows], "T")
    content = xlsx(samples.only(table))
    got = read(content)[1:]
    assert got[0] == ["--05-03", "5 h", "10000000000000000.00", ""]
    assert got[1][:3] == ["1899-12-31", "", ""]
    assert got[2] == ["20260101", "yes", -0.05, 0.5]
    assert got[3] == [date(2026, 1, 2), 12.5, 0, 1]
    assert got[4] == [date(9999, 12, 31), -3, 0.01, 0]


def test_headings_stay_in_sight_and_filter_and_repeat_on_paper() -> None:
    content = xlsx(samples.only(samples.table()))
    root = sheet(content)
    (pane,) = root.iter(f"{MAIN}pane")
    assert (pane.attrib["ySplit"], pane.attrib["xSplit"], pane.attrib["state"]) == ("1", "2", "frozen")
    (filtered,) = root.iter(f"{MAIN}autoFilter")
    assert filtered.attrib["ref"] == "A1:M25"
    (setup,) = root.iter(f"{MAIN}pageSetup")
    assert (setup.attrib["paperSize"], setup.attrib["orientation"]) == ("9", "landscape")
    assert setup.attrib["fitToHeight"] == "0"
    (fit,) = root.iter(f"{MAIN}pageSetUpPr")
    assert fit.attrib["fitToPage"] == "1"
    workbook = parts(content)["xl/workbook.xml"]
    assert re.search(r'name="_xlnm.Print_Titles"[^>]*>.*\$1:\$1<', workbook)
    header, footer = next(root.iter(f"{MAIN}oddHeader")), next(root.iter(f"{MAIN}oddFooter"))
    assert header.text == "&L客户分级明细&R客户分级明细  2026-11-20"
    assert footer.text == "&C&P / &N"
    narrow = Table([Column("code", "id"), Column("name")], [{"code": "C1", "name": "A & B"}], "A & B")
    root = sheet(xlsx(samples.only(narrow)))
    assert next(root.iter(f"{MAIN}pageSetup")).attrib["orientation"] == "portrait"
    assert (next(root.iter(f"{MAIN}oddHeader")).text or "").startswith("&LA && B")


def test_columns_are_as_wide_as_their_text_in_chinese() -> None:
    columns = [Column("a", title="名称"), Column("b"), Column("c", "money"), Column("d")]
    row = {"a": "上海青岚机械有限公司", "b": "x", "c": 123456789_00, "d": "长" * 200}
    widths = [
        float(c.attrib["width"]) for c in sheet(xlsx(samples.only(Table(columns, [row], "T")))).iter(f"{MAIN}col")
    ]
    assert 22 <= widths[0] <= 24
    assert widths[1] < 8
    assert 15 <= widths[2] <= 19
    assert 60 <= widths[3] <= 62


def test_long_text_is_wrapped_in_a_row_high_enough() -> None:
    rows = [{"a": "长" * 60}, {"a": "kurz"}, {"a": "one\ntwo\nthree"}]
    root = sheet(xlsx(samples.only(Table([Column("a")], rows, "T"))))
    heights = [float(row.attrib.get("ht", 0)) for row in root.iter(f"{MAIN}row")]
    assert heights[1] >= 45
    assert heights[2] < 17
    assert heights[3] >= 45


def test_sheets_are_one_a_table_with_names_that_excel_allows() -> None:
    taken: set[str] = set()
    named = []
    for title in ("a/b:c*?[]", "A/B:C*?[]", "", "history", "'x'", "长" * 40, "长" * 40, "😀" * 40, "a\nb\x00"):
        name = sheet_name(title, taken)
        taken.add(name.casefold())
        named.append(name)
    assert named[:5] == ["a_b_c____", "A_B_C____ 2", "1", "history 1", "x"]
    assert named[5:7] == ["长" * 31, "长" * 29 + " 2"]
    assert named[7] == "😀" * 15
    assert all(len(name.encode("utf-16-le")) <= 62 and not set(name) & set("[]:*?/\\") for name in named)
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx(samples.document())))
    assert book.sheet_names == [
        "Overview", "采购趋势", "采购趋势 2", "采购趋势 3", "各类客户的数量", "金额热力图", "客户分级明细",
    ]  # fmt: skip


def test_the_first_sheet_says_what_the_rest_is_about() -> None:
    rows = read(xlsx(samples.document()))
    said = {row[0]: row[1] for row in rows}
    assert rows[0][0] == "客户价值分析报告"
    assert said["Period"] == "2026-01-01 to 2026-11-20"
    assert said["As of"] == "2026-11-20 09:00"
    assert said["Policy"] == "standard, version 3"
    assert said["Currency"] == "CNY"
    assert said["客户数"] == "278 家"
    assert said["客户分级明细"] == "24 rows\n金额含税。"
    assert said["占比"] == "该客户金额 / 全部金额"
    assert any("按周末估算" in str(row[1]) for row in rows)


def test_one_table_alone_is_one_sheet_that_can_be_imported() -> None:
    content = xlsx(samples.only(samples.table(2)))
    assert "Overview" not in parts(content)["xl/workbook.xml"]
    assert read(xlsx(samples.only(Table([Column("a")], [], "T")))) == [["a"]]


def test_charts_are_excels_own_and_hold_their_figures() -> None:
    content = parts(xlsx(samples.document()))
    charts = [content[f"xl/charts/chart{number}.xml"] for number in range(1, 5)]
    assert ["c:lineChart" in chart for chart in charts] == [False, True, False, False]
    assert 'val="stacked"' in charts[2]
    assert '<c:barDir val="bar"/>' in charts[3]  # long labels lie
    for chart in charts:
        root = ElementTree.fromstring(chart)
        names = [v.text for v in root.iter("{http://schemas.openxmlformats.org/drawingml/2006/chart}v")]
        assert {"2026-01", "120000"} <= set(names) or {"重要发展客户", "30"} <= set(names)
    assert "colorScale" in content["xl/worksheets/sheet6.xml"]
    evil = replace(samples.months(), title="=Sheet!A1", series=[Series("=1+1", [1.0] * 12)])
    chart = parts(xlsx(Document("T", [evil], samples.AS_OF)))["xl/charts/chart1.xml"]
    assert "<c:f>Sheet!A1</c:f>" not in chart
    assert "<a:t>=Sheet！A1</a:t>" in chart


def test_empty_charts_and_maps_are_sheets_all_the_same() -> None:
    nothing = Document("T", [replace(samples.months(), labels=[], series=[]), HeatMap("H", [], [], [])], samples.AS_OF)
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx(nothing)))
    assert book.sheet_names == ["Overview", "采购趋势", "H"]


def test_the_same_document_is_the_same_bytes_and_tells_nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    content = xlsx(samples.document())
    later = xlsx(samples.document())
    assert content == later
    core = parts(content)["docProps/core.xml"]
    assert core.count("2026-11-20T01:00:00Z") == 2
    assert "<dc:creator></dc:creator>" in core or "<dc:creator/>" in core
    assert xlsx(replace(samples.document(), as_of=samples.AS_OF + timedelta(days=1))) != content


def test_rows_that_no_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 3)
    with pytest.raises(UsageError, match="a sheet holds 3 rows, and here are 4"):
        xlsx(samples.only(samples.table(4)))


def test_memory_does_not_grow_with_the_rows() -> None:
    def taken(rows: int) -> int:
        document = samples.only(samples.table(rows))
        tracemalloc.start()
        xlsx(document)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    taken(10)  # what is loaded once
    assert taken(2_000) - taken(200) < 2_000_000


@needs_office
def test_libreoffice_opens_and_recalculates_it_to_the_same(tmp_path: Path) -> None:
    """Through its own format and back: what it shows is what was written."""
    assert OFFICE is not None
    hostile = replace(samples.hostile(), rows=samples.hostile().rows[:-1])
    document = replace(samples.document(), sections=[*samples.document().sections, hostile])
    (tmp_path / "report.xlsx").write_bytes(xlsx(document))
    for target in ("ods", "xlsx:Calc MS Excel 2007 XML"):
        source = "report.xlsx" if target == "ods" else "report.ods"
        words = [OFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
        words += ["--convert-to", target, "--outdir", "out" if target != "ods" else ".", source]
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, timeout=180)
    again = (tmp_path / "out" / "report.xlsx").read_bytes()
    before, after = xlsx(document), again
    names = CalamineWorkbook.from_filelike(io.BytesIO(before)).sheet_names
    assert CalamineWorkbook.from_filelike(io.BytesIO(after)).sheet_names == names
    for number in range(1, len(names)):
        assert read(after, number) == read(before, number), names[number]
    assert not any("<f" in text for name, text in parts(after).items() if name.startswith("xl/worksheets/sheet"))
    assert len([name for name in parts(after) if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]) == 4
