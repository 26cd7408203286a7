"""The records behind facts: they add up to the facts."""

from datetime import date
from typing import Any

from hypothesis import given, settings

from crmcli.grading.records import SHOWN, records
from crmcli.intake.records import add_survey
from crmcli.policy import facts
from crmcli.store.workspace import Workspace
from tests.conftest import Crm
from tests.grading.bases import TODAY, Case, Contract, Customer, Order, bases, database, fill, opened

COUNTS = ("cases_open", "complaints_open", "complaints_12m", "major_complaints_open", "major_complaints_12m")


def values(ws: Workspace, *names: str) -> dict[int, dict[str, Any]]:
    params = facts.facts_params(ws.today, ws.zone)
    return {row.pop("customer_id"): row for row in ws.db.rows(facts.facts_sql(names), params)}


@settings(max_examples=40, deadline=None)
@given(base=bases())
def test_cases_and_contracts_add_up_to_the_facts(founded: bytes, base: list[Customer]) -> None:
    with database(founded) as path:
        with opened(path) as ws:
            fill(ws, base)
        with opened(path, readonly=True) as ws:
            for who, row in values(ws, *COUNTS, "renewal_rate", "contract_ends_on").items():
                for name in COUNTS:
                    (found,) = records(ws, who, [name])
                    assert found.count == len(found.rows) == row[name]
                (ended,) = records(ws, who, ["renewal_rate"])
                renewed = sum(contract["renewed"] == "yes" for contract in ended.rows)
                assert row["renewal_rate"] == (renewed / ended.count if ended.count else None)
                (running,) = records(ws, who, ["contract_ends_on"])
                assert [contract["ends_on"] for contract in running.rows] == (
                    [row["contract_ends_on"]] if row["contract_ends_on"] else []
                )


@settings(max_examples=40, deadline=None)
@given(base=bases())
def test_orders_and_contacts_add_up_to_the_facts(founded: bytes, base: list[Customer]) -> None:
    money = ("amount_total", "amount_12m", "amount_3m", "amount_prev_3m")
    counts = ("orders_total", "orders_12m", "orders_3m", "orders_prev_3m", "contacts_12m")
    days = ("first_order_on", "last_order_on", "last_contact_on")
    with database(founded) as path:
        with opened(path) as ws:
            fill(ws, base)
        with opened(path, readonly=True) as ws:
            for who, row in values(ws, *money, *counts, *days).items():
                for name in (*money, *counts, *days):
                    (found,) = records(ws, who, [name])
                    assert found.count == len(found.rows) or found.count > SHOWN
                    if name in money:
                        assert sum(r["amount"] for r in found.rows) == round(row[name] * 100)
                    elif name in counts:
                        assert found.count == row[name]
                    else:
                        key = "contact_on" if name == "last_contact_on" else "ordered_on"
                        assert [r[key] for r in found.rows] == ([row[name]] if row[name] else [])


def test_referred_customers_are_records(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(n, orders=[Order(TODAY, 100)] if n < 5 else []) for n in range(1, 7)])
        # By code, by name, himself, and one who has not bought yet.
        for who, referrer in {2: "C000001", 3: "Customer 1", 1: "C000001", 5: "C000001"}.items():
            ws.db.execute("UPDATE customer SET referrer = :r WHERE id = :id", {"r": referrer, "id": who})
        (found,) = records(ws, 1, ["referrals_won"])
        assert values(ws, "referrals_won")[1] == {"referrals_won": found.count}
    assert [row["code"] for row in found.rows] == ["C000002", "C000003"]


def test_what_a_record_of_a_case_tells(crm: Crm) -> None:
    bad = Case(date(2026, 11, 2), date(2026, 11, 5), severity="major")
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)] * 4, cases=[bad, Case(date(2025, 11, 20))])])
        complaints, sold = records(ws, 1, ["complaint_rate_12m"])
        assert values(ws, "complaint_rate_12m") == {1: {"complaint_rate_12m": 0.25}}
    assert (complaints.table, complaints.since, complaints.until) == ("cases", "2025-11-20", "2026-11-20")
    assert complaints.rows == (
        {
            "number": "T0",
            "kind": "complaint",
            "severity": "major",
            "opened_at": "2026-11-02T10:00:00+08:00",
            "resolved_at": "2026-11-05T10:00:00+08:00",
            "status": "resolved",
        },
    )
    assert (sold.table, sold.count) == ("orders", 4)


def test_what_a_record_of_a_contract_tells(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, contracts=[Contract(date(2027, 5, 1)), Contract(TODAY, "yes")])])
        (running,), (ended,) = records(ws, 1, ["contract_ends_on"]), records(ws, 1, ["renewal_rate"])
    assert running.rows == ({"number": "K0", "starts_on": None, "ends_on": "2027-05-01", "renewed": None},)
    assert ended.rows == ({"number": "K1", "starts_on": None, "ends_on": "2026-11-20", "renewed": "yes"},)


def test_answers_are_records(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        for day in range(1, 26):
            add_survey(ws, "C000001", {"score": str(1 + day % 5), "at": f"2026-10-{day}"})
        for score, on in (("3", "2026-10-01"), ("9", "2024-02-01")):
            add_survey(ws, "C000001", {"kind": "nps", "score": score, "at": on, "comment": "还行"})
        (csat,), (nps,) = records(ws, 1, ["csat_12m"]), records(ws, 1, ["nps_last"])
        assert values(ws, "csat_12m", "nps_last") == {1: {"csat_12m": 3.0, "nps_last": 3.0}}
    assert (csat.count, len(csat.rows)) == (25, SHOWN)
    assert csat.rows[0] == {"at": "2026-10-25T00:00:00+08:00", "score": 1.0, "comment": None}
    assert nps.rows == ({"at": "2026-10-01T00:00:00+08:00", "score": 3.0, "comment": "还行"},)
