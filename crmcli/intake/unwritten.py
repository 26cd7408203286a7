"""What a row says without writing it: the amount of a price and a quantity, and a number of its own.

A row without a number is known again by what it says, so a file that comes in twice changes nothing; of two rows that
say the same each is one (`number_repeats`).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from crmcli.fields import heading_key
from crmcli.intake.headings import SHOPIFY
from crmcli.store.workspace import Workspace
from crmcli.values.money import rounded

TELLING = {
    "orders": ("customer", "ordered_on", "amount", "product", "quantity"),
    "contracts": ("customer", "starts_on", "ends_on", "amount"),
    "cases": ("customer", "opened_at", "kind", "topic"),
}
"""By table, the fields that tell a row without a number; the second is its day."""


def amounts(prices: Sequence[Decimal | None], quantities: Sequence[float | None]) -> list[int | None]:
    """Price times quantity in minor units, exactly or `rounded`; None where either is missing."""
    return [
        None if price is None or quantity is None else _minor(price * Decimal(str(quantity)))
        for price, quantity in zip(prices, quantities, strict=True)
    ]


def _minor(amount: Decimal) -> int:
    minor = rounded(amount)
    return minor if minor.rest else int(minor)


def numbers(table: str, values: Mapping[str, Sequence[Any]]) -> list[str]:
    """A number for each row, of its day and what else tells it: `20261120-5F0C3A9E`."""
    said = [*zip(*(values[name] for name in TELLING[table] if name in values), strict=True)]
    days = values.get(TELLING[table][1], [None] * len(said))
    return ["-".join(filter(None, (_day(day), _fingerprint(row)))) for day, row in zip(days, said, strict=True)]


def _day(day: str | None) -> str:
    return (day or "")[:10].replace("-", "")


def _fingerprint(row: tuple[Any, ...]) -> str:
    text = "\x1f".join("" if value is None else str(value).casefold() for value in row)
    return blake2b(text.encode(), digest_size=4).hexdigest().upper()


def totals_stand_once(headings: Sequence[str]) -> bool:
    """Whether the total of an order stands in the first of its rows only, beside further items, as Shopify has it."""
    return SHOPIFY in map(heading_key, headings)


def without_totals(numbers: Sequence[str | None], totals: Sequence[int | None], before: str | None) -> list[int | None]:
    """The totals, with 0 in the rows that go on with the order of the row above; `before` is that above the first."""
    above = [before, *numbers[:-1]]
    return [
        0 if total is None and number and number == last else total
        for number, total, last in zip(numbers, totals, above, strict=True)
    ]


def number_repeats(ws: Workspace, columns: Sequence[str]) -> None:
    """Tell rows of `staged` apart that have the same number: the second one's ends in -2, wherever they stand."""
    ws.db.execute(
        "UPDATE staged SET number = number || '-' || nth FROM (SELECT seq AS place, row_number() OVER "
        f"(PARTITION BY number ORDER BY {', '.join(columns)}, seq) AS nth FROM staged) WHERE place = seq AND nth > 1"
    )
