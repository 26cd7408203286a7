"""`crm clean check`: what is wrong with the data."""

from typing import Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.i18n import _
from crmcli.tables import Column, Table

_FINDINGS = 8
PROBLEMS = (
    Column("table", "id"),
    Column("code", "id", meaning="number"),
    Column("name"),
    Column("field", "id"),
    Column("value"),
    Column("problem"),
    Column("proposal", wide=True),
    Column("certain", wide=True),
    Column("line", "number", wide=True),
    Column("rule", "id", wide=True),
)


def check(
    fail: Annotated[bool, typer.Option("--fail-on-problems", help=_("Exit with 8 if there are any"))] = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> int:
    """Show every problem of the data: where it is, what is wrong, and the repair where one can be had."""
    from crmcli.cleaning import check as checking

    with workspace(readonly=True) as ws:
        found = checking.check(ws)
        show(Table.of(PROBLEMS, found), format=format, output=output, quiet=quiet, excel=excel)
    return _FINDINGS if fail and found else 0
