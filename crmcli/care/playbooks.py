"""Playbooks: the steps that an event starts at a customer: a tag gained, a tier entered, a lead graded, a case opened
or closed, a referral won (see `events`).

They follow from what an operation wrote, at its end, and are written as part of it: whoever undoes it takes them back
with it. A step is whole in itself, so that a policy that comes later changes nothing of what was begun. Where what
started it is no longer so (the tag is lost, the tier left, the lead graded anew or no lead any more, the case closed)
the steps that are still open end. In a playbook that repeats the last step comes again, so long after it was done or
skipped, while what started it is so. The steps of a case are whose the case is.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from crmcli import i18n
from crmcli.calendars import Duration, add, local_date, parse_cadence
from crmcli.care import events
from crmcli.care.cases.due import spoken_kind
from crmcli.care.decisions import Decision, decide, refuse_before_its_day
from crmcli.care.items import CUSTOMER, Item, Scope, called_among, code_in, customer_of, item
from crmcli.i18n import _, plural
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace, stamp

KINDS = ("retention", "lead", "case")

_KIND_OF = {
    "tag": "retention", "tier": "retention", "grade": "lead", "case": "case", "case-closed": "case",
    "referral": "retention",
}  # fmt: skip
"""What the due items of an event are called."""

_CODE_AT = 1 + len("referral:won=")


# --------------------------------------------------------------------------------------------- deriving


def refresh(ws: Workspace) -> None:
    """Start and end playbooks by what this operation wrote. An undo or redo has the steps in its journal already."""
    if ws.kind != "write" or not ws.wrote_to("customer", "tag", "cases", "step"):
        return
    with ws.computed():
        ended = _end(ws)
        begun = _start(ws) if events.collect(ws) else 0
        again = _repeat(ws)
    if begun:
        words = plural("{number} step of a playbook begun", "{number} steps of playbooks begun", begun)
        ws.notes.append(words.format(number=begun))
    if again:
        words = plural("{number} step of a playbook comes again", "{number} steps of playbooks come again", again)
        ws.notes.append(words.format(number=again))
    if ended:
        words = plural("{number} step of a playbook ended", "{number} steps of playbooks ended", ended)
        ws.notes.append(words.format(number=ended))


def _end(ws: Workspace) -> int:
    """End the open steps of what is no longer so; how many they are."""
    if not ws.db.value("SELECT 1 FROM step WHERE settled_on IS NULL LIMIT 1"):
        return 0
    ws.db.new_temporary("ended", "(id INTEGER PRIMARY KEY)")
    ended = ws.db.execute(
        f"""
        INSERT INTO ended
        SELECT p.id FROM ({events.CONCERNED}) AS concerned CROSS JOIN step AS p ON p.customer_id = concerned.id
        CROSS JOIN customer AS c ON c.id = p.customer_id
        WHERE p.settled_on IS NULL AND NOT ({events.STILL_SO})
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
    SELECT customer_id, event, said, kind, playbook, coalesce((
            SELECT max(nth) FROM step AS p WHERE p.customer_id = starting.customer_id
            AND p.kind = starting.kind AND p.playbook = starting.playbook), 0)
        + row_number() OVER (PARTITION BY customer_id, kind, playbook ORDER BY said) AS nth
    FROM (SELECT DISTINCT * FROM starting) AS starting
    WHERE NOT EXISTS (
        SELECT 1 FROM step AS p WHERE p.customer_id = starting.customer_id AND p.kind = starting.kind
        AND p.playbook = starting.playbook AND p.event = starting.said AND p.settled_on IS NULL)
"""
_STEPS = """
    INSERT INTO step (id, customer_id, kind, playbook, number, nth, event, started_on, due_on, due_at, channel,
        action, title)
    SELECT :first - 1 + row_number() OVER (ORDER BY begun.customer_id, rule.rowid), begun.customer_id, rule.kind,
        rule.playbook, rule.number, begun.nth, begun.said, :today, rule.due_on, rule.due_at, rule.channel,
        rule.action, rule.title
    FROM begun JOIN played_step AS rule ON rule.event = begun.event AND rule.playbook = begun.playbook
"""


def _start(ws: Workspace) -> int:
    """Write the steps of the playbooks that begin by what `happened`, and how many they are.

    A playbook that runs already by the same event goes on as it is.
    """
    _choose(ws)
    rules = list(_rules(ws))
    if not rules:
        return 0
    ws.db.new_temporary("played_step", f"({', '.join(_RULE)})")
    ws.db.insert("played_step", _RULE, rules)
    ws.db.new_temporary("begun", f"AS {_BEGUN}")
    return _added(ws, _STEPS)


def _choose(ws: Workspace) -> None:
    """Put into the temporary table `starting` which playbook begins at whom: where the rule of its event holds."""
    # Not at the top: the day's list reads steps, and loads no rules.
    from crmcli.policy import facts
    from crmcli.policy.rules import to_sql

    policy = ws.policy
    happened = {row["event"] for row in ws.db.rows("SELECT DISTINCT event FROM happened")}
    triggers = [trigger for _path, trigger in policy.beginnings() if trigger.event in happened]
    names = {name for trigger in triggers if trigger.when for name in trigger.when.facts}
    ws.db.new_temporary("starting", "(customer_id INTEGER, event TEXT, said TEXT, kind TEXT, playbook TEXT)")
    params = facts.facts_params(ws.today, ws.zone)
    if any(trigger.when for trigger in triggers):
        concerned = "SELECT customer_id FROM happened"
        known = facts.facts_sql(names, weights=policy.weights, everybody=True, of=concerned)
        ws.db.new_temporary("facts", f"AS {known}", params)
    for trigger in triggers:
        rule = f"JOIN facts USING (customer_id) WHERE ({to_sql(trigger.when)}) AND" if trigger.when else "WHERE"
        ws.db.execute(
            "INSERT INTO starting SELECT customer_id, event, said, :kind, :playbook "
            f"FROM happened {rule} event = :event",
            {**params, "kind": _KIND_OF[trigger.kind], "playbook": trigger.playbook, "event": trigger.event},
        )
    ws.db.drop_temporary("facts")


def _added(ws: Workspace, insert: str, params: Mapping[str, Any] | None = None) -> int:
    """Run a statement that inserts steps from the id `:first` on, and tell the journal; how many they are."""
    first = journal.next_id(ws, "step")
    added = ws.db.execute(insert, {**(params or {}), "first": first, "today": ws.today.isoformat()})
    if added:
        query = "SELECT id AS row_id, NULL AS line FROM step WHERE id >= :first"
        journal.added_from(ws, "step", query, {"first": first})
    return added


def _rules(ws: Workspace) -> Iterator[tuple[Any, ...]]:
    """The steps, as _RULE has them, of each playbook that is `starting` now."""
    playbooks = {playbook.key: playbook for playbook in ws.policy.playbooks}
    for begins in ws.db.rows("SELECT DISTINCT event, kind, playbook FROM starting ORDER BY event, playbook"):
        event, kind, key = begins.values()
        title = json.dumps(playbooks[key].label.both(key), ensure_ascii=False)
        for number, step in enumerate(playbooks[key].steps, start=1):
            action = json.dumps(step.action.both(), ensure_ascii=False)
            yield event, kind, key, number, *_due(ws, step.after), step.channel, action, title


def _due(ws: Workspace, after: Duration) -> tuple[str, str | None]:
    """The day, and where the time is in hours the moment, so long after now."""
    if not after.in_hours:
        return (ws.today + after.length).isoformat(), None
    moment: datetime = ws.now + after.length
    return local_date(moment, ws.zone).isoformat(), stamp(moment)


# Not by the numbers alone: a merge may have brought higher ones, of a run that is over.
_COMES_AGAIN = f"""
    p.how IN ('done', 'skipped') AND NOT EXISTS (
        SELECT 1 FROM step AS later WHERE later.customer_id = p.customer_id AND later.kind = p.kind
        AND later.playbook = p.playbook AND later.event = p.event AND later.number > p.number
        AND later.settled_on IS NULL)
    AND ({events.GOES_ON})
"""
_AGAIN = f"""
    INSERT INTO step (id, customer_id, kind, playbook, number, nth, event, started_on, due_on, channel, action, title)
    WITH last AS (
        SELECT p.*, max(p.number)
        FROM change CROSS JOIN step AS p ON p.id = change.row_id CROSS JOIN customer AS c ON c.id = p.customer_id
        WHERE change.operation_id = :op AND change.entity = 'step' AND change.action = 'changed'
            AND json_type(change.before, '$.settled_on') = 'null' AND p.playbook IN (SELECT key FROM json_each(:days))
            AND {_COMES_AGAIN}
        GROUP BY p.customer_id, p.kind, p.playbook, p.event)
    SELECT :first - 1 + row_number() OVER (ORDER BY id), customer_id, kind, playbook, (
            SELECT 1 + max(number) FROM step AS run WHERE run.customer_id = last.customer_id AND run.kind = last.kind
            AND run.playbook = last.playbook AND run.nth = last.nth),
        nth, event, started_on, json_extract(:days, '$."' || playbook || '"'), channel, action, title
    FROM last
"""


def _repeat(ws: Workspace) -> int:
    """Let the last steps that this operation settled come again, in the playbooks that repeat; how many they are."""
    days = {playbook: _again_on(ws, playbook) for playbook in _repeats(ws)} if ws.wrote_to("step") else {}
    return _added(ws, _AGAIN, {"op": ws.wrote, "days": json.dumps(days)}) if days else 0


def _repeats(ws: Workspace) -> dict[str, str]:
    # A version of the policy that an undo put in force again may be older than this part of the digest.
    found: dict[str, str] = ws.digest.get("repeats", {})
    return found


def _again_on(ws: Workspace, playbook: str) -> str:
    return add(parse_cadence(_repeats(ws)[playbook]), ws.today).isoformat()


# ---------------------------------------------------------------------------------------------- reading


SIGNED = f"""
    CASE WHEN p.event LIKE 'referral:%' THEN coalesce(
        (SELECT name FROM customer WHERE code = substr(p.event, {_CODE_AT})),
        (SELECT kept.name FROM former_code JOIN customer AS kept ON kept.id = former_code.customer_id
            WHERE former_code.code = substr(p.event, {_CODE_AT}))) END
"""


# Rebuilding trust after a case is the customer's owner's.
_OWNER = """
    CASE WHEN p.event LIKE 'case:%' THEN coalesce(k.owner, c.owner) ELSE coalesce(c.owner, k.owner) END
"""


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The steps that nobody has settled and that are due within `scope`."""
    rows = ws.db.rows(
        f"""
        SELECT p.id, p.kind, p.playbook, p.number, p.nth, p.event, p.started_on, p.due_on, p.due_at, p.channel,
            p.action, p.title, s.until, {SIGNED} AS signed, {_OWNER} AS whose, {CUSTOMER}
        FROM step AS p CROSS JOIN customer AS c ON c.id = p.customer_id
        LEFT JOIN cases AS k
            ON k.number = CASE WHEN p.event LIKE 'case%' THEN substr(p.event, instr(p.event, '=') + 1) END
        LEFT JOIN settlement AS s ON s.customer_id = p.customer_id AND s.kind = p.kind
            AND s.ref = CAST(p.id AS TEXT) AND s.planned_on = p.due_on
        WHERE p.due_on <= :until AND p.settled_on IS NULL AND (s.id IS NULL OR s.until <= :until)
            AND NOT (p.channel = 'push' AND c.consent = 'no') AND {scope.condition("p.customer_id", _OWNER)}
        """,
        scope.params,
    )
    return [_item(ws, row) for row in rows]


def called(ws: Workspace, key: str) -> Item | None:
    """The step called `key`, if it is open."""
    return called_among(coming, ws, key, customer_of(ws, code_in(key, 2)))


def settle(ws: Workspace, item: Item, decision: Decision, until: date | None, reason: str | None) -> date | None:
    """Settle a step; the table `step` is told, too, so that the open ones are found by an index."""
    refuse_before_its_day(item, until)
    decide(ws, item, decision, until, reason)
    if decision == "snoozed":
        return until
    journal.change(ws, "step", int(item.ref), {"settled_on": ws.today.isoformat(), "how": decision})
    repeating = ws.db.value(
        f"SELECT p.playbook FROM step AS p JOIN customer AS c ON c.id = p.customer_id "
        f"WHERE p.id = :id AND {_COMES_AGAIN}",
        {"id": int(item.ref)},
    )
    return date.fromisoformat(_again_on(ws, repeating)) if repeating in _repeats(ws) else None


def answered(ws: Workspace, customer_id: int, channel: str, on: date) -> list[Item]:
    """The steps that a contact over `channel` on a day answers: of each playbook that runs, one at most.

    That is the earliest open step over that channel, if it is due by then or the next one of its playbook.
    """
    # Most have none, and to prepare the question below takes long.
    if not ws.db.value(
        "SELECT 1 FROM step WHERE customer_id = :id AND settled_on IS NULL LIMIT 1", {"id": customer_id}
    ):
        return []
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


def of_case(ws: Workspace, number: str) -> list[Row]:
    """The steps that a case has started, settled or not, in the order in which they are due.

    Each has key, due_on, due_at (a stored instant, or None), channel, action, settled_on and how.
    """
    rows = ws.db.rows(
        """
        SELECT p.*, c.code
        FROM cases AS k CROSS JOIN step AS p ON p.customer_id = k.customer_id
            AND p.event IN ('case:' || k.kind || '=' || k.number, 'case-closed:' || k.kind || '=' || k.number)
        CROSS JOIN customer AS c ON c.id = p.customer_id
        WHERE k.number = :number ORDER BY p.due_on, p.due_at IS NULL, p.due_at, p.number
        """,
        {"number": number},
    )
    shown = ("due_on", "due_at", "channel", "settled_on", "how")
    return [
        {"key": f"{row['kind']}:{row['code']}:{_name(row)}", "action": _spoken(row["action"])}
        | {name: row[name] for name in shown}
        for row in rows
    ]


def _name(row: Row) -> str:
    """What names a step in its key."""
    return f"{row['playbook']}:{row['number']}" + (f".{row['nth']}" if row["nth"] > 1 else "")


def _item(ws: Workspace, row: Row) -> Item:
    return item(
        row,
        kind=row["kind"],
        ref=str(row["id"]),
        planned_on=date.fromisoformat(row["due_on"]),
        due_on=row["until"] or row["due_on"],
        due_at=None if row["until"] else row["due_at"],
        name=_name(row),
        action=_spoken(row["action"]),
        channel=row["channel"],
        reason=told_of(ws, row),
        owner=row["whose"],
    )


def _spoken(words: str) -> str:
    spoken: str = json.loads(words)[i18n.language()]
    return spoken


def told_of(ws: Workspace, row: Row) -> str:
    """Which event on which day, and which step of which playbook it is; `row` has `SIGNED` as `signed`."""
    event, name, ref = events.parse(row["event"])
    if event == "tag":
        text, name = _("tagged {name} on {day}"), name.replace("=", ":", 1)
    elif event == "tier":
        tier = ws.digest["tiers"].get(name)
        text, name = _("came into tier {name} on {day}"), tier["label"][i18n.language()] if tier else name
    elif event == "grade":
        text = _("lead graded {name} on {day}")
    elif event == "referral":
        text, name = _("referred {name}, who signed on {day}"), row["signed"] or ref
    else:
        text = _("{name} closed on {day}") if event == "case-closed" else _("{name} opened on {day}")
        name = f"{spoken_kind(name)} {ref}"
    step = _("{playbook}, step {number}").format(playbook=_spoken(row["title"]), number=row["number"])
    return i18n.sentences([text.format(name=name, day=row["started_on"]), step])
