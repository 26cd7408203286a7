"""Customers as evidence: every cell in the form in which two of them can be compared.

Cells are read as they are kept, damaged ones too: a phone with a digit lost, an address without its city. What
cannot be read is no evidence, neither for nor against.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crmcli.cleaning.duplicates import words
from crmcli.cleaning.duplicates.addresses import Address, address, area, settled
from crmcli.cleaning.duplicates.companies import CITIES, CompanyName, parts, simplified, trades_said
from crmcli.cleaning.duplicates.people import contact_name, person_name
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


@dataclass(slots=True)
class Record:
    """One customer; tuples are sorted and without repeats, "" is an unknown value.

    Attributes:
        name: the parts of a company's name; none of a person.
        body: its core and trade.
        tokens: the words of a person's name.
        phones: whole numbers, digits only, Chinese ones without 86; WeChat names too.
        damaged: numbers that lost something, with a mark before what is left: `-` a digit or the area code, `~` all
            but the first digits.
        mobile: whether one of the phones is a Chinese mobile.
        people: names of contacts, and what is known of each (see `people.contact_name`).
        city: as it was given, or as the address, or the list at large for its district or area code, says.
    """

    id: int
    code: str
    shown: str
    person: bool
    name: CompanyName
    body: str
    tokens: tuple[str, ...]
    phones: tuple[str, ...]
    damaged: tuple[str, ...]
    mobile: bool
    emails: tuple[str, ...]
    tax_id: str
    birthday: str
    address: Address | None
    city: str
    region: str
    postcode: str
    website: str
    people: tuple[tuple[str, str], ...]

    @property
    def place(self) -> str:
        """Where a company is: the place in its name, else its city."""
        return self.name.place or self.city


def read(ws: Workspace) -> list[Record]:
    """All customers with their contacts, in the order of their codes."""
    rows = ws.db.rows(
        "SELECT id, code, name, kind, region, city, address, postcode, website, tax_id, phone, email, birthday "
        "FROM customer ORDER BY code"
    )
    contacts = ws.db.rows("SELECT customer_id, name, phone, email, wechat FROM contact ORDER BY id")
    return built(rows, contacts, ws.digest["phone_region"])


def built(rows: Sequence[Row], contacts: Sequence[Row], region: str) -> list[Record]:
    """The records of rows of the tables customer and contact; `region` is where phones without country code belong."""
    names = simplified("" if row["name"] == row["code"] else row["name"] for row in rows)
    names = ["" if name.strip() in words.NOBODY else name for name in names]
    addresses = simplified(row["address"] or "" for row in rows)
    cities = simplified(row["city"] or "" for row in rows)
    owned: dict[int, list[tuple[str, Row]]] = defaultdict(list)
    for name, contact in zip(simplified(contact["name"] for contact in contacts), contacts, strict=True):
        owned[contact["customer_id"]].append((name, contact))
    trades = trades_said(names)
    # Who is a private customer in one row is one in all: some lists write the name where the company belongs.
    persons = {name for row, name in zip(rows, names, strict=True) if row["kind"] == "person"}
    records = []
    for row, name, door, city in zip(rows, names, addresses, cities, strict=True):
        person = not name or name in persons
        company = CompanyName("") if person else parts(name, trades)
        records.append(_record(row, name, company, address(door), city, owned.get(row["id"], []), region))
    _complete_cities(records)
    return records


def _record(
    row: Row,
    name: str,
    company: CompanyName,
    door: Address | None,
    city: str,
    contacts: list[tuple[str, Row]],
    region: str,
) -> Record:
    cells = [row["phone"]]
    addresses = [row["email"]]
    for _name, contact in contacts:
        cells += contact["phone"], contact["wechat"]
        addresses.append(contact["email"])
    phones, damaged = _phones(cells, region)
    person = not company.core
    return Record(
        id=row["id"],
        code=row["code"],
        shown=row["name"],
        person=person,
        name=company,
        body=company.body,
        tokens=person_name(name) if person else (),
        phones=phones,
        damaged=damaged,
        mobile=any(is_mobile(phone) for phone in phones),
        emails=_unique(addresses, _email),
        tax_id=_tax_id(row["tax_id"]),
        birthday=row["birthday"] or "",
        address=door,
        city=city.removesuffix("市") or (door.city if door else ""),
        region=(row["region"] or "").casefold(),
        postcode=(row["postcode"] or "").strip().casefold(),
        website=_website(row["website"]),
        # An import that finds a phone and nobody's name makes a contact that is called like the customer.
        people=_unique([own for own, _contact in contacts if own != name], contact_name),
    )


def _unique(values: Iterable[Any], read: Callable[[Any], Any]) -> tuple[Any, ...]:
    found = {value for value in map(read, filter(None, values)) if value}
    return tuple(sorted(found)) if len(found) > 1 else tuple(found)


def _complete_cities(records: list[Record]) -> None:
    """Give records without a city the one that the other rows of the list know for their district or area code."""
    known = (
        (clue, city)
        for record in records
        if (city := record.name.place if record.name.place in CITIES else record.city)
        for clue in _clues(record)
    )
    sure = settled(known)
    for record in records:
        if not record.city and not record.person:
            record.city = next((sure[clue] for clue in _clues(record) if clue in sure), "")


def _clues(record: Record) -> Iterator[str]:
    if record.address and record.address.door and record.address.district:
        yield record.address.district
    for phone in record.phones:
        if code := area(phone):
            yield code


# -------------------------------------------------------------------------------------------- phones

_ROUNDED = re.compile(r"(\d)\.(\d{1,9})e\+?10", re.IGNORECASE)
_DIGITS = re.compile(r"\+?\d[\d\s()./·-]*\d")
_SEVERAL = re.compile(r"[,;、|]|\s/\s|(?<=\d{7})[\s/]+(?=\d{7})")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_NEARLY_MOBILE = re.compile(r"1[3-9](?:\d{8}|\d{10})")


def is_mobile(phone: str) -> bool:
    return len(phone) == 11 and phone[0] == "1"


def _phones(cells: Iterable[str | None], region: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    whole: set[str] = set()
    damaged: set[str] = set()
    for cell in cells:
        if not cell:
            continue
        if cell[:3] == "+86" and (number := cell[3:].partition(" ext ")[0]).isdigit():
            whole.add(number)
            continue
        for number in _numbers(cell, region):
            (damaged if number[0] in "-~" else whole).add(number)
    # 11111111111 and 12312312312 are nobody's.
    return (
        tuple(sorted(number for number in whole if len(set(number)) > 3)),
        tuple(sorted(number for number in damaged if number[0] == "~" or len(set(number)) > 4)),
    )


def _numbers(cell: str, region: str) -> Iterator[str]:
    """The numbers in a cell that could not be stored as one good number."""
    import unicodedata

    text = unicodedata.normalize("NFKC", cell)
    if found := _ROUNDED.search(text):
        digits = (found[1] + found[2]).rstrip("0")
        if len(digits) >= 3:
            yield f"~{digits}"
        return
    if text.isascii() and not text[:1].isdigit() and sum(map(str.isdigit, text)) < 7:
        # A WeChat name.
        if len(text) > 5:
            yield f"wx{text.lower()}"
        return
    for piece in _SEVERAL.split(text.partition("ext")[0]):
        for part in _DIGITS.findall(piece):
            if number := _number(part, region):
                yield number


def _number(text: str, region: str) -> str:
    """One number by its digits, marked where it is not whole, "" where it says nothing."""
    digits = re.sub(r"\D", "", text)
    if region != "CN" or text[0] == "+":
        digits = digits.removeprefix("86") if text[:3] == "+86" else digits
        return digits if len(digits) >= 7 else ""
    if digits[0] == "0" and not digits.startswith("00"):
        local = len(digits) - (3 if digits[1:2] in ("1", "2") else 4)
        return digits[1:] if local >= 7 else f"~{digits[1:]}" if local >= 4 else ""
    if _MOBILE.fullmatch(digits):
        return digits
    # A slash or a dash within ten digits is how other countries write them.
    if _NEARLY_MOBILE.fullmatch(digits) and not re.search(r"\d[/.]\d|^\d{3}-\d{3}-", text):
        return f"-{digits}"
    if len(digits) in (7, 8):
        return f"-{digits}"
    return digits if len(digits) >= 10 else ""


# -------------------------------------------------------------------------------- e-mail and numbers

_NO_ADDRESS = frozenset(["test", "abc", "aaa", "xxx", "none", "null", "123", "111", "无", "没有"])
_MISSPELT = (".con", ".cmo", ".vom", ".xom", ".c0m", ".ocm")


def _email(text: str) -> str:
    """`local@domain` in lower case, common slips mended; without a domain `local@`, "" for none."""
    if not text.isascii():
        text = simplified([text])[0]
    text = text.lower().strip().removeprefix("mailto:").removeprefix("email:").strip(" ,;<>\"'")
    local, at, domain = text.partition("@")
    domain = domain.replace("@", "").replace(",", ".").strip(" .")
    if domain.endswith(_MISSPELT):
        domain = domain[:-3] + "com"
    if len(local) < 3 or local in _NO_ADDRESS or " " in local or not local.isascii():
        return ""
    return f"{local}@{domain}" if at else f"{local}@"


def _website(text: str | None) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?|/.*$", "", text.strip().lower()) if text else ""


def _tax_id(text: str | None) -> str:
    """Letters and digits; "" for a number that Excel rounded."""
    if not text or "E+" in text.upper():
        return ""
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    return plain if len(plain) >= 5 else ""
