"""A new lead by hand: refused where it is there already, graded and assigned at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from crmcli.care import assigning, team
from crmcli.care.leads.refreshing import refresh
from crmcli.errors import Refused, UsageError
from crmcli.fields import TABLES
from crmcli.fields.sources import known
from crmcli.i18n import _
from crmcli.intake import records
from crmcli.intake.records.reading import read_fields
from crmcli.intake.records.writing import stored_row
from crmcli.store import journal, owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import called
from crmcli.values import clean_text, name_key


def add_lead(ws: Workspace, values: Mapping[str, str], *, allow_duplicate: bool = False) -> Row:
    """Add a lead: `values` are the fields of a customer, those of a contact (`contact_name`, …) and `campaign`.

    A `source` in any of its usual words is stored as one of `sources.SOURCES`, any other as it is. Without an `owner`
    the policy's [assign] rules find one. Returns the stored row, graded and assigned.

    Raises:
        Refused: its name, a phone, an e-mail or a tax id is there already, unless `allow_duplicate`; or the owner is
        inactive. NotFound: the owner. UsageError: a field is unknown. InvalidInput: a value cannot be read.
    """
    given = dict(values)
    if "stage" in given:
        raise UsageError(_("the stage of a new lead is lead"), hint=_("a customer of another stage: crm add NAME"))
    campaign, owner = clean_text(given.pop("campaign", "")) or None, given.pop("owner", "").strip()
    stored_owner = owners.owner(ws, owner) if owner else None
    if "source" in given:
        given["source"] = known(given["source"]) or ""
    if not allow_duplicate:
        _refuse_known(ws, read_fields(ws, TABLES["customers"], given))
    row = records.add_customer(ws, {**given, "stage": "lead"}, allow_duplicate=True)
    journal.change(ws, "customer", row["id"], {"campaign": campaign})
    if stored_owner is not None:
        assigning.give(ws, row["id"], stored_owner, why="lead")
        team.note_load(ws, stored_owner)
    refresh(ws)
    ws.summary = _("added lead {code} {name}").format(code=row["code"], name=row["name"])
    return stored_row(ws, "customer", row["id"])


def _refuse_known(ws: Workspace, read: Mapping[str, Any]) -> None:
    for field, sql, value in _looks(read):
        found = ws.db.first(
            f"SELECT code, name, stage FROM customer WHERE {sql} ORDER BY stage <> 'lead', code LIMIT 1",
            {"value": value},
        )
        if found is None:
            continue
        hint = _("take that one, or add another all the same with --yes")
        if found["stage"] == "lost":
            hint = _("open it again: crm edit {code} stage=lead; or add another with --yes").format(code=found["code"])
        message = _("{code} {name} has the same {field} already; its stage is {stage}")
        raise Refused(message.format(**found, field=called(field)), hint=hint)


def _looks(read: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What to look for: the field as it is said, a condition on customers, the value."""
    if read.get("name"):
        yield "name", "name_key = :value", name_key(read["name"])
    for name, column in (
        ("phone", "phone"), ("contact_phone", "phone"), ("email", "email"), ("contact_email", "email"),
    ):  # fmt: skip
        if read.get(name):
            people = f"SELECT customer_id FROM contact WHERE {column} = :value"
            yield column, f"{column} = :value OR id IN ({people})", read[name]
    if read.get("tax_id"):
        yield "tax_id", "tax_id = :value", read["tax_id"]
