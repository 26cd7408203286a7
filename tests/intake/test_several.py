"""Several values in one cell become several: phones, e-mails, people; and nothing is lost or made up."""

from pathlib import Path
from typing import Any

import pytest

from crmcli.intake.importing import import_file
from tests.conftest import Crm, forget_imports

PHONES = ("phone", "other_phones")


def bring(crm: Crm, tmp_path: Path, text: str, **options: Any) -> None:
    file = tmp_path / "list.csv"
    file.write_text(text, "utf-8")
    with crm() as ws:
        forget_imports(ws)
        receipt = import_file(ws, file, **options)
        assert receipt.rejected == 0


def rows(crm: Crm, sql: str) -> list[dict[str, Any]]:
    with crm(readonly=True) as ws:
        return ws.db.rows(sql)


def people(crm: Crm) -> list[tuple[Any, ...]]:
    found = rows(crm, "SELECT * FROM contact ORDER BY id")
    return [(p["name"], p["title"], p["phone"], p["other_phones"]) for p in found]


@pytest.mark.parametrize(
    "cell, first, others",
    [
        ("13800138000/13900139000", "+8613800138000", "+8613900139000"),
        ("13800138000；021-65541234", "+8613800138000", "+862165541234"),
        ("坏的12345、13800138000", "+8613800138000", None),
        ("13800138000 13800138000", "+8613800138000", None),
    ],
)
def test_every_phone_of_a_cell_is_kept(crm: Crm, tmp_path: Path, cell: str, first: str, others: str | None) -> None:
    bring(crm, tmp_path, f'客户名称,电话\n晨光文具,"{cell}"\n')
    (row,) = rows(crm, "SELECT phone, other_phones FROM customer")
    assert row["phone"] == first
    if others:
        assert row["other_phones"] == others
    with crm(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM customer") == 1


def test_every_e_mail_of_a_cell_is_kept(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, '客户名称,邮箱\n晨光文具,"A@example.com; b@example.com，c@example.com"\n')
    (row,) = rows(crm, "SELECT email, other_emails FROM customer")
    assert (row["email"], row["other_emails"]) == ("a@example.com", "b@example.com; c@example.com")


def test_two_names_and_two_phones_are_two_people(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, '客户名称,联系人,手机\n晨光文具,白露、石磊,"13800138000,13900139000"\n')
    assert people(crm) == [("白露", None, "+8613800138000", None), ("石磊", None, "+8613900139000", None)]


def test_phones_that_are_not_one_for_each_stay_with_the_first(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, '客户名称,联系人,手机\n晨光文具,白露、石磊、江月,"13800138000,13900139000"\n')
    assert people(crm) == [
        ("白露", None, "+8613800138000", "+8613900139000"),
        ("石磊", None, None, None),
        ("江月", None, None, None),
    ]


def test_what_stands_beside_a_name_is_that_persons(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称,联系人,职务\n晨光文具,白露13800138000、石磊(采购)13900139000,总监\n")
    assert people(crm) == [("白露", "总监", "+8613800138000", None), ("石磊", "采购", "+8613900139000", None)]


def test_a_foreign_name_with_a_comma_is_one_person(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, 'Company,Contact,Mobile\nBluebird Ltd,"Winter, June",+8613800138000\n')
    assert people(crm) == [("Winter, June", None, "+8613800138000", None)]


def test_a_list_of_contacts_tells_people_apart_too(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称\n晨光文具\n")
    bring(crm, tmp_path, "客户,姓名,角色\n晨光文具,白露13800138000、石磊,采购\n", table="contacts")
    assert [name for name, *_rest in people(crm)] == ["白露", "石磊"]


def test_importing_again_adds_nothing_and_another_list_adds_up(crm: Crm, tmp_path: Path) -> None:
    first = '客户名称,联系人,手机,电话\n晨光文具,白露、石磊,13800138000,"021-65541234/021-65541235"\n'
    bring(crm, tmp_path, first)
    before = rows(crm, "SELECT * FROM customer"), people(crm)
    bring(crm, tmp_path, first)
    assert (rows(crm, "SELECT * FROM customer"), people(crm)) == before
    bring(crm, tmp_path, '客户名称,电话\n晨光文具,"021-65541234/021-65541236"\n')
    (row,) = rows(crm, "SELECT other_phones FROM customer")
    assert row["other_phones"] == "+862165541235; +862165541236"


@pytest.mark.parametrize(
    "cell, email, others",
    [
        ("a@example.com;zhang#qq.com;d@example.com", "a@example.com", "d@example.com; zhang#qq.com"),
        ("c at x/a@example.com/d@example.com", "a@example.com", "d@example.com; c at x"),
        ("白露 a@b.cn；石磊 c@d.cn", "a@b.cn", "c@d.cn; 白露 a@b.cn; 石磊 c@d.cn"),
        ("白露 a@b.cn；晨光文具 c@d.con", "a@b.cn", "晨光文具 c@d.con; 白露 a@b.cn"),
        ("白露 a@example.com", "a@example.com", "白露 a@example.com"),
        ("石磊：a@example.com", "a@example.com", "石磊：a@example.com"),
        ("邮箱：a@example.com", "a@example.com", None),
        ("QQ：a@example.com", "a@example.com", None),
        ("bai#lu@example.com", "bai#lu@example.com", None),
    ],
)
def test_nothing_beside_an_address_is_lost(crm: Crm, tmp_path: Path, cell: str, email: str, others: str | None) -> None:
    bring(crm, tmp_path, f"客户名称,邮箱\n晨光文具,{cell}\n")
    (row,) = rows(crm, "SELECT email, other_emails FROM customer")
    assert (row["email"], row["other_emails"]) == (email, others)


def test_names_beside_addresses_are_the_contacts_where_none_is_named(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称,联系人邮箱\n晨光文具,白露 a@example.com；石磊 b@example.com；c@example.com\n")
    found = rows(crm, "SELECT name, email, other_emails FROM contact ORDER BY id")
    assert [tuple(row.values()) for row in found] == [
        ("白露", "a@example.com", "c@example.com"), ("石磊", "b@example.com", None)
    ]  # fmt: skip


def test_the_name_beside_the_address_of_that_contact_says_nothing_new(crm: Crm, tmp_path: Path) -> None:
    bring(
        crm,
        tmp_path,
        "客户名称,联系人,联系人邮箱\n晨光文具,白露,白露 <a@example.com>\n远山茶业,石磊,江月 b@example.com\n",
    )
    found = rows(crm, "SELECT name, email, other_emails FROM contact ORDER BY id")
    assert [tuple(row.values()) for row in found] == [
        ("白露", "a@example.com", None), ("石磊", "b@example.com", "江月 b@example.com")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cell, others",
    [
        ("13800138001 62345678 13900139001", "+8613900139001; 62345678"),
        ("13800138001/王五/13900139001", "+8613900139001; 王五"),
        ("13800138001 备用：13900139001 0571-888", "+8613900139001; 0571-888"),
        ("13800138001/13900139001/123", "+8613900139001; 123"),
        ("白露：13800138001/石磊：13900139001", "+8613900139001; 白露:13800138001; 石磊:13900139001"),
        ("13800138001；晨光文具：13900139001；晨光文具：138", "+8613900139001; 晨光文具:138"),
        ("白露：13800138001", "白露：13800138001"),
        ("手机：13800138001", None),
    ],
)
def test_nothing_beside_a_phone_is_lost(crm: Crm, tmp_path: Path, cell: str, others: str | None) -> None:
    bring(crm, tmp_path, f"客户名称,电话\n晨光文具,{cell}\n")
    (row,) = rows(crm, "SELECT phone, other_phones FROM customer")
    assert (row["phone"], row["other_phones"]) == ("+8613800138001", others)


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("张三/13800138009/13800138010", [("张三", None, "+8613800138009", "+8613800138010")]),
        (
            "王总 13800138009；李会计 13900139009/010-62345678",
            [("王总", None, "+8613800138009", None), ("李会计", None, "+8613900139009", "+861062345678")],
        ),
        ("张三(经理 李四 主管", [("张三", "经理 李四 主管", None, None)]),
        ("张三（13800138000、13900139000）", [("张三", None, "+8613800138000", "+8613900139000")]),
    ],
)
def test_all_that_a_cell_says_of_its_people(
    crm: Crm, tmp_path: Path, cell: str, expected: list[tuple[Any, ...]]
) -> None:
    bring(crm, tmp_path, f"客户名称,联系人\n晨光文具,{cell}\n")
    assert people(crm) == expected


def test_a_title_in_brackets_joins_that_of_its_own_column(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称,联系人,职务\n晨光文具,张三(经理),总监\n远山茶业,李四(经理),总经理\n")
    assert [title for _name, title, *_rest in people(crm)] == ["总监、经理", "总经理、经理"]


def test_a_person_named_twice_keeps_both_phones(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称,联系人,手机\n晨光文具,张三;;李四;张三,13800138001;13800138002;13800138003\n")
    assert people(crm) == [
        ("张三", None, "+8613800138001", "+8613800138003"),
        ("李四", None, "+8613800138002", None),
    ]


def test_a_whole_name_and_other_parts_of_a_name_are_two_people(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称,姓名,First Name,Last Name\n晨光文具,王五,June,Winter\n")
    assert [name for name, *_rest in people(crm)] == ["王五", "June Winter"]


def test_names_beside_phones_and_addresses_say_whose_they_are(crm: Crm, tmp_path: Path) -> None:
    bring(
        crm, tmp_path,
        "客户名称,联系人,手机,联系人邮箱\n"
        "晨光文具,白露、石磊,石磊：13800138001；白露：13800138002,石磊 b@example.com；白露 a@example.com\n",
    )  # fmt: skip
    found = rows(crm, "SELECT name, phone, other_phones, email, other_emails FROM contact ORDER BY id")
    assert [tuple(row.values()) for row in found] == [
        ("白露", "+8613800138002", None, "a@example.com", None),
        ("石磊", "+8613800138001", None, "b@example.com", None),
    ]


def test_people_of_a_cell_are_added_beside_known_ones_that_are_to_be_skipped(crm: Crm, tmp_path: Path) -> None:
    heading = "客户名称,联系人,手机\n"
    options = {"table": "contacts", "create_customers": True, "match": "skip"}
    bring(crm, tmp_path, f"{heading}甲公司,张三、李四,13800138000\n", **options)
    bring(crm, tmp_path, f"{heading}甲公司,张三、李四、王五,13900139000\n", **options)
    assert [(name, phone) for name, _title, phone, _others in people(crm)] == [
        ("张三", "+8613800138000"), ("李四", None), ("王五", None),
    ]  # fmt: skip


def test_the_receipt_tells_of_customers_and_of_people_that_came_along(crm: Crm, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("客户名称,联系人\n甲公司,张三、李四\n", "utf-8")
    with crm() as ws:
        import_file(ws, file, table="contacts", create_customers=True)
        assert "customers: 1 created; contacts: 1 created, 0 updated" in ws.summary
