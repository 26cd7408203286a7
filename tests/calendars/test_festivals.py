"""Festivals against an independent almanac, against the table in use the other way round, and by name."""

from datetime import date, timedelta

import pytest

from crmcli.calendars import FESTIVALS, festival, festival_on, festivals_between
from tests.calendars import almanac
from tests.calendars.refusals import code_of

YEARS = range(1900, 2101)
# The new moon of 4 September 2089 is minutes from midnight; almanacs differ by a day.
DISPUTED = {("mid-autumn", 2089)}


def from_words(words: str) -> list[date]:
    return [date(year, int(word[:2]), int(word[2:])) for year, word in zip(YEARS, words.split(), strict=True)]


def from_digits(digits: str, month: int, base: int) -> list[date]:
    found = "".join(digits.split())
    return [date(year, month, base + int(digit)) for year, digit in zip(YEARS, found, strict=True)]


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("spring-festival", from_words(almanac.SPRING_FESTIVALS)),
        ("mid-autumn", from_words(almanac.MID_AUTUMNS)),
        ("qingming", from_digits(almanac.QINGMING, 4, 4)),
        ("winter-solstice", from_digits(almanac.WINTER_SOLSTICES, 12, 21)),
    ],
)
def test_two_centuries_agree_with_another_library(key: str, days: list[date]) -> None:
    wrong = {(key, day.year) for day in days if festival_on(key, day.year) != day}
    assert wrong <= DISPUTED


@pytest.mark.parametrize(
    ("key", "month", "day"),
    [
        ("laba", 12, 8), ("spring-festival", 1, 1), ("lantern", 1, 15), ("dragon-boat", 5, 5),
        ("double-seventh", 7, 7), ("mid-autumn", 8, 15), ("double-ninth", 9, 9),
    ],
)  # fmt: skip
def test_lunar_festivals_are_the_lunar_day_of_the_plain_month(key: str, month: int, day: int) -> None:
    from borax.calendars.lunardate import LunarDate

    for year in range(1901, 2101):
        found = festival_on(key, year)
        assert found is not None
        lunar = LunarDate.from_solar(found)
        assert (lunar.month, lunar.day, lunar.leap) == (month, day, 0)


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("spring-festival", "2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-03"),
        ("spring-festival-eve", "2024-02-09 2025-01-28 2026-02-16 2027-02-05 2028-01-25 2029-02-12 2030-02-02"),
        ("mid-autumn", "2024-09-17 2025-10-06 2026-09-25 2027-09-15 2028-10-03 2029-09-22 2030-09-12"),
        ("qingming", "2024-04-04 2025-04-04 2026-04-05 2027-04-05 2028-04-04 2029-04-04 2030-04-05"),
        ("dragon-boat", "2024-06-10 2025-05-31 2026-06-19 2027-06-09"),
        ("laba", "2024-01-18 2025-01-07 2026-01-26"),
        ("lantern", "2024-02-24 2025-02-12 2026-03-03"),
        ("double-seventh", "2024-08-10 2025-08-29 2026-08-19"),
        ("double-ninth", "2024-10-11 2025-10-29 2026-10-18"),
        ("winter-solstice", "2024-12-21 2025-12-21 2026-12-22"),
        ("mothers-day", "2024-05-12 2025-05-11 2026-05-10"),
        ("fathers-day", "2024-06-16 2025-06-15 2026-06-21"),
        ("thanksgiving", "2024-11-28 2025-11-27 2026-11-26"),
        ("christmas", "2024-12-25 2025-12-25"),
        ("nurses-day", "2026-05-12"),
        ("doctors-day", "2026-08-19"),
        ("teachers-day", "2026-09-10"),
        ("programmers-day", "2026-10-24"),
        ("journalists-day", "2026-11-08"),
        ("09-01", "2026-09-01"),
        ("02-29", "2027-02-28 2028-02-29"),
    ],
)
def test_days_that_everybody_knows(key: str, days: str) -> None:
    for text in days.split():
        day = date.fromisoformat(text)
        assert festival_on(key, day.year) == day


def test_the_eve_is_the_last_day_of_a_short_or_a_long_month() -> None:
    for year in YEARS:
        new_year = festival_on("spring-festival", year)
        assert new_year is not None
        assert festival_on("spring-festival-eve", year) == new_year - timedelta(days=1)


def test_a_festival_of_a_leap_year_comes_once() -> None:
    # 2025 has a second sixth month, 1995 a second eighth one.
    assert festival_on("mid-autumn", 1995) == date(1995, 9, 9)
    assert festival_on("double-seventh", 2025) == date(2025, 8, 29)


def test_outside_the_almanac_a_lunar_festival_is_on_no_day() -> None:
    for key in ("spring-festival", "qingming", "laba"):
        assert festival_on(key, 2150) is None
    assert festivals_between(FESTIVALS, date(2150, 2, 1), date(2150, 2, 20)) == [
        (date(2150, 2, 14), festival("valentines-day"))
    ]
    assert festivals_between(["09-01"], date(9999, 1, 1), date.max) == [(date(9999, 9, 1), festival("09-01"))]


def test_festivals_between_days() -> None:
    keys = ["spring-festival", "02-17", "laba", "spring-festival-eve"]
    found = festivals_between(keys, date(2026, 1, 26), date(2026, 2, 17))
    assert [(day.isoformat(), one.key) for day, one in found] == [
        ("2026-01-26", "laba"), ("2026-02-16", "spring-festival-eve"),
        ("2026-02-17", "02-17"), ("2026-02-17", "spring-festival"),
    ]  # fmt: skip
    assert festivals_between(keys, date(2026, 2, 18), date(2026, 2, 17)) == []
    # That of the lunar year 2022 is in December, before its Spring Festival of January 2023.
    assert [day for day, _ in festivals_between(["laba"], date(2022, 1, 1), date(2023, 12, 31))] == [
        date(2022, 1, 10), date(2022, 12, 30),
    ]  # fmt: skip


def test_every_festival_has_its_names_and_a_day() -> None:
    for key, one in FESTIVALS.items():
        assert one.key == key
        assert one.en.isascii()
        assert not one.zh.isascii()
        found = one.on(2026)
        assert found is not None
        assert found.year == 2026


@pytest.mark.parametrize("key", ["", "new-years", "13-01", "02-30", "9-1", "0901", "春节"])
def test_an_unknown_festival_is_refused(key: str) -> None:
    assert code_of(festival_on, key, 2026) == "festival-unknown"
