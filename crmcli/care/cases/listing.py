"""Cases as they are shown: many in a list with the state of their clocks, or one with everything in its file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from crmcli.care import playbooks, team
from crmcli.care.cases.files import case
from crmcli.errors import UsageError
from crmcli.fields.words import CASE_KINDS, CASE_STATUSES
from crmcli.i18n import _
from crmcli.store import finding
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column

STATES = ("ok", "warn", "breached", "paused")
_MOMENTS = (
    "opened_at", "respond_by", "responded_at", "resolve_by", "resolved_at", "revisit_by", "revisited_at", "paused_at",
    "next_due",
)  # fmt: skip
COLUMNS = (
    Column("number", "id"),
    Column("code", "id", wide=True),
    Column("customer"),
    Column("kind"),
    Column("severity"),
    *(Column(name, "instant", wide=True) for name in _MOMENTS[:-2]),
    Column("owner"),
    Column("status"),
    Column("cause", wide=True),
    Column("lesson", wide=True),
    Column("next_clock"),
    Column("next_due", "instant"),
    Column("state", meaning="clock_state"),
    Column("topic"),
    Column("responder", wide=True),
    Column("phase"),
    Column("paused_at", "instant", wide=True),
    Column("estimated", wide=True),
)
"""The fields of the contract, the three of the clock that runs, and what else there is of a case."""
_BY_KEY = {column.key: column for column in COLUMNS}
SHORT = tuple(
    replace(_BY_KEY[name], wide=False)
    for name in (
        "number",
        "customer",
        "topic",
        "severity",
        "kind",
        "owner",
        "status",
        "next_clock",
        "next_due",
        "state",
    )
)
"""Those that fit a screen."""

_STATE = """
    CASE WHEN k.paused_at IS NOT NULL THEN 'paused' WHEN k.next_due IS NULL THEN NULL
    WHEN k.next_due < :now THEN 'breached' WHEN k.next_warn <= :now THEN 'warn' ELSE 'ok' END
"""


@dataclass(frozen=True)
class File:
    """Everything of one case.

    Attributes:
        case: the fields of COLUMNS, moments on the company's clocks.
        entries: at, kind, author and words of each line in the file, the oldest first.
        talks: the contacts that were logged as its answers: at, channel, owner, topic, feedback.
        answers: what the customer said of it when asked: at, kind, score, comment.
        checklist: the steps of the playbooks that it started: key, due_on, due_at, channel, action, settled_on, how.
    """

    case: Row
    entries: list[Row]
    talks: list[Row]
    answers: list[Row]
    checklist: list[Row]


def cases(
    ws: Workspace,
    *,
    customer: str | None = None,
    numbers: Sequence[str] | None = None,
    owner: str | None = None,
    kind: str | None = None,
    status: str | None = None,
    state: str | None = None,
    unclosed: bool = False,
) -> list[Row]:
    """Cases with the fields of COLUMNS (and `extra`): first those whose clock runs, the most urgent at the top.

    `owner` is who deals with them: the case's, else the customer's.

    Raises:
        NotFound: the customer. UsageError: there is no such kind, status or state.
    """
    conditions, params = ["true"], dict[str, Any](now=ws.stamp)
    for name, value, known in (("kind", kind, CASE_KINDS), ("status", status, CASE_STATUSES), ("state", state, STATES)):
        if value is not None:
            if value not in known:
                raise UsageError(
                    _("there is no {name} '{value}'").format(name=name, value=value), hint=", ".join(known)
                )
            conditions.append(f"({_STATE if name == 'state' else f'k.{name}'}) = :{name}")
            params[name] = value
    if customer is not None:
        conditions.append("k.customer_id = :customer")
        params["customer"] = finding.customer(ws, customer)["id"]
    if owner is not None:
        conditions.append("coalesce(k.owner, c.owner) = :owner")
        params["owner"] = owner.strip()
    if unclosed:
        conditions.append("k.status <> 'closed'")
    if numbers is not None:
        named = {f"n{place}": number.strip() for place, number in enumerate(numbers)}
        conditions.append(f"k.number IN ({', '.join(f':{name}' for name in named)})")
        params |= named
    rows = ws.db.rows(
        f"""
        SELECT k.*, c.code, c.name AS customer, {_STATE} AS state
        FROM cases AS k JOIN customer AS c ON c.id = k.customer_id WHERE {" AND ".join(conditions)}
        ORDER BY k.next_due IS NULL, k.next_due, k.status = 'closed', k.opened_at DESC, k.id DESC
        """,
        params,
    )
    return [{**row, **{name: row[name] and ws.local(row[name]) for name in _MOMENTS}} for row in rows]


def file(ws: Workspace, number: str) -> File:
    """Everything of the case of a number. Raises NotFound."""
    row = case(ws, number)
    (shown,) = cases(ws, numbers=[row["number"]])
    shown["manager"] = team.manager(ws, row["owner"]) if row["owner"] else None
    named = {"id": row["id"], "customer": row["customer_id"], "number": row["number"]}
    entries = ws.db.rows("SELECT at, kind, author, words FROM case_entry WHERE case_id = :id ORDER BY at, id", named)
    talks = ws.db.rows(
        "SELECT at, channel, owner, topic, feedback, answers FROM interaction WHERE customer_id = :customer "
        "AND substr(answers, 1, length(:number) + 6) = 'case:' || :number || ':' ORDER BY at, id",
        named,
    )
    answers = ws.db.rows(
        "SELECT at, kind, score, comment FROM survey WHERE customer_id = :customer AND case_number = :number "
        "ORDER BY at, id",
        named,
    )
    steps = [
        {**step, "due_at": step["due_at"] and ws.local(step["due_at"])} for step in playbooks.of_case(ws, row["number"])
    ]
    entries, talks, answers = (
        [{**line, "at": ws.local(line["at"])} for line in lines] for lines in (entries, talks, answers)
    )
    return File(shown, entries, talks, answers, steps)
