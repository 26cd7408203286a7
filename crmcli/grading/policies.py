"""The policy in force: founded with the database, replaced by `apply`, every version kept."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from crmcli.errors import InvalidInput, UsageError
from crmcli.i18n import _
from crmcli.policy import schema
from crmcli.store import journal
from crmcli.store.creating import create
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


def apply(ws: Workspace, text: str, *, source: str = "policy") -> bool:
    """Put a policy in force; False if it is the one in force already. `source` names it in messages.

    Raises:
        InvalidInput: with every problem of it; the policy in force stays.
    """
    version = _version(text, source=source)
    if in_force(ws) == text:
        return False
    journal.add(ws, "policy", [{"at": ws.stamp, "actor": ws.actor, **version}])
    ws.summary = _("policy {name} applied").format(name=version["name"])
    return True


def in_force(ws: Workspace) -> str:
    """The TOML of the policy in force, as it was given."""
    text: str = ws.db.value("SELECT source FROM policy ORDER BY id DESC LIMIT 1")
    return text


def _version(text: str, *, source: str) -> dict[str, Any]:
    policy, problems = schema.load(text)
    if policy is None or problems:
        message = _("{source}: {count} problems").format(source=source, count=len(problems))
        raise InvalidInput(message, problems=problems)
    return {
        "name": policy.name,
        "source": text,
        "digest": json.dumps(schema.digest(policy), ensure_ascii=False),
    }
