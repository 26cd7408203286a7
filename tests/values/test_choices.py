"""Words out of a list, and all parsers together."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli import values
from crmcli.errors import BadValue
from tests.values.refusals import code_of, unhurried


def test_parse_yes_no() -> None:
    assert {values.parse_yes_no(text) for text in ("yes", "Y", "是", "TRUE", "1", "✓", " √ ", "ｙ")} == {"yes"}
    assert {values.parse_yes_no(text) for text in ("no", "N", "否", "False", "0", "×")} == {"no"}
    assert code_of(values.parse_yes_no, "maybe") == "yes-no-invalid"


def test_parse_choice() -> None:
    choices = {"企业": "company", "个人": "person", "Firm": "company"}
    words = ["企业", " 个人 ", "FIRM", "Company", "ｆｉｒｍ"]
    assert [values.parse_choice(word, choices) for word in words] == [
        "company", "person", "company", "company", "company",
    ]  # fmt: skip
    with pytest.raises(BadValue, match="company, person") as caught:
        values.parse_choice("政府", choices)
    assert caught.value.code == "choice-invalid"


PARSERS: list[tuple[Callable[[str], object], str]] = [
    (values.parse_phone, "phone-"),
    (values.parse_email, "email-"),
    (values.parse_tax_id, "tax-id-"),
    (values.parse_money, "money-"),
    (values.parse_number, "number-"),
    (values.parse_rating, "rating-"),
    (values.parse_date, "date-"),
    (values.parse_birthday, "birthday-"),
    (values.parse_yes_no, "yes-no-"),
]
CELL_PARTS = [
    "0",
    "13800138000",
    "1.5",
    "-",
    "+",
    "(",
    ")",
    " ",
    ",",
    ".",
    "/",
    "@",
    "年",
    "月",
    "日",
    "农历",
    "闰",
    "万",
]


@unhurried
@given(st.text(max_size=40) | st.lists(st.sampled_from(CELL_PARTS), max_size=12).map("".join))
def test_every_parser_understands_or_refuses_any_text(text: str) -> None:
    for parse, family in PARSERS:
        try:
            assert parse(text) is not None
        except BadValue as problem:
            assert problem.code.startswith(family)
