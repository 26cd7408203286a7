"""What all records share in writing: numbers that are counted on, derived columns, edits that tell what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmcli.errors import InvalidInput
from crmcli.fields import Field, Table
from crmcli.i18n import _
from crmcli.intake.records.reading import by_columns
from crmcli.store import journal, own_fields
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import birthday_key, format_money, name_key

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


def next_number(ws: Workspace, entity: str, column: str, letter: str) -> str:
    """The number after the highest of the shape letter and digits: C000001, C000002, …

    The code of a customer that was merged is not given again: it finds the one that it was merged into.
    """
    source = f"SELECT {column} FROM {entity}" + (" UNION ALL SELECT code FROM former_code" if column == "code" else "")
    highest = ws.db.value(
        f"SELECT max(CAST(substr({column}, 2) AS INTEGER)) FROM ({source}) "
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


def edit_row(
    ws: Workspace, table: Table, row: Row, read: Mapping[str, Any], *, key: str, own: Mapping[str, str] | None = None
) -> Edited:
    """Change what `read`, and of the company's own fields `own`, say otherwise than `row`. Raises InvalidInput."""
    for name, value in read.items():
        field = table.field(name)
        if value is None and field is not None and (field.required or name in table.key or name == "currency"):
            raise InvalidInput(_("{field} cannot be empty").format(field=name))
    values = with_keys(table, by_columns(table, read))
    before = own_fields.of(row["extra"])
    if own:
        values["extra"] = own_fields.stored({**before, **own})
    changed = journal.change(ws, table.entity, row["id"], values) if values else {}
    changes = tuple(_shown(ws, field, *changed[field.column]) for field in table.fields if field.column in changed)
    changes += tuple(
        Change(name, before.get(name), text or None)
        for name, text in (own or {}).items()
        if text != before.get(name, "")
    )
    if changes:
        said = ", ".join(f"{change.field}: {change.before or '—'} → {change.after or '—'}" for change in changes)
        ws.summary = f"{key}: {said}"[:200]
    return Edited(key, changes)


def _shown(ws: Workspace, field: Field, before: Any, after: Any) -> Change:
    if field.kind == "money":
        before, after = (None if value is None else format_money(value) for value in (before, after))
    if field.kind == "instant":
        before, after = (value and ws.local(value) for value in (before, after))
    if field.name == "customer":
        before, after = (stored_row(ws, "customer", row_id)["code"] for row_id in (before, after))
    return Change(field.name, before, after)


def stored_row(ws: Workspace, entity: str, row_id: int) -> Row:
    """The row that has this id."""
    row = ws.db.first(f"SELECT * FROM {entity} WHERE id = :id", {"id": row_id})
    assert row is not None
    return row
