"""`crm policy`: the company's rules."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Format, Output, Quiet
from crmcli.cli.output import show as show_table
from crmcli.cli.output import write_file
from crmcli.errors import InvalidInput
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.errors import Problem

PROBLEMS = (Column("place", "id"), Column("line", "number"), Column("problem"))

File = Annotated[Path, typer.Argument(metavar="FILE", help=_("A policy; - reads stdin"), show_default=False)]


def show(
    output: Output = None,
) -> None:
    """Print the policy in force as it was given: crm policy show > my.toml"""
    from crmcli.grading import policies

    with workspace(readonly=True) as ws:
        text = policies.in_force(ws)
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
        name, text = str(file), _read(file)
    policy, problems = schema.load(text)
    _show_problems(problems, format, output, quiet)
    if policy is None:
        raise InvalidInput(_counted(name, problems))
    note(
        _("{name}: no problems; {tiers} tiers, {tags} tags").format(
            name=name, tiers=len(policy.tiers), tags=len(policy.tags)
        )
    )


def apply(
    file: File, dry_run: DryRun = False, format: Format = None, output: Output = None, quiet: Quiet = False
) -> None:
    """Put a policy in force; the one before it is kept. With problems: show them all, change nothing, exit 5."""
    from crmcli.cli.writing import wrote
    from crmcli.grading import policies

    text = _read(file)
    with workspace(dry_run=dry_run) as ws:
        try:
            changed = policies.apply(ws, text, source=str(file))
        except InvalidInput as error:
            _show_problems(error.problems, format, output, quiet)
            raise InvalidInput(
                _counted(str(file), error.problems), hint=_("the policy in force stays as it is")
            ) from error
        wrote(ws, ws.summary)
        if changed:
            ws.notes.append(_("next: crm tag run, then crm tier run"))


def _show_problems(problems: "list[Problem]", format: str | None, output: Path | None, quiet: bool) -> None:
    rows = [{"place": p.where or None, "line": p.line or None, "problem": p.reason} for p in problems]
    show_table(Table.of(PROBLEMS, rows), format=format, output=output, quiet=quiet)


def _counted(name: str, problems: "list[Problem]") -> str:
    number = len(problems)
    return plural("{name}: {number} problem", "{name}: {number} problems", number).format(name=name, number=number)


def _read(file: Path) -> str:
    """The text of a policy file.

    Raises:
        InvalidInput: it is missing, no file, too large or not UTF-8.
    """
    from crmcli.policy.loader import MAX_BYTES

    try:
        if file.exists() and not file.is_file():
            raise InvalidInput(_("{file} is not a file").format(file=file))
        if str(file) == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with file.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise InvalidInput(_("there is no file {file}").format(file=file)) from error
    except OSError as error:
        raise InvalidInput(_("cannot read {file}: {reason}").format(file=file, reason=error.strerror)) from error
    if len(data) > MAX_BYTES:
        raise InvalidInput(_("{file}: a policy has at most {limit} bytes").format(file=file, limit=f"{MAX_BYTES:,}"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(_("{file}, line {line}: not UTF-8").format(file=file, line=line)) from error


COMMANDS = {"policy": {"show": show, "check": check, "apply": apply}}
HELP = {"policy": _("The rules of the company, one reviewed file")}
