"""Workbooks: XLSX, XLS, XLSB and ODS, by calamine.

The sheet with the data is read: the visible one whose headings are known. Where several have headings of the same
table they are read one after the other, under the headings of the first; `_sheet` then says where a row stood, and
its line is the row of that sheet, counted from ten million for the second sheet, twenty for the third, and so on.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from crmcli.errors import InvalidInput
from crmcli.fields import TABLES, by_heading, heading_key, heading_note
from crmcli.i18n import _, plural
from crmcli.intake.sources import limits
from crmcli.intake.sources.rows import (
    HEADINGS_WITHIN,
    Number,
    Source,
    chunked,
    is_filled,
    refuse_too_large,
    refuse_too_wide,
)
from crmcli.intake.sources.trailers import is_page_total, say, say_within, trailer_begins

SHEET_COLUMN = "_sheet"
"""The heading of the column that names a row's sheet, where several are read."""
NEXT_SHEET = 10_000_000
"""What the lines of each further sheet are counted from."""
_EXACT = 1e15
_MOST_MERGED = 1_000_000
_Key = tuple[str, str, int]


@dataclass(frozen=True)
class _Sheet:
    """A sheet and what it seems to hold: the table that knows most of the headings in row `heading_line`."""

    name: str
    rows: Callable[[], Iterator[list[str]]]
    width: int
    height: int
    headings: list[str]
    heading_line: int
    known: int
    table: str


def workbook(path: Path, sheet: str | None, table: str | None) -> Source:
    """The rows of the sheets that hold the data, or of `sheet`; sheets of `table` if that is named.

    Raises InvalidInput: the file is damaged, too large, behind a password, or has no such sheet.
    """
    from python_calamine import CalamineWorkbook

    refuse_too_large(path)
    formulas = limits.looked_over(path)
    limits.refuse_encrypted(path)
    # By stream: by path, calamine believes the name's ending.
    with _damage_told(path), path.open("rb") as file:
        book = CalamineWorkbook.from_filelike(file)
        wanted = [sheet] if sheet is not None else _visible(book)
        _refuse_missing(path, book, wanted, sheet)
        sheets = [_sheet(path, name, book.get_sheet_by_name(name)) for name in wanted]
    read = sheets if sheet is not None else _with_data(sheets, table)
    refuse_too_wide(path, max(one.width for one in read))
    source = _single(path, read[0]) if len(read) == 1 else _combined(path, read)
    source.notes += _notes(path, book, [one.name for one in read], formulas)
    return source


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """What calamine makes of a damaged file, in one sentence."""
    from python_calamine import CalamineError, PasswordError

    fault = InvalidInput(_("{file} cannot be read as a spreadsheet").format(file=path.name))
    try:
        with _panic_unseen():
            yield
    except PasswordError as error:
        raise limits.locked_error(path) from error
    except (CalamineError, OSError, ValueError) as error:
        raise fault from error
    except BaseException as error:
        # Rust's panics are no Exception, and have no class to import.
        if type(error).__name__ != "PanicException":
            raise
        raise fault from error


@contextmanager
def _panic_unseen() -> Iterator[None]:
    """Without the lines that a panic writes to stderr before Python hears of it."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _visible(book: Any) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    shown = [meta for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible]
    return [meta.name for meta in shown if meta.typ == SheetTypeEnum.WorkSheet]


def _refuse_missing(path: Path, book: Any, wanted: Sequence[str], sheet: str | None) -> None:
    if not wanted:
        raise InvalidInput(_("{file} has no sheet to read").format(file=path.name))
    if sheet is not None and sheet not in book.sheet_names:
        raise InvalidInput(
            _("{file} has no sheet '{name}'").format(file=path.name, name=sheet),
            hint=_("it has: {names}").format(names=", ".join(book.sheet_names)),
        )


def _sheet(path: Path, name: str, found: Any) -> _Sheet:
    # calamine's own totals are one too small.
    height, width = (last + 1 for last in found.end) if found.end else (0, 0)
    if height * width > limits.MOST_CELLS:
        raise InvalidInput(_("{file}: sheet '{name}' is too large").format(file=path.name, name=name))
    rows = _rows(found)
    top = list(islice(rows(), HEADINGS_WITHIN))
    keys = [[heading_key(cell) for cell in row if cell] for row in top]
    known, at, table = max(
        ((sum(map(by_heading(each).__contains__, row)), -at, each) for at, row in enumerate(keys) for each in TABLES),
        key=lambda one: one[:2],
        default=(0, 0, ""),
    )
    return _Sheet(name, rows, width, height, top[-at] if top else [], 1 - at, known, table)


def _rows(found: Any) -> Callable[[], Iterator[list[str]]]:
    """The rows of a sheet from its first one on; a cell merged over several rows stands in all of them."""
    # iter_rows leaves out the empty columns before the first used one, but not the empty rows.
    indent = [""] * (found.start[1] if found.start else 0)
    last = found.end[0] if found.end else -1
    downward = [
        (top, left, min(bottom, last))
        for (top, left), (bottom, right) in found.merged_cell_ranges or ()
        if left == right and top < bottom
    ]
    merged: dict[tuple[int, int], tuple[int, int]] = {}
    # Ranges that lie over each other are no work of people, and could be many.
    if sum(bottom - top for top, _left, bottom in downward) < _MOST_MERGED:
        merged = {(row, left): (top, left) for top, left, bottom in downward for row in range(top + 1, bottom + 1)}

    def plain() -> Iterator[list[str]]:
        for row in found.iter_rows():
            yield indent + [value if type(value) is str else typed(value) for value in row]

    def filled() -> Iterator[list[str]]:
        firsts: dict[tuple[int, int], str] = dict.fromkeys(merged.values(), "")
        for at, row in enumerate(plain()):
            for column, cell in enumerate(row):
                if (at, column) in firsts:
                    firsts[at, column] = cell
                elif (at, column) in merged:
                    row[column] = cell or firsts[merged[at, column]]
            yield row

    return filled if merged else plain


def typed(value: Any) -> str:
    """A cell as it would be typed: spreadsheets keep every number as a float, so 13800138000.0 is a phone.

    A number of more than fifteen digits has lost the last ones, and is written so that it shows: 3.1E+17.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(int(value)) if abs(value) < _EXACT and value == int(value) else Number(format(value, ".15G"))
    if isinstance(value, datetime):
        midnight = not (value.hour or value.minute or value.second)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def _with_data(sheets: list[_Sheet], table: str | None) -> list[_Sheet]:
    """Those of the table that the first sheet with data speaks of; the first one that is not empty, if none has any.

    A sheet of explanations or of sums in front knows less than half as many headings as the fullest one.
    """
    known = [sheet for sheet in sheets if sheet.known > 1 or (sheet.known and len(sheets) == 1)]
    if table is not None:
        known = [sheet for sheet in known if sheet.table == table] or known
    if not known:
        return [next((sheet for sheet in sheets if any(map(any, sheet.rows()))), sheets[0])]
    most = max(sheet.known for sheet in known)
    leading = next(sheet for sheet in known if 2 * sheet.known >= most)
    return [sheet for sheet in known if sheet.table == leading.table]


def _single(path: Path, sheet: _Sheet) -> Source:
    called = f"spreadsheet, sheet '{sheet.name}'"
    return Source(path, called, lambda: chunked(enumerate(sheet.rows(), 1), sheet.height))


def _combined(path: Path, sheets: list[_Sheet]) -> Source:
    """Several sheets as one; a heading that the first one lacks is a further column."""
    columns: dict[_Key, str] = {}
    for sheet in sheets:
        columns.update({key: columns.get(key, heading) for key, heading in _named(sheet.headings)})
    source = Source(path, "", lambda: chunked(rows()))

    def rows() -> Iterator[tuple[int, list[str]]]:
        yield sheets[0].heading_line, [*columns.values(), SHEET_COLUMN]
        for nth, sheet in enumerate(sheets):
            places = [list(columns).index(key) for key, _heading in _named(sheet.headings)]
            for line, row in _list_of(source, sheet, nth * NEXT_SHEET):
                arranged = [""] * len(columns)
                for place, cell in zip(places, row, strict=False):
                    arranged[place] = cell
                yield line, [*arranged, sheet.name]

    names = ", ".join(f"'{sheet.name}'" for sheet in sheets)
    source.encoding = f"spreadsheet, sheets {names}"
    for nth, sheet in enumerate(sheets[1:], 1):
        source.notes.append(
            _("{file}: line {line} is row 1 of sheet '{name}'").format(
                file=path.name, line=nth * NEXT_SHEET + 1, name=sheet.name
            )
        )
    return source


def _list_of(source: Source, sheet: _Sheet, counted_from: int) -> Iterator[tuple[int, list[str]]]:
    """The rows below the headings of one sheet, without its sums and remarks."""
    below = islice(sheet.rows(), sheet.heading_line, None)
    rows = [(counted_from + line, row) for line, row in enumerate(below, sheet.heading_line + 1) if is_filled(row)]
    keep = trailer_begins([line for line, _row in rows], [row for _line, row in rows], sheet.width)
    say(source, [line for line, _row in rows[keep:]])
    repeated = [line for line, row in rows[:keep] if row == sheet.headings or is_page_total(row)]
    say_within(source, repeated)
    yield from (pair for pair in rows[:keep] if pair[0] not in repeated)


def _named(headings: Iterable[str]) -> list[tuple[_Key, str]]:
    """Each heading with what makes it the same as that of another sheet: its key, its unit, the how-manieth it is."""
    named: list[tuple[_Key, str]] = []
    counts: dict[tuple[str, str], int] = {}
    for heading in headings:
        note = heading_note(heading)
        key = (heading_key(heading), note.unit + note.currency)
        counts[key] = counts.get(key, 0) + 1
        named.append(((*key, counts[key]), heading))
    return named


def _notes(path: Path, book: Any, read: list[str], formulas: int) -> list[str]:
    visible = _visible(book)
    others = [name for name in book.sheet_names if name not in read]
    hidden = [name for name in others if name not in visible]
    shown = [name for name in others if name in visible]
    notes = []
    if shown:
        names = ", ".join(shown)
        notes.append(_("{file}: sheets not read: {names}; --sheet reads one").format(file=path.name, names=names))
    if hidden:
        names = ", ".join(hidden)
        notes.append(_("{file}: hidden sheets not read: {names}").format(file=path.name, names=names))
    if formulas:
        note = plural(
            "{file}: {count} formula has no value yet and is read as empty",
            "{file}: {count} formulas have no value yet and are read as empty",
            formulas,
        )
        notes.append(note.format(file=path.name, count=formulas))
    return notes
