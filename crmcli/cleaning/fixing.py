"""Applying what `check` proposes: one operation of the journal, which undo takes back exactly."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmcli.cleaning.check import Finding, check
from crmcli.i18n import plural
from crmcli.store import journal
from crmcli.store.workspace import Workspace

Repairs = Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Fixed:
    """What was mended, and how many likely proposals were left alone."""

    repaired: Sequence[Finding]
    left: int


def fix(ws: Workspace, *, likely: bool = False) -> Fixed:
    """Apply every certain proposal of `check`, and with `likely` the others too."""
    proposed = [finding for finding in check(ws) if finding.repair]
    chosen = [finding for finding in proposed if finding.certain or likely]
    by_entity: dict[str, dict[int, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for finding in chosen:
        by_entity[finding.entity][finding.row_id] |= finding.repair or {}
    for entity, repairs in by_entity.items():
        _apply(ws, entity, repairs)
    number = len(chosen)
    ws.summary = plural("{number} value repaired", "{number} values repaired", number).format(number=number)
    return Fixed(chosen, len(proposed) - number)


def likely_proposals(ws: Workspace) -> int:
    """How many proposals of `check` are not certain."""
    return sum(1 for finding in check(ws) if finding.repair and not finding.certain)


def _apply(ws: Workspace, entity: str, repairs: Repairs) -> None:
    """Write the repairs, those of the same columns in one statement."""
    by_columns: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row_id, values in repairs.items():
        by_columns[tuple(sorted(values))].append(row_id)
    for columns, row_ids in by_columns.items():
        ws.db.new_temporary("repaired", f"(row_id INTEGER PRIMARY KEY, {', '.join(columns)})")
        rows = ((row_id, *(repairs[row_id][column] for column in columns)) for row_id in row_ids)
        ws.db.insert("repaired", ["row_id", *columns], rows)
        before = ", ".join(f"'{column}', own.{column}" for column in columns)
        journal.changed_from(
            ws,
            entity,
            f"SELECT own.id AS row_id, NULL AS line, json_object({before}) AS before "
            f"FROM repaired JOIN {entity} AS own ON own.id = repaired.row_id",
        )
        assignments = ", ".join(f"{column} = repaired.{column}" for column in columns)
        ws.db.execute(f"UPDATE {entity} SET {assignments} FROM temp.repaired WHERE {entity}.id = repaired.row_id")
    ws.db.drop_temporary("repaired")
