"""What happens to a case once it is open: answered, solved, asked about again, closed; handed up; set waiting.

Whatever the standing of the case does not allow is refused, with what it does allow.
"""

from datetime import datetime

from crmcli.care import team
from crmcli.care.cases import clocks
from crmcli.care.cases.clocks import Terms, instant
from crmcli.care.cases.files import case, change, enter, joined, moment, refuse_unless_possible
from crmcli.care.cases.standing import standing
from crmcli.errors import Refused, UsageError
from crmcli.i18n import _, listed
from crmcli.store.database import Row
from crmcli.store.waits import waits
from crmcli.store.workspace import Workspace, stamp
from crmcli.tables import called

MANAGER = "manager"
"""Whom a case can be handed to without a name: the manager of whoever has it."""


def respond_case(ws: Workspace, number: str, words: str = "", *, at: datetime | None = None) -> Row:
    """Record the first answer to the customer; the stored case.

    Raises:
        NotFound: the case. Refused: it is answered already, or the moment does not fit.
    """
    row = case(ws, number)
    refuse_unless_possible(row, "respond")
    happened = moment(ws, row, at, "opened_at")
    row = change(ws, _going_on(ws, row, happened), status="responded", responded_at=stamp(happened))
    enter(ws, row, "response", words, happened)
    return _told(ws, row, _("{number} answered"))


def resolve_case(ws: Workspace, number: str, words: str = "", *, at: datetime | None = None) -> Row:
    """Record that a case is solved, and how; it was answered then at the latest, and its revisit is due from then on.

    Raises:
        NotFound: the case. Refused: it is solved already, or the moment does not fit.
    """
    row = case(ws, number)
    refuse_unless_possible(row, "resolve")
    happened = moment(ws, row, at, "responded_at")
    row = _going_on(ws, row, happened)
    solved = {**row, "status": "resolved", "resolved_at": stamp(happened)}
    solved["responded_at"] = row["responded_at"] or stamp(happened)
    row = change(ws, row, **_changed(row, {**solved, **_revisit(ws, solved)}))
    enter(ws, row, "outcome", joined("resolved", words), happened)
    return _told(ws, row, _("{number} resolved"))


def revisit_case(ws: Workspace, number: str, satisfied: bool, words: str = "", *, at: datetime | None = None) -> Row:
    """Record what the customer said of the solution; one who is not satisfied has the case opened again.

    Raises:
        NotFound: the case. Refused: it is not solved, or was asked about already, or the moment does not fit.
    """
    row = case(ws, number)
    refuse_unless_possible(row, "revisit")
    happened = moment(ws, row, at, "resolved_at")
    row = _going_on(ws, row, happened)
    if satisfied:
        row = change(ws, row, revisited_at=stamp(happened))
    else:
        row = change(ws, row, **_changed(row, _opened_again(ws, row, happened)))
    enter(ws, row, "outcome", joined(f"satisfied {'yes' if satisfied else 'no'}", words), happened)
    return _told(
        ws, row, _("{number} revisited: satisfied") if satisfied else _("{number} opened again: not satisfied")
    )


def close_case(ws: Workspace, number: str, reason: str = "", *, at: datetime | None = None) -> Row:
    """Close a case that is solved and, where that is asked for, revisited; with a reason, as it stands.

    Raises:
        NotFound: the case. Refused: it is closed, or something is still to be done; a crisis, until its review says
        what caused it and what was learned.
    """
    row = case(ws, number)
    refuse_unless_possible(row, "close")
    _refuse_unreviewed(row)
    if not reason.strip():
        _refuse_unfinished(row)
    happened = moment(ws, row, at, "resolved_at")
    reviewed = {"phase": "review"} if row["kind"] == "crisis" else {}
    row = change(ws, row, status="closed", paused_at=None, **reviewed)
    enter(ws, row, "outcome", joined("closed", reason), happened)
    if row["kind"] == "complaint" and not row["lesson"]:
        ws.notes.append(_("no lesson is recorded: crm case review {number} --lesson TEXT").format(number=row["number"]))
    return _told(ws, row, _("{number} closed"))


def pause_case(ws: Workspace, number: str, reason: str = "", *, at: datetime | None = None) -> Row:
    """Let the clocks of a case stand still while the customer is waited for.

    Raises:
        NotFound: the case. Refused: it waits already, or is closed, or the moment does not fit.
    """
    row = case(ws, number)
    refuse_unless_possible(row, "pause")
    happened = moment(ws, row, at, "resolved_at" if row["resolved_at"] else "responded_at")
    row = change(ws, row, paused_at=stamp(happened))
    enter(ws, row, "pause", reason, happened)
    return _told(ws, row, _("{number} waits for the customer"))


def resume_case(ws: Workspace, number: str, words: str = "", *, at: datetime | None = None) -> Row:
    """Let the clocks go on, with the time that was left.

    Raises:
        NotFound: the case. Refused: it does not wait, or the moment does not fit.
    """
    row = case(ws, number)
    refuse_unless_possible(row, "resume")
    happened = moment(ws, row, at, "paused_at")
    row = _going_on(ws, row, happened, words)
    return _told(ws, row, _("{number} goes on"))


def escalate_case(
    ws: Workspace, number: str, *, to: str | None = None, severity: str | None = None, reason: str = ""
) -> Row:
    """Hand a case to somebody else, or to the manager of whoever has it; or make it a major one.

    A major case follows the clock that fits it from the moment it was opened, where that is tighter.

    Raises:
        NotFound: the case or the new owner. UsageError: neither `to` nor `severity` is given, or another severity.
        Refused: it is closed, nobody's manager is known, the new owner is inactive, or nothing would change.
    """
    if to is None and severity is None:
        raise UsageError(_("whom to, or how bad?"), hint=_("--to NAME, --to manager or --severity major"))
    if severity not in (None, "major"):
        raise UsageError(_("a case is escalated to --severity major, not '{value}'").format(value=severity))
    row = case(ws, number)
    refuse_unless_possible(row, "escalate")
    steps, values = [], {}
    if to is not None:
        owner = _above(ws, row) if to.strip() == MANAGER else team.owner(ws, to)
        if owner != row["owner"]:
            steps.append(f"{row['owner'] or '—'} → {owner}")
            values["owner"] = owner
    if severity and row["severity"] != severity:
        steps.append(f"{row['severity']} → {severity}")
        values |= _more_severe(ws, row, severity)
    if not steps:
        raise Refused(_("{number} is escalated so already").format(number=row["number"]))
    row = change(ws, row, **values)
    enter(ws, row, "escalation", joined(", ".join(steps), reason))
    return _told(ws, row, _("{number} escalated: {steps}"), steps=", ".join(steps))


def note_case(ws: Workspace, number: str, words: str) -> Row:
    """Write a line about the progress in the file of a case. Raises NotFound; UsageError: there are no words."""
    row = case(ws, number)
    if not words.strip():
        raise UsageError(_("what is there to note?"), hint=_("crm case note NUMBER TEXT"))
    enter(ws, row, "note", words)
    return _told(ws, row, _("{number}: noted"))


# --------------------------------------------------------------------------------------------- what follows


def _going_on(ws: Workspace, row: Row, at: datetime, words: str = "") -> Row:
    """The case with its clocks running again, if they stood still: whatever else happens to it ends the waiting."""
    if row["paused_at"] is None:
        return row
    until = max(at, instant(row["paused_at"]))
    moved = clocks.shifted(clocks.running(ws, row["hours"]), row, until)
    row = change(ws, row, paused_at=None, **moved)
    enter(ws, row, "resume", words, until)
    return row


def _revisit(ws: Workspace, row: Row) -> Row:
    """When a solved case is to be asked about again."""
    terms = Terms.stored(row)
    return clocks.deadline(terms, clocks.running(ws, row["hours"]), row, "revisit") if terms else {}


def _opened_again(ws: Workspace, row: Row, at: datetime) -> Row:
    """A solved case that is open again, with all the time there is for solving it."""
    again = {**row, "status": "open", "resolved_at": None, "revisit_by": None, "revisited_at": None, "resolve_by": None}
    again["phase"] = "intervene" if row["kind"] == "crisis" else row["phase"]
    terms = Terms.stored(row)
    if terms is None:
        return again
    terms = Terms(terms.lengths, terms.hours, terms.warn_at, again_at=stamp(at))
    runs = clocks.running(ws, terms.hours)
    return again | terms.columns | clocks.deadline(terms, runs, again, "resolve")


def _more_severe(ws: Workspace, row: Row, severity: str) -> Row:
    """The columns of a case that is of another severity now, with the clock that then fits where it is tighter."""
    values: Row = {"severity": severity}
    clock = clocks.fitting(ws, [{**row, **values}]).get(row["id"])
    if clock is None or standing(row) == "resolved":
        return values
    before = Terms.stored(row)
    terms = Terms.of(clock)
    terms = Terms(terms.lengths, terms.hours, terms.warn_at, again_at=before.again_at if before else None)
    tighter = clocks.tightened(terms, clocks.running(ws, terms.hours), row, list(waits(ws, row["id"])))
    return values | (terms.columns | tighter if tighter or before is None else {})


def _above(ws: Workspace, row: Row) -> str:
    """The manager of whoever has the case."""
    owner = row["owner"] or ws.db.value("SELECT owner FROM customer WHERE id = :id", {"id": row["customer_id"]})
    found = team.manager(ws, owner) if owner else None
    if found is None:
        raise Refused(
            _("{number}: no manager of {owner} is known").format(number=row["number"], owner=owner or "—"),
            hint=_("name somebody: --to NAME; or: crm team edit NAME --manager NAME"),
        )
    return found


def _refuse_unreviewed(row: Row) -> None:
    missing = [name for name in ("cause", "lesson") if not row[name]]
    if row["kind"] == "crisis" and missing:
        raise Refused(
            _("{number} is a crisis and its review lacks the {fields}").format(
                number=row["number"], fields=listed(map(called, missing))
            ),
            hint=_("crm case review {number} --cause TEXT --lesson TEXT").format(number=row["number"]),
        )


def _refuse_unfinished(row: Row) -> None:
    stage = standing(row)
    if stage != "resolved":
        raise Refused(
            _("{number} is {status}, not resolved; possible are {verbs}").format(
                number=row["number"], status=stage, verbs="resolve, close --reason TEXT"
            )
        )
    if row["revisit_by"] and not row["revisited_at"]:
        raise Refused(
            _("{number} is resolved, not revisited; possible are {verbs}").format(
                number=row["number"], verbs="revisit --satisfied yes|no, close --reason TEXT"
            )
        )


def _changed(row: Row, wanted: Row) -> Row:
    return {name: value for name, value in wanted.items() if row[name] != value}


def _told(ws: Workspace, row: Row, text: str, **said: str) -> Row:
    ws.summary = text.format(number=row["number"], **said)
    return row
