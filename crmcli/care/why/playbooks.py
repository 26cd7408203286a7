"""The receipt of a playbook's step: what began it and in which operation, where the policy plans it, what became of it.

The rules behind what began it are told beside it; as all rules, they are asked again as of today.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from crmcli.calendars import Cadence, Duration, add
from crmcli.care import events, playbooks
from crmcli.care.why import settled as told
from crmcli.care.why.cases import case_record
from crmcli.care.why.keys import Key, customer_called
from crmcli.care.why.settled import Settled
from crmcli.grading.records import Records
from crmcli.grading.why import InForce, Part, Receipt, Step, Why, beginning, origin, own_records, why_customer
from crmcli.grading.why.answers import Answers, Asked
from crmcli.i18n import _, sentences
from crmcli.policy.places import Path
from crmcli.policy.rules import Rule
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_NAMED = re.compile(r"(\w+):(.+):([a-z0-9-]+):([1-9][0-9]{0,8})(?:\.([1-9][0-9]{0,8}))?", re.ASCII | re.DOTALL)
_STEP = f"""
    SELECT p.*, {playbooks.SIGNED} AS signed, ({events.STILL_SO}) AS still_so
    FROM step AS p JOIN customer AS c ON c.id = p.customer_id
    WHERE p.kind = :kind AND
"""
# A merge gives a step another key.
_BY_DECISION = "p.id = (SELECT CAST(ref AS INTEGER) FROM settlement WHERE kind = :kind AND key = :key)"
_BY_NAME = "p.customer_id = :customer AND p.playbook = :playbook AND p.number = :number AND p.nth = :nth"

# By the event, too: a merge may bring steps of another run.
_RUN = """
    FROM step WHERE customer_id = :customer_id AND kind = :kind AND playbook = :playbook AND nth = :nth
        AND event = :event AND started_on = :started_on
"""


def why_step(ws: Workspace, text: str, policy: InForce) -> Why | None:
    """Why a step is due on its day, or what settled it; and why what began it is so. None: there was no such step."""
    step = _step(ws, text)
    if step is None:
        return None
    customer = ws.db.first("SELECT * FROM customer WHERE id = :id", {"id": step["customer_id"]})
    assert customer is not None
    key = Key(text, step["kind"], customer, str(step["id"]), date.fromisoformat(step["due_on"]))
    begun = _begun(ws, key, step, policy)
    given, notes = _given(ws, customer, begun)
    receipts = (_receipt(ws, key, step, begun, policy), *_rule(ws, customer, begun, policy), *given)
    return policy.told(ws, customer, receipts, notes)


def _step(ws: Workspace, text: str) -> Row | None:
    """The step that is called so, or was when it was settled."""
    found = _NAMED.fullmatch(text)
    if found is None or found[1] not in playbooks.KINDS:
        return None
    customer = customer_called(ws, found[2])
    named = {"kind": found[1], "key": text, "customer": customer and customer["id"]}
    named |= {"playbook": found[3], "number": int(found[4]), "nth": int(found[5] or 1)}
    return ws.db.first(_STEP + _BY_DECISION, named) or ws.db.first(_STEP + _BY_NAME, named)


# ------------------------------------------------------------------------------------------- what began it


@dataclass(frozen=True)
class _Begun:
    """What began the run of a playbook, and when: a tag, tier, grade, case or referral, by its name and number.

    `path` is where the policy says that it does, None where it no longer does, and `when` at whom; `source` the
    operation in which it happened, `still_so` whether it is so yet.
    """

    on: str
    kind: str
    name: str
    ref: str
    playbook: str
    path: Path | None
    when: Rule | None
    source: Row
    still_so: bool

    @property
    def tag(self) -> tuple[str, str]:
        """Dimension and value of a tag."""
        dimension, _equals, value = self.name.partition("=")
        return dimension, value


def _begun(ws: Workspace, key: Key, step: Row, policy: InForce) -> _Begun:
    kind, name, ref = events.parse(step["event"])
    triggers = [
        (path, trigger.when)
        for path, trigger in ws.policy.beginnings()
        if (trigger.kind, trigger.name, trigger.playbook) == (kind, name, step["playbook"])
    ]
    if len(triggers) > 1:
        # Of several the one that fits today.
        answers = _answers(ws, policy, key.customer, [when for _path, when in triggers if when])
        triggers.sort(key=lambda one: one[1] is not None and not answers.holds(one[1]))
    path, when = triggers[0] if triggers else (None, None)
    # A step that came again was written down when the one before it was settled.
    first = ws.db.value(f"SELECT id {_RUN} ORDER BY number LIMIT 1", step)
    source = beginning(ws, "step", first)
    on, playbook, still_so = step["started_on"], step["playbook"], bool(step["still_so"])
    return _Begun(on, kind, name, ref, playbook, path, when, source, still_so)


def _answers(ws: Workspace, policy: InForce, customer: Row, rules: list[Rule]) -> Answers:
    return Answers(ws, policy, customer["id"], rules, everybody=customer["stage"] == "lead")


def _rule(ws: Workspace, customer: Row, begun: _Begun, policy: InForce) -> Iterator[Receipt]:
    """The receipt of the rule that says at whom the event begins the playbook, if there is one."""
    if begun.path and begun.when:
        asked = Asked(begun.playbook, (*begun.path[:-1], "when"), begun.when)
        answers = _answers(ws, policy, customer, [begun.when])
        yield answers.receipt("on", asked, given=True, since=begun.on, by=begun.source["by"], at=begun.source["at"])


def _given(ws: Workspace, customer: Row, begun: _Begun) -> tuple[tuple[Receipt, ...], tuple[str, ...]]:
    """Why the customer has the tag, the tier or the grade, if it has it yet, and what there is to say of that."""
    subject = {"tag": f"tag:{begun.tag[0]}", "tier": "tier", "grade": "grade"}.get(begun.kind)
    if subject is None or not begun.still_so:
        return (), ()
    why = why_customer(ws, customer, only=subject)
    return why.receipts, why.notes


def _is_so(ws: Workspace, customer: Row, begun: _Begun) -> Iterator[Part]:
    """What must be so for the steps to go on; what is over at once must not."""
    if begun.kind == "tag":
        dimension, value = begun.tag
        has = ws.db.rows(
            "SELECT value FROM tag WHERE customer_id = :id AND dimension = :dimension ORDER BY value",
            {"id": customer["id"], "dimension": dimension},
        )
        shown = ", ".join(row["value"] for row in has) or None
        yield Part(f"tag('{dimension}', '{value}')", begun.still_so, {f"tag:{dimension}": shown})
    elif begun.kind in ("tier", "grade"):
        lead = "stage == 'lead' and " if begun.kind == "grade" else ""
        known = {name: customer[name] for name in (begun.kind, *(["stage"] if lead else []))}
        yield Part(f"{lead}{begun.kind} == '{begun.name}'", begun.still_so, known)
    elif begun.kind == "case" and (case := _case(ws, begun)):
        known = {f"case.{name}": case[name] for name in ("kind", "status")}
        yield Part(f"case.kind == '{begun.name}' and case.status != 'closed'", begun.still_so, known)


def _case(ws: Workspace, begun: _Begun) -> Row | None:
    return ws.db.first("SELECT * FROM cases WHERE number = :number", {"number": begun.ref})


def _records(ws: Workspace, customer: Row, begun: _Begun) -> tuple[Records, ...]:
    """The tag, the customer's tier or grade, the case, or who has signed: the record that began it."""
    if begun.kind in ("case", "case-closed"):
        case = _case(ws, begun)
        return (case_record(ws, case),) if case else ()
    if begun.kind == "referral":
        signed = customer_called(ws, begun.ref)
        return told.person(ws, "customer", signed, ("won_on", "referrer")) if signed else ()
    if not begun.still_so:
        return ()
    if begun.kind == "tag":
        dimension, value = begun.tag
        row = ws.db.first(
            "SELECT id, dimension, value, source, since FROM tag "
            "WHERE customer_id = :id AND dimension = :dimension AND value = :value",
            {"id": customer["id"], "dimension": dimension, "value": value},
        )
        return told.tags(ws, (f"tag:{dimension}",), row)
    return own_records(ws, customer, {begun.kind: begun.kind})


# ------------------------------------------------------------------------------------------- when it is due


@dataclass(frozen=True)
class _Plan:
    """Where the policy plans the step, its words there, and the arithmetic of its day."""

    path: Path
    rule: str
    step: Step


def _plan(ws: Workspace, step: Row, begun: _Begun) -> _Plan | None:
    """What the policy in force says of the step; None where it has another one now, or none."""
    path: Path
    for place, playbook in enumerate(ws.policy.playbooks):
        if playbook.key != step["playbook"]:
            continue
        number = min(step["number"], len(playbook.steps)) - 1
        rule = playbook.steps[number]
        if (rule.channel, rule.action.both()) != (step["channel"], json.loads(step["action"])):
            return None
        if step["number"] > len(playbook.steps):
            path, words = ("playbook", place, "repeat"), f'repeat = "{playbook.repeat}"'
            reckoned = _again(ws, step, playbook.repeat)
        else:
            path = ("playbook", place, "steps", number, "after")
            words = f'after = "{rule.after}", channel = "{rule.channel}"'
            reckoned = _after(ws, step, rule.after, begun)
        return _Plan(path, words, reckoned) if reckoned else None
    return None


def _after(ws: Workspace, step: Row, after: Duration, begun: _Begun) -> Step | None:
    """The day, or where the time is in hours the moment, so long after the beginning; None if that is another one."""
    if step["due_at"]:
        moment, result = begun.source["at"], ws.local(step["due_at"])
        same = (
            after.in_hours
            and moment
            and datetime.fromisoformat(moment) + after.length == datetime.fromisoformat(result)
        )
        return Step("due_at", f"{moment} + {after}", result, {}) if same else None
    same = not after.in_hours and str(date.fromisoformat(step["started_on"]) + after.length) == step["due_on"]
    return Step("planned_on", f"{step['started_on']} + {after}", step["due_on"], {}) if same else None


def _again(ws: Workspace, step: Row, repeat: Cadence | None) -> Step | None:
    """The day so long after the same step was settled the last time; None if that is another one."""
    before = ws.db.first(f"SELECT settled_on, how {_RUN} AND number < :number ORDER BY number DESC LIMIT 1", step)
    if repeat is None or before is None or before["settled_on"] is None:
        return None
    same = str(add(repeat, date.fromisoformat(before["settled_on"]))) == step["due_on"]
    known = {"decision": before["how"], "settled_on": before["settled_on"]}
    return Step("planned_on", f"{before['settled_on']} + {repeat}", step["due_on"], known) if same else None


# -------------------------------------------------------------------------------------------- the receipt


def _receipt(ws: Workspace, key: Key, step: Row, begun: _Begun, policy: InForce) -> Receipt:
    plan = _plan(ws, step, begun)
    row = told.decision(ws, key)
    settled = _settled(ws, step, row)
    snoozed = row if row and row["decision"] == "snoozed" else None
    due_on = date.fromisoformat(snoozed["until"]) if snoozed and not settled else key.planned_on
    parts = [*_is_so(ws, key.customer, begun), *_consent(key.customer, step), told.is_open(settled)]
    given = all(part.holds for part in parts)
    parts += [] if settled else [told.is_due(due_on, ws.today)]
    holds = all(part.holds for part in parts)
    standing = told.standing(ws.today, due_on, snoozed, settled, parts)
    changed = [] if plan and begun.path else [_("the policy that planned it has changed since")]
    stored = Step("planned_on", "stored", step["due_on"], {})
    return Receipt(
        subject=key.text,
        value=due_on.isoformat(),
        holds=holds,
        given=given,
        source="rule",
        since=step["started_on"],
        by=settled.by if settled else None,
        at=settled.at if settled else None,
        reason=sentences([playbooks.told_of(ws, step), standing, *changed]),
        **(policy.at(*plan.path) if plan else {}),
        rule=plan.rule if plan else None,
        joined_by="and",
        parts=tuple(parts),
        records=_records(ws, key.customer, begun) + told.ended(ws, key, row),
        steps=(
            _began(step, begun, policy),
            plan.step if plan else stored,
            *([told.snoozed_step(ws, snoozed)] if snoozed else []),
            *(told.late_step(due_on, ws.today) if holds else ()),
        ),
    )


def _began(step: Row, begun: _Begun, policy: InForce) -> Step:
    """What began it, on which day, in which operation, and where the policy says so."""
    place, line = policy.at(*begun.path).values() if begun.path else (None, None)
    known = {"place": place, "line": line, **{name: begun.source[name] for name in ("operation", "by")}}
    return Step("started_on", step["event"], step["started_on"], known)


def _consent(customer: Row, step: Row) -> Iterator[Part]:
    if step["channel"] == "push":
        yield Part("consent != 'no'", customer["consent"] != "no", {"consent": customer["consent"]})


def _settled(ws: Workspace, step: Row, row: Row | None) -> Settled | None:
    """What ended the step: a decision, or that what began it is so no more."""
    if step["how"] != "ended":
        return told.decided(ws, row)
    last = origin(ws, "step", step["id"], "how")
    words = _("ended on {day} by {who}: what began it no longer held")
    said = words.format(day=step["settled_on"], who=last["by"] or _("somebody"))
    return Settled("ended", step["settled_on"], said, last["by"], last["at"])
