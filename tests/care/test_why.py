"""The receipts of due items agree with what is due, their arithmetic adds up, and what settled an item is told."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.calendars import add, parse_cadence
from crmcli.care import due, items
from crmcli.care.contacts import log
from crmcli.care.settling import settle
from crmcli.care.why import why
from crmcli.errors import CrmError, NotFound
from crmcli.grading import policies
from crmcli.grading.why import Receipt, document
from crmcli.i18n import choose
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from tests.care.conftest import POLICY, add_contact, add_customer, copied
from tests.conftest import Crm

TALK = "touch:C000001:deep-talk:2026-11-01"


def receipt(ws: Workspace, key: str) -> Receipt:
    (found,) = why(ws, key).receipts
    assert found.subject == key
    return found


def steps(found: Receipt) -> list[tuple[str, str, str | None]]:
    return [(step.name, step.formula, step.result) for step in found.steps]


# ------------------------------------------------------------------------------------- against what is due

_DECISIONS = st.one_of(
    st.tuples(st.just("log"), st.sampled_from(("visit", "video", "call", "email", "push")), st.integers(0, 60)),
    st.tuples(st.sampled_from(("done", "snooze", "skip")), st.integers(0, 9), st.integers(1, 40)),
)


def _happens(ws: Workspace, word: str, what: Any, number: int) -> None:
    if word == "log":
        log(ws, f"C00000{1 + number % 2}", f"talk {number}", channel=what, at=ws.now - timedelta(days=number))
    else:
        keys = [item.key for item in due.due(ws, days=40)]
        until = ws.today + timedelta(days=number) if word == "snooze" else None
        settle(ws, keys[what % len(keys)], word, until=until, reason="why")  # type: ignore[arg-type]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dates(date(2026, 1, 20), date(2028, 3, 31)), st.lists(st.tuples(st.integers(0, 35), _DECISIONS), max_size=9))
def test_every_item_there_ever_was_is_explained(
    tmp_path: Path, founded: bytes, start: date, happened: list[tuple[int, tuple[str, Any, int]]]
) -> None:
    path, now = copied(tmp_path / "crm.db", founded), datetime(start.year, start.month, start.day, 12)
    with crmcli.open(path, now=now) as ws:
        add_customer(ws, "One", tier_on=start.isoformat(), since=f"2020-{start:%m-%d}")
        add_customer(ws, "Two", tier="basic", tier_on=None, created_on=start.isoformat())
        add_contact(ws, 1, "Lin Yue", birthday="lunar 08-15")
        log(ws, "C000001", "promise", next_action="offer", next_due=start + timedelta(days=9))
    seen: set[str] = set()
    for days, (word, what, number) in happened:
        now += timedelta(days=days)
        with crmcli.open(path, readonly=True, now=now) as ws:
            seen |= {item.key for item in due.due(ws, days=60)}
        try:
            with crmcli.open(path, now=now) as ws:
                _happens(ws, word, what, number)
        except CrmError:
            pass
    with crmcli.open(path, readonly=True, now=now) as ws:
        listed = {item.key: item for item in due.due(ws)}
        for key in seen | listed.keys():
            found = receipt(ws, key)
            _check(ws, found, due.item(ws, key))
            assert found.holds is (key in listed)


def _check(ws: Workspace, found: Receipt, item: items.Item | None) -> None:
    assert found.given is (item is not None)
    assert found.holds is all(part.holds for part in found.parts)
    if item is not None:
        assert found.value == item.due_on.isoformat()
        assert [step.result for step in found.steps if step.name == "planned_on"][-1] == item.planned_on.isoformat()
    else:
        assert found.by or "let go" in (found.reason or "")
    for step in found.steps:
        if sum_of := re.fullmatch(r"(\d{4}-\d\d-\d\d) ([+-]) (\d+ \w+)(?: \((\d+) x\))?", step.formula):
            day, sign, length, times = sum_of.groups()
            for _time in range(int(times or 1)):
                day = add(parse_cadence(length), date.fromisoformat(day), 1 if sign == "+" else -1).isoformat()
            assert step.result == day


# ------------------------------------------------------------------------------------------------ one by one


def test_a_touch_that_is_due(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        log(ws, "C000001", "goals", channel="visit", at=datetime(2026, 9, 7, 15), owner="Li")
        log(ws, "C000001", "invoice", channel="call", at=datetime(2026, 9, 9, 15))
        found = why(ws, "touch:C000001:deep-talk:2026-10-07")
    (told,) = found.receipts
    assert (found.code, found.policy, found.as_of) == ("C000001", "care", date(2026, 11, 20))
    assert (told.value, told.holds, told.given, told.source) == ("2026-10-07", True, True, "rule")
    assert told.reason == "due since 2026-10-07, 44 days late"
    assert (told.place, told.line) == ("tier[1].touches[1].every", 12)
    assert POLICY.splitlines()[(told.line or 0) - 1].startswith('  { key = "deep-talk"')
    assert told.rule == 'every = "1 month", channels = ["visit", "video"]'
    assert steps(told) == [
        ("base_on", "last_contact_on", "2026-09-07"),
        ("planned_on", "2026-09-07 + 1 month", "2026-10-07"),
        ("late_days", "2026-11-20 - 2026-10-07", "44"),
    ]
    (talk,) = told.records[0].rows
    assert (told.records[0].table, talk["topic"], talk["owner"], talk["channel"]) == (
        "interactions", "goals", "Li", "visit",
    )  # fmt: skip
    assert (talk["recorded_by"], talk["recorded_at"], talk["file"]) == ("tester", "2026-11-20T09:00:00+08:00", None)


def test_a_touch_before_any_contact_counts_from_the_tier(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        told = receipt(ws, TALK)
    assert steps(told)[0] == ("base_on", "tier_on", "2026-10-01")
    assert told.records[0].rows[0]["tier_on"] == "2026-10-01"


def test_what_settled_a_touch(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        add_customer(ws, "Two")
    with crm() as ws:
        log(ws, "C000001", "goals", channel="video", owner="Li")
        told = receipt(ws, TALK)
        assert (told.holds, told.given, told.by) == (False, False, "tester")
        assert told.reason == "answered by a contact (video) on 2026-11-20 by Li: goals"
        assert told.records[-1].rows[0]["topic"] == "goals"
        settle(ws, TALK.replace("C000001", "C000002"), "skip", reason="on leave")
        skipped = receipt(ws, TALK.replace("C000001", "C000002"))
        following = receipt(ws, "touch:C000002:deep-talk:2026-12-01")
    assert skipped.reason == "skipped on 2026-11-20 by tester: on leave"
    assert (following.given, following.holds, following.reason) == (True, False, "not due before 2026-12-01")
    assert steps(following)[-1] == ("planned_on", "2026-11-01 + 1 month", "2026-12-01")
    assert following.records[-1].rows[0]["decision"] == "skipped"


def test_a_touch_that_is_snoozed(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
    with crm() as ws:
        settle(ws, TALK, "snooze", until=date(2026, 11, 25))
        told = receipt(ws, TALK)
    assert (told.value, told.holds, told.given) == ("2026-11-25", False, True)
    assert told.reason == "not due before 2026-11-25; snoozed until 2026-11-25"
    assert steps(told)[-1] == ("due_on", "until", "2026-11-25")


@pytest.mark.parametrize(
    ("column", "value", "failed"),
    [("stage", "lost", "stage not in ['lead', 'lost']"), ("tier", "basic", "tier == 'strategic'")],
)
def test_a_touch_that_is_asked_for_no_more(crm: Crm, column: str, value: str, failed: str) -> None:
    with crm() as ws:
        add_customer(ws, "One")
    with crm() as ws:
        journal.change(ws, "customer", 1, {column: value})
    with crm(readonly=True) as ws:
        told = receipt(ws, TALK)
    assert (told.given, told.holds) == (False, False)
    assert [part.text for part in told.parts if not part.holds] == [failed]
    assert told.reason == f"not asked for: {failed} is not so"


def test_an_item_of_a_policy_that_is_no_more(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        add_customer(ws, "Two")
    with crm() as ws:
        settle(ws, TALK, "skip", reason="on leave")
    with crm() as ws:
        policies.apply(ws, POLICY.replace("1 month", "5 weeks"))
    with crm(readonly=True) as ws:
        told = receipt(ws, TALK)
        assert (told.reason or "").startswith("skipped on 2026-11-20 by tester: on leave; the tier or the policy")
        assert told.rule == 'every = "5 weeks", channels = ["visit", "video"]'
        with pytest.raises(NotFound) as failed:
            why(ws, TALK.replace("C000001", "C000002"))
        assert failed.value.hint == "the open one is touch:C000002:deep-talk:2026-11-05"


def test_a_promise_and_what_became_of_it(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        said = log(ws, "C000001", "visit", channel="visit", next_action="send offer", next_due=date(2026, 11, 25))
        told = receipt(ws, key := f"action:{said.interaction}")
        assert (told.value, told.holds, told.given, told.source) == ("2026-11-25", False, True, "hand")
        assert told.steps[0].facts == {"next_action": "send offer"}
        settle(ws, key, "done")
        told = receipt(ws, key)
    assert (told.reason, told.given) == ("done on 2026-11-20 by tester", False)
    assert told.records[-1].table == "settlements"


@pytest.mark.parametrize(
    ("birthday", "day", "formula", "reason", "holds", "open"),
    [
        ("1980-11-22", "2026-11-22", "1980-11-22 in 2026", "announced for 2026-11-22", True, True),
        ("--12-01", "2026-12-01", "--12-01 in 2026", "on 2026-12-01; announced from 2026-11-28", False, True),
        ("lunar 10-10", "2026-11-18", "lunar 10-10 in 2026", "due since 2026-11-18, 2 days late", True, True),
        ("--02-29", "2026-02-28", "--02-29 in 2026", "let go after 2026-03-14: nobody settled it", False, False),
    ],
)
def test_birthdays(crm: Crm, birthday: str, day: str, formula: str, reason: str, holds: bool, open: bool) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        add_contact(ws, 1, "Lin Yue", birthday=birthday)
        told = receipt(ws, f"birthday:C000001:K1:{day}")
        with pytest.raises(NotFound):
            why(ws, "birthday:C000001:K1:2026-06-06")
        with pytest.raises(NotFound):
            why(ws, f"birthday:C000001:K2:{day}")
    assert (told.reason, told.holds, told.given) == (reason, holds, open)
    assert steps(told)[0] == ("planned_on", formula, day)
    assert told.place == "occasion[1].notice"
    assert told.rule == 'kind = "birthday", notice = "3 days", tiers = ["strategic"]'
    (person,) = told.records[0].rows
    assert (person["name"], person["birthday"], person["recorded_by"]) == ("Lin Yue", birthday, "tester")


def test_a_contact_that_answered_a_birthday(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        add_contact(ws, 1, "Lin Yue", birthday="--11-21")
        log(ws, "C000001", "congratulated", answers=(key := "birthday:C000001:K1:2026-11-21"))
        told = receipt(ws, key)
    assert (told.given, told.reason) == (False, "done on 2026-11-20 by tester")
    assert [found.table for found in told.records] == ["contacts", "settlements", "interactions"]
    assert told.records[-1].rows[0]["topic"] == "congratulated"


def test_an_occasion_that_is_not_kept(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic", birthday="--11-21", kind="company", since="2020-11-21")
        told = receipt(ws, "birthday:C000001:2026-11-21")
        assert [part.text for part in told.parts if not part.holds] == ["tier in ['strategic']", "kind == 'person'"]
        assert (told.given, told.reason) == (False, "not asked for: tier in ['strategic'] is not so")
        told = receipt(ws, "anniversary:C000001:2026-11-21")
        assert (told.holds, steps(told)[0]) == (True, ("planned_on", "2020-11-21 + 6 years", "2026-11-21"))
        settle(ws, "anniversary:C000001:2026-11-21", "skip", reason="not wanted")
        assert receipt(ws, "anniversary:C000001:2026-11-21").reason == "skipped on 2026-11-20 by tester: not wanted"


@pytest.mark.parametrize(
    "key",
    [
        "touch:C000001:deep-talk:2026-11-02",
        "touch:C000001:nothing:2026-11-01",
        "touch:C000009:deep-talk:2026-11-01",
        "touch:C000001:deep-talk:2026-13-01",
        "touch:C000001",
        "action:1",
        "action:9999999999999999999999",
        "action:one",
        "birthday:C000001:2026-11-20",
        "birthday:C000001:K99999999999999999999:2026-11-20",
        "anniversary:C000001:2026-11-20",
        "touch:",
    ],
)
def test_what_never_was_is_not_found(crm: Crm, key: str) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        log(ws, "C000001", "no promise")
        with pytest.raises(NotFound):
            why(ws, key)


def test_a_key_follows_a_merged_customer_and_a_code_may_look_like_a_key(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        add_customer(ws, "Two")
        ws.db.execute("UPDATE customer SET code = 'touch:7' WHERE id = 2")
        journal.add(ws, "former_code", [{"code": "C000077", "customer_id": 1, "since": "2026-11-01"}])
        assert why(ws, TALK.replace("C000001", "C000077")).code == "C000001"
        assert why(ws, "touch:7").receipts[0].subject == "tier"
        assert why(ws, "touch:touch:7:deep-talk:2026-11-01").code == "touch:7"


def test_only_sentences_depend_on_the_language(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        before = document(why(ws, TALK))[0]
        choose("zh")
        try:
            told = document(why(ws, TALK))[0]
        finally:
            choose("en")
    assert {**told, "reason": ""} == {**before, "reason": ""}
