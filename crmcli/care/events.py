"""What an operation made happen that may start a playbook, and whether what started one is still so.

An event is called as the policy writes it: `tag:risk=churn-risk`, `tier:strategic`, `grade:A`, `case:complaint`,
`case-closed:crisis`, `referral:won`. Only those that the policy names are looked for.
"""

import json
from typing import NamedTuple

from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import name_key


class Event(NamedTuple):
    """What a step remembers of what began it: `case:crisis=K1` has the kind case, the name crisis and the ref K1."""

    kind: str
    name: str
    ref: str


def parse(said: str) -> Event:
    """Read `step.event`. Of a tag, `risk=churn-risk` is the name."""
    kind, _colon, rest = said.partition(":")
    name, _equals, ref = (rest, "", "") if kind == "tag" else rest.partition("=")
    return Event(kind, name, ref)


# A change says by its image which columns it had: without the tag's value it was moved, or set by hand, not gained.
_HAPPENED = {
    "tag": f"""
    SELECT tag.customer_id, 'tag:' || tag.dimension || '=' || tag.value AS event
    FROM {journal.changes("tag")} AS change CROSS JOIN tag ON tag.id = change.row_id
    WHERE change.operation_id = :op
        AND (change.action = 'added' OR instr(change.before, '"value":') > 0)
    EXCEPT
    SELECT coalesce(json_extract(change.before, '$.customer_id'), tag.customer_id),
        'tag:' || coalesce(json_extract(change.before, '$.dimension'), tag.dimension)
        || '=' || coalesce(json_extract(change.before, '$.value'), tag.value)
    FROM change LEFT JOIN tag ON tag.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'tag' AND change.action <> 'added'
    """,
    "tier": f"""
    SELECT c.id AS customer_id, 'tier:' || c.tier AS event
    FROM {journal.changes("customer")} AS change CROSS JOIN customer AS c ON c.id = change.row_id
    WHERE change.operation_id = :op AND c.tier IS NOT NULL
        AND (change.action = 'added'
            OR instr(change.before, '"tier":') > 0 AND json_extract(change.before, '$.tier') IS NOT c.tier)
    """,
    "grade": """
    SELECT c.id AS customer_id, 'grade:' || c.grade AS event
    FROM change CROSS JOIN customer AS c ON c.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'customer' AND c.grade IS NOT NULL AND c.stage = 'lead'
        AND (change.action = 'added'
            OR instr(change.before, '"grade":') > 0 AND json_extract(change.before, '$.grade') IS NOT c.grade
            OR instr(change.before, '"stage":') > 0 AND json_extract(change.before, '$.stage') <> 'lead')
    """,
}
# A case that is corrected to another kind is opened as that one.
_OF_CASES = {
    "case": """
    SELECT cases.customer_id, 'case:' || cases.kind AS event, cases.number
    FROM change CROSS JOIN cases ON cases.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'cases' AND cases.status IN ('open', 'responded')
        AND (change.action = 'added' OR change.action = 'changed'
            AND instr(change.before, '"kind":') > 0 AND json_extract(change.before, '$.kind') <> cases.kind)
    """,
    "case-closed": """
    SELECT cases.customer_id, 'case-closed:' || cases.kind AS event, cases.number
    FROM change CROSS JOIN cases ON cases.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'cases' AND change.action = 'changed'
        AND cases.status = 'closed' AND json_extract(change.before, '$.status') <> 'closed'
    """,
}
# The journalled table in which an event shows, by its kind.
_IN = {
    "tag": "tag", "tier": "customer", "grade": "customer", "case": "cases", "case-closed": "cases",
    "referral": "customer",
}  # fmt: skip

_SIGNED = """
    SELECT c.id, c.code, c.name, c.referrer FROM change CROSS JOIN customer AS c ON c.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'customer'
        AND c.won_on IS NOT NULL AND c.referrer IS NOT NULL AND c.referrer NOT IN (c.code, c.name)
        AND (change.action = 'added'
            OR instr(change.before, '"won_on":') > 0 AND json_extract(change.before, '$.won_on') IS NULL)
"""

# What the journal tells of customers in spans is of those without a tier until now: nothing of theirs ends.
CONCERNED = """
    SELECT coalesce(json_extract(change.before, '$.customer_id'), tag.customer_id) AS id
    FROM change LEFT JOIN tag ON tag.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'tag' AND change.action <> 'added'
    UNION
    SELECT row_id FROM change
    WHERE operation_id = :op AND entity = 'customer' AND action = 'changed'
        AND (instr(before, '"tier":') > 0 OR instr(before, '"grade":') > 0 OR instr(before, '"stage":') > 0)
    UNION
    SELECT step.customer_id FROM change CROSS JOIN step ON step.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'step'
    UNION
    SELECT cases.customer_id FROM change CROSS JOIN cases ON cases.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'cases' AND change.action = 'changed'
        AND (instr(change.before, '"status":') > 0 OR instr(change.before, '"kind":') > 0)
"""
"""Of whom something may be no longer so; a merge brings steps to a customer for whom it never was."""

STILL_SO = """
    CASE substr(p.event, 1, instr(p.event, ':') - 1)
    WHEN 'tag' THEN EXISTS (SELECT 1 FROM tag
        WHERE tag.customer_id = p.customer_id AND 'tag:' || tag.dimension || '=' || tag.value = p.event)
    WHEN 'tier' THEN 'tier:' || c.tier IS p.event
    WHEN 'grade' THEN c.stage = 'lead' AND 'grade:' || c.grade IS p.event
    WHEN 'case' THEN instr(p.event, '=') = 0 OR EXISTS (SELECT 1 FROM cases
        WHERE cases.number = substr(p.event, instr(p.event, '=') + 1)
        AND p.event = 'case:' || cases.kind || '=' || cases.number AND cases.status <> 'closed')
    ELSE true END
"""
"""Whether what started `step AS p` of `customer AS c` is so yet; what is over for good ends nothing. Steps of before
did not say which case they are of."""

GOES_ON = f"""
    CASE WHEN p.event LIKE 'case:%' THEN EXISTS (SELECT 1 FROM cases
        WHERE cases.number = substr(p.event, instr(p.event, '=') + 1)
        AND p.event = 'case:' || cases.kind || '=' || cases.number AND cases.status IN ('open', 'responded'))
    ELSE {STILL_SO} END
"""
"""The same for a step that is to come again: a case must not be solved."""


def collect(ws: Workspace) -> bool:
    """Fill the temporary table `happened` with what this operation made happen; False if that is nothing.

    Its columns: `customer_id`, `event` as the policy writes it, and `said`, by which a step remembers it: the same, but
    for a case, which says which one it is (`case:crisis=NUMBER`), and a referral, which says who has signed
    (`referral:won=CODE`).
    """
    events = ws.digest["events"]
    kinds = {kind for event in events if ws.wrote_to(_IN[kind := event.partition(":")[0]])}
    if not kinds:
        return False
    parts = [
        f"SELECT customer_id, event, event AS said FROM ({sql})" for kind, sql in _HAPPENED.items() if kind in kinds
    ]
    parts += [
        f"SELECT customer_id, event, event || '=' || number AS said FROM ({sql})"
        for kind, sql in _OF_CASES.items()
        if kind in kinds
    ]
    ws.db.new_temporary("happened", "(customer_id INTEGER, event TEXT, said TEXT)")
    if parts:
        ws.db.execute(
            f"INSERT INTO happened SELECT customer_id, event, said FROM ({' UNION '.join(parts)}) "
            "WHERE event IN (SELECT value FROM json_each(:events))",
            {"op": ws.wrote, "events": json.dumps(events)},
        )
    if "referral" in kinds:
        rows = [(referrer, "referral:won", f"referral:won={code}") for referrer, code in _referrals(ws)]
        ws.db.insert("happened", ("customer_id", "event", "said"), rows)
    return ws.db.value("SELECT 1 FROM happened LIMIT 1") is not None


def _referrals(ws: Workspace) -> list[tuple[int, str]]:
    """Each customer that referred one who signed in this operation, and the code of who did."""
    signed = ws.db.rows(_SIGNED, {"op": ws.wrote})
    return [(found["id"], row["code"]) for row in signed if (found := referrer(ws, row)) is not None]


def referrer(ws: Workspace, referred: Row) -> Row | None:
    """The customer (id, code, name) that the row of another one names: by code, a former one too, else by name.

    None where that is itself, or a name that two others have.
    """
    if referred["referrer"] in (None, referred["code"], referred["name"]):
        return None
    named = {**referred, "key": name_key(referred["referrer"])}
    for condition in _NAMED:
        found = ws.db.rows(f"SELECT id, code, name FROM customer WHERE {condition} LIMIT 2", named)
        if found:
            return found[0] if len(found) == 1 and found[0]["id"] != referred["id"] else None
    return None


_NAMED = (
    "code = :referrer",
    "id = (SELECT customer_id FROM former_code WHERE code = :referrer)",
    "name_key = :key AND name = :referrer AND id <> :id",
)
