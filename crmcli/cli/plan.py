"""`crm plan`: the maintenance plan."""

from dataclasses import replace
from typing import Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Owner, Quiet
from crmcli.cli.output import is_for_people, show
from crmcli.cli.settle import day_of
from crmcli.i18n import _
from crmcli.tables import Column, Table

ITEMS = (
    Column("due_on", "date"),
    Column("kind"),
    Column("code", "id"),
    Column("customer"),
    Column("tier", wide=True),
    Column("owner"),
    Column("action"),
    Column("channel"),
)
WORKLOAD = (Column("owner"), Column("week", "id"), Column("items", "number"))


def plan(
    owner: Owner = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help=_("The last day; the end of next month unless given")),
    ] = None,
    workload: Annotated[bool, typer.Option("--workload", help=_("How many touches per owner and week"))] = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show everything that comes, touches with their repeats, day by day; what is late is for today."""
    from crmcli.care.items import spoken_channel
    from crmcli.care.plan import plan as planned
    from crmcli.store.owners import meant

    with workspace(readonly=True) as ws:
        last = None if until is None else day_of("--until", until, ws)
        items, load = planned(ws, owner=meant(ws, owner), until=last)
    if is_for_people(format, output) and not excel:
        items = [replace(item, channel=spoken_channel(item.channel)) for item in items]
    table = Table.of(WORKLOAD, load) if workload else Table.of(ITEMS, items)
    show(table, format=format, output=output, quiet=quiet, excel=excel)


COMMANDS = {"plan": plan}
