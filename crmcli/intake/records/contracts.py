"""Contracts by hand."""

from collections.abc import Mapping, Sequence

from crmcli.errors import InvalidInput, NotFound, Refused
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.intake.records.reading import by_columns, defaults, read_fields, refuse_missing, without_customer
from crmcli.intake.records.writing import Edited, edit_row, next_number, stored_row
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_CONTRACTS = TABLES["contracts"]


def add_contract(ws: Workspace, customer: str, values: Mapping[str, str]) -> Row:
    """Add a contract; without a number it gets the next (K000001, …); the stored row.

    Raises:
        NotFound: the customer. UsageError: a field. InvalidInput: a value, or it ends before it starts.
        Refused: the number is taken.
    """
    read = read_fields(ws, _CONTRACTS, without_customer(values))
    refuse_missing(_CONTRACTS, read, except_for=("number", "customer"))
    owner = finding.customer(ws, customer)
    row = {**defaults(_CONTRACTS), **by_columns(_CONTRACTS, read), "customer_id": owner["id"]}
    row["number"] = row.get("number") or next_number(ws, "contract", "number", "K")
    _refuse_end_before_start(row)
    _refuse_known_contract(ws, row["number"])
    (row_id,) = journal.add(ws, "contract", [row])
    ws.summary = _("added contract {number} of {code}").format(number=row["number"], code=owner["code"])
    return stored_row(ws, "contract", row_id)


def edit_contract(ws: Workspace, number: str, values: Mapping[str, str]) -> Edited:
    """Set fields of a contract; `customer` may name another one.

    Raises:
        NotFound: the contract or the customer. UsageError: a field. InvalidInput: a value, or it would end before it
        starts. Refused: the new number is taken.
    """
    read = read_fields(ws, _CONTRACTS, values)
    row = _contract(ws, number)
    if read.get("customer"):
        read["customer"] = finding.customer(ws, read["customer"])["id"]
    if read.get("number") not in (None, row["number"]):
        _refuse_known_contract(ws, read["number"])
    _refuse_end_before_start({**row, **by_columns(_CONTRACTS, read)})
    return edit_row(ws, _CONTRACTS, row, read, key=row["number"])


def remove_contracts(ws: Workspace, numbers: Sequence[str]) -> list[Row]:
    """Remove contracts by number, all of them or, if one is not there, none; the rows as they were."""
    rows = [_contract(ws, number) for number in dict.fromkeys(numbers)]
    journal.remove(ws, "contract", [row["id"] for row in rows])
    ws.summary = _("removed contracts {numbers}").format(numbers=", ".join(row["number"] for row in rows)[:120])
    return rows


def _refuse_end_before_start(row: Mapping[str, str | None]) -> None:
    start, end = row.get("starts_on"), row.get("ends_on")
    if start and end and end < start:
        raise InvalidInput(
            _("a contract cannot end on {end}, before it starts on {start}").format(start=start, end=end)
        )


def _refuse_known_contract(ws: Workspace, number: str) -> None:
    if ws.db.first("SELECT 1 FROM contract WHERE number = :number", {"number": number}):
        raise Refused(
            _("there is a contract {number} already").format(number=number),
            hint=_("crm contract edit {number} field=value").format(number=number),
        )


def _contract(ws: Workspace, number: str) -> Row:
    row = ws.db.first("SELECT * FROM contract WHERE number = :number", {"number": number.strip()})
    if row is None:
        raise NotFound(_("there is no contract {number}").format(number=number), hint=_("see: crm contract list"))
    return row
