"""Cadence steps."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli import calendars
from crmcli.calendars import Cadence, Unit
from tests.calendars.refusals import code_of, unhurried


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("1 month", 1, "month"),
        ("2 weeks", 2, "week"),
        ("3 days", 3, "day"),
        ("3days", 3, "day"),
        ("week", 1, "week"),
        ("Monthly", 1, "month"),
        ("every 2 weeks", 2, "week"),
        ("half-year", 6, "month"),
        ("half year", 6, "month"),
        ("quarter", 3, "month"),
        ("2 quarters", 6, "month"),
        ("1 year", 1, "year"),
        ("1个月", 1, "month"),
        ("每月", 1, "month"),
        ("每季度", 3, "month"),
        ("每两周", 2, "week"),
        ("半年", 6, "month"),
        ("3天", 3, "day"),
    ],
)
def test_parse_cadence(text: str, number: int, unit: Unit) -> None:
    cadence = calendars.parse_cadence(text)
    assert cadence == Cadence(number, unit)
    assert calendars.parse_cadence(str(cadence)) == cadence


@pytest.mark.parametrize(
    "text",
    ["", "0 days", "-1 week", "1000 days", "month 1", "half-month", "半月", "often", "每", "1.5 weeks"],
)
def test_parse_cadence_refuses(text: str) -> None:
    assert code_of(calendars.parse_cadence, text) == "cadence-invalid"


def test_month_ends_do_not_drift() -> None:
    monthly = Cadence(1, "month")
    base = date(2026, 1, 31)
    assert [calendars.add(monthly, base, times) for times in range(5)] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31),
    ]  # fmt: skip
    assert calendars.add(monthly, date(2024, 1, 31)) == date(2024, 2, 29)
    assert calendars.add(Cadence(1, "year"), date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_a_step_out_of_the_calendar_is_a_bad_value() -> None:
    for cadence in (Cadence(1, "day"), Cadence(1, "month"), Cadence(999, "year")):
        assert code_of(calendars.add, cadence, date.max) == "date-invalid"


cadences = st.builds(Cadence, st.integers(1, 24), st.sampled_from(["day", "week", "month", "year"]))
days = st.dates(date(1950, 1, 1), date(2090, 12, 31))


@unhurried
@given(cadences, days, st.integers(1, 20))
def test_cadence_steps_only_grow_and_agree_with_dateutil(cadence: Cadence, base: date, times: int) -> None:
    from dateutil.relativedelta import relativedelta

    steps = [calendars.add(cadence, base, number) for number in range(times + 1)]
    assert all(earlier < later for earlier, later in pairwise(steps))
    number = cadence.number * times
    expected = {
        "day": relativedelta(days=number),
        "week": relativedelta(weeks=number),
        "month": relativedelta(months=number),
        "year": relativedelta(years=number),
    }[cadence.unit]
    assert steps[-1] == base + expected
