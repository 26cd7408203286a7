"""`crm due`: what is to be done today."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli.cli import settings
from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Output, Owner, Quiet
from crmcli.cli.output import is_for_people, show, write_file
from crmcli.i18n import _, language, plural
from crmcli.reports.writing.cells import padded
from crmcli.tables import Column, Table
from crmcli.values import display_width, safe

if TYPE_CHECKING:
    from crmcli.care.due import DueItem
    from crmcli.care.greetings import Greeting
    from crmcli.store.workspace import Workspace

_ROOM_FOR_A_TABLE = 130

ITEMS = (
    Column("key", "id"),
    Column("due_on", "date"),
    Column("due_at", "instant", wide=True),
    Column("late_days", "number", wide=True),
    Column("kind", wide=True),
    Column("code", "id", wide=True),
    Column("customer"),
    Column("tier", wide=True),
    Column("owner", wide=True),
    Column("action"),
    Column("channel"),
    Column("contact"),
    Column("phone", "phone"),
    Column("reason", wide=True),
    Column("escalation", wide=True),
)
_WITH_IT = (Column("greeting"), Column("gift"), Column("benefits", "list"))
_Format = Annotated[
    str | None, typer.Option("--format", "-f", metavar="FORMAT", help=_("table, json, jsonl, csv, tsv, md or ics"))
]


def due(
    owner: Owner = None,
    days: Annotated[int, typer.Option("--days", metavar="N", help=_("Also what comes within N days"))] = 0,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=_(
                "Only this kind, repeatable: touch, action, case, lead, birthday, anniversary, festival, renewal, "
                "survey, review, retention, handoff"
            ),
        ),
    ] = None,
    late: Annotated[bool, typer.Option("--late", help=_("Only what was due before today"))] = False,
    escalated: Annotated[
        bool, typer.Option("--escalated", help=_("Only what is so late that the policy asks for more"))
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help=_("With the greeting to send, the gift and the benefits of the tier"))
    ] = False,
    format: _Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show what is to be done, most urgent first; crm log, done, snooze and skip settle it. A calendar: -o due.ics"""
    from crmcli.care.due import due as due_items
    from crmcli.store.owners import meant

    with workspace(readonly=True) as ws:
        items = due_items(ws, owner=meant(ws, owner), days=days, kinds=kind or (), late=late, escalated=escalated)
        greetings = _greetings(ws, items) if full else {}
        tiers = ws.digest["tiers"]
        named = output is not None and output.suffix.lower() == ".ics"
        if (format == "ics" or (format is None and named)) and not (quiet or excel):
            write_calendar(ws, items, greetings, output)
            return
    if not items and format is None and output is None and not excel and sys.stdout.isatty():
        note(_("nothing is due"))
        return
    if format is None and output is None and not (quiet or excel) and sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        if full or columns < _ROOM_FOR_A_TABLE:
            _show_cards(items, columns, greetings, tiers)
            return
    spoken = is_for_people(format, output) and not (quiet or excel)
    table = Table.of(ITEMS, _spoken(items) if spoken else items)
    if full:
        rows = [{**row, **_fields(greetings.get(row["key"]))} for row in table.rows]
        table = Table((*ITEMS, *_WITH_IT), rows)
    show(table, format=format, output=output, quiet=quiet, excel=excel)


def _spoken(items: "list[DueItem]") -> "list[DueItem]":
    """The items with the words of people where machines have theirs."""
    from crmcli.care import escalation
    from crmcli.care.items import spoken_channel

    return [
        replace(item, channel=spoken_channel(item.channel), escalation=escalation.spoken(item.escalation))
        for item in items
    ]


def _greetings(ws: "Workspace", items: "list[DueItem]") -> "Mapping[str, Greeting]":
    from crmcli.care.greetings import of

    return of(ws, items)


def _fields(greeting: "Greeting | None") -> dict[str, object]:
    return {column.key: getattr(greeting, column.key, None) for column in _WITH_IT}


def write_calendar(
    ws: "Workspace", items: "list[DueItem]", greetings: "Mapping[str, Greeting]", output: Path | None
) -> None:
    """Print due items as a calendar file, or put it in `output`."""
    from crmcli.reports.ics import calendar

    text = calendar(ws, items, greetings)
    if output is None or str(output) == "-":
        sys.stdout.write(text)
    else:
        write_file(output, text)


def _show_cards(
    items: "list[DueItem]", columns: int, greetings: "Mapping[str, Greeting]", tiers: Mapping[str, Any]
) -> None:
    """An item as a few lines: who and when, what and how, why; a table of it would cut names on this terminal."""
    from rich.console import Console
    from rich.text import Text

    from crmcli.care import escalation
    from crmcli.care.greetings import spoken
    from crmcli.cli.grids import folded, painted

    plain = settings.current().no_color or None
    # The height is of no use but this: without it Rich takes any terminal that is called dumb for one of 80 columns.
    console = Console(width=columns, height=25, markup=False, emoji=False, highlight=False, no_color=plain)
    paint = {style: painted(console, style) for style in ("", "bold", "bold red", "red", "dim")}

    def below(text: str, style: str = "") -> None:
        for line in folded(safe(text), columns - 2):
            console.file.write(f"  {paint[style](padded(line, columns - 2, False))}\n")

    for item in items:
        late = plural("{days} day late", "{days} days late", item.late_days).format(days=item.late_days)
        # A tier review is of an owner, or of the customers that have none.
        who = item.customer or item.owner or _("without an owner")
        label = tiers.get(item.tier or "", {}).get("label", {}).get(language(), item.tier)
        belongs = " · ".join(safe(word) for word in (label, item.owner) if word and word != who)
        time = f" {item.due_at[11:16]}" if item.due_at else ""
        head = (
            (f"{item.due_on}{time}  ", "bold"),
            (f"{late}  " if item.late_days else "", "bold red"),
            (safe(who), "bold"),
            (f"  {belongs}" if belongs else "", ""),
        )
        if display_width("".join(text for text, style in head)) <= columns:
            console.file.write("".join(paint[style](text) for text, style in head) + "\n")
        else:
            console.print(Text.assemble(*head))
        below(item.action + (f"  →  {item.whom}" if item.whom else ""))
        below(item.reason, "dim")
        if item.escalation:
            below(_("escalation: {what}").format(what=escalation.spoken(item.escalation)), "red")
        for words in spoken(greetings[item.key]) if item.key in greetings else ():
            for line in words.splitlines():
                below(line)
        below(item.key, "dim")


COMMANDS = {"due": due}
