"""What people see of the value analysis: one customer's sheet, and the grid as a heat map."""

import sys
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from crmcli import i18n
from crmcli.cli.drawing import SHADES, sparkline
from crmcli.cli.output import show, terminal
from crmcli.grading.value import MEASURES, segment_words
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table
from crmcli.values import display_width, format_money, safe, spoken_money

if TYPE_CHECKING:
    from crmcli.grading.value import Category, Month, Segment, Sheet, Value

_CATEGORIES_SHOWN = 8
SEGMENTS_SHOWN = (
    Column("label"),
    Column("customers", "number"),
    Column("share", "share"),
    Column("amount_total", "money", wide=True),
    Column("amount_share", "share"),
    Column("recency_days", "number"),
)
_FM = tuple(f"FM {score}" for score in range(1, 6))
# The width of a cell of the heat map where there is room for it, and of what stands before the cells.
_CELL, _BEFORE = 12, 3

# ------------------------------------------------------------------------------------- one customer


def page(sheet: "Sheet", today: date) -> str:
    """The sheet as plain text; every line fits a terminal of 80 cells, but for long names."""
    row = sheet.value
    label, action = segment_words()[row.segment]
    lines = [safe(f"{row.code}  {row.name}")]
    lines += _aligned(
        [
            (_("segment"), label),
            (_("to do"), action),
            (_("scores"), _("recency {r}, frequency {f}, money {m} of 5").format(r=row.r, f=row.f, m=row.m)),
            (_("rank"), _place(sheet)),
            (_("amount"), _amount(row)),
            (_("orders"), _orders(row, today)),
            (_("lifetime value"), _lifetime(row)),
            ("", _expected(row)),
            (_("months"), sparkline([month.amount for month in sheet.months])),
            ("", _trend(sheet.months)),
        ]
    )
    if any(one.category for one in sheet.categories):
        lines += ["", _("What it bought"), *_aligned(_bought(sheet.categories), right=(1, 2, 3))]
    return "".join(f"{line}\n" for line in lines)


def document(sheet: "Sheet") -> dict[str, Any]:
    """The row of `value` with the place and, as lists of objects, months and categories; money in them as text."""
    money = [{**asdict(month), "amount": format_money(month.amount)} for month in sheet.months]
    bought = [
        {**asdict(one), "amount": format_money(one.amount), "share": one.share and round(one.share, 6)}
        for one in sheet.categories
    ]
    return {
        **sheet.value._asdict(),
        "place": sheet.place,
        "customers": sheet.customers,
        "months": money,
        "categories": bought,
    }


def _place(sheet: "Sheet") -> str:
    place = _("{place} of {customers} by amount").format(place=f"{sheet.place:,}", customers=f"{sheet.customers:,}")
    classes = {
        "A": _("class A: they bring the first 80 %"),
        "B": _("class B: they bring it up to 95 %"),
        "C": _("class C: they bring the last 5 %"),
    }
    return i18n.sentences([place, classes[sheet.value.pareto]]) if sheet.value.pareto else place


def _amount(row: "Value") -> str:
    said = _("{amount} ever, {year} in 12 months").format(
        amount=spoken_money(row.amount_total), year=spoken_money(row.amount_12m)
    )
    share = "" if row.share is None else _("{share} of all").format(share=f"{row.share:.2%}")
    return i18n.sentences([said, share]) if share else said


def _orders(row: "Value", today: date) -> str:
    days = (today - date.fromisoformat(row.last_order_on)).days
    orders = plural("{count} order", "{count} orders", row.orders_total).format(count=row.orders_total)
    ago = plural("{days} day ago", "{days} days ago", days).format(days=days)
    return _("{orders}, the last on {day}, {ago}").format(orders=orders, day=row.last_order_on, ago=ago)


def _lifetime(row: "Value") -> str:
    basis = {
        "profit": _("{money} so far, as profit"),
        "amount": _("{money} so far, as amount: costs are not known"),
        "mixed": _("{money} so far, as profit where costs are known"),
    }
    return basis[row.ltv_basis].format(money=spoken_money(row.ltv))


def _expected(row: "Value") -> str:
    if row.ltv_expected is None:
        return _("not known: nobody had ordered a year before")
    return _("{money} still expected").format(money=spoken_money(row.ltv_expected))


def _trend(months: "list[Month]") -> str:
    best = max(months, key=lambda month: month.amount)
    span = f"{months[0].month} … {months[-1].month}"
    if best.amount <= 0:
        return span
    most = _("most in {month}: {amount}").format(month=best.month, amount=spoken_money(best.amount))
    return i18n.sentences([span, most])


def _bought(categories: "list[Category]") -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (
            one.category or _("not recorded"),
            plural("{count} order", "{count} orders", one.orders).format(count=one.orders),
            spoken_money(one.amount),
            "" if one.share is None else f"{one.share:.1%}",
        )
        for one in categories[:_CATEGORIES_SHOWN]
    ]
    more = len(categories) - len(rows)
    return rows if not more else [*rows, (_("… and {number} more").format(number=more),)]


def _aligned(rows: list[tuple[str, ...]], right: tuple[int, ...] = ()) -> list[str]:
    """Cells in columns, indented; those of the columns `right` end together."""
    shown = [[safe(cell) for cell in row] for row in rows]
    widths = [max(display_width(row[at]) for row in shown if at < len(row)) for at in range(max(map(len, shown)))]
    lines = []
    for row in shown:
        cells = []
        for at, cell in enumerate(row):
            space = " " * (widths[at] - display_width(cell))
            cells.append(space + cell if at in right else cell + space)
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return lines


# ------------------------------------------------------------------------------------- the segments


def show_segments(rows: "list[Segment]") -> None:
    """The segments on a terminal: the figures first, then what to do, which would be a column of single words."""
    show(Table.of(SEGMENTS_SHOWN, rows))
    advice = _aligned([(row.label, row.action) for row in rows])
    sys.stdout.write("".join(f"{line}\n" for line in ["", _("What to do"), *advice]))


# ------------------------------------------------------------------------------------- the heat map


def matrix(cells: list[dict[str, Any]], measure: str) -> Table:
    """The grid as five rows of five cells, each with what is measured and its share of all."""
    columns = [Column("R", "id"), *(Column(heading, "number") for heading in _FM)]
    rows = [
        dict(zip((column.key for column in columns), [str(row[0]["r"]), *_cells(row, measure)], strict=True))
        for row in _in_rows(cells)
    ]
    return Table(columns, rows, _title(measure))


def draw(cells: list[dict[str, Any]], measure: str) -> None:
    """The grid on the terminal, darker where there is more; without colours where it is too narrow for them."""
    from rich import box
    from rich.align import Align
    from rich.table import Table as Grid
    from rich.text import Text

    console = terminal()
    room = min(_CELL, (console.width - _BEFORE) // 5 - 1)
    if room < max(len(word) for row in _in_rows(cells) for text in _cells(row, measure) for word in text.split(" ")):
        show(matrix(cells, measure))
        return
    drawn = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    drawn.add_column(Text("R"), no_wrap=True)
    for heading in _FM:
        drawn.add_column(Text(heading), justify="center", no_wrap=True, min_width=room)
    top = max(cell[MEASURES[measure]] for cell in cells)
    for row in _in_rows(cells):
        shades = [SHADES[_level(cell[MEASURES[measure]], top)] for cell in row]
        texts = [Text(text.replace(" ", "\n"), justify="center") for text in _cells(row, measure)]
        # Align fills the whole cell with the shade, not only what is written in it.
        filled = [Align.center(text, style=shade) for text, shade in zip(texts, shades, strict=True)]
        for text, shade in zip(texts, shades, strict=True):
            text.stylize(shade)
        drawn.add_row(Text(str(row[0]["r"]), style="bold"), *filled)
    console.print(Text(_title(measure), style="bold"))
    console.print(drawn)


def _in_rows(cells: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [cells[at : at + 5] for at in range(0, len(cells), 5)]


def _cells(row: list[dict[str, Any]], measure: str) -> list[str]:
    """What is in each cell, money in whole units, and its share; a dot where there is no customer."""
    money = measure in ("amount", "profit")
    texts = []
    for cell in row:
        number = cell[MEASURES[measure]]
        text = f"{number / 100:,.0f}" if money else f"{number:,}"
        share = "" if cell["share"] is None else f" {cell['share']:.1%}"
        texts.append(text + share if cell["customers"] else "·")
    return texts


def _level(number: int, top: int) -> int:
    """The shade of a number: 0 for nothing, 5 for the highest fifth."""
    return max(0, -(-5 * number // top)) if top > 0 else 0


def _title(measure: str) -> str:
    what = {
        "amount": _("Amount"),
        "frequency": _("Number of orders"),
        "profit": _("Profit of the orders with a cost"),
        "customers": _("Number of customers"),
    }
    template = _("{what} by recency (R) and the mean of frequency and money (FM); 5 is best")
    return template.format(what=what[measure])
