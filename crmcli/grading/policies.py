"""The policy in force: founded with the database, replaced by `apply`, every version kept."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from crmcli.errors import InvalidInput, NotFound, UsageError
from crmcli.i18n import _, plural, sentences
from crmcli.policy import schema
from crmcli.policy.differing import differences, parsed
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
    if in_force(ws) == text:
        return False
    version, before = _version(text, source=source, extended=extended), ws.digest["currency"]
    journal.add(ws, "policy", [{"at": ws.stamp, "actor": ws.actor, **version}])
    ws.summary = _("policy {name} applied").format(name=version["name"])
    if ws.digest["currency"] != before and ws.db.first(_AN_AMOUNT):
        words = _("the currency was {before} and is {now}: amounts stay the numbers that they were")
        ws.notes.append(words.format(before=before, now=ws.digest["currency"]))
    return True


_AN_AMOUNT = "SELECT 1 FROM orders UNION ALL SELECT 1 FROM contract WHERE amount IS NOT NULL LIMIT 1"


def in_force(ws: Workspace) -> str:
    """The TOML of the policy in force, as it was given."""
    text: str = ws.db.value("SELECT source FROM policy ORDER BY id DESC LIMIT 1")
    return text


def text_of(ws: Workspace, version: int) -> str:
    """The TOML of one version, undone ones among them, as it was given.

    Raises:
        NotFound: there is no such version.
    """
    found = {row["id"]: row["source"] for row in _versions(ws)}
    if version not in found:
        raise NotFound(
            _("there is no version {version} of the policy").format(version=version),
            hint=_("crm policy history lists them"),
        )
    text: str = found[version]
    return text


def history(ws: Workspace) -> list[Row]:
    """Every version, newest first: version, at, actor, name, in_force, changes, a list, undone and same_as.

    `changes` are the keys in which it differs from the version before it: `+` is new, `-` gone, `~` in another order,
    the rest have another value. Comments and spacing are none; of the first version there are none. `undone` is the
    operation that took it out of force, and no version is compared with it. `same_as` is the first version with this
    very text, where that is an earlier one.
    """
    found: list[Row] = []
    before: dict[str, Any] | None = None
    firsts: dict[str, int] = {}
    for row in _versions(ws):
        after = parsed(row["source"])
        changes = [] if before is None else [*map(str, differences(before, after))]
        made = {"version": row["id"], "at": ws.local(row["at"]), "actor": row["actor"], "name": row["name"]}
        first = firsts.get(row["source"])
        found.append({**made, "in_force": False, "changes": changes, "undone": row["undone"], "same_as": first})
        if row["undone"] is None:
            before = after
            firsts.setdefault(row["source"], row["id"])
    next(row for row in reversed(found) if row["undone"] is None)["in_force"] = True
    return found[::-1]


def _versions(ws: Workspace) -> list[Row]:
    """Every version, the oldest first: id, at, actor, name, source and undone; the journal keeps those undone."""
    return ws.db.rows(
        """
        SELECT id, at, actor, name, source, NULL AS undone FROM policy
        UNION ALL
        SELECT row_id, json_extract(before, '$.at'), json_extract(before, '$.actor'), json_extract(before, '$.name'),
            json_extract(before, '$.source'), max(operation_id)
        FROM change WHERE entity = 'policy' AND action = 'removed' AND row_id NOT IN (SELECT id FROM policy)
        GROUP BY row_id
        ORDER BY 1
        """
    )


def said_in_force(ws: Workspace) -> str:
    """Which version of the policy is in force."""
    row = ws.db.first("SELECT id, name FROM policy ORDER BY id DESC LIMIT 1")
    assert row is not None
    return _("version {version} of the policy is in force: {name}").format(version=row["id"], name=row["name"])


def in_unknown_tiers(ws: Workspace) -> int:
    """How many customers have a tier that the policy in force does not: no touch of a tier is due for them."""
    number: int = ws.db.value(
        "SELECT count(*) FROM customer WHERE tier IS NOT NULL AND tier NOT IN (SELECT value FROM json_each(:keys))",
        {"keys": json.dumps([*ws.digest["tiers"]])},
    )
    return number


def said_of_unknown_tiers(ws: Workspace) -> str:
    """That there are such customers, and what to do about it; "" where there are none."""
    number = in_unknown_tiers(ws)
    words = plural(
        "{number} customer is in a tier that the policy in force does not have, and no touch of it is due",
        "{number} customers are in tiers that the policy in force does not have, and no touches of these are due",
        number,
    )
    return sentences([words.format(number=f"{number:,}"), _("next: crm tier run --tags")]) if number else ""


def _version(text: str, *, source: str, extended: bool = False) -> dict[str, Any]:
    policy, problems = schema.load(text)
    if policy is None or (problems and not extended):
        raise InvalidInput(schema.counted(source, problems), problems=problems)
    return {
        "name": policy.name,
        "source": text,
        "digest": json.dumps(schema.digest(policy), ensure_ascii=False),
    }
