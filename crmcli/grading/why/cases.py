"""The receipt of a case's clock: which one is its own, and the deadlines that follow from it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from crmcli.calendars import ClockTime, Deadline, Duration, Span, WorkingTime, local_datetime
from crmcli.grading.records import Records
from crmcli.grading.why.answers import Answers, Asked
from crmcli.grading.why.receipts import InForce, Receipt, Step, Why, sourced
from crmcli.i18n import _
from crmcli.policy.definitions import Clock
from crmcli.store.database import Row
from crmcli.store.waits import Wait, waits
from crmcli.store.workspace import Workspace

# Each deadline: from which moment it counts, and what has met it.
_LENGTHS = {
    "respond": ("opened_at", "responded_at"),
    "resolve": ("opened_at", "resolved_at"),
    "revisit": ("resolved_at", "revisited_at"),
}


def why_case(ws: Workspace, case: Row) -> Why:
    """Which clock is a case's, as of today's facts of the customer, and what it asks for.

    A deadline that was stored when the case was opened stays: where it is another one, a note says so.
    """
    policy = InForce.of(ws)
    customer = ws.db.first("SELECT * FROM customer WHERE id = :id", {"id": case["customer_id"]})
    assert customer is not None
    clocks = ws.policy.clocks
    rules = [Asked(_spoken_clock(clock), ("clock", n, "when"), clock.when) for n, clock in enumerate(clocks)]
    known = {"case_kind": case["kind"], "case_severity": case["severity"]}
    everybody = customer["stage"] == "lead"
    answers = Answers(ws, policy, customer["id"], [asked.rule for asked in rules], more=known, everybody=everybody)
    receipts: list[Receipt] = []
    notes: list[str] = []
    for clock, asked in zip(clocks, rules, strict=True):
        if answers.holds(asked.rule):
            steps = tuple(_steps(ws, case, clock, notes))
            kept = all(step.facts.get("stored", step.result) == step.result for step in steps)
            first, since = (case_record(ws, case),), ws.local(case["opened_at"])
            receipts.append(answers.receipt("clock", asked, given=kept, first=first, since=since, steps=steps))
            break
        receipts.append(answers.receipt("clock", asked))
    if not clocks:
        notes.append(_("the policy has no clocks"))
    elif not receipts[-1].holds:
        notes.append(_("no clock fits the case: nothing has a deadline"))
    return policy.told(ws, customer, tuple(receipts), tuple(notes))


def _spoken_clock(clock: Clock) -> str:
    """`respond 4 hours, resolve 1 day (working)`, in the policy's own words."""
    lengths = ", ".join(f"{name} {length}" for name in _LENGTHS if (length := getattr(clock, name)))
    return f"{lengths} ({clock.hours})"


def _steps(ws: Workspace, case: Row, clock: Clock, notes: list[str]) -> Iterator[Step]:
    runs: WorkingTime | ClockTime = ws.policy.calendar
    if clock.hours == "clock":
        runs = ClockTime(ws.digest["timezone"])
    waited = list(waits(ws, case["id"]))
    for name, (begins, met) in _LENGTHS.items():
        length: Duration | None = getattr(clock, name)
        if length is None:
            continue
        stored, done = (case[key] and ws.local(case[key]) for key in (f"{name}_by", met))
        known = {**({"stored": stored} if stored else {}), met: done}
        if case[begins] is None:
            # What is not resolved yet is not asked about again yet.
            yield Step(f"{name}_by", f"{begins} + {length} ({clock.hours})", None, known)
            continue
        start = _begins(case, name, begins)
        unmoved = runs.deadline(start, length)
        deadline, stood = _put_off(runs, start, unmoved, waited)
        known |= counted(runs, start, deadline)
        known |= {"waited": ", ".join(_span(ws, wait) for wait in stood)} if stood else {}
        local = ws.local(deadline.at.isoformat())
        if deadline.note and deadline.note not in notes:
            notes.append(deadline.note)
        if stored and stored != local:
            text = _("{what}: {has} is stored, the clock gives {today} today")
            notes.append(text.format(what=f"{name}_by", has=stored, today=local))
        yield Step(f"{name}_by", f"{ws.local(start.isoformat())} + {length} ({clock.hours})", local, known)
        if not done:
            # What it waited adds nothing to the time of which a share has to go.
            left = runs.working_between(start, unmoved.at) * (1 - float(clock.warn_at))
            warned = runs.add_working(start, runs.working_between(start, deadline.at) - left).at.replace(microsecond=0)
            formula = f"{ws.local(start.isoformat())} + {clock.warn_at:f} x {length} ({clock.hours})"
            yield Step(f"{name}_warn_at", formula, ws.local(warned.isoformat()), {})


def _begins(case: Row, name: str, begins: str) -> datetime:
    """From when a deadline counts: of a case that was opened again what is to be solved counts from then."""
    again = json.loads(case["clock"] or "{}").get("again_at") if name == "resolve" else None
    return datetime.fromisoformat(again or case[begins])


def _put_off(
    runs: WorkingTime | ClockTime, start: datetime, deadline: Deadline, waited: Iterable[Wait]
) -> tuple[Deadline, list[Wait]]:
    """The deadline with the time that was left when the case began to wait, and what it waited for on the way."""
    stood = []
    for since, until in waited:
        if start <= since < deadline.at:
            later = runs.add_working(until, runs.working_between(since, deadline.at))
            deadline = Deadline(later.at, tuple(sorted({*deadline.estimated, *later.estimated})))
            stood.append((since, until))
    return deadline, stood


def _span(ws: Workspace, wait: Wait) -> str:
    since, until = (ws.local(moment.isoformat())[:16].replace("T", " ") for moment in wait)
    return f"{since}…{until}"


def counted(runs: WorkingTime | ClockTime, start: datetime, deadline: Deadline) -> dict[str, Any]:
    """What a deadline in working time was reckoned with: the hours, the working days of the week that were off on the
    way, the others that were worked, and the years whose holidays had to be guessed."""
    if not isinstance(runs, WorkingTime):
        return {}
    first, last = (local_datetime(moment, runs.timezone).date() for moment in (start, deadline.at))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    unusual = [day for day in days if runs.is_workday(day) != (day.weekday() in runs.workdays)]
    off, worked = ([day for day in unusual if runs.is_workday(day) is so] for so in (False, True))
    known = {"working_hours": _hours(runs.hours), "days_off": _days(off), "days_worked": _days(worked)}
    known["estimated"] = ", ".join(map(str, deadline.estimated))
    return {name: words for name, words in known.items() if words}


def _days(days: Sequence[date]) -> str:
    """Days one by one; of many those in a row as `2026-02-16…2026-02-20`."""
    runs: list[list[date]] = []
    for day in days:
        if runs and (day - runs[-1][-1]).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{run[0]}…{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _hours(spans: Sequence[Span]) -> str:
    return ", ".join("-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span) for span in spans)


def case_record(ws: Workspace, case: Row) -> Records:
    """A case as the record that its clocks come from."""
    moments = ("opened_at", "responded_at", "resolved_at", "revisited_at")
    shown = {key: case[key] for key in ("id", "number", "kind", "severity", "status")}
    shown |= {key: ws.local(case[key]) if case[key] else None for key in moments}
    facts = ("case.kind", "case.severity", *moments)
    return Records(facts, "cases", None, ws.today.isoformat(), 1, (sourced(ws, "cases", shown),))
