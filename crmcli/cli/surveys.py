"""`crm survey`: what customers answered when they were asked how satisfied they are."""

from typing import Annotated

import typer

from crmcli.cli.contracts import Whose, WhoseToo, one_customer
from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Excel, Format, Output, Quiet, Since, Until
from crmcli.cli.output import show, show_each
from crmcli.i18n import _
from crmcli.tables import Column, Table

COLUMNS = (
    Column("code", "id"),
    Column("customer"),
    Column("kind"),
    Column("score", "number"),
    Column("at", "instant"),
    Column("comment", wide=True),
    Column("case", "id", wide=True),
)


def add(
    customer: CustomerName,
    score: Annotated[str, typer.Argument(metavar="SCORE", help=_("CSAT: 1 to 5; NPS: 0 to 10"), show_default=False)],
    kind: Annotated[
        str,
        typer.Option("--kind", metavar="csat|nps", help=_("Satisfaction (csat), or would they recommend us (nps)")),
    ] = "csat",
    comment: Annotated[str | None, typer.Option("--comment", metavar="TEXT", help=_("What they said to it"))] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="NUMBER", help=_("The case that it is about"))] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="WHEN", help=_("When they answered: yesterday 15:00; now unless given")),
    ] = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Record an answer: crm survey add C000001 4 --comment 送货慢; crm survey add C000001 9 --kind nps"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records
    from crmcli.reports import lists

    named = {"score": score, "kind": kind, "comment": comment, "case": case, "at": at}
    with workspace(dry_run=dry_run) as ws:
        row = records.add_survey(ws, customer, {name: text for name, text in named.items() if text is not None})
        wrote(ws, ws.summary)
        rows = [lists.survey(ws, row)]
    show(Table.of(COLUMNS, rows), format=format, output=output, quiet=quiet)


def list_(
    customer: Whose = None,
    named: WhoseToo = None,
    since: Since = None,
    until: Until = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List answers, newest first: those of one customer or all."""
    from crmcli.reports import lists

    whose = one_customer(customer, named)
    with workspace(readonly=True) as ws:
        rows = lists.surveys(ws, customer=whose, since=since, until=until)
        table = lists.with_own_fields(ws, "survey", COLUMNS, rows)
        show_each(*table, format=format, output=output, quiet=quiet, excel=excel)


COMMANDS = {"survey": {"add": add, "list": list_}}
HELP = {"survey": _("How satisfied customers said they are.")}
