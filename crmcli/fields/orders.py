"""The fields of orders."""

from crmcli.fields.forms import stored_currency
from crmcli.fields.headings import CUSTOMER
from crmcli.fields.model import Table, choice, day_field, field
from crmcli.fields.words import ORDER_STATUSES, STATUS
from crmcli.values import parse_money, parse_number

_FIELDS = (
    field(
        "number",
        "订单号, 订单编号, 单号, 订单号码, 销售单号, 单据编号, Order No, Order Number, "
        "Order ID, Invoice No, Invoice Number, Deal ID, Opportunity ID, Record ID",
        kind="id",
        required=True,
    ),
    field("customer", CUSTOMER, column="customer_id", required=True),
    day_field(
        "ordered_on",
        "下单日期, 订单日期, 下单时间, 成交日期, 成交时间, 销售日期, 交易日期, 日期, "
        "Order Date, Ordered At, Sale Date, Date, Close Date",
        required=True,
    ),
    field(
        "amount",
        "金额, 订单金额, 成交金额, 销售金额, 总金额, 合计, 订单总额, 实付金额, Order Amount, "
        "Total, Total Amount, Order Total",
        parse=parse_money,
        kind="money",
        required=True,
    ),
    field("cost", "成本, 成本金额, 订单成本, Total Cost", parse=parse_money, kind="money"),
    field("currency", "币种, 货币, Currency Code", parse=stored_currency),
    field("product", "产品, 商品, 产品名称, 商品名称, 品名, 货品, Product Name, Item, Deal Name, Opportunity Name"),
    field("category", "品类, 类别, 产品类别, 商品类别, 产品分类, Product Category"),
    field("quantity", "数量, 件数, 订购数量, Qty", parse=parse_number, kind="number"),
    choice(
        "status",
        STATUS,
        ORDER_STATUSES,
        "状态, 订单状态, 付款状态, 支付状态, Order Status, Payment Status, Deal Stage",
        default="paid",
    ),
)

ORDERS = Table("orders", "orders", _FIELDS, ("number",))
