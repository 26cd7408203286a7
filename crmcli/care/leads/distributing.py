"""Who gets a lead: a member of the team by the policy's `[assign]` rules, or whom somebody names."""

from collections.abc import Mapping, Sequence
from typing import Any

from crmcli.care import assigning, team
from crmcli.care.leads.asking import consider, consider_ids, over_leads
from crmcli.care.leads.grading import one
from crmcli.errors import Refused, UsageError
from crmcli.grading.computing import first_that_holds
from crmcli.i18n import _, plural
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


def assign(ws: Workspace, leads: Sequence[str] = (), *, to: str | None = None) -> list[Row]:
    """Give the named leads, or all of the pool, to members by the rules, or the named ones `to` somebody.

    Leads that have an owner keep it, unless `to` says whose they are. Of each lead that changes hands: code, name,
    grade, from and to.

    Raises:
        NotFound: a lead or member is not there. Refused: one is no lead, the member is inactive, or the policy has no
        rules. UsageError: `to` without leads.
    """
    rows = [one(ws, name) for name in leads]
    if to is not None:
        if not rows:
            raise UsageError(_("which leads? --to needs at least one"), hint=_("all of the pool: crm lead assign"))
        given = assigning.give_all(ws, {row["id"]: to for row in rows}, why="lead")
        if given:
            team.note_load(ws, to)
    else:
        if not ws.policy.assignments:
            raise Refused(_("the policy has no [assign] rules"), hint=_("name somebody with --to"))
        given = _from_the_pool(ws, rows) if rows else offer(ws, "SELECT id FROM customer WHERE stage = 'lead'")
    if given:
        words = plural("{number} lead assigned", "{number} leads assigned", len(given))
        ws.summary = words.format(number=len(given))
    before = {row["id"]: row["owner"] for row in rows}
    return changed_hands(ws, {row_id: before.get(row_id) for row_id in given})


def _from_the_pool(ws: Workspace, rows: Sequence[Row]) -> list[int]:
    for row in rows:
        if row["owner"] is not None:
            text = _("{code} stays with {owner}; give it away with --to")
            ws.notes.append(text.format(code=row["code"], owner=row["owner"]))
    ids = ", ".join(str(row["id"]) for row in rows)
    return offer(ws, f"SELECT id FROM customer WHERE id IN ({ids})")


def changed_hands(ws: Workspace, before: Mapping[int, str | None]) -> list[Row]:
    """Leads by code with the owner that they had, and the one that they have: code, name, grade, from, to."""
    consider_ids(ws, list(before))
    rows = ws.db.rows(
        'SELECT c.id, c.code, c.name, c.grade, c.owner AS "to" FROM considered JOIN customer AS c '
        "ON c.id = considered.id ORDER BY c.code"
    )
    return [{**row, "from": before[row["id"]]} for row in rows]


# ------------------------------------------------------------------------------------------------ by the rules


def offer(
    ws: Workspace, query: str, params: Mapping[str, Any] | None = None, *, lost_by: Mapping[int, str] | None = None
) -> list[int]:
    """Give the leads of a query (ids) that have no owner to members by the rules; the ids of those that found one.

    The first rule that holds says to which role and how. `lost_by` has who is not to get a lead again. What stays in
    the pool is said.
    """
    rules = ws.policy.assignments
    if not rules or not consider(ws, f"SELECT id FROM customer WHERE id IN ({query}) AND owner IS NULL", params):
        return []
    with over_leads(ws, [rule.when for rule in rules]):
        first = first_that_holds([rule.when for rule in rules], [str(place) for place in range(len(rules))])
        asked = ws.db.rows(
            f"SELECT customer_id AS id, {first} AS place FROM facts ORDER BY customer_id",
            {"today": ws.today.isoformat()},
        )
    found: list[int] = []
    for place, rule in enumerate(rules):
        # Those of a rule are given before the next rule picks: their loads count.
        ids = [row["id"] for row in asked if row["place"] == place]
        former = [(lost_by or {}).get(row_id) for row_id in ids]
        picked = team.picks(ws, rule.role, rule.by, len(ids), without=former)
        given = {row_id: name for row_id, name in zip(ids, picked, strict=True) if name is not None}
        found += assigning.give_all(ws, given, why="lead")
        _say_waiting(ws, len(ids) - len(given), rule.role, others=lost_by is not None)
    unmatched = sum(row["place"] is None for row in asked)
    if unmatched:
        words = plural(
            "{number} lead stays in the pool: no [assign] rule fits it",
            "{number} leads stay in the pool: no [assign] rule fits them",
            unmatched,
        )
        _say(ws, words.format(number=unmatched))
    return found


def _say_waiting(ws: Workspace, number: int, role: str, *, others: bool) -> None:
    if not number:
        return
    words = plural(
        "{number} lead stays in the pool: no active member of the role {role} has room",
        "{number} leads stay in the pool: no active member of the role {role} has room",
        number,
    )
    if others:
        words = plural(
            "{number} lead stays in the pool: no other active member of the role {role} has room",
            "{number} leads stay in the pool: no other active member of the role {role} has room",
            number,
        )
    _say(ws, words.format(number=number, role=role))


def _say(ws: Workspace, note: str) -> None:
    """Say it once: the end of an operation asks again."""
    if note not in ws.notes:
        ws.notes.append(note)
