"""One record by hand: customers, the people at them, and their orders are added, edited and removed.

Values are texts as somebody types them, named by the contract's fields or their usual headings; `fields`
reads them as it does those of a file. An empty text takes a value away.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmcli import fields
from crmcli.calendars import parse_when
from crmcli.errors import BadValue, InvalidInput, NotFound, Refused, UsageError
from crmcli.fields import TABLES, Field, Table
from crmcli.i18n import _
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import birthday_key, clean_text, format_money, name_key

_CUSTOMERS, _CONTACTS, _ORDERS = TABLES["customers"], TABLES["contacts"], TABLES["orders"]
_PERSON = "contact_"
# Numbers are counted on from those of at most so many digits: one odd code cannot end the counting.
_DIGITS = 9


@dataclass(frozen=True)
class Change:
    """A field of one record, as shown outside: before and after."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Edited:
    """A record that was edited, by its code, name or number, and what really changed."""

    key: str
    changes: tuple[Change, ...]


def add_customer(ws: Workspace, values: Mapping[str, str], *, allow_duplicate: bool = False) -> Row:
    """Add a customer, and its contact if `values` name one (`contact_name`, …); the stored row.

    Raises:
        UsageError: a field is unknown or not to be set by hand. InvalidInput: a value cannot be read.
        Refused: a customer has that code, or, unless `allow_duplicate`, that name, phone, e-mail or tax id.
    """
    read = _read(ws, _CUSTOMERS, values)
    person = {name.removeprefix(_PERSON): read.pop(name) for name in list(read) if name.startswith(_PERSON)}
    _refuse_missing(_CUSTOMERS, read, except_for=("code",))
    row = with_keys(_CUSTOMERS, {**_defaults(_CUSTOMERS), **_stored(_CUSTOMERS, read)})
    row["code"] = row.get("code") or next_number(ws, "customer", "code", "C")
    _refuse_known_code(ws, row["code"])
    if not allow_duplicate:
        _refuse_duplicate(ws, row)
    (row_id,) = journal.add(ws, "customer", [{**row, "created_on": ws.today.isoformat(), "tier_drops": 0}])
    if any(value is not None for value in person.values()):
        _add_contact(ws, row_id, row["code"], {**person, "primary": "yes"})
    ws.summary = _("added {code} {name}").format(code=row["code"], name=row["name"])
    return _row(ws, "customer", row_id)


def edit_customer(ws: Workspace, customer: str, values: Mapping[str, str]) -> Edited:
    """Set fields of the one customer that `customer` names.

    Raises:
        NotFound: nobody, or several, answer to it. UsageError: a field is unknown or not to be set by hand.
        InvalidInput: a value cannot be read. Refused: another customer has the code already.
    """
    read = _read(ws, _CUSTOMERS, values)
    people = [name for name in read if name.startswith(_PERSON)]
    if people:
        raise UsageError(
            _("'{field}' is of a contact, not of the customer").format(field=people[0]),
            hint=_("crm contact edit CUSTOMER NAME {field}=…").format(field=people[0].removeprefix(_PERSON)),
        )
    row = finding.customer(ws, customer)
    if read.get("code") not in (None, row["code"]):
        _refuse_known_code(ws, read["code"])
    return _edit(ws, _CUSTOMERS, row, read, key=row["code"])


def add_contact(ws: Workspace, customer: str, values: Mapping[str, str]) -> Row:
    """Add a person at the customer; the stored row.

    Raises:
        NotFound: the customer. UsageError, InvalidInput: a field or value. Refused: the name is there.
    """
    read = _read(ws, _CONTACTS, _without_customer(values))
    row = finding.customer(ws, customer)
    added = _row(ws, "contact", _add_contact(ws, row["id"], row["code"], read))
    ws.summary = _("added contact {name} of {code}").format(name=added["name"], code=row["code"])
    return added


def edit_contact(ws: Workspace, customer: str, name: str, values: Mapping[str, str]) -> Edited:
    """Set fields of the person called `name` at the customer; the errors are those of `add_contact`."""
    read = _read(ws, _CONTACTS, _without_customer(values))
    owner, row = _contact(ws, customer, name)
    key = name_key(read.get("name") or row["name"])
    if key != row["name_key"]:
        _refuse_known_contact(ws, owner["id"], owner["code"], read["name"])
    if read.get("primary") == "yes":
        _no_other_primary(ws, owner["id"], row["id"])
    return _edit(ws, _CONTACTS, row, read, key=f"{owner['code']} {row['name']}")


def remove_contact(ws: Workspace, customer: str, name: str) -> Row:
    """Remove the person called `name` at the customer; the row as it was."""
    owner, row = _contact(ws, customer, name)
    journal.remove(ws, "contact", [row["id"]])
    ws.summary = _("removed contact {name} of {code}").format(name=row["name"], code=owner["code"])
    return row


def add_order(ws: Workspace, customer: str, values: Mapping[str, str]) -> Row:
    """Add an order; today's, paid and in the policy's currency where `values` do not say; the stored row.

    Raises:
        NotFound: the customer. UsageError, InvalidInput: a field or value. Refused: the number is taken.
    """
    read = _read(ws, _ORDERS, _without_customer(values))
    read["ordered_on"] = read.get("ordered_on") or ws.today.isoformat()
    read["currency"] = read.get("currency") or ws.digest["currency"]
    _refuse_missing(_ORDERS, read, except_for=("number", "customer"))
    owner = finding.customer(ws, customer)
    row = {**_defaults(_ORDERS), **_stored(_ORDERS, read), "customer_id": owner["id"]}
    row["number"] = row.get("number") or next_number(ws, "orders", "number", "O")
    _refuse_known_order(ws, row["number"])
    (row_id,) = journal.add(ws, "orders", [row])
    ws.summary = _("added order {number} of {code}").format(number=row["number"], code=owner["code"])
    return _row(ws, "orders", row_id)


def edit_order(ws: Workspace, number: str, values: Mapping[str, str]) -> Edited:
    """Set fields of an order; `customer` may name another one.

    Raises:
        NotFound: the order or the customer. UsageError, InvalidInput: a field or value.
        Refused: the new number is taken.
    """
    read = _read(ws, _ORDERS, values)
    row = _order(ws, number)
    if read.get("customer"):
        read["customer"] = finding.customer(ws, read["customer"])["id"]
    if read.get("number") not in (None, row["number"]):
        _refuse_known_order(ws, read["number"])
    return _edit(ws, _ORDERS, row, read, key=row["number"])


def remove_orders(ws: Workspace, numbers: Sequence[str]) -> list[Row]:
    """Remove orders by number, all of them or, if one is not there, none; the rows as they were."""
    rows = [_order(ws, number) for number in dict.fromkeys(numbers)]
    journal.remove(ws, "orders", [row["id"] for row in rows])
    ws.summary = _("removed orders {numbers}").format(numbers=", ".join(row["number"] for row in rows)[:120])
    return rows


def next_number(ws: Workspace, entity: str, column: str, letter: str) -> str:
    """The number after the highest of the shape letter and digits: C000001, C000002, …"""
    highest = ws.db.value(
        f"SELECT max(CAST(substr({column}, 2) AS INTEGER)) FROM {entity} "
        f"WHERE {column} GLOB '{letter}[0-9]*' "
        f"AND substr({column}, 2) NOT GLOB '*[^0-9]*' AND length({column}) <= {_DIGITS + 1}"
    )
    return f"{letter}{(highest or 0) + 1:06d}"


def with_keys(table: Table, row: Mapping[str, Any]) -> Row:
    """`row` (by columns) with the columns that are derived from those it has."""
    keys: dict[str, Any] = {}
    if table.name in ("customers", "contacts") and "name" in row:
        keys["name_key"] = name_key(row["name"])
    if "birthday" in row:
        keys["birthday_key"] = row["birthday"] and birthday_key(row["birthday"])
    if "since" in row:
        keys["since_key"] = row["since"] and row["since"][5:]
    return {**row, **keys}


# ------------------------------------------------------------------------------------------------ reading


def _read(ws: Workspace, table: Table, values: Mapping[str, str]) -> dict[str, Any]:
    """The fields that `values` name, each with its stored form, or None where the text is empty."""
    read: dict[str, Any] = {}
    for word, text in values.items():
        field = _field(table, word)
        if field.name in read:
            raise UsageError(_("the field '{field}' is given twice").format(field=field.name))
        read[field.name] = _value(ws, field, text)
    return read


def _field(table: Table, word: str) -> Field:
    field = table.field(word) or fields.by_heading(table.name).get(fields.heading_key(word))
    if field is None:
        import difflib

        names = [field.name for field in table.fields if field.column]
        near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.5)
        raise UsageError(
            _("{table} have no field '{word}'").format(table=table.name, word=word),
            hint=_("did you mean {name}?").format(name=near[0]) if near else ", ".join(names),
        )
    if table is _CUSTOMERS and field.name == "tier":
        raise UsageError(_("a tier is not a field to edit"), hint=_("crm tier set CUSTOMER TIER --reason TEXT"))
    return field


def _value(ws: Workspace, field: Field, text: str) -> Any:
    try:
        if field.kind == "date" and field.parse is not None and field.name != "birthday" and clean_text(text):
            return _day(text, field.parse, ws.today)
        return field.read(text, region=ws.digest["phone_region"], zone=ws.digest["timezone"])
    except BadValue as error:
        raise InvalidInput(
            _("{field} '{value}': {reason}").format(field=field.name, value=text[:60], reason=error.reason)
        ) from error


def _day(text: str, parse: Callable[[str], str], today: date) -> str:
    """A day as a file writes it, or as a person says it (`tomorrow`, `+3d`)."""
    try:
        return parse(clean_text(text))
    except BadValue as error:
        if error.code != "date-invalid":
            raise
        return parse_when(text, today).isoformat()


def _without_customer(values: Mapping[str, str]) -> Mapping[str, str]:
    if "customer" in values:
        raise UsageError(_("the field '{field}' is given twice").format(field="customer"))
    return values


def _stored(table: Table, read: Mapping[str, Any]) -> dict[str, Any]:
    """By columns, what was given; None where a column has a default means the default."""
    row = {}
    for name, value in read.items():
        field = table.field(name)
        assert field is not None
        if field.column is not None:
            row[field.column] = field.default if value is None else value
    return row


def _defaults(table: Table) -> dict[str, Any]:
    return {field.column: field.default for field in table.fields if field.column and field.default is not None}


def _refuse_missing(table: Table, read: Mapping[str, Any], *, except_for: Sequence[str]) -> None:
    for field in table.fields:
        if field.required and field.name not in except_for and read.get(field.name) is None:
            raise InvalidInput(_("{field} is missing").format(field=field.name))


# ------------------------------------------------------------------------------------------------ writing


def _edit(ws: Workspace, table: Table, row: Row, read: Mapping[str, Any], *, key: str) -> Edited:
    for name, value in read.items():
        field = table.field(name)
        if value is None and field is not None and (field.required or name in table.key or name == "currency"):
            raise InvalidInput(_("{field} cannot be empty").format(field=name))
    values = with_keys(table, _stored(table, read))
    changed = journal.change(ws, table.entity, row["id"], values) if values else {}
    changes = tuple(_shown(ws, field, *changed[field.column]) for field in table.fields if field.column in changed)
    if changes:
        said = ", ".join(f"{change.field}: {change.before or '—'} → {change.after or '—'}" for change in changes)
        ws.summary = f"{key}: {said}"[:200]
    return Edited(key, changes)


def _shown(ws: Workspace, field: Field, before: Any, after: Any) -> Change:
    if field.kind == "money":
        before, after = (None if value is None else format_money(value) for value in (before, after))
    if field.name == "customer":
        before, after = (_row(ws, "customer", row_id)["code"] for row_id in (before, after))
    return Change(field.name, before, after)


def _add_contact(ws: Workspace, customer_id: int, code: str, read: Mapping[str, Any]) -> int:
    _refuse_missing(_CONTACTS, read, except_for=("customer",))
    _refuse_known_contact(ws, customer_id, code, read["name"])
    row = with_keys(_CONTACTS, {**_defaults(_CONTACTS), **_stored(_CONTACTS, read), "customer_id": customer_id})
    (row_id,) = journal.add(ws, "contact", [row])
    if row["main"] == "yes":
        _no_other_primary(ws, customer_id, row_id)
    return row_id


def _no_other_primary(ws: Workspace, customer_id: int, contact_id: int) -> None:
    for other in ws.db.rows(
        "SELECT id FROM contact WHERE customer_id = :customer AND main = 'yes' AND id <> :id",
        {"customer": customer_id, "id": contact_id},
    ):
        journal.change(ws, "contact", other["id"], {"main": "no"})


def _refuse_known_code(ws: Workspace, code: str) -> None:
    known = ws.db.first("SELECT name FROM customer WHERE code = :code", {"code": code})
    if known:
        raise Refused(_("the code {code} is taken by {name}").format(code=code, name=known["name"]))


def _refuse_duplicate(ws: Workspace, row: Row) -> None:
    for column in ("name_key", "phone", "email", "tax_id"):
        if not row.get(column):
            continue
        known = ws.db.first(
            f"SELECT code, name FROM customer WHERE {column} = :value ORDER BY code", {"value": row[column]}
        )
        if known:
            raise Refused(
                _("{code} {name} has the same {field}").format(**known, field=column.removesuffix("_key")),
                hint=_("edit that one, or add another all the same with --force"),
            )


def _refuse_known_contact(ws: Workspace, customer_id: int, code: str, name: str) -> None:
    if ws.db.first(
        "SELECT 1 FROM contact WHERE customer_id = :customer AND name_key = :key",
        {"customer": customer_id, "key": name_key(name)},
    ):
        raise Refused(
            _("{code} has a contact {name} already").format(code=code, name=name),
            hint=_("crm contact edit {code} {name} field=value").format(code=code, name=name),
        )


def _refuse_known_order(ws: Workspace, number: str) -> None:
    if ws.db.first("SELECT 1 FROM orders WHERE number = :number", {"number": number}):
        raise Refused(
            _("there is an order {number} already").format(number=number),
            hint=_("crm order edit {number} field=value").format(number=number),
        )


# ------------------------------------------------------------------------------------------------ finding


def _row(ws: Workspace, entity: str, row_id: int) -> Row:
    row = ws.db.first(f"SELECT * FROM {entity} WHERE id = :id", {"id": row_id})
    assert row is not None
    return row


def _contact(ws: Workspace, customer: str, name: str) -> tuple[Row, Row]:
    """The customer, and the one person there that is called `name`, or whose name has it as a part."""
    owner = finding.customer(ws, customer)
    people = ws.db.rows("SELECT * FROM contact WHERE customer_id = :id ORDER BY id", {"id": owner["id"]})
    key = name_key(name)
    found = [row for row in people if row["name_key"] == key]
    found = found or [row for row in people if key and key in row["name_key"]]
    if len(found) == 1:
        return owner, found[0]
    names = ", ".join(row["name"] for row in (found or people)[:5])
    if found:
        message = _("'{name}' is not one contact of {code}").format(name=name, code=owner["code"])
        raise NotFound(message, hint=_("which one? {names}").format(names=names))
    raise NotFound(
        _("{code} has no contact '{name}'").format(name=name, code=owner["code"]),
        hint=_("there are: {names}").format(names=names) if names else None,
    )


def _order(ws: Workspace, number: str) -> Row:
    row = ws.db.first("SELECT * FROM orders WHERE number = :number", {"number": number.strip()})
    if row is None:
        raise NotFound(_("there is no order {number}").format(number=number), hint=_("see: crm order list"))
    return row
