"""The policies that commands are given: a file, a preset, or the one in force; and what is wrong with one."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.cli.opening import workspace
from crmcli.cli.output import show as show_table
from crmcli.errors import InvalidInput, NotFound
from crmcli.i18n import _
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.errors import Problem

PROBLEMS = (Column("place", "id"), Column("line", "number"), Column("problem"))


def named(name: str | None) -> tuple[str, str]:
    """What to call a policy, and its text: a preset, a file (- is stdin), or, without a name, the one in force.

    Raises:
        NotFound: there is no such preset. InvalidInput: no such file (a name with an ending), or as `read_text`.
    """
    from crmcli.grading import policies
    from crmcli.policy import schema
    from crmcli.policy.loader import MAX_BYTES

    if name is None:
        with workspace(readonly=True) as ws:
            return _("the policy in force"), policies.in_force(ws)
    if name in schema.presets():
        return name, schema.preset(name)
    with suppress(OSError):  # what cannot be looked at is told of by who reads it
        if name != "-" and not Path(name).exists():
            missing = InvalidInput if Path(name).suffix else NotFound
            raise missing(
                _("there is no policy {name}").format(name=name),
                hint=_("a file, or one of the presets: {names}").format(names=", ".join(schema.presets())),
            )
    return name, read_text(Path(name), MAX_BYTES, _("{file}: a policy has at most {limit} bytes"))


def read_text(file: Path, most: int, too_large: str) -> str:
    """The text of a file of at most so many bytes, or of stdin for `-`; `too_large` names {file} and {limit}.

    Raises:
        InvalidInput: it is missing, no file, too large or not UTF-8.
    """
    try:
        if str(file) != "-" and file.exists() and not file.is_file():
            raise InvalidInput(_("{file} is not a file").format(file=file))
        if str(file) == "-":
            data = sys.stdin.buffer.read(most + 1)
        else:
            with file.open("rb") as stream:
                data = stream.read(most + 1)
    except FileNotFoundError as error:
        raise InvalidInput(_("there is no file {file}").format(file=file)) from error
    except OSError as error:
        raise InvalidInput(_("cannot read {file}: {reason}").format(file=file, reason=error.strerror)) from error
    if len(data) > most:
        raise InvalidInput(too_large.format(file=file, limit=f"{most:,}"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        said = _("{file}, line {line}: not UTF-8").format(file=file, line=line)
        raise InvalidInput(said, hint=_("save it as UTF-8: in Notepad, Save as with the encoding UTF-8")) from error


def show_problems(problems: "list[Problem]", format: str | None, output: Path | None, quiet: bool) -> None:
    rows = [{"place": p.where or None, "line": p.line or None, "problem": p.reason} for p in problems]
    show_table(Table.of(PROBLEMS, rows), format=format, output=output, quiet=quiet)


def counted(name: str, problems: "list[Problem]") -> str:
    from crmcli.policy import schema

    return schema.counted(name, problems)
