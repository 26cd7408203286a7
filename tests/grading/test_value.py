"""RFM scores, segments, shares, lifetime values and their summaries against a plain model."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.errors import NotFound
from crmcli.grading.value import Value, grid, pareto, segment_words, segments, sheet, value
from crmcli.grading.value.buyers import quintile_edges
from crmcli.grading.value.segments import SEGMENTS, segment
from crmcli.policy import facts
from crmcli.store.workspace import Workspace
from tests.conftest import Crm
from tests.grading.bases import D12, GRID, NAMES, TODAY, Customer, Order, bases, database, fill, opened, rated

D24 = TODAY - relativedelta(years=2)
# The cost of each order, in the order of the base; None where it is not known.
Costs = list[int | None]


def test_every_cell_of_the_grid_has_one_of_the_ten_names() -> None:
    cells = {(r, mean): segment(r, mean, mean) for r in range(1, 6) for mean in range(1, 6)}
    assert len(cells) == 25
    assert cells == {(r, n + 1): NAMES[letter] for r, row in GRID.items() for n, letter in enumerate(row)}
    assert {name for row in SEGMENTS.values() for name in row} == set(NAMES.values()) == set(segment_words())
    assert len(NAMES) == 10


@pytest.mark.parametrize(("f", "m", "mean"), [(1, 2, 2), (2, 1, 2), (4, 5, 5), (1, 5, 3), (1, 4, 3)])
def test_a_mean_between_two_scores_is_the_higher(f: int, m: int, mean: int) -> None:
    assert segment(5, f, m) == segment(5, mean, mean)


@given(values=st.lists(st.integers(-5, 30), min_size=1, max_size=40))
def test_a_score_is_told_by_the_edges(values: list[int]) -> None:
    edges = quintile_edges(values)
    for each in values:
        worse = sum(other < each for other in values)
        assert 1 + sum(edge < each for edge in edges) == 1 + 5 * worse // len(values)


def test_edges_of_ten_and_of_none() -> None:
    assert quintile_edges(range(1, 11)) == [2, 4, 6, 8]
    assert quintile_edges([]) == []


def costed(ws: Workspace, base: list[Customer], costs: Costs) -> None:
    """Fill the database and give the orders their costs."""
    fill(ws, base)
    for number, cost in enumerate(costs):
        ws.db.execute("UPDATE orders SET cost = :cost WHERE number = :number", {"cost": cost, "number": f"SO{number}"})


def worth(base: list[Customer], costs: Costs, after: date = date.min) -> dict[str, int]:
    """By code: profit of the orders with a cost and amount of the others."""
    numbered = iter(costs)
    return {
        c.code: sum(o.amount - (cost or 0) for o in c.orders for cost in [next(numbered)] if o.counts and o.day > after)
        for c in base
    }


def known(base: list[Customer], costs: Costs) -> dict[str, set[bool]]:
    """By code, whether the costs of the counted orders are known."""
    numbered = iter(costs)
    return {c.code: {cost is not None for o in c.orders for cost in [next(numbered)] if o.counts} for c in base}


@settings(max_examples=60, deadline=None)
@given(base=bases(), data=st.data())
def test_scores_shares_and_lifetime_values(founded: bytes, base: list[Customer], data: st.DataObject) -> None:
    number = sum(len(c.orders) for c in base)
    costs = data.draw(st.lists(st.sampled_from([None, None, 0, 50_00]), min_size=number, max_size=number))
    with database(founded) as path:
        with opened(path) as ws:
            costed(ws, base, costs)
        with opened(path, readonly=True) as ws:
            found = value(ws)
            assert value(ws, limit=2) == found[:2]
            for row in found:
                assert value(ws, row.code) == [row]
            names = ("code", "r", "f", "m", "rfm", "orders_total", "amount_total", "amount_12m", "last_order_on")
            as_facts = ws.db.rows(
                f"{facts.with_facts(names)} SELECT * FROM facts WHERE orders_total > 0",
                facts.facts_params(TODAY, "Asia/Shanghai"),
            )
    assert {row["code"]: fields(row, names, minor=round) for row in as_facts} == {
        row.code: fields(row._asdict(), names) for row in found
    }
    buyers = sorted((c for c in rated(base) if c.sales()), key=lambda c: (-c.amount(), c.code))
    assert [row.code for row in found] == [c.code for c in buyers]
    whole, so_far = sum(c.amount() for c in buyers), 0
    before, kept = who_stayed(buyers)
    ever, year, bases_of = worth(base, costs), worth(base, costs, D12), known(base, costs)
    for row, c in zip(found, buyers, strict=True):
        scores = (
            score(buyers, c, lambda o: o.sales()[-1]),
            score(buyers, c, lambda o: len(o.sales())),
            score(buyers, c, lambda o: o.amount()),
        )
        assert (row.r, row.f, row.m) == scores
        assert row.rfm == int("".join(map(str, scores)))
        assert row.segment == segment(*scores)
        assert (row.orders_total, row.amount_total) == (len(c.sales()), c.amount())
        assert row.last_order_on == c.sales()[-1].isoformat()
        assert row.ltv == ever[c.code]
        assert row.ltv_basis == basis(bases_of[c.code])
        if before:
            retention = Fraction(kept, before)
            exact = year[c.code] * retention / (Fraction(112, 100) - retention) if c.sales(D12) else 0
            assert row.ltv_expected is not None
            assert row.ltv_expected == pytest.approx(float(exact), abs=0.51)
        else:
            assert row.ltv_expected is None
        if whole > 0:
            assert row.pareto == ("A" if 100 * so_far < 80 * whole else "B" if 100 * so_far < 95 * whole else "C")
            so_far += c.amount()
            assert row.share == pytest.approx(float(Fraction(c.amount(), whole)))
            assert row.cumulative_share == pytest.approx(float(Fraction(so_far, whole)))
        else:
            assert (row.share, row.cumulative_share, row.pareto) == (None, None, None)


def fields(row: dict[str, Any], names: tuple[str, ...], minor: Any = None) -> dict[str, Any]:
    """The named fields; facts have money in units, which `minor` makes minor units."""
    return {name: minor(row[name] * 100) if minor and name.startswith("amount") else row[name] for name in names}


def basis(known: set[bool]) -> str:
    if len(known) == 2:
        return "mixed"
    return "profit" if True in known else "amount"


def score(buyers: list[Customer], c: Customer, key: Callable[[Customer], Any]) -> int:
    worse = len([other for other in buyers if key(other) < key(c)])
    return 1 + 5 * worse // len(buyers)


def who_stayed(buyers: list[Customer]) -> tuple[int, int]:
    """How many ordered in the year before the last, and how many of them in the last."""
    before = [c for c in buyers if c.sales(D24, D12)]
    return len(before), sum(bool(c.sales(D12)) for c in before)


@settings(max_examples=40, deadline=None)
@given(base=bases(), data=st.data())
def test_the_summaries_are_sums_over_the_list(founded: bytes, base: list[Customer], data: st.DataObject) -> None:
    number = sum(len(c.orders) for c in base)
    costs = data.draw(st.lists(st.sampled_from([None, 0, 50_00]), min_size=number, max_size=number))
    with database(founded) as path:
        with opened(path) as ws:
            costed(ws, base, costs)
        with opened(path, readonly=True) as ws:
            listed, by_segment, by_class, cells = value(ws), segments(ws), pareto(ws), grid(ws)
    whole = sum(row.amount_total for row in listed)
    assert [row.segment for row in by_segment] == list(segment_words())
    for one in by_segment:
        inside = [row for row in listed if row.segment == one.segment]
        assert (one.customers, one.amount_total) == (len(inside), sum(row.amount_total for row in inside))
        assert one.share == (len(inside) / len(listed) if listed else None)
        assert one.amount_share == (one.amount_total / whole if whole > 0 else None)
        days = [(TODAY - date.fromisoformat(row.last_order_on)).days for row in inside]
        assert one.recency_days == (pytest.approx(sum(days) / len(days), abs=0.051) if days else None)
    classes = Counter(str(row.pareto) for row in listed)
    assert {one.pareto: one.customers for one in by_class} == ({k: classes[k] for k in "ABC"} if whole > 0 else {})
    assert [(cell.r, cell.fm) for cell in cells] == [(r, fm) for r in (5, 4, 3, 2, 1) for fm in range(1, 6)]
    for cell in cells:
        inside = [row for row in listed if (row.r, (row.f + row.m + 1) // 2) == (cell.r, cell.fm)]
        assert {row.segment for row in inside} <= {cell.segment}
        assert (cell.customers, cell.amount_total) == (len(inside), sum(row.amount_total for row in inside))
        assert cell.orders_total == sum(row.orders_total for row in inside)
        assert cell.profit_total == sum(profit(base, costs)[row.code] for row in inside)


def profit(base: list[Customer], costs: Costs) -> dict[str, int]:
    """By code: amount - cost of the orders with a cost; the others are left out."""
    numbered = iter(costs)
    return {
        c.code: sum(o.amount - cost for o in c.orders for cost in [next(numbered)] if o.counts and cost is not None)
        for c in base
    }


def test_who_crosses_a_border_is_before_it(crm: Crm) -> None:
    amounts = [70_00, 15_00, 10_00, 3_00, 2_00]
    with crm() as ws:
        fill(ws, [Customer(n, orders=[Order(TODAY, amount)]) for n, amount in enumerate(amounts, 1)])
        # 70 % are before the second, 85 % before the third, exactly 95 % before the fourth.
        assert [row.pareto for row in value(ws)] == ["A", "A", "B", "C", "C"]


def test_a_customer_of_one_order_is_not_expected_to_go_on_as_it_began(crm: Crm) -> None:
    """The first order is a day old: a rate of one order a day would be a fortune."""
    old = [Customer(n, orders=[Order(date(2025, 6, 1), 100_00), Order(date(2026, 6, 1), 100_00)]) for n in (1, 2, 3)]
    gone = Customer(4, orders=[Order(date(2025, 6, 1), 100_00)])
    new = Customer(5, orders=[Order(date(2026, 11, 19), 100_00)])
    with crm() as ws:
        fill(ws, [*old, gone, new])
        found = {row.code: row for row in value(ws)}
    # Three of four stayed: 0.75 / (1.12 - 0.75) years of 100.00 are still to come.
    assert found["C000005"].ltv_expected == found["C000001"].ltv_expected == 202_70
    assert (found["C000004"].ltv, found["C000004"].ltv_expected) == (100_00, 0)


def test_the_sheet_of_one_customer(crm: Crm) -> None:
    mine = Customer(
        1,
        orders=[
            Order(date(2024, 11, 30), 5_00),  # the day before the first of the 24 months
            Order(date(2024, 12, 1), 10_00),
            Order(date(2026, 11, 20), 20_00),
            Order(date(2026, 11, 20), -5_00),
            Order(date(2026, 11, 21), 7_00),  # tomorrow
            Order(date(2026, 11, 1), 9_00, "cancelled"),
        ],
    )
    with crm() as ws:
        fill(ws, [mine, Customer(2, orders=[Order(TODAY, 90_00)]), Customer(3, orders=[Order(TODAY, 1_00)])])
        ws.db.execute("UPDATE orders SET category = 'paper', product = 'A4' WHERE number = 'SO0'")
        ws.db.execute("UPDATE orders SET category = ' ', product = 'ink' WHERE number IN ('SO1', 'SO2')")
        found = sheet(ws, "C000001")
        (row,) = value(ws, "C000001")
    assert found is not None
    assert (found.value, found.place, found.customers) == (row, 2, 3)
    assert [month.month for month in found.months][:2] == ["2024-12", "2025-01"]
    assert len(found.months) == 24
    filled = {month.month: (month.orders, month.amount) for month in found.months if month.orders}
    assert filled == {"2024-12": (1, 10_00), "2026-11": (1, 15_00)}
    bought = [(one.category, one.orders, one.amount, one.share) for one in found.categories]
    assert bought == [("ink", 2, 30_00, 1.0), ("paper", 1, 5_00, 5 / 30), (None, 0, -5_00, -5 / 30)]


def test_one_without_orders_has_no_row_and_a_stranger_is_an_error(crm: Crm) -> None:
    with crm() as ws:
        lead = Customer(3, stage="lead", orders=[Order(TODAY, 100)])
        fill(ws, [Customer(1), Customer(2, orders=[Order(TODAY, 100)]), lead])
        for code in ("C000001", "C000003"):
            assert value(ws, code) == []
            assert sheet(ws, code) is None
        for ask in (value, sheet):
            with pytest.raises(NotFound):
                ask(ws, "C000009")


def test_before_the_first_order_there_is_nothing(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        assert (value(ws), pareto(ws)) == ([], [])
        assert {(one.customers, one.share, one.recency_days) for one in segments(ws)} == {(0, None, None)}
        assert {cell.customers for cell in grid(ws)} == {0}


def test_a_value_is_read_by_name(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
        (row,) = value(ws)
    assert isinstance(row, Value)
    assert list(row._asdict()) == [
        "code", "name", "r", "f", "m", "rfm", "segment", "orders_total", "amount_total", "amount_12m",
        "last_order_on", "share", "cumulative_share", "ltv", "ltv_basis", "ltv_expected", "pareto",
    ]  # fmt: skip
