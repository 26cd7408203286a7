"""Reading the tables of a parsed TOML file: what is asked for is checked, what is left over is a problem."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from crmcli.errors import Problem
from crmcli.i18n import _
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
        allowed = "\n\r\t" if lines else ""
        if any((character < " " and character not in allowed) or character == "\x7f" for character in value):
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
        return tuple(value)

    def table(self, key: str) -> "Table | None":
        value = self._value(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong(key, _("a table"))
            return None
        return Table(self.reader, value, (*self.path, key))

    def tables(self, key: str) -> "list[Table]":
        """An array of tables; empty when absent or unfit."""
        value = self._value(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._wrong(key, _("a list of tables"))
            return []
        return self.items(key)

    def items(self, key: str) -> "list[Table]":
        """The tables of an array that `tables` accepted, to report problems at."""
        return [Table(self.reader, item, (*self.path, key, position)) for position, item in enumerate(self.data[key])]

    def finish(self, *, ignoring: Collection[str] = ()) -> None:
        """Report the keys that nobody asked for, each with the nearest that is known."""
        for key in self.data:
            if key not in self.asked and key not in ignoring:
                message = _("unknown key '{key}'").format(key=key) + nearest(key, self.asked)
                self.problem("key-unknown", message, key)

    def _value(self, key: str, *, required: bool = False) -> Any:
        self.asked.add(key)
        if key not in self.data and required:
            self.problem("key-missing", _("'{key}' is missing").format(key=key), key)
        return self.data.get(key)

    def _wrong(self, key: str, expected: str) -> None:
        self.problem("type-wrong", _("'{key}' needs {expected}").format(key=key, expected=expected), key)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean '…'?`, or "" when nothing is near."""
    found = difflib.get_close_matches(name, sorted(set(known)), 1)
    return _("; did you mean '{nearest}'?").format(nearest=found[0]) if found else ""
