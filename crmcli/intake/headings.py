"""Which field of a table a heading stands for, by itself and by the headings beside it."""

import re
from collections.abc import Mapping, Sequence

from crmcli.errors import UsageError
from crmcli.fields import AMBIGUOUS, TABLES, Field, by_heading, by_other_heading, by_part, heading_key
from crmcli.i18n import _
from crmcli.intake.sources import SHEET_COLUMN

REJECT_COLUMNS = ("_line", "_field", "_code", "_reason")
"""What our own files of rejected rows have beside the original columns; nothing of the row itself."""
DECIMALS = "_decimals"
"""The column of the sign before decimals in rejected rows, where it was a comma: alone they may not prove it."""
OURS = (*REJECT_COLUMNS, DECIMALS, SHEET_COLUMN)
"""Columns of our own making, which are no field."""
ALIKE = ("customers", "contacts", "leads")
"""Tables with the same headings: customers, their contacts, and leads; a customer list carries persons, too."""
DECISIVE = ("name", "code", "customer", "number", "ordered_on", "at", "amount", "tax_id")
"""What a row is, and what it is about: with two columns for it, one is not taken for surer than the other."""
ADDRESS = ("address", "city", "region", "postcode")
"""Of several columns for these, the first that is filled counts."""
OPTED_OUT = (
    "hasoptedoutofemail",
    "emailoptout",
    "optedout",
    "optout",
    "optedoutofemail",
    "unsubscribed",
    "退订",
    "已退订",
)
"""Headings of a refusal of mails: what says yes there is no consent."""
IGNORE = ("", "-")
"""What stands for no field in what the user says of a heading."""
_PERSONAL = {"phone": "contact_phone", "email": "contact_email", "birthday": "contact_birthday"}
# A list of persons calls them so; these belong to their company nevertheless.
_OF_COMPANY = re.compile(r"company|main|公司|单位|企业|总机")
_SALESFORCE = ("isdeleted", "systemmodstamp", "createdbyid")
# HubSpot's people have a lead status, whatever they are by now.
_HUBSPOT = ("contactowner", "lifecyclestage", "associatedcompanyids")
# Over what was paid, too, where no column beside it may be a quantity.
_ANY_PRICE = ("price", "sellingprice")
# Shopify calls the number of an order its name.
SHOPIFY = "lineitemname"
MAY_NUMBER = frozenset((
    "order", "receipt", "receiptno", "receiptnumber", "receiptid", "bill", "billno", "billnumber", "billid",
    "documentno", "documentnumber", "docno", "docnumber", "小票号", "小票编号", "小票号码", "凭证号", "凭证编号",
))  # fmt: skip
"""Headings over numbers that begin again each day, shop or year as often as not: the user may say that they are the
orders'."""
_SEVERAL = (
    "phone", "email", "other_phones", "other_emails", "contact_name", "contact_phone", "contact_email",
    "contact_other_phones", "contact_other_emails",
)  # fmt: skip


def fields_of(table: str, headings: Sequence[str], given: Mapping[str, str]) -> list[Field | None]:
    """The field of `table` that each heading stands for, None for those that nothing uses.

    `given` (heading -> field, `-` for none) wins over what is known. Raises UsageError: `table` has no such field.
    """
    told = {heading_key(heading): name for heading, name in given.items()}
    keys = [heading_key(heading) for heading in headings]
    columns = [
        _told(table, told[key]) if key in told else None if heading in OURS else _meant(table, key, keys)
        for heading, key in zip(headings, keys, strict=True)
    ]
    for position, key in enumerate(keys):
        if key in AMBIGUOUS and key not in told and TABLES[table].field("contact_name"):
            columns[position] = _told(table, _meaning(key, columns, position))
    if any(name_part(table, key) for key in keys):
        columns = [
            column if key in told else _of_person(table, key, column) for key, column in zip(keys, columns, strict=True)
        ]
    _give_way(table, keys, columns, told)
    _prefer_code(keys, columns)
    if table == "orders":
        _leave_units(keys, columns, told)
        _prefer_amount(headings, keys, columns, told)
    return columns


def tables_with(given: Mapping[str, str]) -> list[str]:
    """The tables that have all the fields that the user named."""
    names = set(given.values()) - set(IGNORE)
    fitting = [table.name for table in TABLES.values() if names <= {column.name for column in table.fields}]
    return fitting or ["customers"]


def person_field(table: str) -> str:
    """The field of `table` that has the name of a person."""
    return "contact_name" if TABLES[table].field("contact_name") else "name"


def name_part(table: str, key: str) -> str | None:
    """Which part of a person's name a heading is, in a table that has persons."""
    return by_part().get(key) if table in ALIKE else None


def holds_several(table: str, column: Field) -> bool:
    """Whether more than one value is no contradiction: phones, e-mails, and people."""
    return column.name in _SEVERAL or (column.name == "name" and table == "contacts")


def naming(columns: Sequence[Field | None]) -> set[int]:
    """The columns that say what a row is about, and the first one."""
    places = {column.name: at for at, column in enumerate(columns) if column}
    found = next((name for name in ("name", "customer", "contact_name") if name in places), None)
    return {0, places[found]} if found else {0}


def single(table: str, columns: Sequence[Field | None]) -> list[int]:
    """The columns of which only one can be its field, but for those that decide what a row is."""
    return [
        at
        for at, column in enumerate(columns)
        if column and column.name not in DECISIVE + ADDRESS and not (column.multiline or holds_several(table, column))
    ]


def counted(table: str, columns: Sequence[Field | None]) -> int:
    """How many columns become something: of several owners, only one does."""
    alone = single(table, columns)
    names = {column.name for at in alone if (column := columns[at])}
    return sum(map(bool, columns)) - len(alone) + len(names)


def telling(table: str, columns: Sequence[Field | None]) -> int:
    """How many of them tell the table: whose the customers are, a list of any kind may say."""
    return counted(table, columns) - any(column.name == "owner" for column in columns if column)


def _told(table: str, name: str) -> Field | None:
    """The field that the user named."""
    if name in IGNORE:
        return None
    found = TABLES[table].field(name)
    if found is not None:
        return found
    raise UsageError(
        _("{table} have no field '{name}'").format(table=table, name=name),
        hint=_("fields: {names}").format(names=", ".join(column.name for column in TABLES[table].fields)),
    )


def _meant(table: str, key: str, keys: Sequence[str]) -> Field | None:
    """The field that a heading is known for; `Phone 2 - Value` is known as its first one is."""
    known = by_heading(table)
    if key in OPTED_OUT:
        return TABLES[table].field("consent")
    if name_part(table, key):
        return TABLES[table].field(person_field(table))
    if key == "leadstatus" and any(other in keys for other in _HUBSPOT):
        return None
    if key == "id":
        entity = any(other in keys for other in _SALESFORCE)
        return known.get("code") if entity and not _has_persons(table, keys) else None
    if key == "name" and table == "orders" and SHOPIFY in keys:
        return known["number"]
    if key == "recordid" and _has_persons(table, keys):
        return None
    others = by_other_heading(table)
    found = others[key][0] if key in others else known.get(key)
    if found is None and re.search(r"\d", key):
        found = known.get(re.sub(r"\d+", "1", key)) or known.get(re.sub(r"\d+", "", key))
        found = found if found and (holds_several(table, found) or found.name == "address") else None
    return found


def _has_persons(table: str, keys: Sequence[str]) -> bool:
    """Whether each row is about a person: it has the parts of a name, or the number of the person's company."""
    return any(name_part(table, key) or key == "accountid" for key in keys)


def _of_person(table: str, key: str, column: Field | None) -> Field | None:
    """In a list that has names in parts, phone, e-mail and birthday are the person's, and Name is the whole name."""
    if column is None or not TABLES[table].field("contact_name"):
        return column
    if key in ("name", "名称"):
        return TABLES[table].field("contact_name")
    if column.name in _PERSONAL and not _OF_COMPANY.search(key):
        return TABLES[table].field(_PERSONAL[column.name])
    return column


def _meaning(key: str, columns: Sequence[Field | None], position: int) -> str:
    """负责人 is our salesperson, unless the list has a person's phone and no other column for the person's name."""
    ours, theirs = AMBIGUOUS[key]
    others = {column.name for at, column in enumerate(columns) if column and at != position}
    return theirs if "contact_phone" in others and "contact_name" not in others else ours


def _give_way(table: str, keys: Sequence[str], columns: list[Field | None], told: Mapping[str, str]) -> None:
    """Of the columns of one field, keep the surest where some have a heading that means it only `otherwise`."""
    others = by_other_heading(table)
    ranks = [others[key][1] if key in others and key not in told else 0 for key in keys]
    least: dict[str, int] = {}
    for rank, column in zip(ranks, columns, strict=True):
        if column:
            least[column.name] = min(rank, least.get(column.name, rank))
    columns[:] = [
        column if column and rank == least[column.name] else None for rank, column in zip(ranks, columns, strict=True)
    ]


def _prefer_code(keys: Sequence[str], columns: list[Field | None]) -> None:
    """Where both a customer's number and its name stand in a row, the number says who it is."""
    places = [at for at, column in enumerate(columns) if column and column.name == "customer"]
    codes = [at for at in places if re.search(r"ids?$|code$|no$|number$|编号|编码|代码|客户号", keys[at])]
    # A customer of each order, and the one of them all.
    codes = [at for at in codes if "unique" in keys[at]] or codes
    if len(codes) == 1:
        columns[:] = [None if at in places and at not in codes else column for at, column in enumerate(columns)]


def _leave_units(keys: Sequence[str], columns: list[Field | None], told: Mapping[str, str]) -> None:
    """单位 is a company, but of an order that names its customer elsewhere it is the unit of a quantity."""
    customers = [at for at, column in enumerate(columns) if column and column.name == "customer"]
    units = [at for at in customers if keys[at] == "单位" and keys[at] not in told]
    if len(customers) > len(units):
        for at in units:
            columns[at] = None


def _prefer_amount(
    headings: Sequence[str], keys: Sequence[str], columns: list[Field | None], told: Mapping[str, str]
) -> None:
    """A price a piece makes an amount only beside a quantity, and where no heading is plainly that of an amount."""
    names = {column.name for column in columns if column}
    if "unit_price" not in names:
        return
    guessed = {at: column.name for at, column in enumerate(columns) if column and keys[at] not in told}
    if not names & {"amount", "quantity"} and not _unknown(headings, keys, told):
        for at in [at for at, name in guessed.items() if name == "unit_price" and keys[at] in _ANY_PRICE]:
            columns[at] = TABLES["orders"].field("amount")
    names = {column.name for column in columns if column}
    if "amount" in names or "quantity" not in names:
        columns[:] = [None if column and column.name == "unit_price" else column for column in columns]


def _unknown(headings: Sequence[str], keys: Sequence[str], told: Mapping[str, str]) -> set[str]:
    """The keys of the headings that stand for nothing of orders."""
    given = {key for heading, key in zip(headings, keys, strict=True) if heading not in OURS}
    return given - {*by_heading("orders"), *by_other_heading("orders"), *told, ""}
