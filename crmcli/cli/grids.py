"""A table on a terminal, as wide as that is, in the time that a base with thousands of due items leaves for it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from crmcli.i18n import named
from crmcli.reports.writing.cells import NUMBERS, for_people, padded
from crmcli.tables import Column, Table
from crmcli.values import display_width, safe

if TYPE_CHECKING:
    from rich.console import Console

_FIXED = ("id", "phone", "date", "instant", "money", "number", "share")
_ROOM = 12
_LEAST = 8
_GAP = 2
PIECES = re.compile(r"[《“「（【]*(?:[^\s\u2e80-\U0010ffff]+|\S)[，。；：、！？…）》”」】]*|\s+")
"""Where a line may end: after a word, after a sign of Chinese with the punctuation that may not be torn from it."""


@dataclass(frozen=True)
class _Shown:
    """A column as a terminal shows it: its texts, the cells that each takes, and those of the widest of them."""

    column: Column
    texts: list[str]
    sizes: list[int]
    widest: int

    @classmethod
    def of(cls, column: Column, rows: Sequence[Mapping[str, Any]]) -> "_Shown":
        texts = [for_people(row[column.key], column) for row in rows]
        sizes = [*map(display_width, texts)]
        return cls(column, texts, sizes, max(display_width(column.heading), *sizes))

    def need(self, room: int) -> int:
        """The cells that it takes when each of its texts has at most `room` of them."""
        if self.column.kind in _FIXED:
            return self.widest
        return min(self.widest, max(room, display_width(self.column.heading)))

    def lines(self, at: int, width: int) -> list[str]:
        """One of its texts in lines of that width."""
        lines = [self.texts[at]] if self.sizes[at] <= width else folded(self.texts[at], width)
        return [padded(line, width, self.column.kind in NUMBERS) for line in lines]


def show(table: Table, console: "Console") -> list[str]:
    """The table as wide as the terminal, its texts on several lines where they must be.

    Returns the headings of the columns that it has no room for, of those that are not empty.

    It looks as one of Rich's, which are laid out and painted cell by cell: a large base would take half a minute.
    """
    from rich.text import Text

    columns = [_Shown.of(column, table.rows) for column in table.columns]
    shown = _columns_that_fit(columns, console.width)
    left_out = [one.column.heading for one in columns if one not in shown and any(one.sizes)]
    if _width(shown, _LEAST) > console.width:
        _show_records(shown, console)
        return left_out
    widths = _widths(shown, console.width)
    across = sum(widths) + _GAP * (len(shown) - 1)
    if table.title:
        console.print(Text(safe(table.title)), style="italic", justify="center", width=across)
    headings = (
        padded(one.column.heading, width, one.column.kind in NUMBERS) for one, width in zip(shown, widths, strict=True)
    )
    console.print(Text((" " * _GAP).join(headings)), style="bold")
    console.print("─" * across)
    for at in range(len(table.rows)):
        cells = [one.lines(at, width) for one, width in zip(shown, widths, strict=True)]
        for line in range(max(map(len, cells))):
            parts = (cell[line] if line < len(cell) else " " * width for cell, width in zip(cells, widths, strict=True))
            console.file.write((" " * _GAP).join(parts) + "\n")
    return left_out


def _widths(shown: Sequence[_Shown], width: int) -> list[int]:
    """The cells of each column in `width` of them: where there is too little room the widest texts give way first."""
    widest = [one.widest for one in shown]
    least = [one.need(_LEAST) for one in shown]
    room = width - _GAP * (len(shown) - 1)

    def within(most: int) -> list[int]:
        return [min(size, max(most, need)) for size, need in zip(widest, least, strict=True)]

    most = max(widest)
    while sum(within(most)) > room:
        most -= 1
    widths = within(most)
    for at, size in reversed([*enumerate(widest)]):
        # What is left over, cell by cell.
        if size > widths[at] and sum(widths) < room:
            widths[at] += 1
    return widths


def _show_records(shown: Sequence[_Shown], console: "Console") -> None:
    """Row by row: on a terminal so narrow that a table would cut ids and phones."""
    first, *others = shown
    headings = [one.column.heading for one in others]
    bold, room = painted(console, "bold"), console.width - 2
    for at, title in enumerate(first.texts):
        values = zip(headings, (one.texts[at] for one in others), strict=True)
        text = "  ".join(named(heading, value) for heading, value in values if value)
        console.file.writelines(bold(line) + "\n" for line in folded(title, console.width))
        console.file.writelines(f"  {padded(line, room, False)}\n" for line in folded(text, room))


def _columns_that_fit(columns: Sequence[_Shown], width: int) -> list[_Shown]:
    """The columns that a terminal of `width` cells has room for; empty ones and `wide` ones give way first."""
    shown = [one for one in columns if not one.column.wide or any(one.sizes)]
    while len(shown) > 1 and _width(shown, _ROOM) > width and any(one.column.wide for one in shown):
        shown.remove([one for one in shown if one.column.wide][-1])
    return shown


def _width(shown: Sequence[_Shown], room: int) -> int:
    """The cells that the columns take when each text has at most `room` of them."""
    return sum(one.need(room) + _GAP for one in shown) - _GAP


def folded(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` cells; inside of a word only where no line has room for it."""
    lines, line, used = [], "", 0
    for piece in PIECES.findall(text):
        size = display_width(piece)
        if used and used + size > width and not piece.isspace():
            lines.append(line.rstrip())
            line, used = "", 0
        line, used = line + piece, used + size
        while used > max(width, 1) and not piece.isspace():
            cut = max(1, sum(size <= width for size in accumulate(map(display_width, line))))
            lines.append(line[:cut])
            line = line[cut:]
            used = display_width(line)
    return [*lines, line.rstrip()]


def painted(console: "Console", style: str) -> Callable[[str], str]:
    """What gives a text that style on this terminal: Rich asked once, not for every line."""
    from rich.text import Text

    with console.capture() as said:
        console.print(Text("x", style=style), end="")
    before, after = said.get().split("x")
    return lambda text: f"{before}{text}{after}"
