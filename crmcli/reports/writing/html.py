"""A document as one page that needs nothing else: no request leaves it, and its policy allows none.

Its one script sorts tables, its one style is for light, dark, phone and paper; both are known to the page's
content-security policy by their hashes, so that nothing in customers' data could run even if it got in as markup.
"""

import math
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources

from crmcli.i18n import _, language, plural
from crmcli.reports.documents import Chart, Definitions, Document, HeatMap, Section, Text
from crmcli.reports.writing.cells import NUMBERS, as_number, decimals, facts, in_document, money
from crmcli.reports.writing.markup import Markup, joined, tag, written
from crmcli.reports.writing.svg import COLOURS, svg
from crmcli.tables import Column, Table
from crmcli.values import display_width

_TAGS = {"zh": "zh-CN"}
_ON_ONE_LINE = ("id", "phone", "date", "instant")
_UPRIGHT = 7  # columns that fit a page of paper upright
_ACROSS = 180  # characters across a page in the size of wide tables
_PADDING, _WRAPPED = 2, 16  # of a column on paper: beside its text, and of text that is wrapped
_LONG = 30
_MUCH = 500
_WIDTHS = ((14, "x"), (36, "t"), (math.inf, "w"))  # characters that a column is wide, and its class
_WITH_CONTENTS = 3


def html(document: Document) -> str:
    """The page; the same document gives the same text."""
    style, script = _asset("page.css"), _asset("page.js")
    allowed = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        # The hashes hold signs that are none of markup's.
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{allowed}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'),
        tag("title", document.title),
        Markup(f"<style>{style}</style>"),
    )
    titled = [(f"s{at}", section) for at, section in enumerate(document.sections, 1)]
    # What stands before and after a table across the page shares its page.
    papers = [_paper(section) for section in document.sections] or [None]
    body = tag(
        "body",
        tag("header", tag("h1", document.title), _terms(facts(document), "facts"), _contents(titled), class_=papers[0]),
        tag("main", *(_section(name, section, document) for name, section in titled)),
        _footer(document, papers[-1]),
        Markup(f"<script>{script}</script>"),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang=_TAGS.get(language(), language()))}\n"


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8").strip()


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _contents(titled: Sequence[tuple[str, Section]]) -> str:
    """Links to the parts of a long document."""
    links = [tag("li", tag("a", section.title, href=f"#{name}")) for name, section in titled if section.title]
    return tag("nav", tag("ol", *links), aria_label=_("Contents")) if len(links) > _WITH_CONTENTS else ""


def _paper(section: Section) -> str | None:
    """The class of a section that is printed across the page."""
    return "wide" if isinstance(section, Table) and len(section.columns) > _UPRIGHT else None


def _footer(document: Document, paper: str | None) -> str:
    parts: list[Markup] = []
    if document.definitions:
        parts += [tag("h2", _("Definitions")), _terms(document.definitions, "terms")]
    if document.notes:
        parts += [tag("h2", _("Notes")), *(tag("p", note) for note in document.notes)]
    return tag("footer", *parts, class_=paper) if parts else ""


def _section(name: str, section: Section, document: Document) -> Markup:
    if isinstance(section, Text):
        content = joined(*(tag("p", paragraph) for paragraph in section.paragraphs))
    elif isinstance(section, Definitions):
        content = _terms(section.items, "terms")
    elif isinstance(section, Table):
        content = joined(_table(section, document.currency), _notes(section.notes))
    elif isinstance(section, Chart):
        content = _chart(section, document.currency)
    else:
        content = joined(_heat(section, document.currency), _notes(section.notes))
    # The title of the page is not said twice.
    titled = section.title not in ("", document.title)
    heading = tag("h2", section.title, id=name) if titled else Markup()
    named = name if titled else None
    return tag("section", heading, content, aria_labelledby=named, class_=_paper(section))


def _terms(items: Sequence[tuple[str, str]], kind: str) -> Markup:
    return tag("dl", *(tag("div", tag("dt", term), tag("dd", said)) for term, said in items), class_=kind)


def _notes(notes: Sequence[str]) -> Markup:
    return joined(*(tag("p", note, class_="note") for note in notes))


# ------------------------------------------------------------------------------------------ tables


def _table(table: Table, currency: str, *, sortable: bool = True) -> Markup:
    """The rows in a box of their own, which scrolls sideways where the page must not."""
    if not table.rows:
        return tag("p", _("nothing to show"), class_="note")
    headings = [
        tag("th", column.heading, scope="col", class_="n" if column.kind in NUMBERS else None)
        for column in table.columns
    ]
    columns = [_column(column, table, currency) for column in table.columns]
    kinds = ["sortable"] * sortable + ["broad"] * (sum(column.room for column in columns) > _ACROSS)
    count = plural("{count} row", "{count} rows", len(table.rows)).format(count=f"{len(table.rows):,}")
    content = tag(
        "table",
        tag("caption", count),
        tag("thead", tag("tr", *headings)),
        tag("tbody", Markup("".join(_rows(columns)))),
        class_=" ".join(kinds) or None,
    )
    return _box(content, table.title, "box long" if len(table.rows) > _LONG else "box")


def _box(content: Markup, title: str, kind: str) -> Markup:
    """What scrolls can be reached by the keyboard, and has a name there."""
    label = {"aria_label": title or _("table")}
    return tag("div", content, class_=kind, role="region", tabindex=0, **label)


@dataclass(frozen=True)
class _Column:
    """The cells of a column as they are shown, their class, and the characters that they need on paper."""

    cells: list[str]
    kind: str
    room: int


def _column(column: Column, table: Table, currency: str) -> _Column:
    """Numbers are set right, short texts on one line, long ones with room for words."""
    digits = decimals(as_number(row[column.key]) for row in table.rows) if column.kind == "number" else 0
    cells = [in_document(row[column.key], column, currency=currency, digits=digits) for row in table.rows]
    widest = max(map(display_width, cells), default=0)
    if column.kind in NUMBERS:
        kind = "n"
    elif column.kind in _ON_ONE_LINE:
        kind = "x"
    else:
        kind = next(kind for most, kind in _WIDTHS if widest <= most)
    return _Column(cells, kind, _PADDING + (widest if kind in "nx" else min(widest, _WRAPPED)))


def _rows(columns: Sequence[_Column]) -> Iterator[str]:
    written_out = []
    for at, column in enumerate(columns):
        name = "td" if at else 'th scope="row"'
        opening, closing = f'<{name} class="{column.kind}">', f"</{name[:2]}>"
        written_out.append([f"{opening}{_cell(cell)}{closing}" for cell in column.cells])
    return (f"<tr>{''.join(cells)}</tr>\n" for cells in zip(*written_out, strict=True))


def _cell(text: str) -> str:
    """A text that would fill the screen scrolls in its cell."""
    return written(text) if len(text) < _MUCH else f'<div class="much">{written(text)}</div>'


def _heat(heat: HeatMap, currency: str) -> Markup:
    """The grid, every cell with its number: the shade says nothing that the number does not."""
    headings = [
        tag("th", column.heading, scope="col", class_="n" if at else None)
        for at, column in enumerate(heat.table().columns)
    ]
    digits = decimals(value for line in heat.values for value in line) if heat.kind == "number" else 0
    lines = [
        tag(
            "tr",
            tag("th", label, scope="row"),
            *(tag("td", _number(value, heat, currency, digits), class_=f"n h{heat.level(value)}") for value in line),
        )
        for label, line in zip(heat.rows, heat.values, strict=True)
    ]
    content = tag("table", tag("thead", tag("tr", *headings)), tag("tbody", *lines), class_="heat")
    return _box(content, heat.title, "box")


def _number(value: float | None, heat: HeatMap, currency: str, digits: int) -> str:
    """What stands in a cell: money in whole units, because the small ones say nothing side by side."""
    if value is not None and heat.kind == "money":
        return money(value / 100, currency, 0)
    return in_document(value, Column("", heat.kind), digits=digits)


# ------------------------------------------------------------------------------------------ charts


def _chart(chart: Chart, currency: str) -> Markup:
    """The drawing, what its colours are, and the figures for who cannot see it or wants to copy them."""
    if not chart.labels or not chart.series:
        return tag("p", _("nothing to show"), class_="note")
    keys = [tag("li", tag("i", class_=f"k{at % COLOURS}"), one.name) for at, one in enumerate(chart.series)]
    legend = tag("ul", *keys, class_="legend") if len(chart.series) > 1 else Markup()
    unit = tag("p", _("Unit: {unit}").format(unit=chart.unit), class_="note") if chart.unit else Markup()
    drawing = tag("div", svg(chart, currency), class_="box chart", role="region", tabindex=0, aria_label=chart.title)
    figures = tag(
        "details",
        tag("summary", _("Figures")),
        _table(chart.table(), currency, sortable=False),
    )
    return tag("figure", legend, unit, drawing, figures, _notes(chart.notes))
