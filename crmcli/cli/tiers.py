"""`crm tier`: who matters how much."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.beside import show_beside
from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import is_for_people
from crmcli.cli.output import show as show_table
from crmcli.errors import BadValue, InvalidInput, UsageError
from crmcli.i18n import _, sentences
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.grading.simulating import Simulation
    from crmcli.store.database import Row
    from crmcli.store.workspace import Workspace

RUN = (
    Column("tier"),
    Column("customers", "number"),
    Column("share", "share"),
    Column("amount_12m", "money"),
    Column("joined", "number"),
    Column("left", "number", meaning="left_tier"),
)
STANDING = (
    Column("tier"),
    Column("label"),
    Column("customers", "number"),
    Column("share", "share"),
    Column("amount_12m", "money"),
)
PINNED = (
    Column("code", "id"),
    Column("name"),
    Column("tier"),
    Column("tier_on", "date"),
    Column("pinned_until", "date"),
    Column("reason"),
)
_FROM_TO = (Column("from", meaning="former_tier"), Column("to", meaning="new_tier"))
MOVED = (Column("code", "id"), Column("customer"), *_FROM_TO, Column("reason", wide=True))
MOVES = (*_FROM_TO, Column("customers", "number"))
SCHEMES = (
    Column("policy"),
    Column("tier"),
    Column("customers", "number"),
    Column("share", "share"),
    Column("amount_12m", "money", wide=True),
    Column("amount_share", "share", wide=True),
    Column("contacts_week", "number"),
    Column("steps", "number"),
)
CROSS = (Column("policy"), Column("from"), Column("to"), Column("customers", "number"))
DIFFERING = (Column("code", "id"), Column("customer"), Column("policy"), Column("from"), Column("to"))
HISTORY = (
    Column("code", "id"),
    Column("at", "instant"),
    *_FROM_TO,
    Column("reason"),
    Column("policy", wide=True),
    Column("actor"),
    Column("policy_version", "number", wide=True),
)


def run(
    tags: Annotated[
        bool, typer.Option("--tags", help=_("First the tags by rule, which tiers may ask for, in the same operation"))
    ] = False,
    moves: Annotated[bool, typer.Option("--moves", help=_("Who moved, instead of the tiers"))] = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Grade every customer by the policy's rules: crm tier run --tags

    On a terminal it also says how many went from which tier into which and, without --tags, whether the tags it asked
    for are old.
    """
    from crmcli.cli.writing import wrote
    from crmcli.grading import tiers
    from crmcli.grading.tags import tell_outdated

    watched = sys.stderr.isatty()
    with workspace(dry_run=dry_run) as ws:
        counts = tiers.run_tiers(ws, tags=tags)
        moved = tiers.moved(ws) if moves else []
        between = tiers.moves(ws) if watched else ()
        wrote(ws, ws.summary)
        if watched and not tags:
            # For people only: it takes as long as a run of tags, and in a script the order is settled.
            tell_outdated(ws, [tier.when for tier in ws.policy.tiers])
    table = Table.of(MOVED, moved) if moves else Table.of(RUN, counts)
    show_table(table, format=format, output=output, quiet=quiet, excel=excel)
    rows = [{"from": move.before, "to": move.after, "customers": move.customers} for move in between]
    show_beside(_("Moved"), Table.of(MOVES, rows))


def simulate(
    policies: Annotated[
        list[str],
        typer.Argument(
            metavar="POLICY…",
            help=_("Files, names of presets, or current; one alone is compared with the current"),
            show_default=False,
        ),
    ],
    cross: Annotated[
        bool, typer.Option("--cross", help=_("How many would go from which tier of the first into which of another"))
    ] = False,
    moves: Annotated[bool, typer.Option("--moves", help=_("Who would be in different tiers"))] = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Compare schemes side by side, as if each ran today; nothing is written: crm tier simulate plan-4 my.toml"""
    from crmcli.care.derivations import DERIVATIONS
    from crmcli.cli.policy_files import show_problems
    from crmcli.grading import simulating

    if cross and moves:
        raise UsageError(_("--cross or --moves, one of them"))
    names = list(dict.fromkeys(policies if len(policies) > 1 else [CURRENT, *policies]))
    with workspace(readonly=True) as ws:
        try:
            schemes = {name: _scheme(ws, name) for name in names}
        except InvalidInput as error:
            if error.problems:
                show_problems(error.problems, format, output, quiet)
            raise
        found = simulating.simulate(ws, schemes, derivations=DERIVATIONS, moves=moves)
    crossings = [{**vars(one), "from": one.before, "to": one.after} for one in found.crossings]
    table = (
        Table.of(DIFFERING, found.moves)
        if moves
        else Table.of(CROSS, crossings)
        if cross
        else Table.of(SCHEMES, [{**vars(one), "contacts_week": round(one.contacts_week, 2)} for one in found.tiers])
    )
    to_terminal = format is None and output is None and not (cross or moves or quiet or excel) and sys.stdout.isatty()
    show_table(table, format=format, output=output, quiet=quiet, excel=excel)
    for grid in _grids(names[0], found) if to_terminal else ():
        show_table(grid)


CURRENT = "current"
_SET = "crm tier set CUSTOMER TIER --reason TEXT"


def _scheme(ws: "Workspace", name: str) -> str:
    """The TOML of the policy in force, of a preset, or of a file, in this order. Raises InvalidInput."""
    from crmcli.cli.policy_files import named
    from crmcli.grading import policies
    from crmcli.policy import schema

    if name == CURRENT:
        return policies.in_force(ws)
    _name, text = named(name)
    if problems := schema.load(text)[1]:
        raise InvalidInput(
            schema.counted(name, problems), hint=f"crm policy check {shlex.quote(name)}", problems=problems
        )
    return text


def _grids(first: str, found: "Simulation") -> "Iterator[Table]":
    """For each further scheme a table with its tiers beside those of the first one."""
    tiers: dict[str, list[str | None]] = {}
    for one in found.tiers:
        tiers.setdefault(one.policy, []).append(one.tier)
    for policy in [name for name in tiers if name != first]:
        counts = {(one.before, one.after): one.customers for one in found.crossings if one.policy == policy}
        rows, columns = (
            [tier for tier in [*tiers[name], None] if any(pair[side] == tier for pair in counts)]
            for side, name in enumerate((first, policy))
        )
        # No tier's key has a space: none can be taken for the heading.
        heading = _("{first} / {other}").format(first=Path(first).name, other=Path(policy).name)
        heads = {tier: tier or _("(none)") for tier in columns}
        yield Table.of(
            (Column(heading, title=heading), *(Column(head, "number", title=head) for head in heads.values())),
            [
                {heading: row or _("(none)"), **{head: counts.get((row, tier)) for tier, head in heads.items()}}
                for row in rows
            ],
        )


def show(format: Format = None, output: Output = None, quiet: Quiet = False, excel: Excel = False) -> None:
    """Show the tiers as they are: customers, share, amount of the last 12 months."""
    from crmcli.grading import tiers

    with workspace(readonly=True) as ws:
        counts = tiers.tiers(ws)
    show_table(Table.of(STANDING, counts), format=format, output=output, quiet=quiet, excel=excel)


def pins(format: Format = None, output: Output = None, quiet: Quiet = False, excel: Excel = False) -> None:
    """Show who is pinned to a tier by hand, until when and why; back to the rules: crm tier set CUSTOMER --auto"""
    from crmcli.grading import tiers

    with workspace(readonly=True) as ws:
        rows = tiers.pins(ws)
    if is_for_people(format, output):
        rows = [*map(_without_end, rows)]
    show_table(Table.of(PINNED, rows), format=format, output=output, quiet=quiet, excel=excel)


def _without_end(row: "Row") -> "Row":
    """A pin for people: one for ever says so."""
    from crmcli.grading.tiers import FOREVER

    return {**row, "pinned_until": _("no end")} if row["pinned_until"] == FOREVER.isoformat() else row


def set_(
    customer: CustomerName,
    tier: Annotated[
        str | None, typer.Argument(metavar="TIER", help=_("The tier's key or label"), show_default=False)
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help=_("Why; it is kept. Needed unless --auto"))
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help=_("The last day of it; for ever unless given"))
    ] = None,
    auto: Annotated[bool, typer.Option("--auto", help=_("Back to the rules, from the next tier run on"))] = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Pin a customer to a tier by hand: crm tier set C000001 strategic --reason "key account" --until 2027-06-30"""
    from crmcli.calendars import parse_when
    from crmcli.cli.writing import wrote
    from crmcli.grading import tiers

    if auto and (tier or reason or until):
        raise UsageError(_("--auto goes alone"))
    with workspace(dry_run=dry_run) as ws:
        if auto:
            row = tiers.unset_tier(ws, customer)
        else:
            if tier is None:
                names = _("there are: {names}").format(names=", ".join(ws.digest["tiers"]))
                raise UsageError(_("which tier, and why?"), hint=sentences([_SET, names]))
            if reason is None:
                raise UsageError(_("a tier set by hand needs a reason"), hint=_SET)
            try:
                last = None if until is None else parse_when(until, ws.today)
            except BadValue as error:
                raise InvalidInput(_("--until {text}: {reason}").format(text=until, reason=error.reason)) from error
            row = tiers.set_tier(ws, customer, tier, reason=reason, until=last)
        wrote(ws, ws.summary)
        if auto and ws.wrote is not None and not dry_run:
            # Until then the tier stays as it is.
            ws.notes.append(_("next: crm tier run"))
    if is_for_people(format, output):
        row = _without_end(row)
    show_table(Table.of(PINNED, [row]), format=format, output=output, quiet=quiet)


def history(
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help=_("One customer only"), show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", help=_("At most so many"), min=1, show_default=False)] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show who came from which tier into which, when and why, newest first; what was undone is left out."""
    from crmcli.grading.tier_history import tier_history

    with workspace(readonly=True) as ws:
        rows = tier_history(ws, customer)[:limit]
    show_table(Table.of(HISTORY, rows), format=format, output=output, quiet=quiet, excel=excel)


COMMANDS = {"tier": {"run": run, "show": show, "pins": pins, "set": set_, "history": history, "simulate": simulate}}
HELP = {"tier": _("Who matters how much: grade customers by the policy, or by hand")}
