"""Dates as cells write them."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli import values
from tests.values.refusals import code_of, unhurried

DATE_FORMATS: list[Callable[[date], str]] = [
    date.isoformat,
    lambda d: f"{d.year}-{d.month}-{d.day}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month}.{d.day}",
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d:%Y%m%d}.0",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f" {d.year} 年 {d.month} 月 {d.day} 号",
    lambda d: f"{d.isoformat()}T23:59:59.5+08:00",
    lambda d: f"{d.isoformat()} 08:42:00",
    lambda d: f"{d.year}/{d.month}/{d.day} 8:42 PM",
    lambda d: f"{d:%b} {d.day}, {d.year}",
    lambda d: f"{d.day}-{d:%b}-{d.year}",
    lambda d: f"{d:%B} {d.day} {d.year}",
    lambda d: d.isoformat().translate(str.maketrans("0123456789-", "０１２３４５６７８９－")),
]


@unhurried
@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_every_format_of_a_date_comes_back(day: date) -> None:
    assert [values.parse_date(written(day)) for written in DATE_FORMATS] == [day] * len(DATE_FORMATS)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("45356", date(2024, 3, 5)),
        ("45356.0", date(2024, 3, 5)),
        ("45356.75", date(2024, 3, 5)),
        ("20000", date(1954, 10, 3)),
        ("80000", date(2119, 1, 11)),
        ("25/03/2024", date(2024, 3, 25)),
        ("03/25/2024", date(2024, 3, 25)),
        ("03/03/2024", date(2024, 3, 3)),
        ("25.3.2024", date(2024, 3, 25)),
        ("22/10/4", date(2022, 10, 4)),
        ("'2024-03-05", date(2024, 3, 5)),
        ("2024-02-29", date(2024, 2, 29)),
        ("25/3/19", date(2025, 3, 19)),
        ("31.12.99", date(1999, 12, 31)),
        ("12/31/24", date(2024, 12, 31)),
        ("2024-03/05", date(2024, 3, 5)),
        ("2024 3 5", date(2024, 3, 5)),
        ("2024.3.5.", date(2024, 3, 5)),
        ("2O24-O3-05", date(2024, 3, 5)),
        ("24年3月5日", date(2024, 3, 5)),
        ("二〇二四年三月五日", date(2024, 3, 5)),
        ("二零二四年十二月二十五日", date(2024, 12, 25)),
        ("民国113年3月5日", date(2024, 3, 5)),
        ("2024年3月5日（周二）", date(2024, 3, 5)),
        ("星期二 2024-03-05", date(2024, 3, 5)),
        ("2024/03/05 下午3:00", date(2024, 3, 5)),
        ("2024-03-05 上午10时30分", date(2024, 3, 5)),
        ("202403051030", date(2024, 3, 5)),
        ("Tue, 05 Mar 2024 10:00:00 +0800", date(2024, 3, 5)),
        ("05-Mar-24", date(2024, 3, 5)),
        ("5th of March 2024", date(2024, 3, 5)),
        ("日期：2024-03-05", date(2024, 3, 5)),
        ("“2024年3月5日”", date(2024, 3, 5)),
        ("📅 2024-03-05", date(2024, 3, 5)),
    ],
)
def test_parse_date(text: str, day: date) -> None:
    assert values.parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("02/03/2024", "date-ambiguous"),
        ("2.3.2024", "date-ambiguous"),
        ("02/03/24", "date-ambiguous"),
        ("2023.2.29", "date-impossible"),
        ("2024-13-05", "date-impossible"),
        ("0000-00-00", "date-impossible"),
        ("20241305", "date-impossible"),
        ("31/31/2024", "date-impossible"),
        ("1899-12-31", "date-impossible"),
        ("2201-01-01", "date-impossible"),
        ("Feb 30, 2024", "date-impossible"),
        ("19999", "date-invalid"),
        ("80001", "date-invalid"),
        ("2024年3月", "date-invalid"),
        ("3月5日", "date-invalid"),
        ("农历2024年三月初五", "date-invalid"),
        ("2024-03-05?", "date-invalid"),
        ("2024-03-05 ~ 2024-04-05", "date-invalid"),
        ("99年13月1日", "date-impossible"),
        ("5.3.24", "date-ambiguous"),
        ("05/05/24", "date-ambiguous"),
        ("40.40.40", "date-impossible"),
        ("24/02/30", "date-impossible"),
        ("2024-03", "date-invalid"),
        ("3月", "date-invalid"),
        ("去年", "date-invalid"),
        ("Foo 3, 2024", "date-invalid"),
        ("2024-W10-2", "date-invalid"),
        ("2024-03-05 oops", "date-invalid"),
        ("", "date-invalid"),
        ("2" * 5000, "date-invalid"),
    ],
)
def test_parse_date_refuses(text: str, code: str) -> None:
    assert code_of(values.parse_date, text) == code
