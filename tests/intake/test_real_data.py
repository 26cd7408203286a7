"""The importer on real lists, where they are at hand: CRM_REAL_DATA names their folder."""

import csv
import os
import re
from collections import Counter
from pathlib import Path

import pytest

import crmcli
from tests.conftest import Crm, forget_imports

DATA = Path(os.environ.get("CRM_REAL_DATA", "/nonexistent"))


@pytest.mark.skipif(
    not (DATA / "cdnow_orders.csv").exists(), reason="CRM_REAL_DATA names no folder with cdnow_orders.csv"
)
def test_real_orders_create_their_customers_and_come_in_once(crm: Crm) -> None:
    with crm() as ws:
        first = crmcli.import_file(ws, DATA / "cdnow_orders.csv", create_customers=True)
    assert (first.read, first.created, first.rejected, first.duplicates) == (69_659, 69_659, 0, 0)
    with crm() as ws:
        forget_imports(ws)
        again = crmcli.import_file(ws, DATA / "cdnow_orders.csv", create_customers=True)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 69_659)
    with crm(readonly=True) as ws:
        found = ws.db.first(
            "SELECT count(DISTINCT customer_id) AS who, sum(amount) AS sum, "
            "min(ordered_on) AS a, max(ordered_on) AS z FROM orders"
        )
    assert found == {"who": 23_570, "sum": 250_031_563, "a": "1997-01-01", "z": "1998-06-30"}


@pytest.mark.skipif(not (DATA / "cn_2000").exists(), reason="CRM_REAL_DATA names no folder with cn_2000")
def test_six_salespeople_s_lists_come_in_whole(crm: Crm, tmp_path: Path) -> None:
    impossible, doubtful = _rows_without_a_certain_date()
    read = 0
    for file in sorted((DATA / "cn_2000" / "files").iterdir()):
        rejects = tmp_path / f"{file.stem}.csv"
        with crm() as ws:
            receipt = crmcli.import_file(ws, file, rejects=rejects)
        with crm() as ws:
            forget_imports(ws)
            again = crmcli.import_file(ws, file, rejects=rejects)
        assert (again.created, again.updated, again.rejected) == (0, 0, receipt.rejected), file.name
        read += receipt.read
        with rejects.open(encoding="utf-8-sig", newline="") as rows:
            assert {row["_field"] for row in csv.DictReader(rows)} == {"since"}
        assert impossible[file.name] <= receipt.rejected <= impossible[file.name] + doubtful[file.name]
    assert read == 2_000


def _rows_without_a_certain_date() -> tuple[Counter[str], Counter[str]]:
    """By file, the rows whose date cannot be, by the truth beside the lists; and those with two digits for the year."""
    folder = DATA / "cn_2000"

    def table(name: str) -> list[dict[str, str]]:
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    file_of = {row["row_id"]: row["file"] for row in table("row_location.csv")}
    impossible = Counter(file_of[row["row_id"]] for row in table("truth_invalid.csv") if row["field"] == "created")
    short = re.compile(r"\d\d/\d+/\d+")
    return impossible, Counter(file_of[r["row_id"]] for r in table("all_rows.csv") if short.fullmatch(r["created"]))
