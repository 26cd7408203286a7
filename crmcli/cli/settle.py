"""`crm done`, `crm snooze`, `crm skip`: decide about due items without a contact."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.care.settling import Decision
    from crmcli.store.workspace import Workspace

SETTLED = (
    Column("key", "id"),
    Column("decision", meaning="outcome"),
    Column("code", "id"),
    Column("customer"),
    Column("next_on", "date"),
)

Keys = Annotated[
    list[str],
    typer.Argument(metavar="KEY...", help=_("Keys of items, as crm due shows them"), show_default=False),
]
Why = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help=_("Why"))]


def done(
    keys: Keys,
    reason: Why = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Say that items are done; a touch starts again from today."""
    _settle(keys, "done", reason=reason, dry_run=dry_run, format=format, output=output, quiet=quiet)


def snooze(
    keys: Keys,
    until: Annotated[
        str,
        typer.Option("--until", metavar="DATE", help=_("The day it comes back: +3d, next monday, 下周三")),
    ],
    spread: Annotated[
        bool,
        typer.Option("--spread", help=_("Evenly over the working days until then: for many that fall on one day")),
    ] = False,
    reason: Why = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Take items off the list until a day."""
    shown: dict[str, Any] = {"format": format, "output": output, "quiet": quiet}
    _settle(keys, "snooze", until=until, spread=spread, reason=reason, dry_run=dry_run, **shown)


def skip(
    keys: Keys,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=_("Why"))],
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Leave items out this time; a touch is due again one cadence later."""
    _settle(keys, "skip", reason=reason, dry_run=dry_run, format=format, output=output, quiet=quiet)


def _settle(
    keys: list[str],
    decision: "Decision",
    *,
    until: str | None = None,
    spread: bool = False,
    reason: str | None,
    dry_run: bool,
    **shown: Any,
) -> None:
    from crmcli.care import settling
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        day = None if until is None else day_of("--until", until, ws)
        named = list(dict.fromkeys(keys))
        days = settling.spread(ws, day, len(named)) if spread and day else [day] * len(named)
        settled = [
            settling.settle(ws, key, decision, until=on, reason=reason) for key, on in zip(named, days, strict=True)
        ]
        if len(settled) > 1:
            words = plural("{number} item {decision}", "{number} items {decision}", len(settled))
            said = _("spread until {day}").format(day=day) if spread else settling.spoken(settled[0].decision, day)
            ws.summary = words.format(number=len(settled), decision=said)
        wrote(ws, ws.summary)
    show(Table.of(SETTLED, settled), **shown)


def day_of(flag: str, text: str, ws: "Workspace") -> date:
    """The day that a DATE option names. Raises InvalidInput."""
    from crmcli.calendars import parse_when
    from crmcli.errors import BadValue, InvalidInput

    try:
        return parse_when(text, ws.today)
    except BadValue as error:
        raise InvalidInput(_("{flag} {text}: {reason}").format(flag=flag, text=text, reason=error.reason)) from error


COMMANDS = {"done": done, "snooze": snooze, "skip": skip}
