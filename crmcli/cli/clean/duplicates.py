"""`crm clean duplicates`: customers that are the same customer."""

from typing import Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Quiet
from crmcli.cli.output import is_for_people, show
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table

PAIRS = (
    Column("left", "id"),
    Column("right", "id"),
    Column("left_name"),
    Column("right_name"),
    Column("score", "share", meaning="likeness"),
    Column("band", "id"),
    Column("reasons", "list", wide=True),
)


def duplicates(
    threshold: Annotated[
        float | None, typer.Option("--threshold", metavar="SCORE", help=_("Only pairs of this score, 0 to 1, or more"))
    ] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> int:
    """Show the pairs that are the same customer, and why: certain, likely, possible, or only related."""
    if threshold is not None and not 0 <= threshold <= 1:
        raise UsageError(_("a score is a number from 0 to 1, not {score}").format(score=threshold))
    from crmcli.cleaning.duplicates import find

    with workspace(readonly=True) as ws:
        rows = [vars(pair) for pair in find(ws, threshold=threshold)]
    if is_for_people(format, output):
        # These are two by a rule, however alike: 0 % beside two names that differ in a branch would puzzle.
        rows = [{**row, "score": None} if row["band"] == "related" else row for row in rows]
    show(Table.of(PAIRS, rows), format=format, output=output, quiet=quiet, excel=excel)
    return 0
