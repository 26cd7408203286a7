"""The receipt of a tier review: from which day it counts for the owner, and the turns that follow."""

import re
from collections.abc import Iterator
from datetime import date

from crmcli import calendars
from crmcli.calendars import Cadence
from crmcli.care import reviews, touches
from crmcli.care.why import settled as told
from crmcli.care.why.keys import unknown
from crmcli.care.why.settled import Settled
from crmcli.grading.records import Records
from crmcli.grading.why import InForce, Part, Receipt, Step, origin, sourced
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_KEY = re.compile(r"review:(.*):(\d{4}-\d\d-\d\d)", re.ASCII | re.DOTALL)


def why_review(ws: Workspace, text: str, policy: InForce) -> tuple[Row, Receipt]:
    """The owner, as a receipt's heading has a customer, and why the review is due on its day, or what settled it.

    Raises:
        NotFound: it is not planned for that day, and never was.
    """
    found = _KEY.fullmatch(text)
    if found is None:
        raise unknown(text)
    owner, day = found[1], found[2]
    decided = reviews.decisions(ws, owner or None)
    row = decided.get(day)
    settled = _settled(ws, row)
    every = ws.policy.review
    turns = list(_turns(ws, owner or None, every, decided)) if every else []
    steps = next((steps for planned, steps in turns if planned == day), None)
    if steps is None and settled is None:
        hint = _("the open one is {key}").format(key=f"review:{owner}:{turns[-1][0]}") if turns else None
        raise unknown(text, hint)
    snoozed = row if row and row["decision"] == "snoozed" else None
    due_on = date.fromisoformat(snoozed["until"] if snoozed else day)
    parts = [Part("not missing(review.every)", every is not None, {"every": str(every) if every else None})]
    parts += [told.is_open(settled), *([] if settled else [told.is_due(due_on, ws.today)])]
    holds = all(part.holds for part in parts)
    heading = {"code": "review", "name": owner or _("without an owner"), "tier": None}
    return heading, Receipt(
        subject=text,
        value=due_on.isoformat(),
        holds=holds,
        given=settled is None and every is not None,
        source="rule",
        by=settled.by if settled else None,
        at=settled.at if settled else None,
        reason=told.standing(ws.today, due_on, snoozed, settled, parts),
        **(policy.at("review", "every") if every else {}),
        rule=f'every = "{every}"' if every else None,
        joined_by="and",
        parts=tuple(parts),
        records=_decisions(ws, [one for planned, one in decided.items() if planned <= day]),
        steps=(
            *(steps or ()),
            *([_snoozed_step(ws, snoozed)] if snoozed else []),
            *(told.late_step(due_on, ws.today) if holds else ()),
        ),
    )


def _turns(
    ws: Workspace, owner: str | None, every: Cadence, decided: dict[str, Row]
) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """The days planned since the review counts from its present base, each with the steps to it."""
    counted, done = reviews.base(ws, owner)
    first = Step("base_on", "done_on" if done else "policy_adopted_on", counted.isoformat(), {})
    planned = calendars.add(every, counted)
    steps: tuple[Step, ...] = (first, Step("planned_on", f"{counted} + {every}", planned.isoformat(), {}))
    yield planned.isoformat(), steps
    while (row := decided.get(planned.isoformat())) and row["decision"] != "snoozed":
        following = touches.following(every, planned, row["settled_on"])
        times = next(n for n in range(1, 100_000) if calendars.add(every, planned, n) >= following)
        often = f" ({times} x)" if times > 1 else ""
        known = {"decision": row["decision"], "settled_on": row["settled_on"]}
        steps = (*steps, Step("planned_on", f"{planned} + {every}{often}", following.isoformat(), known))
        planned = following
        yield planned.isoformat(), steps


def _settled(ws: Workspace, row: Row | None) -> Settled | None:
    if row is None or row["decision"] == "snoozed":
        return None
    last = origin(ws, "review", row["id"], "decision")
    return told.settled_words(row, last)


def _snoozed_step(ws: Workspace, row: Row) -> Step:
    by = origin(ws, "review", row["id"], "until")["by"]
    known = {"decision": "snoozed", "settled_on": row["settled_on"], "by": by, "reason": row["reason"]}
    return Step("due_on", "until", row["until"], known)


def _decisions(ws: Workspace, rows: list[Row]) -> tuple[Records, ...]:
    named = ("id", "planned_on", "decision", "settled_on", "until", "reason")
    shown = tuple(sourced(ws, "review", {key: row[key] for key in named}, "decision") for row in rows)
    facts = ("settled_on", "decision")
    return (Records(facts, "settlements", None, ws.today.isoformat(), len(shown), shown),) if shown else ()
