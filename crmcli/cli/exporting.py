"""`crm export`: tables as files, to look at elsewhere or to import again."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli.cli.due import ITEMS, write_calendar
from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Owner, Quiet, Since, Stage, Tags, Tier, Until, Where
from crmcli.cli.output import chosen_format, show, show_each, write
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Table

if TYPE_CHECKING:
    from crmcli.store.workspace import Workspace


def export(
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE",
            help=_("customers, contacts, orders, contracts, interactions, leads, cases, surveys, tags, due; or all"),
            show_default=False,
        ),
    ],
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
    """Write a table out, CSV unless asked otherwise: crm export customers --owner 王芳 -o wang.csv

    What it writes can be imported again. `crm export contacts -o people.vcf` writes vCards,
    `crm export due --until +2w -o due.ics` a calendar, and `crm export all -o crm.jsonl`
    everything but the journal, the same bytes for the same content.
    """
    from crmcli.reports import exporting

    filters = {"owner": owner, "tier": tier, "stage": stage}
    wanted = {name: value for name, value in filters.items() if value is not None}
    choice: dict[str, Any] = {"where": wanted, "tags": tag or (), "rule": where, "since": since, "until": until}
    with workspace(readonly=True) as ws:
        if table == "all":
            _refuse_choice(any(choice.values()) or quiet or excel, format, output)
            write(_dumped(ws), output)
            return
        if format is None and (output is None or str(output) == "-") and not quiet:
            format = "csv"
        if format is None and output is not None and output.suffix.lower() in (".vcf", ".ics"):
            _write_entries(ws, table, choice, output)
        elif table == "due":
            items = exporting.due_items(ws, **choice)
            show(Table.of(ITEMS, items), format=format, output=output, quiet=quiet, excel=excel)
        else:
            found = exporting.each(ws, table, **choice)
            columns = found.columns
            if chosen_format(format, output, excel=excel, quiet=quiet) == "xlsx":
                # A workbook can be imported again, in whatever language it was written: it keeps the keys.
                columns = [replace(column, title=column.key) for column in columns]
            show_each(columns, found.rows, format=format, output=output, quiet=quiet, excel=excel)


def _write_entries(ws: "Workspace", table: str, choice: Mapping[str, Any], output: Path) -> None:
    """People as vCards, or what is due as a calendar."""
    from crmcli.reports import exporting, vcards

    ending = output.suffix.lower()
    only, refused = {
        ".vcf": ("contacts", _("only contacts can be vCards")),
        ".ics": ("due", _("only what is due can be a calendar")),
    }[ending]
    if table != only:
        raise UsageError(refused, hint=f"crm export {only} -o {output.name}")
    if ending == ".ics":
        write_calendar(ws, exporting.due_items(ws, **choice), {}, output)
    else:
        people = exporting.each(ws, table, **choice)
        write(vcards.cards(ws, {row["customer"] for row in people.rows}), output)


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
