"""Order files as shops export them: a row for each line, a price for the amount, no number."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Run

HEADINGS = "Order No,Customer,Date,Item,Qty,Unit Price,Status"
STATUSES = ("paid", "open", "returned", "cancelled")


class Came(NamedTuple):
    """What an import said, and what is then stored of the orders, by number."""

    said: str
    orders: dict[str, str]


Come = Callable[..., Came]


@pytest.fixture
def come(run: Run, tmp_path: Path) -> Come:
    """Import a file of these lines, and look at the columns named."""

    def call(lines: list[str], columns: str, *options: str, headings: str = HEADINGS, code: int = 0) -> Came:
        file = tmp_path / "orders.csv"
        file.write_text("\n".join([headings, *lines, ""]), "utf-8")
        done = run("import", file, "--create-customers", "--rejects", tmp_path / "back.csv", *options)
        assert done.code == code, done.stderr
        names, *rows = (line.split(",") for line in run("order", "list", "-f", "csv").stdout.splitlines())
        cells = (dict(zip(names, row, strict=True)) for row in rows)
        return Came(done.stderr, {row["number"]: " ".join(row[name] for name in columns.split()) for row in cells})

    return call


def test_the_lines_of_an_order_add_up(come: Come) -> None:
    lines = [
        "A1,甲公司,2026-03-02,pen,3,2.50,paid",
        "A1,甲公司,2026-03-02,ink,1,20,paid",
        "A1,甲公司,2026-03-01,pen,3,2.50,paid",
        "A2,甲公司,2026-03-05,ink,2,20.005,open",
    ]
    came = come(lines, "amount quantity ordered_on product status")
    assert came.orders == {"A1": "35.00 7 2026-03-01 ink paid", "A2": "40.01 2 2026-03-05 ink open"}
    assert "1 order has several rows, 3 in all, which are taken for its lines: what they say adds up" in came.said


def test_a_line_sent_back_does_not_count_and_a_negative_one_is_a_credit(come: Come) -> None:
    lines = [
        "A1,甲公司,2026-03-02,pen,1,100,paid",
        "A1,甲公司,2026-03-02,ink,1,30,returned",
        "C1,甲公司,2026-03-03,pen,-1,100,paid",
        "A3,甲公司,2026-03-04,pen,1,7,cancelled",
        "A3,甲公司,2026-03-04,ink,1,8,cancelled",
    ]
    assert come(lines, "amount status").orders == {"A1": "100.00 paid", "C1": "-100.00 paid", "A3": "15.00 cancelled"}


def test_lines_without_prices_are_told_by_their_products(come: Come) -> None:
    headings = "Order No,Customer,Date,Product Name,Amount,Cost"
    lines = [
        "A1,甲公司,2026-03-02,pen,10,4",
        "A1,甲公司,2026-03-02,ink,20,5",
        "A2,甲公司,2026-03-02,ink,1,",
        "A2,甲公司,2026-03-02,pen,2,1",
    ]
    assert come(lines, "amount cost", headings=headings).orders == {"A1": "30.00 9.00", "A2": "3.00 "}


@pytest.mark.parametrize("heading", ["SKU", "Product ID", "商品编号", 'Line "No"'])
def test_lines_are_told_by_what_differs_from_line_to_line(come: Come, heading: str) -> None:
    headings = 'Order No,Customer,Date,Amount,"{}"'.format(heading.replace('"', '""'))
    assert come(["A1,甲公司,2026-03-02,10,a", "A1,甲公司,2026-03-02,20,b"], "amount", headings=headings).orders == {
        "A1": "30.00"
    }
    assert (
        come(["A2,甲公司,2026-03-02,10,a", "A2,甲公司,2026-03-02,20,a"], "amount", headings=headings).orders["A2"]
        == "20.00"
    )


def test_who_knows_better_says_so(come: Come) -> None:
    plain = ["A1,甲公司,2026-03-02,10", "A1,甲公司,2026-03-02,20"]
    headings = "Order No,Customer,Date,Amount"
    came = come(plain, "amount", headings=headings)
    assert came.orders == {"A1": "20.00"}
    assert "the later row counts; --lines adds up the rows of an order" in came.said
    assert come(plain, "amount", "--lines", headings=headings).orders == {"A1": "30.00"}
    named = ["A1,甲公司,2026-03-02,pen,1,10,paid", "A1,甲公司,2026-03-02,ink,1,20,paid"]
    assert come(named, "amount", "--no-lines").orders == {"A1": "20.00"}


def test_one_number_of_two_customers_is_no_order_of_both(come: Come) -> None:
    lines = ["A1,甲公司,2026-03-02,pen,1,10,paid", "A1,乙公司,2026-03-02,ink,1,20,paid"]
    came = come(lines, "amount", code=9)
    assert not came.orders
    assert "2 rejected (2 order-contradictory)" in came.said


def test_an_order_whose_total_stands_in_its_first_row(come: Come) -> None:
    headings = "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name"
    lines = [
        "#1001,a@example.org,paid,CNY,30,2026-03-02,1,Mug",
        "#1001,a@example.org,,,,2026-03-02,2,Mug",
        "#1002,b@example.org,refunded,CNY,8,2026-03-02,1,Cup",
        "#1002,b@example.org,,,,2026-03-02,1,Mug",
        "#1003,b@example.org,paid,CNY,,2026-03-02,1,Cup",
    ]
    came = come(lines, "amount quantity status", headings=headings, code=9)
    assert came.orders == {"#1001": "30.00 3 paid", "#1002": "8.00 2 returned"}
    assert "1 rejected (1 missing)" in came.said


def test_own_fields_of_an_order_are_those_its_lines_agree_in(come: Come) -> None:
    headings = "Order No,Customer,Date,Qty,Unit Price,Shop,Shelf"
    lines = ["A1,甲公司,2026-03-02,1,10,North,3", "A1,甲公司,2026-03-02,1,20,North,4"]
    assert come(lines, "amount Shop", headings=headings).orders == {"A1": "30.00 North"}


def test_an_order_waits_for_its_rejected_line(come: Come, run: Run, tmp_path: Path) -> None:
    lines = [
        "A1,甲公司,2026-03-02,pen,1,10,paid",
        "A1,甲公司,2026-03-02,ink,1,?,paid",
        "A2,甲公司,2026-03-02,ink,1,5,paid",
    ]
    came = come(lines, "amount", code=9)
    assert came.orders == {"A2": "5.00"}
    assert "1 money-invalid, 1 order-incomplete" in came.said
    back = tmp_path / "back.csv"
    assert "line 3, of the same order, cannot be read" in back.read_text("utf-8")
    back.write_text(back.read_text("utf-8").replace("?", "7"), "utf-8")
    assert run("import", back, "--create-customers").code == 0
    assert "A1,C000001,甲公司,2026-03-02,17.00" in run("order", "list", "-f", "csv").stdout


def test_an_order_of_nobody_comes_back_whole(come: Come, run: Run, tmp_path: Path) -> None:
    headings = "Order No,Customer,Date,Product Name,Amount"
    file = tmp_path / "orders.csv"
    rows = ["A1,甲公司,2026-03-02,pen,100", "A1,甲公司,2026-03-02,ink,50", "A1,,2026-03-02,cup,25"]
    file.write_text("\n".join([headings, *rows, ""]), "utf-8")
    back = tmp_path / "back.csv"
    assert run("import", file, "--rejects", back).code == 9
    assert len(back.read_text("utf-8").splitlines()) == 4
    back.write_text(back.read_text("utf-8").replace("A1,,", "A1,甲公司,"), "utf-8")
    assert run("import", back, "--create-customers").code == 0
    assert "175.00" in run("order", "list", "-f", "csv").stdout


def test_rejected_lines_that_come_back_are_lines_still(come: Come, run: Run, tmp_path: Path) -> None:
    headings = "Order No,Customer,Date,Product Name,Amount"
    lines = [
        "A1,甲公司,2026-03-02,a,100",
        "A1,甲公司,2026-03-02,b,50",
        "A2,甲公司,2026-03-02,a,100",
        "A2,甲公司,2026-03-02,a,x",
    ]
    assert come(lines, "amount", headings=headings, code=9).orders == {"A1": "150.00"}
    back = tmp_path / "back.csv"
    back.write_text(back.read_text("utf-8").replace(",x,", ",30,"), "utf-8")
    assert run("import", back, "--create-customers").code == 0
    assert "130.00" in run("order", "list", "-f", "csv").stdout


def test_a_line_that_may_be_one_is_waited_for(come: Come) -> None:
    headings = "Order No,Customer,Date,Product Name,Amount"
    came = come(["A1,甲公司,2026-03-02,a,10", "A1,甲公司,2026-03-02,b,x"], "amount", headings=headings, code=9)
    assert not came.orders


@pytest.mark.parametrize("heading", ["订单总额", "Order Total", "实付金额"])
def test_the_amount_of_the_order_in_each_line_is_not_added_up(come: Come, heading: str) -> None:
    headings = f"订单号,客户名称,下单日期,商品,数量,{heading}"
    lines = ["A1,甲公司,2026-01-05,螺丝,1,150", "A1,甲公司,2026-01-05,螺母,1,150", "A2,甲公司,2026-01-05,螺母,1,50"]
    assert come(lines, "amount quantity", headings=headings).orders == {"A1": "150.00 2", "A2": "50.00 1"}


def test_amounts_beyond_measure_and_lines_in_two_currencies_are_rejected(come: Come) -> None:
    lines = [
        "A1,甲公司,2026-03-02,pen,90000,999999999999,paid",
        "A2,甲公司,2026-03-02,pen,1,$10,paid",
        "A2,甲公司,2026-03-02,ink,1,30,paid",
        "A3,甲公司,2026-03-02,pen,2000,￥0.0725,paid",
    ]
    came = come(lines, "amount", code=9)
    assert came.orders == {"A3": "145.00"}
    assert "1 money-invalid" in came.said and "2 order-contradictory" in came.said


def test_the_same_lines_in_another_order_are_the_same_order(come: Come) -> None:
    headings = "Order No,Customer,Date,Product Name,Qty,Amount"
    lines = [
        f"A1,甲公司,2026-03-02,{product},{quantity},100"
        for product, quantity in zip("abc", (0.1, 0.2, 0.3), strict=True)
    ]
    came = come(lines, "product quantity", headings=headings)
    assert came.orders == {"A1": "c 0.6"}
    assert "0 created, 0 updated, 1 unchanged" in come([*reversed(lines)], "product", headings=headings).said


def test_an_amount_wins_over_a_price(come: Come) -> None:
    headings = "Order No,Customer,Date,Qty,Unit Price,Amount"
    assert come(["A1,甲公司,2026-03-02,2,10,18"], "amount", headings=headings).orders == {"A1": "18.00"}


def test_a_price_for_every_row(come: Come) -> None:
    headings = "Order No,Customer,Date,Qty"
    assert come(["A1,甲公司,2026-03-02,4"], "amount", "--set", "unit_price=2.5", headings=headings).orders == {
        "A1": "10.00"
    }
    came = come(["A2,甲公司,2026-03-02"], "amount", "--set", "unit_price=2.5", headings=headings[:-4], code=9)
    assert "1 missing" in came.said
    paid = come(["A3,甲公司,2026-03-02,4,18"], "amount", "--set", "unit_price=2.5", headings=f"{headings},Amount")
    assert paid.orders["A3"] == "18.00"


def test_rows_without_a_number_are_known_again_by_what_they_say(come: Come) -> None:
    headings = "Customer,Date,Qty,Amount"
    lines = ["甲公司,2026-03-02,1,10", "甲公司,2026-03-02,1,10", "乙公司,2026-03-02,1,10"]
    first = come(lines, "amount", headings=headings)
    assert len(first.orders) == 3
    assert "the file has no numbers" in first.said
    again = come([*reversed(lines), "乙公司,2026-03-09,2,5"], "amount", headings=headings)
    assert again.orders.items() > first.orders.items()
    assert "1 created, 0 updated, 3 unchanged" in again.said


@pytest.mark.parametrize(
    ("headings", "row", "listed"),
    [
        ("客户,投诉时间,类型,主题", "甲公司,2026-03-02 10:00,投诉,送货慢", "case list"),
        ("客户,合同开始日期,合同结束日期,合同金额", "甲公司,2026-01-01,2026-12-31,500", "contract list"),
        ("甲方,结束日期,合同金额", "甲公司,2026-12-31,500", "contract list"),
    ],
)
def test_cases_and_contracts_without_numbers(run: Run, tmp_path: Path, headings: str, row: str, listed: str) -> None:
    file = tmp_path / "list.csv"
    for more in ("", "\n\n"):
        file.write_text(f"{headings}\n{row}\n{more}", "utf-8")
        done = run("import", file, "--table", f"{listed.split()[0]}s", "--create-customers")
        assert done.code == 0, done.stderr
    assert len(run(*listed.split(), "-f", "jsonl").stdout.splitlines()) == 1


@pytest.mark.parametrize("seed", range(8))
def test_sums_are_those_of_plain_arithmetic(come: Come, seed: int) -> None:
    chance = random.Random(seed)
    lines = [
        (chance.choice(["A1", "A2", "A3"]), chance.randint(-3, 9), chance.randint(0, 5000), chance.choice(STATUSES))
        for _line in range(12)
    ]
    sums: dict[str, int] = {}
    for number, quantity, cents, status in lines:
        counts = status in ("paid", "open") or all(
            line[3] not in ("paid", "open") for line in lines if line[0] == number
        )
        sums[number] = sums.get(number, 0) + quantity * cents * counts
    rows = [f"{number},甲公司,2026-03-02,x,{q},{cents / 100:.2f},{status}" for number, q, cents, status in lines]
    wanted = {number: f"{total / 100:.2f}" for number, total in sums.items()}
    assert come(rows, "amount").orders == wanted
    again = come([*rows, ""], "amount")
    assert again.orders == wanted
    assert f"0 created, 0 updated, {len(wanted)} unchanged" in again.said
