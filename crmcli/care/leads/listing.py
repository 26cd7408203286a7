"""The open leads, as people work through them: the best grade first, then who has waited longest."""

from crmcli.care.leads.stale import LAST_CONTACT_ON, LEAD_ON, stale_on
from crmcli.errors import BadValue, UsageError
from crmcli.fields.sources import known
from crmcli.fields.words import GRADE, GRADES
from crmcli.i18n import _
from crmcli.store import owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import parse_choice

_NEXT_STEP_ON = """(SELECT min(coalesce(s.until, p.due_on)) FROM step AS p
    LEFT JOIN settlement AS s ON s.customer_id = p.customer_id AND s.kind = p.kind
        AND s.ref = CAST(p.id AS TEXT) AND s.planned_on = p.due_on
    WHERE p.customer_id = c.id AND p.kind = 'lead' AND p.settled_on IS NULL)"""
_STORED = ("code", "name", "grade", "grade_reason", "source", "campaign", "owner", "need", "budget", "decision")


def leads(
    ws: Workspace,
    *,
    owner: str | None = None,
    grade: str | None = None,
    source: str | None = None,
    pool: bool = False,
    code: str | None = None,
) -> list[Row]:
    """Open leads: the stored fields, then lead_on, last_contact_on, next_step_on and stale_on.

    `owner` is one owner's, `pool` who has none; `grade` a grade, or "none" for those without; `source` in any of its
    words; `code` one lead.

    Raises:
        UsageError: there is no such grade, or both `owner` and `pool` are asked for.
    """
    if pool and owner is not None:
        raise UsageError(_("--pool is who has no owner; it does not go with --owner"))
    day, params = stale_on(ws)
    conditions, asked = ["c.stage = 'lead'"], {"owner": owners.meant(ws, owner), "code": code}
    conditions += [f"c.{name} = :{name}" for name, value in asked.items() if value is not None]
    if pool:
        conditions.append("c.owner IS NULL")
    if grade is not None:
        asked["grade"] = _grade(grade)
        conditions.append("c.grade IS :grade")
    rows = ws.db.rows(
        f"""
        SELECT {", ".join(f"c.{name}" for name in _STORED)}, {LEAD_ON} AS lead_on,
            {LAST_CONTACT_ON} AS last_contact_on, {_NEXT_STEP_ON} AS next_step_on, {day} AS stale_on
        FROM customer AS c WHERE {" AND ".join(conditions)}
        ORDER BY c.grade IS NULL, c.grade, lead_on, c.code
        """,
        {**params, **asked},
    )
    return [row for row in rows if source is None or known(row["source"]) == known(source)]


def _grade(text: str) -> str | None:
    if text.strip().casefold() == "none":
        return None
    try:
        return parse_choice(text, GRADE)
    except BadValue as error:
        hint = ", ".join((*GRADES, "none"))
        raise UsageError(_("there is no grade '{grade}'").format(grade=text[:60]), hint=hint) from error
