"""Which table a file is, what its columns are, and how several of them become one cell."""

from pathlib import Path
from typing import Any

import pytest

from crmcli.errors import BadValue, InvalidInput, UsageError
from crmcli.fields import heading_key, heading_note
from crmcli.intake.layouts import Layout
from crmcli.intake.mapping import lay_out
from crmcli.intake.sources import Rows, Source, open_source

Table = list[list[str]]


def laid(tmp_path: Path, table: Table, /, **options: Any) -> tuple[Layout, list[dict[str, str]], Source]:
    """The layout of a list, and its rows as staging gets them: a cell for each field."""
    path = tmp_path / "list.csv"
    path.write_text("\n".join("\t".join(row) for row in table) + "\n")
    source = open_source(path)
    layout = lay_out(source, **options)
    below = []
    for chunk in source.chunks():
        rows = [row for line, row in zip(chunk.lines, chunk.cells, strict=True) if line > layout.heading_line]
        columns = layout.laid(Rows([*range(len(rows))], rows)) if rows else []
        fields = [column.name if column else "" for column in layout.columns]
        below += [
            {name: cell for name, cell in zip(fields, cells, strict=True) if name}
            for cells in zip(*columns, strict=True)
        ]
    return layout, below, source


# --- the table ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headings", "table"),
    [
        ("客户名称 联系人 手机 座机 地址", "customers"),
        ("客户名称 姓名 职务 手机 邮箱 微信 生日 备注", "customers"),
        ("姓名 手机", "customers"),
        ("First_Name Last_Name E-mail_Address Mobile_Phone", "customers"),
        ("订单号 客户名称 下单日期 金额 产品 状态", "orders"),
        ("Order_No Customer Date Total", "orders"),
        ("合同编号 客户名称 开始日期 结束日期 合同金额 是否续签", "contracts"),
        ("客户名称 沟通时间 方式 主题 反馈", "interactions"),
        ("工单号 客户名称 投诉时间 严重程度 处理人", "cases"),
        ("客户名称 调查类型 评分 调查时间", "surveys"),
        ("线索名称 联系人 电话 线索等级 线索来源", "leads"),
        ("Lead_Source First_Name Last_Name Email Phone Lead_Status", "leads"),
        ("customer name phone primary", "contacts"),
        ("序号 客户名称 某某 联系人 手机", "customers"),
        ("订单号 客户 日期 金额 业务员 跟单员", "orders"),
        ("合同编号 客户 签约日期 跟单员", "contracts"),
        ("客户 评分 日期 业务员", "surveys"),
    ],
)
def test_a_table_is_told_by_its_headings(tmp_path: Path, headings: str, table: str) -> None:
    assert laid(tmp_path, [headings.split()])[0].table == table


# Headings of public order data and of shops, each with those that tell what an order is.
ORDERS = [
    ("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID", "InvoiceNo InvoiceDate CustomerID"),
    ("Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country", "Invoice InvoiceDate Price"),
    ("order_id,customer_id,order_status,order_purchase_timestamp,payment_value", "order_status payment_value"),
    ("order_id,customer_id,customer_unique_id,order_purchase_timestamp,payment_value", "customer_unique_id"),
    (
        "Order ID,Order Date,Customer ID,Customer Name,Segment,City,State,Postal Code,Region,Sales,Quantity",
        "Order_ID Customer_ID Sales",
    ),
    (
        "ORDERNUMBER,QUANTITYORDERED,PRICEEACH,SALES,ORDERDATE,STATUS,CUSTOMERNAME,PHONE,ADDRESSLINE1,CITY,STATE,"
        "POSTALCODE,TERRITORY,CONTACTLASTNAME,CONTACTFIRSTNAME",
        "ORDERNUMBER SALES ORDERDATE CUSTOMERNAME",
    ),
    (
        "Name,Email,Financial Status,Paid at,Total,Created at,Lineitem quantity,Lineitem name,Billing Name,"
        "Billing Street,Billing City,Billing Zip,Phone",
        "Name Email Financial_Status Created_at Total",
    ),
    ("订单编号,买家会员名,总金额,买家实际支付金额,订单状态,订单创建时间,联系手机", "买家会员名 总金额 订单创建时间"),
    ("客户ID,订单日期,销售额,订单ID,客户名称", "客户ID 订单日期 销售额 订单ID"),
    ("订单号,客户,下单时间,付款时间,实付金额", "客户 下单时间 实付金额"),
    ("流水号,会员号,交易时间,支付金额", "流水号 会员号 交易时间 支付金额"),
    ("transaction_id,client_id,purchase_date,total_price,qty", "transaction_id client_id purchase_date total_price"),
    ("Order No,Customer,Order Date,Amount,Sales", "Amount"),
    # Without a number.
    ("customer_id,date,amount", "customer_id date amount"),
    ("customer_id,trans_date,tran_amount", "customer_id trans_date tran_amount"),
    ("客户,日期,金额", "客户 日期 金额"),
]


@pytest.mark.parametrize("said", [{}, {"create_customers": True}])
@pytest.mark.parametrize(("headings", "used"), ORDERS)
def test_orders_are_told_however_much_of_their_customers_they_say(
    tmp_path: Path, headings: str, used: str, said: dict[str, bool]
) -> None:
    layout = laid(tmp_path, [headings.split(",")], **said)[0]
    assert layout.table == "orders"
    names = ("number", "customer", "ordered_on", "amount", "unit_price", "status")
    taken = [heading.replace(" ", "_") for heading, name in layout.taken if name in names]
    assert set(used.split()) <= set(taken)


@pytest.mark.parametrize(
    "headings",
    [
        "客户名称 电话 最近下单日期 最近订单金额 累计金额",
        "Company Phone Last_Order_Date Last_Order_ID Total_Orders",
        "Company Created_at Revenue",
        "Company Sales Phone",
        "Record_ID Company_name Annual_Revenue Create_Date",
        "公司 联系人 手机 日期 金额",
    ],
)
def test_customers_stay_customers_whatever_is_said_of_their_orders(tmp_path: Path, headings: str) -> None:
    layout, _rows, source = laid(tmp_path, [headings.split()])
    assert (layout.table, source.notes) == ("customers", [])
    taken = dict(layout.taken)
    assert taken.get("Created_at", "since") == "since"
    assert not {"Sales", "Revenue"} & {*taken}


def test_to_create_customers_tells_that_the_rows_are_none(tmp_path: Path) -> None:
    talks = ["客户名称", "电话", "城市", "行业", "时间", "方式"]
    assert laid(tmp_path, [talks])[0].table == "customers"
    assert laid(tmp_path, [talks], create_customers=True)[0].table == "interactions"
    with pytest.raises(InvalidInput, match="no column for ordered_on, amount of orders"):
        laid(tmp_path, [["Customer ID", "City", "When", "How much", "What"]], create_customers=True)


@pytest.mark.parametrize("table", [None, "customers"])
def test_a_list_of_customers_says_that_it_creates_them_all(tmp_path: Path, table: str | None) -> None:
    for headings in ("公司 联系人 手机 QQ", "公司 联系人 手机 邮箱 地址 来源 负责人 日期 金额"):
        layout, _rows, source = laid(tmp_path, [headings.split()], create_customers=True, table=table)
        assert layout.table == "customers"
        (note,) = source.notes
        assert note.startswith("list.csv is read as a list of customers")


@pytest.mark.parametrize("headings", ["客户编号 客户名称 日期 销售额 负责人", "客户名称 联系人 手机 日期 金额"])
def test_amounts_are_those_of_orders_and_not_of_talks(tmp_path: Path, headings: str) -> None:
    assert laid(tmp_path, [headings.split()], create_customers=True)[0].table == "orders"


def test_a_number_alone_makes_no_contracts(tmp_path: Path) -> None:
    headings = ["txn", "client_id", "bought", "Total"]
    with pytest.raises(InvalidInput, match="no column for ordered_on of orders"):
        laid(tmp_path, [headings], given={"txn": "number"}, create_customers=True)
    assert laid(tmp_path, [headings], given={"txn": "number"}, table="contracts")[0].table == "contracts"
    assert laid(tmp_path, [["文号", "甲方", "签订日期"]], given={"文号": "number"})[0].table == "contracts"


AMOUNTS = (
    "dollar_value spend spent price purchase_amount monetary line_total turnover GMV invoice_amount "
    "Subtotal net_sales amount_paid extended_price basket_value total_spent payment_amount amt 消费金额 价税合计 总价 "
    "订单总价 应收金额 含税金额 本币金额 实付款 购买金额 货款 合计金额 价税合计(本位币) 小计"
)


@pytest.mark.parametrize("create_customers", [False, True])
@pytest.mark.parametrize("heading", AMOUNTS.split())
def test_what_plainly_is_an_amount_tells_orders(tmp_path: Path, heading: str, create_customers: bool) -> None:
    for others in ("customer_id date", "日期 单据编号 客户", "日期 客户名称"):
        layout = laid(tmp_path, [[*others.split(), heading]], create_customers=create_customers)[0]
        assert (layout.table, layout.unused) == ("orders", [])


@pytest.mark.parametrize("heading", AMOUNTS.split())
def test_an_amount_stands_over_nothing_of_a_list_of_customers(tmp_path: Path, heading: str) -> None:
    for headings in ("客户名称 联系人 手机", "Company Phone City", "Company Created_at"):
        assert laid(tmp_path, [[*headings.split(), heading]])[0].table == "customers"
    assert laid(tmp_path, [["合同编号", "客户", "开始日期", heading]])[0].table == "contracts"
    talks = ["客户", "日期", "沟通方式", "内容", heading]
    for create_customers in (False, True):
        assert laid(tmp_path, [talks], create_customers=create_customers)[0].table == "interactions"


@pytest.mark.parametrize("create_customers", [False, True])
@pytest.mark.parametrize(
    "headings",
    [
        "订单号 客户 日期 沟通方式 内容 货款",
        "订单号 客户 日期 金额 渠道 内容 备注 业务员",
        "Invoice_No Customer Date Amount Due_Date Subject Notes",
        "Order_# Customer Date Amount Subject Channel Outcome",
    ],
)
def test_a_talk_about_an_order_with_an_amount_is_an_order(
    tmp_path: Path, headings: str, create_customers: bool
) -> None:
    assert laid(tmp_path, [headings.split()], create_customers=create_customers)[0].table == "orders"


@pytest.mark.parametrize(
    "table",
    [
        "Date,Customer,Contact,Type,Subject,Notes,Order ID,Amount\n2026-01-02,A,Ann,call,price,liked,,\n"
        "2026-01-03,B,Bob,email,order,ordered,1002,500\n2026-01-04,A,Ann,call,again,later,,",
    ],
)
def test_talks_that_name_some_orders_stay_talks(tmp_path: Path, table: str) -> None:
    rows = [line.split(",") for line in table.splitlines()]
    for create_customers in (False, True):
        assert laid(tmp_path, rows, create_customers=create_customers)[0].table == "interactions"


@pytest.mark.parametrize(
    "table",
    [
        "Deal ID,Customer,Date,Subject,Contact Method,Outcome,Total,Next Step\n11,A,2026-01-02,price,call,ok,5,call",
        "Order,Customer,Date,Subject,Channel,Notes,Amount,Next Step\n1,A,2026-01-02,price,call,ok,5,call",
        "Order No,Customer,Date,Amount,Channel,Subject,Notes\n1,A,2026-01-02,5,call,x,y\n2,A,2026-01-02,,call,x,y",
        "客户,跟进时间,沟通内容,单据编号,单据日期,金额,反馈\n甲公司,2024-01-05,催款,D1,2023-12-01,100,好",
    ],
)
def test_talks_and_orders_that_nobody_tells_apart_are_asked_about(tmp_path: Path, table: str) -> None:
    rows = [line.split(",") for line in table.splitlines()]
    for create_customers in (False, True):
        with pytest.raises(InvalidInput, match=r"could be those of (orders|interactions), (orders|interactions)"):
            laid(tmp_path, rows, create_customers=create_customers)
    for named in ("orders", "interactions"):
        assert laid(tmp_path, rows, table=named)[0].table == named


def test_a_surer_amount_leaves_a_vague_one_alone(tmp_path: Path) -> None:
    def amounts(*headings: str, **options: Any) -> list[str]:
        layout = laid(tmp_path, [["customer_id", "date", *headings]], **options)[0]
        return [heading for heading, name in layout.taken if name in ("amount", "unit_price")]

    assert amounts("Total", "Subtotal") == ["Total"]
    assert amounts("Quantity", "Price", "Value", given={"Value": "amount"}) == ["Value"]
    assert amounts("Price", "Spend") == ["Spend"]
    assert amounts("Product", "Price") == amounts("Price", "_line", "_code") == ["Price"]
    # What is unknown may be how many.
    for headings in (["Unit Price"], ["Price", "number_of_cds"]):
        with pytest.raises(InvalidInput, match="neither orders"):
            amounts(*headings)


@pytest.mark.parametrize(
    "headings",
    ["customer_id date colour", "客户名称 日期 怪", "日期 单据编号 客户 渠道 备注 怪", "客户 时间 业务员 联系人 怪"],
)
def test_a_customer_and_a_day_are_no_talk(tmp_path: Path, headings: str) -> None:
    for create_customers in (False, True):
        with pytest.raises(InvalidInput, match="a customer and a day make neither orders") as problem:
            laid(tmp_path, [headings.split()], create_customers=create_customers)
        assert all(word in str(problem.value.hint) for word in ("=amount", "=topic", "--table interactions"))
    assert laid(tmp_path, [headings.split()], table="interactions")[0].table == "interactions"


@pytest.mark.parametrize("headings", ["客户 日期 备注", "客户 拜访日期", "单号 客户 日期 沟通方式 备注"])
def test_what_tells_a_talk(tmp_path: Path, headings: str) -> None:
    assert laid(tmp_path, [headings.split()], create_customers=True)[0].table == "interactions"


NUMBERS = (
    "Order_# SalesOrderNumber Sales_Order amazon-order-id increment_id BasketID 单据号 出库单号 主订单编号 商户订单号 "
    "平台单号 子订单编号"
)


@pytest.mark.parametrize("heading", NUMBERS.split())
def test_the_numbers_of_orders_are_known(tmp_path: Path, heading: str) -> None:
    layout = laid(tmp_path, [[heading, "customer_id", "order_date", "amount", "product"]])[0]
    assert (layout.table, layout.taken[0]) == ("orders", (heading, "number"))
    customers = [heading, "客户名称", "手机", "邮箱", "地址", "order_date", "Total"]
    assert laid(tmp_path, [customers])[0].table == "orders"


def test_the_unit_of_a_quantity_is_no_customer(tmp_path: Path) -> None:
    sales = ["单据编号", "单据日期", "客户名称", "商品名称", "单位", "数量", "销售单价", "价税合计"]
    layout = laid(tmp_path, [sales])[0]
    assert (layout.table, "单位" in layout.unused) == ("orders", True)
    assert layout.keys("customer", "ordered_on", "amount") == ["单据日期", "客户名称", "价税合计"]
    assert laid(tmp_path, [["单据编号", "日期", "单位", "金额"]])[0].keys("customer") == ["单位"]


@pytest.mark.parametrize("heading", ["订单编号", "主订单编号"])
def test_the_number_of_a_line_is_none_of_an_order(tmp_path: Path, heading: str) -> None:
    layout = laid(tmp_path, [["子订单编号", heading, "买家昵称", "下单时间", "金额"]])[0]
    assert (layout.taken[0], layout.unused) == ((heading, "number"), ["子订单编号"])


@pytest.mark.parametrize("heading", ["Order", "Receipt No", "Bill No", "凭证号", "小票号"])
def test_numbers_that_begin_again_are_none_of_orders(tmp_path: Path, heading: str) -> None:
    for headings in (["Company", "Phone", "Address", "Date"], ["客户名称", "手机", "地址", "日期", "金额"]):
        assert laid(tmp_path, [[heading, *headings]])[0].table == "customers"
    sales = [heading, "Customer", "Date", "Total", "Subject", "Channel"]
    layout = laid(tmp_path, [sales])[0]
    assert (layout.table, heading in layout.unused, "number" in layout.names) == ("orders", True, False)
    assert laid(tmp_path, [sales], given={heading: "number"})[0].keys("number")


@pytest.mark.parametrize(
    "headings", ["Customer Date Topic Value", "Customer Date Notes Order Value", "客户 日期 内容 价值"]
)
def test_any_value_beside_a_talk_is_no_order(tmp_path: Path, headings: str) -> None:
    for create_customers in (False, True):
        assert laid(tmp_path, [headings.split()], create_customers=create_customers)[0].table == "interactions"


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no column for customer, ordered_on, amount of orders") as problem:
        laid(tmp_path, [["Order ID", "Product", "Quantity", "Who", "When"]])
    maps = ['--map "HEADING=customer"', '--map "HEADING=ordered_on"', '--map "HEADING=amount"']
    assert str(problem.value.hint).endswith(" ".join(maps))


def test_headings_of_two_tables_alike_are_an_error_that_names_the_flag(tmp_path: Path) -> None:
    headings = ["客户名称", "日期", "渠道", "备注"]
    with pytest.raises(InvalidInput, match="could be those of") as problem:
        laid(tmp_path, [headings])
    assert "--table" in str(problem.value.hint)
    assert laid(tmp_path, [headings], table="interactions")[0].table == "interactions"


def test_the_cells_decide_where_the_headings_do_not(tmp_path: Path) -> None:
    table = [["客户名称", "联系人", "联系方式", "日期", "备注"], ["云海", "周明", "13800138000", "2024-03-05", "好"]]
    assert laid(tmp_path, table)[0].table == "customers"


def test_a_table_that_lacks_one_thing_is_not_taken_for_another(tmp_path: Path) -> None:
    deals = [["Record ID", "Deal Name", "Deal Stage", "Amount", "Deal owner", "Associated Company IDs"]]
    with pytest.raises(InvalidInput, match="no column for ordered_on of orders"):
        laid(tmp_path, deals)
    layout, rows, _source = laid(
        tmp_path, [*deals, ["7", "Renewal", "Closed Won", "150", "Kim", "31;32"]], constants=["ordered_on"]
    )
    assert (layout.table, rows[0]["number"], rows[0]["customer"]) == ("orders", "7", "31")


def test_the_headings_are_looked_for_below_titles_and_blank_rows(tmp_path: Path) -> None:
    table = [["2026 年客户名册"], [""], ["制表人：", "李雷", "部门", "销售"], *([["", "", "x"]] * 20)]
    layout, rows, _source = laid(tmp_path, [*table, ["客户名称", "手机", "城市", "?"], ["甲", "1", "上海", ""]])
    assert (layout.heading_line, rows) == (24, [{"name": "甲", "contact_phone": "1", "city": "上海"}])


def test_an_unknown_first_heading_does_no_harm(tmp_path: Path) -> None:
    layout, rows, _source = laid(tmp_path, [["№", "客户名称", "手机"], ["1", "甲", "2"]])
    assert (layout.unused, rows) == (["№"], [{"name": "甲", "contact_phone": "2"}])


def test_a_list_without_a_known_heading_asks_for_them(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no heading is known") as problem:
        laid(tmp_path, [["秘密", "口令"], ["a", "b"]])
    assert "秘密" not in problem.value.message
    with pytest.raises(UsageError, match="no column 'x', 'y'"):
        laid(tmp_path, [["name", "phone"]], given={"x": "city", "y": "note"})


# --- several columns, one field ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (["伟", "", "张"], "张伟"),
        (["明轩", "", "欧阳"], "欧阳明轩"),
        (["Ada", "M.", "Okafor"], "Ada M. Okafor"),
        (["Lin", "", "张"], "Lin 张"),
        (["", "", "Okafor"], "Okafor"),
        (["Ada", "", ""], "Ada"),
    ],
)
def test_names_in_parts_are_put_together_as_they_are_said(tmp_path: Path, cells: list[str], name: str) -> None:
    headings = ["First Name", "Middle Name", "Last Name", "Company"]
    assert laid(tmp_path, [headings, [*cells, "Acme"]])[1] == [{"contact_name": name, "name": "Acme"}]
    assert laid(tmp_path, [["名", "中间名", "姓", "公司"], [cells[0], "", cells[2], "Acme"]])[0].table == "customers"


def test_outlook_s_phones_and_mails_are_all_the_person_s(tmp_path: Path) -> None:
    headings = [
        "First Name", "Last Name", "Title", "E-mail Address", "E-mail 2 Address", "Home Phone", "Mobile Phone",
        "Business Phone", "Business Phone 2", "Company Main Phone", "Company", "Job Title", "Business Street",
        "Business Street 2", "Business City", "Home City", "Notes", "Birthday",
    ]  # fmt: skip
    row = [
        "Ada", "Okafor", "Dr.", "ada@a.example", "ada@b.example", "1", "2", "3", "", "5", "Harbour", "Buyer", "1 Quay",
        "Floor 2", "", "Bath", "hi", "1980-05-03",
    ]  # fmt: skip
    layout, rows, _source = laid(tmp_path, [headings, row])
    assert rows == [
        {
            "contact_name": "Ada Okafor",
            "contact_email": "ada@a.example ; ada@b.example",
            "contact_phone": "1 ; 2 ; 3",
            "phone": "5",
            "name": "Harbour",
            "contact_title": "Buyer",
            "address": "1 Quay Floor 2",
            "city": "Bath",
            "note": "hi",
            "contact_birthday": "1980-05-03",
        }
    ]
    assert layout.unused == ["Title"]


def test_google_s_values_within_a_cell_and_in_numbered_columns_are_all_kept(tmp_path: Path) -> None:
    headings = [
        "Name", "Given Name", "Family Name", "E-mail 1 - Value", "E-mail 2 - Value", "Phone 1 - Label",
        "Phone 1 - Value", "Phone 2 - Value", "Organization 1 - Name", "Organization 1 - Title",
    ]  # fmt: skip
    row = ["", "明", "周", "a@a.example ::: b@a.example", "", "Work", "1 ::: 2", "3", "云海食品", "采购"]
    layout, rows, _source = laid(tmp_path, [headings, row])
    assert layout.table == "customers"
    assert rows[0]["contact_name"] == "周明"
    assert rows[0]["contact_email"] == "a@a.example ; b@a.example"
    assert rows[0]["contact_phone"] == "1 ; 2 ; 3"
    assert (rows[0]["name"], rows[0]["contact_title"]) == ("云海食品", "采购")


def test_two_numbered_phones_of_a_chinese_list(tmp_path: Path) -> None:
    rows = laid(tmp_path, [["客户名称", "手机1", "手机2", "备注", "跟进记录"], ["甲", "1", "2", "a", "b"]])[1]
    assert rows == [{"name": "甲", "contact_phone": "1 ; 2", "note": "a\nb"}]


def test_of_two_columns_for_one_value_the_surer_heading_counts(tmp_path: Path) -> None:
    layout, rows, _source = laid(tmp_path, [["客户名称", "创建日期", "合作日期"], ["甲", "2024-01-01", "2023-01-01"]])
    assert (rows[0]["since"], layout.unused) == ("2023-01-01", ["创建日期"])


def own(layout: Layout, cells: Table) -> list[dict[str, str]]:
    """What staging keeps as own fields of rows under the headings of `layout`."""
    columns = layout.laid(Rows([*range(len(cells))], cells))
    kept = [at for at, heading in enumerate(layout.headings) if heading in layout.unused and not layout.columns[at]]
    return [{layout.headings[at]: columns[at][nth] for at in kept} for nth in range(len(cells))]


@pytest.mark.parametrize(
    ("table", "headings", "owner"),
    [
        ("customers", "公司 跟单员 业务员 电话", "业务员"),
        ("interactions", "客户 沟通时间 所属销售 拜访人 主题", "拜访人"),
        ("cases", "工单号 客户 投诉时间 所属销售 处理人", "处理人"),
        ("customers", "公司 联系人 手机 责任人", "责任人"),
        ("customers", "公司 手机 责任人", None),
    ],
)
def test_whose_a_customer_is_stands_behind_the_table_s_own_word(
    tmp_path: Path, table: str, headings: str, owner: str | None
) -> None:
    layout = laid(tmp_path, [headings.split()], table=table)[0]
    names = {column.name: heading for heading, column in zip(layout.headings, layout.columns, strict=True) if column}
    assert names.get("owner") == owner
    assert owner or names["contact_name"] == "责任人"


def test_the_same_heading_twice_is_a_field_and_an_own_field(tmp_path: Path) -> None:
    table = [["客户名称", "行业", "行业", "行业 (2)"], ["甲", "食品", "贸易", "物流"]]
    layout, rows, _source = laid(tmp_path, table)
    assert rows == [{"name": "甲", "industry": "食品"}]
    assert own(layout, table[1:]) == [{"行业 2": "贸易", "行业 (2)": "物流"}]
    assert laid(tmp_path, table, given={"行业 2": "city"})[1] == [{"name": "甲", "industry": "食品", "city": "贸易"}]


def test_two_columns_for_what_a_row_is_are_refused_with_a_hint_that_helps(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="two columns are tax_id") as problem:
        laid(tmp_path, [["客户名称", "税号", "税号"]])
    assert "rename" in str(problem.value.hint)
    with pytest.raises(InvalidInput, match="two columns are tax_id") as problem:
        laid(tmp_path, [["客户名称", "税号", "信用代码"]])
    assert '--map "税号=-"' in str(problem.value.hint)


def test_a_filled_column_without_a_heading_is_kept(tmp_path: Path) -> None:
    table = [["客户名称", "", "电话", ""], ["甲", "", "1", ""], *[["乙", "", "2", ""]] * 11_000, ["丙", "x", "3", " "]]
    layout, _rows, _source = laid(tmp_path, table)
    assert (layout.headings, layout.unused) == (["客户名称", "column 2", "电话", ""], ["column 2"])
    named = laid(tmp_path, table, given={"column 2": "city"})[1]
    assert named[-1]["city"] == "x"


def test_a_further_address_is_kept_where_the_first_is_filled(tmp_path: Path) -> None:
    table = [
        ["客户名称", "注册地址", "办公地址", "城市", "所在城市"],
        ["甲", "江边路1号", "山前路2号", "上海", "上海"],
        ["乙", "", "山前路3号", "", "北京"],
    ]
    layout, rows, _source = laid(tmp_path, table)
    address = {row["name"]: (row["address"], row["city"]) for row in rows}
    assert set(layout.unused) < {"注册地址", "办公地址"}
    assert address["乙"] == ("山前路3号", "北京")
    kept = own(layout, table[1:])
    assert {address["甲"][0], *kept[0].values()} == {"江边路1号", "山前路2号"}
    assert list(kept[1].values()) == [""]


def test_the_further_companies_of_a_deal_are_kept(tmp_path: Path) -> None:
    table = [[*ORDER, "金额", "Associated Company IDs"], ["1", "", "2026-01-01", "5", "31;32"]]
    table.append(["2", "", "2026-01-01", "5", "33"])
    layout, rows, _source = laid(tmp_path, table)
    assert [row["customer"] for row in rows] == ["31", "33"]
    assert own(layout, table[1:]) == [
        {"客户名称": "", "Associated Company IDs": "31;32"},
        {"客户名称": "", "Associated Company IDs": ""},
    ]
    layout = laid(tmp_path, [table[0], table[2]])[0]
    assert layout.unused == ["客户名称"]


def test_traditional_headings_are_known(tmp_path: Path) -> None:
    headings = ["客戶名稱", "聯絡人", "行動電話", "統一編號", "地址", "電子郵件", "備註", "聯絡電話"]
    rows = laid(tmp_path, [headings, ["甲", "陳美玲", "1", "12345678", "x", "a@a.example", "y", "2"]])[1]
    assert rows == [
        {
            "name": "甲",
            "contact_name": "陳美玲",
            "contact_phone": "1 ; 2",
            "tax_id": "12345678",
            "address": "x",
            "email": "a@a.example",
            "note": "y",
        }
    ]


def test_numbers_of_other_programs_are_codes_of_companies_and_not_of_people(tmp_path: Path) -> None:
    assert laid(tmp_path, [["Record ID", "Company name"], ["9", "A"]])[1] == [{"code": "9", "name": "A"}]
    people = [["Record ID", "First Name", "Last Name", "Company Name"], ["9", "Ada", "Okafor", "A"]]
    assert laid(tmp_path, people)[1] == [{"contact_name": "Ada Okafor", "name": "A"}]
    accounts = [["Id", "IsDeleted", "Name"], ["001", "false", "A"]]
    assert laid(tmp_path, accounts)[1] == [{"code": "001", "name": "A"}]
    assert laid(tmp_path, [["id", "name"], ["1", "A"]])[1] == [{"name": "A"}]


def test_who_opted_out_has_refused(tmp_path: Path) -> None:
    rows = laid(tmp_path, [["Company", "Email Opt Out"], ["A", "1"], ["B", "0"], ["C", ""]])[1]
    assert [row["consent"] for row in rows] == ["no", "", ""]


def test_a_type_that_is_no_kind_of_customer_is_left_alone(tmp_path: Path) -> None:
    table = [["Company", "Type"], ["A", "Partner"], ["B", "Reseller"]]
    layout, rows, source = laid(tmp_path, table)
    assert (layout.unused, rows[0]) == (["Type"], {"name": "A"})
    assert "'Type' is not read as kind" in source.notes[0]
    assert laid(tmp_path, table, given={"Type": "kind"})[0].unused == []
    assert laid(tmp_path, [table[0], ["A", "企业"], ["B", "Partner"]])[0].unused == []


# --- units, currencies, dates ------------------------------------------------------------------------------------

ORDER = ["订单号", "客户名称", "下单日期"]


@pytest.mark.parametrize(
    ("heading", "cell", "read"),
    [
        ("金额(元)", "12", "12"),
        ("金额（万元）", "12", "12万"),
        ("金额/万元", "1,200.5", "1,200.5万"),
        ("金额(单位：万元)", "(12)", "(12万)"),
        ("*金额[人民币万元]", "￥12", "￥12万"),
        ("金额(万元)", "12万", "12万"),
        ("金额(万元)", "3元", "3元"),
        ("Amount (thousands)", "12", "12k"),
        ("Amount (CNY)", "12", "12"),
    ],
)
def test_a_unit_in_the_heading_goes_with_every_amount(tmp_path: Path, heading: str, cell: str, read: str) -> None:
    rows = laid(tmp_path, [[*ORDER, heading], ["1", "A", "2026-01-01", cell]])[1]
    assert rows[0]["amount"] == read


def test_a_currency_in_the_heading_is_that_of_every_order(tmp_path: Path) -> None:
    table = [[*ORDER, "Amount (USD)"], ["1", "A", "2026-01-01", "5"]]
    assert laid(tmp_path, table)[1][0]["currency"] == "USD"
    assert "currency" not in laid(tmp_path, table, constants=["currency"])[1][0]
    table[0].append("币种")
    table[1].append("EUR")
    assert laid(tmp_path, table)[1][0]["currency"] == "EUR"


@pytest.mark.parametrize(
    ("heading", "cells", "read", "settled"),
    [
        ("下单日期", ["02/03/2024", "26/03/2024"], ["2024-03-02", "2024-03-26"], True),
        ("下单日期", ["02/03/2024", "03/26/2024 10:00"], ["2024-02-03", "2024-03-26"], True),
        ("下单日期", ["02/03/2024", "26/03/2024", "03/26/2024"], ["date-ambiguous", "2024-03-26", "2024-03-26"], False),
        ("下单日期", ["02/03/2024", "2024-03-05"], ["date-ambiguous", "2024-03-05"], False),
        ("下单日期(DD/MM/YYYY)", ["02/03/2024", "03/26/2024"], ["2024-03-02", "date-impossible"], True),
        ("Order Date (mm/dd/yyyy)", ["02.03.2024", "x"], ["2024-02-03", "date-invalid"], True),
        ("下单日期(YYYY-MM-DD)", ["02/03/2024"], ["date-ambiguous"], False),
    ],
)
def test_day_and_month_are_told_apart_where_the_column_settles_it(
    tmp_path: Path, heading: str, cells: list[str], read: list[str], settled: bool
) -> None:
    table = [["订单号", "客户名称", "金额", heading], *(["1", "A", "5", cell] for cell in cells)]
    layout, _rows, _source = laid(tmp_path, table)
    (days,) = [column for column in layout.columns if column and column.name == "ordered_on"]

    def stored(cell: str) -> str:
        try:
            return str(days.read(cell, region="CN", zone="Asia/Shanghai"))
        except BadValue as error:
            return error.code

    assert [stored(cell) for cell in cells] == read
    assert bool(layout.day_first) is settled


def test_a_late_row_that_disagrees_keeps_the_question_open(tmp_path: Path) -> None:
    cells = ["02/03/2024", *["26/03/2024"] * 12_000, "03/26/2024"]
    layout = laid(tmp_path, [[*ORDER, "金额"], *([str(n), "A", cell, "5"] for n, cell in enumerate(cells))])[0]
    assert layout.day_first == {}


@pytest.mark.parametrize("heading", ["手机号码*", "*手机号码（必填）", "手机号码/", "手机号码(11位)"])
def test_notes_in_headings_do_not_hide_them(heading: str) -> None:
    assert heading_key(heading) == "手机号码"
    assert heading_note(heading).unit == ""


# --- below the list ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "below",
    [
        [["合计", "", "", "12,345.00"]],
        [["", "总计：", "", "￥12"]],
        [["Grand Total (3)", "", "", "$12.50"]],
        [["合计：12,345 元", "", "", ""]],
        [["合计", "65家", "", "￥12"]],
        [["", "总计：2家", "", ""]],
        [["总数：", "共 3 个客户", "", "12 条"]],
        [["Total", "12 rows", "", "$12"]],
        [["合计（2户）", "", "", ""]],
        [
            [""],
            [""],
            ["Contacts report"],
            ["Copyright (c) 2026 Acme"],
            ["Confidential Information - Do Not Distribute"],
        ],
        [["制表人：李雷", "", "", ""], ["审核：", "", "", ""]],
        [["共 2 条记录", "", "", ""]],
    ],
)
def test_sums_and_remarks_below_the_list_are_left_out_and_said(tmp_path: Path, below: Table) -> None:
    table = [["客户名称", "手机", "地址", "金额"], ["甲", "1", "x", "5"], ["乙", "2", "y", "6"], *below]
    _layout, rows, source = laid(tmp_path, table)
    assert [row["name"] for row in rows] == ["甲", "乙"]
    assert any("below the list" in note for note in source.notes)


def test_headings_and_sums_of_pages_within_the_list_are_left_out_and_said(tmp_path: Path) -> None:
    headings = ["客户名称", "手机", "地址", "金额"]
    table = [headings, ["甲", "1", "x", "5"], ["本页小计", "", "", "5"], headings, ["乙", "2", "y", "6"]]
    table += [["小计", "1家", "", "￥6.00"], ["合计", "", "", "11"], headings, ["小计", "13800138000", "z", "7"]]
    _layout, rows, source = laid(tmp_path, [*table, ["丙", "3", "x", "5"]])
    assert [row["name"] for row in rows] == ["甲", "乙", "小计", "丙"]
    (note,) = source.notes
    assert note == "list.csv: 5 rows within the list, from line 3 on, repeat the headings or are sums: left out"


def test_a_count_of_customers_stands_under_their_names(tmp_path: Path) -> None:
    table = [["序号", "公司", "电话"], ["1", "甲", "021-65541234"], ["2", "乙", ""], ["合计", "2家", ""]]
    _layout, rows, source = laid(tmp_path, table)
    assert ([row["name"] for row in rows], len(source.notes)) == (["甲", "乙"], 1)


def test_a_sum_below_a_list_of_one_column(tmp_path: Path) -> None:
    _layout, rows, source = laid(tmp_path, [["客户名称"], ["甲"], ["乙"], ["合计"]])
    assert ([row["name"] for row in rows], len(source.notes)) == (["甲", "乙"], 1)


@pytest.mark.parametrize(
    ("last", "left_out"),
    [
        ("打印宝科技有限公司", False),
        ("审核通商贸公司", False),
        ("Confidential Couriers Ltd", False),
        ("以上海鲜店", False),
        ("打印人：李雷", True),
        ("导出时间: 2026-01-02", True),
        ("制表", True),
        ("制表 李雷", True),
        ("打印日期 2026/01/02", True),
        ("制表单位：云海食品有限公司", True),
        ("以上数据仅供参考", True),
    ],
)
def test_a_remark_is_no_company(tmp_path: Path, last: str, left_out: bool) -> None:
    _layout, rows, _source = laid(tmp_path, [["客户名称", "手机", "地址"], ["甲", "1", "x"], [last, "", ""]])
    assert len(rows) == 2 - left_out


@pytest.mark.parametrize(
    "last",
    [
        ["合计电子有限公司", "", "", ""],
        ["Total", "13800138000", "", ""],
        ["只有名字的客户", "", "", ""],
        ["Sum Ltd", "2", "z", ""],
        ["合计2家电器行", "", "", ""],
        ["2家", "", "", ""],
        ["2家", "3", "", ""],
        ["合计", "2家", "人民路5号", ""],
        ["合计", "2家", "", "13800138000"],
    ],
)
def test_a_customer_at_the_end_is_none_of_them(tmp_path: Path, last: list[str]) -> None:
    _layout, rows, source = laid(tmp_path, [["客户名称", "手机", "地址", "金额"], ["甲", "1", "x", "5"], last])
    assert (len(rows), source.notes) == (2, [])
