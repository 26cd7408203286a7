"""Rows of one order number of which no heading tells whether they are its lines, or corrections of one another.

The file as a whole may tell: lines stand together, in many orders; corrections are few, or apart from what they
correct. Where it does not tell, neither is guessed, because either guess may be wrong by most of the money.
"""

from crmcli.errors import Problem
from crmcli.i18n import _, plural
from crmcli.intake.layouts import Layout
from crmcli.intake.staging import Staged
from crmcli.store.workspace import Workspace

UNSURE = "lines-unsure"
"""The code of the rows that are handed back; asked again, when they come back."""
# Fewer orders may be corrected ones that stand together by chance.
_MANY = 3
_DIFFERING = ("amount", "quantity", "category")


def are_lines(ws: Workspace, layout: Layout, staged: Staged) -> bool:
    """Whether the rows of one number are lines, in a file in which they stand together and differ in what adds up.

    Where some differ and it is not sure, these are rejected; the others repeat each other.
    """
    _gather(ws, staged)
    told = ws.db.first("SELECT count(*) AS orders, sum(differ) AS differ, sum(lines) AS lines FROM alike")
    assert told is not None
    returned = "_code" in layout.headings
    sure = not returned and (told["lines"] or 0) >= _MANY and 2 * told["lines"] > told["orders"]
    if told["differ"] and not sure:
        _hand_back(ws, staged)
    return sure


def _gather(ws: Workspace, staged: Staged) -> None:
    """The numbers of several rows: whether those differ although customer and day agree, and look like lines."""

    def differ(value: str) -> str:
        return f"coalesce(min({value}) <> max({value}), 0)"

    customer = "coalesce(customer_id, customer)" if "customer" in staged.columns else "customer_id"
    differing = " OR ".join(differ(name) for name in _DIFFERING if name in staged.columns)
    other_state = differ("status") if "status" in staged.columns else "0"
    ws.db.new_temporary(
        "alike",
        f"""AS
        SELECT number, differ, differ AND together AS lines FROM (
            SELECT number, ({differing}) AND NOT {differ(customer)} AND NOT {differ("ordered_on")} AS differ,
                max(seq) - min(seq) < count(*) AND NOT {other_state} AS together
            FROM staged GROUP BY number HAVING count(*) > 1)
        """,
    )


def _hand_back(ws: Workspace, staged: Staged) -> None:
    doubtful = "number IN (SELECT number FROM alike WHERE differ)"
    reason = _("rows of one order with other values: its lines (--lines), or the later one counts (--no-lines)")
    for row in ws.db.rows(f"SELECT line, number FROM staged WHERE {doubtful} ORDER BY seq"):
        staged.reject(row["line"], Problem(UNSURE, reason, "number", row["number"], row["line"]))
    ws.db.execute(f"DELETE FROM staged WHERE {doubtful}")


def unsure(staged: Staged) -> set[int]:
    """The lines of the rows that were handed back."""
    return {line for line, problems in staged.rejected.items() if problems[0].code == UNSURE}


def handed_back(staged: Staged) -> str:
    """How many rows wait for somebody to say what they are, and how it is said."""
    count = len(unsure(staged))
    words = plural(
        "{count} row may be a line of an order or correct it: say --lines to add up, or --no-lines if the later counts",
        "{count} rows may be lines of orders or correct them: say --lines to add up, or --no-lines if the later counts",
        count,
    )
    return words.format(count=count) if count else ""
