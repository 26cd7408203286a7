"""The clocks of cases as due items: each that runs, on the day on which it is up.

A case that nobody has answered is to be solved on its day all the same. Done means that the case moves on: it is
answered, solved, or asked about again. A clock is not snoozed or skipped: while the customer is waited for the case is
paused.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crmcli.calendars import Duration, local_date
from crmcli.care.cases.standing import unmet
from crmcli.care.decisions import Decision
from crmcli.care.items import CUSTOMER, Item, Scope
from crmcli.errors import Refused
from crmcli.i18n import _, plural, sentences
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace, stamp

KINDS = ("case",)


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The clocks that run out within `scope`, of cases that do not wait for the customer."""
    end = _end_of(ws, scope.until)
    return [_item(ws, row) for row in _running(ws, scope, "k.next_due <= :end", end=end) if row["up"] <= end]


def called(ws: Workspace, key: str) -> Item | None:
    """The clock called `case:NUMBER:respond`, if it runs."""
    # From the right, because a number may hold a colon.
    number, _colon, clock = key.partition(":")[2].rpartition(":")
    scope = Scope(today=ws.today, until=date.max)
    rows = _running(ws, scope, "k.number = :number", number=number)
    return next((_item(ws, row) for row in rows if row["runs"] == clock), None)


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


def _running(ws: Workspace, scope: Scope, which: str, **named: Any) -> Iterator[Row]:
    """The cases in question, once for each clock that `runs`, with the moment at which it is `up`.

    The first of them is `next_due`, which is indexed.
    """
    whose = scope.condition("k.customer_id", "coalesce(k.owner, c.owner)")
    rows = ws.db.rows(
        f"""
        SELECT k.number, k.kind AS case_kind, k.severity, k.status, k.topic, k.opened_at, k.respond_by, k.responded_at,
            k.resolve_by, k.resolved_at, k.revisit_by, k.revisited_at, k.paused_at, k.hours, k.clock, k.next_clock,
            k.next_warn, k.estimated, k.owner AS handler, {CUSTOMER}
        FROM cases AS k CROSS JOIN customer AS c ON c.id = k.customer_id
        WHERE {which} AND k.next_due IS NOT NULL AND {whose}
        """,
        {**scope.params, **named},
    )
    return ({**row, "runs": clock, "up": up} for row in rows for up, clock in unmet(row))


def _item(ws: Workspace, row: Row) -> Item:
    due_on = _day(ws, row["up"])
    return Item(
        key=f"case:{row['number']}:{row['runs']}",
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
        due_at=row["up"],
    )


def _action(row: Row) -> str:
    words = {
        "respond": _("answer the customer: {topic}"),
        "resolve": _("solve it: {topic}"),
        "revisit": _("ask whether the customer is satisfied: {topic}"),
    }
    topic = row["topic"] or f"{row['number']}, {spoken_kind(row['case_kind'])}"
    return words[row["runs"]].format(topic=topic)


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
    moment = ws.minute(row["up"])
    parts = [words[row["runs"]].format(case=case, within=within, moment=moment)]
    parts += [row["topic"]] if row["topic"] else []
    parts += [state] if (state := _state(ws, row)) else []
    if years := guessed(row, row["up"]):
        parts.append(_("the public holidays of {years} are not known yet").format(years=years))
    return sentences(parts)


def _state(ws: Workspace, row: Row) -> str:
    """How it stands with the time of a clock that is not late by days; empty while there is enough of it."""
    if row["up"] < ws.stamp:
        return _("out of time") if _day(ws, row["up"]) == ws.today else ""
    warns = row["runs"] == row["next_clock"] and row["next_warn"] and row["next_warn"] <= ws.stamp
    return _("running out of time") if warns else ""


def guessed(row: Row, up: str | None) -> str:
    """The years whose holidays had to be guessed for a clock that is `up` then: others may lie further ahead."""
    years = (row["estimated"] or "").split(", ")
    return ", ".join(year for year in years if year and up and year <= up[:4])


def _length(row: Row) -> str:
    """How long the case's clock gives for what runs now; empty where its deadline was given by hand or by a file."""
    import json

    from crmcli.calendars import parse_duration

    text = json.loads(row["clock"] or "{}").get(row["runs"])
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


def spoken_phase(phase: str) -> str:
    """What to call the phase of a crisis in a sentence."""
    return {
        "warning": _("phase: early warning"),
        "assess": _("phase: assess"),
        "intervene": _("phase: intervene"),
        "review": _("phase: review"),
    }[phase]


def _day(ws: Workspace, instant: str) -> date:
    return local_date(datetime.fromisoformat(instant), ws.zone)


def _end_of(ws: Workspace, day: date) -> str:
    """The last second of a day where the company is, as the database writes instants."""
    if day.year >= 9999:
        return "9999-12-31T23:59:59Z"
    zone = ZoneInfo(ws.zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
    return stamp(midnight.astimezone(UTC) - timedelta(seconds=1))
