"""The receipt of a tier or tag: which rule, where in the policy, which values it saw, and the records behind them.

The rules are asked again, as of the clock's day, in the words of the policy in force; where what is stored says
otherwise, the receipt tells.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmcli.grading.records import Records, records
from crmcli.i18n import _
from crmcli.policy import facts
from crmcli.policy.rules import Rule, to_sql
from crmcli.policy.trees import HasTag, Rank, walk
from crmcli.store import finding
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import format_money


@dataclass(frozen=True)
class Part:
    """One condition of a rule: whether it holds, and the values in it."""

    text: str
    holds: bool
    facts: dict[str, Any]


@dataclass(frozen=True)
class Receipt:
    """One rule that was asked, or one decision by hand.

    Attributes:
        subject: `tier`, or `tag:DIMENSION`; `value` is what the rule gives.
        holds: whether the rule is true; None for a decision by hand.
        given: whether the customer has this value.
        source: `rule`, `hand` or `pin`; `by` and `at` are who gave it, and when.
        place: where the rule stands: `tier[2].when`.
        joined_by: the word between the parts: "and", "or" or "".
    """

    subject: str
    value: str
    holds: bool | None
    given: bool
    source: str
    since: str | None = None
    by: str | None = None
    at: str | None = None
    reason: str | None = None
    place: str | None = None
    rule: str | None = None
    joined_by: str = ""
    parts: tuple[Part, ...] = ()
    records: tuple[Records, ...] = ()


@dataclass(frozen=True)
class Why:
    """All receipts of a customer, under one version of the policy, as of one day."""

    code: str
    name: str
    tier: str | None
    policy: str
    version: int
    as_of: date
    receipts: tuple[Receipt, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Asked:
    """A rule and what it gives."""

    value: str
    place: str
    rule: Rule


def why(ws: Workspace, customer: str) -> Why:
    """Why a customer has its tier and its tags.

    Raises:
        NotFound: the customer.
    """
    row = finding.customer(ws, customer)
    tags = ws.db.rows("SELECT * FROM tag WHERE customer_id = :id ORDER BY dimension, value", {"id": row["id"]})
    questions = _questions(ws, tags)
    answers = _Answers(ws, row["id"], [asked.rule for rules in questions.values() for asked in rules], tags)
    receipts: list[Receipt] = []
    notes: list[str] = []
    if not answers.rated:
        notes.append(_("{code} is a lead: the rules do not speak of it").format(code=row["code"]))
    for subject, rules in questions.items():
        given = _given(ws, row, tags, subject)
        if given and given.source != "rule":
            receipts.append(given)
        asked = list(_until_one_holds(ws, row["id"], subject, rules, answers, given))
        receipts += asked
        notes += _differences(row, subject, given, asked, ws)
    receipts += [_tag(ws, tag) for tag in tags if tag["source"] == "hand"]
    found = ws.db.first("SELECT id, name FROM policy ORDER BY id DESC LIMIT 1") or {}
    return Why(
        row["code"], row["name"], row["tier"], found["name"], found["id"], ws.today, tuple(receipts), tuple(notes)
    )


def _questions(ws: Workspace, tags: Sequence[Row]) -> dict[str, list[_Asked]]:
    """The rules to ask: those of the tiers, and of each dimension in which the customer has a tag by rule."""
    dimensions = {tag["dimension"] for tag in tags if tag["source"] == "rule"}
    found = {"tier": [_Asked(tier.key, f"tier[{tier.rank}].when", tier.when) for tier in ws.policy.tiers]}
    for position, tag in enumerate(ws.policy.tags, start=1):
        if tag.when is not None and tag.dimension in dimensions:
            asked = _Asked(tag.value, f"tag[{position}].when", tag.when)
            found.setdefault(f"tag:{tag.dimension}", []).append(asked)
    for dimension in sorted(dimensions):
        # Tags whose rules are gone from the policy: nothing is asked, and the difference is told.
        found.setdefault(f"tag:{dimension}", [])
    return found


# ------------------------------------------------------------------------------------- what the rules say


class _Answers:
    """The values and conditions of all rules, for one customer, from one query over the base."""

    def __init__(self, ws: Workspace, customer_id: int, rules: Sequence[Rule], tags: Sequence[Row]) -> None:
        self.tags = tags
        names = {name for rule in rules for name in rule.facts}
        asked = [sql for rule in rules for sql in _conditions(rule)]
        self._columns = {sql: f"answer_{number}" for number, sql in enumerate(dict.fromkeys(asked))}
        columns = ["facts.*", *(f"{sql} AS {name}" for sql, name in self._columns.items())]
        found = ws.db.first(
            f"{facts.with_facts(names, weights=ws.policy.weights)} SELECT {', '.join(columns)} FROM facts "
            "WHERE facts.customer_id = :id",
            {**facts.facts_params(ws.today, ws.digest["timezone"]), "id": customer_id},
        )
        self.rated = found is not None
        self._row: Row = found or {}

    def holds(self, rule: Rule) -> bool:
        return bool(self._row[self._columns[to_sql(rule)]])

    def part(self, rule: Rule) -> Part:
        return Part(rule.text, self.holds(rule), dict(self._values(rule)))

    def _values(self, rule: Rule) -> Iterator[tuple[str, Any]]:
        """Facts by name; the place of a ranked one; the tags asked for. Money is a decimal string."""
        for name in sorted(rule.facts):
            yield name, shown(name, self._row[name])
        for node in walk(rule.tree):
            if isinstance(node, Rank):
                yield f"{node.function}_rank({node.fact.name})", self._row[self._columns[_place_in(node)]]
                yield "rated_customers", self._row[self._columns[_RATED]]
            elif isinstance(node, HasTag):
                has = [tag["value"] for tag in self.tags if tag["dimension"] == node.dimension]
                yield f"tag:{node.dimension}", ", ".join(has) or None


_RATED = "(SELECT count(*) FROM facts)"


def _conditions(rule: Rule) -> Iterator[str]:
    yield to_sql(rule)
    for part in rule.parts():
        yield to_sql(part)
    ranks = [node for node in walk(rule.tree) if isinstance(node, Rank)]
    for node in ranks:
        yield _place_in(node)
        yield _RATED


def _place_in(node: Rank) -> str:
    """The customer's place by a fact: from the highest for top(), where a missing one has none; or the lowest."""
    name = node.fact.name
    if node.function == "top":
        better = f"(SELECT count(*) FROM facts AS other WHERE other.{name} > facts.{name})"
        return f"(CASE WHEN facts.{name} IS NOT NULL THEN 1 + {better} END)"
    lower = f"(other.{name} < facts.{name} OR (other.{name} IS NULL AND facts.{name} IS NOT NULL))"
    return f"(1 + (SELECT count(*) FROM facts AS other WHERE {lower}))"


def shown(name: str, value: Any) -> Any:
    """A fact's value for machine and man: money as a decimal string, a share rounded."""
    if value is None:
        return None
    kind = facts.FACTS[name].kind
    if kind == "money":
        return format_money(round(value * 100))
    return round(value, 6) if kind == "share" else value


def _until_one_holds(
    ws: Workspace,
    customer_id: int,
    subject: str,
    rules: Sequence[_Asked],
    answers: _Answers,
    given: Receipt | None,
) -> Iterator[Receipt]:
    for asked in rules if answers.rated else ():
        holds = answers.holds(asked.rule)
        is_given = holds and given is not None and (given.source, given.value) == ("rule", asked.value)
        yield Receipt(
            subject=subject,
            value=asked.value,
            holds=holds,
            given=is_given,
            source="rule",
            **({"since": given.since, "by": given.by, "at": given.at} if given and is_given else {}),
            place=asked.place,
            rule=asked.rule.text,
            joined_by=asked.rule.joined_by,
            parts=tuple(answers.part(part) for part in asked.rule.parts()),
            records=tuple(records(ws, customer_id, sorted(asked.rule.facts))),
        )
        if holds:
            return


# ------------------------------------------------------------------------------------------ what is stored


def _given(ws: Workspace, row: Row, tags: Sequence[Row], subject: str) -> Receipt | None:
    """What the customer has, and who gave it."""
    if subject != "tier":
        dimension = subject.removeprefix("tag:")
        by_rule = [tag for tag in tags if (tag["source"], tag["dimension"]) == ("rule", dimension)]
        return _tag(ws, by_rule[0]) if by_rule else None
    if row["tier"] is None:
        return None
    pinned = row["tier_pinned_until"] is not None and row["tier_pinned_until"] >= ws.today.isoformat()
    by_hand = row["tier_reason"] is None or row["tier_pinned_until"] is not None
    source = "pin" if pinned else "hand" if by_hand else "rule"
    last = _last_change(ws, "customer", row["id"], '"tier"')
    reason = row["tier_reason"]
    return Receipt("tier", row["tier"], None, True, source, row["tier_on"], **last, reason=reason)


def _tag(ws: Workspace, tag: Row) -> Receipt:
    last = _last_change(ws, "tag", tag["id"], "")
    return Receipt(f"tag:{tag['dimension']}", tag["value"], None, True, tag["source"], tag["since"], **last)


def _last_change(ws: Workspace, entity: str, row_id: int, column: str) -> dict[str, Any]:
    """Who last set the row's column (any, if none is named), and when."""
    found = ws.db.first(
        """
        SELECT o.actor AS by, o.at FROM change JOIN operation AS o ON o.id = change.operation_id
        WHERE change.entity = :entity AND change.row_id = :id
            AND (change.action = 'added' OR instr(change.before, :column) > 0 OR :column = '')
        ORDER BY o.id DESC LIMIT 1
        """,
        {"entity": entity, "id": row_id, "column": column},
    )
    return {"by": found["by"], "at": ws.local(found["at"])} if found else {"by": None, "at": None}


def _differences(
    row: Row, subject: str, given: Receipt | None, asked: Sequence[Receipt], ws: Workspace
) -> Iterator[str]:
    """What to say where the stored value is not the one that the rules give today."""
    if given and given.source == "pin":
        return
    today = asked[-1].value if asked and asked[-1].holds else None
    has = given.value if given else None
    if today == has:
        return
    words = {"subject": subject, "has": has or _("none"), "today": today or _("none")}
    tier = ws.policy.tier(row["tier"]) if subject == "tier" and row["tier"] else None
    if tier and row["tier_drops"]:
        text = _("{subject}: {has} is kept; {drops} of {needed} reviews asked for {today}")
        yield text.format(**words, drops=row["tier_drops"], needed=tier.keep_for)
    else:
        command = "crm tier run" if subject == "tier" else "crm tag run"
        yield _("{subject}: {has} is stored, the rules give {today} today; run: {command}").format(
            **words, command=command
        )


def document(why: Why) -> list[Mapping[str, Any]]:
    """The receipts as the machine output has them: one object each, amounts as decimal strings."""
    return [
        {
            "subject": receipt.subject,
            "value": receipt.value,
            "holds": receipt.holds,
            "given": receipt.given,
            "source": receipt.source,
            "since": receipt.since,
            "by": receipt.by,
            "at": receipt.at,
            "reason": receipt.reason,
            "place": receipt.place,
            "rule": receipt.rule,
            "parts": [{"text": part.text, "holds": part.holds, "facts": part.facts} for part in receipt.parts],
            "records": [_records_document(found) for found in receipt.records],
            "policy": why.policy,
            "policy_version": why.version,
            "as_of": why.as_of.isoformat(),
        }
        for receipt in why.receipts
    ]


def _records_document(found: Records) -> Row:
    rows = [{**row, "amount": format_money(row["amount"])} if "amount" in row else row for row in found.rows]
    return {
        "facts": list(found.facts),
        "table": found.table,
        "since": found.since,
        "until": found.until,
        "count": found.count,
        "rows": rows,
    }
