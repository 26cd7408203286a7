"""Due items as a calendar file (RFC 5545) that every calendar program imports; again and again, as the same entries."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from crmcli.care.due import DueItem
from crmcli.care.greetings import Greeting, spoken
from crmcli.i18n import _
from crmcli.store.workspace import Workspace
from crmcli.values import safe


def calendar(ws: Workspace, items: Iterable[DueItem], greetings: Mapping[str, Greeting]) -> str:
    """One entry for each item: on its day, or at its moment where a clock runs; with what goes with it, by key.

    An entry's UID follows from the database and the item's key, so that an item that is snoozed moves and none comes
    twice. Nothing rings, and nobody is shown as busy.
    """
    from icalendar import Calendar, Event

    founded = ws.db.first("SELECT at, actor, name FROM policy ORDER BY id LIMIT 1")
    found = Calendar()
    found.add("prodid", "-//crmcli//due//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    for item in items:
        event = Event()
        named = f"{founded} {item.key}"
        event.add("uid", f"{hashlib.sha256(named.encode()).hexdigest()[:32]}@crmcli")
        event.add("dtstamp", ws.now.astimezone(UTC))
        if item.due_at is None:
            event.add("dtstart", item.due_on)
            event.add("dtend", item.due_on + timedelta(days=1))
        else:
            event.add("dtstart", datetime.fromisoformat(item.due_at).astimezone(UTC))
        who = item.customer or item.owner
        event.add("summary", safe(_("{what}: {about}").format(what=who, about=item.action) if who else item.action))
        event.add("description", "\n".join(_description(item, greetings.get(item.key))))
        event.add("categories", [item.kind])
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        found.add_component(event)
    text: str = found.to_ical().decode("utf-8")
    return text


def _description(item: DueItem, greeting: Greeting | None) -> list[str]:
    lines = [item.reason, item.whom]
    if greeting is not None:
        lines += spoken(greeting)
    # Line by line: a line break in a customer's name must not begin a property of its own.
    return [safe(line) for text in [*lines, item.key] for line in text.splitlines() if line]
