"""`crm list`, `crm find`: customers, many at once."""

from typing import Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Owner, Quiet, Stage, Tags, Tier, Where
from crmcli.cli.output import show, show_each
from crmcli.i18n import _
from crmcli.tables import Column, Table

FOUND = (
    Column("code", "id"),
    Column("name"),
    Column("tier"),
    Column("owner"),
    Column("phone", "phone"),
    Column("email", wide=True),
    Column("city", wide=True),
)


def list_(
    owner: Owner = None,
    tier: Tier = None,
    stage: Stage = None,
    tag: Tags = None,
    industry: Annotated[str | None, typer.Option("--industry", metavar="TEXT", help=_("Only of this industry"))] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="TEXT", help=_("Only in this region"))] = None,
    city: Annotated[str | None, typer.Option("--city", metavar="TEXT", help=_("Only in this city"))] = None,
    where: Where = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="FIELD", help=_("In the order of this field; -FIELD backwards")),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", help=_("At most so many"), min=1, show_default=False)] = None,
    fields: Annotated[
        str | None, typer.Option("--fields", metavar="A,B", help=_("These fields, in this order"))
    ] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List customers: crm list --owner 王芳 --where "amount_12m > 50_000" --sort -amount_12m"""
    import sys

    from crmcli.reports import lists

    on_screen = format is None and output is None and not quiet and not excel and sys.stdout.isatty()
    wanted = {
        "owner": owner,
        "tier": tier,
        "stage": stage,
        "industry": industry,
        "region": region,
        "city": city,
    }
    with workspace(readonly=True) as ws:
        chosen = lists.chosen(ws, fields, short=on_screen)
        rows = lists.each_customer(
            ws,
            fields=chosen,
            where={name: value for name, value in wanted.items() if value is not None},
            tags=tag or (),
            rule=where,
            sort=sort,
            limit=limit,
        )
        show_each(chosen, rows, format=format, output=output, quiet=quiet, excel=excel)


def find(
    text: Annotated[
        str,
        typer.Argument(metavar="TEXT", help=_("Part of a name, phone, e-mail or code"), show_default=False),
    ],
    limit: Annotated[int, typer.Option("--limit", help=_("At most so many"), min=1)] = 50,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Find customers by a part of a name, phone, e-mail or code, theirs or a contact's."""
    from crmcli.store import finding

    with workspace(readonly=True) as ws:
        rows = finding.find(ws, text, limit=limit)
    show(Table.of(FOUND, rows), format=format, output=output, quiet=quiet)


COMMANDS = {"list": list_, "find": find}
