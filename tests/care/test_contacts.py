"""The contact log: what is stored, what it answers, what it refuses."""

from datetime import date, datetime
from typing import Any

import pytest

from crmcli.care.contacts import log
from crmcli.care.due import due
from crmcli.care.settling import settle
from crmcli.errors import CrmError, InvalidInput, NotFound, Refused, UsageError
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_customer
from tests.conftest import Crm


def stored(ws: Workspace, row_id: int = 1) -> dict[str, Any]:
    row = ws.db.first("SELECT * FROM interaction WHERE id = :id", {"id": row_id})
    assert row is not None
    return row


def test_what_is_stored(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", owner="Li")
        logged = log(
            ws,
            "one",
            " the  new plant ",
            channel="拜访",
            direction="in",
            participants=["Chen", "Wang"],
            feedback="keen\nvery",
            next_action="Offer",
            next_due=date(2026, 12, 1),
            at=datetime(2026, 11, 19, 23, 30),
        )
        assert logged.interaction == 1
        row = stored(ws)
    assert row["at"] == "2026-11-19T15:30:00Z"
    assert row["contact_on"] == "2026-11-19"
    assert (row["channel"], row["direction"], row["owner"]) == ("visit", "in", "Li")
    assert (row["topic"], row["feedback"], row["participants"]) == (
        "the  new plant",
        "keen\nvery",
        "Chen, Wang",
    )
    assert (row["next_action"], row["next_due"], row["nth"]) == ("Offer", "2026-12-01", 1)


def test_defaults(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        log(ws, "One", "hello")
        row = stored(ws)
    assert (row["at"], row["contact_on"]) == ("2026-11-20T01:00:00Z", "2026-11-20")
    assert (row["channel"], row["direction"], row["owner"], row["feedback"]) == (
        "call",
        "out",
        "tester",
        None,
    )


def test_the_day_is_that_of_the_company(crm: Crm) -> None:
    with crm(now=datetime.fromisoformat("2026-11-19T16:30+00:00")) as ws:
        add_customer(ws, "One")
        log(ws, "One", "hello")
        assert stored(ws)["contact_on"] == "2026-11-20"


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("a", {}, ("a", None)),
        ("a", {"topic": "b"}, ("b", "a")),
        ("", {"topic": "b"}, ("b", None)),
        ("", {"topic": "b", "feedback": "c"}, ("b", "c")),
        ("a", {"feedback": "c"}, ("a", "c")),
    ],
)
def test_topic_and_feedback(crm: Crm, text: str, given: Any, expected: tuple[str, str]) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        log(ws, "One", text, **given)
        assert (stored(ws)["topic"], stored(ws)["feedback"]) == expected


def test_two_talks_of_one_moment_are_two(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        log(ws, "One", "hello")
        log(ws, "One", "hello")
        log(ws, "One", "other")
        assert [stored(ws, row_id)["nth"] for row_id in (1, 2, 3)] == [1, 2, 1]


def test_a_contact_for_an_action_settles_it(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic", tier_on="2026-11-01")
        log(ws, "One", "asked", at=datetime(2026, 10, 30), next_action="Offer", next_due=date(2026, 11, 20))
    with crm() as ws:
        logged = log(ws, "One", "sent it", answers="action:1")
        assert logged.answered == ("action:1", "touch:C000001:call:2026-11-09")
        assert stored(ws, 2)["answers"] == "action:1"
    with crm(readonly=True) as ws:
        assert due(ws) == []
        assert ws.db.value("SELECT decision FROM settlement WHERE key = 'action:1'") == "done"


def test_a_contact_for_a_touch_restarts_it_even_before_it_is_due(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic", tier_on="2026-11-15")
    with crm() as ws:
        logged = log(ws, "One", "early", answers="touch:C000001:call:2026-11-25")
        assert logged.answered == ("touch:C000001:call:2026-11-25",)
        assert dict(logged.next_touches)["call"] == date(2026, 11, 30)
        assert ws.db.value("SELECT count(*) FROM settlement") == 0


@pytest.mark.parametrize(
    ("text", "given", "error"),
    [
        ("a", {"customer": "Nobody"}, NotFound),
        ("", {}, UsageError),
        (" \n", {}, UsageError),
        ("a", {"topic": "b", "feedback": "c"}, UsageError),
        ("a", {"next_action": "x"}, UsageError),
        ("a", {"next_due": date(2026, 12, 1)}, UsageError),
        ("a", {"next_action": " ", "next_due": date(2026, 12, 1)}, UsageError),
        ("a", {"at": datetime(2026, 11, 20, 9, 1)}, Refused),
        ("a", {"channel": "pigeon"}, InvalidInput),
        ("a", {"direction": "up"}, InvalidInput),
        ("a", {"answers": "touch:C000001:call:2026-11-12"}, NotFound),
        ("a", {"answers": "touch:C000002:call:2026-11-11"}, NotFound),
        ("a", {"answers": "nonsense"}, NotFound),
        ("a", {"answers": "touch:C000001:call:2026-11-11", "channel": "push"}, Refused),
        ("a", {"answers": "touch:C000001:call:2026-11-11", "at": datetime(2026, 10, 1)}, Refused),
    ],
)
def test_refusals_write_nothing(crm: Crm, text: str, given: Any, error: type[CrmError]) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier="basic", tier_on="2026-11-01")
        add_customer(ws, "Two", tier="basic", tier_on="2026-11-01")
    with crm() as ws:
        with pytest.raises(error):
            log(ws, **{"customer": "C000001", "text": text, **given})
        assert ws.wrote is None


def test_an_action_that_is_settled_cannot_be_answered(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One")
        log(ws, "One", "asked", next_action="Offer", next_due=date(2026, 11, 25))
        settle(ws, "action:1", "done")
    with crm() as ws, pytest.raises(NotFound):
        log(ws, "One", "again", answers="action:1")
