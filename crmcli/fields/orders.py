"""The fields of orders."""

import re
from decimal import Decimal

from crmcli.fields.forms import stored_currency, stored_status
from crmcli.fields.headings import CUSTOMER
from crmcli.fields.model import Table, day_field, field
from crmcli.fields.words import ORDER_STATUSES
from crmcli.values import parse_money, parse_number
from crmcli.values.money import in_parts


def _unit_price(text: str) -> Decimal:
    """A price in whole units, with its decimals, six beside a currency: 0.0725. Raises BadValue money-invalid."""
    plain = re.sub(r"^(-?)[¥￥$€£]\s?|\s?元$", r"\1", text)
    if re.fullmatch(r"(?a)-?(?:\d{1,12}|[1-9]\d{0,2}(?:,\d{3}){1,3})(?:\.\d{1,12})?", plain):
        return Decimal(plain.replace(",", ""))
    return Decimal(in_parts(parse_money(text))).scaleb(-6)


_FIELDS = (
    field(
        "number",
        "订单号, 订单编号, 单号, 订单号码, 销售单号, 单据编号, Order No, Order Number, "
        "Order ID, Invoice No, Invoice Number, Deal ID, Opportunity ID, Record ID",
        # The number of a line (子订单编号) comes last: it is that of the order only where no other stands beside it.
        otherwise="订单ID, 主订单编号, 主订单号, 平台订单号, 平台单号, 商户订单号, 交易号, 交易单号, 交易编号, 单据号, "
        "单据号码, 销售单编号, 出库单号, 出库单编号, 销售出库单号, 流水号, 交易流水号, "
        "Sales Order Number, Sales Order No, Sales Order ID, Sales Order, Amazon Order ID, "
        "Increment ID, Order Code, Order Reference, Order Ref, Transaction ID, Transaction No, "
        "Transaction Number, Trans ID, Invoice, Invoice ID, Basket ID, Basket No, Basket Number, 子订单编号",
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
        "创建时间, Order Time, Order Timestamp, "
        "Order Purchase Timestamp, Purchase Date, Transaction Date, Trans Date, "
        "Invoice Date, Created At, 单据日期, 开单日期, 制单日期, 出库日期",
        required=True,
    ),
    field(
        "amount",
        "金额, 订单金额, 成交金额, 销售金额, 总金额, 合计, 订单总额, 实付金额, Order Amount, "
        "Total, Total Amount, Order Total",
        otherwise="支付金额, 实际支付金额, 买家实际支付金额, 实收金额, 交易金额, 结算金额, 销售额, 价税合计, 含税金额, "
        "含税总额, 订单总价, 总价, 总额, 总计, 合计金额, 金额合计, 销售总额, 销售总价, 成交额, 成交总额, 交易额, "
        "交易总额, 消费金额, 消费总额, 消费额, 购买金额, 购买总额, 下单金额, 订货金额, 付款金额, 实付款, 实付总额, "
        "实付, 实际支付, 支付总额, 用户实付金额, 订单实付金额, 订单应付金额, 商家实收金额, 收款金额, 应付金额, "
        "应付总额, 应收金额, 应收总额, 开票金额, 发票金额, 商品总价, 商品金额, 本币金额, 本位币金额, 销售收入, "
        "营业额, 货款, 小计, Payment Value, Transaction Amount, Transaction Value, Transaction Total, Tran Amount, "
        "Trans Amount, Order Value, Order Price, Grand Total, Total Price, Total Value, Total Sales, Total Revenue, "
        "Total Spend, Total Spent, Total Paid, Total Payment, Sales Amount, Sales Value, Sales Total, Sale Amount, "
        "Sales Revenue, Sales, Revenue, Invoice Amount, Invoice Total, Invoice Value, Bill Amount, Purchase Amount, "
        "Purchase Value, Payment Amount, Amount Paid, Paid Amount, Amount Spent, Spend Amount, Basket Value, "
        "Basket Total, Net Amount, Net Sales, Net Total, Gross Amount, Gross Sales, Gross Total, Line Total, "
        "Line Amount, Extended Price, Extended Amount, Subtotal, Turnover, GMV, Dollar Value, Monetary Value, "
        "Monetary, Spend, Spent, Amt",
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
        "产品, 商品, 产品名称, 商品名称, 品名, 货品, 货品名称, 物料名称, 存货名称, 商品标题, 宝贝标题, Product Name, "
        "Item, Item Name, Lineitem Name, Deal Name, Opportunity Name, Description",
        otherwise="商品编码, 商品编号, 货号, 货品编码, 物料编码, 存货编码, Product Code, Item Code, Stock Code, SKU, "
        "Article, Article No, Article Number, Style, Variant, ASIN, ISBN",
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
