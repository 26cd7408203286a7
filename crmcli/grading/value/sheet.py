"""One customer's sheet: its place among all, its months, what it buys."""

from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

from crmcli.grading.value.listing import Value, value
from crmcli.policy.counting import BY_TODAY, IS_ORDER
from crmcli.store import finding
from crmcli.store.workspace import Workspace

MONTHS = 24
CATEGORY = "coalesce(nullif(trim(o.category), ''), nullif(trim(o.product), ''))"
"""SQL: the category of an order `o`, where none is recorded its product; NULL where neither is."""
_OWN_ORDERS = f"FROM orders AS o WHERE o.customer_id = :id AND {BY_TODAY}"


@dataclass(frozen=True)
class Month:
    """A calendar month, like 2026-03; the amount in minor units. The last one ends today."""

    month: str
    orders: int
    amount: int


@dataclass(frozen=True)
class Category:
    """What the customer bought of one category, where none is recorded of one product; None where neither is.

    The amount is in minor units, the share that of the customer's amount (None where it is not above 0).
    """

    category: str | None
    orders: int
    amount: int
    share: float | None


@dataclass(frozen=True)
class Sheet:
    """A customer among the `customers` that have bought: the `place` is by amount, the highest first.

    `months` are the last 24, the oldest first; `categories` all ever bought, the highest amount first.
    """

    value: Value
    place: int
    customers: int
    months: list[Month]
    categories: list[Category]


def sheet(ws: Workspace, customer: str) -> Sheet | None:
    """The sheet of a customer; None if it has no order, or is a lead.

    Raises:
        NotFound: nobody, or several, answer to the name.
    """
    found = finding.customer(ws, customer)
    listed = value(ws)
    for place, row in enumerate(listed, 1):
        if row.code == found["code"]:
            categories = _categories(ws, found["id"], row.amount_total)
            return Sheet(row, place, len(listed), _months(ws, found["id"]), categories)
    return None


def _months(ws: Workspace, customer_id: int) -> list[Month]:
    this = ws.today.replace(day=1)
    names = [f"{this - relativedelta(months=ago):%Y-%m}" for ago in reversed(range(MONTHS))]
    rows = ws.db.rows(
        f"SELECT substr(o.ordered_on, 1, 7) AS month, count(*) FILTER (WHERE {IS_ORDER}) AS orders, "
        f"sum(o.amount) AS amount {_OWN_ORDERS} AND o.ordered_on >= :first GROUP BY 1",
        {"id": customer_id, "today": ws.today.isoformat(), "first": f"{names[0]}-01"},
    )
    found = {row["month"]: Month(**row) for row in rows}
    return [found.get(name) or Month(name, 0, 0) for name in names]


def _categories(ws: Workspace, customer_id: int, whole: int) -> list[Category]:
    rows = ws.db.rows(
        f"SELECT {CATEGORY} AS category, count(*) FILTER (WHERE {IS_ORDER}) AS orders, sum(o.amount) AS amount "
        f"{_OWN_ORDERS} GROUP BY 1 ORDER BY amount DESC, category",
        {"id": customer_id, "today": ws.today.isoformat()},
    )
    return [Category(**row, share=row["amount"] / whole if whole > 0 else None) for row in rows]
