"""What rules say of one customer: each rule and its conditions, with the values they see, from one query."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from crmcli.grading.records import Records, records
from crmcli.grading.why.receipts import InForce, Part, Receipt, Step, own_records
from crmcli.policy import facts
from crmcli.policy.completeness import DEFAULT_WEIGHTS, filled_sql
from crmcli.policy.dialects import own_field
from crmcli.policy.rules import Rule, to_sql
from crmcli.policy.sections.service import CASE_FACTS
from crmcli.policy.trees import Days, HasTag, OwnField, Rank, walk
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import format_money


@dataclass(frozen=True)
class Asked:
    """A rule, what it gives, and where in the policy it stands (keys and 0-based positions)."""

    value: str
    path: tuple[str | int, ...]
    rule: Rule


class Answers:
    """The values and conditions of rules of the policy, for one customer.

    `more` are facts that only these rules know, with their values. Customers are compared with the rated ones, and
    the others only looked at where they are; `everybody` finds a lead, too. Where the customer has no facts, `rated`
    is false and nothing can be asked.
    """

    def __init__(
        self,
        ws: Workspace,
        policy: InForce,
        customer_id: int,
        rules: Sequence[Rule],
        *,
        more: Mapping[str, Any] | None = None,
        everybody: bool = False,
    ) -> None:
        self.ws = ws
        self.policy = policy
        self.customer_id = customer_id
        self.more = more or {}
        who = {"id": customer_id}
        self.tags = ws.db.rows("SELECT * FROM tag WHERE customer_id = :id ORDER BY dimension, value", who)
        asked = [sql for rule in rules for sql in _conditions(rule)]
        self._columns = {sql: f"answer_{number}" for number, sql in enumerate(dict.fromkeys(asked))}
        names = {name for rule in rules for name in rule.facts} - self.more.keys()
        known = facts.facts_sql(names, weights=ws.policy.weights, everybody=everybody)
        extra = "".join(f", :more_{name} AS {name}" for name in self.more)
        compared = any(facts.compares(replace(rule, facts=rule.facts - self.more.keys())) for rule in rules)
        alone = "" if compared else " WHERE known.customer_id = :id"
        columns = ["facts.*", *(f"{sql} AS {name}" for sql, name in self._columns.items())]
        found = ws.db.first(
            f"WITH facts AS MATERIALIZED (SELECT known.*{extra} FROM ({known}) AS known{alone}) "
            f"SELECT {', '.join(columns)} FROM facts WHERE facts.customer_id = :id",
            {
                **facts.facts_params(ws.today, ws.zone),
                **{f"more_{name}": value for name, value in self.more.items()},
                **who,
            },
        )
        self._customer = ws.db.first("SELECT * FROM customer WHERE id = :id", who) or {}
        self.rated = found is not None
        self._row: Row = found or {}

    def holds(self, rule: Rule) -> bool:
        return bool(self._row[self._columns[to_sql(rule)]])

    def receipt(
        self,
        subject: str,
        asked: Asked,
        *,
        given: bool = False,
        first: tuple[Records, ...] = (),
        steps: tuple[Step, ...] = (),
        **more: Any,
    ) -> Receipt:
        """The receipt of one rule; `first` stand before the records of its facts, `more` are further attributes."""
        rule = asked.rule
        return Receipt(
            subject=subject,
            value=asked.value,
            holds=self.holds(rule),
            given=given,
            source="rule",
            **self.policy.at(*asked.path),
            rule=rule.text,
            joined_by=rule.joined_by,
            parts=tuple(self._part(part) for part in rule.parts()),
            steps=(*self._completeness(rule), *steps),
            records=(*first, *self._records(rule)),
            **more,
        )

    def _records(self, rule: Rule) -> tuple[Records, ...]:
        """The records behind the rule's facts: those that were counted, and the customer's own fields."""
        columns = {name: _FIELDS[name] for name in sorted(rule.facts & _FIELDS.keys()) if name not in self.more}
        if self._customer["since"] is None:
            columns.pop("tenure_days", None)
        own = dict.fromkeys(node.heading for node in walk(rule.tree) if isinstance(node, OwnField))
        counted = records(self.ws, self.customer_id, sorted(rule.facts - columns.keys()))
        return (*counted, *own_records(self.ws, self._customer, columns, own))

    def _completeness(self, rule: Rule) -> tuple[Step, ...]:
        """How complete the customer's record is, field by field, where the rule asks for it."""
        if "completeness" not in rule.facts:
            return ()
        weights = self.ws.policy.weights or DEFAULT_WEIGHTS
        columns = ", ".join(f"{filled_sql(field)} AS {field}" for field in weights)
        found = self.ws.db.first(f"SELECT {columns} FROM customer AS c WHERE c.id = :id", {"id": self.customer_id})
        weighed: dict[bool, list[str]] = {True: [], False: []}
        for field, filled in (found or {}).items():
            weighed[bool(filled)].append(f"{field} {weights[field].normalize():f}")
        filled, missing = (" + ".join(names) for names in weighed.values())
        formula = f"({filled or 0}) / {sum(weights.values(), Decimal()).normalize():f}"
        result = str(_shown("completeness", self._row["completeness"]))
        return (Step("completeness", formula, result, {"missing": missing} if missing else {}),)

    def _part(self, rule: Rule) -> Part:
        return Part(rule.text, self.holds(rule), dict(self._values(rule)))

    def _values(self, rule: Rule) -> Iterator[tuple[str, Any]]:
        """Facts by name; the place of a ranked one; the tags asked for. Money is a decimal string."""
        for name in sorted(rule.facts):
            yield _spoken(name), self.more[name] if name in self.more else _shown(name, self._row[name])
        for node in walk(rule.tree):
            if isinstance(node, Rank):
                yield f"{node.function}_rank({node.fact.name})", self._row[self._columns[_place_in(node)]]
                yield "rated_customers", self._row[self._columns[_RATED]]
            elif isinstance(node, Days):
                yield f"{node.function}({node.fact.name})", self._days(node)
            elif isinstance(node, HasTag):
                has = [tag["value"] for tag in self.tags if tag["dimension"] == node.dimension]
                yield f"tag:{node.dimension}", ", ".join(has) or None
            elif isinstance(node, OwnField):
                yield node.heading, self._row[self._columns[own_field(node.heading, "sqlite")]]

    def _days(self, node: Days) -> int | None:
        day = self._row[node.fact.name]
        if day is None:
            return None
        since = (self.ws.today - date.fromisoformat(day)).days
        return since if node.function == "days_since" else -since


# The customer's fields that facts are, or are reckoned from.
_FIELDS = {name: name for name, fact in facts.FACTS.items() if fact.group == "customer"}
_FIELDS |= {"age_days": "created_on", "tenure_days": "since"}
_RATED = "(SELECT count(*) FROM facts)"


def _conditions(rule: Rule) -> Iterator[str]:
    yield to_sql(rule)
    for part in rule.parts():
        yield to_sql(part)
    for node in walk(rule.tree):
        if isinstance(node, Rank):
            yield _place_in(node)
            yield _RATED
        elif isinstance(node, OwnField):
            yield own_field(node.heading, "sqlite")


def _place_in(node: Rank) -> str:
    """The customer's place by a fact: from the lowest, or the highest for top(), where missing and zero have none."""
    name = node.fact.name
    if node.function == "top":
        better = f"(SELECT count(*) FROM facts AS other WHERE other.{name} > facts.{name})"
        placed = f"facts.{name} <> 0" if node.fact.type == "number" else f"facts.{name} IS NOT NULL"
        return f"(CASE WHEN {placed} THEN 1 + {better} END)"
    lower = f"(other.{name} < facts.{name} OR (other.{name} IS NULL AND facts.{name} IS NOT NULL))"
    return f"(1 + (SELECT count(*) FROM facts AS other WHERE {lower}))"


def _spoken(name: str) -> str:
    """A fact as the policy writes it: `case.kind` is `case_kind` to the database."""
    return name.replace("_", ".", 1) if name in CASE_FACTS else name


def _shown(name: str, value: Any) -> Any:
    """A fact's value for machine and man: money as a decimal string, a share rounded."""
    if value is None:
        return None
    kind = facts.FACTS[name].kind
    if kind == "money":
        return format_money(round(value * 100))
    return round(value, 6) if kind == "share" else value
