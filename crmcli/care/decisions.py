"""Decisions about due items, in the table `settlement`: that one is done, waits until a day, or is skipped."""

from datetime import date
from typing import Any, Literal

from crmcli.care.items import Item
from crmcli.errors import Refused
from crmcli.i18n import _
from crmcli.store import journal
from crmcli.store.workspace import Workspace

Decision = Literal["done", "snoozed", "skipped"]


def refuse_before_its_day(item: Item, until: date | None) -> None:
    """An item that is found by the day that it is for cannot come back before it. Raises Refused."""
    if until is not None and until < item.due_on:
        words = _("{key} is due on {day}: it waits until then by itself")
        raise Refused(words.format(key=item.key, day=item.due_on))


def decide(ws: Workspace, item: Item, decision: Decision, until: date | None, reason: str | None) -> None:
    """Write down what was decided about an item of a customer, in place of what was decided about it before."""
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
