"""Runs of tags and tiers in a row, with edits between them, against plain Python; and all of it undone again."""

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import crmcli
from crmcli.grading.policies import apply
from crmcli.grading.tags import run_tags
from crmcli.grading.tiers import FOREVER, run_tiers, set_tier
from crmcli.store import journal
from crmcli.store.reversing import undo
from crmcli.store.workspace import Workspace
from tests.grading.bases import Customer, Order, fill

# Ranks over a date, a sum, a quintile and rfm, of shares that come to none, one and all; rules that ask for tags.
POLICY = """
name = "rounds"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"
tag = [
  { dimension = "order", value = "late", when = "top(last_order_on, 33.3333)" },
  { dimension = "order", value = "early", when = "bottom(last_order_on, 0.5)" },
  { dimension = "rfm", value = "best", when = "rfm >= 333 and top(amount_12m, 100)" },
  { dimension = "rfm", value = "worst", when = "bottom(rfm, 20) and not tag('order', 'late')" },
  { dimension = "mood", value = "good", when = "tag('order') and tag('rfm', 'best')" },
]
tier = [
  { key = "a", when = "top(m, 10) or tag('mood')", keep_for = "2 reviews" },
  { key = "b", when = "r >= 3 and not bottom(amount_total, 50)", keep_for = "3 reviews" },
  { key = "c", when = "true" },
]
"""
KEEP = {"a": 2, "b": 3, "c": 1}
# A year, and a year and a day, after a day that their years do not have.
DAYS = [date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1)]


def values(base: list[Customer], today: date) -> dict[int, dict[str, Any]]:
    """The facts of the rated customers that the rules ask for."""
    year = date(today.year - 1, today.month, min(today.day, 28))
    found: dict[int, dict[str, Any]] = {}
    for c in base:
        counted = [o for o in c.orders if o.status in ("paid", "open") and o.day <= today]
        sales = [o.day for o in counted if o.amount >= 0]
        if c.stage != "lead":
            found[c.id] = {
                "last_order_on": max(sales, default=None),
                "orders_total": len(sales),
                "amount_total": sum(o.amount for o in counted),
                "amount_12m": sum(o.amount for o in counted if o.day > year),
            }
    buyers = [facts for facts in found.values() if facts["orders_total"]]
    for name, of in (("r", "last_order_on"), ("f", "orders_total"), ("m", "amount_total")):
        for facts in found.values():
            worse = sum(other[of] < facts[of] for other in buyers) if facts in buyers else None
            facts[name] = None if worse is None else 1 + 5 * worse // len(buyers)
    for facts in found.values():
        facts["rfm"] = 100 * facts["r"] + 10 * facts["f"] + facts["m"] if facts in buyers else None
    return found


def asked(base: list[Customer], today: date) -> tuple[set[tuple[int, str, str]], dict[int, str]]:
    """The tags and the tier that the rules ask for."""
    found = values(base, today)

    def place(facts: dict[str, Any], name: str, sign: int) -> int:
        """1 + those before it, from the highest (1) or the lowest (-1); what is missing is the lowest."""
        own = facts[name]
        if own is None:
            return 1 + (sum(other[name] is not None for other in found.values()) if sign > 0 else 0)
        others = [other[name] for other in found.values()]
        before = [
            o for o in others if (o is None and sign < 0) or (o is not None and (o > own if sign > 0 else o < own))
        ]
        return 1 + len(before)

    def top(facts: dict[str, Any], name: str, ten_thousandths: int) -> bool:
        return bool(facts[name]) and place(facts, name, 1) <= -(-len(found) * ten_thousandths // 1_000_000)

    def bottom(facts: dict[str, Any], name: str, per_mille: int) -> bool:
        return place(facts, name, -1) <= -(-len(found) * per_mille // 1000)

    tags: set[tuple[int, str, str]] = set()
    tiers = {}
    for who, facts in found.items():
        order = "late" if top(facts, "last_order_on", 333_333) else "early" if bottom(facts, "last_order_on", 5) else ""
        best = (facts["rfm"] or 0) >= 333 and top(facts, "amount_12m", 1_000_000)
        rfm = "best" if best else "worst" if bottom(facts, "rfm", 200) and order != "late" else ""
        mood = "good" if order and rfm == "best" else ""
        tags |= {(who, d, v) for d, v in (("order", order), ("rfm", rfm), ("mood", mood)) if v}
        second = (facts["r"] or 0) >= 3 and not bottom(facts, "amount_total", 500)
        tiers[who] = "a" if top(facts, "m", 100_000) or mood else "b" if second else "c"
    return tags, tiers


def graded(has: dict[str, Any], asks: str | None, today: date) -> dict[str, Any]:
    """What a run makes of a customer's tier, pin and drops; None is asked for a lead."""
    if asks is None:
        return {"tier": None, "pin": None, "drops": 0, "day": None}
    if has["tier"] and has["pin"] and has["pin"] >= today:
        return has
    reviews = has["drops"] + (has["day"] != today)
    if has["tier"] and asks > has["tier"] and reviews < KEEP[has["tier"]] and not has["pin"]:
        return {**has, "drops": reviews, "day": today}
    return {"tier": asks, "pin": None, "drops": 0, "day": None}


def dump(path: Path) -> dict[str, list[Any]]:
    """All that an undo brings back."""
    with crmcli.open(path, readonly=True) as ws:
        names = [row["name"] for row in ws.db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: ws.db.rows(f"SELECT * FROM {name} ORDER BY 1, 2") for name in names if name not in _JOURNAL}


_JOURNAL = ("operation", "change", "change_span")


def random_base(chance: random.Random) -> list[Customer]:
    days = [day + timedelta(n) for day in (*DAYS, date(2023, 2, 28), date(2024, 2, 28)) for n in (-1, 0, 1)]
    amounts = [0, 1, 100, 100, 5_000, -300]
    if chance.random() < 0.2:
        amounts = [chance.choice(amounts)]
    return [
        Customer(
            number,
            stage=chance.choice(["active", "active", "prospect", "lead"]),
            orders=[
                Order(chance.choice(days), chance.choice(amounts), chance.choice(["paid", "open", "returned"]))
                for _nth in range(chance.choice([0, 1, 2, 5]))
            ],
        )
        for number in range(1, chance.choice([1, 2, 9, 21]) + 1)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_runs_in_a_row_are_what_plain_python_says_and_come_undone(founded: bytes, tmp_path: Path, seed: int) -> None:
    chance, path = random.Random(seed), tmp_path / "crm.db"
    path.write_bytes(founded)
    base = random_base(chance)
    done: list[tuple[int, dict[str, list[Any]]]] = []

    def doing(what: Callable[[Workspace], object], today: date) -> int | None:
        before = dump(path)
        with crmcli.open(path, now=datetime.combine(today, time(9))) as ws:
            what(ws)
            if ws.wrote is not None:
                done.append((ws.wrote, before))
            return ws.wrote

    doing(lambda ws: apply(ws, POLICY), DAYS[0])
    doing(lambda ws: fill(ws, base), DAYS[0])
    stand: dict[int, dict[str, Any]] = {c.id: graded({}, None, DAYS[0]) for c in base}
    for today in (*DAYS, DAYS[-1], DAYS[0]):
        if chance.random() < 0.5:
            doing(run_tags, today)
            assert doing(run_tags, today) is None
            doing(run_tiers, today)
        else:
            doing(partial(run_tiers, tags=True), today)
        tags, tiers = asked(base, today)
        stand = {who: graded(has, tiers.get(who), today) for who, has in stand.items()}
        with crmcli.open(path, readonly=True) as ws:
            assert {(t["customer_id"], t["dimension"], t["value"]) for t in ws.db.rows("SELECT * FROM tag")} == tags
            assert {
                row["id"]: (row["tier"], row["tier_pinned_until"], row["tier_drops"], row["tier_drop_on"])
                for row in ws.db.rows("SELECT * FROM customer")
            } == {
                who: (has["tier"], has["pin"] and str(has["pin"]), has["drops"], has["day"] and str(has["day"]))
                for who, has in stand.items()
            }
        for c in chance.sample(base, len(base) // 2):
            if chance.random() < 0.5:
                c.stage = chance.choice(["active", "lead"])
                doing(partial(journal.change, entity="customer", row_id=c.id, values={"stage": c.stage}), today)
            elif c.stage != "lead":
                until = chance.choice([today, today + timedelta(200), FOREVER])
                stand[c.id] = {"tier": "b", "pin": until, "drops": 0, "day": None}
                doing(partial(set_tier, customer=c.code, tier="b", reason="so", until=until), today)
    for operation, before in reversed(done):
        with crmcli.open(path, now=datetime.combine(DAYS[0], time(9))) as ws:
            assert undo(ws, operation).count("kept") == 0
        assert dump(path) == before
