"""`crm why`: the receipt of a tier, of tags, of a lead's grade, a case's clock and a due item."""

import re
import shlex
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli import i18n
from crmcli.calendars import local_datetime
from crmcli.cli import output as out
from crmcli.cli.opening import workspace
from crmcli.cli.options import Format, Output, Quiet
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table
from crmcli.values import format_money, safe

if TYPE_CHECKING:
    from crmcli.grading.records import Records
    from crmcli.grading.why import Part, Receipt, Step, Why

_NESTED = ("parts", "steps", "records")
_LINES = (
    Column("subject"),
    Column("value"),
    Column("holds"),
    Column("given"),
    Column("source"),
    Column("place", "id"),
    Column("rule"),
    Column("facts", "list", meaning="inputs"),
    Column("steps", "list"),
    Column("reason"),
    Column("by", meaning="actor"),
    Column("at", "instant"),
    Column("line", "number"),
    Column("policy"),
    Column("as_of", "date"),
)
# A line of the tree: how deep, its mark (true, false or None), and its words.
Line = tuple[int, bool | None, str]


Asked = Annotated[
    str,
    typer.Argument(
        metavar="CUSTOMER|KEY",
        help=_("A customer, the key of an item as crm due shows it, or the number of a case"),
        show_default=False,
    ),
]


def why(asked: Asked, format: Format = None, output: Output = None, quiet: Quiet = False) -> None:
    """Show why something is so: rules with their places, values, arithmetic, and the records behind them.

    Of a customer the tier and tags, of a lead the grade, of a case the clock, of an item its day and what settled it.

    With -f json: one object for each rule asked, with its parts, steps and records.
    """
    from crmcli.care.why import why as receipts
    from crmcli.grading.why import document

    with workspace(readonly=True) as ws:
        found = receipts(ws, asked)
        zone = ws.zone
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
    steps = [f"{step.name} = {step.formula} = {_value(step.result)}" for step in receipt.steps]
    policy: dict[str, Any] = {"policy": why.policy, "as_of": why.as_of.isoformat()}
    return {
        **named,
        "holds": holds[receipt.holds],
        "given": holds[receipt.given],
        "facts": shown,
        "steps": steps,
        **policy,
    }


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
    from rich.text import Text
    from rich.tree import Tree

    styles = {True: "green", False: "red", None: ""}
    trees: list[Tree] = []
    for depth, mark, words in lines:
        cell = Text(safe(_marked(mark, words)), style=styles[mark] if depth else "bold")
        del trees[depth:]
        trees.append(trees[-1].add(cell) if trees else Tree(cell))
        root = trees[0]
    out.terminal().print(root)


def _marked(mark: bool | None, words: str) -> str:
    return words if mark is None else f"✔ {words}" if mark else f"✘ {words}"


def _lines(found: "Why", zone: str) -> Iterator[Line]:
    head = _("{code} {name}, policy {policy} (version {version}), as of {day}")
    yield (
        0,
        None,
        head.format(code=found.code, name=found.name, policy=found.policy, version=found.version, day=found.as_of),
    )
    subject, told = "", set[str]()
    for receipt in found.receipts:
        if receipt.subject != subject:
            subject = receipt.subject
            yield 1, None, f"{subject}: {_in_short(found, subject)}"
        yield from _receipt(receipt, told, zone, found.code)


def _in_short(found: "Why", subject: str) -> str:
    """What the customer has of it, or where the item stands."""
    asked = [receipt for receipt in found.receipts if receipt.subject == subject]
    if subject == "clock":
        return next((receipt.value for receipt in asked if receipt.holds), _("none"))
    if _is_item(subject):
        return asked[0].reason or asked[0].value
    has = next((receipt.value for receipt in asked if receipt.given), None)
    return has or (found.tier if subject == "tier" else None) or _("none")


def _is_item(subject: str) -> bool:
    """Whether it is the key of a due item."""
    return ":" in subject and not subject.startswith("tag:")


def _receipt(receipt: "Receipt", told: set[str], zone: str, code: str) -> Iterator[Line]:
    if receipt.holds is None:
        yield 2, None, _stands(receipt, zone)
        return
    said = _("true") if receipt.holds else _("false")
    value = _("due on {day}").format(day=receipt.value) if _is_item(receipt.subject) else receipt.value
    words = f"{value}: {said}"
    if receipt.rule:
        words += f"  {_place(receipt)}: {' '.join(receipt.rule.split())}"
    yield 2, receipt.holds, words
    if receipt.given and receipt.at:
        yield 3, None, _("given since {day}, by {who}").format(day=receipt.since, who=receipt.by)
    for part in receipt.parts:
        yield 3, part.holds, _part(part)
    for step in receipt.steps:
        yield 3, None, _step(step)
    if receipt.holds or _is_item(receipt.subject):
        for records in receipt.records:
            yield from _records(records, told, code)


def _place(receipt: "Receipt") -> str:
    place = receipt.place or ""
    return _("{place} (line {line})").format(place=place, line=receipt.line) if receipt.line else place


def _step(step: "Step") -> str:
    """`planned_on = 2026-09-07 + 1 month = 2026-10-07`; moments to the minute."""
    result = _("not known yet") if step.result is None else _value(step.result)
    values = ", ".join(f"{name} = {_value(value)}" for name, value in step.facts.items())
    return _short(f"{step.name} = {step.formula} = {result}" + (f"  ({values})" if values else ""))


def _short(text: str) -> str:
    """Moments without seconds and offset, as clocks on the wall show them."""
    return re.sub(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d[+-]\d\d:\d\d", r"\1 \2", text)


def _stands(receipt: "Receipt", zone: str) -> str:
    at = _("unknown")
    if receipt.at:
        at = f"{local_datetime(datetime.fromisoformat(receipt.at), zone):%Y-%m-%d %H:%M}"
    words = {
        "pin": _("{value}: pinned by hand by {by} at {at}, until {until}")
        if receipt.until
        else _("{value}: pinned by hand by {by} at {at}, with no end"),
        "hand": _("{value}: set by hand by {by} at {at}"),
        "late": _("{value}: set by crm escalate at {at}, until nothing is late"),
        "kept": _("{value}: kept by {place}"),
        "rule": _("{value}: as the rules gave it at {at}, by {by}"),
    }[receipt.source].format(
        value=receipt.value, by=receipt.by or _("unknown"), at=at, until=receipt.until, place=_place(receipt)
    )
    return i18n.named(words, receipt.reason) if receipt.reason else words


def _part(part: "Part") -> str:
    said = _("true") if part.holds else _("false")
    values = ", ".join(f"{name} = {_value(value)}" for name, value in part.facts.items())
    return f"{' '.join(part.text.split())}: {said}" + (f"  ({values})" if values else "")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _("missing") if value is None else str(value)


# The records that a command lists by customer, and which command.
_LISTS = {"orders": "order", "cases": "case", "contracts": "contract", "surveys": "survey"}


def _records(records: "Records", told: set[str], code: str) -> Iterator[Line]:
    """The records, those of a window once for the whole page; where not all are shown, the command that lists them."""
    if records.table == "customers" and (line := _fields(records, code)):
        if line not in told:
            yield 3, None, line
        told.add(line)
        return
    counted = {
        "orders": plural("{number} order", "{number} orders", records.count),
        "interactions": plural("{number} contact", "{number} contacts", records.count),
        "contracts": plural("{number} contract", "{number} contracts", records.count),
        "cases": plural("{number} case", "{number} cases", records.count),
        "surveys": plural("{number} answer", "{number} answers", records.count),
        "customers": plural("{number} customer", "{number} customers", records.count),
        "contacts": plural("{number} person", "{number} people", records.count),
        "settlements": plural("{number} decision", "{number} decisions", records.count),
        "tags": plural("{number} tag", "{number} tags", records.count),
        "assignments": plural("{number} change of owner", "{number} changes of owner", records.count),
    }[records.table].format(number=records.count)
    window = _("after {since} up to {until}") if records.since else _("up to {until}")
    days = window.format(since=records.since, until=records.until)
    yield 3, None, _("{facts} from {counted} {days}").format(facts=", ".join(records.facts), counted=counted, days=days)
    counted_here = f"{records.table} {records.count} {records.rows!r}"
    if counted_here in told:
        return
    told.add(counted_here)
    for row in records.rows:
        yield 4, None, _record(records.table, row)
    if left := records.count - len(records.rows):
        more = _("… and {number} more: {command}") if records.table in _LISTS else _("… and {number} more")
        command = shlex.join(["crm", _LISTS.get(records.table, ""), "list", code])
        yield 4, None, more.format(number=left, command=command)


def _fields(records: "Records", code: str) -> str:
    """The customer's own fields in one line, and the facts that are reckoned from them; "" where it is others."""
    row = records.rows[0] if records.rows else {}
    if row.get("code") != code:
        return ""
    known = {key: value for key, value in row.items() if key in records.facts or key not in ("code", "name", *_SOURCE)}
    values = ", ".join(f"{key} = {_value(value)}" for key, value in known.items())
    reckoned = ", ".join(fact for fact in records.facts if fact not in known)
    words = _("{facts} from {values}").format(facts=reckoned, values=values) if reckoned else values
    return words + _recorded(row)


_SOURCE = ("recorded_by", "recorded_at", "file", "line")


def _record(table: str, row: dict[str, Any]) -> str:
    """The values of a record, and, where that is known, who wrote it down, and from which line of a file."""
    values = {**row, "amount": format_money(row["amount"])} if "amount" in row else row
    # A talk's day is shown, not its moment.
    hidden = {*_SOURCE, *(["at"] if table == "interactions" else [])}
    words = "  ".join(str(value) for key, value in values.items() if value and key not in hidden)
    return _short(words) + _recorded(row)


def _recorded(row: dict[str, Any]) -> str:
    if not row.get("recorded_at"):
        return ""
    text = _("recorded by {who} at {at}")
    if row["file"]:
        text = _("imported by {who} at {at} from {file}, line {line}")
    known = {"who": row["recorded_by"], "at": row["recorded_at"], "file": row["file"], "line": row["line"]}
    return _short(f"  ({text.format(**known)})")


COMMANDS = {"why": why}
