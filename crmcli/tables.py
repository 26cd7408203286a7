"""A table: what a command or a report has to show, before it has a format.

Keys are the English field names of the contract in every language, and the headings for people in English;
in another language these are words. Values are plain:
text, numbers, ISO dates, None. Money arrives as integer minor units and is told apart by the column.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from crmcli.i18n import language

Kind = Literal["text", "id", "phone", "date", "instant", "money", "number", "share", "list"]


@dataclass(frozen=True)
class Column:
    """One field of every row.

    Attributes:
        key: the field's name in machine output.
        kind: how a value is shown; `id` and `date` are never cut, `share` is 0-1, `list` is a list of texts.
        wide: on a narrow terminal this column gives way first.
        title: the heading for people, in their language, where it is not that of `headings`.
        meaning: what the field is called there, where its key is something else in other tables.
        unit: what the numbers are in, where the kind does not say it ("hours", "days").
    """

    key: str
    kind: Kind = "text"
    wide: bool = False
    title: str = ""
    unit: str = ""
    meaning: str = ""

    @property
    def heading(self) -> str:
        """What stands over the column for people; never in machine output."""
        said = self.title or (self.key if language() == "en" else called(self.meaning or self.key))
        return f"{said} ({self.unit})" if self.unit else said


def called(name: str) -> str:
    """A key as people are told it: itself in English, where they type it, else what stands over its column."""
    if language() == "en":
        return name
    from crmcli.headings import headings

    return headings().get(name, name)


def called_table(name: str) -> str:
    """A table of the contract (customers, orders, …) as people are told it: its key in English, where they type it."""
    if language() == "en":
        return name
    from crmcli.headings import records

    return records()[name]


@dataclass(frozen=True)
class Table:
    """Rows under columns; every row has a value, or None, for every key."""

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    title: str = ""
    notes: Sequence[str] = field(default_factory=tuple)

    @classmethod
    def of(cls, columns: Sequence[Column], rows: Iterable[Any], *, title: str = "") -> "Table":
        """A table of mappings, or of dataclasses whose attributes are named like the columns."""
        given = [row if isinstance(row, Mapping) else {c.key: getattr(row, c.key) for c in columns} for row in rows]
        return cls(columns, given, title)


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a cell begins with that a spreadsheet would run (OWASP: CSV injection)."""


def guarded(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, made text; plain numbers and phones stay as they are."""
    if not cell.startswith(FORMULA_STARTS):
        return cell
    harmless = cell[0] in "+-" and all(character.isdigit() or character in " .,()-" for character in cell[1:])
    return cell if harmless else f"'{cell}"
