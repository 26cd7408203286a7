"""The facts and ranks that the runs ask from tables are those of the one SELECT."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.grading import fact_table, selecting
from crmcli.policy import facts, rules
from crmcli.policy.trees import Rank
from tests.policy import database

TODAY = date(2026, 6, 30)
NAMES = ["amount_12m", "amount_change", "last_order_on", "strategic", "r", "f", "m", "rfm"]
ORDERS = st.tuples(
    st.integers(1, 12),
    st.sampled_from(["2024-12-31", "2025-08-01", "2026-02-01", "2026-06-01", "2026-06-30"]),
    st.sampled_from([-500, 0, 100, 100, 250, 999]),
)
RANKS = st.builds(
    "{}({}, {})".format,
    st.sampled_from(["top", "bottom"]),
    st.sampled_from(NAMES),
    st.sampled_from([1, 10, 20, 33, 50, 80, 100]),
)


@given(
    orders=st.lists(ORDERS, max_size=30),
    ratings=st.lists(st.none() | st.integers(0, 5), min_size=12, max_size=12),
    texts=st.lists(RANKS, min_size=1, max_size=4),
    customers=st.integers(0, 12),
    sample=st.sampled_from([1, 3, 10_000]),
)
@settings(max_examples=150)
def test_facts_and_ranks_are_those_of_the_select(
    orders: list[tuple[int, str, int]], ratings: list[int | None], texts: list[str], customers: int, sample: int
) -> None:
    base = database.empty()
    for number in range(1, customers + 1):
        database.add_customer(base, number, strategic=ratings[number - 1])
    for number, (customer, day, amount) in enumerate(orders, 1):
        if customer <= customers:
            database.add_order(base, number, customer, day, amount)
    asked = [facts.rule(text) for text in texts]
    names = {name for rule in asked for name in rule.facts}
    params = facts.facts_params(TODAY, "UTC")

    def answers(select: str, *, bordered: bool) -> list[tuple[Any, ...]]:
        columns = [*sorted(names), *(rules.to_sql(rule, bordered=bordered) for rule in asked)]
        return base.execute(
            f"{select} SELECT customer_id, {', '.join(columns)} FROM facts ORDER BY 1", params
        ).fetchall()

    expected = answers(facts.with_facts(names), bordered=False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(selecting, "_SAMPLE", sample)
        ranks = [rule.tree for rule in asked if isinstance(rule.tree, Rank)]
        assert len(ranks) == len(asked)
        fact_table.make(database.door(base), names, ranks, params)
    assert answers("", bordered=True) == expected
    base.close()
