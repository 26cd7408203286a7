"""Fields: every heading leads to one field, and a text to one stored form."""

import pytest

from crmcli.errors import BadValue
from crmcli.fields import AMBIGUOUS, TABLES, HeadingNote, by_heading, by_other_heading, heading_key, heading_note
from crmcli.store import models

CN = {"region": "CN", "zone": "Asia/Shanghai"}

# The headings of lists as they are met, each with the field that its column must become.
LISTS = {
    "customers": [
        """
        客户名称=name 联系人=contact_name 职务=contact_title 手机=contact_phone 座机=phone
        邮箱=email 行业=industry 地区=region 城市=city 地址=address 合作日期=since 客户来源=source
        业务员=owner 备注=note 统一社会信用代码=tax_id 创建日期=since
        """,
        """
        公司名称=name 姓名=contact_name 联系电话=contact_phone 公司电话=phone 电子邮箱=email
        税号=tax_id 详细地址=address 录入时间=since 来源=source 跟进记录=note 归属人=owner
        生日=birthday
        """,
        """
        单位名称=name 联系人姓名=contact_name 手机号码=contact_phone 固定电话=phone E-mail=email
        信用代码=tax_id 联系地址=address 日期=since 渠道=source 说明=note 客户类型=kind
        联系人生日=contact_birthday 行业类别=industry
        """,
        """
        Company=name Contact=contact_name Title=contact_title Mobile=contact_phone Tel=phone
        Email=email Tax_ID=tax_id Address=address Created=since Source=source Notes=note Owner=owner
        Customer_since=since
        """,
        """
        客户=name 联系人=contact_name 手机号=contact_phone 电话=phone 邮箱地址=email
        公司地址=address 登记日期=since 客户经理=owner
        """,
        """
        企业名称=name 负责人=owner 联系方式=contact_phone 办公电话=phone 邮件=email
        社会信用代码=tax_id 注册地址=address 建档日期=since 线索来源=source 备注信息=note
        """,
        """
        客户代码=code 客户名称=name 微信=contact_wechat 邮政编码=postcode 客户状态=stage
        归属人=owner 省=region 市=city
        """,
        """
        客户名称=name 所属销售=owner 所属业务员=owner 所属客户经理=owner 跟单员=owner 跟单业务员=owner 责任人=owner
        對應業務員=owner 銷售顧問=owner 客戶專員=owner 客户所有者=owner 业务经理=owner
        """,
        """
        Account_Name=name Phone=phone MobilePhone=contact_phone MailingCity=city LeadSource=source
        Birthdate=birthday
        """,
    ],
    "orders": [
        """
        订单号=number 客户名称=customer 下单日期=ordered_on 金额=amount 产品=product 数量=quantity
        状态=status
        """,
        """
        Order_No=number Customer_ID=customer Order_Date=ordered_on Quantity=quantity Amount=amount
        """,
        """
        Invoice=number InvoiceNo=number Transaction_ID=number 订单ID=number 流水号=number 交易号=number
        CustomerID=customer user_id=customer member_id=customer customer_unique_id=customer 买家会员名=customer
        会员号=customer 用户ID=customer InvoiceDate=ordered_on Purchase_Date=ordered_on Created_at=ordered_on
        order_purchase_timestamp=ordered_on 订单创建时间=ordered_on 付款时间=ordered_on 交易时间=ordered_on
        trans_date=ordered_on Transaction_Date=ordered_on Sales=amount Revenue=amount TotalPrice=amount
        payment_value=amount Grand_Total=amount 销售额=amount 支付金额=amount 买家实际支付金额=amount
        tran_amount=amount Financial_Status=status
        """,
    ],
    "interactions": [
        """
        客户名称=customer 沟通时间=at 方式=channel 参与人=participants 主题=topic 反馈=feedback
        下一步=next_action 下次日期=next_due 负责人=owner
        """,
        "客户=customer 时间=at 所属销售=owner 联系人=participants",
    ],
    "cases": [
        "工单号=number 客户=customer 登记时间=opened_at 责任人=owner 首问责任人=responder 跟单员=owner",
    ],
    "contacts": [
        """
        客户名称=customer 姓名=name 职务=title 手机=phone 邮箱=email 微信=wechat 生日=birthday
        备注=note
        """,
    ],
}


def read(table: str, name: str, text: str) -> object:
    field = TABLES[table].field(name)
    assert field is not None
    return field.read(text, **CN)


@pytest.mark.parametrize("table", TABLES)
def test_no_heading_means_two_fields(table: str) -> None:
    meant: dict[str, str] = {}
    for field in TABLES[table].fields:
        for word in (field.name, *field.headings, *field.otherwise):
            key = heading_key(word)
            assert key
            assert meant.setdefault(key, field.name) == field.name, word
    for key, (first, _second) in AMBIGUOUS.items():
        assert by_heading("customers")[key].name == first


@pytest.mark.parametrize(("table", "headings"), [(t, line) for t, lines in LISTS.items() for line in lines])
def test_headings_of_real_lists(table: str, headings: str) -> None:
    known = by_heading(table) | {key: field for key, (field, _rank) in by_other_heading(table).items()}
    for word in headings.split():
        heading, _equals, name = word.rpartition("=")
        assert known[heading_key(heading)].name == name, heading


@pytest.mark.parametrize(
    "heading",
    ["手机号码", "*手机号码（必填）", " 手机 号码 ", "手机号码[11位]", "【必填】手机号码", "手机_号码"],
)
def test_heading_key_drops_what_does_not_tell(heading: str) -> None:
    assert heading_key(heading) == "手机号码"


def test_heading_key_keeps_what_stands_in_brackets_alone() -> None:
    assert heading_key("（手机）") == "手机"
    assert heading_key("＊") == ""


@pytest.mark.parametrize(
    ("heading", "key", "note"),
    [
        ("金额(元)", "金额", HeadingNote()),
        ("金额/万元", "金额", HeadingNote(unit="万")),
        ("金额：万元", "金额", HeadingNote(unit="万")),
        ("Amount (in USD thousands)", "amount", HeadingNote(unit="k", currency="USD")),
        ("Amount (CNY)", "amount", HeadingNote(currency="CNY")),
        ("Mailing State/Province", "mailingstateprovince", HeadingNote()),
        ("日期(DD/MM/YYYY)", "日期", HeadingNote(day_first=True)),
        ("Date [mm.dd.yy]", "date", HeadingNote(day_first=False)),
        ("Date (YYYY-MM-DD)", "date", HeadingNote()),
    ],
)
def test_a_heading_may_say_more_than_its_field(heading: str, key: str, note: HeadingNote) -> None:
    assert (heading_key(heading), heading_note(heading)) == (key, note)


def test_columns_are_those_of_the_database() -> None:
    tables = models.Customer.metadata.tables
    for table in TABLES.values():
        columns = {field.column for field in table.fields if field.column}
        assert columns <= set(tables[table.entity].columns.keys())


@pytest.mark.parametrize(
    ("table", "name", "text", "stored"),
    [
        ("customers", "name", "  甲\u200b乙\t公司 ", "甲乙 公司"),
        ("customers", "kind", "企业", "company"),
        ("customers", "kind", "个人", "person"),
        ("customers", "stage", "成交", "active"),
        ("customers", "stage", "流失", "lost"),
        ("customers", "stage", "线索", "lead"),
        ("customers", "phone", "138 0013 8000", "+8613800138000"),
        ("customers", "since", "2024年3月5日", "2024-03-05"),
        ("customers", "note", "一\r\n二", "一\n二"),
        ("customers", "strategic", "★★★", 3),
        ("customers", "consent", "同意", "yes"),
        ("customers", "owner", "   ", None),
        ("contacts", "role", "决策人", "decider"),
        ("contacts", "birthday", "农历八月十五", "lunar 08-15"),
        ("contacts", "primary", "是", "yes"),
        ("orders", "amount", "1.5万", 1_500_000),
        ("orders", "currency", "人民币", "CNY"),
        ("orders", "currency", "usd", "USD"),
        ("orders", "status", "已付款", "paid"),
        ("orders", "status", "退货", "returned"),
        ("orders", "status", "Closed Won", "paid"),
        ("interactions", "channel", "拜访", "visit"),
        ("interactions", "channel", "群发", "push"),
        ("interactions", "direction", "来", "in"),
        ("interactions", "at", "2026-09-05 17:30", "2026-09-05T09:30:00Z"),
        ("interactions", "at", "2026/9/5 下午5点半", "2026-09-05T09:30:00Z"),
        ("interactions", "at", "２０２６-09-05", "2026-09-04T16:00:00Z"),
        ("interactions", "at", "46270.75", "2026-09-05T10:00:00Z"),
        ("interactions", "at", "2026-09-05T17:30:00+02:00", "2026-09-05T15:30:00Z"),
    ],
)
def test_stored_form(table: str, name: str, text: str, stored: object) -> None:
    assert read(table, name, text) == stored


# What shops and public order data write, apart by semicolons.
ORDER_STATUSES = {
    "paid": "PAID; Delivered; Shipped; Complete; Completed; wc-completed; partially_refunded; Partially Refunded; "
    "approved; Resolved; Success; Fulfilled; Closed Won; 交易成功; 交易完成; 待收货; 部分退款; "
    "买家已付款(等待卖家发货); 买家已付款，等待卖家发货; 卖家已发货（等待买家确认）; 卖家已发货，等待买家确认; 成功; "
    "已完成; 已签收; 已簽收",
    "open": "pending; wc-pending; Processing; wc-processing; In Process; On Hold; on-hold; wc-on-hold; authorized; "
    "invoiced; created; Disputed; Partially_Paid; proposal/price quote; Decision Maker Bought-In; 退款中; 待发货; "
    "等待买家付款; 等待付款; (删除)等待出库",
    "cancelled": "cancelled; Canceled; wc-cancelled; Closed; Failed; wc-failed; voided; unavailable; expired; 关闭; "
    "交易关闭; 已取消; 已关闭",
    "returned": "refunded; wc-refunded; Fully Refunded; Returned; 退款成功; 全额退款; 已退货",
}


@pytest.mark.parametrize(
    ("text", "stored"), [(text, stored) for stored, texts in ORDER_STATUSES.items() for text in texts.split("; ")]
)
def test_the_status_that_a_shop_writes(text: str, stored: str) -> None:
    assert read("orders", "status", text) == stored


@pytest.mark.parametrize(
    ("table", "name", "text", "code"),
    [
        ("orders", "status", "(wc-)", "choice-invalid"),
        ("customers", "kind", "外星人", "choice-invalid"),
        ("customers", "since", "2023-02-29", "date-impossible"),
        ("orders", "currency", "metal", "currency-invalid"),
        ("interactions", "at", "昨天 15:00", "date-invalid"),
        ("interactions", "at", "15:00", "date-invalid"),
        ("interactions", "at", "9999999", "date-invalid"),
    ],
)
def test_refused(table: str, name: str, text: str, code: str) -> None:
    with pytest.raises(BadValue) as problem:
        read(table, name, text)
    assert problem.value.code == code
