"""Which customers of the certain pairs become one, and which of them is kept."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crmcli.cleaning.merging.survivorship import CUSTOMER, readable
from crmcli.fields import TABLES
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


@dataclass(frozen=True)
class LeftForReview:
    """Customers that certain pairs would make one although two of them are distinct."""

    codes: tuple[str, ...]
    left: str
    right: str
    since: str


def groups(ws: Workspace, pairs: Iterable[tuple[str, str]]) -> tuple[list[list[int]], list[LeftForReview]]:
    """The customers (ids) that the pairs (codes) make one, the kept one first; and the groups that are left alone.

    The one with the most readable fields is kept, of equals the one with the most orders, then the oldest.
    """
    found = _connected(pairs)
    rows = _rows(ws, [code for group in found for code in group])
    best = _ranked(ws, rows.values())
    merged: list[list[int]] = []
    left: list[LeftForReview] = []
    for codes in found:
        ids = sorted((rows[code]["id"] for code in codes if code in rows), key=best.__getitem__)
        distinct = distinct_among(ws, ids)
        if distinct:
            pair = distinct[0]
            left.append(LeftForReview(tuple(codes), pair["left_code"], pair["right_code"], pair["since"]))
        elif len(ids) > 1:
            merged.append(ids)
    return merged, left


def distinct_among(ws: Workspace, ids: Sequence[int]) -> list[Row]:
    """The pairs of these customers that are remembered as distinct: left_code, right_code and since."""
    listed = ", ".join(map(str, ids))
    return ws.db.rows(
        "SELECT l.code AS left_code, r.code AS right_code, pair.since FROM distinct_pair AS pair "
        "JOIN customer AS l ON l.id = pair.left_id JOIN customer AS r ON r.id = pair.right_id "
        f"WHERE pair.left_id IN ({listed}) AND pair.right_id IN ({listed}) ORDER BY pair.id"
    )


def _connected(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Codes that pairs connect, however many steps apart; each group and all of them in order."""
    above: dict[str, str] = {}

    def top(code: str) -> str:
        while (parent := above.setdefault(code, code)) != code:
            above[code] = code = above[parent]
        return code

    for left, right in pairs:
        above[max(top(left), top(right))] = min(top(left), top(right))
    found: dict[str, list[str]] = defaultdict(list)
    for code in sorted(above):
        found[top(code)].append(code)
    return list(found.values())


def _rows(ws: Workspace, codes: Iterable[str]) -> dict[str, Row]:
    ws.db.new_temporary("named_in_pairs", "(code TEXT PRIMARY KEY)")
    ws.db.insert("named_in_pairs", ("code",), ((code,) for code in codes))
    return {
        row["code"]: row
        for row in ws.db.rows(
            "SELECT c.*, (SELECT count(*) FROM orders WHERE customer_id = c.id) AS _orders "
            "FROM named_in_pairs AS named CROSS JOIN customer AS c ON c.code = named.code"
        )
    }


def _ranked(ws: Workspace, rows: Iterable[Row]) -> dict[int, tuple[int, int, str, int]]:
    """By id, what puts the best of a group first."""
    table, region = TABLES["customers"], ws.digest["phone_region"]
    return {
        row["id"]: (
            -sum(readable(table, column, row[column], region) for column in CUSTOMER if column not in _NO_MERIT),
            -row["_orders"],
            row["created_on"],
            row["id"],
        )
        for row in rows
    }


# Every customer has these, or they say nothing of how well it is known.
_NO_MERIT = ("name", "kind", "stage", "consent", "created_on", "tier")
