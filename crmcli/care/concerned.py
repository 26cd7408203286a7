"""Whom an operation concerns: the customers of what it wrote, found from its journal and not from the whole base."""

from collections.abc import Iterable

from crmcli.store import journal
from crmcli.store.workspace import Workspace

_OF_ROWS = """
    SELECT row.customer_id AS id FROM change CROSS JOIN {entity} AS row ON row.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = '{entity}'
    UNION ALL
    SELECT json_extract(before, '$.customer_id') FROM change
    WHERE operation_id = :op AND entity = '{entity}' AND json_extract(before, '$.customer_id') IS NOT NULL
"""


def customers(ws: Workspace, columns: Iterable[str], entities: Iterable[str]) -> str:
    """SQL for the ids, as `id`, of the customers that this operation (`:op`) added or removed, or of which it changed
    one of `columns`, or rows of one of `entities`, some more than once; of all of them where it changed the policy.

    For an operation that wrote to one of these tables.
    """
    if ws.wrote_to("policy"):
        return "SELECT id FROM customer"
    parts = [_OF_ROWS.format(entity=entity) for entity in entities if ws.wrote_to(entity)]
    if ws.wrote_to("customer"):
        # The journal's image of a changed row names the columns that changed; it is JSON, but one search in its text is
        # much faster than reading it, and at worst a customer is looked at without need.
        changed = " OR ".join(f"""instr(before, '"{column}":') > 0""" for column in columns)
        parts.append(f"""
            SELECT row_id AS id FROM {journal.changes("customer")}
            WHERE operation_id = :op AND (action <> 'changed' OR {changed})
        """)
    return " UNION ALL ".join(parts)
