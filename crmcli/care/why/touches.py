"""The receipt of a touch or survey: from which contact, answer or decision it counts, and the days that follow.

What `care.touches` derives for all customers at once is told here again, step by step, for one: every day from which
the touch ever counted, and the turns planned from it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from crmcli import calendars
from crmcli.calendars import Cadence, local_date
from crmcli.care import touches
from crmcli.care.items import listed
from crmcli.care.why import settled as told
from crmcli.care.why.keys import Key, unknown
from crmcli.care.why.settled import Settled
from crmcli.grading.records import Records
from crmcli.grading.why import InForce, Part, Receipt, Step, origin
from crmcli.i18n import _, sentences
from crmcli.policy.definitions import TouchRule
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


@dataclass(frozen=True)
class _Rule:
    """A touch of a tier, as the policy in force has it, and where it stands there."""

    touch: TouchRule
    path: tuple[str | int, ...]
    tier: str

    @property
    def text(self) -> str:
        channels = json.dumps(list(self.touch.channels))
        kind = 'kind = "survey", ' if self.touch.kind == "survey" else ""
        return f'{kind}every = "{self.touch.every}", channels = {channels}'


@dataclass(frozen=True)
class _Turn:
    """One planned day, the steps to it, and what was decided about it."""

    planned_on: date
    steps: tuple[Step, ...]
    decision: Row | None


@dataclass(frozen=True)
class _Base:
    """A day from which the touch counted: that of a contact, of a decision, or of coming into the tier."""

    on: date
    fact: str
    talk: Row | None = None
    answer: Row | None = None
    done: Row | None = None
    turns: list[_Turn] = field(default_factory=list)


def why_touch(ws: Workspace, key: Key, policy: InForce) -> Receipt:
    """Why a touch is due on its day, or what settled it."""
    stored = touches.of(ws, key.customer["id"]).get(key.ref)
    known = _rules(ws, key)
    for rule in known:
        place = _place(list(_bases(ws, key, rule, stored)), key.planned_on)
        if place is not None:
            return _planned(ws, key, policy, rule, place)
    return _on_record(ws, key, policy, known[0] if known else None, stored)


def _planned(ws: Workspace, key: Key, policy: InForce, rule: _Rule, place: "_Place") -> Receipt:
    """The receipt of a day that the rule plans, or planned until the touch counted anew."""
    turn, end = place.turn, _end(ws, key, place)
    settled = end.settled
    snoozed = turn.decision if turn.decision and turn.decision["decision"] == "snoozed" else None
    due_on = date.fromisoformat(snoozed["until"]) if snoozed else turn.planned_on
    asked = _asked_for(key.customer, rule)
    parts = [*asked, told.is_open(settled), *([] if settled else [told.is_due(due_on, ws.today)])]
    holds = all(part.holds for part in parts)
    steps = [place.counted, *turn.steps, *([told.snoozed_step(ws, snoozed)] if snoozed else [])]
    return Receipt(
        subject=key.text,
        value=due_on.isoformat(),
        holds=holds,
        given=settled is None and all(part.holds for part in asked),
        source="rule",
        since=place.base.on.isoformat(),
        by=settled.by if settled else None,
        at=settled.at if settled else None,
        reason=told.standing(ws.today, due_on, snoozed, settled, parts),
        **policy.at(*rule.path),
        rule=rule.text,
        joined_by="and",
        parts=tuple(parts),
        records=_records(ws, key, place, end),
        steps=(*steps, *(told.late_step(due_on, ws.today) if holds else ())),
    )


def _rules(ws: Workspace, key: Key) -> list[_Rule]:
    """The touch as the customer's tier has it, then as others do: it may have come from there."""
    found = [
        _Rule(touch, ("tier", number, "touches", place, "every"), tier.key)
        for number, tier in enumerate(ws.policy.tiers)
        for place, touch in enumerate(tier.touches)
        if touch.key == key.ref
    ]
    return sorted(found, key=lambda rule: rule.tier != key.customer["tier"])


def _asked_for(customer: Row, rule: _Rule) -> list[Part]:
    """What a customer must be for the touch to be asked for."""
    tier, stage, consent = (customer[name] for name in ("tier", "stage", "consent"))
    parts = [
        Part(f"tier == '{rule.tier}'", tier == rule.tier, {"tier": tier}),
        Part("stage not in ['lead', 'lost']", stage not in ("lead", "lost"), {"stage": stage}),
    ]
    if rule.touch.channels == ("push",):
        parts.append(Part("consent != 'no'", consent != "no", {"consent": consent}))
    return parts


# -------------------------------------------------------------------------------------- the days it counted from


def _bases(ws: Workspace, key: Key, rule: _Rule, stored: Row | None) -> Iterator[_Base]:
    """Every day from which the touch counted, the earliest first, with the turns planned from it."""
    decisions = {
        date.fromisoformat(row["planned_on"]): row
        for row in ws.db.rows(
            "SELECT * FROM settlement WHERE customer_id = :id AND kind = 'touch' AND ref = :ref ORDER BY id",
            {"id": key.customer["id"], "ref": key.ref},
        )
    }
    last = date.fromisoformat(stored["base_on"]) if stored else ws.today
    found = sorted(_restarts(ws, key, rule, list(decisions.values())), key=lambda base: base.on)
    found = [base for base in found if base.on <= last]
    came = "tier_on" if key.customer["tier_on"] else "created_on"
    start = date.fromisoformat(key.customer[came])
    if not found or _known_since(ws, found[0]) >= start:
        found.insert(0, _Base(start, came))
    for base in found:
        base.turns.extend(_turns(base.on, rule.touch.every, decisions))
        yield base


def _known_since(ws: Workspace, base: _Base) -> date:
    """The day from which the touch could count from the base: a contact may be written down long after it was."""
    recorded = origin(ws, "interaction", base.talk["id"], "contact_on")["at"] if base.talk else None
    if base.answer:
        recorded = origin(ws, "survey", base.answer["id"])["at"]
    return max(base.on, date.fromisoformat(recorded[:10])) if recorded else base.on


def _restarts(ws: Workspace, key: Key, rule: _Rule, decisions: Sequence[Row]) -> Iterator[_Base]:
    """What it counts from, one a day: the contacts over one of its channels, or a survey's answers; and the days on
    which it was settled as done.
    """
    days: dict[str, _Base] = {}
    for row in decisions:
        if row["decision"] == "done":
            days[row["settled_on"]] = _Base(date.fromisoformat(row["settled_on"]), "done_on", done=row)
    for base in _answers(ws, key) if rule.touch.kind == "survey" else _talks(ws, key, rule):
        same = days.get(base.on.isoformat())
        days[base.on.isoformat()] = replace(base, done=same.done if same else None)
    yield from days.values()


def _talks(ws: Workspace, key: Key, rule: _Rule) -> Iterator[_Base]:
    marks, named = listed(rule.touch.channels, "channel")
    for row in ws.db.rows(
        f"SELECT {told.TALK} FROM interaction WHERE customer_id = :id AND contact_on <= :today "
        f"AND channel IN ({marks}) ORDER BY contact_on, at, id",
        {"id": key.customer["id"], "today": ws.today.isoformat(), **named},
    ):
        yield _Base(date.fromisoformat(row["contact_on"]), "last_contact_on", talk=row)


def _answers(ws: Workspace, key: Key) -> Iterator[_Base]:
    query = f"SELECT {told.ANSWER} FROM survey WHERE customer_id = :id ORDER BY at, id"
    for row in ws.db.rows(query, {"id": key.customer["id"]}):
        on = local_date(datetime.fromisoformat(row["at"]), ws.zone)
        if on <= ws.today:
            yield _Base(on, "last_answer_on", answer=row)


def _turns(base_on: date, every: Cadence, decisions: dict[date, Row]) -> Iterator[_Turn]:
    """The planned day one cadence after the base, and, each time it was settled, the one that followed."""
    planned = calendars.add(every, base_on)
    steps: tuple[Step, ...] = (Step("planned_on", f"{base_on} + {every}", planned.isoformat(), {}),)
    while True:
        row = decisions.get(planned)
        yield _Turn(planned, steps, row)
        if row is None or row["decision"] == "snoozed":
            return
        following, times = calendars.add(every, planned), 1
        while following.isoformat() <= row["settled_on"]:
            following, times = calendars.add(every, following), times + 1
        often = f" ({times} x)" if times > 1 else ""
        known = {"decision": row["decision"], "settled_on": row["settled_on"]}
        steps = (*steps, Step("planned_on", f"{planned} + {every}{often}", following.isoformat(), known))
        planned = following


@dataclass(frozen=True)
class _Place:
    """A turn, the base that it was planned from, how that came to be, and the base that came after, if one did."""

    base: _Base
    turn: _Turn
    counted: Step
    after: _Base | None


def _place(bases: Sequence[_Base], planned_on: date) -> _Place | None:
    """Where in the history the day is; the latest base that plans it."""
    for number in range(len(bases) - 1, -1, -1):
        for turn in bases[number].turns:
            if turn.planned_on == planned_on:
                after = bases[number + 1] if number + 1 < len(bases) else None
                return _Place(bases[number], turn, _counted(bases[: number + 1]), after)
    return None


def _counted(bases: Sequence[_Base]) -> Step:
    """Why the last of the bases is one: the later of contact and decision, else the coming into the tier."""
    answered = any(base.answer for base in bases)
    last = "last_answer_on" if answered else "last_contact_on"
    days = {
        last: next((base.on.isoformat() for base in reversed(bases) if base.talk or base.answer), None),
        "done_on": next((base.on.isoformat() for base in reversed(bases) if base.done), None),
    }
    formula = f"max({last}, done_on)" if all(days.values()) else bases[-1].fact
    on = bases[-1].on.isoformat()
    return Step("base_on", formula, on, days if any(days.values()) else {**days, bases[-1].fact: on})


# ----------------------------------------------------------------------------------------------- what ended it


@dataclass(frozen=True)
class _End:
    """What ended a turn, if anything did, and the contact, the survey's answer or the decision that it was."""

    settled: Settled | None = None
    talk: Row | None = None
    answer: Row | None = None
    decision: Row | None = None


def _end(ws: Workspace, key: Key, place: _Place) -> _End:
    """A decision about the turn itself, or a contact or decision from which the touch counted anew."""
    if settled := told.decided(ws, place.turn.decision):
        return _End(settled)
    if place.after is None:
        return _End()
    talk = told.answer(ws, key) or place.after.talk
    if talk is not None:
        return _End(told.answered(ws, talk), talk)
    if place.after.answer is not None:
        return _End(told.answered_survey(ws, place.after.answer), answer=place.after.answer)
    return _End(told.decided(ws, place.after.done), decision=place.after.done)


def _records(ws: Workspace, key: Key, place: _Place, end: _End) -> tuple[Records, ...]:
    """What it counts from, what was decided about it, and what ended it."""
    base = place.base
    if base.talk or base.answer or base.done:
        found = told.talks(ws, ("last_contact_on",), base.talk) + told.answers(ws, ("last_answer_on",), base.answer)
    else:
        found = told.person(ws, "customer", key.customer, (base.fact,))
    turns = base.turns[: base.turns.index(place.turn) + 1]
    decisions = [base.done, *(turn.decision for turn in turns), end.decision]
    ending = told.talks(ws, ("settled_on",), end.talk) + told.answers(ws, ("settled_on",), end.answer)
    return found + told.settlements(ws, decisions) + ending


def _on_record(ws: Workspace, key: Key, policy: InForce, rule: _Rule | None, stored: Row | None) -> Receipt:
    """The receipt of an item that no rule in force plans: what is on record says what became of it.

    Raises:
        NotFound: nothing is on record.
    """
    row, talk = told.decision(ws, key), told.answer(ws, key)
    settled = told.decided(ws, row) or (told.answered(ws, talk) if talk else None)
    if settled is None:
        kind = rule.touch.kind if rule else "touch"
        now = f"{kind}:{key.customer['code']}:{key.ref}:{stored['planned_on']}" if stored else ""
        raise unknown(key.text, _("the open one is {key}").format(key=now) if now else None)
    changed = _("the tier or the policy that planned it has changed since")
    return Receipt(
        subject=key.text,
        value=key.planned_on.isoformat(),
        holds=False,
        given=False,
        source="rule",
        by=settled.by,
        at=settled.at,
        reason=sentences([settled.words, changed]),
        **(policy.at(*rule.path) if rule else {}),
        rule=rule.text if rule else None,
        joined_by="and",
        parts=(*(_asked_for(key.customer, rule) if rule else ()), told.is_open(settled)),
        records=told.settlements(ws, [row]) + told.talks(ws, ("settled_on",), talk),
    )
