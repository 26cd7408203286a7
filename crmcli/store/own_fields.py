"""The fields of the company's own: columns of an imported list that are no field of ours, kept by their heading."""

import json

from crmcli.store.workspace import Workspace


def headings(ws: Workspace, entity: str = "customer") -> list[str]:
    """Those that any row of a table has a value of."""
    rows = ws.db.rows(
        f"SELECT DISTINCT own.key FROM {entity} AS row, json_each(row.extra) AS own "
        "WHERE row.extra IS NOT NULL ORDER BY own.key"
    )
    return [row["key"] for row in rows]


def of(extra: str | None) -> dict[str, str]:
    """What a row's column `extra` holds, by heading."""
    found: dict[str, str] = json.loads(extra or "{}")
    return found


def stored(fields: dict[str, str]) -> str | None:
    """The column `extra` for these fields; empty ones are none."""
    filled = {heading: text for heading, text in fields.items() if text}
    return json.dumps(filled, ensure_ascii=False, separators=(",", ":")) if filled else None
