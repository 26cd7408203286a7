"""`crm contract`: agreements with customers, until when they run, and whether they were renewed."""

from typing import Annotated

import typer

from crmcli.cli.customers import Values, assignments, changes
from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import show, show_each
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table

COLUMNS = (
    Column("number", "id"),
    Column("code", "id"),
    Column("customer"),
    Column("starts_on", "date"),
    Column("ends_on", "date"),
    Column("amount", "money"),
    Column("renewed"),
)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help=_("The contract's number"), show_default=False)]
Whose = Annotated[
    str | None, typer.Argument(metavar="CUSTOMER", help=_("Only of this customer"), show_default=False)
]  # fmt: skip
WhoseToo = Annotated[
    str | None, typer.Option("--customer", metavar="CUSTOMER", help=_("The same; either way will do"))
]  # fmt: skip


def add(
    customer: CustomerName,
    values: Values = None,
    number: Annotated[
        str | None, typer.Option("--number", metavar="N", help=_("The contract's number; else the next"))
    ] = None,
    starts: Annotated[str | None, typer.Option("--starts", metavar="DATE", help=_("Its first day"))] = None,
    ends: Annotated[str | None, typer.Option("--ends", metavar="DATE", help=_("Its last day"))] = None,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="AMOUNT", help=_("What it is worth, like 12万"))
    ] = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Add a contract: crm contract add C000001 --starts 2026-01-01 --ends 2026-12-31 --amount 12万"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records
    from crmcli.reports import lists

    named = {"number": number, "starts_on": starts, "ends_on": ends, "amount": amount}
    given = assignments(values, **{name: text for name, text in named.items() if text is not None})
    with workspace(dry_run=dry_run) as ws:
        row = records.add_contract(ws, customer, given)
        wrote(ws, ws.summary)
        rows = lists.contracts(ws, numbers=[row["number"]])
    show(Table.of(COLUMNS, rows), format=format, output=output, quiet=quiet)


def edit(
    number: Number,
    values: Values = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Set fields of a contract: crm contract edit K000001 renewed=yes"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records

    given = assignments(values)
    with workspace(dry_run=dry_run) as ws:
        edited = records.edit_contract(ws, number, given)
        wrote(ws, ws.summary)
    show(changes(edited), format=format, output=output, quiet=quiet)


def list_(
    customer: Whose = None,
    named: WhoseToo = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help=_("Only those that end on this day or later"))
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help=_("Only those that end up to this day"))
    ] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List contracts by their ends; those of the next three months: crm contract list --since today --until +3m"""
    from crmcli.reports import lists

    whose = one_customer(customer, named)
    with workspace(readonly=True) as ws:
        rows = lists.contracts(ws, customer=whose, since=since, until=until)
        table = lists.with_own_fields(ws, "contract", COLUMNS, rows)
        show_each(*table, format=format, output=output, quiet=quiet, excel=excel)


def one_customer(argument: str | None, option: str | None) -> str | None:
    """The customer that was named as an argument or by `--customer`. Raises UsageError if both were given."""
    if argument is not None and option is not None:
        raise UsageError(_("the customer is given twice"))
    return option if argument is None else argument


def remove(
    numbers: Annotated[
        list[str], typer.Argument(metavar="NUMBER...", help=_("The contracts' numbers"), show_default=False)
    ],
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Remove contracts; crm undo brings them back. One that ended: crm contract edit N ends_on=DATE"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records
    from crmcli.reports import lists

    with workspace(dry_run=dry_run) as ws:
        rows = lists.contracts(ws, numbers=numbers)
        records.remove_contracts(ws, numbers)
        wrote(ws, ws.summary)
    show(Table.of(COLUMNS, rows), format=format, output=output, quiet=quiet)


COMMANDS = {"contract": {"add": add, "edit": edit, "list": list_, "remove": remove}}
HELP = {"contract": _("The contracts of customers.")}
