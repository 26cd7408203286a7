"""The maintenance plan: every touch to come, with its repeats, and the work this is per owner and week."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from crmcli import calendars
from crmcli.calendars import Cadence
from crmcli.care import touches
from crmcli.care.due import coming
from crmcli.care.items import Item, Scope
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One thing to do on a day to come; what is late is for today."""

    due_on: date
    kind: str
    code: str
    customer: str
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

    A touch comes again one cadence after the day it is planned for, as if it were made on that day.

    Raises:
        UsageError: `until` has passed.
    """
    last = end_of_next_month(ws.today) if until is None else until
    if last < ws.today:
        raise UsageError(_("the plan cannot end on {day}: that day has passed").format(day=last))
    known = touches.rules(ws)
    turns = [
        turn
        for item in coming(ws, Scope(today=ws.today, until=last, owner=owner))
        for turn in _turns(item, known, ws.today, last)
    ]
    turns.sort(key=lambda turn: (turn.due_on, turn.owner or "", turn.code, turn.kind, turn.action))
    return turns, workload(turns)


def workload(items: Iterable[PlanItem]) -> list[Load]:
    """How many touches each owner has in each week, by owner and week."""
    counts = Counter((item.owner, _week(item.due_on)) for item in items if item.kind == "touch")
    ordered = sorted(counts.items(), key=lambda pair: (pair[0][0] or "", pair[0][1]))
    return [Load(owner, week, count) for (owner, week), count in ordered]


def end_of_next_month(day: date) -> date:
    """The last day of the month after the day's."""
    return calendars.parse_when("eom", calendars.add(Cadence(1, "month"), day))


def _turns(item: Item, known: Mapping[tuple[str, str], touches.Rule], today: date, until: date) -> Iterator[PlanItem]:
    """The item, not before today, and, if it is a touch, its repeats."""
    day = max(item.due_on, today)
    every = known[item.tier or "", item.ref].every if item.kind == "touch" else None
    while day <= until:
        yield PlanItem(day, item.kind, item.code, item.customer, item.tier, item.owner, item.action, item.channel)
        if every is None:
            return
        day = calendars.add(every, day)


def _week(day: date) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"
