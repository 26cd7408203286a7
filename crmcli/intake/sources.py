"""A file as rows of text: CSV, TSV, spreadsheets, JSONL; whatever its encoding.

The kind is told by content, never by the name's ending: back offices export tab-separated text as `.xls` every
day. Rows come in chunks with the line each began on, so that a problem can be pointed at and memory stays flat.
"""

import codecs
import csv
import json
import re
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from crmcli.errors import InvalidInput, Problem
from crmcli.i18n import _

CHUNK = 10_000
_DELIMITERS = ",\t;|"
_LONGEST_CELL = 1 << 16
_MOST_CELLS = 20_000_000
_INFLATED = 1 << 28
_WRITING = 0.75
_MOST_COLUMNS = 1_000
_BLOCK = 1 << 20


@dataclass
class Rows:
    """Some rows of a file: `lines[i]` is where `cells[i]` begins, 1-based; rows may differ in length."""

    lines: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)


@dataclass
class Source:
    """An opened file.

    Attributes:
        encoding: how it was read, for people.
        chunks: all rows from the first line on, blank ones left out; may be called again.
        problems: rows that could not be read at all; complete when the rows have been gone through.
        notes: what the user should know.
    """

    path: Path
    encoding: str
    chunks: Callable[[], Iterator[Rows]]
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def open_source(path: Path, *, sheet: str | None = None, encoding: str | None = None) -> Source:
    """Look at the file and get ready to read it.

    Raises:
        InvalidInput: it is missing, not a regular file, empty, of no known kind or encoding, or has no such sheet.
    """
    head = _head(path)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _spreadsheet(path, sheet)
    if sheet is not None:
        raise InvalidInput(_("{file} has no sheets").format(file=path.name))
    encoding = encoding or _encoding(path, head)
    start = _decoded(path, head, encoding).lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")):
        return _json(path, encoding, start)
    return _delimited(path, encoding, start)


def _head(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            kind = _("a directory") if path.is_dir() else _("not a file")
            raise InvalidInput(_("{file} is {kind}").format(file=path, kind=kind))
        with path.open("rb") as file:
            head = file.read(_BLOCK)
    except FileNotFoundError as error:
        raise InvalidInput(_("there is no file {file}").format(file=path)) from error
    except OSError as error:
        raise InvalidInput(_("cannot read {file}: {reason}").format(file=path, reason=error.strerror)) from error
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise InvalidInput(_("{file} is empty").format(file=path.name))
    return head


# --- encodings ---------------------------------------------------------------------------------------------------


def _encoding(path: Path, head: bytes) -> str:
    """The first of these that the whole file agrees with: BOM, UTF-16 by where its zeros are, UTF-8, GB18030.

    Latin-1 and Big5 would accept anything and give rubbish, so they are only used when they are asked for.
    """
    # UTF-32's mark begins with that of UTF-16.
    for bom, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(bom):
            _require(path, name)
            return name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even or odd:
        name = "utf-16-le" if odd > even else "utf-16-be"
        if max(even, odd) < 10 * min(even, odd) or max(even, odd) * 20 < len(head):
            raise InvalidInput(_("{file} is not a text file").format(file=path))
        _require(path, name)
        return name
    if _fits(path, "utf-8"):
        return "utf-8"
    if _fits(path, "gb18030") and _is_chinese(path):
        return "gb18030"
    raise InvalidInput(
        _("cannot tell the encoding of {file}").format(file=path),
        hint=_("name it: --encoding gb18030, big5, cp1252, …"),
    )


def _fits(path: Path, encoding: str) -> bool:
    decode = codecs.getincrementaldecoder(encoding)().decode
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decode(block)
            decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _is_chinese(path: Path) -> bool:
    """Whether what GB18030 makes of the file is writing: mostly the 6,763 characters of GB 2312 and its signs.

    GB18030 decodes nearly anything. Latin-1, Big5 or Shift-JIS taken for it, or UTF-8 with a broken line, give rare
    characters, most of them outside of GB 2312.
    """
    foreign = common = 0
    with path.open(encoding="gb18030") as file:
        while text := file.read(_BLOCK):
            plain = len(text.encode("ascii", "ignore"))
            foreign += len(text) - plain
            common += (len(text.encode("gb2312", "ignore")) - plain) // 2
    return common >= _WRITING * foreign


def _require(path: Path, encoding: str) -> None:
    if not _fits(path, encoding):
        raise InvalidInput(
            _("{file} is damaged: it begins as {encoding} but is not").format(file=path, encoding=encoding)
        )


def _decoded(path: Path, head: bytes, encoding: str) -> str:
    try:
        if not _fits(path, encoding):
            raise InvalidInput(_("{file} is not {encoding}").format(file=path, encoding=encoding))
        return head.decode(encoding, errors="ignore")
    except LookupError as error:
        raise InvalidInput(_("there is no encoding '{name}'").format(name=encoding)) from error


# --- delimited text ----------------------------------------------------------------------------------------------


def _delimited(path: Path, encoding: str, start: str) -> Source:
    lines = start.splitlines()[:10]
    delimiter = max(_DELIMITERS, key=lambda mark: (sum(mark in line for line in lines), lines[0].count(mark)))
    csv.field_size_limit(_LONGEST_CELL)

    def chunks() -> Iterator[Rows]:
        # Strict: a quote that is never closed would else swallow the rest of the file as one cell, silently.
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            line = 0
            try:
                while cells := list(islice(reader, CHUNK)):
                    _refuse_too_wide(path, max(map(len, cells)))
                    yield from _without_blank(_begins(cells, line, reader.line_num), cells)
                    line = reader.line_num
            except csv.Error as error:
                raise InvalidInput(_csv_fault(path, encoding, delimiter, str(error))) from error

    return Source(path, _called(encoding), chunks)


def _refuse_too_wide(path: Path, columns: int) -> None:
    if columns > _MOST_COLUMNS:
        raise InvalidInput(_("{file} has more than {count} columns").format(file=path.name, count=_MOST_COLUMNS))


def _begins(cells: list[list[str]], before: int, last: int) -> list[int]:
    """The line each row begins on; `before` and `last` are the lines read before and after."""
    if last - before == len(cells):
        return list(range(before + 1, last + 1))
    lines, line = [], before + 1
    for row in cells:
        lines.append(line)
        line += 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in row)
    return lines


def _without_blank(lines: list[int], cells: list[list[str]]) -> Iterator[Rows]:
    if not all(map(any, cells)):
        lines = [line for line, row in zip(lines, cells, strict=True) if any(row)]
        cells = [row for row in cells if any(row)]
    if lines:
        yield Rows(lines, cells)


def _csv_fault(path: Path, encoding: str, delimiter: str, reason: str) -> str:
    """What is wrong, and where the row begins that it is in: the file is read again, row by row."""
    line = 0
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        with suppress(csv.Error):
            for _row in reader:
                line = reader.line_num
    return _csv_sentence(path, line + 1, reason)


def _csv_sentence(path: Path, line: int, reason: str) -> str:
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


def _called(encoding: str) -> str:
    return {"utf-8-sig": "UTF-8 (BOM)"}.get(encoding, encoding.upper())


def _chunked(rows: Iterable[tuple[int, list[str]]]) -> Iterator[Rows]:
    given = iter(rows)
    while pairs := list(islice(given, CHUNK)):
        yield from _without_blank([line for line, _cells in pairs], [cells for _line, cells in pairs])


# --- JSON lines --------------------------------------------------------------------------------------------------


def _json(path: Path, encoding: str, start: str) -> Source:
    """One object a line; the first row given is the names of all keys, in the order they appear."""
    source = Source(path, f"JSON, {_called(encoding)}", lambda: iter(()))
    array = _json_array(path, encoding) if start.startswith("[") else None

    def objects(complain: bool) -> Iterator[tuple[int, dict[str, Any]]]:
        if array is not None:
            yield from enumerate(array, 1)
            return
        with path.open(encoding=encoding) as file:
            for number, line in enumerate(file, 1):
                if not line.strip(" \t\r\n\ufeff"):
                    continue
                try:
                    found = json.loads(line.lstrip("\ufeff"), parse_int=str, parse_float=str, parse_constant=str)
                    if not isinstance(found, dict):
                        raise ValueError(_("not an object"))
                    yield number, found
                except (ValueError, RecursionError) as error:
                    if complain:
                        reason = getattr(error, "msg", None) or str(error)
                        source.problems.append(Problem("json-invalid", reason, value=line.strip()[:200], line=number))

    def rows() -> Iterator[tuple[int, list[str]]]:
        source.problems.clear()
        keys: list[str] = []
        seen: set[str] = set()
        for _line, found in objects(False):
            keys += [key for key in found if key not in seen]
            seen.update(found)
            _refuse_too_wide(path, len(keys))
        if not keys:
            raise InvalidInput(_("{file} holds no JSON objects, one a line").format(file=path.name))
        yield 0, [key.encode("utf-8", "replace").decode() for key in keys]
        for line, found in objects(True):
            # A lone surrogate is no character that a database or a file could hold.
            cells = [_json_cell(found.get(key)) for key in keys]
            yield line, [cell.encode("utf-8", "replace").decode() for cell in cells]

    source.chunks = lambda: _chunked(rows())
    return source


def _json_array(path: Path, encoding: str) -> list[dict[str, Any]]:
    """The objects of a file that is one JSON array."""
    try:
        found = json.loads(path.read_text(encoding), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise InvalidInput(_("{file} is not JSON: {reason}").format(file=path.name, reason=reason)) from error
    if not all(isinstance(item, dict) for item in found):
        raise InvalidInput(_("{file} holds more than objects").format(file=path.name))
    return list(found)


def _json_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "; ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- spreadsheets ------------------------------------------------------------------------------------------------


def _spreadsheet(path: Path, sheet: str | None) -> Source:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    _refuse_bomb(path)
    try:
        # By stream: by path, calamine believes the name's ending.
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
            visible = [meta.name for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible]
            name = _chosen(path, sheet, book.sheet_names, visible)
            found = book.get_sheet_by_name(name)
            if found.total_height * max(1, found.total_width) > _MOST_CELLS:
                raise InvalidInput(_("{file}: sheet '{name}' is too large").format(file=path.name, name=name))
            cells = found.to_python(skip_empty_area=False)
    except (CalamineError, OSError) as error:
        raise InvalidInput(_("{file} cannot be read as a spreadsheet").format(file=path.name)) from error
    rows = [(line, [_cell(value) for value in row]) for line, row in enumerate(cells, 1)]
    source = Source(path, f"spreadsheet, sheet '{name}'", lambda: _chunked(rows))
    others = [other for other in book.sheet_names if other != name]
    if others:
        source.notes.append(_("{file}: sheets not read: {names}").format(file=path.name, names=", ".join(others)))
    return source


def _chosen(path: Path, wanted: str | None, names: list[str], visible: list[str]) -> str:
    if wanted is not None and wanted not in names:
        raise InvalidInput(
            _("{file} has no sheet '{name}'").format(file=path.name, name=wanted),
            hint=_("it has: {names}").format(names=", ".join(names)),
        )
    if wanted is None and not visible:
        raise InvalidInput(_("{file} has no sheet to read").format(file=path.name))
    return wanted or visible[0]


def _refuse_bomb(path: Path) -> None:
    """A workbook that unpacks to more than memory holds is refused before it is unpacked."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise InvalidInput(_("{file} cannot be read as a spreadsheet").format(file=path.name)) from error
    if size <= _INFLATED and _cells(path) > _MOST_CELLS:
        raise InvalidInput(_("{file} has a cell too far from the others").format(file=path.name))
    if size > _INFLATED:
        raise InvalidInput(_("{file} unpacks to {size} MB: too large").format(file=path.name, size=size >> 20))


def _cells(path: Path) -> int:
    """The cells of the largest sheet of an XLSX, from the furthest row and column: calamine allocates all of them."""
    most = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
                rows, columns = 1, 26
                with archive.open(name) as sheet:
                    rest = b""
                    while block := sheet.read(_BLOCK):
                        text = rest + block
                        rows = max([rows, *map(int, re.findall(rb'<row [^>]{0,200}?\br="(\d{1,9})"', text))])
                        far = set(re.findall(rb'<c [^>]{0,200}?\br="([A-Z]{2,3})\d', text))
                        columns = max([columns, *map(_column_number, far)])
                        rest = text[-256:]
                most = max(most, rows * columns)
    return most


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _cell(value: Any) -> str:
    """A cell as it would be typed: spreadsheets keep every number as a float, so 13800138000.0 is a phone."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        midnight = not (value.hour or value.minute or value.second)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
