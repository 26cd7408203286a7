"""Merging: everything of both survives, the better value wins by a stated rule, and undo takes them apart exactly."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.cleaning import duplicates, merging
from crmcli.cleaning.distinct import distinct
from crmcli.cleaning.merging import survivorship
from crmcli.cleaning.merging.survivorship import Side
from crmcli.errors import CrmError, NotFound, Refused
from crmcli.fields import TABLES
from crmcli.grading import tags
from crmcli.intake import records
from crmcli.store import finding, history, journal, reversing
from crmcli.store.workspace import Workspace
from tests.conftest import NOW, Crm
from tests.store.dumps import dump

Op = Callable[[Workspace], Any]
VALID, OTHER_VALID, INVALID = "91310000MA1FL8TQ36", "91110108551385082Q", "91310000MA1FL8TQ33"


@pytest.fixture
def base(crm: Crm) -> Crm:
    """Two customers of two operations that are one, and a third that names the second; all kinds of rows on both."""
    with crm() as ws:
        first = {"name": "样例贸易", "phone": "13800138000", "city": "上海", "note": "老客户", "terms": "月结30天"}
        records.add_customer(ws, {**first, "contact_name": "张三", "contact_phone": "13900139000"})
    with crm() as ws:
        second = {
            "name": "上海样例贸易有限公司",
            "phone": "13700137000",
            "address": "浦东新区样例路88号",
            "consent": "no",
        }
        person = {"contact_name": "张三", "contact_email": "z3@example.com"}
        records.add_customer(ws, {**second, **person, "terms": "送货上门"}, allow_duplicate=True)
        records.add_contact(ws, "C000002", {"name": "李四"})
        records.add_customer(ws, {"name": "转介绍客户", "referrer": "C000002", "parent": "样例贸易"})
    with crm() as ws:
        for code in ("C000001", "C000002"):
            _stock(ws, code)
    return crm


def _stock(ws: Workspace, code: str) -> None:
    """A row of every table on a customer; those of two customers would be one another's doubles."""
    customer = finding.customer(ws, code)["id"]
    records.add_order(ws, code, {"amount": "100"})
    at = {"at": "2026-11-01T01:00:00Z", "customer_id": customer}
    talk = {**at, "contact_on": "2026-11-01", "topic": "价格", "channel": "call", "direction": "out"}
    case = {"customer_id": customer, "opened_at": "2026-11-01T01:00:00Z", "kind": "complaint", "severity": "minor"}
    journal.add(ws, "contract", [{"number": f"K-{code}", "customer_id": customer, "ends_on": "2026-12-31"}])
    journal.add(ws, "interaction", [{**talk, "nth": nth} for nth in (1, 2)])
    journal.add(ws, "cases", [{**case, "number": f"A-{code}", "status": "open"}])
    journal.add(ws, "survey", [{**at, "kind": "nps", "score": 9, "nth": 1}])
    person = ws.db.value("SELECT id FROM contact WHERE customer_id = :id ORDER BY id", {"id": customer})
    settled = {"customer_id": customer, "key": f"birthday:{code}", "kind": "birthday", "ref": f"K{person}"}
    decided = {"planned_on": "2026-11-10", "decision": "done" if code == "C000002" else "skipped"}
    journal.add(ws, "settlement", [{**settled, **decided, "settled_on": "2026-11-10"}])
    tag = {"customer_id": customer, "since": "2026-11-01"}
    journal.add(ws, "tag", [{**tag, "dimension": "note", "value": "vip", "source": "hand"}])
    ruled = "low" if code == "C000001" else "high"
    journal.add(ws, "tag", [{**tag, "dimension": "risk", "value": ruled, "source": "rule"}])


def _merge(crm: Crm, *codes: str) -> merging.Merged:
    with crm() as ws:
        return merging.merge(ws, codes[0], codes[1:])


def _dump(crm: Crm) -> Any:
    with crm(readonly=True) as ws:
        return dump(ws)


def _row(crm: Crm, sql: str) -> Any:
    with crm(readonly=True) as ws:
        return ws.db.first(sql)


def test_everything_of_both_is_on_the_kept_one(base: Crm) -> None:
    before = _dump(base)
    _merge(base, "C000001", "C000002")
    after = _dump(base)
    assert [row["code"] for row in after["customer"]] == ["C000001", "C000003"]
    for table in ("orders", "contract", "interaction", "cases", "survey"):
        assert {row["id"] for row in after[table]} == {row["id"] for row in before[table]}
        assert {row["customer_id"] for row in after[table]} == {1}
    assert [(row["topic"], row["nth"]) for row in after["interaction"]] == [("价格", n) for n in (1, 2, 3, 4)]
    assert [row["nth"] for row in after["survey"]] == [1, 2]
    assert [(row["name"], row["customer_id"], row["main"]) for row in after["contact"]] == [
        ("张三", 1, "yes"),
        ("李四", 1, "no"),
    ]
    assert after["contact"][0]["email"] == "z3@example.com"
    (settled,) = after["settlement"]
    assert (settled["ref"], settled["decision"], settled["key"]) == ("K1", "done", "birthday:C000002")
    assert [(tag["dimension"], tag["value"], tag["source"]) for tag in after["tag"]] == [
        ("note", "vip", "hand"),
        ("risk", "low", "rule"),
    ]
    assert [(row["code"], row["customer_id"]) for row in after["former_code"]] == [("C000002", 1)]


def test_the_better_value_of_each_field_stays(base: Crm) -> None:
    merged = _merge(base, "C000001", "C000002")
    row = _row(base, "SELECT * FROM customer WHERE id = 1")
    assert (row["name"], row["city"], row["address"], row["consent"]) == (
        "上海样例贸易有限公司",
        "上海",
        "浦东新区样例路88号",
        "no",
    )
    assert (row["phone"], row["other_phones"]) == ("+8613700137000", "+8613800138000")
    assert row["terms"] == "月结30天\n送货上门"
    assert row["note"] == "老客户\n[C000001] name: 样例贸易"
    told = {effect.field: (effect.value, effect.source, effect.reason) for effect in merged.effects}
    assert told["phone"] == ("+8613700137000", "C000002", "newer over older")
    assert told["name"][1:] == ("C000002", "the legal name, that of a valid tax id first")
    assert told["contacts.email"] == ("张三: z3@example.com", "C000002", "only this one has it")
    assert told["orders"] == (1, "C000002", "gone over")
    assert told["C000003.parent"][0] == "上海样例贸易有限公司"


def test_undo_and_redo_are_exact(base: Crm) -> None:
    before = _dump(base)
    _merge(base, "C000001", "C000002")
    after = _dump(base)
    for _turn in range(2):
        with base() as ws:
            assert reversing.undo(ws).count("kept") == 0
        assert _dump(base) == before
        with base() as ws:
            assert reversing.redo(ws).count("failed") == 0
        assert _dump(base) == after


def test_a_dry_run_tells_the_same_and_writes_nothing(base: Crm) -> None:
    before = _dump(base)
    with base(dry_run=True) as ws:
        tried = merging.merge(ws, "C000001", ["C000002"])
    assert _dump(base) == before
    assert tried == _merge(base, "C000001", "C000002")


def test_a_former_code_finds_the_customer(base: Crm) -> None:
    _merge(base, "C000001", "C000002")
    with base() as ws:
        assert finding.customer(ws, "c000002")["code"] == "C000001"
        assert ws.notes == ["C000002 was merged into C000001 上海样例贸易有限公司 on 2026-11-20"]
        assert records.add_order(ws, "C000002", {"amount": "5"})["customer_id"] == 1
    with base(readonly=True) as ws:
        referrals = ws.db.value("SELECT referrer FROM customer WHERE code = 'C000003'")
    assert referrals == "C000001"


def test_who_cannot_be_merged(base: Crm) -> None:
    with pytest.raises(Refused, match="both C000001"):
        _merge(base, "C000001", "C000001")
    with pytest.raises(Refused, match="both C000002"):
        _merge(base, "C000001", "C000002", "上海样例贸易有限公司")
    with pytest.raises(NotFound):
        _merge(base, "C000001", "C000099")
    with pytest.raises(NotFound, match="not one customer"):
        _merge(base, "C000003", "样例")
    _merge(base, "C000001", "C000002")
    for codes in (("C000001", "C000002"), ("C000002", "C000001")):
        with pytest.raises(Refused, match=r"both C000001"):
            _merge(base, *codes)


def test_an_order_of_later_stays_with_the_kept_one(base: Crm) -> None:
    before = _dump(base)
    _merge(base, "C000001", "C000002")
    with base() as ws:
        records.add_order(ws, "C000002", {"amount": "7", "number": "N-7"})
    with base() as ws:
        reversal = reversing.undo(ws, 4)
    assert (reversal.count("kept"), reversal.count("failed")) == (0, 0)
    after = _dump(base)
    new = [row for row in after["orders"] if row["number"] == "N-7"]
    assert [row["customer_id"] for row in new] == [1]
    after["orders"] = [row for row in after["orders"] if row["number"] != "N-7"]
    assert after == before


def test_a_person_that_was_edited_since_goes_back_as_it_is_now(base: Crm) -> None:
    _merge(base, "C000001", "C000002")
    with base() as ws:
        records.edit_contact(ws, "C000001", "李四", {"title": "经理"})
    with base() as ws:
        assert reversing.undo(ws, 4).count("kept") == 0
    assert _row(base, "SELECT customer_id, title FROM contact WHERE name = '李四'") == {
        "customer_id": 2,
        "title": "经理",
    }


def test_what_was_changed_since_is_kept_with_its_reason(base: Crm) -> None:
    _merge(base, "C000001", "C000002")
    with base() as ws:
        records.edit_contact(ws, "C000001", "张三", {"email": "new@example.com"})
        records.edit_order(ws, "O000002", {"customer": "C000003"})
    with base() as ws:
        reversal = reversing.undo(ws, 4)
    kept = {(row.entity, row.name, row.reason) for row in reversal.outcomes if row.outcome == "kept"}
    reason = "changed since by operation 5"
    assert kept == {("contact", "张三", reason), ("orders", "O000002", reason)}
    people = _dump(base)["contact"]
    assert [(row["name"], row["customer_id"], row["email"]) for row in people] == [
        ("张三", 1, "new@example.com"),
        ("张三", 2, "z3@example.com"),
        ("李四", 2, None),
    ]


def test_a_chain_comes_apart_from_its_end(base: Crm) -> None:
    states = [_dump(base)]
    _merge(base, "C000001", "C000002")
    states.append(_dump(base))
    _merge(base, "C000003", "C000001")
    states.append(_dump(base))
    assert {row["code"]: row["customer_id"] for row in states[2]["former_code"]} == {"C000001": 3, "C000002": 3}
    with (
        pytest.raises(Refused, match="C000002 would be half merged: changed since by operation 5") as error,
        base() as ws,
    ):
        reversing.undo(ws, 4)
    assert error.value.hint == "undo that one first: crm undo 5"
    assert _dump(base) == states[2]
    for state in (states[1], states[0]):
        with base() as ws:
            reversing.undo(ws)
        assert _dump(base) == state
    for state in states[1:]:
        with base() as ws:
            reversing.redo(ws)
        assert _dump(base) == state


def test_a_former_code_merges_the_customer_that_it_finds(base: Crm) -> None:
    _merge(base, "C000001", "C000002")
    _merge(base, "C000003", "C000002")
    assert [row["code"] for row in _dump(base)["customer"]] == ["C000003"]
    assert _row(base, "SELECT referrer, parent FROM customer") == {"referrer": None, "parent": None}


def test_the_other_way_round_after_an_undo(base: Crm) -> None:
    before = _dump(base)
    _merge(base, "C000001", "C000002")
    with base() as ws:
        reversing.undo(ws)
    _merge(base, "C000002", "C000001")
    assert finding_code(base, "C000001") == "C000002"
    with pytest.raises(Refused, match="half merged"), base() as ws:
        reversing.redo(ws, 4)
    with base() as ws:
        reversing.undo(ws)
    assert _dump(base) == before


def finding_code(crm: Crm, text: str) -> str:
    with crm(readonly=True) as ws:
        code: str = finding.customer(ws, text)["code"]
        return code


def test_a_merge_is_not_done_again_over_what_hangs_on_the_other_since(base: Crm) -> None:
    _merge(base, "C000001", "C000002")
    with base() as ws:
        reversing.undo(ws)
    with base() as ws:
        records.add_order(ws, "C000002", {"amount": "1"})
    before = _dump(base)
    with pytest.raises(Refused, match="C000002 would be half merged: rows of orders hang on it") as error, base() as ws:
        reversing.redo(ws)
    assert error.value.hint == "merge them again: crm clean merge CUSTOMER C000002"
    assert _dump(base) == before
    _merge(base, "C000001", "C000002")


def test_the_import_of_a_merged_customer_is_not_undone_as_if_it_were_gone(base: Crm) -> None:
    _merge(base, "C000001", "C000002")
    with base() as ws:
        reversal = reversing.undo(ws, 2)
    assert ("customer", "C000002", "kept") in [(row.entity, row.name, row.outcome) for row in reversal.outcomes]


def test_several_at_once_are_one_operation(base: Crm) -> None:
    before = _dump(base)
    merged = _merge(base, "C000003", "C000001", "C000002")
    assert merged.customers == 2
    assert [row["code"] for row in _dump(base)["former_code"]] == ["C000001", "C000002"]
    assert _row(base, "SELECT count(*) AS people, count(DISTINCT name_key) AS names FROM contact") == {
        "people": 2,
        "names": 2,
    }
    with base() as ws:
        reversing.undo(ws)
    assert _dump(base) == before


def test_history_tells_the_merge_and_what_the_other_had(base: Crm) -> None:
    _merge(base, "C000001", "C000002")
    with base() as ws:
        found = history.fields(ws, finding.customer(ws, "C000002"), limit=500)
        merged = [row for row in found if row["field"] == "merged"]
    assert [(row["op"], row["before"], row["after"]) for row in merged if row["entity"] == "customer"] == [
        (4, None, "C000002 上海样例贸易有限公司")
    ]
    assert ("C000002", 2, "13700137000"[-4:]) in [
        (row["name"].split()[0], row["op"], str(row["after"])[-4:]) for row in found if row["field"] == "phone"
    ]
    with base() as ws:
        reversing.undo(ws)
    with base() as ws:
        found = history.fields(ws, finding.customer(ws, "C000001"), limit=500)
    assert [(row["op"], row["before"], row["after"]) for row in found if row["field"] == "merged"] == [
        (5, "C000002 上海样例贸易有限公司", None),
        (4, None, "C000002 上海样例贸易有限公司"),
    ]


# ------------------------------------------------------------------------------------------ the certain ones


def _pairs(monkeypatch: pytest.MonkeyPatch, *pairs: tuple[str, str, str]) -> None:
    found = [duplicates.Pair(left, right, "", "", 9.0, band, ()) for left, right, band in pairs]  # type: ignore[arg-type]
    monkeypatch.setattr(duplicates, "find", lambda ws, **_options: found)


def test_all_certain_pairs_become_one_and_the_best_known_is_kept(base: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    with base() as ws:
        for name in ("丁", "戊", "己"):
            records.add_customer(ws, {"name": name})
    _pairs(monkeypatch, ("C000001", "C000002", "certain"), ("C000004", "C000005", "certain"),
           ("C000005", "C000006", "certain"), ("C000003", "C000004", "likely"))  # fmt: skip
    before = _dump(base)
    with base() as ws:
        merged = merging.merge_certain(ws)
        assert ws.summary == "3 certain duplicates merged"
    after = _dump(base)
    assert (merged.customers, merged.left) == (3, ())
    assert [row["code"] for row in after["customer"]] == ["C000001", "C000003", "C000004"]
    with base() as ws:
        reversing.undo(ws)
    assert _dump(base) == before


def test_distinct_ones_are_never_merged_on_their_own_not_by_a_third(base: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    with base() as ws:
        distinct(ws, "C000003", "C000001")
    _pairs(monkeypatch, ("C000001", "C000002", "certain"), ("C000002", "C000003", "certain"))
    before = _dump(base)
    with base() as ws:
        merged = merging.merge_certain(ws)
    (left,) = merged.left
    assert (merged.customers, left.codes) == (0, ("C000001", "C000002", "C000003"))
    assert (left.left, left.right) == ("C000001", "C000003")
    assert _dump(base) == before


def test_distinct_is_remembered_once_and_undone(base: Crm) -> None:
    before = _dump(base)
    with base() as ws:
        found = distinct(ws, "C000002", "样例贸易")
        assert (found.left, found.right, found.since) == ("C000001", "C000002", "2026-11-20")
    with base() as ws:
        distinct(ws, "C000001", "C000002")
        assert ws.wrote is None
    with pytest.raises(Refused), base() as ws:
        distinct(ws, "C000001", "C000001")
    with base() as ws:
        reversing.undo(ws)
    assert _dump(base) == before


def test_who_is_distinct_from_a_merged_one_is_so_from_the_kept_one(base: Crm) -> None:
    with base() as ws:
        distinct(ws, "C000002", "C000003")
        distinct(ws, "C000001", "C000003")
        distinct(ws, "C000001", "C000002")
    before = _dump(base)
    with base(readonly=True) as ws:
        rows = merging.meant(ws, ["C000001", "C000002"])
        assert merging.doubts(ws, rows) == ["C000001 and C000002 were said to be distinct on 2026-11-20"]
    _merge(base, "C000001", "C000002")
    assert [(row["left_id"], row["right_id"]) for row in _dump(base)["distinct_pair"]] == [(1, 3)]
    with base() as ws:
        reversing.undo(ws)
    assert _dump(base) == before


# ------------------------------------------------------------------------------------------------- the rules

_UNSAID = (
    "other_phones", "other_emails", "extra", "tier_on", "tier_pinned_until", "tier_reason", "tier_drop_on", "grade",
    "grade_reason",
    "birthday_key", "since_key", "campaign", "lead_on", "won_on", "lost_on", "lost_reason",
)  # fmt: skip
_CUSTOMER = {
    **dict.fromkeys(_UNSAID),
    **{field.column: field.default for field in TABLES["customers"].fields if field.column},
    **{"tier_drops": 0, "created_on": "2026-01-01", "name": "甲", "name_key": "甲"},
}


def _survivor(*rows: dict[str, Any], set_in: tuple[dict[str, int], ...] = ({}, {})) -> dict[str, Any]:
    sides = [
        Side(f"C{number}", {**_CUSTOMER, **row}, dates)
        for number, (row, dates) in enumerate(zip(rows, set_in, strict=True), 1)
    ]
    values = survivorship.customers(sides, region="CN", today="2026-11-20").values
    return {**sides[0].row, **values}


@pytest.mark.parametrize(
    ("field", "kept", "other", "survives"),
    [
        ("tax_id", INVALID, VALID, VALID),
        ("tax_id", VALID, INVALID, VALID),
        ("tax_id", VALID, OTHER_VALID, VALID),
        ("phone", "123", "+8613700137000", "+8613700137000"),
        ("address", "样例路", "上海市样例路8号", "上海市样例路8号"),
        ("address", "上海市样例路8号", "样例路", "上海市样例路8号"),
        ("address", "甲路1号", "乙路22号3楼", "乙路22号3楼"),
        ("industry", "贸易", "制造", "贸易"),
        ("consent", "yes", "no", "no"),
        ("consent", "unknown", "yes", "yes"),
        ("stage", "lost", "active", "active"),
        ("stage", "active", "lead", "active"),
        ("stage", "lost", "prospect", "prospect"),
        ("since", "2024-01-01", "2020-02-29", "2020-02-29"),
        ("since", None, "2020-02-29", "2020-02-29"),
        ("birthday", "--05-03", "1980-05-03", "1980-05-03"),
        ("kind", "company", "person", "person"),
        ("strategic", 3, 5, 3),
        ("strategic", None, 0, 0),
        ("extra", '{"门店": "甲"}', '{"门店": "乙", "等级": "A"}', '{"门店":"甲","等级":"A"}'),
        ("note", "一", "一\n二", "一\n一\n二"),
        ("note", "一\n二", "二", "一\n二"),
        ("other_phones", "1; 2", "2; 3", "1; 2; 3"),
    ],
)
def test_which_value_survives(field: str, kept: Any, other: Any, survives: Any) -> None:
    assert _survivor({field: kept}, {field: other})[field] == survives


@pytest.mark.parametrize(
    ("kept", "other", "survives"),
    [
        ({"name": "样例"}, {"name": "上海样例有限公司"}, "上海样例有限公司"),
        ({"name": "上海样例有限公司"}, {"name": "样例", "tax_id": VALID}, "上海样例有限公司"),
        ({"name": "上海样例贸易有限公司"}, {"name": "样例贸易有限公司", "tax_id": VALID}, "样例贸易有限公司"),
        ({"name": "样例公司（老客户）"}, {"name": "样例公司"}, "样例公司"),
        ({"name": "Sample"}, {"name": "Sample Trading Ltd"}, "Sample Trading Ltd"),
        ({"name": "张伟", "kind": "person"}, {"name": "张伟(老客户)", "kind": "person"}, "张伟"),
        ({"name": "Li", "kind": "person"}, {"name": "Li Ming", "kind": "person"}, "Li Ming"),
    ],
)
def test_which_name_survives(kept: Any, other: Any, survives: str) -> None:
    row = _survivor(kept, other)
    assert row["name"] == survives
    assert row["name_key"] == crmcli.values.name_key(survives)
    lost = kept["name"] if survives == other["name"] else other["name"]
    assert f"name: {lost}" in row["note"]


def test_the_newer_value_wins_and_the_older_is_noted() -> None:
    row = _survivor({"industry": "贸易"}, {"industry": "制造"}, set_in=({"industry": 3}, {"industry": 7}))
    assert (row["industry"], row["note"]) == ("制造", "[C1] industry: 贸易")
    row = _survivor({"source": "展会"}, {"source": "转介绍"}, set_in=({"source": 3}, {"source": 7}))
    assert row["source"] == "展会"


def test_city_and_postcode_go_with_the_address() -> None:
    first = {"address": "样例路8号", "city": "上海", "region": "华东"}
    second = {"address": "北京市样例大街1号院2号楼", "city": "北京", "postcode": "100000"}
    row = _survivor(first, second)
    assert (row["city"], row["postcode"], row["region"]) == ("北京", "100000", "华东")
    assert row["note"] == "[C1] address: 样例路8号; city: 上海"


def test_a_tier_pinned_by_hand_wins_while_it_lasts() -> None:
    pinned = {"tier": "vip", "tier_on": "2026-01-01", "tier_pinned_until": "2026-12-31", "tier_reason": "老板"}
    own = {"tier": "basic", "tier_on": "2025-01-01", "tier_drops": 1}
    row = _survivor(own, pinned)
    assert (row["tier"], row["tier_on"], row["tier_reason"], row["tier_drops"]) == ("vip", "2026-01-01", "老板", 0)
    assert _survivor(own, {**pinned, "tier_pinned_until": "2026-11-19"})["tier"] == "basic"
    assert _survivor({}, own)["tier_on"] == "2025-01-01"
    assert _survivor({**own, "tier": "vip"}, pinned)["tier_pinned_until"] == "2026-12-31"


def test_every_column_has_its_rule(crm: Crm) -> None:
    for table, rules in (("customer", survivorship.CUSTOMER), ("contact", survivorship.PERSON)):
        together = {column for columns in survivorship.TOGETHER.values() for column in columns}
        ruled = {*rules, *together, *survivorship.JOINED, *survivorship.LISTS.values(), "extra"}
        ruled |= {"id", "code", "customer_id", "main", "name_key", "birthday_key", "since_key"}
        with crm(readonly=True) as ws:
            assert {row["name"] for row in ws.db.rows(f"SELECT name FROM pragma_table_info('{table}')")} <= ruled
    assert set(survivorship.reasons()) >= {name for names in survivorship.CUSTOMER.values() for name in names}


# ------------------------------------------------------------------------------------------- any order of things

_CODES = st.sampled_from(["C000001", "C000002", "C000003", "C000004"])
_NAMES = st.sampled_from(["样例", "样例有限公司", "上海样例有限公司（总部）", "a'b\"c"])
_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "name": _NAMES,
        "phone": st.sampled_from(["13800138000", "13900139000", ""]),
        "email": st.sampled_from(["a@example.com", "b@example.com"]),
        "stage": st.sampled_from(["active", "lost", "lead"]),
        "consent": st.sampled_from(["yes", "no"]),
        "referrer": _CODES,
        "note": st.sampled_from(["一\n二", "二", ""]),
    },
)
_PEOPLE = st.sampled_from(["张三", "李四"])


def _talk(ws: Workspace, code: str, channel: str) -> None:
    row = finding.customer(ws, code)
    at = {"customer_id": row["id"], "at": ws.stamp, "topic": "", "direction": "out"}
    nth = ws.db.value(
        "SELECT 1 + coalesce(max(nth), 0) FROM interaction WHERE customer_id = :customer_id AND at = :at", at
    )
    journal.add(ws, "interaction", [{**at, "contact_on": ws.today.isoformat(), "channel": channel, "nth": nth}])


def _done(ws: Workspace, code: str, day: str) -> None:
    row = {"customer_id": finding.customer(ws, code)["id"], "kind": "touch", "ref": "call", "planned_on": "2026-11-10"}
    if not ws.db.value("SELECT 1 FROM settlement WHERE customer_id = :customer_id", row):
        journal.add(ws, "settlement", [{**row, "key": f"touch:{code}", "decision": "done", "settled_on": day}])


def _tier(ws: Workspace, code: str, tier: str) -> None:
    journal.change(ws, "customer", finding.customer(ws, code)["id"], {"tier": tier, "tier_on": ws.today.isoformat()})


def _person(ws: Workspace, code: str, name: str) -> None:
    records.add_contact(ws, code, {"name": name, "primary": "yes"})


def _phone(ws: Workspace, code: str, name: str) -> None:
    records.edit_contact(ws, code, name, {"phone": "13600136000"})


# What can be done, and with what it may be drawn; an operation is drawn as its place here and its arguments.
_DOING: list[tuple[Callable[..., Any], tuple[st.SearchStrategy[Any], ...]]] = [
    (lambda ws, keep, other: merging.merge(ws, keep, [other]), (_CODES, _CODES)),
    (lambda ws, keep, *others: merging.merge(ws, keep, others), (_CODES, _CODES, _CODES)),
    (distinct, (_CODES, _CODES)),
    (records.edit_customer, (_CODES, _VALUES)),
    (_person, (_CODES, _PEOPLE)),
    (_phone, (_CODES, _PEOPLE)),
    (lambda ws, code: records.add_order(ws, code, {"amount": "1"}), (_CODES,)),
    (lambda ws, code: records.edit_order(ws, "O000001", {"customer": code}), (_CODES,)),
    (lambda ws, code, value: tags.add_tag(ws, code, f"自定:{value}"), (_CODES, st.sampled_from(["甲", "乙"]))),
    (_talk, (_CODES, st.sampled_from(["visit", "call"]))),
    (_done, (_CODES, st.sampled_from(["2026-11-11", "2026-11-12"]))),
    (_tier, (_CODES, st.sampled_from(["strategic", "basic"]))),
]
_DRAWN = st.one_of(*(st.tuples(st.just(place), *drawn) for place, (_do, drawn) in enumerate(_DOING)))


def _op(drawn: tuple[Any, ...]) -> Op:
    place, *arguments = drawn
    return lambda ws: _DOING[place][0](ws, *arguments)


class _Base:
    """A small base in a folder of its own: four customers and what the drawn operations make of them."""

    def __init__(self, path: Path, founded: bytes) -> None:
        self.path = path
        path.write_bytes(founded)
        for name in ("样例", "样例有限公司", "别家", "上海样例有限公司"):
            given = {"name": name, "phone": "13800138000", "contact_name": "张三"}
            self.run(partial(records.add_customer, values=given, allow_duplicate=True))

    def run(self, op: Op) -> Any:
        with crmcli.open(self.path, now=datetime.fromisoformat(NOW), actor="tester") as ws:
            return op(ws)

    def attempt(self, op: Op) -> bool:
        """Whether the operation wrote; what is refused leaves no trace."""
        before = self.run(dump), self.run(_operations)
        with suppress(CrmError):
            self.run(op)
        if self.run(_operations) == before[1]:
            assert self.run(dump) == before[0]
            return False
        return True


def _operations(ws: Workspace) -> int:
    number: int = ws.db.value("SELECT count(*) FROM operation")
    return number


@settings(max_examples=40, deadline=None)
@given(st.lists(_DRAWN, max_size=8))
def test_whatever_was_merged_comes_apart_exactly(founded: bytes, ops: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = _Base(Path(folder) / "crm.db", founded)
        states = [base.run(dump)]
        states += [base.run(dump) for op in ops if base.attempt(_op(op))]
        for _turn in range(2):
            for state in reversed(states[:-1]):
                base.run(reversing.undo)
                assert base.run(dump) == state
            for state in states[1:]:
                base.run(reversing.redo)
                assert base.run(dump) == state


@settings(max_examples=40, deadline=None)
@given(st.lists(_DRAWN, min_size=2, max_size=8), st.lists(st.integers(5, 12), max_size=4))
def test_nothing_is_lost_in_whatever_order_it_is_undone(
    founded: bytes, ops: list[tuple[Any, ...]], undone: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = _Base(Path(folder) / "crm.db", founded)
        for op in ops:
            base.attempt(_op(op))
        for operation in undone:
            base.attempt(partial(reversing.undo, operation=operation))
            base.run(_sound)
        for operation in undone:
            base.attempt(partial(reversing.redo, operation=operation))
            base.run(_sound)


def _sound(ws: Workspace) -> None:
    """No row without its customer, no code twice, and every customer that was ever there is to be found."""
    assert ws.db.rows("PRAGMA foreign_key_check") == []
    assert ws.db.value("SELECT count(*) FROM former_code JOIN customer USING (code)") == 0
    for number in range(1, 5):
        assert finding.customer(ws, f"C00000{number}")["id"]
    lost = ws.db.rows(
        "SELECT row_id FROM change JOIN operation ON operation.id = operation_id WHERE entity = 'orders' "
        "AND action = 'added' AND undone_by IS NULL AND kind = 'write' AND row_id NOT IN (SELECT id FROM orders)"
    )
    assert lost == []
