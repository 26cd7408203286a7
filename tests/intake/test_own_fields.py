"""Columns that are no field of ours: kept under their heading, listed, asked for, edited; or refused with --strict."""

import json
from pathlib import Path

import pytest

from tests.conftest import Run

LIST = '客户名称,QQ,"爱好 ""a"" \'b\'",:色\n晨光文具,10001,爬山,红\n远山茶业,,,\n'


@pytest.fixture
def listed(run: Run, tmp_path: Path) -> Path:
    file = tmp_path / "list.csv"
    file.write_text(LIST, "utf-8")
    assert run("import", file).code == 0
    return file


def test_they_are_listed_shown_and_exported(run: Run, listed: Path) -> None:
    first, second = json.loads(run("list", "-f", "json").stdout)
    assert (first["QQ"], first["爱好 \"a\" 'b'"], first[":色"]) == ("10001", "爬山", "红")
    assert (second["QQ"], second[":色"]) == (None, None)
    assert run("list", "--fields", "code,QQ", "-f", "csv").stdout == "code,QQ\nC000001,10001\nC000002,\n"
    (brief,) = json.loads(run("show", "晨光文具", "-f", "json").stdout)
    assert brief["own_fields"]["QQ"] == "10001"
    assert "10001" in run("show", "晨光文具").stdout


def test_orders_and_contacts_show_theirs(run: Run, listed: Path, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("订单号,客户,日期,金额,快递单号\n1,晨光文具,2026-01-05,5,SF1\n", "utf-8")
    (tmp_path / "p.csv").write_text("客户,姓名,角色,属相\n晨光文具,白露,采购,兔\n", "utf-8")
    assert run("import", tmp_path / "o.csv").code == 0
    assert run("import", tmp_path / "p.csv", "--table", "contacts").code == 0
    assert json.loads(run("order", "list", "-f", "json").stdout)[0]["快递单号"] == "SF1"
    assert json.loads(run("contact", "list", "-f", "json").stdout)[0]["属相"] == "兔"


@pytest.mark.parametrize(
    "rule, found",
    [
        ('field("QQ") == "10001"', "C000001\n"),
        ('field("爱好 \\"a\\" \'b\'") == "爬山"', None),
        ('field(":色") in ["红", "蓝"]', "C000001\n"),
        ('missing(field("QQ"))', "C000002\n"),
        ('not missing(field("QQ")) and orders_12m == 0', "C000001\n"),
        ('field("nobody has it") == "x"', ""),
    ],
)
def test_rules_ask_for_them(run: Run, listed: Path, rule: str, found: str | None) -> None:
    result = run("list", "--where", rule, "-q")
    assert result.code == (0 if found is not None else 2)
    assert result.stdout == (found or "")


@pytest.mark.parametrize(
    "name, asked", [("QQ", 'field("QQ")'), ("年采购额", 'field("年采购额（万）")'), ("爱好a", "field('爱好 \"a\"')")]
)
def test_one_that_a_rule_names_as_a_fact_is_told_how_to_ask_for(
    run: Run, tmp_path: Path, name: str, asked: str
) -> None:
    file = tmp_path / "list.csv"
    file.write_text('客户名称,QQ,"爱好 ""a""",年采购额（万）\n晨光文具,1,1,1\n远山茶业,2,2,2\n', "utf-8")
    assert run("import", file).code == 0
    rule = "orders_12m == 0 and {} == '1'"
    refused = run("list", "--where", rule.format(name))
    assert (refused.code, refused.stdout) == (2, "")
    assert refused.stderr.endswith(f"a field of your own is asked for so: {asked}\n")
    assert run("list", "--where", rule.format(asked), "-q").stdout == "C000001\n"


def test_a_fact_that_is_no_own_field_either_is_only_unknown(run: Run, listed: Path) -> None:
    assert "field" not in run("list", "--where", "MSN == '1'").stderr


def test_a_list_adds_to_them_and_an_edit_sets_them(run: Run, listed: Path, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("客户名称,QQ,年会\n晨光文具,20002,来\n", "utf-8")
    assert run("import", tmp_path / "more.csv", "--match", "fill").code == 0
    row = json.loads(run("list", "-f", "json").stdout)[0]
    assert (row["QQ"], row["年会"]) == ("10001", "来")
    assert run("import", tmp_path / "more.csv").code == 0
    assert json.loads(run("list", "-f", "json").stdout)[0]["QQ"] == "20002"
    assert run("edit", "晨光文具", "QQ=30003").code == 0
    assert json.loads(run("list", "-f", "json").stdout)[0]["QQ"] == "30003"
    assert run("undo").code == 0
    assert json.loads(run("list", "-f", "json").stdout)[0]["QQ"] == "20002"
    assert run("edit", "晨光文具", "MSN=1").code == 2


def test_importing_again_changes_nothing(run: Run, listed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(LIST + "孤帆工作室,1,,\n", "utf-8")
    (receipt,) = json.loads(run("import", other, "-f", "json").stdout)
    assert (receipt["created"], receipt["updated"], receipt["unchanged"]) == (1, 0, 2)


def test_strict_refuses_them_and_a_dash_leaves_them_out(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("客户名称,QQ\n晨光文具,10001\n", "utf-8")
    refused = run("import", file, "--strict")
    assert (refused.code, "QQ" in refused.stderr) == (5, True)
    assert run("import", file, "--strict", "--map", "QQ=-").code == 0
    assert "QQ" not in json.loads(run("list", "-f", "json").stdout)[0]


def test_our_own_export_comes_back_without_its_figures(run: Run, listed: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    assert run("list", "-f", "csv", "-o", export).code == 0
    (receipt,) = json.loads(run("import", export, "-f", "json").stdout)
    assert (receipt["table"], receipt["updated"], receipt["unchanged"]) == ("customers", 0, 2)
