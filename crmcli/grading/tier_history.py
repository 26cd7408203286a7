"""The history of tiers, read backwards from the journal."""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


def tier_history(ws: Workspace, customer: str | None = None) -> list[Row]:
    """Every change of tier of one customer or of all, newest first: code, at, from, to, reason, policy, actor and
    policy_version.

    `policy` is the name of the policy in force then, `policy_version` its number in `crm policy history`. A change that
    was undone and its undo are both left out; `crm history` has them.

    Raises:
        NotFound: the customer.
    """
    only = "" if customer is None else "AND change.row_id = :id"
    params = {} if customer is None else {"id": finding.customer(ws, customer)["id"]}
    changes = groupby(ws.db.each(_CHANGES.format(only=only), params), key=itemgetter("row_id"))
    standing = [move for _id, own in changes for move in _not_reversed(_moves(own))]
    standing.sort(key=lambda move: (-move["op"], move["code"]))
    return [{**{key: move[key] for key in _TOLD}, "at": ws.local(move["at"])} for move in standing]


_TOLD = ("code", "at", "from", "to", "reason", "policy", "actor", "policy_version")


def _moves(changes: Iterable[Row]) -> list[Row]:
    """The moves among the changes of one customer, both newest first."""
    moves: list[Row] = []
    state: Row | None = None
    for row in changes:
        state = state or {"tier": row["tier"], "tier_reason": row["tier_reason"]}
        before = _before(row)
        if before.get("tier", state["tier"]) != state["tier"]:
            moves.append({**row, "from": before["tier"], "to": state["tier"], "reason": state["tier_reason"]})
        state |= before
    return moves


def _not_reversed(moves: Sequence[Row]) -> list[Row]:
    """The moves of one customer, given newest first, but for those that a reversal took back, and it; oldest first."""
    standing: list[Row] = []
    for move in reversed(moves):
        last = standing[-1] if standing else None
        # What an undo or redo is about is the operation itself; a redo is undone by an undo of that operation, too.
        if last and move["target"] and move["target"] in (last["op"], last["target"]) and move["to"] == last["from"]:
            standing.pop()
        else:
            standing.append(move)
    return standing


# Backwards from the present row: the image of a change is what the change before it had set.
_CHANGES = f"""
    SELECT change.row_id, c.code, c.tier, c.tier_reason, o.id AS op, o.target_id AS target, o.at, o.actor,
        policy.name AS policy, policy.id AS policy_version, change.action, change.before
    FROM {journal.changes("customer")} AS change JOIN customer AS c ON c.id = change.row_id
    JOIN operation AS o ON o.id = change.operation_id
    LEFT JOIN policy ON policy.id = o.policy_id
    WHERE (change.action <> 'changed' OR instr(change.before, '"tier') > 0) {{only}}
    ORDER BY change.row_id, change.operation_id DESC
"""


def _before(change: Row) -> Row:
    if change["action"] == "added":
        return {"tier": None, "tier_reason": None}
    image = json.loads(change["before"])
    return {key: image[key] for key in ("tier", "tier_reason") if key in image}
