"""Rules asked of the whole base: the facts at hand while tags and tiers are given, and the first rule that holds."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from crmcli.grading import fact_table
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
    ranks = {node for rule in rules for node in walk(rule.tree) if isinstance(node, Rank)}
    params = facts.facts_params(ws.today, ws.zone)
    usual = ws.db.value("PRAGMA temp.cache_size")
    ws.db.execute(f"PRAGMA temp.cache_size = -{_CACHE}")
    try:
        fact_table.make(ws.db, names, ranks, params, weights=ws.policy.weights)
        with ws.computed():
            yield
        # Its tables stay: see `fact_table.make`.
        ws.db.drop_temporary("facts")
    finally:
        ws.db.execute(f"PRAGMA temp.cache_size = {usual}")


def first_that_holds(rules: Sequence[Rule], results: Sequence[str], *, before: str = "") -> str:
    """SQL: the result of the first rule that is true of a row of `facts`, else NULL.

    `before` has WHEN branches that come first. The rules need the parameter `:today`; ranks, of which rules for leads
    have none, ask the table `border` (see `fact_table`).
    """
    asked = zip(rules, results, strict=True)
    branches = [f"WHEN {to_sql(rule, bordered=True)} THEN {result}" for rule, result in asked]
    return f"CASE {before} {' '.join(branches)} END"
