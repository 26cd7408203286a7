"""`crm calendar`: the holidays that clocks in working time count with."""

from pathlib import Path
from typing import Annotated

import typer

from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import show as show_table
from crmcli.cli.policy_files import read_text
from crmcli.i18n import _
from crmcli.tables import Column, Table

DAYS = (Column("day", "date"), Column("weekday"), Column("kind"), Column("source"), Column("known"))
ADDED = (Column("day", "date"), Column("kind"))
_MOST = 1_000_000

Year = Annotated[int | None, typer.Argument(metavar="YEAR", help=_("This year unless given"), show_default=False)]
File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help=_("JSON as holiday-cn has it, .ics, or TOML; - reads stdin"), show_default=False
    ),
]


def show(
    year: Year = None, format: Format = None, output: Output = None, quiet: Quiet = False, excel: Excel = False
) -> None:
    """Show the holidays and make-up working days of a year, and whether its official days are known yet.

    Without them deadlines are estimated by the days that the law fixes, and say so.
    """
    from crmcli.grading import holidays

    with workspace(readonly=True) as ws:
        number = ws.today.year if year is None else year
        days = holidays.year(ws, number)
        ws.notes.append(holidays.standing(ws, number))
    show_table(Table.of(DAYS, days), format=format, output=output, quiet=quiet, excel=excel)


def import_(
    file: File, dry_run: DryRun = False, format: Format = None, output: Output = None, quiet: Quiet = False
) -> None:
    """Add the holidays of a file, as states publish them, to the policy: a new version of it; a file twice is no news.

    They are added to extra_holidays, extra_workdays and known_years of its [calendar]; all else in it stays as it was.
    """
    from crmcli.cli.writing import wrote
    from crmcli.grading import holidays

    text = read_text(file, _MOST, _("{file}: a calendar has at most {limit} bytes"))
    with workspace(dry_run=dry_run) as ws:
        added = holidays.import_days(ws, text, source=_("stdin") if str(file) == "-" else file.name)
        if ws.wrote is None:
            note(_("nothing new: the policy counts with these days already"))
        else:
            wrote(ws, ws.summary)
    days = [(day, "holiday") for day in added.holidays] + [(day, "workday") for day in added.workdays]
    rows = [{"day": day, "kind": kind} for day, kind in sorted(days)]
    show_table(Table.of(ADDED, rows), format=format, output=output, quiet=quiet)


COMMANDS = {"calendar": {"show": show, "import": import_}}
HELP = {"calendar": _("Holidays and working days, for every clock in working time")}
