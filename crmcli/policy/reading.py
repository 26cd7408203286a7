"""Reading the tables of a parsed TOML file: what is asked for is checked, what is left over is a problem."""

import difflib
import re
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crmcli.errors import Problem
from crmcli.fields.words import CASE_KIND, CHANNEL, GRADE
from crmcli.i18n import _, sentences
from crmcli.policy.places import Path, Places, shown


class Reader:
    """The problems found so far, each with its place."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.problems: list[Problem] = []

    def problem(self, code: str, reason: str, path: Path, value: object = "") -> None:
        field = next((part for part in reversed(path) if isinstance(part, str)), "")
        text = value if isinstance(value, str) else ""
        self.problems.append(Problem(code, reason, field, text, line=self.places.line(path), where=shown(path)))


class Table:
    """One table of the file. What is asked for is known; an unfit value is reported and read as empty."""

    def __init__(self, reader: Reader, data: Mapping[str, Any], path: Path) -> None:
        self.reader = reader
        self.data = data
        self.path = path
        self.asked: set[str] = set()

    def problem(self, code: str, reason: str, key: str) -> None:
        self.reader.problem(code, reason, (*self.path, key), self.data.get(key, ""))

    def text(self, key: str, *, required: bool = False, lines: bool = False) -> str:
        """A string, on one line unless `lines`; "" when absent or unfit."""
        value = self._value(key, required=required)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._wrong(key, _("a string in quotes"))
            return ""
        if has_unseen(value, allowed="\n\r\t" if lines else ""):
            self.problem("value-invalid", _("has a line break or control character"), key)
            return ""
        if required and not value.strip():
            self.problem("key-missing", _("'{key}' is empty").format(key=key), key)
            return ""
        return value

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """An array of strings; at least one if `required`."""
        value = self._value(key, required=required)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._wrong(key, _("a list of strings"))
            return ()
        if required and not value:
            self.problem("key-missing", _("'{key}' is empty").format(key=key), key)
        if any(map(has_unseen, value)):
            self.problem("value-invalid", _("has a line break or control character"), key)
            return ()
        return tuple(value)

    def texts_or_tables(self, key: str) -> "list[str | Table]":
        """An array of strings, tables or both; empty when absent or unfit."""
        value = self._value(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str | dict) for item in value):
            self._wrong(key, _('a list of texts, each "…" or { en = "…", zh = "…" }'))
            return []
        if any(has_unseen(item) for item in value if isinstance(item, str)):
            self.problem("value-invalid", _("has a line break or control character"), key)
            return []
        return [
            item if isinstance(item, str) else Table(self.reader, item, (*self.path, key, position))
            for position, item in enumerate(value)
        ]

    def flag(self, key: str) -> bool:
        """true or false; false when absent or unfit."""
        value = self._value(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self._wrong(key, _("true or false"))
        return False

    def number(
        self, key: str, *, fits: Callable[[Decimal], bool], message: str, required: bool = False
    ) -> Decimal | None:
        """A number that fits; `message` says what is needed instead of another."""
        value = self._value(key, required=required)
        number = decimal(value)
        if value is None or (number is not None and fits(number)):
            return number
        self.problem("value-invalid", message, key)
        return None

    def share(self, key: str, *, required: bool = False) -> Decimal | None:
        """A number above 0 and up to 1."""
        message = _("needs a share above 0 and up to 1, like 0.95")
        return self.number(key, fits=lambda share: 0 < share <= 1, message=message, required=required)

    def day(self, key: str, *, required: bool = False) -> date | None:
        """A date of TOML, without a time."""
        value = self._value(key, required=required)
        if value is None or is_day(value):
            found: date | None = value
            return found
        self._wrong(key, _("a date without quotes, like 2026-12-31"))
        return None

    def days(self, key: str) -> tuple[date, ...]:
        """A list of such dates."""
        value = self._value(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(map(is_day, value)):
            self._wrong(key, _("a list of dates without quotes, like [2026-12-31]"))
            return ()
        return tuple(value)

    def years(self, key: str) -> tuple[int, ...]:
        """A list of years."""
        value = self._value(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(type(year) is int and 1900 <= year <= 9999 for year in value):
            self._wrong(key, _("a list of years, like [2027]"))
            return ()
        return tuple(value)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """A list of pairs of two different strings."""
        value = self._value(key)
        if value is None:
            return ()
        fitting = isinstance(value, list) and all(
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(item, str) for item in pair) for pair in value
        )
        if not fitting:
            self._wrong(key, _('a list of pairs, like [["a", "b"]]'))
            return ()
        return tuple((first, second) for first, second in value)

    def table(self, key: str, *, required: bool = False) -> "Table | None":
        value = self._value(key, required=required)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong(key, self._expected(key, _("a table"), "[{}]", 0))
            return None
        return Table(self.reader, value, (*self.path, key))

    def tables(self, key: str, *, required: bool = False) -> "list[Table]":
        """An array of tables, at least one if `required`; empty when absent or unfit.

        What stands under `[key]`, or under a misspelt `[[key]]`, is told of and read all the same: what names it
        elsewhere is no mistake of its own.
        """
        written = self._written(key)
        self.asked.add(key)
        value = self._value(key, required=required) if written == key else self.data[written]
        if value is None:
            return []
        if isinstance(value, dict):
            self._wrong(key, self._expected(key, _("a list of tables"), "[[{}]]"))
            return [Table(self.reader, value, (*self.path, key))]
        if not _is_tables(value):
            self._wrong(key, _("a list of tables"))
            return []
        if required and not value:
            self.problem("key-missing", _("'{key}' is empty").format(key=key), key)
        return [Table(self.reader, item, (*self.path, written, position)) for position, item in enumerate(value)]

    def _written(self, key: str) -> str:
        """The key, or the tables that have one so like it that it is meant."""
        others = [] if key in self.data else [other for other, value in self.data.items() if _is_tables(value)]
        return next(iter(difflib.get_close_matches(key, others, 1, _SURE)), key)

    def _expected(self, key: str, expected: str, heading: str, *position: int) -> str:
        """What is expected, with its heading where it has another one."""
        path = (*self.path, key)
        if (*path, *position) not in self.reader.places.sections:
            return expected
        return headed(expected, heading.format(".".join(part for part in path if isinstance(part, str))))

    def finish(self) -> None:
        """Report the keys that nobody asked for, each with the nearest that is known."""
        for key in self.data:
            if key not in self.asked:
                message = _("unknown key '{key}'").format(key=key) + nearest(key, self.asked)
                self.problem("key-unknown", message, key)

    def _value(self, key: str, *, required: bool = False) -> Any:
        self.asked.add(key)
        if key not in self.data and required:
            self.problem("key-missing", _("'{key}' is missing").format(key=key), key)
        return self.data.get(key)

    def _wrong(self, key: str, expected: str) -> None:
        self.problem("type-wrong", _("'{key}' needs {expected}").format(key=key, expected=expected), key)


# No two keys that a policy may have in one place are so much alike.
_SURE = 0.75


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


# Control characters, line ends, and what turns the direction of writing: a reviewer would not see what is there.
_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]")


def headed(expected: str, heading: str) -> str:
    """What is expected, and under which heading it stands."""
    return sentences([expected, _("write {hint}").format(hint=heading)])


def has_unseen(text: str, allowed: str = "") -> bool:
    """Whether a text has characters that do not belong into a name or sentence, but for those `allowed`."""
    return any(found not in allowed for found in _UNSEEN.findall(text))


def decimal(value: object) -> Decimal | None:
    """A finite number as it was written; None for anything else, true and nan among it."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None


def is_day(value: object) -> bool:
    """Whether it is a date without a time."""
    return isinstance(value, date) and not isinstance(value, datetime)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean '…'?`, or "" when nothing is near."""
    found = difflib.get_close_matches(name, sorted(set(known)), 1)
    return _("; did you mean '{nearest}'?").format(nearest=found[0]) if found else ""


def unknown(name: str, known: Collection[str]) -> str:
    """What to say of a name that is none of `known`; it may be a word that people write for one of them."""
    stored = (spoken.get(name.casefold(), "") for spoken in (CHANNEL, GRADE, CASE_KIND))
    meant = next((word for word in stored if word in known), name)
    return hinted(_("unknown name '{name}'").format(name=name), meant, known)


def headed_so(word: str, known: Container[str]) -> str:
    """The field of a customer, one of `known`, over which the word stands in people's files; or ""."""
    from crmcli.fields import by_heading, heading_key

    field = by_heading("customers").get(heading_key(word))
    # Persons are in the list of customers, too: contact_phone, contact_name.
    name = field.name.removesuffix("_name").removeprefix("contact_") if field else ""
    return name if name in known else ""


def hinted(message: str, name: str, known: Collection[str]) -> str:
    """The message, and what is meant: the nearest of `known`, or all of a few where none is near."""
    near = nearest(name, known)
    if near or not 0 < len(known) <= _FEW:
        return message + near
    return sentences([message, _("there are: {names}").format(names=", ".join(known))])


_FEW = 14
