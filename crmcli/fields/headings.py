"""The headings that stand over the same columns of several tables, and what of a heading tells the field.

Those of the files that HubSpot, Salesforce, Outlook and Google Contacts write are among them.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

AMBIGUOUS = {"负责人": ("owner", "contact_name"), "责任人": ("owner", "contact_name")}
"""Heading keys of a customer list that mean the first field, unless the list has a person's phone but no
other column for the person's name: then they mean the second. `by_heading` gives the first."""

COMPANY = (
    "客户名称, 公司名称, 单位名称, 企业名称, 客户全称, 公司全称, 客户, 公司, 单位, 企业, "
    "客户名, 公司名, 企业全称, 机构名称, 商户名称,"
    "Company Name, Company, Account Name, Customer Name, Customer, "
    "Organization Name, Organization,"
    "Organisation Name, Organisation, Organization 1 - Name, Client Name, Client, "
    "Business Name, Associated Company"
)
CUSTOMER = (
    f"{COMPANY}, 所属客户, 所属公司, 客户编号, 客户编码, 客户代码, 客户号, 客户ID, "
    "Customer ID, Customer Code,"
    "Customer No, Customer Number, Client ID, Account ID, Company ID, Associated Company IDs"
)
OWNER = (
    "负责人, 客户经理, 业务员, 销售, 销售员, 销售人员, 销售代表, 归属人, 跟进人, 所属人, "
    "所有人, 维护人, 客户负责人, 业务负责人, 销售负责人, 客户归属,"
    "Account Owner, Company Owner, Contact Owner, Lead Owner, Owner Name, Owner Alias, "
    "Account Manager, Sales Rep, Salesperson,"
    "Assigned To, Deal Owner, Opportunity Owner"
)
SELLER = (
    "所有者, 客户所有人, 客户所有者, 客户归属人, 所属销售, 所属销售员, 所属销售人员, 所属业务员, 所属客户经理, "
    "所属负责人, 所属员工, 归属销售, 归属销售员, 归属业务员, 归属员工, 业务归属, 销售归属, 负责销售, 负责业务员, "
    "对应销售, 对应业务员, 专属销售, 业务人员, 业务代表, 业务经理, 销售经理, 销售顾问, 销售专员, 客户专员, "
    "客户顾问, 大客户经理, 跟进人员, 跟进员, 跟进销售, 跟进业务员, 跟单人, 跟单人员, 跟单员, 跟单业务员, 跟单销售, "
    "维护人员, 责任人, 客户责任人, 责任销售, 责任业务员"
)
"""Whose customer it is, too, where neither `OWNER` nor the table's own word for who did it stands beside."""
MOBILE = (
    "手机, 手机号, 手机号码, 移动电话, 联系手机, 联系电话, 联系方式, 联系人电话, "
    "联系人手机, 联系人手机号, Mobile, Mobile Phone, Mobile Number,"
    "Cell, Cell Phone, Cellphone, Mobile Phone Number, Phone 1 - Value, Personal Phone, Primary Phone, Home Phone,"
    "Car Phone"
)
WECHAT = "微信, 微信号, 微信号码, 联系人微信, WeChat ID, Weixin"
TITLE = (
    "职务, 职位, 岗位, 联系人职务, 联系人职位, Job Title, Title, Position, Contact Title,"
    "Organization Title, Organization 1 - Title"
)
OTHER_PHONES = "其他电话, 其它电话, 备用电话, 第二电话, 其他手机, 备用手机, 其他联系方式, Other Phones, Other Phone"
OTHER_EMAILS = "其他邮箱, 其它邮箱, 备用邮箱, 第二邮箱, Other Emails, Other Email"
ROLE = "角色, 决策角色, 联系人角色, Buying Role"
NOTE = "备注, 备注信息, 说明, 备注说明, 客户备注, 描述, Notes, Remark, Remarks, Comment, Comments, Description, Memo"


PERSON_PARTS = {
    "family": "Last Name, Surname, Family Name, Contact Last Name, 姓, 姓氏",
    "given": "First Name, Given Name, Forename, Contact First Name, 名",
    "middle": "Middle Name, Additional Name, Middle Names",
}
"""The headings of a person's name in parts; `by_part` has them by their keys."""
_BRACKETS = r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>"
# What may follow a heading after a slash or a colon, and tells a unit or a form instead of another field.
_UNIT = (
    r"(?:单位)?:?\s*(?:in )?(?:rmb|cny|usd|eur|hkd|gbp|jpy|人民币|美元|欧元|港币|[¥$€£])?\s*"
    r"(百万|千万|万|萬|亿|億|千|k|thousands?|millions?|m|mn)?"
    r"\s*(?:元|圆|rmb|cny|usd|eur|hkd|gbp|jpy|人民币|美元|欧元|港币)?整?"
)
_UNITS = {"thousand": "k", "thousands": "k", "million": "百万", "millions": "百万", "m": "百万", "mn": "百万"}
# The characters of headings alone: a whole table of them takes longer to load than everything else at the start.
_SIMPLIFIED = str.maketrans(
    "稱聯絡電話機號碼編統業務負責單類級別狀態來註備說產價額計訂幣種數時間傳真網郵遞區縣鄉鎮員經辦會職姓"
    "稅開帳賬庫簽約終內結構標題顧維護屬歸採購銷總應實際萬億國歐圓滿評調訴處優詳細動營資訊參與門關個廠發籤"
    "戶紀錄繫連證預簡歷過現報領項買賣費質進運選點齡後為體問專對",
    "称联络电话机号码编统业务负责单类级别状态来注备说产价额计订币种数时间传真网邮递区县乡镇员经办会职姓"
    "税开账账库签约终内结构标题顾维护属归采购销总应实际万亿国欧圆满评调诉处优详细动营资讯参与门关个厂发签"
    "户纪录系连证预简历过现报领项买卖费质进运选点龄后为体问专对",
)
# What is said in Taiwan and Hong Kong, and the word that headings are known by.
_REGIONAL = (
    ("联络", "联系"), ("连络", "联系"), ("行动电话", "手机"), ("流动电话", "手机"), ("统一编号", "税号"),
    ("统编", "税号"), ("电邮", "电子邮件"), ("纪录", "记录"),
)  # fmt: skip
_DAY_AND_MONTH = r"(d{1,2}|m{1,2})[^a-z](d{1,2}|m{1,2})[^a-z]y{2,4}.*"
_CURRENCIES = {
    "usd": "USD", "$": "USD", "美元": "USD", "eur": "EUR", "€": "EUR", "欧元": "EUR", "hkd": "HKD", "港币": "HKD",
    "gbp": "GBP", "£": "GBP", "jpy": "JPY", "cny": "CNY", "rmb": "CNY", "人民币": "CNY",
}  # fmt: skip


@dataclass(frozen=True)
class HeadingNote:
    """What a heading says of the cells below it, beside which field they are.

    Attributes:
        unit: the word to write behind every amount: `万` of `金额(万元)`.
        currency: its three letters, where it is named.
        day_first: whether a day stands before its month (`DD/MM/YYYY`); None if it does not say.
    """

    unit: str = ""
    currency: str = ""
    day_first: bool | None = None


def heading_key(text: str) -> str:
    """What of a heading tells the field: without width, case, spaces, punctuation and anything in brackets.

    `*手机号码（必填）`, `手机 号码` and `手机号码` are one; so are `E-mail`, `e_mail` and `Email`, `聯絡電話` and
    `联系电话`; a unit behind a slash goes like one in brackets.
    """
    folded = _folded(text)
    # `Order #` is a number; `Order` alone may count the rows of a list.
    bare = re.sub(r"\border[ _]?#", "order no", re.sub(_BRACKETS, "", folded))
    if "/" in bare or ":" in bare:
        head, _mark, tail = bare.replace(":", "/").rpartition("/")
        bare = head if head.strip() and tail.strip() and re.fullmatch(_UNIT, tail.strip()) else bare
    key = re.sub(r"[\W_]+", "", bare) or re.sub(r"[\W_]+", "", folded)
    for word, usual in _REGIONAL if not key.isascii() else ():
        key = key.replace(word, usual)
    return key


@lru_cache(maxsize=1000)
def heading_note(text: str) -> HeadingNote:
    """The unit, the currency and the order of a date that a heading names in brackets or behind a slash or colon."""
    folded = _folded(text)
    notes = [note[1:-1].strip() for note in re.findall(_BRACKETS, folded)]
    notes.append(re.sub(_BRACKETS, "", folded).replace(":", "/").rpartition("/")[2].strip())
    units = [found[1] or "" for note in notes if note and (found := re.fullmatch(_UNIT, note))]
    unit = next(filter(None, units), "")
    currencies = [
        _CURRENCIES[word] for note in notes for word in _CURRENCIES if re.fullmatch(_UNIT, note) and word in note
    ]
    orders = [found for note in notes if (found := re.fullmatch(_DAY_AND_MONTH, note))]
    day_first = orders[0][1][0] == "d" if orders and orders[0][1][0] != orders[0][2][0] else None
    return HeadingNote(_UNITS.get(unit, unit), currencies[0] if currencies else "", day_first)


@cache
def by_part() -> dict[str, str]:
    """`family`, `given` or `middle` by the heading keys of a person's name in parts."""
    return {heading_key(word): part for part, words in PERSON_PARTS.items() for word in words.split(",")}


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:200]).casefold().translate(_SIMPLIFIED)
