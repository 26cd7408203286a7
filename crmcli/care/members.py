"""Members of the team are added, edited and removed; who is renamed keeps what is theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmcli.care import team
from crmcli.care.assigning import in_words
from crmcli.care.team import Member
from crmcli.errors import BadValue, InvalidInput, Refused, UsageError
from crmcli.i18n import _, plural, sentences
from crmcli.store import journal, owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import clean_text, name_key, parse_email

FIELDS = ("name", "role", "manager", "capacity", "active", "email", "notify")
_LONGEST = 60
_ACTIVE = {"yes": "yes", "no": "no", "是": "yes", "否": "no", "true": "yes", "false": "no"}


@dataclass(frozen=True)
class Changed:
    """A field of a member that an edit changed."""

    field: str
    before: Any
    after: Any


def add(ws: Workspace, name: str, values: Mapping[str, str] | None = None) -> Member:
    """Add an active member; `values` are texts by FIELDS.

    Raises:
        UsageError: there is no such field. InvalidInput: a value cannot be read. NotFound: the manager.
        Refused: somebody is called so.
    """
    row: Row = {**dict.fromkeys(FIELDS), "active": "yes", **_read(ws, {**(values or {}), "name": name})}
    _check(ws, row, row_id=None)
    journal.add(ws, "member", [row])
    ws.summary = _("{name} is in the team").format(name=row["name"])
    return _stored(ws, row["name"])


def add_owners(ws: Workspace, values: Mapping[str, str] | None = None) -> list[Member]:
    """Add everybody who owns a customer or a case and is not in the team yet, all with the same `values`."""
    present = {name_key(row["name"]) for row in ws.db.rows("SELECT name FROM member")}
    read = _read(ws, values or {})
    rows: dict[str, Row] = {}
    for name in owners.names(ws):
        key = name_key(name)
        # Of two spellings that differ in case, width or spacing only, one is in the team.
        if clean_text(name) == name and key not in present | rows.keys():
            rows[key] = {**dict.fromkeys(FIELDS), "active": "yes", **read, "name": name}
    for row in rows.values():
        _check(ws, row, row_id=None)
    journal.add(ws, "member", list(rows.values()))
    words = plural("{number} owner is in the team now", "{number} owners are in the team now", len(rows))
    ws.summary = words.format(number=len(rows))
    added = {row["name"] for row in rows.values()}
    return [member for member in team.members(ws) if member.name in added]


def edit(ws: Workspace, name: str, values: Mapping[str, str]) -> tuple[Member, list[Changed]]:
    """Set fields of a member, an empty text takes one away; whoever is made inactive and owns something is noted.

    Raises:
        NotFound: the member, or the manager. UsageError, InvalidInput, Refused: as `add`; or managers in a circle.
    """
    before = _found(ws, name)
    read = _read(ws, values)
    row = {**before, **read}
    _check(ws, row, row_id=before["id"])
    if row["name"] != before["name"]:
        _rename(ws, before["name"], row["name"])
        _note_policy(ws, before["name"], row["name"])
    changed = journal.change(ws, "member", before["id"], read)
    changes = [Changed(field, *changed[field]) for field in FIELDS if field in changed]
    said = ", ".join(f"{change.field}: {_or_none(change.before)} → {_or_none(change.after)}" for change in changes)
    ws.summary = f"{before['name']}: {said}"[:200]
    member = _stored(ws, row["name"])
    if "active" in changed and not member.active:
        _note_left(ws, member)
    return member, changes


def remove(ws: Workspace, name: str) -> Member:
    """Take somebody out of the team who has nothing.

    Raises NotFound: there is no such. Refused: they own something, or are somebody's manager.
    """
    row = _found(ws, name)
    member = _stored(ws, row["name"])
    if has := _has(ws, member.name):
        message = _("{name} still has {things}").format(name=member.name, things=has)
        raise Refused(message, hint=_hand_over_hint(member.name))
    managed = ws.db.rows("SELECT name FROM member WHERE manager = :name ORDER BY name", {"name": member.name})
    if managed:
        names = ", ".join(row["name"] for row in managed)
        message = _("{name} is the manager of {names}").format(name=member.name, names=names)
        hint = _("give them another: crm team edit {name} manager=…").format(name=owners.quoted(managed[0]["name"]))
        raise Refused(message, hint=hint)
    journal.remove(ws, "member", [row["id"]])
    ws.summary = _("{name} is no longer in the team").format(name=member.name)
    return member


def _found(ws: Workspace, name: str) -> Row:
    found = owners.member(ws, name)
    if found is None:
        raise owners.unknown(name, [row["name"] for row in ws.db.rows("SELECT name FROM member ORDER BY name")])
    return found


def _stored(ws: Workspace, name: str) -> Member:
    found = team.find(ws, name)
    assert found is not None
    return found


def _or_none(value: object) -> object:
    return "—" if value is None else value


# ----------------------------------------------------------------------------------------------- what they leave


def _note_left(ws: Workspace, member: Member) -> None:
    if has := _has(ws, member.name):
        words = _("{name} still has {things}").format(name=member.name, things=has)
        ws.notes.append(sentences([words, _hand_over_hint(member.name)]))


def _hand_over_hint(name: str) -> str:
    return _("hand them over: crm handoff --from {name} --to NAME").format(name=owners.quoted(name))


def _has(ws: Workspace, name: str) -> str:
    """What somebody owns, in words; nothing: empty."""
    counts = ws.db.first(
        """
        SELECT (SELECT count(*) FROM customer WHERE owner = :name AND stage <> 'lead') AS customers,
            (SELECT count(*) FROM customer WHERE owner = :name AND stage = 'lead') AS leads,
            (SELECT count(*) FROM cases WHERE owner = :name AND status <> 'closed') AS cases
        """,
        {"name": name},
    )
    assert counts is not None
    return in_words(counts["customers"], counts["leads"], counts["cases"])


_NAMED = (
    ("customer", "owner"), ("cases", "owner"), ("cases", "responder"), ("interaction", "owner"),
    ("assignment", "owner"), ("assignment", "from_owner"), ("review", "owner"), ("member", "manager"),
)  # fmt: skip
_DECIDED = """
    NOT EXISTS (SELECT 1 FROM review AS other WHERE other.owner = :after AND other.planned_on = review.planned_on)"""


def _rename(ws: Workspace, before: str, after: str) -> None:
    """Everywhere the person is named: it is the same one."""
    named = {"before": before, "after": after}
    for table, column in _NAMED:
        which = f"{column} = :before" + (f" AND {_DECIDED}" if table == "review" else "")
        image = f"json_object('{column}', {column})"
        query = f"SELECT id AS row_id, NULL AS line, {image} AS before FROM {table} WHERE {which}"
        if journal.changed_from(ws, table, query, named):
            ws.db.execute(f"UPDATE {table} SET {column} = :after WHERE {which}", named)


def _note_policy(ws: Workspace, before: str, after: str) -> None:
    """The policy is a reviewed file: where it names the person, its author has to change it."""
    steps = (step for one in ws.policy.escalations for step in one.steps)
    if any(step.to and name_key(step.to) == name_key(before) for step in steps) and name_key(before) != name_key(after):
        words = _("the policy still tells {before} of what is late: write {after} in [[escalation]]")
        ws.notes.append(words.format(before=before, after=after))


# ------------------------------------------------------------------------------------------------- reading values


def _read(ws: Workspace, values: Mapping[str, str]) -> Row:
    """The stored values of the texts; None where a text is empty."""
    read: Row = {}
    for field, text in values.items():
        if field not in FIELDS:
            near = owners.nearest(field, FIELDS)
            raise UsageError(
                _("a member has no field '{field}'").format(field=field),
                hint=_("did you mean {name}?").format(name=near) if near else ", ".join(FIELDS),
            )
        read[field] = _READERS.get(field, _plain)(ws, field, clean_text(text))
    return read


def _plain(ws: Workspace, field: str, text: str) -> str | None:
    if len(text) > _LONGEST:
        raise _invalid(field, text, _("longer than {most} characters").format(most=_LONGEST))
    return text or None


def _name(ws: Workspace, field: str, text: str) -> str:
    found = _plain(ws, field, text)
    if found is None:
        raise InvalidInput(_("{field} cannot be empty").format(field=field))
    return found


def _manager(ws: Workspace, field: str, text: str) -> str | None:
    return str(_found(ws, text)["name"]) if text else None


def _capacity(ws: Workspace, field: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise _invalid(field, text, _("not a whole number from 0 on"))
    return int(text)


def _active(ws: Workspace, field: str, text: str) -> str:
    if text.casefold() not in _ACTIVE:
        raise _invalid(field, text, _("not yes or no"))
    return _ACTIVE[text.casefold()]


def _email(ws: Workspace, field: str, text: str) -> str | None:
    try:
        return parse_email(text) if text else None
    except BadValue as error:
        raise _invalid(field, text, error.reason) from error


def _notify(ws: Workspace, field: str, text: str) -> str | None:
    if ":" in text:
        # The address of a bot is a password; it is not repeated here either.
        raise InvalidInput(
            _("notify takes mail or the name of a channel, not an address: it may hold a secret"),
            hint=_("name the address under [notify.channels] in crm.toml, and give its name here"),
        )
    return _plain(ws, field, text)


_READERS = {
    "name": _name, "manager": _manager, "capacity": _capacity, "active": _active, "email": _email, "notify": _notify,
}  # fmt: skip


def _invalid(field: str, text: str, reason: str) -> InvalidInput:
    return InvalidInput(_("{field} '{value}': {reason}").format(field=field, value=text[:60], reason=reason))


def _check(ws: Workspace, row: Row, *, row_id: int | None) -> None:
    """What a row must be beside others: its name its own, nobody above themselves, mail with an address."""
    same = owners.member(ws, row["name"])
    if same is not None and same["id"] != row_id:
        raise Refused(_("{name} is in the team already").format(name=same["name"]), hint=_("see: crm team list"))
    if row["notify"] == "mail" and not row["email"]:
        raise InvalidInput(_("notify by mail needs an e-mail"), hint=_("email=NAME@COMPANY"))
    _refuse_circle(ws, row, row_id)


def _refuse_circle(ws: Workspace, row: Row, row_id: int | None) -> None:
    rows = ws.db.rows("SELECT id, name, manager FROM member")
    above = {one["name"]: one["manager"] for one in rows}
    own = next((one["name"] for one in rows if one["id"] == row_id), row["name"])
    passed, manager = [own], row["manager"]
    while manager is not None and manager not in passed:
        passed.append(manager)
        manager = above.get(manager)
    if manager == own:
        message = _("{name} cannot have {manager} as manager: {circle}")
        circle = " → ".join([*passed, own])
        raise Refused(message.format(name=own, manager=row["manager"], circle=circle))
