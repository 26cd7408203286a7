"""A document as a workbook that a person would send on as it is.

One sheet a table, chart or heat map, behind a first sheet with what the document is about; a document that is one
table and says nothing else is that sheet alone, so that it can be imported again. Text is text: no cell is a formula
or leads to an address. Rows are written as they come: the memory taken does not grow with them.
"""

import io
import math
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC
from functools import partial
from shutil import rmtree
from typing import Any

from crmcli.errors import UsageError
from crmcli.files import cleared_up
from crmcli.i18n import _, plural, sentences
from crmcli.reports.documents import Chart, Definitions, Document, HeatMap, Section, Text
from crmcli.reports.writing.cells import as_number, decimals, facts, plain, seen, sign
from crmcli.reports.writing.sheets import EXACT, WIDEST, cell_text, day_number, lines_of, moment_number, sheet_name
from crmcli.tables import Column, Table
from crmcli.values import display_width, spoken_phone

ROWS = 1_048_575
"""What a sheet holds under its headings."""

_A4 = 9
_PORTRAIT = 95  # characters across a page
_ACROSS = 230  # characters that a landscape page still shows readably
_HEADING = 24  # a longer one is wrapped
_FILTER_BUTTON = 3
_FROZEN_WITH_NAME = 6

_LINE, _TITLE = 16.5, 26.0  # points: Chinese is higher than Excel's own 15
_LINES = 12
_NAMES, _SAID = 34, 58  # the columns of the first sheet
_STYLES: dict[str, dict[str, Any]] = {
    "text": {},
    "wrapped": {"text_wrap": True},
    "exact": {"num_format": "@"},
    "quoted": {"quote_prefix": True, "num_format": "@"},
    "date": {"num_format": "yyyy-mm-dd", "align": "left", "indent": 1},
    "instant": {"num_format": "yyyy-mm-dd hh:mm", "align": "left", "indent": 1},
    "share": {"num_format": "0.0%"},
    "number0": {"num_format": "#,##0"},
    "number1": {"num_format": "#,##0.0"},
    "number2": {"num_format": "#,##0.00"},
    "right": {"align": "right"},
    "title": {"bold": True, "font_size": 16},
    "section": {"bold": True, "font_size": 12, "top": 1, "top_color": "#9AA5B1"},
    "term": {"bold": True, "text_wrap": True},
    "link": {"font_color": "#1F5FA8", "underline": 1},
}

# Writes one value at a place, and says how many characters wide it is.
_Cell = Callable[[Any, int, int, Any], int]


def xlsx(document: Document) -> bytes:
    """The workbook; the same document gives the same bytes.

    Raises:
        UsageError: a table has more rows than a sheet holds.
    """
    import xlsxwriter

    from crmcli.reports.writing.quick_sheet import QuickSheet

    for table in document.tables:
        if len(table.rows) > ROWS:
            raise UsageError(
                _("a sheet holds {most} rows, and here are {rows}").format(
                    most=f"{ROWS:,}", rows=f"{len(table.rows):,}"
                ),
                hint=_("write it as CSV"),
            )
    content = io.BytesIO()
    # Rows wait in files while they are written, and those hold customers' data.
    with tempfile.TemporaryDirectory(prefix=".crm-") as folder, cleared_up(partial(rmtree, folder, ignore_errors=True)):
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": folder,
        }
        workbook = xlsxwriter.Workbook(content, options)
        workbook.set_properties(
            # The library's own default is the clock.
            {"title": seen(document.title), "created": document.as_of.astimezone(UTC).replace(tzinfo=None)}
        )
        _Book(workbook, document, QuickSheet).write()
        workbook.close()
    return content.getvalue()


class _Book:
    """A workbook being written: its formats, and the names of its sheets."""

    def __init__(self, workbook: Any, document: Document, kind: type) -> None:
        self.workbook = workbook
        self.kind = kind  # of its sheets
        self.document = document
        self.names: set[str] = set()
        self.lines = 1  # of the row being written
        amount = sign(document.currency)
        given = {**_STYLES, "money": {"num_format": f'"{amount}"#,##0.00' if amount else "#,##0.00"}}
        self.styles = {name: workbook.add_format({"valign": "top", **style}) for name, style in given.items()}
        self.heading = workbook.add_format(
            {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#E4EAF1", "bottom": 1}
        )

    def write(self) -> None:
        drawn: list[tuple[str, Section]] = []
        cover = self._sheet(_("Overview")) if self._has_cover() else None
        for section in self.document.sections:
            if isinstance(section, Table | Chart | HeatMap):
                sheet = self._sheet(section.title or self.document.title)
                drawn.append((sheet.name, section))
                self._draw(sheet, section)
        if cover is not None:
            self._cover(cover, drawn)

    def _has_cover(self) -> bool:
        said = self.document
        alone = len(said.sections) == 1 and isinstance(said.sections[0], Table) and not said.sections[0].notes
        return not alone or bool(said.period or said.scope or said.policy or said.definitions or said.notes)

    # ------------------------------------------------------------------------------------ sheets

    def _sheet(self, title: str) -> Any:
        name = sheet_name(title, self.names)
        self.names.add(name.casefold())
        sheet = self.workbook.add_worksheet(name, self.kind)
        sheet.set_default_row(_LINE)
        return sheet

    def _draw(self, sheet: Any, section: Table | Chart | HeatMap) -> None:
        table = section if isinstance(section, Table) else section.table()
        widths = self._rows(sheet, table)
        last = len(table.rows), len(table.columns) - 1
        sheet.hide_gridlines(1 if isinstance(section, Chart) else 0)  # 0: on paper, too
        if isinstance(section, Chart):
            if section.labels and section.series:
                self._chart(sheet, section)
        elif isinstance(section, HeatMap):
            scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#5AAE61"}
            sheet.conditional_format(1, 1, *last, scale)
        elif table.rows:
            sheet.autofilter(0, 0, *last)
        named = len(table.columns) > _FROZEN_WITH_NAME and table.columns[0].kind == "id"
        frozen = 1 + named if len(table.columns) > 1 else 0
        sheet.freeze_panes(1, frozen)
        # Codes and phones are text that looks like numbers, and Excel would put a warning on each.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        self._printed(sheet, _PORTRAIT if isinstance(section, Chart) else sum(widths), repeat=frozen)
        sheet.repeat_rows(0)

    def _rows(self, sheet: Any, table: Table) -> list[int]:
        """Headings and rows; returns how wide each column is."""
        headings = [seen(column.heading) for column in table.columns]
        for at, heading in enumerate(headings):
            self._string(sheet, 0, at, heading, self.heading)
        sheet.set_row(0, _LINE * max((lines_of(heading, _HEADING) for heading in headings), default=1) + 2)
        longest = [0] * len(headings)
        writers = [(at, column.key, self._cell(column, table)) for at, column in enumerate(table.columns)]
        for place, row in enumerate(table.rows, 1):
            for at, key, write in writers:
                value = row[key]
                if value is not None and value != "":
                    width = write(sheet, place, at, value)
                    if width > longest[at]:
                        longest[at] = width
            if self.lines > 1:
                # Not every program finds the height of wrapped text by itself.
                sheet.set_row(place, _LINE * min(self.lines, _LINES))
                self.lines = 1
        widths = [_width(heading, content) for heading, content in zip(headings, longest, strict=True)]
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        return widths

    def _printed(self, sheet: Any, width: int, *, repeat: int = 0) -> None:
        """A4, as many pages across as can be read, with the title above and the page below."""
        sheet.set_paper(_A4)
        if width >= _PORTRAIT:
            sheet.set_landscape()
        across = math.ceil(width / _ACROSS)
        sheet.fit_to_pages(across or 1, 0)
        if across > 1 and repeat:
            sheet.repeat_columns(0, repeat - 1)
        sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        title = seen(self.document.title).replace("\n", " ")[:60].replace("&", "&&")
        name = sheet.name.replace("&", "&&")
        sheet.set_header(f"&L{title}&R{name}  {self.document.as_of:%Y-%m-%d}")
        sheet.set_footer("&C&P / &N")

    # ------------------------------------------------------------------------------------- cells

    def _cell(self, column: Column, table: Table) -> _Cell:
        """What writes the values of a column."""
        if column.kind == "number":
            digits = decimals(as_number(row[column.key]) for row in table.rows)
            return self._numbers(column, self.styles[f"number{digits}"], digits)
        if column.kind in ("money", "share"):
            return self._numbers(column, self.styles[column.kind], 2)
        if column.kind in ("date", "instant"):
            return self._times(column)
        exact = self.styles["exact"]
        if column.kind == "phone":
            return lambda sheet, row, at, value: self._string(sheet, row, at, spoken_phone(str(value)), exact)
        if column.kind == "id":
            return lambda sheet, row, at, value: self._string(sheet, row, at, str(value), exact)
        if column.kind == "list":
            return lambda sheet, row, at, value: self._string(sheet, row, at, sentences(value)) if value else 0
        return lambda sheet, row, at, value: self._string(sheet, row, at, plain(value, column))

    def _numbers(self, column: Column, style: Any, digits: int) -> _Cell:
        divisor = 100 if column.kind == "money" else 1
        signs = len(sign(self.document.currency)) + 1
        largest = widest = 0.0

        def write(sheet: Any, row: int, at: int, value: Any) -> int:
            nonlocal largest, widest
            given = value if type(value) is int else as_number(value)
            if given is None or abs(given) >= EXACT * divisor:
                return self._string(sheet, row, at, plain(value, column), self.styles["right"])
            sheet.write_number(row, at, given / divisor if divisor > 1 else given, style)
            if abs(given) >= largest:
                largest = abs(given)
                widest = len(f"{largest / divisor:,.{digits}f}") + signs
            return int(widest)

        return write

    def _times(self, column: Column) -> _Cell:
        """Real days and moments, so that they sort and filter; what is none stays text."""
        style = self.styles[column.kind]
        width = 12 if column.kind == "date" else 18

        def write(sheet: Any, row: int, at: int, value: Any) -> int:
            serial = day_number(value) if column.kind == "date" else moment_number(value)
            if serial is None:
                return self._string(sheet, row, at, plain(value, column))
            sheet.write_number(row, at, serial, style)
            return width

        return write

    def _string(self, sheet: Any, row: int, at: int, text: str, style: Any = None) -> int:
        """Text as it is, in a cell that stays text when somebody edits it; returns its width."""
        cell = cell_text(text)
        if cell.quoted and style is not self.heading:
            style = self.styles["quoted"]
        elif style is None:
            style = self.styles["text" if cell.lines == 1 else "wrapped"]
            self.lines = max(self.lines, cell.lines)
        sheet.write_string(row, at, cell.text, style)
        return cell.width

    # ------------------------------------------------------------------------------------ charts

    def _chart(self, sheet: Any, chart: Chart) -> None:
        """The chart beside the figures that it is drawn from."""
        kind = "line" if chart.shape == "lines" else "bar" if chart.lying else "column"
        stacked = {"subtype": "stacked"} if chart.shape == "stacked" else {}
        drawn = self.workbook.add_chart({"type": kind, **stacked})
        rows = len(chart.labels)
        for at, one in enumerate(chart.series, 1):
            divisor = 100 if chart.kind == "money" else 1
            drawn.add_series(
                {
                    "name": [sheet.name, 0, at],
                    "categories": [sheet.name, 1, 0, rows, 0],
                    "values": [sheet.name, 1, at, rows, at],
                    # What a viewer shows that does not look into the cells.
                    "categories_data": list(map(seen, chart.labels)),
                    "values_data": [None if value is None else f"{value / divisor:.15g}" for value in one.values],
                    "marker": {"type": "circle"} if kind == "line" else None,
                    "gap": 60,
                }
            )
        # The library takes "Sheet!A1" for a place in the workbook.
        title = seen(chart.title).replace("!", "！")
        drawn.set_title({"name": title, "name_font": {"size": 12}, "overlay": False})
        form = {"money": f'"{sign(self.document.currency)}"#,##0', "share": "0%"}.get(chart.kind, "#,##0")
        measured = {"num_format": form, "major_gridlines": {"visible": True, "line": {"color": "#D9DEE4"}}}
        if kind == "bar":
            drawn.set_y_axis({"reverse": True})
        (drawn.set_x_axis if kind == "bar" else drawn.set_y_axis)(measured)
        drawn.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
        drawn.set_size({"width": 720, "height": max(380, 26 * rows + 120) if kind == "bar" else 380})
        sheet.insert_chart(1, len(chart.series) + 2, drawn)

    # ------------------------------------------------------------------------------- first sheet

    def _cover(self, sheet: Any, drawn: Sequence[tuple[str, Section]]) -> None:
        """Title, facts, words, contents and definitions, one under the other."""
        sheet.set_column(0, 0, _NAMES)
        sheet.set_column(1, 1, _SAID)
        lines: list[tuple[str, str, str]] = [("title", self.document.title, "")]
        lines += [("term", name, said) for name, said in facts(self.document)]
        for section in self.document.sections:
            if isinstance(section, Text):
                lines += _under(section.title, [("", paragraph) for paragraph in section.paragraphs])
            elif isinstance(section, Definitions):
                lines += _under(section.title, section.items)
        contents = [(name, _content(section)) for name, section in drawn]
        lines += _under(_("Sheets"), contents, style="link")
        lines += _under(_("Definitions"), self.document.definitions)
        lines += _under(_("Notes"), [("", said) for said in self.document.notes])
        for at, (style, name, said) in enumerate(lines):
            if style == "link":
                sheet.write_url(at, 0, f"internal:{_quoted(name)}!A1", self.styles["link"], name)
            else:
                self._string(sheet, at, 0, name, self.styles[style])
            if said or style == "section":
                self._string(sheet, at, 1, said, self.styles["section" if style == "section" else "wrapped"])
            sheet.set_row(
                at, _TITLE if style == "title" else _LINE * max(lines_of(name, _NAMES), lines_of(said, _SAID))
            )
        self._printed(sheet, _NAMES + _SAID)
        sheet.hide_gridlines(2)


def _under(title: str, items: Sequence[tuple[str, str]], style: str = "term") -> list[tuple[str, str, str]]:
    """The lines of a part of the first sheet, behind an empty one; nothing for no items."""
    heading = [("text", "", ""), ("section", title, "")] if title else [("text", "", "")]
    return [*heading, *((style, name, said) for name, said in items)] if items else []


def _content(section: Section) -> str:
    """What a sheet holds, and its notes."""
    if isinstance(section, Table):
        count = len(section.rows)
        said = [plural("{count} row", "{count} rows", count).format(count=f"{count:,}"), *section.notes]
    else:
        said = list(section.notes) if isinstance(section, Chart | HeatMap) else []
    return "\n".join(said)


def _quoted(name: str) -> str:
    doubled = name.replace("'", "''")
    return f"'{doubled}'"


def _width(heading: str, content: int) -> int:
    """Characters that a column is wide: for what is in it, and for the longest word of a heading that wraps."""
    needed = min(display_width(heading), max(content, _HEADING)) + _FILTER_BUTTON
    return min(max(needed, content + 2, 6), WIDEST)
