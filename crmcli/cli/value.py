"""`crm value`: who is worth how much."""

import sys
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Quiet
from crmcli.cli.output import show, write_file
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.grading.value import Cell, Segment, Sheet, Value

COLUMNS = (
    Column("code", "id"),
    Column("name"),
    Column("r", "number"),
    Column("f", "number"),
    Column("m", "number"),
    Column("rfm", "number", wide=True),
    Column("segment"),
    Column("orders_total", "number", wide=True),
    Column("amount_total", "money"),
    Column("amount_12m", "money", wide=True),
    Column("last_order_on", "date", wide=True),
    Column("share", "share", wide=True),
    Column("cumulative_share", "share"),
    Column("ltv", "money", wide=True),
    Column("ltv_basis", wide=True),
    Column("ltv_expected", "money", wide=True),
    Column("pareto", wide=True),
)
SEGMENTS = (
    Column("segment", "id"),
    Column("label"),
    Column("customers", "number"),
    Column("share", "share"),
    Column("amount_total", "money", wide=True),
    Column("amount_share", "share"),
    Column("recency_days", "number"),
    Column("action"),
)
CLASSES = (
    Column("pareto", "id"),
    Column("customers", "number"),
    Column("share", "share"),
    Column("amount_total", "money"),
    Column("amount_share", "share"),
    Column("meaning"),
)
GRID = (
    Column("r", "number"),
    Column("fm", "number"),
    Column("segment"),
    Column("customers", "number"),
    Column("amount_total", "money"),
    Column("orders_total", "number"),
    Column("profit_total", "money"),
    Column("share", "share"),
)

Asked = Annotated[
    str | None,
    typer.Argument(
        metavar="CUSTOMER|MEASURE",
        help=_("One customer's sheet; with --grid the measure: amount, frequency, profit or customers"),
        show_default=False,
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", help=_("At most so many"), min=1, show_default=False)]
Segments = Annotated[bool, typer.Option("--segments", help=_("The ten segments, and what to do about each"))]
Pareto = Annotated[bool, typer.Option("--pareto", help=_("Who brings 80 %, who up to 95 %, who the rest"))]
Grid = Annotated[
    bool,
    typer.Option(
        "--grid",
        help=_("Recency by frequency and money as a heat map, of the amount unless another MEASURE is given"),
    ),
]


def value(
    asked: Asked = None,
    segments: Segments = False,
    pareto: Pareto = False,
    grid: Grid = False,
    limit: Limit = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Show recency, frequency and money scores (5 is best), segment and share, best first: crm value --limit 20

    With a CUSTOMER: its scores, place, months and categories. Lifetime value is profit where costs are known,
    else amount; docs/value.md has each definition. The heat map of another measure: crm value --grid profit
    """
    from crmcli.grading import value as analysis

    how: dict[str, Any] = {"format": format, "output": output, "quiet": quiet, "excel": excel}
    customer, measure = (None, _measure(asked)) if grid else (asked, "")
    _one_question(customer, segments, pareto, grid, limit)
    with workspace(readonly=True) as ws:
        if customer is not None:
            found = analysis.sheet(ws, customer)
        elif grid:
            cells = _measured(analysis.grid(ws), measure)
        elif segments:
            ten = analysis.segments(ws)
        elif pareto:
            table = Table.of(CLASSES, analysis.pareto(ws))
        else:
            table = Table(COLUMNS, _ranked(analysis.value(ws, limit=limit), how))
        today = ws.today
    if customer is not None:
        _show_sheet(found, today, how)
    elif grid:
        _show_grid(cells, measure, how)
    elif segments:
        _show_segments(ten, how)
    else:
        show(table, **how)


def _ranked(rows: "list[Value]", how: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows, on a terminal with their segments as `--segments` calls them there; pipes and files have the keys."""
    from crmcli.grading.value import segment_words

    if not _on_terminal(how):
        return [row._asdict() for row in rows]
    words = segment_words()
    return [{**row._asdict(), "segment": words[row.segment][0]} for row in rows]


def _measure(asked: str | None) -> str:
    """What the grid is coloured by."""
    from crmcli.grading.value import MEASURES

    measure = asked or next(iter(MEASURES))
    if measure not in MEASURES:
        raise UsageError(_("there is no grid of '{name}'").format(name=measure), hint=", ".join(MEASURES))
    return measure


def _one_question(customer: str | None, segments: bool, pareto: bool, grid: bool, limit: int | None) -> None:
    asked = [
        name
        for name, given in (
            ("CUSTOMER", customer is not None),
            ("--segments", segments),
            ("--pareto", pareto),
            ("--grid", grid),
            ("--limit", limit is not None),
        )
        if given
    ]
    if len(asked) > 1:
        raise UsageError(_("{first} and {second} do not go together").format(first=asked[0], second=asked[1]))


def _measured(cells: "list[Cell]", measure: str) -> list[dict[str, Any]]:
    """The cells with the share of each in what is measured."""
    from crmcli.grading.value import MEASURES

    rows = [asdict(cell) for cell in cells]
    whole = sum(row[MEASURES[measure]] for row in rows)
    return [{**row, "share": row[MEASURES[measure]] / whole if whole > 0 else None} for row in rows]


def _show_grid(cells: list[dict[str, Any]], measure: str, how: dict[str, Any]) -> None:
    from crmcli.cli import value_pages

    kind = _kind(how)
    if measure == "profit" and not any(cell["profit_total"] for cell in cells):
        note(_("no profit to show: no order has a cost; import one, or: crm order edit NUMBER cost=AMOUNT"))
        if kind in ("table", "md"):
            return
    if kind not in ("table", "md"):
        show(Table(GRID, cells), **how)
    elif _on_terminal(how):
        value_pages.draw(cells, measure)
    else:
        show(value_pages.matrix(cells, measure), **how)


def _show_segments(rows: "list[Segment]", how: dict[str, Any]) -> None:
    from crmcli.cli import value_pages

    if _on_terminal(how):
        value_pages.show_segments(rows)
    else:
        show(Table.of(SEGMENTS, rows), **how)


def _show_sheet(sheet: "Sheet | None", today: date, how: dict[str, Any]) -> None:
    from crmcli.cli import value_pages

    if sheet is None:
        note(_("no order yet: nothing to analyse"))
    kind = _kind(how)
    if sheet is not None and kind == "table":
        text = value_pages.page(sheet, today)
        if how["output"] is None or str(how["output"]) == "-":
            sys.stdout.write(text)
        else:
            write_file(how["output"], text)
    elif sheet is not None and kind in ("json", "jsonl"):
        row = value_pages.document(sheet)
        nested = [Column(key, "list" if isinstance(row[key], list) else "number") for key in list(row)[len(COLUMNS) :]]
        show(Table([*COLUMNS, *nested], [row]), **how)
    else:
        show(Table(COLUMNS, [sheet.value._asdict()] if sheet else []), **how)


def _on_terminal(how: dict[str, Any]) -> bool:
    return _kind(how) == "table" and how["output"] is None and sys.stdout.isatty()


def _kind(how: dict[str, Any]) -> str:
    """What is asked for: "table" is a page for people."""
    if how["quiet"] or how["excel"]:
        return "rows"
    ending = how["output"].suffix.lower().removeprefix(".") if how["output"] else ""
    asked: str = how["format"] or ending or "table"
    return "table" if asked == "txt" else asked


COMMANDS = {"value": value}
