"""The global options: flag, environment, `crm.toml` of the user, default, in this order."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any

from crmcli import i18n
from crmcli.errors import BadValue, InvalidInput, UsageError
from crmcli.i18n import _
from crmcli.values import clean_text, safe

VARIABLES = {
    "db": "CRM_DB",
    "now": "CRM_NOW",
    "user": "CRM_USER",
    "busy_timeout": "CRM_BUSY_TIMEOUT",
    "lang": "CRM_LANG",
}


@dataclass(frozen=True)
class Settings:
    """What holds for this run; None is not given."""

    db: str | None = None
    now: str | None = None
    user: str | None = None
    busy_timeout: str | float | None = None
    lang: str | None = None
    no_color: bool = False
    debug: bool = False
    command: str = ""


_KINDS: dict[str, Any] = {"busy_timeout": (int, float), "no_color": bool}
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_current = Settings()


def current() -> Settings:
    """The settings of this run."""
    return _current


def start(args: list[str]) -> None:
    """Begin a run: environment and user file first; the language must be known before the first help text."""
    global _current
    given: dict[str, Any] = {**_user_file(), **{k: os.environ[v] for k, v in VARIABLES.items() if os.environ.get(v)}}
    colourless = given.pop("no_color", False) or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    _current = Settings(
        **given,
        no_color=bool(colourless),
        debug="--debug" in args,
        command=_shown(args),
    )
    language = _language(args)
    language = "zh" if language.lower().startswith("zh") else language
    if language not in i18n.LANGUAGES:
        raise UsageError(_("there is no language '{name}'").format(name=language), hint=", ".join(i18n.LANGUAGES))
    i18n.choose(language)


def finish() -> None:
    """End a run, so that the next one in this process starts afresh."""
    global _current
    _current = Settings()


def named_command(args: list[str]) -> str | None:
    """The first word that is neither an option nor the value of a global one."""
    at = place_of_command(args)
    return None if at is None else args[at]


def place_of_command(args: list[str]) -> int | None:
    """Where that word stands."""
    takes_value = {f"--{name.replace('_', '-')}" for name in VARIABLES}
    at = 0
    while at < len(args):
        if args[at] in takes_value:
            at += 1
        elif not args[at].startswith("-"):
            return at
        at += 1
    return None


def apply(flags: Mapping[str, Any]) -> None:
    """Flags win over everything said before."""
    global _current
    _current = replace(_current, **{name: value for name, value in flags.items() if value not in (None, False)})


def database() -> Path:
    """The database file of this run."""
    from crmcli.store.database import location

    if _current.db is not None:
        return location(_current.db)
    import platformdirs

    return Path(platformdirs.user_data_dir("crm", appauthor=False)) / "crm.db"


def moment() -> datetime:
    """The one clock. A `--now` without an offset is naive: the workspace reads it in the policy's time zone.

    Raises:
        InvalidInput: `--now` cannot be read.
    """
    if _current.now is None:
        return datetime.now(UTC)
    given = _given_moment(_current.now)
    if not _FIRST_YEAR <= given.year <= _LAST_YEAR:
        raise InvalidInput(
            _("--now {value}: years from {first} to {last}").format(
                value=_current.now, first=_FIRST_YEAR, last=_LAST_YEAR
            )
        )
    return given


def _given_moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    from crmcli.calendars import parse_when

    try:
        return datetime.combine(parse_when(text, datetime.now(UTC).astimezone().date()), time())
    except BadValue as error:
        raise InvalidInput(
            _("--now {value}: not a date or time").format(value=text),
            hint=_("write 2026-01-05 or 2026-01-05T14:30"),
        ) from error


def actor() -> str:
    """Who is named in the journal."""
    if _current.user:
        return clean_text(_current.user)
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def busy_timeout() -> float:
    """Seconds to wait for another writer."""
    try:
        seconds = float(20.0 if _current.busy_timeout is None else _current.busy_timeout)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise UsageError(_("--busy-timeout takes seconds, not {value}").format(value=_current.busy_timeout))
    return seconds


def _language(args: list[str]) -> str:
    for position, word in enumerate(args):
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang" and position + 1 < len(args):
            return args[position + 1]
    if _current.lang:
        return _current.lang
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"


def _shown(args: list[str]) -> str:
    """The command line as the journal shows it: what was asked, without where and when."""
    words = iter(args)
    shown = ["crm"]
    for word in words:
        if word in ("--db", "--now", "--user", "--busy-timeout", "--lang"):
            next(words, None)
        elif not word.startswith(("--db=", "--now=", "--user=", "--busy-timeout=", "--lang=", "--debug", "--no-color")):
            shown.append(word)
    return safe(" ".join(shown))[:200]


def _user_file() -> dict[str, Any]:
    """The settings in the user's `crm.toml`.

    Raises:
        InvalidInput: it is there but cannot be read, or has an unknown key.
    """
    path, given = user_file()
    given.pop("notify", None)  # `notify_settings` reads it, and only `crm notify` needs it
    unknown = sorted(set(given) - {*VARIABLES, "no_color"})
    if unknown:
        raise InvalidInput(
            _("{path}: unknown setting '{key}'").format(path=path, key=unknown[0]),
            hint=_("known: {keys}").format(keys=", ".join(sorted({*VARIABLES, "no_color", "notify"}))),
        )
    wrong = [key for key, value in given.items() if not isinstance(value, _KINDS.get(key, str))]
    if wrong:
        raise InvalidInput(_("{path}: '{key}' has a value of the wrong kind").format(path=path, key=wrong[0]))
    return given


def user_file() -> tuple[Path, dict[str, Any]]:
    """The path of the user's `crm.toml` and what it says; nothing where it is not there.

    Raises:
        InvalidInput: it cannot be read.
    """
    if sys.platform == "linux":
        # What platformdirs answers here, without importing it in every command.
        home = os.environ.get("XDG_CONFIG_HOME")
        path = (Path(home) if home else Path("~/.config").expanduser()) / "crm" / "crm.toml"
    else:
        import platformdirs

        path = Path(platformdirs.user_config_dir("crm", appauthor=False)) / "crm.toml"
    if not path.is_file():
        return path, {}
    import tomllib

    try:
        return path, tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(_("{path}: {reason}").format(path=path, reason=error)) from error


def options() -> Any:
    """The global options as a function whose parameters every command shares."""
    import typer

    panel = _("Global options")

    def declare(
        *,
        db: Annotated[
            str | None,
            typer.Option("--db", metavar="PATH", help=_("The database [env: CRM_DB]"), rich_help_panel=panel),
        ] = None,
        now: Annotated[
            str | None,
            typer.Option("--now", metavar="DATE", help=_("What counts as now [env: CRM_NOW]"), rich_help_panel=panel),
        ] = None,
        user: Annotated[
            str | None,
            typer.Option("--user", metavar="NAME", help=_("Who is acting [env: CRM_USER]"), rich_help_panel=panel),
        ] = None,
        busy_timeout: Annotated[
            str | None,
            typer.Option(
                "--busy-timeout",
                metavar="SECONDS",
                help=_("How long to wait for another writer [env: CRM_BUSY_TIMEOUT]"),
                rich_help_panel=panel,
            ),
        ] = None,
        lang: Annotated[
            str | None,
            typer.Option("--lang", metavar="en|zh", help=_("The language [env: CRM_LANG]"), rich_help_panel=panel),
        ] = None,
        no_color: Annotated[
            bool, typer.Option("--no-color", help=_("No colour [env: NO_COLOR]"), rich_help_panel=panel)
        ] = False,
        debug: Annotated[
            bool, typer.Option("--debug", help=_("Show the traceback of an error"), rich_help_panel=panel)
        ] = False,
    ) -> None:
        """Declared for its signature only."""

    return declare
