"""The CDNOW orders, graded and compared customer by customer with plain Python."""

import csv
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
from crmcli.grading.value import value
from tests.grading.bases import ceil_share

FOLDER = os.environ.get("CRM_REAL_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="CRM_REAL_DATA names no folder with cdnow_orders.csv")
NOW = datetime(1998, 7, 1, 9)
# The windows up to 1998-07-01: a year, three months, and the three months before.
YEAR, QUARTER, BEFORE = "1997-07-01", "1998-04-01", "1998-01-01"


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
        return {"tags": given, "tiers": tiers, "value": value(ws), "counts": counts}


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


def test_value(graded: dict[str, Any], plain: dict[str, list[tuple[str, int]]]) -> None:
    n = len(plain)

    def scores(of: dict[str, Any]) -> dict[str, int]:
        first: dict[Any, int] = {}
        for place, item in enumerate(sorted(of.values())):
            first.setdefault(item, place)
        return {code: 1 + 5 * first[item] // n for code, item in of.items()}

    r = scores({code: max(day for day, _amount in orders) for code, orders in plain.items()})
    f = scores({code: len(orders) for code, orders in plain.items()})
    m = scores({code: sum(amount for _day, amount in orders) for code, orders in plain.items()})
    assert [row.code for row in graded["value"]] == sorted(
        plain, key=lambda code: (-sum(amount for _day, amount in plain[code]), code)
    )
    for row in graded["value"]:
        assert (row.r, row.f, row.m) == (r[row.code], f[row.code], m[row.code])
    assert graded["value"][-1].cumulative_share == pytest.approx(1)
