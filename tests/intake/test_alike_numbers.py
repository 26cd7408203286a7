"""Rows of one order number without a heading that tells what they are: lines, corrections, or not to be told."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Run

HEADINGS = "Order ID,Order Date,Customer ID,Customer Name,Sales,Quantity"
ORDERS = [
    "CA-1,2016-11-08,CG-12520,Claire Gute,261.96,2",
    "CA-1,2016-11-08,CG-12520,Claire Gute,731.94,3",
    "CA-2,2016-06-12,DV-13045,Darrin Van Huff,14.62,2",
    "CA-3,2016-06-13,DV-13045,Darrin Van Huff,7,2",
    "CA-3,2016-06-13,DV-13045,Darrin Van Huff,8,2",
    "CA-3,2016-06-13,DV-13045,Darrin Van Huff,8,2",
    "CA-4,2016-06-14,CG-12520,Claire Gute,1,1",
    "CA-4,2016-06-14,CG-12520,Claire Gute,2,1",
]
PAID_LATER = [(100, "未付款"), (120, "已付款")]
SUMS = {"CA-1": "993.90", "CA-2": "14.62", "CA-3": "23.00", "CA-4": "3.00"}


class Came(NamedTuple):
    """How an import ended, what it said, and the amounts of the orders that are stored then."""

    code: int
    said: str
    orders: dict[str, str]


Come = Callable[..., Came]


@pytest.fixture
def come(run: Run, tmp_path: Path) -> Come:
    """Import a file of these rows, or the rejected ones of the file before."""

    def call(rows: Sequence[str] | None, *options: str, headings: str = HEADINGS) -> Came:
        file = tmp_path / ("back.csv" if rows is None else "orders.csv")
        if rows is not None:
            file.write_text("\n".join([headings, *rows, ""]), "utf-8")
        rejects = tmp_path / ("again.csv" if rows is None else "back.csv")
        done = run("import", file, "--create-customers", "--rejects", rejects, *options)
        listed = [line.split(",") for line in run("order", "list", "-f", "csv").stdout.splitlines()]
        number, amount = (listed[0].index(name) for name in ("number", "amount"))
        return Came(done.code, done.stderr, {row[number]: row[amount] for row in listed[1:]})

    return call


def test_rows_that_differ_in_many_orders_are_lines(come: Come) -> None:
    came = come(ORDERS)
    assert (came.code, came.orders) == (0, SUMS)
    assert "3 orders have several rows, 7 in all, which are taken for their lines" in came.said
    again = come([*ORDERS, ""])
    assert again.orders == SUMS and "0 created, 0 updated, 4 unchanged" in again.said


def test_an_order_of_a_line_that_cannot_be_read_waits(come: Come) -> None:
    came = come([*ORDERS, "CA-5,2016-07-01,CG-12520,Claire Gute,5,1", "CA-5,2016-07-01,CG-12520,Claire Gute,?,1"])
    assert (came.code, came.orders) == (9, SUMS)
    assert "1 money-invalid, 1 order-incomplete" in came.said


def test_the_same_rows_again_are_a_repetition(come: Come) -> None:
    once = [row for row in ORDERS if row[:4] == "CA-2"]
    came = come([*once, *once])
    assert (came.code, came.orders) == (0, {"CA-2": "14.62"})
    assert "1 repeats an earlier row" in came.said


def test_what_cannot_be_told_waits_until_somebody_says_it(come: Come) -> None:
    came = come(ORDERS[:3])
    assert (came.code, came.orders) == (9, {"CA-2": "14.62"})
    assert "2 rejected (2 lines-unsure)" in came.said
    assert "say --lines to add up, or --no-lines if the later counts" in came.said
    asked_again = come(None)
    assert (asked_again.code, asked_again.orders) == (9, {"CA-2": "14.62"})
    assert come(None, "--lines").orders == {"CA-1": "993.90", "CA-2": "14.62"}
    later = come(ORDERS[:3], "--no-lines")
    assert (later.code, later.orders) == (0, {"CA-1": "731.94", "CA-2": "14.62"})
    assert "1 of them with other values (lines 2/3): the later row counts" in later.said


def test_unsure_rows_that_come_back_as_they_are_stay_where_they_are(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "a.csv"
    file.write_text("\n".join([HEADINGS, *ORDERS[:3], ""]), "utf-8")
    assert run("import", file, "--create-customers").code == 9
    rejects = (tmp_path / "a.rejects.csv").read_bytes()
    again = run("import", "a.rejects.csv")
    assert again.code == 9 and "2 rejected (2 lines-unsure): a.rejects.csv" in again.stderr
    assert (tmp_path / "a.rejects.csv").read_bytes() == rejects
    assert not (tmp_path / "a.rejects-2.csv").exists()


def test_many_unsure_orders_that_come_back_are_asked_for_again(come: Come) -> None:
    apart = [*ORDERS[::2], *ORDERS[1::2]]
    came = come(apart)
    assert (came.code, came.orders) == (9, {"CA-2": "14.62"})
    asked_again = come(None)
    assert (asked_again.code, asked_again.orders) == (9, {"CA-2": "14.62"})
    assert come(None, "--lines").orders == SUMS


def test_corrections_among_many_repetitions_are_no_lines(come: Come) -> None:
    first = [f"B{at},2026-01-{at:02},K1,甲公司,{at},1" for at in range(1, 21)]
    corrected = [row.replace("甲公司,", "甲公司,9") for row in first[:3]]
    came = come([*first, *corrected, *first[3:]])
    assert came.code == 9 and len(came.orders) == 17
    assert "6 rejected (6 lines-unsure)" in came.said


def test_a_few_corrections_behind_their_orders_are_no_lines(come: Come) -> None:
    first = [f"B{at},2026-01-{at:02},K1,甲公司,{at},1" for at in range(1, 10)]
    corrected = [row.replace("甲公司,", "甲公司,9") for row in first[:3]]
    came = come([row for pair in zip(first, corrected, strict=False) for row in pair] + first[3:])
    assert (came.code, [*came.orders]) == (9, [f"B{at}" for at in range(9, 3, -1)])
    assert "6 rejected (6 lines-unsure)" in came.said


@pytest.mark.parametrize("other", ["A1,2026-01-02,K1,甲,5,1", "A1,2026-01-01,K2,乙,5,1"])
def test_another_day_or_customer_is_no_correction_unless_somebody_says_so(come: Come, other: str) -> None:
    rows = ["A1,2026-01-01,K1,甲,5,1", other]
    came = come([*ORDERS, *rows])
    assert (came.code, came.orders) == (9, SUMS)
    assert "2 rejected (2 lines-unsure)" in came.said
    assert come(rows, "--no-lines").orders == SUMS | {"A1": "5.00"}
    unnumbered = come(rows, "--map", "Order ID=-").orders
    assert len(unnumbered) == 2 + len(SUMS | {"A1": "5.00"})


def test_a_state_that_changes_among_lines_is_asked_about(come: Come) -> None:
    headings = "订单号,日期,客户,金额,状态"
    lines = [f"A{at},2026-01-05,甲公司,{amount},已付款" for at in range(4) for amount in (10, 20)]
    states = ["B1,2026-01-05,甲公司,100,未付款", "B1,2026-01-05,甲公司,100,已付款"]
    came = come([*lines, *states], headings=headings)
    assert (came.code, came.orders) == (9, {f"A{at}": "30.00" for at in range(4)})
    assert come(None, "--no-lines", headings=headings).orders["B1"] == "100.00"


def test_alike_rows_of_a_number_wait_beside_those_that_differ(come: Come) -> None:
    alike = ["A1,2026-01-01,K1,甲,5,1"] * 2
    came = come([*ORDERS[:3], *alike])
    assert (came.code, came.orders) == (9, {"CA-2": "14.62"})
    assert come(None, "--lines").orders == {"CA-1": "993.90", "CA-2": "14.62", "A1": "10.00"}


def test_rows_that_come_back_for_two_reasons_are_all_asked_about(come: Come, tmp_path: Path) -> None:
    two_days = ["A1,2026-01-01,K1,甲,5,1", "A1,2026-01-02,K1,甲,5,1"]
    broken = ["A2,2026-01-05,K1,甲,9,1", "A2,2026-01-05,K1,甲,abc,1"]
    came = come([*ORDERS, *two_days, *broken])
    assert (came.code, came.orders) == (9, SUMS)
    back = tmp_path / "back.csv"
    back.write_text(back.read_text("utf-8-sig").replace("abc", "9"), "utf-8")
    asked_again = come(None)
    assert (asked_again.code, asked_again.orders) == (9, SUMS)
    assert "4 rejected (4 lines-unsure)" in asked_again.said


def test_a_line_among_others_that_stands_apart_is_asked_about(come: Come) -> None:
    more = [ORDERS[0].replace("CA-1", "CA-5"), ORDERS[1].replace("CA-1", "CA-5")]
    came = come([*ORDERS, *more, "CA-1,2016-11-08,CG-12520,Claire Gute,1000,5"])
    left = {number: amount for number, amount in SUMS.items() if number != "CA-1"}
    assert (came.code, came.orders) == (9, left | {"CA-5": "993.90"})


def test_a_broken_row_takes_the_other_of_its_number_along(come: Come) -> None:
    came = come(["A1,2026-01-01,K1,甲,5,1", "A1,2026-01-01,K1,甲,?,1", ORDERS[2]])
    assert (came.code, came.orders) == (9, {"CA-2": "14.62"})
    assert "1 money-invalid, 1 lines-unsure" in came.said or "1 lines-unsure, 1 money-invalid" in came.said
    again = come(["A1,2026-01-01,K1,甲,5,1", "A1,2026-01-01,K1,甲,6,1"])
    assert (again.code, again.orders) == (9, {"CA-2": "14.62"})


def test_an_order_that_goes_from_open_to_paid_is_no_line(come: Come) -> None:
    headings = "订单号,日期,客户,金额,状态"
    rows = [f"A{at},2026-01-05,甲公司,{amount},{status}" for at in range(5) for amount, status in PAID_LATER]
    assert come(rows, headings=headings).code == 9
    assert come(rows, "--no-lines", headings=headings).orders == {f"A{at}": "120.00" for at in range(5)}


def test_an_update_changes_an_amount(come: Come) -> None:
    come(ORDERS)
    came = come(["CA-2,2016-06-12,DV-13045,Darrin Van Huff,20,2"])
    assert (came.code, came.orders) == (0, SUMS | {"CA-2": "20.00"})


def test_lines_of_no_number_are_refused_in_a_line(come: Come) -> None:
    for option in ("--lines", "--no-lines"):
        came = come(["2026-01-02,K1,5"], option, headings="Order Date,Customer ID,Sales")
        assert (came.code, came.orders) == (5, {})
        assert "no column for number, which --lines and --no-lines are about" in came.said


def test_products_that_agree_tell_nothing(come: Come) -> None:
    headings = "Order ID,Order Date,Customer ID,Product,Sales"
    came = come(["A1,2026-03-02,K1,a,10", "A1,2026-03-02,K1,a,20"], headings=headings)
    assert (came.code, came.orders) == (9, {})
    assert "2 rejected (2 lines-unsure)" in came.said
    asked_again = come(None)
    assert (asked_again.code, asked_again.orders) == (9, {})
    assert come(None, "--lines").orders == {"A1": "30.00"}
