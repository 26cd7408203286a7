"""Numbers in Chinese words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.values.numerals import plain_numerals, spoken_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("五", 5),
        ("十五", 15),
        ("二十", 20),
        ("一百零五", 105),
        ("三百五", 350),
        ("一千二", 1200),
        ("一千零二十", 1020),
        ("一万二千", 12000),
        ("一万零二", 10002),
        ("1万2", 12000),
        ("12万3千", 123000),
        ("2.5万", 25000),
        ("三亿五千万", 350000000),
        ("玖仟玖佰", 9900),
    ],
)
def test_spoken_number(text: str, number: int) -> None:
    assert spoken_number(plain_numerals(text)) == Decimal(number)


@pytest.mark.parametrize("text", ["", "万", "十十", "百千", "一二三", "1万23千", "二万三亿", "x", "1.2.3"])
def test_what_is_no_number(text: str) -> None:
    assert spoken_number(plain_numerals(text)) is None


@given(st.integers(1, 99_999_999))
def test_every_number_in_words_comes_back(number: int) -> None:
    assert spoken_number(in_words(number)) == number


def in_words(number: int) -> str:
    """The number as it is read out, with 〇 for skipped places."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        between = "〇" if 0 < low < 1000 else ""
        return in_words(high) + "万" + between + (in_words(low) if low else "")
    words, skipped = "", False
    for unit, value in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, value)
        if digit:
            words += ("〇" if skipped and words else "") + "〇一二三四五六七八九"[digit] + unit
            skipped = False
        else:
            skipped = True
    return words
