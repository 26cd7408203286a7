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
Tier = Annotated[str | None, typer.Option("--tier", metavar="TIER", help=_("Only of this tier"))]
Stage = Annotated[str | None, typer.Option("--stage", metavar="STAGE", help=_("Only in this stage"))]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", metavar="DIM[:VALUE]", help=_("Only with this tag; may be repeated"))
]
Where = Annotated[
    str | None, typer.Option("--where", metavar="RULE", help=_("Only where this rule of the policy's language holds"))
]
Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help=_("From this day on"))]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help=_("Up to this day"))]
CustomerName = Annotated[
    str,
    typer.Argument(metavar="CUSTOMER", help=_("A code, name, phone, e-mail, or part of the name"), show_default=False),
]
