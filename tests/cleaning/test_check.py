"""What `crm clean check` finds, what it proposes, and what it leaves alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cleaning.bases import contact, customer, found, one, order, rules, tag
from tests.conftest import Crm, Run

# ------------------------------------------------------------------------------------------------- phones


@pytest.mark.parametrize(
    ("phone", "rule", "proposal", "certain"),
    [
        ("138-0013-8000", "phone-format", "+8613800138000", True),
        ("１３８００１３８０００", "phone-format", "+8613800138000", True),
        ("13800138000.0", "phone-format", "+8613800138000", True),
        ("13800138000/13900139000", "phone-several", "+8613800138000; +8613900139000", True),
        ("13800138000/1390013900", "phone-several", None, False),
        ("1.38E+10", "phone-excel", None, False),
        ("1380013800", "phone-short", None, False),
        ("138001380001", "phone-long", None, False),
        ("12800138000", "phone-prefix", None, False),
        ("11111111111", "phone-placeholder", None, False),
        ("12345678901", "phone-placeholder", None, False),
        ("+8613800000000", "phone-placeholder", None, False),
        ("+8613812345678", "phone-placeholder", None, False),
        ("65541234", "phone-no-area", None, False),
        ("13800138000 李雷", "phone-text", "+8613800138000", False),
        ("1806071043、0512-65541234", "phone-several", None, False),
        ("13800138000 李雷 6554123", "phone-several", None, False),
        ("13800138000（已停机）", "phone-dead", None, False),
        ("问前台", "phone-invalid", None, False),
    ],
)
def test_phones(crm: Crm, phone: str, rule: str, proposal: str | None, certain: bool) -> None:
    with crm() as ws:
        customer(ws, "C1", phone=phone)
        finding = one(ws)
        assert (finding.table, finding.code, finding.field, finding.value) == ("customers", "C1", "phone", phone)
        assert (finding.rule, finding.proposal, finding.certain) == (rule, proposal, certain)
        assert finding.problem
    with crm() as ws:
        ws.db.execute("UPDATE customer SET phone = '+8613900139000'")
        contact(ws, 1, "李雷", phone=phone)
        finding = one(ws)
        assert (finding.table, finding.name, finding.rule) == ("contacts", "李雷", rule)


@pytest.mark.parametrize(
    "phone",
    ["+8613800138000", "+861065541234", "+865718555123", "+8657185551234 ext 802", "+864008201234", "+14155552671"],
)
def test_good_phones_are_left_alone(crm: Crm, phone: str) -> None:
    with crm() as ws:
        customer(ws, "C1", phone=phone)
        assert rules(ws) == []


def test_a_landline_gets_the_area_code_of_its_city(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, "C1", phone="85551239", city="杭州")
        customer(ws, "C2", phone="85551238", address="浙江省杭州市上海路8号")
        customer(ws, "C3", phone="65551237", name="北京长风贸易有限公司", address=None)
        customer(ws, "C4", phone="6555123", region="北京")
        customer(ws, "C5", phone="85551230", address="浙江省金華市浦江縣")
        customer(ws, "C6", phone="85551230", address="某地")
        assert found(ws) == [
            ("C1", "phone-no-area", "+8657185551239", False),
            ("C2", "phone-no-area", "+8657185551238", False),
            ("C3", "phone-no-area", "+861065551237", False),
            ("C4", "phone-no-area", None, False),
            ("C5", "phone-no-area", "+8657985551230", False),
            ("C6", "phone-no-area", None, False),
        ]


def test_the_area_code_is_certain_when_the_city_s_other_landlines_agree(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, "C1", phone="85551239转12", city="杭州")
        for number in range(3):
            customer(ws, f"D{number}", phone=f"+865718555000{number}", city="杭州")
        assert found(ws) == [("C1", "phone-no-area", "+8657185551239 ext 12", True)]
        customer(ws, "E1", phone="+8657485551234", city="杭州")
        assert found(ws) == [("C1", "phone-no-area", "+8657185551239 ext 12", False)]


def test_a_landline_of_another_length_than_its_city_s_gets_no_area_code(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, "C1", phone="8555123", city="杭州")
        customer(ws, "D1", phone="+8657185550001", city="杭州")
        assert found(ws) == [("C1", "phone-no-area", None, False)]


def test_a_slip_is_explained_by_a_good_number_of_the_same_person_or_company(crm: Crm) -> None:
    with crm() as ws:
        short = customer(ws, "C1", "青藤物流")
        contact(ws, short, "李雷", phone="1380013800")
        elsewhere = customer(ws, "C2", "青藤物流有限公司")
        contact(ws, elsewhere, "李雷", phone="+8613800138000")
        contact(ws, elsewhere, "韩梅梅", phone="139001390001")
        contact(ws, short, "林涛", phone="+8613900139000")
        # Nobody's that is known here: near, but not of these people.
        stranger = customer(ws, "C3", "远山食品")
        contact(ws, stranger, "吉姆", phone="+8615800158000")
        contact(ws, short, "露西", phone="1580015800")
        assert found(ws, "name", "rule", "proposal", "certain") == [
            ("李雷", "phone-short", "+8613800138000", False),
            ("露西", "phone-short", None, False),
            ("韩梅梅", "phone-long", None, False),
        ]
        ws.db.execute("UPDATE contact SET name = '韩梅梅', name_key = '韩梅梅' WHERE name = '林涛'")
        assert found(ws, "name", "proposal")[-1] == ("韩梅梅", "+8613900139000")
        # Two that fit are none.
        contact(ws, elsewhere, "李磊", phone="+8613800138001")
        assert found(ws, "name", "proposal")[0] == ("李雷", "+8613800138000")
        ws.db.execute("UPDATE contact SET name_key = '李雷', customer_id = 3 WHERE name = '李磊'")
        assert found(ws, "name", "proposal")[0] == ("李雷", None)


# ------------------------------------------------------------------------------------------------- e-mail


@pytest.mark.parametrize(
    ("email", "rule", "proposal", "certain"),
    [
        ("LiLei@Example.com", "email-format", "lilei@example.com", True),
        ("mailto:lilei@example.com", "email-format", "lilei@example.com", True),
        ("a1@example.com；b2@example.cn", "email-several", "a1@example.com; b2@example.cn", True),
        ("lilei@gmial.com", "email-typo", "lilei@gmail.com", True),
        ("lilei@163.con", "email-typo", "lilei@163.com", True),
        ("lilei@qq.cm", "email-typo", "lilei@qq.com", True),
        ("lilei@l63.com", "email-typo", "lilei@163.com", True),
        ("lilei@outlok.com", "email-typo", "lilei@outlook.com", True),
        ("lilei@dmail.com", "email-typo", "lilei@gmail.com", False),
        ("lilei@qinghe.con", "email-typo", "lilei@qinghe.com", False),
        ("lilei@qinghe.cm", "email-typo", "lilei@qinghe.com", False),
        ("lilei@@163.com", "email-invalid", "lilei@163.com", True),
        ("lilei#qq.com", "email-invalid", "lilei@qq.com", True),
        ("lilei at sina.com", "email-invalid", "lilei@sina.com", True),
        ("lilei163.com", "email-invalid", "lilei@163.com", True),
        ("lilei@qqcom", "email-invalid", "lilei@qq.com", True),
        ("lilei@163", "email-invalid", "lilei@163.com", False),
        ("lilei@@qinghe.cn", "email-invalid", "lilei@qinghe.cn", False),
        ("1094580037", "email-invalid", "1094580037@qq.com", False),
        ("lilei", "email-invalid", None, False),
        ("www.163.com", "email-invalid", None, False),
        ("123@qq", "email-invalid", None, False),
        ("test@test.com", "email-placeholder", None, False),
    ],
)
def test_emails(crm: Crm, email: str, rule: str, proposal: str | None, certain: bool) -> None:
    with crm() as ws:
        customer(ws, "C1", email=email)
        assert found(ws) == [("C1", rule, proposal, certain)]


@pytest.mark.parametrize(
    "email",
    [
        "lilei@mail.com",
        "lilei@sino.com",
        "lilei@soho.com",
        "lilei@163.net",
        "lilei@qq.cn",
        "a.b@qinghe.com.cn",
        "x@b.co",
    ],
)
def test_good_emails_are_left_alone(crm: Crm, email: str) -> None:
    with crm() as ws:
        customer(ws, "C1", email=email)
        assert rules(ws) == []


def test_other_addresses_say_how_a_misspelt_domain_ends(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, "C1", email="lilei@qinghe.cm")
        customer(ws, "C2", email="hanmeimei@qinghe.cn")
        customer(ws, "C3", email="lintaoqinghe.cn")
        assert found(ws) == [
            ("C1", "email-typo", "lilei@qinghe.cn", False),
            ("C3", "email-invalid", "lintao@qinghe.cn", False),
        ]


def test_an_odd_domain_of_many_is_their_own(crm: Crm) -> None:
    with crm() as ws:
        for number in range(3):
            customer(ws, f"C{number}", email=f"post{number}@dmail.com")
        assert rules(ws) == []


def test_further_phones_and_emails_are_read_too(crm: Crm) -> None:
    with crm() as ws:
        customer(
            ws, "C1", other_phones="+8613800138000; 1390013900", other_emails="a@example.com; b@@qq.com; c@163.con"
        )
        assert found(ws, "field", "value", "rule", "proposal", "certain") == [
            ("other_emails", "b@@qq.com", "email-invalid", "b@qq.com", True),
            ("other_emails", "c@163.con", "email-typo", "c@163.com", True),
            ("other_phones", "1390013900", "phone-short", None, False),
        ]


# --------------------------------------------------------------------------------------------- company id


@pytest.mark.parametrize(
    ("number", "rule", "proposal", "certain"),
    [
        ("9111 0000 6000 3734 1l", "tax-id-format", "91110000600037341L", True),
        ("9111OOOO6OOO37341L", "tax-id-format", "91110000600037341L", True),
        ("911100006OOO3734IL", "tax-id-format", "91110000600037341L", True),
        ("9.1111E+17", "tax-id-excel", None, False),
        ("911100006000373410L", "tax-id-invalid", None, False),
        ("9111000060003734L", "tax-id-invalid", None, False),
    ],
)
def test_tax_ids(crm: Crm, number: str, rule: str, proposal: str | None, certain: bool) -> None:
    with crm() as ws:
        customer(ws, "C1", tax_id=number)
        assert found(ws) == [("C1", rule, proposal, certain)]


def test_a_wrong_check_digit_is_explained_by_one_slip_or_by_a_twin(crm: Crm) -> None:
    good = "91330102MA27XTY58C"
    with crm() as ws:
        customer(ws, "C1", tax_id=good.replace("5", "S"))
        customer(ws, "C2", tax_id="91331002MA27XTY58C")
        customer(ws, "C3", tax_id="91330102MA27XTY68C")
        customer(ws, "C4", "青藤物流", tax_id="91330102MA27XTY5C")
        customer(ws, "C5", "青藤物流", tax_id=good)
        assert found(ws) == [
            ("C1", "tax-id-check", good, False),
            ("C2", "tax-id-check", good, False),
            ("C3", "tax-id-check", None, False),
            ("C4", "tax-id-invalid", good, False),
        ]


# -------------------------------------------------------------------------------------- dates and amounts


def test_dates_of_the_future_and_people_too_old(crm: Crm) -> None:
    with crm() as ws:
        bought = customer(ws, "C1", since="2027-01-01")
        order(ws, bought, "O1", 100, ordered_on="2026-11-21")
        order(ws, bought, "O2", 100, ordered_on="2027-11-21", status="cancelled")
        order(ws, bought, "O3", 100, ordered_on="2026-11-20")
        customer(ws, "C2", kind="person", birthday="1880-05-03")
        customer(ws, "C3", kind="person", birthday="2030-05-03")
        customer(ws, "C4", kind="person", birthday="lunar 2027-08-15")
        customer(ws, "C5", kind="person", birthday="--05-03")
        contact(ws, bought, "李雷", phone="+8613800138000", birthday="2026-11-21")
        assert found(ws, "table", "code", "name", "field", "rule") == [
            ("customers", "C1", "星河C1贸易有限公司", "since", "date-future"),
            ("contacts", "C1", "李雷", "birthday", "date-future"),
            ("orders", "C1", "O1", "ordered_on", "date-future"),
            ("customers", "C2", "星河C2贸易有限公司", "birthday", "birthday-age"),
            ("customers", "C3", "星河C3贸易有限公司", "birthday", "date-future"),
            ("customers", "C4", "星河C4贸易有限公司", "birthday", "date-future"),
        ]


def test_an_order_ten_times_the_usual_is_told_with_what_was_meant(crm: Crm) -> None:
    with crm() as ws:
        bought = customer(ws, "C1")
        for number, amount in enumerate((980_00, 1000_00, 1020_00, 1050_00, 990_00, 1010_00)):
            order(ws, bought, f"O{number}", amount)
        order(ws, bought, "O9", 10_100_00)
        assert found(ws, "table", "name", "value", "rule", "proposal", "certain") == [
            ("orders", "O9", "10100.00", "amount-unusual", "1010.00", False)
        ]


def test_a_customer_who_buys_small_and_large_is_no_problem(crm: Crm) -> None:
    with crm() as ws:
        bought = customer(ws, "C1")
        for number in range(12):
            order(ws, bought, f"O{number}", 100_00 if number % 3 else 5_000_00)
        assert rules(ws) == []


def test_a_first_order_far_from_everybody_s(crm: Crm) -> None:
    with crm() as ws:
        for number in range(30):
            order(ws, customer(ws, f"C{number}"), f"O{number}", 1000_00 + number * 1000)
        order(ws, customer(ws, "D1"), "O99", 200_000_000_00)
        assert found(ws) == [("D1", "amount-unusual", None, False)]


def test_more_given_back_than_was_bought(crm: Crm) -> None:
    with crm() as ws:
        bought = customer(ws, "C1")
        order(ws, bought, "O1", 500_00)
        order(ws, bought, "O2", -300_00)
        order(ws, customer(ws, "C2"), "O3", -300_00)
        order(ws, customer(ws, "C3"), "O4", -300_00, status="returned")
        assert found(ws, "code", "value", "rule") == [("C2", "-300.00", "amount-negative")]


# ------------------------------------------------------------------------------------------------ records


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("测试", "name-placeholder"),
        ("测试客户1", "name-placeholder"),
        ("test", "name-placeholder"),
        ("无", "name-placeholder"),
        ("xxx", "name-placeholder"),
        ("N/A", "name-placeholder"),
        ("13800138000", "name-phone"),
        ("010-65541234", "name-phone"),
        ("lilei@example.com", "name-email"),
    ],
)
def test_names_that_are_none(crm: Crm, name: str, rule: str) -> None:
    with crm() as ws:
        customer(ws, "C1", name)
        assert rules(ws) == [rule]


@pytest.mark.parametrize(
    "name", ["测试仪器有限公司", "Tester GmbH", "58同城", "3M中国", "李", "一个", "XX-Large", "阿里"]
)
def test_names_that_only_look_odd_are_left_alone(crm: Crm, name: str) -> None:
    with crm() as ws:
        customer(ws, "C1", name)
        assert rules(ws) == []


def test_nobody_to_reach(crm: Crm) -> None:
    with crm() as ws:
        contact(ws, customer(ws, "C1", phone=None), "李雷")
        contact(ws, customer(ws, "C2", phone=None), "韩梅梅", wechat="hmm")
        customer(ws, "C3", phone=None, stage="lost")
        customer(ws, "C4", phone=None, other_emails="a@example.com")
        contact(ws, customer(ws, "C5"), "林涛")
        contact(ws, customer(ws, "C6", phone=None, email="a@example.com"), "魏华")
        beside = customer(ws, "C7", phone=None)
        contact(ws, beside, "吉姆", phone="+8613800138001")
        contact(ws, beside, "露西")
        assert found(ws, "table", "code", "name", "rule") == [
            ("customers", "C1", "星河C1贸易有限公司", "customer-unreachable"),
            ("contacts", "C1", "李雷", "contact-unreachable"),
            ("contacts", "C7", "露西", "contact-unreachable"),
        ]


def test_a_number_of_the_list_reaches_the_person_of_its_row(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("公司,联系人,电话\n晨光文具有限公司,李雷,021-65541234\n远山茶业有限公司,韩梅,\n", "utf-8")
    assert run("import", file).code == 0
    told = json.loads(run("clean", "check", "-f", "json").stdout)
    assert {(one["name"], one["rule"]) for one in told} == {
        ("远山茶业有限公司", "customer-unreachable"),
        ("韩梅", "contact-unreachable"),
    }


def test_consent_withdrawn_by_one_and_given_by_the_other(crm: Crm) -> None:
    with crm() as ws:
        contact(ws, customer(ws, "C1", consent="no"), "李雷", phone="+8613800138000", consent="yes")
        contact(ws, customer(ws, "C2", consent="yes"), "韩梅梅", phone="+8613900139000", consent="no")
        shared = customer(ws, "C3", consent="yes", phone="+8613900139001")
        contact(ws, shared, "林涛", phone="+8613900139001", consent="no")
        assert found(ws, "table", "code", "rule", "proposal", "certain") == [
            ("contacts", "C1", "consent-conflict", "no", False),
            ("customers", "C3", "consent-conflict", "no", False),
        ]


def test_industries_and_tags_against_the_policy(crm: Crm, run: Run, tmp_path: Path) -> None:
    from crmcli.policy import schema

    policy = tmp_path / "own.toml"
    text = schema.preset("standard") + (
        '[checks]\nindustries = ["制造", "零售", "信息技术"]\nsingle_valued = ["need"]\n'
        'contradictions = [["need:price", "feedback:quality"]]\n'
    )
    policy.write_text(text, "utf-8")
    assert run("policy", "apply", policy, "--yes").code == 0
    with crm() as ws:
        for code, industry in enumerate(("制造", " 制造 ", "制造业", "信息技木", "航天", None)):
            customer(ws, f"C{code}", industry=industry)
        both = customer(ws, "D1")
        for name in ("need:price", "need:service", "feedback:quality", "hobby:golf", "hobby:tea"):
            tag(ws, both, name)
        assert found(ws, "code", "field", "rule", "proposal", "certain") == [
            ("C1", "industry", "industry-unknown", "制造", True),
            ("C2", "industry", "industry-unknown", "制造", False),
            ("C3", "industry", "industry-unknown", "信息技术", False),
            ("C4", "industry", "industry-unknown", None, False),
            ("D1", "need", "tag-contradiction", None, False),
            ("D1", "need", "tag-several", None, False),
        ]


# -------------------------------------------------------------------------------------------- the command


def test_the_command_tells_field_by_field(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("客户编号,客户名称,联系人,手机\nC1,青藤物流有限公司,李雷,1380013800\n", "utf-8")
    assert run("import", file).code == 0
    done = run("clean", "check", "-f", "json")
    assert done.code == 0
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    assert rows == [
        {
            "table": "contacts",
            "code": "C1",
            "name": "李雷",
            "field": "phone",
            "value": "1380013800",
            "problem": "10 digits: a mobile number has 11, and an area code begins with 0",
            "proposal": None,
            "certain": False,
            "line": 2,
            "rule": "phone-short",
        }
    ]
    assert run("clean", "check", "--fail-on-problems").code == 8


def test_nothing_to_tell_is_an_empty_list(run: Run) -> None:
    done = run("clean", "check", "--fail-on-problems", "-f", "json")
    assert (done.code, done.stdout) == (0, "[]\n")


def test_amounts_in_another_currency_are_told_of(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, "C1")
        order(ws, 1, "O1", 100_00)
        order(ws, 1, "O2", 100_00, currency="JPY")
        assert found(ws, "name", "field", "value", "rule", "proposal", "problem") == [
            ("O2", "currency", "JPY", "currency-other", None, "not in CNY, in which all amounts are added up")
        ]
