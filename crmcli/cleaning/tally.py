"""Who filled in how many facts over a period, by the journal: the incentive for completing records.

A fact is a field that the policy weighs, of a customer or of a person there (phone, e-mail; a person added is one fact,
too). It counts when it had no valid value at the start of the period and has one at its end, once, for whoever filled
it last. What came with a new customer is no completion, and neither is what `crm clean` or a rule of the policy wrote.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from crmcli.errors import BadValue
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace, aware, stamp
from crmcli.values import parse_email, parse_phone, parse_tax_id

_OF_PEOPLE = ("phone", "email")
# A write that stands, by hand or from a file.
_COUNTED = "op.kind = 'write' AND op.undone_by IS NULL AND op.command NOT LIKE 'crm clean %' AND change.computed = 0"
_PERIOD = "op.at >= :start AND op.at < :end"


@dataclass(frozen=True)
class Tally:
    """What one person filled in: `tens` are the full lots of the policy's reward, `reward` in minor units.

    Without a reward in the policy the lots are of ten, and there is no reward.
    """

    actor: str
    facts: int
    tens: int
    reward: int | None


def tally(ws: Workspace, since: date, until: date) -> list[Tally]:
    """The facts filled from the day `since` to the day `until`, most first."""
    start, end = (stamp(aware(datetime.combine(day, time.min), ws.zone)) for day in (since, until + timedelta(days=1)))
    facts: Counter[str] = Counter()
    weighed = list(ws.policy.weights)
    for entity in ("customer", "contact"):
        fields = _fields(entity, weighed)
        for changes in _rows(ws, entity, {"start": start, "end": end}):
            facts.update(_credited(ws, entity, fields, changes, start, end))
    reward = ws.policy.reward
    every, amount = (reward.every, reward.amount) if reward else (10, None)
    return [
        Tally(actor, number, number // every, None if amount is None else number // every * amount)
        for actor, number in sorted(facts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _fields(entity: str, weighed: Sequence[str]) -> list[str]:
    if entity == "customer":
        return [field for field in weighed if field != "contact"]
    return [*(field for field in _OF_PEOPLE if field in weighed), *(["name"] if "contact" in weighed else [])]


def _rows(ws: Workspace, entity: str, period: Mapping[str, str]) -> Iterator[list[Row]]:
    """The changes, newest first, of each row that was written by hand or from a file in the period."""
    changes = ws.db.each(
        f"""
        SELECT change.row_id, change.action, change.before, op.at, op.actor, ({_COUNTED}) AS counted,
            {_is_new(entity)} AS new
        FROM change JOIN operation AS op ON op.id = change.operation_id
        WHERE change.entity = '{entity}' AND change.row_id IN (SELECT change.row_id FROM change
            JOIN operation AS op ON op.id = change.operation_id
            WHERE change.entity = '{entity}' AND {_PERIOD} AND {_COUNTED} AND NOT {_is_new(entity)})
        ORDER BY change.row_id, change.operation_id DESC
        """,
        period,
    )
    for _row_id, found in groupby(changes, key=itemgetter("row_id")):
        yield list(found)


def _is_new(entity: str) -> str:
    """SQL: the row came into the base with a new customer."""
    if entity == "customer":
        return "(change.action = 'added')"
    return """(change.action = 'added' AND EXISTS (SELECT 1 FROM contact AS k
        JOIN change AS whole ON whole.entity = 'customer' AND whole.row_id = k.customer_id
            AND whole.operation_id = change.operation_id AND whole.action = 'added'
        WHERE k.id = change.row_id))"""


def _credited(
    ws: Workspace, entity: str, fields: Sequence[str], changes: Sequence[Row], start: str, end: str
) -> Iterator[str]:
    """For each fact of the row that the period filled: whose it is."""
    present = ws.db.first(f"SELECT * FROM {entity} WHERE id = :id", {"id": changes[0]["row_id"]})
    steps = _steps(changes, present or {})
    within = [step for step in steps if start <= step.change["at"] < end]
    region = ws.digest["phone_region"]
    for field in fields:
        if _is_valid(field, within[0].before.get(field), region) or not _is_valid(
            field, within[-1].after.get(field), region
        ):
            continue
        for step in reversed(within):
            if not _is_valid(field, step.before.get(field), region):
                if step.change["counted"] and not step.change["new"]:
                    yield step.change["actor"]
                break


@dataclass(frozen=True)
class _Step:
    """A change, and the row before and after it; a row that came with a new customer was as it came."""

    change: Row
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def _steps(changes: Sequence[Row], present: Mapping[str, Any]) -> list[_Step]:
    """The changes in their order, walked back from the present row."""
    steps, after = [], dict(present)
    for change in changes:
        image = json.loads(change["before"] or "{}")
        before = {} if change["action"] == "added" else {**after, **image}
        steps.append(_Step(change, after if change["new"] else before, {} if change["action"] == "removed" else after))
        after = before
    return steps[::-1]


def _is_valid(field: str, value: Any, region: str) -> bool:
    if value is None or not str(value).strip() or (field == "consent" and value == "unknown"):
        return False
    try:
        if field == "phone":
            parse_phone(value, region)
        elif field == "email":
            parse_email(value)
        elif field == "tax_id":
            parse_tax_id(value)
    except BadValue:
        return False
    return True
