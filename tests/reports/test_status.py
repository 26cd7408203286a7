"""The dashboard: its months are those of every other figure."""

from crmcli.grading.tiers import run_tiers, tiers
from crmcli.intake import records
from crmcli.reports.status import status
from crmcli.store import journal
from tests.conftest import Crm


def test_the_last_12_months_are_the_same_that_tiers_are_graded_by(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
        # Outside, on the first day, on the last of the first month and the first of the second, today, tomorrow.
        for day, amount in (
            ("2025-11-20", "1"),
            ("2025-11-21", "20"),
            ("2025-12-20", "300"),
            ("2025-12-21", "4000"),
            ("2026-11-20", "50000"),
            ("2026-11-21", "600000"),
        ):
            records.add_order(ws, "甲公司", {"amount": amount, "ordered_on": day})
        run_tiers(ws)
    with crm(readonly=True) as ws:
        amounts = status(ws).amounts
        assert amounts == [32_000, 400_000, *[0] * 9, 5_000_000]
        assert sum(amounts) == sum(count.amount_12m for count in tiers(ws))


def test_each_month_has_its_own_contacts(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
        # In the first month, two in the sixth, none of them counted: outside, tomorrow, sent to everybody.
        for day, channel in (
            ("2025-11-21", "call"),
            ("2026-05-01", "visit"),
            ("2026-05-19", "email"),
            ("2026-11-20", "call"),
            ("2025-11-20", "call"),
            ("2026-11-21", "call"),
            ("2026-11-20", "push"),
        ):
            what = {"customer_id": 1, "at": f"{day}T02:00:00Z", "contact_on": day, "topic": channel, "nth": 0}
            journal.add(ws, "interaction", [{**what, "channel": channel, "direction": "out"}])
    with crm(readonly=True) as ws:
        assert status(ws).talks == [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1]
