"""The end of a lead: it is won, and from then on a customer, or it is lost, for a reason."""

from dataclasses import dataclass
from datetime import date

from crmcli.calendars import parse_when
from crmcli.care import events
from crmcli.care.leads.grading import one
from crmcli.care.leads.stages import days
from crmcli.errors import BadValue, InvalidInput, Refused, UsageError
from crmcli.i18n import _
from crmcli.intake import records
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import clean_text


@dataclass(frozen=True)
class Won:
    """A lead that was won.

    Attributes:
        days: from becoming a lead to being won.
        referrer: whom it names as referrer: "CODE NAME" where that is one customer, else the text itself.
        referred: whether it is one customer; only then something may follow at the referrer.
        order: the number of its first order, if one was named or made.
    """

    code: str
    name: str
    owner: str | None
    source: str | None
    won_on: date
    days: int
    referrer: str | None
    referred: bool
    order: str | None


def win_lead(
    ws: Workspace, lead: str, *, order: str | None = None, amount: str | None = None, on: str | None = None
) -> Won:
    """Make a lead an active customer; its contacts, people and history stay.

    Args:
        order: the number of its first order: one that is there, or a new one of `amount`.
        amount: of its first order; without `order` it gets the next number.
        on: the day, as a DATE argument; today unless given.

    Raises:
        NotFound: nobody is called so. InvalidInput: the day or amount cannot be read, or a new order has no amount.
        Refused: it is no lead, the day is to come or before it was a lead, or the order is another customer's.
    """
    row = one(ws, lead)
    day = _day(ws, row, on)
    number = _first_order(ws, row, order, amount, day)
    after = {**row, "stage": "active"}
    journal.change(ws, "customer", row["id"], {"stage": "active", **days(after, "lead", day)})
    lead_on = date.fromisoformat(row["lead_on"] or row["created_on"])
    referrer, referred = _referrer(ws, row)
    ws.summary = _("{code} {name} won on {day}").format(code=row["code"], name=row["name"], day=day)
    return Won(
        row["code"], row["name"], row["owner"], row["source"], day, (day - lead_on).days, referrer, referred, number
    )


def lose_lead(ws: Workspace, lead: str, reason: str) -> Row:
    """Close a lead that comes to nothing: code, name, owner, lost_on and lost_reason.

    Raises:
        NotFound: nobody is called so. Refused: it is no lead. UsageError: there is no reason.
    """
    said = clean_text(reason)
    if not said:
        raise UsageError(_("a lead is lost for a reason"), hint=_("--reason TEXT"))
    row = one(ws, lead)
    after = {**row, "stage": "lost"}
    values = {"stage": "lost", **days(after, "lead", ws.today), "lost_reason": said}
    journal.change(ws, "customer", row["id"], values)
    ws.summary = _("{code} {name} lost: {reason}").format(code=row["code"], name=row["name"], reason=said)
    return {**{key: row[key] for key in ("code", "name", "owner")}, "lost_on": values["lost_on"], "lost_reason": said}


def _day(ws: Workspace, row: Row, on: str | None) -> date:
    try:
        day = ws.today if on is None else parse_when(on, ws.today)
    except BadValue as error:
        raise InvalidInput(_("--on {value}: {reason}").format(value=(on or "")[:60], reason=error.reason)) from error
    if day > ws.today:
        raise Refused(_("a lead is won when it has been won, not before"))
    lead_on = row["lead_on"] or row["created_on"]
    if day.isoformat() < lead_on:
        raise Refused(_("{code} became a lead on {day} only").format(code=row["code"], day=lead_on))
    return day


def _first_order(ws: Workspace, row: Row, order: str | None, amount: str | None, day: date) -> str | None:
    """The number of the order that it is won with: one of its own that is there, else a new one."""
    number = clean_text(order or "")
    if order is not None and not number:
        raise UsageError(_("the number of the order is empty"))
    known = ws.db.first("SELECT customer_id FROM orders WHERE number = :number", {"number": number})
    if known is not None and known["customer_id"] != row["id"]:
        raise Refused(_("the order {number} is another customer's").format(number=number))
    if known is not None and amount is not None:
        hint = _("leave --amount out, or: crm order edit {number} amount=…").format(number=number)
        raise Refused(_("there is an order {number} already").format(number=number), hint=hint)
    if known is not None or (order is None and amount is None):
        return number or None
    given = {"number": number, "amount": amount or "", "ordered_on": day.isoformat()}
    made = records.add_order(ws, row["code"], {key: text for key, text in given.items() if text})
    return str(made["number"])


def _referrer(ws: Workspace, row: Row) -> tuple[str | None, bool]:
    """Who referred it, and whether that is one customer."""
    found = events.referrer(ws, row)
    return (row["referrer"], False) if found is None else (f"{found['code']} {found['name']}", True)
