"""客户分级管理策略表, the tiers and what each one gets: rule, touches, owner, benefits, and how many are in it."""

from typing import Any

from crmcli import i18n
from crmcli.calendars import Cadence
from crmcli.grading.wording import in_words
from crmcli.i18n import _, listed, plural, sentences
from crmcli.policy.counting import IN_YEAR, days_back
from crmcli.policy.definitions import Policy, Tier
from crmcli.reports.deliverables.frame import Asked, document, table
from crmcli.reports.deliverables.words import spoken, words
from crmcli.reports.documents import Chart, Document, Series
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column

_COUNTS = f"""
    SELECT c.tier, count(*) AS customers, coalesce(sum(bought.amount), 0) AS amount_12m
    FROM customer AS c LEFT JOIN (
        SELECT o.customer_id, sum(o.amount) AS amount FROM orders AS o WHERE {IN_YEAR}
        GROUP BY o.customer_id) AS bought ON bought.customer_id = c.id
    WHERE c.tier IS NOT NULL AND {{condition}} GROUP BY c.tier
"""


def tiers(ws: Workspace, asked: Asked) -> Document:
    """Each tier with its strategy, the touches that it asks for, and its share of customers and amount."""
    policy: Policy = ws.policy
    counts = _counts(ws, asked)
    rows = [_tier(tier, policy, counts) for tier in policy.tiers]
    labels = [policy.label(tier) for tier in policy.tiers]
    return document(
        ws,
        _("Management of customers by tier"),
        [
            table(
                _("The tiers"),
                (
                    "tier",
                    Column("rule", title=_("Who belongs to it")),
                    Column("role", title=_("Looked after by")),
                    Column("benefits", title=_("Benefits")),
                    "customers",
                    "share",
                    "amount_12m",
                    Column("amount_share", "share", title=_("Share of the amount")),
                ),
                rows,
                notes=[_("The first tier whose rule holds of a customer is its tier."), *_ungraded(ws, asked)],
            ),
            table(
                _("What each tier is promised"),
                (
                    "tier",
                    Column("touch", title=_("Touch")),
                    "action",
                    Column("every", title=_("How often")),
                    Column("over", title=_("Over")),
                    Column("year", "number", title=_("Times a year and customer")),
                ),
                [row for tier in policy.tiers for row in _touches(tier, policy)],
                notes=[_("A touch is done when the customer was contacted over one of these channels.")],
            ),
            Chart(
                _("Customers and amount by tier"),
                "bars",
                labels,
                [
                    Series(_("Customers"), [row["share"] for row in rows]),
                    Series(_("Amount, 12 months"), [row["amount_share"] for row in rows]),
                ],
                kind="share",
            ),
        ],
        scope=asked.scope,
        definitions=[
            (_("Share"), _("of the graded customers")),
            (_("Amount, 12 months"), _("orders of the last 12 months, without cancelled and returned ones")),
        ],
    )


def _counts(ws: Workspace, asked: Asked) -> dict[str, Row]:
    rows = ws.db.rows(_COUNTS.format(condition=asked.condition), {**asked.params, **days_back(ws.today, 12)})
    return {row["tier"]: row for row in rows}


def _ungraded(ws: Workspace, asked: Asked) -> list[str]:
    """That somebody is in no tier yet, and what to do about it."""
    count = ws.db.value(
        f"SELECT count(*) FROM customer AS c WHERE c.tier IS NULL AND c.stage <> 'lead' AND {asked.condition}",
        asked.params,
    )
    said = plural(
        "{count} customer is not graded yet: crm tier run", "{count} customers are not graded yet: crm tier run", count
    )
    return [said.format(count=f"{count:,}")] if count else []


def _tier(tier: Tier, policy: Policy, counts: dict[str, Row]) -> Row:
    graded = sum(row["customers"] for row in counts.values())
    amount = sum(row["amount_12m"] for row in counts.values())
    own = counts.get(tier.key, {"customers": 0, "amount_12m": 0})
    return {
        "tier": policy.label(tier),
        "rule": in_words(tier.when, policy),
        "role": spoken("owner_role", tier.owner_role) or None,
        "benefits": sentences(benefit.in_language(i18n.language()) for benefit in tier.benefits) or None,
        "customers": own["customers"],
        "share": own["customers"] / graded if graded else None,
        "amount_12m": own["amount_12m"],
        "amount_share": own["amount_12m"] / amount if amount > 0 else None,
    }


def _touches(tier: Tier, policy: Policy) -> list[dict[str, Any]]:
    channels = words()["channel"]
    return [
        {
            "tier": policy.label(tier),
            "touch": policy.label(touch),
            "action": touch.action.in_language(i18n.language()) or None,
            "every": every(touch.every),
            "over": listed(channels[channel] for channel in touch.channels),
            "year": round(_A_YEAR[touch.every.unit] / touch.every.number, 1),
        }
        for touch in tier.touches
    ]


_A_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}


def every(cadence: Cadence) -> str:
    """A cadence in words: every month, every 2 weeks."""
    if cadence.number == 1:
        return {"day": _("daily"), "week": _("weekly"), "month": _("monthly"), "year": _("yearly")}[cadence.unit]
    said = {
        "day": plural("every day", "every {number} days", cadence.number),
        "week": plural("every week", "every {number} weeks", cadence.number),
        "month": plural("every month", "every {number} months", cadence.number),
        "year": plural("every year", "every {number} years", cadence.number),
    }
    return said[cadence.unit].format(number=cadence.number)
