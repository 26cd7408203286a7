"""Undo and redo: an operation is reversed row by row, and each row's fate is told.

A row is *reversed*; or *kept*, because something that still stands changed it, or hangs on it, since; or it
*failed*, and why. What the policy computed from the data (tiers, tags by rule) never stands in the way. An undo
is itself an operation of the journal, and a redo is the undo of that one.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from crmcli import i18n
from crmcli.errors import NotFound, Refused
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.store import journal
from crmcli.store.database import IntegrityError, Row
from crmcli.store.workspace import Workspace
from crmcli.tables import called, called_table

_CHUNK = 5_000
# What hangs on a row and would be lost with it: (table, its column, a condition for what may go along).
_DEPENDENTS = {
    "customer": (
        ("contact", "customer_id", ""),
        ("orders", "customer_id", ""),
        ("contract", "customer_id", ""),
        ("interaction", "customer_id", ""),
        ("cases", "customer_id", ""),
        ("survey", "customer_id", ""),
        ("tag", "customer_id", "AND source = 'hand'"),
        ("step", "customer_id", "AND how IN ('done', 'skipped')"),
        ("settlement", "customer_id", ""),
        ("assignment", "customer_id", ""),
        ("former_code", "customer_id", ""),
        ("distinct_pair", "left_id", ""),
        ("distinct_pair", "right_id", ""),
    ),
    "cases": (("case_entry", "case_id", ""),),
    "interaction": (("settlement", "CAST(ref AS INTEGER)", "AND kind = 'action'"),),
}
_NAMES = {
    "customer": "code", "orders": "number", "contract": "number", "cases": "number", "survey": "at",
    "case_entry": "kind", "assignment": "assigned_on", "review": "planned_on",
    "step": "playbook", "settlement": "key", "interaction": "topic", "former_code": "code", "distinct_pair": "since",
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of a row (`rows` = 1), or of all rows of a table that shared a fate without more to say."""

    entity: str
    name: str | None
    outcome: str
    rows: int = 1
    reason: str | None = None


@dataclass
class Reversal:
    """What an undo or a redo did; `seen` counts the rows that it has looked at."""

    operation: int
    command: str
    kind: str
    outcomes: list[Outcome] = field(default_factory=list)
    seen: int = 0

    def count(self, outcome: str) -> int:
        """The rows that were "reversed", "kept" or "failed"."""
        return sum(row.rows for row in self.outcomes if row.outcome == outcome)


def undo(ws: Workspace, operation: int | None = None) -> Reversal:
    """Reverse an operation; unless one is named that which was done, or done again, last and still stands.

    Raises:
        NotFound: there is no such operation. Refused: it is undone already, or nothing of it can be reversed.
    """
    target = _standing(ws, operation)
    reversal = _reverse(ws, target, "undo")
    ws.db.execute("UPDATE operation SET undone_by = :own WHERE id = :id", {"own": ws.operation(), "id": target["id"]})
    return reversal


def redo(ws: Workspace, operation: int | None = None) -> Reversal:
    """Do again what was undone last, or the operation named.

    Raises:
        NotFound: nothing is undone. Refused: the operation stands, or nothing of it can be done again.
    """
    undone = ws.db.first(
        "SELECT * FROM operation WHERE undone_by IS NOT NULL AND kind = 'write' "
        + ("AND id = :id" if operation else "ORDER BY undone_by DESC LIMIT 1"),
        {"id": operation},
    )
    if undone is None:
        raise NotFound(
            _("operation {id} is not undone").format(id=operation) if operation else _("nothing is undone"),
            hint=_("see: crm history"),
        )
    own_undo = ws.db.first("SELECT * FROM operation WHERE id = :id", {"id": undone["undone_by"]})
    assert own_undo is not None
    reversal = _reverse(ws, {**own_undo, "command": undone["command"]}, "redo", shown=undone["id"])
    ws.target = undone["id"]
    ws.db.execute("UPDATE operation SET undone_by = NULL WHERE id = :id", {"id": undone["id"]})
    ws.db.execute("UPDATE operation SET target_id = :id WHERE id = :own", {"id": undone["id"], "own": ws.operation()})
    return reversal


def _standing(ws: Workspace, operation: int | None) -> Row:
    if operation is None:
        newest = ws.db.first(
            "SELECT operation.* FROM operation LEFT JOIN ("
            "SELECT target_id, max(id) AS id FROM operation WHERE kind = 'redo' GROUP BY target_id"
            ") AS again ON again.target_id = operation.id WHERE operation.kind = 'write' AND undone_by IS NULL "
            "ORDER BY coalesce(again.id, operation.id) DESC LIMIT 1"
        )
        if newest is None:
            raise NotFound(_("there is nothing to undo"))
        return newest
    found = ws.db.first("SELECT * FROM operation WHERE id = :id", {"id": operation})
    if found is None:
        raise NotFound(_("there is no operation {id}").format(id=operation), hint=_("see: crm history"))
    if found["kind"] in ("undo", "redo"):
        raise Refused(
            _("operation {id} is an {kind} of {target}").format(
                id=operation, kind=found["kind"], target=found["target_id"]
            ),
            hint=_("crm redo takes an undo back"),
        )
    if found["undone_by"]:
        raise Refused(
            _("operation {id} is undone already").format(id=operation),
            hint=_("crm redo {id} brings it back, and then crm undo {id} tries the kept rows again").format(
                id=operation
            ),
        )
    return found


def _reverse(ws: Workspace, target: Row, kind: str, shown: int | None = None) -> Reversal:
    if ws.wrote is not None:
        raise Refused(_("an undo or redo is an operation of its own; this one has written already"))
    ws.kind, ws.target = kind, target["id"]
    reversal = Reversal(shown or target["id"], target["command"], kind)
    for entity in journal.ENTITIES:
        journal.spell_out(ws, target["id"], entity)
    since = _changed_since(ws, target["id"])
    for entity in journal.ENTITIES:
        _bring_back(ws, target["id"], entity, reversal)
    for entity in journal.ENTITIES:
        _set_back(ws, target["id"], entity, since[entity], reversal)
    for entity in reversed(journal.ENTITIES):
        _take_out(ws, target["id"], entity, since[entity], reversal)
    _refuse_half_a_merge(ws, reversal, since)
    reversal.outcomes = _totalled(reversal.outcomes)
    if not reversal.count("reversed"):
        reasons = sorted({row.reason for row in reversal.outcomes if row.reason})
        words = {
            "undo": _("nothing of operation {id} can be reversed: {reasons}"),
            "redo": _("nothing of operation {id} can be done again: {reasons}"),
        }
        raise Refused(
            words[kind].format(id=reversal.operation, reasons=i18n.sentences(reasons[:3]) or _("it holds no rows"))
        )
    ws.summary = _("{kind} of operation {id}: {reversed} rows reversed, {kept} kept, {failed} failed").format(
        kind=kind, id=reversal.operation, **{o: reversal.count(o) for o in ("reversed", "kept", "failed")}
    )
    return reversal


def _refuse_half_a_merge(ws: Workspace, reversal: Reversal, since: dict[str, dict[int, list[Row]]]) -> None:
    """Two that were merged come apart whole, or not at all: no code is a customer's and a former one at once."""
    left = [row for row in reversal.outcomes if row.entity == "former_code" and row.outcome != "reversed"]
    code = left[0].name if left else ws.db.value(
        "SELECT former.code FROM former_code AS former CROSS JOIN customer ON customer.code = former.code LIMIT 1"
    )  # fmt: skip
    if code is None:
        return
    by_hand = [
        c for table in ("former_code", "customer") for cs in since[table].values() for c in cs if not c["computed"]
    ]
    later = max((change["operation"] for change in by_hand), default=None)
    hanging = [row.reason for row in reversal.outcomes if row.name == code and row.outcome == "kept" and row.reason]
    reason = _("changed since by operation {id}").format(id=later) if later else i18n.sentences(hanging)
    raise Refused(
        _("operation {id} cannot be reversed now: {code} would be half merged: {reason}").format(
            id=reversal.operation, code=code, reason=reason
        ),
        hint=_("undo that one first: crm undo {id}").format(id=later)
        if later and reversal.kind == "undo"
        else _("merge them again: crm clean merge CUSTOMER {code}").format(code=code),
    )


def _totalled(outcomes: list[Outcome]) -> list[Outcome]:
    """One outcome a table for what was reversed, then each row that was not."""
    totals: dict[str, int] = defaultdict(int)
    for outcome in outcomes:
        if outcome.outcome == "reversed":
            totals[outcome.entity] += outcome.rows
    reversed_rows = [Outcome(entity, None, "reversed", rows) for entity, rows in totals.items()]
    return [*reversed_rows, *(outcome for outcome in outcomes if outcome.outcome != "reversed")]


def _changed_since(ws: Workspace, operation: int) -> dict[str, dict[int, list[Row]]]:
    """Later changes, of operations that still stand, to the rows that the operation touched."""
    later: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in ws.db.each(
        """
        SELECT later.entity, later.row_id, later.action, later.before, later.computed, owner.id AS operation
        FROM change AS own
        JOIN change AS later ON later.entity = own.entity AND later.row_id = own.row_id
                            AND later.operation_id > own.operation_id
        JOIN operation AS owner ON owner.id = later.operation_id AND owner.kind = 'write'
        WHERE own.operation_id = :operation AND NOT EXISTS (
            SELECT 1 FROM change AS undone WHERE undone.operation_id = owner.undone_by
            AND undone.entity = later.entity AND undone.row_id = later.row_id)
        """,
        {"operation": operation},
    ):
        later[row["entity"]][row["row_id"]].append(row)
    return later


def _bring_back(ws: Workspace, operation: int, entity: str, reversal: Reversal) -> None:
    """Insert the rows that the operation removed."""

    def write(rows: list[Row]) -> None:
        ws.db.insert(entity, list(rows[0]), [tuple(row.values()) for row in rows])

    for chunk in _chunks(ws, operation, entity, "removed", reversal):
        rows = [json.loads(change["before"]) for change in chunk]
        if entity == "tag":
            rows = _without_decided(ws, rows, reversal)
        done = _all_or_each(ws, entity, rows, reversal, write)
        journal.record(ws, entity, [(row["id"], "added", None) for row in done])


def _without_decided(ws: Workspace, tags: list[Row], reversal: Reversal) -> list[Row]:
    """Tags by rule only come back where no later run has decided the dimension: it has one tag by rule."""
    free = []
    for tag in tags:
        if tag["source"] == "rule" and ws.db.value(
            "SELECT 1 FROM tag WHERE customer_id = :customer_id AND dimension = :dimension AND source = 'rule'", tag
        ):
            reversal.outcomes.append(Outcome("tag", _name("tag", tag), "kept", reason=_("a later run has decided it")))
        else:
            free.append(tag)
    return free


def _set_back(ws: Workspace, operation: int, entity: str, since: dict[int, list[Row]], reversal: Reversal) -> None:
    """Give changed columns the values they had."""
    for chunk in _chunks(ws, operation, entity, "changed", reversal):
        present = _present(ws, entity, [change["row_id"] for change in chunk])
        todo: list[Row] = []
        for change in chunk:
            before = json.loads(change["before"])
            reason = _reason_to_keep(before, since.get(change["row_id"], ()))
            row = present.get(change["row_id"])
            if reason:
                # One that was removed since comes back as it went, and then this can be tried again.
                image = row or _as_removed(since[change["row_id"]])
                name = _name(entity, image) if image else None
                reversal.outcomes.append(Outcome(entity, name, "kept", reason=reason))
            elif row is None:
                reversal.outcomes.append(Outcome(entity, None, "reversed"))
            else:
                todo.append({"id": change["row_id"], "before": before, "row": row})

        def write(some: list[Row]) -> None:
            for item in some:
                assignments = ", ".join(f"{column} = :{column}" for column in item["before"])
                ws.db.execute(f"UPDATE {entity} SET {assignments} WHERE id = :id", {**item["before"], "id": item["id"]})

        done = _all_or_each(ws, entity, todo, reversal, write)
        journal.record(
            ws, entity, [(item["id"], "changed", {c: item["row"][c] for c in item["before"]}) for item in done]
        )


def _take_out(ws: Workspace, operation: int, entity: str, since: dict[int, list[Row]], reversal: Reversal) -> None:
    """Delete the rows that the operation added, unless something changed them or hangs on them since."""
    for chunk in _chunks(ws, operation, entity, "added", reversal):
        ids = [change["row_id"] for change in chunk]
        present = _present(ws, entity, ids)
        hanging = _dependents(ws, entity, ids)
        todo = []
        for row_id in ids:
            by_hand = [later for later in since.get(row_id, ()) if not later["computed"]]
            # A customer that was merged since is not gone: it is part of another one.
            row = present.get(row_id) or (_as_removed(by_hand) if entity == "customer" else None)
            if row is None:
                reversal.outcomes.append(Outcome(entity, None, "reversed"))
            elif by_hand:
                reason = _("changed since by operation {id}").format(id=by_hand[-1]["operation"])
                reversal.outcomes.append(Outcome(entity, _name(entity, row), "kept", reason=reason))
            elif row_id in hanging:
                reason = _("rows of {table} hang on it").format(table=_rows_of(hanging[row_id]))
                reversal.outcomes.append(Outcome(entity, _name(entity, row), "kept", reason=reason))
            else:
                todo.append(row)
        if entity == "customer":
            _take_out_computed(ws, [row["id"] for row in todo])
        done = _all_or_each(ws, entity, todo, reversal, lambda some: _delete(ws, entity, [row["id"] for row in some]))
        journal.record(ws, entity, [(row["id"], "removed", row) for row in done])


def _take_out_computed(ws: Workspace, customers: list[int]) -> None:
    """Remove what the policy derived of customers that are about to go."""
    if not customers:
        return
    listed = ", ".join(map(str, customers))
    for entity, computed in (("tag", "source = 'rule'"), ("step", "how IS NULL OR how = 'ended'")):
        rows = ws.db.rows(f"SELECT * FROM {entity} WHERE customer_id IN ({listed}) AND ({computed})")
        _delete(ws, entity, [row["id"] for row in rows])
        journal.record(ws, entity, [(row["id"], "removed", row) for row in rows])
    ws.db.execute(f"DELETE FROM touch WHERE customer_id IN ({listed})")


def _reason_to_keep(before: Row, later: Sequence[Row]) -> str | None:
    for change in later:
        if change["computed"]:
            continue
        if change["action"] == "removed" or set(before) & set(json.loads(change["before"] or "{}")):
            return _("changed since by operation {id}").format(id=change["operation"])
    return None


def _as_removed(later: Sequence[Row]) -> Row | None:
    """The row as it was when one of the changes removed it."""
    images = [json.loads(change["before"]) for change in later if change["action"] == "removed"]
    return images[-1] if images else None


def _dependents(ws: Workspace, entity: str, ids: list[int]) -> dict[int, str]:
    hanging: dict[int, str] = {}
    listed = ", ".join(map(str, ids))
    for table, column, condition in _DEPENDENTS.get(entity, ()):
        for row in ws.db.rows(f"SELECT DISTINCT {column} AS id FROM {table} WHERE {column} IN ({listed}) {condition}"):
            hanging.setdefault(row["id"], table)
    return hanging


def _rows_of(entity: str) -> str:
    """What the rows of a table of the database are, as people are told it."""
    of_contract = {table.entity: called_table(name) for name, table in TABLES.items()}
    others = {
        "step": _("playbook steps"),
        "settlement": _("settled items"),
        "assignment": _("changes of owner"),
        "former_code": _("former codes"),
        "distinct_pair": _("pairs that are not the same"),
        "case_entry": _("entries of cases"),
    }
    return (of_contract | others)[entity]


def _all_or_each(
    ws: Workspace, entity: str, rows: list[Row], reversal: Reversal, write: Callable[[list[Row]], None]
) -> list[Row]:
    """Write rows at once, or, where the database refuses one of them, each on its own; the rows that were written."""
    if not rows:
        return []
    try:
        with ws.db.savepoint():
            write(rows)
        done = rows
    except IntegrityError:
        done = []
        for row in rows:
            try:
                with ws.db.savepoint():
                    write([row])
                done.append(row)
            except IntegrityError as error:
                name = _name(entity, row.get("row", row))
                reversal.outcomes.append(Outcome(entity, name, "failed", reason=_in_words(error)))
    if done:
        reversal.outcomes.append(Outcome(entity, None, "reversed", len(done)))
    return done


def _in_words(error: IntegrityError) -> str:
    """Why the database has no place for a row."""
    kind, _colon, columns = str(error).partition(" constraint failed: ")
    if kind == "UNIQUE":
        names = i18n.listed(called(column.rpartition(".")[2]) for column in columns.split(", "))
        return _("another one has its {columns} now").format(columns=names)
    return _("what it belongs to is no longer there") if kind.startswith("FOREIGN KEY") else str(error)


def _chunks(ws: Workspace, operation: int, entity: str, action: str, reversal: Reversal) -> Iterator[list[Row]]:
    total = ws.db.value("SELECT rows FROM operation WHERE id = :id", {"id": operation})
    position = 0
    while True:
        chunk = ws.db.rows(
            "SELECT row_id, before FROM change WHERE operation_id = :operation AND entity = :entity "
            "AND row_id > :position AND action = :action ORDER BY row_id LIMIT :size",
            {"operation": operation, "entity": entity, "action": action, "position": position, "size": _CHUNK},
        )
        if not chunk:
            return
        yield chunk
        position = chunk[-1]["row_id"]
        reversal.seen += len(chunk)
        said = _("{rows} rows looked at").format(rows=f"{reversal.seen:,}")
        ws.progress(said, reversal.seen / max(total, reversal.seen))


def _present(ws: Workspace, entity: str, ids: list[int]) -> dict[int, Row]:
    listed = ", ".join(map(str, ids))
    return {row["id"]: row for row in ws.db.rows(f"SELECT * FROM {entity} WHERE id IN ({listed})")}


def _delete(ws: Workspace, entity: str, ids: list[int]) -> None:
    if ids:
        ws.db.execute(f"DELETE FROM {entity} WHERE id IN ({', '.join(map(str, ids))})")


def _name(entity: str, row: Row) -> str | None:
    if entity == "tag":
        return f"{row['dimension']}:{row['value']}"
    name: str | None = row[_NAMES.get(entity, "name")]
    return name
