"""`crm history`, `crm undo`, `crm redo`: the journal of operations."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.cli.writing import report_reversal
from crmcli.i18n import _
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.store.reversing import Reversal
    from crmcli.store.workspace import Workspace

OPERATIONS = (
    Column("op", "number"),
    Column("at", "instant"),
    Column("actor"),
    Column("command"),
    Column("summary", wide=True),
    Column("rows", "number"),
    Column("undone"),
)
FIELDS = (
    Column("op", "number"),
    Column("at", "instant"),
    Column("actor"),
    Column("entity", wide=True),
    Column("name"),
    Column("field"),
    Column("before"),
    Column("after"),
    Column("file", wide=True),
    Column("line", "number"),
    Column("command", wide=True),
)

Op = Annotated[int | None, typer.Argument(metavar="OP", help=_("The operation's number"), show_default=False)]


def history(
    customer: Annotated[str | None, typer.Argument(metavar="CUSTOMER", help=_("One customer's fields"))] = None,
    limit: Annotated[int, typer.Option("--limit", help=_("At most so many"), min=1)] = 50,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show what was done, newest first; for a customer, who set each field, when and how."""
    from crmcli.store import history as journal
    from crmcli.store.finding import customer as the_customer

    with workspace(readonly=True) as ws:
        if customer is None:
            table = Table.of(OPERATIONS, journal.operations(ws, limit=limit))
        else:
            table = Table.of(FIELDS, journal.fields(ws, the_customer(ws, customer), limit=limit))
        show(table, format=format, output=output, quiet=quiet, excel=excel)


def undo(op: Op = None, dry_run: DryRun = False, format: Format = None, output: Output = None) -> int:
    """Take back an operation: the last one, or the one named."""
    from crmcli.store import reversing

    with workspace(dry_run=dry_run) as ws:
        reversal = reversing.undo(ws, op)
        sentences = _sentences_after(ws)
    return _report(reversal, sentences, format, output, dry_run=dry_run)


def redo(op: Op = None, dry_run: DryRun = False, format: Format = None, output: Output = None) -> int:
    """Do again what was undone."""
    from crmcli.store import reversing

    with workspace(dry_run=dry_run) as ws:
        reversal = reversing.redo(ws, op)
        sentences = _sentences_after(ws)
    return _report(reversal, sentences, format, output, dry_run=dry_run)


def _sentences_after(ws: "Workspace") -> list[str]:
    """Which policy is in force now, if that was the question, and what is to be done where the tiers are of another."""
    from crmcli.grading.policies import said_in_force, said_of_unknown_tiers

    policy = said_in_force(ws) if ws.wrote_to("policy") else ""
    tiers = said_of_unknown_tiers(ws) if ws.wrote_to("policy", "customer") else ""
    return [*filter(None, (policy, tiers))]


def _report(
    reversal: "Reversal", sentences: list[str], format: str | None, output: Path | None, *, dry_run: bool
) -> int:
    code = report_reversal(reversal, format, output, dry_run=dry_run)
    for sentence in sentences:
        note(sentence)
    return code


COMMANDS = {"history": history, "undo": undo, "redo": redo}
