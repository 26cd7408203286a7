"""The maintenance plan: repeats, what is late, and the work per owner and week."""

from datetime import date, datetime

import pytest

from crmcli.care.contacts import log
from crmcli.care.plan import Load, end_of_next_month, plan
from crmcli.errors import UsageError
from tests.care.conftest import add_contact, add_customer
from tests.conftest import Crm


def test_touches_repeat_and_the_late_are_for_today(crm: Crm) -> None:
    with crm() as ws:
        one = add_customer(ws, "One", tier="basic", tier_on="2026-11-01", owner="Li")
        add_customer(ws, "Two", tier_on="2026-11-20", since="2020-12-01", owner="Wang")
        add_contact(ws, one, "Chen", birthday="--12-01")
        at = datetime(2026, 11, 2)
        log(ws, "C000002", "asked", channel="other", at=at, next_action="Offer", next_due=date(2026, 11, 21))
    with crm(readonly=True) as ws:
        items, load = plan(ws, until=date(2026, 12, 20))
        assert [(item.due_on.isoformat()[5:], item.kind, item.code, item.action) for item in items] == [
            ("11-20", "touch", "C000001", "Call"),
            ("11-21", "action", "C000002", "Offer"),
            ("11-30", "touch", "C000001", "Call"),
            ("12-01", "anniversary", "C000002", "Thank-you card"),
            ("12-04", "touch", "C000002", "News"),
            ("12-10", "touch", "C000001", "Call"),
            ("12-18", "touch", "C000002", "News"),
            ("12-20", "touch", "C000001", "Call"),
            ("12-20", "touch", "C000002", "Talk"),
        ]
        assert load == [
            Load("Li", "2026-W47", 1),
            Load("Li", "2026-W49", 1),
            Load("Li", "2026-W50", 1),
            Load("Li", "2026-W51", 1),
            Load("Wang", "2026-W49", 1),
            Load("Wang", "2026-W51", 2),
        ]
        assert {item.owner for item in plan(ws, owner="Li")[0]} == {"Li"}


def test_the_plan_ends_with_the_next_month(crm: Crm) -> None:
    assert end_of_next_month(date(2026, 11, 20)) == date(2026, 12, 31)
    assert end_of_next_month(date(2027, 1, 31)) == date(2027, 2, 28)
    with crm() as ws:
        add_customer(ws, "One", tier="basic", tier_on="2026-11-11", owner=None)
    with crm(readonly=True) as ws:
        assert plan(ws)[0][-1].due_on == date(2026, 12, 31)
        assert plan(ws, until=date(2026, 11, 21))[1] == [Load(None, "2026-W47", 1)]
        for wrong in (date(2026, 11, 19), date(9999, 12, 31)):
            with pytest.raises(UsageError):
                plan(ws, until=wrong)
