"""The fields of contacts: the people at a customer."""

from crmcli.fields.headings import CUSTOMER, MOBILE, NOTE, OTHER_EMAILS, OTHER_PHONES, ROLE, TITLE, WECHAT
from crmcli.fields.model import Table, choice, email, field, long, other_emails, other_phones, phone
from crmcli.fields.words import CONSENT, CONSENTS, ROLE_WORDS, ROLES
from crmcli.values import parse_birthday, parse_yes_no

_FIELDS = (
    field("customer", CUSTOMER, column="customer_id", required=True),
    field(
        "name",
        "联系人, 联系人姓名, 姓名, 名字, Contact Name, Contact, Contact Person, Full Name",
        required=True,
    ),
    field("title", TITLE),
    choice("role", ROLE_WORDS, ROLES, ROLE),
    phone(
        "phone",
        f"{MOBILE}, 电话, 电话号码, 座机, 固定电话, 办公电话, Tel, Telephone, Phone Number, Contact Phone, Work Phone, "
        "Business Phone",
    ),
    email(
        "email",
        "邮箱, 邮件, 电子邮箱, 电子邮件, 邮箱地址, 联系人邮箱, 联系人邮件, E-mail, "
        "Email Address, Contact Email, E-mail 1 - Value",
    ),
    other_phones("other_phones", OTHER_PHONES),
    other_emails("other_emails", OTHER_EMAILS),
    field("wechat", WECHAT, kind="id"),
    field(
        "birthday",
        "生日, 出生日期, 联系人生日, Birthdate, Date of Birth, DOB",
        parse=parse_birthday,
        keep_invalid=True,
        kind="date",
    ),
    field(
        "primary",
        "主要联系人, 首要联系人, 是否主要, 是否主联系人, 主联系人, Is Primary",
        column="main",
        parse=parse_yes_no,
        choices=("yes", "no"),
        default="no",
    ),
    choice(
        "consent",
        CONSENT,
        CONSENTS,
        "同意, 同意联系, 是否同意, 营销同意, 授权, Marketing Consent, Opt In",
        default="unknown",
    ),
    long("note", NOTE),
)

CONTACTS = Table("contacts", "contact", _FIELDS, ("customer", "name"))
