"""客户信息基础表, the customer base: who they are, whom to call, what they bought, and in which class they are."""

from collections import Counter
from collections.abc import Mapping

from crmcli.i18n import _
from crmcli.policy.counting import BY_TODAY, IS_ORDER, days_back
from crmcli.reports.deliverables.frame import Asked, document, table, tag_labels, tier_label
from crmcli.reports.documents import Chart, Document, Series
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_COLUMNS = (
    "code", "name", "kind", "stage", "industry", "region", "city", "owner", "tier", "tags", "contact", "contact_title",
    "contact_phone", "wechat", "phone", "email", "since", "orders_12m", "amount_12m", "amount_total", "last_order_on",
    "last_contact_on", "products", "terms", "note",
)  # fmt: skip
_BARS = 12

# One pass over each table that belongs to customers; nothing is asked for customer by customer.
_ROWS = f"""
    WITH chosen AS MATERIALIZED (SELECT c.* FROM customer AS c WHERE {{condition}}),
    bought AS (
        SELECT o.customer_id, sum(o.amount) AS amount_total,
            max(CASE WHEN {IS_ORDER} THEN o.ordered_on END) AS last_order_on,
            sum(CASE WHEN o.ordered_on > :d12 THEN o.amount ELSE 0 END) AS amount_12m,
            sum(o.ordered_on > :d12 AND {IS_ORDER}) AS orders_12m
        FROM orders AS o WHERE {BY_TODAY} GROUP BY o.customer_id),
    products AS (
        SELECT customer_id, group_concat(word, '、') AS products FROM (
            SELECT DISTINCT o.customer_id, coalesce(o.category, o.product) AS word FROM orders AS o
            WHERE coalesce(o.category, o.product) IS NOT NULL AND {BY_TODAY} ORDER BY o.customer_id, word)
        GROUP BY customer_id),
    talks AS (
        SELECT customer_id, max(contact_on) AS last_contact_on FROM interaction
        WHERE contact_on <= :today AND channel <> 'push' GROUP BY customer_id),
    marked AS (
        SELECT customer_id, group_concat(word, char(31)) AS tags FROM (
            SELECT customer_id, dimension || ':' || value AS word FROM tag ORDER BY customer_id, dimension, value)
        GROUP BY customer_id),
    people AS (
        SELECT customer_id, name, title, phone, wechat, row_number() OVER (
            PARTITION BY customer_id ORDER BY main = 'yes' DESC, id) AS place FROM contact)
    SELECT c.code, c.name, c.kind, c.stage, c.industry, c.region, c.city, c.owner, c.tier, marked.tags,
        people.name AS contact, people.title AS contact_title, people.phone AS contact_phone, people.wechat,
        c.phone, c.email, c.since, coalesce(bought.orders_12m, 0) AS orders_12m,
        coalesce(bought.amount_12m, 0) AS amount_12m, coalesce(bought.amount_total, 0) AS amount_total,
        bought.last_order_on, talks.last_contact_on, products.products, c.terms, c.note
    FROM chosen AS c LEFT JOIN bought ON bought.customer_id = c.id LEFT JOIN products ON products.customer_id = c.id
    LEFT JOIN talks ON talks.customer_id = c.id LEFT JOIN marked ON marked.customer_id = c.id
    LEFT JOIN people ON people.customer_id = c.id AND people.place = 1
    ORDER BY c.code
"""


def base(ws: Workspace, asked: Asked) -> Document:
    """Every customer asked for in one row, and how they spread over tiers and industries."""
    rows = _rows(ws, asked)
    without = _("(none)")
    by_tier = Counter(row["tier"] or without for row in rows)
    by_industry = Counter(row["industry"] or without for row in rows)
    return document(
        ws,
        _("The customer base"),
        [
            table(_("Customers"), _COLUMNS, rows),
            _bars(_("Customers by tier"), _in_order(by_tier, [tier_label(ws, key) for key in ws.digest["tiers"]])),
            _bars(_("Customers by industry"), dict(by_industry.most_common(_BARS))),
        ],
        scope=asked.scope,
        definitions=[
            (_("Amount, 12 months"), _("orders of the last 12 months, without cancelled and returned ones")),
            (_("Last contact"), _("the last talk over any channel but a push")),
        ],
    )


def _rows(ws: Workspace, asked: Asked) -> list[Row]:
    rows = ws.db.rows(_ROWS.format(condition=asked.condition), {**asked.params, **days_back(ws.today, 12)})
    labels = tag_labels(ws.policy)
    for row in rows:
        row["tags"] = [labels.get(tag, tag) for tag in (row["tags"] or "").split("\x1f") if tag]
        row["tier"] = tier_label(ws, row["tier"])
    return rows


def _in_order(counts: Mapping[str, int], first: list[str | None]) -> dict[str, int]:
    """The counts in the order of `first`, then what is not among them."""
    ordered = {name: counts[name] for name in first if name is not None and name in counts}
    return ordered | {name: count for name, count in counts.items() if name not in ordered}


def _bars(title: str, counts: Mapping[str, int]) -> Chart:
    return Chart(title, "bars", list(counts), [Series(_("Customers"), [float(n) for n in counts.values()])])
