"""The receipts of a case: which clock of the policy is its own, and how each of its deadlines came about."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from crmcli.calendars import Deadline, Span, WorkingTime, local_date, local_datetime
from crmcli.care.cases import clocks
from crmcli.care.cases.clocks import Runs, Terms, instant
from crmcli.care.cases.standing import MET, NAMES, Name, standing
from crmcli.care.why import settled as told
from crmcli.care.why.keys import unknown
from crmcli.care.why.settled import Settled
from crmcli.fields.words import SEVERITIES
from crmcli.grading.records import Records
from crmcli.grading.why import InForce, Part, Receipt, Step, Why, origin, sourced
from crmcli.grading.why.answers import Answers, Asked
from crmcli.i18n import _
from crmcli.policy.definitions import Clock
from crmcli.store.database import Row
from crmcli.store.waits import Wait, waits
from crmcli.store.workspace import Workspace, stamp


def why_case(ws: Workspace, case: Row) -> Why:
    """Which clock is a case's, as of today's facts of the customer, and what it asks for.

    A deadline that was stored when the case was opened stays: where it is another one, a note says so.
    """
    policy = InForce.of(ws)
    customer = _customer(ws, case)
    rules = [Asked(_spoken(clock), ("clock", n, "when"), clock.when) for n, clock in enumerate(ws.policy.clocks)]
    known = {"case_kind": case["kind"], "case_severity": case["severity"]}
    everybody = customer["stage"] == "lead"
    answers = Answers(ws, policy, customer["id"], [asked.rule for asked in rules], more=known, everybody=everybody)
    receipts: list[Receipt] = []
    notes: list[str] = []
    for clock, asked in zip(ws.policy.clocks, rules, strict=True):
        if answers.holds(asked.rule):
            steps = tuple(_given_by(ws, case, clock, notes))
            other = [step for step in steps if step.facts.get("stored", step.result) != step.result]
            notes += _differences(ws, case, other)
            first, since = (case_record(ws, case),), ws.local(case["opened_at"])
            receipts.append(answers.receipt("clock", asked, given=not other, first=first, since=since, steps=steps))
            break
        receipts.append(answers.receipt("clock", asked))
    if not rules:
        notes.append(_("the policy has no clocks"))
    elif not receipts[-1].holds:
        notes.append(_("no clock fits the case: nothing has a deadline"))
    return policy.told(ws, customer, tuple(receipts), tuple(notes))


def _spoken(clock: Clock) -> str:
    """`respond 4 hours, resolve 1 day (working)`, in the policy's own words."""
    lengths = ", ".join(f"{name} {length}" for name, length in Terms.of(clock).lengths.items())
    return f"{lengths} ({clock.hours})"


def _given_by(ws: Workspace, case: Row, clock: Clock, notes: list[str]) -> Iterator[Step]:
    """What the clock makes of the case, beside what is stored."""
    given, runs, stood = Terms.stored(case), clocks.running(ws, clock.hours), list(waits(ws, case["id"]))
    terms = replace(Terms.of(clock), again_at=given.again_at if given else None)
    for name, length in terms.lengths.items():
        stored, done = (case[key] and ws.local(case[key]) for key in (f"{name}_by", MET[name]))
        known = {**({"stored": stored} if stored else {}), MET[name]: done}
        begins, found = terms.begins(case, name), list(clocks.reckoned(terms, runs, case, name, stood))
        if begins is None:
            # What is not resolved yet is not asked about again yet.
            yield Step(f"{name}_by", f"resolved_at + {length} ({clock.hours})", None, known)
            continue
        by = Deadline(found[-1][0].at, tuple(sorted({year for one, _wait in found for year in one.estimated})))
        if by.note and by.note not in notes:
            notes.append(by.note)
        waited = ", ".join(_span(ws, wait) for _by, wait in found if wait)
        known |= _counted(runs, instant(begins), by) | ({"waited": waited} if waited else {})
        at = stamp(by.at)
        yield Step(f"{name}_by", f"{ws.local(begins)} + {length} ({clock.hours})", ws.local(at), known)
        if not done:
            warned = clocks.warning(terms, runs, {**case, f"{name}_by": at}, name)
            formula = f"{ws.local(begins)} + {terms.warn_at:g} x {length} ({clock.hours})"
            yield Step(f"{name}_warn_at", formula, ws.local(warned), {})


def _differences(ws: Workspace, case: Row, steps: Sequence[Step]) -> Iterator[str]:
    """What to say of deadlines that are stored otherwise, and how the case gets those of the clock."""
    for step in steps:
        text = _("{what}: {has} is stored, the clock gives {today} today")
        yield text.format(what=step.name, has=step.facts["stored"], today=step.result)
    terms = Terms.stored(case)
    if steps and terms and standing(case) in ("open", "responded") and not _set_by_hand(ws, case, terms):
        # Correcting what rules the clock has it looked for anew.
        (other,) = {*SEVERITIES} - {case["severity"]}
        there, back = (f"crm case edit {case['number']} severity={severity}" for severity in (other, case["severity"]))
        text = _("the case keeps the clock that it was given; {there}, then {back} give it this one")
        yield text.format(there=there, back=back)


def _set_by_hand(ws: Workspace, case: Row, terms: Terms) -> bool:
    """Whether a deadline of the case is not what its clock makes of it: that correction would lose it."""
    runs, stood = clocks.running(ws, terms.hours), list(waits(ws, case["id"]))
    found = {by: at for name in NAMES for by, at in clocks.deadline(terms, runs, case, name, stood).items()}
    return any(case[f"{name}_by"] not in (None, found.get(f"{name}_by")) for name in NAMES)


def why_case_clock(ws: Workspace, text: str, policy: InForce) -> Why | None:
    """Why the clock `case:NUMBER:respond` is up when it is, and which rules of the policy were asked for it.

    None if the key is not one of a case's clocks. Raises NotFound: the case has no such clock.
    """
    number, _colon, name = text.partition(":")[2].rpartition(":")
    row = ws.db.first("SELECT * FROM cases WHERE number = :number", {"number": number})
    if row is None or name not in NAMES:
        return None
    if row[f"{name}_by"] is None:
        raise unknown(text, hint=_("see what the case has: crm why {number}").format(number=number))
    asked = why_case(ws, row)
    return policy.told(ws, _customer(ws, row), (_receipt(ws, row, name, text), *asked.receipts), asked.notes)


def _receipt(ws: Workspace, row: Row, clock: Name, text: str) -> Receipt:
    due_on = local_date(instant(row[f"{clock}_by"]), ws.zone)
    met = _met(ws, row, clock)
    waiting = row["paused_at"]
    parts = [told.is_open(met)]
    if met is None:
        parts += [Part("missing(paused_at)", waiting is None, {"paused_at": waiting and ws.local(waiting)})]
        parts += [told.is_due(due_on, ws.today)]
    last = origin(ws, "cases", row["id"], f"{clock}_by")
    return Receipt(
        subject=text,
        value=due_on.isoformat(),
        holds=all(part.holds for part in parts),
        given=met is None,
        source="rule",
        since=ws.local(row["opened_at"])[:10],
        by=met.by if met else last["by"],
        at=met.at if met else last["at"],
        reason=_standing(ws, row, clock, due_on, met, parts),
        joined_by="and",
        parts=tuple(parts),
        records=(case_record(ws, row),),
        steps=(*_steps(ws, row, clock), *(told.late_step(due_on, ws.today) if met is None else ())),
    )


def _met(ws: Workspace, row: Row, clock: Name) -> Settled | None:
    """What ended the clock: it was met, or the case was closed."""
    moment = row[MET[clock]]
    last = origin(ws, "cases", row["id"], MET[clock] if moment else "status")
    if moment:
        words = {
            "respond": _("answered at {at} by {who}"),
            "resolve": _("solved at {at} by {who}"),
            "revisit": _("asked about again at {at} by {who}"),
        }[clock]
    elif row["status"] == "closed":
        words, moment = _("closed at {at} by {who}"), last["at"] or row["opened_at"]
    else:
        return None
    at = ws.minute(moment)
    said = words.format(at=at, who=last["by"] or _("somebody"))
    if row[MET[clock]] and row[MET[clock]] > row[f"{clock}_by"]:
        said = _("{what}, too late").format(what=said)
    return Settled("done", at[:10], said, last["by"], last["at"])


def _standing(ws: Workspace, row: Row, clock: Name, due_on: date, met: Settled | None, parts: list[Part]) -> str:
    """Where the clock stands: met, waiting, run out, or running."""
    if met:
        return met.words
    if row["paused_at"]:
        return _("waits for the customer since {at}").format(at=ws.minute(row["paused_at"]))
    by = ws.minute(row[f"{clock}_by"])
    if row[f"{clock}_by"] < ws.stamp:
        return _("run out at {at}").format(at=by)
    if row["next_clock"] == clock and row["next_warn"] and row["next_warn"] <= ws.stamp:
        return _("warns: runs out at {at}").format(at=by)
    return _("runs out at {at}").format(at=by)


def _steps(ws: Workspace, row: Row, clock: Name) -> Iterator[Step]:
    """The arithmetic: the length from where it begins, then what it stood still; or who gave the deadline."""
    terms = Terms.stored(row)
    begins = terms.begins(row, clock) if terms else None
    stored = row[f"{clock}_by"]
    at = None
    if terms and begins:
        runs = clocks.running(ws, terms.hours)
        for by, wait in clocks.reckoned(terms, runs, row, clock, waits(ws, row["id"])):
            if wait is None:
                formula, facts = f"{ws.local(begins)} + {terms.lengths[clock]}", _counted(runs, instant(begins), by)
            else:
                since, until = (stamp(moment) for moment in wait)
                left = _hours(runs.working_between(wait[1], by.at))
                formula = f"{ws.local(until)} + {left}"
                facts = {"paused_at": ws.local(since), "left": left, **_counted(runs, wait[1], by)}
            at = stamp(by.at)
            yield Step(f"{clock}_by", f"{formula} ({terms.hours})", ws.local(at), facts)
    if at != stored:
        last = origin(ws, "cases", row["id"], f"{clock}_by")
        known = {name: last[name] for name in ("by", "file", "line") if last[name]}
        yield Step(f"{clock}_by", "stored", ws.local(stored), known)
    if terms and row["next_clock"] == clock and row["next_warn"]:
        formula = f"{terms.warn_at:g} x {terms.lengths.get(clock, f'{clock}_by')} ({terms.hours})"
        yield Step(f"{clock}_warn_at", formula, ws.local(row["next_warn"]), {})


def _hours(time: timedelta) -> str:
    """`3 h 20 min`."""
    minutes = round(time.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


# ------------------------------------------------------------------------------------------- for both of them


def _customer(ws: Workspace, case: Row) -> Row:
    found = ws.db.first("SELECT * FROM customer WHERE id = :id", {"id": case["customer_id"]})
    assert found is not None
    return found


def _span(ws: Workspace, wait: Wait) -> str:
    return "…".join(ws.minute(stamp(moment)) for moment in wait)


def _counted(runs: Runs, start: datetime, deadline: Deadline) -> dict[str, Any]:
    """What a deadline in working time was reckoned with: the hours, the working days of the week that were off on the
    way, the others that were worked, and the years whose holidays had to be guessed."""
    if not isinstance(runs, WorkingTime):
        return {}
    first, last = (local_datetime(moment, runs.timezone).date() for moment in (start, deadline.at))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    unusual = [day for day in days if runs.is_workday(day) != (day.weekday() in runs.workdays)]
    off, worked = ([day for day in unusual if runs.is_workday(day) is so] for so in (False, True))
    known = {"working_hours": _spans(runs.hours), "days_off": _days(off), "days_worked": _days(worked)}
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


def _spans(spans: Sequence[Span]) -> str:
    return ", ".join("-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span) for span in spans)


def case_record(ws: Workspace, case: Row) -> Records:
    """A case as the record that its clocks come from."""
    moments = ("opened_at", "responded_at", "resolved_at", "revisited_at")
    shown = {key: case[key] for key in ("id", "number", "kind", "severity", "status")}
    shown |= {key: ws.local(case[key]) if case[key] else None for key in moments}
    facts = ("case.kind", "case.severity", *moments)
    return Records(facts, "cases", None, ws.today.isoformat(), 1, (sourced(ws, "cases", shown),))
