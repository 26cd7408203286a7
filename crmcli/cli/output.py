"""What people and scripts see: a Table in the format asked for, on stdout or in a file; all the rest on stderr."""

import csv
import inspect
import io
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmcli import files
from crmcli.cli import settings
from crmcli.cli.messages import clear_progress, note
from crmcli.errors import UsageError
from crmcli.i18n import _, listed
from crmcli.reports.writing.cells import NUMBERS, for_people, padded, plain
from crmcli.tables import Column, Table, guarded
from crmcli.values import display_width, format_money, safe, spoken_phone

if TYPE_CHECKING:
    from rich.console import Console

    from crmcli.reports.documents import Document

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "md")
_ENDINGS = {
    ".xlsx": "xlsx",
    ".html": "html",
    ".csv": "csv",
    ".tsv": "tsv",
    ".md": "md",
    ".json": "json",
    ".jsonl": "jsonl",
    ".txt": "table",
}
_FILES = ("xlsx", "html")
"""What only a file can be, by its ending."""


def show(
    table: Table,
    *,
    format: str | None = None,
    output: Path | None = None,
    quiet: bool = False,
    excel: bool = False,
) -> None:
    """Print `table`, or write it to `output`.

    Raises:
        UsageError: the format is unknown. StorageFailed: the file cannot be written; an older one stays as it was.
    """
    chosen = chosen_format(format, output, excel=excel, quiet=quiet)
    clear_progress()
    if chosen in _FILES and output is not None:
        write_document(output, _alone(table, output), chosen)
        return
    if quiet or chosen in _BY_ROW:
        write(_in_rows(table.columns, table.rows, chosen, quiet=quiet, excel=excel), output)
    elif chosen == "table" and output is None and sys.stdout.isatty():
        _show_on_terminal(table)
    else:
        write([_WRITERS[chosen](table)], output)


def show_each(
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    *,
    format: str | None = None,
    output: Path | None = None,
    quiet: bool = False,
    excel: bool = False,
) -> None:
    """As `show`, with rows that come one by one: where the format takes them so, memory stays flat.

    Called while the workspace is open that they come from.
    """
    chosen = chosen_format(format, output, excel=excel, quiet=quiet)
    if quiet or chosen in _BY_ROW:
        clear_progress()
        write(_in_rows(columns, rows, chosen, quiet=quiet, excel=excel), output)
    else:
        show(Table(columns, list(rows)), format=format, output=output, excel=excel)


def _in_rows(
    columns: Sequence[Column], rows: Iterable[Any], format: str, *, quiet: bool = False, excel: bool = False
) -> Iterator[str]:
    """Rows as text that can be written as they come: _BY_ROW, or the first column alone."""
    if quiet:
        return (f"{safe(plain(row[columns[0].key], columns[0]))}\n" for row in rows)
    if format == "csv":
        return _csv(columns, rows, excel=excel)
    return {"tsv": _tsv, "json": _json, "jsonl": _jsonl}[format](columns, rows)


def write(parts: Iterable[str], output: Path | None) -> None:
    """Print a text, or put it in a file; raises as `show`."""
    if output is None or str(output) == "-":
        sys.stdout.writelines(parts)
    else:
        write_file(output, parts)


def write_file(path: Path, content: str | bytes | Iterable[str]) -> None:
    """Put `content` in the place of `path`, whatever is there but the database. Raises as `files.replace` does."""
    files.replace(path, content, keep=[settings.database()])


def write_document(path: Path, document: "Document", format: str) -> None:
    """Put a document in the place of `path`: "xlsx", "html" or "md". Raises as `files.replace` does."""
    if format == "xlsx":
        from crmcli.reports.writing.xlsx import xlsx

        write_file(path, xlsx(document))
    elif format == "html":
        from crmcli.reports.writing.html import html

        write_file(path, html(document))
    else:
        from crmcli.reports.writing.markdown import markdown

        write_file(path, markdown(document))


def _alone(table: Table, path: Path) -> "Document":
    """A document that is one table; it is called as its file unless it has a title."""
    from crmcli.reports.documents import Document

    return Document(table.title or path.stem, [table], _as_of())


def _as_of() -> datetime:
    """The one clock as people read it: what `--now` says, else the time at this machine."""
    moment = settings.moment()
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone() if moment.tzinfo is UTC else moment


def is_for_people(format: str | None, output: Path | None) -> bool:
    """Whether what is asked for is read by people, who want words and whole figures rather than fields."""
    ending = output.suffix.lower().removeprefix(".") if output else ""
    return (format or ending or "table") in ("table", "txt", "md", "html", "xlsx")


def refuse_unwritable(command: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """A result that cannot be shown as asked is refused before a command writes anything; others find out in time."""
    if "dry_run" in inspect.signature(command).parameters and {"format", "output"} & given.keys():
        chosen_format(
            given.get("format"),
            given.get("output"),
            excel=given.get("excel", False),
            quiet=given.get("quiet", False),
        )


def chosen_format(format: str | None, output: Path | None, *, excel: bool = False, quiet: bool = False) -> str:
    """One of FORMATS, or "xlsx" or "html" for a file that ends so.

    Raises:
        UsageError: there is no such format, or what is asked for does not go together.
    """
    ending = output.suffix.lower() if output is not None and str(output) != "-" else None
    if ending is not None and _ENDINGS.get(ending) in _FILES:
        for asked, option in ((excel, "--excel"), (quiet, "--quiet"), (format, f"--format {format}")):
            if asked:
                raise UsageError(
                    _("{option} does not go with a file that ends in {ending}").format(option=option, ending=ending)
                )
    if format is not None and format not in FORMATS:
        raise UsageError(_("unknown format '{format}'").format(format=format), hint=", ".join(FORMATS))
    if excel and format not in (None, "csv"):
        raise UsageError(_("--excel is a CSV; it does not go with --format {format}").format(format=format))
    if excel:
        return "csv"
    if format is None and output is not None and ending is not None:
        if ending == ".pdf":
            raise UsageError(
                _("a PDF is the print of a page, from any browser"),
                hint=f"-o {output.with_suffix('.html').name}",
            )
        if ending not in _ENDINGS:
            raise UsageError(
                _("cannot tell the format of {file}").format(file=output.name),
                hint=_("end it in {endings}, or give --format").format(endings=" ".join(_ENDINGS)),
            )
        return _ENDINGS[ending]
    return format or "table"


def _for_machines(value: Any, column: Column) -> Any:
    if value is not None and column.kind == "money":
        return format_money(value)
    if value is not None and column.kind == "share":
        return round(value, 6)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if column.kind == "list" and value is not None else value


def record(row: Any, columns: Iterable[Column]) -> dict[str, Any]:
    """A row as machines read it: by key, money as text, dates in ISO."""
    return {column.key: _for_machines(row[column.key], column) for column in columns}


def _json(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    """What `json.dumps(…, indent=2)` writes; that indents in Python, and takes three times as long."""
    keys = [(column, f"    {json.dumps(column.key, ensure_ascii=False)}: ") for column in columns]
    before = "["
    for row in rows:
        members = ",\n".join(key + _json_value(row[column.key], column) for column, key in keys)
        yield f"{before}\n  {{\n{members}\n  }}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _json_value(value: Any, column: Column) -> str:
    if value is None:
        return "null"
    if type(value) is str:
        return json.encoder.encode_basestring(value)
    if column.kind == "money":
        return f'"{format_money(value)}"'
    if type(value) is int:
        return str(value)
    if value == []:
        return "[]"
    if type(value) is float:
        return repr(round(value, 6) if column.kind == "share" else value)
    text = json.dumps(_for_machines(value, column), ensure_ascii=False, indent=2)
    # Text has no raw line break in JSON: these are the indenting's own.
    return text.replace("\n", "\n    ")


def _jsonl(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    return (json.dumps(record(row, columns), ensure_ascii=False) + "\n" for row in rows)


def _csv(columns: Sequence[Column], rows: Iterable[Any], *, excel: bool = False) -> Iterator[str]:
    text = io.StringIO()
    # A byte-order mark is what makes Excel read UTF-8 as UTF-8.
    text.write("\ufeff" if excel else "")
    writer = csv.writer(text, lineterminator="\r\n" if excel else "\n")
    writer.writerow(column.key for column in columns)
    written = _for_excel if excel else plain
    for row in rows:
        writer.writerow([written(row[c.key], c) for c in columns])
        if text.tell() > _PART:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _for_excel(value: Any, column: Column) -> str:
    """A cell that Excel leaves alone: no formula, and no phone that it would round to 8.6138E+12."""
    if column.kind == "phone" and value is not None:
        return guarded(spoken_phone(value))
    return guarded(plain(value, column))


def _tsv(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    yield "\t".join(column.key for column in columns) + "\n"
    for row in rows:
        yield "\t".join(_for_tabs(safe(plain(row[c.key], c))) for c in columns) + "\n"


def _for_tabs(cell: str) -> str:
    """A cell between tabs: bare, unless it begins as one in quotes does, which spreadsheets and imports would open."""
    return '"{}"'.format(cell.replace('"', '""')) if cell.startswith('"') else cell


def aligned(table: Table) -> str:
    """Columns padded to their widest value: whole values, no colour, nothing for an empty table."""
    if not table.rows:
        return ""
    lines = [[column.heading for column in table.columns]]
    lines += [[for_people(row[c.key], c) for c in table.columns] for row in table.rows]
    widths = [max(map(display_width, cells)) for cells in zip(*lines, strict=True)]
    right = [column.kind in NUMBERS for column in table.columns]
    text = []
    for line in lines:
        cells = [padded(cell, width, to_right) for cell, width, to_right in zip(line, widths, right, strict=True)]
        text.append("  ".join(cells).rstrip() + "\n")
    return "".join(text)


def _markdown(table: Table) -> str:
    from crmcli.reports.writing import markdown

    return markdown.table(table)


_WRITERS = {"table": aligned, "md": _markdown}
_BY_ROW = ("csv", "tsv", "json", "jsonl")
_PART = 1 << 16  # characters of a CSV that are written at once


def terminal() -> "Console":
    """The terminal as Rich writes to it: nothing in a text is taken for markup."""
    from rich.console import Console

    return Console(
        # Without a height Rich takes any terminal that is called dumb for one of 80 columns.
        width=shutil.get_terminal_size().columns,
        height=25,
        markup=False,
        emoji=False,
        highlight=False,
        no_color=settings.current().no_color or None,
    )


def _show_on_terminal(table: Table) -> None:
    from crmcli.cli import grids

    if table.rows:
        left_out = grids.show(table, terminal())
        if left_out:
            words = _("no room for {columns}: a wider terminal shows all")
            note(words.format(columns=listed(left_out)))
    else:
        note(_("nothing to show"))
