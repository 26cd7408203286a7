"""The people at customers by hand."""

from collections.abc import Mapping
from typing import Any

from crmcli.errors import NotFound, Refused
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.intake.records.reading import by_columns, defaults, read_fields, refuse_missing, without_customer
from crmcli.intake.records.writing import Edited, edit_row, stored_row, with_keys
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import name_key

_CONTACTS = TABLES["contacts"]


def add_contact(ws: Workspace, customer: str, values: Mapping[str, str]) -> Row:
    """Add a person at the customer; the stored row.

    Raises:
        NotFound: the customer. UsageError, InvalidInput: a field or value. Refused: the name is there.
    """
    read = read_fields(ws, _CONTACTS, without_customer(values))
    row = finding.customer(ws, customer)
    added = stored_row(ws, "contact", insert_contact(ws, row["id"], row["code"], read))
    ws.summary = _("added contact {name} of {code}").format(name=added["name"], code=row["code"])
    return added


def edit_contact(ws: Workspace, customer: str, name: str, values: Mapping[str, str]) -> Edited:
    """Set fields of the person called `name` at the customer; the errors are those of `add_contact`."""
    read = read_fields(ws, _CONTACTS, without_customer(values))
    owner, row = _contact(ws, customer, name)
    key = name_key(read.get("name") or row["name"])
    if key != row["name_key"]:
        _refuse_known_contact(ws, owner["id"], owner["code"], read["name"])
    if read.get("primary") == "yes":
        _no_other_primary(ws, owner["id"], row["id"])
    return edit_row(ws, _CONTACTS, row, read, key=f"{owner['code']} {row['name']}")


def remove_contact(ws: Workspace, customer: str, name: str) -> Row:
    """Remove the person called `name` at the customer; the row as it was."""
    owner, row = _contact(ws, customer, name)
    journal.remove(ws, "contact", [row["id"]])
    ws.summary = _("removed contact {name} of {code}").format(name=row["name"], code=owner["code"])
    return row


def insert_contact(ws: Workspace, customer_id: int, code: str, read: Mapping[str, Any]) -> int:
    """Add a person that was read; its id. Raises InvalidInput or Refused."""
    refuse_missing(_CONTACTS, read, except_for=("customer",))
    _refuse_known_contact(ws, customer_id, code, read["name"])
    row = with_keys(_CONTACTS, {**defaults(_CONTACTS), **by_columns(_CONTACTS, read), "customer_id": customer_id})
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


def _refuse_known_contact(ws: Workspace, customer_id: int, code: str, name: str) -> None:
    if ws.db.first(
        "SELECT 1 FROM contact WHERE customer_id = :customer AND name_key = :key",
        {"customer": customer_id, "key": name_key(name)},
    ):
        raise Refused(
            _("{code} has a contact {name} already").format(code=code, name=name),
            hint=_("crm contact edit {code} {name} field=value").format(code=code, name=name),
        )


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
