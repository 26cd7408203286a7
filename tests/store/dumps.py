"""What a database holds, for comparing before and after; the journal itself left out."""

from typing import Any

from crmcli.store.workspace import Workspace

TABLES = (
    "policy", "customer", "contact", "orders", "contract", "interaction", "cases", "survey",
    "tag", "step", "settlement", "member", "assignment", "review", "case_entry", "former_code", "distinct_pair",
    "touch",
)  # fmt: skip


def dump(ws: Workspace) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of data."""
    return {table: ws.db.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}
