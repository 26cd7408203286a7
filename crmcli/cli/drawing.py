"""Charts and heat maps on a terminal: bars of block characters, a line of them, shades behind the numbers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from crmcli.reports.writing.cells import for_people
from crmcli.tables import Column
from crmcli.values import display_width, safe

if TYPE_CHECKING:
    from rich.console import Console

    from crmcli.reports.documents import Chart, HeatMap

BARS = "▁▂▃▄▅▆▇█"
# Background and text of a cell, from nothing to the most; the number in it says the same.
SHADES = ("", "black on #d9f0d3", "black on #a6dba0", "black on #5aae61", "white on #1b7837", "white on #00441b")
_LONGEST_BAR = 40
_SHORTEST_BAR = 10


def sparkline(values: Iterable[float]) -> str:
    """A bar for each value, the lowest for 0 and less, the tallest for the highest."""
    shown = [max(0, value) for value in values]
    top = max(shown, default=0) or 1
    return "".join(BARS[int(-(-value * (len(BARS) - 1) // top))] for value in shown)


def bar(value: float | None, top: float, longest: int) -> str:
    """A bar as long, of `longest` cells, as the value is of the highest; what is above 0 has one cell at least."""
    return "█" * int(-(-value * longest // top)) if value is not None and value > 0 and top > 0 else ""


def draw_chart(console: "Console", chart: "Chart") -> None:
    """Bars under each other, label by label; of lines a sparkline a series, between its first and last label."""
    from rich.text import Text

    for line in _lines(chart) if chart.shape == "lines" else _bars(chart, console.width):
        console.print(Text(line.rstrip(), overflow="ellipsis", no_wrap=True))


def _bars(chart: "Chart", width: int) -> list[str]:
    several = len(chart.series) > 1
    rows = [
        (safe(label) if at == 0 else "", safe(series.name) if several else "", series.values[place])
        for place, label in enumerate(chart.labels)
        for at, series in enumerate(chart.series)
    ]
    told = [_told(value, chart) for _label, _name, value in rows]
    widths = [
        max((display_width(label) for label, _name, _value in rows), default=0),
        max((display_width(name) for _label, name, _value in rows), default=0),
    ]
    number = max(map(display_width, told), default=0)
    room = width - 2 - sum(widths) - number - 6
    longest = max(_SHORTEST_BAR, min(_LONGEST_BAR, room))
    top = max((value for _label, _name, value in rows if value is not None), default=0)
    lines = []
    for (label, name, value), said in zip(rows, told, strict=True):
        words = [_padded(label, widths[0]), *([_padded(name, widths[1])] if several else [])]
        lines.append("  ".join(["", *words, " " * (number - display_width(said)) + said, bar(value, top, longest)]))
    return lines


def _lines(chart: "Chart") -> list[str]:
    widest = max((display_width(safe(series.name)) for series in chart.series), default=0)
    ends = f"{chart.labels[0]} … {chart.labels[-1]}" if chart.labels else ""
    lines = []
    for series in chart.series:
        known = [value for value in series.values if value is not None]
        most = _told(max(known), chart) if known else ""
        shown = sparkline(value or 0 for value in series.values)
        lines.append(
            "  ".join(["", _padded(safe(series.name), widest), shown, safe(ends), f"≤ {most}" if most else ""])
        )
    return lines


def draw_heat_map(console: "Console", found: "HeatMap") -> None:
    """The grid, darker where there is more."""
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column(Text(" / ".join(filter(None, (found.down, found.across)))), no_wrap=True)
    for label in found.columns:
        grid.add_column(Text(safe(label)), justify="right", no_wrap=True)
    for label, values in zip(found.rows, found.values, strict=True):
        cells = [Text(_told(value, found), style=SHADES[found.level(value)]) for value in values]
        grid.add_row(Text(safe(label)), *cells)
    console.print(grid)


def heat_map_width(found: "HeatMap") -> int:
    """The cells that the grid takes."""
    corner = " / ".join(filter(None, (found.down, found.across)))
    first = max(map(display_width, [corner, *map(safe, found.rows)]))
    columns = zip(found.columns, zip(*found.values, strict=True), strict=True)
    return first + sum(
        1 + max(display_width(safe(label)), *(display_width(_told(value, found)) for value in values))
        for label, values in columns
    )


def _told(value: float | None, of: "Chart | HeatMap") -> str:
    return "" if value is None else for_people(round(value) if of.kind == "money" else value, Column("value", of.kind))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))
