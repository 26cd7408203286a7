"""Rows of one order number of which no heading tells whether they are its lines, or corrections of one another.

The file as a whole may tell: lines stand together, in many orders; corrections are few, or apart from what they
correct. Where it does not tell, and where one number has two customers or days, nothing is guessed, because each guess
may be wrong by most of the money.
"""

from crmcli.errors import Problem
from crmcli.i18n import _, plural
from crmcli.intake.staging import Staged
from crmcli.store.workspace import Workspace

UNSURE = "lines-unsure"
"""The code of the rows that are handed back; asked again, when they come back."""
# Fewer orders, or a smaller share of all, may be corrected ones that stand together by chance.
_MANY, _SHARE = 3, 1 / 2
_DIFFERING = ("amount", "quantity", "category")


def settle(ws: Workspace, staged: Staged, *, returned: bool) -> bool:
    """Reject the rows of one number that differ and are not surely its lines; whether those of the other numbers are.

    They are in a file in which they stand together and differ in what adds up; else the others repeat each other.
    `returned` says that these are rows that were handed back before because of their numbers: each is asked about.
    """
    _gather(ws, staged)
    told = ws.db.first(
        "SELECT coalesce(sum(differ), 0) AS differ, coalesce(sum(differ AND whole), 0) AS lines, "
        "(SELECT count(*) FROM staged) - coalesce(sum(times - 1), 0) AS orders FROM alike"
    )
    assert told is not None
    sure = not returned and told["lines"] >= max(_MANY, _SHARE * told["orders"])
    if sure:
        _hand_back(ws, staged, "NOT whole")
    elif returned:
        _hand_back(ws, staged, "true")
    elif told["differ"]:
        _hand_back(ws, staged, "differ OR whole")
    return sure


def _gather(ws: Workspace, staged: Staged) -> None:
    """The numbers of several rows: how many, whether they differ, and whether they could be the lines of one order."""

    def differ(value: str) -> str:
        return f"coalesce(min({value}) <> max({value}), 0)"

    customer = "coalesce(customer_id, customer)" if "customer" in staged.columns else "customer_id"
    differing = " OR ".join(differ(name) for name in _DIFFERING if name in staged.columns)
    other_order = f"{differ(customer)} OR {differ('ordered_on')}"
    one_state = f"NOT {differ('status')}" if "status" in staged.columns else "1"
    ws.db.new_temporary(
        "alike",
        f"""AS
        SELECT number, count(*) AS times, {differing} OR {other_order} AS differ, {other_order} AS other_order,
            NOT ({other_order}) AND {one_state} AND max(seq) - min(seq) < count(*) AS whole
        FROM staged GROUP BY number HAVING count(*) > 1
        """,
    )


def _hand_back(ws: Workspace, staged: Staged, condition: str) -> None:
    reasons = (
        _("rows of one order with other values: its lines (--lines), or the later one counts (--no-lines)"),
        _(
            "rows of one number with another customer or day: the later one counts (--no-lines), or it is used again "
            "and no number of orders (--map HEADING=-)"
        ),
    )
    doubtful = f"SELECT seq, line, number, other_order FROM staged JOIN alike USING (number) WHERE {condition}"
    for row in ws.db.rows(f"{doubtful} ORDER BY seq"):
        reason = reasons[row["other_order"]]
        staged.reject(row["line"], Problem(UNSURE, reason, "number", row["number"], row["line"]))
    ws.db.execute(f"DELETE FROM staged WHERE number IN (SELECT number FROM alike WHERE {condition})")


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
