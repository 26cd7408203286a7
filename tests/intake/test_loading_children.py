"""Whose the rows of orders, contracts and cases are: the customer that they name, known or not."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Crm, Run

HEAD = "Order ID,Customer ID,Order Date,Amount\n"
NEW = ("--create-customers",)


def bring(run: Run, tmp_path: Path, text: str, *words: str, name: str = "list.csv") -> Any:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    result = run("import", file, "-f", "json", "--rejects", tmp_path / "rejects.csv", *words)
    assert result.code in (0, 9), result.stderr
    return json.loads(result.stdout)[0] | {"said": result.stderr}


def listed(run: Run, *fields: str) -> list[tuple[Any, ...]]:
    found = json.loads(run("list", "--fields", ",".join(fields), "-f", "json").stdout)
    return [tuple(row[name] for name in fields) for row in found]


def rejects(tmp_path: Path) -> str:
    return (tmp_path / "rejects.csv").read_text("utf-8-sig")


# --- a known row that names somebody else ------------------------------------------------------------------------

KNOWN = {
    "orders": (HEAD + "1,{},2024-01-01,15\n2,A2,2024-01-02,20.50\n", "orders"),
    "contracts": ("合同编号,客户编号,开始日期,合同金额\n1,{},2024-01-01,15\n2,A2,2024-01-02,20.50\n", "contract"),
    "cases": ("投诉编号,客户编号,投诉时间,投诉原因\n1,{},2024-01-01 10:00,漏墨\n2,A2,2024-01-02 10:00,漏墨\n", "cases"),
}


def owned(crm: Crm, entity: str) -> list[tuple[Any, ...]]:
    with crm(readonly=True) as ws:
        rows = ws.db.rows(f"SELECT code, number FROM {entity} JOIN customer ON customer.id = customer_id ORDER BY 2")
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize("table", KNOWN)
def test_a_corrected_file_moves_a_row_to_a_customer_that_is_new(crm: Crm, run: Run, tmp_path: Path, table: str) -> None:
    text, entity = KNOWN[table]
    bring(run, tmp_path, text.format("A1"), *NEW)
    receipt = bring(run, tmp_path, text.format("ZZ9"), *NEW)
    assert (receipt["created"], receipt["updated"], receipt["unchanged"]) == (0, 1, 1)
    assert owned(crm, entity) == [("ZZ9", "1"), ("A2", "2")]
    assert run("undo").code == 0
    assert owned(crm, entity) == [("A1", "1"), ("A2", "2")]
    assert listed(run, "code") == [("A1",), ("A2",)]


@pytest.mark.parametrize("table", KNOWN)
def test_without_leave_to_make_customers_such_a_row_is_rejected(crm: Crm, run: Run, tmp_path: Path, table: str) -> None:
    text, entity = KNOWN[table]
    bring(run, tmp_path, text.format("A1"), *NEW)
    receipt = bring(run, tmp_path, text.format("ZZ9"))
    assert (receipt["updated"], receipt["unchanged"], receipt["rejected"]) == (0, 1, 1)
    assert "customer-unknown" in rejects(tmp_path)
    assert owned(crm, entity) == [("A1", "1"), ("A2", "2")]


@pytest.mark.parametrize("match", ["skip", "fill"])
def test_nobody_is_made_for_rows_that_keep_their_customer(run: Run, tmp_path: Path, match: str) -> None:
    bring(run, tmp_path, HEAD + "1,A1,2024-01-01,15\n", *NEW)
    receipt = bring(run, tmp_path, HEAD + "1,ZZ9,2024-01-01,15\n3,B7,2024-01-01,15\n", *NEW, "--match", match)
    assert (receipt["created"], receipt["updated"], receipt["rejected"]) == (1, 0, 0)
    assert listed(run, "code", "amount_total") == [("A1", "15.00"), ("B7", "15.00")]


@pytest.mark.parametrize("words", [NEW, ()])
def test_a_customer_that_was_renamed_since_keeps_the_rows_it_had(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    text = "订单号,客户,下单日期,金额\n1,晨光 文具,2024-01-01,{}\n"
    bring(run, tmp_path, text.format(15), *NEW)
    assert run("edit", "晨光 文具", "name=晨光文具设备").code == 0
    receipt = bring(run, tmp_path, text.format(16), *words)
    assert (receipt["updated"], receipt["rejected"]) == (1, 0)
    assert listed(run, "name", "amount_total") == [("晨光文具设备", "16.00")]


def test_a_name_of_two_others_is_not_taken_for_the_customer_of_the_known_order(run: Run, tmp_path: Path) -> None:
    bring(run, tmp_path, "code,name\nK1,远山茶业\nK2,同名公司\nK3,同名公司\n")
    bring(run, tmp_path, HEAD + "1,K1,2024-01-01,15\n2,K2,2024-01-01,15\n")
    receipt = bring(run, tmp_path, HEAD + "1,同名公司,2024-01-01,16\n2,同名公司,2024-01-01,16\n")
    assert (receipt["updated"], receipt["rejected"]) == (1, 1)
    assert "customer-ambiguous" in rejects(tmp_path)
    assert listed(run, "code", "amount_total") == [("K1", "15.00"), ("K2", "16.00"), ("K3", "0.00")]


# --- customers made on the way -----------------------------------------------------------------------------------


@pytest.mark.parametrize("heading", ["Customer ID", "客户编号", "Account ID", "客户代码"])
def test_what_stands_below_a_heading_of_ids_is_the_code(run: Run, tmp_path: Path, heading: str) -> None:
    rows = "1,QWERT,2024-01-01,15\n2,a_b.c,2024-01-01,15\n3,tb09_海,2024-01-01,15\n4,Two Words,2024-01-01,15\n"
    text = f"Order ID,{heading},Order Date,Amount\n{rows}5,晨光文具,2024-01-01,15\n"
    bring(run, tmp_path, text, *NEW)
    assert sorted(listed(run, "code", "name")) == [
        ("C000001", "Two Words"), ("C000002", "晨光文具"), ("QWERT", "QWERT"), ("a_b.c", "a_b.c"),
        ("tb09_海", "tb09_海"),
    ]  # fmt: skip
    # A list of the customers themselves means the same ones.
    receipt = bring(run, tmp_path, f"{heading},Customer Name\nQWERT,Quer & Tau\n", name="c.csv")
    assert (receipt["created"], receipt["updated"]) == (0, 1)


def test_below_another_heading_of_which_the_user_says_that_it_is_the_customer_s_id(run: Run, tmp_path: Path) -> None:
    text = "Order ID,{},Order Date,Amount\n1,{},2024-01-01,15\n"
    for number, (heading, customer) in enumerate((("user_id", "QWERT"), ("会员号", "海_a"), ("buyer", "Asdf"))):
        bring(run, tmp_path, text.format(heading, customer), *NEW, "--map", f"{heading}=customer", name=f"{number}.csv")
    assert sorted(listed(run, "code", "name")) == [("C000001", "Asdf"), ("QWERT", "QWERT"), ("海_a", "海_a")]


def test_a_column_of_customers_has_names(run: Run, tmp_path: Path) -> None:
    bring(run, tmp_path, "订单号,客户,下单日期,金额\n1,QWERT,2024-01-01,15\n2,K17,2024-01-01,15\n", *NEW)
    assert sorted(listed(run, "code", "name")) == [("C000001", "QWERT"), ("K17", "K17")]


@pytest.mark.parametrize(
    "headings", ["Customer ID,Customer Name", "客户编号,客户名称", "客户代码,公司", "客户ID,所属客户"]
)
def test_a_new_customer_has_the_name_beside_its_id(run: Run, tmp_path: Path, headings: str) -> None:
    text = (
        f"订单号,{headings},下单日期,金额\n1,K1,,2024-01-01,15\n2,K1,晨光文具,2024-01-01,15\n"
        "3,K1,晨光,2024-01-01,15\n4,K2,n/a,2024-01-01,15\n5,Two Words,远山茶业,2024-01-01,15\n"
    )
    bring(run, tmp_path, text, *NEW)
    assert sorted(listed(run, "code", "name")) == [("C000001", "Two Words"), ("K1", "晨光文具"), ("K2", "K2")]
    by_name = "订单号,客户,下单日期,金额\n9,晨光文具,2024-01-01,15\n"
    assert bring(run, tmp_path, by_name, name="n.csv")["created"] == 1
    assert bring(run, tmp_path, text + "6,K1,晨光文具,2024-02-01,1\n", *NEW)["created"] == 1


def test_a_name_that_is_left_out_names_nobody(run: Run, tmp_path: Path) -> None:
    text = HEAD.replace("Order Date", "Customer Name,Order Date") + "1,K1,晨光文具,2024-01-01,15\n"
    bring(run, tmp_path, text, *NEW, "--map", "Customer Name=-")
    assert listed(run, "code", "name") == [("K1", "K1")]


@pytest.mark.parametrize("heading", ["Customer ID", "Customer"])
@pytest.mark.parametrize("nothing", ["nan", "NaN", "NULL", "None", "#N/A", "N/A", "-", "无"])
def test_what_says_that_there_is_none_is_no_customer(run: Run, tmp_path: Path, heading: str, nothing: str) -> None:
    text = f"Order ID,{heading},Order Date,Amount\n1,{nothing},2024-01-01,15\n2,A2,2024-01-01,15\n"
    receipt = bring(run, tmp_path, text, *NEW)
    assert (receipt["created"], receipt["rejected"]) == (1, 1)
    assert ",2,customer,missing,there is no customer" in rejects(tmp_path)
    assert listed(run, "code") == [("A2",)]


def test_a_known_customer_may_be_called_so(run: Run, tmp_path: Path) -> None:
    assert run("add", "Nan").code == 0
    assert bring(run, tmp_path, HEAD + "1,nan,2024-01-01,15\n")["created"] == 1


def test_ids_that_differ_in_a_sign_are_two_customers(run: Run, tmp_path: Path) -> None:
    bring(run, tmp_path, HEAD + "1,20-01,2024-01-01,15\n2,k17,2024-01-01,15\n", *NEW)
    bring(run, tmp_path, HEAD + "3,2001,2024-01-01,15\n4,K17,2024-01-01,15\n", *NEW)
    assert sorted(listed(run, "code", "amount_total")) == [("20-01", "15.00"), ("2001", "15.00"), ("k17", "30.00")]


def test_a_row_without_the_code_is_of_whom_it_names(run: Run, tmp_path: Path) -> None:
    lines = "订单号,客户编号,客户名称,日期,金额\n1,K1,甲公司,2024-01-01,5\n2,,甲公司,2024-01-02,7\n"
    bring(run, tmp_path, lines, *NEW)
    assert listed(run, "code", "name", "amount_total") == [("K1", "甲公司", "12.00")]
    bring(run, tmp_path, lines + "3,,甲公司,2024-01-03,1\n")
    assert listed(run, "code", "name", "amount_total") == [("K1", "甲公司", "13.00")]


def test_a_latin_name_without_its_id_is_no_id(run: Run, tmp_path: Path) -> None:
    head = "Order ID,Customer ID,Customer Name,Order Date,Amount\n"
    bring(run, tmp_path, head + "1,X1,Acme,2024-01-01,5\n2,,Acme,2024-01-02,7\n3,,Initech,2024-01-02,1\n", *NEW)
    assert sorted(listed(run, "code", "name", "amount_total")) == [
        ("C000001", "Initech", "1.00"),
        ("X1", "Acme", "12.00"),
    ]
