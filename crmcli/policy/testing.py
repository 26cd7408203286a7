"""`crm policy test`: the examples that a policy carries, run through the rules as the whole base is.

An example is one customer, and its facts are what the file says; a fact that it does not say is missing. The rules
are the compiled ones, over a table `facts` that has this customer and, where the example states ranks, 99 others: by
each of those facts they stand above or below it so that it has the stated place among 100, 1 being the highest.
top() and bottom() then hold as they would in a base of 100 rated customers: with `rank = { amount_12m = 15 }`
top(amount_12m, 20) is true and top(amount_12m, 10) false.

Where an answer hangs on a rank that is not stated, the example fails and says so, rather than passing by luck.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from json import dumps
from typing import Any

from crmcli import i18n
from crmcli.fields.sources import known
from crmcli.i18n import _
from crmcli.policy.compiling import condition
from crmcli.policy.definitions import Example, Policy
from crmcli.policy.reading import nearest
from crmcli.policy.rules import Rule
from crmcli.policy.trees import FactName, HasTag, Junction, Node, Not, Rank, walk

RunSql = Callable[[str, Mapping[str, Any]], Sequence[Mapping[str, Any]]]
"""Runs one SELECT of SQLite with named parameters and gives its rows; it needs no tables."""

Tag = tuple[str, str]

_TIER = "tier:"  # no dimension has a colon

# Nothing in an example without dates depends on the day.
_SOME_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class TestOutcome:
    """One `[[test]]` of a policy.

    Attributes:
        number: its place in the file, from 1; `name` is what the file calls it, or "".
        tier, tags, not_tags: what it expects: a key ("" for any), and (dimension, value) that are given, and not given.
        actual_tier, actual_tags: what the rules give, "" and no tag where that is not certain; a tag in every dimension
            that has one.
        why: what is not as expected; "" where it passed.
    """

    number: int
    name: str
    tier: str
    actual_tier: str
    tags: tuple[Tag, ...]
    not_tags: tuple[Tag, ...]
    actual_tags: tuple[Tag, ...]
    why: str

    @property
    def passed(self) -> bool:
        return not self.why


def run(policy: Policy, run_sql: RunSql) -> list[TestOutcome]:
    """Every example of the policy, in the order of the file; `run_sql` lends a connection to SQLite."""
    return [
        _outcome(number, example, _Customer(policy, example, run_sql))
        for number, example in enumerate(policy.examples, start=1)
    ]


def _outcome(number: int, example: Example, customer: "_Customer") -> TestOutcome:
    tags = customer.tags()
    tier = customer.tier(tags)
    asked = {dimension for dimension, _value in (*example.tags, *example.not_tags)}
    unstated = {fact for dimension in asked for fact in customer.unstated.get(dimension, ())}
    unstated |= customer.unstated.get(_TIER, set()) if example.tier else set()
    if unstated:
        message = _("not certain: a rule ranks by {fact}; state its rank = {{ {fact} = 1…100 }}")
        wrong = [message.format(fact=fact) for fact in sorted(unstated)]
    else:
        wrong = [*_differences(customer.policy, example, tier, tags)]
    return TestOutcome(
        number=number,
        name=example.name,
        tier=example.tier,
        actual_tier=tier,
        tags=example.tags,
        not_tags=example.not_tags,
        actual_tags=tuple(tags.items()),
        why=i18n.sentences(wrong),
    )


def _differences(policy: Policy, example: Example, tier: str, tags: Mapping[str, str]) -> Iterator[str]:
    if example.tier and tier != example.tier:
        keys = [one.key for one in policy.tiers]
        differs = _("tier: {actual}, not {expected}").format(actual=tier, expected=example.tier)
        yield i18n.sentences([differs, *_unless(example.tier, keys)])
    known = [f"{tag.dimension}:{tag.value}" for tag in policy.tags]
    for dimension, value in example.tags:
        if tags.get(dimension) != value:
            actual = tags.get(dimension) or _("(none)")
            differs = _("{actual}, not {expected}").format(actual=actual, expected=value)
            yield i18n.sentences([i18n.named(dimension, differs), *_unless(f"{dimension}:{value}", known)])
    own = {f"{dimension}:{value}" for dimension, value in example.by_hand}  # the company's own dimensions among them
    for dimension, value in example.not_tags:
        name = f"{dimension}:{value}"
        if tags.get(dimension) == value:
            yield _("{dimension}: {value}, which it must not be").format(dimension=dimension, value=value)
        elif name not in own:
            # A tag that is misspelt, or was renamed, is never given: the test would pass for ever.
            yield from _unless(name, known)


def _unless(name: str, known: Collection[str]) -> list[str]:
    """What to say where an example expects what the policy does not have."""
    return [] if name in known else [_("the policy has no {name}").format(name=name) + nearest(name, known)]


class _Customer:
    """The customer of an example. `unstated` has, by dimension (or _TIER), the facts whose rank an answer hangs on."""

    def __init__(self, policy: Policy, example: Example, run_sql: RunSql) -> None:
        self.policy = policy
        self.example = example
        self.run_sql = run_sql
        self.unstated: dict[str, set[str]] = {}

    def tags(self) -> dict[str, str]:
        """The tag of each dimension that has one: what is set by hand wins over the rules."""
        found = dict(self.example.by_hand)
        dimensions: dict[str, dict[str, Rule]] = {}
        last: dict[str, int] = {}
        for position, tag in enumerate(self.policy.tags):
            if tag.when is not None:
                dimensions.setdefault(tag.dimension, {})[tag.value] = tag.when
                last[tag.dimension] = position
        # A rule asks only for tags whose values all stand above it.
        for dimension in sorted(dimensions.keys() - found.keys(), key=last.__getitem__):
            if value := self._first(dimension, dimensions[dimension], found):
                found[dimension] = value
        return found

    def tier(self, tags: Mapping[str, str]) -> str:
        """The tier's key; "" where that is not certain."""
        return self._first(_TIER, {tier.key: tier.when for tier in self.policy.tiers}, tags)

    def _first(self, subject: str, rules: Mapping[str, Rule], tags: Mapping[str, str]) -> str:
        """The key of the first rule that holds; "" if none does, or one before it cannot be told."""
        leaves = {leaf for rule in rules.values() for leaf in _leaves(rule.tree) if not self._unstated(leaf)}
        truths = self._ask([*leaves], tags)
        for key, rule in rules.items():
            holds = _holds(rule.tree, truths)
            if holds is None:
                unstated = (self._unstated(leaf) for leaf in _leaves(rule.tree))
                self.unstated[subject] = {fact for facts in unstated for fact in facts}
            if holds is not False:
                return key if holds else ""
        return ""

    def _unstated(self, leaf: Node) -> set[str]:
        """The facts whose rank the condition asks for, itself or through a tag, and the example does not state."""
        if isinstance(leaf, HasTag):
            return self.unstated.get(leaf.dimension, set())
        if isinstance(leaf, Rank) and leaf.fact.name not in self.example.rank:
            value = self.example.facts.get(leaf.fact.name)
            # What is missing, or zero, is never top; what is missing is always bottom.
            if value is not None and (value != 0 or leaf.function == "bottom"):
                return {leaf.fact.name}
        return set()

    def _ask(self, conditions: Sequence[Node], tags: Mapping[str, str]) -> dict[Node, bool]:
        """Which of the conditions hold."""
        if not conditions:
            return {}
        params: dict[str, Any] = {
            "today": (self.example.today or _SOME_DAY).isoformat(),
            "fields": dumps(self.example.fields, ensure_ascii=False),
            "tags": dumps([*tags.items()], ensure_ascii=False),
        }
        asked = {node.name for one in conditions for node in walk(one) if isinstance(node, FactName)}
        columns, others = ["0 AS customer_id"], ["n"]
        for name in sorted(asked):
            column, other = self._column(name, params)
            columns.append(f"{column} AS {name}")
            others.append(other)
        sql = f"""
            WITH RECURSIVE place (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < 99),
            tag (customer_id, dimension, value) AS (
                SELECT 0, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:tags)),
            customer (id, extra) AS (SELECT 0, :fields),
            facts AS MATERIALIZED (SELECT {", ".join(columns)} UNION ALL SELECT {", ".join(others)} FROM place)
            SELECT {{}} AS holds FROM facts WHERE customer_id = 0
        """
        # One at a time: an example has few, and a statement may have so many columns only.
        return {one: bool(self.run_sql(sql.format(condition(one, "sqlite")), params)[0]["holds"]) for one in conditions}

    def _column(self, name: str, params: dict[str, Any]) -> tuple[str, str]:
        """SQL of a fact for the customer, and for the n-th of the others."""
        value, place = self.example.facts.get(name), self.example.rank.get(name)
        if value is None:
            return "NULL", "NULL"
        params[name] = known(str(value)) if name == "source" else _plain(value)
        if place is None or isinstance(value, str):
            return f":{name}", "NULL"
        params[f"{name}_place"] = place
        params[f"{name}_above"], params[f"{name}_below"] = map(_plain, _neighbours(value))
        return f":{name}", f"CASE WHEN n < :{name}_place THEN :{name}_above ELSE :{name}_below END"


def _neighbours(value: int | Decimal | date) -> tuple[int | Decimal | date, int | Decimal | date]:
    """Something above the value, and something below it."""
    if isinstance(value, date):
        return value + timedelta(days=1), value - timedelta(days=1)
    return value + 1, value - 1


def _plain(value: int | Decimal | str | date) -> int | float | str:
    """A fact as the database has it."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _leaves(node: Node) -> Iterator[Node]:
    """The conditions that `and`, `or` and `not` put together."""
    match node:
        case Not(operand=operand):
            yield from _leaves(operand)
        case Junction(parts=parts):
            for part in parts:
                yield from _leaves(part)
        case _:
            yield node


def _holds(node: Node, truths: Mapping[Node, bool]) -> bool | None:
    """Whether a rule holds, None where that hangs on a condition that is not known."""
    match node:
        case Not(operand=operand):
            inner = _holds(operand, truths)
            return None if inner is None else not inner
        case Junction(word=word, parts=parts):
            found = {_holds(part, truths) for part in parts}
            decisive = word == "or"
            return decisive if decisive in found else None if None in found else not decisive
        case _:
            return truths.get(node)
