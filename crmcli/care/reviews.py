"""Tier reviews: each owner of graded customers looks through their tiers, again and again; so does somebody for those
that have no owner.

A review counts from the day the last one was done, before the first from the day the first policy was adopted. One that
was skipped is planned again one cadence after its day, and on until a day that comes after the skipping.
"""

from datetime import date, datetime
from typing import Any

from crmcli import calendars
from crmcli.calendars import Cadence, local_date
from crmcli.care.decisions import Decision
from crmcli.care.items import GRADED_OWNERS, Item, Scope
from crmcli.care.touches import following, spoken_cadence
from crmcli.i18n import _
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

KINDS = ("review",)


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The reviews that are due within `scope`; none is of a customer."""
    if scope.customer_id is not None or ws.digest["review"] is None:
        return []
    every = calendars.parse_cadence(ws.digest["review"])
    found = [
        _open(ws, owner, counted, done)
        for owner, counted, done in _bases(ws)
        # Whatever was decided since can only make it later.
        if (scope.owner is None or owner == scope.owner) and calendars.add(every, counted) <= scope.until
    ]
    return [review for review in found if review.due_on <= scope.until]


def called(ws: Workspace, key: str) -> Item | None:
    """The review called `key`, if it is the open one of its owner."""
    named = key.partition(":")[2].rpartition(":")[0] or None
    bases = _bases(ws) if ws.digest["review"] is not None else []
    found = (_open(ws, owner, counted, done) for owner, counted, done in bases if owner == named)
    return next((review for review in found if review.key == key), None)


def settle(ws: Workspace, item: Item, decision: Decision, until: date | None, reason: str | None) -> date | None:
    """Settle a review; the day that the owner's next one is due."""
    decided: dict[str, Any] = {
        "decision": decision,
        "settled_on": ws.today.isoformat(),
        "until": until.isoformat() if until else None,
        "reason": reason,
    }
    named = {"owner": item.owner or "", "planned_on": item.planned_on.isoformat()}
    known = ws.db.value("SELECT id FROM review WHERE owner = :owner AND planned_on = :planned_on", named)
    if known is not None:
        journal.change(ws, "review", known, decided)
    else:
        journal.add(ws, "review", [{**named, **decided}])
    return _open(ws, item.owner, *base(ws, item.owner)).due_on


def base(ws: Workspace, owner: str | None) -> tuple[date, bool]:
    """The day from which the owner's review counts, and whether that is the day the last one was done."""
    done = ws.db.value(
        "SELECT max(settled_on) FROM review WHERE owner = :owner AND decision = 'done'", {"owner": owner or ""}
    )
    return (_adopted(ws), False) if done is None else (date.fromisoformat(done), True)


def decisions(ws: Workspace, owner: str | None) -> dict[str, Row]:
    """What was decided about the owner's reviews, by the day each was planned for."""
    rows = ws.db.rows("SELECT * FROM review WHERE owner = :owner ORDER BY planned_on", {"owner": owner or ""})
    return {row["planned_on"]: row for row in rows}


def _bases(ws: Workspace) -> list[tuple[str | None, date, bool]]:
    """Every owner of graded customers with the `base` of its reviews."""
    rows = ws.db.rows(
        f"""
        WITH RECURSIVE {GRADED_OWNERS}
        SELECT owner, (SELECT max(r.settled_on) FROM review AS r
            WHERE r.owner = coalesce(owners.owner, '') AND r.decision = 'done') AS done
        FROM owners
        """
    )
    adopted = _adopted(ws)
    return [
        (row["owner"], date.fromisoformat(row["done"]) if row["done"] else adopted, bool(row["done"])) for row in rows
    ]


def _adopted(ws: Workspace) -> date:
    """The day from which there was a policy."""
    first = datetime.fromisoformat(ws.db.value("SELECT at FROM policy ORDER BY id LIMIT 1"))
    return local_date(first, ws.zone)


def _open(ws: Workspace, owner: str | None, counted: date, done: bool) -> Item:
    """The review of an owner that is not settled yet."""
    every = calendars.parse_cadence(ws.digest["review"])
    decided = decisions(ws, owner)
    planned_on = calendars.add(every, counted)
    while (row := decided.get(planned_on.isoformat())) and row["decision"] != "snoozed":
        planned_on = following(every, planned_on, row["settled_on"])
    due_on = date.fromisoformat(row["until"]) if row else planned_on
    return Item(
        key=f"review:{owner or ''}:{planned_on}",
        kind="review",
        ref=owner or "",
        planned_on=planned_on,
        due_on=due_on,
        customer_id=None,
        code=None,
        customer=None,
        tier=None,
        owner=owner,
        phone=None,
        action=_("Review the tiers"),
        channel=None,
        reason=_reason(counted, done, every),
    )


def _reason(counted: date, done: bool, every: Cadence) -> str:
    text = _("last reviewed {day}, {cadence}") if done else _("not reviewed yet, counted from {day}, {cadence}")
    return text.format(day=counted, cadence=spoken_cadence(every))
