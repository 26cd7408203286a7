"""The grades of leads: by the first rule of the policy's `[[lead_grade]]` that holds, or by hand.

A grade by rule has the rule as its reason, `rule: need and budget and decision`. One that somebody set, or that an
imported list names, has another reason or none; it stays until somebody grades the lead by hand again or `--auto`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crmcli.care.leads.asking import consider, consider_ids, over_leads
from crmcli.errors import BadValue, InvalidInput, Refused, UsageError
from crmcli.fields.words import GRADE, GRADES
from crmcli.grading.computing import first_that_holds
from crmcli.grading.leads import BY_RULE, by_rule
from crmcli.i18n import _, plural
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import clean_text, parse_choice

IS_BY_RULE = f"substr(c.grade_reason, 1, {len(BY_RULE)}) = '{BY_RULE}'"
"""SQL: whether a rule gave the grade of `customer AS c`; NULL where it has no reason."""


def grade(ws: Workspace, leads: Sequence[str] = (), *, auto: bool = False) -> list[Row]:
    """Grade the named leads, or all, by the policy's rules; those whose grade changes: code, name, from, to, reason.

    A grade by hand stays as it is, unless `auto`.

    Raises:
        NotFound: a name is nobody's. Refused: one is no lead, or the policy has no lead grades.
    """
    if not ws.policy.lead_grades:
        raise Refused(_("the policy has no lead grades"), hint=_("a grade by hand: crm lead grade LEAD --set A"))
    rows = [one(ws, name) for name in leads]
    if rows:
        kept = [row for row in rows if row["grade"] and not by_rule(row["grade_reason"]) and not auto]
        for row in kept:
            text = _("{code} keeps the grade {grade}: it was given by hand, --auto takes that back")
            ws.notes.append(text.format(code=row["code"], grade=row["grade"]))
        consider_ids(ws, sorted({row["id"] for row in rows} - {row["id"] for row in kept}))
    else:
        condition = "" if auto else f" AND (c.grade IS NULL OR {IS_BY_RULE})"
        consider(ws, f"SELECT c.id FROM customer AS c WHERE c.stage = 'lead'{condition}")
    if number := regrade(ws):
        words = plural("{number} lead graded", "{number} leads graded", number)
        ws.summary = words.format(number=number)
    return _changed(ws)


def set_grade(ws: Workspace, lead: str, grade: str, reason: str | None) -> Row:
    """Give a lead its grade by hand: code, name, from, to, reason.

    Raises:
        NotFound: nobody is called so. Refused: it is no lead. InvalidInput: there is no such grade, or the reason looks
        like a rule's. UsageError: there is no reason.
    """
    row = one(ws, lead)
    try:
        given = parse_choice(grade, GRADE)
    except BadValue as error:
        raise InvalidInput(_("there is no grade '{grade}'").format(grade=grade[:60]), hint=", ".join(GRADES)) from error
    said = clean_text(reason or "")
    if not said:
        raise UsageError(_("a grade by hand needs a reason"), hint=_("--reason TEXT"))
    if by_rule(said):
        raise InvalidInput(_("a reason of one's own does not begin with '{prefix}'").format(prefix=BY_RULE.strip()))
    journal.change(ws, "customer", row["id"], {"grade": given, "grade_reason": said})
    ws.summary = _("{code}: grade {grade} by hand").format(code=row["code"], grade=given)
    return {"code": row["code"], "name": row["name"], "from": row["grade"], "to": given, "reason": said}


def one(ws: Workspace, name: str) -> Row:
    """The one lead (all its columns) that `name` names. Raises NotFound, or Refused where it is no lead."""
    row = finding.customer(ws, name)
    if row["stage"] != "lead":
        raise Refused(
            _("{code} {name} is no lead: its stage is {stage}").format(**row),
            hint=_("it is one again with: crm edit {code} stage=lead").format(code=row["code"]),
        )
    return row


# ------------------------------------------------------------------------------------------------- by rule

# The image has both columns, whichever of them changes: so a grade by rule is told from one that was only named.
_IMAGE = "json_object('grade', before, 'grade_reason', reason_before)"
ADDED = (
    "SELECT 1 FROM change AS own WHERE own.operation_id = :op AND own.entity = 'customer' AND own.row_id = {id} "
    "AND own.action = 'added'"
)
"""SQL: whether this operation added the customer; its journal then needs no image of what was before."""


def regrade(ws: Workspace) -> int:
    """Grade the considered leads by the rules; how many have another grade, or another reason, now."""
    ws.db.new_temporary("regraded", "(id INTEGER PRIMARY KEY, before, reason_before, grade, reason)")
    grades = ws.policy.lead_grades
    if not grades:
        return 0
    rules = [grade.when for grade in grades]
    first = first_that_holds(rules, [str(place) for place in range(len(grades))])
    keys, params = _by_place([(grade.key, f"{BY_RULE}{' '.join(grade.when.text.split())}") for grade in grades])
    with over_leads(ws, rules):
        ws.db.execute(
            f"""
            INSERT INTO regraded
            WITH asked AS MATERIALIZED (SELECT customer_id, {first} AS place FROM facts),
            given (place, grade, reason) AS (VALUES {keys})
            SELECT c.id, c.grade, c.grade_reason, given.grade, given.reason
            FROM asked CROSS JOIN customer AS c ON c.id = asked.customer_id
            LEFT JOIN given ON given.place = asked.place
            WHERE c.grade IS NOT given.grade OR c.grade_reason IS NOT given.reason
            """,
            {**params, "today": ws.today.isoformat()},
        )
    number: int = ws.db.value("SELECT count(*) FROM regraded")
    if number:
        _write(ws)
    return number


def _by_place(given: Sequence[tuple[str, str]]) -> tuple[str, Mapping[str, Any]]:
    """(place, grade, reason) as the rows of VALUES, and their parameters."""
    rows = ", ".join(f"({place}, :grade{place}, :reason{place})" for place in range(len(given)))
    params = {f"grade{place}": key for place, (key, _reason) in enumerate(given)}
    return rows, params | {f"reason{place}": reason for place, (_key, reason) in enumerate(given)}


def _write(ws: Workspace) -> None:
    with ws.computed():
        journal.changed_from(
            ws,
            "customer",
            f"SELECT id AS row_id, NULL AS line, {_IMAGE} AS before FROM regraded "
            f"WHERE NOT EXISTS ({ADDED.format(id='regraded.id')})",
            {"op": ws.operation()},
        )
        ws.db.execute(
            "UPDATE customer SET grade = regraded.grade, grade_reason = regraded.reason FROM regraded "
            "WHERE customer.id = regraded.id"
        )


def _changed(ws: Workspace) -> list[Row]:
    return ws.db.rows(
        'SELECT c.code, c.name, regraded.before AS "from", regraded.grade AS "to", regraded.reason '
        "FROM regraded JOIN customer AS c ON c.id = regraded.id ORDER BY c.code"
    )
