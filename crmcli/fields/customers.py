"""The fields of customers, and a person's columns of a customer list."""

from crmcli.fields.headings import COMPANY, MOBILE, NOTE, OTHER_EMAILS, OTHER_PHONES, OWNER, ROLE, SELLER, TITLE, WECHAT
from crmcli.fields.model import Table, choice, day_field, email, field, long, other_emails, other_phones, phone, rating
from crmcli.fields.words import CONSENT, CONSENTS, KIND, KINDS, ROLE_WORDS, ROLES, STAGE, STAGES
from crmcli.values import parse_birthday, parse_tax_id

_FIELDS = (
    field(
        "code",
        "客户编号, 客户编码, 客户代码, 客户号, 客户ID, 编号, Customer ID, Customer Code, "
        "Customer No, Customer Number, Client ID, Account ID, Company ID, Record ID",
        kind="id",
    ),
    field("name", f"{COMPANY}, 名称", required=True),
    choice("kind", KIND, KINDS, "客户类型, 客户性质, 类型, Customer Type, Account Type, Type", default="company"),
    choice(
        "stage",
        STAGE,
        STAGES,
        "客户状态, 客户阶段, 阶段, 生命周期, Lifecycle Stage, Customer Status",
        default="active",
    ),
    field("industry", "行业, 所属行业, 客户行业, 行业类别, 行业类型, 行业分类, Sector"),
    field(
        "region",
        "地区, 区域, 大区, 所属区域, 所属地区, 销售区域, 片区, 省, 省份, Territory, State, "
        "Province, State/Region, Mailing State/Province, Mailing State, Billing State/Province, Billing State, "
        "Business State, Address 1 - Region, Home State, Other State",
    ),
    field(
        "city", "城市, 所在城市, 市, Mailing City, Billing City, Business City, Address 1 - City, Home City, Other City"
    ),
    field(
        "address",
        "地址, 详细地址, 联系地址, 公司地址, 注册地址, 办公地址, 通讯地址, 单位地址, "
        "企业地址, 客户地址, 经营地址, 收货地址, Street, Street Address,"
        "Mailing Street, Mailing Address, Billing Street, Billing Address, Business Street, Business Address, "
        "Legal Entity Address, Address 1 - Street, Address 1 - Formatted, Home Street, Home Address, Other Street, "
        "Other Address",
    ),
    field(
        "postcode",
        "邮编, 邮政编码, Postal Code, Zip, Zip Code, Mailing Zip/Postal Code, "
        "Mailing Postal Code, Billing Zip/Postal Code, Billing Postal Code, Business Postal Code, "
        "Address 1 - Postal Code, Home Postal Code, Other Postal Code",
        kind="id",
    ),
    field(
        "website",
        "网址, 网站, 官网, 公司网址, 公司网站, 主页, Website URL, Web Page, Web Site, URL, Homepage, Website 1 - Value",
    ),
    field(
        "tax_id",
        "统一社会信用代码, 社会信用代码, 统一信用代码, 信用代码, 税号, 纳税人识别号, "
        "机构代码, 组织机构代码, 营业执照号, Tax Number, Tax No, VAT,"
        "VAT ID, VAT Number, USCC, Taxpayer ID, Credit Code",
        parse=parse_tax_id,
        keep_invalid=True,
        kind="id",
    ),
    phone(
        "phone",
        "电话, 座机, 固定电话, 固话, 公司电话, 办公电话, 单位电话, 企业电话, 电话号码, "
        "座机号码, 总机, Tel, Telephone, Phone Number, Landline, Office Phone, Work Phone, "
        "Business Phone, Company Phone, Company Main Phone",
    ),
    email("email", "邮箱, 邮件, 电子邮箱, 电子邮件, 邮箱地址, 公司邮箱, E-mail, Email Address, Mail"),
    field(
        "birthday",
        "生日, 出生日期, 出生年月, Birthdate, Date of Birth, DOB",
        parse=parse_birthday,
        keep_invalid=True,
        kind="date",
    ),
    field(
        "source",
        "来源, 客户来源, 来源渠道, 线索来源, 渠道, 获客渠道, 信息来源, Lead Source, Customer Source, Original Source",
    ),
    field("referrer", "介绍人, 推荐人, 转介绍人, 引荐人, Referred By, Referral"),
    field("parent", "上级公司, 上级客户, 母公司, 总公司, 所属集团, 集团, Parent Account, Parent Company"),
    field("owner", f"{OWNER}, {SELLER}"),
    field("tier", "客户分层, 分层, Customer Tier"),
    day_field(
        "since",
        "合作起始日, 合作日期, 合作时间, 合作开始, 开始合作, 开始合作日期, 合作开始日期, 合作开始时间, 建立合作时间, "
        "首次合作日期, 创建日期, 创建时间, 录入时间, 录入日期, 建档日期, 建档时间, 登记日期,"
        "登记时间, 签约日期, 开户日期, 日期, Customer Since, Created, Create Date, "
        "Created Date, Created At, Created On, Date Added",
    ),
    choice(
        "consent",
        CONSENT,
        CONSENTS,
        "同意, 同意联系, 是否同意, 营销同意, 隐私同意, 授权, Marketing Consent, Opt In",
        default="unknown",
    ),
    long("need", "需求, 客户需求, Needs"),
    long("budget", "预算, 客户预算"),
    long("decision", "决策, 决策链, 决策流程, 决策情况, Decision Process"),
    rating("strategic", "战略价值, 战略重要性, 战略意义, Strategic Value"),
    rating("influence", "影响力, 行业影响力"),
    rating("reputation", "口碑, 信誉, 商誉"),
    rating("willingness", "合作意愿, 意愿"),
    rating("potential", "潜力, 增长潜力, 发展潜力"),
    long("terms", "特殊条款, 特殊约定, 特殊要求, 合作条款, Special Terms"),
    long("note", f"{NOTE}, 跟进记录"),
    other_phones("other_phones", OTHER_PHONES),
    other_emails("other_emails", OTHER_EMAILS),
    # A person's columns of a customer list.
    field(
        "contact_name",
        "联系人, 联系人姓名, 姓名, 主要联系人, 对接人, Contact, Contact Person, Primary Contact, Full Name, "
        "Contact Name",
        column=None,
    ),
    field("contact_title", TITLE, column=None),
    choice("contact_role", ROLE_WORDS, ROLES, ROLE, column=None),
    phone("contact_phone", MOBILE, column=None),
    email("contact_email", "联系人邮箱, 联系人邮件, 个人邮箱, Contact Email, E-mail 1 - Value", column=None),
    other_phones("contact_other_phones", "联系人其他电话", column=None),
    other_emails("contact_other_emails", "联系人其他邮箱", column=None),
    field("contact_wechat", f"{WECHAT}, WeChat", column=None, kind="id"),
    field(
        "contact_birthday",
        "联系人生日, 联系人出生日期",
        parse=parse_birthday,
        keep_invalid=True,
        kind="date",
        column=None,
    ),
)

CUSTOMERS = Table("customers", "customer", _FIELDS, ("code",))
