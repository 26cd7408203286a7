"""One record by hand: what is stored, what is refused, and what else it touches."""

from typing import Any

import pytest

from crmcli.errors import CrmError, InvalidInput, NotFound, Refused, UsageError
from crmcli.intake import records
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from tests.conftest import Crm


def test_a_customer_is_stored_as_read(crm: Crm) -> None:
    with crm() as ws:
        row = records.add_customer(
            ws,
            {
                "name": " 杭州样例科技有限公司 ",
                "手机": "",
                "电话": "0571-88881234",
                "stage": "潜在",
                "since": "2020年2月29日",
                "birthday": "农历八月十五",
                "负责人": "王芳",
            },
        )
        assert ws.summary == "added C000001 杭州样例科技有限公司"
    given = {
        key: row[key] for key in ("code", "name", "kind", "stage", "phone", "since", "since_key", "owner", "consent")
    }
    assert given == {
        "code": "C000001",
        "name": "杭州样例科技有限公司",
        "kind": "company",
        "stage": "prospect",
        "phone": "+8657188881234",
        "since": "2020-02-29",
        "since_key": "02-29",
        "owner": "王芳",
        "consent": "unknown",
    }
    assert (row["birthday_key"], row["created_on"], row["tier_drops"]) == ("L08-15", "2026-11-20", 0)


def test_a_customer_with_its_contact(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司", "contact_name": "张三", "手机": "13800138000", "职务": "经理"})
        person = ws.db.first("SELECT * FROM contact")
    assert person is not None
    assert (person["name"], person["phone"], person["title"], person["main"]) == (
        "张三",
        "+8613800138000",
        "经理",
        "yes",
    )


def test_codes_are_counted_on(crm: Crm) -> None:
    with crm() as ws:
        for code in ("C000007", "C12X", "X000099", "C99999999999999999999", "C８"):
            records.add_customer(ws, {"name": f"公司 {code}", "code": code})
        assert records.add_customer(ws, {"name": "下一个"})["code"] == "C000008"


@pytest.mark.parametrize(
    "same",
    [{"name": "甲 公司"}, {"name": "乙", "phone": "010-65541234"}, {"name": "乙", "email": "A@Example.com"}],
)
def test_a_second_like_it_needs_force(crm: Crm, same: dict[str, str]) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司", "phone": "+86 10 65541234", "email": "a@example.com"})
    with pytest.raises(Refused, match="C000001 甲公司"), crm() as ws:
        records.add_customer(ws, same)
    with crm() as ws:
        assert records.add_customer(ws, same, allow_duplicate=True)["code"] == "C000002"
    with pytest.raises(Refused, match="taken"), crm() as ws:
        records.add_customer(ws, {"name": "丙", "code": "C000001"}, allow_duplicate=True)


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"name": ""}, InvalidInput, "name is missing"),
        ({"name": "\u200b"}, InvalidInput, "name is missing"),
        ({"name": "甲", "phone": "1390"}, InvalidInput, "phone '1390'"),
        ({"name": "甲", "since": "2023-02-29"}, InvalidInput, "no such day"),
        ({"name": "甲", "strategic": "9"}, InvalidInput, "0 to 5"),
        ({"name": "甲", "pone": "1"}, UsageError, "no field 'pone'"),
        ({"name": "甲", "id": "1"}, UsageError, "no field 'id'"),
        ({"name": "甲", "tier_pinned_until": "2026-01-01"}, UsageError, "no field"),
        ({"name": "甲", "tier": "strategic"}, UsageError, "tier"),
        ({"name": "甲", "电话": "1", "phone": "2"}, InvalidInput, "phone"),
        ({"name": "甲", "owner": "a", "负责人": "b"}, UsageError, "twice"),
        ({"name": "甲", "contact_phone": "13800138000"}, InvalidInput, "name is missing"),
    ],
)
def test_refused_customers(crm: Crm, values: dict[str, str], error: type[CrmError], words: str) -> None:
    with pytest.raises(error, match=words), crm() as ws:
        records.add_customer(ws, values)
    with crm(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM customer") == 0
        assert ws.db.value("SELECT count(*) FROM operation") == 0


def test_edit_says_what_changed(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司", "since": "2024-01-02", "owner": "王芳"})
    with crm() as ws:
        edited = records.edit_customer(ws, "甲公司", {"owner": "李明", "since": "", "stage": "流失", "kind": "公司"})
    assert edited.key == "C000001"
    assert [vars(change) for change in edited.changes] == [
        {"field": "stage", "before": "active", "after": "lost"},
        {"field": "owner", "before": "王芳", "after": "李明"},
        {"field": "since", "before": "2024-01-02", "after": None},
    ]
    with crm(readonly=True) as ws:
        assert ws.db.first("SELECT owner, since, since_key FROM customer") == {
            "owner": "李明",
            "since": None,
            "since_key": None,
        }


@pytest.mark.parametrize("word", ["campaign", "活动名称", "Campaign Name"])
def test_the_campaign_of_a_lead_is_edited_too(crm: Crm, word: str) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司", "stage": "lead"})
    with crm() as ws:
        edited = records.edit_customer(ws, "甲公司", {word: "上海展", "name": "甲乙公司"})
    assert [(change.field, change.after) for change in edited.changes] == [("name", "甲乙公司"), ("campaign", "上海展")]
    with crm() as ws:
        assert records.edit_customer(ws, "甲乙公司", {word: ""}).changes[0].after is None


def test_a_grade_is_given_by_its_own_command(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司", "stage": "lead"})
        for word in ("grade", "线索等级", "grade_reason"):
            with pytest.raises(UsageError) as error:
                records.edit_customer(ws, "甲公司", {word: "A"})
            assert error.value.hint == "crm lead grade LEAD --set A|B|C --reason TEXT"


def test_an_edit_that_changes_nothing_leaves_no_trace(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
    with crm() as ws:
        assert records.edit_customer(ws, "C000001", {"stage": ""}).changes == ()
    with crm(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM operation") == 1


@pytest.mark.parametrize(
    ("customer", "values", "error"),
    [
        ("C000001", {"name": ""}, InvalidInput),
        ("C000001", {"code": ""}, InvalidInput),
        ("C000001", {"code": "C000002"}, Refused),
        ("C000001", {"tier": "a"}, UsageError),
        ("C000001", {"name_key": "a"}, UsageError),
        ("C000001", {"手机": "13800138000"}, UsageError),
        ("公司", {"owner": "a"}, NotFound),
        ("nobody", {"owner": "a"}, NotFound),
        ("", {"owner": "a"}, NotFound),
    ],
)
def test_refused_edits(crm: Crm, customer: str, values: dict[str, str], error: type[CrmError]) -> None:
    with crm() as ws:
        for name in ("甲公司", "乙公司"):
            records.add_customer(ws, {"name": name})
    with pytest.raises(error), crm() as ws:
        records.edit_customer(ws, customer, values)


def test_the_days_people_say(crm: Crm) -> None:
    with crm() as ws:
        assert records.add_customer(ws, {"name": "甲", "since": "昨天"})["since"] == "2026-11-19"


def test_contacts(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司", "contact_name": "张三"})
        records.add_contact(ws, "C000001", {"name": "李四", "primary": "yes", "birthday": "05-03"})
        people = ws.db.rows("SELECT name, main, birthday_key FROM contact ORDER BY id")
        assert people == [
            {"name": "张三", "main": "no", "birthday_key": None},
            {"name": "李四", "main": "yes", "birthday_key": "05-03"},
        ]
        assert records.edit_contact(ws, "甲公司", "张", {"primary": "是"}).key == "C000001 张三"
        assert ws.db.value("SELECT main FROM contact WHERE name = '李四'") == "no"
        assert records.remove_contact(ws, "甲公司", "李 四")["name"] == "李四"
        assert ws.db.value("SELECT count(*) FROM contact") == 1


def test_refused_contacts(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司", "contact_name": "张三"})
        records.add_contact(ws, "C000001", {"name": "张四"})
    attempts: list[tuple[type[CrmError], Any]] = [
        (Refused, lambda ws: records.add_contact(ws, "C000001", {"name": "张 三"})),
        (Refused, lambda ws: records.edit_contact(ws, "C000001", "张四", {"name": "张三"})),
        (InvalidInput, lambda ws: records.add_contact(ws, "C000001", {"name": " "})),
        (InvalidInput, lambda ws: records.edit_contact(ws, "C000001", "张三", {"name": ""})),
        (InvalidInput, lambda ws: records.edit_contact(ws, "C000001", "张三", {"email": "nonsense"})),
        (NotFound, lambda ws: records.edit_contact(ws, "C000001", "张", {"title": "x"})),
        (NotFound, lambda ws: records.remove_contact(ws, "C000001", "王五")),
        (NotFound, lambda ws: records.remove_contact(ws, "C000009", "张三")),
        (UsageError, lambda ws: records.edit_contact(ws, "C000001", "张三", {"customer": "C000002"})),
    ]
    for error, attempt in attempts:
        with pytest.raises(error), crm() as ws:
            attempt(ws)


def test_orders(crm: Crm) -> None:
    with crm() as ws:
        for name in ("甲公司", "乙公司"):
            records.add_customer(ws, {"name": name})
        first = records.add_order(ws, "甲公司", {"amount": "1.2万"})
        second = records.add_order(
            ws, "甲公司", {"amount": "-5", "number": "A-1", "ordered_on": "2026/1/5", "币种": "USD"}
        )
        edited = records.edit_order(ws, "A-1", {"customer": "乙公司", "amount": "-7.5", "状态": "已取消"})
    assert (first["number"], first["amount"], first["ordered_on"]) == ("O000001", 1_200_000, "2026-11-20")
    assert (first["currency"], first["status"]) == ("CNY", "paid")
    assert (second["number"], second["amount"], second["currency"]) == ("A-1", -500, "USD")
    assert [(change.field, change.before, change.after) for change in edited.changes] == [
        ("customer", "C000001", "C000002"),
        ("amount", "-5.00", "-7.50"),
        ("status", "paid", "cancelled"),
    ]


def test_an_amount_says_its_currency(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
        orders = [records.add_order(ws, "甲公司", {"amount": amount}) for amount in ("US$100", "€30", "¥7", "5元")]
        assert [(order["amount"], order["currency"]) for order in orders] == [
            (10_000, "USD"), (3_000, "EUR"), (700, "CNY"), (500, "CNY"),
        ]  # fmt: skip
        told = "{} is in {}, not in CNY: figures add all amounts up as they are"
        assert ws.notes == [told.format("O000001", "USD"), told.format("O000002", "EUR")]
        edited = records.edit_order(ws, "O000004", {"amount": "HK$6"})
        assert ws.notes[2:] == [told.format("O000004", "HKD")]
        assert [(change.field, change.after) for change in edited.changes] == [("amount", "6.00"), ("currency", "HKD")]
        back = records.edit_order(ws, "O000001", {"amount": "7 CNY"})
        assert [(change.field, change.after) for change in back.changes] == [("amount", "7.00"), ("currency", "CNY")]
        with pytest.raises(InvalidInput, match="the amount is in EUR, its row in USD"):
            records.add_order(ws, "甲公司", {"amount": "€30", "currency": "USD"})
        with pytest.raises(InvalidInput, match="contracts are in CNY"):
            records.add_contract(ws, "甲公司", {"amount": "US$9", "ends_on": "2027-01-01"})


def test_refused_orders(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
        records.add_order(ws, "C000001", {"amount": "1", "number": "A"})
        records.add_order(ws, "C000001", {"amount": "1", "number": "B"})
    attempts: list[tuple[type[CrmError], Any]] = [
        (InvalidInput, lambda ws: records.add_order(ws, "C000001", {"amount": "much"})),
        (InvalidInput, lambda ws: records.add_order(ws, "C000001", {})),
        (InvalidInput, lambda ws: records.edit_order(ws, "A", {"amount": ""})),
        (InvalidInput, lambda ws: records.edit_order(ws, "A", {"customer": ""})),
        (Refused, lambda ws: records.add_order(ws, "C000001", {"amount": "1", "number": "A"})),
        (Refused, lambda ws: records.edit_order(ws, "A", {"number": "B"})),
        (NotFound, lambda ws: records.edit_order(ws, "C", {"amount": "1"})),
        (NotFound, lambda ws: records.remove_orders(ws, ["A", "C"])),
        (NotFound, lambda ws: records.add_order(ws, "C000009", {"amount": "1"})),
    ]
    for error, attempt in attempts:
        with pytest.raises(error), crm() as ws:
            attempt(ws)
    with crm() as ws:
        assert len(records.remove_orders(ws, ["A", "A", "B"])) == 2
        assert ws.db.value("SELECT count(*) FROM orders") == 0


def test_ids_and_numbers_of_removed_orders(crm: Crm) -> None:
    """An id is never given again; the journal would take one row for another."""
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
        first = records.add_order(ws, "C000001", {"amount": "1"})
    with crm() as ws:
        records.remove_orders(ws, [first["number"]])
    with crm() as ws:
        assert journal.next_id(ws, "orders") == first["id"] + 1


def test_contracts(crm: Crm) -> None:
    with crm() as ws:
        for name in ("甲公司", "乙公司"):
            records.add_customer(ws, {"name": name})
        first = records.add_contract(ws, "甲公司", {"amount": "12万", "合同到期日": "月底"})
        second = records.add_contract(
            ws, "甲公司", {"number": "HT-1", "starts_on": "2025/1/1", "ends_on": "2025-12-31"}
        )
        edited = records.edit_contract(ws, "HT-1", {"customer": "乙公司", "是否续签": "已续签", "starts_on": ""})
        assert ws.summary.startswith("HT-1: customer: C000001 → C000002")
    assert {key: first[key] for key in ("number", "customer_id", "starts_on", "ends_on", "amount", "renewed")} == {
        "number": "K000001", "customer_id": 1, "starts_on": None, "ends_on": "2026-11-30", "amount": 12_000_000,
        "renewed": None,
    }  # fmt: skip
    assert (second["starts_on"], second["ends_on"]) == ("2025-01-01", "2025-12-31")
    assert [(change.field, change.before, change.after) for change in edited.changes] == [
        ("customer", "C000001", "C000002"),
        ("starts_on", "2025-01-01", None),
        ("renewed", None, "yes"),
    ]


def test_refused_contracts(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
        records.add_contract(ws, "C000001", {"number": "A", "starts_on": "2026-01-01"})
        records.add_contract(ws, "C000001", {"number": "B", "ends_on": "2026-01-01"})
    attempts: list[tuple[type[CrmError], Any]] = [
        (InvalidInput, lambda ws: records.add_contract(ws, "C000001", {"amount": "much"})),
        (InvalidInput, lambda ws: records.add_contract(ws, "C000001", {"ends_on": "2026-02-30"})),
        (InvalidInput, lambda ws: records.add_contract(ws, "C000001", {"renewed": "perhaps"})),
        (InvalidInput, lambda ws: records.add_contract(ws, "C000001", {"starts_on": "today", "ends_on": "yesterday"})),
        (InvalidInput, lambda ws: records.edit_contract(ws, "A", {"ends_on": "2025-12-31"})),
        (InvalidInput, lambda ws: records.edit_contract(ws, "B", {"starts_on": "2026-01-02"})),
        (InvalidInput, lambda ws: records.edit_contract(ws, "A", {"customer": ""})),
        (InvalidInput, lambda ws: records.edit_contract(ws, "A", {"number": ""})),
        (UsageError, lambda ws: records.edit_contract(ws, "A", {"status": "open"})),
        (UsageError, lambda ws: records.add_contract(ws, "C000001", {"customer": "C000001"})),
        (Refused, lambda ws: records.add_contract(ws, "C000001", {"number": "A"})),
        (Refused, lambda ws: records.edit_contract(ws, "A", {"number": "B"})),
        (NotFound, lambda ws: records.edit_contract(ws, "C", {"amount": "1"})),
        (NotFound, lambda ws: records.remove_contracts(ws, ["A", "C"])),
        (NotFound, lambda ws: records.add_contract(ws, "C000009", {"amount": "1"})),
    ]
    for error, attempt in attempts:
        with pytest.raises(error), crm() as ws:
            attempt(ws)
    with crm() as ws:
        # A contract of one day is one.
        assert records.edit_contract(ws, "A", {"ends_on": "2026-01-01"}).changes
        assert len(records.remove_contracts(ws, ["A", "A", "B"])) == 2
        assert ws.db.value("SELECT count(*) FROM contract") == 0


def add_case(ws: Workspace, number: str, customer_id: int) -> None:
    known = {"kind": "complaint", "severity": "minor", "status": "open", "opened_at": "2026-11-01T00:00:00Z"}
    journal.add(ws, "cases", [{"number": number, "customer_id": customer_id, **known}])


def test_answers(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
        add_case(ws, "T1", 1)
        now = records.add_survey(ws, "甲公司", {"score": "4.5"})
        again = records.add_survey(ws, "甲公司", {"score": "1分", "comment": " 送货\n慢 ", "case": "T1"})
        nps = records.add_survey(ws, "甲公司", {"score": "0", "kind": "净推荐值", "at": "昨天 15:00"})
        assert ws.summary == "added answer nps 0 of C000001"
    assert (now["kind"], now["score"], now["at"], now["nth"]) == ("csat", 4.5, "2026-11-20T01:00:00Z", 1)
    assert (again["nth"], again["comment"], again["case_number"]) == (2, "送货\n慢", "T1")
    assert (nps["kind"], nps["score"], nps["at"], nps["nth"]) == ("nps", 0, "2026-11-19T07:00:00Z", 1)


def test_refused_answers(crm: Crm) -> None:
    with crm() as ws:
        for number, name in enumerate(("甲公司", "乙公司"), start=1):
            records.add_customer(ws, {"name": name})
            add_case(ws, f"T{number}", number)
    attempts: list[tuple[type[CrmError], str, dict[str, str]]] = [
        (InvalidInput, "score is missing", {}),
        (InvalidInput, "score 'good'", {"score": "good"}),
        (InvalidInput, "csat is answered with 1 to 5", {"score": "0"}),
        (InvalidInput, "csat is answered with 1 to 5", {"score": "5.5"}),
        (InvalidInput, "score '11'", {"score": "11", "kind": "nps"}),
        (InvalidInput, "score '4.5': nps is answered with a whole number, 0 to 10", {"score": "4.5", "kind": "nps"}),
        (InvalidInput, "score '-1'", {"score": "-1", "kind": "nps"}),
        (InvalidInput, "kind 'ces'", {"score": "4", "kind": "ces"}),
        (InvalidInput, "at 'some day'", {"score": "4", "at": "some day"}),
        (Refused, "when it has been given", {"score": "4", "at": "2026-11-20 09:00:01"}),
        (Refused, "T2 is of C000002 乙公司, not of C000001", {"score": "4", "case": "T2"}),
        (NotFound, "no case T3", {"score": "4", "case": "T3"}),
        (UsageError, "no field 'nth'", {"score": "4", "nth": "3"}),
    ]
    for error, words, values in attempts:
        with pytest.raises(error, match=words), crm() as ws:
            records.add_survey(ws, "C000001", values)
    with crm(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM survey") == 0
