"""Playbooks: what starts them, what ends them, how their steps are worked off, and what undo makes of all that."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli import i18n
from crmcli.care.contacts import log
from crmcli.care.due import DueItem, due
from crmcli.care.plan import plan
from crmcli.care.settling import settle
from crmcli.cleaning import merging
from crmcli.errors import NotFound, Refused
from crmcli.grading import policies, tags, tiers
from crmcli.store import journal
from crmcli.store.reversing import redo, undo
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_contact, add_customer, copied
from tests.conftest import NOW, Crm, Run
from tests.store.dumps import dump

POLICY = """
name = "plays"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"

[[tag]]
dimension = "risk"
value = "churn-risk"
when = "potential <= 1"

[[tag]]
dimension = "risk"
value = "shaky"
when = "potential <= 2"

[[tag]]
dimension = "mood"
value = "cross"

[[tier]]
key = "strategic"
label = { en = "Strategic", zh = "战略客户" }
when = "strategic >= 5"

[[tier]]
key = "basic"
when = "true"

[[lead_grade]]
key = "A"
when = "need and budget"
playbook = "lead-a"

[[lead_grade]]
key = "B"
when = "true"

[[playbook]]
key = "retention"
label = { en = "Win back", zh = "挽回" }
steps = [
  { after = "1 day", channel = "call", action = { en = "Ask why", zh = "询问原因" } },
  { after = "1 week", channel = "visit", action = "Visit" },
  { after = "2 weeks", channel = "call", action = "Ask again" },
]

[[playbook]]
key = "welcome"
steps = [{ after = "3 days", channel = "push", action = "Welcome" }]

[[playbook]]
key = "lead-a"
steps = [
  { after = "24 hours", channel = "call", action = "Call" },
  { after = "3 days", channel = "visit", action = "Go" },
]

[[playbook]]
key = "apology"
steps = [{ after = "90 minutes", channel = "call", action = "Apologise" }]

[[on]]
event = "tag:risk=churn-risk"
playbook = "retention"

[[on]]
event = "tag:mood=cross"
playbook = "retention"

[[on]]
event = "tier:strategic"
playbook = "welcome"

[[on]]
event = "case:complaint"
playbook = "apology"
"""

FIRST, SECOND, THIRD = (f"retention:C000001:retention:{number}" for number in (1, 2, 3))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("playbooks") / "crm.db"
    with crmcli.open(path, create=True, now=datetime.fromisoformat(NOW)) as ws:
        policies.apply(ws, POLICY)
    return path.read_bytes()


@pytest.fixture
def tagged(crm: Crm) -> Crm:
    """A base where C000001 gained risk:churn-risk today."""
    with crm() as ws:
        add_contact(ws, customer(ws, "One", phone="+861065540000", owner="Li"), "Chen", phone="+8613800138001")
    with crm() as ws:
        tags.run_tags(ws)
    return crm


def customer(ws: Workspace, name: str = "One", **given: Any) -> int:
    return add_customer(ws, name, **{"tier": "basic", "potential": 1, "strategic": None, **given})


def case(ws: Workspace, customer_id: int = 1, **given: Any) -> None:
    number = 1 + ws.db.value("SELECT count(*) FROM cases")
    row = {"number": f"K{number}", "customer_id": customer_id, "kind": "complaint", "severity": "minor"}
    journal.add(ws, "cases", [row | {"opened_at": "2026-11-20T01:00:00Z", "status": "open"} | given])


def items(crm: Crm, days: int = 30, now: str = NOW) -> list[DueItem]:
    with crm(readonly=True, now=datetime.fromisoformat(now)) as ws:
        return due(ws, days=days, kinds=("retention", "lead", "case"))


def keys(crm: Crm, days: int = 30) -> list[str]:
    return [item.key for item in items(crm, days)]


def do(crm: Crm, *given: Callable[[Workspace], Any], now: str = NOW) -> None:
    """Each in an operation of its own."""
    for act in given:
        with crm(now=datetime.fromisoformat(now)) as ws:
            act(ws)


def set_potential(value: int) -> Callable[[Workspace], Any]:
    return lambda ws: journal.change(ws, "customer", 1, {"potential": value})


# --------------------------------------------------------------------------------------------- what is due


def test_a_tag_gained_starts_its_playbook(tagged: Crm) -> None:
    first, second, third = items(tagged)
    assert (first.key, second.key, third.key) == (FIRST, SECOND, THIRD)
    assert (first.due_on, second.due_on, third.due_on) == (date(2026, 11, 21), date(2026, 11, 27), date(2026, 12, 4))
    assert (first.kind, first.action, first.channel, first.owner) == ("retention", "Ask why", "call", "Li")
    assert (first.contact, first.phone, first.due_at) == ("Chen", "+8613800138001", None)
    assert first.reason == "tagged risk:churn-risk on 2026-11-20; Win back, step 1"
    assert items(tagged, 0) == []
    assert [item.late_days for item in items(tagged, 0, "2026-11-28T09:00+08:00")] == [7, 1]
    i18n.choose("zh")
    try:
        assert [item.action for item in items(tagged)] == ["询问原因", "Visit", "Ask again"]
    finally:
        i18n.choose("en")


def test_a_tier_entered_a_lead_graded_and_a_case_opened(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, strategic=5, potential=5)
        customer(ws, "Lead", stage="lead", tier=None, grade="B", potential=5)
    assert keys(crm) == []
    with crm() as ws:
        tiers.run_tiers(ws)
        journal.change(ws, "customer", 2, {"grade": "A"})
        case(ws)
        case(ws, 2, status="closed")
    assert [(item.key, item.due_on.day, item.due_at, item.reason) for item in items(crm)] == [
        (
            "case:C000001:apology:1",
            20,
            "2026-11-20T10:30:00+08:00",
            "complaint K1 opened on 2026-11-20; apology, step 1",
        ),
        ("lead:C000002:lead-a:1", 21, "2026-11-21T09:00:00+08:00", "lead graded A on 2026-11-20; lead-a, step 1"),
        ("retention:C000001:welcome:1", 23, None, "came into tier Strategic on 2026-11-20; welcome, step 1"),
        ("lead:C000002:lead-a:2", 23, None, "lead graded A on 2026-11-20; lead-a, step 2"),
    ]
    do(crm, lambda ws: journal.change(ws, "customer", 1, {"consent": "no"}))
    assert "retention:C000001:welcome:1" not in keys(crm)


def test_whoever_is_added_with_it_has_just_got_it(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, "Lead", stage="lead", tier=None, grade="A")
        customer(ws, "Graded, but no lead", grade="A")
        customer(ws, "Strategic", tier="strategic")
    assert len(keys(crm)) == 3


def test_coming_steps_are_planned_but_are_no_touches(tagged: Crm) -> None:
    with tagged(readonly=True) as ws:
        planned, load = plan(ws, until=date(2026, 12, 1))
        assert [(item.due_on.day, item.kind, item.action) for item in planned] == [
            (21, "retention", "Ask why"),
            (27, "retention", "Visit"),
        ]
        assert load == []


def test_the_day_is_read_from_an_index(tagged: Crm) -> None:
    with tagged(readonly=True) as ws:
        reads: list[str] = []
        rows = ws.db.rows
        ws.db.rows = lambda sql, params=None: reads.append(sql) or rows(sql, params)  # type: ignore[method-assign, func-returns-value]
        due(ws, kinds=["retention"])
        (sql,) = [sql for sql in reads if "FROM step" in sql]
        steps = [row["detail"] for row in rows(f"EXPLAIN QUERY PLAN {sql}", {"until": "2026-11-20"})]
        assert steps[0].startswith("SEARCH p USING INDEX step_due (due_on<?)")
        assert not any(step.startswith("SCAN") for step in steps)


# ----------------------------------------------------------------------------------------- starting and ending


def test_what_is_so_already_starts_nothing(tagged: Crm) -> None:
    do(tagged, tags.run_tags, tags.run_tags)
    assert keys(tagged) == [FIRST, SECOND, THIRD]
    with tagged(readonly=True) as ws:
        assert ws.db.value("SELECT max(id) FROM operation") == 3


def test_the_same_tag_by_hand_or_a_row_of_another_kind_starts_nothing(tagged: Crm) -> None:
    do(tagged, lambda ws: tags.add_tag(ws, "C000001", "risk:churn-risk"))
    do(tagged, lambda ws: case(ws, kind="enquiry"), lambda ws: case(ws, status="resolved"))
    assert keys(tagged) == [FIRST, SECOND, THIRD]


def test_one_that_runs_is_not_started_twice(crm: Crm) -> None:
    do(crm, lambda ws: customer(ws, potential=5), case)
    assert keys(crm) == ["case:C000001:apology:1"]
    do(crm, lambda ws: settle(ws, "case:C000001:apology:1", "done"), case)
    assert keys(crm) == ["case:C000001:apology:1.2"]
    do(crm, lambda ws: journal.change(ws, "cases", 2, {"severity": "major", "status": "responded"}))
    assert keys(crm) == ["case:C000001:apology:1.2"]
    do(crm, lambda ws: settle(ws, "case:C000001:apology:1.2", "done"))
    assert keys(crm) == []


def test_another_event_starts_it_beside_the_one_that_runs(tagged: Crm) -> None:
    do(tagged, lambda ws: tags.add_tag(ws, "C000001", "mood:cross"))
    assert keys(tagged)[:2] == [FIRST, f"{FIRST}.2"]
    do(tagged, lambda ws: tags.remove_tag(ws, "C000001", "mood:cross"))
    assert keys(tagged) == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize("potential", [2, 5], ids=["another value", "no tag"])
def test_a_tag_lost_ends_the_open_steps(tagged: Crm, potential: int) -> None:
    do(tagged, lambda ws: settle(ws, FIRST, "done"), set_potential(potential), tags.run_tags)
    assert keys(tagged) == []
    with tagged(readonly=True) as ws:
        rows = ws.db.rows("SELECT number, settled_on, how FROM step")
        assert [(row["number"], row["how"]) for row in rows] == [(1, "done"), (2, "ended"), (3, "ended")]
        assert {row["settled_on"] for row in rows} == {"2026-11-20"}
    with tagged() as ws, pytest.raises(NotFound):
        settle(ws, SECOND, "done")
    do(tagged, set_potential(1), tags.run_tags)
    assert keys(tagged) == [f"{FIRST}.2", f"{SECOND}.2", f"{THIRD}.2"]


def test_a_tier_left_a_lead_that_is_none_any_more_and_a_case_closed_end_theirs(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, tier="strategic", potential=5)
        customer(ws, "Lead", stage="lead", tier=None, grade="A", potential=5)
        case(ws)
    assert len(keys(crm)) == 4
    do(crm, tiers.run_tiers, lambda ws: journal.change(ws, "customer", 2, {"stage": "active"}))
    assert keys(crm) == ["case:C000001:apology:1"]
    do(crm, lambda ws: journal.change(ws, "cases", 1, {"status": "closed"}))
    assert keys(crm) == []


def test_a_new_policy_leaves_what_was_begun(tagged: Crm) -> None:
    do(tagged, lambda ws: policies.apply(ws, POLICY[: POLICY.index("[[lead_grade]]")]), tags.run_tags)
    assert items(tagged)[0].reason.endswith("Win back, step 1")


# ---------------------------------------------------------------------------------------------- working it off


def test_done_snooze_and_skip(tagged: Crm) -> None:
    do(tagged, lambda ws: settle(ws, FIRST, "snooze", until=date(2026, 11, 25)))
    with tagged() as ws:
        assert settle(ws, SECOND, "skip", reason="on holiday").next_on is None
    assert [(item.key, item.due_on.day) for item in items(tagged)] == [(FIRST, 25), (THIRD, 4)]
    assert items(tagged, 3) == []
    do(tagged, lambda ws: settle(ws, FIRST, "done"))
    with tagged() as ws, pytest.raises(Refused, match="settled already: done on 2026-11-20"):
        settle(ws, FIRST, "done")
    do(tagged, undo, undo, undo)
    assert keys(tagged) == [FIRST, SECOND, THIRD]


def test_a_contact_over_its_channel_settles_the_next_step(tagged: Crm) -> None:
    with tagged() as ws:
        assert log(ws, "C000001", "by mail", channel="email").answered == ()
        assert log(ws, "C000001", "asked", channel="call").answered == (FIRST,)
        assert ws.db.value("SELECT answers FROM interaction WHERE topic = 'asked'") == FIRST
    # The third is a call, too, but its turn has not come.
    with tagged() as ws:
        assert log(ws, "C000001", "asked again", channel="call").answered == ()
    with tagged(now=datetime(2026, 12, 5)) as ws:
        assert log(ws, "C000001", "late call", channel="call").answered == (THIRD,)
    assert keys(tagged) == [SECOND]


def test_a_contact_of_before_it_began_settles_nothing(tagged: Crm) -> None:
    with tagged() as ws:
        assert log(ws, "C000001", "earlier", at=datetime(2026, 11, 19)).answered == ()


def test_a_contact_settles_the_step_it_is_for(tagged: Crm) -> None:
    with tagged() as ws:
        assert log(ws, "C000001", "met", channel="visit", answers=THIRD).answered == (THIRD,)
    assert keys(tagged) == [FIRST, SECOND]
    with tagged() as ws:
        assert log(ws, "C000001", "called", answers=FIRST).answered == (FIRST,)
    do(tagged, undo)
    assert keys(tagged) == [FIRST, SECOND]


def test_at_the_command_line(run: Run, tagged: Crm) -> None:
    told = run("tag", "add", "C000001", "mood:cross").stderr
    assert "3 steps of playbooks begun" in told
    assert "3 steps of playbooks ended" in run("tag", "remove", "C000001", "mood:cross").stderr
    assert run("due", "--kind", "retention", "--days", 7, "-q").stdout.split() == [FIRST, SECOND]
    assert run("snooze", FIRST, "--until", "+2d").code == 0
    assert run("log", "C000001", "asked", "--for", FIRST).code == 0
    assert run("skip", SECOND, "--reason", "gone").code == 0
    assert run("done", THIRD).code == 0
    assert run("due", "--kind", "retention", "--days", 60, "-q").stdout == ""


# ------------------------------------------------------------------------------------------- undo and merging


def test_undo_takes_the_steps_back_and_redo_brings_them_again(crm: Crm) -> None:
    with crm() as ws:
        customer(ws)
        customer(ws, "Two", strategic=5)
        before = dump(ws)
    for act in (tags.run_tags, tiers.run_tiers):
        dumps = []
        for step in (act, undo, redo, undo):
            do(crm, step)
            with crm(readonly=True) as ws:
                dumps.append(dump(ws))
        after, undone, again, last = dumps
        assert after["step"]
        assert after == again
        assert undone == last
        assert {**undone, "touch": []} == {**before, "touch": []}


def test_undo_of_a_loss_opens_the_steps_again(tagged: Crm) -> None:
    do(tagged, set_potential(5))
    with tagged(readonly=True) as ws:
        before = dump(ws)
    do(tagged, tags.run_tags)
    assert keys(tagged) == []
    do(tagged, undo)
    with tagged(readonly=True) as ws:
        assert dump(ws) == before


def test_undo_keeps_a_step_that_was_settled_since(tagged: Crm) -> None:
    do(tagged, lambda ws: settle(ws, FIRST, "done"))
    with tagged() as ws:
        kept = [row for row in undo(ws, 3).outcomes if row.outcome == "kept"]
        assert [(row.entity, row.name) for row in kept] == [("step", "retention")]
    assert keys(tagged) == []


def test_a_step_follows_its_customer_through_a_merge_and_back(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, potential=5)
        customer(ws, "Two")
    do(crm, tags.run_tags, lambda ws: settle(ws, "retention:C000002:retention:1", "snooze", until=date(2026, 11, 24)))
    with crm(readonly=True) as ws:
        before = dump(ws)
    do(crm, lambda ws: merging.merge(ws, "C000001", ["C000002"]))
    assert [(item.key, item.due_on.day) for item in items(crm)] == [(FIRST, 24), (SECOND, 27), (THIRD, 4)]
    do(crm, undo)
    with crm(readonly=True) as ws:
        assert dump(ws) == before
    do(crm, redo, lambda ws: log(ws, "C000001", "asked"))
    assert keys(crm) == [SECOND, THIRD]


def test_a_playbook_of_both_sides_runs_once(crm: Crm) -> None:
    with crm() as ws:
        customer(ws)
        customer(ws, "Two")
    do(crm, tags.run_tags, lambda ws: settle(ws, "retention:C000002:retention:1", "done"))
    do(crm, lambda ws: settle(ws, SECOND, "done"))
    with crm(readonly=True) as ws:
        before = dump(ws)
    do(crm, lambda ws: merging.merge(ws, "C000001", ["C000002"]))
    assert keys(crm) == [FIRST, THIRD]
    do(crm, undo)
    with crm(readonly=True) as ws:
        assert dump(ws) == before


def test_what_the_kept_one_has_not_ends_with_the_merge(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, potential=2)
        customer(ws, "Two")
    do(crm, tags.run_tags)
    assert len(keys(crm)) == 3
    do(crm, lambda ws: merging.merge(ws, "C000001", ["C000002"]))
    assert keys(crm) == []
    do(crm, undo)
    assert len(keys(crm)) == 3


def test_a_dry_run_starts_nothing(crm: Crm, db: Path) -> None:
    do(crm, customer)
    with crm(dry_run=True) as ws:
        tags.run_tags(ws)
    assert keys(crm) == []


@pytest.mark.parametrize("starts", [(), (1,), (1, 2, 3)])
def test_each_is_started_on_its_own_day(crm: Crm, starts: Sequence[int]) -> None:
    now = datetime.fromisoformat(NOW)
    for ahead in starts:
        with crm(now=now + timedelta(days=ahead)) as ws:
            customer(ws, f"No {ahead}")
            tags.run_tags(ws)
    assert [item.due_on for item in items(crm) if item.action == "Ask why"] == [
        date(2026, 11, 21) + timedelta(days=ahead) for ahead in starts
    ]


# --------------------------------------------------------------------------------------------- the slow model

OFFSETS = (1, 7, 14)
EVENTS = ("tag:risk=churn-risk", "tag:mood=cross")


@dataclass
class Model:
    """What should be open, told one event at a time: (customer, event) -> {key: day}, and how often it was begun."""

    today: date
    open: dict[tuple[int, str], dict[str, date]] = field(default_factory=dict)
    begun: Counter[int] = field(default_factory=Counter)
    potential: dict[int, int] = field(default_factory=lambda: {1: 5, 2: 5})
    tags: set[tuple[int, str]] = field(default_factory=set)

    def set(self, customer_id: int, event: str, has: bool) -> None:
        had, place = (customer_id, event) in self.tags, (customer_id, event)
        if has and not had:
            self.tags.add(place)
            if not self.open.get(place):
                self.begun[customer_id] += 1
                nth = f".{self.begun[customer_id]}" if self.begun[customer_id] > 1 else ""
                self.open[place] = {
                    f"retention:C00000{customer_id}:retention:{number}{nth}": self.today + timedelta(days=days)
                    for number, days in enumerate(OFFSETS, start=1)
                }
        if had and not has:
            self.tags.remove(place)
            self.open[place] = {}

    def run(self) -> None:
        for customer_id, potential in self.potential.items():
            self.set(customer_id, EVENTS[0], potential <= 1)

    def keys(self) -> dict[str, date]:
        return {key: day for steps in self.open.values() for key, day in steps.items()}


acts = st.one_of(
    st.tuples(st.just("potential"), st.integers(1, 2), st.sampled_from((1, 2, 5))),
    st.tuples(st.just("run"), st.just(0), st.just(0)),
    st.tuples(st.sampled_from(("add", "remove")), st.integers(1, 2), st.just(0)),
    st.tuples(st.sampled_from(("done", "skip")), st.integers(0, 8), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 6), st.just(0)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, max_size=12))
def test_the_open_steps_are_those_of_the_slow_model(
    tmp_path: Path, founded: bytes, given_acts: Sequence[tuple[str, int, int]]
) -> None:
    path, now = copied(tmp_path / "model.db", founded), datetime.fromisoformat(NOW)
    with crmcli.open(path, now=now) as ws:
        for name in ("One", "Two"):
            customer(ws, name, potential=5)
    model = Model(now.date())
    for act, number, value in given_acts:
        if act == "wait":
            now += timedelta(days=number)
            model.today = now.date()
            continue
        with crmcli.open(path, now=now) as ws:
            _act(ws, model, act, number, value)
        with crmcli.open(path, now=now, readonly=True) as ws:
            assert {item.key: item.due_on for item in due(ws, days=60)} == model.keys()


def _act(ws: Workspace, model: Model, act: str, number: int, value: int) -> None:
    if act == "potential":
        model.potential[number] = value
        journal.change(ws, "customer", number, {"potential": value})
    elif act == "run":
        model.run()
        tags.run_tags(ws)
    elif act == "add":
        model.set(number, EVENTS[1], has=True)
        tags.add_tag(ws, f"C00000{number}", "mood:cross")
    elif act == "remove" and (number, EVENTS[1]) in model.tags:
        model.set(number, EVENTS[1], has=False)
        tags.remove_tag(ws, f"C00000{number}", "mood:cross")
    elif act in ("done", "skip") and number < len(model.keys()):
        key = sorted(model.keys())[number]
        settle(ws, key, act, reason="why")  # type: ignore[arg-type]
        for steps in model.open.values():
            steps.pop(key, None)


def test_steps_are_not_in_the_way_of_undoing_what_added_the_customer(crm: Crm) -> None:
    do(crm, lambda ws: [customer(ws), customer(ws, "Two")], tags.run_tags)
    do(crm, lambda ws: settle(ws, "retention:C000002:retention:1", "done"))
    with crm(readonly=True) as ws:
        before = dump(ws)
    with crm() as ws:
        kept = [row for row in undo(ws, 2).outcomes if row.outcome == "kept"]
        assert [(row.entity, row.name) for row in kept] == [("customer", "C000002")]
    assert keys(crm) == ["retention:C000002:retention:2", "retention:C000002:retention:3"]
    do(crm, redo)
    with crm(readonly=True) as ws:
        assert dump(ws) == before


@pytest.mark.parametrize(
    ("event", "started"), [("tier:basic", ["tier:basic"]), ("grade:A", []), ("case:complaint", []), (None, [])]
)
def test_one_kind_of_event_may_be_all_that_starts_anything(crm: Crm, event: str | None, started: list[str]) -> None:
    text = POLICY[: POLICY.index("[[on]]")].replace('playbook = "lead-a"\n', "")
    if event:
        text += f'[[on]]\nevent = "{event}"\nplaybook = "welcome"\n'
    with crm() as ws:
        policies.apply(ws, text)
    with crm() as ws:
        add_customer(ws, "One")
        tiers.run_tiers(ws)
        assert [row["event"] for row in ws.db.rows("SELECT event FROM step")] == []
    with crm(readonly=True) as ws:
        assert [row["event"] for row in ws.db.rows("SELECT event FROM step")] == started
