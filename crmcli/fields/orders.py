"""The fields of orders."""

import re
from decimal import Decimal

from crmcli.fields.forms import stored_currency, stored_status
from crmcli.fields.headings import CUSTOMER
from crmcli.fields.model import Table, day_field, field
from crmcli.fields.words import ORDER_STATUSES
from crmcli.values import parse_money, parse_number


def _unit_price(text: str) -> Decimal:
    """A price in whole units, with all of its decimals: 0.0725 a piece. Raises BadValue money-invalid."""
    plain = re.sub(r"^(-?)[¥￥$€£]\s?|\s?元$", r"\1", text)
    if re.fullmatch(r"(?a)-?(?:\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.\d{1,12})?", plain):
        return Decimal(plain.replace(",", ""))
    return Decimal(parse_money(text)).scaleb(-2)


_FIELDS = (
    field(
        "number",
        "订单号, 订单编号, 单号, 订单号码, 销售单号, 单据编号, Order No, Order Number, "
        "Order ID, Invoice No, Invoice Number, Deal ID, Opportunity ID, Record ID",
        otherwise="订单ID, 交易号, 交易单号, 交易编号, 流水号, 交易流水号, Transaction ID, Transaction No, "
        "Transaction Number, Trans ID, Invoice, Invoice ID",
        kind="id",
        required=True,
    ),
    field(
        "customer",
        f"{CUSTOMER}, Customer Unique ID",
        otherwise="会员号, 会员编号, 会员ID, 用户ID, 用户编号, 买家ID, 买家会员名, 买家昵称, 会员名, 下单帐号, "
        "下单账号, Member ID, Member No, User ID, Buyer ID, Shopper ID, Buyer, Buyer Name, Customer Email, "
        "Buyer Email, Email, Billing Name",
        column="customer_id",
        required=True,
    ),
    day_field(
        "ordered_on",
        "下单日期, 订单日期, 下单时间, 成交日期, 成交时间, 销售日期, 交易日期, 日期, "
        "Order Date, Ordered At, Sale Date, Date, Close Date",
        otherwise="订单创建时间, 订单时间, 交易时间, 付款时间, 支付时间, 订单付款时间, 付款日期, 购买日期, 购买时间, "
        "创建时间, Order Time, Order Timestamp, Order Purchase Timestamp, Purchase Date, Transaction Date, Trans Date, "
        "Invoice Date, Created At",
        required=True,
    ),
    field(
        "amount",
        "金额, 订单金额, 成交金额, 销售金额, 总金额, 合计, 订单总额, 实付金额, Order Amount, "
        "Total, Total Amount, Order Total",
        otherwise="支付金额, 实际支付金额, 买家实际支付金额, 实收金额, 交易金额, 结算金额, 销售额, Payment Value, "
        "Transaction Amount, Tran Amount, Order Value, Grand Total, Total Price, Total Sales, Sales Amount, "
        "Sales Value, Sales, Revenue",
        parse=parse_money,
        kind="money",
        required=True,
    ),
    # Of an order without an amount; it is not stored.
    field(
        "unit_price",
        "单价, 销售单价, 商品单价, 成交单价, Unit Price, Price, Price Each, Selling Price",
        parse=_unit_price,
        kind="money",
        column=None,
    ),
    field("cost", "成本, 成本金额, 订单成本, Total Cost", parse=parse_money, kind="money"),
    field("currency", "币种, 货币, Currency Code", parse=stored_currency),
    field(
        "product",
        "产品, 商品, 产品名称, 商品名称, 品名, 货品, 商品标题, 宝贝标题, Product Name, Item, "
        "Item Name, Lineitem Name, Deal Name, Opportunity Name, Description",
        otherwise="商品编码, 商品编号, 货号, Product Code, Item Code, Stock Code, SKU",
    ),
    field("category", "品类, 类别, 产品类别, 商品类别, 产品分类, Product Category, Product Line"),
    field(
        "quantity",
        "数量, 件数, 订购数量, 购买数量, 销售数量, 商品数量, 宝贝总数量, Qty, Quantity Ordered, Order Quantity, "
        "Lineitem Quantity",
        parse=parse_number,
        kind="number",
    ),
    field(
        "status",
        "状态, 订单状态, 付款状态, 支付状态, 交易状态, Order Status, Payment Status, Financial Status, "
        "Transaction Status, Deal Stage",
        parse=stored_status,
        choices=ORDER_STATUSES,
        default="paid",
    ),
)

ORDERS = Table("orders", "orders", _FIELDS, ("number",))
