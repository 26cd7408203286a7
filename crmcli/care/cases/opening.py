"""Opening a case: its number, its clocks, and who deals with it."""

from datetime import datetime

from crmcli import fields
from crmcli.care import team
from crmcli.care.cases import clocks
from crmcli.care.cases.clocks import Terms
from crmcli.care.cases.dispatching import Waiting, dispatched
from crmcli.care.cases.files import enter
from crmcli.errors import BadValue, InvalidInput, Refused, UsageError
from crmcli.i18n import _
from crmcli.policy.definitions import Clock
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace, aware, stamp
from crmcli.values import clean_text

_PREFIX = "CASE-"
_DIGITS = 9


def open_case(
    ws: Workspace,
    customer: str,
    topic: str,
    *,
    kind: str = "complaint",
    severity: str = "minor",
    owner: str | None = None,
    responder: str | None = None,
    at: datetime | None = None,
    number: str | None = None,
) -> Row:
    """Open a case: its deadlines follow from the policy's first clock that fits; the stored row.

    Args:
        customer: a code, name, phone, e-mail, or part of the name.
        topic: what it is about.
        kind, severity: as the contract writes them, or their usual words.
        owner: who deals with it; else as `dispatching` has it: the customer's owner, the clock's role, the responder.
        responder: who was asked first; the actor unless given.
        at: when it was reported, now unless given; a naive moment is of the policy's time zone.
        number: its own number; else the next: CASE-000001, CASE-000002, …

    Raises:
        NotFound: the customer or the owner. InvalidInput: there is no such kind or severity. UsageError: nothing says
        what it is about. Refused: the number is taken, the moment is to come, or the owner is inactive.
    """
    topic = clean_text(topic)
    if not topic:
        raise UsageError(_("what is the case about?"), hint=_("crm case open CUSTOMER TOPIC"))
    found = finding.customer(ws, customer)
    opened = ws.now if at is None else aware(at, ws.zone)
    if opened > ws.now:
        raise Refused(_("a case is opened when it has been reported, not before"))
    row: Row = dict.fromkeys(_UNSET) | {
        "number": _number(ws, number),
        "customer_id": found["id"],
        "kind": _word("kind", kind),
        "severity": _word("severity", severity),
        "opened_at": stamp(opened),
        "status": "open",
        "topic": topic,
        "responder": clean_text(responder or "") or ws.actor,
    }
    row["phase"] = "warning" if row["kind"] == "crisis" else None
    clock = clocks.fitting(ws, [{**row, "id": 0}]).get(0)
    row["owner"] = team.owner(ws, owner) if owner is not None else _dispatched(ws, row, found["owner"], clock)
    row |= _clocked(ws, row, clock)
    (row_id,) = journal.add(ws, "cases", [row])
    row["id"] = row_id
    if row["phase"]:
        enter(ws, row, "phase", row["phase"], opened)
    ws.summary = _("opened {number}, {kind} of {code}: {topic}").format(
        number=row["number"], kind=row["kind"], code=found["code"], topic=topic[:60]
    )
    return row


# The columns that a new case may have to fill, so that a row always has all of them.
_UNSET = (
    "respond_by", "responded_at", "resolve_by", "resolved_at", "revisit_by", "revisited_at", "owner", "phase", "hours",
    "clock", "paused_at", "next_clock", "next_due", "next_warn", "estimated", "cause", "lesson",
)  # fmt: skip


def _clocked(ws: Workspace, row: Row, clock: Clock | None) -> Row:
    """The columns of the clocks of a new case."""
    if clock is None:
        ws.notes.append(_("no clock of the policy fits the case: nothing has a deadline"))
        return {}
    terms, runs = Terms.of(clock), clocks.running(ws, clock.hours)
    found = terms.columns
    for name in ("respond", "resolve"):
        found |= clocks.deadline(terms, runs, {**row, **found}, name)
    return found | clocks.upcoming(terms, runs, {**row, **found})


def _dispatched(ws: Workspace, row: Row, owner: str | None, clock: Clock | None) -> str | None:
    """Who deals with a case that is given to nobody."""
    (chosen,) = dispatched(ws, [Waiting(owner, clock, row["responder"])])
    if chosen is None:
        words = _("nobody deals with {number} yet: crm case escalate {number} --to NAME")
        ws.notes.append(words.format(number=row["number"]))
    return chosen


def _number(ws: Workspace, given: str | None) -> str:
    number = clean_text(given or "")
    if not number:
        return _next_number(ws)
    if ws.db.first("SELECT 1 FROM cases WHERE number = :number", {"number": number}):
        raise Refused(
            _("there is a case {number} already").format(number=number),
            hint=_("crm case show {number}").format(number=number),
        )
    return number


def _next_number(ws: Workspace) -> str:
    digits = f"substr(number, {len(_PREFIX) + 1})"
    highest = ws.db.value(
        f"SELECT max(CAST({digits} AS INTEGER)) FROM cases WHERE number GLOB '{_PREFIX}[0-9]*' "
        f"AND {digits} NOT GLOB '*[^0-9]*' AND length({digits}) <= {_DIGITS}"
    )
    return f"{_PREFIX}{(highest or 0) + 1:06d}"


def _word(name: str, text: str) -> str:
    """The stored word of a kind or severity as somebody writes it."""
    field = fields.TABLES["cases"].field(name)
    assert field is not None
    try:
        stored: str | None = field.read(text, region="", zone="")
    except BadValue as error:
        raise InvalidInput(
            _("{field} '{value}': {reason}").format(field=name, value=text[:60], reason=error.reason)
        ) from error
    if stored is None:
        raise InvalidInput(_("{field} cannot be empty").format(field=name))
    return stored
