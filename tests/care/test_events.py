"""What starts a playbook and at whom, what repeats, and what undo makes of it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

import crmcli
from crmcli import i18n
from crmcli.care.contacts import log
from crmcli.care.due import DueItem, due
from crmcli.care.leads.winning import win_lead
from crmcli.care.settling import settle
from crmcli.cleaning import merging
from crmcli.grading import policies, tags
from crmcli.grading.records import records
from crmcli.policy import facts
from crmcli.store import journal
from crmcli.store.reversing import redo, undo
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_customer
from tests.conftest import NOW, Crm, Run
from tests.store.dumps import dump

POLICY = """
name = "plays"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"

[[tag]]
dimension = "risk"
value = "high"
when = "potential <= 1"

[[tier]]
key = "strategic"
when = "strategic >= 5"

[[tier]]
key = "key"
when = "strategic >= 3"

[[tier]]
key = "basic"
when = "true"

[[lead_grade]]
key = "B"
when = "true"
playbook = "weekly"

[[playbook]]
key = "crisis-team"
steps = [{ after = "1 hour", channel = "call", action = "Send the team" }]

[[playbook]]
key = "crisis"
steps = [{ after = "4 hours", channel = "call", action = "Call" }]

[[playbook]]
key = "repair"
label = { en = "Rebuild trust", zh = "修复关系" }
steps = [
  { after = "1 week", channel = "visit", action = "Visit" },
  { after = "30 days", channel = "call", action = "Ask" },
]

[[playbook]]
key = "reward"
label = { en = "Referral reward", zh = "转介绍奖励" }
steps = [{ after = "3 days", channel = "call", action = { en = "1 month free service", zh = "赠送一个月服务" } }]

[[playbook]]
key = "weekly"
repeat = "1 week"
steps = [
  { after = "3 days", channel = "email", action = "Send material" },
  { after = "1 week", channel = "call", action = "Follow up" },
]

[[on]]
event = "case:crisis"
when = "tier == 'strategic'"
playbook = "crisis-team"

[[on]]
event = "case:crisis"
when = "missing(tier) or tier not in ['strategic']"
playbook = "crisis"

[[on]]
event = "case:complaint"
when = "complaints_open >= 2"
playbook = "crisis"

[[on]]
event = "case:complaint"
when = "tag('risk', 'high') and days_since_contact > 30"
playbook = "crisis"

[[on]]
event = "case:enquiry"
playbook = "weekly"

[[on]]
event = "case-closed:crisis"
playbook = "repair"

[[on]]
event = "referral:won"
when = "tenure_days >= 365"
playbook = "reward"
"""

WEEKLY = "lead:C000001:weekly"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("events") / "crm.db"
    with crmcli.open(path, create=True, now=datetime.fromisoformat(NOW)) as ws:
        policies.apply(ws, POLICY)
    return path.read_bytes()


def customer(ws: Workspace, name: str = "One", **given: Any) -> int:
    return add_customer(ws, name, **{"tier": "basic", "potential": 5, "strategic": None, "referrer": None, **given})


def case(ws: Workspace, customer_id: int = 1, **given: Any) -> int:
    number = 1 + ws.db.value("SELECT count(*) FROM cases")
    row = {"number": f"K{number}", "customer_id": customer_id, "kind": "crisis", "severity": "major"}
    (row_id,) = journal.add(ws, "cases", [row | {"opened_at": "2026-11-20T01:00:00Z", "status": "open"} | given])
    return row_id


def close(row_id: int = 1) -> Callable[[Workspace], Any]:
    return lambda ws: journal.change(ws, "cases", row_id, {"status": "closed", "resolved_at": ws.stamp})


def win(customer_id: int) -> Callable[[Workspace], Any]:
    return lambda ws: journal.change(ws, "customer", customer_id, {"won_on": "2026-11-20", "stage": "active"})


def do(crm: Crm, *given: Callable[[Workspace], Any], now: str = NOW) -> None:
    """Each in an operation of its own."""
    for act in given:
        with crm(now=datetime.fromisoformat(now)) as ws:
            act(ws)


def items(crm: Crm, now: str = NOW) -> list[DueItem]:
    with crm(readonly=True, now=datetime.fromisoformat(now)) as ws:
        return due(ws, days=60, kinds=("retention", "lead", "case"))


def keys(crm: Crm) -> list[str]:
    # A case of its own is due, too; here it is the steps that are asked for.
    return [item.key for item in items(crm) if item.key.count(":") == 3]


def snapshot(crm: Crm) -> Any:
    with crm(readonly=True) as ws:
        return dump(ws)


# ------------------------------------------------------------------------------------------------- at whom


@pytest.mark.parametrize(
    ("tier", "started"),
    [("strategic", "crisis-team"), ("key", "crisis"), (None, "crisis")],
)
def test_one_event_starts_by_tier(crm: Crm, tier: str | None, started: str) -> None:
    do(crm, lambda ws: customer(ws, tier=tier), case)
    assert keys(crm) == [f"case:C000001:{started}:1"]


def test_the_rule_is_asked_at_that_moment_and_of_that_customer(crm: Crm) -> None:
    with crm() as ws:
        customer(ws)
        customer(ws, "Two")
    do(crm, lambda ws: case(ws, kind="complaint"), lambda ws: case(ws, 2, kind="complaint"))
    assert keys(crm) == []
    do(crm, lambda ws: case(ws, kind="complaint"))
    assert keys(crm) == ["case:C000001:crisis:1"]


def test_two_rules_that_hold_start_it_once(crm: Crm) -> None:
    do(crm, lambda ws: customer(ws, potential=1), tags.run_tags)
    with crm(now=datetime(2026, 10, 1)) as ws:
        log(ws, "C000001", "long ago", channel="call")
    do(crm, lambda ws: case(ws, kind="complaint"))
    assert keys(crm) == ["case:C000001:crisis:1"]


def test_each_case_has_steps_of_its_own_until_it_is_closed(crm: Crm) -> None:
    do(crm, customer, case, case)
    both = [item for item in items(crm) if ":crisis:" in item.key]
    assert [(item.key, item.reason) for item in both] == [
        ("case:C000001:crisis:1", "crisis K1 opened on 2026-11-20; crisis, step 1"),
        ("case:C000001:crisis:1.2", "crisis K2 opened on 2026-11-20; crisis, step 1"),
    ]
    before = snapshot(crm)
    do(crm, close())
    assert [key for key in keys(crm) if ":crisis:" in key] == ["case:C000001:crisis:1.2"]
    do(crm, undo)
    assert snapshot(crm) == before


def test_a_case_that_turns_out_to_be_a_crisis_gets_the_steps_of_one(crm: Crm) -> None:
    do(crm, customer, lambda ws: case(ws, kind="enquiry"))
    assert keys(crm) == ["case:C000001:weekly:1", "case:C000001:weekly:2"]
    do(crm, lambda ws: journal.change(ws, "cases", 1, {"kind": "crisis"}))
    assert keys(crm) == ["case:C000001:crisis:1"]
    do(crm, lambda ws: journal.change(ws, "cases", 1, {"severity": "major"}))
    assert keys(crm) == ["case:C000001:crisis:1"]


def test_the_steps_of_a_case_are_whose_the_case_is(crm: Crm) -> None:
    do(crm, lambda ws: customer(ws, owner="Li"), lambda ws: case(ws, owner="Wang"))
    with crm(readonly=True) as ws:
        assert [item.owner for item in items(crm)] == ["Wang"]
        assert due(ws, owner="Li", days=60) == []
    do(crm, close())
    assert {item.owner for item in items(crm)} == {"Li"}


def test_a_rule_reads_what_a_lead_has(crm: Crm) -> None:
    do(crm, lambda ws: customer(ws, stage="lead", tier=None), case)
    assert [key for key in keys(crm) if key.startswith("case:")] == ["case:C000001:crisis:1"]


# --------------------------------------------------------------------------------------- cases closed


def test_a_crisis_closed_starts_the_repair(crm: Crm) -> None:
    do(crm, customer, case)
    before = snapshot(crm)
    do(crm, close())
    repair = [item for item in items(crm) if ":repair:" in item.key]
    assert [(item.key, item.due_on) for item in repair] == [
        ("case:C000001:repair:1", date(2026, 11, 27)),
        ("case:C000001:repair:2", date(2026, 12, 20)),
    ]
    assert repair[0].reason == "crisis K1 closed on 2026-11-20; Rebuild trust, step 1"
    after = snapshot(crm)
    do(crm, undo)
    assert snapshot(crm) == before
    do(crm, redo)
    assert snapshot(crm) == after


def test_what_was_closed_already_or_is_of_another_kind_starts_nothing(crm: Crm) -> None:
    do(crm, customer, lambda ws: case(ws, status="closed"), lambda ws: case(ws, kind="complaint"))
    do(crm, close(2), lambda ws: journal.change(ws, "cases", 1, {"lesson": "Answer sooner"}))
    assert keys(crm) == []


# ------------------------------------------------------------------------------------------- referrals


def referred(crm: Crm, referrer: str, **given: Any) -> None:
    with crm() as ws:
        customer(ws, "Old friend", **{"since": "2025-11-20", **given})
        customer(ws, "Newcomer", stage="lead", tier=None, referrer=referrer)


@pytest.mark.parametrize("referrer", ["C000001", "Old friend"])
def test_a_referral_won_is_due_at_the_referrer(crm: Crm, referrer: str) -> None:
    referred(crm, referrer)
    before = snapshot(crm)
    do(crm, win(2))
    (item,) = items(crm)
    assert (item.key, item.customer, item.due_on) == ("retention:C000001:reward:1", "Old friend", date(2026, 11, 23))
    assert item.action == "1 month free service"
    assert item.reason == "referred Newcomer, who signed on 2026-11-20; Referral reward, step 1"
    i18n.choose("zh")
    try:
        assert items(crm)[0].action == "赠送一个月服务"
    finally:
        i18n.choose("en")
    do(crm, undo)
    assert snapshot(crm) == before


def test_each_who_signs_is_a_reward_of_its_own(crm: Crm) -> None:
    referred(crm, "C000001")
    do(crm, lambda ws: customer(ws, "Another", stage="lead", tier=None, referrer="C000001"), win(2), win(3))
    assert keys(crm) == ["retention:C000001:reward:1", "retention:C000001:reward:1.2"]
    assert [item.reason.split(",")[0] for item in items(crm)] == ["referred Newcomer", "referred Another"]


@pytest.mark.parametrize(
    ("referrer", "given"),
    [
        pytest.param("C000001", {"since": "2025-11-21"}, id="a day short of a year"),
        pytest.param("C000001", {"since": None}, id="nobody knows since when"),
        pytest.param("Somebody else", {}, id="no customer"),
        pytest.param("Newcomer", {}, id="itself by name"),
        pytest.param("C000002", {}, id="itself by code"),
    ],
)
def test_no_reward(crm: Crm, referrer: str, given: dict[str, Any]) -> None:
    referred(crm, referrer, **given)
    do(crm, win(2))
    assert keys(crm) == []


def test_a_referrer_named_by_a_former_code(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, "Old friend", since="2020-01-01")
        customer(ws, "Old friend again")
    do(crm, lambda ws: merging.merge(ws, "C000001", ["C000002"]))
    do(crm, lambda ws: customer(ws, "Newcomer", stage="lead", tier=None, referrer="C000002", code="C9"))
    with crm() as ws:
        won = win_lead(ws, "Newcomer", amount="1000")
    assert ((won.referrer or "")[:7], won.referred) == ("C000001", True)
    assert keys(crm) == ["retention:C000001:reward:1"]
    with crm(readonly=True) as ws:
        sql = facts.facts_sql(["referrals_won"], of="SELECT 1")
        assert ws.db.rows(sql, facts.facts_params(ws.today, "Asia/Shanghai"))[0]["referrals_won"] == 1
        assert [found.count for found in records(ws, 1, ["referrals_won"])] == [1]


def test_a_former_code_of_its_own_is_itself(crm: Crm) -> None:
    do(crm, lambda ws: customer(ws, "One", stage="lead", tier=None, since="2020-01-01"))
    do(crm, lambda ws: customer(ws, "One Ltd", stage="lead", tier=None))
    do(crm, lambda ws: merging.merge(ws, "C000001", ["C000002"]))
    do(crm, lambda ws: journal.change(ws, "customer", 1, {"referrer": "C000002"}))
    with crm() as ws:
        assert not win_lead(ws, "One", amount="1000").referred
    assert keys(crm) == []
    with crm(readonly=True) as ws:
        sql = facts.facts_sql(["referrals_won"], of="SELECT 1")
        assert ws.db.rows(sql, facts.facts_params(ws.today, "Asia/Shanghai"))[0]["referrals_won"] == 0


def test_a_name_of_two_is_nobody_s(crm: Crm) -> None:
    referred(crm, "Old friend")
    do(crm, lambda ws: customer(ws, "Old friend", since="2020-01-01"), win(2))
    assert keys(crm) == []


def test_a_reward_survives_the_merge_of_who_signed(crm: Crm) -> None:
    referred(crm, "C000001")
    do(crm, win(2), lambda ws: customer(ws, "Newcomer Ltd"))
    do(crm, lambda ws: merging.merge(ws, "C000003", ["C000002"]))
    (item,) = items(crm)
    assert item.reason.startswith("referred Newcomer Ltd, who signed")


# ---------------------------------------------------------------------------------------------- repeat


@pytest.fixture
def graded(crm: Crm) -> Crm:
    do(crm, lambda ws: customer(ws, stage="lead", tier=None, grade="B"))
    return crm


def test_the_last_step_comes_again(graded: Crm) -> None:
    assert keys(graded) == [f"{WEEKLY}:1", f"{WEEKLY}:2"]
    do(graded, lambda ws: settle(ws, f"{WEEKLY}:1", "done"))
    assert keys(graded) == [f"{WEEKLY}:2"]
    with graded(now=datetime(2026, 11, 28, 9)) as ws:
        assert settle(ws, f"{WEEKLY}:2", "done").next_on == date(2026, 12, 5)
    (item,) = items(graded)
    assert (item.key, item.due_on, item.channel, item.action) == (f"{WEEKLY}:3", date(2026, 12, 5), "call", "Follow up")
    assert item.reason == "lead graded B on 2026-11-20; weekly, step 3"
    with graded(now=datetime(2026, 12, 4, 9)) as ws:
        assert log(ws, "C000001", "called", channel="call").answered == (f"{WEEKLY}:3",)
    assert [(item.key, item.due_on) for item in items(graded)] == [(f"{WEEKLY}:4", date(2026, 12, 11))]


def test_skipped_it_comes_again_snoozed_it_waits(graded: Crm) -> None:
    do(graded, lambda ws: settle(ws, f"{WEEKLY}:2", "snooze", until=date(2026, 12, 1)))
    assert keys(graded) == [f"{WEEKLY}:1", f"{WEEKLY}:2"]
    with graded() as ws:
        assert settle(ws, f"{WEEKLY}:2", "skip", reason="holiday").next_on == date(2026, 11, 27)
    assert keys(graded) == [f"{WEEKLY}:1", f"{WEEKLY}:3"]


def test_undo_takes_the_turn_back(graded: Crm) -> None:
    before = snapshot(graded)
    do(graded, lambda ws: settle(ws, f"{WEEKLY}:2", "done"))
    after = snapshot(graded)
    do(graded, undo)
    assert snapshot(graded) == before
    do(graded, redo)
    assert snapshot(graded) == after


def test_it_ends_with_what_started_it(graded: Crm) -> None:
    do(graded, lambda ws: settle(ws, f"{WEEKLY}:2", "done"), win(1))
    assert keys(graded) == []
    with graded(readonly=True) as ws:
        assert [row["how"] for row in ws.db.rows("SELECT how FROM step ORDER BY number")] == ["ended", "done", "ended"]


def test_settled_as_it_ends_it_does_not_come_again(graded: Crm) -> None:
    with graded() as ws:
        settle(ws, f"{WEEKLY}:2", "done")
        win(1)(ws)
    assert keys(graded) == []


def test_a_case_that_is_closed_repeats_nothing(crm: Crm) -> None:
    do(crm, customer, lambda ws: case(ws, kind="enquiry"))
    do(crm, lambda ws: settle(ws, "case:C000001:weekly:2", "done"))
    assert keys(crm) == ["case:C000001:weekly:1", "case:C000001:weekly:3"]
    with crm() as ws:
        settle(ws, "case:C000001:weekly:3", "done")
        close()(ws)
    assert keys(crm) == []


def test_a_policy_without_the_repeat_lets_it_end(graded: Crm) -> None:
    do(graded, lambda ws: policies.apply(ws, POLICY.replace('repeat = "1 week"\n', "")))
    with graded() as ws:
        assert settle(ws, f"{WEEKLY}:2", "done").next_on is None
    assert keys(graded) == [f"{WEEKLY}:1"]


def test_several_that_are_settled_at_once_come_again_once(graded: Crm) -> None:
    with graded() as ws:
        for number in (2, 1):
            settle(ws, f"{WEEKLY}:{number}", "done")
    assert keys(graded) == [f"{WEEKLY}:3"]


def test_of_two_that_are_merged_one_goes_on(crm: Crm) -> None:
    for name in ("One", "Two"):
        with crm() as ws:
            customer(ws, name, stage="lead", tier=None, grade="B")
    do(crm, lambda ws: settle(ws, f"{WEEKLY}:2", "done"))
    for number in range(2, 6):
        with crm() as ws:
            settle(ws, f"lead:C000002:weekly:{number}", "done")
    before = snapshot(crm)
    do(crm, lambda ws: merging.merge(ws, "C000001", ["C000002"]))
    assert keys(crm) == [f"{WEEKLY}:1", f"{WEEKLY}:3"]
    do(crm, lambda ws: settle(ws, f"{WEEKLY}:3", "done"))
    assert keys(crm) == [f"{WEEKLY}:1", f"{WEEKLY}:6"]
    do(crm, undo, undo)
    assert snapshot(crm) == before


def test_months_are_those_of_the_calendar(graded: Crm) -> None:
    do(graded, lambda ws: policies.apply(ws, POLICY.replace('"1 week"\nsteps', '"1 month"\nsteps')))
    with graded(now=datetime(2027, 1, 31)) as ws:
        assert settle(ws, f"{WEEKLY}:2", "done").next_on == date(2027, 2, 28)


def test_at_the_command_line(run: Run, graded: Crm) -> None:
    assert "1 step of a playbook comes again" in run("done", f"{WEEKLY}:2").stderr
    assert run("undo").code == 0
    assert keys(graded) == [f"{WEEKLY}:1", f"{WEEKLY}:2"]


def test_week_after_week(graded: Crm) -> None:
    now = datetime.fromisoformat(NOW)
    for week in range(2, 12):
        now += timedelta(weeks=1)
        with graded(now=now) as ws:
            settle(ws, f"{WEEKLY}:{week}", "done")
    assert [item.key for item in items(graded, now.isoformat())] == [f"{WEEKLY}:1", f"{WEEKLY}:12"]


def test_due_loads_no_rules(graded: Crm) -> None:
    with graded(readonly=True) as ws:
        due(ws, days=30)
        assert "policy" not in ws.__dict__
