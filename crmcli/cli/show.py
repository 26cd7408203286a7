"""`crm show`: the one-page brief before a call."""

import sys
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.calendars import local_datetime
from crmcli.care.items import spoken_channel
from crmcli.cli import output as out
from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, Format, Output
from crmcli.i18n import _, listed, plural, sentences
from crmcli.tables import Column, Table
from crmcli.values import display_width, format_money, safe

if TYPE_CHECKING:
    from crmcli.reports.brief import Brief, Due
    from crmcli.store.database import Row

_NESTED = ("tags", "contacts", "due", "birthdays", "interactions", "orders")
LINES = (Column("section"), Column("field"), Column("value"))
_PROFILE = ("phone", "other_phones", "email", "other_emails", "address", "website", "since", "source", "consent")
_PROFILE_TEXTS = ("need", "budget", "decision", "note")


@dataclass(frozen=True)
class Section:
    """A part of the page: rows of cells under a title; `loud` is what must not be overlooked."""

    title: str
    rows: list[tuple[str, ...]]
    loud: bool = False


def show(customer: CustomerName, format: Format = None, output: Output = None) -> None:
    """Show all that matters before a call: people, terms, what is due, last contacts, orders.

    With -f json: one object in a list; its contacts, due, birthdays, interactions and orders are lists.
    """
    from crmcli.reports import brief as report

    with workspace(readonly=True) as ws:
        brief = report.brief(ws, customer)
        zone = ws.zone
    if as_page(format, output):
        show_page(_page(brief, zone), output)
    elif format in ("json", "jsonl") or (output and output.suffix.lower() in (".json", ".jsonl")):
        found = report.document(brief)
        columns = [Column(key, "list" if key in _NESTED else "text") for key in found]
        out.show(Table(columns, [found]), format=format, output=output)
    else:
        out.show(Table(LINES, page_lines(_page(brief, zone))), format=format, output=output)


def as_page(format: str | None, output: Path | None) -> bool:
    return format == "table" or (format is None and (output is None or output.suffix.lower() in ("", ".txt")))


def page_lines(sections: list[Section]) -> "list[Row]":
    """The page as rows, for the formats that have nothing but rows."""
    return [
        {"section": section.title, "field": row[0], "value": "  ".join(filter(None, row[1:]))}
        for section in sections
        for row in section.rows
    ]


def _page(brief: "Brief", zone: str) -> list[Section]:
    """The sections of the page; those without a row are left out."""
    sections = [
        _heading(brief),
        Section(_("Special terms"), [(line,) for line in _text(brief.customer["terms"]).splitlines()], loud=True),
        Section(_("People"), [_person(row) for row in brief.contacts]),
        Section(_("To do"), [_to_do(item) for item in brief.due]),
        Section(_("Birthdays"), [(b.on, b.name, b.birthday) for b in brief.birthdays]),
        Section(_("Last contacts"), [_contact(row, zone) for row in brief.interactions]),
        Section(_("Orders"), _orders(brief)),
        Section(_("Profile"), _profile(brief)),
    ]
    return [section for section in sections if section.rows]


def _profile(brief: "Brief") -> list[tuple[str, ...]]:
    given = [(key, brief.customer[key]) for key in (*_PROFILE, *_PROFILE_TEXTS)]
    from crmcli.headings import headings

    words = headings()
    stored = [(words.get(key, key).lower(), _said(key, value)) for key, value in given if value]
    return [*stored, *((key, value) for key, value in brief.own_fields.items() if value)]


def _tier(row: "Row") -> str | None:
    """The tier by its label, and a pin of it with its end."""
    from crmcli.grading.tiers import FOREVER

    label: str | None = row["tier_label"]
    until = row["pinned_until"]
    if label is None or until is None:
        return label
    if until == FOREVER.isoformat():
        return _("{tier}, pinned by hand").format(tier=label)
    return _("{tier}, pinned by hand until {day}").format(tier=label, day=until)


def _heading(brief: "Brief") -> Section:
    row = brief.customer
    place = " ".join(filter(None, (row["region"], row["city"])))
    rows = [
        (_("tier"), _tier(row)),
        (_("owner"), _owner(row)),
        (_("handed over"), _handed_over(row)),
        (_("stage"), _said("stage", row["stage"])),
        (_("lead"), _lead(row)),
        (_("industry"), row["industry"]),
        (_("place"), place),
        (_("tags"), listed(row["tags"])),
    ]
    title = f"{row['code']}  {row['name']}"
    return Section(
        title, [(label, value) for label, value in rows if value] or [(_("stage"), _said("stage", row["stage"]))]
    )


def _lead(row: "Row") -> str:
    """The grade of a lead, and why, where it came from, and since when; of one that was lost the reason."""
    if row["stage"] == "lead":
        said = (row["grade"] or _("no grade"), row["grade_reason"], _since(_("since {day}"), row["lead_on"]))
    elif row["won_on"]:
        said = (None, None, _since(_("won on {day}"), row["won_on"]))
    else:
        said = (None, row["lost_reason"], _since(_("lost on {day}"), row["lost_on"]))
    return listed(filter(None, (*said, row["campaign"])))


def _since(words: str, day: str | None) -> str | None:
    return words.format(day=day) if day else None


def _owner(row: "Row") -> str:
    """The name, and what the team knows of it."""
    from crmcli.reports.deliverables.words import spoken

    known = [spoken("owner_role", row["owner_role"]), _("inactive") if row["owner_active"] == "no" else None]
    said = listed(filter(None, known))
    return f"{row['owner']} ({said})" if said else row["owner"] or ""


def _handed_over(row: "Row") -> str:
    if row["handed_over_on"] is None:
        return ""
    words = (
        _("by {owner} on {day}, acknowledged on {acknowledged}")
        if row["acknowledged_on"]
        else _("by {owner} on {day}, not acknowledged yet: crm handoff show {code}")
    )
    return words.format(
        owner=row["handed_over_by"],
        day=row["handed_over_on"],
        acknowledged=row["acknowledged_on"],
        code=row["code"],
    )


def _person(row: "Row") -> tuple[str, ...]:
    mark = "* " if row["primary"] == "yes" else ""
    fields = ("title", "role", "phone", "other_phones", "email", "other_emails", "wechat", "birthday", "note")
    return (mark + row["name"], *(_text(row[field]) for field in fields))


def _to_do(item: "Due") -> tuple[str, ...]:
    late = plural("{days} day late", "{days} days late", item.late_days).format(days=item.late_days)
    return (item.due_on, late if item.late_days else "", item.action, spoken_channel(item.channel) or "", item.reason)


def _contact(row: "Row", zone: str) -> tuple[str, ...]:
    at = local_datetime(datetime.fromisoformat(row["at"]), zone)
    said = sentences(filter(None, (row["topic"], row["feedback"])))
    next_step = "→ " + " ".join(filter(None, (row["next_action"], row["next_due"]))) if row["next_action"] else ""
    return (f"{at:%Y-%m-%d %H:%M}", spoken_channel(row["channel"]) or "", _text(row["participants"]), said, next_step)


def _orders(brief: "Brief") -> list[tuple[str, ...]]:
    row = brief.customer
    if not brief.orders:
        return []
    counted = [
        (
            _("12 months"),
            _count(row["orders_12m"]),
            format_money(row["amount_12m"]),
        ),
        (_("ever"), _count(row["orders_total"]), format_money(row["amount_total"])),
    ]
    last = [
        (
            order["ordered_on"],
            order["number"],
            format_money(order["amount"]),
            _text(order["product"]),
            _said("status", order["status"]),
        )
        for order in brief.orders
    ]
    return [*counted, *last]


def _count(orders: int) -> str:
    return plural("{count} order", "{count} orders", orders).format(count=orders)


def _said(field: str, value: str | None) -> str:
    """A stored word in the language spoken now, within a line; anything else as it is."""
    from crmcli.reports.deliverables.words import words

    known = words().get(field, {}).get(value or "")
    return known.lower() if known else value or ""


def _text(value: object) -> str:
    return "" if value is None else str(value)


def show_page(sections: list[Section], output: Path | None) -> None:
    if output is None and sys.stdout.isatty():
        _show_rich(sections)
        return
    text = "\n".join(_plain(section) for section in sections)
    if output is None or str(output) == "-":
        sys.stdout.write(text)
    else:
        out.write_file(output, text)


def _plain(section: Section) -> str:
    """A title and its rows, aligned; a value of several lines is one line, as everywhere."""
    rows = [[safe(cell) for cell in row] for row in section.rows]
    widths = [max(display_width(cell) for cell in column) for column in zip_longest(*rows, fillvalue="")]
    lines = [safe(section.title)]
    for row in rows:
        padded = (cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=False))
        lines.append("  " + "  ".join(cell for cell, width in zip(padded, widths, strict=False) if width).rstrip())
    return "\n".join(lines) + "\n"


def _show_rich(sections: list[Section]) -> None:
    from rich.padding import Padding
    from rich.table import Table as Grid
    from rich.text import Text

    console = out.terminal()
    for place, section in enumerate(sections):
        if place:
            console.print()
        console.print(Text(safe(section.title), style="bold red" if section.loud else "bold"))
        widths = [max(map(display_width, column)) for column in zip_longest(*section.rows, fillvalue="")]
        shown = [column for column, width in enumerate(widths) if width]
        grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for column in shown:
            # Dates, names and numbers are short; only what is long may be folded.
            grid.add_column(no_wrap=widths[column] <= 20, overflow="fold")
        for row in section.rows:
            cells = [row[column] if column < len(row) else "" for column in shown]
            grid.add_row(*(Text(safe(cell)) for cell in cells))
        console.print(Padding(grid, (0, 0, 0, 2)))


COMMANDS = {"show": show}
