"""The n-th value found by a sample is that of the sorted column, whatever the table looks like."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.grading import selecting
from crmcli.grading.selecting import Place, values_at
from tests.policy import database

DAYS = [f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in (1, 15, 28)]
COLUMNS = st.one_of(
    st.lists(st.none() | st.integers(-9, 9), max_size=200),
    st.lists(st.none() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False), max_size=200),
    st.lists(st.none() | st.sampled_from(DAYS), max_size=200),
)


def filled(columns: Sequence[Sequence[Any]], ids: Sequence[int]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    names = [f"c{number}" for number in range(len(columns))]
    connection.execute(f"CREATE TABLE t (customer_id INTEGER PRIMARY KEY, {', '.join(names)})")
    holders = ", ".join("?" * (len(names) + 1))
    connection.executemany(f"INSERT INTO t VALUES ({holders})", zip(ids, *columns, strict=True))
    return connection


def every_place(columns: Sequence[Sequence[Any]]) -> dict[Place, Any]:
    """The value at every place of every column."""
    found: dict[Place, Any] = {}
    for number, column in enumerate(columns):
        known = sorted(value for value in column if value is not None)
        found |= {Place(f"c{number}", place, len(known)): value for place, value in enumerate(known)}
    return found


@given(first=COLUMNS, second=COLUMNS, spread=st.integers(1, 7), sample=st.integers(1, 40), sort=st.booleans())
@settings(max_examples=300)
def test_values_are_those_of_the_sorted_column(
    first: list[Any], second: list[Any], spread: int, sample: int, sort: bool
) -> None:
    size = min(len(first), len(second))
    columns = [first[:size], second[:size]]
    if sort:
        columns = [sorted(column, key=lambda value: (value is None, value or 0)) for column in columns]
    connection = filled(columns, range(3, 3 + size * spread, spread))
    expected = every_place(columns)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(selecting, "_SAMPLE", sample)
        assert values_at(database.door(connection), "t", [*expected]) == [*expected.values()]
    connection.close()


def test_a_large_table_is_not_sorted_for_a_value() -> None:
    """A few rows around the place are: those of a sample's width."""
    column = [(number * 7919) % 50_021 for number in range(50_000)]
    connection = filled([column], range(1, 50_001))
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    place = Place("c0", 30_000, 50_000)
    assert values_at(database.door(connection), "t", [place]) == [sorted(column)[30_000]]
    (low, high) = [int(word) for word in asked[-1].replace("=", " ").split() if word.lstrip("-").isdigit()][:2]
    assert 0 < high - low < 5_000
    connection.close()


def test_a_sample_that_misleads_costs_time_only() -> None:
    """Every sixth customer has bought much, and only those are drawn."""
    assert 60_000 // selecting._SAMPLE == 6
    column = [100_000 + number if number % 6 == 0 else number for number in range(1, 60_001)]
    connection = filled([column], range(1, 60_001))
    places = [Place("c0", number, 60_000) for number in (0, 1, 29_999, 48_000, 59_999)]
    ordered = sorted(column)
    assert values_at(database.door(connection), "t", places) == [ordered[place.number] for place in places]
    connection.close()
