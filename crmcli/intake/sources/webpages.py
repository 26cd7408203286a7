"""Tables of web pages: HTML saved as .xls, web archives (MHTML), and the XML spreadsheets of Excel 2003.

Line numbers are the rows as a spreadsheet program shows the page: all rows of all tables, from the first one on; one
that says where it stands, but not below the last, comes next.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from html.parser import HTMLParser

from crmcli.errors import InvalidInput
from crmcli.fields import TABLES, by_heading, heading_key
from crmcli.i18n import _, plural
from crmcli.intake.sources.encodings import Text
from crmcli.intake.sources.rows import HEADINGS_WITHIN, Source, chunked, is_filled, refuse_too_large, refuse_too_wide

_PAGE = re.compile(
    r"(?:<\?xml[^>]*>|<\?mso[^>]*>|<!--.*?-->|<!doctype[^>]*>|\s)*"
    r"<(?:html|head|meta|body|style|table|title|div|font|center|span|workbook|ss:workbook)\b",
    re.IGNORECASE | re.DOTALL,
)
_ARCHIVE = re.compile(r"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?mime-version:", re.IGNORECASE)
_ROWS = ("tr", "row", "ss:row")
_CELLS = ("td", "th", "cell", "ss:cell")
_TABLES = ("table", "ss:table")
_UNSEEN = ("script", "style", "comment", "ss:comment")
_BREAKS = ("br", "p", "div", "li")
_LONGEST_SPAN = 1_000
_FURTHEST_ROW = 1 << 20


def is_page(start: str) -> bool:
    """Whether a text file that begins like this is a web page, an archive of one, or a spreadsheet in XML."""
    return bool(_PAGE.match(start)) or is_archive(start)


def is_archive(start: str) -> bool:
    return bool(_ARCHIVE.match(start[:4096])) and "multipart/related" in start[:4096].lower()


def webpage(text: Text, start: str) -> Source:
    """The rows of the table with the most known headings. Raises InvalidInput: there is none, or it is too large."""
    refuse_too_large(text.path)
    reader = _Reader()
    for page in _archived(text) if is_archive(start) else [text.read()]:
        reader.feed(page)
        reader.close()
        while reader.open:
            reader.end_table()
        reader.reset()
    tables = [table for table in reader.tables if table.rows]
    table = _with_headings(tables)
    if table is None:
        raise InvalidInput(_("{file} is a web page without a table").format(file=text.path.name))
    width = max(map(len, table.rows))
    refuse_too_wide(text.path, width)
    rows = [(line, row + [""] * (width - len(row))) for line, row in zip(table.lines, table.rows, strict=True)]
    notes = text.notes + _unread(text, tables, table)
    return Source(text.path, f"HTML, {text.called}", lambda: chunked(rows), notes=notes)


def _unread(text: Text, tables: list["_Table"], read: "_Table") -> list[str]:
    """That there are other tables with anything in them, and where."""
    others = [one for one in tables if one.lines[0] not in read.lines and any(map(is_filled, one.rows))]
    if not others:
        return []
    said = plural(
        "{file}: a further table of the page, from row {row} on, is not read",
        "{file}: {count} further tables of the page, from row {row} on, are not read",
        len(others),
    )
    row = min(one.lines[0] for one in others)
    return [said.format(file=text.path.name, count=len(others), row=row)]


def _archived(text: Text) -> Iterator[str]:
    """The pages of a web archive."""
    for part in message_from_bytes(text.path.read_bytes()).walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                charset = str(part.get_content_charset() or "utf-8").replace("gb2312", "gb18030")
                try:
                    yield content.decode(charset, "replace")
                except LookupError:
                    yield content.decode("utf-8", "replace")


@dataclass
class _Table:
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @property
    def known(self) -> int:
        """How many headings are known in the best of the first rows."""
        keys = [[heading_key(cell) for cell in row if cell] for row in self.rows[:HEADINGS_WITHIN]]
        return max((sum(map(by_heading(table).__contains__, row)) for row in keys for table in TABLES), default=0)


def _with_headings(tables: list[_Table]) -> _Table | None:
    """The one with the most known headings, else the longest; some pages have headings and rows in two tables."""
    best = max(tables, key=lambda table: (table.known, len(table.rows)), default=None)
    if best is None:
        return None
    following = tables[tables.index(best) + 1 :]
    if len(best.rows) == 1 and following and len(following[0].rows[0]) == len(best.rows[0]):
        return _Table(best.rows + following[0].rows, best.lines + following[0].lines)
    return best


class _Reader(HTMLParser):
    """All tables of a page, nested ones apart; a cell that spans rows stands in each, one that spans columns once."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self.open: list[tuple[_Table, dict[int, tuple[int, str]]]] = []
        self.cells: list[list[str] | None] = []
        self.spans: list[tuple[int, int]] = []
        self.unseen = 0
        self.line = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name.removeprefix("ss:"): value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag in _TABLES:
            self._begin_table()
        elif not self.open:
            return
        elif tag in _ROWS:
            self._end_cell()
            self.line = max(self.line + 1, _count(given.get("index"), 0, _FURTHEST_ROW))
            table, _held = self.open[-1]
            table.rows.append([])
            table.lines.append(self.line)
        elif tag in _CELLS:
            self._begin_cell(given)
        elif tag in _BREAKS:
            self.handle_data("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _BREAKS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif not self.open:
            return
        elif tag in _CELLS or tag in _ROWS:
            self._end_cell()
        elif tag in _TABLES:
            self.end_table()

    def handle_data(self, data: str) -> None:
        if self.cells and self.cells[-1] is not None and not self.unseen:
            self.cells[-1].append(data)

    def end_table(self) -> None:
        """The innermost table is complete; a page may also end within it."""
        self._end_cell()
        self.open.pop()
        self.cells.pop()
        self.spans.pop()

    def _begin_table(self) -> None:
        table = _Table()
        self.tables.append(table)
        self.open.append((table, {}))
        self.cells.append(None)
        self.spans.append((1, 1))

    def _begin_cell(self, given: dict[str, str]) -> None:
        self._end_cell()
        table, _held = self.open[-1]
        if not table.rows:
            table.rows.append([])
            self.line += 1
            table.lines.append(self.line)
        self._fill_held()
        if given.get("index", "").isdecimal():
            table.rows[-1] += [""] * (_count(given["index"], 1) - 1 - len(table.rows[-1]))
        across = max(1, _count(given.get("colspan"), 1), _count(given.get("mergeacross"), 0) + 1)
        down = max(1, _count(given.get("rowspan"), 1), _count(given.get("mergedown"), 0) + 1)
        self.cells[-1] = []
        self.spans[-1] = (across, down)

    def _end_cell(self) -> None:
        """The cell is complete; at the end of a row, those that still hang down from above follow."""
        if not self.cells or self.cells[-1] is None:
            return
        lines = ("".join(self.cells[-1])).replace("\xa0", " ").split("\n")
        text = "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
        self.cells[-1] = None
        table, held = self.open[-1]
        across, down = self.spans[-1]
        for nth in range(across):
            if down > 1:
                held[len(table.rows[-1])] = (down - 1, "" if nth else text)
            table.rows[-1].append("" if nth else text)
        self._fill_held()

    def _fill_held(self) -> None:
        table, held = self.open[-1]
        row = table.rows[-1]
        while place := held.get(len(row)):
            left, text = place
            if left > 1:
                held[len(row)] = (left - 1, text)
            else:
                del held[len(row)]
            row.append(text)


def _count(text: str | None, otherwise: int, most: int = _LONGEST_SPAN) -> int:
    return min(int(text[:9]), most) if text and text.isdecimal() else otherwise
