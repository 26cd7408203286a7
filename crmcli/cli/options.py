"""Options that several commands share, each spelled and explained once."""

from pathlib import Path
from typing import Annotated

import typer

from crmcli.i18n import _

Format = Annotated[
    str | None, typer.Option("--format", "-f", metavar="FORMAT", help=_("table, json, jsonl, csv, tsv or md"))
]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help=_("Write to a file instead"))]
Excel = Annotated[bool, typer.Option("--excel", help=_("CSV for Excel: with a BOM, formula cells made text"))]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=_("Only the first column, for xargs"))]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help=_("Do it, report it, and take it back"))]
Owner = Annotated[str | None, typer.Option("--owner", metavar="NAME", help=_("Only this owner's"))]
CustomerName = Annotated[
    str,
    typer.Argument(metavar="CUSTOMER", help=_("A code, name, phone, e-mail, or part of the name"), show_default=False),
]
