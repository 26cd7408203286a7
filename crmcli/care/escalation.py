"""Escalation: what the policy asks for where something due is late: somebody is told, a mark, another owner.

`of` answers for many items at once; `told_to` says whose items somebody may be told of:

    escalation.of(ws, items)                 # by the key of an item: .words, and .told, the names of who is told
    escalation.told_to(ws, "王经理")          # owners whose late items may be hers too; None: anybody's

What is asked of customers, a mark and another owner, is carried out by `late_customers`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from crmcli.care import team
from crmcli.care.items import Item
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import name_key


@dataclass(frozen=True)
class Asked:
    """What the steps that an item has reached ask for.

    Attributes:
        words: the furthest of them: `manager: 王经理`, `mark: high-risk`, `reassign`, or, where the customer has got
            another owner since, `reassigned: 2026-11-20`.
        told: who is told by any of them.
        steps: as the digest has them, the furthest last.
    """

    words: str
    told: frozenset[str]
    steps: tuple[Row, ...]


def of(ws: Workspace, items: Iterable[Item]) -> dict[str, Asked]:
    """By the key of an item what the policy asks for; those that it asks nothing for are left out."""
    names = _Names(ws)
    reached = [(item, steps) for item in items if (steps := _reached(ws, item))]
    given = given_on(ws, (item for item, steps in reached if steps[-1]["reassign"]))
    return {item.key: _asked(item, steps, names, given) for item, steps in reached}


def _reached(ws: Workspace, item: Item) -> tuple[Row, ...]:
    """The steps of its tier for which an item is late enough."""
    late_days = (ws.today - item.due_on).days
    steps = ws.digest.get("escalations", {}).get(item.tier or "", ()) if late_days > 0 else ()
    return tuple(step for step in steps if step["days"] <= late_days)


def _asked(item: Item, steps: tuple[Row, ...], names: "_Names", given: Mapping[int | None, str]) -> Asked:
    told = frozenset(name for step in steps if step["to"] for name in names.of(step["to"], item.owner))
    day = moved_on(item, steps[-1], given) if steps[-1]["reassign"] else None
    words = f"reassigned: {day}" if day else _words(steps[-1], names, item.owner)
    return Asked(words, told, steps)


def spoken(words: str | None) -> str | None:
    """The words of an item's escalation in the language spoken now; who is told, and the mark, stay as they are."""
    what, colon, about = (words or "").partition(": ")
    # A member may be called like a step, but no step is both alone and about something.
    known = (
        {"manager": _("manager"), "owner": _("owner"), "mark": _("mark"), "reassigned": _("reassigned")}
        if colon
        else {"manager": _("manager"), "owner": _("owner"), "reassign": _("reassign")}
    )
    said = known.get(what, what) or None
    return _("{what}: {about}").format(what=said, about=about) if colon else said


def given_on(ws: Workspace, items: Iterable[Item]) -> dict[int | None, str]:
    """The day on which each customer of the items last got an owner, by its id; one who never got one is left out."""
    rows = ws.db.rows(
        "SELECT customer_id, max(assigned_on) AS day FROM assignment WHERE owner IS NOT NULL "
        "AND customer_id IN (SELECT value FROM json_each(:ids)) GROUP BY customer_id",
        {"ids": json.dumps(sorted({item.customer_id for item in items if item.customer_id is not None}))},
    )
    return {row["customer_id"]: row["day"] for row in rows}


def moved_on(item: Item, step: Row, given: Mapping[int | None, str]) -> str | None:
    """The day on which the customer last got an owner (`given_on`), if that was since the item has reached `step`."""
    day = given.get(item.customer_id)
    return day if day and day >= (item.due_on + timedelta(days=step["days"])).isoformat() else None


def told_to(ws: Workspace, owner: str) -> frozenset[str] | None:
    """The owners whose late items `owner` may be told of, without the owner; None: it may be anybody."""
    names = _Names(ws)
    recipients = {step["to"] for steps in ws.digest.get("escalations", {}).values() for step in steps if step["to"]}
    if any(owner in names.of(to, None) for to in recipients - {"manager", "owner"}):
        return None
    if "manager" not in recipients:
        return frozenset()
    return frozenset(name for name, manager in names.managers.items() if manager == owner)


class _Names:
    """Who is meant by the `to` of a step; the team is read once, when it is first asked for."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    @cached_property
    def managers(self) -> dict[str, str | None]:
        return team.managers(self._ws)

    @cached_property
    def _active(self) -> list[Row]:
        return self._ws.db.rows("SELECT name, role FROM member WHERE active = 'yes' ORDER BY name")

    def of(self, to: str, owner: str | None) -> tuple[str, ...]:
        """The owner's manager, the owner, the member called so, or the members who have that role."""
        if to in ("manager", "owner"):
            one = self.managers.get(owner or "") if to == "manager" else owner
            return (one,) if one else ()
        called = tuple(row["name"] for row in self._active if name_key(row["name"]) == name_key(to))
        return called or tuple(row["name"] for row in self._active if (row["role"] or "").casefold() == to.casefold())


def _words(step: Row, names: _Names, owner: str | None) -> str:
    """A step in a few words; of one that asks for several things the gravest."""
    if step["reassign"]:
        return "reassign"
    if step["mark"]:
        return f"mark: {step['mark']}"
    told = ", ".join(names.of(step["to"], owner))
    return f"{step['to']}: {told}" if told and told != step["to"] else str(step["to"])
