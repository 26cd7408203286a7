"""Festivals: greetings that the policy asks for on a day that all customers of some tiers and industries share.

On which day each falls is in the digest. Whom to greet is found by owner, tier and industry from an index, and only
while a festival is announced or not yet let go. Of several rules of one festival a customer follows the first that
fits; it is announced by the notice of that one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from crmcli import i18n
from crmcli.care import occasions
from crmcli.care.decisions import Decision
from crmcli.care.items import CUSTOMER, GRADED_OWNERS, Item, Scope, customer_of, item, listed, spoken
from crmcli.care.occasions import KEPT_DAYS
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

KINDS = ("festival",)


@dataclass(frozen=True)
class Rule:
    """How the policy greets some customers at one festival; no `industries` means all."""

    key: str
    notice: timedelta
    industries: tuple[str, ...]
    tiers: tuple[str, ...]
    days: tuple[str, ...]
    label: str
    action: str

    def fits(self, customer: Row) -> bool:
        """Whether it is for a customer with this tier and industry."""
        return customer["tier"] in self.tiers and (not self.industries or customer["industry"] in self.industries)


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The festivals that are announced by `scope.until` and not yet let go on `scope.today`, by customer."""
    first = (scope.today - timedelta(days=KEPT_DAYS)).isoformat()
    found: list[Item] = []
    for rules in _festivals(ws):
        for rule in rules:
            last = (scope.until + rule.notice).isoformat()
            for day in rule.days:
                if first <= day <= last:
                    found += _greeted(ws, scope, rules, rule, day)
    return found


def called(ws: Workspace, key: str) -> Item | None:
    """The festival called `key`, however far ahead it is; none that was let go."""
    # From the right, because a code may hold a colon.
    code, festival, day = ("", "", *key.partition(":")[2].rsplit(":", 2))[-3:]
    customer_id = customer_of(ws, code)
    rules = rules_of(ws, festival)
    if customer_id is None or day < (ws.today - timedelta(days=KEPT_DAYS)).isoformat():
        return None
    scope = Scope(today=ws.today, until=date.max, customer_id=customer_id)
    found = (one for rule in rules if day in rule.days for one in _greeted(ws, scope, rules, rule, day))
    return next(found, None)


def rules_of(ws: Workspace, key: str) -> Sequence[Rule]:
    """The policy's rules of one festival, in its order."""
    return next((rules for rules in _festivals(ws) if rules[0].key == key), ())


def settle(ws: Workspace, item: Item, decision: Decision, until: date | None, reason: str | None) -> date | None:
    """As an occasion. Raises Refused: it would be let go before the day that it is to wait for."""
    return occasions.settle(ws, item, decision, until, reason)


def _festivals(ws: Workspace) -> Iterator[Sequence[Rule]]:
    """The rules of each festival, in the order of the policy."""
    by_key: dict[str, list[Rule]] = {}
    for said in ws.digest["festivals"]:
        rule = Rule(
            key=said["key"],
            notice=timedelta(days=said["notice_days"]),
            industries=tuple(dict.fromkeys(said["industries"])),
            tiers=tuple(dict.fromkeys(said["tiers"])),
            days=tuple(said["days"]),
            label=said["label"][i18n.language()],
            action=spoken(said, said["key"]),
        )
        by_key.setdefault(rule.key, []).append(rule)
    yield from by_key.values()


def _greeted(ws: Workspace, scope: Scope, rules: Sequence[Rule], rule: Rule, day: str) -> list[Item]:
    """Those whom `rule`, and none of the `rules` before it, is for, on one of its days."""
    tables, source, params = _source(scope, rule)
    rows = ws.db.rows(
        f"""
        {tables}
        SELECT c.industry, s.until, {CUSTOMER} FROM {source}
        LEFT JOIN settlement AS s ON s.customer_id = c.id AND s.kind = 'festival' AND s.ref = :festival
            AND s.planned_on = :day
        WHERE c.stage NOT IN ('lead', 'lost') AND (s.id IS NULL OR s.decision = 'snoozed' AND s.until <= :until)
            AND {scope.condition("c.id")}
        """,
        {**scope.params, **params, "festival": rule.key, "day": day},
    )
    return [_item(row, rule, day) for row in rows if next((one for one in rules if one.fits(row)), None) is rule]


def _source(scope: Scope, rule: Rule) -> tuple[str, str, dict[str, Any]]:
    """Common tables, a source of `customer AS c` that has those of the rule's tiers and industries, and parameters."""
    if scope.customer_id is not None:
        return "", "customer AS c", {}
    owners = "owners (owner) AS (VALUES (:owner))" if scope.owner is not None else GRADED_OWNERS
    tiers, params = listed(rule.tiers, "tier")
    tables = f"WITH RECURSIVE {owners}, tiers (tier) AS (VALUES {_rows(tiers)})"
    source, condition = "owners CROSS JOIN tiers", "c.owner IS owners.owner AND c.tier = tiers.tier"
    if rule.industries:
        industries, named = listed(rule.industries, "industry")
        tables += f", industries (industry) AS (VALUES {_rows(industries)})"
        source += " CROSS JOIN industries"
        condition += " AND c.industry = industries.industry"
        params |= named
    return tables, f"{source} CROSS JOIN customer AS c ON {condition}", params


def _rows(marks: str) -> str:
    return ", ".join(f"({mark})" for mark in marks.split(", "))


def _item(row: Row, rule: Rule, day: str) -> Item:
    text = _("{festival} on {day}, greeted in {industry}") if rule.industries else _("{festival} on {day}")
    return item(
        row,
        kind="festival",
        ref=rule.key,
        planned_on=date.fromisoformat(day),
        due_on=row["until"] or day,
        action=rule.action,
        channel=None,
        reason=text.format(festival=rule.label, day=day, industry=row["industry"]),
    )
