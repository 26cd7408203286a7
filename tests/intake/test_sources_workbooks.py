"""Workbooks as rows: the right sheet, the cells as they would be typed, and no harm from hostile files."""

import struct
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from crmcli.errors import InvalidInput
from crmcli.intake import mapping
from crmcli.intake.sources import Source, open_source
from tests.intake.test_sources import lines, rows

HEADINGS = ["客户名称", "电话"]
Cell = str | float


def book(path: Path, sheets: dict[str, list[list[Any]]], *, hidden: tuple[str, ...] = ()) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as workbook:
        for name, table in sheets.items():
            sheet = workbook.add_worksheet(name)
            for line, row in enumerate(table):
                sheet.write_row(line, 0, row)
            if name in hidden:
                sheet.hide()
    return path


def xls(path: Path, table: list[list[Cell]]) -> Path:
    """An XLS of one sheet: BIFF8 ([MS-XLS]) in a compound file ([MS-CFB]) of one stream."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))

    def cell(row: int, column: int, value: Cell) -> bytes:
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, str):
            return record(0x204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
        return record(0x203, place + struct.pack("<d", value))

    cells = [cell(r, c, value) for r, row in enumerate(table) for c, value in enumerate(row)]
    sheet = begin(0x10) + b"".join(cells) + record(0x0A, b"")
    name = record(0x85, struct.pack("<IBBBB", 0, 0, 0, 1, 0) + b"A")
    start = len(begin(5) + name + record(0x0A, b""))
    name = record(0x85, struct.pack("<IBBBB", start, 0, 0, 1, 0) + b"A")
    stream = (begin(5) + name + record(0x0A, b"") + sheet).ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % 512)
    sectors = len(stream) // 512
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    fat = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))

    def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
        text = title.encode("utf-16-le") + b"\0\0" if title else b""
        links = struct.pack("<BBIII", kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return (
            text.ljust(64, b"\0") + struct.pack("<H", len(text)) + links + bytes(36) + struct.pack("<IQ", first, size)
        )

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    folder += entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    path.write_bytes(head + fat + folder + stream)
    return path


def ods(path: Path, body: str, *, manifest: str = "") -> Path:
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="S">{body}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return path


def text_cell(text: str, repeated: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {repeated}><text:p>{text}</text:p></table:table-cell>'


def ods_rows(table: list[list[str]]) -> str:
    return "".join(f"<table:table-row>{''.join(map(text_cell, row))}</table:table-row>" for row in table)


# --- the kinds ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["list.xls", "list.xlsx", "list.csv"])
def test_an_xls_is_one_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    source = open_source(xls(tmp_path / name, [["客户名称", "手机"], ["云海食品", 13800138000.0]]))
    assert rows(source) == [["客户名称", "手机"], ["云海食品", "13800138000"]]


@pytest.mark.parametrize("name", ["list.xls", "list.xlsx", "list.ods"])
def test_an_xlsx_is_one_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    written = book(tmp_path / "written.xlsx", {"客户": [HEADINGS, ["云海食品", "021-65541234"]]})
    source = open_source(written.rename(tmp_path / name))
    assert rows(source) == [HEADINGS, ["云海食品", "021-65541234"]]


def test_an_ods_with_its_endless_empty_rows(tmp_path: Path) -> None:
    cells = '<table:table-cell table:number-columns-repeated="16384"/>'
    empty = f'<table:table-row table:number-rows-repeated="1048000">{cells}</table:table-row>'
    source = open_source(ods(tmp_path / "a.ods", ods_rows([HEADINGS, ["云海食品", "1"]]) + empty))
    assert rows(source) == [HEADINGS, ["云海食品", "1"]]


# --- cells -------------------------------------------------------------------------------------------------------


def test_cells_are_as_they_would_be_typed(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        shown = ("yyyy/m/d", "yyyy-mm-dd hh:mm", "[h]:mm", "hh:mm")
        formats = {name: workbook.add_format({"num_format": name}) for name in shown}
        sheet.write_row(0, 0, ["客户名称", "电话", "税号", "合作日期", "时间", "f", "g", "h", "i", "j"])
        sheet.write_row(1, 0, ["甲", 13800138000, 310101199001011234])
        sheet.write_datetime(1, 3, date(2024, 3, 5), formats["yyyy/m/d"])
        sheet.write_datetime(1, 4, datetime(2024, 3, 5, 9, 30), formats["yyyy-mm-dd hh:mm"])
        sheet.write_datetime(1, 5, timedelta(hours=26, minutes=5), formats["[h]:mm"])
        sheet.write_datetime(1, 6, time(9, 30), formats["hh:mm"])
        sheet.write(1, 7, 0.1 + 0.2)
        sheet.write(1, 8, True)
        sheet.write_formula(1, 9, "=NA()", None, "#N/A")
    assert rows(open_source(path))[1] == [
        "甲", "13800138000", "3.10101199001011E+17", "2024-03-05", "2024-03-05 09:30:00", "26:05:00", "09:30:00", "0.3",
        "yes", "",
    ]  # fmt: skip


def test_a_merged_company_stands_in_all_of_its_rows_and_a_merged_title_in_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "2026 年客户名册")
        sheet.write_row(2, 0, ["客户名称", "联系人", "手机"])
        sheet.merge_range(3, 0, 4, 0, "云海食品")
        sheet.write_row(3, 1, ["周明", "13800138000"])
        sheet.write_row(4, 1, ["吴刚", "13900139000"])
    source = open_source(path)
    assert rows(source)[0] == ["2026 年客户名册", "", ""]
    assert [row[0] for row in rows(source)[2:]] == ["云海食品", "云海食品"]
    assert lines(source) == [1, 3, 4, 5]


def test_lines_are_the_rows_of_the_sheet_where_nothing_stands_at_the_top_and_left(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(3, 2, HEADINGS)
        sheet.write_row(6, 2, ["甲", "1"])
    source = open_source(path)
    assert lines(source) == [4, 7]
    assert rows(source) == [["", "", *HEADINGS], ["", "", "甲", "1"]]


def test_formulas_that_nobody_calculated_are_said(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_formula(1, 0, '="甲"', None, "甲")
        sheet.write_formula(1, 1, "=1+1", None, "")
        sheet.write_formula(2, 1, "=1+1", None, "")
        sheet.write(2, 0, "乙")
    source = open_source(path)
    assert rows(source)[1:] == [["甲", ""], ["乙", ""]]
    assert "2 formulas" in source.notes[0]


# --- sheets ------------------------------------------------------------------------------------------------------


def test_the_sheet_with_the_data_is_read_and_the_others_are_said(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Any]]] = {
        "说明": [["填表说明"], ["请勿改动表头"]],
        "客户": [HEADINGS, ["云海食品", "1"]],
        "旧": [HEADINGS, ["不要", "2"]],
    }
    source = open_source(book(tmp_path / "a.xlsx", sheets, hidden=("旧",)))
    assert rows(source)[1:] == [["云海食品", "1"]]
    assert "'客户'" in source.encoding
    assert [note.rpartition(": ")[2] for note in source.notes] == ["说明; --sheet reads one", "旧"]
    assert rows(open_source(tmp_path / "a.xlsx", sheet="旧"))[1] == ["不要", "2"]


def test_sheets_of_one_table_are_read_one_after_the_other(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Any]]] = {
        "李雷": [["李雷的客户"], HEADINGS, ["甲", "1"], ["合计", 1]],
        "韩梅": [["电话", "城市", "客户名称"], ["2", "上海", "乙"]],
        "订单": [["订单号", "客户", "下单日期", "金额"], ["S1", "甲", "2026-01-01", "5"]],
    }
    source = open_source(book(tmp_path / "a.xlsx", sheets))
    assert rows(source) == [
        ["客户名称", "电话", "城市", "_sheet"],
        ["甲", "1", "", "李雷"],
        ["乙", "2", "上海", "韩梅"],
    ]
    assert lines(source) == [2, 3, 10_000_002]
    assert any("line 10000001 is row 1 of sheet '韩梅'" in note for note in source.notes)
    assert any("订单" in note for note in source.notes)
    assert mapping.lay_out(source).unused == []
    assert mapping.lay_out(open_source(tmp_path / "a.xlsx", table="orders")).table == "orders"


def test_headings_and_sums_of_pages_are_left_out_of_every_sheet(tmp_path: Path) -> None:
    page: list[list[Any]] = [HEADINGS, ["甲", "13800138000"], HEADINGS, ["小计", 3], ["乙", "13900139000"], [" ", ""]]
    source = open_source(book(tmp_path / "a.xlsx", {"一月": page, "二月": page}))
    assert [row[0] for row in rows(source)[1:]] == ["甲", "乙"] * 2
    assert sum("repeat the headings" in note for note in source.notes) == 2


def test_sheets_in_different_units_are_not_read_as_one_column(tmp_path: Path) -> None:
    order = ["订单号", "客户", "下单日期"]
    sheets: dict[str, list[list[Any]]] = {
        "七月": [[*order, "金额(万元)"], ["S1", "甲", "2026-07-01", "1.5"]],
        "八月": [[*order, "金额(元)"], ["S2", "甲", "2026-08-01", "150"]],
    }
    source = open_source(book(tmp_path / "a.xlsx", sheets))
    assert [row[3:5] for row in rows(source)] == [["金额(万元)", "金额(元)"], ["1.5", ""], ["", "150"]]
    with pytest.raises(InvalidInput, match="two columns are amount"):
        mapping.lay_out(source)


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"客户": [HEADINGS]})
    with pytest.raises(InvalidInput, match="no sheet '订单'") as problem:
        open_source(path, sheet="订单")
    assert problem.value.hint == "it has: 客户"


# --- hostile and damaged files -----------------------------------------------------------------------------------


def refused(path: Path) -> str:
    with pytest.raises(InvalidInput) as problem:
        rows(open_source(path))
    return problem.value.message


def test_a_cell_at_the_end_of_the_world_is_refused_before_it_is_allocated(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write(20_000, 16_383, "x")
    assert "too far" in refused(path)
    far = '<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>'
    gap = '<table:table-cell table:number-columns-repeated="16000"/>'
    wide = f"<table:table-row>{gap}{text_cell('x')}</table:table-row>"
    assert "too far" in refused(ods(tmp_path / "far.ods", ods_rows([HEADINGS]) + far + wide))
    many = text_cell("x", 'table:number-columns-repeated="16000"')
    block = f'<table:table-row table:number-rows-repeated="1000000">{many}</table:table-row>'
    assert "too far" in refused(ods(tmp_path / "block.ods", block))


def test_an_xlsb_with_a_far_cell_is_refused_by_what_it_says_of_itself(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "far.xlsb", "w") as archive:
        # BrtBeginSheet, and BrtWsDim with the first and last row and column.
        size = struct.pack("<IIII", 0, 1_048_575, 0, 16_383)
        archive.writestr("xl/worksheets/sheet1.bin", b"\x81\x01\x00\x94\x01\x10" + size)
    assert "too far" in refused(tmp_path / "far.xlsb")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"客户": [HEADINGS]})
    content = bytearray(path.read_bytes())
    # The size unpacked, as the directory of the archive gives it for its first member.
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 1 << 30)
    path.write_bytes(content)
    assert "too large" in refused(tmp_path / "a.xlsx")


def test_a_file_larger_than_memory_should_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate((100 << 20) + 1)
    assert "larger than 100 MB" in refused(path)


def test_a_password_is_said(tmp_path: Path) -> None:
    locked = xls(tmp_path / "locked.xlsx", [["a"]])
    locked.write_bytes(locked.read_bytes() + "EncryptedPackage".encode("utf-16-le"))
    assert "password" in refused(locked)
    assert "password" in refused(ods(tmp_path / "a.ods", ods_rows([HEADINGS]), manifest="<encryption-data/>"))


def test_a_compound_file_with_sectors_of_no_version_is_not_read_for_minutes(tmp_path: Path) -> None:
    content = bytearray(xls(tmp_path / "a.xls", [["客户名称"]]).read_bytes())
    struct.pack_into("<H", content, 30, 12)
    (tmp_path / "a.xls").write_bytes(content)
    assert "cannot be read as a spreadsheet" in refused(tmp_path / "a.xls")


@pytest.mark.parametrize("cut", [10, 100, 600, 2_000])
def test_a_damaged_workbook_is_one_clear_line(tmp_path: Path, cut: int) -> None:
    whole = book(tmp_path / "whole.xlsx", {"客户": [HEADINGS, ["甲", "1"]]}).read_bytes()
    old = xls(tmp_path / "whole.xls", [["客户名称"], ["甲"]]).read_bytes()
    for name, content in (("a.xlsx", whole), ("a.xls", old)):
        (tmp_path / name).write_bytes(content[:cut])
        assert "cannot be read as a spreadsheet" in refused(tmp_path / name)


def test_a_panic_of_the_library_is_one_clear_line_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    content = bytearray(xls(tmp_path / "a.xls", [["客户名称"], ["甲"]]).read_bytes())
    # Where the sheet begins: far behind the end of the file.
    content[content.index(b"\x85\x00\x09\x00") + 6] = 99
    (tmp_path / "a.xls").write_bytes(content)
    assert "cannot be read as a spreadsheet" in refused(tmp_path / "a.xls")
    assert capfd.readouterr().err == ""


def test_a_zip_that_is_no_workbook_is_one_clear_line(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("list.csv", "name\n")
    assert "cannot be read as a spreadsheet" in refused(tmp_path / "a.zip")


def test_only_what_is_read_must_fit(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("客户")
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, ["甲", "1"])
        workbook.add_worksheet("宽").write(0, 1_500, "x")
    source: Source = open_source(path)
    assert rows(source)[1] == ["甲", "1"]
    with pytest.raises(InvalidInput, match="more than 1000 columns"):
        open_source(path, sheet="宽")
