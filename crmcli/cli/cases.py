"""`crm case`: enquiries, complaints and crises, from the moment somebody reports one until it is closed."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.contracts import Whose, WhoseToo, one_customer
from crmcli.cli.customers import Values, assignments, changes
from crmcli.cli.log import moment_of
from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Excel, Format, Output, Owner, Quiet
from crmcli.cli.output import show, show_each
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Table

if TYPE_CHECKING:
    from datetime import datetime

    from crmcli.store.database import Row
    from crmcli.store.workspace import Workspace

Number = Annotated[str, typer.Argument(metavar="NUMBER", help=_("The case's number"), show_default=False)]
Words = Annotated[str, typer.Argument(metavar="[TEXT]", help=_("What was said or done"), show_default=False)]
At = Annotated[
    str | None, typer.Option("--at", metavar="WHEN", help=_("When it happened: yesterday 15:00; now unless given"))
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help=_("Why"))]


def open_(
    customer: CustomerName,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help=_("What it is about"), show_default=False)],
    kind: Annotated[
        str, typer.Option("--kind", metavar="enquiry|complaint|crisis", help=_("What kind of case it is"))
    ] = "complaint",
    severity: Annotated[str, typer.Option("--severity", metavar="minor|major", help=_("How bad it is"))] = "minor",
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="NAME", help=_("Who deals with it; else the customer's owner, or by role")),
    ] = None,
    responder: Annotated[
        str | None, typer.Option("--responder", metavar="NAME", help=_("Who was asked first; you unless given"))
    ] = None,
    number: Annotated[
        str | None, typer.Option("--number", metavar="N", help=_("Its number; else CASE- and the next"))
    ] = None,
    at: At = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Open a case: crm case open C000001 送货慢 --severity major

    Its deadlines follow from the policy, and somebody has to deal with it from now on.
    """
    from crmcli.care.cases.opening import open_case

    _moved(
        lambda ws: open_case(
            ws, customer, topic, kind=kind, severity=severity, owner=owner, responder=responder, number=number,
            at=_when(ws, at),
        ),
        dry_run, format, output, quiet,
    )  # fmt: skip


def respond(
    number: Number,
    text: Words = "",
    at: At = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Record the first answer to the customer: crm case respond CASE-000001 已电话致歉"""
    from crmcli.care.cases.moving import respond_case

    _moved(lambda ws: respond_case(ws, number, text, at=_when(ws, at)), dry_run, format, output, quiet)


def resolve(
    number: Number,
    text: Words = "",
    at: At = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Record the solution: crm case resolve CASE-000001 已换货; from then on its revisit is due"""
    from crmcli.care.cases.moving import resolve_case

    _moved(lambda ws: resolve_case(ws, number, text, at=_when(ws, at)), dry_run, format, output, quiet)


def revisit(
    number: Number,
    satisfied: Annotated[
        str, typer.Option("--satisfied", metavar="yes|no", help=_("Whether the customer is satisfied now"))
    ],
    text: Words = "",
    at: At = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Record what the customer said of the solution; --satisfied no opens the case again."""
    from crmcli.care.cases.moving import revisit_case

    said = _yes_or_no("--satisfied", satisfied)
    _moved(
        lambda ws: revisit_case(ws, number, said, text, at=_when(ws, at)),
        dry_run, format, output, quiet,
    )  # fmt: skip


def close(
    number: Number,
    reason: Reason = "",
    at: At = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Close a case that is solved and revisited; with --reason, one that is not."""
    from crmcli.care.cases.moving import close_case

    _moved(lambda ws: close_case(ws, number, reason, at=_when(ws, at)), dry_run, format, output, quiet)


def pause(
    number: Number,
    reason: Reason = "",
    at: At = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Stop the clocks of a case while you wait for the customer."""
    from crmcli.care.cases.moving import pause_case

    _moved(lambda ws: pause_case(ws, number, reason, at=_when(ws, at)), dry_run, format, output, quiet)


def resume(
    number: Number,
    text: Words = "",
    at: At = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Let the clocks of a case go on, with the time that was left."""
    from crmcli.care.cases.moving import resume_case

    _moved(lambda ws: resume_case(ws, number, text, at=_when(ws, at)), dry_run, format, output, quiet)


def escalate(
    number: Number,
    to: Annotated[
        str | None, typer.Option("--to", metavar="NAME|manager", help=_("Who takes over; manager is the owner's"))
    ] = None,
    severity: Annotated[
        str | None, typer.Option("--severity", metavar="major", help=_("Make it a major one, with tighter clocks"))
    ] = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Hand a case up or on: crm case escalate CASE-000001 --to manager --reason 客户要求"""
    from crmcli.care.cases.moving import escalate_case

    _moved(
        lambda ws: escalate_case(ws, number, to=to, severity=severity, reason=reason), dry_run, format, output, quiet
    )


def phase(
    number: Number,
    phase: Annotated[
        str,
        typer.Argument(metavar="PHASE", help=_("The next one: assess, intervene or review"), show_default=False),
    ],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help=_("What was found or done"))] = "",
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Take a crisis on: from the warning to assess, to intervene, to review."""
    from crmcli.care.cases.crisis import phase_case

    _moved(lambda ws: phase_case(ws, number, phase, note), dry_run, format, output, quiet)


def note(
    number: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=_("What is new"), show_default=False)],
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Write a line about the progress in the file of a case."""
    from crmcli.care.cases.moving import note_case

    _moved(lambda ws: note_case(ws, number, text), dry_run, format, output, quiet)


def review(
    number: Number,
    cause: Annotated[str | None, typer.Option("--cause", metavar="TEXT", help=_("What caused it"))] = None,
    lesson: Annotated[str | None, typer.Option("--lesson", metavar="TEXT", help=_("What was learned from it"))] = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Record what caused a case and what was learned; a crisis is not closed without both."""
    from crmcli.care.cases.crisis import review_case

    _moved(lambda ws: review_case(ws, number, cause=cause, lesson=lesson), dry_run, format, output, quiet)


def edit(
    number: Number,
    values: Values = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Correct fields of a case: crm case edit CASE-000001 kind=complaint topic=少货"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records

    given = assignments(values)
    with workspace(dry_run=dry_run) as ws:
        edited = records.edit_case(ws, number, given)
        wrote(ws, ws.summary)
    show(changes(edited), format=format, output=output, quiet=quiet)


def list_(
    customer: Whose = None,
    named: WhoseToo = None,
    owner: Owner = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help=_("Only enquiry, complaint or crisis"))
    ] = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help=_("Only open, responded, resolved or closed"))
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help=_("Only ok, warn, breached or paused"))
    ] = None,
    unclosed: Annotated[bool, typer.Option("--open", help=_("Only those that are not closed"))] = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List cases, the one whose clock is up first at the top: crm case list --state breached"""
    from crmcli.care.cases import listing
    from crmcli.reports import lists
    from crmcli.store.owners import meant

    whose = one_customer(customer, named)
    with workspace(readonly=True) as ws:
        asked = meant(ws, owner)
        rows = listing.cases(ws, customer=whose, owner=asked, kind=kind, status=status, state=state, unclosed=unclosed)
        on_screen = _on_screen(format, output, quiet or excel)
        table = (listing.SHORT, rows) if on_screen else lists.with_own_fields(ws, "cases", listing.COLUMNS, rows)
        show_each(*table, format=format, output=output, quiet=quiet, excel=excel)


def show_(number: Number, format: Format = None, output: Output = None) -> None:
    """Show the file of a case: where it stands, its clocks, and every line that was written in it.

    With -f json: one object in a list; its entries, contacts, answers and checklist are lists.
    """
    from crmcli.care.cases import listing
    from crmcli.cli import case_pages

    with workspace(readonly=True) as ws:
        found = listing.file(ws, number)
        case_pages.show_file(found, format, output)


def _moved(
    move: "Callable[[Workspace], Row]", dry_run: bool, format: str | None, output: Path | None, quiet: bool
) -> None:
    """Move a case on, say so, and show it as it is then."""
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        row = move(ws)
        wrote(ws, ws.summary)
        table = _table(ws, [row["number"]], format, output, quiet)
    show(table, format=format, output=output, quiet=quiet)


def _table(ws: "Workspace", numbers: Sequence[str], format: str | None, output: Path | None, quiet: bool) -> Table:
    from crmcli.care.cases import listing
    from crmcli.care.cases.due import guessed

    rows = listing.cases(ws, numbers=numbers)
    for row in rows:
        if years := guessed(row, row["next_due"]):
            words = _("the public holidays of {years} are not known yet: the deadline is an estimate")
            ws.notes.append(words.format(years=years))
    columns = listing.SHORT if _on_screen(format, output, quiet) else listing.COLUMNS
    return Table.of(columns, rows)


def _on_screen(format: str | None, output: Path | None, plain: bool) -> bool:
    return format is None and output is None and not plain and sys.stdout.isatty()


def _when(ws: "Workspace", at: str | None) -> "datetime | None":
    return None if at is None else moment_of("--at", at, ws)


def _yes_or_no(flag: str, text: str) -> bool:
    words = {"yes": True, "y": True, "是": True, "满意": True, "no": False, "n": False, "否": False, "不满意": False}
    if text.strip().lower() not in words:
        raise UsageError(_("{flag} is yes or no, not '{value}'").format(flag=flag, value=text))
    return words[text.strip().lower()]


COMMANDS = {
    "case": {
        "open": open_, "respond": respond, "resolve": resolve, "revisit": revisit, "close": close, "escalate": escalate,
        "pause": pause, "resume": resume, "phase": phase, "note": note, "review": review, "edit": edit, "list": list_,
        "show": show_,
    }
}  # fmt: skip
HELP = {"case": _("Enquiries, complaints and crises, with their clocks.")}
