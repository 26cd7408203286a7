"""Web pages as rows: tables as back offices write them, under whatever name."""

from pathlib import Path

import pytest

from crmcli.errors import InvalidInput
from tests.intake.test_sources import lines, opened, rows

EXPECTED = [["客户名称", "电话"], ["云海食品", "021-65541234"]]
TABLE = "<table><tr><th>客户名称</th><th>电话</th></tr><tr><td>云海食品</td><td>021-65541234</td></tr></table>"


@pytest.mark.parametrize(
    "page",
    [
        TABLE,
        f"<html><head><style>td {{ color: red }}</style></head><body>{TABLE}</body></html>",
        f'<!DOCTYPE html>\n<!-- made by us -->\n<HTML xmlns:x="urn:excel"><BODY>{TABLE}</BODY></HTML>',
        "<table><thead><tr><td>客户名称<td>电话<tbody><tr><td> 云海&#39135;品 <td>021-65541234&nbsp;</table>",
        f"<table><tr><td>报表<td>{TABLE}<tr><td>页脚</table>",
        "<div><table><tr><td>客户名称</td><td>电话</td></tr></table><table><tr><td>云海食品</td><td>021-65541234</td>"
        "</tr></table></div>",
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:x" xmlns:ss="urn:x">'
        '<Styles><Style ss:ID="a"/></Styles><Worksheet ss:Name="S"><Table><Row><Cell><Data ss:Type="String">客户名称'
        '</Data></Cell><Cell><Data>电话</Data><Comment><Data>x</Data></Comment></Cell></Row><Row ss:Index="5"><Cell>'
        "<Data>云海食品</Data></Cell><Cell><Data>021-65541234</Data></Cell></Row></Table></Worksheet></Workbook>",
    ],
    ids=["bare", "styled", "comment", "unclosed", "nested", "apart", "xml"],
)
@pytest.mark.parametrize("name", ["list.xls", "list.html"])
def test_a_table_is_found_and_read(tmp_path: Path, page: str, name: str) -> None:
    source = opened(tmp_path, page, name)
    assert rows(source) == EXPECTED
    assert source.encoding == "HTML, UTF-8"


def test_the_page_says_its_encoding(tmp_path: Path) -> None:
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head>{TABLE}</html>'
    source = opened(tmp_path, page.encode("gb18030"))
    assert (rows(source), source.encoding) == (EXPECTED, "HTML, GB18030")
    assert rows(opened(tmp_path, page.encode("utf-8"))) == EXPECTED
    western = '<meta charset="iso-8859-1"><table><tr><td>Company<td>City<tr><td>A<td>ÅÄÖÆ</table>'
    assert rows(opened(tmp_path, western.encode("cp1252")))[1] == ["A", "ÅÄÖÆ"]


def test_spans_keep_cells_under_their_headings(tmp_path: Path) -> None:
    page = """<table>
    <tr><td colspan="3">客户名册</td></tr>
    <tr><td>客户名称</td><td>联系人</td><td>手机</td></tr>
    <tr><td rowspan="2">云海食品</td><td>周明</td><td>1</td></tr>
    <tr><td>吴刚<br>（采购）</td><td>2</td></tr>
    <tr><td>长风贸易</td><td rowspan="2">郑和</td><td>3</td></tr>
    <tr><td>海城</td><td>4</td></tr>
    </table>"""
    source = opened(tmp_path, page)
    assert rows(source) == [
        ["客户名册", "", ""],
        ["客户名称", "联系人", "手机"],
        ["云海食品", "周明", "1"],
        ["云海食品", "吴刚\n（采购）", "2"],
        ["长风贸易", "郑和", "3"],
        ["海城", "郑和", "4"],
    ]
    assert lines(source) == [1, 2, 3, 4, 5, 6]


def test_further_tables_are_said(tmp_path: Path) -> None:
    other = "<table><tr><td>部门</td></tr><tr><td>销售</td></tr></table>"
    source = opened(tmp_path, f"{TABLE}{other}<table><tr><td></td></tr></table>")
    assert rows(source) == EXPECTED
    assert source.notes == ["list.csv: a further table of the page, from row 3 on, is not read"]
    assert "2 further tables" in opened(tmp_path, other + TABLE + other).notes[0]


@pytest.mark.parametrize("index", ["1", "9" * 5_000])
def test_rows_that_say_where_they_stand_have_lines_of_their_own(tmp_path: Path, index: str) -> None:
    page = f'<table><tr><td>客户名称<td>电话<row index="{index}"><td>甲<td>1<row index="1"><td>乙<td>2</table>'
    found = lines(opened(tmp_path, page))
    assert found == sorted(set(found))
    assert len(found) == 3
    assert max(found) < 1 << 40


def test_a_web_archive_is_its_page(tmp_path: Path) -> None:
    archive = (
        "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=xx\n\n--xx\n"
        'Content-Type: text/html; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n\n'
        f"<html>{TABLE}</html>\n--xx--\n"
    )
    assert rows(opened(tmp_path, archive, "list.xls")) == EXPECTED


def test_a_page_without_a_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="without a table"):
        opened(tmp_path, "<html><body>Please log in</body></html>")


@pytest.mark.parametrize("page", ["<table><tr><td colspan=999999>a</table>", "<table>" * 5_000 + "<tr><td>a"])
def test_a_hostile_page_does_no_harm(tmp_path: Path, page: str) -> None:
    assert rows(opened(tmp_path, page))[0][0] == "a"
