"""The checks on lists whose faults are known, where they are at hand: CRM_REAL_DATA names their folder."""

import csv
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import crmcli
from crmcli.cleaning.check import check
from crmcli.errors import BadValue
from crmcli.values import format_money, parse_date, parse_email, parse_money, parse_phone, parse_tax_id, split_phones
from tests.conftest import Crm

DATA = Path(os.environ.get("CRM_REAL_DATA", "/nonexistent"))
LISTS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(not (DATA / name).exists(), reason=f"CRM_REAL_DATA names no folder with {name}"),
    )
    for name in ("cn_2000", "cn_20000")
]
COLUMNS = {
    "company": "name", "contact": "contact_name", "mobile": "contact_phone", "landline": "phone",
    "email": "contact_email", "uscc": "tax_id", "row_id": "code", "created": "-", "amount": "-",
}  # fmt: skip
NOTHING = {"-", "无", "暂无", "没有", "不详", "N/A"}


def table(name: str, file: str) -> list[dict[str, str]]:
    with (DATA / name / file).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read(field: str, text: str) -> str:
    """The normalised value of a cell as the truth writes it, or BadValue."""
    if field in ("mobile", "landline"):
        return ";".join(parse_phone(part).replace(" ext ", ";ext=") for part in split_phones(text))
    if field == "amount":
        return format_money(parse_money(text))
    if field == "created":
        return parse_date(text).isoformat()
    return parse_email(text) if field == "email" else parse_tax_id(text)


@pytest.mark.parametrize("name", LISTS)
def test_every_expected_value_is_reproduced_and_nothing_else_is_refused(name: str) -> None:
    faulty = {(row["row_id"], row["field"]) for row in table(name, "truth_invalid.csv")}
    expected = {row["row_id"]: row for row in table(name, "truth_rows.csv")}
    wrong: Counter[str] = Counter()
    for row in table(name, "all_rows.csv"):
        for field in ("mobile", "landline", "email", "uscc", "created", "amount"):
            text, meant = row[field].strip(), expected[row["row_id"]][f"{field}_std"]
            try:
                told = read(field, text) if text else ""
            except BadValue:
                wrong[f"{field} refused"] += (row["row_id"], field) not in faulty
                continue
            wrong[f"{field} otherwise"] += bool(meant) and set(told.split(";")) != set(meant.split(";"))
    assert +wrong == Counter()


@pytest.mark.parametrize("name", LISTS)
def test_every_kept_fault_is_found_and_no_other_value_is_told_of(crm: Crm, name: str) -> None:
    with crm() as ws:
        crmcli.import_file(ws, DATA / name / "all_rows.csv", table="customers", mapping=COLUMNS)
        findings = check(ws)
    told = {(one.code, one.field): one for one in findings if one.field in ("phone", "email", "tax_id")}
    faults = {
        (row["row_id"], {"mobile": "phone", "landline": "phone", "uscc": "tax_id"}.get(row["field"], row["field"])): row
        for row in table(name, "truth_invalid.csv")
        if row["field"] in ("mobile", "landline", "email", "uscc") and row["raw"] not in NOTHING
    }
    assert {key: row["raw"] for key, row in faults.items() if key not in told} == {}
    kept = {key for key, one in told.items() if not one.rule.endswith("-unreachable")}
    assert kept - faults.keys() == set()


@pytest.mark.parametrize("name", LISTS)
def test_proposals_for_phones_are_right(crm: Crm, name: str) -> None:
    rows = {row["row_id"]: row for row in table(name, "truth_rows.csv")}
    numbers: dict[str, set[str]] = {}
    for row in rows.values():
        known = f"{row['mobile_std']};{row['landline_std']}".split(";")
        numbers.setdefault(row["entity_id"], set()).update(number for number in known if number.startswith("+"))
    with crm() as ws:
        crmcli.import_file(ws, DATA / name / "all_rows.csv", table="customers", mapping=COLUMNS)
        proposed = [one for one in check(ws) if one.field == "phone" and one.proposal]
    judged: Counter[Any] = Counter()
    for one in proposed:
        number = (one.proposal or "").partition(" ")[0]
        alike = {known for known in numbers[rows[one.code]["entity_id"]] if is_mobile(known) == is_mobile(number)}
        if alike:
            judged[number in alike] += 1
    assert judged[False] == 0
    assert judged[True] > 15


def is_mobile(number: str) -> bool:
    return number.startswith("+861") and not number.startswith("+8610")
