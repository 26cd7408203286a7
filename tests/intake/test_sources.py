"""Text files as rows: whatever their encoding, delimiter and kind, told by content and not by name."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcli.errors import InvalidInput
from crmcli.intake.sources import Source, open_source
from crmcli.intake.sources.delimited import delimited
from crmcli.intake.sources.encodings import Text
from tests.conftest import Run

ROWS = [["客户名称", "电话"], ["云海食品有限公司", "021-65541234"], ["长风贸易商行", "13800138000"]]
CSV = "\r\n".join(",".join(row) for row in ROWS) + "\r\n"


def rows(source: Source) -> list[list[str]]:
    return [cells for chunk in source.chunks() for cells in chunk.cells]


def lines(source: Source) -> list[int]:
    return [line for chunk in source.chunks() for line in chunk.lines]


def opened(tmp_path: Path, content: bytes | str, name: str = "list.csv", **options: Any) -> Source:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_source(path, **options)


# --- encodings ---------------------------------------------------------------------------------------------------

TRADITIONAL = "客戶名稱,聯絡人,電話,地址\r\n大安貿易有限公司,陳美玲,02-27001234,臺北市大安區和平東路三段\r\n"
JAPANESE = "会社名,担当者,電話\r\n株式会社サクラ商事,たなか ゆうこ,03-1234-5678\r\n"
KOREAN = "회사명,담당자,전화\r\n주식회사 한빛무역,김민수,02-123-4567\r\n서울상사,이영희,02-765-4321\r\n"
WESTERN = "Company,Contact,City\r\nCafé Müller GmbH,Renée Lefèvre,Zürich\r\nPeña Hermanos,José,Málaga\r\n"
CYRILLIC = "Компания,Телефон\r\nООО Ромашка,+74951234567\r\n"


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        (CSV, "utf-8", "UTF-8"),
        (CSV, "utf-8-sig", "UTF-8 (BOM)"),
        (CSV, "utf-16", "UTF-16"),
        (CSV, "utf-16-le", "UTF-16-LE"),
        (CSV, "utf-16-be", "UTF-16-BE"),
        (CSV, "utf-32", "UTF-32"),
        (CSV, "gb18030", "GB18030"),
        ("Company,Contact\r\n" + "Plain Ltd,Ann\r\n" * 90_000 + "Plain Ltd,张伟\r\n", "gb18030", "GB18030"),
        ("name,note\r\n鑫淼𠮷,韞玉龢\r\n云海有限公司,\r\n", "gb18030", "GB18030"),
        (TRADITIONAL, "big5", "BIG5HKSCS"),
        (JAPANESE, "shift_jis", "SHIFT-JIS"),
        (KOREAN, "euc_kr", "EUC-KR"),
        (WESTERN, "cp1252", "WINDOWS-1252"),
        ("Company,City\r\nOne,Genève\r\n", "cp1252", "WINDOWS-1252"),
    ],
)
def test_the_encoding_is_told_from_the_bytes_and_said(tmp_path: Path, text: str, encoding: str, said: str) -> None:
    source = opened(tmp_path, text.encode(encoding))
    assert source.encoding == said
    assert rows(source) == [line.split(",") for line in text.splitlines()]
    assert not source.notes


def test_a_cut_last_character_does_not_make_utf8_something_else(tmp_path: Path) -> None:
    source = opened(tmp_path, "name,city\n甲,上海\n乙,北京".encode()[:-1])
    assert source.encoding == "UTF-8"
    assert rows(source)[1:] == [["甲", "上海"], ["乙", "北\ufffd"]]
    assert "damaged" in source.notes[0]


def test_a_few_damaged_bytes_do_not_make_utf8_something_else(tmp_path: Path) -> None:
    content = ("name,city\n" + "云海食品有限公司,上海\n" * 20).encode() + b"\xe4\xba,x\n"
    source = opened(tmp_path, content)
    assert (source.encoding, len(rows(source)), len(source.notes)) == ("UTF-8", 22, 1)


@pytest.mark.parametrize("content", [bytes(range(256)) * 40, CYRILLIC.encode("cp1251")])
def test_what_cannot_be_told_is_asked_for(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput):
        opened(tmp_path, content)


def test_the_encoding_that_is_asked_for_wins(tmp_path: Path) -> None:
    source = opened(tmp_path, CYRILLIC.encode("cp1251"), encoding="cp1251")
    assert rows(source)[1][0] == "ООО Ромашка"
    with pytest.raises(InvalidInput, match="is not ascii"):
        opened(tmp_path, CSV, encoding="ascii")
    for unknown in ("klingon", "base64"):
        with pytest.raises(InvalidInput, match=f"no encoding '{unknown}'"):
            opened(tmp_path, CSV, encoding=unknown)


# --- delimited text ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("name", ["list.csv", "list.xls", "list.xlsx", "list"])
def test_the_delimiter_is_told_whatever_the_file_is_called(tmp_path: Path, delimiter: str, name: str) -> None:
    assert rows(opened(tmp_path, CSV.replace(",", delimiter), name)) == ROWS


def test_commas_inside_of_cells_do_not_hide_the_semicolons(tmp_path: Path) -> None:
    text = '客户名称;地址;金额\n甲;"上海, 浦东, 1号";1,5\n乙;北京, 朝阳;2,5\n'
    assert rows(opened(tmp_path, text))[2] == ["乙", "北京, 朝阳", "2,5"]


def test_excel_s_own_first_line_names_the_delimiter_and_is_no_row(tmp_path: Path) -> None:
    source = opened(tmp_path, "sep=;\r\nname;city\r\n甲;a,b\r\n")
    assert rows(source) == [["name", "city"], ["甲", "a,b"]]
    assert lines(source) == [2, 3]


def test_lines_are_those_of_the_file_through_line_breaks_and_blank_ones(tmp_path: Path) -> None:
    source = opened(tmp_path, 'name,note\n\n甲,"一\n二"\n,,\n乙,x\n')
    assert lines(source) == [1, 3, 6]


_PARTS = ["a", "", "甲", " ", ",", ",", '"', '"b,c"', '"一\n二"', "\n", "\n", "\r\n", "\r", "'"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(
    parts=st.lists(st.sampled_from(_PARTS)),
    chunk=st.sampled_from([1, 2, 3, 50]),
)
def test_rows_are_what_csv_makes_of_the_whole_file(tmp_path: Path, parts: list[str], chunk: int) -> None:
    content = "x,y\n" + "".join(parts)
    path = tmp_path / "list.csv"
    path.write_bytes(content.encode())
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    wanted, begins = [], 1
    try:
        for cells in reader:
            wanted += [(begins, cells)] if any(map(str.strip, cells)) else []
            begins = reader.line_num + 1
    except csv.Error:
        wanted = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(delimited.__globals__, "CHUNK", chunk)
        patched.setitem(delimited.__globals__, "_delimiter", lambda start: ",")
        source = delimited(Text(path, "utf-8"), content)
        if wanted:
            assert list(zip(lines(source), rows(source), strict=True)) == wanted
        else:
            with pytest.raises(InvalidInput):
                rows(source)


@pytest.mark.parametrize("blank", [" ", " , ", "\u3000,\xa0"])
def test_rows_of_white_space_are_blank(run: Run, tmp_path: Path, blank: str) -> None:
    source = opened(tmp_path, f"name,note\n甲,x\n{blank}\n乙,y\n{blank}\n")
    assert lines(source) == [1, 2, 4]
    assert run("import", source.path).code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name,note\n甲,"never closed\n', "line 2: a quote is opened"),
        ('name,note\n甲,"a"b\n', "line 2: text follows a closing quote"),
        ("name\n" + "x" * 70_000 + "\n", "line 2: a cell is too long"),
        (",".join(["name"] * 1_001) + "\n", "more than 1000 columns"),
    ],
)
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        rows(opened(tmp_path, text))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n \n"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        opened(tmp_path, content)


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="directory"):
        open_source(tmp_path)
    with pytest.raises(InvalidInput, match="no file"):
        open_source(tmp_path / "nowhere.csv")
    with pytest.raises(InvalidInput, match="no sheets"):
        opened(tmp_path, CSV, sheet="one")


# --- JSON --------------------------------------------------------------------------------------------------------

OBJECTS = [{"name": "甲", "phone": 13800138000}, {"name": "乙", "tags": ["a", "b"], "vip": True, "city": None}]
EXPECTED = [["name", "phone", "tags", "vip", "city"], ["甲", "13800138000", "", "", ""], ["乙", "", "a; b", "yes", ""]]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(OBJECTS),
        json.dumps(OBJECTS, indent=2, ensure_ascii=False),
        json.dumps({"count": 2, "customers": OBJECTS}),
        json.dumps({"ok": True, "result": {"page": 1, "tags": ["x"], "items": OBJECTS}}, indent=1),
        "\n".join(map(json.dumps, OBJECTS)),
        "\n\n".join(json.dumps(one, indent=2) for one in OBJECTS),
    ],
    ids=["array", "pretty array", "held array", "deep array", "lines", "pretty objects"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_json_in_every_usual_shape(tmp_path: Path, text: str, encoding: str) -> None:
    assert rows(opened(tmp_path, text.encode(encoding), "list.json")) == EXPECTED


def test_objects_know_their_lines_and_a_damaged_line_is_one_rejected_row(tmp_path: Path) -> None:
    pretty = opened(tmp_path, '[\n {"name": "甲",\n  "city": "x"},\n {"name": "乙"}\n]')
    assert lines(pretty) == [0, 2, 4]
    damaged = opened(tmp_path, '{"name": "甲"}\n{"name": }\n[1]\n\n{"name": "乙"}\n')
    assert lines(damaged) == [0, 1, 5]
    assert [problem.line for problem in damaged.problems] == [2, 3]


def test_objects_that_share_a_line_are_numbered(tmp_path: Path) -> None:
    assert lines(opened(tmp_path, '[{"name": "甲"}, {"name": "乙"}, {"name": "丙"}]')) == [0, 1, 2, 3]
    assert lines(opened(tmp_path, '[{"name": "甲"},\n {"name": "乙"}, {"name": "丙"}]')) == [0, 1, 2, 3]


def test_one_rejected_object_of_a_line_takes_no_other_with_it(run: Run, tmp_path: Path) -> None:
    file, rejects = tmp_path / "list.json", tmp_path / "r.csv"
    file.write_text('[{"name":"甲","since":"2024-13-45"},{"name":"乙"},{"name":"丙"}]', "utf-8")
    assert run("import", file, "--rejects", rejects).code == 9
    assert [row["name"] for row in json.loads(run("list", "-f", "json").stdout)] == ["乙", "丙"]
    assert rejects.read_text("utf-8-sig").splitlines()[1].startswith("甲,2024-13-45,1,since,")


def test_a_damaged_line_is_handed_back_whole(tmp_path: Path) -> None:
    broken = '{"name": "' + "长" * 500
    source = opened(tmp_path, f'{{"name": "甲"}}\n{broken}\n')
    assert lines(source) == [0, 1]
    assert source.problems[0].value == broken


@pytest.mark.parametrize("text", ['[{"a": 1}][{"a": 2}]', '[{"a": 1}]\n{"a": 2}', '[{"a": 1}],\n[{"a": 2}]\n'])
def test_what_follows_an_array_is_read_too(tmp_path: Path, text: str) -> None:
    assert rows(opened(tmp_path, text)) == [["a"], ["1"], ["2"]]


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}, {"a": ]',
        '[{"a": 1}, 2]',
        "{}",
        "[" * 100_000 + "{",
        '[{"a":' * 50_000,
        '[{"a": 1}] trailing',
        '[{"a": 1}]]',
        '[{"a": 1},',
        '[{"a": 1}',
    ],
)
def test_json_that_is_none_is_one_clear_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        rows(opened(tmp_path, text))


def test_a_list_that_begins_with_a_bracket_is_no_json(tmp_path: Path) -> None:
    assert rows(opened(tmp_path, "[必填]客户名称,电话\n甲,1\n"))[0] == ["[必填]客户名称", "电话"]


def test_everything_comes_in_through_stdin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = {
        "csv": CSV.encode("gb18030"),
        "json": json.dumps([{"name": "丙", "city": "上海"}]).encode(),
        "html": "<table><tr><td>客户名称<td>城市<tr><td>丁<td>北京</table>".encode(),
        "vcard": "BEGIN:VCARD\nVERSION:3.0\nFN:张三\nEND:VCARD\n".encode(),
    }
    for content in contents.values():
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert run("import", "-").code == 0
    names = [row["name"] for row in json.loads(run("list", "-f", "json").stdout)]
    assert sorted(names) == sorted(["云海食品有限公司", "长风贸易商行", "丙", "丁", "张三"])
