"""`crm value`: who is worth how much."""

from typing import Annotated

import typer

from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.i18n import _
from crmcli.tables import Column, Table

COLUMNS = (
    Column("code", "id"),
    Column("name"),
    Column("r", "number"),
    Column("f", "number"),
    Column("m", "number"),
    Column("rfm", "number", wide=True),
    Column("segment"),
    Column("orders_total", "number", wide=True),
    Column("amount_total", "money"),
    Column("amount_12m", "money", wide=True),
    Column("last_order_on", "date", wide=True),
    Column("share", "share", wide=True),
    Column("cumulative_share", "share"),
)


def value(
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help=_("One customer, among all"), show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", help=_("At most so many"), min=1, show_default=False)] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show recency, frequency and money scores (5 is best), segment and share, best first: crm value --limit 20"""
    from crmcli.grading import value as analysis

    with workspace(readonly=True) as ws:
        rows = analysis.value(ws, customer, limit=limit)
    if customer is not None and not rows:
        note(_("no order yet: nothing to analyse"))
    show(Table.of(COLUMNS, rows), format=format, output=output, quiet=quiet, excel=excel)


COMMANDS = {"value": value}
