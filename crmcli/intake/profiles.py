"""Saved ways to read a file: what its headings mean, its table, sheet, encoding, and what every row gets.

A profile is a JSON file of its own in a folder that the caller names.
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from crmcli import files
from crmcli.errors import InvalidInput, NotFound, StorageFailed, UsageError
from crmcli.i18n import _

_NAME = re.compile(r"\w[\w.-]{0,63}")
_SUFFIX = ".json"


@dataclass(frozen=True)
class Profile:
    """How to read a kind of file; None is not said. `mapping` is heading -> field, `constants` field -> value."""

    table: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    encoding: str | None = None
    match: str | None = None

    def over(self, other: "Profile") -> "Profile":
        """This one, and what it does not say by `other`."""
        said = {name: value if value is not None else getattr(other, name) for name, value in vars(self).items()}
        for name in ("mapping", "constants"):
            said[name] = {**getattr(other, name), **getattr(self, name)}
        return Profile(**said)

    def options(self) -> str:
        """The options of `crm import` that say the same."""
        words: list[str] = []
        for name, value in vars(self).items():
            if isinstance(value, str):
                words += [f"--{name}", value]
            for left, right in value.items() if isinstance(value, Mapping) else ():
                words += ["--map" if name == "mapping" else "--set", f"{left}={right}"]
        return shlex.join(words)


def names(folder: Path) -> list[str]:
    """The profiles in `folder`."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []


def load(folder: Path, name: str) -> Profile:
    """The profile of that name. Raises NotFound: there is none; InvalidInput: it cannot be read."""
    path = _path(folder, name)
    if not path.is_file():
        known = ", ".join(names(folder))
        raise NotFound(
            _("there is no profile '{name}'").format(name=name),
            hint=_("known: {names}").format(names=known) if known else _("--save-profile NAME saves one"),
        )
    try:
        given = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(_("{path}: {reason}").format(path=path, reason=error)) from error
    _refuse_odd(path, given)
    return Profile(**given)


def save(folder: Path, name: str, profile: Profile) -> Path:
    """Keep the profile, in the place of one of the same name. Raises UsageError: no name; StorageFailed."""
    path = _path(folder, name)
    said = {key: value for key, value in asdict(profile).items() if value}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(_("cannot write {path}: {reason}").format(path=folder, reason=error.strerror)) from error
    files.replace(path, json.dumps(said, ensure_ascii=False, indent=2) + "\n", keep=[])
    return path


def _path(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise UsageError(
            _("'{name}' is no name for a profile").format(name=name),
            hint=_("letters, digits, dashes and underscores; up to 64"),
        )
    return folder / f"{name}{_SUFFIX}"


def _refuse_odd(path: Path, given: Any) -> None:
    """A profile that somebody edited by hand is read as strictly as it is written."""
    known = {one.name for one in fields(Profile)}
    if not isinstance(given, dict) or set(given) - known:
        raise InvalidInput(
            _("{path} is not a profile").format(path=path),
            hint=_("known: {names}").format(names=", ".join(sorted(known))),
        )
    for name, value in given.items():
        plain = isinstance(value, dict) and all(isinstance(word, str) for word in value.values())
        if not (plain if name in ("mapping", "constants") else isinstance(value, str)):
            raise InvalidInput(_("{path}: '{key}' cannot be read").format(path=path, key=name))
