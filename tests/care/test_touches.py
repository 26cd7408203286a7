"""The derived table `touch` is what the slow model says, whatever happens to a customer."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.care import due
from crmcli.care.contacts import log
from crmcli.care.settling import settle
from crmcli.errors import CrmError
from crmcli.grading import policies
from crmcli.store import journal
from crmcli.store.reversing import undo
from crmcli.store.workspace import Workspace
from tests.care import slow_touches as models
from tests.care.conftest import POLICY, add_customer, copied, touches
from tests.conftest import Crm

CHANNELS = ("visit", "video", "call", "email", "wechat", "push")
KEYS = ("deep-talk", "report", "news", "call")
steps = st.one_of(
    st.tuples(st.just("log"), st.sampled_from(CHANNELS), st.integers(0, 90)),
    st.tuples(st.sampled_from(("done", "snooze", "skip")), st.sampled_from(KEYS), st.integers(1, 40)),
    st.tuples(st.just("tier"), st.sampled_from(("strategic", "basic", None)), st.integers(0, 60)),
    st.tuples(st.just("stage"), st.sampled_from(("active", "lead", "lost")), st.just(0)),
    st.tuples(st.just("consent"), st.sampled_from(("yes", "no")), st.just(0)),
    st.tuples(st.just("remove"), st.just(""), st.integers(0, 5)),
    st.tuples(st.just("undo"), st.just(""), st.just(0)),
)


def _step(ws: Workspace, customer: int, word: str, what: Any, number: int) -> None:
    """Do one thing to the customer; what is refused is a fine answer, too."""
    if word == "log":
        log(ws, f"C{customer:06d}", f"talk {number}", channel=what, at=ws.now - timedelta(days=number))
    elif word in ("done", "snooze", "skip"):
        touch = touches(ws, customer).get(what)
        key = f"touch:C{customer:06d}:{what}:{touch[1]}" if touch else "touch:C000001:none:2026-01-01"
        until = ws.today + timedelta(days=number) if word == "snooze" else None
        settle(ws, key, word, until=until, reason="why")  # type: ignore[arg-type]
    elif word == "tier":
        day = (ws.today - timedelta(days=number)).isoformat() if what else None
        journal.change(ws, "customer", customer, {"tier": what, "tier_on": day})
    elif word in ("stage", "consent"):
        journal.change(ws, "customer", customer, {word: what})
    elif word == "remove":
        ids = [row["id"] for row in ws.db.rows("SELECT id FROM interaction ORDER BY id")]
        journal.remove(ws, "interaction", ids[number : number + 1])
    else:
        undo(ws)


def _check(path: Path, now: datetime) -> None:
    with crmcli.open(path, readonly=True, now=now) as ws:
        stored = {
            (row["customer_id"], row["touch"]): (row["base_on"], row["planned_on"], row["due_on"])
            for row in ws.db.rows("SELECT * FROM touch")
        }
        assert stored == models.touches(ws)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dates(date(2026, 1, 20), date(2028, 3, 31)),
    st.lists(st.tuples(st.integers(0, 35), st.integers(1, 2), steps), max_size=12),
)
def test_the_touches_follow_from_their_causes(
    tmp_path: Path, founded: bytes, start: date, happened: list[tuple[int, int, tuple[str, Any, int]]]
) -> None:
    path, now = copied(tmp_path / "crm.db", founded), datetime(start.year, start.month, start.day, 12)
    with crmcli.open(path, now=now) as ws:
        add_customer(ws, "One", tier_on=start.isoformat())
        add_customer(ws, "Two", tier="basic", tier_on=None)
    _check(path, now)
    for days, customer, (word, what, number) in happened:
        now += timedelta(days=days)
        try:
            with crmcli.open(path, now=now) as ws:
                _step(ws, customer, word, what, number)
        except CrmError:
            pass
        _check(path, now)


@pytest.mark.parametrize(
    ("base", "every", "planned"),
    [
        ("2026-01-31", "1 month", "2026-02-28"),
        ("2028-01-31", "1 month", "2028-02-29"),
        ("2028-02-29", "1 year", "2029-02-28"),
        ("2026-08-31", "quarter", "2026-11-30"),
        ("2026-08-30", "half-year", "2027-02-28"),
        ("2026-12-31", "2 weeks", "2027-01-14"),
        ("2026-12-31", "10 days", "2027-01-10"),
        ("2026-03-31", "11 months", "2027-02-28"),
    ],
)
def test_a_month_too_short_ends_on_its_last_day(crm: Crm, base: str, every: str, planned: str) -> None:
    with crm() as ws:
        policies.apply(ws, POLICY.replace('"10 days"', f'"{every}"'))
    with crm() as ws:
        add_customer(ws, "One", tier="basic", tier_on=base)
    with crm(readonly=True) as ws:
        assert touches(ws)["call"] == (base, planned, planned)


def test_a_contact_restarts_the_touches_of_its_channel_only(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
    with crm() as ws:
        logged = log(ws, "One", "goals", channel="visit", at=datetime(2026, 11, 18, 10))
    assert logged.answered == ("touch:C000001:deep-talk:2026-11-01",)
    assert dict(logged.next_touches) == {
        "news": date(2026, 10, 15),
        "deep-talk": date(2026, 12, 18),
        "report": date(2027, 2, 18),
    }
    with crm(readonly=True) as ws:
        assert touches(ws)["news"] == ("2026-10-01", "2026-10-15", "2026-10-15")
        assert touches(ws)["report"] == ("2026-11-18", "2027-02-18", "2027-02-18")


def test_a_push_does_not_answer_a_call(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic")
    with crm() as ws:
        assert log(ws, "One", "newsletter", channel="push").answered == ()
    with crm(readonly=True) as ws:
        assert touches(ws)["call"][0] == "2026-10-01"


def test_an_older_contact_told_late_changes_nothing(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic")
        log(ws, "One", "new", at=datetime(2026, 11, 15))
    with crm() as ws:
        assert log(ws, "One", "old", at=datetime(2026, 11, 1)).answered == ()
        assert touches(ws)["call"][0] == "2026-11-15"


def test_undoing_a_contact_brings_the_old_day_back(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic")
    with crm(readonly=True) as ws:
        before = touches(ws)
    with crm() as ws:
        log(ws, "One", "hello")
        assert touches(ws) != before
    with crm() as ws:
        undo(ws)
    with crm(readonly=True) as ws:
        assert touches(ws) == before


def test_a_contact_moved_to_another_customer_is_counted_there(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic")
        add_customer(ws, "Two", tier="basic")
        log(ws, "C000001", "hello")
    with crm() as ws:
        journal.change(ws, "interaction", 1, {"customer_id": 2})
    with crm(readonly=True) as ws:
        assert touches(ws, 1)["call"][0] == "2026-10-01"
        assert touches(ws, 2)["call"][0] == "2026-11-20"


def test_a_new_policy_moves_every_customer(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic")
    with crm() as ws:
        policies.apply(ws, POLICY.replace('"10 days"', '"20 days"'))
    with crm() as ws:
        assert touches(ws)["call"][1] == "2026-10-21"
        undo(ws)
    with crm(readonly=True) as ws:
        assert touches(ws)["call"][1] == "2026-10-11"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"stage": "lead"}, set()),
        ({"stage": "lost"}, set()),
        ({"tier": None}, set()),
        ({"tier": "gone"}, set()),
        ({"consent": "no"}, {"deep-talk", "report"}),
        ({}, {"deep-talk", "report", "news"}),
    ],
)
def test_who_is_maintained(crm: Crm, given: dict[str, Any], expected: set[str]) -> None:
    with crm() as ws:
        add_customer(ws, "One", **given)
    with crm(readonly=True) as ws:
        assert set(touches(ws)) == expected


def test_a_change_that_is_no_cause_rewrites_nothing(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
    with crm() as ws:
        ws.db.execute("UPDATE touch SET due_on = '2000-01-01'")
        journal.change(ws, "customer", 1, {"phone": "+8613800138000", "note": 'a "tier": of its own'})
    with crm() as ws:
        assert {due_on for _base, _planned, due_on in touches(ws).values()} == {"2000-01-01"}
        journal.change(ws, "customer", 1, {"consent": "yes"})
    with crm(readonly=True) as ws:
        assert touches(ws)["news"][2] == "2026-10-15"


@pytest.mark.parametrize(
    ("settled", "reason"),
    [
        (lambda ws: None, "no contact yet, counted from 2026-10-01, every 10 days"),
        (lambda ws: log(ws, "One", "x", at=datetime(2026, 10, 2)), "last contact 2026-10-02, every 10 days"),
        (lambda ws: settle(ws, "touch:C000001:call:2026-10-11", "done"), "done on 2026-11-20, every 10 days"),
    ],
)
def test_the_reason_names_what_the_cadence_counts_from(
    crm: Crm, settled: Callable[[Workspace], object], reason: str
) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic")
    with crm() as ws:
        settled(ws)
    with crm(readonly=True) as ws:
        assert [item.reason for item in due.due(ws, days=30) if item.action == "Call"] == [reason]
