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
