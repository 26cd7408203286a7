"""The rule language of the policy: text -> checked tree -> SQL condition.

`amount_12m >= 500_000 and (top(orders_12m, 10) or tag("risk", "stable"))`; the grammar is in `parsing`.
A rule is never evaluated as code: every name is known and every type fits before any SQL is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from crmcli.i18n import _
from crmcli.policy.compiling import condition
from crmcli.policy.dialects import Dialect
from crmcli.policy.parsing import FUNCTIONS, Parser
from crmcli.policy.tokens import RuleError, tokenize
from crmcli.policy.trees import (
    Constant,
    FactName,
    FactType,
    HasTag,
    Junction,
    Node,
    children,
    walk,
)

__all__ = ["FUNCTIONS", "FactType", "Rule", "RuleError", "parse", "to_sql"]

# SQLite's parser keeps at most 100 open symbols; a division inside a division opens six, and the statement
# around the rule needs room, too.
MAX_DEPTH = 12


@dataclass(frozen=True)
class Rule:
    """A rule that was read and checked.

    `facts` are all facts it names, those inside functions included; `tags` the (dimension, value or None)
    it asks for. `origin` is where `text` begins in the text that was parsed (0 but for parts).
    """

    text: str
    tree: Node
    facts: frozenset[str]
    tags: frozenset[tuple[str, str | None]]
    origin: int = 0

    @property
    def always(self) -> bool:
        """Whether it is the plain `true`."""
        return isinstance(self.tree, Constant) and self.tree.value is True

    @property
    def joined_by(self) -> str:
        """The word between the parts: "and", "or", or "" where there is one part only."""
        return self.tree.word if isinstance(self.tree, Junction) else ""

    def parts(self) -> tuple["Rule", ...]:
        """The conditions that the outermost `and` or `or` joins, each a rule; else the rule itself."""
        if not isinstance(self.tree, Junction):
            return (self,)
        return tuple(self._part(node) for node in self.tree.parts)

    def _part(self, node: Node) -> "Rule":
        text = self.text[node.start - self.origin : node.end - self.origin]
        return _rule(text, node, origin=node.start)


def parse(text: str, facts: Mapping[str, FactType]) -> Rule:
    """Read and check a rule over the named facts.

    Raises:
        RuleError: with the column of the first thing wrong; of unknown facts every one is told.
    """
    parser = Parser(tokenize(text), facts)
    try:
        tree = parser.whole()
    except RuleError:
        if not parser.unknown:
            raise
    if parser.unknown:
        first, *others = parser.unknown
        raise RuleError(first.message, first.column, tuple(others))
    deep = _too_deep(tree, MAX_DEPTH)
    if deep is not None:
        raise RuleError(_("the rule is nested too deeply"), deep.start + 1)
    return _rule(text, tree, origin=0)


def to_sql(rule: Rule, dialect: Dialect = "sqlite", *, bordered: bool = False) -> str:
    """The rule as an SQL condition over the rows of a table or CTE `facts`; never NULL.

    `facts` has one row for each rated customer: `customer_id` and the rule's facts, named as they are.
    The only parameter is `:today` (see `facts.facts_params`). With `bordered` the borders of ranks are looked up in a
    table `border` (name, value; see `compiling.border_name`), else worked out from `facts`.
    """
    return condition(rule.tree, dialect, bordered=bordered)


def _rule(text: str, tree: Node, *, origin: int) -> Rule:
    nodes = list(walk(tree))
    facts = frozenset(node.name for node in nodes if isinstance(node, FactName))
    tags = frozenset((node.dimension, node.value) for node in nodes if isinstance(node, HasTag))
    return Rule(text, tree, facts, tags, origin)


def _too_deep(node: Node, allowed: int) -> Node | None:
    if allowed == 0:
        return node
    return next((deep for child in children(node) if (deep := _too_deep(child, allowed - 1))), None)
