"""Values as somebody types them: which field each is for, and its stored form."""

from collections.abc import Mapping, Sequence
from typing import Any

from crmcli import fields
from crmcli.calendars import parse_instant, parse_when
from crmcli.errors import BadValue, InvalidInput, UsageError
from crmcli.fields import TABLES, Field, Table
from crmcli.i18n import _
from crmcli.intake import currencies
from crmcli.store.workspace import Workspace, stamp


def read_fields(
    ws: Workspace, table: Table, values: Mapping[str, str], *, currency: str | None = None
) -> dict[str, Any]:
    """The fields that `values` name, each with its stored form, or None where the text is empty.

    `currency` is that of the row that is there, if one is.
    """
    read: dict[str, Any] = {}
    amounts: list[currencies.Amounts] = []
    for word, text in values.items():
        field = _find_field(table, word)
        if field.name in read:
            raise UsageError(_("the field '{field}' is given twice").format(field=field.name))
        read[field.name] = read_value(ws, field, text)
        if field.kind == "money":
            amounts.append(currencies.Amounts(field.name, [text], None))
    _take_currency(table, amounts, read, usual=currency or ws.digest["currency"])
    return read


def _take_currency(table: Table, amounts: Sequence[currencies.Amounts], read: dict[str, Any], *, usual: str) -> None:
    """Take the currency that an amount names (US$9), as an import does. Raises InvalidInput where that cannot be."""
    row = {name: [value] for name, value in read.items()}
    if table.field("currency"):
        row.setdefault("currency", [None])
    for _line, problem in currencies.settle(row, amounts, [0], table=table.name, usual=usual):
        raise InvalidInput(f"{problem.field} '{problem.value[:60]}': {problem.reason}")
    if row.get("currency", [None]) != [None]:
        read["currency"] = row["currency"][0]


def known_field(table: Table, word: str) -> Field | None:
    """The field that a name of the contract, or a usual heading, stands for."""
    return table.field(word) or fields.by_heading(table.name).get(fields.heading_key(word))


def _find_field(table: Table, word: str) -> Field:
    field = known_field(table, word)
    if field is None:
        import difflib

        names = [field.name for field in table.fields if field.column]
        near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.5)
        raise UsageError(
            _("{table} have no field '{word}'").format(table=table.name, word=word),
            hint=_("did you mean {name}?").format(name=near[0]) if near else ", ".join(names),
        )
    if table is TABLES["customers"] and field.name == "tier":
        raise UsageError(_("a tier is not a field to edit"), hint=_("crm tier set CUSTOMER TIER --reason TEXT"))
    return field


def read_value(ws: Workspace, field: Field, text: str) -> Any:
    """The stored form of a text, or None if it is empty. Raises InvalidInput."""
    try:
        return _stored(ws, field, text)
    except BadValue as error:
        raise InvalidInput(
            _("{field} '{value}': {reason}").format(field=field.name, value=text[:60], reason=error.reason)
        ) from error


def _stored(ws: Workspace, field: Field, text: str) -> Any:
    """A day or a moment may be as a file writes it, or as a person says it (`tomorrow`, `+3d`, `昨天 15:00`)."""
    try:
        return field.read(text, region=ws.digest["phone_region"], zone=ws.zone)
    except BadValue as error:
        if error.code != "date-invalid" or field.kind not in ("date", "instant") or field.name == "birthday":
            raise
    if field.kind == "instant":
        return stamp(parse_instant(text, ws.now, ws.zone))
    return parse_when(text, ws.today).isoformat()


def without_customer(values: Mapping[str, str]) -> Mapping[str, str]:
    """The values, which do not name the customer: it was named before them."""
    if "customer" in values:
        raise UsageError(_("the field '{field}' is given twice").format(field="customer"))
    return values


def by_columns(table: Table, read: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, by columns; None where a column has a default means the default."""
    row = {}
    for name, value in read.items():
        field = table.field(name)
        assert field is not None
        if field.column is not None:
            row[field.column] = field.default if value is None else value
    return row


def defaults(table: Table) -> dict[str, Any]:
    """What is stored where nothing is given, by columns."""
    return {field.column: field.default for field in table.fields if field.column and field.default is not None}


def refuse_missing(table: Table, read: Mapping[str, Any], *, except_for: Sequence[str]) -> None:
    """Raises InvalidInput for the first required field without a value."""
    for field in table.fields:
        if field.required and field.name not in except_for and read.get(field.name) is None:
            raise InvalidInput(_("{field} is missing").format(field=field.name))
