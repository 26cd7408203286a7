"""Settling: what somebody decides about a due item without a contact: done, snoozed or skipped."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from crmcli.care import due, occasions, playbooks, touches
from crmcli.care.items import Item
from crmcli.errors import NotFound, Refused, UsageError
from crmcli.i18n import _
from crmcli.store import journal
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
    item = due.item(ws, key)
    if item is None:
        _refuse_settled(ws, key)
        raise NotFound(_("there is no open item {key}").format(key=key), hint=_("see: crm due"))
    reason = (reason or "").strip() or None
    if decision == "snooze":
        until = _later(ws, item, until)
    elif until is not None:
        raise UsageError(_("only an item that is snoozed has a day to come back"))
    if decision == "skip" and reason is None:
        raise UsageError(_("skipping {key} needs a reason").format(key=key), hint=_("--reason TEXT"))
    _write(ws, item, _STORED[decision], until, reason)
    ws.summary = f"{key}: {_STORED[decision]}"
    next_on = until if item.kind != "touch" else _next_turn(ws, item)
    return Settled(key, item.kind, item.code, item.customer, _STORED[decision], next_on)


def _refuse_settled(ws: Workspace, key: str) -> None:
    """Say of an item that is no longer open that it was settled, if that is why."""
    found = ws.db.first(
        "SELECT * FROM settlement WHERE key = :key AND decision <> 'snoozed' ORDER BY id DESC LIMIT 1", {"key": key}
    )
    if found is not None:
        raise Refused(
            _("{key} is settled already: {decision} on {day}").format(
                key=key, decision=found["decision"], day=found["settled_on"]
            ),
            hint=_("crm undo takes it back"),
        )


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


def _write(ws: Workspace, item: Item, decision: str, until: date | None, reason: str | None) -> None:
    decided: dict[str, Any] = {
        "decision": decision,
        "settled_on": ws.today.isoformat(),
        "until": until.isoformat() if until else None,
        "reason": reason,
        "key": item.key,
    }
    named = {
        "customer_id": item.customer_id,
        "kind": item.kind,
        "ref": item.ref,
        "planned_on": item.planned_on.isoformat(),
    }
    snoozed = ws.db.value(
        "SELECT id FROM settlement WHERE customer_id = :customer_id AND kind = :kind AND ref = :ref "
        "AND planned_on = :planned_on",
        named,
    )
    if snoozed is not None:
        journal.change(ws, "settlement", snoozed, decided)
    else:
        journal.add(ws, "settlement", [{**named, **decided}])
    if item.kind == "action" and decision != "snoozed":
        # Told on the promise, too: `due` then finds the open ones by an index, however many were ever kept.
        journal.change(ws, "interaction", int(item.ref), {"next_settled_on": ws.today.isoformat()})
    elif item.kind in playbooks.KINDS.values() and decision != "snoozed":
        settled = {"settled_on": ws.today.isoformat(), "how": decision}
        journal.change(ws, "step", int(item.ref), settled)


def _next_turn(ws: Workspace, item: Item) -> date | None:
    """When a touch that was settled is due again."""
    touches.refresh_customer(ws, item.customer_id)
    row = touches.of(ws, item.customer_id).get(item.ref)
    return date.fromisoformat(row["due_on"]) if row else None
