"""Lists that were imported before a merge, and come again after it: nothing is made anew, and nothing overruled."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

CODED = (
    "客户编号,客户名称,联系人,手机,电话,QQ,同意,职务\n"
    "A2,晨光文具有限公司,白露,13900139000,021-65541234,2,no,采购\n"
    "A1,晨光文具有限公司,白露,13800138000,021-65541234,1,yes,经理\n"
)
NAMED = "客户名称,电话,城市\n晨光文具有限公司,021-65541234,上海\n晨光文具设备（上海）有限公司,021-65541234,南京\n"


def bring(run: Run, path: Path, text: str, *options: str) -> Any:
    path.write_text(text, "utf-8")
    result = run("import", path, "-f", "json", *options)
    assert result.code == 0, result.stderr
    return json.loads(result.stdout)[0]


def rows(run: Run, *words: str) -> Any:
    return json.loads(run(*words, "-f", "json").stdout)


def test_a_list_with_the_codes_changes_nothing(run: Run, tmp_path: Path) -> None:
    bring(run, tmp_path / "a.csv", CODED)
    assert run("clean", "merge", "A2", "A1", "-y").code == 0
    before = rows(run, "list"), rows(run, "contact", "list")
    assert (before[0][0]["consent"], before[0][0]["QQ"]) == ("no", "2")
    phones = f"{before[1][0]['phone']}; {before[1][0]['other_phones']}"
    assert {"+8613900139000", "+8613800138000"} <= set(phones.split("; "))
    receipt = bring(run, tmp_path / "a.csv", CODED)
    assert (receipt["created"], receipt["updated"]) == (0, 0)
    assert (rows(run, "list"), rows(run, "contact", "list")) == before


def test_a_list_without_codes_makes_nobody_anew(run: Run, tmp_path: Path) -> None:
    bring(run, tmp_path / "a.csv", NAMED)
    assert run("clean", "merge", "C000001", "C000002", "-y").code == 0
    before = rows(run, "list")
    receipt = bring(run, tmp_path / "a.csv", NAMED)
    assert (receipt["created"], receipt["updated"]) == (0, 0)
    assert rows(run, "list") == before
    orders = "订单号,客户名称,日期,金额\n1,晨光文具设备（上海）有限公司,2026-11-02,5\n2,晨光文具有限公司,2026-11-02,5\n"
    assert bring(run, tmp_path / "o.csv", orders, "--create-customers")["created"] == 2
    (row,) = rows(run, "list")
    assert row["orders_12m"] == 2


def test_a_former_customer_that_withdraws_its_consent_has_withdrawn_it(run: Run, tmp_path: Path) -> None:
    bring(run, tmp_path / "a.csv", "客户编号,客户名称,同意\nA1,甲公司,yes\nA2,甲公司,\n")
    assert run("clean", "merge", "A1", "A2", "-y").code == 0
    assert bring(run, tmp_path / "b.csv", "客户编号,客户名称,同意\nA2,甲公司,no\n")["updated"] == 1
    assert rows(run, "list")[0]["consent"] == "no"


@pytest.mark.parametrize("again", ["yes", "unknown", ""])
def test_no_list_brings_a_withdrawn_consent_back(run: Run, tmp_path: Path, again: str) -> None:
    bring(run, tmp_path / "a.csv", "客户编号,客户名称,同意\nA1,甲公司,yes\nA1,甲公司,no\n")
    assert rows(run, "list")[0]["consent"] == "no"
    bring(run, tmp_path / "b.csv", f"客户编号,客户名称,同意\nA1,甲公司,{again}\n")
    assert rows(run, "list")[0]["consent"] == "no"
    assert run("edit", "A1", "consent=yes").code == 0
    assert rows(run, "list")[0]["consent"] == "yes"


def test_a_repair_is_not_undone_by_the_list_that_needed_it(run: Run, tmp_path: Path) -> None:
    text = "客户编号,客户名称,邮箱,电话\nA1,甲公司,bai417#126.com,13800138000\n"
    bring(run, tmp_path / "a.csv", text)
    assert run("edit", "A1", "email=bai417@126.com").code == 0
    assert bring(run, tmp_path / "a.csv", text)["updated"] == 0
    assert rows(run, "list")[0]["email"] == "bai417@126.com"
    assert bring(run, tmp_path / "b.csv", text.replace("417#", "999@"))["updated"] == 1
    assert rows(run, "list")[0]["email"] == "bai999@126.com"


def test_numbers_that_a_spreadsheet_rounded_name_no_row(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    file.write_text("订单号,客户,日期,金额\n1.23457E+18,甲,2026-01-01,100\nE+1,甲,2026-01-01,200\n", "utf-8")
    result = run("import", file, "--create-customers", "-f", "json", "--rejects", tmp_path / "r.csv")
    receipt = json.loads(result.stdout)[0]
    assert (receipt["created"], receipt["rejected"]) == (1, 1)
    assert "id-excel" in (tmp_path / "r.csv").read_text("utf-8")


def test_a_rounded_number_names_no_customer_and_no_customer_s_order(run: Run, tmp_path: Path) -> None:
    for name, text in (
        ("c", "编号,客户名称\n1.23457E+18,甲公司\nB1,乙公司\n"),
        ("o", "订单号,客户编号,日期,金额\nS1,B1,2026-01-01,100\nS2,1.23457E+18,2026-01-01,100\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
        result = run("import", tmp_path / f"{name}.csv", "--create-customers", "-f", "json", "--rejects", "r.csv")
        receipt = json.loads(result.stdout)[0]
        assert (receipt["created"], receipt["rejected"]) == (1, 1)
        field = {"c": "code", "o": "customer"}[name]
        assert f",{field},id-excel,Excel rounded the number" in Path("r.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("word", ["退订", "勿扰", "Unsubscribed", "已拒绝"])
def test_ways_to_say_no(run: Run, tmp_path: Path, word: str) -> None:
    bring(run, tmp_path / "a.csv", f"客户名称,同意\n甲公司,{word}\n")
    assert rows(run, "list")[0]["consent"] == "no"
