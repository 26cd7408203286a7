"""`crm clean fix`: apply what the check proposes."""

from typing import Annotated

import typer

from crmcli.cli.asking import agree
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table

REPAIRS = (
    Column("table", "id"),
    Column("code", "id", meaning="number"),
    Column("name"),
    Column("field", "id"),
    Column("from"),
    Column("to"),
    Column("certain", wide=True),
    Column("rule", "id", wide=True),
)

All = Annotated[bool, typer.Option("--all", help=_("The likely repairs, too, after a question"))]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=_("Apply the likely ones without asking"))]


def fix(
    all: All = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Apply the certain repairs that crm clean check proposes; crm undo takes them back."""
    from crmcli.cleaning import fixing
    from crmcli.cli.writing import wrote

    if all and not (yes or dry_run):
        _ask()
    with workspace(dry_run=dry_run) as ws:
        fixed = fixing.fix(ws, likely=all)
        wrote(ws, ws.summary)
        if fixed.left:
            words = plural(
                "{number} likely repair is left: crm clean fix --all",
                "{number} likely repairs are left: crm clean fix --all",
                fixed.left,
            )
            ws.notes.append(words.format(number=fixed.left))
    rows = [
        {
            **{key: getattr(one, key) for key in ("table", "code", "name", "field", "certain", "rule")},
            "from": one.value,
            "to": one.proposal,
        }
        for one in fixed.repaired
    ]
    show(Table.of(REPAIRS, rows), format=format, output=output, quiet=quiet, excel=excel)


def _ask() -> None:
    """Ask about the likely repairs beforehand, because nobody may wait for the answer to a question."""
    from crmcli.cleaning import fixing

    with workspace(readonly=True) as ws:
        number = fixing.likely_proposals(ws)
        ws.notes.clear()
    words = plural("{number} repair is likely, not certain", "{number} repairs are likely, not certain", number)
    agree(_("Apply the likely ones, too?"), [words.format(number=number)] if number else [], yes=False)
