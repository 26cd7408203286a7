"""`crm policy`: the company's rules."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli import i18n
from crmcli.cli.asking import agree
from crmcli.cli.beside import show_beside
from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import show as show_table
from crmcli.cli.output import write_file
from crmcli.cli.policy_files import counted, read, show_problems
from crmcli.cli.policy_tests import presets, test
from crmcli.errors import InvalidInput, UsageError
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.grading.planning import Plan

PLAN = (Column("code", "id"), Column("customer"), Column("fact"), Column("from"), Column("to"))
HISTORY = (
    Column("version", "number"),
    Column("at", "instant"),
    Column("actor"),
    Column("name"),
    Column("in_force"),
    Column("changes", "list"),
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
    Column("ended", "number", wide=True),
)

File = Annotated[Path, typer.Argument(metavar="FILE", help=_("A policy; - reads stdin"), show_default=False)]
Version = Annotated[
    int | None, typer.Option("--version", metavar="N", help=_("A version of crm policy history"), show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=_("Apply it without asking"))]


def show(
    version: Version = None,
    output: Output = None,
) -> None:
    """Print the policy in force as it was given, or an earlier version: crm policy show > my.toml"""
    from crmcli.grading import policies

    with workspace(readonly=True) as ws:
        text = policies.in_force(ws) if version is None else policies.text_of(ws, version)
    if output is None or str(output) == "-":
        sys.stdout.write(text)
    else:
        write_file(output, text)


def check(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help=_("A policy; the one in force unless given"), show_default=False),
    ] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Check a policy and show every problem with its place and line; exit 5 if there are any."""
    from crmcli.policy import schema

    if file is None:
        from crmcli.grading import policies

        with workspace(readonly=True) as ws:
            name, text = _("the policy in force"), policies.in_force(ws)
    else:
        name, text = str(file), read(file)
    policy, problems = schema.load(text)
    if problems or format is not None or output is not None:
        show_problems(problems, format, output, quiet)
    if policy is None:
        raise InvalidInput(counted(name, problems))
    note(
        _("{name}: no problems; {tiers} tiers, {tags} tags").format(
            name=name, tiers=len(policy.tiers), tags=len(policy.tags)
        )
    )


def plan(
    file: File,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show who would change tier, tag or touch were the policy applied and run today, and what that costs in contacts.

    Nothing is written. The totals, and the contacts a week by owner with the steps of playbooks that would begin, are
    on stderr.
    """
    from crmcli.care.derivations import DERIVATIONS
    from crmcli.grading import planning

    text = read(file)
    with _telling_problems(str(file), format, output, quiet), workspace(readonly=True) as ws:
        found = planning.plan(ws, text, source=str(file), derivations=DERIVATIONS)
    show_table(Table.of(PLAN, found.rows), format=format, output=output, quiet=quiet, excel=excel)
    _tell(found)


def apply(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help=_("A policy; - reads stdin"), show_default=False)
    ] = None,
    version: Version = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Put a policy in force, or an earlier version of it again, after a question if that changes anything for anybody.

    The one before it is kept. With problems: show them all, change nothing, exit 5.
    """
    from crmcli.cli.writing import wrote
    from crmcli.grading import policies

    name, text = _wanted(file, version)
    with _telling_problems(name, format, output, quiet, hint=_("the policy in force stays as it is")):
        if not yes:
            _ask(name, text, dry_run=dry_run)
        with workspace(dry_run=dry_run) as ws:
            changed = policies.apply(ws, text, source=name)
            wrote(ws, ws.summary)
            if changed:
                ws.notes.append(_("next: crm tier run --tags"))
    if format is not None or output is not None:
        show_problems([], format, output, quiet)


def history(format: Format = None, output: Output = None, quiet: Quiet = False, excel: Excel = False) -> None:
    """Show every version of the policy, newest first: who applied it, when, and what it changed.

    In changes + is new, - is gone, ~ is in another order, and the rest has another value; of many a terminal shows the
    first. Back to a version: crm policy apply --version N
    """
    from crmcli.grading import policies

    with workspace(readonly=True) as ws:
        rows = policies.history(ws)
    if sys.stdout.isatty() and format in (None, "table") and output is None and not excel:
        rows = [{**row, "changes": _few(row["changes"])} for row in rows]
    show_table(Table.of(HISTORY, rows), format=format, output=output, quiet=quiet, excel=excel)


_CHANGES_SHOWN = 8


def _few(changes: list[str]) -> list[str]:
    """The first changes, and how many more there are: another policy altogether differs in all that it says."""
    left = len(changes) - _CHANGES_SHOWN
    if left <= 1:
        return changes
    return [*changes[:_CHANGES_SHOWN], _("… and {number} more").format(number=left)]


def _wanted(file: Path | None, version: int | None) -> tuple[str, str]:
    """What to call the policy that is to be applied, and its text."""
    from crmcli.grading import policies

    if file is not None and version is None:
        return str(file), read(file)
    if file is not None or version is None:
        raise UsageError(_("give a FILE or a --version, one of them"), hint="crm policy apply FILE")
    with workspace(readonly=True) as ws:
        return _("version {version}").format(version=version), policies.text_of(ws, version)


def _ask(name: str, text: str, *, dry_run: bool) -> None:
    """Tell what the policy would change and ask; beforehand, because nobody may wait for the answer to a question."""
    from crmcli.care.derivations import DERIVATIONS
    from crmcli.grading import planning, policies

    with workspace(readonly=True) as ws:
        if policies.in_force(ws) == text:
            return
        found = planning.plan(ws, text, source=name, derivations=DERIVATIONS, rows=False)
    sentence = _tell(found)
    if not dry_run:
        agree(_("Apply the policy?"), [sentence] if found.changes else [], yes=False)


def _tell(found: "Plan") -> str:
    """Say on stderr what a plan comes to; in one sentence, too, which is returned."""
    if not found.changes:
        note(i18n.sentences(filter(None, (_("nobody's tier, tags or touches change"), _held(found)))))
        return ""
    moves = [{"from": move.before, "to": move.after, "customers": move.customers} for move in found.moves]
    show_beside(_("Tiers"), Table.of(_MOVES, moves))
    tags = [{**vars(tag), "tag": f"{tag.dimension}:{tag.value}"} for tag in found.tags]
    show_beside(_("Tags"), Table.of(_TAGS, tags))
    show_beside(
        _("Touches; changed: another cadence, moved: the same one, next due on another day"),
        Table.of(_TOUCHES, found.touches),
    )
    show_beside(
        _("Playbooks; begun and ended by so many customers, first_week: steps due within seven days"),
        Table.of(_PLAYBOOKS, found.playbooks),
    )
    load = [*map(vars, found.load)]
    total = {"owner": _("all"), **{key: sum(one[key] for one in load) for key in ("before", "after", *_ONCE)}}
    title = _("Contacts a week by owner; beside these, once, the steps of playbooks that would begin")
    show_beside(title, Table.of(_LOAD, map(_cost, [*load, total])))
    return _sentence(found, _cost(total))


_ONCE = ("steps", "first_week", "ended")


def _cost(load: "Mapping[str, Any]") -> dict[str, Any]:
    """A row of the contacts a week, rounded."""
    before, after = round(load["before"], 2), round(load["after"], 2)
    return {**load, "before": before, "after": after, "change": round(load["after"] - load["before"], 2)}


def _sentence(found: "Plan", total: "Mapping[str, Any]") -> str:
    words = plural(
        "{number} customer changes, {moved} of them in tier; contacts a week: {before} -> {after}",
        "{number} customers change, {moved} of them in tier; contacts a week: {before} -> {after}",
        found.customers,
    )
    moved = sum(move.customers for move in found.moves)
    said = words.format(number=found.customers, moved=moved, before=total["before"], after=total["after"])
    said = i18n.sentences(filter(None, (said, _held(found))))
    if not total["steps"]:
        return said
    once = plural(
        "and once {number} step of playbooks, {soon} of them in the first week",
        "and once {number} steps of playbooks, {soon} of them in the first week",
        total["steps"],
    )
    return f"{said}, {once.format(number=total['steps'], soon=total['first_week'])}"


def _held(found: "Plan") -> str:
    """Whom `keep_for` keeps in a tier that the policy would no longer give."""
    words = plural("{number} drop waits for another review", "{number} drops wait for another review", found.waiting)
    return words.format(number=found.waiting) if found.waiting else ""


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
