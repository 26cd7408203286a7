"""What a heading says of the cells below it, the unit of an amount or a refusal of mails."""

import pytest

from crmcli.errors import BadValue
from crmcli.intake import columns
from crmcli.values import parse_money


@pytest.mark.parametrize(
    ("cell", "minor"),
    [
        ("12", 12_000_000), ("１２", 12_000_000), ("十二", 12_000_000), ("壹拾贰", 12_000_000),
        ("12\u00a0", 12_000_000),
        ("RMB 12", 12_000_000), ("CNY12", 12_000_000), ("12 RMB", 12_000_000), ("12-", -12_000_000),
        ("¥-12", -12_000_000), ("-¥12", -12_000_000), ("12，000", 12_000_000_000), ("1.5", 1_500_000),
        ("约12", 12_000_000),
        ("0.12345", 123_450), ("RMB 0.12345", 123_450), ("（12）", -12_000_000),
        ("12万", 12_000_000), ("１２万", 12_000_000), ("十二万", 12_000_000), ("12元", 1200), ("12千", 1_200_000),
        ("12万3千", 12_300_000), ("3k", 300_000), ('="12"', 12_000_000),
    ],
)  # fmt: skip
def test_the_unit_of_a_heading_is_applied(cell: str, minor: int) -> None:
    assert parse_money(columns.with_unit("万")(cell)) == minor


@pytest.mark.parametrize("cell", ["三千", "12左右", "12(含税)", '"12"', "N/A", "1-2", "12?"])
def test_where_the_unit_is_not_sure_the_cell_is_refused(cell: str) -> None:
    with pytest.raises(BadValue):
        parse_money(columns.with_unit("万")(cell))


def test_nothing_stays_nothing_below_a_unit() -> None:
    assert [columns.with_unit("万")(cell) for cell in ("-", "暂无", "N/A")] == ["-", "暂无", "N/A"]


@pytest.mark.parametrize(
    "cell",
    ["已退订", "退订", "unsubscribed", "x", "X", "✓", "√", "2024-03-05", "02/03/2024", "2024-03-05 10:20", "1", "true",
     "yes", "是", "勿扰", "拒绝"],
)  # fmt: skip
def test_who_opted_out_gives_no_consent(cell: str) -> None:
    assert columns.refused(cell) == "no"


@pytest.mark.parametrize("cell", ["否", "no", "0", "false", "FALSE", "无", "-", "N/A", "未退订", "未知"])
def test_who_did_not_opt_out_said_nothing(cell: str) -> None:
    assert columns.refused(cell) == ""


@pytest.mark.parametrize(
    ("full", "family", "given", "name"),
    [
        ("王五", "王", "五", "王五"),
        ("王五", "", "", "王五"),
        ("", "王", "五", "王五"),
        ("Dr. June A. Winter", "Winter", "June", "Dr. June A. Winter"),
        ("王五", "Winter", "June", "王五 ; June Winter"),
        ("王五", "李", "四", "王五 ; 李四"),
    ],
)
def test_a_whole_name_and_its_parts(full: str, family: str, given: str, name: str) -> None:
    make = columns.person([0], [1], [2], [])
    assert list(make([(full,), (family,), (given,)])) == [name]
