"""A dry run tells how the columns of a file were understood; an import itself stays brief."""

from pathlib import Path

import pytest

from tests.conftest import Run

ORDERS = (
    "销售部 2026 年的订单,,,,,,,\n"
    "订单号,客户,下单日期,金额(USD),数量,业务员,区域经理,打印人\n"
    "A1,晨光文具,13/02/2026,100,1,王芳,李雷,100\n"
)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, "utf-8")
    return file


def test_a_dry_run_tells_what_became_of_every_column(run: Run, orders: Path) -> None:
    said = ("--map", "打印人=-", "--map", "业务员=category", "--set", "status=paid", "--create-customers")
    assert run("import", orders, "-n", *said).stderr.splitlines()[:-2] == [
        "orders.csv: read as orders, headings on line 2",
        "  订单号    = number",
        "  客户      = customer",
        "  下单日期  = ordered_on",
        "  金额(USD) = amount",
        "  数量      = quantity",
        "  业务员    = category (--map)",
        "  for every row: currency=USD, status=paid",
        "  kept as fields of your own: 区域经理",
        "  left out: 打印人",
    ]


def test_an_import_itself_stays_brief(run: Run, orders: Path) -> None:
    said = run("import", orders, "--create-customers").stderr
    assert len(said.splitlines()) == 1
    assert "kept as fields of your own: 业务员, 区域经理, 打印人" in said


def test_the_order_of_day_and_month_is_told_where_the_dates_decided_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("客户名称,合作日期\n晨光文具,13/02/2024\n远山茶业,02/03/2024\n", "utf-8")
    dry, wet = run("import", file, "-n").stderr, run("import", file).stderr
    assert "  合作日期 = since (day/month/year)\n" in dry
    assert "is read as" not in dry
    assert "list.csv: '合作日期' is read as day/month/year\n" in wet


def test_columns_that_make_one_field_are_told_each(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("Company,First Name,Last Name,Mobile,Mobile 2,Hobby\nAcme,Ann,Lee,13800138000,,\n", "utf-8")
    said = run("import", file, "--dry-run").stderr
    for line in ("First Name = contact_name", "Last Name  = contact_name", "Mobile 2   = contact_phone"):
        assert f"  {line}\n" in said
    assert "  kept as fields of your own: Hobby\n" in said


def test_a_profile_is_told_by_the_options_that_say_the_same(run: Run, orders: Path) -> None:
    words = ("--map", "打印人=-", "--set", "category=a b", "--match", "fill", "--create-customers")
    assert run("import", orders, *words, "--save-profile", "sales").code == 0
    dry = run("import", orders, "-n", "--profile", "sales").stderr
    assert dry.startswith("profile 'sales': --map '打印人=-' --set 'category=a b' --match fill\n")
    assert "profile 'sales'" not in run("import", orders, "--profile", "sales").stderr


def test_in_a_dry_run_orders_find_the_customers_of_the_file_before(run: Run, orders: Path, tmp_path: Path) -> None:
    customers = tmp_path / "customers.csv"
    customers.write_text("客户名称\n晨光文具\n", "utf-8")
    dry = run("import", customers, orders, "-n", "-f", "json")
    assert dry.code == 0
    assert dry.stderr.count("dry run: nothing was written") == 2
    *_mapping, done, correcting = dry.stderr.splitlines()
    assert done.startswith("orders.csv (UTF-8): orders: 1 created, 0 updated, 0 unchanged; 1 not in CNY (USD 1)")
    assert correcting.startswith("to correct what a column is: --map")
    assert run("import", customers, orders, "-f", "json").stdout == dry.stdout


def test_a_dry_run_says_what_is_wrong_with_the_first_row_of_each_kind(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        "客户名称,合作日期\n甲公司,2024-02-30\n乙公司,2024-02-31\n,2024-01-01\n丙公司,02/03/2024\n", "utf-8"
    )
    said = run("import", file, "-n").stderr
    assert "list.csv, line 2, since: there is no such day\n" in said
    assert "line 3" not in said
    assert "list.csv, line 4, name: there is no name\n" in said
    assert "list.csv, line 5, since: " in said


def test_what_a_column_has_cannot_be_set_and_the_way_out_is_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("客户名称,跟进人\n晨光文具,王芳\n", "utf-8")
    result = run("import", file, "--set", "owner=李雷")
    assert result.code == 5
    assert '--map "跟进人=-"' in result.stderr
    assert run("import", file, "--set", "owner=李雷", "--map", "跟进人=-").code == 0


def test_a_strict_dry_run_that_is_refused_has_told_the_columns(run: Run, orders: Path) -> None:
    result = run("import", orders, "-n", "--strict", "--create-customers")
    assert result.code == 5
    assert "  kept as fields of your own: 业务员, 区域经理, 打印人\n" in result.stderr
