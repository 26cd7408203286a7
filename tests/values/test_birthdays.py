"""Birthdays, solar and lunar."""

import pytest

from crmcli import values
from tests.values.refusals import code_of


@pytest.mark.parametrize(
    ("text", "canonical", "key"),
    [
        ("1980-05-03", "1980-05-03", "05-03"),
        ("1980年5月3日", "1980-05-03", "05-03"),
        ("一九八〇年五月三日", "1980-05-03", "05-03"),
        ("19800503", "1980-05-03", "05-03"),
        ("1980/5/3 00:00:00", "1980-05-03", "05-03"),
        ("29344", "1980-05-03", "05-03"),
        ("公历1980-5-3", "1980-05-03", "05-03"),
        ("May 3, 1980", "1980-05-03", "05-03"),
        ("--05-03", "--05-03", "05-03"),
        ("05-03", "--05-03", "05-03"),
        ("5-3", "--05-03", "05-03"),
        ("5月3日", "--05-03", "05-03"),
        ("5月3", "--05-03", "05-03"),
        ("五月三日", "--05-03", "05-03"),
        ("5/23", "--05-23", "05-23"),
        ("23/5", "--05-23", "05-23"),
        ("02-29", "--02-29", "02-29"),
        ("lunar 08-15", "lunar 08-15", "L08-15"),
        ("lunar leap 04-15", "lunar leap 04-15", "LL04-15"),
        ("lunar 1980-08-15", "lunar 1980-08-15", "L08-15"),
        ("lunar leap 2020-04-15", "lunar leap 2020-04-15", "LL04-15"),
        ("农历八月十五", "lunar 08-15", "L08-15"),
        ("农历8月15", "lunar 08-15", "L08-15"),
        ("農曆8-15", "lunar 08-15", "L08-15"),
        ("8月15日（农历）", "lunar 08-15", "L08-15"),
        ("阴历闰四月十五", "lunar leap 04-15", "LL04-15"),
        ("闰四月十五", "lunar leap 04-15", "LL04-15"),
        ("腊月三十", "lunar 12-30", "L12-30"),
        ("正月初一", "lunar 01-01", "L01-01"),
        ("冬月廿一", "lunar 11-21", "L11-21"),
        ("十一月初十", "lunar 11-10", "L11-10"),
        ("农历1980年八月二十", "lunar 1980-08-20", "L08-20"),
        ("农历 5/3", "lunar 05-03", "L05-03"),
    ],
)
def test_parse_birthday(text: str, canonical: str, key: str) -> None:
    assert values.parse_birthday(text) == canonical
    assert values.parse_birthday(canonical) == canonical
    assert values.birthday_key(canonical) == key


@pytest.mark.parametrize(
    "text",
    [
        "", "5.3", "05-32", "--02-30", "1981-02-29", "八月十五", "农历13月1日",
        "农历八月三十一", "农历", "公历正月初一", "生日", "农历去年", "十十月一日", "8月", "1" * 5000,
    ],
)  # fmt: skip
def test_parse_birthday_refuses(text: str) -> None:
    assert code_of(values.parse_birthday, text) == "birthday-invalid"
    assert values.birthday_key(text) is None


@pytest.mark.parametrize("text", ["5/3", "02/03/1980"])
def test_day_and_month_that_cannot_be_told_apart(text: str) -> None:
    assert code_of(values.parse_birthday, text) == "date-ambiguous"


def test_small_number() -> None:
    words = ["3", "15", "十", "十五", "二十", "廿一", "卅", "两", "初八", "〇", "九十九"]
    assert [values.small_number(word) for word in words] == [3, 15, 10, 15, 20, 21, 30, 2, 8, 0, 99]
    assert [values.small_number(word) for word in ("", "百", "十十", "二二", "100", "一十二三", "²")] == [None] * 7
