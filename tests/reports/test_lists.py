"""Lists: windows, what counts, filters and order."""

from collections.abc import Mapping

import pytest

from crmcli.errors import NotFound, UsageError
from crmcli.intake import records
from crmcli.reports import lists
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from tests.conftest import Crm


def _talk(ws: Workspace, customer_id: int, day: str, channel: str) -> None:
    row = {
        "customer_id": customer_id,
        "at": f"{day}T01:00:00Z",
        "contact_on": day,
        "topic": channel,
        "nth": 1,
    }
    journal.add(ws, "interaction", [{**row, "channel": channel, "direction": "out"}])


def _tag(ws: Workspace, customer_id: int, dimension: str, value: str) -> None:
    row = {"customer_id": customer_id, "dimension": dimension, "value": value}
    journal.add(ws, "tag", [{**row, "source": "hand", "since": "2026-01-01"}])


@pytest.fixture
def base(crm: Crm) -> Crm:
    """Three customers; the first has orders on the edges of every window."""
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司", "owner": "王芳", "city": "杭州", "contact_name": "张三"})
        records.add_customer(ws, {"name": "乙公司", "owner": "李明", "stage": "lead", "region": "华东"})
        records.add_customer(ws, {"name": "丙公司", "owner": "王芳", "industry": "软件"})
        for day, amount, status in (
            ("2026-11-20", "100", "paid"),
            ("2025-11-21", "10", "open"),
            ("2025-11-20", "1", "paid"),
            ("2026-11-21", "5000", "paid"),
            ("2026-10-01", "7000", "cancelled"),
            ("2026-10-02", "-0.50", "paid"),
            ("2026-10-03", "3000", "returned"),
        ):
            records.add_order(ws, "甲公司", {"amount": amount, "ordered_on": day, "status": status})
        for day, channel in (("2026-11-01", "call"), ("2026-11-10", "push"), ("2026-12-01", "visit")):
            _talk(ws, 1, day, channel)
        _tag(ws, 1, "value", "vip")
        _tag(ws, 1, "need", "price:low")
        _tag(ws, 3, "value", "normal")
        journal.change(ws, "customer", 3, {"tier": "strategic", "tier_on": "2026-11-01"})
    return crm


def _codes(crm: Crm, where: Mapping[str, str] | None = None, **options: object) -> list[str]:
    with crm(readonly=True) as ws:
        rows = lists.customers(ws, where=where, **options)  # type: ignore[arg-type]
    return [row["code"] for row in rows]


def test_figures(base: Crm) -> None:
    with base(readonly=True) as ws:
        first, second, third = lists.customers(ws)
    names = ("tags", "contacts", "last_contact_on", "orders_12m", "amount_12m", "amount_total")
    assert {name: first[name] for name in names} == {
        "tags": ["need:price:low", "value:vip"],
        "contacts": 1,
        "last_contact_on": "2026-11-01",
        "orders_12m": 2,
        "amount_12m": 10_950,
        "amount_total": 11_050,
    }
    assert {name: second[name] for name in names} == {
        "tags": [],
        "contacts": 0,
        "last_contact_on": None,
        "orders_12m": 0,
        "amount_12m": 0,
        "amount_total": 0,
    }
    assert first["next_touch_on"] is None
    assert third["next_touch_on"] > "2026-11-01"
    assert list(first) == [column.key for column in lists.COLUMNS]


@pytest.mark.parametrize(
    ("where", "codes"),
    [
        ({"owner": "王芳"}, ["C000001", "C000003"]),
        ({"owner": "王芳", "city": "杭州"}, ["C000001"]),
        ({"stage": "线索"}, ["C000002"]),
        ({"region": "华东"}, ["C000002"]),
        ({"industry": "软件"}, ["C000003"]),
        ({"tier": "strategic"}, ["C000003"]),
        ({"tier": "战略客户"}, ["C000003"]),
        ({"owner": "nobody"}, []),
    ],
)
def test_filters(base: Crm, where: dict[str, str], codes: list[str]) -> None:
    assert _codes(base, where) == codes


def test_tags(base: Crm) -> None:
    assert _codes(base, tags=["value"]) == ["C000001", "C000003"]
    assert _codes(base, tags=["value:vip"]) == ["C000001"]
    assert _codes(base, tags=["need：price:low", "value"]) == ["C000001"]
    assert _codes(base, tags=["value:vip", "value:normal"]) == []


def test_order_and_limit(base: Crm) -> None:
    assert _codes(base, sort="-amount_total") == ["C000001", "C000002", "C000003"]
    assert _codes(base, sort="last_contact_on", limit=1) == ["C000001"]
    assert _codes(base, sort="-code", limit=2) == ["C000003", "C000002"]


@pytest.mark.parametrize("names", ["x", "code,x", "", ",", "code; DROP TABLE customer", "id"])
def test_unknown_fields(base: Crm, names: str) -> None:
    with base(readonly=True) as ws, pytest.raises(UsageError) as error:
        lists.chosen(ws, names)
    assert "amount_12m" in (error.value.hint or "")


def test_chosen_fields(base: Crm) -> None:
    with base(readonly=True) as ws:
        assert [column.key for column in lists.chosen(ws, "name, code，name")] == ["name", "code"]


@pytest.mark.parametrize(
    "where",
    [{"tier": "x"}, {"stage": "x"}, {"id": "1"}, {"owner; --": "1"}],
    ids=["tier", "stage", "id", "sql"],
)
def test_unknown_filters(base: Crm, where: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        _codes(base, where)


def test_orders(base: Crm) -> None:
    with base(readonly=True) as ws:
        assert len([*lists.orders(ws)]) == 7
        found = [*lists.orders(ws, customer="甲", since="2026-10-02", until="today")]
        assert [row["ordered_on"] for row in found] == ["2026-11-20", "2026-10-03", "2026-10-02"]
        assert (found[0]["code"], found[0]["customer"]) == ("C000001", "甲公司")
        assert not [*lists.orders(ws, customer="乙公司")]
        with pytest.raises(NotFound):
            lists.orders(ws, customer="丁")


def test_contacts(base: Crm) -> None:
    with base(readonly=True) as ws:
        (row,) = lists.contacts(ws)
        assert (row["code"], row["customer"], row["name"], row["primary"]) == (
            "C000001",
            "甲公司",
            "张三",
            "yes",
        )
        assert lists.contacts(ws, customer="乙") == []
