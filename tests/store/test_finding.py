"""Which customer is meant."""

import pytest

from crmcli.errors import NotFound
from crmcli.intake import records
from crmcli.store import finding
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
