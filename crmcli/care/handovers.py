"""Hand-overs: what a successor got, on the list until it is acknowledged.

The newest change of owner of a customer counts, while the customer is that owner's: a hand-over that somebody else
has taken over since is no one's work.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crmcli.care.decisions import Decision, decide
from crmcli.care.items import CUSTOMER, Item, Scope, called_among, code_in, customer_of, item
from crmcli.care.packets import Packet
from crmcli.errors import NotFound, Refused, UsageError
from crmcli.i18n import _, plural, sentences
from crmcli.store import finding, journal, owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

KINDS: tuple[str, ...] = ("handoff",)

_NEWEST = """a.packet IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM assignment AS later WHERE later.customer_id = a.customer_id AND later.id > a.id)"""
_OPEN = f"a.acknowledged_on IS NULL AND a.owner = c.owner AND {_NEWEST}"
_PARTS = ", ".join(f"json_array_length(a.packet, '$.{part}') AS {part}" for part in ("promises", "cases", "steps"))
_HAS = f"{_PARTS}, json_extract(a.packet, '$.terms') AS terms"


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The hand-overs that nobody has acknowledged, of those who own the customers now."""
    rows = ws.db.rows(
        f"""
        SELECT a.id, a.from_owner, a.assigned_on, a.reason, {_HAS}, s.until, {CUSTOMER}
        FROM assignment AS a CROSS JOIN customer AS c ON c.id = a.customer_id
        LEFT JOIN settlement AS s ON s.customer_id = a.customer_id AND s.kind = 'handoff'
            AND s.ref = CAST(a.id AS TEXT) AND s.planned_on = a.assigned_on
        WHERE a.assigned_on <= :until AND {_OPEN} AND (s.id IS NULL OR s.until <= :until)
            AND {scope.condition("a.customer_id")}
        """,
        scope.params,
    )
    return [_item(row) for row in rows]


def called(ws: Workspace, key: str) -> Item | None:
    """The open hand-over called `handoff:CODE:DATE`."""
    return called_among(coming, ws, key, customer_of(ws, code_in(key, 1)))


def settle(ws: Workspace, item: Item, decision: Decision, until: date | None, reason: str | None) -> date | None:
    """Done acknowledges it. Raises Refused: it is to be skipped."""
    if decision == "skipped":
        raise Refused(
            _("a hand-over is acknowledged, not skipped"), hint=_("crm handoff ack {code}").format(code=item.code)
        )
    if decision == "done":
        journal.change(ws, "assignment", int(item.ref), {"acknowledged_on": ws.today.isoformat()})
    decide(ws, item, decision, until, reason)
    return until


def _item(row: Row) -> Item:
    return item(
        row,
        kind="handoff",
        ref=str(row["id"]),
        planned_on=date.fromisoformat(row["assigned_on"]),
        due_on=row["until"] or row["assigned_on"],
        name=row["assigned_on"],
        action=_("Read the hand-over and acknowledge it"),
        channel=None,
        reason=sentences([_begun(row), *_contents(row)]),
    )


def _begun(row: Row) -> str:
    words = _("handed over by {owner} on {day}").format(owner=row["from_owner"], day=row["assigned_on"])
    said = owners.spoken(row["reason"])
    return f"{words}: {said}" if said else words


def _contents(row: Row) -> list[str]:
    """What is in a packet, counted."""
    counted = (
        plural("{number} open promise", "{number} open promises", row["promises"]),
        plural("{number} open case", "{number} open cases", row["cases"]),
        plural("{number} open step", "{number} open steps", row["steps"]),
    )
    numbers = (row["promises"], row["cases"], row["steps"])
    words = [text.format(number=number) for text, number in zip(counted, numbers, strict=True) if number]
    return [_("special terms"), *words] if row["terms"] else words


# ------------------------------------------------------------------------------------------ acknowledging, showing


@dataclass(frozen=True)
class HandOver:
    """A hand-over of one customer.

    Attributes:
        key: of the due item that it is, or was.
        from_owner, owner: who gave way to whom, on the day `on`.
        why: assign, handoff, lead, stale or late; `reason` is what somebody said to it.
        state: open, acknowledged, or passed-on where the customer has changed hands again before.
        packet: what there was to know then; see `packets`.
    """

    id: int
    key: str
    code: str
    customer: str
    from_owner: str
    owner: str
    on: date
    why: str
    reason: str | None
    state: str
    acknowledged_on: date | None
    packet: Packet


def hand_overs(
    ws: Workspace,
    *,
    owner: str | None = None,
    customer: str | None = None,
    ids: Sequence[int] | None = None,
    every: bool = False,
) -> list[HandOver]:
    """The open hand-overs, or every one that ever was, newest first; to one successor, of one customer, or by id.

    Raises NotFound: the customer.
    """
    conditions = ["a.packet IS NOT NULL" if every else _OPEN]
    params: Row = {}
    if owner is not None:
        conditions.append("a.owner = :owner")
        params["owner"] = owner
    if customer is not None:
        conditions.append("a.customer_id = :customer_id")
        params["customer_id"] = finding.customer(ws, customer)["id"]
    if ids is not None:
        conditions.append(f"a.id IN ({', '.join(map(str, ids))})")
    rows = ws.db.rows(
        f"""
        SELECT a.*, c.code, c.name, ({_OPEN}) AS open
        FROM assignment AS a CROSS JOIN customer AS c ON c.id = a.customer_id
        WHERE {" AND ".join(conditions)} ORDER BY a.id DESC
        """,
        params,
    )
    return [_hand_over(row) for row in rows]


def latest(ws: Workspace, customer: str) -> HandOver:
    """The newest hand-over of a customer, open or not. Raises NotFound: the customer, or it never had one."""
    found = hand_overs(ws, customer=customer, every=True)
    if not found:
        row = finding.customer(ws, customer)
        raise NotFound(_("{code} {name} was never handed over").format(code=row["code"], name=row["name"]))
    return found[0]


def _hand_over(row: Row) -> HandOver:
    acknowledged = row["acknowledged_on"]
    return HandOver(
        id=row["id"],
        key=f"handoff:{row['code']}:{row['assigned_on']}",
        code=row["code"],
        customer=row["name"],
        from_owner=row["from_owner"],
        owner=row["owner"],
        on=date.fromisoformat(row["assigned_on"]),
        why=row["why"],
        reason=owners.spoken(row["reason"]),
        state="acknowledged" if acknowledged else "open" if row["open"] else "passed-on",
        acknowledged_on=acknowledged and date.fromisoformat(acknowledged),
        packet=json.loads(row["packet"]),
    )


def acknowledge(
    ws: Workspace, customers: Sequence[str] = (), *, owner: str | None = None, everybody: bool = False
) -> list[HandOver]:
    """Acknowledge the open hand-overs of these customers, of one successor, or of everybody; those that were open.

    Raises:
        UsageError: nothing, or too much, says which. NotFound: a customer. Refused: it has no open hand-over.
    """
    if [bool(customers), owner is not None, everybody].count(True) != 1:
        raise UsageError(_("which hand-overs? Name customers, or give --owner or --all"), hint=_("crm handoff list"))
    if customers:
        found = list({one.id: one for name in customers for one in _open_of(ws, name)}.values())
    else:
        found = hand_overs(ws, owner=owner)
    items = {item.ref: item for item in coming(ws, Scope(today=ws.today, until=date.max, owner=owner))} if found else {}
    for one in found:
        settle(ws, items[str(one.id)], "done", None, None)
    _note_others(ws, {one.owner for one in found})
    words = plural("{number} hand-over acknowledged", "{number} hand-overs acknowledged", len(found))
    ws.summary = words.format(number=len(found))
    return found


def _note_others(ws: Workspace, successors: set[str]) -> None:
    """Say it where a member of the team acknowledges what another one is to read."""
    actor = owners.member(ws, ws.actor)
    others = sorted(successors - {actor["name"]}) if actor else []
    if actor and others:
        words = _("{actor} acknowledged for {names}: have they read it?")
        names = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
        ws.notes.append(words.format(actor=actor["name"], names=names))


def _open_of(ws: Workspace, customer: str) -> list[HandOver]:
    found = hand_overs(ws, customer=customer)
    if not found:
        row = finding.customer(ws, customer)
        message = _("{code} {name} has no hand-over to acknowledge").format(code=row["code"], name=row["name"])
        raise Refused(message, hint=_("crm handoff list"))
    return found
