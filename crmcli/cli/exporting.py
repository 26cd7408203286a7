"""`crm export`: tables as files, to look at elsewhere or to import again."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Owner, Quiet
from crmcli.cli.output import show, write_file
from crmcli.errors import UsageError
from crmcli.i18n import _

if TYPE_CHECKING:
    from crmcli.store.workspace import Workspace


def export(
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE",
            help=_("customers, contacts, orders, contracts, interactions, leads, cases, surveys, tags; or all"),
            show_default=False,
        ),
    ],
    owner: Owner = None,
    tier: Annotated[str | None, typer.Option("--tier", metavar="TIER", help=_("Only of this tier"))] = None,
    stage: Annotated[str | None, typer.Option("--stage", metavar="STAGE", help=_("Only in this stage"))] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="DIM[:VALUE]", help=_("Only with this tag; may be repeated")),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option("--where", metavar="RULE", help=_("Only where this rule of the policy's language holds")),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help=_("From this day on"))] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help=_("Up to this day"))] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Write a table out, CSV unless asked otherwise: crm export customers --owner 王芳 -o wang.csv

    What it writes can be imported again. `crm export contacts -o people.vcf` writes vCards;
    `crm export all -o crm.jsonl` everything but the journal, the same bytes for the same content.
    """
    from crmcli.reports import exporting

    filters = {"owner": owner, "tier": tier, "stage": stage}
    wanted = {name: value for name, value in filters.items() if value is not None}
    with workspace(readonly=True) as ws:
        if table == "all":
            _refuse_choice(wanted or tag or where or since or until or quiet or excel, format, output)
            _write(output, _dumped(ws))
            return
        chosen = exporting.export(ws, table, where=wanted, tags=tag or (), rule=where, since=since, until=until)
        if output is not None and output.suffix.lower() == ".vcf" and format is None:
            if table != "contacts":
                raise UsageError(
                    _("only contacts can be vCards"), hint=_("crm export contacts -o {file}").format(file=output.name)
                )
            from crmcli.reports import vcards

            _write(output, vcards.cards(ws, {row["customer"] for row in chosen.rows}))
            return
    if format is None and (output is None or str(output) == "-") and not quiet:
        format = "csv"
    show(chosen, format=format, output=output, quiet=quiet, excel=excel)


def _write(output: Path | None, parts: Iterable[str]) -> None:
    if output is None or str(output) == "-":
        sys.stdout.writelines(parts)
    else:
        write_file(output, "".join(parts))


def _refuse_choice(chosen: object, format: str | None, output: Path | None) -> None:
    if chosen:
        raise UsageError(_("all is all: it takes no choice of customers, days or columns"))
    ending = output.suffix.lower() if output is not None and str(output) != "-" else ".jsonl"
    if format not in (None, "jsonl") or (format is None and ending != ".jsonl"):
        raise UsageError(_("all is written as jsonl"), hint="crm export all -o crm.jsonl")


def _dumped(ws: "Workspace") -> Iterable[str]:
    """A line for each row, with the name of its table."""
    import json

    from crmcli.cli.output import record
    from crmcli.reports import exporting

    for name, table in exporting.dump(ws):
        for row in table.rows:
            yield json.dumps({"table": name, **record(row, table.columns)}, ensure_ascii=False) + "\n"


COMMANDS = {"export": export}
