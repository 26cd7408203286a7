"""Tax numbers and company ids: what is accepted, what it becomes, and the code of what is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli import values
from tests.values.refusals import code_of, unhurried


def credit_code(first_17: str) -> str:
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(signs.index(sign) * 3**place % 31 for place, sign in enumerate(first_17))
    return first_17 + signs[-total % 31]


@unhurried
@given(st.from_regex(r"9[1-3][0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}", fullmatch=True), st.integers(0, 17))
def test_credit_codes_pass_and_any_one_wrong_sign_is_found(first_17: str, place: int) -> None:
    good = credit_code(first_17)
    assert values.parse_tax_id(f" {good[:6]} {good[6:].lower()}") == good
    wrong = good[:place] + ("2" if good[place] == "1" else "1") + good[place + 1 :]
    # One in many wrong codes is, by chance, the number of a person.
    if wrong != good and not re.fullmatch(r"[1-8]\d{16}[\dX]", wrong):
        assert code_of(values.parse_tax_id, wrong) == "tax-id-check"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("91110000600037341L", "91110000600037341L"),
        ("９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
        ("9111 0000 6000 3734 1l", "91110000600037341L"),
        ("9111OOOO6OOO37341L", "91110000600037341L"),
        ("统一社会信用代码：91110000600037341L", "91110000600037341L"),
        ("税号91110000600037341L", "91110000600037341L"),
        ("91110000600037341L（1-1）", "91110000600037341L"),
        ("91110000600037341L/91110000600037341L", "91110000600037341L"),
        ("11010519491231002X", "11010519491231002X"),
        ("DE 136.695-976", "DE136695976"),
        ("110105194912310", "110105194912310"),
        ("123456789.0", "123456789"),
    ],
)
def test_parse_tax_id(text: str, number: str) -> None:
    assert values.parse_tax_id(text) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91110000600037341M", "tax-id-check"),
        ("110105194912310021", "tax-id-check"),
        ("9111000060003734L", "tax-id-invalid"),
        ("9111000060003734L12", "tax-id-invalid"),
        ("9.1111E+17", "tax-id-excel"),
        ("9E17", "tax-id-excel"),
        ("91110000600037341L" + " " * 20 + "x" * 40, "tax-id-invalid"),
        ("1234", "tax-id-invalid"),
        ("1" * 21, "tax-id-invalid"),
        ("无", "tax-id-invalid"),
        ("", "tax-id-invalid"),
    ],
)
def test_parse_tax_id_refuses(text: str, code: str) -> None:
    assert code_of(values.parse_tax_id, text) == code
