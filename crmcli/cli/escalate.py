"""`crm escalate`: what the policy asks for where something is late is carried out."""

from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.tables import Column, Table

CARRIED = (
    Column("code", "id"),
    Column("customer"),
    Column("step"),
    Column("before"),
    Column("after"),
    Column("late_days", "number"),
    Column("key", "id"),
)


def escalate(dry_run: DryRun = False, format: Format = None, output: Output = None, quiet: Quiet = False) -> None:
    """Mark and reassign what is late as the policy says, once a day from cron; crm due --escalated shows it before."""
    from crmcli.care import late_customers
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        carried = late_customers.escalate(ws)
        wrote(ws, ws.summary)
    show(Table.of(CARRIED, carried), format=format, output=output, quiet=quiet)


COMMANDS = {"escalate": escalate}
