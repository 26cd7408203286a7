"""The records that a fact of a customer comes from: the orders, contacts, cases and so on that were counted.

The windows are those of the facts in `policy.facts`; a test adds the records up and compares.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from crmcli.policy.counting import BY_TODAY, COMPLAINT, COUNTED, IS_ORDER, MAJOR, OPEN
from crmcli.policy.facts import facts_params
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

SHOWN = 20


@dataclass(frozen=True)
class Records:
    """What some facts were computed from: `count` rows of `table`, after `since` up to `until`; the newest of them.

    Orders have number, ordered_on and amount (minor units); interactions at, contact_on, channel and topic;
    contracts number, starts_on, ends_on and renewed; cases number, kind, severity, opened_at, resolved_at and status;
    surveys at, score and comment; tags dimension, value, source and since; customers code and name, and where facts are
    fields of the customer's own, these, and who wrote them down. Moments of cases and surveys are on the company's
    clocks.
    """

    facts: tuple[str, ...]
    table: str
    since: str | None
    until: str
    count: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class _Source:
    """Where to look: the table, the days, more conditions, and whether one row only counts, the first or last."""

    table: str
    since: str | None = None
    until: str = "today"
    only: str = "true"
    one: str = ""


_COST = "o.cost IS NOT NULL"
_FIRST, _LAST = _Source("orders", only=IS_ORDER, one="ASC"), _Source("orders", only=IS_ORDER, one="DESC")
_TALK = _Source("interactions", one="DESC")
_ENDED = _Source("contracts", only="t.ends_on <= :until")
_RUNNING = _Source(
    "contracts", only="t.ends_on >= :until AND (t.starts_on <= :until OR t.starts_on IS NULL)", one="DESC"
)
_SOURCES: dict[str, tuple[_Source, ...]] = {
    "amount_total": (_Source("orders"),),
    "amount_12m": (_Source("orders", "d12"),),
    "amount_3m": (_Source("orders", "d3"),),
    "amount_prev_3m": (_Source("orders", "d6", "d3"),),
    "amount_change": (_Source("orders", "d3"), _Source("orders", "d6", "d3")),
    "profit_12m": (_Source("orders", "d12", only=_COST),),
    "profit_total": (_Source("orders", only=_COST),),
    "orders_total": (_Source("orders", only=IS_ORDER),),
    "orders_12m": (_Source("orders", "d12", only=IS_ORDER),),
    "orders_3m": (_Source("orders", "d3", only=IS_ORDER),),
    "orders_prev_3m": (_Source("orders", "d6", "d3", only=IS_ORDER),),
    "orders_change": (_Source("orders", "d3", only=IS_ORDER), _Source("orders", "d6", "d3", only=IS_ORDER)),
    "avg_order_12m": (_Source("orders", "d12"),),
    "first_order_on": (_FIRST,),
    "last_order_on": (_LAST,),
    "days_since_order": (_LAST,),
    "tenure_days": (_FIRST,),
    "last_contact_on": (_TALK,),
    "days_since_contact": (_TALK,),
    "contacts_12m": (_Source("interactions", "d12"),),
    "renewal_rate": (_ENDED,),
    "contract_ends_on": (_RUNNING,),
    "cases_open": (_Source("cases", only=OPEN),),
    "complaints_open": (_Source("cases", only=f"{COMPLAINT} AND {OPEN}"),),
    "complaints_12m": (_Source("cases", "d12", only=COMPLAINT),),
    "major_complaints_open": (_Source("cases", only=f"{MAJOR} AND {OPEN}"),),
    "major_complaints_12m": (_Source("cases", "d12", only=MAJOR),),
    "complaint_rate_12m": (_Source("cases", "d12", only=COMPLAINT), _Source("orders", "d12", only=IS_ORDER)),
    "csat_12m": (_Source("surveys", "d12", only="s.kind = 'csat'"),),
    "nps_last": (_Source("surveys", only="s.kind = 'nps'", one="DESC"),),
    "referrals_won": (_Source("customers"),),
    "r": (_LAST,),
    "f": (_Source("orders", only=IS_ORDER),),
    "m": (_Source("orders"),),
    "rfm": (_LAST, _Source("orders", only=IS_ORDER), _Source("orders")),
}

_FROM = {
    "orders": (
        "o.number, o.ordered_on, o.amount",
        f"orders AS o WHERE o.customer_id = :id AND {COUNTED} AND o.ordered_on <= :until AND o.ordered_on > :since",
        "o.ordered_on {direction}, o.id {direction}",
    ),
    "interactions": (
        "i.at, i.contact_on, i.channel, i.topic",
        "interaction AS i WHERE i.customer_id = :id AND i.channel <> 'push' AND i.contact_on <= :until"
        " AND i.contact_on > :since",
        "i.contact_on {direction}, i.at {direction}, i.id {direction}",
    ),
    "contracts": (
        "t.number, t.starts_on, t.ends_on, t.renewed",
        "contract AS t WHERE t.customer_id = :id",
        "t.ends_on {direction}, t.id {direction}",
    ),
    "cases": (
        "k.number, k.kind, k.severity, k.opened_at, k.resolved_at, k.status",
        "cases AS k WHERE k.customer_id = :id AND k.opened_at <= :until_end AND k.opened_at > :since_end",
        "k.opened_at {direction}, k.id {direction}",
    ),
    "surveys": (
        "s.at, s.score, s.comment",
        "survey AS s WHERE s.customer_id = :id AND s.at <= :until_end AND s.at > :since_end",
        "s.at {direction}, s.nth {direction}",
    ),
    "customers": (
        "c.code, c.name",
        "customer AS me JOIN customer AS c ON c.id <> me.id AND c.referrer <> c.name AND c.referrer IN"
        " (SELECT me.code UNION SELECT me.name UNION SELECT code FROM former_code WHERE customer_id = me.id)"
        " WHERE me.id = :id"
        f" AND EXISTS (SELECT 1 FROM orders AS o WHERE o.customer_id = c.id AND {IS_ORDER} AND {BY_TODAY})",
        "c.code {direction}",
    ),
}


def records(ws: Workspace, customer_id: int, names: Collection[str]) -> list[Records]:
    """The records behind the named facts, those of the same rows together; facts that are fields have none."""
    by_source: dict[_Source, list[str]] = {}
    for name in names:
        for source in _SOURCES.get(name, ()):
            by_source.setdefault(source, []).append(name)
    days = facts_params(ws.today, ws.zone)
    return [_read(ws, customer_id, source, tuple(found), days) for source, found in by_source.items()]


def _read(ws: Workspace, customer_id: int, source: _Source, names: tuple[str, ...], days: dict[str, str]) -> Records:
    columns, counted, order = _FROM[source.table]
    since, until = days.get(source.since or ""), days[source.until]
    params = {**days, "id": customer_id, "since": since or date.min.isoformat(), "until": until, "limit": SHOWN}
    params |= {"since_end": days.get(f"{source.since}_end", ""), "until_end": days.get(f"{source.until}_end")}
    where = f"FROM {counted} AND {source.only}"
    number = ws.db.value(f"SELECT count(*) {where}", params)
    if source.one:
        number, params["limit"] = min(number, 1), 1
    direction = source.one or ("ASC" if source.table == "customers" else "DESC")
    rows = ws.db.rows(f"SELECT {columns} {where} ORDER BY {order.format(direction=direction)} LIMIT :limit", params)
    shown = tuple(_on_our_clocks(ws, row) for row in rows) if source.table in ("cases", "surveys") else tuple(rows)
    return Records(names, source.table, since, until, number, shown)


def _on_our_clocks(ws: Workspace, row: Row) -> Row:
    moments = {key: ws.local(row[key]) for key in ("opened_at", "resolved_at", "at") if row.get(key)}
    return {**row, **moments}
