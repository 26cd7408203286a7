"""What a receipt is: one rule that was asked, the values it saw, the arithmetic, and the records behind them."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmcli.grading.records import Records
from crmcli.policy.places import Places, shown
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import format_money


@dataclass(frozen=True)
class Part:
    """One condition of a rule: whether it holds, and the values in it."""

    text: str
    holds: bool
    facts: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One step of the arithmetic: `planned_on` is `2026-09-07 + 1 month`, which comes to `2026-10-07`.

    `result` is None where something is still missing; `facts` are what else was looked at.
    """

    name: str
    formula: str
    result: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Receipt:
    """One rule that was asked, or what stands whatever the rules say.

    Attributes:
        subject: `tier`, `tag:DIMENSION`, `grade`, `clock`, `on` (what begins a playbook), or the key of a due item;
            `value` is what the rule gives.
        holds: whether the rule is true (an item: it is due today); None for what is given by no rule of today.
        given: whether the customer has this value (an item: it is still open; a case: it has these deadlines).
        source: `rule`, `hand`, `pin`, `kept` (a drop that waits for more reviews) or `late` (a mark, because something
            is late).
        by, at: who gave it, or settled the item, and when.
        until: the last day of a pin; None if it has no end.
        place: where the rule stands: `tier[2].when`, on line `line` of the policy.
        joined_by: the word between the parts: "and", "or" or "".
    """

    subject: str
    value: str
    holds: bool | None
    given: bool
    source: str
    since: str | None = None
    until: str | None = None
    by: str | None = None
    at: str | None = None
    reason: str | None = None
    place: str | None = None
    line: int | None = None
    rule: str | None = None
    joined_by: str = ""
    parts: tuple[Part, ...] = ()
    steps: tuple[Step, ...] = ()
    records: tuple[Records, ...] = ()


@dataclass(frozen=True)
class Why:
    """All receipts of a customer, a case or a due item, under one version of the policy, as of one day."""

    code: str
    name: str
    tier: str | None
    policy: str
    version: int
    as_of: date
    receipts: tuple[Receipt, ...]
    notes: tuple[str, ...]


# --------------------------------------------------------------------------------- the policy and its places


@dataclass(frozen=True)
class InForce:
    """The policy in force: its name, its version, and where in its text a rule stands."""

    name: str
    version: int
    places: Places

    @classmethod
    def of(cls, ws: Workspace) -> "InForce":
        (found,) = ws.db.rows("SELECT id, name, source FROM policy ORDER BY id DESC LIMIT 1")
        return cls(found["name"], found["id"], Places(found["source"].removeprefix("\ufeff")))

    def at(self, *path: str | int) -> dict[str, Any]:
        """`place` and `line` of a path of keys and 0-based positions, as a receipt takes them."""
        return {"place": shown(path), "line": self.places.line(path) or None}

    def told(self, ws: Workspace, customer: Row, receipts: tuple[Receipt, ...], notes: tuple[str, ...] = ()) -> Why:
        """The receipts of a customer under this policy."""
        return Why(
            customer["code"], customer["name"], customer["tier"], self.name, self.version, ws.today, receipts, notes
        )


# ---------------------------------------------------------------------------------------- where rows are from

_ORIGIN = f"""
    SELECT o.id AS operation, o.actor AS by, o.at, change.computed, change.line,
        CASE WHEN change.line IS NOT NULL
            THEN (SELECT file FROM batch WHERE batch.operation_id = o.id ORDER BY id LIMIT 1) END AS file
    FROM {journal.CHANGES_OF_ROW} AS change JOIN operation AS o ON o.id = change.operation_id
    WHERE (change.action = 'added' OR {{changed}})
    ORDER BY o.id {{order}} LIMIT 1
"""
_COLUMN = """:columns = '[]'
    OR EXISTS (SELECT 1 FROM json_each(:columns) AS named WHERE instr(change.before, named.value) > 0)"""
# All own fields of a customer are one column: it must be this one that was another.
_OWN_FIELD = """instr(change.before, '"extra":') > 0 AND NOT EXISTS (
    SELECT 1 FROM json_each(json_extract(change.before, '$.extra')) AS own
    WHERE own.key = :heading AND own.value IS :value)"""


def origin(ws: Workspace, entity: str, row_id: int, *columns: str) -> Row:
    """Who last set one of these columns of the row (any, if none is named), and when: operation, by, at, computed,
    file and line.

    All of them are None where nobody wrote it down.
    """
    named = json.dumps([f'"{column}":' for column in columns])
    return _origin(ws, _COLUMN, {"entity": entity, "id": row_id, "columns": named})


def beginning(ws: Workspace, entity: str, row_id: int) -> Row:
    """Who added the row first, as `origin` tells it: a redo adds it again."""
    return _origin(ws, "false", {"entity": entity, "id": row_id}, order="")


def _origin(ws: Workspace, changed: str, params: Mapping[str, Any], *, order: str = "DESC") -> Row:
    found = ws.db.first(_ORIGIN.format(changed=changed, order=order), params)
    if found is None:
        return dict.fromkeys(("operation", "by", "at", "computed", "file", "line"))
    return {**found, "at": ws.local(found["at"])}


def sourced(ws: Workspace, entity: str, row: Row, *columns: str) -> Row:
    """A row to be shown as a record: its `id` gives way to who wrote it down, when, and from which line of a file."""
    source = _source(origin(ws, entity, row["id"], *columns))
    return {key: value for key, value in row.items() if key != "id"} | source


def _source(found: Row) -> Row:
    return {"recorded_by": found["by"], "recorded_at": found["at"], "file": found["file"], "line": found["line"]}


def own_records(
    ws: Workspace, customer: Row, columns: Mapping[str, str], own: Collection[str] = ()
) -> tuple[Records, ...]:
    """The customer as the record that facts came from, once for all fields that were written down together.

    `columns` are by the facts that they give, `own` the headings of fields of the company's own; empty ones are left
    out. What is reckoned from a field is a record of its own.
    """
    who = {"entity": "customer", "id": customer["id"]}
    known = [
        (fact, column, customer[column], origin(ws, "customer", customer["id"], column))
        for fact, column in columns.items()
        if customer[column] not in (None, "")
    ]
    extra = json.loads(customer["extra"] or "{}")
    for heading in sorted(extra.keys() & own):
        found = _origin(ws, _OWN_FIELD, {**who, "heading": heading, "value": extra[heading]})
        known.append((heading, heading, extra[heading], found))
    together: dict[tuple[Any, ...], tuple[list[str], Row, Row]] = {}
    for fact, field, value, found in known:
        reckoned, source = None if fact == field else fact, _source(found)
        facts, row, _source_of_all = together.setdefault((reckoned, *source.values()), ([], {}, source))
        facts.append(fact)
        row[field] = value
    named, today = {key: customer[key] for key in ("code", "name")}, ws.today.isoformat()
    return tuple(
        Records(tuple(facts), "customers", None, today, 1, (named | row | source,))
        for facts, row, source in together.values()
    )


# -------------------------------------------------------------------------------------------------- for scripts


def document(why: Why) -> list[Mapping[str, Any]]:
    """The receipts as the machine output has them: one object each, amounts as decimal strings."""
    policy = {"policy": why.policy, "policy_version": why.version, "as_of": why.as_of.isoformat()}
    return [
        {
            **{key: value for key, value in vars(receipt).items() if key != "joined_by"},
            "parts": [*map(vars, receipt.parts)],
            "steps": [*map(vars, receipt.steps)],
            "records": [_records_document(found) for found in receipt.records],
            **policy,
        }
        for receipt in why.receipts
    ]


def _records_document(found: Records) -> Row:
    rows = [{**row, "amount": format_money(row["amount"])} if "amount" in row else row for row in found.rows]
    return {**vars(found), "facts": list(found.facts), "rows": rows}
