"""Birthdays and anniversaries in two calendars."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmcli import calendars
from crmcli.values import birthday_key
from tests.calendars.refusals import unhurried

days = st.dates(date(1950, 1, 1), date(2090, 12, 31))


def kept_in(canonical: str, year: int) -> list[date]:
    return calendars.birthdays_between(canonical, date(year, 1, 1), date(year, 12, 31))


@pytest.mark.parametrize(
    ("canonical", "year", "kept"),
    [
        ("1980-05-03", 2026, [date(2026, 5, 3)]),
        ("--02-29", 2026, [date(2026, 2, 28)]),
        ("1980-02-29", 2028, [date(2028, 2, 29)]),
        ("lunar 12-30", 2025, [date(2025, 1, 28)]),
        ("lunar 12-30", 2026, [date(2026, 2, 16)]),
        ("lunar 12-30", 2027, [date(2027, 2, 5)]),
        ("lunar 01-01", 2027, [date(2027, 2, 6)]),
        ("lunar 1980-08-15", 2026, [date(2026, 9, 25)]),
        # 2020 had a leap fourth month, 2026 has none.
        ("lunar leap 04-15", 2020, [date(2020, 6, 6)]),
        ("lunar 04-15", 2020, [date(2020, 5, 7)]),
        ("lunar leap 04-15", 2026, [date(2026, 5, 31)]),
        # The leap eleventh month of 2033 begins on 22 December.
        ("lunar leap 11-01", 2033, [date(2033, 12, 22)]),
        ("lunar 08-15", 2025, [date(2025, 10, 6)]),
        ("lunar leap 06-01", 2025, [date(2025, 7, 25)]),
        ("lunar 12-30", 2024, [date(2024, 2, 9)]),
    ],
)
def test_birthdays_between(canonical: str, year: int, kept: list[date]) -> None:
    assert kept_in(canonical, year) == kept


def test_a_lunar_birthday_may_come_twice_or_not_at_all_in_a_year() -> None:
    counts = {len(kept_in("lunar 11-25", year)) for year in range(1950, 2090)}
    assert counts == {0, 1, 2}


@pytest.mark.parametrize("stored", ["spring", "", "05", "1980-02-30", "1981-02-29", "--13-01", "lunar 13-01"])
def test_what_is_no_birthday_is_kept_on_no_day(stored: str) -> None:
    assert kept_in(stored, 2026) == []


def test_outside_the_lunar_table_nothing_falls() -> None:
    assert kept_in("lunar 08-15", 2150) == []
    window = date(2150, 1, 1), date(2150, 1, 3)
    assert calendars.birthday_keys(*window) == calendars.anniversary_keys(*window)


ALL_BIRTHDAYS = (
    [f"--{date(2000, 1, 1) + timedelta(days=number):%m-%d}" for number in range(366)]
    + [f"lunar {month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 31)]
    + [f"lunar leap {month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 31)]
)


def key_of(canonical: str) -> str:
    key = birthday_key(canonical)
    assert key
    return key


@pytest.mark.parametrize("year", [2020, 2023, 2025, 2026, 2033, 2034])
def test_birthday_keys_agree_with_the_birthdays_of_every_day(year: int) -> None:
    expected: dict[date, set[str]] = {}
    for canonical in ALL_BIRTHDAYS:
        for day in kept_in(canonical, year):
            expected.setdefault(day, set()).add(key_of(canonical))
    for number in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
        day = date.fromordinal(number)
        assert calendars.birthday_keys(day, day) == dict.fromkeys(expected[day], day)


@unhurried
@given(days, st.integers(0, 800))
@example(date(2020, 1, 1), 366)
def test_a_window_has_the_first_day_of_each_key(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    keys = calendars.birthday_keys(start, end)
    for canonical in ALL_BIRTHDAYS[::7]:
        kept = calendars.birthdays_between(canonical, start, end)
        assert keys.get(key_of(canonical)) == (kept[0] if kept else None)


def test_anniversary_keys() -> None:
    keys = calendars.anniversary_keys(date(2026, 2, 27), date(2026, 3, 1))
    assert keys == {
        "02-27": date(2026, 2, 27),
        "02-28": date(2026, 2, 28),
        "02-29": date(2026, 2, 28),
        "03-01": date(2026, 3, 1),
    }
    assert calendars.birthday_keys(date(2026, 2, 27), date(2026, 3, 1), lunar=False) == keys
    assert calendars.anniversary_keys(date(2028, 2, 28), date(2028, 2, 29))["02-29"] == date(2028, 2, 29)
    assert calendars.anniversary_keys(date(2026, 3, 2), date(2026, 3, 1)) == {}
    assert len(calendars.anniversary_keys(date(2026, 1, 1), date.max)) == 366
