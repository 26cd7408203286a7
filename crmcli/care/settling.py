"""Settling: what somebody decides about a due item without a contact: done, snoozed or skipped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from crmcli.care import decisions, due
from crmcli.errors import NotFound, Refused, UsageError
from crmcli.i18n import _
from crmcli.store.workspace import Workspace

Decision = Literal["done", "snooze", "skip"]
_STORED: Mapping[str, decisions.Decision] = {"done": "done", "snooze": "snoozed", "skip": "skipped"}


@dataclass(frozen=True)
class Settled:
    """An item that was decided about; `next_on` is the day it, or its next turn, is due."""

    key: str
    kind: str
    code: str | None
    customer: str | None
    decision: str
    next_on: date | None


def settle(
    ws: Workspace, key: str, decision: Decision, *, until: date | None = None, reason: str | None = None
) -> Settled:
    """Settle the open item called `key`: it is done, or off the list until a day, or skipped for a reason.

    Raises:
        NotFound: no item is called so. Refused: it is settled already, or cannot wait until that day, or is due after.
        UsageError: snoozing needs a day to come, skipping a reason.
    """
    if decision not in _STORED:
        raise UsageError(_("an item is done, snooze or skip, not '{decision}'").format(decision=decision))
    source, item = due.called(ws, key)
    if source is None or item is None:
        _refuse_settled(ws, key)
        raise NotFound(_("there is no open item {key}").format(key=key), hint=_("see: crm due"))
    reason = (reason or "").strip() or None
    if decision == "snooze":
        if until is None or until <= ws.today:
            raise UsageError(_("snoozing {key} needs a day to come").format(key=key), hint=_("--until DATE"))
    elif until is not None:
        raise UsageError(_("only an item that is snoozed has a day to come back"))
    if decision == "skip" and reason is None:
        raise UsageError(_("skipping {key} needs a reason").format(key=key), hint=_("--reason TEXT"))
    stored = _STORED[decision]
    if isinstance(source, due.Settling):
        next_on = source.settle(ws, item, stored, until, reason)
    else:
        decisions.decide(ws, item, stored, until, reason)
        next_on = until
    ws.summary = _("{what}: {about}").format(what=key, about=spoken(stored, until))
    return Settled(key, item.kind, item.code, item.customer, _STORED[decision], next_on)


def spread(ws: Workspace, until: date, number: int) -> list[date]:
    """So many days from tomorrow until a day, in order and as even as can be; only that day, if it does not come.

    They are working days of the policy's calendar, or any where there is none of these until then.
    """
    days = [ws.today + timedelta(days=after) for after in range(1, (until - ws.today).days + 1)] or [until]
    days = [day for day in days if ws.policy.calendar.is_workday(day)] or days
    return [days[place * len(days) // number] for place in range(number)]


def spoken(decision: str, until: date | None = None) -> str:
    """A decision in the language spoken now; of one that waits, until when."""
    words = {"done": _("done"), "snoozed": _("snoozed until {day}"), "skipped": _("skipped")}
    return words[decision].format(day=until)


def _refuse_settled(ws: Workspace, key: str) -> None:
    """Say of an item that is no longer open that it was settled, if that is why."""
    found = ws.db.first(
        "SELECT decision, settled_on FROM settlement WHERE key = :key AND decision <> 'snoozed' "
        "UNION ALL SELECT decision, settled_on FROM review "
        "WHERE 'review:' || owner || ':' || planned_on = :key AND decision <> 'snoozed' "
        "ORDER BY settled_on DESC LIMIT 1",
        {"key": key},
    )
    if found is not None:
        raise Refused(
            _("{key} is settled already: {decision} on {day}").format(
                key=key, decision=spoken(found["decision"]), day=found["settled_on"]
            ),
            hint=_("crm undo takes it back"),
        )
