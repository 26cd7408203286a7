"""What customers like this one buy that it has not bought yet: rules of association between two categories.

Over the customers that have bought anything, for a category that the customer has and one that it has not: support is
the share that has bought both, confidence the share of those with the first that have bought the second, too, lift how
often that is what chance would give (1: the two have nothing to do with each other).
Agrawal, Imielinski, Swami: Mining association rules between sets of items (1993), for support and confidence;
Brin, Motwani, Ullman, Tsur: Dynamic itemset counting (1997), for lift, there called interest.
"""

from dataclasses import dataclass

from crmcli.grading.value.sheet import CATEGORY
from crmcli.policy.counting import BY_TODAY, IS_ORDER
from crmcli.store import finding
from crmcli.store.workspace import Workspace

LEAST = 3
"""Fewer customers than this prove nothing: such a rule is left out, and so is one without a lift above 1."""


@dataclass(frozen=True)
class Companion:
    """A category not bought yet, and the bought one `because` of which it is told, by the rule with the highest lift.

    `both` customers have bought the two; support, confidence are shares, `lift` is a factor above 1.
    """

    category: str
    because: str
    both: int
    support: float
    confidence: float
    lift: float


_RULES = f"""
    WITH bought AS MATERIALIZED (
        SELECT DISTINCT o.customer_id, {CATEGORY} AS what
        FROM orders AS o
        WHERE {BY_TODAY} AND {IS_ORDER}),
    whole AS (SELECT count(DISTINCT customer_id) AS customers FROM bought),
    sizes AS MATERIALIZED (SELECT what, count(*) AS customers FROM bought WHERE what IS NOT NULL GROUP BY what),
    own AS MATERIALIZED (SELECT what FROM bought WHERE customer_id = :id AND what IS NOT NULL),
    pairs AS (
        SELECT first.what AS because, second.what AS category, count(*) AS both
        FROM bought AS first JOIN bought AS second ON second.customer_id = first.customer_id
        WHERE first.what IN (SELECT what FROM own) AND second.what NOT IN (SELECT what FROM own)
        GROUP BY 1, 2 HAVING count(*) >= :least)
    SELECT pairs.category, pairs.because, pairs.both, 1.0 * pairs.both / whole.customers AS support,
        1.0 * pairs.both / a.customers AS confidence,
        1.0 * pairs.both * whole.customers / (1.0 * a.customers * b.customers) AS lift
    FROM pairs JOIN sizes AS a ON a.what = pairs.because JOIN sizes AS b ON b.what = pairs.category
    CROSS JOIN whole
    WHERE 1.0 * pairs.both * whole.customers > 1.0 * a.customers * b.customers
    ORDER BY lift DESC, both DESC, pairs.category, pairs.because
"""


def companions(ws: Workspace, customer: str) -> list[Companion]:
    """For each category that the customer has not bought, the strongest rule for it; the highest lift first.

    Raises:
        NotFound: nobody, or several, answer to the name.
    """
    found = finding.customer(ws, customer)
    rows = ws.db.rows(_RULES, {"id": found["id"], "today": ws.today.isoformat(), "least": LEAST})
    best: dict[str, Companion] = {}
    for row in rows:
        best.setdefault(row["category"], Companion(**row))
    return list(best.values())
