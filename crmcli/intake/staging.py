"""A file's rows, read and judged column by column, laid in the temporary table `staged`.

A row with a cell that cannot be read is rejected and told with every reason.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

from crmcli.calendars import local_date
from crmcli.errors import BadValue, InvalidInput, Problem
from crmcli.fields import TABLES, Field, heading_note
from crmcli.i18n import _
from crmcli.intake import currencies, persons, several, unwritten
from crmcli.intake.cells import Cells, unguarded
from crmcli.intake.codes import CustomerCodes
from crmcli.intake.layouts import Layout
from crmcli.intake.sources import Rows, Source
from crmcli.store import own_fields
from crmcli.store.workspace import Workspace
from crmcli.tables import called
from crmcli.values import (
    LARGEST_MONEY,
    birthday_key,
    clean_text,
    name_keys,
    parse_phone,
)
from crmcli.values.money import Rounded

LONGEST_HEADING = 60
"""Characters of the heading of a field of the company's own."""
_THOUSANDS = re.compile(r"\s*[-(]?[￥¥$€£]?\d{1,3}")
_HUNDREDS = re.compile(r"\d{3}(?:\.\d+)?元?\)?\s*")
_DERIVED = {"name": "name_key", "birthday": "birthday_key", "since": "since_key"}
_DERIVED_PERSON = {"contact_name": "contact_name_key", "contact_birthday": "contact_birthday_key"}
_DERIVED_MOMENT = {"at": "contact_on"}
_KEYS = {*_DERIVED.values(), *_DERIVED_PERSON.values()}
RESTS = {"amount": "amount_rest", "cost": "cost_rest"}
"""By the amount of an order's line, the column of what rounding took from it (`Rounded.rest`), where it took any."""
# Moments that cannot lie in the future: they are told of what took place.
_PAST = ("at", "opened_at")


@dataclass
class Staged:
    """What staging a file came to.

    Attributes:
        columns: the columns of `staged` besides seq, line and target.
        rejected: problems by the line of the row.
        repaired: cells whose stored value is what was meant rather than what was written.
        mended: where the file is one of rejected rows, by line, that which the row had in the file it comes from.
        named_otherwise: the lines whose customer, found by its tax id, keeps the name that it has.
        unnumbered: the rows that were given a number, because the file has none.
        orders, lines: how many orders were put together, and of how many rows.
        totals_once, totals_differ: whether their rows repeat the total of the whole order, and the first lines of the
            orders in which they do not agree.
    """

    columns: list[str]
    read: int = 0
    repaired: int = 0
    rejected: dict[int, list[Problem]] = field(default_factory=dict)
    mended: dict[int, int] = field(default_factory=dict)
    named_otherwise: list[int] = field(default_factory=list)
    unnumbered: int = 0
    orders: int = 0
    lines: int = 0
    totals_once: bool = False
    totals_differ: list[int] = field(default_factory=list)

    def reject(self, line: int, problem: Problem) -> None:
        self.rejected.setdefault(line, []).append(problem)


def stage(
    ws: Workspace, source: Source, layout: Layout, constants: Mapping[str, str], kept: Collection[str] = ()
) -> Staged:
    """Fill `staged` (seq, line, target, and a column per field) with the rows of `source` that can be read.

    The columns under the headings `kept` become the row's own fields, as a JSON object in the column `extra`.
    """
    reading = _Reading(ws, layout, constants, kept)
    columns = ", ".join(reading.columns)
    ws.db.new_temporary("staged", f"(seq INTEGER PRIMARY KEY, line INTEGER, target INTEGER, {columns})")
    for chunk in data_rows(source, layout):
        rows = reading.tuples(chunk)
        ws.db.insert("staged", ["line", *reading.columns], rows)
        said = _("{file}: {rows} rows read").format(file=source.path.name, rows=f"{reading.staged.read:,}")
        ws.progress(said, chunk.share)
    reading.staged.repaired = reading.cells.repaired
    if reading.staged.unnumbered:
        unwritten.number_repeats(ws, reading.staged.columns)
    for problem in source.problems:
        reading.staged.read += 1
        reading.staged.reject(problem.line, problem)
    return reading.staged


def data_rows(source: Source, layout: Layout) -> Iterator[Rows]:
    """The rows below the headings."""
    for chunk in source.chunks():
        if chunk.lines[0] > layout.heading_line:
            yield chunk
            continue
        skip = next((at for at, line in enumerate(chunk.lines) if line > layout.heading_line), len(chunk.lines))
        if skip < len(chunk.lines):
            yield Rows(chunk.lines[skip:], chunk.cells[skip:], chunk.share)


class _Reading:
    """The columns of one file on their way to `staged`."""

    def __init__(self, ws: Workspace, layout: Layout, constants: Mapping[str, str], kept: Collection[str]) -> None:
        self.ws = ws
        self.layout = layout
        self.table = TABLES[layout.table]
        self.of_customers = self.table.entity == "customer"
        self.extra = [
            (at, clean_text(heading)[:LONGEST_HEADING])
            for at, heading in enumerate(layout.headings)
            if heading in kept and layout.columns[at] is None
        ]
        self.line_at = layout.headings.index("_line") if "_line" in layout.headings else None
        self.customers = CustomerCodes(ws)
        self.region: str = ws.digest["phone_region"]
        self.zone: str = ws.zone
        self.fields = [(at, f) for at, f in enumerate(layout.columns) if f]
        self.constants = self._constants(constants)
        self.columns = self._columns()
        # What the headings of amounts name, where that is not the currency of every row.
        self.headed = {
            at: heading_note(layout.headings[at]).currency
            for at, f in self.fields
            if f.kind == "money" and "currency" not in self.columns
        }
        self.totals_stand_once = unwritten.totals_stand_once(layout.headings)
        self.number_above: str | None = None
        self.rare = self._rare_columns()
        self.staged = Staged(self.columns)
        self.cells = Cells([f for _at, f in self.fields], self.staged.reject, region=self.region, zone=self.zone)

    def tuples(self, chunk: Rows) -> Iterator[tuple[Any, ...]]:
        """Rows of `staged` as (line, *columns), without the rejected ones."""
        self.staged.read += len(chunk.lines)
        if self.line_at is not None:
            self._remember_lines(chunk, self.line_at)
        chunk = self._even(chunk)
        if not chunk.lines:
            return iter(())
        given = self.layout.laid(chunk)
        values: dict[str, list[Any]] = {name: [value] * len(chunk.lines) for name, value in self.constants.items()}
        for at, column in self.fields:
            values[_stored(column)] = self.cells.values(column, list(given[at]), chunk.lines)
        for name in (*self.columns, *self.rare):
            if name not in (*_KEYS, "number"):
                values.setdefault(name, [None] * len(chunk.lines))
        self._take_others(values, chunk.lines)
        self._name_people(values, given)
        self._take_amounts(values, chunk.lines)
        self._take_currencies(values, given, chunk.lines)
        self._excuse_cancelled(values)
        self._keep_rests(values)
        if self.of_customers:
            persons.settle(values, [name for name in persons.COLUMNS if name in values])
        self._widen(values)
        if self.extra:
            values["extra"] = _own_fields([(heading, given[at]) for at, heading in self.extra], len(chunk.lines))
        if "customer" in values:
            self._place(values, given)
        for name in _PAST:
            self._refuse_future(name, values.get(name, ()), chunk.lines)
        if "number" in self.columns and "number" not in values:
            self.staged.unnumbered += len(chunk.lines)
            values["number"] = unwritten.numbers(self.table.name, values)
        self._derive(values)
        self._require(values, chunk.lines)
        rows = zip(chunk.lines, *(values[name] for name in self.columns), strict=True)
        rejected = self.staged.rejected
        return (row for row in rows if row[0] not in rejected) if rejected else rows

    def _remember_lines(self, chunk: Rows, place: int) -> None:
        for line, cells in zip(chunk.lines, chunk.cells, strict=True):
            if place < len(cells) and cells[place].isdecimal():
                self.staged.mended[line] = int(cells[place])

    def _constants(self, given: Mapping[str, str]) -> dict[str, Any]:
        table = self.table
        taken = {name: heading for heading, name in self.layout.taken}
        constants = {}
        for name, text in given.items():
            known = table.field(name)
            if known is None:
                raise InvalidInput(_("{table} have no field '{name}' to set").format(table=table.name, name=name))
            if name in taken:
                raise InvalidInput(
                    _("'{name}' is a column of the file").format(name=name),
                    hint=_('leave it out: --map "{heading}=-"').format(heading=taken[name]),
                )
            if table.key == (name,):
                raise InvalidInput(
                    _("'{name}' tells the rows of {table} apart, and cannot be the same in all").format(
                        name=name, table=table.name
                    ),
                    hint=_('leave it out, or say which column has it: --map "HEADING={name}"').format(name=name),
                )
            try:
                constants[_stored(known)] = known.read(text, region=self.region, zone=self.zone)
            except BadValue as error:
                raise InvalidInput(f"{name}: {error.reason}") from error
        return constants

    def _columns(self) -> list[str]:
        names = [*self.constants, *(_stored(f) for _at, f in self.fields)]
        if "unit_price" in names:
            names.remove("unit_price")
            names += [] if "amount" in names else ["amount"]
        if self.table.name in unwritten.TELLING and "number" not in names:
            names.append("number")
        if self.extra:
            names.append("extra")
        if self.of_customers:
            needed = ["name", "kind", "phone", "email", "contact_name"]
            if {"birthday", "contact_birthday"} & set(names):
                needed += ["birthday", "contact_birthday"]
            names += [name for name in needed if name not in names]
            return [*names, *(key for name, key in {**_DERIVED, **_DERIVED_PERSON}.items() if name in names)]
        if "customer" in names:
            names[names.index("customer")] = "customer_id"
        beside = {"contact": _DERIVED, "interaction": _DERIVED_MOMENT}.get(self.table.entity, {})
        return names + [key for name, key in beside.items() if name in names]

    def _rare_columns(self) -> list[str]:
        """What a cell of several values may bring; most files bring none of it, and `staged` goes without."""
        beside = [*several.OTHERS.values(), "people"]
        if self.of_customers:
            names = [*beside, "contact_title", "contact_phone"]
        else:
            names = [name for name in (*beside, "title", "phone") if not name.startswith("contact_")]
        if self.table.entity not in ("customer", "contact"):
            names = ["currency", *RESTS.values()] if self.table.entity == "orders" else []
        return [n for n in names if n not in self.columns]

    def _widen(self, values: dict[str, list[Any]]) -> None:
        """Give `staged` the rare columns that this chunk has something in."""
        for name in [name for name in self.rare if any(values[name])]:
            self._add(name)
            self.rare.remove(name)

    def _add(self, name: str) -> None:
        self.ws.db.execute(f"ALTER TABLE staged ADD COLUMN {name}")
        self.columns.append(name)

    def _place(self, values: dict[str, list[Any]], given: Sequence[Sequence[str]]) -> None:
        """Find whose the rows are by the code of the customer; what is no code stays, to be looked for as a name.

        Who has no code yet, or whose code nobody looked up, has a name beside it.
        """
        for at in self.layout.beside_customer():
            values["customer"] = [
                code or clean_text(name) or None for code, name in zip(values["customer"], given[at], strict=True)
            ]
        values["customer_id"] = ids = self.customers.ids(values["customer"])
        if None in ids and "customer" not in self.columns:
            self._add("customer")

    def _even(self, chunk: Rows) -> Rows:
        """The rows without those of more or fewer cells than headings: their cells may stand under the wrong one."""
        width = len(self.layout.headings)
        if chunk.are_all(width):
            return chunk
        even = Rows([], [], chunk.share)
        for line, cells in zip(chunk.lines, chunk.cells, strict=True):
            if len(cells) == width or (len(cells) > width and not any(cells[width:]) and not _is_cut_through(cells)):
                even.lines.append(line)
                even.cells.append(cells[:width])
            else:
                reason = _("{count} cells under {width} headings").format(count=len(cells), width=width)
                self.staged.reject(line, Problem("cell-count", reason, line=line))
        return even

    def _name_people(self, values: dict[str, list[Any]], given: Sequence[Sequence[str]]) -> None:
        """Tell apart the people that one cell names: the first stays in the row, `people` has the others."""
        column = "contact_name" if self.of_customers else "name"
        at = next((at for at, f in self.fields if f.name == column), None)
        if "people" in values and at is not None:
            several.name_people(values, column, given[at], partial(parse_phone, region=self.region))
        if "people" in values:
            several.name_by_emails(values, "contact_" if self.of_customers else "")
            several.drop_known_names(values, partial(parse_phone, region=self.region))

    def _take_amounts(self, values: dict[str, list[Any]], lines: list[int]) -> None:
        """Make the amounts that stand otherwise in the file: as a price, or once for an order of several rows."""
        if self.totals_stand_once and {"number", "amount"} <= values.keys():
            values["amount"] = unwritten.without_totals(values["number"], values["amount"], self.number_above)
            self.number_above = values["number"][-1]
        prices = values.get("unit_price", ())
        nothing: list[Any] = [None] * len(prices)
        if prices and values.get("amount") in (None, nothing):
            values["amount"] = unwritten.amounts(prices, values.get("quantity", nothing))
            reason = _("the amount is too large")
            for line, amount in zip(lines, values["amount"], strict=True):
                if amount is not None and abs(amount) >= LARGEST_MONEY:
                    self.staged.reject(line, Problem("money-invalid", reason, "amount", str(amount), line))

    def _take_currencies(self, values: dict[str, list[Any]], given: Sequence[Sequence[str]], lines: list[int]) -> None:
        amounts = [
            currencies.Amounts(
                "amount" if column.name == "unit_price" else column.name, given[at], self.headed.get(at) or None
            )
            for at, column in self.fields
            if column.kind == "money"
        ]
        usual = self.ws.digest["currency"]
        for line, problem in currencies.settle(values, amounts, lines, table=self.table.name, usual=usual):
            self.staged.reject(line, problem)

    def _excuse_cancelled(self, values: dict[str, list[Any]]) -> None:
        """Let a cancelled line of an order be without an amount, which would never count."""
        if self.table.entity == "orders" and "status" in values and None in values["amount"]:
            values["amount"] = [
                0 if amount is None and status == "cancelled" else amount
                for amount, status in zip(values["amount"], values["status"], strict=True)
            ]

    def _keep_rests(self, values: dict[str, list[Any]]) -> None:
        """What an order comes to is rounded once, however many lines it has."""
        if self.table.entity != "orders":
            return
        for name, rest in RESTS.items():
            amounts = values.get(name, ())
            if Rounded in map(type, amounts):
                values[rest] = [amount.rest if type(amount) is Rounded else None for amount in amounts]

    def _take_others(self, values: dict[str, list[Any]], lines: list[int]) -> None:
        """Put what stood beside the first phone or e-mail of a cell into the column of the others."""
        for name, beside in self.cells.take_others().items():
            others = values[several.OTHERS[name]]
            for at, line in enumerate(lines):
                if line in beside:
                    others[at] = several.joined(others[at], beside[line])

    def _refuse_future(self, column: str, moments: Sequence[Any], lines: list[int]) -> None:
        now = self.ws.stamp
        for at, moment in enumerate(moments):
            if moment is not None and moment > now:
                reason = _("it has not taken place yet")
                self.staged.reject(lines[at], Problem("date-future", reason, column, moment, lines[at]))

    def _derive(self, values: dict[str, list[Any]]) -> None:
        for name, key in {**_DERIVED, **_DERIVED_PERSON, **_DERIVED_MOMENT}.items():
            if key not in self.columns:
                continue
            column = values[name]
            if key.endswith("name_key"):
                values[key] = [found or None for found in name_keys([cell or "" for cell in column])]
            elif key.endswith("birthday_key"):
                values[key] = [birthday_key(cell) if cell else None for cell in column]
            elif key == "since_key":
                values[key] = [cell[5:] if cell else None for cell in column]
            else:
                days = {
                    cell: local_date(datetime.fromisoformat(cell), self.zone).isoformat()
                    for cell in set(column)
                    if cell
                }
                values[key] = [days.get(cell) for cell in column]

    def _require(self, values: dict[str, list[Any]], lines: list[int]) -> None:
        """Reject rows without what no row can be without; a customer known by its code needs no name."""
        for column in self.table.fields:
            if not column.required:
                continue
            cells = values.get(column.name) or [None] * len(lines)
            if None not in cells:
                continue
            codes = values.get("code") if column.name == "name" and self.of_customers else None
            for at, cell in enumerate(cells):
                if cell is None and not (codes and codes[at]) and lines[at] not in self.staged.rejected:
                    reason = _("there is no {field}").format(field=called(column.name))
                    self.staged.reject(lines[at], Problem("missing", reason, column.name, "", lines[at]))


def _is_cut_through(cells: Sequence[str]) -> bool:
    """Whether an amount with a thousands sign may stand in two cells: ￥1,234.50 without quotes."""
    return any(_THOUSANDS.fullmatch(a) and _HUNDREDS.fullmatch(b) for a, b in pairwise(cells))


def _stored(column: Field) -> str:
    """The column of `staged`: that of the table, but for a person's, and for the name of a customer."""
    return column.name if column.column in (None, "customer_id") else column.column


def _own_fields(columns: Sequence[tuple[str, Sequence[str]]], size: int) -> list[str | None]:
    """The cells under headings that are no field of ours, row by row as a JSON object; None where all are empty."""
    rows: list[str | None] = []
    for at in range(size):
        found: dict[str, str] = {}
        for heading, cells in columns:
            text = unguarded(clean_text(cells[at], multiline=True))
            if text:
                found[heading] = f"{found[heading]}; {text}" if heading in found else text
        rows.append(own_fields.stored(found))
    return rows


def original_rows(source: Source, layout: Layout, lines: set[int]) -> Iterator[tuple[int, list[str]]]:
    """The rows that begin on `lines`, as they stand in the file."""
    for chunk in data_rows(source, layout):
        for line, cells in zip(chunk.lines, chunk.cells, strict=True):
            if line in lines:
                yield line, cells
