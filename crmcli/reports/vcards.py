"""The people at customers as vCards: version 3.0 (RFC 2426), which every address book reads."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from crmcli.reports import lists
from crmcli.store.workspace import Workspace
from crmcli.values import clean_text, safe

# The namespace of the cards' ids: the same person is the same card, whenever it is written.
_CARDS = uuid.UUID("6f7f5a0e-5c53-4a3e-9f53-0d6d6b1d3c2b")


def cards(ws: Workspace, customers: set[str] | None = None) -> Iterator[str]:
    """A card for each contact, of the customers with these codes or of all, in the order of code and name."""
    people = [row for row in lists.contacts(ws) if customers is None or row["code"] in customers]
    for row in sorted(people, key=lambda row: (row["code"], row["name_key"], row["name"])):
        yield _card(row)


def _card(row: dict[str, Any]) -> str:
    import vobject

    card = vobject.vCard()
    card.add("uid").value = str(uuid.uuid5(_CARDS, f"{row['code']}\n{row['name']}"))
    card.add("fn").value = safe(row["name"])
    card.add("n").value = vobject.vcard.Name(family=safe(row["name"]))
    card.add("org").value = [safe(row["customer"])]
    for name, column in (("title", "title"), ("x-wechat", "wechat"), ("note", "note")):
        if row[column]:
            card.add(name).value = clean_text(row[column], multiline=name == "note")
    for name, first, others in (("tel", "phone", "other_phones"), ("email", "email", "other_emails")):
        for value in filter(None, [row[first], *(row[others] or "").split("; ")]):
            card.add(name).value = safe(value)
    if day := _birthday(row["birthday"]):
        card.add("bday").value = day
    text: str = card.serialize()
    return text


def _birthday(stored: str | None) -> str | None:
    """A solar birthday; a lunar one has no place in a card, and no day of the solar year either."""
    return stored if stored and re.fullmatch(r"(\d{4}-|--)\d\d-\d\d", stored) else None
