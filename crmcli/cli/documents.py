"""A deliverable in the format asked for: whole in every format for people and in JSON, its main table in the others."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from crmcli.cli import output as out
from crmcli.cli.drawing import draw_chart, draw_heat_map, heat_map_width
from crmcli.cli.messages import note
from crmcli.i18n import _, named
from crmcli.reports.documents import Chart, Definitions, Document, HeatMap, Section, Text
from crmcli.reports.writing.cells import facts, seen
from crmcli.tables import Table
from crmcli.values import safe

_ROWS_ONLY = ("jsonl", "csv", "tsv")


def show_document(
    document: Document,
    *,
    format: str | None = None,
    output: Path | None = None,
    quiet: bool = False,
    excel: bool = False,
) -> None:
    """Print `document`, or write it to `output`: xlsx, html, md, json and the terminal's text hold all of it.

    Of csv, tsv, jsonl and --quiet, which hold one table, the first one is written, and a note says so.

    Raises:
        UsageError, StorageFailed: as `output.show`.
    """
    chosen = out.chosen_format(format, output, excel=excel, quiet=quiet)
    if quiet or chosen in _ROWS_ONLY:
        _show_first(document, format=format, output=output, quiet=quiet, excel=excel)
    elif output is not None and chosen in ("xlsx", "html"):
        out.write_document(output, document, chosen)
    elif chosen == "table" and output is None and sys.stdout.isatty():
        _show_on_terminal(document)
    else:
        _write(_text(document, chosen), output)


def _write(text: str, output: Path | None) -> None:
    if output is None or str(output) == "-":
        sys.stdout.write(text)
    else:
        out.write_file(output, text)


def _show_first(document: Document, **how: Any) -> None:
    tables = document.tables
    if len(document.sections) > 1 and tables:
        said = _("only the table {title}; xlsx, html, md and json hold all of {document}")
        note(said.format(title=safe(tables[0].title), document=safe(document.title)))
    out.show(tables[0] if tables else Table((), []), **how)


def _text(document: Document, chosen: str) -> str:
    if chosen == "json":
        return json.dumps(_record(document), ensure_ascii=False, indent=2) + "\n"
    from crmcli.reports.writing.markdown import markdown

    if chosen == "md":
        return markdown(document)
    return "\n".join(_plain_part(title, body) for title, body in _parts(document))


def _show_on_terminal(document: Document) -> None:
    console = out.terminal()
    drawn = {safe(section.title): section for section in document.sections if isinstance(section, Chart | HeatMap)}
    for place, (title, body) in enumerate(_parts(document)):
        picture = drawn.get(title)
        if isinstance(picture, Chart) and picture.labels:
            sys.stdout.write(f"\n{title}\n")
            draw_chart(console, picture)
        elif isinstance(picture, HeatMap) and picture.rows and heat_map_width(picture) <= console.width:
            sys.stdout.write(f"\n{title}\n")
            draw_heat_map(console, picture)
        elif isinstance(body, Table):
            sys.stdout.write(f"\n{title}\n")
            out.show(replace(body, title=""))
        else:
            sys.stdout.write(("\n" if place else "") + _plain_part(title, body))


def _plain_part(title: str, body: Table | list[str]) -> str:
    if isinstance(body, Table):
        text = out.aligned(body) or "  " + _("nothing to show") + "\n"
    else:
        text = "".join(f"{line}\n" for line in body)
    return f"{title}\n{text}" if title else text


def _parts(document: Document) -> list[tuple[str, Table | list[str]]]:
    """Title and content of each part, from the facts under the title to the notes."""
    parts: list[tuple[str, Table | list[str]]] = [(safe(document.title), _items(facts(document)))]
    for section in document.sections:
        body = _body(section)
        parts.append((safe(section.title), body))
        if isinstance(body, Table) and body.notes:
            parts.append(("", _lines(body.notes)))
    if document.definitions:
        parts.append((_("Definitions"), _items(document.definitions)))
    if document.notes:
        parts.append((_("Notes"), _lines(document.notes)))
    return parts


def _body(section: Section) -> Table | list[str]:
    if isinstance(section, Table):
        return section
    if isinstance(section, Text):
        return _lines(section.paragraphs)
    if isinstance(section, Definitions):
        return _items(section.items)
    return section.table()


def _items(items: Any) -> list[str]:
    return [f"  {named(safe(name), safe(said))}" for name, said in items]


def _lines(texts: Any) -> list[str]:
    return [line for text in texts for line in seen(text).split("\n")]


# ------------------------------------------------------------------------------------------- JSON


def _record(document: Document) -> dict[str, Any]:
    """The whole document as one object; `kind` of a section tells which other keys it has."""
    return {
        "title": document.title,
        "as_of": document.as_of.isoformat(),
        "period": [day.isoformat() for day in document.period] if document.period else None,
        "scope": document.scope or None,
        "policy": {"name": document.policy[0], "version": document.policy[1]} if document.policy else None,
        "currency": document.currency or None,
        "sections": [_section(section) for section in document.sections],
        "definitions": dict(document.definitions),
        "notes": list(document.notes),
    }


def _section(section: Section) -> dict[str, Any]:
    titled = {"title": section.title}
    if isinstance(section, Text):
        return {"kind": "text", **titled, "paragraphs": list(section.paragraphs)}
    if isinstance(section, Definitions):
        return {"kind": "definitions", **titled, "items": dict(section.items)}
    kind = "chart" if isinstance(section, Chart) else "heatmap" if isinstance(section, HeatMap) else "table"
    table = section if isinstance(section, Table) else section.table()
    named = {} if kind == "table" else {"columns": {column.key: column.title for column in table.columns}}
    rows = [out.record(row, table.columns) for row in table.rows]
    return {"kind": kind, **titled, **named, "rows": rows, "notes": list(section.notes)}
