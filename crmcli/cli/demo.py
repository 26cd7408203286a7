"""`crm demo`: a company's messy lists, and the whole day on them."""

import contextlib
import os
import shutil
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from crmcli import i18n
from crmcli.cli import settings
from crmcli.errors import Refused, StorageFailed, UsageError
from crmcli.i18n import _

# The bundled lists end here; on any other day their promises would all be late or far away.
_TODAY = "2026-11-20T09:00+08:00"
_DATABASE = "demo.db"


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("Where it is built"))] = Path("crm-demo"),
) -> int:
    """Build a demonstration from bundled messy lists and run a day on it."""
    if _asked_for_a_database():
        raise UsageError(
            _("a demonstration has a database of its own: it takes no --db"), hint=_("its place: crm demo DIR")
        )
    lists = _unpack(folder)
    _say(_("In {folder}, where today is {day}:").format(folder=folder, day=_TODAY[:10]))
    _say(f"$ export CRM_DB={_DATABASE} CRM_NOW={_TODAY}")
    with contextlib.chdir(folder):
        for title, words in _day(lists):
            code = _run(title, words)
            if code not in (0, 9):
                return code
    _say("\n" + _("Try next:"))
    program = "crm" if shutil.which("crm") else sys.argv[0]
    where = ["--db", str(folder / _DATABASE), "--now", _TODAY[:10]]
    for words in (["show", "芦笛径"], ["why", "芦笛径"], ["due", "--days", "7"]):
        _say(f"  {_shown([program, *where, *words])}")
    return 0


def _asked_for_a_database() -> bool:
    """Whether `--db` was given: the database that the surroundings name is of every day, and stays out of this."""
    surrounding = (None, os.environ.get(settings.VARIABLES["db"]), settings.user_file()[1].get("db"))
    return settings.current().db not in surrounding


def _day(lists: list[str]) -> list[tuple[str, list[str]]]:
    """The steps of the day: what each is for, and its command."""
    return [
        (_("A database with the standard policy"), ["init"]),
        (_("Six salespeople's lists, as they keep them"), ["import", *lists]),
        (_("The orders, and the talks so far"), ["import", "orders.csv", "interactions.csv"]),
        (_("What cannot be right, and what would mend it"), ["clean", "check"]),
        (_("The certain repairs"), ["clean", "fix"]),
        (_("Who is the same customer twice"), ["clean", "duplicates"]),
        (_("One customer each: the certain ones are merged"), ["clean", "merge", "--auto"]),
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
        Refused: the folder holds something else. StorageFailed: it cannot be written to.
    """
    mark = folder / ".crm-demo"
    if folder.exists() and not mark.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(
            _("{folder} holds something else; it was left as it is").format(folder=folder),
            hint=_("name an empty or a new folder: crm demo DIR"),
        )
    bundled = sorted(resources.files("crmcli").joinpath("demo_data").iterdir(), key=lambda entry: entry.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark.touch()
        for old in (folder / _DATABASE, *folder.glob("*.rejects*.csv")):
            old.unlink(missing_ok=True)
        for entry in bundled:
            with resources.as_file(entry) as file:
                shutil.copyfile(file, folder / entry.name)
    except OSError as error:
        raise StorageFailed(
            _("cannot build in {folder}: {reason}").format(folder=folder, reason=error.strerror)
        ) from error
    return [entry.name for entry in bundled if entry.name[0].isdigit()]


def _run(title: str, words: list[str]) -> int:
    """Show a command as it would be typed, and run it."""
    from crmcli.cli import main

    if title:
        _say(f"\n── {title}")
    _say(f"$ {_shown(['crm', *words])}")
    sys.stdout.flush()
    return main(["--db", _DATABASE, "--now", _TODAY, "--lang", i18n.language(), *words])


def _shown(words: list[str]) -> str:
    return " ".join(f'"{word}"' if " " in word else word for word in words)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


COMMANDS = {"demo": demo}
