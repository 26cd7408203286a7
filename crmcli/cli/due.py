"""`crm due`: what is to be done today."""

import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli import settings
from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Owner, Quiet
from crmcli.cli.output import show
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table
from crmcli.values import safe, spoken_phone

if TYPE_CHECKING:
    from crmcli.care.due import DueItem

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


def due(
    owner: Owner = None,
    days: Annotated[int, typer.Option("--days", metavar="N", help=_("Also what comes within N days"))] = 0,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=_("Only touch, action, case, lead, birthday, anniversary or retention; repeatable"),
        ),
    ] = None,
    late: Annotated[bool, typer.Option("--late", help=_("Only what was due before today"))] = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show what is to be done, most urgent first; crm log, done, snooze and skip settle it."""
    from crmcli.care.due import due as due_items

    with workspace(readonly=True) as ws:
        items = due_items(ws, owner=owner, days=days, kinds=kind or (), late=late)
    if not items and format is None and output is None and not excel and sys.stdout.isatty():
        note(_("nothing is due"))
        return
    if format is None and output is None and not (quiet or excel) and sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        if columns < _ROOM_FOR_A_TABLE:
            _show_cards(items, columns)
            return
    show(Table.of(ITEMS, items), format=format, output=output, quiet=quiet, excel=excel)


def _show_cards(items: "list[DueItem]", columns: int) -> None:
    """An item as three lines: who and when, what and how, why; a table of it would cut names on this terminal."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    plain = settings.current().no_color or None
    console = Console(width=columns, markup=False, emoji=False, highlight=False, no_color=plain)
    for item in items:
        late = plural("{days} day late", "{days} days late", item.late_days).format(days=item.late_days)
        belongs = ", ".join(safe(word) for word in (item.tier, item.owner) if word)
        time = f" {item.due_at[11:16]}" if item.due_at else ""
        head = Text.assemble(
            (f"{item.due_on}{time}  ", "bold"),
            (f"{late}  " if item.late_days else "", "bold red"),
            (safe(item.customer), "bold"),
            f" ({belongs})" if belongs else "",
        )
        whom = " ".join(filter(None, (item.channel, item.contact, item.phone and spoken_phone(item.phone))))
        task = Text(safe(item.action) + (safe(f"  →  {whom}") if whom else ""))
        console.print(head, Padding(task, (0, 0, 0, 2)), sep="\n")
        console.print(Padding(Text(safe(item.reason), style="dim"), (0, 0, 0, 2)))
        console.print(Padding(Text(item.key, style="dim"), (0, 0, 0, 2)))


COMMANDS = {"due": due}
