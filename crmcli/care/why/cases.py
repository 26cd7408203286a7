"""The receipt of a case's clock: from when it counts, how long, over which days, and what it stood still for."""

from collections.abc import Iterator
from datetime import date, datetime

from crmcli.calendars import Deadline, local_date, local_datetime
from crmcli.care.cases import clocks
from crmcli.care.cases.clocks import Terms, instant
from crmcli.care.cases.standing import MET, NAMES, Name
from crmcli.care.why import settled as told
from crmcli.care.why.keys import unknown
from crmcli.care.why.settled import Settled
from crmcli.grading.why import InForce, Part, Receipt, Step, Why, origin
from crmcli.grading.why.cases import case_record, counted, why_case
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.waits import waits
from crmcli.store.workspace import Workspace, stamp


def why_case_clock(ws: Workspace, text: str, policy: InForce) -> Why | None:
    """Why the clock `case:NUMBER:respond` is up when it is, and which rules of the policy were asked for it.

    None if the key is not one of a case's clocks. Raises NotFound: the case has no such clock.
    """
    number, _colon, name = text.partition(":")[2].rpartition(":")
    row = ws.db.first("SELECT * FROM cases WHERE number = :number", {"number": number})
    if row is None or name not in NAMES:
        return None
    clock = name
    if row[f"{clock}_by"] is None:
        raise unknown(text, hint=_("see what the case has: crm why {number}").format(number=number))
    customer = ws.db.first("SELECT * FROM customer WHERE id = :id", {"id": row["customer_id"]})
    assert customer is not None
    asked = why_case(ws, row)
    return policy.told(ws, customer, (_receipt(ws, row, clock, text), *asked.receipts), asked.notes)


def _receipt(ws: Workspace, row: Row, clock: Name, text: str) -> Receipt:
    due_on = local_date(instant(row[f"{clock}_by"]), ws.digest["timezone"])
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
    at = local_datetime(datetime.fromisoformat(moment), ws.digest["timezone"])
    said = words.format(at=f"{at:%Y-%m-%d %H:%M}", who=last["by"] or _("somebody"))
    if row[MET[clock]] and row[MET[clock]] > row[f"{clock}_by"]:
        said = _("{what}, too late").format(what=said)
    return Settled("done", at.date().isoformat(), said, last["by"], last["at"])


def _standing(ws: Workspace, row: Row, clock: Name, due_on: date, met: Settled | None, parts: list[Part]) -> str:
    """Where the clock stands: met, waiting, run out, or running."""
    if met:
        return met.words
    if row["paused_at"]:
        return _("waits for the customer since {at}").format(at=ws.local(row["paused_at"])[:16].replace("T", " "))
    by = ws.local(row[f"{clock}_by"])[:16].replace("T", " ")
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
    if terms and begins and clock in terms.lengths:
        runs = clocks.running(ws, terms.hours)
        found = runs.deadline(instant(begins), terms.lengths[clock])
        known = counted(runs, instant(begins), found)
        formula = f"{ws.local(begins)} + {terms.lengths[clock]} ({terms.hours})"
        at = stamp(found.at)
        yield Step(f"{clock}_by", formula, ws.local(at), known)
        for since, until in waits(ws, row["id"]):
            if instant(begins) <= since < instant(at):
                left = runs.working_between(since, instant(at))
                later = runs.add_working(until, left)
                formula = f"{ws.local(stamp(until))} + {_hours(left.total_seconds())} ({terms.hours})"
                facts = {"paused_at": ws.local(stamp(since)), "left": _hours(left.total_seconds())}
                facts |= counted(runs, until, Deadline(later.at, later.estimated))
                at = stamp(later.at)
                yield Step(f"{clock}_by", formula, ws.local(at), facts)
    if at != stored:
        last = origin(ws, "cases", row["id"], f"{clock}_by")
        known = {name: last[name] for name in ("by", "file", "line") if last[name]}
        yield Step(f"{clock}_by", "stored", ws.local(stored), known)
    if terms and row["next_clock"] == clock and row["next_warn"]:
        formula = f"{terms.warn_at:g} x {terms.lengths.get(clock, f'{clock}_by')} ({terms.hours})"
        yield Step(f"{clock}_warn_at", formula, ws.local(row["next_warn"]), {})


def _hours(seconds: float) -> str:
    """`3 h 20 min`."""
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
