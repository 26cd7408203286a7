"""The contact log: what was said to whom, what it promised, and which due items it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crmcli import fields
from crmcli.calendars import local_date
from crmcli.care import due, playbooks, settling, touches
from crmcli.care.items import Item, Scope
from crmcli.errors import BadValue, InvalidInput, NotFound, Refused, UsageError
from crmcli.i18n import _
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.owners import quoted
from crmcli.store.workspace import Workspace, aware, stamp
from crmcli.values import clean_text


@dataclass(frozen=True)
class Logged:
    """A contact that was recorded.

    Attributes:
        interaction: its id; `action:ID` is the item it opens if it promised something.
        code, customer: who was contacted.
        answered: the keys of the due items that are settled by it.
        next_touches: (touch, day) of the customer's touches to come, the nearest first.
    """

    interaction: int
    code: str
    customer: str
    answered: tuple[str, ...]
    next_touches: tuple[tuple[str, date], ...]


def log(
    ws: Workspace,
    customer: str,
    text: str = "",
    *,
    channel: str = "call",
    direction: str = "out",
    participants: Sequence[str] = (),
    topic: str | None = None,
    feedback: str | None = None,
    next_action: str | None = None,
    next_due: date | None = None,
    answers: str | None = None,
    at: datetime | None = None,
    owner: str | None = None,
) -> Logged:
    """Record a contact: it settles the due items it answers and restarts their cadence.

    Args:
        customer: a code, name, phone, e-mail, or part of the name.
        text: the topic, or, beside a `topic`, the feedback.
        channel, direction: as the contract writes them, or their usual words.
        answers: the key of an open item of that customer that was dealt with.
        at: the moment, now unless given; a naive one is of the policy's time zone.
        owner: who made it; the customer's owner, or the actor where there is none.

    Raises:
        NotFound: the customer or the item.
        Refused: the moment is to come, or the contact cannot answer the item.
        UsageError: nothing says what it was about, or an action has no day, or a day no action.
        InvalidInput: there is no such channel or direction.
    """
    said = _said(text, topic, feedback)
    promised = _promised(ws, next_action, next_due)
    row = finding.customer(ws, customer)
    moment = _moment(ws, at)
    contact: Row = {
        "customer_id": row["id"],
        "at": stamp(moment),
        "contact_on": local_date(moment, ws.zone).isoformat(),
        "channel": _choice("channel", channel),
        "direction": _choice("direction", direction),
        "owner": owner or row["owner"] or ws.actor,
        "participants": ", ".join(map(clean_text, participants)) or None,
        **said,
        **promised,
    }
    contact["nth"] = _nth(ws, contact)
    restarted = _restarted(ws, row["id"], contact)
    answered = _answered(ws, row, contact, answers)
    steps = playbooks.answered(ws, row["id"], contact["channel"], date.fromisoformat(contact["contact_on"]))
    return _record(ws, row, contact, [*restarted, *steps], answered)


def _record(ws: Workspace, customer: Row, contact: Row, suited: Sequence[Item], answered: Item | None) -> Logged:
    """Write the contact down, and settle what it answers: what the user named, and what its channel suits."""
    dealt_with = {item.key: item for item in [*([answered] if answered else []), *suited]}
    keys = list(dealt_with)
    contact["answers"] = keys[0] if keys else None
    (interaction,) = journal.add(ws, "interaction", [contact])
    for item in dealt_with.values():
        if item.kind != "touch":
            settling.settle(ws, item.key, "done")
    touches.refresh_customer(ws, customer["id"])
    ws.summary = _("contact with {code} {name}: {topic}").format(
        code=customer["code"], name=customer["name"], topic=contact["topic"][:60]
    )
    days = [(touch, date.fromisoformat(row["due_on"])) for touch, row in touches.of(ws, customer["id"]).items()]
    return Logged(
        interaction,
        customer["code"],
        customer["name"],
        tuple(keys),
        tuple(sorted(days, key=lambda pair: (pair[1], pair[0]))),
    )


def _said(text: str, topic: str | None, feedback: str | None) -> Mapping[str, str | None]:
    """Topic and feedback: `text` is whichever of the two is not given."""
    text, topic = clean_text(text, multiline=bool(topic)), clean_text(topic or "")
    feedback = clean_text(feedback or "", multiline=True)
    if text and topic and feedback:
        raise UsageError(_("the text has no place beside a topic and a feedback"), hint=_("leave one of the three out"))
    if not text and not topic:
        raise UsageError(_("what was the contact about?"), hint=_("crm log CUSTOMER TEXT"))
    if topic:
        return {"topic": topic, "feedback": feedback or text or None}
    return {"topic": text, "feedback": feedback or None}


def _promised(ws: Workspace, action: str | None, on: date | None) -> Mapping[str, str | None]:
    action = clean_text(action or "")
    if bool(action) != (on is not None):
        raise UsageError(_("a next action and its day go together"), hint=_("--next TEXT --due DATE"))
    return {"next_action": action or None, "next_due": on.isoformat() if on else None}


def _moment(ws: Workspace, at: datetime | None) -> datetime:
    moment = ws.now if at is None else aware(at, ws.zone)
    if moment > ws.now:
        raise Refused(_("a contact is logged when it has taken place"), hint=_("plan one with: --next TEXT --due DATE"))
    return moment


def _choice(name: str, text: str) -> str:
    field = fields.TABLES["interactions"].field(name)
    assert field is not None
    try:
        stored: str = field.read(text, region="", zone="")
    except BadValue as error:
        raise InvalidInput(
            _("{field} '{value}': {reason}").format(field=name, value=text, reason=error.reason)
        ) from error
    return stored


def _nth(ws: Workspace, contact: Mapping[str, Any]) -> int:
    """Contacts of one moment and topic are counted; a number that was given is not given again."""
    last: int = ws.db.value(
        "SELECT coalesce(max(nth), 0) FROM interaction "
        "WHERE customer_id = :customer_id AND at = :at AND topic = :topic",
        contact,
    )
    return last + 1


def _restarted(ws: Workspace, customer_id: int, contact: Row) -> list[Item]:
    """The due touches that the contact answers: over one of their channels, and later than their base."""
    scope = Scope(today=ws.today, until=ws.today, customer_id=customer_id)
    known, now = touches.rules(ws), touches.of(ws, customer_id)
    return [
        item
        for item in touches.coming(ws, scope)
        if item.kind == "touch"
        and contact["channel"] in known[item.tier or "", item.ref].channels
        and now[item.ref]["base_on"] < contact["contact_on"]
    ]


def _answered(ws: Workspace, customer: Row, contact: Row, key: str | None) -> Item | None:
    """The open item that the user says was dealt with."""
    if key is None:
        return None
    item = due.item(ws, key)
    if item is None or item.customer_id != customer["id"]:
        raise NotFound(
            _("{code} has no open item {key}").format(code=customer["code"], key=key), hint=_("see: crm due")
        )
    if item.kind == "touch":
        _refuse_if_unanswered(ws, customer["id"], item, contact)
    return item


def _refuse_if_unanswered(ws: Workspace, customer_id: int, item: Item, contact: Row) -> None:
    channels = touches.rules(ws)[item.tier or "", item.ref].channels
    hint = _("settle it without a contact: crm done {key}").format(key=quoted(item.key))
    if contact["channel"] not in channels:
        message = _("{key} asks for another channel: {channels}")
        raise Refused(message.format(key=item.key, channels=", ".join(channels)), hint=hint)
    base_on = touches.of(ws, customer_id)[item.ref]["base_on"]
    if contact["contact_on"] < base_on:
        raise Refused(_("{key} counts from a later day, {day}").format(key=item.key, day=base_on), hint=hint)
