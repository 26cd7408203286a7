"""Order files as shops export them: a row for each line, a price for the amount, no number."""

import random
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
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


AMAZON = "order-id,purchase-date,order-status,sku,quantity,amount,buyer-email"


def test_a_cancelled_line_needs_no_amount(come: Come) -> None:
    lines = [
        "1,2021-03-01,Shipped,A,1,10.00,a@x.com",
        "1,2021-03-01,Cancelled,B,0,,a@x.com",
        "2,2021-03-02,Cancelled,A,0,,b@x.com",
        "3,2021-03-02,Cancelled,A,0,5.00,b@x.com",
    ]
    came = come(lines, "amount status product", headings=AMAZON)
    assert came.orders == {"1": "10.00 paid A", "2": "0.00 cancelled A", "3": "5.00 cancelled A"}
    assert "customers: 2 created" in came.said


def test_another_line_needs_an_amount_and_a_cancelled_one_a_readable_one(come: Come) -> None:
    lines = [
        "1,2021-03-01,Shipped,A,1,,a@x.com",
        "2,2021-03-01,Returned,A,1,,a@x.com",
        "3,2021-03-01,,A,1,,a@x.com",
        "4,2021-03-02,Cancelled,A,0,?,b@x.com",
    ]
    came = come(lines, "amount", headings=AMAZON, code=9)
    assert not came.orders
    assert "4 rejected (3 missing, 1 money-invalid)" in came.said


def test_a_cancelled_line_needs_no_price(come: Come) -> None:
    lines = ["A1,甲公司,2026-03-02,pen,3,2.50,paid", "A1,甲公司,2026-03-02,ink,,,cancelled"]
    assert come(lines, "amount quantity status").orders == {"A1": "7.50 3 paid"}


def test_a_cancelled_line_without_the_amount_of_the_order_does_not_make_the_others_add_up(come: Come) -> None:
    headings = "订单号,客户名称,下单日期,商品,订单总额,订单状态"
    lines = [
        "A1,甲公司,2026-01-05,螺丝,150,已付款",
        "A1,甲公司,2026-01-05,螺母,150,已付款",
        "A1,甲公司,2026-01-05,垫圈,,已取消",
    ]
    assert come(lines, "amount status", headings=headings).orders == {"A1": "150.00 paid"}


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
    alike = ["A2,甲公司,2026-03-02,10,a", "A2,甲公司,2026-03-02,20,a"]
    assert "A2" not in come(alike, "amount", headings=headings, code=9).orders


def test_who_knows_better_says_so(come: Come) -> None:
    plain = ["A1,甲公司,2026-03-02,10", "A1,甲公司,2026-03-02,20"]
    headings = "Order No,Customer,Date,Amount"
    came = come(plain, "amount", "--no-lines", headings=headings)
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


def test_a_slip_in_a_total_that_all_lines_repeat_adds_nothing_up(come: Come) -> None:
    headings = "Order ID,Order Date,Customer ID,Product,Quantity,Order Total"
    lines = [f"{at},2021-05-03,K1,{product},1,{100 * at}" for at in range(1, 21) for product in "AB"]
    slip = [*lines[:-1], lines[-1].replace("2000", "2001")]
    came = come(slip, "amount quantity", headings=headings)
    assert came.orders == {f"{at}": f"{100 * at + at // 20}.00 2" for at in range(1, 21)}
    assert "20 orders have several rows, 40 in all, each with the total of its order, which counts once" in came.said
    assert "1 of them has several totals (line 40): the largest counts" in came.said
    many = [line.replace(",B,1,", ",B,1,9") for line in lines]
    came = come(many, "amount", headings=headings)
    assert came.orders["1"] == "9200.00"
    assert "taken for their lines: what they say adds up" in came.said


@pytest.mark.parametrize(
    ("headings", "lines", "orders"),
    [
        # Lines that cost the same are none: the price times the quantity is that of each.
        (
            "Invoice No,Customer,Invoice Date,Description,Qty,Unit Price,Invoice Amount",
            ["1,A,2026-01-02,Chair,1,50,50", "1,A,2026-01-02,Desk,1,50,50", "2,B,2026-01-03,Desk,2,50,100"],
            {"1": "100.00", "2": "100.00"},
        ),
        # The total beside that of the line is the order's.
        (
            "单号,客户,日期,商品,数量,单价,小计,合计",
            ["1,甲,2026-01-02,x,2,10,20,35", "1,甲,2026-01-02,y,1,15,15,35", "2,乙,2026-01-02,x,1,10,10,10"],
            {"1": "35.00", "2": "10.00"},
        ),
        (
            "Order No,Customer,Date,Product,Qty,Line Total,Total",
            ["1,A,2026-01-02,x,2,20,35", "1,A,2026-01-02,y,1,15,35"],
            {"1": "35.00"},
        ),
        # Lines that cost the same, with their tax.
        (
            "Order No,Customer,Order Date,Product,Subtotal,Tax,Total",
            ["1,A,2026-01-02,x,50.00,5.00,55.00", "1,A,2026-01-02,y,50.00,5.00,55.00"],
            {"1": "110.00"},
        ),
        # Prices that are missing prove nothing.
        (
            "Order No,Customer,Order Date,Product,Unit Price,Qty,Order Total",
            ["1,A,2026-01-02,x,,1,110", "1,A,2026-01-02,y,,2,110", "2,B,2026-01-02,z,20,1,20"],
            {"1": "110.00", "2": "20.00"},
        ),
    ],
)
def test_the_amount_of_a_line_and_of_an_order(
    come: Come, headings: str, lines: list[str], orders: dict[str, str]
) -> None:
    assert come(lines, "amount", headings=headings).orders == orders


def test_the_cost_of_an_order_stands_in_each_line_as_its_total_does(come: Come) -> None:
    headings = "订单号,客户名称,下单日期,商品名称,数量,订单金额,订单成本"
    lines = ["1,甲,2026-01-02,x,1,100,60", "1,甲,2026-01-02,y,2,100,60", "2,乙,2026-01-02,x,1,30,20"]
    assert come(lines, "amount cost", headings=headings).orders == {"1": "100.00 60.00", "2": "30.00 20.00"}
    lines[0] = lines[0].replace("60", "40")
    assert come(lines, "amount cost", headings=headings).orders["1"] == "100.00 100.00"


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


def test_a_price_keeps_its_decimals_whatever_stands_beside_it(come: Come) -> None:
    headings = "Order No,Customer,Date,Qty,Unit Price"
    lines = ["A1,甲公司,2026-03-02,100,US$1.0725", "A2,甲公司,2026-03-02,1000,0.335 €"]
    assert come(lines, "amount", headings=headings).orders == {"A1": "107.25", "A2": "335.00"}
    lines = ["A3,甲公司,2026-03-02,1000,US$1.0725", 'A4,甲公司,2026-03-02,1000,"0,335 €"']
    came = come(lines, "amount", headings=headings, code=9)
    assert "A3" in came.orders and "A4" not in came.orders


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


def test_an_order_is_rounded_once_and_not_line_by_line(come: Come) -> None:
    lines = ["A1,甲公司,2026-03-02,pen,3,0.335,paid", "A1,甲公司,2026-03-02,ink,3,0.335,paid"]
    assert come(lines, "amount").orders == {"A1": "2.01"}
    headings = "Order No,Customer,Date,Product Name,Amount,Cost"
    lines = [
        "B1,甲公司,2026-03-02,pen,10.004,0.3333",
        "B1,甲公司,2026-03-02,ink,10.004,0.3333",
        "B1,甲公司,2026-03-02,cup,1,0.3333",
        "B2,甲公司,2026-03-02,pen,-0.005,1",
        "B2,甲公司,2026-03-02,ink,-0.005,1",
        "B3,甲公司,2026-03-02,pen,0.125,",
    ]
    came = come(lines, "amount cost", headings=headings)
    assert came.orders.items() >= {"B1": "21.01 1.00", "B2": "-0.01 2.00", "B3": "0.13 "}.items()
    assert "0 created, 0 updated, 3 unchanged" in come([*reversed(lines)], "amount", headings=headings).said


@pytest.mark.parametrize("seed", range(4))
def test_sums_of_fine_amounts_are_those_of_exact_arithmetic(come: Come, seed: int) -> None:
    chance = random.Random(seed)
    lines = [
        (f"A{chance.randint(1, 4)}", Decimal(chance.randint(-99_999, 99_999)).scaleb(-chance.randint(1, 4)))
        for _line in range(40)
    ]
    sums: dict[str, Decimal] = {}
    for number, amount in lines:
        sums[number] = sums.get(number, Decimal()) + amount
    wanted = {number: str(total.quantize(Decimal("0.01"), ROUND_HALF_UP) + 0) for number, total in sums.items()}
    paid = [f"{number},甲公司,2026-03-02,{nth},{amount:.4f}" for nth, (number, amount) in enumerate(lines)]
    assert come(paid, "amount", headings="Order No,Customer,Date,SKU,Amount").orders == wanted
    priced = [f"{number},甲公司,2026-03-02,1,{amount * 10}" for number, amount in lines]
    headings = "Order No,Customer,Date,Unit Price,Qty"
    lines_of_tenths = [line.replace(",1,", ",0.1,") for line in priced]
    assert come(lines_of_tenths, "amount", headings=headings).orders == wanted
