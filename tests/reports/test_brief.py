"""The brief: what a caller reads, and what a script gets."""

import json

import pytest

from crmcli.errors import NotFound
from crmcli.intake import records
from crmcli.reports import brief as report
from crmcli.store import journal
from tests.conftest import Crm, Run


@pytest.fixture
def base(crm: Crm) -> Crm:
    """A customer with something in every section."""
    with crm() as ws:
        person = {"contact_name": "张三", "contact_phone": "13800138000", "contact_birthday": "农历十月二十"}
        terms = {"terms": "月结 30 天\n专票", "birthday": "11-25", "region": "华东", "city": "杭州"}
        records.add_customer(ws, {"name": "甲公司 [/] [vip]", "owner": "王芳", **terms, **person})
        records.add_order(ws, "C000001", {"amount": "1.2万", "ordered_on": "2026-11-01", "product": "标准件"})
        records.add_order(ws, "C000001", {"amount": "5", "ordered_on": "2024-11-01"})
        said = {
            "at": "2026-11-10T01:30:00Z",
            "contact_on": "2026-11-10",
            "topic": "报价",
            "nth": 1,
            "channel": "call",
        }
        next_step = {"direction": "out", "next_action": "发合同", "next_due": "2026-11-18"}
        journal.add(ws, "interaction", [{"customer_id": 1, **said, **next_step}])
        journal.change(ws, "customer", 1, {"tier": "strategic", "tier_on": "2026-11-01"})
    return crm


def test_what_it_holds(base: Crm) -> None:
    with base(readonly=True) as ws:
        brief = report.brief(ws, "甲公司")
    assert brief.customer["tier_label"] == "Strategic"
    assert (brief.customer["orders_12m"], brief.customer["amount_12m"]) == (1, 1_200_000)
    assert (brief.customer["orders_total"], brief.customer["last_order_on"]) == (2, "2026-11-01")
    assert (brief.due[0].kind, brief.due[0].due_on, brief.due[0].late_days) == ("action", "2026-11-18", 2)
    assert brief.due[0].action == "发合同"
    assert {item.kind for item in brief.due[1:]} == {"touch"}
    assert [birthday.name for birthday in brief.birthdays] == ["甲公司 [/] [vip]", "张三"]
    assert brief.birthdays[0].on == "2026-11-25"
    with base(readonly=True) as ws, pytest.raises(NotFound):
        report.brief(ws, "丙")


def test_the_page(base: Crm, run: Run) -> None:
    code, page, stderr = run("show", "C000001")
    assert (code, stderr) == (0, "")
    heading = [
        "C000001  甲公司 [/] [vip]",
        "  tier   Strategic",
        "  owner  王芳",
        "  stage  active",
        "  place  华东 杭州",
    ]
    assert page.splitlines()[:5] == heading
    for part in (
        "\nSpecial terms\n  月结 30 天\n  专票\n",
        "\nPeople\n  * 张三",
        "  2026-11-18  2 days late  发合同",
        "  2026-11-10 09:30  call  报价  → 发合同 2026-11-18\n",
        "  12 months   1 order   12000.00\n",
        "  2026-11-01  O000001   12000.00  标准件  paid\n",
    ):
        assert part in page


def test_one_document(base: Crm, run: Run) -> None:
    code, text, _stderr = run("show", "C000001", "-f", "json")
    assert code == 0
    (found,) = json.loads(text)
    assert (found["code"], found["amount_12m"], found["terms"]) == ("C000001", "12000.00", "月结 30 天\n专票")
    assert found["contacts"][0]["phone"] == "+8613800138000"
    assert found["due"][0]["key"].startswith("action:")
    assert found["orders"][0]["amount"] == "12000.00"
    assert found["interactions"][0]["at"] == "2026-11-10T01:30:00Z"
    assert [json.loads(run("show", "C000001", "-f", "jsonl").stdout)] == [found]


def test_rows_for_the_formats_of_rows(base: Crm, run: Run) -> None:
    lines = run("show", "C000001", "-f", "tsv").stdout.splitlines()
    assert lines[0] == "section\tfield\tvalue"
    assert "Special terms\t专票\t" in lines


def test_a_lead(crm: Crm, run: Run) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲", "stage": "lead", "need": "扩容"})
    assert run("edit", "甲", "campaign=上海展").code == 0
    (found,) = json.loads(run("show", "甲", "-f", "json").stdout)
    assert (found["grade"], found["grade_reason"], found["campaign"]) == ("B", "rule: need", "上海展")
    assert [item["kind"] for item in found["due"]] == ["lead"]
    page = run("show", "甲").stdout
    assert "  lead   B, rule: need, since 2026-11-20, 上海展\n" in page
    assert "\nTo do\n  2026-11-27" in page
    assert run("lead", "lose", "甲", "--reason", "价格").code == 0
    assert "  lead   价格, lost on 2026-11-20, 上海展\n" in run("show", "甲").stdout


def test_what_is_to_do_is_everything_of_the_customer(base: Crm, run: Run) -> None:
    assert run("case", "open", "C000001", "漏发").code == 0
    assert run("assign", "C000001", "--to", "李明").code == 0
    (found,) = json.loads(run("show", "C000001", "-f", "json").stdout)
    assert {item["kind"] for item in found["due"]} >= {"action", "touch", "case", "handoff"}


def test_a_customer_of_a_name_only(crm: Crm, run: Run) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "乙"})
    assert run("show", "乙").stdout == "C000001  乙\n  stage  active\n\nProfile\n  consent  unknown\n"
