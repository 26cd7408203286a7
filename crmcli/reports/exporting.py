"""The tables as they leave the house: imported into an empty database they give the same customers again.

Every row has the fields of the contract in the order of the contract, then the company's own; a customer is named by
its code, which no other one has. Rows come in the order of what names them, so that the same content is the same file,
whichever way it came about.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any, NamedTuple

from crmcli.care import due
from crmcli.care.due import DueItem
from crmcli.errors import UsageError
from crmcli.fields import TABLES
from crmcli.fields import Table as Fields
from crmcli.i18n import _
from crmcli.reports import lists
from crmcli.store import own_fields
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column, Table

# What names a row beside its customer: the order of the rows, and none of it is the number of a row in this database.
_ORDER = {
    "customers": "c.code",
    "leads": "c.code",
    "contacts": "c.code, o.name_key, o.name",
    "orders": "o.number",
    "contracts": "o.number",
    "interactions": "c.code, o.at, o.topic, o.nth",
    "cases": "o.number",
    "surveys": "c.code, o.kind, o.at, o.nth",
    "tags": "c.code, o.dimension, o.value",
}
# The day that `since` and `until` are about.
_DAY = {
    "leads": "coalesce(c.lead_on, c.created_on)",
    "orders": "o.ordered_on",
    "contracts": "o.ends_on",
    "interactions": "o.contact_on",
    "cases": "o.opened_at",
    "surveys": "o.at",
    "tags": "o.since",
}
_OF_MOMENTS = ("cases", "surveys")
# Without fields of the company's own: a tag is all there is to say of it.
_PLAIN = ("tag",)
NAMES = tuple(TABLES)
# What people call a field otherwise than that of other tables.
_MEANINGS = {
    ("contacts", "name"): "person",
    ("orders", "number"): "order",
    ("contracts", "number"): "contract_number",
    ("interactions", "next_due"): "next_step_on",
    ("cases", "number"): "case_number",
    ("tags", "since"): "from_day",
}


class Stream(NamedTuple):
    """A table whose rows come one by one, once."""

    columns: Sequence[Column]
    rows: Iterator[Row]


def export(
    ws: Workspace,
    name: str,
    *,
    where: Mapping[str, str] | None = None,
    tags: Collection[str] = (),
    rule: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Table:
    """One table whole, or only what belongs to some customers.

    Args:
        name: customers, contacts, orders, contracts, interactions, leads, cases, surveys or tags.
        where, tags, rule: which customers, as `lists.customers` takes them.
        since, until: DATE arguments, both included: the day of the order, contact, case, survey, tag or lead, or the
            end of the contract.

    Raises:
        UsageError: there is no such table, filter or field, or the table's rows have no day.
        InvalidInput: a day cannot be read.
    """
    found = each(ws, name, where=where, tags=tags, rule=rule, since=since, until=until)
    return Table(found.columns, list(found.rows))


def each(
    ws: Workspace,
    name: str,
    *,
    where: Mapping[str, str] | None = None,
    tags: Collection[str] = (),
    rule: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Stream:
    """As `export`, with the rows one by one while the workspace is open: memory stays flat."""
    if name not in TABLES:
        raise UsageError(_("there is no table '{name}'").format(name=name), hint=", ".join((*NAMES, "due", "all")))
    days = lists.days(ws, since, until)
    if days and name not in _DAY:
        raise UsageError(_("{table} have no day to choose by").format(table=name), hint=", ".join(_DAY))
    if name == "customers":
        fields = lists.chosen(ws, None)
        return Stream(fields, lists.each_customer(ws, fields=fields, where=where, tags=tags, rule=rule))
    condition, params = lists.matching(ws, where or {}, tags, rule)
    if name == "leads":
        condition += " AND c.stage = 'lead'"
    for side, comparison in (("since", ">="), ("until", "<=")):
        if side in days:
            condition += f" AND {_DAY[name]} {comparison} :{side}"
            params[side] = _bound(ws, name, side, days[side])
    return _stream(ws, TABLES[name], condition, params)


def due_items(
    ws: Workspace,
    *,
    where: Mapping[str, str] | None = None,
    tags: Collection[str] = (),
    rule: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> list[DueItem]:
    """What is due today, or up to a day: all of it, or of some customers. Takes and raises what `export` does."""
    days = {side: date.fromisoformat(day) for side, day in lists.days(ws, since, until).items()}
    first, last = days.get("since", date.min), days.get("until", ws.today)
    items = due.due(ws, days=max(0, (last - ws.today).days))
    chosen = None
    if where or tags or rule:
        condition, params = lists.matching(ws, where or {}, tags, rule)
        chosen = {row["code"] for row in ws.db.rows(f"SELECT c.code FROM customer AS c WHERE {condition}", params)}
    return [item for item in items if first <= item.due_on <= last and (chosen is None or item.code in chosen)]


def _bound(ws: Workspace, name: str, side: str, day: str) -> str:
    """A day as it is compared: where moments are stored, the one at which it begins or ends on the company's clocks."""
    if name not in _OF_MOMENTS:
        return day
    moments = lists.moments(ws, date.fromisoformat(day), date.fromisoformat(day))
    return moments["began" if side == "since" else "ended"]


def _stream(ws: Workspace, fields: Fields, condition: str = "true", params: Mapping[str, Any] | None = None) -> Stream:
    """The rows of one table that fit a condition on `customer AS c` and, of other tables, its rows `o`."""
    columns = [
        Column(field.name, field.kind, meaning=_MEANINGS.get((fields.name, field.name), ""))
        for field in fields.fields
        if field.column
    ]
    kept = own_fields.headings(ws, fields.entity) if fields.entity not in _PLAIN else []
    own = [name for name in kept if fields.field(name) is None]
    moments = [column.key for column in columns if column.kind == "instant"]
    rows = (_as_shown(ws, row, own, moments) for row in ws.db.each(_query(fields, condition), params))
    return Stream([*columns, *(Column(name, wide=True, title=name) for name in own)], rows)


def _query(fields: Fields, condition: str) -> str:
    alias, source = "o", f"{fields.entity} AS o JOIN customer AS c ON c.id = o.customer_id"
    if fields.entity == "customer":
        alias, source = "c", "customer AS c"
    stored = [
        f'{"c.code" if field.column == "customer_id" else f"{alias}.{field.column}"} AS "{field.name}"'
        for field in fields.fields
        if field.column
    ]
    extra = "NULL" if fields.entity in _PLAIN else f"{alias}.extra"
    return (
        f"SELECT {', '.join(stored)}, {extra} AS extra FROM {source} WHERE {condition} ORDER BY {_ORDER[fields.name]}"
    )


def _as_shown(ws: Workspace, row: Row, own: Collection[str], moments: Collection[str]) -> Row:
    """Moments on the company's clocks, whole scores without decimals, one's own fields under their headings."""
    extra = own_fields.of(row.pop("extra"))
    row.update((name, extra.get(name)) for name in own)
    for name in moments:
        if row[name] is not None:
            row[name] = ws.local(row[name])
    score = row.get("score")
    if isinstance(score, float) and score.is_integer():
        row["score"] = int(score)
    return row


# ---------------------------------------------------------------------------------------------------- all of it

# What has no import of its own. Customers are named by their codes, as everywhere; numbers of rows appear nowhere.
_BESIDE = {
    "policies": "SELECT id AS version, at, actor, name, source FROM policy ORDER BY id",
    "team": "SELECT name, role, manager, capacity, active, email, notify FROM member ORDER BY name",
    "grades": "SELECT code, tier, tier_on, tier_pinned_until, tier_reason, tier_drops, tier_drop_on, grade, "
    "grade_reason, campaign, lead_on, won_on, lost_on, lost_reason, created_on FROM customer ORDER BY code",
    "steps": "SELECT c.code, o.kind, o.playbook, o.number, o.nth, o.event, o.started_on, o.due_on, o.due_at, "
    "o.channel, o.action, o.title, o.settled_on, o.how FROM step AS o JOIN customer AS c ON c.id = o.customer_id "
    "ORDER BY c.code, o.kind, o.playbook, o.number, o.nth",
    "settlements": "SELECT c.code, o.key, o.kind, o.planned_on, o.decision, o.settled_on, o.until, o.reason "
    "FROM settlement AS o JOIN customer AS c ON c.id = o.customer_id ORDER BY c.code, o.kind, o.key, o.planned_on",
    "case_entries": "SELECT cases.number, o.at, o.author, o.kind, o.words FROM case_entry AS o "
    "JOIN cases ON cases.id = o.case_id ORDER BY cases.number, o.at, o.id",
    "assignments": "SELECT c.code, o.from_owner, o.owner, o.assigned_on, o.why, o.reason, o.packet, "
    "o.acknowledged_on FROM assignment AS o JOIN customer AS c ON c.id = o.customer_id "
    "ORDER BY c.code, o.assigned_on, o.id",
    "reviews": "SELECT owner, planned_on, decision, settled_on, until, reason FROM review ORDER BY owner, planned_on",
    "former_codes": "SELECT o.code, c.code AS customer, o.since FROM former_code AS o "
    "JOIN customer AS c ON c.id = o.customer_id ORDER BY o.code",
    "distinct": 'SELECT min(l.code, r.code) AS "left", max(l.code, r.code) AS "right", o.since FROM distinct_pair '
    "AS o JOIN customer AS l ON l.id = o.left_id JOIN customer AS r ON r.id = o.right_id ORDER BY 1, 2",
}


def dump(ws: Workspace) -> Iterator[tuple[str, Stream]]:
    """Everything but the journal, table by table: what was stored, and nothing that depends on the day.

    Two databases with the same content give the same tables, and one gives them at any time.
    """
    for name, fields in TABLES.items():
        if name != "leads":
            # They are among the customers; what only they have stands in `grades`.
            yield name, _stream(ws, fields)
    for name, sql in _BESIDE.items():
        rows = ws.db.each(sql)
        first = next(rows, None)
        yield name, Stream([], rows) if first is None else Stream([Column(key) for key in first], chain([first], rows))
