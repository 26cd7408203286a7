"""The page to read before a call: who it is, what was agreed, what is due, what was said and bought last."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from crmcli import i18n
from crmcli.calendars import birthdays_between
from crmcli.care import due
from crmcli.care.items import KINDS, Item, Scope
from crmcli.policy.counting import BY_TODAY, IS_ORDER
from crmcli.reports import lists
from crmcli.store import finding, own_fields
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import format_money

_AHEAD = timedelta(days=366)
_BIRTHDAYS_AHEAD = timedelta(days=30)
_CONTACTS_SHOWN = 5
_ORDERS_SHOWN = 3
_TO_DO = tuple(kind for kind in KINDS if kind not in ("birthday", "anniversary", "festival", "review"))
_OF_A_LEAD = ("grade", "grade_reason", "campaign", "lead_on", "won_on", "lost_on", "lost_reason")


@dataclass(frozen=True)
class Due:
    """One thing to do: a touch of the tier, an open promise, a step, a clock of a case, a hand-over, a renewal, …"""

    kind: str
    due_on: str
    late_days: int
    action: str
    channel: str | None
    reason: str
    key: str


@dataclass(frozen=True)
class Birthday:
    """A birthday within 30 days, of the customer or of a person there."""

    on: str
    name: str
    birthday: str


@dataclass(frozen=True)
class Brief:
    """Everything of one customer that a caller wants to know.

    Attributes:
        customer: the fields of `list`, and `tier_label`, `pinned_until`, `orders_total`, `last_order_on`, `owner_role`,
            `owner_active` (yes or no; None of who is not in the team), `handed_over_by`, `handed_over_on`,
            `acknowledged_on` (of the newest hand-over, if it was to this owner), and what a lead has or had: `grade`,
            `grade_reason`, `campaign`, `lead_on`, `won_on`, `lost_on`, `lost_reason`; money in cents.
        contacts: the people, the primary one first.
        due: what is to be done within a year, the most urgent first.
        interactions: the last 5 contacts; `at` in UTC.
        orders: the last 3 orders, whatever their status; money in cents.
        own_fields: what the company keeps beside the fields that every company has, by heading.
    """

    customer: Row
    contacts: list[Row]
    due: list[Due]
    birthdays: list[Birthday]
    interactions: list[Row]
    orders: list[Row]
    own_fields: dict[str, str]


def brief(ws: Workspace, customer: str) -> Brief:
    """The brief of the one customer that `customer` names.

    Raises:
        NotFound: nobody, or several, answer to it.
    """
    found = finding.customer(ws, customer)
    (row,) = lists.customers(ws, code=found["code"])
    people = lists.contacts(ws, customer=found["code"])
    return Brief(
        customer={
            **row,
            "tier_label": _tier_label(ws, row["tier"]),
            "pinned_until": found["tier_pinned_until"],
            **_orders_ever(ws, found["id"]),
            **_owner(ws, found),
            **_lead(found),
        },
        contacts=people,
        due=_due(ws, found["id"]),
        birthdays=_birthdays(ws.today, [found, *people]),
        interactions=_interactions(ws, found["id"]),
        orders=list(islice(lists.orders(ws, customer=found["code"]), _ORDERS_SHOWN)),
        own_fields=own_fields.of(found["extra"]),
    )


def document(brief: Brief) -> Row:
    """The brief as one flat object with nested lists, as `show -f json` writes it; money as decimal strings.

    Its keys are those of `customer`, but `contacts` is the list of people; `due`, `birthdays`,
    `interactions`, `orders` and `own_fields` are added.
    """
    money = ("amount_12m", "amount_total")
    named = (
        "name", "title", "role", "phone", "email", "wechat", "birthday", "primary", "consent", "note",
        "other_phones", "other_emails",
    )  # fmt: skip
    said = (
        "at",
        "channel",
        "direction",
        "owner",
        "participants",
        "topic",
        "feedback",
        "next_action",
        "next_due",
    )
    sold = ("number", "ordered_on", "amount", "currency", "product", "category", "quantity", "status")
    return {
        **{key: format_money(value) if key in money else value for key, value in brief.customer.items()},
        "contacts": [{key: row[key] for key in named} for row in brief.contacts],
        "due": [asdict(item) for item in brief.due],
        "birthdays": [asdict(item) for item in brief.birthdays],
        "interactions": [{key: row[key] for key in said} for row in brief.interactions],
        "orders": [{**{key: row[key] for key in sold}, "amount": format_money(row["amount"])} for row in brief.orders],
        "own_fields": brief.own_fields,
    }


def _tier_label(ws: Workspace, tier: str | None) -> str | None:
    known: dict[str, Any] = ws.digest["tiers"].get(tier, {})
    label: str | None = known.get("label", {}).get(i18n.language(), tier)
    return label


def _orders_ever(ws: Workspace, customer_id: int) -> Row:
    """How many orders there were, and the day of the last: without credits, cancelled and returned ones."""
    found = ws.db.first(
        "SELECT count(*) AS orders_total, max(o.ordered_on) AS last_order_on FROM orders AS o "
        f"WHERE o.customer_id = :id AND {IS_ORDER} AND {BY_TODAY}",
        {"id": customer_id, "today": ws.today.isoformat()},
    )
    assert found is not None
    return found


def _lead(customer: Row) -> Row:
    """What it has, or had, as a lead; who was recorded as one is one since that day."""
    known = {name: customer[name] for name in _OF_A_LEAD}
    recorded = customer["created_on"] if customer["stage"] == "lead" else None
    return {**known, "lead_on": known["lead_on"] or recorded}


def _owner(ws: Workspace, customer: Row) -> Row:
    """Who the owner is in the team, and from whom they took the customer over."""
    member = ws.db.first("SELECT role, active FROM member WHERE name = :owner", customer) or {}
    handed = ws.db.first(
        "SELECT from_owner, assigned_on, acknowledged_on, owner, packet IS NOT NULL AS packed FROM assignment "
        "WHERE customer_id = :id ORDER BY id DESC LIMIT 1",
        customer,
    )
    taken = handed if handed and handed["packed"] and handed["owner"] == customer["owner"] else {}
    return {
        "owner_role": member.get("role"),
        "owner_active": member.get("active"),
        "handed_over_by": taken.get("from_owner"),
        "handed_over_on": taken.get("assigned_on"),
        "acknowledged_on": taken.get("acknowledged_on"),
    }


def _due(ws: Workspace, customer_id: int) -> list[Due]:
    scope = Scope(ws.today, ws.today + _AHEAD, customer_id=customer_id)
    return [_as_due(item, ws.today) for item in due.coming(ws, scope, kinds=_TO_DO)]


def _as_due(item: Item, today: date) -> Due:
    late = max(0, (today - item.due_on).days)
    return Due(item.kind, item.due_on.isoformat(), late, item.action, item.channel, item.reason, item.key)


def _birthdays(today: date, rows: list[Row]) -> list[Birthday]:
    coming = [
        Birthday(day.isoformat(), row["name"], row["birthday"])
        for row in rows
        if row["birthday_key"]
        for day in birthdays_between(row["birthday"], today, today + _BIRTHDAYS_AHEAD)
    ]
    return sorted(coming, key=lambda birthday: birthday.on)


def _interactions(ws: Workspace, customer_id: int) -> list[Row]:
    return ws.db.rows(
        "SELECT * FROM interaction WHERE customer_id = :id ORDER BY contact_on DESC, at DESC, id DESC LIMIT :limit",
        {"id": customer_id, "limit": _CONTACTS_SHOWN},
    )
