"""Tiers: by rule against a plain model; pins, reviews in a row, history, undo."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.errors import InvalidInput, NotFound, Refused
from crmcli.grading.policies import apply, in_force
from crmcli.grading.tags import run_tags
from crmcli.grading.tier_history import tier_history
from crmcli.grading.tiers import Move, moved, moves, pins, run_tiers, set_tier, tiers, unset_tier
from crmcli.store.workspace import Workspace
from tests.conftest import Crm
from tests.grading.bases import D12, NOW, TODAY, Customer, Order, bases, database, expected_tiers, fill, opened, rated

# Tiers that follow the one rating, so that a test can ask for any of them.
BY_POTENTIAL = """
name = "by potential"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"
[[tier]]
key = "a"
when = "potential == 4"
keep_for = "2 reviews"
[[tier]]
key = "b"
label = { en = "Bee", zh = "乙" }
when = "potential == 3"
keep_for = "3 reviews"
[[tier]]
key = "c"
when = "potential == 2"
[[tier]]
key = "d"
when = "true"
"""
RENAMED = BY_POTENTIAL.replace('key = "a"', 'key = "first"')
RULES = {"a": "potential == 4", "b": "potential == 3", "c": "potential == 2", "d": "true"}
KEEP = {"a": 2, "b": 3, "c": 1, "d": 1}


def whole(ws: Workspace) -> list[dict[str, Any]]:
    return ws.db.rows("SELECT * FROM customer ORDER BY id")


DROP_WAITS = "tiers: nobody moved; reviews and pins of 1 noted; 1 drop waits for another review"


def stand(ws: Workspace, customer: int = 1) -> dict[str, Any]:
    row = ws.db.first("SELECT * FROM customer WHERE id = :id", {"id": customer})
    assert row is not None
    return {key.removeprefix("tier_"): row[key] for key in row if key.startswith("tier") and key != "tier_drop_on"}


def rate(ws: Workspace, potential: int, customer: int = 1) -> None:
    ws.db.execute("UPDATE customer SET potential = :p WHERE id = :id", {"p": potential, "id": customer})


@pytest.fixture
def rating(crm: Crm) -> Crm:
    """A database with tiers by potential and one customer of the best."""
    with crm() as ws:
        apply(ws, BY_POTENTIAL)
        fill(ws, [Customer(1, potential=4)])
        run_tiers(ws)
    return crm


@settings(max_examples=60, deadline=None)
@given(base=bases())
def test_a_run_gives_what_a_plain_reading_of_the_rules_gives(founded: bytes, base: list[Customer]) -> None:
    with database(founded) as path:
        with opened(path) as ws:
            fill(ws, base)
            run_tags(ws)
        with opened(path) as ws:
            before = whole(ws)
            counts = run_tiers(ws)
            after = whole(ws)
            wrote = ws.wrote
        expected = expected_tiers(base)
        assert {row["id"]: row["tier"] for row in after if row["tier"]} == expected
        assert [count.tier for count in counts] == ["strategic", "key", "growth", "basic"]
        for count in counts:
            inside = [c for c in rated(base) if expected[c.id] == count.tier]
            assert (count.customers, count.joined, count.left) == (len(inside), len(inside), 0)
            assert count.amount_12m == sum(c.amount(D12) for c in inside)
            assert count.share == (len(inside) / len(expected) if expected else 0)
        with opened(path, readonly=True) as ws:
            assert [(c.tier, c.customers, c.share, c.amount_12m) for c in tiers(ws)] == [
                (c.tier, c.customers, c.share, c.amount_12m) for c in counts
            ]
        with opened(path, days=1) as ws:
            again = run_tiers(ws) if not _moves_overnight(base) else []
            assert ws.wrote is None
            assert not [count for count in again if count.joined or count.left]
        if wrote is not None:
            with opened(path) as ws:
                crmcli.undo(ws)
                assert whole(ws) == before
            with opened(path) as ws:
                crmcli.redo(ws)
                assert whole(ws) == after


def _moves_overnight(base: list[Customer]) -> bool:
    """Whether an order or a complaint enters or leaves the year tomorrow, or a contract ends."""
    days = (TODAY + timedelta(days=1), D12 + timedelta(days=1))
    moving = any(o.day in days for c in base for o in c.orders)
    # A case or contract that begins or ends about now may count tomorrow: those bases are left out.
    return moving or any(c.contracts or c.cases for c in base)


@settings(max_examples=60, deadline=None)
@given(asks=st.lists(st.tuples(st.sampled_from([0, 1, 1, 30]), st.sampled_from("abcd")), min_size=1, max_size=12))
def test_a_drop_waits_for_as_many_reviews_as_the_tier_says(founded: bytes, asks: list[tuple[int, str]]) -> None:
    """The runs of a day are one review."""
    with database(founded) as path:
        with opened(path) as ws:
            apply(ws, BY_POTENTIAL)
            fill(ws, [Customer(1)])
        tier: str | None = None
        since, day, dropped_on, drops = "", 0, -1, 0
        moves: list[tuple[str | None, str]] = []
        for later, ask in asks:
            day += later
            with opened(path, days=day) as ws:
                rate(ws, {"a": 4, "b": 3, "c": 2, "d": 0}[ask])
                run_tiers(ws)
                reviews = drops + (day != dropped_on)
                asked_again = tier is not None and ask > tier and reviews < KEEP[tier]
                if asked_again:
                    drops, dropped_on = reviews, day
                else:
                    drops, dropped_on = 0, -1
                    if ask != tier:
                        moves.append((tier, ask))
                        tier, since = ask, ws.today.isoformat()
                assert tier is not None
                expected = {"tier": tier, "on": since, "pinned_until": None, "reason": RULES[tier], "drops": drops}
                assert stand(ws) == expected
        with opened(path, readonly=True) as ws:
            history = tier_history(ws, "C000001")
        assert [(row["from"], row["to"]) for row in reversed(history)] == moves
        assert all(row["reason"] == RULES[row["to"]] and row["policy"] == "by potential" for row in history)


def test_a_run_tells_whom_it_moved_and_between_which_tiers(crm: Crm) -> None:
    with crm() as ws:
        apply(ws, BY_POTENTIAL)
        fill(ws, [Customer(n, potential=p) for n, p in ((1, 4), (2, 3), (3, 2), (4, 2))])
        assert (moved(ws), moves(ws)) == ([], ())
    with crm() as ws:
        run_tiers(ws)
        assert moves(ws) == (Move(None, "a", 1), Move(None, "b", 1), Move(None, "c", 2))
        assert moved(ws)[1] == {
            "code": "C000002", "customer": "Customer 2", "from": None, "to": "b", "reason": RULES["b"],
        }  # fmt: skip
    with crm() as ws:
        set_tier(ws, "C000004", "b", reason="promised")
        rate(ws, 2)  # the first of two reviews that ask for a drop: it stays
        rate(ws, 4, customer=3)
        rate(ws, 4, customer=4)
    with crm() as ws:
        run_tiers(ws)
        assert [(row["code"], row["from"], row["to"]) for row in moved(ws)] == [("C000003", "c", "a")]
        assert moves(ws) == (Move("c", "a", 1),)
    with crm(now=NOW + timedelta(days=1)) as ws:
        # A customer that is no longer rated leaves, too.
        ws.db.execute("UPDATE customer SET stage = 'lead' WHERE id = 2")
    with crm(now=NOW + timedelta(days=1)) as ws:
        run_tiers(ws)
        assert moves(ws) == (Move("a", "c", 1), Move("b", None, 1))
    with crm(now=NOW + timedelta(days=1)) as ws:
        run_tiers(ws)
        assert (moved(ws), ws.wrote) == ([], None)


def test_a_second_run_on_the_day_of_a_review_is_not_another_review(rating: Crm) -> None:
    """The night's run and one by hand at noon: what waits goes on waiting, and the second says nothing."""
    with rating() as ws:
        rate(ws, 2)
    with rating() as ws:
        run_tiers(ws)
        assert (stand(ws)["tier"], ws.summary) == ("a", DROP_WAITS)
    with rating(now=NOW + timedelta(hours=4)) as ws:
        run_tiers(ws)
        assert (stand(ws)["tier"], ws.wrote, ws.summary) == ("a", None, "")
    with rating(now=NOW + timedelta(days=1)) as ws:
        run_tiers(ws)
        assert stand(ws)["tier"] == "c"


def test_a_day_without_a_count_is_no_review_yet(rating: Crm) -> None:
    """As the undo of a run that an older version did leaves it."""
    with rating() as ws:
        rate(ws, 2)
        ws.db.execute("UPDATE customer SET tier_drop_on = '2026-11-20'")
        run_tiers(ws)
        assert (stand(ws)["tier"], stand(ws)["drops"]) == ("a", 1)


def test_undo_of_a_waiting_drop_gives_the_count_back(rating: Crm) -> None:
    with rating() as ws:
        rate(ws, 2)
    with rating() as ws:
        run_tiers(ws)
        assert stand(ws)["drops"] == 1
        assert ws.db.value("SELECT before FROM change WHERE operation_id = :op", {"op": ws.wrote}) == (
            '{"tier_drops":0,"tier_drop_on":null}'
        )
    with rating() as ws:
        crmcli.undo(ws)
        assert stand(ws) == {"tier": "a", "on": "2026-11-20", "pinned_until": None, "reason": RULES["a"], "drops": 0}


def test_a_run_tells_of_pins_to_tiers_that_the_policy_no_longer_has(rating: Crm) -> None:
    with rating() as ws:
        set_tier(ws, "C000001", "a", reason="promised")
    with rating() as ws:
        apply(ws, RENAMED)
        run_tiers(ws)
        assert ws.summary == "tiers: 1 customer moved; 1 pin ends: the policy does not have its tier"
        assert stand(ws)["pinned_until"] is None


def test_a_run_tells_of_drops_that_wait_and_pins_that_have_run_out(crm: Crm) -> None:
    with crm() as ws:
        apply(ws, BY_POTENTIAL)
        fill(ws, [Customer(n, potential=4) for n in (1, 2, 3)])
        # What a lead was pinned to is over, and no news.
        ws.db.execute("UPDATE customer SET stage = 'lead', tier_pinned_until = '2026-11-01' WHERE id = 3")
        run_tiers(ws)
        set_tier(ws, "C000002", "a", reason="promised", until=TODAY)
        rate(ws, 2, 1)
    with crm() as ws:
        run_tiers(ws)
        assert ws.summary == DROP_WAITS
    with crm(now=NOW + timedelta(days=1)) as ws:
        run_tiers(ws)
        assert ws.summary == "tiers: 1 customer moved; 1 pin has run out"
    with crm(now=NOW + timedelta(days=2)) as ws:
        run_tiers(ws)
        assert ws.wrote is None


def test_pins_are_listed_by_their_end(rating: Crm) -> None:
    with rating() as ws:
        fill(ws, [Customer(n, potential=2) for n in (2, 3)])
        run_tiers(ws)
        assert pins(ws) == []
        set_tier(ws, "C000003", "a", reason="promised")
        set_tier(ws, "C000002", "b", reason="for the fair", until=TODAY + timedelta(days=9))
    with rating(readonly=True) as ws:
        found = [tuple(row.values()) for row in pins(ws)]
    assert found == [
        ("C000002", "Customer 2", "b", "2026-11-20", "2026-11-29", "for the fair"),
        ("C000003", "Customer 3", "a", "2026-11-20", "9999-12-31", "promised"),
    ]


def test_a_pin_holds_to_its_last_day_and_no_longer(rating: Crm) -> None:
    with rating() as ws:
        row = set_tier(ws, "C000001", "Bee", reason=" promised ", until=date(2026, 11, 30))
        assert (row["tier"], row["pinned_until"], row["reason"]) == ("b", "2026-11-30", "promised")
    with rating(now=ws.now.replace(day=30)) as ws:
        run_tiers(ws)
        assert ws.wrote is None
    with rating(now=ws.now.replace(month=12, day=1)) as ws:
        counts = {c.tier: (c.customers, c.joined, c.left) for c in run_tiers(ws)}
        assert (counts["a"], counts["b"]) == ((1, 1, 0), (0, 0, 1))
        pinned = {"tier": "b", "on": "2026-11-20", "pinned_until": "2026-11-30", "reason": "promised", "drops": 0}
        assert stand(ws) == {"tier": "a", "on": "2026-12-01", "pinned_until": None, "reason": RULES["a"], "drops": 0}
    with rating() as ws:
        crmcli.undo(ws)
        assert stand(ws) == pinned


def test_the_end_of_a_pin_is_its_end_however_long_a_drop_would_wait(rating: Crm) -> None:
    with rating() as ws:
        rate(ws, 2)
        set_tier(ws, "C000001", "a", reason="promised", until=ws.today)
    with rating(now=ws.now.replace(day=21)) as ws:
        run_tiers(ws)
        assert stand(ws) == {"tier": "c", "on": "2026-11-21", "pinned_until": None, "reason": RULES["c"], "drops": 0}


def test_a_lifted_pin_leaves_the_tier_to_the_next_run(rating: Crm) -> None:
    with rating() as ws:
        assert set_tier(ws, "C000001", "c", reason="small")["pinned_until"] == "9999-12-31"
    with rating() as ws:
        unset_tier(ws, "C000001")
        assert stand(ws)["tier"] == "c"
    with rating() as ws:
        unset_tier(ws, "C000001")
        assert ws.wrote is None
        run_tiers(ws)
        assert stand(ws)["tier"] == "a"


def test_a_tier_without_a_reason_gets_the_rule_that_agrees(rating: Crm) -> None:
    with rating() as ws:
        ws.db.execute("UPDATE customer SET tier_reason = NULL")
        run_tiers(ws)
        assert stand(ws) == {"tier": "a", "on": "2026-11-20", "pinned_until": None, "reason": RULES["a"], "drops": 0}


def test_a_customer_that_became_a_lead_loses_its_tier(rating: Crm) -> None:
    with rating() as ws:
        ws.db.execute("UPDATE customer SET stage = 'lead', tier_pinned_until = '9999-12-31', tier_drops = 1")
        before = whole(ws)
    with rating() as ws:
        assert [(c.tier, c.customers, c.left) for c in run_tiers(ws) if c.left] == [("a", 0, 1)]
        assert set(stand(ws).values()) == {None, 0}
    with rating() as ws:
        crmcli.undo(ws)
        assert whole(ws) == before


@pytest.mark.parametrize("pinned", [None, "9999-12-31"])
def test_a_tier_that_the_policy_does_not_know_is_given_up(rating: Crm, pinned: str | None) -> None:
    with rating() as ws:
        ws.db.execute("UPDATE customer SET tier = 'gold', tier_pinned_until = :day", {"day": pinned})
    with rating(readonly=True) as ws:
        assert [(c.tier, c.customers) for c in tiers(ws) if c.customers] == [("gold", 1)]
    with rating() as ws:
        run_tiers(ws)
        assert (stand(ws)["tier"], stand(ws)["pinned_until"]) == ("a", None)


def test_who_is_not_graded_yet_is_counted_last(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1), Customer(2, stage="lead")])
        assert [(c.tier, c.customers, c.share) for c in tiers(ws)][-1] == (None, 1, 1.0)


def test_what_cannot_be_pinned(rating: Crm) -> None:
    with rating() as ws:
        with pytest.raises(InvalidInput, match="gold"):
            set_tier(ws, "C000001", "gold", reason="x")
        with pytest.raises(InvalidInput, match="reason"):
            set_tier(ws, "C000001", "a", reason=" ")
        with pytest.raises(InvalidInput, match="2026-11-19"):
            set_tier(ws, "C000001", "a", reason="x", until=date(2026, 11, 19))
        with pytest.raises(NotFound):
            set_tier(ws, "nobody", "a", reason="x")
        ws.db.execute("UPDATE customer SET stage = 'lead'")
        with pytest.raises(Refused):
            set_tier(ws, "C000001", "a", reason="x")


def test_history_tells_who_moved_whom_under_which_policy(rating: Crm) -> None:
    with rating(actor="boss") as ws:
        set_tier(ws, "C000001", "c", reason="small")
    with rating() as ws:
        apply(ws, BY_POTENTIAL.replace("by potential", "second"))
    with rating(actor="night") as ws:
        unset_tier(ws, "C000001")
    with rating(actor="night") as ws:
        run_tiers(ws)
    with rating(actor="boss") as ws:
        crmcli.undo(ws)
    with rating(readonly=True) as ws:
        history = tier_history(ws)
    assert list(history[0]) == ["code", "at", "from", "to", "reason", "policy", "actor", "policy_version"]
    found = [
        tuple(row[key] for key in ("from", "to", "reason", "policy", "actor", "policy_version")) for row in history
    ]
    assert found == [
        ("a", "c", "small", "by potential", "boss", 2),
        (None, "a", RULES["a"], "by potential", "tester", 2),
    ]


def test_history_tells_versions_of_one_name_apart(rating: Crm) -> None:
    with rating() as ws:
        apply(ws, RENAMED)
    with rating() as ws:
        run_tiers(ws)
    with rating(readonly=True) as ws:
        found = [(row["policy"], row["policy_version"], row["to"]) for row in tier_history(ws)]
    assert found == [("by potential", 3, "first"), ("by potential", 2, "a")]


def test_a_customer_that_becomes_a_lead_has_moved(rating: Crm) -> None:
    with rating() as ws:
        ws.db.execute("UPDATE customer SET stage = 'lead'")
        counts = run_tiers(ws)
        assert ws.summary == "tiers: 1 customer moved"
    assert [(count.tier, count.left) for count in counts if count.left] == [("a", 1)]


def test_what_was_undone_is_no_move_until_it_is_done_again(rating: Crm) -> None:
    def history() -> list[tuple[str, str, str]]:
        with rating(readonly=True) as ws:
            return [(row["from"], row["to"], row["actor"]) for row in tier_history(ws)]

    def do(actor: str, *steps: Callable[[Workspace], object]) -> None:
        for step in steps:
            with rating(actor=actor) as ws:
                step(ws)

    before = history()
    do("night", lambda ws: apply(ws, RENAMED), run_tiers)
    assert history() == [("a", "first", "night"), *before]
    do("boss", crmcli.undo, crmcli.undo)
    assert history() == before
    do("boss", crmcli.redo, crmcli.redo)
    assert history() == [("a", "first", "boss"), *before]
    do("night", crmcli.undo)
    assert history() == before
    # One taken back from under a later one is told: without it the others would not follow one another.
    do("boss", lambda ws: set_tier(ws, "C000001", "b", reason="small", until=TODAY))
    with rating(readonly=True) as ws:
        pin = ws.db.value("SELECT max(id) FROM operation")
    with rating(actor="night", now=NOW + timedelta(days=1)) as ws:
        rate(ws, 2)
        run_tiers(ws)
    do("boss", lambda ws: crmcli.undo(ws, pin))
    assert history() == [("c", "a", "boss"), ("b", "c", "night"), ("a", "b", "boss"), *before]


def test_the_touches_of_a_new_policy_are_due_at_once(db: Path, crm: Crm) -> None:
    """The derived dates follow the version that was applied, not the one that was read before."""
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 600_000_00)])])
        run_tags(ws)
        run_tiers(ws)
    with crm() as ws:
        assert ws.digest["name"] == "standard"
        apply(ws, in_force(ws).replace('key = "deep-talk"', 'key = "lunch"'))
    with crm() as ws:
        assert [row["touch"] for row in ws.db.rows("SELECT touch FROM touch")] == ["lunch"]
        crmcli.undo(ws)
    with crm(readonly=True) as ws:
        assert [row["touch"] for row in ws.db.rows("SELECT touch FROM touch")] == ["deep-talk"]


def test_tags_and_tiers_may_share_an_operation(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(n, orders=[Order(TODAY, n * 100)]) for n in range(1, 11)])
        run_tags(ws)
        run_tiers(ws)
    with crm() as ws:
        assert Counter(row["tier"] for row in whole(ws)) == {"key": 2, "growth": 6, "basic": 2}
        assert crmcli.undo(ws).count("reversed") == 10 + 10 + 50 + 20
