"""Public holidays: the published years as they were published, and the others by the law."""

from datetime import date, timedelta

import pytest

from crmcli.calendars.holidays import public_days, statutory_days


def every_day(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=number) for number in range(366 if year % 4 == 0 else 365)]


def days(year: int, *ranges: str) -> set[date]:
    """The days of ranges like `0215-0223`."""
    found = set()
    for one in ranges:
        first, last = (date(year, int(word[:2]), int(word[2:])) for word in (one[:4], one[-4:]))
        found |= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    return found


def test_2026_is_as_the_state_council_published_it() -> None:
    # 国办发明电〔2025〕7号
    public = public_days("CN", 2026)
    off = ("0101-0103", "0215-0223", "0404-0406", "0501-0505", "0619-0621", "0925-0927", "1001-1007")
    assert public.holidays == days(2026, *off)
    assert public.workdays == days(2026, "0104", "0214", "0228", "0509", "0920", "1010")
    assert public.known


@pytest.mark.parametrize("year", range(2004, 2027))
def test_published_years_are_those_of_the_library_day_by_day(year: int) -> None:
    from chinese_calendar import is_workday

    public = public_days("CN", year)
    for day in every_day(year)[:: 1 if year >= 2020 else 11]:
        worked = day in public.workdays or (day.weekday() < 5 and day not in public.holidays)
        assert worked == is_workday(day)


def test_the_days_fixed_by_law() -> None:
    assert statutory_days(2027) == days(2027, "0101", "0205-0208", "0405", "0501-0502", "0609", "0915", "1001-1003")
    assert len(statutory_days(2031)) == 12  # the lunar festival of autumn is on 1 October


@pytest.mark.parametrize("year", [2025, 2026])
def test_since_the_law_is_in_force_its_days_are_published_ones(year: int) -> None:
    assert statutory_days(year) <= public_days("CN", year).holidays


def test_a_year_nobody_published_has_the_days_fixed_by_law_and_is_not_known() -> None:
    for year in (2003, 2060):
        assert public_days("CN", year) == (statutory_days(year), frozenset(), False)
    # Beyond the lunar table only the days of our calendar are left.
    assert statutory_days(2150) == days(2150, "0101", "0501-0502", "1001-1003")


def test_nobodys_holidays_are_always_known() -> None:
    assert public_days("none", 2060) == (frozenset(), frozenset(), True)
