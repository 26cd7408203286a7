"""The fields of the contract's tables, each defined once: import, add, edit, list and help read them here.

A field says what it is called, where it is stored, how a text becomes its stored form, and which headings
usually stand over it in other people's files. Nothing here touches a database.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from crmcli.calendars import parse_instant
from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.tables import Kind
from crmcli.values import (
    clean_text,
    parse_birthday,
    parse_choice,
    parse_date,
    parse_email,
    parse_money,
    parse_number,
    parse_phone,
    parse_rating,
    parse_tax_id,
    parse_yes_no,
)

# The words that the database accepts; they equal those of store.models, which is too slow to import here.
KINDS = ("company", "person")
STAGES = ("lead", "prospect", "active", "dormant", "lost")
CONSENTS = ("yes", "no", "unknown")
ROLES = ("decider", "influencer", "user", "buyer")
CHANNELS = ("visit", "video", "call", "email", "wechat", "push", "event", "other")
DIRECTIONS = ("out", "in")
ORDER_STATUSES = ("paid", "open", "cancelled", "returned")

AMBIGUOUS = {"负责人": ("owner", "contact_name")}
"""Heading keys of a customer list that mean the first field, unless the list has a person's phone but no
other column for the person's name: then they mean the second. `by_heading` gives the first."""


@dataclass(frozen=True)
class Field:
    """One field of a table.

    Attributes:
        name: the contract's name.
        column: where it is stored; None for a person's column of a customer list, which becomes a contact.
            A field `customer` names a customer, and the caller finds its `customer_id`.
        parse: the stored form of a text, or BadValue; None is `clean_text`. It takes `(text, region)` where
            `needs_region`, `(text, zone)` where `needs_zone` (the policy's), else `(text)`.
        headings: what else usually stands over it, the surest first.
        kind: how it is shown (see `tables.Column`).
        multiline: line breaks are kept.
        keep_invalid: an import keeps what cannot be read, cleaned; `clean check` reports it. Edit refuses it.
        choices: the stored words, where there are only a few.
        default: what is stored where nothing is given.
        required: no row can be without it.
    """

    name: str
    column: str | None
    parse: Callable[..., Any] | None = None
    headings: tuple[str, ...] = ()
    kind: Kind = "text"
    multiline: bool = False
    needs_region: bool = False
    needs_zone: bool = False
    keep_invalid: bool = False
    choices: tuple[str, ...] = ()
    default: Any = None
    required: bool = False

    def read(self, text: str, *, region: str, zone: str) -> Any:
        """The stored form of `text`; None if there is nothing in it. Raises BadValue."""
        cleaned = clean_text(text, multiline=self.multiline)
        if not cleaned:
            return None
        if self.parse is None:
            return cleaned
        if self.needs_region:
            return self.parse(cleaned, region)
        return self.parse(cleaned, zone) if self.needs_zone else self.parse(cleaned)


@dataclass(frozen=True)
class Table:
    """A table of the contract; `entity` is its name in the database, `key` knows a row on re-import."""

    name: str
    entity: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]

    def field(self, name: str) -> Field | None:
        """The field called `name` in the contract."""
        return next((field for field in self.fields if field.name == name), None)


def heading_key(text: str) -> str:
    """What of a heading tells the field: without width, case, spaces, punctuation and anything in brackets.

    `*手机号码（必填）`, `手机 号码` and `手机号码` are one; so are `E-mail`, `e_mail` and `Email`.
    """
    folded = unicodedata.normalize("NFKC", text[:200]).casefold()
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>", "", folded)
    return re.sub(r"[\W_]+", "", bare) or re.sub(r"[\W_]+", "", folded)


@cache
def by_heading(table: str) -> dict[str, Field]:
    """The field of `table` that each known heading key stands for."""
    return {heading_key(word): field for field in TABLES[table].fields for word in (field.name, *field.headings)}


# ------------------------------------------------------------------------------------------- stored forms


def _day(text: str) -> str:
    return parse_date(text).isoformat()


def _moment(text: str, zone: str) -> str:
    """The instant in a cell, as the database writes it; it says its year, or is a spreadsheet's number."""
    if re.fullmatch(r"(?a)\d{5}(?:\.\d{1,15})?", text):
        parse_date(text)
        # ECMA-376: days since 30 December 1899; the fraction is the time of day.
        whole, _dot, fraction = text.partition(".")
        seconds = round(float(f"0.{fraction or 0}") * 86_400)
        local = datetime.combine(parse_date(whole), time(), ZoneInfo(zone)) + timedelta(seconds=seconds)
        return _stamp(local)
    if not re.match(r"(?a)\d{4}|\d{2}[-/.]\d{2}[-/.]\d{4}", unicodedata.normalize("NFKC", text)):
        raise BadValue("date-invalid", _("not a moment; write it like 2026-01-05 14:30"))
    # Only words like "tomorrow" would ask for the present, and those are refused above.
    return _stamp(parse_instant(unicodedata.normalize("NFKC", text), datetime(2000, 1, 1, tzinfo=UTC), zone))


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_CURRENCIES = {
    "人民币": "CNY",
    "元": "CNY",
    "rmb": "CNY",
    "¥": "CNY",
    "美元": "USD",
    "$": "USD",
    "欧元": "EUR",
    "港币": "HKD",
}


def _currency(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    code = _CURRENCIES.get(folded, folded.upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise BadValue("currency-invalid", _("a currency is three letters, like CNY"))
    return code


def _words(stored: Iterable[str], **spoken: str) -> dict[str, str]:
    """Every accepted word with its stored word; `spoken` has more words for a stored one, apart by spaces."""
    words = {word: word for word in stored}
    for word, others in spoken.items():
        words.update(dict.fromkeys(others.split(), word.rstrip("_")))
    return words


_KIND = _words(
    KINDS,
    company="企业 公司 单位 机构 法人 企业客户 organization business b",
    person="个人 自然人 个人客户 individual c",
)
_STAGE = _words(
    STAGES,
    lead="线索 潜在线索",
    prospect="潜在 潜在客户 意向 意向客户 跟进中 opportunity",
    active="成交 已成交 成交客户 合作 合作中 正式 正式客户 customer",
    dormant="沉睡 沉睡客户 休眠 inactive",
    lost="流失 已流失 流失客户 终止合作",
)
_CONSENT = _words(
    CONSENTS, yes="是 同意 已同意 y true 1 √", no="否 不同意 拒绝 n false 0 ×", unknown="未知 不详 未询问"
)
_ROLE = _words(
    ROLES,
    decider="决策人 决策者 拍板人 负责人 decision-maker",
    influencer="影响人 影响者 技术把关",
    user="使用人 使用者 用户",
    buyer="采购 采购人 采购者 购买者 purchaser",
)
_CHANNEL = _words(
    CHANNELS,
    visit="拜访 上门 面谈 上门拜访 当面 meeting",
    video="视频 视频会议 线上会议",
    call="电话 通话 来电 去电 phone",
    email="邮件 邮箱 e-mail",
    wechat="微信 企业微信 im",
    push="群发 推送 短信 sms",
    event="活动 展会 会议",
    other="其他 其它",
)
_DIRECTION = _words(DIRECTIONS, out="去 主动 呼出 我方 outbound", in_="来 被动 呼入 来访 客户 inbound")
_STATUS = _words(
    ORDER_STATUSES,
    paid="已付款 已支付 已完成 完成 已收款 已发货 已结清 completed",
    open="未付款 待付款 未支付 待支付 进行中 处理中 unpaid pending",
    cancelled="已取消 取消 作废 已作废 已关闭 canceled void",
    returned="退货 已退货 退款 已退款 refunded",
)


# ------------------------------------------------------------------------------------------------- fields


def _field(name: str, headings: str = "", **said: Any) -> Field:
    given = tuple(word.strip() for word in headings.split(",") if word.strip())
    return Field(name, said.pop("column", name), headings=given, **said)


def _choice(name: str, words: dict[str, str], stored: tuple[str, ...], headings: str, **said: Any) -> Field:
    return _field(name, headings, parse=partial(parse_choice, choices=words), choices=stored, **said)


def _date(name: str, headings: str, **said: Any) -> Field:
    return _field(name, headings, parse=_day, kind="date", **said)


def _rating(name: str, headings: str) -> Field:
    return _field(name, headings, parse=parse_rating, kind="number")


def _phone(name: str, headings: str, **said: Any) -> Field:
    return _field(name, headings, parse=parse_phone, needs_region=True, keep_invalid=True, kind="phone", **said)


def _email(name: str, headings: str, **said: Any) -> Field:
    return _field(name, headings, parse=parse_email, keep_invalid=True, **said)


def _long(name: str, headings: str) -> Field:
    return _field(name, headings, multiline=True)


_COMPANY = (
    "客户名称, 公司名称, 单位名称, 企业名称, 客户全称, 公司全称, 客户, 公司, 单位, 企业, "
    "客户名, 公司名, 企业全称, 机构名称, 商户名称,"
    "Company Name, Company, Account Name, Customer Name, Customer, "
    "Organization Name, Organization,"
    "Organisation Name, Organisation, Organization 1 - Name, Client Name, Client, "
    "Business Name"
)
_CUSTOMER = (
    f"{_COMPANY}, 所属客户, 所属公司, 客户编号, 客户编码, 客户代码, 客户号, 客户ID, "
    "Customer ID, Customer Code,"
    "Customer No, Customer Number, Client ID, Account ID"
)
_OWNER = (
    "负责人, 客户经理, 业务员, 销售, 销售员, 销售人员, 销售代表, 归属人, 跟进人, 所属人, "
    "所有人, 维护人, 客户负责人, 业务负责人, 销售负责人, 客户归属,"
    "Account Owner, Company Owner, Contact Owner, Lead Owner, Owner Name, Owner Alias, "
    "Account Manager, Sales Rep, Salesperson,"
    "Assigned To"
)
_MOBILE = (
    "手机, 手机号, 手机号码, 移动电话, 联系手机, 联系电话, 联系方式, 联系人电话, "
    "联系人手机, 联系人手机号, Mobile, Mobile Phone, Mobile Number,"
    "Cell, Cell Phone, Cellphone, Phone 1 - Value"
)
_WECHAT = "微信, 微信号, 微信号码, 联系人微信, WeChat ID, Weixin"
_TITLE = (
    "职务, 职位, 岗位, 联系人职务, 联系人职位, Title, Job Title, Position, Contact Title,"
    "Organization Title, Organization 1 - Title"
)
_ROLE_HEADINGS = "角色, 决策角色, 联系人角色, Buying Role"
_NOTE = "备注, 备注信息, 说明, 备注说明, 客户备注, 描述, Notes, Remark, Remarks, Comment, Comments, Description, Memo"

_CUSTOMERS = (
    _field(
        "code",
        "客户编号, 客户编码, 客户代码, 客户号, 客户ID, 编号, Customer ID, Customer Code, "
        "Customer No, Customer Number, Client ID",
        kind="id",
    ),
    _field("name", f"{_COMPANY}, 名称", required=True),
    _choice("kind", _KIND, KINDS, "客户类型, 客户性质, 类型, Customer Type, Account Type, Type", default="company"),
    _choice(
        "stage",
        _STAGE,
        STAGES,
        "客户状态, 客户阶段, 阶段, 生命周期, Lifecycle Stage, Customer Status",
        default="active",
    ),
    _field("industry", "行业, 所属行业, 客户行业, 行业类别, 行业类型, 行业分类, Sector"),
    _field(
        "region",
        "地区, 区域, 大区, 所属区域, 所属地区, 销售区域, 片区, 省, 省份, Territory, State, "
        "Province, Mailing State/Province, Business State",
    ),
    _field("city", "城市, 所在城市, 市, Mailing City, Business City, Address 1 - City"),
    _field(
        "address",
        "地址, 详细地址, 联系地址, 公司地址, 注册地址, 办公地址, 通讯地址, 单位地址, "
        "企业地址, 客户地址, 经营地址, 收货地址, Street, Street Address,"
        "Mailing Street, Mailing Address, Business Street, Legal Entity Address, "
        "Address 1 - Formatted",
    ),
    _field(
        "postcode",
        "邮编, 邮政编码, Postal Code, Zip, Zip Code, Mailing Zip/Postal Code, "
        "Mailing Postal Code, Business Postal Code, Address 1 - Postal Code",
        kind="id",
    ),
    _field(
        "website",
        "网址, 网站, 官网, 公司网址, 公司网站, 主页, Website URL, Web Page, Web Site, URL, Homepage, Website 1 - Value",
    ),
    _field(
        "tax_id",
        "统一社会信用代码, 社会信用代码, 统一信用代码, 信用代码, 税号, 纳税人识别号, "
        "机构代码, 组织机构代码, 营业执照号, Tax Number, Tax No, VAT,"
        "VAT ID, VAT Number, USCC, Taxpayer ID, Credit Code",
        parse=parse_tax_id,
        keep_invalid=True,
        kind="id",
    ),
    _phone(
        "phone",
        "电话, 座机, 固定电话, 固话, 公司电话, 办公电话, 单位电话, 企业电话, 电话号码, "
        "座机号码, 总机, Tel, Telephone, Phone Number, Landline, Office Phone, Work Phone, "
        "Business Phone, Company Phone",
    ),
    _email("email", "邮箱, 邮件, 电子邮箱, 电子邮件, 邮箱地址, 公司邮箱, E-mail, Email Address, Mail"),
    _field(
        "birthday",
        "生日, 出生日期, 出生年月, Birthdate, Date of Birth, DOB",
        parse=parse_birthday,
        kind="date",
    ),
    _field(
        "source",
        "来源, 客户来源, 来源渠道, 线索来源, 渠道, 获客渠道, 信息来源, Lead Source, Customer Source, Original Source",
    ),
    _field("referrer", "介绍人, 推荐人, 转介绍人, 引荐人, Referred By, Referral"),
    _field("parent", "上级公司, 上级客户, 母公司, 总公司, 所属集团, 集团, Parent Account, Parent Company"),
    _field("owner", _OWNER),
    _field("tier", "客户分层, 分层, Customer Tier"),
    _date(
        "since",
        "合作日期, 合作时间, 合作开始, 开始合作, 开始合作日期, 合作开始日期, 合作开始时间, 建立合作时间, "
        "首次合作日期, 创建日期, 创建时间, 录入时间, 录入日期, 建档日期, 建档时间, 登记日期,"
        "登记时间, 签约日期, 开户日期, 日期, Customer Since, Created, Create Date, "
        "Created Date, Created At, Created On, Date Added",
    ),
    _choice(
        "consent",
        _CONSENT,
        CONSENTS,
        "同意, 是否同意, 营销同意, 隐私同意, 授权, Marketing Consent, Opt In",
        default="unknown",
    ),
    _long("need", "需求, 客户需求, Needs"),
    _long("budget", "预算, 客户预算"),
    _long("decision", "决策, 决策流程, 决策情况, Decision Process"),
    _rating("strategic", "战略价值, 战略重要性, 战略意义, Strategic Value"),
    _rating("influence", "影响力, 行业影响力"),
    _rating("reputation", "口碑, 信誉, 商誉"),
    _rating("willingness", "合作意愿, 意愿"),
    _rating("potential", "潜力, 增长潜力, 发展潜力"),
    _long("terms", "特殊条款, 特殊约定, 特殊要求, 合作条款, Special Terms"),
    _long("note", f"{_NOTE}, 跟进记录"),
    # A person's columns of a customer list.
    _field(
        "contact_name",
        "联系人, 联系人姓名, 姓名, 主要联系人, 对接人, Contact, Contact Person, Primary Contact, Full Name",
        column=None,
    ),
    _field("contact_title", _TITLE, column=None),
    _choice("contact_role", _ROLE, ROLES, _ROLE_HEADINGS, column=None),
    _phone("contact_phone", _MOBILE, column=None),
    _email("contact_email", "联系人邮箱, 联系人邮件, 个人邮箱, E-mail 1 - Value", column=None),
    _field("contact_wechat", f"{_WECHAT}, WeChat", column=None, kind="id"),
    _field("contact_birthday", "联系人生日, 联系人出生日期", parse=parse_birthday, kind="date", column=None),
)

_CONTACTS = (
    _field("customer", _CUSTOMER, column="customer_id", required=True),
    _field(
        "name",
        "联系人, 联系人姓名, 姓名, 名字, Contact Name, Contact, Contact Person, Full Name",
        required=True,
    ),
    _field("title", _TITLE),
    _choice("role", _ROLE, ROLES, _ROLE_HEADINGS),
    _phone(
        "phone",
        f"{_MOBILE}, 电话, 电话号码, 座机, 固定电话, 办公电话, Tel, Telephone, Phone Number, Contact Phone, Work Phone",
    ),
    _email(
        "email",
        "邮箱, 邮件, 电子邮箱, 电子邮件, 邮箱地址, 联系人邮箱, 联系人邮件, E-mail, "
        "Email Address, Contact Email, E-mail 1 - Value",
    ),
    _field("wechat", _WECHAT, kind="id"),
    _field(
        "birthday",
        "生日, 出生日期, 联系人生日, Birthdate, Date of Birth, DOB",
        parse=parse_birthday,
        kind="date",
    ),
    _field(
        "primary",
        "主要联系人, 首要联系人, 是否主要, 是否主联系人, 主联系人, Is Primary",
        column="main",
        parse=parse_yes_no,
        choices=("yes", "no"),
        default="no",
    ),
    _choice(
        "consent",
        _CONSENT,
        CONSENTS,
        "同意, 是否同意, 营销同意, 授权, Marketing Consent, Opt In",
        default="unknown",
    ),
    _long("note", _NOTE),
)

_ORDERS = (
    _field(
        "number",
        "订单号, 订单编号, 单号, 订单号码, 销售单号, 单据编号, Order No, Order Number, "
        "Order ID, Invoice No, Invoice Number",
        kind="id",
        required=True,
    ),
    _field("customer", _CUSTOMER, column="customer_id", required=True),
    _date(
        "ordered_on",
        "下单日期, 订单日期, 下单时间, 成交日期, 成交时间, 销售日期, 交易日期, 日期, "
        "Order Date, Ordered At, Sale Date, Date",
        required=True,
    ),
    _field(
        "amount",
        "金额, 订单金额, 成交金额, 销售金额, 总金额, 合计, 订单总额, 实付金额, Order Amount, "
        "Total, Total Amount, Order Total",
        parse=parse_money,
        kind="money",
        required=True,
    ),
    _field("cost", "成本, 成本金额, 订单成本, Total Cost", parse=parse_money, kind="money"),
    _field("currency", "币种, 货币, Currency Code", parse=_currency),
    _field("product", "产品, 商品, 产品名称, 商品名称, 品名, 货品, Product Name, Item"),
    _field("category", "品类, 类别, 产品类别, 商品类别, 产品分类, Product Category"),
    _field("quantity", "数量, 件数, 订购数量, Qty", parse=parse_number, kind="number"),
    _choice(
        "status",
        _STATUS,
        ORDER_STATUSES,
        "状态, 订单状态, 付款状态, 支付状态, Order Status, Payment Status",
        default="paid",
    ),
)

_INTERACTIONS = (
    _field("customer", _CUSTOMER, column="customer_id", required=True),
    _field(
        "at",
        "沟通时间, 联系时间, 跟进时间, 拜访时间, 沟通日期, 联系日期, 跟进日期, 拜访日期, "
        "时间, 日期, Date, Time, Contacted At, Contact Date",
        parse=_moment,
        needs_zone=True,
        kind="instant",
        required=True,
    ),
    _choice(
        "channel",
        _CHANNEL,
        CHANNELS,
        "方式, 沟通方式, 联系方式, 跟进方式, 渠道, 沟通渠道, Contact Method, Method, Type",
        default="other",
    ),
    _choice("direction", _DIRECTION, DIRECTIONS, "方向, 沟通方向", default="out"),
    _field("owner", f"{_OWNER}, 沟通人, 记录人, 拜访人"),
    _field(
        "participants",
        "参与人, 参加人, 参与人员, 对方人员, 联系人, 联系人姓名, Contact, Contact Name, Attendees",
    ),
    _field("topic", "主题, 沟通主题, 沟通内容, 内容, 事项, Subject, Content", default=""),
    _long("feedback", "反馈, 客户反馈, 结果, 沟通结果, 跟进记录, 备注, Result, Outcome, Notes, Note"),
    _field("next_action", "下一步, 下一步行动, 下一步计划, 后续行动, 待办, Next Step, Next Steps, Follow Up"),
    _date(
        "next_due",
        "下次日期, 下次时间, 下次跟进时间, 下次跟进日期, 下次联系时间, 下次联系日期, "
        "下一步日期, 截止日期, Next Date, Due Date, Follow Up Date",
    ),
)

TABLES = {
    table.name: table
    for table in (
        Table("customers", "customer", _CUSTOMERS, ("code",)),
        Table("contacts", "contact", _CONTACTS, ("customer", "name")),
        Table("orders", "orders", _ORDERS, ("number",)),
        Table("interactions", "interaction", _INTERACTIONS, ("customer", "at", "topic")),
    )
}
