"""The clocks of cases as due items: of each open case the one that runs, on the day on which it is up.

Done means that the case moves on: it is answered, solved, or asked about again. A clock is not snoozed or skipped:
while the customer is waited for the case is paused.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crmcli.calendars import Duration, local_date
from crmcli.care.decisions import Decision
from crmcli.care.items import CUSTOMER, Item, Scope
from crmcli.errors import Refused
from crmcli.i18n import _, plural
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace, stamp

KINDS = ("case",)
CLOCKS = ("respond", "resolve", "revisit")


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The clocks that run out within `scope`, of cases that do not wait for the customer."""
    return _items(ws, scope, "k.next_due <= :until_end", until_end=_end_of(ws, scope.until))


def called(ws: Workspace, key: str) -> Item | None:
    """The clock called `case:NUMBER:respond`, if it is the one that runs."""
    # From the right, because a number may hold a colon.
    number, _colon, clock = key.partition(":")[2].rpartition(":")
    scope = Scope(today=ws.today, until=date.max)
    named = {"number": number, "clock": clock}
    return next(iter(_items(ws, scope, "k.number = :number AND k.next_clock = :clock", **named)), None)


def settle(ws: Workspace, item: Item, decision: Decision, until: date | None, reason: str | None) -> date | None:
    """Move the case on; the day on which its next clock is up. Raises Refused: a clock does not wait."""
    from crmcli.care.cases import moving

    number, _colon, clock = item.key.partition(":")[2].rpartition(":")
    if decision != "done":
        raise Refused(
            _("{key}: a clock that runs is neither snoozed nor skipped").format(key=item.key),
            hint=_("while you wait for the customer: crm case pause {number}").format(number=number),
        )
    at, words = _talk(ws, item.key)
    words = reason or words
    if clock == "respond":
        row = moving.respond_case(ws, number, words, at=at)
    elif clock == "resolve":
        row = moving.resolve_case(ws, number, words, at=at)
    else:
        row = moving.revisit_case(ws, number, True, words, at=at)
    ws.notes.append(ws.summary)
    return _day(ws, row["next_due"]) if row["next_due"] else None


def _talk(ws: Workspace, key: str) -> tuple[datetime | None, str]:
    """When the contact took place that this operation logged as the answer, and what it was about."""
    talk = ws.db.first(
        "SELECT i.at, i.topic FROM change CROSS JOIN interaction AS i ON i.id = change.row_id "
        "WHERE change.operation_id = :op AND change.entity = 'interaction' AND i.answers = :key ORDER BY i.id DESC",
        {"op": ws.wrote, "key": key},
    )
    return (datetime.fromisoformat(talk["at"]), talk["topic"]) if talk else (None, "")


def _items(ws: Workspace, scope: Scope, which: str, **named: Any) -> list[Item]:
    whose = scope.condition("k.customer_id", "coalesce(k.owner, c.owner)")
    rows = ws.db.rows(
        f"""
        SELECT k.number, k.kind AS case_kind, k.severity, k.topic, k.opened_at, k.resolved_at, k.hours, k.clock,
            k.next_clock, k.next_due, k.next_warn, k.estimated, k.owner AS handler, {CUSTOMER}
        FROM cases AS k CROSS JOIN customer AS c ON c.id = k.customer_id
        WHERE {which} AND k.next_due IS NOT NULL AND {whose}
        """,
        {**scope.params, **named},
    )
    return [_item(ws, row) for row in rows]


def _item(ws: Workspace, row: Row) -> Item:
    due_on = _day(ws, row["next_due"])
    return Item(
        key=f"case:{row['number']}:{row['next_clock']}",
        kind="case",
        ref=row["number"],
        planned_on=due_on,
        due_on=due_on,
        customer_id=row["customer_id"],
        code=row["code"],
        customer=row["name"],
        tier=row["tier"],
        owner=row["handler"] or row["owner"],
        phone=row["phone"],
        action=_action(row),
        channel=None,
        reason=_reason(ws, row),
        due_at=row["next_due"],
    )


def _action(row: Row) -> str:
    words = {
        "respond": _("answer the customer: {topic}"),
        "resolve": _("solve it: {topic}"),
        "revisit": _("ask whether the customer is satisfied: {topic}"),
    }
    topic = row["topic"] or f"{row['number']}, {spoken_kind(row['case_kind'])}"
    return words[row["next_clock"]].format(topic=topic)


def _reason(ws: Workspace, row: Row) -> str:
    """Which clock of which case it is, how long the rule gives, and when it is up."""
    words = {
        "respond": _("{case}: to be answered {within}by {moment}"),
        "resolve": _("{case}: to be solved {within}by {moment}"),
        "revisit": _("{case}: to be asked about again {within}by {moment}"),
    }
    case = _("{severity} {kind} {number}").format(
        severity=spoken_severity(row["severity"]), kind=spoken_kind(row["case_kind"]), number=row["number"]
    )
    length = _length(row)
    within = _("within {length}, ").format(length=length) if length else ""
    moment = ws.local(row["next_due"])[:16].replace("T", " ")
    parts = [words[row["next_clock"]].format(case=case, within=within, moment=moment)]
    parts += [row["topic"]] if row["topic"] else []
    if years := guessed(row):
        parts.append(_("the public holidays of {years} are not known yet").format(years=years))
    return "; ".join(parts)


def guessed(row: Row) -> str:
    """The years whose holidays had to be guessed for the clock that runs: other deadlines may lie further ahead."""
    years = (row["estimated"] or "").split(", ")
    return ", ".join(year for year in years if year and row["next_due"] and year <= row["next_due"][:4])


def _length(row: Row) -> str:
    """How long the case's clock gives for what runs now; empty where its deadline was given by hand or by a file."""
    import json

    from crmcli.calendars import parse_duration

    text = json.loads(row["clock"] or "{}").get(row["next_clock"])
    return spoken_length(parse_duration(text), row["hours"]) if text else ""


def spoken_length(length: Duration, hours: str | None) -> str:
    """`4 working hours`, `2 days`, in the language spoken now."""
    number, working = length.number, hours == "working"
    words = {
        ("minute", False): plural("{number} minute", "{number} minutes", number),
        ("minute", True): plural("{number} working minute", "{number} working minutes", number),
        ("hour", False): plural("{number} hour", "{number} hours", number),
        ("hour", True): plural("{number} working hour", "{number} working hours", number),
        ("day", False): plural("{number} day", "{number} days", number),
        ("day", True): plural("{number} working day", "{number} working days", number),
    }
    week = plural("{number} week", "{number} weeks", number)
    return words.get((length.unit, working), week).format(number=number)


def spoken_kind(kind: str) -> str:
    """What to call a kind of case in a sentence."""
    return {"enquiry": _("enquiry"), "complaint": _("complaint"), "crisis": _("crisis")}[kind]


def spoken_severity(severity: str) -> str:
    """What to call a severity in a sentence."""
    return _("major") if severity == "major" else _("minor")


def _day(ws: Workspace, instant: str) -> date:
    return local_date(datetime.fromisoformat(instant), ws.digest["timezone"])


def _end_of(ws: Workspace, day: date) -> str:
    """The last second of a day where the company is, as the database writes instants."""
    if day.year >= 9999:
        return "9999-12-31T23:59:59Z"
    zone = ZoneInfo(ws.digest["timezone"])
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
    return stamp(midnight.astimezone(UTC) - timedelta(seconds=1))
