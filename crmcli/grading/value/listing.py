"""Every customer that has bought, with its scores, segment, shares and lifetime value."""

from typing import Any, Literal, NamedTuple

from crmcli.grading.value.buyers import buyers
from crmcli.grading.value.segments import segment
from crmcli.store import finding
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

Basis = Literal["profit", "amount", "mixed"]
Pareto = Literal["A", "B", "C"]

A_SHARE, B_SHARE = 0.80, 0.95
"""Where class A, and class B, ends: shares of the amount."""


class Value(NamedTuple):
    """One customer; amounts in minor units. A tuple: a hundred thousand of them are made in a third of the time.

    Attributes:
        share: of the amount of all customers listed, of this one; `cumulative_share` of it and all before it. None
            where that amount is not above 0, as is `pareto`.
        ltv: what the customer has brought so far: the profit of its orders; of an order without a cost, the amount.
        ltv_basis: "profit" where all costs are known, "amount" where none is, else "mixed".
        ltv_expected: what it will still bring, today's worth: the same of the last 12 months, times r / (1 + i - r)
            (see `buyers.MULTIPLE`); 0 of one without an order in them. None where nobody had bought a year ago.
        pareto: A for those who bring the first 80 % of the amount, B up to 95 %, C the rest; who crosses a
            border is before it.
    """

    code: str
    name: str
    r: int
    f: int
    m: int
    rfm: int
    segment: str
    orders_total: int
    amount_total: int
    amount_12m: int
    last_order_on: str
    share: float | None
    cumulative_share: float | None
    ltv: int
    ltv_basis: Basis
    ltv_expected: int | None
    pareto: Pareto | None


def value(ws: Workspace, customer: str | None = None, *, limit: int | None = None) -> list[Value]:
    """The rated customers with an order, the highest amount first; or one of them among all, if it has an order.

    Raises:
        NotFound: the customer.
    """
    wanted = None if customer is None else finding.customer(ws, customer)["id"]
    rows = buyers(ws)
    whole = rows[-1]["so_far"] if rows else 0
    return [_value(row, whole) for row in rows[:limit] if wanted is None or row["customer_id"] == wanted]


def _value(row: Row, whole: int) -> Value:
    amount, r, f, m = row["amount_total"], row["r"], row["f"], row["m"]
    # By position: with names it takes twice as long.
    return Value(
        row["code"],
        row["name"],
        r,
        f,
        m,
        100 * r + 10 * f + m,
        segment(r, f, m),
        row["orders_total"],
        amount,
        row["amount_12m"],
        row["last_order_on"],
        amount / whole if whole > 0 else None,
        row["so_far"] / whole if whole > 0 else None,
        amount - row["cost_total"],
        _basis(row),
        _expected(row),
        pareto_class(row, whole),
    )


def _basis(row: Row) -> Basis:
    if not row["costed"]:
        return "amount"
    return "profit" if row["costed"] == row["counted"] else "mixed"


def _expected(row: Row) -> int | None:
    multiple: Any = row["multiple"]
    if multiple is None:
        return None
    return round((row["amount_12m"] - row["cost_12m"]) * multiple) if row["orders_12m"] else 0


def pareto_class(row: Row, whole: int) -> Pareto | None:
    """The class of a row of `buyers` by the amount of all before it; `whole` is that of all."""
    if whole <= 0:
        return None
    before = row["so_far"] - row["amount_total"]
    return "A" if before < A_SHARE * whole else "B" if before < B_SHARE * whole else "C"
