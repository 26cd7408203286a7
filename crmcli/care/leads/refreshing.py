"""What follows for leads from an operation, at its end: their days, their grades, and who gets the new ones."""

from crmcli.store import journal
from crmcli.store.workspace import Workspace

_TOUCHED = """
    FROM change CROSS JOIN customer AS c ON c.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'customer' AND c.stage = 'lead'
"""
# A list that names a grade leaves the reason that a rule gave for the one before.
_NAMED = """
    change.action = 'changed' AND instr(change.before, '"grade":') > 0 AND instr(change.before, '"grade_reason":') = 0
"""
_NEW = "(change.action = 'added' OR json_extract(change.before, '$.stage') <> 'lead')"


def refresh(ws: Workspace) -> None:
    """Date, grade and assign the leads that this operation wrote. An undo or redo has all of it in its journal."""
    if ws.kind != "write" or not ws.wrote_to("customer"):
        return
    with ws.computed():
        _date(ws)
        if ws.db.value("SELECT 1 FROM customer WHERE stage = 'lead' LIMIT 1"):
            _grade(ws)
            _assign(ws)


def _date(ws: Workspace) -> None:
    from crmcli.care.leads import stages

    stages.date_moves(ws)


def _grade(ws: Workspace) -> None:
    if not ws.db.value(f"SELECT 1 {_TOUCHED} LIMIT 1", {"op": ws.wrote}):
        return
    # The policy's rules are loaded for nobody else.
    from crmcli.care.leads import asking, grading

    for row in ws.db.rows(f"SELECT c.id {_TOUCHED} AND {_NAMED} AND {grading.IS_BY_RULE}", {"op": ws.wrote}):
        journal.change(ws, "customer", row["id"], {"grade_reason": None})
    query = f"SELECT c.id {_TOUCHED} AND (c.grade IS NULL OR {grading.IS_BY_RULE})"
    if asking.consider(ws, query, {"op": ws.wrote}):
        grading.regrade(ws)


def _assign(ws: Workspace) -> None:
    if ws.db.value(f"SELECT 1 {_TOUCHED} AND {_NEW} AND c.owner IS NULL LIMIT 1", {"op": ws.wrote}):
        from crmcli.care.leads import distributing

        distributing.offer(ws, f"SELECT c.id {_TOUCHED} AND {_NEW}", {"op": ws.wrote})
