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
