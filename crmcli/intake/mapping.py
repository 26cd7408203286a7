"""Which column of a file is which field, and which table the file is.

The heading row is looked for among the first rows, because exports put a title above it. A table is told by its
headings: the one that understands most of them and finds in them what it cannot do without.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from crmcli.errors import InvalidInput, UsageError
from crmcli.fields import AMBIGUOUS, TABLES, Field, by_heading, heading_key
from crmcli.i18n import _
from crmcli.intake.sources import Source

_LOOK_AT = 10
_IGNORE = ("", "-")
REJECT_COLUMNS = ("_line", "_field", "_code", "_reason")
"""What our own files of rejected rows have beside the original columns; nothing of the row itself."""
# What a table cannot do without: one field of each group. Orders and interactions before customers, which
# they name too.
_ESSENTIAL: dict[str, tuple[tuple[str, ...], ...]] = {
    "orders": (("number",), ("customer",), ("ordered_on",), ("amount",)),
    "interactions": (("customer",), ("at",)),
    "customers": (("name", "code", "contact_name"),),
    "contacts": (("customer",), ("name",)),
}


@dataclass(frozen=True)
class Layout:
    """How to read a file's columns: `columns[i]` is the field of column i, or None if nothing uses it."""

    table: str
    heading_line: int
    headings: list[str]
    columns: list[Field | None]
    unused: list[str] = field(default_factory=list)


def lay_out(source: Source, *, table: str | None = None, given: Mapping[str, str] | None = None) -> Layout:
    """Find the headings of `source` and what they mean; `given` (heading -> field, `-` for none) wins over what
    is known.

    Raises:
        UsageError: the table, or a field or heading of `given`, does not exist.
        InvalidInput: no heading is known, one that the table needs is missing, or two columns are the same field.
    """
    if table is not None and table not in TABLES:
        raise UsageError(_("there is no table '{name}'").format(name=table), hint=", ".join(TABLES))
    tops = _first_rows(source)
    wanted = [table] if table else _tables_with(given or {})
    layouts = [_read(name, line, headings, given or {}) for name in wanted for line, headings in tops]
    best = max(layouts, key=lambda layout: (_known(layout), not _missing(layout)))
    if not _known(best):
        # The cells are not shown: in a file without headings they are somebody's data.
        raise InvalidInput(
            _("{file}: no heading is known in the first {rows} rows").format(file=source.path.name, rows=len(tops)),
            hint=_('say what they are: --table customers --map "HEADING=field"'),
        )
    _refuse_if_unusable(source, best, given or {})
    return best


def _tables_with(given: Mapping[str, str]) -> list[str]:
    """The tables that have all the fields named."""
    names = set(given.values()) - set(_IGNORE)
    fitting = [table for table in _ESSENTIAL if names <= {field_.name for field_ in TABLES[table].fields}]
    return fitting or ["customers"]


def _first_rows(source: Source) -> list[tuple[int, list[str]]]:
    chunk = next(source.chunks(), None)
    if chunk is None:
        raise InvalidInput(_("{file} is empty").format(file=source.path.name))
    return list(islice(zip(chunk.lines, chunk.cells, strict=True), _LOOK_AT))


def _read(table: str, line: int, headings: Sequence[str], given: Mapping[str, str]) -> Layout:
    known = by_heading(table)
    told = {heading_key(heading): name for heading, name in given.items()}
    keys = [heading_key(heading) for heading in headings]
    columns: list[Field | None] = []
    for key in keys:
        if key in told:
            columns.append(None if told[key] in _IGNORE else _field(table, told[key]))
        else:
            columns.append(known.get(key))
    columns = [None if h in REJECT_COLUMNS else column for h, column in zip(headings, columns, strict=True)]
    for position, key in enumerate(keys):
        if key in AMBIGUOUS and key not in told and table == "customers":
            columns[position] = _field(table, _meaning(key, columns, position))
    _prefer_code(keys, columns)
    unused = [
        heading
        for heading, column in zip(headings, columns, strict=True)
        if heading and column is None and heading not in REJECT_COLUMNS
    ]
    return Layout(table, line, list(headings), columns, unused)


def _meaning(key: str, columns: Sequence[Field | None], position: int) -> str:
    """负责人 is our salesperson, unless the list has a person's phone and no other column for the person's name."""
    ours, theirs = AMBIGUOUS[key]
    others = {column.name for at, column in enumerate(columns) if column and at != position}
    return theirs if "contact_phone" in others and "contact_name" not in others else ours


def _prefer_code(keys: Sequence[str], columns: list[Field | None]) -> None:
    """Where both a customer's number and its name stand in a row, the number says who it is."""
    naming = [at for at, column in enumerate(columns) if column and column.name == "customer"]
    codes = [at for at in naming if re.search(r"id$|code$|no$|number$|编号|编码|代码|客户号", keys[at])]
    if len(codes) == 1:
        for at in naming:
            columns[at] = columns[at] if at in codes else None


def _field(table: str, name: str) -> Field:
    found = TABLES[table].field(name)
    if found is not None:
        return found
    raise UsageError(
        _("{table} have no field '{name}'").format(table=table, name=name),
        hint=_("fields: {names}").format(names=", ".join(f.name for f in TABLES[table].fields)),
    )


def _known(layout: Layout) -> int:
    return len({column.name for column in layout.columns if column})


def _missing(layout: Layout) -> list[str]:
    names = {column.name for column in layout.columns if column}
    return [group[0] for group in _ESSENTIAL.get(layout.table, ()) if not names & set(group)]


def _refuse_if_unusable(source: Source, layout: Layout, given: Mapping[str, str]) -> None:
    file = source.path.name
    absent = [heading for heading in given if heading_key(heading) not in map(heading_key, layout.headings)]
    if absent:
        raise UsageError(
            _("{file} has no column '{heading}'").format(file=file, heading=absent[0]),
            hint=_("it has: {headings}").format(headings=", ".join(filter(None, layout.headings))),
        )
    taken: dict[str, str] = {}
    for heading, column in zip(layout.headings, layout.columns, strict=True):
        if column and column.name in taken:
            raise InvalidInput(
                _("{file}: two columns are {field}: '{first}' and '{second}'").format(
                    file=file, field=column.name, first=taken[column.name], second=heading
                ),
                hint=_('leave one out: --map "{heading}=-"').format(heading=heading),
            )
        if column:
            taken[column.name] = heading
    missing = _missing(layout)
    if missing:
        raise InvalidInput(
            _("{file}: no column for {field} of {table}").format(file=file, field=missing[0], table=layout.table),
            hint=_('name it: --map "HEADING={field}"').format(field=missing[0]),
        )
