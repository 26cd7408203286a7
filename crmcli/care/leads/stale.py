"""Leads that nobody works on: after the time that `[assign]` says they go back to the pool, and on to somebody else.

The time counts from the last contact (of any channel but `push`), from the day on which the lead was given to its
owner, or from the day on which it became a lead, whichever is latest. A lead without an owner is in the pool already.
"""

from typing import Any

from crmcli.care.assigning import give_all
from crmcli.care.leads import distributing
from crmcli.i18n import _, plural
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

LEAD_ON = "coalesce(c.lead_on, c.created_on)"
"""SQL: the day on which `customer AS c` became a lead."""

LAST_CONTACT_ON = """(SELECT i.contact_on FROM interaction AS i
    WHERE i.customer_id = c.id AND i.contact_on <= :today AND i.channel <> 'push'
    ORDER BY i.contact_on DESC LIMIT 1)"""
"""SQL: the day of its last contact; NULL if there was none. It needs the parameter `:today`."""

_GIVEN_ON = """(SELECT max(a.assigned_on) FROM assignment AS a
    WHERE a.customer_id = c.id AND a.owner IS NOT NULL AND a.assigned_on <= :today)"""


def stale_on(ws: Workspace) -> tuple[str, dict[str, Any]]:
    """SQL of the day on which the lead `customer AS c` goes back to the pool, and its parameters; NULL: it does not."""
    branches: list[str] = []
    params: dict[str, Any] = {"today": ws.today.isoformat()}
    for place, rule in enumerate(ws.policy.stale_leads):
        conditions = ["true"]
        for column, keys in (("grade", rule.grades), ("tier", rule.tiers)):
            names = {f"{column}{place}_{number}": key for number, key in enumerate(keys)}
            if names:
                conditions.append(f"c.{column} IN ({', '.join(f':{name}' for name in names)})")
            params |= names
        params[f"after{place}"] = f"+{rule.days} days"
        branches.append(f"WHEN {' AND '.join(conditions)} THEN :after{place}")
    if not branches:
        return "NULL", params
    base = f"max({LEAD_ON}, coalesce({LAST_CONTACT_ON}, ''), coalesce({_GIVEN_ON}, ''))"
    return f"CASE WHEN c.owner IS NOT NULL THEN date({base}, CASE {' '.join(branches)} END) END", params


def release(ws: Workspace) -> list[Row]:
    """Put the leads that are stale today back into the pool, and offer them to somebody else by the `[assign]` rules.

    Each with code, name, grade, from, to (None: it is in the pool) and stale_on, by code.
    """
    day, params = stale_on(ws)
    stale = ws.db.rows(
        f"SELECT * FROM (SELECT c.id, c.owner, {day} AS stale_on FROM customer AS c "
        "WHERE c.stage = 'lead' AND c.owner IS NOT NULL) WHERE stale_on <= :today ORDER BY id",
        params,
    )
    if not ws.policy.stale_leads:
        ws.notes.append(_("the policy does not say when a lead is stale: [assign] stale = [{ after = … }]"))
    if not stale:
        return []
    lost_by = {row["id"]: row["owner"] for row in stale}
    give_all(ws, dict.fromkeys(lost_by), why="stale")
    ids = ", ".join(map(str, lost_by))
    found = distributing.offer(ws, f"SELECT id FROM customer WHERE id IN ({ids})", lost_by=lost_by)
    words = plural("{number} stale lead released", "{number} stale leads released", len(stale))
    ws.summary = _("{released}, {given} given to somebody else").format(
        released=words.format(number=len(stale)), given=len(found)
    )
    days = {row["id"]: row["stale_on"] for row in stale}
    return [{**row, "stale_on": days[row["id"]]} for row in distributing.changed_hands(ws, lost_by)]
