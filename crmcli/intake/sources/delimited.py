"""Delimited text: comma, tab, semicolon or bar, whatever the file is called; a table in Markdown too."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BufferedReader
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, TextIO, cast

from crmcli.errors import InvalidInput
from crmcli.i18n import _
from crmcli.intake.sources.encodings import Text
from crmcli.intake.sources.rows import CHUNK, Rows, Source, refuse_too_wide, without_blank, without_blank_columns

_DELIMITERS = ",\t;|"
_LONGEST_CELL = 1 << 16
_LOOK_AT = 30
# Excel's own first line: which delimiter the file has.
_SAYS_DELIMITER = re.compile(r"\ufeff?sep=(.)\s*", re.IGNORECASE)
# A title at most, the headings of a table in Markdown, and the rule below them.
_RULE = r"[ \t]*:?-{3,}:?[ \t]*"
_MARKDOWN = re.compile(rf"(?:#[^\n]*\n\s*)*[^|\n]*\|[^\n]*\n\|?{_RULE}(?:\|{_RULE})*\|?[ \t]*(?:\r?\n|$)")


def delimited(text: Text, start: str) -> Source:
    """The rows of delimited text; `start` is the beginning of the file."""
    said = _SAYS_DELIMITER.fullmatch(start.partition("\n")[0])
    markdown = _MARKDOWN.match(start)
    # Strict: a quote that is never closed would else swallow the rest of the file as one cell, silently.
    form: dict[str, Any] = {"delimiter": said[1] if said else _delimiter(start), "strict": True}
    if markdown:
        form = {"delimiter": "|", "quoting": csv.QUOTE_NONE, "escapechar": "\\"}
    csv.field_size_limit(_LONGEST_CELL)

    def chunks() -> Iterator[Rows]:
        size = text.path.stat().st_size or 1
        with text.open(newline="") as file:
            read = cast(BufferedReader, file.buffer)
            line = 1 if said and file.readline() else 0
            while lines := list(islice(file, CHUNK)):
                columns = None if markdown else _columns(lines, form["delimiter"])
                share = min(1.0, read.tell() / size)
                if columns:
                    refuse_too_wide(text.path, len(columns))
                    yield from without_blank_columns(list(range(line + 1, line + len(lines) + 1)), columns, share)
                    line += len(lines)
                else:
                    cells, last = _rows(text, form, lines, file, line)
                    cells = [*map(_of_markdown, cells)] if markdown else cells
                    yield from without_blank(_begins(cells, line, last), cells, share)
                    line = last

    return Source(text.path, text.called, chunks, notes=text.notes)


def _columns(lines: list[str], mark: str) -> list[Sequence[str]] | None:
    """The cells of lines in which nothing is quoted and all are as many, by columns; else None.

    What `csv` would make of them too, in half the time: it makes a list of every row.
    """
    marks = set(map(str.count, lines, repeat(mark)))
    text = "".join(lines)
    if len(marks) > 1 or '"' in text or max(map(len, lines)) > _LONGEST_CELL:
        return None
    text = text.replace("\r\n", "\n").removesuffix("\n")
    if "\r" in text:
        return None
    width = marks.pop() + 1
    cells = text.replace(mark, "\n").split("\n")
    return [cells[at::width] for at in range(width)]


def _rows(text: Text, form: dict[str, Any], lines: list[str], more: TextIO, before: int) -> tuple[list[list[str]], int]:
    """As many rows as there are lines, of these and, where a row has several, of `more`; the line on which they end.

    `before` is the line before the first. Raises InvalidInput where the quotes do not fit.
    """
    reader = csv.reader(chain(lines, more), **form)
    try:
        cells = list(islice(reader, len(lines)))
    except csv.Error as error:
        raise InvalidInput(_fault(text, form, str(error))) from error
    refuse_too_wide(text.path, max(map(len, cells)))
    return cells, before + reader.line_num


def _delimiter(start: str) -> str:
    """The one that cuts most of the first rows into the same number of cells, and into the most."""

    def fits(mark: str) -> tuple[int, int]:
        widths: Counter[int] = Counter()
        with suppress(csv.Error):
            for row in islice(csv.reader(lines, delimiter=mark), _LOOK_AT):
                widths[len(row)] += len(row) > 1
        width, rows = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
        return rows, width

    lines = start.splitlines(keepends=True)
    # A last line that the look at the beginning cut off says nothing.
    lines = lines[:-1] if len(lines) > 2 else lines
    return max(_DELIMITERS, key=fits)


def _begins(cells: list[list[str]], before: int, last: int) -> list[int]:
    """The line each row begins on; `before` and `last` are the lines read before and after."""
    if last - before == len(cells):
        return list(range(before + 1, last + 1))
    lines, line = [], before + 1
    for row in cells:
        lines.append(line)
        line += 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in row)
    return lines


def _of_markdown(row: list[str]) -> list[str]:
    """The cells of a row, without what makes them straight and with their own line breaks; none of the rule."""
    return [cell.strip().replace("<br>", "\n") for cell in row] if any(cell.strip(" :-") for cell in row) else []


def _fault(text: Text, form: dict[str, Any], reason: str) -> str:
    """What is wrong, and where the row begins that it is in: the file is read again, row by row."""
    line = 0
    with text.open(newline="") as file:
        reader = csv.reader(file, **form)
        with suppress(csv.Error):
            for _row in reader:
                line = reader.line_num
    return _sentence(text.path, line + 1, reason)


def _sentence(path: Path, line: int, reason: str) -> str:
    if "field larger" in reason:
        return _("{file}, line {line}: a cell is too long, or its quote is never closed").format(
            file=path.name, line=line
        )
    if "unexpected end" in reason:
        return _("{file}, line {line}: a quote is opened here and never closed").format(file=path.name, line=line)
    if "expected after" in reason:
        return _('{file}, line {line}: text follows a closing quote; inside quotes, write " as ""').format(
            file=path.name, line=line
        )
    return _("{file}, line {line}: {reason}").format(file=path.name, line=line, reason=reason)
