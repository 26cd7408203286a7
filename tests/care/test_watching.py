"""Early warnings: who is seen by which signal, what is said of it, and since when it is so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli import i18n
from crmcli.care.watching import Sighting, watch
from crmcli.errors import UsageError
from crmcli.grading import policies
from crmcli.policy import schema
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_customer, copied
from tests.conftest import NOW, Crm

HEAD = """
name = "watched"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"

[[tag]]
dimension = "risk"
value = "high"
label = { en = "High risk", zh = "高风险" }
when = "potential <= 1"

[[tier]]
key = "strategic"
label = { en = "Strategic", zh = "战略客户" }
when = "strategic >= 5"

[[tier]]
key = "basic"
when = "true"
"""


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("watching") / "crm.db"
    with crmcli.open(path, create=True, now=datetime.fromisoformat(NOW)) as ws:
        policies.apply(ws, HEAD)
    return path.read_bytes()


def signal(key: str = "seen", level: str = "warning", **given: str) -> str:
    (kind, rule) = next(iter(given.items()))
    return (
        f'\n[[signal]]\nkey = "{key}"\nlevel = "{level}"\nlabel = {{ en = "Seen", zh = "发现" }}\n{kind} = "{rule}"\n'
    )


def rules(crm: Crm, *signals: str) -> None:
    with crm() as ws:
        policies.apply(ws, HEAD + "".join(signals))


def customer(ws: Workspace, name: str = "One", **given: Any) -> int:
    return add_customer(ws, name, **{"tier": "basic", "potential": 5, **given})


def order(ws: Workspace, day: str, amount: int = 10_000, customer_id: int = 1) -> None:
    number = 1 + ws.db.value("SELECT count(*) FROM orders")
    row = {"number": f"O{number}", "customer_id": customer_id, "ordered_on": day, "amount": amount}
    journal.add(ws, "orders", [row | {"currency": "CNY", "status": "paid"}])


def contact(ws: Workspace, day: str, customer_id: int = 1, channel: str = "call") -> None:
    row = {"customer_id": customer_id, "at": f"{day}T02:00:00Z", "contact_on": day, "topic": "talk", "nth": 1}
    journal.add(ws, "interaction", [row | {"channel": channel, "direction": "out"}])


def case(ws: Workspace, opened_at: str, customer_id: int = 1, **given: Any) -> None:
    number = 1 + ws.db.value("SELECT count(*) FROM cases")
    row = {"number": f"K{number}", "customer_id": customer_id, "kind": "complaint", "severity": "minor"}
    journal.add(ws, "cases", [row | {"opened_at": opened_at, "status": "open"} | given])


def seen(crm: Crm, now: str = NOW, **asked: Any) -> list[Sighting]:
    with crm(readonly=True, now=datetime.fromisoformat(now)) as ws:
        return watch(ws, **asked)


def one(crm: Crm, now: str = NOW) -> Sighting:
    (found,) = seen(crm, now)
    return found


# ------------------------------------------------------------------------------------------------ by rule


def test_volume_down_by_thirty_percent(crm: Crm) -> None:
    rules(crm, signal("volume-down", when="amount_change <= -30%"))
    with crm() as ws:
        customer(ws, owner="Li", tier="strategic")
        customer(ws, "Two")
        for number, now in ((1, 70_000), (2, 70_001)):
            order(ws, "2026-08-20", 100_000, number)
            order(ws, "2026-11-20", now, number)
    assert one(crm) == Sighting(
        level="warning",
        code="C000001",
        customer="One",
        tier="strategic",
        owner="Li",
        signal="volume-down",
        detail="change of the amount from 3 months to the next: -30%",
        since=None,
        label="Seen",
    )
    i18n.choose("zh")
    try:
        assert one(crm).label == "发现"
        assert one(crm).detail.endswith("-30%") and not one(crm).detail.startswith("change")
    finally:
        i18n.choose("en")


def test_silence_counts_from_the_last_contact_or_from_being_recorded(crm: Crm) -> None:
    rules(crm, signal(when="days_since_contact > 183 or (missing(last_contact_on) and age_days > 183)"))
    with crm() as ws:
        customer(ws)
        customer(ws, "Two")
        customer(ws, "Three", created_on="2026-11-01")
        contact(ws, "2026-05-20")
        contact(ws, "2026-11-01", channel="push")
    found = [(one.code, one.since, one.detail) for one in seen(crm)]
    assert found == [
        ("C000001", date(2026, 5, 20), "days since the last contact: 184"),
        ("C000002", date(2026, 1, 15), "the last contact not known; days since the customer was recorded: 309"),
    ]


@pytest.mark.parametrize(
    ("rule", "since", "detail"),
    [
        ("days_since_order > 30", "2026-09-01", "days since the last order: 80"),
        ("last_order_on < since", "2026-09-01", "the last order: 2026-09-01; the start of the cooperation: 2026-10-01"),
        ("complaints_open >= 1", "2026-03-05", "open complaints: 2"),
        ("cases_open >= 1", "2026-03-05", "open cases: 2"),
        ("major_complaints_open > 0", "2026-06-05", "open major complaints: 1"),
        ("complaints_12m >= 2", "2026-06-05", "complaints in 12 months: 3"),
        ("csat_12m < 3", "2026-10-10", "satisfaction (CSAT, 1-5) in 12 months: 2.5"),
        ("nps_last < 5", "2026-07-07", "latest readiness to recommend (NPS, 0-10): 3"),
        ("tag('risk', 'high')", "2026-10-02", "tagged risk: High risk"),
        ("tag('risk')", "2026-10-02", "tagged risk"),
        ("orders_12m > 0", None, "orders in 12 months: 1"),
        ("amount_12m >= 100", None, "amount of 12 months: 100 CNY"),
        ("days_to(contract_ends_on) <= 28", None, "the end of the contract: 2026-12-01"),
        ("tier == 'basic' and stage == 'active'", None, "tier: basic; stage: active"),
        # Of two that have to hold the later one, of two of which one is enough the earlier.
        ("days_since_order > 30 and complaints_open > 0", "2026-09-01", None),
        ("days_since_order > 30 or complaints_open > 0", "2026-03-05", None),
        ("days_since_order > 30 or complaints_open > 5", "2026-09-01", "days since the last order: 80"),
        ("orders_12m > 0 or complaints_open > 0", "2026-03-05", None),
    ],
)
def test_since_when_and_with_which_values(crm: Crm, rule: str, since: str | None, detail: str | None) -> None:
    rules(crm, signal(when=rule))
    with crm() as ws:
        customer(ws, since="2026-10-01")
        order(ws, "2026-09-01")
        # Late in the evening of the fourth, by UTC: the fifth where the company is.
        case(ws, "2026-03-04T17:00:00Z")
        case(ws, "2026-06-05T01:00:00Z", severity="major")
        case(ws, "2026-04-05T01:00:00Z", status="resolved", resolved_at="2026-04-06T01:00:00Z")
        for kind, score, day in (("csat", 2.5, "2026-10-10"), ("nps", 9, "2026-01-01"), ("nps", 3, "2026-07-07")):
            row = {"customer_id": 1, "kind": kind, "score": score, "at": f"{day}T01:00:00Z", "nth": 1}
            journal.add(ws, "survey", [row])
        tag = {"customer_id": 1, "dimension": "risk", "value": "high", "source": "rule", "since": "2026-10-02"}
        journal.add(ws, "tag", [tag])
        journal.add(ws, "contract", [{"number": "V1", "customer_id": 1, "ends_on": "2026-12-01"}])
    found = one(crm)
    assert found.since == (date.fromisoformat(since) if since else None)
    assert detail is None or found.detail == detail


def test_leads_and_the_lost_are_not_watched(crm: Crm) -> None:
    rules(crm, signal(when="age_days > 0"))
    with crm() as ws:
        customer(ws, "Lead", stage="lead")
        customer(ws, "Lost", stage="lost")
        customer(ws, "Dormant", stage="dormant")
    assert [found.customer for found in seen(crm)] == ["Dormant"]


def test_a_field_of_the_company_s_own_and_a_rank(crm: Crm) -> None:
    rules(crm, signal("own", when="field('Route') == 'north'"), signal("top", when="top(amount_12m, 50)"))
    with crm() as ws:
        customer(ws, extra='{"Route": "north"}')
        customer(ws, "Two")
        order(ws, "2026-11-01", customer_id=2)
    assert [(found.signal, found.code) for found in seen(crm)] == [("own", "C000001"), ("top", "C000002")]
    assert seen(crm)[0].detail != ""
    # A rank is among all, whoever asks.
    with crm() as ws:
        journal.change(ws, "customer", 1, {"owner": "Li"})
    assert [found.signal for found in seen(crm, owner="Li")] == ["own"]


def test_all_rules_are_one_statement(crm: Crm) -> None:
    rules(crm, *(signal(f"s{number}", when=f"age_days > {number}") for number in range(30)))
    with crm() as ws:
        customer(ws)
    with crm(readonly=True) as ws:
        statements: list[str] = []
        each = ws.db.each
        ws.db.each = lambda sql, params=None: statements.append(sql) or each(sql, params)  # type: ignore[method-assign, func-returns-value]
        assert len(watch(ws)) == 30
        assert len([sql for sql in statements if "facts" in sql]) == 1


# ----------------------------------------------------------------------------------------------- by clock

CLOCK = '\n[[clock]]\nwhen = "true"\nrespond = "2 hours"\nresolve = "4 hours"\nhours = "clock"\nwarn_at = 0.5\n'
CLOCKS = (CLOCK, signal("soon", clock="warn"), signal("late", "critical", clock="breached"))


def test_clocks_that_warn_and_that_ran_out(crm: Crm) -> None:
    rules(crm, *CLOCKS)
    with crm() as ws:
        customer(ws, owner="Li")
        # A lead may complain, too.
        customer(ws, "Lead", stage="lead", tier=None)
        case(ws, "2026-11-19T23:30:00Z", owner="Wang")
        answered = {"status": "responded", "responded_at": "2026-11-19T22:00:00Z"}
        case(ws, "2026-11-19T21:30:00Z", 2, severity="major", kind="crisis", **answered)
    assert [found.code for found in seen(crm, "2026-11-20T08:29+08:00")] == ["C000002"]
    first, second = seen(crm, "2026-11-20T08:30+08:00")
    assert (first.signal, first.owner, first.since) == ("soon", "Wang", date(2026, 11, 20))
    assert first.detail == "minor complaint K1: to be answered by 2026-11-20 09:30"
    assert second.detail == "major crisis K2: to be solved by 2026-11-20 09:30"
    assert [found.signal for found in seen(crm, "2026-11-20T09:29+08:00")] == ["soon", "soon"]
    # Nobody has answered the first one, and half of the time for solving it has gone, too.
    found = [(one.signal, one.detail) for one in seen(crm, "2026-11-20T09:31+08:00")]
    assert found == [
        ("late", "minor complaint K1: to be answered by 2026-11-20 09:30"),
        ("late", "major crisis K2: to be solved by 2026-11-20 09:30"),
        ("soon", "minor complaint K1: to be solved by 2026-11-20 11:30"),
    ]
    assert [one.signal for one in seen(crm, "2026-11-20T11:31+08:00", owner="Wang")] == ["late", "late"]
    assert seen(crm, "2026-11-20T09:31+08:00", owner="Li") == []


def test_a_crisis_is_seen_until_it_is_closed(crm: Crm) -> None:
    rules(crm, '\n[[signal]]\nkey = "crisis"\nlevel = "critical"\ncase = "crisis"\n')
    with crm() as ws:
        customer(ws, owner="Li")
        case(ws, "2026-11-18T23:30:00Z", kind="crisis", phase="assess", topic="数据泄露", status="resolved")
        case(ws, "2026-11-18T23:30:00Z", kind="crisis", status="closed")
        case(ws, "2026-11-18T23:30:00Z")
    (found,) = seen(crm, owner="Li")
    assert found.detail == "minor crisis K1; phase: assess; 数据泄露"
    assert (found.level, found.since) == ("critical", date(2026, 11, 19))
    assert seen(crm, owner="Wang") == []


def test_a_case_whose_clock_stands_is_not_seen(crm: Crm) -> None:
    rules(crm, *CLOCKS)
    with crm() as ws:
        customer(ws)
        case(ws, "2026-01-01T01:00:00Z", paused_at="2026-01-01T01:30:00Z")
        case(ws, "2026-01-01T01:00:00Z", status="closed")
    assert seen(crm) == []


# -------------------------------------------------------------------------------- order, levels, owners


def test_the_most_severe_first_then_the_best_tier(crm: Crm) -> None:
    levels = ("info", "critical", "warning")
    rules(crm, *(signal(level, level, when="age_days > 0") for level in levels))
    with crm() as ws:
        customer(ws)
        customer(ws, "Two", tier="strategic", owner="Li")
    expected = [(level, code) for level in ("critical", "warning", "info") for code in ("C000002", "C000001")]
    assert [(found.level, found.code) for found in seen(crm)] == expected
    assert [(found.level, found.code) for found in seen(crm, level="warning")] == expected[:4]
    assert [found.level for found in seen(crm, level="critical", owner="Li")] == ["critical"]
    assert seen(crm, owner="Nobody") == []
    with crm(readonly=True) as ws, pytest.raises(UsageError, match="there is no level 'red'"):
        watch(ws, level="red")


def test_a_policy_without_signals_sees_nothing(crm: Crm) -> None:
    with crm() as ws:
        customer(ws)
    assert seen(crm) == []


@pytest.mark.parametrize("preset", schema.presets())
def test_every_preset_watches(crm: Crm, preset: str) -> None:
    with crm() as ws:
        policies.apply(ws, schema.preset(preset))
        customer(ws, tier=ws.policy.tiers[0].key)
        order(ws, "2026-03-01")
        case(ws, "2026-10-01T01:00:00Z", severity="major")
    assert seen(crm)[0].level == "critical"


# ------------------------------------------------------------------------------------------ the slow model


@dataclass(frozen=True)
class Base:
    """A customer by the days, before today, of its orders, contacts and complaints (opened, resolved or None)."""

    age: int
    orders: Sequence[int]
    contacts: Sequence[int]
    complaints: Sequence[tuple[int, int | None]]


TODAY = date(2026, 11, 20)
ago = st.integers(0, 400)
bases = st.builds(
    Base,
    age=ago,
    orders=st.lists(ago, max_size=3),
    contacts=st.lists(ago, max_size=3),
    complaints=st.lists(st.tuples(ago, st.none() | ago).filter(lambda p: p[1] is None or p[1] <= p[0]), max_size=3),
)


def expected(base: Base) -> dict[str, date | None]:
    """The signals that a person would find by going through the records, and since when."""
    found: dict[str, date | None] = {}
    open_ones = [opened for opened, resolved in base.complaints if resolved is None]
    if base.orders and min(base.orders) > 90:
        found["no-orders"] = TODAY - timedelta(min(base.orders))
    if base.contacts and min(base.contacts) > 183:
        found["silent"] = TODAY - timedelta(min(base.contacts))
    if not base.contacts and base.age > 183:
        found["silent"] = TODAY - timedelta(base.age)
    if open_ones:
        found["open"] = TODAY - timedelta(max(open_ones))
    # A year goes back to the same day, which is not part of it any more.
    in_year = [opened for opened, _resolved in base.complaints if opened < 365]
    if len(in_year) >= 2:
        found["repeated"] = TODAY - timedelta(min(in_year))
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(bases, min_size=1, max_size=5))
def test_the_signals_are_those_of_the_slow_model(tmp_path: Path, founded: bytes, given_bases: Sequence[Base]) -> None:
    path = copied(tmp_path / "model.db", founded)
    with crmcli.open(path, now=datetime.fromisoformat(NOW)) as ws:
        policies.apply(
            ws,
            HEAD
            + signal("no-orders", when="days_since_order > 90")
            + signal("silent", when="days_since_contact > 183 or (missing(last_contact_on) and age_days > 183)")
            + signal("open", when="complaints_open > 0")
            + signal("repeated", when="complaints_12m >= 2"),
        )
        for number, base in enumerate(given_bases, start=1):
            _add(ws, number, base)
    with crmcli.open(path, now=datetime.fromisoformat(NOW), readonly=True) as ws:
        found = {(one.code, one.signal): one.since for one in watch(ws)}
    wanted = {
        (f"C{number:06d}", name): since
        for number, base in enumerate(given_bases, start=1)
        for name, since in expected(base).items()
    }
    assert found == wanted


def _add(ws: Workspace, number: int, base: Base) -> None:
    def day(days: int) -> str:
        return (TODAY - timedelta(days)).isoformat()

    customer(ws, f"No {number}", created_on=day(base.age))
    for days in base.orders:
        order(ws, day(days), customer_id=number)
    for place, days in enumerate(base.contacts, start=1):
        row = {"customer_id": number, "at": f"{day(days)}T02:00:00Z", "contact_on": day(days), "topic": "talk"}
        journal.add(ws, "interaction", [row | {"channel": "call", "direction": "out", "nth": place}])
    for opened, resolved in base.complaints:
        solved = {} if resolved is None else {"status": "resolved", "resolved_at": f"{day(resolved)}T03:00:00Z"}
        case(ws, f"{day(opened)}T02:00:00Z", number, **solved)
