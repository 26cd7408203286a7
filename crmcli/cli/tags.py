"""`crm tag`: tags by rule and by hand."""

from typing import Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.i18n import _
from crmcli.tables import Column, Table

TAGS = (Column("code", "id"), Column("dimension"), Column("value"), Column("source"), Column("since", "date"))
RUN = (
    Column("dimension"),
    Column("value"),
    Column("label", wide=True),
    Column("customers", "number"),
    Column("gained", "number"),
    Column("lost", "number"),
)

Tags = Annotated[list[str], typer.Argument(metavar="DIM:VALUE…", help=_("Like need:service"), show_default=False)]


def add(
    customer: CustomerName,
    tags: Tags,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Set tags by hand; a rule of the same dimension gives way: crm tag add C000001 need:service"""
    from crmcli.cli.writing import wrote
    from crmcli.grading.tags import add_tag

    with workspace(dry_run=dry_run) as ws:
        rows = [add_tag(ws, customer, tag) for tag in tags]
        ws.summary = _("{code}: tags {tags}").format(code=rows[0]["code"], tags=_named(rows))
        wrote(ws, ws.summary)
    show(Table.of(TAGS, rows), format=format, output=output, quiet=quiet)


def remove(
    customer: CustomerName,
    tags: Tags,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Take away tags that were set by hand."""
    from crmcli.cli.writing import wrote
    from crmcli.grading.tags import remove_tag

    with workspace(dry_run=dry_run) as ws:
        rows = [remove_tag(ws, customer, tag) for tag in tags]
        ws.summary = _("{code}: tags {tags} removed").format(code=rows[0]["code"], tags=_named(rows))
        wrote(ws, ws.summary)
    show(Table.of(TAGS, rows), format=format, output=output, quiet=quiet)


def _named(rows: list[dict[str, str]]) -> str:
    return ", ".join(f"{row['dimension']}:{row['value']}" for row in rows)


def list_(
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help=_("One customer only"), show_default=False)
    ] = None,
    dimension: Annotated[
        str | None, typer.Option("--dimension", metavar="DIM", help=_("Only of this dimension"))
    ] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List tags: whose, since when, by rule or by hand."""
    from crmcli.grading.tags import tags

    with workspace(readonly=True) as ws:
        rows = tags(ws, customer, dimension=dimension)
    show(Table.of(TAGS, rows), format=format, output=output, quiet=quiet, excel=excel)


def run(
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Apply the policy's tag rules to every customer: crm tag run && crm tier run"""
    from crmcli.cli.writing import wrote
    from crmcli.grading.tags import run_tags

    with workspace(dry_run=dry_run) as ws:
        counts = run_tags(ws)
        wrote(ws, ws.summary)
    show(Table.of(RUN, counts), format=format, output=output, quiet=quiet, excel=excel)


COMMANDS = {"tag": {"add": add, "remove": remove, "list": list_, "run": run}}
HELP = {"tag": _("Tags DIMENSION:VALUE, by the policy's rules or by hand")}
