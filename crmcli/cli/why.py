"""`crm why`: the receipt of a tier and of tags."""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmcli.calendars import local_datetime
from crmcli.cli import output as out
from crmcli.cli import settings
from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, Format, Output, Quiet
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table
from crmcli.values import format_money, safe

if TYPE_CHECKING:
    from crmcli.grading.records import Records
    from crmcli.grading.why import Part, Receipt, Why

_NESTED = ("parts", "records")
_LINES = (
    Column("subject"),
    Column("value"),
    Column("holds"),
    Column("given"),
    Column("source"),
    Column("place", "id"),
    Column("rule"),
    Column("facts", "list"),
    Column("reason"),
    Column("by"),
    Column("at", "instant"),
    Column("policy"),
    Column("as_of", "date"),
)
# A line of the tree: how deep, its mark (true, false or None), and its words.
Line = tuple[int, bool | None, str]


def why(customer: CustomerName, format: Format = None, output: Output = None, quiet: Quiet = False) -> None:
    """Show why a customer has its tier and tags: rules, their places, values, and the records behind them.

    With -f json: one object for each rule asked, with its parts and records.
    """
    from crmcli.grading.why import document
    from crmcli.grading.why import why as receipts

    with workspace(readonly=True) as ws:
        found = receipts(ws, customer)
        zone = ws.digest["timezone"]
        for sentence in found.notes:
            ws.notes.append(sentence)
    suffix = output.suffix.lower() if output and not format else ""
    if quiet or (format or suffix.removeprefix(".")) in ("json", "jsonl"):
        rows = document(found)
        columns = [Column(key, "list" if key in _NESTED else "text") for key in (rows[0] if rows else ("subject",))]
        out.show(Table(columns, rows), format=format, output=output, quiet=quiet)
    elif format == "table" or (format is None and suffix in ("", ".txt")):
        _show_tree(list(_lines(found, zone)), output)
    else:
        out.show(
            Table.of(_LINES, map(_row, found.receipts, [found] * len(found.receipts))), format=format, output=output
        )


def _row(receipt: "Receipt", why: "Why") -> dict[str, Any]:
    facts = {name: value for part in receipt.parts for name, value in part.facts.items()}
    named = {column.key: getattr(receipt, column.key, None) for column in _LINES}
    holds = {None: None, True: "yes", False: "no"}
    shown = [f"{name} = {_value(value)}" for name, value in facts.items()]
    policy = {"policy": why.policy, "as_of": why.as_of.isoformat()}
    return {**named, "holds": holds[receipt.holds], "given": holds[receipt.given], "facts": shown, **policy}


def _show_tree(lines: list[Line], output: Path | None) -> None:
    if output is None and sys.stdout.isatty():
        _show_rich(lines)
        return
    text = "".join(f"{'  ' * depth}{safe(_marked(mark, words))}\n" for depth, mark, words in lines)
    if output is None or str(output) == "-":
        sys.stdout.write(text)
    else:
        out.write_file(output, text)


def _show_rich(lines: list[Line]) -> None:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    styles = {True: "green", False: "red", None: ""}
    trees: list[Tree] = []
    for depth, mark, words in lines:
        cell = Text(safe(_marked(mark, words)), style=styles[mark] if depth else "bold")
        del trees[depth:]
        trees.append(trees[-1].add(cell) if trees else Tree(cell))
        root = trees[0]
    no_color = settings.current().no_color or None
    Console(markup=False, emoji=False, highlight=False, no_color=no_color).print(root)


def _marked(mark: bool | None, words: str) -> str:
    return words if mark is None else f"✔ {words}" if mark else f"✘ {words}"


def _lines(found: "Why", zone: str) -> Iterator[Line]:
    head = _("{code} {name}, policy {policy} (version {version}), as of {day}")
    yield (
        0,
        None,
        head.format(code=found.code, name=found.name, policy=found.policy, version=found.version, day=found.as_of),
    )
    subject, told = "", set[tuple[Any, ...]]()
    for receipt in found.receipts:
        if receipt.subject != subject:
            subject = receipt.subject
            has = next((r.value for r in found.receipts if r.subject == subject and r.given), None)
            shown = has or (found.tier if subject == "tier" else None) or _("none")
            yield 1, None, f"{subject}: {shown}"
        yield from _receipt(receipt, told, zone)


def _receipt(receipt: "Receipt", told: set[tuple[Any, ...]], zone: str) -> Iterator[Line]:
    if receipt.holds is None:
        yield 2, None, _by_hand(receipt, zone)
        return
    said = _("true") if receipt.holds else _("false")
    rule = " ".join((receipt.rule or "").split())
    yield 2, receipt.holds, f"{receipt.value}: {said}  {receipt.place}: {rule}"
    if receipt.given and receipt.at:
        yield 3, None, _("given since {day}, by {who}").format(day=receipt.since, who=receipt.by)
    for part in receipt.parts:
        yield 3, part.holds, _part(part)
    if receipt.holds:
        for records in receipt.records:
            yield from _records(records, told)


def _by_hand(receipt: "Receipt", zone: str) -> str:
    at = _("unknown")
    if receipt.at:
        at = f"{local_datetime(datetime.fromisoformat(receipt.at), zone):%Y-%m-%d %H:%M}"
    words = {
        "pin": _("{value}: pinned by hand by {by} at {at}"),
        "hand": _("{value}: set by hand by {by} at {at}"),
    }[receipt.source].format(value=receipt.value, by=receipt.by or _("unknown"), at=at)
    return f"{words}: {receipt.reason}" if receipt.reason else words


def _part(part: "Part") -> str:
    said = _("true") if part.holds else _("false")
    values = ", ".join(f"{name} = {_value(value)}" for name, value in part.facts.items())
    return f"{' '.join(part.text.split())}: {said}" + (f"  ({values})" if values else "")


def _value(value: Any) -> str:
    return _("missing") if value is None else str(value)


def _records(records: "Records", told: set[tuple[Any, ...]]) -> Iterator[Line]:
    """The records, those of a window once for the whole page."""
    counted = {
        "orders": plural("{number} order", "{number} orders", records.count),
        "interactions": plural("{number} contact", "{number} contacts", records.count),
        "contracts": plural("{number} contract", "{number} contracts", records.count),
        "cases": plural("{number} case", "{number} cases", records.count),
        "surveys": plural("{number} answer", "{number} answers", records.count),
        "customers": plural("{number} customer", "{number} customers", records.count),
    }[records.table].format(number=records.count)
    window = _("after {since} up to {until}") if records.since else _("up to {until}")
    days = window.format(since=records.since, until=records.until)
    yield 3, None, _("{facts} from {counted} {days}").format(facts=", ".join(records.facts), counted=counted, days=days)
    counted_here = (records.table, records.count, repr(records.rows))
    if counted_here in told:
        return
    told.add(counted_here)
    for row in records.rows:
        values = {**row, "amount": format_money(row["amount"])} if "amount" in row else row
        # A talk's day is shown, not its moment.
        hidden = "at" if records.table == "interactions" else None
        yield 4, None, "  ".join(str(value) for key, value in values.items() if value and key != hidden)
    if records.count > len(records.rows):
        yield 4, None, _("… and {number} more").format(number=records.count - len(records.rows))


COMMANDS = {"why": why}
