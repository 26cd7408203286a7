"""The CDNOW orders, graded and compared customer by customer with plain Python."""

import csv
import math
import os
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import crmcli
from crmcli.grading.tags import run_tags, tags
from crmcli.grading.tiers import run_tiers
from crmcli.grading.value import grid, pareto, segments, value
from crmcli.reports.kpis import kpis
from tests.grading.bases import GRID, NAMES, ceil_share

FOLDER = os.environ.get("CRM_REAL_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="CRM_REAL_DATA names no folder with cdnow_orders.csv")
NOW = datetime(1998, 7, 1, 9)
# The windows up to 1998-07-01: two years, a year, three months, and the three months before.
YEAR_BEFORE, YEAR, QUARTER, BEFORE = "1996-07-01", "1997-07-01", "1998-04-01", "1998-01-01"


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program makes of the orders."""
    path = tmp_path_factory.mktemp("cdnow") / "crm.db"
    with crmcli.open(path, create=True, now=NOW) as ws:
        receipt = crmcli.import_file(ws, Path(FOLDER or "") / "cdnow_orders.csv", create_customers=True)
        assert (receipt.read, receipt.rejected) == (69_659, 0)
    with crmcli.open(path, now=NOW) as ws:
        run_tags(ws)
        counts = run_tiers(ws)
    with crmcli.open(path, now=NOW) as ws:
        run_tags(ws)
        run_tiers(ws)
        assert ws.wrote is None
    with crmcli.open(path, now=NOW, readonly=True) as ws:
        given: dict[str, dict[str, str]] = defaultdict(dict)
        for tag in tags(ws):
            given[tag["code"]][tag["dimension"]] = tag["value"]
        tiers = {row["code"]: row["tier"] for row in ws.db.rows("SELECT code, tier FROM customer")}
        analysed = {"value": value(ws), "segments": segments(ws), "pareto": pareto(ws), "grid": grid(ws)}
        figures = {standing.kpi.name: standing.actual for standing in kpis(ws)}
        return {"tags": given, "tiers": tiers, "counts": counts, "kpis": figures, **analysed}


@pytest.fixture(scope="module")
def plain() -> dict[str, list[tuple[str, int]]]:
    """(day, minor units) of every order by customer, read without the program."""
    orders: dict[str, list[tuple[str, int]]] = defaultdict(list)
    with (Path(FOLDER or "") / "cdnow_orders.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            orders[row["Customer ID"]].append((row["Order Date"], int(Decimal(row["Amount"]) * 100)))
    assert len(orders) == 23_570
    assert sum(amount for some in orders.values() for _day, amount in some) == 250_031_563
    return orders


def between(orders: list[tuple[str, int]], after: str, until: str = "1998-07-01") -> list[int]:
    return [amount for day, amount in orders if after < day <= until]


def placed(amounts: dict[str, int]) -> dict[str, tuple[int, int]]:
    """By customer, how many have more and how many have less."""
    ranked = sorted(amounts.values())
    first = {amount: place for place, amount in reversed(list(enumerate(ranked)))}
    last = {amount: place for place, amount in enumerate(ranked)}
    return {code: (len(ranked) - 1 - last[amount], first[amount]) for code, amount in amounts.items()}


def test_tiers(graded: dict[str, Any], plain: dict[str, list[tuple[str, int]]]) -> None:
    year = {code: sum(between(orders, YEAR)) for code, orders in plain.items()}
    places, fifth = placed(year), ceil_share(len(year), 20)
    expected = {}
    for code, amount in year.items():
        more, less = places[code]
        high = amount != 0 and more + 1 <= fifth
        expected[code] = "key" if high else "growth" if amount > 0 and less + 1 > fifth else "basic"
    # Nobody buys CDs for half a million.
    assert max(year.values()) < 500_000_00
    assert graded["tiers"] == expected
    for count in graded["counts"]:
        inside = [code for code, tier in expected.items() if tier == count.tier]
        assert (count.customers, count.amount_12m) == (len(inside), sum(year[code] for code in inside))


def test_tags(graded: dict[str, Any], plain: dict[str, list[tuple[str, int]]]) -> None:
    year = {code: sum(between(orders, YEAR)) for code, orders in plain.items()}
    places, tenth = placed(year), ceil_share(len(year), 10)
    today = NOW.date().toordinal()
    for code, orders in plain.items():
        days = [datetime.fromisoformat(day).date().toordinal() for day, _amount in orders]
        late = today - max(days) > 90
        now, before = between(orders, QUARTER), between(orders, BEFORE, QUARTER)
        # In whole numbers: a change of 30 % or more.
        growing = sum(before) > 0 and 10 * (sum(now) - sum(before)) >= 3 * sum(before)
        fewer = bool(before) and 10 * (len(now) - len(before)) <= -3 * len(before)
        high = year[code] != 0 and places[code][0] + 1 <= tenth
        expected = {
            "value": "high" if high else "mid" if year[code] > 0 else "low",
            "potential": "high" if growing else "ordinary",
            "risk": "churn-risk" if late or fewer else "growing" if growing else "stable",
            "lifecycle": "new" if today - min(days) <= 90 else "churn-warning" if late else "regular",
        }
        assert graded["tags"][code] == expected, code


@pytest.fixture(scope="module")
def scored(plain: dict[str, list[tuple[str, int]]]) -> dict[str, tuple[int, int, int]]:
    """(r, f, m) of every customer."""
    n = len(plain)

    def scores(of: dict[str, Any]) -> dict[str, int]:
        first: dict[Any, int] = {}
        for place, item in enumerate(sorted(of.values())):
            first.setdefault(item, place)
        return {code: 1 + 5 * first[item] // n for code, item in of.items()}

    r = scores({code: max(day for day, _amount in orders) for code, orders in plain.items()})
    f = scores({code: len(orders) for code, orders in plain.items()})
    m = scores({code: sum(amount for _day, amount in orders) for code, orders in plain.items()})
    return {code: (r[code], f[code], m[code]) for code in plain}


def retention(plain: dict[str, list[tuple[str, int]]]) -> float:
    before = [orders for orders in plain.values() if between(orders, YEAR_BEFORE, YEAR)]
    return sum(bool(between(orders, YEAR)) for orders in before) / len(before)


def test_value(
    graded: dict[str, Any], plain: dict[str, list[tuple[str, int]]], scored: dict[str, tuple[int, int, int]]
) -> None:
    amounts = {code: sum(amount for _day, amount in orders) for code, orders in plain.items()}
    order = sorted(plain, key=lambda code: (-amounts[code], code))
    assert [row.code for row in graded["value"]] == order
    whole, so_far, stay = sum(amounts.values()), 0, retention(plain)
    for row in graded["value"]:
        orders = plain[row.code]
        r, f, m = scored[row.code]
        assert (row.r, row.f, row.m, row.rfm) == (r, f, m, int(f"{r}{f}{m}"))
        assert row.segment == NAMES[GRID[r][math.ceil((f + m) / 2) - 1]]
        year = sum(between(orders, YEAR))
        assert (row.orders_total, row.amount_total, row.amount_12m) == (len(orders), amounts[row.code], year)
        assert row.last_order_on == max(day for day, _amount in orders)
        assert row.pareto == ("A" if 5 * so_far < 4 * whole else "B" if 20 * so_far < 19 * whole else "C")
        so_far += amounts[row.code]
        assert row.share == pytest.approx(amounts[row.code] / whole)
        assert row.cumulative_share == pytest.approx(so_far / whole)
        # No cost is known: what they brought is the amount.
        assert (row.ltv, row.ltv_basis) == (amounts[row.code], "amount")
        assert row.ltv_expected == pytest.approx(year * stay / (1.12 - stay), abs=0.51)
    assert graded["value"][-1].cumulative_share == pytest.approx(1)


def test_summaries(
    graded: dict[str, Any], plain: dict[str, list[tuple[str, int]]], scored: dict[str, tuple[int, int, int]]
) -> None:
    amounts = {code: sum(amount for _day, amount in orders) for code, orders in plain.items()}
    cells: dict[tuple[int, int], list[str]] = defaultdict(list)
    for code, (r, f, m) in scored.items():
        cells[r, math.ceil((f + m) / 2)].append(code)
    for cell in graded["grid"]:
        inside = cells[cell.r, cell.fm]
        assert cell.segment == NAMES[GRID[cell.r][cell.fm - 1]]
        assert (cell.customers, cell.amount_total) == (len(inside), sum(amounts[code] for code in inside))
        assert (cell.orders_total, cell.profit_total) == (sum(len(plain[code]) for code in inside), 0)
    for segment in graded["segments"]:
        inside = [
            code for (r, fm), codes in cells.items() if NAMES[GRID[r][fm - 1]] == segment.segment for code in codes
        ]
        assert (segment.customers, segment.amount_total) == (len(inside), sum(amounts[code] for code in inside))
        silent = [NOW.date().toordinal() - ordinal(max(day for day, _amount in plain[code])) for code in inside]
        assert segment.recency_days == (pytest.approx(sum(silent) / len(silent), abs=0.051) if silent else None)
    assert sum(one.customers for one in graded["pareto"]) == len(plain)
    assert sum(one.amount_total for one in graded["pareto"]) == sum(amounts.values())


def ordinal(day: str) -> int:
    return datetime.fromisoformat(day).date().toordinal()


def test_kpis(graded: dict[str, Any], plain: dict[str, list[tuple[str, int]]]) -> None:
    year = [amounts for orders in plain.values() if (amounts := between(orders, YEAR))]
    stay = retention(plain)
    found = graded["kpis"]
    assert found["repurchase_rate"] == pytest.approx(sum(len(amounts) >= 2 for amounts in year) / len(year))
    assert found["loyal_share"] == pytest.approx(sum(len(amounts) >= 3 for amounts in year) / len(year))
    assert found["retention_rate"] == pytest.approx(stay)
    assert found["churn_rate"] == pytest.approx(1 - stay)
    mean = sum(map(sum, year)) / len(year) / 100
    assert found["ltv"] == pytest.approx(mean * stay / (1.12 - stay), abs=0.0051)
    # Names and nothing else of seven fields: 2 of 10 weights.
    assert found["completeness"] == pytest.approx(0.2)
    assert {name for name, actual in found.items() if actual is None} == {
        "response_hours", "resolve_hours", "complaint_satisfaction", "csat", "nps", "dormant_woken", "sla_kept",
    }  # fmt: skip
