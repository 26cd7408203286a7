"""What the runs of tags and tiers share: the facts of the whole base at hand, and writes marked as computed."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from crmcli.policy import facts
from crmcli.policy.rules import Rule, to_sql
from crmcli.store.workspace import Workspace


@contextmanager
def over_facts(ws: Workspace, names: Collection[str]) -> Iterator[None]:
    """Within the block there is a temporary table `facts` (`customer_id` and the named facts of each rated
    customer), and what is written is journalled as computed.
    """
    ws.db.execute("DROP TABLE IF EXISTS facts")
    create, fill = facts.facts_table_sql(names, weights=ws.policy.weights)
    ws.db.execute(create)
    ws.db.execute(fill, facts.facts_params(ws.today, ws.digest["timezone"]))
    with ws.computed():
        yield
    ws.db.execute("DROP TABLE facts")


def first_that_holds(rules: Sequence[Rule], results: Sequence[str], *, before: str = "") -> str:
    """SQL: the result of the first rule that is true of a row of `facts`, else NULL.

    `before` has WHEN branches that come first. The rules need the parameter `:today`.
    """
    branches = [f"WHEN {to_sql(rule)} THEN {result}" for rule, result in zip(rules, results, strict=True)]
    return f"CASE {before} {' '.join(branches)} END"
