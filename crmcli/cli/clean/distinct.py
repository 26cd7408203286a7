"""`crm clean distinct`: two customers that are not the same, remembered."""

from typing import Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.i18n import _
from crmcli.tables import Column, Table

PAIR = (
    Column("left", "id"),
    Column("right", "id"),
    Column("left_name"),
    Column("right_name"),
    Column("since", "date", meaning="from_day"),
)


def distinct(
    one: Annotated[str, typer.Argument(metavar="A", help=_("A customer"), show_default=False)],
    other: Annotated[str, typer.Argument(metavar="B", help=_("One that is not the same"), show_default=False)],
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Remember that two customers are not the same: they are not shown as duplicates again, and never merged."""
    from crmcli.cleaning.distinct import distinct as remember
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        pair = remember(ws, one, other)
        wrote(ws, _("{left} and {right} are distinct").format(left=pair.left, right=pair.right))
    show(Table.of(PAIR, [pair]), format=format, output=output, quiet=quiet)
