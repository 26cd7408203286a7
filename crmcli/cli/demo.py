"""`crm demo`: a company's messy lists, and the whole day on them."""

import contextlib
import shutil
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from crmcli.errors import StorageFailed
from crmcli.i18n import _

# The bundled lists end here; on any other day their promises would all be late or far away.
_TODAY = "2026-11-20T09:00+08:00"
_DATABASE = "demo.db"


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("Where it is built"))] = Path("crm-demo"),
) -> int:
    """Build a demonstration from bundled messy lists and run a day on it."""
    lists = _unpack(folder)
    with contextlib.chdir(folder):
        for title, words in _day(lists):
            code = _run(title, words)
            if code not in (0, 9):
                return code
    _say(_("Try next, in {folder}:").format(folder=folder))
    for words in (
        ["show", "芦笛径"],
        ["why", "芦笛径"],
        ["due", "--days", "7"],
    ):
        _say(f"  {_shown(words)}")
    return 0


def _day(lists: list[str]) -> list[tuple[str, list[str]]]:
    """The steps of the day: what each is for, and its command."""
    return [
        (_("A database with the standard policy"), ["init"]),
        (_("Six salespeople's lists, as they keep them"), ["import", *lists]),
        (_("The orders, and the talks so far"), ["import", "orders.csv", "interactions.csv"]),
        (_("What could not be read, and cannot be right"), ["clean", "check"]),
        (_("Tags, by the policy's rules"), ["tag", "run"]),
        (_("Tiers, by the policy's rules"), ["tier", "run"]),
        (_("Two contacts of today"), ["log", "芦笛径", _("prices for next year"), "--channel", "visit"]),
        ("", ["log", "山葵坞", _("asked for samples"), "--next", _("send samples"), "--due", "+3d"]),
        (_("What is due today"), ["due"]),
        (_("Who is worth how much"), ["value", "--limit", "10"]),
    ]


def _unpack(folder: Path) -> list[str]:
    """Lay the bundled files in `folder`; the names of the customer lists. An earlier demonstration is replaced.

    Raises:
        StorageFailed: the folder cannot be written to.
    """
    lists = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (_DATABASE, f"{_DATABASE}-wal", f"{_DATABASE}-shm"):
            (folder / name).unlink(missing_ok=True)
        for entry in sorted(resources.files("crmcli").joinpath("demo_data").iterdir(), key=lambda entry: entry.name):
            with resources.as_file(entry) as file:
                shutil.copyfile(file, folder / entry.name)
            if entry.name[0].isdigit():
                lists.append(entry.name)
    except OSError as error:
        raise StorageFailed(
            _("cannot build in {folder}: {reason}").format(folder=folder, reason=error.strerror)
        ) from error
    return lists


def _run(title: str, words: list[str]) -> int:
    """Show a command as it would be typed, and run it."""
    from crmcli.cli import main

    if title:
        _say(f"\n── {title}")
    _say(f"$ {_shown(words)}")
    sys.stdout.flush()
    return main(["--db", _DATABASE, "--now", _TODAY, *words])


def _shown(words: list[str]) -> str:
    quoted = [f'"{word}"' if " " in word else word for word in words]
    return " ".join(
        ["crm", "--db", _DATABASE, *(["--now", _TODAY[:10]] if words[0] in ("due", "show", "why") else []), *quoted]
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


COMMANDS = {"demo": demo}
