"""How the columns of a file were understood, told to whoever brings it in."""

from collections.abc import Collection, Mapping, Sequence

from crmcli.fields import heading_key, heading_note
from crmcli.i18n import _, listed
from crmcli.intake.headings import OURS
from crmcli.intake.layouts import Layout
from crmcli.intake.sources import Source
from crmcli.values import display_width

_WIDEST = 40


def described(
    source: Source, layout: Layout, mapping: Mapping[str, str], constants: Mapping[str, str], own: Collection[str]
) -> list[str]:
    """All of it, line by line: what a dry run is for.

    `mapping` and `constants` are what the user said; `own` are the headings kept as fields of the company's own.
    """
    if layout.heading_line > 1:
        title = _("{file}: read as {table}, headings on line {line}")
    else:
        title = _("{file}: read as {table}")
    told = set(map(heading_key, mapping))
    used = {heading for heading, _field in layout.taken}
    every = {**_said_by_headings(layout), **constants}
    left = [heading for heading in layout.headings if heading.strip() and heading not in {*used, *own, *OURS}]
    beside = [
        (_("for every row: {names}"), [f"{name}={value}" for name, value in every.items()]),
        (_("kept as fields of your own: {names}"), own),
        (_("left out: {names}"), left),
    ]
    return [
        title.format(file=source.path.name, table=layout.table, line=layout.heading_line),
        *_aligned([(heading, _remarked(layout, heading, field, told)) for heading, field in layout.taken]),
        *("  " + words.format(names=listed(names)) for words, names in beside if names),
    ]


def orders(source: Source, layout: Layout) -> list[str]:
    """The order of day and month where the dates of a column settled it, and not its heading."""
    return [
        _("{file}: '{heading}' is read as {order}").format(file=source.path.name, heading=heading, order=order)
        for heading, field in layout.taken
        if (order := _order(layout, field)) and heading_note(heading).day_first is None
    ]


def _remarked(layout: Layout, heading: str, field: str, told: Collection[str]) -> str:
    remarks = [remark for remark in (_order(layout, field), "--map" if heading_key(heading) in told else "") if remark]
    return f"{field} ({', '.join(remarks)})" if remarks else field


def _order(layout: Layout, field: str) -> str:
    if field not in layout.day_first:
        return ""
    return _("day/month/year") if layout.day_first[field] else _("month/day/year")


def _said_by_headings(layout: Layout) -> dict[str, str]:
    """What a heading says of every row, as `金额(USD)` does of the currency."""
    beyond = layout.columns[len(layout.headings) :]
    return {field.name: value for field, value in zip(beyond, layout.constants, strict=True) if field and value}


def _aligned(pairs: Sequence[tuple[str, str]]) -> list[str]:
    names = [name if len(name) <= _WIDEST else name[: _WIDEST - 1] + "…" for name, _said in pairs]
    width = max(map(display_width, names), default=0)
    return [
        f"  {name}{' ' * (width - display_width(name))} = {said}"
        for name, (_name, said) in zip(names, pairs, strict=True)
    ]
