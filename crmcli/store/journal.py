"""The journal: every write is part of one operation that says who, when, what, and how each row was before.

All writes to the journalled tables go through `add`, `change` and `remove`. A statement over many rows is told as a
query to `added_from`, `changed_from` or `removed_from`; what a rule does alike to rows one after the other, to
`added_span` or `changed_alike`. Who reads from the journal what became of tags or of customers' tiers reads `changes`
or CHANGES_OF_ROW, which have both. `reversing` has what undo and redo make of it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmcli.errors import NotFound
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_COLUMNS = ("operation_id", "entity", "row_id", "action", "computed", "line", "before")
# Parents before children: rows come back in this order and go in the reverse one.
ENTITIES = (
    "policy", "member", "customer", "contact", "orders", "contract", "interaction", "cases", "case_entry", "survey",
    "tag", "step", "settlement", "assignment", "review", "former_code", "distinct_pair",
)  # fmt: skip


def next_id(ws: Workspace, entity: str) -> int:
    """The next row id. Ids of removed rows are never given again: the journal would take one row for another."""
    journalled = ws.db.value("SELECT max(row_id) FROM change WHERE entity = :entity", {"entity": entity})
    present = ws.db.value(f"SELECT max(id) FROM {entity}")
    return 1 + max(journalled or 0, present or 0)


def add(ws: Workspace, entity: str, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows (all with the same columns, without `id`); their ids."""
    if not rows:
        return []
    start = next_id(ws, entity)
    columns = list(rows[0])
    ids = list(range(start, start + len(rows)))
    ws.db.insert(entity, ["id", *columns], [(i, *(row[c] for c in columns)) for i, row in zip(ids, rows, strict=True)])
    record(ws, entity, [(i, "added", None) for i in ids])
    return ids


def change(ws: Workspace, entity: str, row_id: int, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Set columns of one row; what really changed, as column -> (before, after)."""
    now = ws.db.first(f"SELECT {', '.join(values)} FROM {entity} WHERE id = :id", {"id": row_id})
    if now is None:
        raise NotFound(_("{entity} {id} is no longer there").format(entity=entity, id=row_id))
    changed = {column: (now[column], value) for column, value in values.items() if now[column] != value}
    if changed:
        assignments = ", ".join(f"{column} = :{column}" for column in changed)
        after = {column: value for column, (_before, value) in changed.items()}
        ws.db.execute(f"UPDATE {entity} SET {assignments} WHERE id = :id", {**after, "id": row_id})
        record(ws, entity, [(row_id, "changed", {column: before for column, (before, _after) in changed.items()})])
    return changed


def remove(ws: Workspace, entity: str, row_ids: Iterable[int]) -> None:
    """Delete rows; the journal keeps them whole."""
    for row_id in row_ids:
        row = ws.db.first(f"SELECT * FROM {entity} WHERE id = :id", {"id": row_id})
        if row is not None:
            ws.db.execute(f"DELETE FROM {entity} WHERE id = :id", {"id": row_id})
            record(ws, entity, [(row_id, "removed", row)])


def added_from(ws: Workspace, entity: str, query: str, params: Mapping[str, Any]) -> None:
    """Journal rows that a statement inserted; `query` gives row_id and line (of the file, or NULL)."""
    ws.writes_to(entity)
    ws.db.execute(
        "INSERT INTO change (operation_id, entity, row_id, action, computed, line) "
        f"SELECT :_operation, '{entity}', row_id, 'added', :_computed, line FROM ({query}) AS given",
        {**params, "_operation": ws.operation(), "_computed": int(ws.computing)},
    )


def changed_from(ws: Workspace, entity: str, query: str, params: Mapping[str, Any] | None = None) -> int:
    """Journal rows that a statement is about to update; `query` gives row_id, line and before (a JSON object)."""
    return _from(ws, entity, "changed", query, params)


def removed_from(ws: Workspace, entity: str, query: str, params: Mapping[str, Any]) -> None:
    """Journal rows that a statement is about to delete; `query` gives row_id, line and before (the row as JSON)."""
    _from(ws, entity, "removed", query, params)


def _from(ws: Workspace, entity: str, action: str, query: str, params: Mapping[str, Any] | None) -> int:
    touched_before = ws.wrote_to(entity)
    ws.writes_to(entity)
    bound = {**(params or {}), "_operation": ws.operation()}
    earlier = []
    if touched_before:
        spell_out(ws, ws.operation(), entity)
        own = "change.operation_id = :_operation AND change.entity = :_entity AND change.row_id = given.row_id"
        # Crossed, which tells SQLite to begin with the given rows: the other way it looks at each pair.
        sql = f"SELECT given.row_id, given.before FROM ({query}) AS given CROSS JOIN change ON {own}"
        earlier = ws.db.rows(sql, {**bound, "_entity": entity})
    fresh = ws.db.execute(
        "INSERT INTO change (operation_id, entity, row_id, action, computed, line, before) "
        f"SELECT :_operation, '{entity}', row_id, '{action}', :_computed, line, before FROM ({query}) AS given "
        "WHERE true ON CONFLICT (operation_id, entity, row_id) DO NOTHING",
        {**bound, "_computed": int(ws.computing)},
    )
    record(ws, entity, [(row["row_id"], action, json.loads(row["before"])) for row in earlier])
    return fresh + len(earlier)


def record(
    ws: Workspace, entity: str, changes: Iterable[tuple[int, str, Row | None]], *, line: int | None = None
) -> None:
    """Write down rows as (row id, action, before); a row touched twice in one operation is one change.

    `line` is the line of the imported file that they come from.
    """
    touched_before = ws.wrote_to(entity)
    ws.writes_to(entity)
    operation = ws.operation()
    if entity == "policy":
        ws.forget_policy()
    told = list(changes)
    known = _own_changes(ws, entity, [row_id for row_id, _action, _before in told]) if touched_before and told else {}
    fresh = []
    for row_id, action, before in told:
        if row_id in known:
            _fold(ws, entity, known[row_id], action, before)
        else:
            text = None if before is None else json.dumps(before, ensure_ascii=False)
            fresh.append((operation, entity, row_id, action, int(ws.computing), line, text))
    ws.db.insert("change", _COLUMNS, fresh)


def _own_changes(ws: Workspace, entity: str, row_ids: Sequence[int]) -> dict[int, Row]:
    """What the operation has of these rows already, by their ids."""
    spell_out(ws, ws.operation(), entity)
    rows = ws.db.rows(
        "SELECT row_id, action, before FROM change WHERE operation_id = :op AND entity = :entity "
        "AND row_id IN (SELECT value FROM json_each(:ids))",
        {"op": ws.operation(), "entity": entity, "ids": json.dumps(row_ids)},
    )
    return {row["row_id"]: row for row in rows}


def _fold(ws: Workspace, entity: str, first: Row, action: str, before: Row | None) -> None:
    """Fold a further change of a row into the one that the operation already has of it."""
    key = {"op": ws.operation(), "entity": entity, "id": first["row_id"]}
    where = "WHERE operation_id = :op AND entity = :entity AND row_id = :id"
    if first["action"] == "added" and action == "removed":
        ws.db.execute(f"DELETE FROM change {where}", key)
    elif first["action"] == "changed":
        # The earliest image of a column is the one to go back to.
        image = {**(before or {}), **json.loads(first["before"])}
        text = json.dumps(image, ensure_ascii=False)
        ws.db.execute(
            f"UPDATE change SET action = :action, before = :text, computed = min(computed, :computed) {where}",
            {**key, "action": action, "text": text, "computed": int(ws.computing)},
        )


# ------------------------------------------------------------------------------------------------ in spans

# A first run tags everybody and gives everybody a tier; telling that row by row takes half as long as doing it. Only
# what is computed is told in spans. That is never in the way of an undo, so an undo spells out the spans of its own
# operation and need not look at those of later ones. `next_id` need not look at spans either: a row of a span that is
# gone has a removal in `change`.


def added_span(ws: Workspace, entity: str, first_id: int, last_id: int) -> None:
    """Journal the rows `first_id` to `last_id`, all of which a rule of the policy has just added."""
    _span(ws, entity, [(first_id, last_id)], "added", None)


def changed_alike(ws: Workspace, entity: str, query: str, before: Mapping[str, Any]) -> None:
    """Journal the rows, by their `id` in `query`, that a rule is about to change and that all look as `before` says."""
    image = json.dumps(before, separators=(",", ":"))
    own = f"SELECT row_id FROM {changes(entity)} WHERE operation_id = :op"
    told = f"SELECT 1 FROM ({query}) WHERE id IN ({own}) LIMIT 1"
    if ws.wrote_to(entity) and ws.db.value(told, {"op": ws.operation()}):
        whole = f"SELECT id AS row_id, NULL AS line, :_image AS before FROM ({query})"
        changed_from(ws, entity, whole, {"_image": image})
        return
    _span(ws, entity, _unbroken(ws, query), "changed", image)


def _unbroken(ws: Workspace, query: str) -> list[tuple[int, int]]:
    """The ids in `query` as spans without a gap, each by its first and last id."""
    ends = "min(id) AS first, max(id) AS last"
    (whole,) = ws.db.rows(f"SELECT {ends}, count(*) AS number FROM ({query})")
    if not whole["number"]:
        return []
    # As a rule everybody: to look for gaps takes ten times as long.
    if whole["number"] == whole["last"] - whole["first"] + 1:
        return [(whole["first"], whole["last"])]
    numbered = f"SELECT id, id - row_number() OVER (ORDER BY id) AS island FROM ({query})"
    return [(row["first"], row["last"]) for row in ws.db.rows(f"SELECT {ends} FROM ({numbered}) GROUP BY island")]


def _span(ws: Workspace, entity: str, spans: Iterable[tuple[int, int]], action: str, before: str | None) -> None:
    assert ws.computing
    ws.writes_to(entity)
    operation = ws.operation()
    columns = ("operation_id", "entity", "first_id", "last_id", "action", "before")
    ws.db.insert("change_span", columns, ((operation, entity, first, last, action, before) for first, last in spans))


def spell_out(ws: Workspace, operation: int, entity: str) -> None:
    """Make the spans of an operation rows of `change`."""
    named = {"operation": operation, "entity": entity}
    own = "operation_id = :operation AND entity = :entity"
    spans = ws.db.rows(f"SELECT first_id, last_id, action, before FROM change_span WHERE {own}", named)
    for span in spans:
        row_ids = range(span["first_id"], span["last_id"] + 1)
        rows = ((operation, entity, row_id, span["action"], 1, None, span["before"]) for row_id in row_ids)
        ws.db.insert("change", _COLUMNS, rows)
    if spans:
        ws.db.execute(f"DELETE FROM change_span WHERE {own}", named)


def changes(entity: str) -> str:
    """SQL, for a FROM: operation_id, row_id, action and before of every change of the table's rows.

    A span is told as its rows that are still there.
    """
    return f"""(
        SELECT operation_id, row_id, action, before FROM change WHERE entity = '{entity}'
        UNION ALL
        SELECT operation_id, present.id, action, before FROM change_span
        CROSS JOIN {entity} AS present ON present.id BETWEEN first_id AND last_id WHERE entity = '{entity}')"""


CHANGES_OF_ROW = """(
    SELECT operation_id, action, computed, line, before FROM change WHERE entity = :entity AND row_id = :id
    UNION ALL
    SELECT operation_id, action, 1, NULL, before FROM change_span
    WHERE entity = :entity AND :id BETWEEN first_id AND last_id)"""
"""SQL, for a FROM: operation_id, action, computed, line and before of each change of row `:id` of table `:entity`."""
