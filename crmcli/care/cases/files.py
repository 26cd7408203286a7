"""The file of a case: finding it, changing it so that its clocks go on rightly, and the lines written in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crmcli.care.cases import clocks
from crmcli.care.cases.clocks import Terms
from crmcli.care.cases.standing import standing
from crmcli.errors import NotFound, Refused
from crmcli.i18n import _
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace, aware, stamp
from crmcli.values import clean_text

_FORWARD = {"open": ("respond", "resolve"), "responded": ("resolve",), "resolved": ("revisit",), "closed": ()}


def case(ws: Workspace, number: str) -> Row:
    """The stored case of a number. Raises NotFound."""
    text = clean_text(number)
    for name in (text, text.removeprefix("case:")):
        found = ws.db.first("SELECT * FROM cases WHERE number = :number", {"number": name})
        if found is not None:
            return found
    raise NotFound(_("there is no case {number}").format(number=text), hint=_("see: crm case list"))


def possible(row: Row) -> tuple[str, ...]:
    """What can be done with a case as it stands, as the commands are called."""
    stage = standing(row)
    if stage == "closed":
        return ("note", "review")
    forward = () if stage == "resolved" and row["revisited_at"] else _FORWARD[stage]
    waiting = "resume" if row["paused_at"] else "pause"
    phase = ("phase",) if row["kind"] == "crisis" else ()
    return (*forward, "close", waiting, "escalate", *phase, "note", "review")


def refuse_unless_possible(row: Row, verb: str) -> None:
    """Raises Refused, with what can be done instead."""
    able = possible(row)
    if verb not in able:
        stage = standing(row) + (", paused" if row["paused_at"] else "")
        raise Refused(
            _("{number} is {status}: {verb} is not possible; possible are {verbs}").format(
                number=row["number"], status=stage, verb=verb, verbs=", ".join(able)
            )
        )


def moment(ws: Workspace, row: Row, at: datetime | None, after: str) -> datetime:
    """When something took place, now unless given; not before the moment in the column `after`. Raises Refused."""
    happened = ws.now if at is None else aware(at, ws.zone)
    if happened > ws.now:
        raise Refused(_("what happened to a case is recorded when it has taken place, not before"))
    earliest = row[after] or row["opened_at"]
    if stamp(happened) < earliest:
        message = _("{number}: {at} is before {after}, {moment}")
        told = {"number": row["number"], "at": ws.local(stamp(happened)), "moment": ws.local(earliest)}
        raise Refused(message.format(**told, after=after if row[after] else "opened_at"))
    return happened


def change(ws: Workspace, row: Row, **values: Any) -> Row:
    """Set columns of a case, and with them which clock runs now; the case as it is then."""
    runs = clocks.running(ws, values.get("hours", row["hours"]))
    changed = {**row, **values}
    values |= clocks.upcoming(Terms.stored(changed), runs, changed)
    journal.change(ws, "cases", row["id"], values)
    return {**row, **values}


def enter(ws: Workspace, row: Row, kind: str, words: str | None, at: datetime | None = None) -> None:
    """Write a line in the file: `kind` is one of `store.models.cases.ENTRIES`."""
    line: Mapping[str, Any] = {
        "case_id": row["id"],
        "at": stamp(at or ws.now),
        "author": ws.actor,
        "kind": kind,
        "words": clean_text(words or "", multiline=True),
    }
    journal.add(ws, "case_entry", [line])


def joined(*words: str | None) -> str:
    """What the program says and what somebody said to it: `closed: withdrawn`."""
    return ": ".join(clean_text(word, multiline=True) for word in words if word and word.strip())
