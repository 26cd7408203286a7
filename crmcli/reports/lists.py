"""Customers, with every field of the contract and what is counted of them, and what belongs to them, as lists.

Figures are as of the clock's day; which orders count in which is told by `policy.counting`. `push` is no contact.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from crmcli.calendars import parse_when
from crmcli.errors import BadValue, InvalidInput, UsageError
from crmcli.fields import TABLES
from crmcli.grading import where as where_
from crmcli.i18n import _
from crmcli.policy.counting import BY_TODAY, IN_YEAR, IS_ORDER, days_back
from crmcli.store import finding, own_fields, owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace, aware, stamp
from crmcli.tables import Column

_FIELDS = [field for field in TABLES["customers"].fields if field.column]
_OWN_ORDERS = "FROM orders AS o WHERE o.customer_id = c.id"
_FIGURES = {
    # The index of tags is in this order, and group_concat takes rows as they come.
    "tags": "(SELECT group_concat(word, char(31)) FROM (SELECT dimension || ':' || value AS word FROM tag "
    "WHERE customer_id = c.id ORDER BY dimension, value))",
    "contacts": "(SELECT count(*) FROM contact AS p WHERE p.customer_id = c.id)",
    "last_contact_on": "(SELECT i.contact_on FROM interaction AS i WHERE i.customer_id = c.id "
    "AND i.contact_on <= :today AND i.channel <> 'push' ORDER BY i.contact_on DESC LIMIT 1)",
    "next_touch_on": "(SELECT min(t.due_on) FROM touch AS t WHERE t.customer_id = c.id)",
    "orders_12m": f"(SELECT count(*) {_OWN_ORDERS} AND {IN_YEAR} AND {IS_ORDER})",
    "amount_12m": f"(SELECT coalesce(sum(o.amount), 0) {_OWN_ORDERS} AND {IN_YEAR})",
    "amount_total": f"(SELECT coalesce(sum(o.amount), 0) {_OWN_ORDERS} AND {BY_TODAY})",
}
# What fits a screen, in this order; what gives way first stands last.
_SHORT = (
    Column("code", "id"),
    Column("name"),
    Column("tier"),
    Column("owner"),
    Column("next_touch_on", "date"),
    Column("last_contact_on", "date", wide=True),
    Column("amount_12m", "money", wide=True),
    Column("phone", "phone", wide=True),
    Column("tags", "list", wide=True),
)
_FILTERS = ("owner", "tier", "stage", "industry", "region", "city")

COLUMNS = (
    *(Column(field.name, field.kind) for field in _FIELDS),
    Column("tags", "list", wide=True),
    Column("contacts", "number"),
    Column("last_contact_on", "date"),
    Column("next_touch_on", "date"),
    Column("orders_12m", "number"),
    Column("amount_12m", "money"),
    Column("amount_total", "money"),
)


def chosen(ws: Workspace, names: str | None, *, short: bool = False) -> list[Column]:
    """The columns that `names` (apart by commas) asks for; without names all, or the few that fit a screen.

    Fields of the company's own come after the others.

    Raises:
        UsageError: there is no such field.
    """
    if names is None and short:
        return list(_SHORT)
    known = {
        column.key: column
        for column in (*COLUMNS, *(Column(name, wide=True, title=name) for name in own_fields.headings(ws)))
    }
    if names is None:
        return list(known.values())
    words = [word for word in (part.strip() for part in names.replace("，", ",").split(",")) if word]
    unknown = [word for word in words if word not in known]
    if unknown or not words:
        raise UsageError(
            _("there is no field '{word}'").format(word=unknown[0] if unknown else names),
            hint=_("fields: {names}").format(names=", ".join(known)),
        )
    return [known[word] for word in dict.fromkeys(words)]


def customers(
    ws: Workspace,
    *,
    fields: Sequence[Column] = COLUMNS,
    code: str | None = None,
    where: Mapping[str, str] | None = None,
    tags: Collection[str] = (),
    rule: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Customers with the asked fields, by code or by the field `sort` (`-field`: the highest first).

    `code` asks for one customer, whatever the rest says. `where` has the value that a field must have: owner,
    tier, stage, industry, region or city; a tier by key or label. `tags` are `dimension` or
    `dimension:value`, all of which a customer must have; and `rule`, in the policy's language, must hold.

    Raises:
        UsageError: a field, tier or stage is unknown, or the rule cannot be read.
    """
    found = each_customer(ws, fields=fields, code=code, where=where, tags=tags, rule=rule, sort=sort, limit=limit)
    return list(found)


def each_customer(
    ws: Workspace,
    *,
    fields: Sequence[Column] = COLUMNS,
    code: str | None = None,
    where: Mapping[str, str] | None = None,
    tags: Collection[str] = (),
    rule: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
) -> Iterator[Row]:
    """As `customers`, one by one: memory stays flat."""
    params = days_back(ws.today, 12)
    if code is not None:
        condition, values = "c.code = :code", {"code": code}
    else:
        condition, values = matching(ws, where or {}, tags, rule)
    stored = [column for column in fields if column in COLUMNS or column in _SHORT]
    # `chosen` made these names from the allow-list; sort goes through the same one.
    columns = ", ".join([*(f"{_expression(c.key)} AS {c.key}" for c in stored), "c.extra AS extra"])
    sql = f"SELECT {columns} FROM customer AS c WHERE {condition} ORDER BY {_order(sort)}"
    if limit is not None:
        sql += " LIMIT :limit"
    others = [column.key for column in fields if column not in stored]
    return (_listed(row, others) for row in ws.db.each(sql, {**params, **values, "limit": limit}))


def _listed(row: Row, others: Sequence[str]) -> Row:
    """A row with its tags as a list, and the fields of the company's own beside the others."""
    if "tags" in row:
        row["tags"] = row["tags"].split("\x1f") if row["tags"] else []
    own = own_fields.of(row.pop("extra"))
    row.update((name, own.get(name)) for name in others)
    return row


def matching(
    ws: Workspace, where: Mapping[str, str], tags: Collection[str], rule: str | None
) -> tuple[str, dict[str, str]]:
    """The condition that `customer AS c` is among the customers asked for, as `customers` says, and its parameters."""
    conditions, params = _conditions(ws, where, tags)
    if rule is not None:
        condition, bound = where_.holds(ws, rule)
        conditions.append(condition)
        params.update(bound)
    return " AND ".join(conditions) or "true", params


def contacts(ws: Workspace, *, customer: str | None = None) -> list[Row]:
    """People with `code` and `customer` (name), those of one customer or all; the primary ones first.

    Raises:
        NotFound: the customer.
    """
    condition, params = "", {}
    if customer is not None:
        condition, params = "WHERE p.customer_id = :id", {"id": finding.customer(ws, customer)["id"]}
    return ws.db.rows(
        'SELECT p.*, p.main AS "primary", c.code, c.name AS customer FROM contact AS p '
        f"JOIN customer AS c ON c.id = p.customer_id {condition} ORDER BY c.code, p.main DESC, p.id",
        params,
    )


def contact(ws: Workspace, row: Row) -> Row:
    """A stored contact as `contacts` lists it, even after it was removed."""
    owner = ws.db.first("SELECT code, name FROM customer WHERE id = :id", {"id": row["customer_id"]})
    assert owner is not None
    return {**row, "primary": row["main"], "code": owner["code"], "customer": owner["name"]}


def orders(
    ws: Workspace,
    *,
    customer: str | None = None,
    since: str | None = None,
    until: str | None = None,
    numbers: Sequence[str] | None = None,
) -> Iterator[Row]:
    """Orders with `code` and `customer` (name), newest first, one by one; days as DATE arguments, both included.

    Raises:
        NotFound: the customer. InvalidInput: a day cannot be read.
    """
    where, params = _belonging(ws, customer, "ordered_on", days(ws, since, until), numbers)
    return ws.db.each(
        "SELECT o.*, c.code, c.name AS customer FROM orders AS o JOIN customer AS c ON c.id = o.customer_id "
        f"{where} ORDER BY o.ordered_on DESC, o.id DESC",
        params,
    )


def contracts(
    ws: Workspace,
    *,
    customer: str | None = None,
    since: str | None = None,
    until: str | None = None,
    numbers: Sequence[str] | None = None,
) -> list[Row]:
    """Contracts with `code` and `customer` (name), the one that ends first at the top, those without an end last.

    `since` and `until` are DATE arguments, both included: the days on which they may end.

    Raises:
        NotFound: the customer. InvalidInput: a day cannot be read.
    """
    where, params = _belonging(ws, customer, "ends_on", days(ws, since, until), numbers)
    return ws.db.rows(
        "SELECT o.*, c.code, c.name AS customer FROM contract AS o JOIN customer AS c ON c.id = o.customer_id "
        f"{where} ORDER BY o.ends_on IS NULL, o.ends_on, o.id",
        params,
    )


def surveys(
    ws: Workspace, *, customer: str | None = None, since: str | None = None, until: str | None = None
) -> list[Row]:
    """Answers with `code`, `customer` (name) and `case` (number), newest first; days as DATE arguments, both included.

    Raises:
        NotFound: the customer. InvalidInput: a day cannot be read.
    """
    times = {"since": time(), "until": time(23, 59, 59, fold=1)}
    moments = {name: _moment(ws, day, times[name]) for name, day in days(ws, since, until).items()}
    where, params = _belonging(ws, customer, "at", moments)
    rows = ws.db.rows(
        'SELECT o.*, o.case_number AS "case", c.code, c.name AS customer FROM survey AS o '
        f"JOIN customer AS c ON c.id = o.customer_id {where} ORDER BY o.at DESC, o.id DESC",
        params,
    )
    return [_answer(ws, row) for row in rows]


def survey(ws: Workspace, row: Row) -> Row:
    """A stored answer as `surveys` lists it."""
    owner = ws.db.first("SELECT code, name FROM customer WHERE id = :id", {"id": row["customer_id"]})
    assert owner is not None
    return _answer(ws, {**row, "case": row["case_number"], "code": owner["code"], "customer": owner["name"]})


def _answer(ws: Workspace, row: Row) -> Row:
    """The moment on the company's clocks; a whole score without decimals."""
    score = row["score"]
    return {**row, "at": ws.local(row["at"]), "score": int(score) if score == int(score) else score}


def _belonging(
    ws: Workspace, customer: str | None, column: str, times: Mapping[str, str], numbers: Sequence[str] | None = None
) -> tuple[str, dict[str, Any]]:
    """The condition on rows `o` of customers: whose they are, when (`since` to `until` by `column`), which ones."""
    conditions: list[str] = []
    params: dict[str, Any] = {}
    if customer is not None:
        conditions.append("o.customer_id = :customer")
        params["customer"] = finding.customer(ws, customer)["id"]
    for name, comparison in (("since", ">="), ("until", "<=")):
        if name in times:
            conditions.append(f"o.{column} {comparison} :{name}")
            params[name] = times[name]
    if numbers is not None:
        names = {f"n{place}": number.strip() for place, number in enumerate(numbers)}
        conditions.append(f"o.number IN ({', '.join(f':{name}' for name in names)})")
        params.update(names)
    return (f"WHERE {' AND '.join(conditions)}" if conditions else ""), params


def with_own_fields(
    ws: Workspace, entity: str, columns: Sequence[Column], rows: Iterable[Row]
) -> tuple[list[Column], Iterator[Row]]:
    """Listed rows of a table, as they are shown: with the fields of the company's own after the others."""
    names = [name for name in own_fields.headings(ws, entity) if name not in {column.key for column in columns}]

    def whole(row: Row) -> Row:
        own = own_fields.of(row["extra"])
        return {**row, **{name: own.get(name) for name in names}}

    return [*columns, *(Column(name, wide=True, title=name) for name in names)], map(whole, rows)


def _conditions(ws: Workspace, where: Mapping[str, str], tags: Collection[str]) -> tuple[list[str], dict[str, str]]:
    conditions: list[str] = []
    params: dict[str, str] = {}
    for name, value in where.items():
        if name not in _FILTERS:
            raise UsageError(_("there is no filter '{name}'").format(name=name), hint=", ".join(_FILTERS))
        conditions.append(f"c.{name} = :{name}")
        params[name] = {"tier": _tier, "stage": _stage, "owner": _owner}.get(name, _as_given)(ws, value)
    for place, tag in enumerate(tags):
        dimension, colon, value = tag.replace("：", ":").partition(":")
        params[f"dimension{place}"] = dimension.strip()
        same = f"k.customer_id = c.id AND k.dimension = :dimension{place}"
        if colon:
            same += f" AND k.value = :value{place}"
            params[f"value{place}"] = value.strip()
        conditions.append(f"EXISTS (SELECT 1 FROM tag AS k WHERE {same})")
    return conditions, params


def _owner(ws: Workspace, value: str) -> str:
    return owners.meant(ws, value) or value


def _as_given(ws: Workspace, value: str) -> str:
    return value.strip()


def _tier(ws: Workspace, value: str) -> str:
    """The key of a tier given by key or label; one that only customers still have is known, too."""
    tiers: dict[str, Any] = ws.digest["tiers"]
    for key, tier in tiers.items():
        if value in (key, *tier["label"].values()):
            return key
    if ws.db.first("SELECT 1 FROM customer WHERE tier = :tier", {"tier": value}) is None:
        raise UsageError(_("there is no tier '{tier}'").format(tier=value), hint=", ".join(tiers))
    return value


def _stage(ws: Workspace, value: str) -> str:
    field = TABLES["customers"].field("stage")
    assert field is not None and field.parse is not None
    try:
        stage: str = field.parse(value)
    except BadValue as error:
        raise UsageError(_("there is no stage '{stage}'").format(stage=value), hint=error.reason) from error
    return stage


def _order(sort: str | None) -> str:
    """An ORDER BY of known names only; customers without a value come last."""
    if sort is None:
        return "c.code"
    name = sort.removeprefix("-")
    if name not in (column.key for column in COLUMNS):
        raise UsageError(
            _("there is no field '{word}'").format(word=name),
            hint=_("fields: {names}").format(names=", ".join(column.key for column in COLUMNS)),
        )
    expression = _expression(name)
    return f"{expression} IS NULL, {expression} {'DESC' if sort.startswith('-') else 'ASC'}, c.code"


def _expression(name: str) -> str:
    """SQL of a listed field."""
    return _FIGURES.get(name, f"c.{name}")


def _day(ws: Workspace, text: str, name: str) -> str:
    try:
        return parse_when(text, ws.today).isoformat()
    except BadValue as error:
        raise InvalidInput(
            _("--{name} {value}: {reason}").format(name=name, value=text, reason=error.reason)
        ) from error


def days(ws: Workspace, since: str | None, until: str | None) -> dict[str, str]:
    """The days that were given, as ISO text by the names of their options.

    Raises:
        InvalidInput: a day cannot be read. UsageError: the last one is before the first.
    """
    given = {"since": since, "until": until}
    found = {name: _day(ws, text, name) for name, text in given.items() if text is not None}
    if since is not None and until is not None and found["until"] < found["since"]:
        raise UsageError(_("the period ends before it begins"))
    return found


def moments(ws: Workspace, first: date, last: date) -> dict[str, str]:
    """The moments at which the first day begins and the last one ends, as the database writes them."""
    return {
        "began": _moment(ws, first.isoformat(), time()),
        "ended": _moment(ws, last.isoformat(), time(23, 59, 59, fold=1)),
    }


def _moment(ws: Workspace, day: str, of_day: time) -> str:
    """That time of a day on the company's clocks, as the database writes it."""
    return stamp(aware(datetime.combine(date.fromisoformat(day), of_day), ws.zone))
