"""Delimited text: comma, tab, semicolon or bar, whatever the file is called; a table in Markdown too."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Any, cast

from crmcli.errors import InvalidInput
from crmcli.i18n import _
from crmcli.intake.sources.encodings import Text
from crmcli.intake.sources.rows import CHUNK, Rows, Source, refuse_too_wide, without_blank

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
            reader = csv.reader(file, **form)
            read = cast(BufferedReader, file.buffer)
            line = 0
            try:
                if said:
                    next(reader)
                    line = reader.line_num
                while cells := list(islice(reader, CHUNK)):
                    refuse_too_wide(text.path, max(map(len, cells)))
                    cells = [*map(_of_markdown, cells)] if markdown else cells
                    yield from without_blank(_begins(cells, line, reader.line_num), cells, min(1.0, read.tell() / size))
                    line = reader.line_num
            except csv.Error as error:
                raise InvalidInput(_fault(text, form, str(error))) from error

    return Source(text.path, text.called, chunks, notes=text.notes)


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
