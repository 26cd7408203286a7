"""What became of an item: the decisions about it, who made them, and what to say of it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmcli.care.items import spoken_channel
from crmcli.care.why.keys import Key
from crmcli.grading.records import Records
from crmcli.grading.why import Part, Step, origin, sourced
from crmcli.i18n import _, plural, sentences
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

TALK = "id, at, contact_on, channel, topic, owner"
"""The columns of an interaction that is shown as a record."""

ANSWER = "id, at, kind, score, comment"
"""The columns of a survey's answer that is shown as a record."""

DUE = "due_on <= today"
"""The condition that an item's day has come."""


@dataclass(frozen=True)
class Settled:
    """What ended an item: `decision` is done, skipped or contact (its interaction answered it)."""

    decision: str
    on: str
    words: str
    by: str | None
    at: str | None


def decision(ws: Workspace, key: Key) -> Row | None:
    """What was decided about the item: a row of `settlement`, be it snoozed, done or skipped."""
    return ws.db.first(
        """
        SELECT * FROM settlement WHERE customer_id = :customer_id AND kind = :kind
            AND (ref = :ref AND planned_on = :planned_on OR key = :key) ORDER BY id DESC LIMIT 1
        """,
        {
            "customer_id": key.customer["id"],
            "kind": key.kind,
            "ref": key.ref,
            "planned_on": key.planned_on.isoformat(),
            "key": key.text,
        },
    )


def decided(ws: Workspace, row: Row | None) -> Settled | None:
    """What ended the item, if somebody decided so."""
    if row is None or row["decision"] == "snoozed":
        return None
    return settled_words(row, origin(ws, "settlement", row["id"], "decision"))


def settled_words(row: Row, last: Row) -> Settled:
    """A decision that ended an item; `last` is who made it, as `origin` tells."""
    text = _("done on {day} by {who}") if row["decision"] == "done" else _("skipped on {day} by {who}")
    words = text.format(day=row["settled_on"], who=last["by"] or _("somebody"))
    words += f": {row['reason']}" if row["reason"] else ""
    return Settled(row["decision"], row["settled_on"], words, last["by"], last["at"])


def answer(ws: Workspace, key: Key) -> Row | None:
    """The contact that was logged as the item's answer."""
    return ws.db.first(
        f"SELECT {TALK} FROM interaction WHERE customer_id = :id AND answers = :key ORDER BY id DESC LIMIT 1",
        {"id": key.customer["id"], "key": key.text},
    )


def answered(ws: Workspace, talk: Row) -> Settled:
    """The contact that answered it."""
    last = origin(ws, "interaction", talk["id"], "contact_on")
    who = talk["owner"] or last["by"] or _("somebody")
    words = _("answered by a contact ({channel}) on {day} by {who}").format(
        channel=spoken_channel(talk["channel"]), day=talk["contact_on"], who=who
    )
    words += f": {talk['topic']}" if talk["topic"] else ""
    return Settled("contact", talk["contact_on"], words, last["by"], last["at"])


def answered_survey(ws: Workspace, row: Row) -> Settled:
    """The survey's answer that ended it."""
    last = origin(ws, "survey", row["id"])
    day = ws.local(row["at"])[:10]
    words = _("answered on {day}: {kind} {score:g}").format(day=day, kind=row["kind"], score=row["score"])
    return Settled("answer", day, words, last["by"], last["at"])


def standing(today: date, due_on: date, snoozed: Row | None, settled: Settled | None, parts: Sequence[Part]) -> str:
    """Where the item stands, in one sentence."""
    failed = [part for part in parts if not part.holds]
    if settled is not None:
        return settled.words
    if failed and failed[0].text != DUE:
        return _("not asked for: {condition} is not so").format(condition=failed[0].text)
    late = (today - due_on).days
    if late > 0:
        text = plural("due since {day}, {days} day late", "due since {day}, {days} days late", late)
    else:
        text = _("due today") if late == 0 else _("not due before {day}")
    words = text.format(day=due_on, days=late)
    if not snoozed:
        return words
    moved = _("snoozed until {day}").format(day=snoozed["until"])
    return sentences([words, moved])


def is_open(settled: Settled | None) -> Part:
    """The condition that nothing has settled the item."""
    known = {"settled_on": settled.on if settled else None}
    return Part("missing(settled_on)", settled is None, known | ({"decision": settled.decision} if settled else {}))


def is_due(due_on: date, today: date) -> Part:
    """The condition DUE."""
    return Part(DUE, due_on <= today, {"due_on": due_on.isoformat(), "today": today.isoformat()})


def snoozed_step(ws: Workspace, row: Row) -> Step:
    """The day that an item was put off to."""
    last = origin(ws, "settlement", row["id"], "until")
    known = {"decision": "snoozed", "settled_on": row["settled_on"], "by": last["by"], "reason": row["reason"]}
    return Step("due_on", "until", row["until"], known)


def late_step(due_on: date, today: date) -> tuple[Step, ...]:
    """How late an item is, if it is."""
    if due_on >= today:
        return ()
    return (Step("late_days", f"{today} - {due_on}", str((today - due_on).days), {}),)


def talks(ws: Workspace, facts: Sequence[str], row: Row | None, column: str = "contact_on") -> tuple[Records, ...]:
    """An interaction, if there is one, as the record that facts came from."""
    shown = (sourced(ws, "interaction", {**row, "at": ws.local(row["at"])}, column),) if row else ()
    return _records(ws, "interactions", facts, shown)


def answers(ws: Workspace, facts: Sequence[str], row: Row | None) -> tuple[Records, ...]:
    """A survey's answer, if there is one, as the record that facts came from."""
    shown = (sourced(ws, "survey", {**row, "at": ws.local(row["at"])}),) if row else ()
    return _records(ws, "surveys", facts, shown)


def settlements(ws: Workspace, rows: Sequence[Row | None]) -> tuple[Records, ...]:
    """Decisions about the item as records."""
    named = ("id", "planned_on", "decision", "settled_on", "until", "reason")
    shown = tuple(sourced(ws, "settlement", {key: row[key] for key in named}, "decision") for row in rows if row)
    return _records(ws, "settlements", ("settled_on", "decision"), shown)


def ended(ws: Workspace, key: Key, row: Row | None) -> tuple[Records, ...]:
    """The decision about an item, and the contact that was logged as its answer."""
    return settlements(ws, [row]) + talks(ws, ("settled_on",), answer(ws, key))


def tags(ws: Workspace, facts: Sequence[str], row: Row | None) -> tuple[Records, ...]:
    """A customer's tag, if there is one, as the record that facts came from."""
    return _records(ws, "tags", facts, (sourced(ws, "tag", row),) if row else ())


def person(ws: Workspace, entity: str, row: Row, facts: Sequence[str]) -> tuple[Records, ...]:
    """A customer, or a person there, as the record that facts came from."""
    shown = {key: row[key] for key in ("id", *(("code",) if entity == "customer" else ()), "name", *facts)}
    return _records(ws, f"{entity}s", facts, (sourced(ws, entity, shown, facts[0]),))


def _records(ws: Workspace, table: str, facts: Sequence[str], rows: tuple[Any, ...]) -> tuple[Records, ...]:
    return (Records(tuple(facts), table, None, ws.today.isoformat(), len(rows), rows),) if rows else ()
