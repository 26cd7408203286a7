"""Corrections of cases by hand. What happens to one is told by the commands of `care.cases`."""

from collections.abc import Mapping

from crmcli.errors import InvalidInput, NotFound, Refused, UsageError
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.intake.records.reading import by_columns, read_fields
from crmcli.intake.records.writing import Edited, edit_row
from crmcli.store import finding, owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_CASES = TABLES["cases"]
_AFTER = {"responded_at": "opened_at", "resolved_at": "opened_at", "revisited_at": "resolved_at"}


def edit_case(ws: Workspace, number: str, values: Mapping[str, str]) -> Edited:
    """Set fields of a case; `customer` may name another one. Its clocks follow at the end of the operation.

    Raises:
        NotFound: the case, the customer or the owner. UsageError: a field, or one that has a command of its own.
        InvalidInput: a value, or moments in the wrong order. Refused: the new number is taken, the owner is inactive,
        or a moment is to come.
    """
    read = read_fields(ws, _CASES, values)
    if "status" in read:
        raise UsageError(
            _("the status of a case is not a field to edit"),
            hint=_("crm case respond, resolve, revisit or close NUMBER"),
        )
    row = _case(ws, number)
    if read.get("customer"):
        read["customer"] = finding.customer(ws, read["customer"])["id"]
    if read.get("owner"):
        read["owner"] = owners.owner(ws, read["owner"])
    if read.get("number") not in (None, row["number"]):
        _refuse_known_case(ws, read["number"])
    _refuse_wrong_moments(ws, {**row, **by_columns(_CASES, read)})
    return edit_row(ws, _CASES, row, read, key=row["number"])


def _refuse_wrong_moments(ws: Workspace, row: Row) -> None:
    """What happened did not happen before what came first, nor is it to come."""
    for name in ("opened_at", *_AFTER):
        if row[name] and row[name] > ws.stamp:
            raise Refused(_("{field} {at} is to come").format(field=name, at=ws.local(row[name])))
    for later, earlier in _AFTER.items():
        if row[later] and row[earlier] and row[later] < row[earlier]:
            message = _("{later} {at} is before {earlier} {moment}")
            told = {"at": ws.local(row[later]), "moment": ws.local(row[earlier])}
            raise InvalidInput(message.format(later=later, earlier=earlier, **told))


def _refuse_known_case(ws: Workspace, number: str) -> None:
    if ws.db.first("SELECT 1 FROM cases WHERE number = :number", {"number": number}):
        raise Refused(
            _("there is a case {number} already").format(number=number),
            hint=_("crm case show {number}").format(number=number),
        )


def _case(ws: Workspace, number: str) -> Row:
    row = ws.db.first("SELECT * FROM cases WHERE number = :number", {"number": number.strip()})
    if row is None:
        raise NotFound(_("there is no case {number}").format(number=number), hint=_("see: crm case list"))
    return row
