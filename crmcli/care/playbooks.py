"""Playbooks: the steps that an event starts at a customer: a tag gained, a tier entered, a lead graded, a case opened.

They follow from what an operation wrote, at its end, and are written as part of it: whoever undoes it takes them back
with it. A step is whole in itself, so that a policy that comes later changes nothing of what was begun. Where what
started it is no longer so (the tag is lost, the tier left, the lead graded anew or no lead any more) the steps that
are still open end; those of a case are ended by nothing but being settled.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from crmcli import i18n
from crmcli.calendars import Duration, local_date
from crmcli.care.items import CUSTOMER, Item, Scope, item
from crmcli.i18n import _, plural
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace, stamp

KINDS = {"tag": "retention", "tier": "retention", "grade": "lead", "case": "case"}
"""What the due items of an event are called."""

_DAYS = {"day": 1, "week": 7}
_MINUTES = {"minute": 1, "hour": 60}


# --------------------------------------------------------------------------------------------- deriving


def refresh(ws: Workspace) -> None:
    """Start and end playbooks by what this operation wrote. An undo or redo has the steps in its journal already."""
    if ws.wrote is None or ws.kind != "write":
        return
    computing, ws.computing = ws.computing, True
    try:
        ended = _end(ws)
        happened = _happened(ws)
        begun = _start(ws, happened) if happened else 0
    finally:
        ws.computing = computing
    if begun:
        words = plural("{number} step of a playbook begun", "{number} steps of playbooks begun", begun)
        ws.notes.append(words.format(number=begun))
    if ended:
        words = plural("{number} step of a playbook ended", "{number} steps of playbooks ended", ended)
        ws.notes.append(words.format(number=ended))


# A change says by its image which columns it had: without the tag's value it was moved, or set by hand, not gained.
_HAPPENED = {
    "tag": """
    SELECT tag.customer_id, 'tag:' || tag.dimension || '=' || tag.value AS event
    FROM change CROSS JOIN tag ON tag.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'tag'
        AND (change.action = 'added' OR instr(change.before, '"value":') > 0)
    EXCEPT
    SELECT coalesce(json_extract(change.before, '$.customer_id'), tag.customer_id),
        'tag:' || coalesce(json_extract(change.before, '$.dimension'), tag.dimension)
        || '=' || coalesce(json_extract(change.before, '$.value'), tag.value)
    FROM change LEFT JOIN tag ON tag.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'tag' AND change.action <> 'added'
    """,
    "tier": """
    SELECT c.id AS customer_id, 'tier:' || c.tier AS event FROM change CROSS JOIN customer AS c ON c.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'customer' AND c.tier IS NOT NULL
        AND (change.action = 'added'
            OR instr(change.before, '"tier":') > 0 AND json_extract(change.before, '$.tier') IS NOT c.tier)
    """,
    "grade": """
    SELECT c.id AS customer_id, 'grade:' || c.grade AS event
    FROM change CROSS JOIN customer AS c ON c.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'customer' AND c.grade IS NOT NULL AND c.stage = 'lead'
        AND (change.action = 'added'
            OR instr(change.before, '"grade":') > 0 AND json_extract(change.before, '$.grade') IS NOT c.grade)
    """,
    "case": """
    SELECT cases.customer_id, 'case:' || cases.kind AS event FROM change CROSS JOIN cases ON cases.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'cases' AND change.action = 'added'
        AND cases.status IN ('open', 'responded')
    """,
}

# Of whom something may be no longer so; a merge brings steps to a customer for whom it never was.
_CONCERNED = """
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
"""
_STILL_SO = """
    CASE substr(p.event, 1, instr(p.event, ':') - 1)
    WHEN 'tag' THEN EXISTS (SELECT 1 FROM tag
        WHERE tag.customer_id = p.customer_id AND 'tag:' || tag.dimension || '=' || tag.value = p.event)
    WHEN 'tier' THEN 'tier:' || c.tier IS p.event
    WHEN 'grade' THEN c.stage = 'lead' AND 'grade:' || c.grade IS p.event
    ELSE true END
"""


def _happened(ws: Workspace) -> str | None:
    """SQL: the customers and events of this operation, of the kinds that start something; None if there is none."""
    kinds = {event.partition(":")[0] for event in ws.digest["events"]}
    happened = " UNION ".join(f"SELECT * FROM ({sql})" for kind, sql in _HAPPENED.items() if kind in kinds)
    if happened and ws.db.value(f"SELECT 1 FROM ({happened}) LIMIT 1", {"op": ws.wrote}):
        return happened
    return None


def _end(ws: Workspace) -> int:
    """End the open steps of what is no longer so; how many they are."""
    ws.db.execute("DROP TABLE IF EXISTS temp.ended")
    ws.db.execute("CREATE TEMP TABLE ended (id INTEGER PRIMARY KEY)")
    ended = ws.db.execute(
        f"""
        INSERT INTO ended
        SELECT p.id FROM ({_CONCERNED}) AS concerned CROSS JOIN step AS p ON p.customer_id = concerned.id
        CROSS JOIN customer AS c ON c.id = p.customer_id
        WHERE p.settled_on IS NULL AND NOT ({_STILL_SO})
        """,
        {"op": ws.wrote},
    )
    if ended:
        image = "json_object('settled_on', NULL, 'how', NULL)"
        journal.changed_from(ws, "step", f"SELECT id AS row_id, NULL AS line, {image} AS before FROM ended")
        ws.db.execute(
            "UPDATE step SET settled_on = :today, how = 'ended' WHERE id IN (SELECT id FROM ended)",
            {"today": ws.today.isoformat()},
        )
    return ended


_RULE = ("event", "kind", "playbook", "number", "due_on", "due_at", "channel", "action", "title")
_BEGUN = """
    CREATE TEMP TABLE begun AS
    SELECT happened.customer_id, played.event, played.kind, played.playbook, coalesce((
            SELECT max(nth) FROM step AS p WHERE p.customer_id = happened.customer_id
            AND p.kind = played.kind AND p.playbook = played.playbook), 0)
        + row_number() OVER (
            PARTITION BY happened.customer_id, played.kind, played.playbook ORDER BY played.event) AS nth
    FROM ({happened}) AS happened
    JOIN (SELECT DISTINCT event, kind, playbook FROM played_step) AS played ON played.event = happened.event
    WHERE NOT EXISTS (
        SELECT 1 FROM step AS p WHERE p.customer_id = happened.customer_id AND p.kind = played.kind
        AND p.playbook = played.playbook AND p.event = played.event AND p.settled_on IS NULL)
"""
_STEPS = """
    INSERT INTO step (id, customer_id, kind, playbook, number, nth, event, started_on, due_on, due_at, channel,
        action, title)
    SELECT :first - 1 + row_number() OVER (ORDER BY begun.customer_id, rule.rowid), begun.customer_id, rule.kind,
        rule.playbook, rule.number, begun.nth, rule.event, :today, rule.due_on, rule.due_at, rule.channel,
        rule.action, rule.title
    FROM begun JOIN played_step AS rule ON rule.event = begun.event AND rule.playbook = begun.playbook
"""


def _start(ws: Workspace, happened: str) -> int:
    """Write the steps of the playbooks that begin by what `happened` (SQL), and how many they are.

    A playbook that runs already by the same event goes on as it is.
    """
    rules = list(_rules(ws))
    if not rules:
        return 0
    for table in ("played_step", "begun"):
        ws.db.execute(f"DROP TABLE IF EXISTS temp.{table}")
    ws.db.execute(f"CREATE TEMP TABLE played_step ({', '.join(_RULE)})")
    ws.db.insert("played_step", _RULE, rules)
    ws.db.execute(_BEGUN.format(happened=happened), {"op": ws.wrote})
    first = journal.next_id(ws, "step")
    begun = ws.db.execute(_STEPS, {"first": first, "today": ws.today.isoformat()})
    if begun:
        query = "SELECT id AS row_id, NULL AS line FROM step WHERE id >= :first"
        journal.added_from(ws, "step", query, {"first": first})
    return begun


def _rules(ws: Workspace) -> Iterator[tuple[Any, ...]]:
    """The steps, as _RULE has them, that each event of the policy in force would start now."""
    policy = ws.policy
    named = [(f"{trigger.kind}:{trigger.name}", trigger.playbook) for trigger in policy.triggers]
    named += [(f"grade:{grade.key}", grade.playbook) for grade in policy.lead_grades if grade.playbook]
    playbooks = {playbook.key: playbook for playbook in policy.playbooks}
    for event, key in dict.fromkeys(named):
        playbook = playbooks[key]
        title = json.dumps(playbook.label.both(key), ensure_ascii=False)
        for number, step in enumerate(playbook.steps, start=1):
            action = json.dumps(step.action.both(), ensure_ascii=False)
            kind = KINDS[event.partition(":")[0]]
            yield event, kind, key, number, *_due(ws, step.after), step.channel, action, title


def _due(ws: Workspace, after: Duration) -> tuple[str, str | None]:
    """The day, and where the time is in hours the moment, so long after now."""
    if after.unit in _DAYS:
        return (ws.today + timedelta(days=after.number * _DAYS[after.unit])).isoformat(), None
    moment: datetime = ws.now + timedelta(minutes=after.number * _MINUTES[after.unit])
    return local_date(moment, ws.digest["timezone"]).isoformat(), stamp(moment)


# ---------------------------------------------------------------------------------------------- reading


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The steps that nobody has settled and that are due within `scope`."""
    rows = ws.db.rows(
        f"""
        SELECT p.id, p.kind, p.playbook, p.number, p.nth, p.event, p.started_on, p.due_on, p.due_at, p.channel,
            p.action, p.title, s.until, {CUSTOMER}
        FROM step AS p CROSS JOIN customer AS c ON c.id = p.customer_id
        LEFT JOIN settlement AS s ON s.customer_id = p.customer_id AND s.kind = p.kind
            AND s.ref = CAST(p.id AS TEXT) AND s.planned_on = p.due_on
        WHERE p.due_on <= :until AND p.settled_on IS NULL AND (s.id IS NULL OR s.until <= :until)
            AND NOT (p.channel = 'push' AND c.consent = 'no') AND {scope.condition("p.customer_id")}
        """,
        scope.params,
    )
    return [_item(ws, row) for row in rows]


def answered(ws: Workspace, customer_id: int, channel: str, on: date) -> list[Item]:
    """The steps that a contact over `channel` on a day answers: of each playbook that runs, one at most.

    That is the earliest open step over that channel, if it is due by then or the next one of its playbook.
    """
    found = ws.db.rows(
        """
        SELECT id FROM (
            SELECT *, row_number() OVER (PARTITION BY kind, playbook, event ORDER BY due_on, number) AS place FROM (
                SELECT *, min(number) OVER (PARTITION BY kind, playbook, event) AS next
                FROM step WHERE customer_id = :id AND settled_on IS NULL)
            WHERE channel = :channel AND started_on <= :on AND (due_on <= :on OR number = next))
        WHERE place = 1
        """,
        {"id": customer_id, "channel": channel, "on": on.isoformat()},
    )
    refs = {str(row["id"]) for row in found}
    scope = Scope(today=ws.today, until=date.max, customer_id=customer_id)
    steps = [step for step in coming(ws, scope) if step.ref in refs] if refs else []
    return sorted(steps, key=lambda step: (step.due_on, step.key))


def _item(ws: Workspace, row: Row) -> Item:
    again = f".{row['nth']}" if row["nth"] > 1 else ""
    return item(
        row,
        kind=row["kind"],
        ref=str(row["id"]),
        planned_on=date.fromisoformat(row["due_on"]),
        due_on=row["until"] or row["due_on"],
        due_at=None if row["until"] else row["due_at"],
        name=f"{row['playbook']}:{row['number']}{again}",
        action=_spoken(row["action"]),
        channel=row["channel"],
        reason=_reason(ws, row),
    )


def _spoken(words: str) -> str:
    spoken: str = json.loads(words)[i18n.language()]
    return spoken


def _reason(ws: Workspace, row: Row) -> str:
    """Which event on which day, and which step of which playbook it is."""
    event, _colon, name = row["event"].partition(":")
    if event == "tag":
        text, name = _("tagged {name} on {day}"), name.replace("=", ":", 1)
    elif event == "tier":
        tier = ws.digest["tiers"].get(name)
        text, name = _("came into tier {name} on {day}"), tier["label"][i18n.language()] if tier else name
    elif event == "grade":
        text = _("lead graded {name} on {day}")
    else:
        text = _("{name} opened on {day}")
    step = _("{playbook}, step {number}").format(playbook=_spoken(row["title"]), number=row["number"])
    return f"{text.format(name=name, day=row['started_on'])}; {step}"
