"""`crm clean completeness`: how complete the records are, and who completed them."""

from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.cli.settle import day_of
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from datetime import date

    from crmcli.store.workspace import Workspace

SHARES = (
    Column("group", "id"),
    Column("key", meaning="in_group"),
    Column("filled", "number"),
    Column("possible", "number"),
    Column("completeness", "share"),
    Column("target", "share", wide=True),
    Column("by", "date", wide=True),
)
TALLY = (Column("actor"), Column("facts", "number"), Column("tens", "number"), Column("reward", "money"))

By = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="GROUP", help=_("field, owner or tier; all three unless given"), show_default=False),
]
Tallied = Annotated[bool, typer.Option("--tally", help=_("Who filled in how many facts, and what that earns"))]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help=_("The tally's first day; the month's unless given"))
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help=_("The tally's last day; today unless given"))
]


def completeness(
    by: By = None,
    tally: Tallied = False,
    since: Since = None,
    until: Until = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show how complete the records are, by field, owner and tier; with --tally, who filled in what was missing."""
    from crmcli.cleaning import completeness as completing

    groups = by or list(completing.GROUPS)
    unknown = [group for group in groups if group not in completing.GROUPS]
    if unknown:
        message = _("completeness is not told by '{name}'").format(name=unknown[0])
        raise UsageError(message, hint=", ".join(completing.GROUPS))
    if not tally and (since or until):
        raise UsageError(_("--since and --until are of --tally"))
    if tally and by:
        raise UsageError(_("--by does not go with --tally"))
    with workspace(readonly=True) as ws:
        if tally:
            table = _tally(ws, since, until)
        else:
            shares = completing.completeness(ws, groups)
            ws.notes.append(completing.reached(ws, shares))
            table = Table.of(SHARES, shares)
    show(table, format=format, output=output, quiet=quiet, excel=excel)


def _tally(ws: "Workspace", since: str | None, until: str | None) -> Table:
    from crmcli.cleaning.tally import tally

    last: date = ws.today if until is None else day_of("--until", until, ws)
    first = last.replace(day=1) if since is None else day_of("--since", since, ws)
    if first > last:
        raise UsageError(_("the period ends before it begins"))
    return Table.of(TALLY, tally(ws, first, last))
