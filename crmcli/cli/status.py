"""`crm status`: the dashboard."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from crmcli import i18n
from crmcli.cli import output as out
from crmcli.cli.drawing import bar, sparkline
from crmcli.cli.opening import workspace
from crmcli.cli.options import Format, Output
from crmcli.cli.show import LINES, Section, as_page, page_lines, show_page
from crmcli.i18n import _, listed, plural
from crmcli.tables import Column, Table
from crmcli.values import display_width, format_money, spoken_money

if TYPE_CHECKING:
    from crmcli.reports.status import Status
    from crmcli.store.workspace import Workspace

_WIDEST, _SHORTEST = 30, 5  # cells that a bar takes at most, and the longest one at least
_BETWEEN = 8  # beside the columns of a section


def status(format: Format = None, output: Output = None) -> None:
    """Show how things stand: what is due and late, customers by tier and stage, open cases, data quality.

    With -f json: one object in a list.
    """
    from crmcli.reports.status import status as read

    with workspace(readonly=True) as ws:
        found = read(ws)
        sections = _page(ws, found)
    if as_page(format, output):
        show_page(sections, output)
    elif format in ("json", "jsonl") or (output and output.suffix.lower() in (".json", ".jsonl")):
        row = asdict(found)
        row["tiers"] = {key or "": count for key, count in found.tiers.items()}
        row["amounts"] = [format_money(amount) for amount in found.amounts]
        columns = [Column(key, "list" if key in ("talks", "amounts") else "text") for key in row]
        out.show(Table(columns, [row]), format=format, output=output)
    else:
        out.show(Table(LINES, page_lines(sections)), format=format, output=output)


def _page(ws: "Workspace", found: "Status") -> list[Section]:
    if not found.stages:
        # Of nobody all would be complete, and nothing due.
        first = (_("bring customers in:"), _("crm import FILE…"))
        return [Section(_("The base is empty"), [first, *_changed(ws, found)])]
    sections = [
        Section(_("To do"), _to_do(found), loud=found.late > 0 or found.unknown_tiers > 0),
        Section(_("Customers by tier"), _bars((_tier(ws, key), n) for key, n in found.tiers.items())),
        Section(_("Customers by stage"), _bars(_named(_words("stage"), found.stages))),
        Section(_("Open cases"), _bars(_named(_states(), found.cases)), loud="breached" in found.cases),
        Section(_("The last 12 months"), _months(found)),
        Section(_("The data"), _data(ws, found)),
    ]
    return [section for section in sections if section.rows]


def _to_do(found: "Status") -> list[tuple[str, ...]]:
    unknown = (_("in tiers unknown to the policy"), f"{found.unknown_tiers:,}", _("crm tier run --tags"))
    return [*_due(found), *([unknown] if found.unknown_tiers else [])]


def _due(found: "Status") -> list[tuple[str, ...]]:
    if not found.due and not found.week:
        return [(_("nothing is due, today or in the coming week"),)]
    rows: list[tuple[str, ...]] = [
        (_("due"), f"{found.due:,}", _("crm due")),
        (_("late"), f"{found.late:,}", _("crm due --late")),
        (_("next 7 days"), f"+{found.week:,}", _("crm due --days 7")),
    ]
    kinds = listed(f"{name} {count:,}" for name, count in _named(_words("due_kind"), found.kinds))
    # Beside the commands: under the numbers it would push these to the edge of the screen.
    return [*rows, (_("by kind"), "", kinds)] if kinds else rows


def _bars(counts: Iterable[tuple[str, int]]) -> list[tuple[str, ...]]:
    """Names with their numbers, and a bar of the length of each beside the longest."""
    rows = list(counts)
    top = max((count for _name, count in rows), default=0)
    taken = max((display_width(name) + len(f"{count:,}") for name, count in rows), default=0) + _BETWEEN
    longest = max(_SHORTEST, min(_WIDEST, shutil.get_terminal_size().columns - taken))
    return [(name, f"{count:,}", bar(count, top, longest)) for name, count in rows]


def _tier(ws: "Workspace", key: str | None) -> str:
    tier = ws.digest["tiers"].get(key)
    label: str = tier["label"][i18n.language()] if tier else key or _("not graded: crm tier run")
    return label


def _named(words: Mapping[str, str], counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(words.get(name, name), count) for name, count in counts.items()]


def _words(field: str) -> dict[str, str]:
    from crmcli.reports.deliverables.words import words

    return words()[field]


def _states() -> dict[str, str]:
    return {
        "breached": _("past the deadline"),
        "warn": _("close to the deadline"),
        "ok": _("in time"),
        "paused": _("waiting for the customer"),
    }


def _months(found: "Status") -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    if any(found.amounts):
        rows.append((_("amount"), sparkline(found.amounts), spoken_money(sum(found.amounts))))
    if any(found.talks):
        talks = plural("{count} contact", "{count} contacts", sum(found.talks)).format(count=f"{sum(found.talks):,}")
        rows.append((_("contacts"), sparkline(found.talks), talks))
    return rows


def _data(ws: "Workspace", found: "Status") -> list[tuple[str, ...]]:
    share = f"{found.completeness:.1%}"
    if found.target is not None and found.by is not None:
        share = _("{share}; the target is {target} by {day}").format(
            share=share, target=f"{found.target:.1%}", day=found.by
        )
    rows: list[tuple[str, ...]] = [(_("complete"), share)]
    if found.imported:
        row = found.imported
        said = _("{file}, {day}: {created} created, {updated} updated, {rejected} rejected")
        rows.append((_("last import"), said.format(day=ws.local(row["at"])[:10], **row)))
    return [*rows, *_changed(ws, found)]


def _changed(ws: "Workspace", found: "Status") -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    if found.undoable:
        row = found.undoable
        said = _("{summary} ({actor}, {day}); crm undo takes it back")
        summary = _shortened(row["summary"]) or _("no summary")
        rows.append((_("last change"), said.format(summary=summary, actor=row["actor"], day=ws.local(row["at"])[:10])))
    return rows


def _shortened(text: str) -> str:
    """A sentence that fits a line; a number is never cut in two."""
    return text if len(text) <= _LONGEST else text[:_LONGEST].rstrip("0123456789.,") + "…"


_LONGEST = 60
COMMANDS = {"status": status}
