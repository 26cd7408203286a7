"""The receipt of a festival: on which day it falls, which rule of the policy greets the customer, and since when."""

from datetime import date

from crmcli.care.festivals import rules_of
from crmcli.care.why import settled as told
from crmcli.care.why.keys import Key, unknown
from crmcli.care.why.occasions import ANNOUNCED, standing, window
from crmcli.grading.why import InForce, Part, Receipt, Step
from crmcli.policy.definitions import FestivalGreeting
from crmcli.store.workspace import Workspace


def why_festival(ws: Workspace, key: Key, policy: InForce) -> Receipt:
    """Why a festival is announced for a customer, not yet, or no more.

    Raises:
        NotFound: the policy has no such festival, or it does not fall on that day.
    """
    day = key.planned_on
    if not any(day.isoformat() in rule.days for rule in rules_of(ws, key.ref)):
        raise unknown(key.text)
    number, rule = _rule(ws, key)
    row = told.decision(ws, key)
    settled = told.decided(ws, row)
    snoozed = row if row and row["decision"] == "snoozed" else None
    due_on = date.fromisoformat(snoozed["until"]) if snoozed else day
    when, steps = window(ws.today, day, rule.notice_days) if not settled else ([], [])
    when += [told.is_due(due_on, ws.today)] if snoozed else []
    parts = [*_for_whom(key, rule), told.is_open(settled), *when]
    holds = all(part.holds for part in parts)
    first = Step("planned_on", f"{key.ref} in {day.year}", day.isoformat(), {})
    return Receipt(
        subject=key.text,
        value=due_on.isoformat(),
        holds=holds,
        given=all(part.holds for part in parts if part.text not in (ANNOUNCED, told.DUE)),
        source="rule",
        by=settled.by if settled else None,
        at=settled.at if settled else None,
        reason=standing(ws.today, due_on, snoozed, settled, parts),
        **policy.at("festival", number, "notice"),
        rule=_text(rule),
        joined_by="and",
        parts=tuple(parts),
        records=told.person(ws, "customer", key.customer, ("tier", "industry")) + told.ended(ws, key, row),
        steps=(
            first,
            *steps,
            *([told.snoozed_step(ws, snoozed)] if snoozed else []),
            *(told.late_step(due_on, ws.today) if holds else ()),
        ),
    )


def _rule(ws: Workspace, key: Key) -> tuple[int, FestivalGreeting]:
    """The rule of the festival that is for the customer, else the first one; and its place."""
    found = [(number, one) for number, one in enumerate(ws.policy.festivals) if one.key == key.ref]
    own = [(number, one) for number, one in found if all(part.holds for part in _for_whom(key, one)[:-1])]
    return (own or found)[0]


def _for_whom(key: Key, rule: FestivalGreeting) -> list[Part]:
    tier, industry, stage = (key.customer[name] for name in ("tier", "industry", "stage"))
    if rule.tiers:
        parts = [Part(f"tier in {list(rule.tiers)}", tier in rule.tiers, {"tier": tier})]
    else:
        parts = [Part("not missing(tier)", tier is not None, {"tier": tier})]
    if rule.industries:
        text = f"industry in {list(rule.industries)}"
        parts.append(Part(text, industry in rule.industries, {"industry": industry}))
    return [*parts, Part("stage not in ['lead', 'lost']", stage not in ("lead", "lost"), {"stage": stage})]


def _text(rule: FestivalGreeting) -> str:
    notice = f"{rule.notice_days} day{'' if rule.notice_days == 1 else 's'}"
    industries = f", industries = {list(rule.industries)}" if rule.industries else ""
    tiers = f", tiers = {list(rule.tiers)}" if rule.tiers else ""
    return f'key = "{rule.key}", notice = "{notice}"{industries}{tiers}'.replace("'", '"')
