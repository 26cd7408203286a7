"""Customers by hand."""

from collections.abc import Mapping
from dataclasses import replace

from crmcli.errors import Refused, UsageError
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.intake.records.contacts import insert_contact
from crmcli.intake.records.reading import by_columns, defaults, known_field, read_fields, refuse_missing
from crmcli.intake.records.writing import Edited, edit_row, next_number, stored_row, with_keys
from crmcli.store import finding, journal, own_fields, owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import called
from crmcli.values import clean_text

_CUSTOMERS = TABLES["customers"]
_LEADS = TABLES["leads"]
_GRADE = ("grade", "grade_reason")
_EDITED = replace(_CUSTOMERS, fields=(*_CUSTOMERS.fields, *(one for one in _LEADS.fields if one.name == "campaign")))
_PERSON = "contact_"


def add_customer(ws: Workspace, values: Mapping[str, str], *, allow_duplicate: bool = False) -> Row:
    """Add a customer, and its contact if `values` name one (`contact_name`, …); the stored row.

    Raises:
        UsageError: a field is unknown or not to be set by hand. InvalidInput: a value cannot be read.
        Refused: a customer has that code, or, unless `allow_duplicate`, that name, phone, e-mail or tax id; or the
            owner is inactive. NotFound: nobody in the team is called as the owner is.
    """
    read = read_fields(ws, _CUSTOMERS, values)
    person = {name.removeprefix(_PERSON): read.pop(name) for name in list(read) if name.startswith(_PERSON)}
    refuse_missing(_CUSTOMERS, read, except_for=("code",))
    if read.get("owner"):
        read["owner"] = owners.owner(ws, read["owner"])
    row = with_keys(_CUSTOMERS, {**defaults(_CUSTOMERS), **by_columns(_CUSTOMERS, read)})
    row["code"] = row.get("code") or next_number(ws, "customer", "code", "C")
    _refuse_known_code(ws, row["code"])
    if not allow_duplicate:
        _refuse_duplicate(ws, row)
    (row_id,) = journal.add(ws, "customer", [{**row, "created_on": ws.today.isoformat(), "tier_drops": 0}])
    if any(value is not None for value in person.values()):
        insert_contact(ws, row_id, row["code"], {**person, "primary": "yes"})
    ws.summary = _("added {code} {name}").format(code=row["code"], name=row["name"])
    return stored_row(ws, "customer", row_id)


def edit_customer(ws: Workspace, customer: str, values: Mapping[str, str]) -> Edited:
    """Set fields of the one customer that `customer` names, the campaign and those of the company's own included.

    Raises:
        NotFound: nobody, or several, answer to it, or nobody of the team is called as the owner is.
        UsageError: a field is unknown or not to be set by hand. InvalidInput: a value cannot be read.
        Refused: another customer has the code already, or the owner is inactive.
    """
    own = _own(ws, values)
    of_lead = _of_lead(values, own)
    read = read_fields(ws, _CUSTOMERS, {word: text for word, text in values.items() if word not in own | of_lead})
    read |= read_fields(ws, _LEADS, of_lead)
    people = [name for name in read if name.startswith(_PERSON)]
    if people:
        raise UsageError(
            _("'{field}' is of a contact, not of the customer").format(field=people[0]),
            hint=_("crm contact edit CUSTOMER NAME {field}=…").format(field=people[0].removeprefix(_PERSON)),
        )
    row = finding.customer(ws, customer)
    if read.get("code") not in (None, row["code"]):
        _refuse_known_code(ws, read["code"])
    if read.get("owner") not in (None, row["owner"]):
        read["owner"] = owners.owner(ws, read["owner"])
    return edit_row(ws, _EDITED, row, read, key=row["code"], own=own)


def _own(ws: Workspace, values: Mapping[str, str]) -> dict[str, str]:
    """Those of `values` that are fields of the company's own."""
    unknown = {word: text for word, text in values.items() if known_field(_CUSTOMERS, word) is None}
    known = own_fields.headings(ws) if unknown else ()
    return {word: clean_text(text, multiline=True) for word, text in unknown.items() if word in known}


def _of_lead(values: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Those of `values` that only a lead has. Raises UsageError: one is its grade, which has a command of its own."""
    found: dict[str, str] = {}
    for word in values.keys() - own.keys():
        field = known_field(_LEADS, word) if known_field(_CUSTOMERS, word) is None else None
        if field is not None and field.name in _GRADE:
            hint = _("crm lead grade LEAD --set {grade} --reason TEXT").format(grade="A|B|C")
            raise UsageError(_("a grade is not a field to edit"), hint=hint)
        if field is not None:
            found[word] = values[word]
    return found


def _refuse_known_code(ws: Workspace, code: str) -> None:
    known = ws.db.first(
        "SELECT name FROM customer WHERE code = :code OR id = (SELECT customer_id FROM former_code WHERE code = :code)",
        {"code": code},
    )
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
                _("{code} {name} has the same {field}").format(**known, field=called(column.removesuffix("_key"))),
                hint=_("edit that one, or add another all the same with --force"),
            )
