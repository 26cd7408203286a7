"""The policy in force: founded with the database, replaced by `apply`, every version kept."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from crmcli.errors import InvalidInput, NotFound, UsageError
from crmcli.i18n import _
from crmcli.policy import schema
from crmcli.store import journal
from crmcli.store.creating import create
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace, aware, stamp


def found(path: Path, *, preset: str, actor: str, now: datetime) -> None:
    """Create the database at `path` with a shipped policy.

    Raises:
        UsageError: there is no such preset. Refused: something is at `path` already.
    """
    if preset not in schema.presets():
        raise UsageError(
            _("there is no preset '{name}'").format(name=preset),
            hint=_("there are: {names}").format(names=", ".join(schema.presets())),
        )
    version = _version(schema.preset(preset), source=preset)
    create(path, {"at": stamp(aware(now, json.loads(version["digest"])["timezone"])), "actor": actor, **version})


def apply(ws: Workspace, text: str, *, source: str = "policy", extended: bool = False) -> bool:
    """Put a policy in force; False if it is the one in force already. `source` names it in messages.

    One `extended` is the one in force with more days: words that an earlier version let pass in it are not asked about.

    Raises:
        InvalidInput: with every problem of it; the policy in force stays.
    """
    version = _version(text, source=source, extended=extended)
    if in_force(ws) == text:
        return False
    journal.add(ws, "policy", [{"at": ws.stamp, "actor": ws.actor, **version}])
    ws.summary = _("policy {name} applied").format(name=version["name"])
    return True


def in_force(ws: Workspace) -> str:
    """The TOML of the policy in force, as it was given."""
    text: str = ws.db.value("SELECT source FROM policy ORDER BY id DESC LIMIT 1")
    return text


def text_of(ws: Workspace, version: int) -> str:
    """The TOML of one version, as it was given.

    Raises:
        NotFound: there is no such version.
    """
    text: str | None = ws.db.value("SELECT source FROM policy WHERE id = :id", {"id": version})
    if text is None:
        raise NotFound(
            _("there is no version {version} of the policy").format(version=version),
            hint=_("crm policy history lists them"),
        )
    return text


def history(ws: Workspace) -> list[Row]:
    """Every version, newest first: version, at, actor, name, in_force, changes, a list, and same_as.

    `changes` are the keys in which it differs from the version before it: `+` is new, `-` gone, `~` in another order,
    the rest have another value. Comments and spacing are none; of the first version there are none. `same_as` is the
    first version with this very text, where that is an earlier one.
    """
    found: list[Row] = []
    before: dict[str, Any] | None = None
    firsts: dict[str, int] = {}
    for row in ws.db.rows("SELECT id, at, actor, name, source FROM policy ORDER BY id"):
        after = _named(tomllib.loads(row["source"].removeprefix("\ufeff")))
        changes = [] if before is None else list(_differences(before, after, ""))
        made = {"version": row["id"], "at": ws.local(row["at"]), "actor": row["actor"], "name": row["name"]}
        first = firsts.setdefault(row["source"], row["id"])
        same_as = first if first != row["id"] else None
        found.append({**made, "in_force": False, "changes": changes, "same_as": same_as})
        before = after
    found[-1]["in_force"] = True
    return found[::-1]


_IDENTITIES = ("key", "kind", "event", "kpi", "name")


def _named(value: Any) -> Any:
    """The parsed file with its lists of tables as mappings by what names each table: a tag's name, a tier's key."""
    if isinstance(value, Mapping):
        return {key: _named(inner) for key, inner in value.items()}
    if not (isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value)):
        return value
    named: dict[str, Any] = {}
    for place, item in enumerate(value, start=1):
        name = next((str(item[key]) for key in _IDENTITIES if key in item), str(place))
        name = f"{item['dimension']}:{item['value']}" if {"dimension", "value"} <= item.keys() else name
        named[name if name not in named else f"{name}#{place}"] = _named(item)
    return named


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[str]:
    for key in dict.fromkeys([*before, *after]):
        old, new, name = before.get(key), after.get(key), f"{path}{key}"
        if key not in before or key not in after:
            yield f"+{name}" if key in after else f"-{name}"
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{name}.")
            # The first rule that fits wins: the order of tables says something, that of a table's keys does not.
            if key in _ORDERED and [k for k in old if k in new] != [k for k in new if k in old]:
                yield f"~{name}"
        elif old != new:
            yield name


_ORDERED = ("tag", "tier", "clock", "lead_grade", "rules")


def _version(text: str, *, source: str, extended: bool = False) -> dict[str, Any]:
    policy, problems = schema.load(text)
    if policy is None or (problems and not extended):
        message = _("{source}: {count} problems").format(source=source, count=len(problems))
        raise InvalidInput(message, problems=problems)
    return {
        "name": policy.name,
        "source": text,
        "digest": json.dumps(schema.digest(policy), ensure_ascii=False),
    }
