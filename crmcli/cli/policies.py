"""`crm policy`: the company's rules."""

import shlex
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli import i18n
from crmcli.cli.asking import agree
from crmcli.cli.beside import show_beside
from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import is_for_people, show_each, write_file
from crmcli.cli.output import show as show_table
from crmcli.cli.policy_files import counted, named, show_problems
from crmcli.cli.policy_tests import failing, presets, test
from crmcli.errors import InvalidInput, UsageError
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.grading.planning import Plan
    from crmcli.policy.differing import Change

PLAN = (Column("code", "id"), Column("customer"), Column("fact"), Column("from"), Column("to"))
HISTORY = (
    Column("version", "number"),
    Column("at", "instant"),
    Column("actor"),
    Column("name"),
    Column("in_force"),
    Column("changes", "list"),
    Column("undone"),
)
_MOVES = (Column("from", meaning="former_tier"), Column("to", meaning="new_tier"), Column("customers", "number"))
_TAGS = (Column("tag"), Column("gained", "number"), Column("lost", "number"))
_TOUCHES = (
    Column("touch"),
    Column("gained", "number"),
    Column("lost", "number"),
    Column("changed", "number"),
    Column("moved", "number"),
)
_PLAYBOOKS = (
    Column("playbook"),
    Column("begun", "number"),
    Column("ended", "number"),
    Column("steps", "number"),
    Column("first_week", "number"),
)
_LOAD = (
    Column("owner"),
    Column("before", "number"),
    Column("after", "number"),
    Column("change", "number"),
    Column("steps", "number"),
    Column("first_week", "number"),
    Column("dropped", "number", wide=True),
)

_POLICY = "FILE|PRESET"
Version = Annotated[
    int | None, typer.Option("--version", metavar="N", help=_("A version of crm policy history"), show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=_("Apply it without asking"))]


def show(
    preset: Annotated[
        str | None,
        typer.Argument(
            metavar="PRESET", help=_("One of crm policy presets; the policy in force unless given"), show_default=False
        ),
    ] = None,
    version: Version = None,
    output: Output = None,
) -> None:
    """Print the policy in force as it was given, an earlier version or a preset: crm policy show plan-4 > my.toml"""
    from crmcli.policy import schema

    if preset is not None and version is not None:
        raise UsageError(_("give a PRESET or a --version, one of them"), hint="crm policy show PRESET")
    text = schema.preset(preset) if preset is not None else _version(version)
    if output is None or str(output) == "-":
        sys.stdout.write(text)
    else:
        write_file(output, text)


def _version(version: int | None) -> str:
    """The text of a version, or of the policy in force."""
    from crmcli.grading import policies

    with workspace(readonly=True) as ws:
        return policies.in_force(ws) if version is None else policies.text_of(ws, version)


def check(
    policy: Annotated[
        str | None,
        typer.Argument(
            metavar=_POLICY, help=_("A policy; the one in force unless given; - reads stdin"), show_default=False
        ),
    ] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Check a policy and show every problem with its place and line; exit 5 if there are any."""
    from crmcli.policy import schema

    name, text = named(policy)
    loaded, problems = schema.load(text)
    if problems or format is not None or output is not None:
        show_problems(problems, format, output, quiet)
    if loaded is None or problems:
        raise InvalidInput(counted(name, problems))
    note(
        _("{name}: no problems; {tiers} tiers, {tags} tags").format(
            name=name, tiers=len(loaded.tiers), tags=len(loaded.tags)
        )
    )
    _advise(name, text)


def _advise(name: str, text: str) -> None:
    """Say what is no problem of a policy and may not be meant."""
    from crmcli.policy import hints

    for said in (*hints.of_shares(text), failing(name, text)):
        if said:
            note(said)


def plan(
    policy: Annotated[str, typer.Argument(metavar=_POLICY, help=_("A policy; - reads stdin"), show_default=False)],
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show who would change tier, tag or touch were the policy applied and run today, and what that costs in contacts.

    Nothing is written. On stderr are the totals, the contacts a week by owner with the steps of playbooks that would
    begin, and the parts of the policy that change. Of many changes a terminal shows the first.
    """
    from crmcli.care.derivations import DERIVATIONS
    from crmcli.grading import planning

    name, text = named(policy)
    with (
        _telling_problems(name, format, output, quiet),
        workspace(readonly=True) as ws,
        planning.plan(ws, text, source=name, derivations=DERIVATIONS) as found,
    ):
        if _is_on_terminal(format, output, quiet, excel) and found.row_count > _ROWS_SHOWN + 1:
            show_table(Table.of(PLAN, islice(found.rows, _ROWS_SHOWN)))
            whole = shlex.join(["crm", "policy", "plan", name, "-o", "plan.csv"])
            note(_("… and {number} more: {command}").format(number=found.row_count - _ROWS_SHOWN, command=whole))
        else:
            show_each(PLAN, found.rows, format=format, output=output, quiet=quiet, excel=excel)
        _tell(found)
    _advise(name, text)


_ROWS_SHOWN = 50


def _is_on_terminal(format: str | None, output: Path | None, quiet: bool, excel: bool) -> bool:
    """Whether the rows are for somebody in front of a terminal, who reads the first of many."""
    return sys.stdout.isatty() and format in (None, "table") and output is None and not (quiet or excel)


def apply(
    policy: Annotated[
        str | None, typer.Argument(metavar=_POLICY, help=_("A policy; - reads stdin"), show_default=False)
    ] = None,
    version: Version = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Put a policy in force, or an earlier version of it again.

    After a question if that changes anything for anybody, or if examples of the policy come out otherwise. The one
    before it is kept. With problems: show them all, change nothing, exit 5.
    """
    from crmcli.cli.writing import wrote
    from crmcli.grading import policies

    name, text = _wanted(policy, version)
    with _telling_problems(name, format, output, quiet, hint=_("the policy in force stays as it is")):
        if not yes:
            _ask(name, text, dry_run=dry_run)
        with workspace(dry_run=dry_run) as ws:
            changed = policies.apply(ws, text, source=name)
            wrote(ws, ws.summary)
            if changed and not dry_run:
                ws.notes.append(policies.said_of_unknown_tiers(ws) or _("next: crm tier run --tags"))
    if changed and (yes or dry_run) and (said := failing(name, text)):
        note(said)
    if format is not None or output is not None:
        show_problems([], format, output, quiet)


def history(format: Format = None, output: Output = None, quiet: Quiet = False, excel: Excel = False) -> None:
    """Show every version of the policy, newest first: who applied it, when, and what it changed.

    In changes + is new, - is gone, ~ is in another order, and the rest has another value; of many a terminal shows the
    first. Back to a version, an undone one, too: crm policy apply --version N; for people its line says which one is
    there again, or what undid it.
    """
    from crmcli.grading import policies

    with workspace(readonly=True) as ws:
        rows = policies.history(ws)
    columns: Sequence[Column] = HISTORY
    if is_for_people(format, output) and not excel:
        rows = [{**row, "changes": _again(row["same_as"]) or row["changes"]} for row in rows]
    if _is_on_terminal(format, output, quiet, excel):
        # A column of its own is empty mostly, and the changes need the room.
        columns = HISTORY[:-1]
        rows = [{**row, "changes": [*_undone(row["undone"]), *_few(row["changes"])]} for row in rows]
    show_table(Table.of(columns, rows), format=format, output=output, quiet=quiet, excel=excel)


def _undone(operation: int | None) -> list[str]:
    return [] if operation is None else [_("undone by operation {id}").format(id=operation)]


def _again(version: int | None) -> list[str]:
    """What brought an earlier version back: that, and not all in which it differs from the one that it replaced."""
    return [] if version is None else [_("version {version} again").format(version=version)]


_CHANGES_SHOWN = 8


def _few(changes: list[str]) -> list[str]:
    """The first changes, and how many more there are: another policy altogether differs in all that it says."""
    left = len(changes) - _CHANGES_SHOWN
    if left <= 1:
        return changes
    return [*changes[:_CHANGES_SHOWN], _("… and {number} more").format(number=left)]


def _wanted(policy: str | None, version: int | None) -> tuple[str, str]:
    """What to call the policy that is to be applied, and its text."""
    if policy is not None and version is None:
        return named(policy)
    if policy is not None or version is None:
        message = _("give a FILE, a PRESET or a --version, one of them")
        raise UsageError(message, hint="crm policy apply FILE")
    return _("version {version}").format(version=version), _version(version)


def _ask(name: str, text: str, *, dry_run: bool) -> None:
    """Tell what the policy would change and ask; beforehand, because nobody may wait for the answer to a question."""
    from crmcli.care.derivations import DERIVATIONS
    from crmcli.grading import planning, policies

    with workspace(readonly=True) as ws:
        if policies.in_force(ws) == text:
            return
        with planning.plan(ws, text, source=name, derivations=DERIVATIONS) as found:
            sentence = _tell(found)
    if not dry_run:
        reasons = (sentence, failing(name, text))
        agree(_("Apply the policy?"), [*filter(None, reasons)], yes=False)


def _tell(found: "Plan") -> str:
    """Say on stderr what a plan comes to; the sentence that adds it up, "" where nothing changes for anybody."""
    from crmcli.grading import tiers

    sentence = _tell_changes(found) if found.changes else ""
    if not found.changes:
        note(_("nobody's tier, tags or touches change"))
    for said in tiers.said(found.exceptions):
        note(said)
    if found.keys:
        note(_("parts of the policy that change: {parts}").format(parts=i18n.listed(_parts(found.keys))))
    return sentence


def _parts(keys: "Iterable[Change]") -> Iterator[str]:
    """The parts of a policy that have these keys, and how many of the keys of each are gone, new or changed."""
    whole = {"-": _("gone"), "+": _("new"), "": _("changed"), "~": _("in another order")}
    some = {"-": _("{number} gone"), "+": _("{number} new"), "": _("{number} changed"), "~": whole["~"]}
    parts: dict[str, Counter[str]] = defaultdict(Counter)
    for change in keys:
        said = (whole if change.key == change.part else some)[change.mark]
        parts[change.part][said] += 1
    for part, counts in parts.items():
        changes = i18n.listed(said.format(number=number) for said, number in counts.items())
        yield _("{part} ({changes})").format(part=part, changes=changes)


def _tell_changes(found: "Plan") -> str:
    """Say on stderr what changes for whom; in one sentence, too, which is returned."""
    moves = [{"from": move.before, "to": move.after, "customers": move.customers} for move in found.moves]
    show_beside(_("Tiers"), Table.of(_MOVES, moves))
    tags = [{**vars(tag), "tag": f"{tag.dimension}:{tag.value}"} for tag in found.tags]
    show_beside(_("Tags"), Table.of(_TAGS, tags))
    title = _("Touches; {changed}: another cadence, {moved}: the same one, next due on another day")
    show_beside(_headed(title, _TOUCHES), Table.of(_TOUCHES, found.touches))
    title = _("Playbooks; {begun}, {ended}: customers, {steps}: that would begin, {first_week}: due within seven days")
    show_beside(_headed(title, _PLAYBOOKS), Table.of(_PLAYBOOKS, found.playbooks))
    load = [*map(vars, found.load)]
    total = {"owner": _("all"), **{key: sum(one[key] for one in load) for key in ("before", "after", *_ONCE)}}
    title = _("Contacts a week by owner; once, {steps}: of playbooks that begin, {dropped}: open ones that end")
    show_beside(_headed(title, _LOAD), Table.of(_LOAD, map(_cost, [*load, total])))
    return _sentence(found, _cost(total))


_ONCE = ("steps", "first_week", "dropped")


def _headed(title: str, columns: Sequence[Column]) -> str:
    """A title that explains columns, by the headings that stand over them."""
    return title.format(**{column.key: column.heading for column in columns})


def _cost(load: "Mapping[str, Any]") -> dict[str, Any]:
    """A row of the contacts a week, in hundredths, and the difference of what is shown."""
    before, after = round(load["before"], 2), round(load["after"], 2)
    weeks = {"before": before, "after": after, "change": after - before}
    owner = load["owner"] or _("without an owner")
    return {**load, "owner": owner, **{key: f"{number:.2f}" for key, number in weeks.items()}}


def _sentence(found: "Plan", total: "Mapping[str, Any]") -> str:
    words = plural(
        "{number} customer changes, {moved} of them in tier; contacts a week: {before} → {after}",
        "{number} customers change, {moved} of them in tier; contacts a week: {before} → {after}",
        found.customers,
    )
    moved = sum(move.customers for move in found.moves)
    said = words.format(number=found.customers, moved=moved, before=total["before"], after=total["after"])
    if not total["steps"]:
        return said
    once = plural(
        "and once {number} step of playbooks, {soon} of them in the first week",
        "and once {number} steps of playbooks, {soon} of them in the first week",
        total["steps"],
    )
    return f"{said}, {once.format(number=total['steps'], soon=total['first_week'])}"


@contextmanager
def _telling_problems(
    name: str, format: str | None, output: Path | None, quiet: bool, *, hint: str | None = None
) -> Iterator[None]:
    """Show the problems of a policy as rows before the error that counts them."""
    try:
        yield
    except InvalidInput as error:
        if not error.problems:
            raise
        show_problems(error.problems, format, output, quiet)
        raise InvalidInput(counted(name, error.problems), hint=hint) from error


COMMANDS = {
    "policy": {
        "show": show,
        "check": check,
        "plan": plan,
        "apply": apply,
        "test": test,
        "presets": presets,
        "history": history,
    },
}
HELP = {"policy": _("The rules of the company, one reviewed file")}
