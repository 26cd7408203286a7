"""What is to be done on the day, most urgent first.

It only reads, and only from indexes: its cost grows with what is due, not with the base.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from crmcli.care import actions, items, occasions, playbooks, touches
from crmcli.care.items import KINDS, Item, Scope
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_CHUNK = 5_000


_FURTHEST = 3650
_OF_PLAYBOOKS = {*playbooks.KINDS.values()}


@dataclass(frozen=True, slots=True)
class DueItem:
    """One line of the day's list.

    Attributes:
        key: names the item for done, snooze, skip and log --for.
        due_on: the day; of an occasion, the day itself.
        due_at: the moment, where a clock runs; else None.
        late_days: days since `due_on`, 0 if it has not passed.
        code, customer, tier, owner: of the customer.
        contact, phone: whom to reach, and where.
        reason: why it is due, in one sentence.
        escalation: what the policy asks for because it is late; else None.
    """

    key: str
    due_on: date
    due_at: str | None
    late_days: int
    kind: str
    code: str
    customer: str
    tier: str | None
    owner: str | None
    action: str
    channel: str | None
    contact: str | None
    phone: str | None
    reason: str
    escalation: str | None


def due(
    ws: Workspace,
    *,
    owner: str | None = None,
    days: int = 0,
    kinds: Collection[str] = (),
    late: bool = False,
) -> list[DueItem]:
    """What is due today and was due before; the first is the most urgent.

    Args:
        owner: only the items of this owner's customers.
        days: also what falls due, or is announced, within so many days.
        kinds: only these kinds; none means all.
        late: only what was due before today.

    Raises:
        UsageError: there is no such kind, or `days` is negative or goes beyond the calendar.
    """
    scope = Scope(today=ws.today, until=_day(ws.today, days), owner=owner)
    found = [item for item in coming(ws, scope, kinds=kinds) if not late or item.due_on < ws.today]
    people = _people(ws, found)
    return [_due_item(ws, item, people.get((item.customer_id, item.contact_id))) for item in found]


def coming(ws: Workspace, scope: Scope, *, kinds: Collection[str] = ()) -> list[Item]:
    """All open items within `scope`, most urgent first: the day, then the tier, then kind and code."""
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(
                _("there is no kind '{kind}'").format(kind=kind),
                hint=_("kinds: {kinds}").format(kinds=", ".join(KINDS)),
            )
    wanted = set(kinds or KINDS)
    found: list[Item] = []
    if "touch" in wanted:
        found += touches.coming(ws, scope)
    if "action" in wanted:
        found += actions.coming(ws, scope)
    if wanted & _OF_PLAYBOOKS:
        found += [item for item in playbooks.coming(ws, scope) if item.kind in wanted]
    if wanted & {"birthday", "anniversary"}:
        found += [item for item in occasions.coming(ws, scope) if item.kind in wanted]
    return sorted(found, key=lambda item: (item.due_on, items.rank(ws, item.tier), item.kind, item.code, item.key))


def item(ws: Workspace, key: str) -> Item | None:
    """The open item called `key`, however far ahead it is."""
    kind, _colon, rest = key.partition(":")
    if kind == "action":
        column, value = "id = (SELECT customer_id FROM interaction WHERE id = :value)", rest
    elif kind in _OF_PLAYBOOKS:
        column, value = "code = :value", rest.rsplit(":", 2)[0]
    else:
        # From the right, because a code may hold a colon.
        column, value = (
            "code = :value",
            re.sub(r"(:K\d+)?:[^:]*$", "", rest.rpartition(":")[0] if kind == "touch" else rest),
        )
    customer_id = ws.db.value(f"SELECT id FROM customer WHERE {column}", {"value": value})
    if customer_id is None or kind not in KINDS:
        return None
    scope = Scope(today=ws.today, until=date.max, customer_id=customer_id)
    if kind == "touch":
        found = touches.coming(ws, scope)
    elif kind == "action":
        found = actions.coming(ws, scope)
    elif kind in _OF_PLAYBOOKS:
        found = playbooks.coming(ws, scope)
    else:
        found = _occasions(ws, scope, kind, rest.rpartition(":")[2])
    return next((item for item in found if item.key == key), None)


def _occasions(ws: Workspace, scope: Scope, kind: str, day: str) -> list[Item]:
    try:
        on = date.fromisoformat(day)
    except ValueError:
        return []
    let_go = (ws.today - on).days > occasions.KEPT_DAYS
    return [] if let_go else occasions.on(ws, scope, kind, on)


def _day(today: date, days: int) -> date:
    if not 0 <= days <= _FURTHEST:
        raise UsageError(_("--days takes a number from 0 to {most}, not {days}").format(days=days, most=_FURTHEST))
    return today + timedelta(days=days)


def _people(ws: Workspace, found: Iterable[Item]) -> dict[tuple[int, int | None], Row]:
    """The contacts by (customer, contact); (customer, None) is whom to call first there."""
    ids = sorted({item.customer_id for item in found})
    people: dict[tuple[int, int | None], Row] = {}
    for start in range(0, len(ids), _CHUNK):
        listed = ", ".join(map(str, ids[start : start + _CHUNK]))
        for row in ws.db.each(
            "SELECT customer_id, id, name, phone FROM contact "
            f"WHERE customer_id IN ({listed}) ORDER BY customer_id, main = 'yes' DESC, id"
        ):
            people[row["customer_id"], row["id"]] = row
            people.setdefault((row["customer_id"], None), row)
    return people


def _due_item(ws: Workspace, item: Item, person: Row | None) -> DueItem:
    return DueItem(
        key=item.key,
        due_on=item.due_on,
        due_at=item.due_at and ws.local(item.due_at),
        late_days=max(0, (ws.today - item.due_on).days),
        kind=item.kind,
        code=item.code,
        customer=item.customer,
        tier=item.tier,
        owner=item.owner,
        action=item.action,
        channel=item.channel,
        contact=person["name"] if person else None,
        phone=(person["phone"] if person else None) or item.phone,
        reason=item.reason,
        escalation=None,
    )
