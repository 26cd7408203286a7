"""The clocks of cases that came in with a file, or were edited: given at the end of the operation, as part of it.

A case that is not solved and has no clock yet gets the policy's; a deadline that the file gives wins. One that was
solved when it came in is history: nothing runs. Where somebody corrects a case's kind, severity or beginning, its clock
is looked for anew.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmcli.i18n import _, plural
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

if TYPE_CHECKING:
    from crmcli.care.cases.clocks import Runs, Terms
    from crmcli.policy.definitions import Clock

_COLUMNS = (
    "respond_by", "resolve_by", "revisit_by", "hours", "clock", "next_clock", "next_due", "next_warn", "estimated",
)  # fmt: skip
_RULED_BY = {"kind", "severity", "opened_at"}
_TOUCHED = """
    SELECT k.*, change.action AS "_action", change.before AS "_before"
    FROM change CROSS JOIN cases AS k ON k.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'cases' AND change.action <> 'removed'
"""


def refresh(ws: Workspace) -> None:
    """Give the cases that this operation wrote their clocks, and say which one runs."""
    if ws.wrote is None or ws.kind != "write":
        return
    touched = ws.db.rows(_TOUCHED, {"op": ws.wrote})
    if not touched:
        return
    from crmcli.care.cases import clocks

    images = {row["id"]: json.loads(row["_before"] or "{}") for row in touched}
    asked = [row for row in touched if _is_asked(row, images[row["id"]], clocks.standing(row))]
    ws.progress(_("cases: clocks"))
    found = clocks.fitting(ws, asked) if asked else {}
    wanted = [
        _clocked(ws, row, images[row["id"]], found.get(row["id"]), asked=any_asked)
        for row, any_asked in zip(touched, _marks(touched, asked), strict=True)
    ]
    differing = [
        row for old, row in zip(touched, wanted, strict=True) if any(old[name] != row[name] for name in _COLUMNS)
    ]
    if differing:
        _write(ws, differing)
        given = sum(1 for row in differing if row["id"] in found)
        if given:
            words = plural("{number} case was given its clock", "{number} cases were given their clocks", given)
            ws.notes.append(words.format(number=given))


def _marks(rows: Sequence[Row], asked: Sequence[Row]) -> list[bool]:
    ids = {row["id"] for row in asked}
    return [row["id"] in ids for row in rows]


def _is_asked(row: Row, image: Row, stage: str) -> bool:
    """Whether the policy is asked for the clock of a case: it has none, or what decides about it was corrected."""
    if stage in ("resolved", "closed"):
        return False
    return row["clock"] is None or bool(_RULED_BY & image.keys() and "clock" not in image)


def _clocked(ws: Workspace, row: Row, image: Row, clock: "Clock | None", *, asked: bool) -> Row:
    """The case with its clocks as they have to be."""
    from crmcli.care.cases import clocks
    from crmcli.care.cases.clocks import Terms

    anew = asked and row["clock"] is not None
    if asked and (clock or anew):
        row = {**row, "hours": None, "clock": None} | (Terms.of(clock).columns if clock else {})
    terms = Terms.stored(row)
    runs = clocks.running(ws, row["hours"]) if terms else None
    if asked:
        row = row | _deadlines(row, image, terms, runs, anew=anew)
    if terms and runs and clocks.standing(row) == "resolved" and not row["revisit_by"] and "revisit_by" not in image:
        row = row | clocks.deadline(terms, runs, row, "revisit")
    return row | clocks.upcoming(terms, runs or clocks.running(ws, None), row)


def _deadlines(row: Row, image: Row, terms: "Terms | None", runs: "Runs | None", *, anew: bool) -> Row:
    """The deadlines that the file, or whoever edited the case, does not give."""
    from crmcli.care.cases import clocks

    found: dict[str, Any] = {}
    for name in ("respond", "resolve"):
        by = f"{name}_by"
        free = row[by] is None or (anew and by not in image)
        if free and by not in image and not row[clocks.MET[name]]:
            found |= {by: None} | (clocks.deadline(terms, runs, {**row, **found}, name) if terms and runs else {})
    return found


def _write(ws: Workspace, rows: Sequence[Row]) -> None:
    """Set the columns of many cases at once. Those that the operation added are in its journal as a whole."""
    ws.db.execute("DROP TABLE IF EXISTS temp.clocked")
    ws.db.execute(f"CREATE TEMP TABLE clocked (id INTEGER PRIMARY KEY, {', '.join(_COLUMNS)})")
    ws.db.insert("clocked", ("id", *_COLUMNS), ([row["id"], *(row[name] for name in _COLUMNS)] for row in rows))
    before = ", ".join(f"'{name}', k.{name}" for name in _COLUMNS)
    computing, ws.computing = ws.computing, True
    try:
        journal.changed_from(
            ws,
            "cases",
            f"""
            SELECT k.id AS row_id, NULL AS line, json_object({before}) AS before
            FROM clocked CROSS JOIN cases AS k ON k.id = clocked.id
            WHERE NOT EXISTS (SELECT 1 FROM change WHERE operation_id = :op AND entity = 'cases' AND row_id = k.id
                AND action = 'added')
            """,
            {"op": ws.wrote},
        )
    finally:
        ws.computing = computing
    values = ", ".join(f"{name} = clocked.{name}" for name in _COLUMNS)
    ws.db.execute(f"UPDATE cases SET {values} FROM clocked WHERE clocked.id = cases.id")
