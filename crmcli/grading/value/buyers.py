"""The customers that have bought, measured in one pass over the orders: every analysis of value begins with them.

The figures are those of the facts of the same names (see `policy.facts`), and a test holds them equal. They are asked
for anew here because lifetime values need more of the same orders, and because the ranks of a whole base cost a
database more than everything else: with 100,000 customers and 1,000,000 orders the three quintiles took 0.8 s as window
functions, and 0.3 s here.
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from operator import itemgetter
from typing import Any

from crmcli.policy.counting import BY_TODAY, IS_ORDER, days_back
from crmcli.policy.facts import facts_params
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

DISCOUNT = 0.12
"""What a yuan in a year is worth less than one today."""

BUYERS = f"""
    buyers AS MATERIALIZED (
        SELECT customer_id,
            count(*) FILTER (WHERE {IS_ORDER}) AS orders_total,
            count(*) FILTER (WHERE {IS_ORDER} AND ordered_on > :d12) AS orders_12m,
            count(*) FILTER (WHERE {IS_ORDER} AND ordered_on > :d24) AS orders_24m,
            max(ordered_on) FILTER (WHERE {IS_ORDER}) AS last_order_on,
            sum(amount) AS amount_total,
            coalesce(sum(amount) FILTER (WHERE ordered_on > :d12), 0) AS amount_12m,
            coalesce(sum(cost), 0) AS cost_total,
            coalesce(sum(cost) FILTER (WHERE ordered_on > :d12), 0) AS cost_12m,
            coalesce(sum(amount) FILTER (WHERE cost IS NOT NULL), 0) AS amount_costed,
            count(cost) AS costed, count(*) AS counted
        FROM orders AS o
        WHERE {BY_TODAY}
        GROUP BY customer_id
        HAVING count(*) FILTER (WHERE {IS_ORDER}) > 0
            AND customer_id NOT IN (SELECT id FROM customer WHERE stage = 'lead'))
"""
"""A part of a WITH: the rated customers that have an order, amounts in minor units. Parameters: `buyers_params`.

The amount less the cost is the profit of the orders whose cost is known and the amount of the others.
"""

RETENTION = "avg(CASE WHEN orders_12m > 0 THEN 1.0 ELSE 0.0 END) FILTER (WHERE orders_24m > orders_12m)"
"""Over `buyers`: of those who ordered in the 12 months before the last 12, the share that ordered in the last 12."""

MULTIPLE = f"({RETENTION}) / (1 + {DISCOUNT} - ({RETENTION}))"
"""Over `buyers`: how many times the worth of a year a customer will still bring, r / (1 + i - r).

Gupta and Lehmann, "Customers as Assets", Journal of Interactive Marketing 17 (1), 2003: the present value of a margin
that stays the same, of a customer who stays with the same probability r each year, at the discount rate i, without end.
"""


def buyers(ws: Workspace) -> list[Row]:
    """The rows of BUYERS with `code`, `name`, `multiple` (the same in each), the scores `r` `f` `m`, and `so_far`, the
    amount of all up to this one.

    In the order of the amount, the highest first; then by code.
    """
    rows = ws.db.rows(_NAMED, buyers_params(ws))
    rows.sort(key=itemgetter("code"))
    rows.sort(key=itemgetter("amount_total"), reverse=True)
    for row, so_far in zip(rows, accumulate(map(itemgetter("amount_total"), rows)), strict=True):
        row["so_far"] = so_far
    for score, fact in (("r", "last_order_on"), ("f", "orders_total"), ("m", "amount_total")):
        edges = quintile_edges(map(itemgetter(fact), rows))
        for row in rows:
            row[score] = 1 + bisect_left(edges, row[fact])
    return rows


def buyers_params(ws: Workspace) -> dict[str, str]:
    """The parameters of BUYERS: those of facts, and `d24`, the day 24 months ago."""
    return facts_params(ws.today, ws.zone) | days_back(ws.today, 24)


def quintile_edges(values: Iterable[Any]) -> list[Any]:
    """The four values above which a score is 2, 3, 4 and 5; none of no values.

    A score is 1 + floor(5 · values strictly worse / n); 5 is best, ties share a score.
    """
    ordered = sorted(values)
    n = len(ordered)
    # At least k·n/5 values are strictly worse if the last of the lowest ceil(k·n/5) is.
    return [ordered[-(-k * n // 5) - 1] for k in (1, 2, 3, 4)] if n else []


_NAMED = f"""
    WITH {BUYERS}
    SELECT customer.code, customer.name, buyers.*, (SELECT {MULTIPLE} FROM buyers) AS multiple
    FROM buyers JOIN customer ON customer.id = buyers.customer_id
"""
