"""What the headings of a file may mean in each table, and which of them the file is.

A table is told by its headings: the one that finds in them what no row can be without, and uses the most of them.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from crmcli.errors import BadValue, InvalidInput
from crmcli.fields import TABLES, Field, by_heading, by_other_heading, heading_key
from crmcli.i18n import _
from crmcli.intake import columns as making
from crmcli.intake.headings import ALIKE, MAY_NUMBER, OURS, counted, telling
from crmcli.intake.sources import Rows, Source

_SMALL = 20
# Of the first rows so many with a number and an amount make orders of them, or leave them to be asked about.
_NEARLY_ALL, _HALF = 0.9, 0.5
# These stand over the day of a paper, whatever it is.
_OF_PAPERS = {"单据日期", "开单日期", "制单日期", "出库日期"}
# What a contact log says beside whose and when; so does its day, where its heading is not one of any day.
_OF_TALKS = ("channel", "direction", "topic", "feedback", "next_action", "next_due", "next_done_on")
_ANY_DAY = {"date", "time", "at", "日期", "时间"}
# These are of the order where its number stands beside them.
_OF_ORDERS = {"note", "notes", "备注", "type", "method", "方式", "渠道"}


@dataclass(frozen=True)
class Layout:
    """How to read a file's columns: `columns[i]` is the field of column i, or None if nothing uses it.

    Where several columns are one field, the surest of them stands for all. `columns` may be longer than `headings`:
    what the headings say of every row, like the currency of `金额(USD)`, comes last, and what is made of a column that
    is kept itself. A filled column without a heading has one here, and so has one that repeats another's.

    Attributes:
        taken: heading and field of every column that is used, alone or with others.
        unused: the headings of the columns that are no field, or of which something is left over beside one.
        day_first: by field, whether its dates have the day before the month; only where the column settles it.
        prepared: by column, what its cells are before anything else.
        made: by column, how its cells are made of those of several.
        has_commas: whether a comma was found to stand before the decimals of numbers.
        constants: the cell of every row in the columns beyond the headings.
    """

    table: str
    heading_line: int
    headings: list[str]
    columns: list[Field | None]
    taken: list[tuple[str, str]] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    day_first: dict[str, bool] = field(default_factory=dict)
    prepared: dict[int, making.Prepare] = field(default_factory=dict)
    made: dict[int, making.Make] = field(default_factory=dict)
    has_commas: Callable[[], bool] = bool
    constants: list[str] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """The fields that have a column."""
        return {column.name for column in self.columns if column}

    def keys(self, *names: str) -> list[str]:
        """The keys of the headings that stand for these fields, or for any if none is named."""
        pairs = zip(self.headings, self.columns, strict=False)
        return [heading_key(heading) for heading, column in pairs if column and (not names or column.name in names)]

    def beside_customer(self) -> list[int]:
        """The columns that name the customer, too, beside the one that says who it is."""
        known = by_heading(self.table)
        fields = [known.get(heading_key(heading)) for heading in self.headings]
        return [at for at, one in enumerate(fields) if one and one.name == "customer" and self.columns[at] is None]

    def laid(self, rows: Rows) -> list[making.Column]:
        """The columns of these rows, all as wide as the headings, as their fields are to be read."""
        given: list[making.Column] = [*rows.columns]
        for at, prepare in self.prepared.items():
            given[at] = [prepare(cell) if cell else cell for cell in given[at]]
        given += [(constant,) * len(rows.lines) for constant in self.constants]
        for at, column in [(at, make(given)) for at, make in self.made.items()]:
            given[at] = column
        return given


def choose(source: Source, layouts: Sequence[Layout], first: Rows, constants: Collection[str]) -> Layout:
    """The one that lacks nothing and uses most columns; a list of customers before one of their contacts or leads.

    Raises InvalidInput: it could be one or the other.
    """
    if any(_has_paid_orders(layout, first) for layout in layouts):
        return _likeliest(source, [layout for layout in layouts if layout.table != "interactions"], first, constants)
    likeliest = _likeliest(source, layouts, first, constants)
    orders = [layout for layout in layouts if _shares(layout, first) >= _HALF]
    talks = [layout for layout in layouts if layout.table == "interactions" and not missing_in(layout, constants)]
    of_talks = any(map(_is_talked_about, orders)) and any("topic" in layout.names for layout in talks)
    if (likeliest.table == "interactions" and orders) or (likeliest.table == "orders" and of_talks):
        raise _undecided(source, ["orders", "interactions"])
    return likeliest


def _undecided(source: Source, tables: Sequence[str]) -> InvalidInput:
    words = _("{file}: the headings could be those of {tables}")
    return InvalidInput(
        words.format(file=source.path.name, tables=", ".join(tables)),
        hint=_("say which: --table {table}").format(table=tables[0]),
    )


def _likeliest(source: Source, layouts: Sequence[Layout], first: Rows, constants: Collection[str]) -> Layout:
    if any(_tells_orders(layout, constants) for layout in layouts):
        layouts = [layout for layout in layouts if layout.table not in ALIKE]
    complete = [layout for layout in layouts if not missing_in(layout, constants) and not _might_be_orders(layout)]
    likeliest = max(layouts, key=known)
    # A list of deals that lacks their dates is no list of customers with the owners of the deals.
    if not complete or known(likeliest) > 1 + max(map(known, complete)):
        return likeliest
    tied = _most(complete, _used)
    most = _used(tied[0])
    if _are_orders_without_numbers(likeliest, constants) and _used(likeliest) > most:
        return likeliest
    return _told_apart(source, _without_bare_talks(source, layouts, tied, constants), first) if most else tied[0]


def _without_bare_talks(
    source: Source, layouts: Sequence[Layout], tied: Sequence[Layout], constants: Collection[str]
) -> Sequence[Layout]:
    """`tied` without contact logs of a mere customer and day. Raises InvalidInput: only customers are left."""
    left = [layout for layout in tied if not _is_bare_talk(layout, layouts, constants)]
    if len(left) == len(tied) or any(layout.table not in ALIKE for layout in left):
        return left
    words = _(
        "{file}: a customer and a day make neither orders, which have an amount, nor interactions, which have a topic, "
        "a channel or feedback"
    )
    raise InvalidInput(
        words.format(file=source.path.name),
        hint=_('say what a column is: --map "HEADING=amount" or "HEADING=topic"; or --table interactions'),
    )


def _told_apart(source: Source, tied: Sequence[Layout], first: Rows) -> Layout:
    """The first of the table that the headings tell best, or else what stands below them: dates are no channel.

    Raises InvalidInput: it could be one or the other.
    """
    alike = [layout for layout in tied if layout.table in ALIKE][:1]
    rivals = alike + [layout for layout in tied if layout.table not in ALIKE]
    rivals = list({layout.table: layout for layout in reversed(rivals)}.values())
    rivals = _most(rivals, lambda layout: telling(layout.table, layout.columns))
    if len(rivals) > 1:
        rivals = _most(rivals, lambda layout: _readable(layout, first))
    if len(rivals) > 1:
        raise _undecided(source, [layout.table for layout in rivals])
    return next(layout for layout in tied if layout.table == rivals[0].table)


def _most(layouts: Sequence[Layout], measure: Callable[[Layout], float]) -> list[Layout]:
    """Those that have the most of what is measured."""
    measured = list(map(measure, layouts))
    most = max(measured)
    return [layout for layout, amount in zip(layouts, measured, strict=True) if amount == most]


def _used(layout: Layout) -> int:
    return counted(layout.table, layout.columns)


def naming_customers(layouts: list[Layout], constants: Collection[str], first: Rows) -> list[Layout]:
    """Those of tables whose rows name a customer, unless the file is clearly one of customers.

    Several files come in with one command, lists of customers among them: they use half as many columns again as any
    other table would, or half of all where no other has what it needs.
    """
    others = [layout for layout in layouts if layout.table not in ALIKE]
    alike = max((layout for layout in layouts if layout.table in ALIKE), key=known, default=None)
    if not others or alike is None:
        return layouts
    fitting = [known(layout) for layout in others if _lacks_no_more_than_numbers(layout, constants)]
    headings = [heading for heading in alike.headings if heading and heading not in OURS]
    least = 3 * max(fitting) if fitting else len(headings)
    if 2 * known(alike) >= least:
        return layouts
    # Talks and answers have no amounts, but for talks about one.
    paid = [layout for layout in others if {"amount", "unit_price"} & layout.names]
    if any(_has_paid_orders(layout, first) for layout in paid):
        return paid
    most = 0 if any(map(_is_talked_about, paid)) else max(map(known, paid), default=0)
    talks = [one for one in others if one.table == "interactions" and "topic" in one.names and known(one) > most]
    return [*paid, *talks] if paid else others


def _tells_orders(layout: Layout, constants: Collection[str]) -> bool:
    """Whether the headings are only met over orders, however much of their customers stands beside them."""
    if layout.table != "orders":
        return False
    names = layout.names | set(constants)
    return _are_numbered(layout) and len(names & {"ordered_on", "amount", "unit_price", "quantity", "product"}) >= 2


def _has_paid_orders(layout: Layout, first: Rows) -> bool:
    """Whether nearly every row has a number and an amount: with a topic and a channel, too, it is no talk."""
    return _shares(layout, first) >= _NEARLY_ALL and not _is_talked_about(layout)


def _shares(layout: Layout, first: Rows) -> float:
    """The share of the first rows that have a number and an amount, in a list of orders that has their days, too."""
    if layout.table != "orders" or "ordered_on" not in layout.names:
        return 0
    columns = [*enumerate(zip(map(heading_key, layout.headings), layout.columns, strict=False))]
    numbers = [at for at, (key, one) in columns if (one.name == "number" if one else key in MAY_NUMBER)]
    amounts = [at for at, (_key, one) in columns if one and one.name in ("amount", "unit_price")]
    rows = [row for line, row in zip(first.lines, first.cells, strict=True) if line > layout.heading_line]
    full = [row for row in rows if _is_filled(row, numbers) and _is_filled(row, amounts)]
    return bool(numbers and amounts) and (len(full) / len(rows) if rows else 1)


def _is_talked_about(layout: Layout) -> bool:
    """Whether a next step stands beside the order, or the time of a talk beside the day of any paper."""
    known_of_talks = by_heading("interactions")
    unused = [
        heading_key(heading) for heading, one in zip(layout.headings, layout.columns, strict=False) if one is None
    ]
    others = {known_of_talks[key].name for key in unused if key in known_of_talks}
    return "next_action" in others or ("at" in others and {*layout.keys("ordered_on")} <= _OF_PAPERS)


def _is_filled(row: Sequence[str], places: Sequence[int]) -> bool:
    return any(at < len(row) and row[at] for at in places)


def _are_numbered(layout: Layout) -> bool:
    # HubSpot gives one to everything.
    return any(key != "recordid" for key in layout.keys("number"))


def _lacks_no_more_than_numbers(layout: Layout, constants: Collection[str]) -> bool:
    return not missing_in(layout, constants) or _are_orders_without_numbers(layout, constants)


def _might_be_orders(layout: Layout) -> bool:
    """Whether nothing but a number that the user named tells contracts."""
    if layout.table != "contracts":
        return False
    return not {*layout.keys()} & by_heading("contracts").keys() - by_heading("orders").keys()


def _is_bare_talk(layout: Layout, layouts: Sequence[Layout], constants: Collection[str]) -> bool:
    """Whether all that a file has of a contact log are a customer and a day, and nobody said that it is one.

    Where the number of an order stands beside them, a note and a channel are those of the order.
    """
    is_said = len({one.table for one in layouts}) == 1
    if layout.table != "interactions" or is_said or {*constants} & {*_OF_TALKS}:
        return False
    beside = [one for one in layouts if one.table == "orders" and one.heading_line == layout.heading_line]
    told = {*layout.keys(*_OF_TALKS)} - (_OF_ORDERS if any(map(_are_numbered, beside)) else set())
    return not told and {*layout.keys("at")} <= _ANY_DAY


def _are_orders_without_numbers(layout: Layout, constants: Collection[str]) -> bool:
    """Whether they lack nothing else; a day that customers are known since is not told to be that of an order."""
    if layout.table != "orders" or missing_in(layout, constants) != ["number"]:
        return False
    unsure = by_heading("customers").keys() & by_other_heading(layout.table).keys()
    return unsure.isdisjoint(layout.keys("ordered_on"))


def known(layout: Layout) -> int:
    """How many fields have a column."""
    return len(layout.names)


def missing_in(layout: Layout, constants: Collection[str]) -> list[str]:
    """The fields that no row can be without and no column has; a customer has a name, a code, or a person's name."""
    names = layout.names | set(constants)
    needed = [column.name for column in TABLES[layout.table].fields if column.required]
    persons = {"name", "code", "contact_name"} if TABLES[layout.table].field("contact_name") else {"name"}
    enough = {"name": persons, "amount": {"amount", "unit_price"}}
    return [name for name in needed if not names & enough.get(name, {name})]


def _readable(layout: Layout, first: Rows) -> float:
    """The share of the first cells that are what their fields take."""
    told = [is_readable(column, cell) for column, cell in _sample(layout, first) if column.parse]
    return sum(told) / len(told) if told else 1.0


def _sample(layout: Layout, first: Rows) -> list[tuple[Field, str]]:
    rows = [row for line, row in zip(first.lines, first.cells, strict=True) if line > layout.heading_line][:_SMALL]
    return [
        (column, cell) for row in rows for column, cell in zip(layout.columns, row, strict=False) if column and cell
    ]


def is_readable(column: Field, cell: str) -> bool:
    """Whether the field takes what stands in the cell."""
    try:
        column.read(cell, region="CN", zone="UTC")
    except BadValue:
        return False
    return True
