"""What the runs of tags and tiers share: the facts of the whole base at hand, and writes marked as computed."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from crmcli.policy import facts
from crmcli.policy.rules import Rule, to_sql
from crmcli.policy.trees import Rank, walk
from crmcli.store.workspace import Workspace

# Kilobytes of temporary tables in memory: the facts of a million customers with what is compared with them.
_CACHE = 128_000


@contextmanager
def over_facts(ws: Workspace, rules: Sequence[Rule], *, also: Collection[str] = ()) -> Iterator[None]:
    """Within the block there is a temporary view `facts` (`customer_id`, and what the rules and `also` name, of each
    rated customer), and what is written is journalled as computed.
    """
    names = {name for rule in rules for name in rule.facts}.union(also)
    ranked = {node.fact.name for rule in rules for node in walk(rule.tree) if isinstance(node, Rank)}
    params = facts.facts_params(ws.today, ws.digest["timezone"])
    usual = ws.db.value("PRAGMA temp.cache_size")
    ws.db.execute(f"PRAGMA temp.cache_size = -{_CACHE}")
    ws.db.execute("DROP VIEW IF EXISTS temp.facts")
    ws.db.execute("DROP TABLE IF EXISTS temp.stored_facts")
    for statement in facts.facts_table_sql(names, ranked=ranked, weights=ws.policy.weights):
        ws.db.execute(statement, params)
    with ws.computed():
        yield
    # The table goes when the next one is made, or with the connection: page by page it takes as long as a sort.
    ws.db.execute("DROP VIEW temp.facts")
    ws.db.execute(f"PRAGMA temp.cache_size = {usual}")


def first_that_holds(rules: Sequence[Rule], results: Sequence[str], *, before: str = "") -> str:
    """SQL: the result of the first rule that is true of a row of `facts`, else NULL.

    `before` has WHEN branches that come first. The rules need the parameter `:today`.
    """
    branches = [f"WHEN {to_sql(rule)} THEN {result}" for rule, result in zip(rules, results, strict=True)]
    return f"CASE {before} {' '.join(branches)} END"
