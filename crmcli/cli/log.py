"""`crm log`: record a contact, or many from a file."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.cli.settle import day_of
from crmcli.errors import UsageError
from crmcli.i18n import _, sentences
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.store.workspace import Workspace

LOGGED = (
    Column("interaction", "number"),
    Column("code", "id"),
    Column("customer"),
    Column("answered", "list"),
    Column("next_touches", "list"),
)


def log(
    customer: Annotated[
        str | None,
        typer.Argument(
            metavar="CUSTOMER", help=_("A code, name, phone, e-mail, or part of the name"), show_default=False
        ),
    ] = None,
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help=_("What it was about"), show_default=False)] = None,
    channel: Annotated[
        str,
        typer.Option(
            "--channel",
            "-c",
            metavar="CHANNEL",
            help=_("visit, video, call, email, wechat, push, event or other"),
        ),
    ] = "call",
    direction: Annotated[
        str, typer.Option("--direction", metavar="out|in", help=_("Who got in touch: we (out) or they (in)"))
    ] = "out",
    people: Annotated[
        list[str] | None, typer.Option("--with", metavar="NAME", help=_("Who took part; repeatable"))
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="TEXT", help=_("The topic; TEXT is then the feedback"))
    ] = None,
    feedback: Annotated[str | None, typer.Option("--feedback", metavar="TEXT", help=_("What they said"))] = None,
    next_action: Annotated[
        str | None, typer.Option("--next", metavar="TEXT", help=_("What was promised; with --due"))
    ] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="DATE", help=_("The day of the next action"))] = None,
    answers: Annotated[
        str | None, typer.Option("--for", metavar="KEY", help=_("The due item that this deals with"))
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="WHEN", help=_("When it was: yesterday 15:00; now unless given")),
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME", help=_("Who made the contact"))] = None,
    file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help=_("Import the contacts in a file instead"))
    ] = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> int:
    """Record a contact: it settles the due items it answers, and their touches start again from its day."""
    if file is not None:
        if any((customer, text, people, topic, feedback, next_action, due, answers, at, owner)):
            raise UsageError(_("give either a customer or --from FILE"))
        from crmcli.cli.importing import import_

        return import_([file], table="interactions", dry_run=dry_run, format=format, output=output)
    if customer is None:
        raise UsageError(_("whom was the contact with?"), hint=_("crm log CUSTOMER TEXT, or crm log --from FILE"))
    from crmcli.care import contacts
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        on = None if due is None else day_of("--due", due, ws)
        logged = contacts.log(
            ws,
            customer,
            text or "",
            channel=channel,
            direction=direction,
            participants=people or (),
            topic=topic,
            feedback=feedback,
            next_action=next_action,
            next_due=on,
            answers=answers,
            at=None if at is None else moment_of("--at", at, ws),
            owner=owner,
        )
        said = [ws.summary]
        if next_action:
            promise = _("promised for {day}: {action} ({key})")
            said.append(promise.format(day=on, action=next_action, key=f"action:{logged.interaction}"))
        wrote(ws, sentences(said))
    touches = [f"{touch} {day}" for touch, day in logged.next_touches]
    row = {column.key: getattr(logged, column.key) for column in LOGGED}
    show(Table.of(LOGGED, [{**row, "next_touches": touches}]), format=format, output=output, quiet=quiet)
    return 0


def moment_of(flag: str, text: str, ws: "Workspace") -> datetime:
    """The moment that a WHEN option names. Raises InvalidInput."""
    from crmcli.calendars import parse_instant
    from crmcli.errors import BadValue, InvalidInput

    try:
        return parse_instant(text, ws.now, ws.zone)
    except BadValue as error:
        raise InvalidInput(_("{flag} {text}: {reason}").format(flag=flag, text=text, reason=error.reason)) from error


COMMANDS = {"log": log}
