"""`crm clean merge`: customers that are one become one."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli.cli.asking import agree
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.errors import UsageError
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.cleaning.merging import Merged
    from crmcli.store.workspace import Workspace

EFFECTS = (
    Column("kept", "id"),
    Column("merged", "id"),
    Column("field"),
    Column("value"),
    Column("from", "id", meaning="taken_from"),
    Column("reason", wide=True),
)

Customers = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KEEP OTHER...]",
        help=_("The customer to keep, then those that are the same one"),
        show_default=False,
    ),
]
Auto = Annotated[bool, typer.Option("--auto", help=_("Merge every certain pair of crm clean duplicates"))]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=_("Merge even what speaks against it"))]


def merge(
    customers: Customers = None,
    auto: Auto = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Merge customers that are one: everything of all of them stays, the better value of each field wins.

    Their codes still find the kept one. Shows what was taken from whom, and why; crm undo takes them apart again.
    """
    from crmcli.cleaning import merging

    names = customers or []
    if auto == bool(names) or len(names) == 1:
        raise UsageError(_("which customers are one?"), hint=_("crm clean merge KEEP OTHER, or crm clean merge --auto"))
    against = _doubts(names) if names else []
    agree(_("Merge them all the same?"), against, yes=yes or dry_run)
    with workspace(dry_run=dry_run) as ws:
        ws.notes += against
        merged = merging.merge_certain(ws) if auto else merging.merge(ws, names[0], names[1:])
        told(ws, merged)
    show(effects(merged), format=format, output=output, quiet=quiet)


def _doubts(names: list[str]) -> list[str]:
    """What speaks against it; read beforehand, because nobody may wait for the answer to a question."""
    from crmcli.cleaning import merging

    with workspace(readonly=True) as ws:
        found = merging.doubts(ws, merging.meant(ws, names))
        ws.notes.clear()
    return found


def told(ws: "Workspace", merged: "Merged") -> None:
    """Say what was merged, how to undo it, and what was left for a review."""
    from crmcli.cli.writing import wrote

    for group in merged.left:
        ws.notes.append(
            _("left for crm clean review: {codes}, because {left} and {right} were said to be distinct").format(
                codes=", ".join(group.codes), left=group.left, right=group.right
            )
        )
    words = plural("{number} customer merged", "{number} customers merged", merged.customers)
    wrote(ws, words.format(number=merged.customers))


def effects(merged: "Merged") -> Table:
    """What the merge did, field by field."""

    def row(effect: Any) -> dict[str, Any]:
        value = None if effect.value is None else str(effect.value)
        named = {key: getattr(effect, key) for key in ("kept", "merged", "field", "reason")}
        return {**named, "value": value, "from": effect.source}

    return Table.of(EFFECTS, map(row, merged.effects))
