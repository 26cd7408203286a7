"""The days of a lead: when it became one, was won or lost; told by its stage, whichever command or list changed it."""

from datetime import date
from typing import Any

from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

# Who was merged has the stage, and the days, of the record that the merge took them from.
_MOVED = """
    SELECT c.*, json_extract(change.before, '$.stage') AS was
    FROM change CROSS JOIN customer AS c ON c.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'customer' AND change.action = 'changed'
        AND instr(change.before, '"stage":') > 0
        AND c.id NOT IN (SELECT kept.customer_id FROM change AS own JOIN former_code AS kept ON kept.id = own.row_id
            WHERE own.operation_id = :op AND own.entity = 'former_code' AND own.action = 'added')
"""


def date_moves(ws: Workspace) -> None:
    """Write down the days of the leads whose stage this operation changed, and of those it added."""
    for row in ws.db.rows(_MOVED, {"op": ws.wrote}):
        if row["was"] != row["stage"] and (values := days(row, row["was"], ws.today)):
            journal.change(ws, "customer", row["id"], values)
    # A list's day of a lead is its `since`. The journal has no image of what was added: none is needed here either.
    ws.db.execute(
        """
        UPDATE customer SET lead_on = since WHERE stage = 'lead' AND lead_on IS NULL AND since < created_on
            AND id IN (SELECT row_id FROM change
                WHERE operation_id = :op AND entity = 'customer' AND action = 'added')
        """,
        {"op": ws.wrote},
    )


def days(row: Row, was: str, on: date) -> dict[str, Any]:
    """The columns that a customer (with its new stage) has to have when it moves from the stage `was` on a day.

    Who becomes a lead is open, from that day; a lead that is won cooperates since then, one that is lost is lost then.
    """
    day = on.isoformat()
    closed = row["won_on"] or row["lost_on"]
    if row["stage"] == "lead":
        open_already = row["lead_on"] and not closed
        return {} if open_already else {"lead_on": day, "won_on": None, "lost_on": None, "lost_reason": None}
    lead_on = row["lead_on"] or (row["created_on"] if was == "lead" else None)
    if lead_on is None:
        return {}
    values: dict[str, Any] = {"lead_on": lead_on}
    if row["stage"] == "active" and not row["won_on"]:
        values |= {"won_on": day, "lost_on": None, "lost_reason": None}
        if row["since"] in (None, lead_on):
            values |= {"since": day, "since_key": day[5:]}
    elif row["stage"] == "lost" and not closed:
        values["lost_on"] = day
    return values
