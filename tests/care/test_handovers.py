"""Hand-overs as due items: whose they are, what acknowledges them, and what becomes of those taken over again."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.care import assigning, handovers
from crmcli.care.contacts import log
from crmcli.care.due import due
from crmcli.care.settling import settle
from crmcli.care.why import why
from crmcli.errors import CrmError, NotFound, Refused, UsageError
from crmcli.intake import records
from crmcli.store import history
from crmcli.store.finding import customer
from crmcli.store.reversing import redo, undo
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_contact, add_customer, copied
from tests.care.test_assigning import add_case, add_promise, everything, owner_of
from tests.care.test_team import add_member
from tests.conftest import NOW, Crm

KEY = "handoff:C000001:2026-11-20"


def keys(ws: Workspace, owner: str | None = None) -> list[str]:
    return [item.key for item in due(ws, owner=owner, kinds=["handoff"])]


@pytest.fixture
def handed(crm: Crm) -> Crm:
    """Customer One went from Li to Wang today, with terms, a promise and a case; Two from nobody to Wang."""
    with crm() as ws:
        one = add_customer(ws, "One", owner="Li", terms="ship before Friday")
        add_contact(ws, one, "Zhang", phone="+8613800138000")
        add_promise(ws, one, "Offer", "2026-11-25")
        add_case(ws, one, "K1", owner="Li")
        add_customer(ws, "Two")
    with crm() as ws:
        assigning.assign(ws, ["One", "Two"], "Wang", reason="new region")
    return crm


def test_a_hand_over_is_due_with_the_successor_until_acknowledged(handed: Crm) -> None:
    with handed(readonly=True) as ws:
        (item,) = due(ws, owner="Wang", kinds=["handoff"])
        assert (item.key, item.code, item.owner, item.due_on) == (KEY, "C000001", "Wang", ws.today)
        assert (item.contact, item.phone) == ("Zhang", "+8613800138000")
        assert item.reason == (
            "handed over by Li on 2026-11-20: new region; special terms; 1 open promise; 1 open case"
        )
        assert due(ws, owner="Li", kinds=["handoff"]) == []
    with handed(readonly=True, now=datetime(2026, 11, 24)) as ws:
        assert [(item.key, item.late_days) for item in due(ws, kinds=["handoff"])] == [(KEY, 4)]
    with handed() as ws:
        before = everything(ws)
    with handed(now=datetime(2026, 11, 24)) as ws:
        (done,) = handovers.acknowledge(ws, ["One"])
        assert (done.key, done.from_owner, done.owner) == (KEY, "Li", "Wang")
        assert keys(ws) == []
        (now,) = handovers.hand_overs(ws, every=True)
        assert (now.state, now.acknowledged_on) == ("acknowledged", date(2026, 11, 24))
        with pytest.raises(Refused, match="C000001 One has no hand-over"):
            handovers.acknowledge(ws, ["One"])
        with pytest.raises(Refused, match="is settled already"):
            settle(ws, KEY, "done")
    with handed() as ws:
        undo(ws)
        assert everything(ws) == before


def test_done_acknowledges_snoozing_waits_skipping_is_refused(handed: Crm) -> None:
    with handed() as ws:
        with pytest.raises(Refused, match="not skipped"):
            settle(ws, KEY, "skip", reason="no time")
        settle(ws, KEY, "snooze", until=date(2026, 11, 23))
        assert keys(ws) == []
    with handed(now=datetime(2026, 11, 24)) as ws:
        (item,) = due(ws, kinds=["handoff"])
        assert (item.due_on, item.late_days) == (date(2026, 11, 23), 1)
        settle(ws, KEY, "done")
        assert keys(ws) == []
        assert handovers.hand_overs(ws) == []


def test_who_takes_over_again_has_the_only_hand_over(handed: Crm) -> None:
    with handed(now=datetime(2026, 11, 21)) as ws:
        assigning.assign(ws, ["One"], "Zhao")
        assert keys(ws) == ["handoff:C000001:2026-11-21"]
        assert [one.state for one in handovers.hand_overs(ws, every=True)] == ["open", "passed-on"]
    with handed(now=datetime(2026, 11, 22)) as ws:
        assigning.give(ws, 1, None, why="stale")
        assert keys(ws) == []
    with handed(now=datetime(2026, 11, 22)) as ws:
        undo(ws)
        assert keys(ws, "Zhao") == ["handoff:C000001:2026-11-21"]
        # A list that is imported says otherwise: what was handed to Zhao is no one's work.
        ws.db.execute("UPDATE customer SET owner = 'Sun'")
        assert keys(ws) == []


def test_to_and_fro_on_one_day_has_one_key(handed: Crm) -> None:
    with handed() as ws:
        assigning.assign(ws, ["One"], "Li")
    with handed() as ws:
        assigning.assign(ws, ["One"], "Wang")
        assert keys(ws) == [KEY]
        assert len(handovers.acknowledge(ws, everybody=True)) == 1
        assert keys(ws) == []


def test_all_of_one_successor_are_acknowledged_at_once(crm: Crm) -> None:
    with crm() as ws:
        for number in range(6):
            add_customer(ws, f"Customer {number}", owner="Li")
    with crm() as ws:
        assigning.assign(ws, ["C000001", "C000002", "C000003"], "Wang")
        assigning.assign(ws, ["C000004", "C000005"], "Zhao")
        assert len(handovers.acknowledge(ws, owner="Wang")) == 3
        assert ws.summary == "3 hand-overs acknowledged"
        assert keys(ws) == ["handoff:C000004:2026-11-20", "handoff:C000005:2026-11-20"]
        for wrong in ({}, {"customers": ["C000004"], "everybody": True}, {"owner": "Zhao", "everybody": True}):
            with pytest.raises(UsageError, match="which hand-overs"):
                handovers.acknowledge(ws, **wrong)  # type: ignore[arg-type]


def test_an_owner_who_is_edited_is_a_hand_over_too(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", owner="Li")
        add_case(ws, 1, "K1", owner="Li")
        add_customer(ws, "Two")
        before = everything(ws)
    with crm() as ws:
        records.edit_customer(ws, "One", {"owner": "Wang"})
        records.edit_customer(ws, "Two", {"owner": "Wang"})
    with crm(readonly=True) as ws:
        assert keys(ws) == [KEY]
        assert owner_of(ws, "cases", 1) == "Wang"
    with crm() as ws:
        undo(ws)
        assert everything(ws) == before
    with crm() as ws:
        add_member(ws, "Gone", active="no")
        with pytest.raises(Refused, match="not active"):
            records.edit_customer(ws, "One", {"owner": "Gone"})
        with pytest.raises(Refused, match="not active"):
            records.add_customer(ws, {"name": "Three", "owner": "Gone"})


def test_the_newest_is_shown_and_one_that_never_was_is_said(handed: Crm) -> None:
    with handed(readonly=True) as ws:
        shown = handovers.latest(ws, "One")
        assert (shown.reason, shown.packet["terms"]) == ("new region", "ship before Friday")
        with pytest.raises(NotFound, match="C000002 Two was never handed over"):
            handovers.latest(ws, "Two")


def test_history_tells_of_it(handed: Crm) -> None:
    with handed() as ws:
        handovers.acknowledge(ws, everybody=True)
    with handed(readonly=True) as ws:
        rows = [row for row in history.fields(ws, customer(ws, "One"), limit=50) if row["entity"] == "assignment"]
        assert [(row["field"], row["before"], row["after"], row["op"]) for row in rows] == [
            ("handoff acknowledged", None, "2026-11-20", 4),
            ("handoff", "Li", "Wang; new region", 3),
        ]


def test_why_says_who_gave_way_to_whom(handed: Crm) -> None:
    with handed(readonly=True, now=datetime(2026, 11, 22)) as ws:
        (receipt,) = why(ws, KEY).receipts
        assert receipt.reason == (
            "handed over by Li to Wang on 2026-11-20: new region; due since 2026-11-20, 2 days late"
        )
        assert (receipt.holds, receipt.given, receipt.value) == (True, True, "2026-11-20")
        (records_,) = receipt.records
        assert (records_.table, records_.rows[0]["from"], records_.rows[0]["to"]) == ("assignments", "Li", "Wang")
        with pytest.raises(NotFound):
            why(ws, "handoff:C000001:2026-11-21")
    with handed() as ws:
        handovers.acknowledge(ws, everybody=True)
    with handed(readonly=True) as ws:
        (receipt,) = why(ws, KEY).receipts
        assert (receipt.given, receipt.by) == (False, "tester")
    with handed(now=datetime(2026, 11, 21)) as ws:
        assigning.assign(ws, ["One"], "Zhao")
        assert (why(ws, KEY).receipts[0].given, why(ws, KEY).receipts[0].holds) == (False, False)


# ----------------------------------------------------------------------------------------- everything of somebody


def test_all_of_one_owner_goes_over(crm: Crm) -> None:
    with crm() as ws:
        one = add_customer(ws, "One", owner="Li")
        add_customer(ws, "Lead", owner="Li", stage="lead", tier=None)
        other = add_customer(ws, "Other", owner="Sun")
        pool = add_customer(ws, "Pool")
        add_customer(ws, "Nobody's")
        for number, customer_id in enumerate((one, other, other), start=1):
            add_case(ws, customer_id, f"K{number}", owner="Li", status="closed" if number == 3 else "open")
        add_promise(ws, pool, "Call back", "2026-11-30")
    with crm() as ws:
        handed = crmcli.hand_over(ws, "li", "Wang", reason="leaves")
        assert [(one.code, one.from_owner, one.owner) for one in handed.given] == [
            ("C000001", "Li", "Wang"), ("C000002", "Li", "Wang"), ("C000004", "Li", "Wang"),
        ]  # fmt: skip
        assert handed.cases == 2
        assert ws.summary == "2 customers, 1 lead, 2 open cases from Li to Wang"
        assert [owner_of(ws, "cases", number) for number in (1, 2, 3)] == ["Wang", "Wang", "Li"]
        assert owner_of(ws, "customer", other) == "Sun"
        # The promise at the customer that nobody owned goes along.
        assert [item.owner for item in due(ws, days=30, kinds=["action"])] == ["Wang"]


def test_a_rule_chooses_what_goes_over(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "East", owner="Li", region="东")
        add_customer(ws, "West", owner="Li", region="西")
        add_case(ws, 2, "K1", owner="Li")
        handed = assigning.hand_over(ws, "Li", "Wang", where="region == '东'")
        assert [one.code for one in handed.given] == ["C000001"]
        assert owner_of(ws, "cases", 1) == "Li"
        with pytest.raises(UsageError, match="--where, column"):
            assigning.hand_over(ws, "Li", "Wang", where="regio == '东'")


def test_who_cannot_hand_over_or_take_over(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", owner="Li")
        add_member(ws, "Gone", active="no")
        add_member(ws, "Wang")
        with pytest.raises(NotFound, match="'Lee'"):
            assigning.hand_over(ws, "Lee", "Wang")
        with pytest.raises(Refused, match="Gone is not active"):
            assigning.hand_over(ws, "Li", "Gone")
        with pytest.raises(Refused, match="Wang cannot hand over to the same"):
            assigning.hand_over(ws, "wang", "Wang")
        assert assigning.hand_over(ws, "Gone", "Wang").given == ()


def test_two_thousand_customers_are_one_operation_that_undo_takes_back(crm: Crm) -> None:
    with crm() as ws:
        for number in range(2_000):
            add_customer(ws, f"Customer {number}", owner="Li", tier=None)
        log(ws, "C000007", "asked", next_action="Offer", next_due=ws.today + timedelta(days=3))
    with crm() as ws:
        before = everything(ws)
    with crm() as ws:
        assert len(assigning.hand_over(ws, "Li", "Wang").given) == 2_000
        assert ws.wrote == 3
    with crm() as ws:
        assert len(keys(ws, "Wang")) == 2_000
        undo(ws)
        assert everything(ws) == before


# ------------------------------------------------------------------------------------------------- whatever is done

NAMES = st.sampled_from(("Li", "Wang", "Zhao", "Gone"))
CODES = st.sampled_from(("C000001", "C000002", "C000003"))
DEEDS = st.one_of(
    st.tuples(st.just("assign"), CODES, NAMES),
    st.tuples(st.just("edit"), CODES, NAMES),
    st.tuples(st.just("hand over"), NAMES, NAMES),
    st.tuples(st.just("pool"), CODES, st.none()),
    st.tuples(st.just("acknowledge"), st.none(), NAMES),
)


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("handovers")


def do(ws: Workspace, deed: tuple[Any, Any, Any]) -> None:
    what, one, other = deed
    if what == "assign":
        assigning.assign(ws, [one], other)
    elif what == "edit":
        records.edit_customer(ws, one, {"owner": other})
    elif what == "hand over":
        assigning.hand_over(ws, one, other)
    elif what == "pool":
        assigning.give(ws, int(one[-1]), None, why="stale")
    else:
        handovers.acknowledge(ws, owner=other)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(owners=st.tuples(*[st.sampled_from((None, "Li", "Wang", "Gone"))] * 3), deeds=st.lists(DEEDS, max_size=6))
def test_whatever_is_done_is_taken_back_exactly_and_nothing_goes_to_the_inactive(
    scratch: Path, founded: bytes, owners: tuple[str | None, ...], deeds: list[tuple[Any, Any, Any]]
) -> None:
    path = copied(scratch / "crm.db", founded)
    options: dict[str, Any] = {"now": datetime.fromisoformat(NOW)}
    with crmcli.open(path, **options) as ws:
        for name in ("Li", "Wang", "Zhao"):
            add_member(ws, name)
        add_member(ws, "Gone", active="no")
        for number, owner in enumerate(owners):
            add_case(ws, add_customer(ws, f"Customer {number}", owner=owner), f"K{number}", owner=owner)
    for deed in deeds:
        with crmcli.open(path, **options) as ws:
            before = everything(ws)
        try:
            with crmcli.open(path, **options) as ws:
                do(ws, deed)
            wrote = ws.wrote is not None
        except CrmError:
            wrote = False
        with crmcli.open(path, **options) as ws:
            after = everything(ws)
        if wrote:
            with crmcli.open(path, **options) as ws:
                undo(ws)
                assert everything(ws) == before
            with crmcli.open(path, **options) as ws:
                redo(ws)
                assert everything(ws) == after
        else:
            assert after == before
    with crmcli.open(path, readonly=True, **options) as ws:
        rows = ws.db.rows("SELECT id, code, owner FROM customer")
        waiting = handovers.hand_overs(ws)
        assert {one.key for one in waiting} == {item.key for item in due(ws, kinds=["handoff"])}
        assert len({one.code for one in waiting}) == len(waiting)
        assert all(one.owner == row["owner"] for one in waiting for row in rows if row["code"] == one.code)
        given_to_gone = ws.db.value("SELECT count(*) FROM assignment WHERE owner = 'Gone'")
        assert given_to_gone == 0
        assert all(row["owner"] != "Gone" or owners[row["id"] - 1] == "Gone" for row in rows)
