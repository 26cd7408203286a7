"""Reading the journal: the operations, and who set each field of a customer."""

import json
from typing import Any

from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

# Derived columns and counters say nothing that the field they come from does not.
_FIELDS = {"main": "primary"}
_INTERNAL = ("id", "customer_id", "name_key", "birthday_key", "since_key", "tier_drops")


def operations(ws: Workspace, *, limit: int) -> list[Row]:
    """The newest operations: op, at, actor, command, summary, rows, undone (the undo's number)."""
    rows = ws.db.rows(
        "SELECT id AS op, at, actor, command, summary, rows, undone_by AS undone FROM operation "
        "ORDER BY id DESC LIMIT :limit",
        {"limit": limit},
    )
    return [{**row, "at": ws.local(row["at"])} for row in rows]


def fields(ws: Workspace, customer: Row, *, limit: int) -> list[Row]:
    """The values that fields of the customer and of its contacts had, newest first.

    Each has op, at, actor, entity, name (whose), field, before, after, file and line (if it was imported) and command.
    """
    present = [("customer", customer)]
    present += [
        ("contact", row) for row in ws.db.rows("SELECT * FROM contact WHERE customer_id = :id", {"id": customer["id"]})
    ]
    found: list[Row] = []
    for entity, row in present:
        found += _of_row(ws, entity, row)
    return sorted(found, key=lambda item: -item["op"])[:limit]


def _of_row(ws: Workspace, entity: str, row: Row) -> list[Row]:
    """Walk back from the present row: a change's before-image is what the one before it had set."""
    state: dict[str, Any] = dict(row)
    found = []
    for change in ws.db.rows(
        """
        SELECT change.operation_id AS op, at, actor, command, action, line, before,
            CASE WHEN line IS NOT NULL THEN (SELECT file FROM batch WHERE batch.operation_id = operation.id) END AS file
        FROM change JOIN operation ON operation.id = change.operation_id
        WHERE entity = :entity AND row_id = :id ORDER BY change.operation_id DESC
        """,
        {"entity": entity, "id": row["id"]},
    ):
        # Added and removed rows set, or take away, every field that has a value.
        before = json.loads(change.pop("before") or "{}") or dict.fromkeys(state)
        action = change.pop("action")
        change["at"] = ws.local(change["at"])
        for name in before if action == "changed" else state:
            after = None if action == "removed" else state[name]
            if name not in _INTERNAL and before[name] != after:
                told = {"entity": entity, "name": row["name"], "field": _FIELDS.get(name, name)}
                found.append({**change, **told, "before": before[name], "after": after})
        state.update(before)
    return found
