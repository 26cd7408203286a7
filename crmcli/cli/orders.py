"""`crm order`: what customers bought."""

from typing import Annotated

import typer

from crmcli.cli.customers import Values, assignments, changes
from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Excel, Format, Output, Quiet, Since, Until
from crmcli.cli.output import show, show_each
from crmcli.i18n import _
from crmcli.tables import Column, Table

COLUMNS = (
    Column("number", "id"),
    Column("code", "id"),
    Column("customer"),
    Column("ordered_on", "date"),
    Column("amount", "money"),
    Column("cost", "money", wide=True),
    Column("currency", wide=True),
    Column("product", wide=True),
    Column("category", wide=True),
    Column("quantity", "number", wide=True),
    Column("status"),
)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help=_("The order's number"), show_default=False)]


def add(
    customer: CustomerName,
    amount: Annotated[
        str,
        typer.Argument(metavar="AMOUNT", help=_("Like 1234.50 or 12万; a credit is negative"), show_default=False),
    ],
    values: Values = None,
    number: Annotated[str | None, typer.Option("--number", metavar="N", help=_("Its number; else the next"))] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help=_("The day of the order; else today"))] = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Add an order: crm order add C000001 12800 product=标准件 (a negative amount: -- before it)"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records
    from crmcli.reports import lists

    named = {"number": number, "ordered_on": on}
    given = assignments(values, amount=amount, **{name: text for name, text in named.items() if text is not None})
    with workspace(dry_run=dry_run) as ws:
        row = records.add_order(ws, customer, given)
        wrote(ws, ws.summary)
        rows = list(lists.orders(ws, numbers=[row["number"]]))
    show(Table.of(COLUMNS, rows), format=format, output=output, quiet=quiet)


def edit(
    number: Number,
    values: Values = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Set fields of an order: crm order edit O000001 status=returned"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records

    given = assignments(values)
    with workspace(dry_run=dry_run) as ws:
        edited = records.edit_order(ws, number, given)
        wrote(ws, ws.summary)
    show(changes(edited), format=format, output=output, quiet=quiet)


def list_(
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help=_("Only of this customer"), show_default=False)
    ] = None,
    since: Since = None,
    until: Until = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List orders, newest first: those of one customer or all."""
    from crmcli.reports import lists

    with workspace(readonly=True) as ws:
        rows = lists.orders(ws, customer=customer, since=since, until=until)
        table = lists.with_own_fields(ws, "orders", COLUMNS, rows)
        show_each(*table, format=format, output=output, quiet=quiet, excel=excel)


def remove(
    numbers: Annotated[
        list[str], typer.Argument(metavar="NUMBER...", help=_("The orders' numbers"), show_default=False)
    ],
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Remove orders; crm undo brings them back. One that fell through: crm order edit N status=cancelled"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records
    from crmcli.reports import lists

    with workspace(dry_run=dry_run) as ws:
        rows = list(lists.orders(ws, numbers=numbers))
        records.remove_orders(ws, numbers)
        wrote(ws, ws.summary)
    show(Table.of(COLUMNS, rows), format=format, output=output, quiet=quiet)


COMMANDS = {"order": {"add": add, "edit": edit, "list": list_, "remove": remove}}
HELP = {"order": _("The orders of customers.")}
