"""What people and scripts see: a Table in the format asked for, on stdout or in a file; all the rest on stderr."""

import csv
import inspect
import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmcli import files
from crmcli.cli import settings
from crmcli.cli.messages import note
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table, guarded
from crmcli.values import display_width, format_money, safe, spoken_phone

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "md")
_ENDINGS = {".json": "json", ".jsonl": "jsonl", ".csv": "csv", ".tsv": "tsv", ".md": "md", ".txt": "table"}


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
    chosen = _format(format, output, excel)
    if quiet:
        text = "".join(f"{safe(_plain(row[table.columns[0].key], table.columns[0]))}\n" for row in table.rows)
    elif chosen == "table" and output is None and sys.stdout.isatty():
        _show_rich(table)
        return
    else:
        text = _WRITERS[chosen](table) if chosen != "csv" else _csv(table, excel=excel)
    if output is None or str(output) == "-":
        sys.stdout.write(text)
    else:
        write_file(output, text)


def write_file(path: Path, text: str) -> None:
    """Put `text` in the place of `path`, whatever is there but the database. Raises as `files.replace` does."""
    files.replace(path, text, keep=[settings.database()])


def refuse_unwritable(command: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """A result that cannot be shown as asked is refused before a command writes anything; others find out in time."""
    if "dry_run" in inspect.signature(command).parameters and {"format", "output"} & given.keys():
        _format(given.get("format"), given.get("output"), given.get("excel", False))


def _format(format: str | None, output: Path | None, excel: bool) -> str:
    if format is not None and format not in FORMATS:
        raise UsageError(_("unknown format '{format}'").format(format=format), hint=", ".join(FORMATS))
    if excel and format not in (None, "csv"):
        raise UsageError(_("--excel is a CSV; it does not go with --format {format}").format(format=format))
    if excel:
        return "csv"
    if format is None and output is not None and str(output) != "-":
        if output.suffix.lower() not in _ENDINGS:
            raise UsageError(
                _("cannot tell the format of {file}").format(file=output.name),
                hint=_("end it in {endings}, or give --format").format(endings=" ".join(_ENDINGS)),
            )
        return _ENDINGS[output.suffix.lower()]
    return format or "table"


def _plain(value: Any, column: Column) -> str:
    """A value as text, the same in every text format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column.kind == "money":
        return format_money(value)
    if column.kind == "share":
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if column.kind == "list":
        return "; ".join(str(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _for_people(value: Any, column: Column) -> str:
    if column.kind == "share" and value is not None:
        return f"{value:.1%}"
    if column.kind == "money" and value is not None:
        return f"{value / 100:,.2f}"
    if column.kind == "phone" and value is not None:
        return safe(spoken_phone(value))
    if column.kind == "instant" and value is not None:
        return safe(str(value))[:16].replace("T", " ")
    return safe(_plain(value, column))


def _for_machines(value: Any, column: Column) -> Any:
    if value is not None and column.kind == "money":
        return format_money(value)
    if value is not None and column.kind == "share":
        return round(value, 6)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if column.kind == "list" and value is not None else value


def _record(row: Any, columns: Iterable[Column]) -> dict[str, Any]:
    return {column.key: _for_machines(row[column.key], column) for column in columns}


def _json(table: Table) -> str:
    """What `json.dumps(…, indent=2)` writes; that indents in Python, and takes three times as long."""
    if not table.rows:
        return "[]\n"
    keys = [(column, f"    {json.dumps(column.key, ensure_ascii=False)}: ") for column in table.columns]
    objects = (",\n".join(key + _json_value(row[column.key], column) for column, key in keys) for row in table.rows)
    return "[\n" + ",\n".join(f"  {{\n{members}\n  }}" for members in objects) + "\n]\n"


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


def _jsonl(table: Table) -> str:
    return "".join(json.dumps(_record(row, table.columns), ensure_ascii=False) + "\n" for row in table.rows)


def _csv(table: Table, *, excel: bool = False) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n" if excel else "\n")
    writer.writerow(column.key for column in table.columns)
    written = _for_excel if excel else _plain
    writer.writerows([written(row[c.key], c) for c in table.columns] for row in table.rows)
    # A byte-order mark is what makes Excel read UTF-8 as UTF-8.
    return ("\ufeff" if excel else "") + text.getvalue()


def _for_excel(value: Any, column: Column) -> str:
    """A cell that Excel leaves alone: no formula, and no phone that it would round to 8.6138E+12."""
    if column.kind == "phone" and value is not None:
        return guarded(spoken_phone(value))
    return guarded(_plain(value, column))


def _tsv(table: Table) -> str:
    lines = ["\t".join(column.key for column in table.columns)]
    lines += ["\t".join(safe(_plain(row[c.key], c)) for c in table.columns) for row in table.rows]
    return "".join(f"{line}\n" for line in lines)


def _aligned(table: Table) -> str:
    """Columns padded to their widest value: whole values, no colour, nothing for an empty table."""
    if not table.rows:
        return ""
    lines = [[column.key for column in table.columns]]
    lines += [[_for_people(row[c.key], c) for c in table.columns] for row in table.rows]
    widths = [max(map(display_width, cells)) for cells in zip(*lines, strict=True)]
    right = [column.kind in ("money", "number", "share") for column in table.columns]
    text = []
    for line in lines:
        cells = [_pad(cell, width, to_right) for cell, width, to_right in zip(line, widths, right, strict=True)]
        text.append("  ".join(cells).rstrip() + "\n")
    return "".join(text)


def _markdown(table: Table) -> str:
    """A pipe table, as GitHub reads it."""
    lines = [[column.key for column in table.columns]]
    lines += [[_for_people(row[c.key], c).replace("|", "\\|") for c in table.columns] for row in table.rows]
    widths = [max(3, *map(display_width, cells)) for cells in zip(*lines, strict=True)]
    rule = ["-" * width for width in widths]
    padded = [[_pad(c, w, False) for c, w in zip(line, widths, strict=True)] for line in [lines[0], rule, *lines[1:]]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in padded)


def _pad(cell: str, width: int, to_right: bool) -> str:
    space = " " * (width - display_width(cell))
    return space + cell if to_right else cell + space


_WRITERS = {"table": _aligned, "json": _json, "jsonl": _jsonl, "tsv": _tsv, "md": _markdown}


_FIXED = ("id", "phone", "date", "instant", "money", "number", "share")
_ROOM = 12
_LEAST = 8
_GAP = 2


def _show_rich(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console(markup=False, emoji=False, highlight=False, no_color=settings.current().no_color or None)
    if not table.rows:
        note(_("nothing to show"))
        return
    shown = _columns_that_fit(table, console.width)
    if _width(table, shown, _LEAST) > console.width:
        _show_records(table, shown, console)
        return
    grid = RichTable(
        box=box.SIMPLE_HEAD,
        title=Text(safe(table.title)) if table.title else None,
        show_edge=False,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for column in shown:
        grid.add_column(
            Text(column.key, style="bold"),
            no_wrap=column.kind in _FIXED,
            overflow="fold",
            justify="right" if column.kind in ("money", "number", "share") else "left",
            min_width=_need(table, column, _LEAST),
        )
    for row in table.rows:
        grid.add_row(*(Text(_for_people(row[column.key], column)) for column in shown))
    console.print(grid)


def _show_records(table: Table, shown: list[Column], console: "Console") -> None:
    """Row by row: on a terminal so narrow that a table would cut ids and phones."""
    from rich.padding import Padding
    from rich.text import Text

    first, *others = shown
    for row in table.rows:
        console.print(Text(_for_people(row[first.key], first), style="bold", overflow="fold"))
        values = [(column.key, _for_people(row[column.key], column)) for column in others]
        text = "  ".join(f"{key}: {value}" for key, value in values if value)
        console.print(Padding(Text(text, overflow="fold"), (0, 0, 0, 2)))


def _columns_that_fit(table: Table, width: int) -> list[Column]:
    """The columns that a terminal of `width` cells has room for; empty ones and `wide` ones give way first."""
    shown = [c for c in table.columns if not c.wide or any(row[c.key] not in (None, "", []) for row in table.rows)]
    while len(shown) > 1 and _width(table, shown, _ROOM) > width and any(c.wide for c in shown):
        shown.remove([c for c in shown if c.wide][-1])
    return shown


def _width(table: Table, columns: list[Column], room: int) -> int:
    """The cells that the columns take when each text has at most `room` of them."""
    return sum(_need(table, column, room) + _GAP for column in columns) - _GAP


def _need(table: Table, column: Column, room: int) -> int:
    values = (display_width(_for_people(row[column.key], column)) for row in table.rows)
    widest = max([display_width(column.key), *values])
    return widest if column.kind in _FIXED else min(widest, max(room, display_width(column.key)))
