"""The lines of an order: files of other programs have a row for each, ours has one for the whole.

What the lines say adds up before it is compared with what is stored, so that the same file, and a corrected one, finds
each order again.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from crmcli.errors import Problem
from crmcli.fields import TABLES, heading_key
from crmcli.i18n import _
from crmcli.intake import unwritten
from crmcli.intake.cells import unguarded, without_point
from crmcli.intake.layouts import Layout
from crmcli.intake.sources import Source
from crmcli.intake.staging import Staged, original_rows
from crmcli.store import own_fields
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

# Lines of one order stand together, or there are so many that two of the same are among the first rows.
_LOOKED_AT = 10_000
# What stands under these differs from line to line, too.
_OF_A_LINE = re.compile(r"product|item|sku|stockcode|line(?:no|number|id)?$|商品|产品|货号|规格|明细|行号")
_COUNTING = (None, "paid", "open")
_ONCE = ("status", "currency")


def add_up(ws: Workspace, source: Source, layout: Layout, staged: Staged, asked: bool | None = None) -> None:
    """Make one row of those in `staged` that are lines of one order: of one number, customer and currency.

    An order of which a line was rejected waits for it: mended alone, the line would be taken for the whole.

    Args:
        asked: whether rows of one number are lines; if None, they are where they have unit prices or other products.
    """
    if asked or (asked is None and _are_lines(ws, layout, staged)):
        ws.db.execute("CREATE INDEX temp.staged_number ON staged (number)")
        _hold_back(ws, source, layout, staged)
        _replace(ws, staged)


def _are_lines(ws: Workspace, layout: Layout, staged: Staged) -> bool:
    if "unit_price" in layout.names or unwritten.totals_stand_once(layout.headings):
        return True
    telling = ["product"] if "product" in staged.columns else []
    own = [heading for heading in layout.unused if _OF_A_LINE.search(heading_key(heading))]
    told = {f"told{place}": heading for place, heading in enumerate(own if "extra" in staged.columns else ())}
    telling += [f"(SELECT value FROM json_each(extra) WHERE key = :{name})" for name in told]
    differ = " OR ".join(f"count(DISTINCT {one}) > 1" for one in telling) or "false"
    others = f"SELECT 1 FROM staged WHERE seq <= :some GROUP BY number HAVING {differ} LIMIT 1"
    return ws.db.value(others, {"some": _LOOKED_AT, **told}) is not None


def _hold_back(ws: Workspace, source: Source, layout: Layout, staged: Staged) -> None:
    """Reject the lines of the orders of which one is rejected already."""
    at = next((at for at, column in enumerate(layout.columns) if column and column.name == "number"), None)
    number = TABLES[layout.table].field("number")
    if not staged.rejected or at is None or number is None:
        return
    broken = {
        said: line
        for line, cells in original_rows(source, layout, {*staged.rejected})
        if at < len(cells) and (said := number.read(without_point(unguarded(cells[at])), region="", zone=""))
    }
    ws.db.execute("CREATE TEMP TABLE broken (number TEXT PRIMARY KEY, line INTEGER)")
    ws.db.insert("broken", ("number", "line"), broken.items())
    for row in ws.db.rows(
        "SELECT staged.seq, staged.line, staged.number, broken.line AS broken "
        "FROM broken CROSS JOIN staged ON staged.number = broken.number ORDER BY staged.seq"
    ):
        reason = _("line {line}, of the same order, cannot be read").format(line=row["broken"])
        staged.reject(row["line"], Problem("order-incomplete", reason, "number", row["number"], row["line"]))
        ws.db.execute("DELETE FROM staged WHERE seq = :seq", row)
    ws.db.execute("DROP TABLE broken")


def _replace(ws: Workspace, staged: Staged) -> None:
    columns = ["seq", "line", *staged.columns]
    ws.db.execute(f"CREATE TEMP TABLE whole ({', '.join(columns)})")
    ws.db.insert("whole", columns, (tuple(order[name] for name in columns) for order in _orders(ws, staged)))
    ws.db.execute("DELETE FROM staged WHERE number IN (SELECT number FROM whole)")
    listed = ", ".join(columns)
    ws.db.execute(f"INSERT INTO staged ({listed}) SELECT {listed} FROM whole")
    ws.db.execute("DROP TABLE whole")


def _orders(ws: Workspace, staged: Staged) -> Iterator[Row]:
    """Each order of several lines as one row."""
    rows = ws.db.each(
        "SELECT * FROM staged WHERE number IN (SELECT number FROM staged GROUP BY number HAVING count(*) > 1) "
        "ORDER BY number, seq"
    )
    for _number, found in groupby(rows, key=itemgetter("number")):
        lines = list(found)
        owners = {line["customer_id"] or line.get("customer") for line in lines}
        currencies = {line.get("currency") for line in lines} - {None}
        if len(owners) == 1 and len(currencies) <= 1:
            staged.orders += 1
            staged.lines += len(lines)
            yield _whole(lines)


def _whole(lines: Sequence[Row]) -> Row:
    """The sums of the lines that count (of all, where none does), with the first day, what was dearest among them, and
    the own fields in which all lines agree."""
    # What only the first line says is said of all.
    said = {name: next((line[name] for line in lines if line[name]), None) for name in _ONCE if name in lines[0]}
    lines = [{**line, **{name: line[name] or said[name] for name in said}} for line in lines]
    counted = [line for line in lines if line.get("status") in _COUNTING] or lines
    dearest = max(counted, key=itemgetter("amount"))
    whole = {**lines[0], "amount": sum(line["amount"] for line in counted)}
    whole["ordered_on"] = min(line["ordered_on"] for line in lines)
    whole |= {name: dearest[name] for name in ("product", "category", "status") if name in whole}
    for name in ("cost", "quantity"):
        if name in whole:
            known = [line[name] for line in counted if line[name] is not None]
            # A profit is only known where all costs are.
            whole[name] = sum(known) if known and (name == "quantity" or len(known) == len(counted)) else None
    if "extra" in whole:
        first, *others = (own_fields.of(line["extra"]).items() for line in lines)
        agreed = {heading: text for heading, text in first if all((heading, text) in other for other in others)}
        whole["extra"] = own_fields.stored(agreed)
    return whole
