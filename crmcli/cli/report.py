"""`crm report`: the plan's deliverables, ready to hand over."""

from typing import Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Owner, Quiet, Since, Stage, Tags, Tier, Until, Where
from crmcli.i18n import _


def report(
    name: Annotated[
        str | None, typer.Argument(metavar="REPORT", help=_("Which one; without it, what there is"), show_default=False)
    ] = None,
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help=_("Only of this customer"), show_default=False)
    ] = None,
    owner: Owner = None,
    tier: Tier = None,
    stage: Stage = None,
    tag: Tags = None,
    where: Where = None,
    since: Since = None,
    until: Until = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Write one of the plan's deliverables: crm report value -o value.html

    The ending says the format: .xlsx to send on, .html to look at and print, .md, .csv, .json.
    """
    from crmcli.cli.documents import show_document
    from crmcli.cli.output import show
    from crmcli.reports import deliverables
    from crmcli.reports.deliverables.frame import asked
    from crmcli.tables import Column, Table

    if name is None:
        found = [{"report": key, "about": one.about} for key, one in deliverables.deliverables().items()]
        show(Table((Column("report", "id"), Column("about")), found), format=format, output=output, quiet=quiet)
        return
    filters = {"owner": owner, "tier": tier, "stage": stage}
    with workspace(readonly=True) as ws:
        chosen = asked(
            ws,
            customer=customer,
            where={key: value for key, value in filters.items() if value is not None},
            tags=tag or (),
            rule=where,
            since=since,
            until=until,
        )
        document = deliverables.report(ws, name, chosen)
    show_document(document, format=format, output=output, quiet=quiet, excel=excel)


COMMANDS = {"report": report}
