"""Rows as they are staged: whose a name is beside a code, which currency an amount has, who refused mails."""

from pathlib import Path
from typing import Any

import pytest

from crmcli.intake.importing import import_file
from crmcli.intake.receipts import Receipt
from crmcli.intake.sources.delimited import delimited
from tests.conftest import Crm, Run, forget_imports


def bring(crm: Crm, tmp_path: Path, text: str, **options: Any) -> Receipt:
    file = tmp_path / "list.csv"
    file.write_text(text, "utf-8")
    with crm() as ws:
        forget_imports(ws)
        return import_file(ws, file, rejects=tmp_path / "rejects.csv", **options)


def codes(tmp_path: Path) -> str:
    return (tmp_path / "rejects.csv").read_text("utf-8-sig")


def rows(crm: Crm, sql: str) -> list[tuple[Any, ...]]:
    with crm(readonly=True) as ws:
        return [tuple(row.values()) for row in ws.db.rows(sql)]


# --- a code and a person -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("company", ["", "-", "N/A", "NaN"])
def test_a_person_beside_a_known_code_is_a_contact(crm: Crm, tmp_path: Path, company: str) -> None:
    bring(crm, tmp_path, "客户编号,客户名称\nA1,晨光文具\n")
    bring(crm, tmp_path, f"客户编号,客户名称,联系人,手机\nA1,{company},江月,13800138001\n")
    assert rows(crm, "SELECT code, name, kind, phone FROM customer") == [("A1", "晨光文具", "company", None)]
    assert rows(crm, "SELECT name, phone FROM contact") == [("江月", "+8613800138001")]


def test_a_person_beside_a_new_code_is_its_contact(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户编号,联系人,手机\nA1,江月,13800138001\n")
    assert rows(crm, "SELECT code, name, kind, phone FROM customer") == [("A1", "A1", "company", None)]
    assert rows(crm, "SELECT name, phone FROM contact") == [("江月", "+8613800138001")]


def test_a_person_without_company_or_code_is_the_customer(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户编号,客户名称,联系人,手机\nA1,晨光文具,白露,13800138002\n,,江月,13800138001\n")
    assert rows(crm, "SELECT name, kind, phone FROM customer ORDER BY id")[1] == ("江月", "person", "+8613800138001")


# --- currencies --------------------------------------------------------------------------------------------------

_ORDERS = "订单号,客户,下单日期,金额"


def orders(crm: Crm) -> list[tuple[Any, ...]]:
    return rows(crm, "SELECT number, amount, currency FROM orders ORDER BY number")


def test_an_order_has_the_currency_of_its_cell(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称\n晨光文具\n")
    cells = ["$100", "100美元", "HK$5", "€50", "USD 7", "£9", "8.00", "￥6", "USD：3"]
    lines = [f"S{at},晨光文具,2024-03-05,{cell}" for at, cell in enumerate(cells)]
    bring(crm, tmp_path, "\n".join([_ORDERS, *lines]))
    assert [currency for *_rest, currency in orders(crm)] == [
        "USD", "USD", "HKD", "EUR", "USD", "GBP", "CNY", "CNY", "USD"
    ]  # fmt: skip


def test_a_cell_against_the_currency_of_its_row_is_rejected(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称\n晨光文具\n")
    receipt = bring(
        crm, tmp_path,
        f"{_ORDERS},币种\nS1,晨光文具,2024-03-05,$100,CNY\nS2,晨光文具,2024-03-05,$100,USD\n"
        "S3,晨光文具,2024-03-05,€5,\nS4,晨光文具,2024-03-05,$5,HKD\n",
    )  # fmt: skip
    assert receipt.rejected == 1 and "currency-conflict" in codes(tmp_path)
    assert orders(crm) == [("S2", 10000, "USD"), ("S3", 500, "EUR"), ("S4", 500, "HKD")]


def test_cost_and_amount_of_an_order_have_one_currency(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称\n晨光文具\n")
    receipt = bring(
        crm, tmp_path,
        f"{_ORDERS},成本\nS1,晨光文具,2024-03-05,$100,€5\nS2,晨光文具,2024-03-05,$100,$5\n"
        "S3,晨光文具,2024-03-05,100,$5\nS4,晨光文具,2024-03-05,$100,5\n",
    )  # fmt: skip
    assert receipt.rejected == 2
    assert orders(crm) == [("S2", 10000, "USD"), ("S4", 10000, "USD")]


def test_headings_of_two_currencies_are_seen(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称\n晨光文具\n")
    receipt = bring(crm, tmp_path, "订单号,客户,下单日期,金额(USD),成本(EUR)\nS1,晨光文具,2024-03-05,100,5\n")
    assert receipt.rejected == 1 and "currency-conflict" in codes(tmp_path)


def test_a_contract_in_another_currency_is_rejected(crm: Crm, tmp_path: Path) -> None:
    bring(crm, tmp_path, "客户名称\n晨光文具\n")
    text = "合同号,客户,合同开始日期,合同金额\nH1,晨光文具,2024-03-05,$100\nH2,晨光文具,2024-03-05,￥100\n"
    assert bring(crm, tmp_path, text, table="contracts").rejected == 1
    assert "currency-foreign" in codes(tmp_path)
    assert rows(crm, "SELECT number, amount FROM contract") == [("H2", 10000)]
    text = "合同号,客户,合同开始日期,合同金额(USD)\nH3,晨光文具,2024-03-05,100\n"
    assert bring(crm, tmp_path, text, table="contracts").rejected == 1


# --- a refusal of mails ------------------------------------------------------------------------------------------


def test_what_a_column_of_refusals_says(crm: Crm, tmp_path: Path) -> None:
    text = "客户名称,退订\n晨光文具,已退订\n远山茶业,\n孤帆工作室,也许\n长河纸业,同意\n"
    assert bring(crm, tmp_path, text).rejected == 2
    assert codes(tmp_path).count("choice-invalid") == 2
    assert rows(crm, "SELECT name, consent FROM customer ORDER BY id") == [("晨光文具", "no"), ("远山茶业", "unknown")]


# --- chunks ------------------------------------------------------------------------------------------------------

ORDERS = """客户,订单号,下单日期,金额
K1,A1,2026-01-01,100.00
客户,订单号,下单日期,金额
K1,A2,2026-01-02,1.50
长风贸易,A3,2026-01-03,"2,000.00"
小计,,,2101.50

谁也不是,A4,2026-01-04,1
K1,A5,不知道,1
K1,A1,2026-01-01,101.00
,A6,2026-01-06,3
K2,A7,2026-01-07,4
合计,,,2210.50
"""


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 100])
def test_where_a_chunk_of_rows_ends_makes_no_difference(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setitem(delimited.__globals__, "CHUNK", chunk)
    customers = "客户编号,客户名称\nK1,云海食品\nK2,长风贸易\n"
    assert bring(crm, tmp_path, customers).created == 2
    receipt = bring(crm, tmp_path, ORDERS, match="update", lines=False)
    assert (receipt.created, receipt.repaired, receipt.rejected, receipt.duplicates) == (4, 0, 3, 1)
    orders = "SELECT c.code, number, amount FROM orders JOIN customer AS c ON c.id = customer_id ORDER BY number"
    assert rows(crm, orders) == [("K1", "A1", 10100), ("K1", "A2", 150), ("K2", "A3", 200000), ("K2", "A7", 400)]
    assert [line.split(",")[1] for line in codes(tmp_path).splitlines()[1:]] == ["A4", "A5", "A6"]
    again = bring(crm, tmp_path, ORDERS, lines=False)
    assert (again.created, again.rejected) == (0, 3)


# --- set for every row -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("客户,下单日期,金额\n甲公司,2026-01-01,5\n乙公司,2026-01-02,6\n", "number"),
        ("客户,合同开始日期,合同金额\n甲公司,2026-01-01,5\n乙公司,2026-01-02,6\n", "number"),
        ("客户名称\n甲公司\n乙公司\n", "code"),
    ],
)
def test_what_tells_rows_apart_is_not_set_for_all(run: Run, tmp_path: Path, text: str, field: str) -> None:
    file = tmp_path / "list.csv"
    file.write_text(text, "utf-8")
    result = run("import", file, "--set", f"{field}=1", "--create-customers")
    assert result.code == 5
    assert f"'{field}' tells the rows of " in result.stderr
    assert f'--map "HEADING={field}"' in result.stderr
    assert run("list", "-q").stdout == ""


def test_what_may_be_the_same_in_every_row_is_set(crm: Crm, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("联系人,手机\n江月,13800138001\n石磊,13800138002\n", "utf-8")
    said = ("--table", "contacts", "--set", "customer=晨光文具", "--create-customers")
    assert run("import", file, *said).code == 0
    assert rows(crm, "SELECT name FROM contact ORDER BY id") == [("江月",), ("石磊",)]
