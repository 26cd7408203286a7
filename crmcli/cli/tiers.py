"""`crm tier`: who matters how much."""

from typing import Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import show as show_table
from crmcli.errors import BadValue, InvalidInput, UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table

RUN = (
    Column("tier"),
    Column("customers", "number"),
    Column("share", "share"),
    Column("amount_12m", "money"),
    Column("joined", "number"),
    Column("left", "number"),
)
STANDING = (
    Column("tier"),
    Column("label"),
    Column("customers", "number"),
    Column("share", "share"),
    Column("amount_12m", "money"),
)
PINNED = (
    Column("code", "id"),
    Column("name"),
    Column("tier"),
    Column("tier_on", "date"),
    Column("pinned_until", "date"),
    Column("reason"),
)
HISTORY = (
    Column("code", "id"),
    Column("at", "instant"),
    Column("from"),
    Column("to"),
    Column("reason"),
    Column("policy", wide=True),
    Column("actor"),
)


def run(
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Grade every customer by the policy's rules: crm tag run && crm tier run"""
    from crmcli.cli.writing import wrote
    from crmcli.grading import tiers

    with workspace(dry_run=dry_run) as ws:
        counts = tiers.run_tiers(ws)
        wrote(ws, ws.summary)
    show_table(Table.of(RUN, counts), format=format, output=output, quiet=quiet, excel=excel)


def show(format: Format = None, output: Output = None, quiet: Quiet = False, excel: Excel = False) -> None:
    """Show the tiers as they are: customers, share, amount of the last 12 months."""
    from crmcli.grading import tiers

    with workspace(readonly=True) as ws:
        counts = tiers.tiers(ws)
    show_table(Table.of(STANDING, counts), format=format, output=output, quiet=quiet, excel=excel)


def set_(
    customer: CustomerName,
    tier: Annotated[
        str | None, typer.Argument(metavar="TIER", help=_("The tier's key or label"), show_default=False)
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help=_("Why; it is kept"))] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help=_("The last day of it; for ever unless given"))
    ] = None,
    auto: Annotated[bool, typer.Option("--auto", help=_("Back to the rules, from the next tier run on"))] = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Pin a customer to a tier by hand: crm tier set C000001 strategic --reason "key account" --until 2027-06-30"""
    from crmcli.calendars import parse_when
    from crmcli.cli.writing import wrote
    from crmcli.grading import tiers

    if auto and (tier or reason or until):
        raise UsageError(_("--auto goes alone"))
    with workspace(dry_run=dry_run) as ws:
        if auto:
            row = tiers.unset_tier(ws, customer)
        else:
            if tier is None or reason is None:
                raise UsageError(_("which tier, and why?"), hint="crm tier set CUSTOMER TIER --reason TEXT")
            try:
                last = None if until is None else parse_when(until, ws.today)
            except BadValue as error:
                raise InvalidInput(_("--until {text}: {reason}").format(text=until, reason=error.reason)) from error
            row = tiers.set_tier(ws, customer, tier, reason=reason, until=last)
        wrote(ws, ws.summary)
    show_table(Table.of(PINNED, [row]), format=format, output=output, quiet=quiet)


def history(
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help=_("One customer only"), show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", help=_("At most so many"), min=1, show_default=False)] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show who came from which tier into which, when and why, newest first."""
    from crmcli.grading import tiers

    with workspace(readonly=True) as ws:
        rows = tiers.tier_history(ws, customer)[:limit]
    show_table(Table.of(HISTORY, rows), format=format, output=output, quiet=quiet, excel=excel)


COMMANDS = {"tier": {"run": run, "show": show, "set": set_, "history": history}}
HELP = {"tier": _("Who matters how much: grade customers by the policy, or by hand")}
