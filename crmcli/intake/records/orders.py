"""Orders by hand."""

from collections.abc import Mapping, Sequence

from crmcli.errors import NotFound, Refused
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.intake.records.reading import by_columns, defaults, read_fields, refuse_missing, without_customer
from crmcli.intake.records.writing import Edited, edit_row, next_number, stored_row
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_ORDERS = TABLES["orders"]


def add_order(ws: Workspace, customer: str, values: Mapping[str, str]) -> Row:
    """Add an order; today's, paid and in the policy's currency where `values` do not say; the stored row.

    Raises:
        NotFound: the customer. UsageError, InvalidInput: a field or value. Refused: the number is taken.
    """
    read = read_fields(ws, _ORDERS, without_customer(values))
    read["ordered_on"] = read.get("ordered_on") or ws.today.isoformat()
    read["currency"] = read.get("currency") or ws.digest["currency"]
    refuse_missing(_ORDERS, read, except_for=("number", "customer"))
    owner = finding.customer(ws, customer)
    row = {**defaults(_ORDERS), **by_columns(_ORDERS, read), "customer_id": owner["id"]}
    row["number"] = row.get("number") or next_number(ws, "orders", "number", "O")
    _refuse_known_order(ws, row["number"])
    (row_id,) = journal.add(ws, "orders", [row])
    ws.summary = _("added order {number} of {code}").format(number=row["number"], code=owner["code"])
    _note_currency(ws, row)
    return stored_row(ws, "orders", row_id)


def edit_order(ws: Workspace, number: str, values: Mapping[str, str]) -> Edited:
    """Set fields of an order; `customer` may name another one.

    Raises:
        NotFound: the order or the customer. UsageError, InvalidInput: a field or value.
        Refused: the new number is taken.
    """
    row = _order(ws, number)
    read = read_fields(ws, _ORDERS, values, currency=row["currency"])
    if read.get("customer"):
        read["customer"] = finding.customer(ws, read["customer"])["id"]
    if read.get("number") not in (None, row["number"]):
        _refuse_known_order(ws, read["number"])
    edited = edit_row(ws, _ORDERS, row, read, key=row["number"])
    if "currency" in read:
        _note_currency(ws, {**row, **read})
    return edited


def remove_orders(ws: Workspace, numbers: Sequence[str]) -> list[Row]:
    """Remove orders by number, all of them or, if one is not there, none; the rows as they were."""
    rows = [_order(ws, number) for number in dict.fromkeys(numbers)]
    journal.remove(ws, "orders", [row["id"] for row in rows])
    ws.summary = _("removed orders {numbers}").format(numbers=", ".join(row["number"] for row in rows)[:120])
    return rows


def _note_currency(ws: Workspace, row: Row) -> None:
    """That the order is in another currency than the policy's, if it is."""
    if row["currency"] != ws.digest["currency"]:
        words = _("{number} is in {currency}, not in {usual}: figures add all amounts up as they are")
        ws.notes.append(words.format(number=row["number"], currency=row["currency"], usual=ws.digest["currency"]))


def _refuse_known_order(ws: Workspace, number: str) -> None:
    if ws.db.first("SELECT 1 FROM orders WHERE number = :number", {"number": number}):
        raise Refused(
            _("there is an order {number} already").format(number=number),
            hint=_("crm order edit {number} field=value").format(number=number),
        )


def _order(ws: Workspace, number: str) -> Row:
    row = ws.db.first("SELECT * FROM orders WHERE number = :number", {"number": number.strip()})
    if row is None:
        raise NotFound(_("there is no order {number}").format(number=number), hint=_("see: crm order list"))
    return row
