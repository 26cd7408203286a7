"""Which column of a file is which field, and which table the file is.

The heading row is looked for among the first rows, because exports put a title above it; `layouts` has which table
they tell. Several columns may be one field: all phones of a person, the parts of a name; `columns` says how they are
put together, `leftovers` what of them is kept beside it, and `whole_columns` what only all cells of one tell.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from crmcli.errors import InvalidInput, UsageError
from crmcli.fields import TABLES, Field, heading_key, heading_note
from crmcli.i18n import _
from crmcli.intake import columns as making
from crmcli.intake import leftovers, whole_columns
from crmcli.intake.headings import (
    ADDRESS,
    ALIKE,
    DECISIVE,
    OPTED_OUT,
    OURS,
    fields_of,
    holds_several,
    name_part,
    naming,
    person_field,
    single,
    tables_with,
)
from crmcli.intake.layouts import Layout, choose, is_readable, known, missing_in, naming_customers
from crmcli.intake.sources import HEADINGS_WITHIN, Rows, Source
from crmcli.intake.sources.trailers import without_trailer
from crmcli.intake.whole_columns import Days

# Headings of these stand over other things as often.
_OFTEN_OTHER = ("kind", "stage", "role", "contact_role")
_SOME = 200
# The rows in which headings are looked for, and dates whose order is told before the others are read.
_LOOKED_AT = 10_000
# One cell of these names several, and the first counts.
_FIRST_COUNTS = "associatedcompanyids"


def lay_out(
    source: Source,
    *,
    table: str | None = None,
    given: Mapping[str, str] | None = None,
    constants: Collection[str] = (),
    create_customers: bool = False,
) -> Layout:
    """Find the headings of `source` and what they mean; its `chunks` end with the last row of the list from then on.

    Args:
        given: heading -> field, `-` for none; wins over what is known.
        constants: the fields that every row gets from elsewhere.
        create_customers: the rows are said to be of a table that names customers, where they can be.

    Raises:
        UsageError: the table, or a field or heading of `given`, does not exist.
        InvalidInput: no heading is known, one that the table needs is missing, it could be two tables, or two
            columns are the same field.
    """
    if table is not None and table not in TABLES:
        raise UsageError(_("there is no table '{name}'").format(name=table), hint=", ".join(TABLES))
    given = given or {}
    first = _first_rows(source)
    tops = list(islice(zip(first.lines, first.cells, strict=True), HEADINGS_WITHIN))
    wanted = [table] if table else tables_with(given)
    layouts = [
        Layout(name, line, headings, fields_of(name, headings, given)) for name in wanted for line, headings in tops
    ]
    if create_customers and table is None:
        layouts = naming_customers(layouts, constants, first)
    best = choose(source, layouts, first, constants)
    if not known(best):
        # The cells are not shown: in a file without headings they are somebody's data.
        raise InvalidInput(
            _("{file}: no heading is known in the first {rows} rows").format(file=source.path.name, rows=len(tops)),
            hint=_('say what they are: --table customers --map "HEADING=field"'),
        )
    if source.typed:
        source.chunks = without_trailer(source, best.headings, best.heading_line, naming(best.columns))
    best = _headed(source, best, given)
    _refuse_if_unusable(source, best, given, constants)
    if create_customers and TABLES[best.table].entity == "customer":
        words = _("{file} is read as a list of {table}: all of them are created, with --create-customers or without")
        source.notes.append(words.format(file=source.path.name, table=best.table))
    told = set(map(heading_key, given))
    return _put_together(source, _understood(source, best, first, told), first, told, constants)


def _first_rows(source: Source) -> Rows:
    first = Rows([])
    for chunk in source.chunks():
        first = Rows(first.lines + chunk.lines, first.cells + chunk.cells)
        if len(first.lines) >= _LOOKED_AT:
            break
    if not first.lines:
        raise InvalidInput(_("{file} is empty").format(file=source.path.name))
    return first


def _headed(source: Source, layout: Layout, given: Mapping[str, str]) -> Layout:
    """The layout with a heading over every filled column, and another one where it would repeat an earlier one's."""
    headings = leftovers.with_nameless(source, layout.heading_line, layout.headings)
    headings = leftovers.with_repeated_numbered(headings, single(layout.table, layout.columns))
    if headings == layout.headings:
        return layout
    return replace(layout, headings=headings, columns=fields_of(layout.table, headings, given))


def _refuse_if_unusable(source: Source, layout: Layout, given: Mapping[str, str], constants: Collection[str]) -> None:
    file = source.path.name
    keys = list(map(heading_key, layout.headings))
    absent = [heading for heading in given if heading_key(heading) not in keys]
    if absent:
        raise UsageError(
            _("{file} has no column '{heading}'").format(file=file, heading="', '".join(absent)),
            hint=_("it has: {headings}").format(headings=", ".join(filter(None, layout.headings))),
        )
    # A row without a number is given one by what it says.
    missing = [name for name in missing_in(layout, constants) if name != "number"]
    if missing:
        raise InvalidInput(
            _("{file}: no column for {field} of {table}").format(
                file=file, field=", ".join(missing), table=layout.table
            ),
            hint=_("name what they are: {maps}").format(maps=" ".join(f'--map "HEADING={name}"' for name in missing)),
        )


def _understood(source: Source, layout: Layout, first: Rows, told: Collection[str]) -> Layout:
    """The layout without the columns whose heading means something else here: a type that is no kind of customer."""
    columns = list(layout.columns)
    for at, column in enumerate(columns):
        if layout.table not in ALIKE or column is None or column.name not in _OFTEN_OTHER:
            continue
        cells = [row[at] for row in first.cells[:_SOME] if row is not layout.headings and at < len(row)]
        words = dict.fromkeys(cell for cell in cells if cell and cell != layout.headings[at])
        odd = [word for word in words if not is_readable(column, word)]
        if 2 * len(odd) > len(words) and heading_key(layout.headings[at]) not in told:
            columns[at] = None
            source.notes.append(
                _("{file}: '{heading}' is not read as {field}: '{value}' is none").format(
                    file=source.path.name, heading=layout.headings[at], field=column.name, value=odd[0][:40]
                )
            )
    return replace(layout, columns=columns)


# --- columns to cells --------------------------------------------------------------------------------------------


def _put_together(
    source: Source, layout: Layout, first: Rows, told: Collection[str], constants: Collection[str]
) -> Layout:
    """The layout with what its columns need: several made one, units, dates, and what a heading says of every row."""
    keys = list(map(heading_key, layout.headings))
    columns: list[Field | None] = [None] * len(keys)
    made: dict[int, making.Make] = {}
    used: set[int] = set()
    tests: dict[int, leftovers.Test] = {}
    for name in dict.fromkeys(column.name for column in layout.columns if column):
        places = [at for at, column in enumerate(layout.columns) if column and column.name == name]
        groups = _groups(source, layout, places, keys, told)
        at = min(groups[0])
        used.update(place for group in groups for place in group)
        columns[at] = layout.columns[at]
        make = _made(layout, groups, keys)
        if make is not None:
            made[at] = make
        tests |= leftovers.beside(groups)
        if keys[at] == _FIRST_COUNTS:
            tests[at] = leftovers.several_in(at)
    # From here on `columns` read a cell that leaves it open as the whole column means it. The file is gone through for
    # it now where the first rows have such dates, else when one is met.
    dates, numbers = whole_columns.read_as_wholes(source, layout.headings, columns)
    prepared = _prepared(layout, keys, used)
    said = _currency_of_all(layout, used, constants)
    columns += [TABLES[layout.table].field("currency") for _code in said]
    taken = [(layout.headings[at], column.name) for at in sorted(used) if (column := layout.columns[at])]
    laid = replace(
        layout,
        columns=columns,
        taken=taken,
        day_first=_settled(dates, first, columns),
        prepared=prepared,
        made=made,
        has_commas=lambda: any(decimals.has_commas for decimals in numbers.values()),
        constants=said,
    )
    return _with_leftovers(source, laid, used, tests)


def _currency_of_all(layout: Layout, used: Collection[int], constants: Collection[str]) -> list[str]:
    """The one currency that the headings of amounts name, where nothing else says that of a row; else none."""
    if TABLES[layout.table].field("currency") is None or "currency" in layout.names | set(constants):
        return []
    money = [at for at in used if (column := layout.columns[at]) and column.kind == "money"]
    said = {heading_note(layout.headings[at]).currency for at in money} - {""}
    return [*said] if len(said) == 1 else []


def _with_leftovers(
    source: Source, layout: Layout, used: Collection[int], tests: Mapping[int, leftovers.Test]
) -> Layout:
    """The layout that keeps the columns no field uses, and those that a row passes the test of, where it does."""
    left = leftovers.columns_with(source, layout.heading_line, len(layout.headings), tests)
    columns, prepared, made, constants = layout.columns[:], {**layout.prepared}, {**layout.made}, layout.constants[:]
    for at in sorted(left):
        if columns[at] is not None:
            # The field moves behind the headings, because the column itself is kept.
            made[len(columns)] = leftovers.first_values(at)
            columns.append(columns[at])
            columns[at] = None
            constants.append("")
            prepared.pop(at, None)
        made[at] = leftovers.where(at, tests[at])
    kept = [text for at, text in enumerate(layout.headings) if at not in used or at in left]
    unused = [text for text in kept if text and text not in OURS]
    return replace(layout, columns=columns, unused=unused, prepared=prepared, made=made, constants=constants)


def _groups(
    source: Source, layout: Layout, places: list[int], keys: Sequence[str], told: Collection[str]
) -> list[list[int]]:
    """The columns that one field is made of, the surest first; one column where it has one value."""
    column = layout.columns[places[0]]
    assert column is not None
    if len(places) == 1 or holds_several(layout.table, column) or column.multiline:
        return [places]
    ranks = [heading_key(word) for word in (column.name, *column.headings)]

    def rank(at: int) -> int:
        bare = next((key for key in (keys[at], re.sub(r"\d+", "", keys[at])) if key in ranks), "")
        return -1 if keys[at] in told else ranks.index(bare) if bare else len(ranks)

    groups: dict[int, list[int]] = {}
    for at in sorted(places, key=rank):
        groups.setdefault(rank(at), []).append(at)
    if column.name in ADDRESS and -1 not in groups:
        return list(groups.values())
    surest = next(iter(groups.values()))
    if column.name in DECISIVE and -1 not in groups:
        surest = [at for group in groups.values() for at in group]
    same = len({keys[at] for at in surest}) == 1
    if same and column.name not in DECISIVE:
        return [surest[:1]]
    if len(surest) > 1:
        first, second = (layout.headings[at] for at in surest[:2])
        words = _("{file}: two columns are {field}: '{first}' and '{second}'")
        leave_out = _('leave one out: --map "{heading}=-"').format(heading=second)
        raise InvalidInput(
            words.format(file=source.path.name, field=column.name, first=first, second=second),
            hint=_("rename one of them in the file") if same else leave_out,
        )
    return [surest]


def _made(layout: Layout, groups: list[list[int]], keys: Sequence[str]) -> making.Make | None:
    """How the cells come out of several columns; None if there is one."""
    places = [at for group in groups for at in group]
    column = layout.columns[places[0]]
    parts = {at: name_part(layout.table, keys[at]) or "full" for at in places}
    if len(places) == 1 or column is None:
        return None
    if column.name == person_field(layout.table) and set(parts.values()) != {"full"}:
        of_part = {name: [at for at in places if parts[at] == name] for name in ("full", "family", "given", "middle")}
        return making.person(*of_part.values())
    if len(groups) > 1 or not (column.multiline or holds_several(layout.table, column)):
        return making.first_of(groups)
    return making.lines(places) if column.multiline else making.several(places)


def _settled(dates: Mapping[int, Days], first: Rows, columns: Sequence[Field | None]) -> dict[str, bool]:
    """By field, the order of day and month that its heading names, or that all of its cells agree on."""
    settled: dict[str, bool] = {}
    for at, days in dates.items():
        column = columns[at]
        asked = days.said in ("dmy", "mdy") or (days.are_in(first.column(at)) and days.asks())
        if column and asked and days.day_first is not None:
            settled[column.name] = days.day_first
    return settled


def _prepared(layout: Layout, keys: Sequence[str], used: Collection[int]) -> dict[int, making.Prepare]:
    """What is made of the cells of each column before they are read, as with the unit that its heading names."""
    prepared: dict[int, making.Prepare] = {}
    for at in sorted(used):
        column, key = layout.columns[at], keys[at]
        assert column is not None
        unit = heading_note(layout.headings[at]).unit
        if unit and column.kind == "money":
            prepared[at] = making.with_unit(unit)
        elif key in OPTED_OUT:
            prepared[at] = making.refused
        elif key == _FIRST_COUNTS:
            prepared[at] = making.first_value
        elif key.endswith("value") and holds_several(layout.table, column):
            prepared[at] = making.google_values
    return prepared
