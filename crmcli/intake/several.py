"""Several values in one cell: each becomes a phone, an e-mail or a person of its own, and none is lost."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from crmcli.errors import BadValue
from crmcli.values import Person, name_key, parse_email, split_emails, split_people, split_phones
from crmcli.values.emails import name_beside_email
from crmcli.values.phones import name_beside_phone

OTHERS = {
    "phone": "other_phones",
    "email": "other_emails",
    "contact_phone": "contact_other_phones",
    "contact_email": "contact_other_emails",
}
"""Where the further values of a cell of the column go."""
_SPLITTERS: dict[str, Callable[[str], list[str]]] = {
    "phone": split_phones,
    "contact_phone": split_phones,
    "email": split_emails,
    "contact_email": split_emails,
}
_NAMES_BESIDE: dict[str, Callable[[str], str]] = {
    "phone": name_beside_phone,
    "contact_phone": name_beside_phone,
    "email": name_beside_email,
    "contact_email": name_beside_email,
}
# Two e-mails have more characters than `a@b.c,d@e.f`, two phones more than that.
_SHORTEST_PAIR = 11
# A name without any of these is one name.
_TELLING = re.compile(r"[、/;；，,|／\n\r\d(（]")


def apart(column: str, text: str, parse: Callable[[str], str]) -> list[str] | None:
    """The stored forms of the values in a cell, good ones first; None if it is not several values.

    What cannot be read, or has a name beside it, is there as it is written, after the others.
    """
    split = _SPLITTERS.get(column)
    parts = split(text) if split and len(text) >= _SHORTEST_PAIR else []
    if len(parts) < 2:
        return None
    good, bad, named = [], [], []
    for part in parts:
        try:
            good.append(parse(part))
        except BadValue:
            bad.append(part.strip())
        else:
            named += [part.strip()] if is_named(column, part) else []
    return list(dict.fromkeys([*good, *bad, *named])) if good else None


def is_named(column: str, text: str) -> bool:
    """Whether somebody's name stands beside the phone or e-mail in a text."""
    return column in _NAMES_BESIDE and bool(_NAMES_BESIDE[column](text))


def joined(*lists: str | None) -> str | None:
    """Lists of values apart by "; " as one, each value once."""
    values = dict.fromkeys(value for text in lists if text for value in text.split("; "))
    return "; ".join(values) or None


def name_people(
    values: dict[str, list[Any]], column: str, cells: Sequence[str], parse_phone: Callable[[str], str]
) -> None:
    """Read the people of each cell of `column`: the first stays in its row, `values["people"]` has the others as JSON.

    A phone or title beside a name is that person's. The phones and e-mails of the row go to the people in order
    if there is one for each; otherwise they stay with the first.
    """
    prefix = column.removesuffix("name")
    if not _TELLING.search("".join(cells)):
        return
    for at, cell in enumerate(cells):
        if values[column][at] is None or not _TELLING.search(cell):
            continue
        people = split_people(cell)
        if not people or not people[0].name:
            continue
        row = _Row(values, prefix, at)
        shared = _shared_out(row, people, parse_phone)
        first, *further = _united(_told(*each, parse_phone) for each in zip(people, shared, strict=True))
        row.set(first)
        if further:
            values["people"][at] = json.dumps([_columns_of(person) for person in further], ensure_ascii=False)


def name_by_emails(values: dict[str, list[Any]], prefix: str) -> None:
    """Let the names that stand beside a person's e-mails name the people of the rows that name nobody else."""
    names, others = values[f"{prefix}name"], values[f"{prefix}other_emails"]
    if f"{prefix}email" in values and any(others):
        for at, text in enumerate(others):
            if text and names[at] is None:
                _name_row(_Row(values, prefix, at))


def drop_known_names(values: dict[str, list[Any]], parse_phone: Callable[[str], str]) -> None:
    """Take out of the further phones and e-mails what only adds a name of the row to a value it has in any case."""
    for column, beside in OTHERS.items():
        others = values.get(beside, [])
        parse = parse_phone if column.endswith("phone") else parse_email
        names = [values[name] for name in ("name", "contact_name") if name in values]
        for at, text in enumerate(others) if any(others) else ():
            if text:
                known = {name_key(cells[at]) for cells in names if cells[at]}
                told = text.split("; ")
                others[at] = joined(*(one for one in told if not _repeats(column, one, known, parse)))


def _repeats(column: str, text: str, known: set[str], parse: Callable[[str], str]) -> bool:
    name = _NAMES_BESIDE[column](text)
    if not name or name_key(name) not in known:
        return False
    try:
        parse(text)
    except BadValue:
        # It stands nowhere else.
        return False
    return True


def _name_row(row: "_Row") -> None:
    """Make the names beside the e-mails of a row its people; what has no name stays with the first."""
    texts = row.several("email")
    own = {text: name for text in texts if (name := name_beside_email(text)) and _email_in(text)}
    if not own:
        return
    theirs = {_email_in(text) for text in own}
    people: list[dict[str, Any]] = [
        {"name": name, "titles": [], "phone": [], "email": [_email_in(text)]} for text, name in own.items()
    ]
    people[0]["phone"] = row.several("phone")
    people[0]["email"] += [text for text in texts if text not in own and text not in theirs]
    first, *further = _united(people)
    row.set(first)
    if further:
        row.values["people"][row.at] = json.dumps([_columns_of(person) for person in further], ensure_ascii=False)


def _email_in(text: str) -> str:
    try:
        return parse_email(text)
    except BadValue:
        return ""


class _Row:
    """The columns of a person in one row."""

    def __init__(self, values: dict[str, list[Any]], prefix: str, at: int) -> None:
        self.values = values
        self.prefix = prefix
        self.at = at

    def several(self, name: str) -> list[str]:
        """The phones (or e-mails) of the row."""
        both = (self.values.get(self.prefix + column, ()) for column in (name, f"other_{name}s"))
        found = joined(*(column[self.at] for column in both if column))
        return found.split("; ") if found else []

    def set(self, told: dict[str, Any]) -> None:
        """Write what is told of the first person; a title in a column of its own comes first."""
        own = self.values[f"{self.prefix}title"][self.at]
        titles = dict.fromkeys([own, *told["titles"]] if own else told["titles"])
        for name, value in {**_columns_of(told), "title": "、".join(titles) or None}.items():
            column = self.values.get(self.prefix + name)
            if column:
                column[self.at] = value


def _shared_out(row: _Row, people: list[Person], parse_phone: Callable[[str], str]) -> list[dict[str, list[str]]]:
    """For each person the phones and e-mails of the row that are theirs: by the name beside them, else by number."""
    shares: list[dict[str, list[str]]] = [{"phone": [], "email": []} for _person in people]
    parsers = {"phone": _read(parse_phone), "email": _email_in}
    for kind, parse in parsers.items():
        found = row.several(kind)
        beside = {text: name_key(name) for text in found if (name := _NAMES_BESIDE[kind](text))}
        for person, share in zip(people, shares, strict=True):
            for text in [text for text, name in beside.items() if name == name_key(person.name)]:
                stored = parse(text)
                if stored in found:
                    share[kind].append(stored)
                    found = [other for other in found if other not in (text, stored)]
        takers = [
            share
            for person, share in zip(people, shares, strict=True)
            if not share[kind] and not (kind == "phone" and person.phone)
        ]
        if len(found) == len(takers):
            for share, value in zip(takers, found, strict=True):
                share[kind].append(value)
        else:
            shares[0][kind] += found
    return shares


def _told(person: Person, share: dict[str, list[str]], parse_phone: Callable[[str], str]) -> dict[str, Any]:
    """The person with lists of titles, phones and e-mails."""
    written = split_phones(person.phone) if person.phone else []
    phones = [*map(_read(parse_phone), written), *share["phone"]]
    titles = [person.title] if person.title else []
    return {"name": person.name, "titles": titles, "phone": phones, "email": share["email"]}


def _united(people: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The people, each once: who is named twice has what is told either time."""
    united: dict[str, dict[str, Any]] = {}
    for person in people:
        known = united.setdefault(name_key(person["name"]), person)
        if known is not person:
            for name in ("titles", "phone", "email"):
                known[name] = [*known[name], *person[name]]
    return list(united.values())


def _columns_of(person: dict[str, Any]) -> dict[str, Any]:
    """The person as columns of a contact."""
    phones, emails = list(dict.fromkeys(person["phone"])), list(dict.fromkeys(person["email"]))
    return {
        "name": person["name"],
        "name_key": name_key(person["name"]),
        "title": "、".join(dict.fromkeys(person["titles"])) or None,
        "phone": phones[0] if phones else None,
        "other_phones": joined(*phones[1:]),
        "email": emails[0] if emails else None,
        "other_emails": joined(*emails[1:]),
    }


def _read(parse: Callable[[str], str]) -> Callable[[str], str]:
    """`parse` that leaves what it cannot read as it is."""

    def read(text: str) -> str:
        try:
            return parse(text)
        except BadValue:
            return text.strip()

    return read
