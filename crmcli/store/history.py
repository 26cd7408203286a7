"""Reading the journal: the operations, and who set each field of a customer."""

import json
from dataclasses import dataclass
from typing import Any

from crmcli.store import journal, owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

# Derived columns and counters say nothing that the field they come from does not.
_FIELDS = {"main": "primary"}
_INTERNAL = ("id", "customer_id", "name_key", "birthday_key", "since_key", "tier_drops", "tier_drop_on")


def operations(ws: Workspace, *, limit: int) -> list[Row]:
    """The newest operations: op, at, actor, command, summary, rows, undone (the undo's number)."""
    rows = ws.db.rows(
        "SELECT id AS op, at, actor, command, summary, rows, undone_by AS undone FROM operation "
        "ORDER BY id DESC LIMIT :limit",
        {"limit": limit},
    )
    return [{**row, "at": ws.local(row["at"])} for row in rows]


def fields(ws: Workspace, customer: Row, *, limit: int) -> list[Row]:
    """The values that fields of the customer and of its contacts had, newest first; those of merged ones, too.

    Each has op, at, actor, entity, name (whose), field, before, after, file and line (if it was imported) and command.
    The field `merged` tells that another customer became part of this one (after: its code and name) or ceased to be
    (before); the name of what it had begins with its code. The field `removed` tells that a row went and came back.
    The field `handoff` tells from whom to whom the customer was handed over, and why; `handoff acknowledged`, when.
    """
    found = []
    traced = [_Traced("customer", customer, customer["name"])]
    people = ws.db.rows("SELECT * FROM contact WHERE customer_id = :id", {"id": customer["id"]})
    traced += [_Traced("contact", row, row["name"]) for row in people]
    for former in _former_codes(ws, customer["id"]):
        found += _merges(ws, customer, former)
        if former["customer_id"] == customer["id"]:
            traced += _merged_rows(ws, former)
    for row in traced:
        found += _of_row(ws, row)
    found += _hand_overs(ws, customer)
    return sorted(found, key=lambda item: -item["op"])[:limit]


@dataclass(frozen=True)
class _Traced:
    """A row to tell the history of, as it is now or, if it was merged, as it was before operation `until`."""

    entity: str
    row: Row
    name: str
    until: int | None = None


_CHANGES = f"""
    SELECT change.operation_id AS op, at, actor, command, action, line, before,
        CASE WHEN line IS NOT NULL THEN (SELECT file FROM batch WHERE batch.operation_id = operation.id) END AS file
    FROM {journal.CHANGES_OF_ROW} AS change JOIN operation ON operation.id = change.operation_id
    WHERE change.operation_id < :until ORDER BY change.operation_id DESC
"""
_NEVER = 1 << 62


def _changes(ws: Workspace, entity: str, row_id: int, until: int | None = None) -> list[Row]:
    rows = ws.db.rows(_CHANGES, {"entity": entity, "id": row_id, "until": until or _NEVER})
    return [{**row, "at": ws.local(row["at"]), "before": json.loads(row["before"] or "{}")} for row in rows]


def _of_row(ws: Workspace, traced: _Traced) -> list[Row]:
    """Walk back from the present row: a change's before-image is what the one before it had set."""
    state: dict[str, Any] = dict(traced.row)
    found = []
    changes = _changes(ws, traced.entity, state["id"], traced.until)
    for change in changes:
        before, action = change.pop("before"), change.pop("action")
        told = {**change, "entity": traced.entity, "name": traced.name}
        if action == "removed" or (action == "added" and change is not changes[-1]):
            gone = ("no", "yes") if action == "removed" else ("yes", "no")
            found.append({**told, "field": "removed", "before": gone[0], "after": gone[1]})
        else:
            # The first of all set every field that has a value.
            before = before or dict.fromkeys(state)
            for name, value in before.items():
                if name not in _INTERNAL and value != state.get(name):
                    named = {"field": _FIELDS.get(name, name), "before": value, "after": state.get(name)}
                    found.append({**told, **named})
        state.update(before)
    return found


def _hand_overs(ws: Workspace, customer: Row) -> list[Row]:
    """When the customer was handed over, and when the successor had read what there was to know."""
    found = []
    told = {"entity": "assignment", "name": customer["name"]}
    rows = ws.db.rows("SELECT * FROM assignment WHERE customer_id = :id AND packet IS NOT NULL", {"id": customer["id"]})
    for row in rows:
        after = "; ".join(filter(None, (row["owner"], owners.spoken(row["reason"]))))
        day = row["acknowledged_on"]
        for change in _changes(ws, "assignment", row["id"]):
            before, action = change.pop("before"), change.pop("action")
            if action == "added":
                found.append({**change, **told, "field": "handoff", "before": row["from_owner"], "after": after})
            elif "acknowledged_on" in before and before["acknowledged_on"] != day:
                named = {"field": "handoff acknowledged", "before": before["acknowledged_on"], "after": day}
                found.append({**change, **told, **named})
                day = before["acknowledged_on"]
    return found


# ----------------------------------------------------------------------------------------------- merged ones


def _former_codes(ws: Workspace, customer_id: int) -> list[Row]:
    """Every former code that is, or ever was, this customer's: id, code, customer_id (None: it is none now)."""
    return ws.db.rows(
        """
        WITH known AS (
            SELECT former.id, former.code FROM former_code AS former
            UNION SELECT row_id, json_extract(before, '$.code') FROM change
            WHERE entity = 'former_code' AND action = 'removed')
        SELECT known.id, known.code, former.customer_id FROM known
        LEFT JOIN former_code AS former ON former.id = known.id
        WHERE former.customer_id = :id OR EXISTS (
            SELECT 1 FROM change WHERE entity = 'former_code' AND row_id = known.id
            AND json_extract(before, '$.customer_id') = :id)
        """,
        {"id": customer_id},
    )


def _merges(ws: Workspace, customer: Row, former: Row) -> list[Row]:
    """When the other one became part of the customer, and when it ceased to be."""
    found = []
    owner = former["customer_id"]
    changes = _changes(ws, "former_code", former["id"])
    image = _image(ws, former)
    other = f"{former['code']} {image['name']}" if image else former["code"]
    for change in changes:
        before, action = change.pop("before"), change.pop("action")
        earlier = None if action == "added" else before.get("customer_id", owner)
        was, became = earlier == customer["id"], owner == customer["id"]
        if was != became:
            told = {**change, "entity": "customer", "name": customer["name"], "field": "merged"}
            found.append({**told, "before": other if was else None, "after": other if became else None})
        owner = earlier
    return found


def _image(ws: Workspace, former: Row) -> Row | None:
    """The merged customer as it was when it was merged last, and in which operation: `_op`."""
    found = ws.db.first(
        """
        SELECT gone.operation_id AS op, gone.before FROM change AS own
        CROSS JOIN change AS gone ON gone.operation_id = own.operation_id AND gone.entity = 'customer'
        WHERE own.entity = 'former_code' AND own.row_id = :id AND gone.action = 'removed'
        AND json_extract(gone.before, '$.code') = :code ORDER BY gone.operation_id DESC LIMIT 1
        """,
        former,
    )
    return {**json.loads(found["before"]), "_op": found["op"]} if found else None


def _merged_rows(ws: Workspace, former: Row) -> list[_Traced]:
    """The merged customer, and those of its contacts that became one with another."""
    image = _image(ws, former)
    if image is None:
        return []
    until = image.pop("_op")
    people = [
        json.loads(row["before"])
        for row in ws.db.rows(
            "SELECT before FROM change WHERE operation_id = :op AND entity = 'contact' AND action = 'removed' "
            "AND json_extract(before, '$.customer_id') = :id",
            {"op": until, "id": image["id"]},
        )
    ]
    code = former["code"]
    own = [_Traced("customer", image, f"{code} {image['name']}", until)]
    return own + [_Traced("contact", row, f"{code} {row['name']}", until) for row in people]
