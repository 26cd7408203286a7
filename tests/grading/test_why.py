"""Receipts: they agree with what the runs did, and with the records they show."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from crmcli.errors import NotFound
from crmcli.grading.policies import apply, in_force
from crmcli.grading.records import SHOWN
from crmcli.grading.tags import add_tag, run_tags
from crmcli.grading.tiers import run_tiers, set_tier
from crmcli.grading.why import Receipt, Why, document, why
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from tests.conftest import Crm
from tests.grading.bases import TODAY, Customer, Order, bases, database, fill, opened, rated


def of(found: Why, subject: str) -> list[Receipt]:
    return [receipt for receipt in found.receipts if receipt.subject == subject]


@settings(max_examples=40, deadline=None)
@given(base=bases())
def test_receipts_agree_with_the_runs(founded: bytes, base: list[Customer]) -> None:
    with database(founded) as path:
        with opened(path) as ws:
            fill(ws, base)
            run_tags(ws)
            run_tiers(ws)
        with opened(path, readonly=True) as ws:
            for c in rated(base):
                found = why(ws, c.code)
                _check(ws, c, found)


def _check(ws: Workspace, c: Customer, found: Why) -> None:
    assert not found.notes
    tier = ws.db.value("SELECT tier FROM customer WHERE id = :id", {"id": c.id})
    assert [r.value for r in of(found, "tier") if r.given] == [tier] == [of(found, "tier")[-1].value]
    for row in ws.db.rows("SELECT * FROM tag WHERE customer_id = :id", {"id": c.id}):
        receipts = of(found, f"tag:{row['dimension']}")
        assert (receipts[-1].value, receipts[-1].given, receipts[-1].source) == (row["value"], True, row["source"])
        assert (receipts[-1].by, receipts[-1].since) == ("tester", row["since"])
    for receipt in found.receipts:
        if receipt.source != "rule":
            continue
        # All before the last are false, and a rule is what its parts come to.
        assert receipt.holds is (receipt is of(found, receipt.subject)[-1])
        parts = [part.holds for part in receipt.parts]
        assert receipt.holds is (any(parts) if receipt.joined_by == "or" else all(parts))
        kind, position = (receipt.place or "").removesuffix("].when").split("[")
        listed: Any = {"tier": ws.policy.tiers, "tag": ws.policy.tags}[kind]
        rule = listed[int(position) - 1]
        assert (rule.key, rule.when.text) == (receipt.value, receipt.rule)


def test_pins_and_hand_tags_say_who_and_when(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
        run_tags(ws)
        run_tiers(ws)
    with crm(actor="boss") as ws:
        set_tier(ws, "C000001", "strategic", reason="promised")
        add_tag(ws, "C000001", "risk:churn-risk")
    with crm(readonly=True) as ws:
        found = why(ws, "C000001")
    pin = of(found, "tier")[0]
    assert (pin.source, pin.value, pin.by, pin.at, pin.reason) == (
        "pin", "strategic", "boss", "2026-11-20T09:00:00+08:00", "promised",
    )  # fmt: skip
    assert [(r.value, r.holds, r.given) for r in of(found, "tier")[1:]] == [
        ("strategic", False, False),
        ("key", True, False),
    ]
    (risk,) = of(found, "tag:risk")
    assert (risk.source, risk.value, risk.by) == ("hand", "churn-risk", "boss")
    assert not found.notes


def test_a_pin_is_told_with_its_end_and_whoever_set_it_last(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
        run_tags(ws)
        run_tiers(ws)

    def pinned(by: str, reason: str, until: date | None) -> tuple[object, ...]:
        with crm(actor=by) as ws:
            set_tier(ws, "C000001", "key", reason=reason, until=until)
        with crm(readonly=True) as ws:
            pin = of(why(ws, "C000001"), "tier")[0]
        assert pin.source == "pin"
        return pin.by, pin.reason, pin.until

    # The rules had given that tier: the pin moves nobody.
    assert pinned("Anna", "fair", date(2027, 2, 28)) == ("Anna", "fair", "2027-02-28")
    assert pinned("Ben", "loyal", date(2027, 2, 28)) == ("Ben", "loyal", "2027-02-28")
    assert pinned("Cai", "loyal", None) == ("Cai", "loyal", None)


def test_days_are_told_beside_the_date_they_are_counted_from(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(date(2026, 11, 1), 100)])])
        run_tags(ws)
    with crm(readonly=True) as ws:
        (new,) = of(why(ws, "C000001"), "tag:lifecycle")
    assert new.parts[0].facts == {"first_order_on": "2026-11-01", "days_since(first_order_on)": 19}


def test_a_stored_value_that_the_rules_no_longer_give_is_told(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 600_000_00)])])
        run_tags(ws)
        run_tiers(ws)
        ws.db.execute("UPDATE orders SET status = 'cancelled'")
        told = why(ws, "C000001").notes
        assert any("crm tier run" in note and "strategic" in note for note in told)
        assert any("crm tag run" in note and "lifecycle" in note for note in told)
        run_tags(ws)
        run_tiers(ws)
        (kept,) = why(ws, "C000001").notes
        assert "1 of 2" in kept
        text = in_force(ws).replace('dimension = "potential"', 'dimension = "outlook"')
        apply(ws, text.replace('"potential:', '"outlook:'))
        assert any("tag:potential" in note for note in why(ws, "C000001").notes)


def test_ranks_show_the_place_among_all(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(n, orders=[Order(TODAY, n * 100)]) for n in range(1, 11)])
        run_tiers(ws)
        key = of(why(ws, "C000009"), "tier")[-1]
        basic = of(why(ws, "C000002"), "tier")
    assert key.parts[0].facts == {"amount_12m": "9.00", "top_rank(amount_12m)": 2, "rated_customers": 10}
    assert basic[2].parts[1].facts["bottom_rank(amount_12m)"] == 2
    assert basic[-1].rule == "true"


def test_zero_has_no_place_from_the_top(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1), Customer(2)])
        run_tiers(ws)
        ranked = [part for receipt in of(why(ws, "C000001"), "tier") for part in receipt.parts]
    facts = [part.facts for part in ranked if "top_rank(amount_12m)" in part.facts]
    assert facts[0] == {"amount_12m": "0.00", "top_rank(amount_12m)": None, "rated_customers": 2}


def test_a_lead_has_a_grade(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, stage="lead")])
        journal.change(ws, "customer", 1, {"need": "明年上线", "budget": "无", "decision": "the owner decides"})
        found = why(ws, "C000001")
        assert [(r.subject, r.value, r.holds, r.place) for r in found.receipts] == [
            ("grade", "A", False, "lead_grade[1].when"),
            ("grade", "B", True, "lead_grade[2].when"),
        ]
        assert [(part.text, part.holds, part.facts) for part in found.receipts[0].parts] == [
            ("need", True, {"need": True}),
            ("budget", False, {"budget": False}),
            ("decision", True, {"decision": True}),
        ]
        (said,) = found.receipts[0].records
        assert [row.get("budget") for row in said.rows] == [None, "无", None]
        assert found.notes[1] == "grade: none is stored, the rules give B today; run: crm lead grade C000001"
        with pytest.raises(NotFound):
            why(ws, "nobody")


def test_a_grade_by_hand_and_one_by_rule(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, stage="lead"), Customer(2, stage="lead")])
    with crm() as ws:
        journal.change(ws, "customer", 1, {"grade": "A", "grade_reason": "knows us"})
        with ws.computed():
            journal.change(ws, "customer", 2, {"grade": "C", "grade_reason": "rule: true"})
    with crm(readonly=True) as ws:
        by_hand, by_rule = why(ws, "C000001"), why(ws, "C000002")
    assert (by_hand.receipts[0].source, by_hand.receipts[0].by, by_hand.receipts[0].reason) == (
        "hand", "tester", "knows us",
    )  # fmt: skip
    assert "A is stored, the rules give C" in by_hand.notes[1]
    assert [(r.value, r.given, r.by) for r in by_rule.receipts][-1] == ("C", True, "tester")
    assert len(by_rule.notes) == 1


def test_a_policy_without_lead_grades_says_so(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, stage="lead")])
        apply(ws, PLAIN)
        found = why(ws, "C000001")
        assert (found.receipts, found.notes[1]) == ((), "the policy has no lead grades")


PLAIN = """
name = "plain"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"

[[tier]]
key = "all"
when = "true"
"""


def test_every_place_has_its_line(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
        run_tags(ws)
        run_tiers(ws)
        lines = in_force(ws).splitlines()
        for receipt in why(ws, "C000001").receipts:
            assert lines[(receipt.line or 0) - 1].startswith("when = ")
            assert (receipt.rule or "-") in "\n".join(lines[(receipt.line or 0) - 1 :])


def test_the_document_is_plain_data(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(date(2026, 11, n), 100 + n) for n in range(1, 20)] * 2)])
        run_tiers(ws)
        last = document(why(ws, "C000001"))[-1]
    assert (last["subject"], last["value"], last["place"]) == ("tier", "key", "tier[2].when")
    assert (last["policy"], last["policy_version"], last["as_of"]) == ("standard", 1, "2026-11-20")
    (counted,) = last["records"]
    assert (counted["facts"], counted["count"], len(counted["rows"])) == (["amount_12m"], 38, SHOWN)
    assert counted["rows"][0] == {"number": "SO37", "ordered_on": "2026-11-19", "amount": "1.19"}
