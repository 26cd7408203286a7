"""Keys of due items, read back: `touch:C000001:deep-talk:2026-12-01`, `birthday:C000001:K12:2026-12-03`, `action:4`."""

import re
from dataclasses import dataclass
from datetime import date

from crmcli.care.renewals import contracts_called
from crmcli.errors import NotFound
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


@dataclass(frozen=True)
class Key:
    """The key of an item, open or not, of a customer.

    `kind` and `ref`, what it is of, are as the table `settlement` has them: a survey's are those of a touch.
    """

    text: str
    kind: str
    customer: Row
    ref: str
    planned_on: date


def parse(ws: Workspace, text: str) -> Key:
    """Read the key of an item of one of `items.KINDS`.

    Raises:
        NotFound: it is not written as a key, or there is no such customer or interaction.
    """
    kind, _colon, rest = text.partition(":")
    if kind == "action":
        return _action(ws, text, rest)
    # From the right, because a code may hold a colon.
    before, _colon, day = rest.rpartition(":")
    if kind == "renewal":
        return _renewal(ws, text, before, day)
    if kind in ("touch", "survey", "festival"):
        code, _colon, ref = before.rpartition(":")
    else:
        code, ref = before, ""
        if kind == "birthday" and (person := re.fullmatch(r"(.+):(K[0-9]{1,18})", before)):
            code, ref = person.groups()
    customer = customer_called(ws, code)
    if customer is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII):
        raise unknown(text)
    try:
        return Key(text, "touch" if kind == "survey" else kind, customer, ref, date.fromisoformat(day))
    except ValueError:
        raise unknown(text) from None


def _renewal(ws: Workspace, text: str, named: str, day: str) -> Key:
    for contract, customer_id in contracts_called(ws, named).items():
        customer = ws.db.first("SELECT * FROM customer WHERE id = :id", {"id": customer_id})
        if customer is not None and re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII):
            try:
                return Key(text, "renewal", customer, str(contract), date.fromisoformat(day))
            except ValueError:
                break
    raise unknown(text)


def _action(ws: Workspace, text: str, number: str) -> Key:
    found = None
    if re.fullmatch(r"[1-9][0-9]{0,17}", number):
        found = ws.db.first("SELECT customer_id, next_due FROM interaction WHERE id = :id", {"id": int(number)})
    if found is None or found["next_due"] is None:
        raise unknown(text)
    customer = ws.db.first("SELECT * FROM customer WHERE id = :id", {"id": found["customer_id"]})
    assert customer is not None
    return Key(text, "action", customer, number, date.fromisoformat(found["next_due"]))


def customer_called(ws: Workspace, code: str) -> Row | None:
    """The customer that has the code, or had it before it was merged."""
    return ws.db.first("SELECT * FROM customer WHERE code = :code", {"code": code}) or ws.db.first(
        "SELECT * FROM customer WHERE id = (SELECT customer_id FROM former_code WHERE code = :code)", {"code": code}
    )


def unknown(text: str, hint: str | None = None) -> NotFound:
    """What to raise where nothing is, or was, called so."""
    return NotFound(_("there is no item {key}").format(key=text), hint=hint or _("see: crm due"))
