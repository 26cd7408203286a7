"""A document as Markdown, as GitHub and chat programs read it; its tables are straight in a plain editor, too."""

import re
from collections.abc import Sequence

from crmcli.i18n import _, named
from crmcli.reports.documents import Chart, Definitions, Document, HeatMap, Section, Text
from crmcli.reports.writing.cells import NUMBERS, as_number, decimals, facts, in_document, padded, seen
from crmcli.tables import Table
from crmcli.values import display_width

_SPECIAL = re.compile(r"[\\`*\[\]<|]|~~|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")
_START = re.compile(r"^(\s*)([#>+-]|\d+(?=[.)]))", re.MULTILINE)


def markdown(document: Document) -> str:
    """The whole document; the same document gives the same text."""
    parts = [f"# {written(document.title)}", _items(facts(document))]
    for section in document.sections:
        if section.title and section.title != document.title:
            parts.append(f"## {written(section.title)}")
        parts += _section(section, document.currency)
    if document.definitions:
        parts += ["## " + _("Definitions"), _items(document.definitions)]
    if document.notes:
        parts += ["## " + _("Notes"), *map(_prose, document.notes)]
    return "\n\n".join(part.rstrip("\n") for part in parts if part) + "\n"


def table(table: Table, currency: str = "") -> str:
    """A pipe table with whole values, its columns padded to their widest in terminal cells."""
    columns = table.columns
    digits = [decimals(as_number(row[c.key]) for row in table.rows) if c.kind == "number" else 0 for c in columns]
    lines = [[written(column.heading) for column in columns]]
    lines += [
        [
            written(in_document(row[column.key], column, currency=currency, digits=places))
            for column, places in zip(columns, digits, strict=True)
        ]
        for row in table.rows
    ]
    right = [column.kind in NUMBERS for column in columns]
    widths = [max(3, *map(display_width, cells)) for cells in zip(*lines, strict=True)]
    rule = ["-" * (width - end) + ":" * end for width, end in zip(widths, right, strict=True)]
    straight = [
        [padded(cell, width, end) for cell, width, end in zip(line, widths, right, strict=True)]
        for line in (lines[0], rule, *lines[1:])
    ]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in straight)


def written(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\g<0>", seen(text)).replace("\n", "<br>")


def _section(section: Section, currency: str) -> Sequence[str]:
    if isinstance(section, Text):
        return [_prose(paragraph) for paragraph in section.paragraphs]
    if isinstance(section, Definitions):
        return [_items(section.items)]
    given = section.table() if isinstance(section, Chart | HeatMap) else section
    rows = table(given, currency) if given.rows else _("nothing to show")
    return [rows, *map(_prose, given.notes)]


def _items(items: Sequence[tuple[str, str]]) -> str:
    return "\n".join("- " + named(f"**{written(name)}**", written(said)) for name, said in items)


def _prose(text: str) -> str:
    """A paragraph: its own line breaks stay, and nothing at the start of a line makes it a list or a heading."""
    escaped = _SPECIAL.sub(r"\\\g<0>", seen(text))
    return _START.sub(r"\1\\\2", escaped).replace("\n", "\\\n")
