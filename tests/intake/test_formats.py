"""The files that other programs write come in with no --map: small ones of our own, and samples where they are."""

import json
import os
from pathlib import Path

import pytest
import xlsxwriter

from tests.conftest import Run

FORMATS = Path(os.environ.get("CRM_REAL_DATA", "/nonexistent")) / "formats"
# What each sample comes to: table, rows, customers created; several have headings only.
SAMPLES = {
    "android_vcard21.vcf": ("customers", 1, 1),
    "apple_vcard30.vcf": ("customers", 2, 2),
    "vcard40.vcf": ("customers", 1, 1),
    "cn_crm_headers.csv": ("customers", 0, 0),
    "cn_erp_template_headers.csv": ("customers", 1, 1),
    "cn_export_store_headers.csv": ("customers", 0, 0),
    "cn_import_template_headers.csv": ("customers", 0, 0),
    "google_contacts_new.csv": ("customers", 1, 1),
    "google_contacts_old.csv": ("customers", 0, 0),
    "hubspot_companies.csv": ("customers", 2, 2),
    "hubspot_contacts.csv": ("customers", 1, 1),
    "outlook.csv": ("customers", 0, 0),
    "salesforce_contact_api.csv": ("customers", 0, 0),
    "salesforce_leads.csv": ("leads", 1, 1),
    "salesforce_report.csv": ("customers", 1, 1),
}


@pytest.mark.skipif(not FORMATS.exists(), reason="CRM_REAL_DATA names no folder with formats")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_another_program_comes_in_whole(run: Run, tmp_path: Path, name: str) -> None:
    done = run("import", FORMATS / name, "--rejects", tmp_path / "rejects.csv", "-f", "json")
    receipt = json.loads(done.stdout)[0]
    assert done.code == 0
    assert (receipt["table"], receipt["read"], receipt["created"]) == SAMPLES[name]
    assert receipt["rejected"] == 0


@pytest.mark.skipif(not FORMATS.exists(), reason="CRM_REAL_DATA names no folder with formats")
def test_deals_without_a_date_are_no_orders_and_say_what_is_missing(run: Run) -> None:
    done = run("import", FORMATS / "hubspot_deals.csv")
    assert done.code == 5
    assert "ordered_on of orders" in done.stderr


def customers(run: Run) -> list[dict[str, str]]:
    return sorted(json.loads(run("list", "-f", "json").stdout), key=lambda row: row["code"])


def test_people_and_their_companies_from_an_address_book(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text(
        "First Name,Last Name,Organization Name,Organization Title,E-mail 1 - Value,Phone 1 - Value\n"
        "明,周,云海食品有限公司,采购经理,zhou@yunhai.example,13800138000\n"
        "Ada,Okafor,,,ada@okafor.example,+44 20 7946 0018\n"
    )
    assert run("import", file).code == 0
    company, person = customers(run)
    assert (company["name"], company["kind"]) == ("云海食品有限公司", "company")
    assert (person["name"], person["kind"], person["phone"]) == ("Ada Okafor", "person", "+442079460018")
    assert person["email"] == "ada@okafor.example"
    contact = json.loads(run("contact", "list", "-f", "json").stdout)[0]
    assert (contact["name"], contact["title"], contact["phone"]) == ("周明", "采购经理", "+8613800138000")


def test_a_report_from_salesforce_without_its_last_lines(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    report = (
        '"First Name","Last Name","Account Name","Title","Email","Mailing City","Last Activity"\n'
        '"Renée","Lefèvre","Société Exemple","Acheteuse","r@exemple.example","Orléans","1/15/2026"\n\n\n'
        '"Contacts report"\n"Copyright (c) 2000-2026 salesforce.com, inc."\n"Confidential Information"\n'
    )
    file.write_bytes(report.encode("cp1252"))
    done = run("import", file, "-f", "json")
    receipt = json.loads(done.stdout)[0]
    assert (receipt["read"], receipt["created"], receipt["encoding"]) == (1, 1, "WINDOWS-1252")
    assert "3 lines below the list" in done.stderr
    assert customers(run)[0]["city"] == "Orléans"


def test_an_id_that_a_spreadsheet_rounded_is_kept_and_reported(run: Run, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["客户名称", "统一社会信用代码", "手机"])
        sheet.write_row(1, 0, ["云海食品", 911101080000000012, 13800138000])
    assert run("import", tmp_path / "a.xlsx").code == 0
    found = json.loads(run("clean", "check", "-f", "json").stdout)
    (row,) = [row for row in found if row["field"] == "tax_id"]
    assert (row["value"], row["problem"]) == ("9.1110108E+17", "Excel rounded the number: its last digits are lost")
    assert customers(run)[0]["phone"] == "+8613800138000"


def test_a_shop_s_orders_come_in_beside_what_they_say_of_their_customers(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "Row ID,Order ID,Order Date,Customer ID,Customer Name,City,State,Postal Code,Region,Product Name,Sales,Status\n"
        "1,CA-1,2026-01-05,AO-1,Ada Okafor,Bath,SOM,BA1,South,Bookcase,254.70,Shipped\n"
        "2,CA-2,2026-01-06,MB-2,Mia Berg,York,NYK,YO1,North,Lamp,20.00,partially_refunded\n"
        "3,CA-3,2026-01-07,MB-2,Mia Berg,York,NYK,YO1,North,Chair,80.00,wc-failed\n"
    )
    done = run("import", file, "--create-customers", "-f", "json")
    receipt = json.loads(done.stdout)[0]
    assert (done.code, receipt["table"], receipt["created"]) == (0, "orders", 3)
    orders = json.loads(run("order", "list", "-f", "json").stdout)
    assert {(order["number"], order["amount"], order["status"]) for order in orders} == {
        ("CA-1", "254.70", "paid"), ("CA-2", "20.00", "paid"), ("CA-3", "80.00", "cancelled"),
    }  # fmt: skip
    assert [row["code"] for row in customers(run)] == ["AO-1", "MB-2"]


def test_a_list_of_customers_comes_in_beside_their_orders_all_the_same(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("公司,电话,城市\n晨光文具,021-65541234,上海\n")
    (tmp_path / "o.csv").write_text("订单号,客户,下单日期,金额\n1,晨光文具,2026-01-05,5\n2,云海食品,2026-01-05,6\n")
    done = run("import", tmp_path / "c.csv", tmp_path / "o.csv", "--create-customers", "-f", "json")
    assert [receipt["table"] for receipt in json.loads(done.stdout)] == ["customers", "orders"]
    assert "read as a list of customers" in done.stderr
    assert {row["name"] for row in customers(run)} == {"晨光文具", "云海食品"}


def test_workbook_and_text_give_the_same_rejects_by_row(run: Run, tmp_path: Path) -> None:
    table = [
        ["订单导出"],
        [],
        ["订单号", "客户", "下单日期", "金额(万元)"],
        ["1", "甲", "2026-01-01", 1.5],
        ["2", "甲", "x", 1],
    ]
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        for line, row in enumerate(table):
            sheet.write_row(line, 0, row)
    done = run("import", tmp_path / "a.xlsx", "--create-customers", "--rejects", tmp_path / "r.csv")
    assert done.code == 9
    assert (tmp_path / "r.csv").read_text("utf-8-sig").splitlines()[1].startswith("2,甲,x,1,5,ordered_on,date-invalid")
    assert json.loads(run("order", "list", "-f", "json").stdout)[0]["amount"] == "15000.00"
