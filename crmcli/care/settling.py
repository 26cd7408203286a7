"""Settling: what somebody decides about a due item without a contact: done, snoozed or skipped."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from crmcli.care import due, occasions, touches
from crmcli.care.items import Item
from crmcli.errors import NotFound, Refused, UsageError
from crmcli.i18n import _
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

Decision = Literal["done", "snooze", "skip"]
_STORED = {"done": "done", "snooze": "snoozed", "skip": "skipped"}


@dataclass(frozen=True)
class Settled:
    """An item that was decided about; `next_on` is the day it, or the touch's next turn, is due."""

    key: str
    kind: str
    code: str
    customer: str
    decision: str
    next_on: date | None


def settle(
    ws: Workspace, key: str, decision: Decision, *, until: date | None = None, reason: str | None = None
) -> Settled:
    """Settle the open item called `key`: it is done, or off the list until a day, or skipped for a reason.

    Raises:
        NotFound: no item is called so. Refused: it is settled already, or it cannot wait until that day.
        UsageError: snoozing needs a day to come, skipping a reason.
    """
    if decision not in _STORED:
        raise UsageError(_("an item is done, snooze or skip, not '{decision}'").format(decision=decision))
    earlier = _earlier(ws, key)
    item = due.item(ws, key)
    if item is None:
        raise NotFound(_("there is no open item {key}").format(key=key), hint=_("see: crm due"))
    reason = (reason or "").strip() or None
    if decision == "snooze":
        until = _later(ws, item, until)
    elif until is not None:
        raise UsageError(_("only an item that is snoozed has a day to come back"))
    if decision == "skip" and reason is None:
        raise UsageError(_("skipping {key} needs a reason").format(key=key), hint=_("--reason TEXT"))
    _write(ws, item, earlier, _STORED[decision], until, reason)
    ws.summary = f"{key}: {_STORED[decision]}"
    next_on = until if item.kind != "touch" else _next_turn(ws, item)
    return Settled(key, item.kind, item.code, item.customer, _STORED[decision], next_on)


def _earlier(ws: Workspace, key: str) -> Row | None:
    """The settlement that the key has; one that is not a snooze is the last."""
    found = ws.db.first("SELECT * FROM settlement WHERE key = :key", {"key": key})
    if found is not None and found["decision"] != "snoozed":
        raise Refused(
            _("{key} is settled already: {decision} on {day}").format(
                key=key, decision=found["decision"], day=found["settled_on"]
            ),
            hint=_("crm undo takes it back"),
        )
    return found


def _later(ws: Workspace, item: Item, until: date | None) -> date:
    if until is None or until <= ws.today:
        raise UsageError(_("snoozing {key} needs a day to come").format(key=item.key), hint=_("--until DATE"))
    last = item.planned_on + timedelta(days=occasions.KEPT_DAYS)
    if item.kind in ("birthday", "anniversary") and until > last:
        raise Refused(
            _("{key} cannot wait until {until}").format(key=item.key, until=until),
            hint=_("it is let go after {last}").format(last=last),
        )
    return until


def _write(
    ws: Workspace, item: Item, earlier: Row | None, decision: str, until: date | None, reason: str | None
) -> None:
    decided: dict[str, Any] = {
        "decision": decision,
        "settled_on": ws.today.isoformat(),
        "until": until.isoformat() if until else None,
        "reason": reason,
    }
    if earlier is not None:
        journal.change(ws, "settlement", earlier["id"], decided)
    else:
        named = {
            "customer_id": item.customer_id,
            "key": item.key,
            "kind": item.kind,
            "ref": item.ref,
            "planned_on": item.planned_on.isoformat(),
        }
        journal.add(ws, "settlement", [{**named, **decided}])
    if item.kind == "action" and decision != "snoozed":
        # Told on the promise, too: `due` then finds the open ones by an index, however many were ever kept.
        journal.change(ws, "interaction", int(item.ref), {"next_settled_on": ws.today.isoformat()})


def _next_turn(ws: Workspace, item: Item) -> date | None:
    """When a touch that was settled is due again."""
    touches.refresh_customer(ws, item.customer_id)
    row = touches.of(ws, item.customer_id).get(item.ref)
    return date.fromisoformat(row["due_on"]) if row else None
