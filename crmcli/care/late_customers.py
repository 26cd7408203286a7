"""Carrying out what the policy asks for where something is late: customers are marked, and given to somebody else.

A mark is the tag `escalation:MARK`, as if by a rule: it goes by itself when nothing of the customer is late any more.
A customer changes hands once for each item that is so late; whoever got it since has a chance of their own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crmcli import i18n
from crmcli.care import assigning, due, escalation, team
from crmcli.care.items import Item, Scope
from crmcli.i18n import _, plural
from crmcli.policy.definitions import MARK_DIMENSION
from crmcli.store import journal, owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


@dataclass(frozen=True)
class Carried:
    """One thing that was done because an item is late, or, of an `unmark`, because nothing is.

    Attributes:
        step: `mark: high-risk`, `unmark: high-risk` or `reassign`.
        before, after: the mark, or the owner.
        key, late_days: the item, and how late it is; None and 0 of an unmark.
    """

    code: str
    customer: str
    step: str
    before: str | None
    after: str | None
    key: str | None
    late_days: int


@dataclass(frozen=True)
class _Late:
    """An item that has reached a step of its tier's escalation."""

    item: Item
    customer_id: int
    days: int
    step: Row


def escalate(ws: Workspace) -> list[Carried]:
    """Do what is due of marks and changes of owner; a second run of the same day finds nothing left to do.

    Where nobody can take a customer over, it stays, and that is noted.
    """
    late = [item for item in due.coming(ws, Scope(today=ws.today, until=ws.today)) if item.due_on < ws.today]
    asked = escalation.of(ws, late)
    reached = [
        _Late(item, item.customer_id, (ws.today - item.due_on).days, step)
        for item in late
        if item.customer_id is not None and item.key in asked
        for step in asked[item.key].steps
    ]
    done = [*_mark(ws, reached, {item.customer_id for item in late}), *_reassign(ws, reached)]
    ws.summary = _in_words(done)
    return sorted(done, key=lambda one: (one.code, one.step))


def _in_words(done: list[Carried]) -> str:
    kinds = Counter(one.step.partition(":")[0] for one in done)
    words = {
        "mark": plural("{number} customer marked", "{number} customers marked", kinds["mark"]),
        "unmark": plural("{number} mark taken away", "{number} marks taken away", kinds["unmark"]),
        "reassign": plural(
            "{number} customer given to another", "{number} customers given to others", kinds["reassign"]
        ),
    }
    return i18n.listed(text.format(number=kinds[kind]) for kind, text in words.items() if kinds[kind])


def _first(reached: Iterable[_Late]) -> dict[int, _Late]:
    """Of each customer the item that is the furthest beyond its step."""
    ranked = sorted(reached, key=lambda one: (-one.step["days"], -one.days, one.item.key))
    return {one.customer_id: one for one in reversed(ranked)}


# ---------------------------------------------------------------------------------------------------- marks


def _mark(ws: Workspace, reached: Iterable[_Late], late: set[int | None]) -> list[Carried]:
    """Set, change and take away marks; one that somebody has set by hand stays as it is."""
    wanted = _first(one for one in reached if one.step["mark"])
    rows = ws.db.rows(
        "SELECT tag.id, tag.customer_id, tag.value, tag.source, c.code, c.name FROM tag "
        "CROSS JOIN customer AS c ON c.id = tag.customer_id WHERE dimension = :marks ORDER BY tag.id",
        {"marks": MARK_DIMENSION},
    )
    present = {row["customer_id"]: row for row in rows if row["source"] == "rule"}
    by_hand = {row["customer_id"] for row in rows if row["source"] == "hand"}
    with ws.computed():
        done = [
            _set_mark(ws, one, present.get(customer_id))
            for customer_id, one in sorted(wanted.items())
            if customer_id not in by_hand
            and (customer_id not in present or present[customer_id]["value"] != one.step["mark"])
        ]
        over = [row for customer_id, row in present.items() if customer_id not in late]
        journal.remove(ws, "tag", [row["id"] for row in over])
    gone = [Carried(row["code"], row["name"], f"unmark: {row['value']}", row["value"], None, None, 0) for row in over]
    return done + gone


def _set_mark(ws: Workspace, one: _Late, present: Row | None) -> Carried:
    mark, today = one.step["mark"], ws.today.isoformat()
    if present is not None:
        journal.change(ws, "tag", present["id"], {"value": mark, "since": today})
    else:
        tag = {
            "customer_id": one.customer_id,
            "dimension": MARK_DIMENSION,
            "value": mark,
            "source": "rule",
            "since": today,
        }
        journal.add(ws, "tag", [tag])
    return _carried(one, f"mark: {mark}", present["value"] if present else None, mark)


# --------------------------------------------------------------------------------------------------- owners


def _reassign(ws: Workspace, reached: Iterable[_Late]) -> Iterator[Carried]:
    """Give customers whose items are so late to the owner's manager, or to who has the fewest of the tier's role."""
    asked = [one for one in reached if one.step["reassign"]]
    given = escalation.given_on(ws, (one.item for one in asked))
    waiting = _first(one for one in asked if not escalation.moved_on(one.item, one.step, given))
    owned = _owners(ws, waiting)
    successors = _successors(ws, list(waiting.values()), owned)
    reasons = {row_id: owners.late(waiting[row_id].item.key, waiting[row_id].days) for row_id in successors}
    moved = assigning.give_all(ws, successors, why="late", reason=reasons)
    for row_id in moved:
        one = waiting[row_id]
        yield _carried(one, "reassign", owned[row_id], successors[row_id])


def _owners(ws: Workspace, customers: Iterable[int]) -> dict[int, str | None]:
    listed = ", ".join(map(str, customers))
    return {row["id"]: row["owner"] for row in ws.db.rows(f"SELECT id, owner FROM customer WHERE id IN ({listed})")}


def _successors(ws: Workspace, waiting: list[_Late], owned: dict[int, str | None]) -> dict[int, str | None]:
    """Who gets which customer: the manager, if there is one with room, or somebody of the tier's role."""
    managers = team.managers(ws)
    room = {one.name: one.room for one in team.members(ws)}
    successors: dict[int, str | None] = {}
    without: dict[str, list[_Late]] = {}
    for one in sorted(waiting, key=lambda one: (-one.days, one.item.key)):
        manager = managers.get(owned[one.customer_id] or "")
        if manager is None or room[manager] == 0:
            without.setdefault(_role(ws, one.item.tier), []).append(one)
            continue
        successors[one.customer_id] = manager
        if (left := room[manager]) is not None:
            room[manager] = left - 1
    for role, some in sorted(without.items()):
        present = [owned[one.customer_id] for one in some]
        picked = team.picks(ws, role, "least-loaded", len(some), loads="customers", without=present)
        for one, name in zip(some, picked, strict=True):
            if name is not None:
                successors[one.customer_id] = name
            else:
                ws.notes.append(_nobody(one, role))
    return successors


def _role(ws: Workspace, key: str | None) -> str:
    """The role that owns the customers of a tier; "" where the policy names none."""
    tier = ws.policy.tier(key) if key else None
    return tier.owner_role if tier else ""


def _nobody(one: _Late, role: str) -> str:
    words = (
        _("{code} {name} stays: no manager with room, and nobody with room of the role '{role}'")
        if role
        else _("{code} {name} stays: no manager with room, and its tier has no owner_role")
    )
    return words.format(code=one.item.code, name=one.item.customer, role=role)


def _carried(one: _Late, step: str, before: str | None, after: str | None) -> Carried:
    return Carried(one.item.code or "", one.item.customer or "", step, before, after, one.item.key, one.days)
