"""Which customer is meant."""

import pytest

from crmcli.cleaning import merging
from crmcli.errors import NotFound
from crmcli.intake import records
from crmcli.store import finding, journal
from tests.conftest import Crm


@pytest.fixture
def base(crm: Crm) -> Crm:
    """Three customers, one with a person."""
    with crm() as ws:
        person = {"contact_name": "张三", "contact_phone": "13800138000", "contact_email": "z3@example.com"}
        records.add_customer(ws, {"name": "杭州样例科技有限公司", "phone": "0571-88881234", **person})
        records.add_customer(ws, {"name": "样例科技（上海）有限公司", "email": "Info@Example.com", "code": "k-7"})
        records.add_customer(ws, {"name": "样例", "tax_id": "10023456789"})
    return crm


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("C000001", "C000001"),
        ("c000001", "C000001"),
        ("k-7", "k-7"),
        ("杭州样例科技有限公司", "C000001"),
        (" 杭州 样例科技 有限公司 ", "C000001"),
        ("样例科技(上海)有限公司", "k-7"),
        ("样例", "C000002"),
        ("上海", "k-7"),
        ("0571 8888 1234", "C000001"),
        ("+86 138-0013-8000", "C000001"),
        ("z3@EXAMPLE.com", "C000001"),
        ("info@example.com", "k-7"),
        ("张三", "C000001"),
        ("8888", "C000001"),
        ("10023456789", "C000002"),
    ],
)
def test_a_customer_by_any_of_its_names(base: Crm, text: str, code: str) -> None:
    with base(readonly=True) as ws:
        assert finding.customer(ws, text)["code"] == code


@pytest.mark.parametrize("text", ["", " ", "%", "_", "100%", "\\", "'", "nobody", "a@b", "[/]", "\x00"])
def test_nobody_answers(base: Crm, text: str) -> None:
    with base(readonly=True) as ws, pytest.raises(NotFound, match="no customer"):
        finding.customer(ws, text)


def test_several_answer(base: Crm) -> None:
    with base(readonly=True) as ws, pytest.raises(NotFound, match="not one customer") as error:
        finding.customer(ws, "样例科技")
    assert error.value.hint == "which one? k-7 样例科技（上海）有限公司, C000001 杭州样例科技有限公司"


def test_find_puts_what_begins_so_first(base: Crm) -> None:
    with base(readonly=True) as ws:
        assert [row["code"] for row in finding.find(ws, "样例")] == ["C000002", "k-7", "C000001"]
        assert finding.find(ws, "样例", limit=1)[0]["code"] == "C000002"
        assert finding.find(ws, "") == []


@pytest.fixture
def merged(base: Crm) -> Crm:
    """The second customer is part of the first; the first has further phones and e-mails, and so has its person."""
    with base() as ws:
        merging.merge(ws, "C000001", ["k-7"])
    with base() as ws:
        further = {"other_phones": "+8613600136000; +8613500135000", "other_emails": "a_b@example.com; c@example.com"}
        journal.change(ws, "customer", 1, further)
        journal.change(ws, "contact", 1, {"other_phones": "+8613400134000", "other_emails": "zs@example.com"})
    return base


@pytest.mark.parametrize(
    "text",
    ["k-7", "136 0013 6000", "135-0013-5000", "13400134000", "a_b@example.com", "C@example.com", "zs@example.com"],
)
def test_a_former_code_and_further_phones_and_mails_find_it(merged: Crm, text: str) -> None:
    with merged(readonly=True) as ws:
        assert finding.customer(ws, text)["code"] == "C000001"
        assert [row["code"] for row in finding.find(ws, text.replace(" ", ""))] == ["C000001"]


@pytest.mark.parametrize("text", ["axb@example.com", "_b@example.com", "b@example.com", "6000"])
def test_a_part_of_a_further_one_is_not_it(merged: Crm, text: str) -> None:
    with merged(readonly=True) as ws:
        exact = [condition for condition, value in finding._exact(text, "CN") if value]
        assert not any(finding._matching(ws, condition, text, text, limit=9) for condition in exact)


def test_the_note_of_a_former_code_is_said_once(merged: Crm) -> None:
    with merged(readonly=True) as ws:
        finding.customer(ws, "k-7")
        finding.customer(ws, "K-7".lower())
        assert [note.split(" on ")[0] for note in ws.notes] == ["k-7 was merged into C000001 杭州样例科技有限公司"]
        finding.customer(ws, "C000001")
        assert len(ws.notes) == 1


def test_the_main_phone_of_one_is_meant_before_the_further_one_of_another(merged: Crm) -> None:
    with merged() as ws:
        records.add_customer(ws, {"name": "别家", "phone": "13600136000"})
        assert finding.customer(ws, "13600136000")["name"] == "别家"


def test_a_text_longer_than_any_pattern_finds_nobody(base: Crm) -> None:
    with base(readonly=True) as ws:
        assert finding.find(ws, "样" * 100_000) == []
