"""The digest: what each owner has to do, as it is sent to them once a day.

`digests` only reads. What went out is written down by `write_down`, in a table of its own that no undo touches: a
message cannot be called back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from crmcli.care import escalation, greetings
from crmcli.care.due import DueItem, coming, due
from crmcli.care.greetings import Greeting
from crmcli.care.items import Scope
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

DAYS = 7
"""How many days ahead a digest looks, unless another number is asked for."""


@dataclass(frozen=True)
class Digest:
    """What one owner has to do, as of a day; each part is in the order of `due`, the most urgent first.

    Attributes:
        owner: whose; None is what has no owner.
        late: due before the day.
        today: due on it.
        week: announced, or due in the days after it.
        told: late items of others, of which the policy's escalation tells this owner.
        greetings: by the key of an item, where it has one.
    """

    owner: str | None
    as_of: date
    late: tuple[DueItem, ...]
    today: tuple[DueItem, ...]
    week: tuple[DueItem, ...]
    told: tuple[DueItem, ...] = ()
    greetings: Mapping[str, Greeting] = field(default_factory=dict)

    @property
    def items(self) -> int:
        """How many items it tells of."""
        return len(self.late) + len(self.today) + len(self.week) + len(self.told)


def digests(ws: Workspace, *, owner: str | None = None, days: int = DAYS) -> list[Digest]:
    """The digest of every owner who has something to do today, by name; what has no owner comes last.

    Who has nothing late, nothing due and nothing announced today has no digest, whatever the days after bring.

    Args:
        owner: only this one's.
        days: how far ahead it looks.

    Raises:
        UsageError: `days` is negative or goes beyond the calendar.
    """
    items = due(ws, days=days)
    urgent = {item.key for item in due(ws)}
    told = _told(ws)
    owners = {item.owner for item in items if item.key in urgent} | told.keys()
    wanted = sorted(name for name in owners if name is not None and owner in (None, name))
    found = greetings.of(ws, items)
    return [
        _digest(ws, name, items, told.get(name, frozenset()), found)
        for name in (*wanted, *([None] if None in owners and owner is None else []))
    ]


def _told(ws: Workspace) -> dict[str | None, frozenset[str]]:
    """The keys of the late items of others that each is told of."""
    late = coming(ws, Scope(today=ws.today, until=ws.today - timedelta(days=1)))
    asked = escalation.of(ws, late)
    told: dict[str | None, frozenset[str]] = {}
    for item in late:
        for name in (asked[item.key].told if item.key in asked else frozenset()) - {item.owner}:
            told[name] = told.get(name, frozenset()) | {item.key}
    return told


def _digest(
    ws: Workspace, owner: str | None, items: list[DueItem], told: frozenset[str], found: Mapping[str, Greeting]
) -> Digest:
    own = [item for item in items if item.owner == owner]
    others = tuple(item for item in items if item.key in told)
    return Digest(
        owner=owner,
        as_of=ws.today,
        late=tuple(item for item in own if item.due_on < ws.today),
        today=tuple(item for item in own if item.due_on == ws.today),
        week=tuple(item for item in own if item.due_on > ws.today),
        told=others,
        greetings={item.key: found[item.key] for item in (*own, *others) if item.key in found},
    )


def recipients(ws: Workspace) -> Mapping[str, Row]:
    """Of each member, by name: email, notify (`mail`, the name of a channel, or None), active (yes or no)."""
    return {row["name"]: row for row in ws.db.rows("SELECT name, email, notify, active FROM member")}


# ---------------------------------------------------------------------------------------------- what went out


def went_out(ws: Workspace, owner: str | None, channel: str) -> bool:
    """Whether the day's list of an owner has gone to a channel."""
    return bool(
        ws.db.value(
            "SELECT EXISTS (SELECT 1 FROM notification WHERE day = :day AND owner = :owner AND channel = :channel)",
            {"day": ws.today.isoformat(), "owner": owner or "", "channel": channel},
        )
    )


def write_down(ws: Workspace, digest: Digest, channel: str) -> None:
    """Remember that a digest went to a channel, named without its secrets; a second time replaces the first."""
    named = {"day": digest.as_of.isoformat(), "owner": digest.owner or "", "channel": channel}
    ws.db.execute(
        "INSERT INTO notification (day, owner, channel, at, items) VALUES (:day, :owner, :channel, :at, :items) "
        "ON CONFLICT (day, owner, channel) DO UPDATE SET at = excluded.at, items = excluded.items",
        {**named, "at": ws.stamp, "items": digest.items},
    )
