"""Importing: every kind of file comes in whole, comes in once, and hands back what it could not read."""

import csv
import io
import itertools
import json
import string
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.errors import InvalidInput, UsageError
from crmcli.intake.importing import import_file
from crmcli.intake.receipts import Receipt
from tests.conftest import Crm, Run, forget_imports
from tests.store import dumps

PEOPLE = [
    ["客户名称", "联系人", "手机", "座机", "邮箱", "地址", "合作日期", "负责人"],
    [
        "鼎盛机械有限公司",
        "周明",
        "138-0013-8000",
        "021-65541234",
        "zhou@example.com",
        "浦东路1号",
        "2024年3月5日",
        "李雷",
    ],
    ["云海食品有限公司", "韩梅", "13900139000", "", "", "", "20230102", "李雷"],
    ["林涛", "林涛", "１３７００１３７０００", "", "LIN@Example.com", "", "2022/1/9", "李雷"],
]


def text(rows: list[list[str]], *, delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def write(path: Path, rows: list[list[str]], *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    path.write_bytes(text(rows, delimiter=delimiter).encode(encoding))
    return path


def bring(crm: Crm, path: Path, **options: Any) -> Receipt:
    with crm() as ws:
        forget_imports(ws)
        return import_file(ws, path, rejects=path.with_name("rejects.csv"), **options)


def dump(path: Path) -> Any:
    with crmcli.open(path, readonly=True) as ws:
        return dumps.dump(ws)


def customers(crm: Crm, *columns: str) -> list[tuple[Any, ...]]:
    with crm(readonly=True) as ws:
        return [tuple(row.values()) for row in ws.db.rows(f"SELECT {', '.join(columns)} FROM customer ORDER BY id")]


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ","),
        ("utf-16", "\t"),
        ("gb18030", ","),
        ("gb18030", ";"),
        ("utf-16-le", "\t"),
    ],
)
def test_a_list_comes_in_the_same_from_every_encoding(crm: Crm, tmp_path: Path, encoding: str, delimiter: str) -> None:
    receipt = bring(crm, write(tmp_path / "list.csv", PEOPLE, encoding=encoding, delimiter=delimiter))
    assert (receipt.table, receipt.read, receipt.created, receipt.rejected) == ("customers", 3, 3, 0)
    assert customers(crm, "code", "name", "kind", "phone", "email", "since", "owner") == [
        ("C000001", "鼎盛机械有限公司", "company", "+862165541234", "zhou@example.com", "2024-03-05", "李雷"),
        ("C000002", "云海食品有限公司", "company", None, None, "2023-01-02", "李雷"),
        ("C000003", "林涛", "person", "+8613700137000", "lin@example.com", "2022-01-09", "李雷"),
    ]
    with crm(readonly=True) as ws:
        people = ws.db.rows("SELECT name, phone FROM contact ORDER BY id")
    assert [tuple(p.values()) for p in people] == [("周明", "+8613800138000"), ("韩梅", "+8613900139000")]


def test_a_spreadsheet_and_json_lines_come_in_like_the_text_file(crm: Crm, tmp_path: Path, founded: bytes) -> None:
    book = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet("客户")
        sheet.write(0, 0, "李雷 客户登记表")
        for line, row in enumerate(PEOPLE, 2):
            for column, cell in enumerate(row):
                number = line > 2 and cell.isascii() and cell.isdigit()
                sheet.write(line, column, float(cell) if number else cell)
        workbook.add_worksheet("hidden").hide()
    lines = tmp_path / "list.jsonl"
    lines.write_text(
        "".join(json.dumps(dict(zip(PEOPLE[0], row, strict=True)), ensure_ascii=False) + "\n" for row in PEOPLE[1:])
    )
    dumps = []
    for file in (write(tmp_path / "list.csv", PEOPLE), book, lines):
        target = tmp_path / f"{file.suffix[1:]}.db"
        target.write_bytes(founded)
        with crmcli.open(target) as ws:
            assert import_file(ws, file).created == 3
        with crmcli.open(target, readonly=True) as ws:
            dumps.append(ws.db.rows("SELECT code, name, phone, email, since, owner FROM customer ORDER BY id"))
    assert dumps[0] == dumps[1] == dumps[2]


def test_importing_again_changes_nothing(crm: Crm, db: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", PEOPLE)
    bring(crm, file)
    before = dump(db)
    again = bring(crm, file)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)
    assert dump(db) == before


def test_a_corrected_list_updates_and_an_empty_cell_says_nothing(crm: Crm, tmp_path: Path) -> None:
    bring(crm, write(tmp_path / "list.csv", PEOPLE))
    receipt = bring(
        crm,
        write(
            tmp_path / "new.csv",
            [
                ["公司", "电话", "地址"],
                ["云海食品有限公司", "021-55554444", ""],
                ["鼎盛机械有限公司", "", "新路2号"],
            ],
        ),
    )
    assert (receipt.created, receipt.updated) == (0, 2)
    assert customers(crm, "phone", "address")[:2] == [("+862165541234", "新路2号"), ("+862155554444", None)]


@pytest.mark.parametrize(
    ("match", "phone", "address"),
    [
        ("update", "+862188887777", "新路2号"),
        ("fill", "+862165541234", "新路2号"),
        ("skip", "+862165541234", None),
    ],
)
def test_match_says_what_becomes_of_known_rows(
    crm: Crm, tmp_path: Path, match: str, phone: str, address: str | None
) -> None:
    bring(crm, write(tmp_path / "a.csv", [["name", "phone"], ["鼎盛", "021-65541234"]]))
    bring(
        crm,
        write(tmp_path / "b.csv", [["name", "phone", "address"], ["鼎盛", "021-88887777", "新路2号"]]),
        match=match,
    )
    assert customers(crm, "phone", "address") == [(phone, address)]


def test_match_create_makes_another_customer(crm: Crm, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [["name"], ["鼎盛"]])
    bring(crm, file)
    assert bring(crm, file, match="create").created == 1
    assert customers(crm, "code", "name") == [("C000001", "鼎盛"), ("C000002", "鼎盛")]


def test_rows_with_codes_are_their_own_customers_however_alike(crm: Crm, tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv",
        [["code", "name", "phone"], ["A1", "鼎盛", "021-65541234"], ["A2", "鼎盛", "021-65541234"]],
    )
    assert bring(crm, file).created == 2
    assert bring(crm, file).unchanged == 2


def test_one_file_may_name_a_customer_twice(crm: Crm, tmp_path: Path) -> None:
    rows = [
        ["公司", "联系人", "手机"],
        ["鼎盛机械", "周明", "13800138000"],
        [" 鼎盛　机械", "吴刚", "13800138001"],
    ]
    receipt = bring(crm, write(tmp_path / "a.csv", rows))
    assert (receipt.created, receipt.duplicates) == (1, 1)
    with crm(readonly=True) as ws:
        assert [row["name"] for row in ws.db.rows("SELECT name FROM contact ORDER BY id")] == ["周明", "吴刚"]


def test_two_persons_of_one_name_stay_two(crm: Crm, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [["姓名", "手机"], ["张伟", "13800138000"], ["张伟", "13900139000"]])
    assert bring(crm, file).created == 2
    again = bring(crm, file)
    assert (again.created, again.unchanged) == (0, 2)


def test_a_person_under_a_word_for_no_company_is_that_person(crm: Crm, tmp_path: Path) -> None:
    rows = [["公司名称", "姓名", "手机"], ["个人", "张伟", "13800138000"], ["无", "李娜", "13900139000"]]
    bring(crm, write(tmp_path / "a.csv", rows))
    assert customers(crm, "name", "kind", "phone") == [
        ("张伟", "person", "+8613800138000"),
        ("李娜", "person", "+8613900139000"),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_bare_row_among_namesakes_is_its_own_whatever_the_order(
    crm: Crm, tmp_path: Path, order: tuple[int, ...]
) -> None:
    rows = [["鼎盛", "021-65541234", "上海"], ["鼎盛", "021-88887777", "北京"], ["鼎盛", "", "广州"]]
    file = write(tmp_path / "a.csv", [["公司", "电话", "城市"], *(rows[n] for n in order)])
    assert bring(crm, file).created == 3
    assert bring(crm, file).unchanged == 3


@pytest.mark.parametrize("first", [0, 1])
def test_a_bare_row_is_the_only_one_of_its_name_and_the_last_row_has_the_last_word(
    crm: Crm, tmp_path: Path, first: int
) -> None:
    rows = [["鼎盛", "021-65541234", "上海"], ["鼎盛", "", "广州"]]
    file = write(tmp_path / "a.csv", [["公司", "电话", "城市"], rows[first], rows[1 - first]])
    assert bring(crm, file).created == 1
    assert customers(crm, "phone", "city") == [("+862165541234", rows[1 - first][2])]
    assert bring(crm, file).unchanged == 1


def test_a_dash_is_no_phone_and_no_address(crm: Crm, tmp_path: Path) -> None:
    bring(crm, write(tmp_path / "a.csv", [["公司", "电话", "邮箱", "税号"], ["鼎盛", "-", "无", "N/A"]]))
    assert customers(crm, "phone", "email", "tax_id") == [(None, None, None)]


def test_a_row_found_by_its_tax_id_keeps_the_name(crm: Crm, tmp_path: Path) -> None:
    code = "91310000MA1FL0000X"
    first = write(tmp_path / "a.csv", [["公司", "税号"], ["鼎盛机械有限公司", code]])
    second = write(tmp_path / "b.csv", [["公司", "税号", "城市"], ["鼎盛机机械有限公司", code, "上海"]])
    bring(crm, first)
    assert bring(crm, second).updated == 1
    assert customers(crm, "name", "city") == [("鼎盛机械有限公司", "上海")]
    assert bring(crm, first).unchanged == 1


def test_rejected_rows_come_back_with_every_reason_and_can_be_mended(crm: Crm, tmp_path: Path) -> None:
    rows = [
        ["客户名称", "合作日期", "strategic"],
        ["好", "2024-01-01", "3"],
        ["坏", "2023.2.29", "9"],
        ["", "2024-01-01", "1"],
    ]
    receipt = bring(crm, write(tmp_path / "list.csv", rows))
    assert (receipt.read, receipt.created, receipt.rejected) == (3, 1, 2)
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [row["_line"] for row in rejected] == ["3", "4"]
    assert rejected[0]["_field"] == "since; strategic"
    assert rejected[0]["_code"].startswith("date-impossible")
    assert rejected[0]["合作日期"] == "2023.2.29"
    assert rejected[1]["_code"] == "missing"
    mended = (tmp_path / "rejects.csv").read_text("utf-8-sig").replace("2023.2.29", "2023-02-28").replace(",9,", ",5,")
    (tmp_path / "mended.csv").write_text(mended)
    again = bring(crm, tmp_path / "mended.csv")
    assert (again.created, again.rejected) == (1, 1)
    assert customers(crm, "code", "name")[1] == ("C000002", "坏")
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file)) == [*rows[0], "_line", "_field", "_code", "_reason"]


def test_a_file_of_rejects_that_is_being_mended_is_not_written_over(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write(tmp_path / "a.csv", [["name", "since"], ["甲", "2024-02-30"]])
    with crm() as ws:
        assert import_file(ws, file).rejects_file == "a.rejects.csv"
    Path("a.rejects.csv").write_text("half mended")
    for _again in range(2):
        with crm() as ws:
            assert import_file(ws, file).rejects_file == "a.rejects-2.csv"
    assert Path("a.rejects.csv").read_text() == "half mended"


def test_a_name_that_two_customers_have_is_neither_and_creates_no_third(crm: Crm, tmp_path: Path) -> None:
    bring(crm, write(tmp_path / "c.csv", [["code", "name"], ["K1", "同名公司"], ["K2", "同名公司"]]))
    head = ["number", "customer", "ordered_on", "amount"]
    bring(crm, write(tmp_path / "o.csv", [head, ["1", "K1", "2026-01-01", "5"]]))
    file = write(tmp_path / "p.csv", [head, ["1", "同名公司", "2026-01-01", "6"], ["2", "同名公司", "2026-01-01", "5"]])
    receipt = bring(crm, file, create_customers=True)
    assert (receipt.created, receipt.updated, receipt.rejected) == (0, 1, 1)
    assert "customer-ambiguous" in (tmp_path / "rejects.csv").read_text("utf-8-sig")
    assert len(customers(crm, "id")) == 2


def test_a_birthday_beside_a_person_is_the_person_s(crm: Crm, tmp_path: Path) -> None:
    rows = [["客户名称", "联系人", "生日"], ["戊公司", "张三", "1980-02-03"], ["戊公司", "李四", "农历八月十五"]]
    bring(crm, write(tmp_path / "a.csv", rows))
    with crm(readonly=True) as ws:
        born = ws.db.rows("SELECT name, birthday, birthday_key FROM contact ORDER BY id")
    assert [tuple(row.values()) for row in born] == [("张三", "1980-02-03", "02-03"), ("李四", "lunar 08-15", "L08-15")]
    assert customers(crm, "birthday", "birthday_key") == [(None, None)]


def test_a_talk_that_has_not_taken_place_is_rejected(crm: Crm, tmp_path: Path) -> None:
    bring(crm, write(tmp_path / "c.csv", [["name"], ["鼎盛"]]))
    file = write(
        tmp_path / "t.csv",
        [["客户", "沟通时间", "主题"], ["鼎盛", "2026-11-21 10:00", "a"], ["鼎盛", "2026-11-20 08:00", "b"]],
    )
    receipt = bring(crm, file)
    assert (receipt.created, receipt.rejected) == (1, 1)


def test_rows_with_more_or_fewer_cells_come_back_whole(crm: Crm, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,city\n甲,上海\n乙\n丙,北京,朝阳,x\n丁,广州,,\n")
    receipt = bring(crm, tmp_path / "a.csv")
    assert (receipt.read, receipt.created, receipt.rejected) == (4, 2, 2)
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.reader(file))[1:]
    assert [row[0] for row in rejected] == ["乙", "丙"]
    assert rejected[1][-2:] == ["朝阳", "x"]


def test_a_rejected_formula_is_text_in_the_rejects_file_and_itself_again_after(crm: Crm, tmp_path: Path) -> None:
    bring(crm, write(tmp_path / "list.csv", [["name", "since"], ["=1+1", "2023.2.29"]]))
    rejects = tmp_path / "rejects.csv"
    assert "'=1+1" in rejects.read_text("utf-8-sig")
    mended = rejects.read_text("utf-8-sig").replace("2023.2.29", "2023.2.28")
    (tmp_path / "mended.csv").write_text(mended)
    assert bring(crm, tmp_path / "mended.csv").created == 1
    assert customers(crm, "name") == [("=1+1",)]


def test_damaged_phones_and_ids_are_kept_and_repairs_counted(crm: Crm, tmp_path: Path) -> None:
    rows = [
        ["公司", "电话", "税号"],
        ["甲", "13800138000.0", "9.14401E+17"],
        ["乙", "1.38E+10", ""],
        ["丙", "021-65541234", ""],
    ]
    receipt = bring(crm, write(tmp_path / "list.csv", rows))
    assert (receipt.rejected, receipt.repaired) == (0, 1)
    assert customers(crm, "phone", "tax_id") == [
        ("+8613800138000", "9.14401E+17"),
        ("1.38E+10", None),
        ("+862165541234", None),
    ]


def test_orders_find_their_customers_by_code_and_name(crm: Crm, tmp_path: Path) -> None:
    bring(crm, write(tmp_path / "c.csv", [["code", "name"], ["K1", "鼎盛 机械"], ["K2", "云海"]]))
    rows = [
        ["订单号", "客户名称", "下单日期", "金额(元)", "数量"],
        ["S1", "K1", "2026-01-02", "1,234.50", "2"],
    ]
    rows += [
        ["S2", "鼎盛机械", "2026/1/3", "3.2万", ""],
        ["S3", "无名", "2026-01-04", "5", "1"],
        ["S4", "云海", "2026-01-05", "面议", "1"],
    ]
    receipt = bring(crm, write(tmp_path / "orders.csv", rows))
    assert (receipt.table, receipt.created, receipt.rejected) == ("orders", 2, 2)
    with crm(readonly=True) as ws:
        found = ws.db.rows("SELECT number, customer_id, amount, quantity, currency, status FROM orders ORDER BY number")
    assert [tuple(row.values()) for row in found] == [
        ("S1", 1, 123450, 2, "CNY", "paid"),
        ("S2", 1, 3200000, None, "CNY", "paid"),
    ]
    codes = [row["_code"] for row in csv.DictReader((tmp_path / "rejects.csv").read_text("utf-8-sig").splitlines())]
    assert codes == ["customer-unknown", "money-invalid"]


def test_customers_that_only_orders_name_are_created_when_asked(crm: Crm, tmp_path: Path) -> None:
    rows = [
        ["Order No", "Customer ID", "Order Date", "Amount"],
        ["1", "0007", "2026-01-01", "5"],
        ["2", "0007", "2026-01-02", "6"],
        ["3", "New Co", "2026-01-02", "6"],
    ]
    file = write(tmp_path / "orders.csv", rows)
    assert bring(crm, file, create_customers=True).created == 3
    assert customers(crm, "code", "name") == [("0007", "0007"), ("C000001", "New Co")]
    assert bring(crm, file, create_customers=True).unchanged == 3


def test_an_order_given_twice_in_a_file_is_one_and_the_last_word_counts(crm: Crm, tmp_path: Path) -> None:
    rows = [
        ["number", "customer", "ordered_on", "amount"],
        ["1", "A", "2026-01-01", "5"],
        ["1", "A", "2026-01-01", "7"],
    ]
    file = write(tmp_path / "orders.csv", rows)
    receipt = bring(crm, file, create_customers=True, lines=False)
    assert (receipt.created, receipt.duplicates) == (1, 1)
    with crm(readonly=True) as ws:
        assert ws.db.value("SELECT amount FROM orders") == 700
    assert bring(crm, file, lines=False).unchanged == 1


def test_two_alike_talks_are_two_and_stay_two(crm: Crm, tmp_path: Path) -> None:
    bring(crm, write(tmp_path / "c.csv", [["name"], ["鼎盛"]]))
    rows = [
        ["客户", "沟通时间", "方式", "主题"],
        ["鼎盛", "2026-11-01 10:00", "电话", "回访"],
        ["鼎盛", "2026-11-01 10:00", "电话", "回访"],
    ]
    file = write(tmp_path / "talks.csv", rows)
    assert bring(crm, file).created == 2
    assert bring(crm, file).unchanged == 2
    with crm(readonly=True) as ws:
        assert (
            ws.db.value("SELECT at || channel || contact_on FROM interaction") == "2026-11-01T02:00:00Zcall2026-11-01"
        )


def test_undo_takes_an_import_back_with_its_updates_and_redo_brings_it_again(
    crm: Crm, db: Path, tmp_path: Path
) -> None:
    bring(crm, write(tmp_path / "a.csv", [["name", "phone"], ["鼎盛", "021-65541234"]]))
    before = dump(db)
    bring(
        crm,
        write(
            tmp_path / "b.csv",
            [
                ["公司", "电话", "联系人", "手机"],
                ["鼎盛", "021-88887777", "周明", "13800138000"],
                ["云海", "", "", ""],
            ],
        ),
    )
    after = dump(db)
    with crm() as ws:
        crmcli.undo(ws)
    assert dump(db) == before
    with crm() as ws:
        crmcli.redo(ws)
    assert dump(db) == after


def test_history_names_the_line_of_the_file(run: Run, tmp_path: Path) -> None:
    run("import", write(tmp_path / "a.csv", [["name", "city"], ["甲", "上海"], ["乙", "北京"]]))
    fields = json.loads(run("history", "乙", "-f", "json").stdout)
    assert {(row["field"], row["after"], row["line"]) for row in fields} >= {
        ("name", "乙", 3),
        ("city", "北京", 3),
    }


def test_a_dry_run_reports_the_same_and_writes_nothing(run: Run, db: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", PEOPLE)
    bytes_before = db.read_bytes()
    dry = run("import", file, "--dry-run", "-f", "json")
    assert db.read_bytes() == bytes_before
    real = run("import", file, "-f", "json")
    assert json.loads(dry.stdout) == json.loads(real.stdout)
    assert "dry run" in dry.stderr
    assert "crm undo 1" in real.stderr


def test_strict_takes_the_whole_file_or_nothing(run: Run, tmp_path: Path, db: Path) -> None:
    bad = write(tmp_path / "a.csv", [["name", "since"], ["甲", "2024-01-01"], ["乙", "2023.2.29"]])
    unused = write(tmp_path / "b.csv", [["name", "星座"], ["甲", "狮子"]])
    for file in (bad, unused):
        before = dump(db)
        result = run("import", file, "--strict")
        assert (result.code, result.stdout, dump(db)) == (5, "", before)


def test_constants_and_maps_and_stdin(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.csv", [["叫什么", "哪里"], ["甲", "上海"]])
    assert run("import", file, "--map", "叫什么=name", "--map", "哪里=city", "--set", "owner=李雷").code == 0
    assert json.loads(run("list", "-f", "json").stdout)[0]["owner"] == "李雷"
    data = io.TextIOWrapper(io.BytesIO(text([["name"], ["乙"]]).encode()))
    monkeypatch.setattr("sys.stdin", data)
    assert json.loads(run("import", "-", "-f", "json").stdout)[0]["created"] == 1


def test_several_files_are_several_operations(run: Run, tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}.csv", [["name"], [n]]) for n in "甲乙"]
    assert run("import", *files, "-f", "json").code == 0
    assert len(json.loads(run("history", "-f", "json").stdout)) == 2
    assert [row["file"] for row in json.loads(run("import", "--list", "-f", "json").stdout)] == [
        "乙.csv",
        "甲.csv",
    ]


names = st.text(st.sampled_from(string.ascii_letters + "鼎盛云海机械 ()-'\"=,;[]\n\t"), min_size=1, max_size=12)
rows = st.lists(
    st.tuples(
        names,
        st.sampled_from(["", "13800138000", "021-65541234", "x"]),
        st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    ),
    min_size=1,
    max_size=12,
)


@given(rows)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_list_comes_in_once_and_every_row_is_accounted_for(
    tmp_path: Path, db: Path, rows: list[tuple[str, str, date]]
) -> None:
    used = tmp_path / "used.db"
    used.write_bytes(db.read_bytes())
    file = write(tmp_path / "p.csv", [["name", "phone", "since"], *([n, p, d.isoformat()] for n, p, d in rows)])

    def once() -> tuple[Receipt, Any]:
        with crmcli.open(used) as ws:
            forget_imports(ws)
            receipt = import_file(ws, file, rejects=tmp_path / "r.csv")
        return receipt, dump(used)

    first, content = once()
    assert first.read == first.created + first.updated + first.unchanged + first.rejected + first.duplicates
    second, again = once()
    assert (second.created, second.updated, second.rejected) == (0, 0, first.rejected)
    assert again == content


def test_unknown_ways_are_usage_errors(crm: Crm, tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", PEOPLE)
    for options in (
        {"match": "merge"},
        {"table": "people"},
        {"mapping": {"客户名称": "nonsense"}},
        {"mapping": {"nowhere": "name"}},
    ):
        with crm() as ws, pytest.raises(UsageError):
            import_file(ws, file, **options)


def test_a_fault_leaves_nothing_behind(crm: Crm, db: Path, tmp_path: Path) -> None:
    before = dump(db)
    with pytest.raises(InvalidInput), crm() as ws:
        import_file(ws, write(tmp_path / "x.csv", [["foo", "bar"], ["1", "2"]]))
    assert dump(db) == before


def test_a_list_that_renames_or_gives_away_customers_says_so(run: Run, tmp_path: Path) -> None:
    write(
        tmp_path / "own.csv",
        [["客户编号", "客户名称", "负责人"], ["C000001", "晨光文具", "李明"], ["C000002", "远山茶业", ""]],
    )
    assert "another" not in run("import", tmp_path / "own.csv").stderr
    write(
        tmp_path / "other.csv",
        [["客户编号", "客户名称", "负责人"], ["C000001", "孤帆工作室", "王芳"], ["C000002", "远山茶业", "王芳"]],
    )
    said = run("import", tmp_path / "other.csv").stderr
    assert "1 customer has another name now" in said
    assert "1 customer has another owner now (before: 李明 1)" in said
    assert "another" not in run("import", tmp_path / "other.csv").stderr


def test_whose_the_customers_were_that_a_list_takes_away(run: Run, tmp_path: Path) -> None:
    owners = ["王芳", "李明", "李明", "赵", "钱", "孙", "周", "陈静"]
    rows = [[f"K{at}", f"客户{at}号", name] for at, name in enumerate(owners)]
    write(tmp_path / "own.csv", [["客户编号", "客户名称", "负责人"], *rows])
    assert run("import", tmp_path / "own.csv").code == 0
    write(tmp_path / "陈静.csv", [["客户编号", "客户名称"], *(row[:2] for row in rows), ["K9", "新客户", ""]])
    said = run("import", tmp_path / "陈静.csv", "--set", "owner=陈静", "-n").stderr
    assert "7 customers have another owner now (before: 李明 2, 周 1, 孙 1, 王芳 1, 赵 1, …)" in said


def test_who_is_to_own_a_list_is_one_of_the_team(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("客户名称\n晨光文具\n", "utf-8")
    for words in (["王芳"], ["李明", "--inactive"]):
        assert run("team", "add", words[0]).code == 0
        assert len(words) == 1 or run("team", "edit", *words).code == 0
    assert "nobody in the team is called '钱七'" in run("import", file, "--set", "owner=钱七").stderr
    refused = run("import", file, "--set", "owner=李明")
    assert (refused.code, "李明 is not active" in refused.stderr) == (4, True)
    assert run("list", "-q").stdout == ""
    assert run("import", file, "--set", "owner= 王　芳").code == 0
    assert json.loads(run("list", "-f", "json").stdout)[0]["owner"] == "王芳"


def test_owners_in_a_column_are_as_the_list_has_them(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("客户名称,负责人\n晨光文具,钱七\n", "utf-8")
    assert run("team", "add", "王芳").code == 0
    assert run("import", file).code == 0
    assert json.loads(run("list", "-f", "json").stdout)[0]["owner"] == "钱七"


def test_a_name_that_a_tax_id_overrules_is_told(run: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("客户名称,税号\n甲文具有限公司,91310000MA1K35XY2M\n", "utf-8")
    second.write_text("客户名称,税号,城市\n乙公司,,宁波\n甲文具股份公司,91310000MA1K35XY2M,上海\n", "utf-8")
    assert "another name" not in run("import", first).stderr
    said = run("import", second).stderr
    assert "1 row has another name of a customer with its tax id, which keeps its own (line 3)" in said
    assert [row["name"] for row in json.loads(run("list", "-f", "json").stdout)] == ["甲文具有限公司", "乙公司"]


def test_columns_that_tags_have_no_place_for_are_told(run: Run, tmp_path: Path) -> None:
    run("add", "晨光文具")
    file = write(
        tmp_path / "tags.csv", [["客户名称", "标签维度", "标签值", "备注"], ["晨光文具", "关系", "老同学", "张总介绍"]]
    )
    assert run("import", file, "--table", "tags", "--strict").code == 5
    done = run("import", file, "--table", "tags")
    assert done.code == 0 and "left out: 备注" in done.stderr
    assert "关系" in run("tag", "list", "晨光文具").stdout
