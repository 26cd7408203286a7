"""What a writing command says when it is done: what changed, and how to undo it."""

from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.cli.messages import note
from crmcli.cli.output import show
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.store.reversing import Reversal
    from crmcli.store.workspace import Workspace

_PARTLY = 9
_OUTCOMES = (Column("entity"), Column("name"), Column("outcome"), Column("rows", "number"), Column("reason"))


def wrote(ws: "Workspace", sentence: str) -> None:
    """Say what changed, and the way back; inside the workspace's block, when the writing is done."""
    if ws.wrote is None:
        ws.notes.append(_("nothing changed"))
    elif ws.dry_run:
        ws.notes.append(_("{sentence} (dry run: nothing was written)").format(sentence=sentence))
    else:
        ws.notes.append(_("{sentence}. Undo: crm undo {operation}").format(sentence=sentence, operation=ws.wrote))


def report_reversal(reversal: "Reversal", format: str | None, output: Path | None, *, dry_run: bool) -> int:
    """Show what an undo or redo did; 9 if some rows could not be reversed."""
    show(Table.of(_OUTCOMES, reversal.outcomes), format=format, output=output)
    left = reversal.count("kept") + reversal.count("failed")
    counts = {"done": reversal.count("reversed"), "left": left}
    template = (
        plural(
            "operation {id} ({command}) undone: {done} row as before, {left} left as they are",
            "operation {id} ({command}) undone: {done} rows as before, {left} left as they are",
            counts["done"],
        )
        if reversal.kind == "undo"
        else plural(
            "operation {id} ({command}) done again: {done} row, {left} left as they are",
            "operation {id} ({command}) done again: {done} rows, {left} left as they are",
            counts["done"],
        )
    )
    sentence = template.format(id=reversal.operation, command=reversal.command, **counts)
    note(sentence + (_(" (dry run: nothing was written)") if dry_run else ""))
    return _PARTLY if left else 0
