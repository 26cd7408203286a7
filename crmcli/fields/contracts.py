"""The fields of contracts."""

from crmcli.fields.headings import CUSTOMER
from crmcli.fields.model import Table, choice, day_field, field
from crmcli.fields.words import RENEWED
from crmcli.values import parse_money

_FIELDS = (
    field(
        "number",
        "合同号, 合同编号, 合同号码, 协议编号, 协议号, Contract No, Contract Number, Contract ID, Agreement No",
        kind="id",
        required=True,
    ),
    field("customer", f"{CUSTOMER}, 甲方", column="customer_id", required=True),
    day_field(
        "starts_on",
        "开始日期, 合同开始日期, 合同开始, 生效日期, 起始日期, 起始日, 签订日期, 签约日期, "
        "Start Date, Starts On, Contract Start Date, Effective Date",
    ),
    day_field(
        "ends_on",
        "结束日期, 合同结束日期, 合同到期日, 合同到期, 到期日, 到期日期, 终止日期, 截止日期, "
        "End Date, Ends On, Contract End Date, Expiry Date, Expiration Date",
    ),
    field(
        "amount",
        "合同金额, 合同总额, 合同额, 金额, 总金额, Contract Amount, Contract Value, Total",
        parse=parse_money,
        kind="money",
    ),
    choice("renewed", RENEWED, ("yes", "no"), "是否续签, 续签, 已续签, 是否续约, 续约, Is Renewed, Renewal"),
)

CONTRACTS = Table("contracts", "contract", _FIELDS, ("number",))
