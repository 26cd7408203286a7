"""Done, snooze and skip: what they do to each kind of item, and what they refuse."""

from datetime import date, datetime
from typing import Any

import pytest

from crmcli.care.contacts import log
from crmcli.care.due import due
from crmcli.care.settling import settle
from crmcli.errors import CrmError, NotFound, Refused, UsageError
from crmcli.store.reversing import undo
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_contact, add_customer, touches
from tests.conftest import Crm

CALL = "touch:C000001:call:2026-11-11"
BIRTHDAY = "birthday:C000002:K1:2026-11-23"
ANNIVERSARY = "anniversary:C000002:2026-11-25"


@pytest.fixture
def busy(crm: Crm) -> Crm:
    """A base where each kind of item is open on 2026-11-20."""
    with crm() as ws:
        add_customer(ws, "One", tier="basic", tier_on="2026-11-01")
        two = add_customer(ws, "Two", tier_on="2026-11-20", since="2020-11-25")
        add_contact(ws, two, "Chen", birthday="--11-23")
        at = datetime(2026, 11, 19)
        log(ws, "C000002", "asked", channel="other", at=at, next_action="Offer", next_due=date(2026, 11, 20))
    with crm(readonly=True) as ws:
        assert keys(ws) == [CALL, "action:1", BIRTHDAY, ANNIVERSARY]
    return crm


def keys(ws: Workspace) -> list[str]:
    return [item.key for item in due(ws)]


@pytest.mark.parametrize("key", [CALL, "action:1", BIRTHDAY, ANNIVERSARY])
@pytest.mark.parametrize("decision", ["done", "snooze", "skip"])
def test_a_settled_item_is_gone_and_comes_back_by_undo(busy: Crm, key: str, decision: Any) -> None:
    until = date(2026, 11, 27) if decision == "snooze" else None
    with busy(readonly=True) as ws:
        before = keys(ws)
    with busy() as ws:
        settled = settle(ws, key, decision, until=until, reason="why")
        assert (settled.key, settled.next_on is None) == (key, key != CALL and decision != "snooze")
    with busy(readonly=True) as ws:
        assert keys(ws) == [other for other in before if other != key]
    with busy(readonly=True, now=datetime(2026, 11, 27)) as ws:
        assert (key in keys(ws)) is (decision == "snooze")
        if decision == "snooze":
            (item,) = [item for item in due(ws) if item.key == key]
            assert (item.due_on, item.late_days) == (until, 0)
    with busy() as ws:
        undo(ws)
    with busy(readonly=True) as ws:
        assert keys(ws) == before


def test_what_becomes_of_a_touch(busy: Crm) -> None:
    with busy() as ws:
        assert settle(ws, CALL, "snooze", until=date(2026, 11, 23)).next_on == date(2026, 11, 23)
        assert touches(ws)["call"] == ("2026-11-01", "2026-11-11", "2026-11-23")
    with busy() as ws:
        assert settle(ws, CALL, "skip", reason="on holiday").next_on == date(2026, 11, 21)
        assert ws.db.value("SELECT count(*) FROM settlement") == 1
    with busy() as ws:
        assert settle(ws, "touch:C000001:call:2026-11-21", "skip", reason="again").next_on == date(2026, 12, 1)
    with busy() as ws:
        # Done before it was due: it counts from today.
        assert settle(ws, "touch:C000001:call:2026-12-01", "done").next_on == date(2026, 11, 30)
        assert touches(ws)["call"] == ("2026-11-20", "2026-11-30", "2026-11-30")
    with busy() as ws:
        # Done on the very day it counts from.
        assert settle(ws, "touch:C000001:call:2026-11-30", "done").next_on == date(2026, 12, 10)


def test_skipping_what_is_long_late_asks_for_it_in_the_future(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic", tier_on="2026-05-01")
        assert due(ws) == []
    with crm() as ws:
        settled = settle(ws, "touch:C000001:call:2026-05-11", "skip", reason="gone")
        assert settled.next_on == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("key", "decision", "given", "error"),
    [
        ("touch:C000001:call:2026-11-12", "done", {}, NotFound),
        ("touch:C000009:call:2026-11-11", "done", {}, NotFound),
        ("touch:C000001:none:2026-11-11", "done", {}, NotFound),
        ("action:9", "done", {}, NotFound),
        ("action:x", "done", {}, NotFound),
        ("birthday:C000002:K1:2026-11-24", "done", {}, NotFound),
        ("birthday:C000002:K1:2025-11-23", "done", {}, NotFound),
        ("birthday:C000002:K1:soon", "done", {}, NotFound),
        ("case:C000001:1", "done", {}, NotFound),
        ("", "done", {}, NotFound),
        (CALL, "skip", {}, UsageError),
        (CALL, "skip", {"reason": "  "}, UsageError),
        (CALL, "snooze", {}, UsageError),
        (CALL, "snooze", {"until": date(2026, 11, 20)}, UsageError),
        (CALL, "done", {"until": date(2026, 11, 21)}, UsageError),
        (CALL, "forget", {}, UsageError),
        (BIRTHDAY, "snooze", {"until": date(2026, 12, 8)}, Refused),
    ],
)
def test_refusals(busy: Crm, key: str, decision: Any, given: Any, error: type[CrmError]) -> None:
    with busy() as ws:
        with pytest.raises(error):
            settle(ws, key, decision, **given)
        assert ws.wrote is None


@pytest.mark.parametrize("decision", ["done", "skip"])
def test_what_is_settled_is_not_settled_again(busy: Crm, decision: Any) -> None:
    for key in (CALL, "action:1", BIRTHDAY, ANNIVERSARY):
        with busy() as ws:
            settle(ws, key, decision, reason="why")
        with busy() as ws, pytest.raises(Refused, match="settled already"):
            settle(ws, key, "done")


def test_an_occasion_to_come_may_be_settled_before_it_is_announced(busy: Crm) -> None:
    with busy() as ws:
        settle(ws, "anniversary:C000002:2027-11-25", "skip", reason="leaving")
    with busy(readonly=True, now=datetime(2027, 11, 20)) as ws:
        assert "anniversary:C000002:2027-11-25" not in keys(ws)
