"""A crisis goes from the early warning over assessing and intervening to its review; every case can be learned from."""

from crmcli.care.cases.files import case, change, enter, joined, refuse_unless_possible
from crmcli.errors import Refused, UsageError
from crmcli.fields.words import PHASES
from crmcli.i18n import _, listed
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import called
from crmcli.values import clean_text


def phase_case(ws: Workspace, number: str, phase: str, words: str = "") -> Row:
    """Take a crisis into its next phase; the stored case.

    Raises:
        NotFound: the case. UsageError: there is no such phase. Refused: it is no crisis, is closed, or the phase is not
        the next one.
    """
    if phase not in PHASES:
        raise UsageError(
            _("there is no phase '{phase}'").format(phase=phase),
            hint=_("phases: {names}").format(names=" → ".join(PHASES)),
        )
    row = case(ws, number)
    if row["kind"] != "crisis":
        raise Refused(
            _("{number} is no crisis: only a crisis has phases").format(number=row["number"]),
            hint=_("crm case edit {number} kind=crisis").format(number=row["number"]),
        )
    refuse_unless_possible(row, "phase")
    now = row["phase"] or PHASES[0]
    following = PHASES[PHASES.index(now) + 1 :][:1]
    if phase not in following:
        raise Refused(
            _("{number} is in the phase {now}; possible is {next}").format(
                number=row["number"], now=now, next=", ".join(following) or "—"
            )
        )
    row = change(ws, row, phase=phase)
    enter(ws, row, "phase", joined(f"{now} → {phase}", words))
    ws.summary = _("{number}: phase {phase}").format(number=row["number"], phase=phase)
    return row


def review_case(ws: Workspace, number: str, *, cause: str | None = None, lesson: str | None = None) -> Row:
    """Record what caused a case and what was learned from it; a crisis that was met is in its review then.

    Raises:
        NotFound: the case. UsageError: neither is given.
    """
    said = {"cause": cause, "lesson": lesson}
    found = {name: words for name, text in said.items() if (words := clean_text(text or "", multiline=True))}
    if not found:
        raise UsageError(_("what caused it, and what was learned?"), hint=_("--cause TEXT --lesson TEXT"))
    row = case(ws, number)
    reviewed = row["kind"] == "crisis" and row["phase"] != "review" and row["status"] != "closed"
    if reviewed:
        enter(ws, row, "phase", f"{row['phase'] or PHASES[0]} → review")
    row = change(ws, row, **found, **({"phase": "review"} if reviewed else {}))
    ws.summary = _("{number} reviewed: {fields}").format(number=row["number"], fields=listed(map(called, found)))
    return row
