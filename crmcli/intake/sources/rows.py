"""What every kind of file becomes: rows of text, in chunks, with the line each began on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from operator import itemgetter
from pathlib import Path

from crmcli.errors import InvalidInput, Problem
from crmcli.i18n import _

CHUNK = 2_000
"""Rows that are read at a time. They stay in the processor's cache while they are judged column by column: with 10,000
a million rows of six cells took 3.9 s instead of 2.6.
"""
LARGEST = 100 << 20
"""Bytes of a file that must be in memory as a whole."""
SEVERAL = " ; "
"""What stands between several values in one cell."""
HEADINGS_WITHIN = 30
"""Among how many of the first rows the headings are looked for."""
_MOST_COLUMNS = 1_000


class Number(str):
    """A cell that the file holds as a number: a point in it stands before decimals."""

    __slots__ = ()


class Rows:
    """Some rows of a file: `lines[i]` is where `cells[i]` begins, 1-based; rows may differ in length.

    They are made of `cells` row by row, or, where all are of one length, of `columns`: the other is made when it is
    asked for.

    No two rows of a file have the same line, and lines only grow: a row is known by its line. Where several rows
    share one, as JSON's objects may, `lines` has the numbers of the rows instead.

    `share` of the file has been read when these rows have, if that can be told.
    """

    def __init__(
        self,
        lines: list[int],
        cells: list[list[str]] | None = None,
        share: float | None = None,
        *,
        columns: list[Sequence[str]] | None = None,
    ) -> None:
        self.lines = lines
        self.share = share
        if columns is not None:
            self.columns = columns
        if cells is not None or columns is None:
            self.cells = cells or []

    @cached_property
    def cells(self) -> list[list[str]]:
        return list(map(list, zip(*self.columns, strict=True)))

    @cached_property
    def columns(self) -> list[Sequence[str]]:
        """The cells column by column. Raises ValueError if the rows differ in length."""
        return list(zip(*self.cells, strict=True))

    def column(self, at: int) -> Sequence[str]:
        """The cells of a column in the rows that are so long."""
        if "columns" in self.__dict__:
            return self.columns[at] if at < len(self.columns) else ()
        return [row[at] for row in self.cells if at < len(row)]

    def are_all(self, width: int) -> bool:
        """Whether every row has so many cells."""
        return len(self.columns) == width if "columns" in self.__dict__ else set(map(len, self.cells)) == {width}


@dataclass
class Source:
    """An opened file.

    Attributes:
        encoding: how it was read, for people.
        chunks: all rows from the first line on, blank ones left out; may be called again.
        problems: rows that could not be read at all; complete when the rows have been gone through.
        notes: what the user should know.
        typed: people laid the rows out by hand or for print: titles, totals and remarks stand around them.
    """

    path: Path
    encoding: str
    chunks: Callable[[], Iterator[Rows]]
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    typed: bool = True


def chunked(rows: Iterable[tuple[int, list[str]]], total: int = 0) -> Iterator[Rows]:
    """Chunks of (line, cells) without the blank rows; `total` is the number of lines, if it is known."""
    given = iter(rows)
    while pairs := list(islice(given, CHUNK)):
        lines = [line for line, _cells in pairs]
        yield from without_blank(lines, [cells for _line, cells in pairs], lines[-1] / total if total else None)


def without_blank(lines: list[int], cells: list[list[str]], share: float | None = None) -> Iterator[Rows]:
    """The chunk without blank rows, if anything is left; white space is blank."""
    # Mostly every first cell is filled, and then the others need no look.
    if not (all(cells) and all(map(str.strip, map(itemgetter(0), cells)))):
        lines = [line for line, row in zip(lines, cells, strict=True) if is_filled(row)]
        cells = [row for row in cells if is_filled(row)]
    if lines:
        yield Rows(lines, cells, share)


def without_blank_columns(lines: list[int], columns: list[Sequence[str]], share: float | None = None) -> Iterator[Rows]:
    """The same of a chunk whose rows are all of one length."""
    rows = Rows(lines, share=share, columns=columns)
    if all(map(str.strip, columns[0])):
        yield rows
    else:
        yield from without_blank(lines, rows.cells, share)


def is_filled(row: list[str]) -> bool:
    """Whether any cell has more than white space."""
    return any(map(str.strip, row))


def refuse_too_wide(path: Path, columns: int) -> None:
    if columns > _MOST_COLUMNS:
        raise InvalidInput(_("{file} has more than {count} columns").format(file=path.name, count=_MOST_COLUMNS))


def refuse_too_large(path: Path) -> None:
    """A file that must be in memory as a whole is refused beyond `LARGEST` bytes."""
    if path.stat().st_size > LARGEST:
        raise InvalidInput(
            _("{file} is larger than {size} MB").format(file=path.name, size=LARGEST >> 20),
            hint=_("save it as CSV: that is read row by row"),
        )
