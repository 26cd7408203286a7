"""`crm watch`: the early warnings of the policy."""

from dataclasses import replace
from typing import Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Owner, Quiet
from crmcli.cli.output import is_for_people, show
from crmcli.i18n import _
from crmcli.tables import Column, Table

SIGHTINGS = (
    Column("level"),
    Column("code", "id"),
    Column("customer"),
    Column("tier", wide=True),
    Column("owner", wide=True),
    Column("signal"),
    Column("detail"),
    Column("since", "date", meaning="from_day"),
    Column("label", wide=True),
)
_FOR_PEOPLE = tuple(column for column in SIGHTINGS if column.key != "label")
_FOUND = 8


def watch(
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", metavar="LEVEL", help=_("Exit 8 when one of that level or worse is shown")),
    ] = None,
    level: Annotated[
        str, typer.Option("--level", metavar="LEVEL", help=_("Only info, warning or critical, and what is worse"))
    ] = "info",
    owner: Owner = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> int:
    """Show early warnings, the most severe first: volume down, silent customers, clocks running out, complaints.

    They are the [[signal]] sections of the policy. For cron: crm watch --fail-on critical
    """
    from crmcli.care import watching
    from crmcli.store.owners import meant

    least = None if fail_on is None else watching.severity(fail_on)
    watching.severity(level)
    with workspace(readonly=True) as ws:
        if not ws.policy.signals:
            ws.notes.append(_("the policy has no [[signal]] section; the presets show some: crm policy presets"))
        seen = watching.watch(ws, owner=meant(ws, owner), level=level)
    if quiet or excel or not is_for_people(format, output):
        table = Table.of(SIGHTINGS, seen)
    else:
        table = Table.of(_FOR_PEOPLE, [replace(one, signal=one.label) for one in seen])
    show(table, format=format, output=output, quiet=quiet, excel=excel)
    return _FOUND if least is not None and any(watching.severity(one.level) >= least for one in seen) else 0


COMMANDS = {"watch": watch}
