"""The maintenance plan: all that comes, touches and reviews with their repeats, and the work per owner and week."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from crmcli import calendars
from crmcli.calendars import Cadence
from crmcli.care import touches
from crmcli.care.due import coming
from crmcli.care.items import Item, Scope
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.store.workspace import Workspace

_FURTHEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One thing to do on a day to come; what is late is for today."""

    due_on: date
    kind: str
    code: str | None
    customer: str | None
    tier: str | None
    owner: str | None
    action: str
    channel: str | None


@dataclass(frozen=True, slots=True)
class Load:
    """The touches of one owner in one ISO week, like 2026-W48."""

    owner: str | None
    week: str
    items: int


def plan(ws: Workspace, *, owner: str | None = None, until: date | None = None) -> tuple[list[PlanItem], list[Load]]:
    """Everything that falls due up to a day, the end of next month unless given, by day, owner and customer.

    A touch, survey or tier review comes again one cadence after the day it is planned for, as if it were made on that
    day.

    Raises:
        UsageError: `until` has passed, or is more than ten years ahead.
    """
    last = end_of_next_month(ws.today) if until is None else until
    if last < ws.today:
        raise UsageError(_("the plan cannot end on {day}: that day has passed").format(day=last))
    if last > (furthest := ws.today + _FURTHEST):
        raise UsageError(_("the plan reaches no further than {day}").format(day=furthest))
    cadence = _cadences(ws)
    turns = [
        turn
        for item in coming(ws, Scope(today=ws.today, until=last, owner=owner))
        for turn in _turns(item, cadence(item), ws.today, last)
    ]
    turns.sort(key=lambda turn: (turn.due_on, turn.owner or "", turn.code or "", turn.kind, turn.action))
    return turns, workload(turns)


def workload(items: Iterable[PlanItem]) -> list[Load]:
    """How many touches, surveys among them, each owner has in each week, by owner and week."""
    counts = Counter((item.owner, _week(item.due_on)) for item in items if item.kind in touches.KINDS)
    ordered = sorted(counts.items(), key=lambda pair: (pair[0][0] or "", pair[0][1]))
    return [Load(owner, week, count) for (owner, week), count in ordered]


def end_of_next_month(day: date) -> date:
    """The last day of the month after the day's."""
    return calendars.parse_when("eom", calendars.add(Cadence(1, "month"), day))


def _cadences(ws: Workspace) -> Callable[[Item], Cadence | None]:
    """How often an item comes again; None if it does not."""
    known, review = touches.rules(ws), ws.digest["review"]

    def cadence(item: Item) -> Cadence | None:
        if item.kind == "review":
            return calendars.parse_cadence(review)
        return known[item.tier or "", item.ref].every if item.kind in touches.KINDS else None

    return cadence


def _turns(item: Item, every: Cadence | None, today: date, until: date) -> Iterator[PlanItem]:
    """The item, not before today, and its repeats, if it comes again."""
    day = max(item.due_on, today)
    while day <= until:
        yield PlanItem(day, item.kind, item.code, item.customer, item.tier, item.owner, item.action, item.channel)
        if every is None:
            return
        day = calendars.add(every, day)


def _week(day: date) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"
