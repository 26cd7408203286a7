"""Schemes side by side: each as it would really run, and who would be where."""

from collections import Counter
from typing import Any

import pytest

from crmcli.care.derivations import DERIVATIONS
from crmcli.errors import InvalidInput
from crmcli.grading import policies
from crmcli.grading.simulating import Simulation, simulate
from crmcli.grading.tags import run_tags
from crmcli.grading.tiers import run_tiers, set_tier
from crmcli.policy import schema
from crmcli.store.workspace import Workspace
from tests.conftest import Crm
from tests.grading.bases import TODAY, Customer, Order, fill

STANDARD = schema.preset("standard")
# Two tiers by the amount alone, with names of their own.
HALVES = """
name = "halves"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"
[[tier]]
key = "upper"
label = { en = "Upper half", zh = "上半" }
when = "top(amount_12m, 50)"
touches = [
  { key = "call", every = "1 week", channels = ["call"] },
  { key = "visit", every = "2 weeks", channels = ["visit"] },
]
[[tier]]
key = "lower"
when = "true"
"""


def simulated(ws: Workspace, schemes: dict[str, str], **options: Any) -> Simulation:
    return simulate(ws, schemes, derivations=DERIVATIONS, **options)


@pytest.fixture
def base(crm: Crm) -> Crm:
    """Ten customers that bought for 10.00 to 100.00, graded; the smallest one is pinned; and a lead."""
    with crm() as ws:
        fill(ws, [*(Customer(n, orders=[Order(TODAY, n * 1000)]) for n in range(1, 11)), Customer(11, stage="lead")])
        run_tags(ws)
        run_tiers(ws)
        set_tier(ws, "C000001", "key", reason="promised")
    return crm


def test_each_scheme_is_what_it_would_really_be(base: Crm) -> None:
    with base(readonly=True) as ws:
        found = simulated(ws, {"current": policies.in_force(ws), "halves": HALVES})
    with base(dry_run=True) as ws:
        policies.apply(ws, HALVES)
        run_tags(ws)
        real = run_tiers(ws)
    told = [tier for tier in found.tiers if tier.policy == "halves"]
    assert [(t.tier, t.label, t.customers, t.share, t.amount_12m) for t in told] == [
        (c.tier, c.label, c.customers, c.share, c.amount_12m) for c in real
    ]
    assert [(t.amount_share, t.contacts_week) for t in told] == [(pytest.approx(400 / 550), 7.5), (150 / 550, 0.0)]
    current = {t.tier: t.customers for t in found.tiers if t.policy == "current"}
    assert current == {"strategic": 0, "key": 3, "growth": 6, "basic": 1}


def test_who_would_be_where(base: Crm) -> None:
    with base(readonly=True) as ws:
        found = simulated(ws, {"current": policies.in_force(ws), "halves": HALVES}, moves=True)
        without = simulated(ws, {"current": policies.in_force(ws), "halves": HALVES})
    told = [(one.before, one.after, one.customers) for one in found.crossings]
    # The pin is of a tier that the other scheme does not have.
    assert told == [
        ("key", "upper", 2), ("key", "lower", 1), ("growth", "upper", 3), ("growth", "lower", 3), ("basic", "lower", 1),
    ]  # fmt: skip
    assert Counter((row["from"], row["to"]) for row in found.moves) == {(b, a): n for b, a, n in told}
    assert [row["code"] for row in found.moves] == [f"C{n:06d}" for n in range(1, 11)]
    assert found.moves[0] == {
        "code": "C000001", "customer": "Customer 1", "policy": "halves", "from": "key", "to": "lower",
    }  # fmt: skip
    assert (without.crossings, without.moves) == (found.crossings, ())


def test_three_schemes_are_compared_with_the_first(base: Crm) -> None:
    wider = STANDARD.replace("top(amount_12m, 20)", "top(amount_12m, 50)")
    with base(readonly=True) as ws:
        found = simulated(ws, {"standard": STANDARD, "wider": wider, "halves": HALVES}, moves=True)
        alone = simulated(ws, {"wider": wider})
    assert list(dict.fromkeys(one.policy for one in found.crossings)) == ["wider", "halves"]
    for name in ("wider", "halves"):
        assert sum(one.customers for one in found.crossings if one.policy == name) == 10
    assert {row["to"] for row in found.moves if row["policy"] == "wider"} == {"key"}
    assert {t.tier: t.customers for t in alone.tiers} == {
        t.tier: t.customers for t in found.tiers if t.policy == "wider"
    }
    assert alone.crossings == ()


def test_nobody_is_no_division_by_nothing(crm: Crm) -> None:
    with crm(readonly=True) as ws:
        found = simulated(ws, {"a": STANDARD, "b": HALVES})
    assert {(t.customers, t.share, t.amount_share, t.contacts_week) for t in found.tiers} == {(0, 0.0, 0.0, 0.0)}
    assert found.crossings == ()


def test_a_scheme_with_problems_is_named(base: Crm) -> None:
    with base(readonly=True) as ws, pytest.raises(InvalidInput, match="bad"):
        simulated(ws, {"good": STANDARD, "bad": HALVES.replace("true", "treu")})
