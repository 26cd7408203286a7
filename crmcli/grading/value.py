"""Value analysis: who brought how much, how recently and how often.

The scores r, f and m are facts of the policy (see `policy.facts`): quintiles over the rated customers with an order.
"""

from dataclasses import dataclass

from crmcli.policy import facts
from crmcli.store import finding
from crmcli.store.workspace import Workspace

SEGMENTS = {
    5: ("new", "potential-loyalist", "potential-loyalist", "champions", "champions"),
    4: ("promising", "potential-loyalist", "potential-loyalist", "loyal", "loyal"),
    3: ("about-to-sleep", "about-to-sleep", "need-attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at-risk", "at-risk", "cannot-lose"),
    1: ("hibernating", "hibernating", "at-risk", "at-risk", "cannot-lose"),
}
"""The segment by r, then by the mean of f and m from 1 to 5.

The ten names are those of Putler, "RFM Analysis for Successful Customer Segmentation" (putler.com/rfm-analysis). Its
ranges overlap; this is the gapless grid that is commonly made of them, one name for each of the 25 cells.
"""

FACTS = ("code", "name", "r", "f", "m", "rfm", "orders_total", "amount_total", "amount_12m", "last_order_on")


@dataclass(frozen=True, slots=True)
class Value:
    """One customer; amounts in minor units. The shares are of the amount of all customers listed: of this one, and
    of this one and all before it (Pareto); None where these come to nothing.
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


def segment(r: int, f: int, m: int) -> str:
    """The segment of a customer with these scores; a mean of f and m that lies between two is the higher."""
    return SEGMENTS[r][(f + m + 1) // 2 - 1]


def value(ws: Workspace, customer: str | None = None, *, limit: int | None = None) -> list[Value]:
    """The rated customers with an order, the highest amount first; or one of them among all, if it has an order.

    Raises:
        NotFound: the customer.
    """
    only = "true" if customer is None else "customer_id = :id"
    params = {"id": None if customer is None else finding.customer(ws, customer)["id"], "limit": limit or -1}
    rows = ws.db.rows(
        _VALUES.format(facts=facts.with_facts(FACTS), only=only), {**facts.facts_params(ws.today), **params}
    )
    return [
        Value(
            **{key: row[key] for key in (*FACTS[:6], "orders_total", "amount_total", "amount_12m", "last_order_on")},
            segment=segment(row["r"], row["f"], row["m"]),
            share=row["amount_total"] / row["whole"] if row["whole"] > 0 else None,
            cumulative_share=row["so_far"] / row["whole"] if row["whole"] > 0 else None,
        )
        for row in rows
    ]


_VALUES = """
    {facts},
    bought AS (
        SELECT customer_id, code, name, r, f, m, rfm, orders_total, last_order_on,
            CAST(round(amount_total * 100) AS INTEGER) AS amount_total,
            CAST(round(amount_12m * 100) AS INTEGER) AS amount_12m
        FROM facts WHERE orders_total > 0),
    placed AS (
        SELECT *, sum(amount_total) OVER () AS whole,
            sum(amount_total) OVER (ORDER BY amount_total DESC, code ROWS UNBOUNDED PRECEDING) AS so_far
        FROM bought)
    SELECT * FROM placed WHERE {only} ORDER BY amount_total DESC, code LIMIT :limit
"""
