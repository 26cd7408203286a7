"""What a check found, and how a row of the database becomes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_TABLES = {"customer": "customers", "contact": "contacts", "orders": "orders", "tag": "tags"}


@dataclass(frozen=True)
class Finding:
    """One problem of one field.

    Attributes:
        code: the customer's; `name` is what the row itself is called.
        rule: the stable code of the problem; `problem` is the sentence about it.
        proposal: the value that would mend it, where there is one; `certain` says whether nothing else can be meant.
        line: of the imported file that the row came from.
        entity, row_id: the row in the database; `repair` has its columns as the proposal would make them.
    """

    table: str
    code: str
    name: str
    field: str
    value: str
    problem: str
    rule: str
    proposal: str | None = None
    certain: bool = False
    line: int | None = None
    entity: str = ""
    row_id: int = 0
    repair: Mapping[str, Any] | None = None


def found(
    ws: Workspace,
    entity: str,
    row: Row,
    field: str,
    rule: str,
    problem: str,
    *,
    value: str | None = None,
    proposal: str | None = None,
    certain: bool = False,
    repair: Mapping[str, Any] | None = None,
) -> Finding:
    """A finding about a row (id, code, name and `field`); a proposal without a `repair` is the field's new value."""
    line = ws.db.value(
        "SELECT line FROM change WHERE entity = :entity AND row_id = :id AND line IS NOT NULL "
        "ORDER BY operation_id DESC LIMIT 1",
        {"entity": entity, "id": row["id"]},
    )
    mended = None if proposal is None else repair or {field: proposal}
    written = (row.get(field) or "") if value is None else value
    return Finding(
        _TABLES[entity], row["code"], row["name"], field, str(written), problem, rule, proposal, certain, line,
        entity, row["id"], mended,
    )  # fmt: skip


def others(ws: Workspace, column: str) -> Iterator[tuple[str, Row, str]]:
    """Each further phone or e-mail: its table, the row (id, code, name and `column`), and the one text."""
    for entity, rows in (
        ("customer", f"own.code, own.name, own.{column} FROM customer AS own"),
        (
            "contact",
            f"c.code, own.name, own.{column} FROM contact AS own JOIN customer AS c ON c.id = own.customer_id",
        ),
    ):
        for row in ws.db.each(f"SELECT own.id, {rows} WHERE own.{column} IS NOT NULL"):
            for text in row[column].split("; "):
                yield entity, row, text
