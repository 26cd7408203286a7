"""Cases that came in with a file, or were edited: their clocks, who deals with them, the phase of a crisis.

All of it is found at the end of the operation, as part of it. A case that is not solved and has no clock yet gets the
policy's; a deadline that the file gives wins. One that was solved when it came in is history: nothing runs, but what is
known of it is measured by the deadlines that it would have had. Where somebody corrects a case's kind, severity or
beginning, its clock is looked for anew. A new case that the file gives to nobody is dispatched like one that is opened.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmcli.care.cases import reckoning
from crmcli.care.cases.standing import MET, Name, standing
from crmcli.i18n import _, plural
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.waits import waits
from crmcli.store.workspace import Workspace

if TYPE_CHECKING:
    from crmcli.care.cases.clocks import Runs, Terms
    from crmcli.policy.definitions import Clock
    from crmcli.store.waits import Wait

_COLUMNS = (
    "respond_by", "resolve_by", "revisit_by", "hours", "clock", "next_clock", "next_due", "next_warn", "estimated",
    "owner", "phase",
)  # fmt: skip
# What a case is measured by, solved or not.
_MEASURED: tuple[Name, ...] = ("respond", "resolve")
_RULED_BY = {"kind", "severity", "opened_at"}
_TOUCHED = """
    SELECT k.*, change.action AS "_action", change.before AS "_before", change.line AS "_line",
        c.owner AS "_owner"
    FROM change CROSS JOIN cases AS k ON k.id = change.row_id CROSS JOIN customer AS c ON c.id = k.customer_id
    WHERE change.operation_id = :op AND change.entity = 'cases' AND change.action <> 'removed'
"""


def refresh(ws: Workspace) -> None:
    """Give the cases that this operation wrote what follows from it, and say so."""
    if ws.kind != "write":
        return
    reckoning.refresh(ws)
    touched = ws.db.rows(_TOUCHED, {"op": ws.wrote}) if ws.wrote_to("cases") else []
    if not touched:
        return
    from crmcli.care.cases import clocks

    images = {row["id"]: json.loads(row["_before"] or "{}") for row in touched}
    asked = [row for row in touched if _is_asked(row, images[row["id"]], standing(row))]
    measured = [row for row in touched if _is_measured(row)]
    ws.progress(_("cases: clocks"))
    found = clocks.fitting(ws, asked + measured) if asked or measured else {}
    owners = _dispatched(ws, asked, found)
    asked_ids = {row["id"] for row in asked}
    wanted = []
    for row in touched:
        owned = {**row, "owner": row["owner"] or owners.get(row["id"]), "phase": _phase(row)}
        wanted.append(_clocked(ws, owned, images[row["id"]], found.get(row["id"]), asked=row["id"] in asked_ids))
    differing = [(old, row) for old, row in zip(touched, wanted, strict=True) if _differing(old, row)]
    if differing:
        _write(ws, differing)
        given = found.keys() & asked_ids & {row["id"] for _old, row in differing}
        if given:
            words = plural("{number} case was given its clock", "{number} cases were given their clocks", len(given))
            ws.notes.append(words.format(number=len(given)))


def _dispatched(ws: Workspace, asked: Sequence[Row], found: "Mapping[int, Clock]") -> dict[int, str]:
    """Who deals with the new cases of a file that it gives to nobody, by their ids; and a note of it."""
    waiting = [row for row in asked if row["_action"] == "added" and row["_line"] is not None and not row["owner"]]
    if not waiting:
        return {}
    from crmcli.care.cases.dispatching import Waiting, dispatched

    names = dispatched(ws, [Waiting(row["_owner"], found.get(row["id"]), row["responder"]) for row in waiting])
    owners = {row["id"]: name for row, name in zip(waiting, names, strict=True) if name}
    given = sum(1 for row in waiting if row["id"] in owners and owners[row["id"]] != row["_owner"])
    if given:
        words = plural("{number} case was dispatched to the team", "{number} cases were dispatched to the team", given)
        ws.notes.append(words.format(number=given))
    if left := len(waiting) - len(owners):
        words = plural(
            "nobody deals with {number} case yet: crm case list --open",
            "nobody deals with {number} cases yet: crm case list --open",
            left,
        )
        ws.notes.append(words.format(number=left))
    return owners


def _phase(row: Row) -> str | None:
    """A crisis begins with the warning; nothing else has phases."""
    if row["kind"] != "crisis":
        return None
    begins = "warning" if standing(row) != "closed" else None
    phase: str | None = row["phase"] or begins
    return phase


def _is_asked(row: Row, image: Row, stage: str) -> bool:
    """Whether the policy is asked for the clock of a case: it has none, or what decides about it was corrected."""
    if stage in ("resolved", "closed"):
        return False
    return row["clock"] is None or bool(_RULED_BY & image.keys() and "clock" not in image)


def _is_measured(row: Row) -> bool:
    """Whether a case came with a file that says when it was solved."""
    return row["_action"] == "added" and row["_line"] is not None and row["resolved_at"] is not None


def _clocked(ws: Workspace, row: Row, image: Row, clock: "Clock | None", *, asked: bool) -> Row:
    """The case with its clocks as they have to be."""
    from crmcli.care.cases import clocks
    from crmcli.care.cases.clocks import Terms

    if clock and not asked:
        row = row | _measured(ws, row, clock)
    anew = asked and row["clock"] is not None
    if asked and (clock or anew):
        row = {**row, "hours": None, "clock": None} | (Terms.of(clock).columns if clock else {})
    terms = Terms.stored(row)
    runs = clocks.running(ws, row["hours"]) if terms else None
    if asked:
        row = row | _deadlines(row, image, terms, runs, list(waits(ws, row["id"])) if anew else [], anew=anew)
    if terms and runs and standing(row) == "resolved" and not row["revisit_by"] and "revisit_by" not in image:
        row = row | clocks.deadline(terms, runs, row, "revisit")
    return row | clocks.upcoming(terms, runs or clocks.running(ws, None), row)


def _measured(ws: Workspace, row: Row, clock: "Clock") -> Row:
    """The deadlines that a solved case would have had for what is known of it, where the file gives none."""
    from crmcli.care.cases import clocks
    from crmcli.care.cases.clocks import Terms

    terms, runs = Terms.of(clock), clocks.running(ws, clock.hours)
    found: dict[str, Any] = {}
    for name in _MEASURED:
        # Before the case was opened nothing can have been met.
        if row[f"{name}_by"] is None and (row[MET[name]] or "") >= row["opened_at"]:
            found |= clocks.deadline(terms, runs, {**row, **found}, name)
    return found


def _deadlines(
    row: Row, image: Row, terms: "Terms | None", runs: "Runs | None", stood: "Sequence[Wait]", *, anew: bool
) -> Row:
    """The deadlines that the file, or whoever edited the case, does not give."""
    from crmcli.care.cases import clocks

    found: dict[str, Any] = {}
    for name in _MEASURED:
        by = f"{name}_by"
        free = row[by] is None or (anew and by not in image)
        if free and by not in image and not row[MET[name]]:
            found[by] = None
            found |= clocks.deadline(terms, runs, {**row, **found}, name, stood) if terms and runs else {}
    return found


def _differing(old: Row, row: Row) -> list[str]:
    return [name for name in _COLUMNS if old[name] != row[name]]


def _write(ws: Workspace, rows: Sequence[tuple[Row, Row]]) -> None:
    """Set the columns of many cases at once, each as it was and as it is to be.

    Those that the operation added are in its journal as a whole; of the others what really changes goes into it.
    """
    ws.db.new_temporary("clocked", f"(id INTEGER PRIMARY KEY, before TEXT, {', '.join(_COLUMNS)})")
    images = (json.dumps({name: old[name] for name in _differing(old, row)}, ensure_ascii=False) for old, row in rows)
    values = (
        (row["id"], image, *(row[name] for name in _COLUMNS)) for (_old, row), image in zip(rows, images, strict=True)
    )
    ws.db.insert("clocked", ("id", "before", *_COLUMNS), values)
    with ws.computed():
        journal.changed_from(
            ws,
            "cases",
            """
            SELECT clocked.id AS row_id, NULL AS line, clocked.before FROM clocked
            WHERE NOT EXISTS (SELECT 1 FROM change WHERE operation_id = :op AND entity = 'cases'
                AND row_id = clocked.id AND action = 'added')
            """,
            {"op": ws.wrote},
        )
    columns = ", ".join(f"{name} = clocked.{name}" for name in _COLUMNS)
    ws.db.execute(f"UPDATE cases SET {columns} FROM clocked WHERE clocked.id = cases.id")
