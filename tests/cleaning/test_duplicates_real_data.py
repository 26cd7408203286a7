"""How many duplicates of labelled lists are found, where they are at hand: CRM_REAL_DATA names their folder."""

import csv
import os
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from crmcli.cleaning.duplicates import Pair, find
from tests.conftest import Crm, Run

DATA = Path(os.environ.get("CRM_REAL_DATA", "/nonexistent"))
CHINESE = (
    "row_id=code", "company=name", "contact=contact_name", "mobile=contact_phone", "landline=phone",
    "email=contact_email", "uscc=tax_id", "created=-", "amount=-", "note=note", "address=address", "source=source",
    "owner=owner",
)  # fmt: skip
Pairs = set[tuple[str, str]]


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (DATA / name).exists(), reason=f"CRM_REAL_DATA names no folder with {name}")


def truth(labels: dict[str, tuple[str, str]]) -> Pairs:
    """The pairs of one customer, of two sources only those across; `labels` is code to (customer, source)."""
    codes = defaultdict(list)
    for code, (customer, _source) in labels.items():
        codes[customer].append(code)
    return {
        (left, right)
        for same in codes.values()
        for left, right in combinations(sorted(same), 2)
        if across(labels, left, right)
    }


def across(labels: dict[str, tuple[str, str]], left: str, right: str) -> bool:
    source = labels[left][1]
    return not source or source != labels[right][1]


def quality(pairs: list[Pair], labels: dict[str, tuple[str, str]], bands: tuple[str, ...]) -> tuple[float, float]:
    """Precision and F1, pairwise."""
    told = {(pair.left, pair.right) for pair in pairs if pair.band in bands and across(labels, pair.left, pair.right)}
    true = truth(labels)
    right = len(told & true)
    return right / len(told), 2 * right / (len(told) + len(true))


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        pytest.param("febrl1", 1.0, marks=needs("duplicates/febrl1.csv")),
        pytest.param("febrl3", 0.999, marks=needs("duplicates/febrl3.csv")),
        pytest.param("fake_1000", 0.95, marks=needs("duplicates/fake_1000.csv")),
        pytest.param("RLdata500", 0.98, marks=needs("duplicates/RLdata500.csv")),
        pytest.param("fodors_zagats", 0.985, marks=needs("duplicates/fodors_zagats.csv")),
    ],
)
def test_public_lists(run: Run, crm: Crm, name: str, floor: float) -> None:
    run("import", DATA / "duplicates" / f"{name}.csv")
    with crm() as ws:
        pairs = find(ws)
        # Rows with an impossible birthday are rejected, and come back when they are mended.
        taken = {row["code"] for row in ws.db.rows("SELECT code FROM customer")}
    with (DATA / "duplicates" / f"{name}.truth.csv").open(encoding="utf-8", newline="") as file:
        labels = {
            row["code"]: (row["cluster"], row.get("source") or "")
            for row in csv.DictReader(file)
            if row["code"] in taken
        }
    assert quality(pairs, labels, ("certain", "likely"))[1] >= floor


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs(f"{name}/truth_rows.csv")) for name in ("cn_2000", "cn_20000")]
)
def test_chinese_lists(run: Run, crm: Crm, name: str) -> None:
    maps = [word for pair in CHINESE for word in ("--map", pair)]
    run("import", DATA / name / "all_rows.csv", "--table", "customers", *maps)
    with crm() as ws:
        pairs = find(ws)
    with (DATA / name / "truth_rows.csv").open(encoding="utf-8", newline="") as file:
        labels = {row["row_id"]: (row["entity_id"], "") for row in csv.DictReader(file)}
    precision, f1 = quality(pairs, labels, ("certain", "likely"))
    assert precision >= 0.985
    assert f1 >= 0.98
    assert quality(pairs, labels, ("certain",))[0] >= 0.995
