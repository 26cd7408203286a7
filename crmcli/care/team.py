"""The team: who owns customers, leads and cases, how much each has, and who is next to be given something."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crmcli.care.cases.standing import UNSOLVED
from crmcli.i18n import _
from crmcli.store import owners
from crmcli.store.database import Row
from crmcli.store.owners import owner
from crmcli.store.workspace import Workspace
from crmcli.values import name_key

__all__ = ["By", "Member", "find", "manager", "managers", "members", "note_load", "owner", "pick", "picks", "strangers"]

By = Literal["least-loaded", "round-robin"]
Loads = Literal["leads", "cases", "customers"]


@dataclass(frozen=True)
class Member:
    """Somebody of the team.

    Attributes:
        capacity: how many customers and leads at most; None is no limit.
        notify: where the day's list goes: `mail`, or a channel of the settings.
        customers, leads: what is owned and still open, of stage neither lead nor lost, and of stage lead.
        cases: the open cases: those that are not solved.
    """

    name: str
    role: str | None
    manager: str | None
    capacity: int | None
    active: bool
    email: str | None
    notify: str | None
    customers: int
    leads: int
    cases: int

    @property
    def room(self) -> int | None:
        """How many more customers and leads there is room for; None is any number."""
        return None if self.capacity is None else max(0, self.capacity - self.customers - self.leads)


def members(ws: Workspace) -> list[Member]:
    """Everybody of the team, by name, the inactive last."""
    loads = _loads(ws)
    return [_member(row, loads) for row in ws.db.rows("SELECT * FROM member ORDER BY active = 'no', name")]


def strangers(ws: Workspace) -> list[str]:
    """Those who own customers or cases and are not in the team, by name; who is only written otherwise is there."""
    present = {name_key(row["name"]) for row in ws.db.rows("SELECT name FROM member")}
    return [name for name in owners.names(ws) if name_key(name) not in present]


def find(ws: Workspace, name: str) -> Member | None:
    """The member called so; a name in another case is found where the exact one is not."""
    row = owners.member(ws, name)
    return _member(row, _loads(ws, row["name"])) if row else None


def manager(ws: Workspace, name: str) -> str | None:
    """The active manager of an owner, or, of an inactive one, the manager's manager, and so on; None: there is none."""
    return managers(ws).get(name)


def managers(ws: Workspace) -> dict[str, str | None]:
    """The same of everybody in the team, by name."""
    by_name = {row["name"]: row for row in ws.db.rows("SELECT name, manager, active FROM member ORDER BY name")}

    def above(name: str) -> str | None:
        passed = {name}
        while (found := by_name.get(by_name[name]["manager"])) and found["name"] not in passed:
            name = found["name"]
            if found["active"] == "yes":
                return name
            passed.add(name)
        return None

    return {name: above(name) for name in by_name}


def note_load(ws: Workspace, name: str) -> None:
    """Say it where somebody was given more by name than there is room for: nobody is stopped from doing so."""
    member = find(ws, name)
    if member is None or member.capacity is None or (has := member.customers + member.leads) <= member.capacity:
        return
    words = _("{name} has {has} customers and leads now, with a capacity of {capacity}")
    ws.notes.append(words.format(name=member.name, has=has, capacity=member.capacity))


# --------------------------------------------------------------------------------------- who gets the next one


def pick(ws: Workspace, role: str, by: By, *, loads: Loads = "leads") -> str | None:
    """The active member of `role` who is next to be given a lead (or case); None if nobody has room for one.

    `least-loaded` is who has the fewest open leads (cases), `round-robin` who was given something longest ago; where
    several have, the first by name. A capacity limits customers and leads, so it is not asked about cases.
    """
    return picks(ws, role, by, 1, loads=loads)[0]


def picks(
    ws: Workspace, role: str, by: By, count: int, *, loads: Loads = "leads", without: Sequence[str | None] = ()
) -> list[str | None]:
    """The same for `count` of them in a row, each counted before the next is picked; None where nobody has room.

    `without` has, of each in turn, who is not asked. For `customers`, customers and leads are counted.
    """
    waiting = {row["name"]: row for row in _candidates(ws, role)}
    room: dict[str, int] = {} if loads == "cases" else _room(ws, list(waiting.values()))
    turns: dict[str, Any] = _open(ws, loads) if by == "least-loaded" else _last(ws, list(waiting), loads)
    picked: list[str | None] = []
    for number in range(count):
        other = without[number] if without else None
        free = [name for name in waiting if room.get(name, 1) > 0 and name != other]
        name = min(free, key=lambda name: (turns[name], name), default=None)
        picked.append(name)
        if name is not None:
            # Any date sorts before the turns that are given out here.
            turns[name] = turns[name] + 1 if by == "least-loaded" else ("~", number)
            if name in room:
                room[name] -= 1
    return picked


def _candidates(ws: Workspace, role: str) -> list[Row]:
    active = ws.db.rows("SELECT name, role, capacity FROM member WHERE active = 'yes' ORDER BY name")
    return [row for row in active if (row["role"] or "").casefold() == role.casefold()]


def _room(ws: Workspace, candidates: list[Row]) -> dict[str, int]:
    """How many more each has room for, of those that have a capacity: only for them all customers are counted."""
    limited = {row["name"]: row["capacity"] for row in candidates if row["capacity"] is not None}
    loads = _loads(ws) if limited else {}
    return {name: capacity - sum(loads.get(name, (0, 0, 0))[:2]) for name, capacity in limited.items()}


def _open(ws: Workspace, loads: Loads) -> Counter[str]:
    """How many open leads or cases each owner has."""
    sql = {
        "leads": "SELECT owner, count(*) AS number FROM customer WHERE stage = 'lead' GROUP BY owner",
        "cases": f"SELECT owner, count(*) AS number FROM cases WHERE {UNSOLVED} GROUP BY owner",
        "customers": "SELECT owner, count(*) AS number FROM customer WHERE stage <> 'lost' GROUP BY owner",
    }
    return Counter({row["owner"]: row["number"] for row in ws.db.rows(sql[loads])})


def _last(ws: Workspace, names: list[str], loads: Loads) -> dict[str, tuple[str, int]]:
    """When each was last given something, as what sorts by it; who never was comes first."""
    sql = "SELECT assigned_on AS on_, id FROM assignment WHERE owner = :name ORDER BY assigned_on DESC, id DESC LIMIT 1"
    if loads == "cases":
        sql = "SELECT opened_at AS on_, id FROM cases WHERE owner = :name ORDER BY opened_at DESC, id DESC LIMIT 1"
    found = {name: ws.db.first(sql, {"name": name}) for name in names}
    return {name: (row["on_"], row["id"]) if row else ("", 0) for name, row in found.items()}


# ------------------------------------------------------------------------------------------------ what each has


def _loads(ws: Workspace, name: str | None = None) -> dict[str, tuple[int, int, int]]:
    """Customers, leads and open cases by owner; of one of them if it is named."""
    of_one, params = ("owner = :name", {"name": name}) if name is not None else ("owner IS NOT NULL", {})
    owned = ws.db.rows(
        "SELECT owner, sum(stage <> 'lead' AND stage <> 'lost') AS customers, sum(stage = 'lead') AS leads "
        f"FROM customer WHERE {of_one} GROUP BY owner",
        params,
    )
    cases = ws.db.rows(
        f"SELECT owner, count(*) AS cases FROM cases WHERE {of_one} AND {UNSOLVED} GROUP BY owner", params
    )
    loads = {row["owner"]: (row["customers"], row["leads"], 0) for row in owned}
    for row in cases:
        loads[row["owner"]] = (*loads.get(row["owner"], (0, 0, 0))[:2], row["cases"])
    return loads


def _member(row: Row, loads: dict[str, tuple[int, int, int]]) -> Member:
    customers, leads, cases = loads.get(row["name"], (0, 0, 0))
    return Member(
        name=row["name"],
        role=row["role"],
        manager=row["manager"],
        capacity=row["capacity"],
        active=row["active"] == "yes",
        email=row["email"],
        notify=row["notify"],
        customers=customers,
        leads=leads,
        cases=cases,
    )
