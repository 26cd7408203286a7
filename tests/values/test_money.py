"""Amounts, quantities and ratings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli import values
from crmcli.values.money import Rounded, currency_of
from tests.values.refusals import code_of, unhurried


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.5", 123450),
        ("1,234.50", 123450),
        ("1 234.50", 123450),
        ("￥1,234.50", 123450),
        ("¥ 1,234.50", 123450),
        ("$99", 9900),
        ("CNY26,200.06", 2620006),
        ("RMB 169,285.52", 16928552),
        ("人民币8,333.00", 833300),
        ("13,936.00元", 1393600),
        ("500元整", 50000),
        ("1234 CNY", 123400),
        ("12万", 12000000),
        ("0.1W", 100000),
        ("3.22万元", 3220000),
        ("1.23456万", 1234560),
        ("1.500万", 1500000),
        ("1.2亿", 12000000000),
        ("3百万", 300000000),
        ("5.3k", 530000),
        ("22.2千", 2220000),
        ("(500)", -50000),
        ("（13,648.00）", -1364800),
        ("-500", -50000),
        ("-0.05", -5),
        ("¥-98,948.98", -9894898),
        ("-¥500", -50000),
        ("−500", -50000),
        ("500-", -50000),
        ("+500", 50000),
        ("１２３４．５０", 123450),
        ("0", 0),
        ("-0", 0),
        (".5", 50),
        ("5.", 500),
        ("1234.5000", 123450),
        ("007", 700),
        ("9999999999999.99", 999999999999999),
        ("12万3千", 12300000),
        ("1万2", 1200000),
        ("一万二千", 1200000),
        ("三百五", 35000),
        ("一千零五", 100500),
        ("两万", 2000000),
        ("壹万贰仟叁佰元整", 1230000),
        ("人民币伍佰元整", 50000),
        ("十二元五角", 1250),
        ("十二万三千四百五十六元七角八分", 12345678),
        ("负500", -50000),
        ("１２，３４５．６７元整", 1234567),
        ("RMB 1.2k", 120000),
        ("1.5M", 150000000),
        ("约12万", 12000000),
        ("5000（含税）", 500000),
        ("￥(500)", -50000),
        ("(500.00)元", -50000),
        ("5,000.-", 500000),
        ("1.234,50", 123450),
        ("1.234.567,89", 123456789),
        ("1234,50", 123450),
        ("€1.234,50", 123450),
        ("1'234.50", 123450),
        ("金额：5000", 500000),
        ("【5000】", 500000),
        ("5OO", 50000),
    ],
)
def test_parse_money(text: str, minor: int) -> None:
    assert values.parse_money(text) == minor


@pytest.mark.parametrize(
    "text",
    [
        "", "-", ".", "元", "万", "面议", "NaN", "Infinity", "-inf",
        "1-2万", "5000/月", "免费", "一二三", "十十",
        "1234,567", "0,5", "0,335", "0x1F", "1e5", "1e999", "1.234", "1.500", "12.000", "1.2e4",
        "1,23", "1,2345", "12..5", "1.2.3", "1,234,56", "12 34", "(-500)", "(500", "500)", "--5", "-5-",
        "+-5", "-254.701", "22.368元", "10000000000000", "99999999999999999999", "1亿亿", "#N/A",
        "1_000", "¥", "9" * 5000, " 9" * 400,
    ],
)  # fmt: skip
def test_parse_money_refuses(text: str) -> None:
    assert code_of(values.parse_money, text) == "money-invalid"


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("957.5775", 95758), ("15.299999999999999", 1530), ("2.0049", 200), ("0.375", 38), (".375", 38), ("0.005", 1),
        ("0.001", 0), ("-2.0050", -201), ("5537.628", 553763), ("1,234.567", 123457), ("1 234.567元", 123457),
        ("1.2345678万", 1234568), ("(0.125)", -13),
    ],
)  # fmt: skip
def test_decimals_that_are_not_kept_are_rounded(text: str, minor: int) -> None:
    found = values.parse_money(text)
    assert (found, type(found)) == (minor, Rounded)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("957.5775", -2500), ("-957.5775", 2500), ("2.0049", 4900), ("0.005", -5000), ("0.001", 1000),
        ("15.299999999999999", 0), ("0.0049999999", 5000), ("1.23456789万", -1100),
    ],
)  # fmt: skip
def test_a_rounded_amount_knows_what_it_lost(text: str, rest: int) -> None:
    found = values.parse_money(text)
    assert isinstance(found, Rounded)
    assert found.rest == rest


@unhurried
@given(st.integers(1 - values.LARGEST_MONEY, values.LARGEST_MONEY - 1))
def test_money_round_trip(minor: int) -> None:
    assert values.parse_money(values.format_money(minor)) == minor
    assert values.parse_money(f"￥{minor // 100:,}.{minor % 100:02d}" if minor >= 0 else "0") == max(minor, 0)


def test_format_money() -> None:
    assert [values.format_money(minor) for minor in (123450, 5, -5, 0, -123450)] == [
        "1234.50", "0.05", "-0.05", "0.00", "-1234.50",
    ]  # fmt: skip


def test_parse_number() -> None:
    assert [values.parse_number(text) for text in ("3", "3.0", "2.5", "1,200", "-4", "３")] == [
        3,
        3,
        2.5,
        1200,
        -4,
        3,
    ]
    assert isinstance(values.parse_number("3.0"), int)
    for text in ("", "x", "nan", "inf", "1e999", "0x10", "1,2", "9" * 30, "1.2.3"):
        assert code_of(values.parse_number, text) == "number-invalid"


def test_parse_rating() -> None:
    assert [values.parse_rating(text) for text in ("0", "5", "3.0", "４", "3星", "★★★", "★★☆☆☆", "4/5")] == [
        0, 5, 3, 4, 3, 3, 2, 4,
    ]  # fmt: skip
    for text in ("", "6", "-1", "4.5", "高", "★★★★★★", "33"):
        assert code_of(values.parse_rating, text) == "rating-invalid"


_AMOUNTS = st.integers(0, 10**11).map(values.format_money)


@given(st.lists(st.one_of(_AMOUNTS, st.sampled_from(["", "1", "1,000.00", "1.00\n2.00", "１.00"]))))
def test_plain_moneys_are_what_parse_money_reads(texts: list[str]) -> None:
    for text, minor in zip(texts, values.plain_moneys(texts), strict=True):
        assert minor is None or minor == values.parse_money(text)
    assert values.plain_moneys(["1.00", "250.75", "0.00"]) == [100, 25075, 0]


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("$100", "USD"), ("US$ 5", "USD"), ("100美元", "USD"), ("5万美元", "USD"), ("usd 7", "USD"), ("USD: 7", "USD"),
        ("HK$5", "HKD"), ("5港元", "HKD"), ("5港币", "HKD"), ("NT$5", "TWD"), ("€50", "EUR"), ("£9", "GBP"),
        ("＄１００", "USD"), ("￥5", "CNY"), ("¥-5", "CNY"), ("CN¥5", "CNY"), ("5RMB", "CNY"), ("人民币5元", "CNY"),
        ("JPY 500", "JPY"), ("500日元", "JPY"), ("AUD: 7", "AUD"), ("新加坡元：7", "SGD"),
        ("100元", None), ("12万", None), ("5块", None), ("(12.50)", None), ("", None), ("12mn", None),
    ],
)  # fmt: skip
def test_the_currency_that_an_amount_names(text: str, currency: str | None) -> None:
    assert currency_of(text) == currency


def test_a_sign_of_several_currencies_is_the_expected_one() -> None:
    assert currency_of("$5", "HKD") == "HKD"
    assert currency_of("$5", "CNY") == "USD"
    assert currency_of("¥5", "JPY") == "JPY"
    assert currency_of("US$5", "HKD") == "USD"


def test_two_currencies_in_one_amount_are_refused() -> None:
    assert code_of(currency_of, "€5港元") == "currency-conflict"
