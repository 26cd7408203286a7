"""The receipt of a birthday or an anniversary: whose it is, when it comes round, and from when to when it is kept."""

from collections.abc import Sequence
from datetime import date, timedelta

from crmcli import calendars
from crmcli.care.occasions import KEPT_DAYS
from crmcli.care.why import settled as told
from crmcli.care.why.keys import Key, unknown
from crmcli.care.why.settled import Settled
from crmcli.grading.why import InForce, Part, Receipt, Step
from crmcli.i18n import _
from crmcli.policy.definitions import Occasion
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


def why_occasion(ws: Workspace, key: Key, policy: InForce) -> Receipt:
    """Why an occasion is announced on its day, not yet, or no more.

    Raises:
        NotFound: the person has no such day.
    """
    entity, celebrated = _celebrated(ws, key)
    fact = "birthday" if key.kind == "birthday" else "since"
    first = _day_step(key, celebrated[fact])
    number, rule = _rule(ws, key)
    row = told.decision(ws, key)
    settled = told.decided(ws, row)
    snoozed = row if row and row["decision"] == "snoozed" else None
    due_on = date.fromisoformat(snoozed["until"]) if snoozed else key.planned_on
    kept = _kept_for(ws, key, celebrated, rule)
    when, steps = window(ws.today, key.planned_on, rule.notice_days) if rule and not settled else ([], [])
    when += [told.is_due(due_on, ws.today)] if snoozed else []
    parts = [*kept, told.is_open(settled), *when]
    holds = all(part.holds for part in parts)
    steps = [first, *steps, *([told.snoozed_step(ws, snoozed)] if snoozed else [])]
    return Receipt(
        subject=key.text,
        value=due_on.isoformat(),
        holds=holds,
        given=all(part.holds for part in parts if part.text not in (ANNOUNCED, told.DUE)),
        source="rule",
        since=celebrated[fact],
        by=settled.by if settled else None,
        at=settled.at if settled else None,
        reason=standing(ws.today, due_on, snoozed, settled, parts),
        **(policy.at("occasion", number, "notice") if rule else {}),
        rule=_text(rule) if rule else None,
        joined_by="and",
        parts=tuple(parts),
        records=told.person(ws, entity, celebrated, (fact,)) + told.ended(ws, key, row),
        steps=(*steps, *(told.late_step(due_on, ws.today) if holds else ())),
    )


def _celebrated(ws: Workspace, key: Key) -> tuple[str, Row]:
    """Whose day it is: the customer's own, or that of a person there."""
    if not key.ref:
        return "customer", key.customer
    found = ws.db.first(
        "SELECT * FROM contact WHERE id = :id AND customer_id = :customer_id",
        {"id": int(key.ref[1:]), "customer_id": key.customer["id"]},
    )
    if found is None:
        raise unknown(key.text)
    return "contact", found


def _day_step(key: Key, known: str | None) -> Step:
    """How the day follows from a birthday, or from the beginning of the cooperation."""
    day = key.planned_on
    if known is None:
        raise unknown(key.text)
    if key.kind == "birthday":
        if day not in calendars.birthdays_between(known, day, day):
            raise unknown(key.text)
        return Step("planned_on", f"{known} in {day.year}", day.isoformat(), {"birthday": known})
    begun = date.fromisoformat(known)
    years = day.year - begun.year
    if years <= 0 or known[5:] not in calendars.anniversary_keys(day, day):
        raise unknown(key.text)
    cadence = calendars.Cadence(years, "year")
    return Step("planned_on", f"{known} + {cadence}", day.isoformat(), {"since": known})


def _rule(ws: Workspace, key: Key) -> tuple[int, Occasion | None]:
    """The occasion of the policy that the customer's tier follows, else the first of its kind; and its place."""
    tier = key.customer["tier"]
    found = [(number, one) for number, one in enumerate(ws.policy.occasions) if one.kind == key.kind]
    own = [(number, one) for number, one in found if tier and (not one.tiers or tier in one.tiers)]
    return (own or found or [(0, None)])[0]


def _text(rule: Occasion) -> str:
    notice = calendars.Cadence(rule.notice_days, "day")
    tiers = f", tiers = {list(rule.tiers)}" if rule.tiers else ""
    return f'kind = "{rule.kind}", notice = "{notice}"{tiers}'.replace("'", '"')


def _kept_for(ws: Workspace, key: Key, celebrated: Row, rule: Occasion | None) -> list[Part]:
    """What the customer must be for the occasion to be kept."""
    tier, stage, kind = (key.customer[name] for name in ("tier", "stage", "kind"))
    parts = []
    if rule is None:
        parts.append(Part(f"kind == '{key.kind}'", False, {"occasion": None}))
    elif rule.tiers:
        parts.append(Part(f"tier in {list(rule.tiers)}", tier in rule.tiers, {"tier": tier}))
    else:
        parts.append(Part("not missing(tier)", ws.policy.tier(tier or "") is not None, {"tier": tier}))
    parts.append(Part("stage != 'lost'", stage != "lost", {"stage": stage}))
    if key.kind == "birthday" and not key.ref:
        parts.append(Part("kind == 'person'", kind == "person", {"kind": kind}))
    same = kind == "person" and key.customer["birthday_key"] is not None
    if key.ref and same and celebrated["name_key"] == key.customer["name_key"]:
        # A person who is the customer and a contact there at once has one birthday.
        known = {"contact": celebrated["name"], "customer": key.customer["name"]}
        parts.append(Part("contact != customer", False, known))
    return parts


ANNOUNCED, _KEPT = "today >= announced_on", "today <= let_go_after"


def window(today: date, day: date, notice_days: int) -> tuple[list[Part], list[Step]]:
    """From when to when it is on the list: it is announced, and some days after its day let go."""
    notice = calendars.Cadence(notice_days, "day")
    begins, ends = day - timedelta(days=notice_days), day + timedelta(days=KEPT_DAYS)
    known = {"today": today.isoformat()}
    parts = [
        Part(ANNOUNCED, today >= begins, {**known, "announced_on": begins.isoformat()}),
        Part(_KEPT, today <= ends, {**known, "let_go_after": ends.isoformat()}),
    ]
    steps = [
        Step("announced_on", f"{day} - {notice}", begins.isoformat(), {}),
        Step("let_go_after", f"{day} + {KEPT_DAYS} days", ends.isoformat(), {}),
    ]
    return parts, steps


def standing(today: date, day: date, snoozed: Row | None, settled: Settled | None, parts: Sequence[Part]) -> str:
    """Where it stands: beside what every item can be, announced, not yet so, or let go."""
    failed = next((part for part in parts if not part.holds), None)
    if settled is None and failed is not None and failed.text == ANNOUNCED:
        return _("on {day}; announced from {announced}").format(day=day, announced=failed.facts["announced_on"])
    if settled is None and failed is not None and failed.text == _KEPT:
        return _("let go after {day}: nobody settled it").format(day=failed.facts["let_go_after"])
    if settled is None and failed is None and day > today:
        return _("announced for {day}").format(day=day)
    return told.standing(today, day, snoozed, settled, parts)
