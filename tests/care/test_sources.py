"""Festivals, renewals, surveys and tier reviews: when each is due, for whom, and what settles it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

import pytest

from crmcli import i18n
from crmcli.care.contacts import log
from crmcli.care.due import due
from crmcli.care.plan import plan
from crmcli.care.settling import settle
from crmcli.care.why import why
from crmcli.cleaning.merging import merge
from crmcli.errors import NotFound, Refused
from crmcli.grading import policies
from crmcli.store import journal
from crmcli.store.reversing import undo
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_customer
from tests.care.sources import POLICY
from tests.conftest import Crm

At = Callable[..., AbstractContextManager[Workspace]]


@pytest.fixture
def at(crm: Crm) -> At:
    """`with at("2027-02-01") as ws:` is one operation at noon of that day, under a policy with these sources."""
    with crm() as ws:
        policies.apply(ws, POLICY)

    def open(day: str = "2026-11-20", **options: Any) -> AbstractContextManager[Workspace]:
        return crm(now=datetime.fromisoformat(f"{day}T12:00"), **options)

    return open


def keys(ws: Workspace, *kinds: str, **asked: Any) -> list[str]:
    return [item.key for item in due(ws, kinds=kinds, **asked)]


def add_contract(ws: Workspace, customer_id: int, number: str, **given: Any) -> int:
    row = {"starts_on": None, "ends_on": None, "renewed": None, **given}
    return journal.add(ws, "contract", [{"customer_id": customer_id, "number": number, **row}])[0]


# ------------------------------------------------------------------------------------------- festivals


def test_a_festival_is_for_the_tiers_and_industries_of_the_first_rule_that_fits(at: At) -> None:
    with at() as ws:
        add_customer(ws, "School", industry="教育", owner="Li")
        add_customer(ws, "Small school", industry="Education", tier="basic")
        add_customer(ws, "Factory", industry="制造", owner="Wang")
        add_customer(ws, "No industry")
        add_customer(ws, "Small factory", industry="制造", tier="basic")
        add_customer(ws, "Not graded", industry="教育", tier=None)
        add_customer(ws, "A lead", stage="lead")
        add_customer(ws, "Lost", stage="lost", owner="Li")
    spring = "spring-festival:2027-02-06"
    with at("2027-01-29", readonly=True) as ws:
        assert keys(ws, "festival") == []
    with at("2027-01-30", readonly=True) as ws:
        assert keys(ws, "festival") == [f"festival:C000003:{spring}", f"festival:C000004:{spring}"]
        assert [item.action for item in due(ws, kinds=["festival"])] == ["Card", "Card"]
    with at("2027-02-03", readonly=True) as ws:
        found = due(ws, kinds=["festival"])
        assert [item.code for item in found] == ["C000001", "C000003", "C000004", "C000002"]
        assert (found[0].due_on, found[0].late_days, found[0].channel) == (date(2027, 2, 6), 0, None)
        assert [(item.action, item.reason) for item in found][:2] == [
            ("School calendar", "Spring Festival on 2027-02-06, greeted in 教育"),
            ("Card", "Spring Festival on 2027-02-06"),
        ]
        assert [item.code for item in due(ws, kinds=["festival"], owner="Wang")] == ["C000003"]
    with at("2027-02-20", readonly=True) as ws:
        assert {item.late_days for item in due(ws, kinds=["festival"])} == {14}
    with at("2027-02-21", readonly=True) as ws:
        assert keys(ws, "festival") == []
    with at("2027-08-25", readonly=True) as ws:
        assert keys(ws, "festival") == ["festival:C000001:09-01:2027-09-01"]
        assert due(ws, kinds=["festival"])[0].action == "School opening"


@pytest.mark.parametrize("decision", ["done", "skip"])
def test_a_festival_is_settled_once(at: At, decision: Any) -> None:
    key = "festival:C:1:spring-festival:2027-02-06"
    with at() as ws:
        add_customer(ws, "One", code="C:1")
        # Before it is announced.
        settle(ws, key, decision, reason="travels")
    with at("2027-02-01", readonly=True) as ws:
        assert keys(ws, "festival") == []
    with at("2027-02-01") as ws, pytest.raises(Refused, match="settled already"):
        settle(ws, key, "done")
    with at("2027-02-01") as ws:
        undo(ws)
    with at("2027-02-01", readonly=True) as ws:
        assert keys(ws, "festival") == []


def test_a_festival_waits_no_longer_than_it_is_kept(at: At) -> None:
    key = "festival:C000001:spring-festival:2027-02-06"
    with at() as ws:
        add_customer(ws, "One")
    with at("2027-02-01") as ws:
        with pytest.raises(Refused, match="cannot wait"):
            settle(ws, key, "snooze", until=date(2027, 2, 21))
        settle(ws, key, "snooze", until=date(2027, 2, 9))
    with at("2027-02-08", readonly=True) as ws:
        assert keys(ws, "festival") == []
    with at("2027-02-09", readonly=True) as ws:
        assert keys(ws, "festival") == [key]
    with at("2027-02-21") as ws:
        for wrong in (
            key,
            "festival:C000001:spring-festival:2027-02-07",
            "festival:C000001:laba:2027-01-15",
            "festival:x",
        ):
            with pytest.raises(NotFound):
                settle(ws, wrong, "done")


# -------------------------------------------------------------------------------------------- renewals


def test_a_contract_is_asked_for_until_it_is_known_what_became_of_it(at: At) -> None:
    key = "renewal:C000002:K-1:2026-12-10"
    with at() as ws:
        add_customer(ws, "Strategic")
        basic = add_customer(ws, "Basic", tier="basic", owner="Li")
        contract = add_contract(ws, basic, "K-1", starts_on="2025-12-11", ends_on="2026-12-10")
        add_contract(ws, 1, "K-2", ends_on="2026-12-10")
    with at("2026-11-10", readonly=True) as ws:
        assert keys(ws, "renewal") == [key]
    with at("2026-12-31", readonly=True) as ws:
        found = due(ws, kinds=["renewal"])
        assert [(item.code, item.late_days, item.action) for item in found] == [
            ("C000001", 21, "Offer better terms"),
            ("C000002", 21, "Talk about the renewal"),
        ]
        assert found[1].reason == "contract K-1 ended on 2026-12-10"
    with at("2030-01-01", readonly=True) as ws:
        assert keys(ws, "renewal", owner="Li") == [key]
    with at("2030-01-01") as ws:
        journal.change(ws, "contract", contract, {"renewed": "no"})
    with at("2030-01-01", readonly=True) as ws:
        assert key not in keys(ws, "renewal")
    with at("2030-01-01") as ws:
        undo(ws)
    with at("2030-01-01", readonly=True) as ws:
        assert key in keys(ws, "renewal")


@pytest.mark.parametrize(
    ("after", "asked"),
    [
        ({"starts_on": "2026-12-11", "ends_on": "2027-12-10"}, False),
        ({"starts_on": "2026-06-01", "ends_on": "2027-05-31"}, False),
        ({"starts_on": "2027-03-01", "ends_on": "2028-02-28"}, False),
        ({"starts_on": "2027-01-10"}, False),
        ({"starts_on": "2027-01-11"}, True),
        ({"starts_on": "2026-01-01", "ends_on": "2026-12-10", "renewed": "no"}, True),
        ({"starts_on": "2026-12-01", "ends_on": "2026-12-05", "renewed": "no"}, True),
        ({"renewed": "no"}, True),
    ],
)
def test_a_contract_that_another_goes_on_after_is_not_asked_for(at: At, after: dict[str, Any], asked: bool) -> None:
    with at() as ws:
        one, two = add_customer(ws, "One"), add_customer(ws, "Two")
        add_contract(ws, one, "K-1", ends_on="2026-12-10")
        add_contract(ws, two, "K-3", ends_on="2029-12-10")
    with at() as ws:
        add_contract(ws, one, "K-2", **after)
    with at("2026-12-10", readonly=True) as ws:
        assert ("renewal:C000001:K-1:2026-12-10" in keys(ws, "renewal")) is asked


@pytest.mark.parametrize("fields", [{"stage": "lost"}, {"stage": "lead"}])
def test_only_the_contracts_of_customers_are_asked_for(at: At, fields: dict[str, Any]) -> None:
    with at() as ws:
        one = add_customer(ws, "One")
        add_contract(ws, one, "K:1", ends_on="2026-11-25")
    with at(readonly=True) as ws:
        assert keys(ws, "renewal") == ["renewal:C000001:K:1:2026-11-25"]
    with at() as ws:
        journal.change(ws, "customer", one, fields)
    with at(readonly=True) as ws:
        assert keys(ws, "renewal") == []


def test_a_renewal_is_settled_and_put_off(at: At) -> None:
    key = "renewal:C000001:K:1:2026-11-25"
    with at() as ws:
        one = add_customer(ws, "One", tier=None)
        contract = add_contract(ws, one, "K:1", ends_on="2026-11-25")
    with at() as ws:
        assert settle(ws, key, "snooze", until=date(2027, 6, 1)).next_on == date(2027, 6, 1)
    with at("2027-05-31", readonly=True) as ws:
        assert keys(ws, "renewal") == []
    with at("2027-06-01", readonly=True) as ws:
        assert keys(ws, "renewal") == [key]
    with at("2027-06-01") as ws:
        logged = log(ws, "C000001", "they go on", answers=key)
        assert logged.answered == (key,)
    with at("2027-06-01", readonly=True) as ws:
        assert keys(ws, "renewal") == []
        assert why(ws, key).receipts[0].reason.startswith("done on 2027-06-01 by tester")  # type: ignore[union-attr]
    with at("2027-06-02") as ws:
        # The contract was prolonged: its new end is asked for anew.
        journal.change(ws, "contract", contract, {"ends_on": "2027-06-25"})
    with at("2027-06-02", readonly=True) as ws:
        assert keys(ws, "renewal") == ["renewal:C000001:K:1:2027-06-25"]


def test_what_the_policy_no_longer_asks_for_is_not_due(at: At) -> None:
    with at() as ws:
        add_contract(ws, add_customer(ws, "One"), "K-1", ends_on="2026-11-25")
    with at() as ws:
        policies.apply(ws, POLICY.replace('kind = "renewal"', 'kind = "birthday"'))
    with at(readonly=True) as ws:
        assert keys(ws, "renewal") == []
        assert ws.db.value("SELECT renew_by FROM contract") is None
    with at() as ws:
        undo(ws)
    with at(readonly=True) as ws:
        assert keys(ws, "renewal") == ["renewal:C000001:K-1:2026-11-25"]


# --------------------------------------------------------------------------------------------- surveys


def answer(ws: Workspace, customer_id: int, at: str) -> None:
    row = {"customer_id": customer_id, "kind": "csat", "score": 4, "at": at, "nth": 1, "comment": "fine"}
    journal.add(ws, "survey", [row])


def test_a_survey_is_answered_by_an_answer_not_by_a_call(at: At) -> None:
    with at() as ws:
        add_customer(ws, "One", tier_on="2026-05-01")
    key = "survey:C000001:csat:2026-11-01"
    with at(readonly=True) as ws:
        (item,) = due(ws, kinds=["survey"])
        assert (item.key, item.action, item.channel) == (key, "Survey", "push")
        assert item.reason == "no answer yet, counted from 2026-05-01, every 6 months"
    with at() as ws:
        assert log(ws, "C000001", "news", channel="email").answered == ()
    with at(readonly=True) as ws:
        assert keys(ws, "survey") == [key]
    with at() as ws:
        # In the evening of the day before where the company is.
        answer(ws, 1, "2026-11-19T15:30:00Z")
    with at(readonly=True) as ws:
        assert keys(ws, "survey") == []
        assert keys(ws, "survey", days=400) == ["survey:C000001:csat:2027-05-19"]
        (item,) = due(ws, kinds=["survey"], days=400)
        assert item.reason == "last answer 2026-11-19, every 6 months"
        assert why(ws, key).receipts[0].reason == "answered on 2026-11-19: csat 4"
        (told,) = why(ws, item.key).receipts
        assert [(step.name, step.formula, step.result) for step in told.steps] == [
            ("base_on", "last_answer_on", "2026-11-19"),
            ("planned_on", "2026-11-19 + 6 months", "2027-05-19"),
        ]
        assert told.records[0].table == "surveys"
    with at() as ws:
        undo(ws)
    with at(readonly=True) as ws:
        assert keys(ws, "survey") == [key]


def test_a_survey_is_done_by_a_contact_logged_for_it(at: At) -> None:
    key = "survey:C000001:csat:2026-11-01"
    with at() as ws:
        add_customer(ws, "One", tier_on="2026-05-01")
    with at() as ws:
        logged = log(ws, "C000001", "asked how it goes", channel="call", answers=key)
        assert logged.answered == (key, "touch:C000001:talk:2026-06-01")
    with at(readonly=True) as ws:
        assert keys(ws, "survey", days=300) == ["survey:C000001:csat:2027-05-20"]
        assert keys(ws, "touch", days=40) == ["touch:C000001:talk:2026-12-20"]
    with at("2027-06-01") as ws:
        assert settle(ws, "survey:C000001:csat:2027-05-20", "skip", reason="busy").next_on == date(2027, 11, 20)


def test_nobody_without_consent_is_pushed_to(at: At) -> None:
    with at() as ws:
        add_customer(ws, "One", tier_on="2026-05-01", consent="no")
    with at(readonly=True) as ws:
        assert [item.channel for item in due(ws, kinds=["survey"])] == ["email"]


def test_one_contact_closes_every_touch_that_it_suits(at: At) -> None:
    touches = ", ".join(
        f'{{ key = "t{number}", every = "{number} weeks", channels = {channels} }}'
        for number, channels in enumerate((["call"], ["visit", "call"], ["email"], ["call"]), start=1)
    )
    with at() as ws:
        policies.apply(
            ws,
            POLICY.replace("[[tier]]", f'[[tier]]\nkey = "many"\nwhen = "false"\ntouches = [{touches}]\n[[tier]]', 1),
        )
        add_customer(ws, "One", tier="many", tier_on="2026-10-20")
    with at() as ws:
        # The last one is not due yet: it counts from the contact all the same.
        assert log(ws, "C000001", "goals", channel="call").answered == (
            "touch:C000001:t1:2026-10-27",
            "touch:C000001:t2:2026-11-03",
            "touch:C000001:t4:2026-11-17",
        )
    with at(readonly=True) as ws:
        assert keys(ws, "touch") == ["touch:C000001:t3:2026-11-10"]


# --------------------------------------------------------------------------------------------- reviews


def test_the_tiers_are_reviewed_with_every_owner(at: At) -> None:
    with at() as ws:
        for number, owner in enumerate(("Li", None, "Li", "Wang: north", "Nobody graded")):
            add_customer(ws, f"Customer {number}", owner=owner, tier=None if number == 4 else "basic")
    with at("2027-02-19", readonly=True) as ws:
        assert keys(ws) == []
    found = ["review::2027-02-20", "review:Li:2027-02-20", "review:Wang: north:2027-02-20"]
    with at("2027-02-25", readonly=True) as ws:
        assert keys(ws, "review") == found
        item = due(ws, owner="Li")[0]
        assert (item.code, item.customer, item.tier, item.contact, item.phone) == (None,) * 5
        assert (item.owner, item.late_days, item.action) == ("Li", 5, "Review the tiers")
        assert item.reason == "not reviewed yet, counted from 2026-11-20, every 3 months"
    with at("2027-02-25") as ws:
        assert settle(ws, found[0], "done").next_on == date(2027, 5, 25)
    with at("2027-02-25") as ws:
        assert settle(ws, found[1], "snooze", until=date(2027, 3, 1)).next_on == date(2027, 3, 1)
    with at("2027-02-25") as ws:
        assert settle(ws, found[2], "skip", reason="on leave").next_on == date(2027, 5, 20)
    with at("2027-03-01", readonly=True) as ws:
        assert keys(ws, "review") == [found[1]]
        assert why(ws, found[1]).receipts[0].reason == "due today; snoozed until 2027-03-01"
    with at("2027-03-02") as ws:
        assert settle(ws, found[1], "done").next_on == date(2027, 6, 2)
        assert ws.db.value("SELECT count(*) FROM review") == 3
    with at("2027-03-02") as ws:
        with pytest.raises(Refused, match="settled already: done on 2027-03-02"):
            settle(ws, found[1], "done")
        with pytest.raises(NotFound):
            settle(ws, "review:Nobody graded:2027-02-20", "done")
    with at("2027-03-02", readonly=True) as ws:
        assert why(ws, found[1]).receipts[0].reason == "done on 2027-03-02 by tester"
        assert why(ws, found[2]).receipts[0].reason == "skipped on 2027-02-25 by tester: on leave"
        (told,) = why(ws, "review:Wang: north:2027-05-20").receipts
        assert [(step.formula, step.result) for step in told.steps] == [
            ("policy_adopted_on", "2026-11-20"),
            ("2026-11-20 + 3 months", "2027-02-20"),
            ("2027-02-20 + 3 months", "2027-05-20"),
        ]
        assert (told.place, told.given, told.holds) == ("review.every", True, False)
        for wrong in ("review:Li:2027-02-21", "review:Li", "review:Li:soon"):
            with pytest.raises(NotFound):
                why(ws, wrong)
    with at("2027-03-02") as ws:
        undo(ws)
    with at("2027-03-02", readonly=True) as ws:
        assert keys(ws, "review") == [found[1]]


# ------------------------------------------------------------------------------------------ all of them


def test_the_plan_has_them_and_their_repeats(at: At) -> None:
    with at() as ws:
        one = add_customer(ws, "One", tier_on="2026-06-01", owner="Li")
        add_contract(ws, one, "K-1", ends_on="2026-12-20")
    with at("2026-11-30", readonly=True) as ws:
        found = [(turn.due_on.isoformat(), turn.kind, turn.code) for turn in plan(ws, until=date(2027, 6, 30))[0]]
        assert [turn for turn in found if turn[1] != "touch"] == [
            ("2026-12-01", "survey", "C000001"),
            ("2026-12-20", "renewal", "C000001"),
            ("2027-02-06", "festival", "C000001"),
            ("2027-02-20", "review", None),
            ("2027-05-20", "review", None),
            ("2027-06-01", "survey", "C000001"),
        ]


def test_a_merge_brings_the_decisions_along(at: At) -> None:
    spring = "spring-festival:2027-02-06"
    with at() as ws:
        one, two = add_customer(ws, "One", tier_on="2026-05-01"), add_customer(ws, "Two", tier_on="2026-05-01")
        add_contract(ws, two, "K-1", ends_on="2026-11-25")
        add_contract(ws, one, "K-2", ends_on="2026-11-28")
    with at() as ws:
        settle(ws, f"festival:C000002:{spring}", "done")
        settle(ws, "renewal:C000002:K-1:2026-11-25", "skip", reason="sold")
        settle(ws, "survey:C000002:csat:2026-11-01", "done")
    with at("2027-02-01", readonly=True) as ws:
        before = keys(ws, "festival", "renewal", "survey", days=100)
        assert before == [
            "survey:C000001:csat:2026-11-01",
            "renewal:C000001:K-2:2026-11-28",
            f"festival:C000001:{spring}",
        ]
    with at("2027-02-01") as ws:
        merge(ws, "C000001", ["C000002"])
    with at("2027-02-01", readonly=True) as ws:
        assert keys(ws, "festival", "renewal", "survey", days=100) == ["renewal:C000001:K-2:2026-11-28"]
    with at("2027-02-01") as ws:
        undo(ws)
    with at("2027-02-01", readonly=True) as ws:
        assert keys(ws, "festival", "renewal", "survey", days=100) == before


def test_they_are_found_by_index(at: At) -> None:
    """The plan of every question that `due` asks reads no whole table."""
    asked: list[str] = []
    with at() as ws:
        add_contract(ws, add_customer(ws, "One", tier_on="2026-05-01", industry="教育"), "K-1", ends_on="2026-11-25")
    for day in ("2027-02-03", "2027-08-30"):
        with at(day, readonly=True) as ws:
            rows = ws.db.rows

            def listen(sql: str, params: Any = None, rows: Any = rows) -> Any:
                asked.extend(row["detail"] for row in rows(f"EXPLAIN QUERY PLAN {sql}", params))
                return rows(sql, params)

            ws.db.rows = listen  # type: ignore[method-assign]
            due(ws, days=7)
            due(ws, days=7, owner="Li")
    tables = ("touch", "customer", "contact", "interaction", "settlement", "contract", "survey", "review", "step")
    whole = [line for line in asked if line.startswith("SCAN") and line.split()[1] in (*tables, *"acikprst")]
    assert asked and not whole


def test_a_contact_concerns_only_its_customer(at: At) -> None:
    """What an operation costs does not grow with the base, either."""
    with at() as ws:
        add_contract(ws, add_customer(ws, "One"), "K-1", ends_on="2026-11-25")
    asked: list[str] = []
    with at() as ws:
        execute = ws.db.execute

        def listen(sql: str, params: Any = None) -> int:
            if "touch" in sql or "contract" in sql or "concerned" in sql:
                asked.extend(row["detail"] for row in ws.db.rows(f"EXPLAIN QUERY PLAN {sql}", params))
            return execute(sql, params)

        ws.db.execute = listen  # type: ignore[method-assign]
        log(ws, "C000001", "goals")
        settle(ws, "renewal:C000001:K-1:2026-11-25", "done")
    whole = ("customer", "c", "contract", "k", "own", "row", "interaction", "touch", "t", "settlement")
    assert asked and not [line for line in asked if line.startswith("SCAN") and line.split()[1] in whole]


def test_they_are_told_in_chinese(at: At) -> None:
    with at() as ws:
        add_contract(ws, add_customer(ws, "One", tier_on="2026-05-01"), "K-1", ends_on="2026-11-25")
    i18n.choose("zh")
    try:
        with at("2027-02-01", readonly=True) as ws:
            assert {item.action for item in due(ws, kinds=["festival", "survey"])} == {"贺卡", "Survey"}
            assert "春节" in due(ws, kinds=["festival"])[0].reason
    finally:
        i18n.choose("en")


# ------------------------------------------------------------------------------------------------- why


def test_why_a_festival(at: At) -> None:
    key = "festival:C000001:spring-festival:2027-02-06"
    with at() as ws:
        add_customer(ws, "One", industry="制造")
    with at("2027-02-01", readonly=True) as ws:
        (told,) = why(ws, key).receipts
        assert (told.holds, told.given, told.reason) == (True, True, "announced for 2027-02-06")
        assert (told.place, told.rule) == (
            "festival[2].notice",
            'key = "spring-festival", notice = "7 days", tiers = ["strategic"]',
        )
        assert [(step.name, step.formula, step.result) for step in told.steps] == [
            ("planned_on", "spring-festival in 2027", "2027-02-06"),
            ("announced_on", "2027-02-06 - 7 days", "2027-01-30"),
            ("let_go_after", "2027-02-06 + 14 days", "2027-02-20"),
        ]
        assert why(ws, "festival:C000001:09-01:2027-09-01").receipts[0].reason == (
            "not asked for: industry in ['教育'] is not so"
        )
        for wrong in ("festival:C000001:spring-festival:2027-02-07", "festival:C000001:laba:2027-01-15"):
            with pytest.raises(NotFound):
                why(ws, wrong)
    with at("2027-01-01", readonly=True) as ws:
        assert why(ws, key).receipts[0].reason == "on 2027-02-06; announced from 2027-01-30"
    with at("2027-03-01", readonly=True) as ws:
        assert why(ws, key).receipts[0].reason == "let go after 2027-02-20: nobody settled it"
    with at("2027-02-01") as ws:
        settle(ws, key, "done", reason="card sent")
    with at("2027-02-02", readonly=True) as ws:
        (told,) = why(ws, key).receipts
        assert (told.given, told.by, told.reason) == (False, "tester", "done on 2027-02-01 by tester: card sent")


def test_why_a_renewal(at: At) -> None:
    key = "renewal:C000001:K-1:2026-12-10"
    with at() as ws:
        one = add_customer(ws, "One")
        add_contract(ws, one, "K-1", starts_on="2025-12-11", ends_on="2026-12-10")
    with at(readonly=True) as ws:
        assert why(ws, key).receipts[0].reason == "on 2026-12-10; announced from 2026-11-30"
    with at("2026-12-15", readonly=True) as ws:
        (told,) = why(ws, key).receipts
        assert (told.holds, told.reason) == (True, "due since 2026-12-10, 5 days late")
        assert (told.place, told.records[0].table) == ("occasion[1].notice", "contracts")
        assert [(step.formula, step.result) for step in told.steps][:3] == [
            ("ends_on", "2026-12-10"),
            ("2026-12-10 - 10 days", "2026-11-30"),
            ("2026-12-15 - 2026-12-10", "5"),
        ]
    with at("2026-12-15") as ws:
        add_contract(ws, one, "K-2", starts_on="2026-12-11", ends_on="2027-12-10")
    with at("2026-12-15", readonly=True) as ws:
        (told,) = why(ws, key).receipts
        assert (told.holds, told.reason) == (False, "not asked for: missing(successor) is not so")
        assert told.records[0].count == 2
        for wrong in ("renewal:C000001:K-9:2026-12-10", "renewal:C000001:K-1:soon", "renewal:x"):
            with pytest.raises(NotFound):
                why(ws, wrong)


# ------------------------------------------------------------------------------------------ escalation


def test_what_is_late_is_told_to_the_manager(at: At) -> None:
    with at() as ws:
        row = {"role": None, "capacity": None, "active": "yes", "email": None, "notify": None}
        journal.add(ws, "member", [{"name": "Li", "manager": "Wang", **row}, {"name": "Wang", "manager": None, **row}])
        add_customer(ws, "Own", owner="Wang", tier_on="2026-11-19")
        add_customer(ws, "Late", owner="Li", tier_on="2026-10-18")
        add_customer(ws, "Later", owner="Li", tier_on="2026-10-15")
        add_customer(ws, "Basic", owner="Li", tier="basic")
        log(ws, "C000004", "asked", at=datetime(2026, 11, 1), next_action="Offer", next_due=date(2026, 11, 2))
    late, later = "touch:C000002:talk:2026-11-18", "touch:C000003:talk:2026-11-15"
    with at(readonly=True) as ws:
        found = {item.key: item.escalation for item in due(ws)}
        assert found == {"action:1": None, later: "mark: high-risk", late: "manager: Wang"}
        assert keys(ws, escalated=True) == [later, late]
        assert keys(ws, owner="Wang") == [later, late]
        assert keys(ws, "touch", owner="Li", late=True, escalated=True) == [later, late]
        assert keys(ws, "action", owner="Wang") == []
