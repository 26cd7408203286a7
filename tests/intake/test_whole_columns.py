"""What one cell leaves open and its whole column tells: the order of a date, the decimals of a number."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from crmcli.errors import BadValue
from crmcli.intake import mapping
from crmcli.intake.importing import import_file
from crmcli.intake.receipts import Receipt
from crmcli.intake.whole_columns import Days
from tests.conftest import Crm, Run

HEADINGS = ["Order ID", "Customer ID", "Order Date", "Amount"]


def read(cells: Sequence[str], heading: str = "Order Date") -> list[str]:
    """Each cell with its year in front, or what is wrong with it."""
    days = Days(heading, lambda: days.add(cells))

    def one(cell: str) -> str:
        try:
            return days.read(cell)
        except BadValue as error:
            return error.code

    return list(map(one, cells))


def written(path: Path, cells: Sequence[tuple[str, str]], headings: Sequence[str] = HEADINGS) -> Path:
    """Orders with these days and amounts."""
    with path.open("w", newline="") as file:
        rows = [[f"N{at}", "K1", day, amount] for at, (day, amount) in enumerate(cells)]
        csv.writer(file).writerows([headings, *rows])
    return path


def bring(crm: Crm, path: Path) -> tuple[Receipt, list[dict[str, Any]]]:
    with crm() as ws:
        receipt = import_file(ws, path, table="orders", create_customers=True, rejects=path.with_name("rejects.csv"))
        rows = ws.db.rows(
            "SELECT number, ordered_on, amount, code FROM orders JOIN customer ON customer.id = customer_id"
        )
        return receipt, list(map(dict, rows))


# --- years of two digits -----------------------------------------------------------------------------------------

DECEMBER = [f"{day:02}/12/10" for day in range(1, 26)]
IN_DECEMBER = [f"2010-12-{day:02}" for day in range(1, 26)]


@pytest.mark.parametrize(
    ("cells", "meant"),
    [
        (DECEMBER, IN_DECEMBER),
        ([day.replace("/", ".") for day in DECEMBER], IN_DECEMBER),
        ([f"{day.replace('/', '.')}." for day in DECEMBER], IN_DECEMBER),
        ([f"{day} 8:26" for day in DECEMBER], [f"{day} 8:26" for day in IN_DECEMBER]),
        (["12/1/10 8:26", "12/13/10 9:00"], ["2010-12-01 8:26", "2010-12-13 9:00"]),
        (["1/12/10", "13/12/10"], ["2010-12-01", "2010-12-13"]),
        (["02/03/99", "25/12/10"], ["1999-03-02", "2010-12-25"]),
        # Lists of China.
        (["24/3/15"], ["2024-03-15"]),
        (["24.03.15", "23.11.20", "22.05.08"], ["2024-03-15", "2023-11-20", "2022-05-08"]),
        (["24-3-5", "05-03-07"], ["2024-03-05", "2005-03-07"]),
        ([f"{year:02}/03/{day:02}" for year in (9, 24) for day in range(1, 29)],
         [f"20{year:02}-03-{day:02}" for year in (9, 24) for day in range(1, 29)]),
        (["24/3/5", "24/3/15", "12/31/2024"], ["2024-03-05", "2024-03-15", "2024-12-31"]),
        # One mistyped cell among many turns nothing around.
        ([*(f"{year}/{month:02}/{day:02}" for year in (21, 24) for month in range(1, 9) for day in range(1, 29)),
          "24/03/51"],
         [*(f"20{year}-{month:02}-{day:02}" for year in (21, 24) for month in range(1, 9) for day in range(1, 29)),
          "2051-03-24"]),
    ],
)  # fmt: skip
def test_a_column_tells_where_its_years_of_two_digits_stand(cells: list[str], meant: list[str]) -> None:
    assert read(cells) == meant


@pytest.mark.parametrize(
    "cells",
    [
        # As likely the days of one month as the years of one day.
        ["01/12/10", "25/12/10"],
        ["13/12/10", "14/12/10", "15/12/10", "16/12/10"],
        [f"24/{month:02}/15" for month in range(1, 13)] + [f"25/{month:02}/15" for month in range(1, 13)],
        ["02/03/24"],
        ["1/2/10", "3/4/10"],
    ],
)
def test_a_column_that_leaves_the_years_open_is_not_read(cells: list[str]) -> None:
    assert read(cells) == ["date-ambiguous"] * len(cells)


def test_a_single_year_in_front_does_not_turn_a_column_around() -> None:
    assert set(read([*DECEMBER, "22/10/4"])) == {"date-ambiguous", "2022-10-04"}


@pytest.mark.parametrize(
    ("heading", "meant"),
    [
        ("Order Date (DD/MM/YY)", "2012-11-10"),
        ("Order Date (MM/DD/YY)", "2012-10-11"),
        ("Order Date (YY/MM/DD)", "2010-11-12"),
        ("下单日期（YYYY-MM-DD）", "2010-11-12"),
    ],
)
def test_a_heading_names_the_order_of_years_of_two_digits(heading: str, meant: str) -> None:
    assert read(["10/11/12", "10/11/12 8:00"], heading) == [meant, f"{meant} 8:00"]


def test_a_cell_that_its_heading_contradicts_is_no_day() -> None:
    assert read(["12/31/10", "22/10/4"], "Date (DD/MM/YY)") == ["date-impossible"] * 2


def test_long_and_short_years_of_a_column_have_one_order() -> None:
    assert read(["1/2/10", "3/4/2010", "26/4/2010"]) == ["2010-02-01", "2010-04-03", "2010-04-26"]
    assert read(["1/2/10", "13/2/10", "3/4/2010"]) == ["2010-02-01", "2010-02-13", "2010-04-03"]


def test_orders_with_years_of_two_digits_come_in_on_their_days(crm: Crm, tmp_path: Path) -> None:
    receipt, rows = bring(crm, written(tmp_path / "o.csv", [(day, "10.00") for day in DECEMBER]))
    assert receipt.rejected == 0
    assert [row["ordered_on"] for row in rows] == IN_DECEMBER


# --- day and month -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["02/03/2024", "０２／０３／２０２４", "02 / 03 / 2024", " 2-3-2024", "02.03.2024", "02.03.2024."]
)
def test_the_order_that_the_heading_names_is_applied(cell: str) -> None:
    assert read([cell], "Date (DD/MM/YYYY)") == ["2024-03-02"]
    assert read([cell], "Date (MM/DD/YYYY)") == ["2024-02-03"]


@pytest.mark.parametrize(("cell", "first"), [("２５／０３／２０２４", True), ("03 / 25 / 2024", False)])
def test_the_order_is_told_by_any_way_of_writing(cell: str, first: bool) -> None:
    cells = [cell, "０４／０３／２０２４"]
    days = Days("日期", lambda: days.add(cells))
    assert days.are_in(cells[1:])
    assert days.asks()
    assert days.day_first is first


@pytest.mark.parametrize("first", ["12/13/2010 8:26", "2010-12-13"])
def test_a_question_that_comes_late_is_answered_by_the_whole_column(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    monkeypatch.setattr(mapping, "_LOOKED_AT", 1)
    days = [first] * 2_500 + ["1/2/2011 8:26", "1/23/2011 8:26"]
    receipt, rows = bring(crm, written(tmp_path / "late.csv", [(day, "1.00") for day in days]))
    assert receipt.rejected == 0
    assert [row["ordered_on"] for row in rows][-2:] == ["2011-01-02", "2011-01-23"]


def test_a_cell_that_tells_its_own_order_is_read_where_the_others_disagree() -> None:
    assert read(["13/2/2026 10:00", "2/13/2026 10:00"]) == ["2026-02-13 10:00"] * 2


def test_dates_that_nothing_settles_come_back_with_the_way_out(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "open.csv", [("3/1/2010", "1.00"), ("2/1/2010", "1.00")])
    rejects = tmp_path / "rejects.csv"
    run("import", file, "--table", "orders", "--create-customers", "--rejects", rejects)
    text = rejects.read_text("utf-8-sig")
    assert text.count("name their order in the heading, like Order Date (DD/MM/YYYY)") == 2
    rejects.write_text(text.replace("Order Date,", "Order Date (DD/MM/YYYY),"))
    done = run("import", rejects, "--table", "orders", "--create-customers", "-f", "json")
    assert json.loads(done.stdout)[0]["created"] == 2


# --- thousands or decimals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amounts", "minor", "repaired"),
    [
        (["22.368", "331.9"], [2237, 33190], 1),
        (["254.701", "957.5775"], [25470, 95758], 2),
        (["-1.045", "￥12.50元"], [-105, 1250], 1),
        (["15.299999999999999", "12"], [1530, 1200], 1),
        # Alone, or beside points that stand for thousands, it may be a thousand.
        (["1.045", "300"], [30000], 0),
        (["1.045", "12.5", "1.234,50"], [1250, 123450], 0),
        (["1.045", "12.5", "12,50元"], [1250], 0),
        (["1.045元", "300"], [30000], 0),
    ],
)
def test_a_point_before_three_digits_is_what_the_column_has_it_for(
    crm: Crm, tmp_path: Path, amounts: list[str], minor: list[int], repaired: int
) -> None:
    receipt, rows = bring(crm, written(tmp_path / "o.csv", [("2026-01-05", amount) for amount in amounts]))
    assert [row["amount"] for row in rows] == minor
    assert (receipt.repaired, receipt.rejected) == (repaired, len(amounts) - len(minor))


@pytest.mark.parametrize(
    ("amounts", "minor"),
    [
        (["2,55", "3,39", "1.234,50"], [255, 339, 123450]),
        (["2,55", "12", "-3,5", "€ 7,00", "8,25 元", "(1,5)", "6,-", "5.000,-"],
         [255, 1200, -350, 700, 825, -150, 600, 500000]),
        (["2.500", "1.234,50", "12.000"], [250000, 123450, 1200000]),
        (["2.500", "3,5", "1.234.567", "1 234,567", "-9.000"], [250000, 350, 123456700, 123457, -900000]),
        (["0,335", "1,234", "12,000"], [34, 123, 1200]),
        (["２，５５", "２．５００"], [255, 250000]),
        (["2.500", "12.50", "1,234"], [250, 1250, 123400]),
        (["2.500", "0.335"], [250, 34]),
        (["2.500", "1,234,567"], [250, 123456700]),
        (["2.500", "1234.500"], [250, 123450]),
        (["1,234", "12,000", "5"], [123400, 1200000, 500]),
    ],
)  # fmt: skip
def test_a_column_proves_which_sign_stands_before_decimals(
    crm: Crm, tmp_path: Path, amounts: list[str], minor: list[int]
) -> None:
    receipt, rows = bring(crm, written(tmp_path / "o.csv", [("2026-01-05", amount) for amount in amounts]))
    assert [row["amount"] for row in rows] == minor
    assert receipt.rejected == 0


@pytest.mark.parametrize(
    ("amounts", "minor"),
    [
        # Either a thousand or a few.
        (["2.500", "12.000", "300"], [30000]),
        (["2.500", "1,234", "300"], [30000]),
        # The cells do not agree.
        (["2,55", "3.39", "1,234", "2.500"], [339]),
        (["1.234,50", "1,234.50", "1,234", "2.500"], [123450, 123450]),
        # A mistyped cell among hundreds.
        ([*(f"{thousands},000" for thousands in range(1, 201)), "1,23"],
         [thousands * 100_000 for thousands in range(1, 201)]),
        ([*(f"{thousands}.000" for thousands in range(1, 201)), "1.23"], [123]),
        (["5,000"] * 200 + ["1,23"], [500_000] * 200),
        (["1,234", "2,500", "12,50"], [123400, 250000]),
        (["5.000"] * 98 + ["1.5", "2.5"], [150, 250]),
        # One that is surely no thousand.
        ([f"1,{at:03}" for at in range(200)] + ["0,50"], []),
        (["300", *(f"1,{at:03}" for at in range(200)), "1250,5"], [30000]),
        ([f"1,{at:03}.50" for at in range(200)] + ["1250,5"], [100_050 + 100 * at for at in range(200)]),
    ],
)  # fmt: skip
def test_what_a_column_leaves_open_is_not_guessed(
    crm: Crm, tmp_path: Path, amounts: list[str], minor: list[int]
) -> None:
    receipt, rows = bring(crm, written(tmp_path / "o.csv", [("2026-01-05", amount) for amount in amounts]))
    assert [row["amount"] for row in rows] == minor
    assert receipt.rejected == len(amounts) - len(minor)


def in_line(path: Path, prices: Sequence[tuple[str, str]], unit: str = "") -> Path:
    """Orders of one line each, with these prices and quantities."""
    headings = [*HEADINGS[:3], f"Unit Price{unit}", "Quantity"]
    with path.open("w", newline="") as file:
        rows = [[f"N{at}", "K1", "2026-01-05", *cells] for at, cells in enumerate(prices)]
        csv.writer(file).writerows([headings, *rows])
    return path


@pytest.mark.parametrize(
    ("prices", "minor"),
    [
        ([("2,55", "6"), ("1.234,5", "2")], [1530, 246900]),
        ([("2,55", "1,5"), ("1.000", "1.000")], [383, 100_000_000]),
        # Prices and quantities have three decimals as often as not.
        ([("2.500", "12.000"), ("1", "1.500")], [3000, 150]),
        ([("1.459", "40"), ("1.529", "55"), ("1.489", "30"), ("1.5", "20")], [5836, 8410, 4467, 3000]),
        ([("3.50", "1.125"), ("4.25", "2.375"), ("4.99", "2.5")], [394, 1009, 1248]),
        ([("3,50", "1,125"), ("1.004,25", "2,375"), ("4,99", "2,5")], [394, 238509, 1248]),
        ([("1,459", "40,5"), ("1,529", "55,25"), ("1,489", "30")], [5909, 8448, 4467]),
        ([("20,00", "1,000"), ("40,00", "2,000")], [2000, 8000]),
        # Unless another column has commas.
        ([("2.500", "2"), ("1", "1,5")], [500000, 150]),
    ],
)
def test_prices_and_quantities_have_the_sign_of_their_file(
    crm: Crm, tmp_path: Path, prices: list[tuple[str, str]], minor: list[int]
) -> None:
    receipt, rows = bring(crm, in_line(tmp_path / "o.csv", prices))
    assert ([row["amount"] for row in rows], receipt.rejected) == (minor, 0)


@pytest.mark.parametrize(
    ("amounts", "minor"),
    [
        ([("1,234", "1"), ("999", "1,5")], [99900]),
        ([("1.234", "1"), ("999", "1.5")], [99900]),
        ([("1.234", "1"), ("999", "1,5")], [123400, 99900]),
        ([("1,234", "1"), ("999", "1.5")], [123400, 99900]),
    ],
)
def test_a_quantity_gives_no_amount_three_decimals(
    crm: Crm, tmp_path: Path, amounts: list[tuple[str, str]], minor: list[int]
) -> None:
    path = tmp_path / "o.csv"
    with path.open("w", newline="") as file:
        lines = [[f"N{at}", "K1", "2026-01-05", *cells] for at, cells in enumerate(amounts)]
        csv.writer(file).writerows([[*HEADINGS[:3], "Amount", "Quantity"], *lines])
    receipt, rows = bring(crm, path)
    assert ([row["amount"] for row in rows], receipt.rejected) == (minor, len(amounts) - len(minor))


def test_a_comma_among_whole_numbers_is_no_proof_for_another_column(crm: Crm, tmp_path: Path) -> None:
    prices = [("1,234", "2"), *[("5", "1")] * 5, ("3", "1,5")]
    file = in_line(tmp_path / "o.csv", prices)
    first, *others = file.read_text().splitlines()
    # An empty column says nothing, either.
    file.write_text("\n".join([f"{first},Cost", *(f"{line}," for line in others)]))
    receipt, rows = bring(crm, file)
    assert ([row["amount"] for row in rows], receipt.rejected) == ([*[500] * 5, 450], 1)


def test_amounts_with_three_decimals_mostly(crm: Crm, tmp_path: Path) -> None:
    amounts = ["19.999", "24.125", "5.333", "12.345", "8.5", "3.25"]
    receipt, rows = bring(crm, written(tmp_path / "o.csv", [("2026-01-05", amount) for amount in amounts]))
    assert ([row["amount"] for row in rows], receipt.rejected) == ([2000, 2413, 533, 1235, 850, 325], 0)


def test_rejected_rows_mean_the_same_when_they_come_back(crm: Crm, tmp_path: Path) -> None:
    prices = [("0,335", "10"), ("1,25", "3"), ("1,299", "1.200"), ("0,5", "2,5")]
    file = in_line(tmp_path / "o.csv", prices)
    file.write_text(file.read_text().replace("N2,K1,2026-01-05", "N2,K1,2026-02-31"))
    receipt, _rows = bring(crm, file)
    assert receipt.rejected == 1
    (rejects,) = tmp_path.glob("*rejects*.csv")
    handed_back = rejects.read_text("utf-8-sig")
    # As they were, with the sign that the other rows proved.
    assert handed_back.splitlines()[1].startswith('N2,K1,2026-02-31,"1,299",1.200,",",4,')
    rejects.write_text(handed_back.replace("2026-02-31", "2026-02-28"))
    with crm() as ws:
        import_file(ws, rejects)
        assert ws.db.value("SELECT amount FROM orders WHERE number = 'N2'") == 155_880


def test_quantities_that_do_not_agree_are_rejected(crm: Crm, tmp_path: Path) -> None:
    prices = [("1", "2,5"), ("1", "2.5"), ("1", "2.500"), ("1", "1,234")]
    receipt, rows = bring(crm, in_line(tmp_path / "o.csv", prices))
    assert [row["amount"] for row in rows] == [250]
    assert receipt.rejected == 3


def test_how_numbers_were_read_is_told_where_it_was_a_question(run: Run, tmp_path: Path) -> None:
    def said(*amounts: str) -> str:
        file = written(tmp_path / "o.csv", [("2026-01-05", amount) for amount in amounts])
        return run("import", file, "--table", "orders", "--create-customers", "-n").stderr

    assert "o.csv: in 'Amount' a comma stands before the decimals, and a point between thousands\n" in said("2,55")
    assert "o.csv: in 'Amount' a point stands before the decimals, and a comma between" in said("2.500", "0.335")
    assert "before the decimals" not in said("2.50", "1,234", "1,234.50", "12")
    assert "the comma may stand for thousands or for decimals" in said("1,234", "1.234")


def test_a_unit_in_the_heading_holds_for_decimal_commas(crm: Crm, tmp_path: Path) -> None:
    headings = [*HEADINGS[:3], "金额(万元)"]
    amounts = ["2,5", "1.234", "1.234,50", "1.234,5"]
    path = written(tmp_path / "o.csv", [("2026-01-05", amount) for amount in amounts], headings)
    receipt, rows = bring(crm, path)
    assert [row["amount"] for row in rows] == [2_500_000, 1_234_000_000, 1_234_500_000]
    assert receipt.rejected == 1


@pytest.mark.parametrize(("text", "minor"), [("1.234,50", [205, 123450]), ("2.500", [205, 250])])
def test_the_numbers_of_a_workbook_have_points_whatever_its_texts_have(
    crm: Crm, tmp_path: Path, text: str, minor: list[int]
) -> None:
    with xlsxwriter.Workbook(tmp_path / "o.xlsx") as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([HEADINGS, ["1", "K1", "2026-01-05", 2.05], ["2", "K1", "2026-01-05", text]]):
            sheet.write_row(at, 0, row)
    assert [row["amount"] for row in bring(crm, tmp_path / "o.xlsx")[1]] == minor


def test_a_number_of_a_workbook_has_decimals(crm: Crm, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "o.xlsx") as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([HEADINGS, ["1", "K1", "2026-01-05", 1.045], ["2", "K1", "2026-01-05", 300]]):
            sheet.write_row(at, 0, row)
    assert [row["amount"] for row in bring(crm, tmp_path / "o.xlsx")[1]] == [105, 30000]


def test_a_number_in_json_has_decimals_and_damaged_lines_are_told_once(crm: Crm, tmp_path: Path) -> None:
    order = '{"Order ID": "1", "Customer ID": "K1", "Order Date": "2026-01-05", "Amount": %s}'
    (tmp_path / "o.jsonl").write_text("\n".join([order % "1.045", "{damaged}", order.replace('"1"', '"2"') % '"7"']))
    receipt, rows = bring(crm, tmp_path / "o.jsonl")
    assert [row["amount"] for row in rows] == [105, 700]
    assert (receipt.read, receipt.rejected) == (3, 1)


def test_a_text_in_json_may_be_a_thousand(crm: Crm, tmp_path: Path) -> None:
    order = {"Order ID": "1", "Customer ID": "K1", "Order Date": "2026-01-05", "Amount": "1.045"}
    (tmp_path / "o.json").write_text(json.dumps([order]))
    assert bring(crm, tmp_path / "o.json")[0].rejected == 1


# --- ids ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code", "repaired"),
    [("17850.0", "17850", 1), ('="00042"', "00042", 0), ('\'="00042"', "00042", 0), ("1.0.0", "1.0.0", 0)],
)
def test_an_id_is_what_was_meant_by_the_program_that_wrote_it(
    crm: Crm, tmp_path: Path, given: str, code: str, repaired: int
) -> None:
    with (tmp_path / "o.csv").open("w", newline="") as file:
        rows = [["N1", given, "2026-01-05", "1.00"], ["N2", code, '="2026-01-05"', '="1.00"']]
        csv.writer(file).writerows([HEADINGS, *rows])
    receipt, orders = bring(crm, tmp_path / "o.csv")
    assert [row["code"] for row in orders] == [code, code]
    assert receipt.repaired == repaired
