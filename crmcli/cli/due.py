"""`crm due`: what is to be done today."""

import sys
from typing import Annotated

import typer

from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Owner, Quiet
from crmcli.cli.output import show
from crmcli.i18n import _
from crmcli.tables import Column, Table

ITEMS = (
    Column("key", "id"),
    Column("due_on", "date"),
    Column("due_at", "instant", wide=True),
    Column("late_days", "number", wide=True),
    Column("kind", wide=True),
    Column("code", "id", wide=True),
    Column("customer"),
    Column("tier", wide=True),
    Column("owner", wide=True),
    Column("action"),
    Column("channel"),
    Column("contact"),
    Column("phone", "id"),
    Column("reason", wide=True),
    Column("escalation", wide=True),
)


def due(
    owner: Owner = None,
    days: Annotated[int, typer.Option("--days", metavar="N", help=_("Also what comes within N days"))] = 0,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help=_("Only touch, action, birthday or anniversary; repeatable")),
    ] = None,
    late: Annotated[bool, typer.Option("--late", help=_("Only what was due before today"))] = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show what is to be done, most urgent first; crm log, done, snooze and skip settle it."""
    from crmcli.care.due import due as due_items

    with workspace(readonly=True) as ws:
        items = due_items(ws, owner=owner, days=days, kinds=kind or (), late=late)
    if not items and format is None and output is None and not excel and sys.stdout.isatty():
        note(_("nothing is due"))
        return
    show(Table.of(ITEMS, items), format=format, output=output, quiet=quiet, excel=excel)


COMMANDS = {"due": due}
