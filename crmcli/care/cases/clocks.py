"""The clocks of cases: which one of the policy is whose, and the moments that follow from it.

A case keeps the clock that it was given: a policy that comes later changes nothing of what was begun. Its deadlines
count from the moment it was opened (a revisit's from when it was resolved, those of a case that was opened again from
that moment), and stand still while the customer is waited for.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast

from crmcli.calendars import ClockTime, Deadline, Duration, WorkingTime, parse_duration
from crmcli.care.cases.standing import MET, NAMES, Name, unmet
from crmcli.policy import facts
from crmcli.policy.definitions import Clock
from crmcli.policy.rules import Rule, to_sql
from crmcli.policy.sections.service import CASE_FACTS
from crmcli.store.database import Row
from crmcli.store.waits import Wait
from crmcli.store.workspace import Workspace, stamp

Runs = WorkingTime | ClockTime


@dataclass(frozen=True)
class Terms:
    """The clock that a case was given.

    Attributes:
        lengths: how long each part of it takes.
        hours: working, or clock: round the clock.
        warn_at: the share of the time after which it warns, above 0 and up to 1.
        again_at: when a case was opened again (a stored instant); what it then has to meet counts from there.
    """

    lengths: Mapping[Name, Duration]
    hours: Literal["working", "clock"]
    warn_at: float
    again_at: str | None = None

    @classmethod
    def of(cls, clock: Clock) -> "Terms":
        """Those of a clock of the policy."""
        lengths = {name: length for name in NAMES if (length := getattr(clock, name)) is not None}
        return cls(lengths, clock.hours, float(clock.warn_at))

    @classmethod
    def stored(cls, row: Row) -> "Terms | None":
        """Those of a stored case; None where it was given no clock."""
        if row["clock"] is None:
            return None
        said = json.loads(row["clock"])
        lengths = {name: parse_duration(said[name]) for name in NAMES if name in said}
        return cls(lengths, row["hours"], said["warn_at"], said.get("again_at"))

    @property
    def columns(self) -> dict[str, Any]:
        """As a case stores them."""
        said: dict[str, Any] = {name: str(length) for name, length in self.lengths.items()}
        said |= {"warn_at": self.warn_at} | ({"again_at": self.again_at} if self.again_at else {})
        return {"hours": self.hours, "clock": json.dumps(said)}

    def begins(self, row: Row, name: Name) -> str | None:
        """From when a clock counts (a stored instant); None if it has not begun."""
        if name == "revisit":
            begun: str | None = row["resolved_at"]
            return begun
        # A case that is opened again was answered before.
        return self.again_at if self.again_at and name == "resolve" else cast(str, row["opened_at"])


def running(ws: Workspace, hours: str | None) -> Runs:
    """What counts the time of a case whose clocks count `hours`; where nobody has said so, round the clock."""
    if hours != "working":
        return ClockTime(ws.zone)
    calendar: WorkingTime = ws.policy.calendar
    return calendar


# ------------------------------------------------------------------------------------------ the moments


def deadline(terms: Terms, runs: Runs, row: Row, name: Name, stood: Sequence[Wait] = ()) -> dict[str, Any]:
    """The column of one deadline, and the years whose holidays had to be guessed; empty if the clock has no such part,
    or it has not begun. What the case `stood` still since then puts it off."""
    found = [by for by, _wait in reckoned(terms, runs, row, name, stood)]
    years = [year for by in found for year in by.estimated]
    return {f"{name}_by": stamp(found[-1].at), **_estimated(row, years)} if found else {}


def reckoned(
    terms: Terms, runs: Runs, row: Row, name: Name, stood: Iterable[Wait]
) -> Iterator[tuple[Deadline, Wait | None]]:
    """One deadline as it is at first, then as each wait puts it off, with that wait."""
    begins = terms.begins(row, name)
    if name not in terms.lengths or begins is None:
        return
    by = runs.deadline(instant(begins), terms.lengths[name])
    yield by, None
    for since, until in stood:
        if instant(begins) <= since < by.at:
            by = runs.add_working(until, runs.working_between(since, by.at))
            yield by, (since, until)


def shifted(runs: Runs, row: Row, until: datetime) -> dict[str, Any]:
    """The deadlines that stood still from `paused_at` until a moment: each keeps the time that was left."""
    paused_at = instant(row["paused_at"])
    moved: dict[str, Any] = {}
    for name in NAMES:
        by = row[f"{name}_by"]
        if by and not row[MET[name]] and instant(by) > paused_at:
            found = runs.add_working(until, runs.working_between(paused_at, instant(by)))
            moved |= {f"{name}_by": stamp(found.at)} | _estimated({**row, **moved}, found.estimated)
    return moved


def tightened(terms: Terms, runs: Runs, row: Row, stood: Sequence[Wait]) -> dict[str, Any]:
    """The deadlines of another clock that are earlier than those that run; what is met stays."""
    earlier: dict[str, Any] = {}
    for name in NAMES:
        found = {} if row[MET[name]] else deadline(terms, runs, {**row, **earlier}, name, stood)
        by = row[f"{name}_by"]
        if found and (by is None or found[f"{name}_by"] < by):
            earlier |= found
    return earlier


def upcoming(terms: Terms | None, runs: Runs, row: Row) -> dict[str, Any]:
    """The clock that runs now, when it is up and when it warns: every change of a case ends with this.

    It is the earliest of those that are not met; none of a case that is closed, or waits for the customer.
    """
    running = unmet(row)
    if not running:
        return {"next_clock": None, "next_due": None, "next_warn": None}
    due, name = running[0]
    return {"next_clock": name, "next_due": due, "next_warn": terms and warning(terms, runs, row, name)}


def warning(terms: Terms, runs: Runs, row: Row, name: Name) -> str:
    """When so much of the time as the clock says has gone; what it stood still adds nothing to that time."""
    begins, due = terms.begins(row, name), instant(row[f"{name}_by"])
    if begins is None or due <= instant(begins):
        return stamp(due)
    begun = instant(begins)
    whole = runs.working_between(begun, due)
    length = whole
    if name in terms.lengths:
        length = min(whole, runs.working_between(begun, runs.deadline(begun, terms.lengths[name]).at))
    return stamp(runs.add_working(begun, whole - length * (1 - terms.warn_at)).at)


def _estimated(row: Row, years: Iterable[int]) -> dict[str, str]:
    known = {*(row.get("estimated") or "").split(", "), *map(str, years)} - {""}
    return {"estimated": ", ".join(sorted(known))} if known else {}


def instant(text: str) -> datetime:
    """A stored instant."""
    return datetime.fromisoformat(text)


# ----------------------------------------------------------------------------------- which clock is whose


def fitting(ws: Workspace, cases: Iterable[Row]) -> dict[int, Clock]:
    """The first clock of the policy whose rule holds of each case (id, customer_id, kind, severity), by its id.

    Only the customers of these cases are looked at, unless a rule compares customers.
    """
    clocks: tuple[Clock, ...] = ws.policy.clocks
    if not clocks:
        return {}
    ws.db.new_temporary("asked_case", "(id INTEGER PRIMARY KEY, customer_id INTEGER, kind TEXT, severity TEXT)")
    rows = [(row["id"], row["customer_id"], row["kind"], row["severity"]) for row in cases]
    ws.db.insert("asked_case", ("id", "customer_id", "kind", "severity"), rows)
    ws.db.execute("CREATE INDEX temp.asked_case_customer ON asked_case (customer_id, kind, severity)")
    compared = any(_compares(clock.when) for clock in clocks)
    found: dict[int, Clock] = {}
    for kind, severity in sorted({row[2:] for row in rows}):
        known = {"kind": kind, "severity": severity}
        # Where customers are compared leads are not among them, and are asked the other rules.
        for everybody in (True, False) if compared else (True,):
            found |= {case: clocks[place] for case, place in _holding(ws, clocks, known, everybody=everybody).items()}
    return found


def _holding(ws: Workspace, clocks: tuple[Clock, ...], known: Row, *, everybody: bool) -> dict[int, int]:
    """The place of the first clock that holds, by the id of a case of one kind and severity."""
    asked = [(place, clock.when) for place, clock in enumerate(clocks) if not (everybody and _compares(clock.when))]
    names = {name for _place, rule in asked for name in rule.facts} - CASE_FACTS.keys()
    of = "SELECT customer_id FROM asked_case WHERE kind = :kind AND severity = :severity" if everybody else ""
    values = facts.facts_sql(names, weights=ws.policy.weights, everybody=everybody, of=of)
    first = " ".join(f"WHEN {to_sql(rule)} THEN {place}" for place, rule in asked)
    rows = ws.db.rows(
        f"""
        WITH facts AS MATERIALIZED (
            SELECT known.*, :kind AS case_kind, :severity AS case_severity FROM ({values}) AS known)
        SELECT asked_case.id, {f"CASE {first} END" if first else "NULL"} AS place
        FROM facts CROSS JOIN asked_case ON asked_case.customer_id = facts.customer_id
        WHERE asked_case.kind = :kind AND asked_case.severity = :severity
        """,
        {**facts.facts_params(ws.today, ws.zone), **known},
    )
    return {row["id"]: row["place"] for row in rows if row["place"] is not None}


def _compares(rule: Rule) -> bool:
    return facts.compares(replace(rule, facts=rule.facts - CASE_FACTS.keys()))
