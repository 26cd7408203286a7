"""vCard 2.1, 3.0 and 4.0, card by card: a damaged card is one rejected row and not a lost file.

RFC 6350 for what properties mean. A card of a person at a company is a customer with a contact. What no field takes
is a column of its own, by a name that is no field's.
"""

import re
from collections.abc import Iterator
from typing import Any

from crmcli.errors import InvalidInput, Problem
from crmcli.i18n import _, plural
from crmcli.intake.sources.encodings import Text
from crmcli.intake.sources.persons import is_chinese, whole_name
from crmcli.intake.sources.rows import SEVERAL, Source, chunked, refuse_too_large, refuse_too_wide

_START = re.compile(r"(?:[\w-]+\.)?begin:vcard\s*$", re.IGNORECASE)
_END = re.compile(r"(?:[\w-]+\.)?end:vcard\s*$", re.IGNORECASE)
_PICTURES = re.compile(r"(?:[\w-]+\.)?(?:photo|logo|sound|key)[;:]", re.IGNORECASE)
_COLUMNS = (
    "name", "contact_name", "contact_title", "contact_phone", "contact_email", "contact_wechat", "contact_birthday",
    "phone", "address", "city", "region", "postcode", "website", "note",
    "Department", "Nickname", "Categories", "Fax", "Pager", "Country", "Other addresses", "Honorifics", "Job role",
    "Other URLs", "Other organisations", "Other titles", "Other names", "Other WeChat", "Other birthdays",
)  # fmt: skip
# Those with columns of their own, and those that say nothing of whom the card is about.
_TAKEN = {
    "fn", "n", "org", "title", "role", "tel", "email", "adr", "bday", "url", "note", "nickname", "categories",
    "x-wechat", "kind", "x-abshowas",
}  # fmt: skip
_TECHNICAL = {
    "version", "prodid", "rev", "uid", "sort-string", "class", "source", "mailer", "clientpidmap", "xml", "x-ablabel",
    "x-abadr", "x-abuid",
}  # fmt: skip
_CALLED = {
    "impp": "IM address", "x-qq": "QQ", "x-socialprofile": "Social profile", "anniversary": "Anniversary",
    "gender": "Gender", "related": "Related",
}  # fmt: skip
_FURTHER = {
    "url": "Other URLs", "org": "Other organisations", "title": "Other titles", "fn": "Other names",
    "x-wechat": "Other WeChat", "bday": "Other birthdays",
}  # fmt: skip
_NO_LABEL = {"pref", "internet", "uri", "text"}


def is_vcard(start: str) -> bool:
    return bool(_START.match(start.partition("\n")[0]))


def vcards(text: Text) -> Source:
    """A row for each card, under the names of the fields; columns that no card fills are left out."""
    refuse_too_large(text.path)
    written = text.read()
    notes = text.notes + _pictures(text, written)
    source = Source(text.path, f"vCard, {text.called}", lambda: iter(()), notes=notes, typed=False)
    cards: list[tuple[int, dict[str, str]]] = []
    for line, lines in _cards(written):
        try:
            cards.append((line, _read(lines)))
        except ValueError as error:
            source.problems.append(Problem("vcard-invalid", str(error), value="\n".join(lines).rstrip(), line=line))
    names = dict.fromkeys([*_COLUMNS, *(name for _line, card in cards for name in card)])
    used = [name for name in names if any(card.get(name) for _line, card in cards)]
    refuse_too_wide(text.path, len(used))
    if not used:
        raise InvalidInput(_("{file} holds no card that can be read").format(file=text.path.name))

    def rows() -> Iterator[tuple[int, list[str]]]:
        yield 0, used
        for line, card in cards:
            yield line, [card.get(name, "") for name in used]

    source.chunks = lambda: chunked(rows())
    return source


def _pictures(text: Text, written: str) -> list[str]:
    """That the pictures and sounds of the cards are left out."""
    count = sum(bool(_PICTURES.match(line)) for line in written.splitlines())
    said = plural("{file}: a picture or sound is left out", "{file}: {count} pictures or sounds are left out", count)
    return [said.format(file=text.path.name, count=count)] if count else []


def _cards(written: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of each card without its pictures, and where it begins; one that never ends goes up to the next.

    Lines that stand outside of any card come as if they were one.
    """
    lines: list[str] = []
    begins, picture = 0, False
    for number, line in enumerate(written.splitlines(), 1):
        if _START.match(line):
            if lines:
                yield begins, lines
            lines, begins, picture = [line], number, False
        elif lines or line.strip():
            begins = begins if lines else number
            picture = bool(_PICTURES.match(line)) or (picture and (line[:1] in " \t" or ":" not in line))
            if not picture:
                lines.append(line)
            if _END.match(line):
                yield begins, lines
                lines = []
    if lines:
        yield begins, lines


def _read(lines: list[str]) -> dict[str, str]:
    """The cells of one card by column. Raises ValueError: it cannot be read."""
    from vobject.base import VObjectError, readComponents

    if not _START.match(lines[0]):
        raise ValueError(_("these lines stand outside of a card"))
    if not _END.match(lines[-1]):
        raise ValueError(_("the card has no end"))
    try:
        card = next(readComponents("\n".join(lines) + "\n", validate=False, transform=False, allowQP=True))
    except (VObjectError, ValueError, LookupError, AttributeError, TypeError, AssertionError, StopIteration) as error:
        # The library meets damage with whatever its own code stumbles over.
        raise ValueError(_("the card cannot be read")) from error
    return _cells(card.contents)


def _cells(card: dict[str, list[Any]]) -> dict[str, str]:
    organisation = _parts(_one(card, "org"))
    full, company = _one(card, "fn").strip(), organisation[0]
    family, given, middle, *honorifics = (*_parts(_one(card, "n")), *[""] * 5)[:5]
    person = whole_name(family, given, middle)
    # How it is to be shown counts, but for a Chinese name that a Western device turned round.
    person = person if not full or (family and given and is_chinese(family + given)) else full
    if _one(card, "kind").lower() == "org" or _one(card, "x-abshowas").lower() == "company":
        company, person = company or full, ""
    phones = [(_number(tel), _kinds(tel)) for tel in _preferred(card.get("tel", []))]
    mails = [_plain(mail.value).removeprefix("mailto:") for mail in _preferred(card.get("email", []))]
    voice = [number for number, kinds in phones if not {"fax", "pager"} & kinds]
    addresses = [_address(adr) for adr in _preferred(card.get("adr", []))]
    roles = _all(card, "role")
    titles = _all(card, "title") or roles[:1]
    further = {column: _all(card, name)[1:] for name, column in _FURTHER.items()}
    if full and sorted(full.replace(" ", "")) not in [sorted(name.replace(" ", "")) for name in (person, company)]:
        further["Other names"].insert(0, full)
    cells = {
        "name": company if company != person else "",
        "contact_name": person,
        "contact_title": titles[0] if titles else "",
        "contact_phone" if person else "phone": _several(voice),
        "contact_email": _several(mails),
        "contact_wechat": _one(card, "x-wechat"),
        "contact_birthday": _birthday(card),
        "website": _one(card, "url"),
        "note": "\n".join(_plain(note.value).strip() for note in card.get("note", [])),
        "Department": " ".join(organisation[1:]).strip(),
        "Nickname": _several(_all(card, "nickname")),
        "Categories": _several([word for item in card.get("categories", []) for word in _words(item.value)]),
        "Fax": _several([number for number, kinds in phones if "fax" in kinds]),
        "Pager": _several([number for number, kinds in phones if "fax" not in kinds and "pager" in kinds]),
        "Other addresses": _several([" ".join(filter(None, other.values())) for other in addresses[1:]]),
        "Honorifics": _several([word for word in honorifics if word not in person.split()]),
        "Job role": _several([role for role in roles if role not in titles]),
        **{column: _several([" ".join(_parts(value)) for value in values]) for column, values in further.items()},
    }  # fmt: skip
    return {**cells, **_others(card), **(addresses[0] if addresses else {})}


def _others(card: dict[str, list[Any]]) -> dict[str, str]:
    """The properties that no field takes, by the names of their columns, each value with what kind it is said to be."""
    labels = {line.group: _plain(line.value).strip("_$!<>") for line in card.get("x-ablabel", []) if line.group}
    found = {}
    for name in card.keys() - _TAKEN - _TECHNICAL:
        values = []
        for line in card[name]:
            value = " ".join(filter(None, _parts(_plain(line.value))))
            words = [labels.get(line.group, ""), *line.singletonparams, *line.params.get("TYPE", [])]
            kinds = ", ".join(word for word in words if word and word.lower() not in _NO_LABEL)
            values.append(f"{value} ({kinds})" if kinds and value else value)
        found[_CALLED.get(name, f"vCard {name.upper()}")] = _several(values)
    return dict(sorted(found.items()))


def _plain(value: Any) -> str:
    """A value as text; some exports hold lists."""
    return value if isinstance(value, str) else " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _words(value: Any) -> list[str]:
    return list(map(str, value)) if isinstance(value, list) else str(value).split(",")


def _one(card: dict[str, list[Any]], name: str) -> str:
    found = card.get(name)
    return _plain(found[0].value).strip() if found else ""


def _all(card: dict[str, list[Any]], name: str) -> list[str]:
    return [value for line in card.get(name, []) if (value := _plain(line.value).strip())]


def _parts(value: str) -> list[str]:
    """The parts of a structured value: `;` parts them, and a backslash takes a sign's meaning away."""
    return [re.sub(r"\\(.)", r"\1", part).strip() for part in re.split(r"(?<!\\);", value)]


def _kinds(line: Any) -> set[str]:
    """CELL, WORK, FAX, …: given as TYPE=, bare in 2.1, several in one with commas in 4.0."""
    given = [*line.singletonparams, *line.params, *(word for words in line.params.values() for word in words)]
    return {kind.strip().lower() for words in given for kind in str(words).split(",")}


def _preferred(lines: list[Any]) -> list[Any]:
    """The preferred one first, then mobile phones, then the others as they come."""
    return sorted(lines, key=lambda line: (not {"pref", "1"} & _kinds(line), "cell" not in _kinds(line)))


def _number(tel: Any) -> str:
    """The number of a TEL, which version 4.0 may write as a URI: `tel:+1-555-010-0199;ext=12`."""
    number, *said = _plain(tel.value).strip().removeprefix("tel:").split(";")
    extension = next((word[4:] for word in said if word.lower().startswith("ext=")), "")
    return f"{number} ext {extension}" if extension else number


def _several(values: list[str]) -> str:
    return SEVERAL.join(dict.fromkeys(value.strip() for value in values if value.strip()))


def _address(adr: Any) -> dict[str, str]:
    box, more, street, city, region, postcode, country = (*_parts(_plain(adr.value)), *[""] * 7)[:7]
    return {
        "address": " ".join(filter(None, (street, more, box))),
        "city": city,
        "region": region,
        "postcode": postcode,
        "Country": country,
    }


def _birthday(card: dict[str, list[Any]]) -> str:
    """`--05-03` where there is no year; Apple writes one that does not count."""
    found = card.get("bday")
    if not found:
        return ""
    day = re.sub(r"T.*", "", _plain(found[0].value).strip())
    day = re.sub(r"^--(\d\d)-?(\d\d)$", r"--\1-\2", day)
    omitted = found[0].params.get("X-APPLE-OMIT-YEAR", [""])[0]
    return f"-{day[4:]}" if omitted and day.startswith(f"{omitted}-") else day
