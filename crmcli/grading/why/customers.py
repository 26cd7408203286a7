"""The receipt of a customer's tier and tags, and of a lead's grade.

The rules are asked again, as of the clock's day, in the words of the policy in force; where what is stored says
otherwise, the receipt tells.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from crmcli.grading.leads import by_rule, is_clear
from crmcli.grading.records import Records
from crmcli.grading.tiers import FOREVER
from crmcli.grading.why.answers import Answers, Asked
from crmcli.grading.why.receipts import InForce, Receipt, Why, origin, own_records
from crmcli.i18n import _
from crmcli.policy.definitions import MARK_DIMENSION
from crmcli.policy.sections.leads import LEAD_FACTS
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


def why_customer(ws: Workspace, row: Row, *, only: str | None = None) -> Why:
    """Why a customer has its tier and its tags; of a lead, its grade. `only` asks for one subject of receipts."""
    policy = InForce.of(ws)
    has = ws.db.rows("SELECT * FROM tag WHERE customer_id = :id ORDER BY dimension, value", {"id": row["id"]})
    tags = [_tag(ws, tag) for tag in has if only in (None, f"tag:{tag['dimension']}")]
    # By no rule of a tag: by hand, and marks, which what is late gives.
    aside = sorted((tag for tag in tags if tag.source != "rule"), key=lambda tag: tag.source)
    lead = row["stage"] == "lead"
    receipts, notes = _lead(ws, row, policy, only) if lead else _rated(ws, row, tags, policy, only)
    return policy.told(ws, row, (*receipts, *aside), tuple(notes))


def _rated(
    ws: Workspace, row: Row, tags: Sequence[Receipt], policy: InForce, only: str | None
) -> tuple[list[Receipt], list[str]]:
    by_rule = {tag.subject: tag for tag in tags if tag.source == "rule"}
    questions = {subject: rules for subject, rules in _questions(ws, by_rule).items() if only in (None, subject)}
    answers = Answers(ws, policy, row["id"], [asked.rule for rules in questions.values() for asked in rules])
    receipts: list[Receipt] = []
    notes: list[str] = []
    for subject, rules in questions.items():
        given = _tier(ws, row) if subject == "tier" else by_rule.get(subject)
        asked = list(_until_one_holds(subject, rules, answers, given))
        if given and subject == "tier":
            given = _kept(ws, row, policy, given, asked)
        receipts += [*_standing(given, asked), *asked]
        notes += _differences(ws, row, subject, given, asked)
    return receipts, notes


def _questions(ws: Workspace, subjects: Collection[str]) -> dict[str, list[Asked]]:
    """The rules to ask: those of the tiers, and of each of these tags."""
    found = {"tier": [Asked(tier.key, ("tier", n, "when"), tier.when) for n, tier in enumerate(ws.policy.tiers)]}
    for position, tag in enumerate(ws.policy.tags):
        subject = f"tag:{tag.dimension}"
        if tag.when is not None and subject in subjects:
            found.setdefault(subject, []).append(Asked(tag.value, ("tag", position, "when"), tag.when))
    for subject in sorted(subjects):
        # Tags whose rules are gone from the policy: nothing is asked, and the difference is told.
        found.setdefault(subject, [])
    return found


def _until_one_holds(
    subject: str, rules: Sequence[Asked], answers: Answers, given: Receipt | None, first: tuple[Records, ...] = ()
) -> Iterator[Receipt]:
    for asked in rules if answers.rated else ():
        holds = answers.holds(asked.rule)
        is_given = holds and given is not None and (given.source, given.value) == ("rule", asked.value)
        who: dict[str, Any] = {"since": given.since, "by": given.by, "at": given.at} if given and is_given else {}
        yield answers.receipt(subject, asked, given=is_given, first=first, **who)
        if holds:
            return


# ----------------------------------------------------------------------------------------------- leads


def _lead(ws: Workspace, row: Row, policy: InForce, only: str | None) -> tuple[list[Receipt], list[str]]:
    """A lead has a grade, and neither a tier nor tags by rule."""
    if only not in (None, "grade"):
        return [], []
    words = _("{code} is a lead: it has a grade, no tier and no tags by rule")
    notes = [] if only else [words.format(code=row["code"])]
    rules = [Asked(grade.key, ("lead_grade", n, "when"), grade.when) for n, grade in enumerate(ws.policy.lead_grades)]
    if not rules:
        notes.append(_("the policy has no lead grades"))
    given = _grade(ws, row)
    clear = {name: is_clear(row[name]) for name in LEAD_FACTS}
    answers = Answers(ws, policy, row["id"], [asked.rule for asked in rules], more=clear, everybody=True)
    said = own_records(ws, row, {name: name for name in LEAD_FACTS})
    asked = list(_until_one_holds("grade", rules, answers, given, said))
    notes += _differences(ws, row, "grade", given, asked) if asked else ()
    return [*_standing(given, asked), *asked], notes


def _grade(ws: Workspace, row: Row) -> Receipt | None:
    if row["grade"] is None:
        return None
    last = origin(ws, "customer", row["id"], "grade")
    source = "rule" if by_rule(row["grade_reason"]) else "hand"
    since = last["at"] and last["at"][:10]
    return _stored("grade", row["grade"], source, since, last, reason=row["grade_reason"])


# ------------------------------------------------------------------------------------------ what is stored


def _tier(ws: Workspace, row: Row) -> Receipt | None:
    if row["tier"] is None:
        return None
    pinned = row["tier_pinned_until"] is not None and row["tier_pinned_until"] >= ws.today.isoformat()
    by_hand = row["tier_reason"] is None or row["tier_pinned_until"] is not None
    source = "pin" if pinned else "hand" if by_hand else "rule"
    # A pin may keep the tier that the rules gave, and change no more than its reason and end.
    columns = ("tier", "tier_reason", "tier_pinned_until") if pinned else ("tier",)
    last = origin(ws, "customer", row["id"], *columns)
    until = row["tier_pinned_until"] if pinned and row["tier_pinned_until"] < FOREVER.isoformat() else None
    return _stored("tier", row["tier"], source, row["tier_on"], last, reason=row["tier_reason"], until=until)


def _kept(ws: Workspace, row: Row, policy: InForce, given: Receipt, asked: Sequence[Receipt]) -> Receipt:
    """The tier as it is given; where it is a better one than the rules give, until enough reviews ask, `kept`."""
    today = _today(asked)
    tier, other = ws.policy.tier(given.value), ws.policy.tier(today or "")
    if given.source == "pin" or not row["tier_drops"] or tier is None or (other and other.rank <= tier.rank):
        return given
    words = _("{drops} of {needed} reviews asked for {today}")
    return replace(
        given,
        source="kept",
        reason=words.format(drops=row["tier_drops"], needed=tier.keep_for, today=today or _("none")),
        **policy.at("tier", tier.rank - 1, "keep_for"),
        rule=f'keep_for = "{tier.keep_for} reviews"',
    )


def _tag(ws: Workspace, tag: Row) -> Receipt:
    late = (tag["source"], tag["dimension"]) == ("rule", MARK_DIMENSION)
    last = origin(ws, "tag", tag["id"])
    return _stored(f"tag:{tag['dimension']}", tag["value"], "late" if late else tag["source"], tag["since"], last)


def _stored(subject: str, value: str, source: str, since: str | None, last: Row, **more: Any) -> Receipt:
    """The receipt of what is stored; `last` says who gave it, and when (see `origin`)."""
    return Receipt(subject, value, None, True, source, since, by=last["by"], at=last["at"], **more)


def _differences(
    ws: Workspace, row: Row, subject: str, given: Receipt | None, asked: Sequence[Receipt]
) -> Iterator[str]:
    """What to say where the stored value is not the one that the rules give today."""
    today = _today(asked)
    has = given.value if given else None
    if today == has or (given and given.source in ("pin", "kept")):
        return
    # A run leaves the grades that were given by hand.
    regrade = f"crm lead grade {row['code']}{' --auto' if given and given.source == 'hand' else ''}"
    command = {"tier": "crm tier run", "grade": regrade}.get(subject, "crm tag run")
    yield _("{subject}: {has} is stored, the rules give {today} today; run: {command}").format(
        subject=subject, has=has or _("none"), today=today or _("none"), command=command
    )


def _standing(given: Receipt | None, asked: Sequence[Receipt]) -> list[Receipt]:
    """What is stored, where it is not what one of the rules gives today."""
    return [given] if given and not any(receipt.given for receipt in asked) else []


def _today(asked: Sequence[Receipt]) -> str | None:
    """What the rules give today."""
    return asked[-1].value if asked and asked[-1].holds else None
