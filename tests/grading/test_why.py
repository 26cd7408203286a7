"""Receipts: they agree with what the runs did, and with the records they show."""

import json
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
from crmcli.policy import completeness
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
        told, (given, *asked) = why(ws, "C000001").notes, of(why(ws, "C000001"), "tier")
        assert (given.value, given.source, given.holds, given.given) == ("strategic", "rule", None, True)
        assert not any(receipt.given for receipt in asked)
        assert any("crm tier run" in note and "strategic" in note for note in told)
        assert any("crm tag run" in note and "lifecycle" in note for note in told)
        run_tags(ws)
        run_tiers(ws)
        assert why(ws, "C000001").notes == ()
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
        (row,) = said.rows
        assert (said.facts, said.count) == (("need", "budget", "decision"), 1)
        assert (row["code"], row["budget"], row["recorded_by"]) == ("C000001", "无", "tester")
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


def test_what_is_said_of_a_lead_is_a_record_of_each_time_that_it_was_said(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, stage="lead")])
    for by, said in (
        ("Anna", {"need": "x", "budget": "5"}),
        ("Ben", {"decision": "the owner"}),
        ("Cai", {"need": "y"}),
    ):
        with crm(actor=by) as ws:
            journal.change(ws, "customer", 1, said)
    with crm(readonly=True) as ws:
        told = of(why(ws, "C000001"), "grade")[-1].records
    assert [(said.facts, said.count, len(said.rows)) for said in told] == [((name,), 1, 1) for name in FIELDS]
    assert [said.rows[0]["recorded_by"] for said in told] == ["Cai", "Anna", "Ben"]
    assert [said.rows[0][said.facts[0]] for said in told] == ["y", "5", "the owner"]


FIELDS = ("need", "budget", "decision")


def test_a_drop_that_waits_for_more_reviews_is_told_with_its_place(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 600_000_00)])])
        run_tiers(ws)
    with crm(actor="boss") as ws:
        ws.db.execute("UPDATE orders SET status = 'cancelled'")
        run_tiers(ws)
        found = why(ws, "C000001")
        lines = in_force(ws).splitlines()
    kept, *asked = of(found, "tier")
    assert (kept.source, kept.value, kept.holds, kept.given) == ("kept", "strategic", None, True)
    assert (kept.since, kept.by) == ("2026-11-20", "tester")
    assert (kept.place, kept.rule) == ("tier[1].keep_for", 'keep_for = "2 reviews"')
    assert lines[(kept.line or 0) - 1].startswith("keep_for = ")
    assert kept.reason == f"1 of 2 reviews asked for {asked[-1].value}"
    assert [receipt.given for receipt in asked] == [False] * len(asked)
    assert not found.notes


def test_a_rise_after_a_drop_that_waited_is_none(crm: Crm) -> None:
    tiers = [("a", "potential == 4", 1), ("b", "potential == 3", 2), ("c", "true", 1)]
    rules = [f'[[tier]]\nkey = "{key}"\nwhen = "{when}"\nkeep_for = "{n} reviews"' for key, when, n in tiers]
    with crm() as ws:
        apply(ws, "\n".join([PLAIN.partition("[[tier]]")[0], *rules]))
        fill(ws, [Customer(1, potential=3)])
        run_tiers(ws)
        ws.db.execute("UPDATE customer SET potential = 1")
        run_tiers(ws)
        assert of(why(ws, "C000001"), "tier")[0].source == "kept"
        ws.db.execute("UPDATE customer SET potential = 4")
        found = why(ws, "C000001")
    assert of(found, "tier")[0].source == "rule"
    assert any("the rules give a" in note for note in found.notes)


def told_by(ws: Workspace, when: str) -> Receipt:
    """The receipt of the tag `x` of C000001, whose rule is `when`."""
    apply(ws, f'{PLAIN}\n[[tag]]\ndimension = "x"\nvalue = "y"\nwhen = "{when}"\n')
    run_tags(ws)
    (found,) = of(why(ws, "C000001"), "tag:x")
    return found


def test_days_of_cooperation_come_from_its_beginning_or_the_first_order(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(date(2026, 11, 1), 100), Order(TODAY, 100)])])
        (first,) = told_by(ws, "tenure_days > 3").records
        assert (first.table, first.facts, [row["ordered_on"] for row in first.rows]) == (
            "orders", ("tenure_days",), ["2026-11-01"],
        )  # fmt: skip
    with crm(actor="Anna") as ws:
        journal.change(ws, "customer", 1, {"since": "2025-01-01"})
        (found,) = told_by(ws, "tenure_days > 3").records
    assert (found.table, found.facts, found.count) == ("customers", ("tenure_days",), 1)
    assert (found.rows[0]["since"], found.rows[0]["recorded_by"]) == ("2025-01-01", "Anna")


def test_a_customers_own_fields_are_records(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
    with crm(actor="Anna") as ws:
        journal.change(ws, "customer", 1, {"strategic": 4, "industry": "x"})
    with crm(actor="Ben") as ws:
        journal.change(ws, "customer", 1, {"owner": "Li"})
        found = told_by(ws, "strategic >= 3 and industry == 'x' and owner == 'Li' and missing(region)")
    assert [(told.facts, told.count) for told in found.records] == [(("industry", "strategic"), 1), (("owner",), 1)]
    first, second = (told.rows[0] for told in found.records)
    assert (first["industry"], first["strategic"], first["recorded_by"]) == ("x", 4, "Anna")
    assert (second["owner"], second["recorded_by"]) == ("Li", "Ben")


def test_a_field_of_ones_own_is_told_with_its_value_and_who_set_it(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
    for by, extra in (
        ("Anna", {"Colour": "blue", "Größe": "L"}),
        ("Ben", {"Colour": "red", "Größe": "L"}),
        ("Cai", {"Colour": "red", "Größe": "M"}),
    ):
        with crm(actor=by) as ws:
            journal.change(ws, "customer", 1, {"extra": json.dumps(extra, ensure_ascii=False)})
    with crm() as ws:
        found = told_by(ws, "field('Colour') == 'red' and field('Größe') == 'M' and missing(field('Other'))")
    assert [part.facts for part in found.parts] == [{"Colour": "red"}, {"Größe": "M"}, {"Other": None}]
    assert [(told.rows[0][told.facts[0]], told.rows[0]["recorded_by"]) for told in found.records] == [
        ("red", "Ben"),
        ("M", "Cai"),
    ]


def test_completeness_is_told_field_by_field(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        journal.change(ws, "customer", 1, {"owner": "Li"})
        (step,) = told_by(ws, "completeness > 10%").steps
        assert (step.name, step.formula, step.result) == ("completeness", "(name 2 + owner 1) / 10", "0.3")
        assert step.facts == {"missing": "phone 2 + contact 2 + industry 1 + address 1 + email 1"}
        fields = ", ".join(f"{field} = 0.5" for field in completeness.FIELDS)
        apply(ws, f'{PLAIN}[completeness]\nfields = {{ {fields} }}\n[[tag]]\ndimension = "x"\nvalue = "y"\n{WHEN}')
        run_tags(ws)
        (step,) = of(why(ws, "C000001"), "tag:x")[0].steps
    assert step.formula == f"(name 0.5 + owner 0.5) / {len(completeness.FIELDS) / 2:g}"
    assert step.facts["missing"].count("0.5") == len(completeness.FIELDS) - 2


WHEN = 'when = "completeness > 1%"\n'


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
