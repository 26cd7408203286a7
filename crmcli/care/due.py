"""What is to be done on the day, most urgent first.

It only reads, and only from indexes: its cost grows with what is due, not with the base.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol, runtime_checkable

from crmcli.care import (
    actions,
    escalation,
    festivals,
    handovers,
    items,
    occasions,
    playbooks,
    renewals,
    reviews,
    touches,
)
from crmcli.care.cases import due as case_clocks
from crmcli.care.decisions import Decision
from crmcli.care.items import KINDS, Item, Scope
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import spoken_phone

_CHUNK = 5_000
_FURTHEST = 3650


class Source(Protocol):
    """What gives due items: a module that reads them from indexes only."""

    @property
    def KINDS(self) -> tuple[str, ...]:
        """The kinds that it gives, of `items.KINDS`."""

    def coming(self, ws: Workspace, scope: Scope) -> list[Item]:
        """Every open item within `scope`; what is snoozed is due on the day that it was snoozed to."""

    def called(self, ws: Workspace, key: str) -> Item | None:
        """The open item called `key`, however far ahead it is; None if it has no such."""


@runtime_checkable
class Settling(Source, Protocol):
    """A source for which a decision means more than a row of `settlement`."""

    def settle(
        self, ws: Workspace, item: Item, decision: Decision, until: date | None, reason: str | None
    ) -> date | None:
        """Do what the decision means; the day that the item, or its next turn, is due. Raises Refused."""


SOURCES: tuple[Source, ...] = (
    touches, actions, case_clocks, playbooks, occasions, festivals, renewals, reviews, handovers,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DueItem:
    """One line of the day's list.

    Attributes:
        key: names the item for done, snooze, skip and log --for.
        due_on: the day; of an occasion, the day itself.
        due_at: the moment, where a clock runs; else None.
        late_days: days since `due_on`, 0 if it has not passed.
        code, customer, tier: of the customer; None of what is the owner's own, a tier review.
        contact, phone: whom to reach, and where.
        reason: why it is due, in one sentence.
        escalation: what the policy asks for because it is late; else None.
    """

    key: str
    due_on: date
    due_at: str | None
    late_days: int
    kind: str
    code: str | None
    customer: str | None
    tier: str | None
    owner: str | None
    action: str
    channel: str | None
    contact: str | None
    phone: str | None
    reason: str
    escalation: str | None

    @property
    def whom(self) -> str:
        """How to reach whom and where, as people read it; "" where nothing is known of it."""
        phone = self.phone and spoken_phone(self.phone)
        return " ".join(filter(None, (items.spoken_channel(self.channel), self.contact, phone)))


def due(
    ws: Workspace,
    *,
    owner: str | None = None,
    days: int = 0,
    kinds: Collection[str] = (),
    late: bool = False,
    escalated: bool = False,
) -> list[DueItem]:
    """What is due today and was due before; the first is the most urgent.

    Args:
        owner: only the items of this owner's customers, and the late ones that the policy says to tell this owner of.
        days: also what falls due, or is announced, within so many days.
        kinds: only these kinds; none means all.
        late: only what was due before today.
        escalated: only what is so late that the policy asks for more.

    Raises:
        UsageError: there is no such kind, or `days` is negative or goes beyond the calendar.
    """
    scope = Scope(today=ws.today, until=_day(ws.today, days), owner=owner)
    found = coming(ws, scope, kinds=kinds)
    if owner is not None and (told := _told(ws, owner, kinds)):
        by_key = {item.key: item for item in (*found, *told)}
        found = sorted(by_key.values(), key=lambda item: _urgency(ws, item))
    asked = escalation.of(ws, found)
    found = [item for item in found if (not late or item.due_on < ws.today) and (not escalated or item.key in asked)]
    people = _people(ws, found)
    return [
        _due_item(ws, item, people.get((item.customer_id or 0, item.contact_id)), asked.get(item.key)) for item in found
    ]


def coming(ws: Workspace, scope: Scope, *, kinds: Collection[str] = ()) -> list[Item]:
    """All open items within `scope`, most urgent first: what the clock runs for, then by day, moment, tier."""
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(
                _("there is no kind '{kind}'").format(kind=kind),
                hint=_("kinds: {kinds}").format(kinds=", ".join(KINDS)),
            )
    wanted = set(kinds or KINDS)
    found = [
        item
        for source in SOURCES
        if wanted.intersection(source.KINDS)
        for item in source.coming(ws, scope)
        if item.kind in wanted
    ]
    return sorted(found, key=lambda item: _urgency(ws, item))


def _urgency(ws: Workspace, item: Item) -> tuple[Any, ...]:
    """What is due by the clock, today or before, stands above all; then the day; on it what has a moment, and the
    earlier; then the better tier; then all of one customer together.
    """
    moment = item.due_at or "~"
    by_the_clock = item.due_at is not None and item.due_on <= ws.today
    return not by_the_clock, item.due_on, moment, items.rank(ws, item.tier), item.code or "", item.kind, item.key


def _told(ws: Workspace, owner: str, kinds: Collection[str]) -> list[Item]:
    """The late items of others that `owner` is to be told of."""
    others = escalation.told_to(ws, owner)
    late = Scope(today=ws.today, until=ws.today - timedelta(days=1))
    scopes = [late] if others is None else [replace(late, owner=other) for other in sorted(others)]
    found = [item for scope in scopes for item in coming(ws, scope, kinds=kinds)]
    asked = escalation.of(ws, found)
    return [item for item in found if item.key in asked and owner in asked[item.key].told]


def called(ws: Workspace, key: str) -> tuple[Source, Item] | tuple[None, None]:
    """The open item called `key`, however far ahead it is, and the source that gives it."""
    kind = key.partition(":")[0]
    for source in SOURCES:
        if kind in source.KINDS and (found := source.called(ws, key)):
            return source, found
    return None, None


def item(ws: Workspace, key: str) -> Item | None:
    """The open item called `key`, however far ahead it is."""
    return called(ws, key)[1]


def _day(today: date, days: int) -> date:
    if not 0 <= days <= _FURTHEST:
        raise UsageError(_("--days takes a number from 0 to {most}, not {days}").format(days=days, most=_FURTHEST))
    return today + timedelta(days=days)


def _people(ws: Workspace, found: Iterable[Item]) -> dict[tuple[int, int | None], Row]:
    """The contacts by (customer, contact); (customer, None) is whom to call first there."""
    ids = sorted({item.customer_id for item in found if item.customer_id is not None})
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


def _due_item(ws: Workspace, item: Item, person: Row | None, asked: escalation.Asked | None) -> DueItem:
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
        escalation=asked.words if asked else None,
    )
