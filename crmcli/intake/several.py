"""Several values in one cell: each becomes a phone, an e-mail or a person of its own, and none is lost."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from crmcli.errors import BadValue
from crmcli.values import Person, name_key, split_emails, split_people, split_phones

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
# Two e-mails have more characters than `a@b.c,d@e.f`, two phones more than that.
_SHORTEST_PAIR = 11
# A name without any of these is one name.
_TELLING = re.compile(r"[、/;；，,|／\n\r\d(（]")


def apart(column: str, text: str, parse: Callable[[str], str]) -> list[str] | None:
    """The stored forms of the values in a cell, good ones first; None if it is not several values."""
    split = _SPLITTERS.get(column)
    parts = split(text) if split and len(text) >= _SHORTEST_PAIR else []
    if len(parts) < 2:
        return None
    good, bad = [], []
    for part in parts:
        try:
            good.append(parse(part))
        except BadValue:
            bad.append(part.strip())
    return list(dict.fromkeys([*good, *bad])) if good else None


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
        shared = _shared_out(row, people)
        first, *further = [_told(person, share, parse_phone) for person, share in zip(people, shared, strict=True)]
        row.set(first)
        named = [person for person in further if person["name"]]
        if named:
            values["people"][at] = json.dumps(named, ensure_ascii=False)


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
        """Write what is told of the first person; a title in a column of its own wins."""
        told["title"] = self.values[f"{self.prefix}title"][self.at] or told["title"]
        for name, value in told.items():
            column = self.values.get(self.prefix + name)
            if column:
                column[self.at] = value


def _shared_out(row: _Row, people: list[Person]) -> list[dict[str, list[str]]]:
    """For each person the phones and e-mails of the row that are theirs."""
    shares: list[dict[str, list[str]]] = [{"phone": [], "email": []} for _person in people]
    without = [share for person, share in zip(people, shares, strict=True) if not person.phone]
    for name, takers in (("phone", without), ("email", shares)):
        found = row.several(name)
        if len(found) == len(takers):
            for share, value in zip(takers, found, strict=True):
                share[name].append(value)
        else:
            shares[0][name] += found
    return shares


def _told(person: Person, share: dict[str, list[str]], parse_phone: Callable[[str], str]) -> dict[str, Any]:
    """The person as columns of a contact."""
    written = split_phones(person.phone) if person.phone else []
    phones = [*map(_read(parse_phone), written), *share["phone"]]
    emails = share["email"]
    return {
        "name": person.name,
        "name_key": name_key(person.name),
        "title": person.title,
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
