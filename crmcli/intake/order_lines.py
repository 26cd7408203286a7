"""The lines of an order: files of other programs have a row for each, ours has one for the whole.

What the lines say adds up before it is compared with what is stored, so that the same file, and a corrected one, finds
each order again. An order of which a line is rejected waits for it: mended alone, the line would be taken for the
whole.
"""

import math
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import groupby
from operator import itemgetter

from crmcli.errors import Problem
from crmcli.fields import TABLES, by_heading, heading_key
from crmcli.i18n import _
from crmcli.intake import alike_numbers, unwritten
from crmcli.intake.cells import unguarded, without_point
from crmcli.intake.layouts import Layout
from crmcli.intake.sources import Source
from crmcli.intake.staging import LONGEST_HEADING, RESTS, Staged, data_rows, original_rows
from crmcli.store import own_fields
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import LARGEST_MONEY, clean_text
from crmcli.values.money import PARTS

# Lines of one order stand together, or there are so many that two of the same are among the first rows.
_LOOKED_AT = 10_000
# What stands under these differs from line to line, too.
_OF_A_LINE = re.compile(r"product|item|sku|stockcode|line(?:no|number|id)?$|商品|产品|货号|规格|明细|行号")
# Over amounts of the whole order, which some programs repeat in each line.
_OF_AN_ORDER = re.compile(r"order|grand|basket|invoice(?:total|amount|value)|订单|实付|支付")
# Where a heading like this stands beside it, the other amount is that of the order.
_LINE_TOTAL = re.compile(r"小计|^(?:sub|line)total|^(?:line|extended)(?:amount|price)")
# Where they do, one order in so many may have a slip in it.
_ONE_IN = 20
# The number that stands under a heading that nothing uses.
_UNUSED = """(
    SELECT replace(value, ',', '') FROM json_each(extra) WHERE key = :heading AND value GLOB '[0-9]*')"""
_SEVERAL = "SELECT number FROM staged GROUP BY number HAVING count(*) > 1"
_OURS = "order-"  # begins the codes of what is rejected here
_COUNTING = (None, "paid", "open")
_ONCE = ("status", "currency")
_TOLD_APART_BY = ("product", "category", "status")


class OrderLines:
    """What becomes of the rows of one file of orders that have one number.

    `asked` says whether they are lines; if None, they are where they have unit prices, or products that differ, or as
    `alike_numbers` finds, which rejects those of which it is not sure; it is asked where some of the first rows have
    one number.
    """

    def __init__(self, ws: Workspace, source: Source, layout: Layout, staged: Staged, asked: bool | None) -> None:
        self.ws, self.source, self.layout, self.staged = ws, source, layout, staged
        self.are_lines = asked if asked is not None else self._are_surely_lines() or self._look_so()
        # What was rejected may be what would have shown that they are.
        self.might_be = asked is not False
        self.waiting: set[int] = set()
        self.refused: list[int] = []

    def hold_back(self) -> None:
        """Reject the lines of the orders of which one is rejected already."""
        at = next((at for at, column in enumerate(self.layout.columns) if column and column.name == "number"), None)
        number = TABLES[self.layout.table].field("number")
        if not (self.might_be and self.staged.rejected) or at is None or number is None:
            return
        broken: dict[str, int] = {}
        unsure = alike_numbers.unsure(self.staged)
        for line, cells in original_rows(self.source, self.layout, {*self.staged.rejected} - self.waiting - unsure):
            text = without_point(unguarded(clean_text(cells[at]))) if at < len(cells) else ""
            said = number.read(text, region="", zone="")
            if said and broken.setdefault(said, line) != line:
                self._wait(line, said, broken[said])
        self.ws.db.execute("CREATE TEMP TABLE broken (number TEXT PRIMARY KEY, line INTEGER)")
        self.ws.db.insert("broken", ("number", "line"), broken.items())
        for row in self.ws.db.rows(
            "SELECT staged.seq, staged.line, staged.number, broken.line AS broken "
            "FROM staged CROSS JOIN broken ON broken.number = staged.number ORDER BY staged.seq"
        ):
            self._wait(row["line"], row["number"], row["broken"])
            self.refused.append(row["seq"])
        self.ws.db.execute("DROP TABLE broken")
        self._take_out()

    def add_up(self) -> None:
        """Make one row of those in `staged` that are lines of one order; one of two customers or currencies is none."""
        if not self.are_lines:
            return
        self.ws.db.execute("CREATE INDEX temp.staged_number ON staged (number)")
        columns = ["seq", "line", "customer_id", *(name for name in self.staged.columns if name != "customer_id")]
        self.ws.db.execute(f"CREATE TEMP TABLE whole ({', '.join(columns)})")
        self.ws.db.insert("whole", columns, (tuple(order[name] for name in columns) for order in self._orders()))
        self.ws.db.execute("DELETE FROM staged WHERE number IN (SELECT number FROM whole)")
        listed = ", ".join(columns)
        self.ws.db.execute(f"INSERT INTO staged ({listed}) SELECT {listed} FROM whole")
        self.ws.db.execute("DROP TABLE whole")
        self._take_out()

    # ------------------------------------------------------------------------------------ are they lines

    def _are_surely_lines(self) -> bool:
        if "unit_price" in self.layout.names or unwritten.totals_stand_once(self.layout.headings) or self._come_back():
            return True
        return self._differ(*self._telling())

    def _telling(self) -> tuple[list[str], dict[str, str]]:
        """SQL for what differs from line to line, and its parameters."""
        telling = ["product"] if "product" in self.staged.columns else []
        if "extra" not in self.staged.columns:
            return telling, {}
        own = [
            _kept(heading)
            for heading in self.layout.unused
            if _OF_A_LINE.search(heading_key(heading)) or _means(self.layout.table, heading) == "unit_price"
        ]
        told = {f"told{place}": heading for place, heading in enumerate(own)}
        return [*telling, *(f"(SELECT value FROM json_each(extra) WHERE key = :{name})" for name in told)], told

    def _differ(self, telling: Sequence[str], told: dict[str, str]) -> bool:
        differ = " OR ".join(f"count(DISTINCT {one}) > 1" for one in telling) or "false"
        lines = f"SELECT 1 FROM staged WHERE seq <= :some GROUP BY number HAVING {differ} LIMIT 1"
        return self.ws.db.value(lines, {"some": _LOOKED_AT, **told}) is not None

    def _look_so(self) -> bool:
        # To go through all numbers takes a fifth of the import of a large file, whose numbers mostly are all different.
        if "number" not in self.layout.names or not self._differ(["seq"], {}):
            return False
        return alike_numbers.settle(self.ws, self.staged, returned=bool(self._returned))

    def _come_back(self) -> bool:
        """Whether these are rejected rows that come back, of a file of lines."""
        return self._returned == {_OURS}

    @cached_property
    def _returned(self) -> set[str]:
        """For what these rows were handed back before, as far as it was for their numbers."""
        if "_code" not in self.layout.headings:
            return set()
        at = self.layout.headings.index("_code")
        rows = (cells for chunk in data_rows(self.source, self.layout) for cells in chunk.cells)
        codes = {cells[at] for cells in rows if at < len(cells)}
        return {ours for ours in (_OURS, alike_numbers.UNSURE) if any(ours in code for code in codes)}

    # ------------------------------------------------------------------------------------ what they make

    def _wait(self, line: int, number: str, broken: int) -> None:
        reason = _("line {line}, of the same order, cannot be read").format(line=broken)
        self.waiting.add(line)
        code = f"{_OURS}incomplete" if self.are_lines else alike_numbers.UNSURE
        self.staged.reject(line, Problem(code, reason, "number", number, line))

    def _take_out(self) -> None:
        """Take the refused rows out of `staged`."""
        for seq in self.refused:
            self.ws.db.execute("DELETE FROM staged WHERE seq = :seq", {"seq": seq})
        self.refused.clear()

    def _orders(self) -> Iterator[Row]:
        """Each order of several lines as one row; the others are rejected."""
        repeated = self._repeated()
        self.staged.totals_once = bool(repeated)
        rows = self.ws.db.each(f"SELECT * FROM staged WHERE number IN ({_SEVERAL}) ORDER BY number, seq")
        for number, found in groupby(rows, key=itemgetter("number")):
            lines = [*found]
            if unwritten.totals_stand_once(self.layout.headings):
                # So does what else is said of the order.
                said = {name: lines[0][name] for name in _ONCE if name in lines[0]}
                lines = [{**line, **said} for line in lines]
            order = _whole(lines, repeated)
            if (reason := _contradiction(lines)) or abs(order["amount"]) >= LARGEST_MONEY:
                for line in lines:
                    problem = reason or _("the amount is too large")
                    code = f"{_OURS}contradictory" if reason else "money-invalid"
                    self.staged.reject(line["line"], Problem(code, problem, "number", number, line["line"]))
                    self.refused.append(line["seq"])
            else:
                if repeated and len({line["amount"] for line in lines if line.get("status") in _COUNTING}) > 1:
                    self.staged.totals_differ.append(lines[0]["line"])
                self.staged.orders += 1
                self.staged.lines += len(lines)
                yield order

    def _repeated(self) -> set[str]:
        """The amounts that each line has of the whole order."""
        if not self._repeat_totals():
            return set()
        differ = f"SELECT 1 FROM staged WHERE number IN ({_SEVERAL}) GROUP BY number HAVING min(cost) <> max(cost)"
        of_order = any(_OF_AN_ORDER.search(key) for key in self.layout.keys("cost"))
        return {"amount", "cost"} if of_order and self.ws.db.value(f"{differ} LIMIT 1") is None else {"amount"}

    def _repeat_totals(self) -> bool:
        """Whether each line has the amount of the whole order: the headings say so, and nearly all orders agree."""
        of_order = any(_OF_AN_ORDER.search(key) for key in self.layout.keys("amount"))
        if not (of_order or self._are_sums()) or self._are_products():
            return False
        told = "WHERE amount <> 0 OR status IS NOT 'cancelled'" if "status" in self.staged.columns else ""
        several = f"SELECT min(amount) <> max(amount) AS differs FROM staged {told} GROUP BY number HAVING count(*) > 1"
        slips = f"SELECT coalesce({_ONE_IN} * sum(differs), 0) <= count(*) FROM ({several})"
        return bool(self.ws.db.value(slips))

    def _are_products(self) -> bool:
        """Whether the amounts of the orders of several lines are those of their lines: the price times the quantity."""
        prices = [heading for heading in self.layout.unused if _means(self.layout.table, heading) == "unit_price"]
        if not prices or not {"extra", "quantity"} <= {*self.staged.columns}:
            return False
        agree = f"SELECT min(abs(100 * {_UNUSED} * quantity - amount) < 1) FROM staged WHERE number IN ({_SEVERAL})"
        return bool(self.ws.db.value(agree, {"heading": _kept(prices[0])}))

    def _are_sums(self) -> bool:
        """Whether the amounts of the orders of several lines are as much as the totals of their lines come to."""
        totals = [heading for heading in self.layout.unused if _LINE_TOTAL.search(heading_key(heading))]
        if not totals or "extra" not in self.staged.columns:
            return False
        # A discount may be taken off the order, but no half of it.
        agree = f"SELECT max(amount) > 75 * sum({_UNUSED}) AS agrees FROM staged GROUP BY number HAVING count(*) > 1"
        return bool(self.ws.db.value(f"SELECT min(agrees) FROM ({agree})", {"heading": _kept(totals[0])}))


def _kept(heading: str) -> str:
    """What a field of the company's own is called."""
    return clean_text(heading)[:LONGEST_HEADING]


def _means(table: str, heading: str) -> str | None:
    found = by_heading(table).get(heading_key(heading))
    return found.name if found else None


def _contradiction(lines: Sequence[Row]) -> str:
    if len({line["customer_id"] for line in lines}) > 1:
        return _("the lines of the order name several customers")
    if len({line.get("currency") for line in lines if line["amount"] or line.get("currency")}) > 1:
        return _("the lines of the order are in several currencies")
    return ""


def _whole(lines: Sequence[Row], repeated: Collection[str]) -> Row:
    """The sums of the lines that count (of all, where none does), with the first day, what was dearest among them, and
    the own fields in which all lines agree; each has what is `repeated` of the whole."""
    counted = [line for line in lines if line.get("status") in _COUNTING] or lines
    # By what they say and not by their places: the same lines in another order are the same order.
    dearest = max(counted, key=lambda line: (line["amount"], *(str(line.get(name)) for name in _TOLD_APART_BY)))
    amount = dearest["amount"] if "amount" in repeated else _added(counted, "amount")
    whole = {**lines[0], "amount": amount, "ordered_on": min(line["ordered_on"] for line in lines)}
    whole |= {name: dearest[name] for name in _TOLD_APART_BY if name in whole}
    if "cost" in whole:
        # A profit is only known where all costs are.
        known = all(line["cost"] is not None for line in counted)
        whole["cost"] = (dearest["cost"] if "cost" in repeated else _added(counted, "cost")) if known else None
    if "quantity" in whole:
        quantities = [line["quantity"] for line in counted if line["quantity"] is not None]
        # Fractions, too, come to the same in any order.
        add = math.fsum if any(isinstance(one, float) for one in quantities) else sum
        whole["quantity"] = add(quantities) if quantities else None
    if "extra" in whole:
        first, *others = (own_fields.of(line["extra"]).items() for line in lines)
        agreed = {heading: text for heading, text in first if all((heading, text) in other for other in others)}
        whole["extra"] = own_fields.stored(agreed)
    return whole


def _added(lines: Sequence[Row], name: str) -> int:
    """The sum of what the lines came to before they were rounded, rounded half a unit away from zero."""
    rest = RESTS[name]
    fine: int = sum(PARTS * line[name] + (line.get(rest) or 0) for line in lines)
    minor = (abs(fine) + PARTS // 2) // PARTS
    return minor if fine >= 0 else -minor
