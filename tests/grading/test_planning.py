"""The plan of a policy: what it says is what applying it, and running tags and tiers, then really does."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.care.derivations import DERIVATIONS
from crmcli.errors import InvalidInput
from crmcli.grading import policies
from crmcli.grading.planning import Plan, plan
from crmcli.grading.tags import add_tag, run_tags
from crmcli.grading.tiers import run_tiers, set_tier
from crmcli.policy import schema
from crmcli.store.database import Database
from crmcli.store.workspace import Workspace
from tests.conftest import Crm
from tests.grading.bases import TODAY, Contract, Customer, Order, bases, database, fill, opened

STANDARD = schema.preset("standard")
WEEK = {"day": 7, "week": 1, "month": 7 * 12 / 365.2425, "year": 7 / 365.2425}

# What people change in a policy, each as (old, new) in the text.
CHANGES = (
    ("top(amount_12m, 20)", "top(amount_12m, 50)"),
    ("amount_12m >= 500_000", "amount_12m >= 1_000"),
    ("days_since_order > 90 or", "days_since_order > 30 or"),
    ('dimension = "potential"', 'dimension = "outlook"'),
    ('keep_for = "2 reviews"', 'keep_for = "3 reviews"'),
    ('keep_for = "2 reviews"\n', ""),
    ('"growth"', '"rising"'),
    ('every = "3 months"', 'every = "6 weeks"'),
    ('channels = ["call", "visit", "video"]', 'channels = ["visit"]'),
    ('key = "check-in"', 'key = "lunch"'),
    ('timezone = "Asia/Shanghai"', 'timezone = "Europe/Berlin"'),
    ('name = "standard"', '# only a comment\nname = "standard"'),
)


@dataclass(frozen=True)
class State:
    """What a plan speaks of, as it is stored."""

    tiers: dict[str, Any]
    tags: dict[tuple[str, str], list[str]]
    touches: dict[tuple[str, str], tuple[str, str]]
    steps: dict[int, tuple[str, str, str]]  # code, playbook and day of those that are open
    owners: dict[str, str | None]


def state(ws: Workspace) -> State:
    policy, _problems = schema.load(policies.in_force(ws))
    assert policy is not None
    every = {(tier.key, touch.key): touch.every for tier in policy.tiers for touch in tier.touches}
    customers = ws.db.rows("SELECT code, tier, owner FROM customer")
    tags: dict[tuple[str, str], list[str]] = {}
    for row in ws.db.rows("SELECT code, dimension, value FROM tag JOIN customer ON customer.id = customer_id"):
        tags.setdefault((row["code"], row["dimension"]), []).append(row["value"])
    due = ws.db.rows("SELECT code, tier, touch, due_on FROM touch JOIN customer ON customer.id = customer_id")
    cadences = {(row["code"], row["touch"]): every[row["tier"], row["touch"]] for row in due}
    words = {key: f"{c.number} {c.unit}{'s' if c.number > 1 else ''}" for key, c in cadences.items()}
    return State(
        tiers={row["code"]: row["tier"] for row in customers},
        tags=tags,
        touches={(row["code"], row["touch"]): (words[row["code"], row["touch"]], row["due_on"]) for row in due},
        steps={row["id"]: (row["code"], row["playbook"], row["due_on"]) for row in ws.db.rows(OPEN_STEPS)},
        owners={row["code"]: row["owner"] for row in customers},
    )


OPEN_STEPS = """
    SELECT step.id, code, playbook, due_on FROM step JOIN customer ON customer.id = customer_id
    WHERE settled_on IS NULL
"""


def differences(before: State, after: State) -> set[tuple[str, str, Any, Any]]:
    found = {(code, "tier", was, after.tiers[code]) for code, was in before.tiers.items()}
    for code, dimension in before.tags.keys() | after.tags.keys():
        was, now = Counter(before.tags.get((code, dimension))), Counter(after.tags.get((code, dimension)))
        old, new = (next(iter(side), None) for side in (was - now, now - was))
        found.add((code, f"tag:{dimension}", old, new))
    for code, touch in before.touches.keys() | after.touches.keys():
        old, new = (side.touches.get((code, touch), (None, None))[0] for side in (before, after))
        found.add((code, f"touch:{touch}", old, new))
    return {row for row in found if row[2] != row[3]}


def load(side: State) -> dict[str | None, float]:
    total: dict[str | None, float] = {}
    for (code, _touch), (words, _due) in side.touches.items():
        number, unit = words.split()
        total.setdefault(side.owners[code], 0.0)
        total[side.owners[code]] += WEEK[unit.removesuffix("s")] / int(number)
    return total


def check(told: Plan, before: State, after: State) -> None:
    """The plan has every difference between the two, once, and its totals add them up."""
    rows = [(row["code"], row["fact"], row["from"], row["to"]) for row in told.rows]
    assert told.row_count == len(rows)
    expected = differences(before, after)
    assert len(rows) == len(set(rows))
    assert set(rows) == expected
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    moves = Counter((was, now) for _code, fact, was, now in expected if fact == "tier")
    assert {(move.before, move.after): move.customers for move in told.moves} == moves
    gained = Counter((fact[4:], now) for _code, fact, _was, now in expected if fact.startswith("tag:") and now)
    lost = Counter((fact[4:], was) for _code, fact, was, _now in expected if fact.startswith("tag:") and was)
    assert {(t.dimension, t.value): t.gained for t in told.tags if t.gained} == gained
    assert {(t.dimension, t.value): t.lost for t in told.tags if t.lost} == lost
    both = before.touches.keys() & after.touches.keys()
    days = [key for key in both if before.touches[key][1] != after.touches[key][1]]
    moved = Counter(touch for code, touch in days if before.touches[code, touch][0] == after.touches[code, touch][0])
    assert {t.touch: t.moved for t in told.touches if t.moved} == moved
    assert sum(t.gained + t.lost + t.changed for t in told.touches) == sum(r[1].startswith("touch:") for r in expected)
    was, now = load(before), load(after)
    codes = {step[0] for side in (before, after) for step in side.steps.values()}
    assert {one.owner for one in told.load} - was.keys() - now.keys() <= {before.owners[code] for code in codes}
    assert {one.owner for one in told.load} >= was.keys() | now.keys()
    for one in told.load:
        assert one.before == pytest.approx(was.get(one.owner, 0.0), abs=0.006)
        assert one.after == pytest.approx(now.get(one.owner, 0.0), abs=0.006)
    check_steps(told, before, after)
    assert told.changes == bool(expected or moved)
    assert told.customers == len({row[0] for row in expected} | {code for code, touch in days})


def check_steps(told: Plan, before: State, after: State) -> None:
    """The steps that begin and end, by playbook and by owner; no step of an earlier day is due in the first week."""
    begun = [step for id, step in after.steps.items() if id not in before.steps]
    ended = [step for id, step in before.steps.items() if id not in after.steps]
    assert {p.playbook: p.steps for p in told.playbooks if p.steps} == Counter(step[1] for step in begun)
    for p in told.playbooks:
        assert p.begun == len({code for code, playbook, _day in begun if playbook == p.playbook})
        assert p.ended == len({code for code, playbook, _day in ended if playbook == p.playbook})
    for one in told.load:
        assert one.steps == sum(before.owners[code] == one.owner for code, _playbook, _day in begun)
        assert one.dropped == sum(before.owners[code] == one.owner for code, _playbook, _day in ended)
    assert sum(one.first_week for one in told.load) == sum(p.first_week for p in told.playbooks)


def planned(ws: Workspace, text: str, **options: Any) -> Plan:
    """The plan with its rows in hand."""
    with plan(ws, text, derivations=DERIVATIONS, **options) as found:
        return replace(found, rows=tuple(found.rows))


def really(open: Callable[..., Any], text: str) -> None:
    """Three commands, as people give them."""
    for step in (lambda ws: policies.apply(ws, text), run_tags, run_tiers):
        with open() as ws:
            step(ws)


def changed(changes: list[tuple[str, str]]) -> str:
    text = STANDARD
    for old, new in changes:
        text = text.replace(old, new)
    return text


@settings(max_examples=60, deadline=None)
@given(
    base=bases(),
    changes=st.lists(st.sampled_from(CHANGES), max_size=4, unique=True),
    owners=st.lists(st.sampled_from(["Chen", "Wu", None]), min_size=9, max_size=9),
    pins=st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["strategic", "key", "basic"]), st.integers(0, 40))),
    graded=st.integers(0, 3),
    later=st.sampled_from([0, 1, 30]),
)
def test_a_plan_is_what_then_really_changes(
    founded: bytes,
    base: list[Customer],
    changes: list[tuple[str, str]],
    owners: list[str | None],
    pins: list[tuple[int, str, int]],
    graded: int,
    later: int,
) -> None:
    text = changed(changes)
    with database(founded) as path:
        with opened(path) as ws:
            fill(ws, base)
            for c, owner in zip(base, owners, strict=False):
                ws.db.execute("UPDATE customer SET owner = :owner WHERE id = :id", {"owner": owner, "id": c.id})
        for _run in range(graded):
            with opened(path) as ws:
                run_tags(ws)
                run_tiers(ws)
        with opened(path) as ws:
            for number, tier, days in pins:
                if number <= len(base) and base[number - 1].stage != "lead":
                    set_tier(ws, f"C{number:06d}", tier, reason="promised", until=TODAY + timedelta(days))
        stored = path.read_bytes()
        with opened(path, days=later, readonly=True) as ws:
            before = state(ws)
            told = planned(ws, text)
            assert state(ws) == before
        assert path.read_bytes() == stored
        really(lambda: opened(path, days=later), text)
        with opened(path, days=later, readonly=True) as ws:
            after = state(ws)
        check(told, before, after)
        with opened(path, days=later, readonly=True) as ws:
            # Once it is so there is nothing left to plan, but for drops that waited for one more review.
            assert "keep_for" in text or not planned(ws, text).changes


def test_on_the_demonstrations_base(stocked_bytes: bytes, db: Path, crm: Crm) -> None:
    db.write_bytes(stocked_bytes)
    text = changed([CHANGES[0], CHANGES[2], CHANGES[3], CHANGES[7]])
    with crm(readonly=True) as ws:
        before = state(ws)
        told = planned(ws, text)
    really(crm, text)
    with crm(readonly=True) as ws:
        check(told, before, state(ws))
    facts = {row["fact"].split(":")[0] for row in told.rows}
    assert facts == {"tier", "tag", "touch"}
    assert len(told.load) > 1


PLAYBOOKS = f"""
{STANDARD.replace('name = "standard"', 'name = "played"', 1)}
[[playbook]]
key = "welcome"
steps = [
  {{ after = "2 hours", channel = "call", action = "Call" }},
  {{ after = "7 days", channel = "visit", action = "Visit" }},
  {{ after = "8 days", channel = "push", action = "Offer" }},
]
[[on]]
event = "tier:basic"
playbook = "welcome"
"""


def test_the_steps_that_would_begin_and_end_are_told_by_playbook_and_owner(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(n, created_on=TODAY) for n in (1, 2, 3)])
        ws.db.execute("UPDATE customer SET owner = 'Chen', consent = 'no' WHERE id = 1")
        ws.db.execute("UPDATE customer SET owner = 'Wu', stage = 'lost' WHERE id = 2")
        ws.db.execute("UPDATE customer SET stage = 'lead' WHERE id = 3")
        told = planned(ws, PLAYBOOKS)
        assert ws.db.value("SELECT count(*) FROM step") == 0
    # Nothing is sent at large to who wants none of it; who is lost has no touches, and still the steps.
    assert [vars(p) for p in told.playbooks] == [
        {"playbook": "welcome", "begun": 2, "ended": 0, "steps": 5, "first_week": 4}
    ]
    assert [(one.owner, one.before, one.after > 0, one.steps, one.first_week) for one in told.load] == [
        ("Chen", 0.0, True, 2, 2), ("Wu", 0.0, False, 3, 2),
    ]  # fmt: skip
    for run in (lambda ws: policies.apply(ws, PLAYBOOKS), run_tiers):
        with crm() as ws:
            run(ws)
    with crm(readonly=True) as ws:
        ended = planned(ws, PLAYBOOKS.replace('"basic"', '"plain"').replace("tier:basic", "tier:plain"))
    assert [(p.begun, p.ended, p.steps) for p in ended.playbooks] == [(2, 2, 5)]
    assert [(one.owner, one.steps, one.dropped) for one in ended.load] == [("Chen", 2, 2), ("Wu", 3, 3)]


def test_whatever_follows_from_a_tier_is_rehearsed_on_a_base_that_cannot_be_written(crm: Crm, db: Path) -> None:
    """The day on which a renewal is asked for hangs on the tier, and stands beside the contract."""
    renewal = '\n[[occasion]]\nkind = "renewal"\nnotice = "90 days"\ntiers = ["plain"]\naction = "Renew"\n'
    renamed = STANDARD.replace('"basic"', '"plain"') + renewal
    with crm() as ws:
        fill(ws, [Customer(1, contracts=[Contract(TODAY + timedelta(30))])])
        run_tiers(ws)
    before = db.read_bytes()
    with crm(readonly=True) as ws:
        assert {row["to"] for row in planned(ws, renamed).rows if row["fact"] == "tier"} == {"plain"}
    assert db.read_bytes() == before


def test_a_first_grading_is_rehearsed_beside_a_writer_and_takes_no_index_away(crm: Crm, db: Path) -> None:
    with crm() as ws:
        fill(ws, [Customer(n) for n in (1, 2, 3)])
    writer = Database(db)
    writer.begin()
    with crm(readonly=True, busy_timeout=0) as ws:
        indexes = ws.db.rows("SELECT name FROM main.sqlite_master WHERE type = 'index' ORDER BY name")
        assert sum(move.customers for move in planned(ws, STANDARD).moves) == 3
        assert ws.db.rows("SELECT name FROM main.sqlite_master WHERE type = 'index' ORDER BY name") == indexes
    writer.rollback()
    writer.close()


def test_the_policy_in_force_changes_nothing_once_it_ran(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(n, orders=[Order(TODAY, n * 100)]) for n in range(1, 5)])
        assert planned(ws, policies.in_force(ws)).customers == 4
        run_tags(ws)
        run_tiers(ws)
    with crm(readonly=True) as ws:
        told = planned(ws, policies.in_force(ws))
    assert (told.rows, told.changes, told.customers) == ((), False, 0)
    assert [one.before == one.after > 0 for one in told.load] == [True]


def test_a_plan_counts_what_this_operation_has_written_and_leaves_no_trace(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
        told = planned(ws, STANDARD.replace("standard", "mine", 1))
        assert told.policy == "mine"
        assert {row["code"] for row in told.rows} == {"C000001"}
        assert ws.digest["name"] == "standard"
        assert ws.db.value("SELECT count(*) FROM temp.sqlite_master") == 0
        assert ws.db.value("SELECT count(*) FROM policy") == 1
        add_tag(ws, "C000001", "need:service")
    with crm(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM tag") == 1
        planned(ws, STANDARD)
        # It may not write afterwards either.
        assert ws.db.value("PRAGMA query_only") == 1


def test_problems_are_told_and_nothing_stays_behind(crm: Crm) -> None:
    with crm(readonly=True) as ws:
        with pytest.raises(InvalidInput) as caught:
            planned(ws, STANDARD.replace("amount_12m, 10", "amount_12n, 10"), source="mine.toml")
        assert [problem.where for problem in caught.value.problems] == ["tag[1].when"]
        assert "mine.toml" in caught.value.message
        assert ws.db.value("SELECT count(*) FROM temp.sqlite_master") == 0
        assert ws.db.value("PRAGMA query_only") == 1


def test_a_pin_and_a_drop_that_waits_are_respected(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(n, orders=[Order(TODAY, 600_000_00)]) for n in (1, 2, 3)])
        run_tags(ws)
        run_tiers(ws)
        set_tier(ws, "C000001", "strategic", reason="promised")
    poorer = STANDARD.replace("amount_12m >= 500_000", "amount_12m >= 900_000")
    with crm(readonly=True) as ws:
        # All three would drop; one is pinned, and of the others this would be the first review of two.
        waits = planned(ws, poorer)
        assert [row for row in waits.rows if row["fact"] == "tier"] == []
        assert (waits.exceptions.waiting, planned(ws, STANDARD).exceptions.waiting) == (2, 0)
        at_once = poorer.replace('keep_for = "2 reviews"\n', "")
        moved = [row["code"] for row in planned(ws, at_once).rows if row["fact"] == "tier"]
        renamed = planned(ws, re.sub("""(["'])strategic(["'])""", r"\1first\2", STANDARD))
    assert moved == ["C000002", "C000003"]
    assert (waits.exceptions.lost_pins, renamed.exceptions.lost_pins) == (0, 1)


def test_another_cadence_is_told_in_the_policys_words(crm: Crm) -> None:
    """The contacts before come from the policy in force, those after from the planned one."""
    with crm() as ws:
        fill(ws, [Customer(1)])
        run_tags(ws)
        run_tiers(ws)
    with crm(readonly=True) as ws:
        told = planned(ws, STANDARD.replace('every = "6 months"', 'every = "1 week"'))
    (alone,) = told.load
    assert (alone.owner, round(alone.before, 4), alone.after) == (None, 0.0383, 1.0)
    assert [{key: row[key] for key in ("fact", "from", "to")} for row in told.rows] == [
        {"fact": "touch:survey", "from": "6 months", "to": "1 week"}
    ]
