"""What a field and a table are, and the usual kinds of field."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from crmcli.fields.forms import stored_day, stored_emails, stored_phones
from crmcli.tables import Kind
from crmcli.values import clean_text, parse_choice, parse_email, parse_phone, parse_rating


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
        otherwise: what stands over it where none of those does, and else over something else; the surest first.
        kind: how it is shown (see `tables.Column`).
        multiline: line breaks are kept.
        keep_invalid: an import keeps what cannot be read, cleaned; `clean check` reports it. Edit refuses it. Dates
            whose day and month cannot be told apart are refused all the same.
        choices: the stored words, where there are only a few.
        default: what is stored where nothing is given.
        required: no row can be without it.
    """

    name: str
    column: str | None
    parse: Callable[..., Any] | None = None
    headings: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
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


def field(name: str, headings: str = "", **said: Any) -> Field:
    """A field of plain text; `headings` (and `otherwise`) are apart by commas, `said` is what else a `Field` says."""
    others = _apart(said.pop("otherwise", ""))
    return Field(name, said.pop("column", name), headings=_apart(headings), otherwise=others, **said)


def _apart(headings: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in headings.split(",") if word.strip())


def choice(name: str, words: dict[str, str], stored: tuple[str, ...], headings: str, **said: Any) -> Field:
    """A field of a few words: `words` leads what people write to what is stored."""
    return field(name, headings, parse=partial(parse_choice, choices=words), choices=stored, **said)


def day_field(name: str, headings: str, **said: Any) -> Field:
    """A calendar day."""
    return field(name, headings, parse=stored_day, kind="date", **said)


def rating(name: str, headings: str) -> Field:
    """A rating from 0 to 5."""
    return field(name, headings, parse=parse_rating, kind="number")


def phone(name: str, headings: str, **said: Any) -> Field:
    """A phone number; one that cannot be read is kept for cleaning to repair."""
    return field(name, headings, parse=parse_phone, needs_region=True, keep_invalid=True, kind="phone", **said)


def email(name: str, headings: str, **said: Any) -> Field:
    """An e-mail address; one that cannot be read is kept for cleaning to repair."""
    return field(name, headings, parse=parse_email, keep_invalid=True, **said)


def other_phones(name: str, headings: str, **said: Any) -> Field:
    return field(name, headings, parse=stored_phones, needs_region=True, **said)


def other_emails(name: str, headings: str, **said: Any) -> Field:
    return field(name, headings, parse=stored_emails, **said)


def long(name: str, headings: str) -> Field:
    """A text of several lines."""
    return field(name, headings, multiline=True)
