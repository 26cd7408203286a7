"""How they are looked after: contacts that took place, what is planned, who settles it, who is responsible."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from crmcli.fields.words import CHANNELS, DIRECTIONS
from crmcli.store.models.columns import UtcDateTime, one_of, where


class Interaction(SQLModel, table=True):
    """A contact that took place, and what it promised."""

    __table_args__ = (
        # Two talks of one day without a topic are two rows: `nth` tells them apart, in file order.
        UniqueConstraint("customer_id", "at", "topic", "nth", name="interaction_identity"),
        one_of("channel", CHANNELS),
        one_of("direction", DIRECTIONS),
        Index("interaction_contact", "customer_id", "contact_on", "channel"),
        Index("interaction_next", "next_due", **where("next_due IS NOT NULL AND next_settled_on IS NULL")),
    )

    id: int = Field(primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    at: datetime = Field(sa_type=UtcDateTime)
    contact_on: date = Field(description="the day of `at` in the policy's time zone")
    topic: str = ""
    nth: int = 1
    channel: str = "other"
    direction: str = "out"
    owner: str | None = None
    participants: str | None = None
    feedback: str | None = None
    next_action: str | None = None
    next_due: date | None = None
    next_settled_on: date | None = Field(default=None, description="when the next action was done or skipped")
    answers: str | None = Field(default=None, description="the key of the due item it settled")
    extra: str | None = Field(default=None, sa_type=Text)


class Touch(SQLModel, table=True):
    """The next contact that a customer's tier asks for. Derived: rewritten from tier, policy, contacts, settlements."""

    __table_args__ = (Index("touch_due", "due_on"), {"sqlite_with_rowid": False})

    customer_id: int = Field(primary_key=True, foreign_key="customer.id")
    touch: str = Field(primary_key=True)
    base_on: date = Field(description="the day the cadence counts from")
    planned_on: date = Field(description="base and cadence; part of the item's key")
    due_on: date = Field(description="planned_on, or the day it was snoozed to")


class Step(SQLModel, table=True):
    """One thing to do at one customer, from a playbook that an event started; it is whole without the policy."""

    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "playbook", "number", "nth", name="step_identity"),
        Index("step_due", "due_on", **where("settled_on IS NULL")),
    )

    id: int = Field(primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    kind: str = Field(description="what the due item is called: retention, lead or case")
    playbook: str
    number: int = Field(description="its place in the playbook, from 1")
    nth: int = Field(default=1, description="which time the customer is in the playbook")
    event: str = Field(
        description="as the policy writes it: tag:risk=churn-risk, tier:KEY, grade:KEY; case:KIND=NUMBER"
    )
    started_on: date
    due_on: date
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="where its time is in hours")
    channel: str
    action: str = Field(sa_type=Text, description="JSON: {en, zh}")
    title: str = Field(sa_type=Text, description="JSON: {en, zh}, the playbook's name")
    settled_on: date | None = None
    how: str | None = Field(default=None, description="done, skipped, or ended: what started it is no longer so")


class Settlement(SQLModel, table=True):
    """What somebody decided about one due item without a contact: done, snoozed or skipped."""

    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "ref", "planned_on", name="settlement_identity"),
        one_of("decision", ("done", "snoozed", "skipped")),
    )

    id: int = Field(primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    key: str = Field(description="what the due item was called then; a customer's code may change")
    kind: str
    ref: str = Field(description="what the item is of: a touch's key, an interaction, a contact")
    planned_on: date
    decision: str
    settled_on: date
    until: date | None = None
    reason: str | None = None


class Review(SQLModel, table=True):
    """What somebody decided about a tier review that was due with an owner."""

    __table_args__ = (
        UniqueConstraint("owner", "planned_on", name="review_identity"),
        one_of("decision", ("done", "snoozed", "skipped")),
    )

    id: int = Field(primary_key=True)
    owner: str = Field(default="", description="empty: the customers without an owner")
    planned_on: date
    decision: str
    settled_on: date
    until: date | None = None
    reason: str | None = None


class Member(SQLModel, table=True):
    """Somebody of the team: an owner of customers, leads or cases, under the name that `owner` columns have."""

    __table_args__ = (one_of("active", ("yes", "no")), CheckConstraint("capacity >= 0", name="capacity_not_negative"))

    id: int = Field(primary_key=True)
    name: str = Field(unique=True)
    role: str | None = None
    manager: str | None = Field(default=None, description="a member's name")
    capacity: int | None = Field(default=None, description="how many customers and leads at most")
    active: str = "yes"
    email: str | None = None
    notify: str | None = Field(
        default=None, description="where the day's list goes: mail, or a channel of the settings"
    )


class Assignment(SQLModel, table=True):
    """A customer got an owner, or another one; a hand-over is due with the new one until it is acknowledged."""

    __table_args__ = (
        one_of("why", ("assign", "handoff", "lead", "stale", "late")),
        Index("assignment_customer", "customer_id", "assigned_on"),
        Index("assignment_owner", "owner", "assigned_on"),
        Index("assignment_open", "assigned_on", **where("packet IS NOT NULL AND acknowledged_on IS NULL")),
    )

    id: int = Field(primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    from_owner: str | None = None
    owner: str | None = Field(default=None, description="None: back in the pool")
    assigned_on: date
    why: str = "assign"
    reason: str | None = None
    packet: str | None = Field(default=None, sa_type=Text, description="JSON: terms, promises, cases at the hand-over")
    acknowledged_on: date | None = None


class Notification(SQLModel, table=True):
    """A day's list that was sent; one a day, owner and channel. What has gone out is not undone: no journal."""

    __table_args__ = (UniqueConstraint("day", "owner", "channel", name="notification_identity"),)

    id: int = Field(primary_key=True)
    day: date
    owner: str
    channel: str = Field(description="without its secrets")
    at: datetime = Field(sa_type=UtcDateTime)
    items: int
