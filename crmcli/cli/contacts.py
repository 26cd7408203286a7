"""`crm contact`: the people at a customer."""

from typing import Annotated

import typer

from crmcli.cli.customers import Values, assignments, changes
from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import show, show_each
from crmcli.i18n import _
from crmcli.tables import Column, Table

COLUMNS = (
    Column("code", "id"),
    Column("customer"),
    Column("name", meaning="person"),
    Column("title"),
    Column("role", wide=True),
    Column("phone", "phone"),
    Column("email"),
    Column("wechat", "id", wide=True),
    Column("birthday", "date", wide=True),
    Column("primary", wide=True),
    Column("consent", wide=True),
    Column("note", wide=True),
    Column("other_phones", wide=True),
    Column("other_emails", wide=True),
)

Person = Annotated[str, typer.Argument(metavar="NAME", help=_("The person's name"), show_default=False)]


def add(
    customer: CustomerName,
    name: Person,
    values: Values = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
) -> None:
    """Add a person: crm contact add C000001 张三 title=采购经理 phone=13800138000"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records
    from crmcli.reports import lists

    # `name=张三` is what somebody writes who writes the other fields so.
    given = assignments(values, name=name.removeprefix("name="))
    with workspace(dry_run=dry_run) as ws:
        row = records.add_contact(ws, customer, given)
        rows = [lists.contact(ws, row)]
        wrote(ws, ws.summary)
    show(Table.of(COLUMNS, rows), format=format, output=output)


def edit(
    customer: CustomerName,
    name: Person,
    values: Values = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Set fields of a person: crm contact edit C000001 张三 phone=13800138000"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records

    given = assignments(values)
    with workspace(dry_run=dry_run) as ws:
        edited = records.edit_contact(ws, customer, name, given)
        wrote(ws, ws.summary)
    show(changes(edited), format=format, output=output, quiet=quiet)


def list_(
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help=_("Only of this customer"), show_default=False)
    ] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List the people, those of one customer or all."""
    from crmcli.reports import lists

    with workspace(readonly=True) as ws:
        rows = lists.contacts(ws, customer=customer)
        table = lists.with_own_fields(ws, "contact", COLUMNS, rows)
        show_each(*table, format=format, output=output, quiet=quiet, excel=excel)


def remove(
    customer: CustomerName,
    name: Person,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
) -> None:
    """Remove a person; crm undo brings it back."""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records
    from crmcli.reports import lists

    with workspace(dry_run=dry_run) as ws:
        row = records.remove_contact(ws, customer, name)
        rows = [lists.contact(ws, row)]
        wrote(ws, ws.summary)
    show(Table.of(COLUMNS, rows), format=format, output=output)


COMMANDS = {"contact": {"add": add, "edit": edit, "list": list_, "remove": remove}}
HELP = {"contact": _("The people at a customer.")}
