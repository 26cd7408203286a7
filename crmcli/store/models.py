"""The tables: columns, keys, constraints, indexes; no logic. The program does not import them: it has `schema.sql`.

Money is integer minor units of the policy's currency. Calendar dates are dates; instants are UTC, written as
`2026-01-05T06:30:00Z` so that both databases store, compare and sort the same text.
Columns that end in `_key` are derived from another column when a row is written (see `intake.records`)
and exist for an index: a match key of a name, the month and day of a date.
`extra` is a JSON object of the company's own fields: heading -> text. `other_phones` and `other_emails` are the
further ones in their stored form, apart by "; ".
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, TypeDecorator, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from crmcli.fields.words import (
    CASE_KINDS,
    CASE_STATUSES,
    CHANNELS,
    CONSENTS,
    DIRECTIONS,
    GRADES,
    KINDS,
    ORDER_STATUSES,
    PHASES,
    ROLES,
    SEVERITIES,
    STAGES,
    SURVEY_KINDS,
    TAG_SOURCES,
)

CLOCKS = ("respond", "resolve", "revisit")
ENTRIES = ("note", "response", "pause", "resume", "escalation", "phase", "outcome")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored as UTC text to the second."""

    impl = String(20)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    # Not IN: SQLite makes a table of three values or more and seeks in it for every row, a tenth of a large import.
    one_by_one = " OR ".join(f"{column} = '{value}'" for value in values)
    return CheckConstraint(one_by_one, name=f"{column}_known")


def _rating(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN 0 AND 5", name=f"{column}_0_to_5")


def _present(column: str) -> Any:
    """An index over the rows that have the column only: most rows of a messy list lack most columns."""
    return _where(f"{column} IS NOT NULL")


def _where(condition: str) -> Any:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Customer(SQLModel, table=True):
    """One legal organisation or one private person."""

    __table_args__ = (
        _one_of("kind", KINDS),
        _one_of("stage", STAGES),
        _one_of("consent", CONSENTS),
        _one_of("grade", GRADES),
        *(_rating(column) for column in ("strategic", "influence", "reputation", "willingness", "potential")),
        Index("customer_name", "name_key"),
        Index("customer_phone", "phone", **_present("phone")),
        Index("customer_email", "email", **_present("email")),
        Index("customer_tax_id", "tax_id", **_present("tax_id")),
        Index("customer_birthday", "birthday_key", **_present("birthday_key")),
        Index("customer_anniversary", "since_key", **_present("since_key")),
        # Only who is graded, so that a new list costs nothing here: the owners, and each one's customers of a tier.
        Index("customer_tier", "owner", "tier", "industry", **_present("tier")),
        Index("customer_lead", "owner", "grade", **_where("stage = 'lead'")),
    )

    id: int = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    name_key: str
    kind: str = "company"
    stage: str = "active"
    industry: str | None = None
    region: str | None = None
    city: str | None = None
    address: str | None = None
    postcode: str | None = None
    website: str | None = None
    tax_id: str | None = None
    phone: str | None = None
    other_phones: str | None = None
    email: str | None = None
    other_emails: str | None = None
    birthday: str | None = None
    birthday_key: str | None = None
    source: str | None = None
    referrer: str | None = None
    parent: str | None = None
    owner: str | None = None
    since: date | None = None
    since_key: str | None = None
    consent: str = "unknown"
    need: str | None = None
    budget: str | None = None
    decision: str | None = None
    strategic: int | None = None
    influence: int | None = None
    reputation: int | None = None
    willingness: int | None = None
    potential: int | None = None
    grade: str | None = Field(default=None, description="of a lead")
    grade_reason: str | None = None
    campaign: str | None = Field(default=None, description="of a lead: which partner, fair or page, within its source")
    lead_on: date | None = Field(default=None, description="when it became a lead, if not when it was recorded")
    won_on: date | None = None
    lost_on: date | None = None
    lost_reason: str | None = None
    terms: str | None = None
    note: str | None = None
    extra: str | None = Field(default=None, sa_type=Text)
    created_on: date
    tier: str | None = None
    tier_on: date | None = None
    tier_pinned_until: date | None = None
    tier_reason: str | None = None
    tier_drops: int = Field(default=0, description="reviews in a row that asked for a lower tier")
    tier_drop_on: date | None = Field(default=None, description="the day of the last of them")


class Contact(SQLModel, table=True):
    """A person at a customer."""

    __table_args__ = (
        UniqueConstraint("customer_id", "name_key", name="contact_identity"),
        _one_of("role", ROLES),
        _one_of("consent", CONSENTS),
        Index("contact_name", "name_key"),
        Index("contact_phone", "phone", **_present("phone")),
        Index("contact_email", "email", **_present("email")),
        Index("contact_birthday", "birthday_key", **_present("birthday_key")),
    )

    id: int = Field(primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    name: str
    name_key: str
    title: str | None = None
    role: str | None = None
    phone: str | None = None
    other_phones: str | None = None
    email: str | None = None
    other_emails: str | None = None
    wechat: str | None = None
    birthday: str | None = None
    birthday_key: str | None = None
    main: str = Field(default="no", description="`primary` outside: the one to call first")
    consent: str = "unknown"
    note: str | None = None
    extra: str | None = Field(default=None, sa_type=Text)


class Order(SQLModel, table=True):
    """A sale; a negative amount is a credit."""

    __tablename__ = "orders"
    __table_args__ = (
        _one_of("status", ORDER_STATUSES),
        # Covers every sum of the facts, so that grading never reads the table itself.
        Index("orders_facts", "customer_id", "ordered_on", "amount", "cost", "status"),
    )

    id: int = Field(primary_key=True)
    number: str = Field(unique=True)
    customer_id: int = Field(foreign_key="customer.id")
    ordered_on: date
    amount: int
    cost: int | None = None
    currency: str
    product: str | None = None
    category: str | None = None
    quantity: float | None = None
    status: str = "paid"
    extra: str | None = Field(default=None, sa_type=Text)


class Contract(SQLModel, table=True):
    """An agreement for a time; what is known of its renewal when it ends."""

    __table_args__ = (
        _one_of("renewed", ("yes", "no")),
        Index("contract_customer", "customer_id", "ends_on"),
        Index("contract_end", "renew_by", **_present("renew_by")),
    )

    id: int = Field(primary_key=True)
    number: str = Field(unique=True)
    customer_id: int = Field(foreign_key="customer.id")
    starts_on: date | None = None
    ends_on: date | None = None
    amount: int | None = None
    renewed: str | None = None
    renew_by: date | None = Field(default=None, description="`ends_on` while its renewal is asked for. Derived")
    extra: str | None = Field(default=None, sa_type=Text)


class Interaction(SQLModel, table=True):
    """A contact that took place, and what it promised."""

    __table_args__ = (
        # Two talks of one day without a topic are two rows: `nth` tells them apart, in file order.
        UniqueConstraint("customer_id", "at", "topic", "nth", name="interaction_identity"),
        _one_of("channel", CHANNELS),
        _one_of("direction", DIRECTIONS),
        Index("interaction_contact", "customer_id", "contact_on", "channel"),
        Index("interaction_next", "next_due", **_where("next_due IS NOT NULL AND next_settled_on IS NULL")),
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


class Case(SQLModel, table=True):
    """An enquiry, a complaint or a crisis, and when it has to be, and was, answered."""

    __tablename__ = "cases"
    __table_args__ = (
        _one_of("kind", CASE_KINDS),
        _one_of("severity", SEVERITIES),
        _one_of("status", CASE_STATUSES),
        _one_of("next_clock", CLOCKS),
        _one_of("phase", PHASES),
        Index("cases_customer", "customer_id", "opened_at"),
        Index("cases_next", "next_due", **_present("next_due")),
    )

    id: int = Field(primary_key=True)
    number: str = Field(unique=True)
    customer_id: int = Field(foreign_key="customer.id")
    kind: str = "complaint"
    severity: str = "minor"
    opened_at: datetime = Field(sa_type=UtcDateTime)
    respond_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    responded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolve_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revisit_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revisited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    owner: str | None = None
    status: str = "open"
    cause: str | None = None
    lesson: str | None = None
    topic: str | None = None
    responder: str | None = Field(
        default=None, description="who was asked first, and so is responsible until handed on"
    )
    phase: str | None = Field(default=None, description="of a crisis")
    hours: str | None = Field(default=None, description="working or clock: how its clocks count")
    clock: str | None = Field(default=None, description="JSON: the policy's clock as it was given (care.cases.clocks)")
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="waiting for the customer since")
    next_clock: str | None = Field(default=None, description="the clock that runs now; the next two are its moments")
    next_due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_warn: datetime | None = Field(default=None, sa_type=UtcDateTime)
    estimated: str | None = Field(default=None, description="the years whose holidays its clocks had to guess: 2027")
    extra: str | None = Field(default=None, sa_type=Text)


class CaseEntry(SQLModel, table=True):
    """One line in the file of a case: what was said, found or done, when and by whom."""

    __tablename__ = "case_entry"
    __table_args__ = (_one_of("kind", ENTRIES), Index("case_entry_case", "case_id", "at"))

    id: int = Field(primary_key=True)
    case_id: int = Field(foreign_key="cases.id")
    at: datetime = Field(sa_type=UtcDateTime)
    author: str
    kind: str = "note"
    words: str = Field(sa_type=Text)


class Survey(SQLModel, table=True):
    """One answer about satisfaction: CSAT 1 to 5, NPS 0 to 10."""

    __table_args__ = (
        # Two answers of one moment are two rows: `nth` tells them apart, in file order.
        UniqueConstraint("customer_id", "kind", "at", "nth", name="survey_identity"),
        _one_of("kind", SURVEY_KINDS),
        CheckConstraint("score BETWEEN 0 AND 10", name="score_in_range"),
    )

    id: int = Field(primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    kind: str = "csat"
    score: float
    at: datetime = Field(sa_type=UtcDateTime)
    nth: int = 1
    comment: str | None = None
    case_number: str | None = Field(default=None, description="`case` outside: the number of the case it is about")
    extra: str | None = Field(default=None, sa_type=Text)


class Tag(SQLModel, table=True):
    """`dimension:value` on a customer, set by hand or by a rule of the policy."""

    __table_args__ = (
        UniqueConstraint("customer_id", "dimension", "value", name="tag_identity"),
        _one_of("source", TAG_SOURCES),
        Index("tag_value", "dimension", "value", "source"),
    )

    id: int = Field(primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    dimension: str
    value: str
    source: str
    since: date


class Settlement(SQLModel, table=True):
    """What somebody decided about one due item without a contact: done, snoozed or skipped."""

    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "ref", "planned_on", name="settlement_identity"),
        _one_of("decision", ("done", "snoozed", "skipped")),
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


class Step(SQLModel, table=True):
    """One thing to do at one customer, from a playbook that an event started; it is whole without the policy."""

    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "playbook", "number", "nth", name="step_identity"),
        Index("step_due", "due_on", **_where("settled_on IS NULL")),
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


class Member(SQLModel, table=True):
    """Somebody of the team: an owner of customers, leads or cases, under the name that `owner` columns have."""

    __table_args__ = (_one_of("active", ("yes", "no")), CheckConstraint("capacity >= 0", name="capacity_not_negative"))

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
        _one_of("why", ("assign", "handoff", "lead", "stale", "late")),
        Index("assignment_customer", "customer_id", "assigned_on"),
        Index("assignment_owner", "owner", "assigned_on"),
        Index("assignment_open", "assigned_on", **_where("packet IS NOT NULL AND acknowledged_on IS NULL")),
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


class Review(SQLModel, table=True):
    """What somebody decided about a tier review that was due with an owner."""

    __table_args__ = (
        UniqueConstraint("owner", "planned_on", name="review_identity"),
        _one_of("decision", ("done", "snoozed", "skipped")),
    )

    id: int = Field(primary_key=True)
    owner: str = Field(default="", description="empty: the customers without an owner")
    planned_on: date
    decision: str
    settled_on: date
    until: date | None = None
    reason: str | None = None


class FormerCode(SQLModel, table=True):
    """The code of a customer that was merged into another: it finds that one."""

    __tablename__ = "former_code"

    id: int = Field(primary_key=True)
    code: str = Field(unique=True)
    customer_id: int = Field(foreign_key="customer.id", index=True)
    since: date


class DistinctPair(SQLModel, table=True):
    """Two customers that somebody has said are not the same; `left_id` is the smaller id."""

    __tablename__ = "distinct_pair"
    __table_args__ = (UniqueConstraint("left_id", "right_id", name="distinct_identity"),)

    id: int = Field(primary_key=True)
    left_id: int = Field(foreign_key="customer.id")
    right_id: int = Field(foreign_key="customer.id", index=True)
    since: date


class Touch(SQLModel, table=True):
    """The next contact that a customer's tier asks for. Derived: rewritten from tier, policy, contacts, settlements."""

    __table_args__ = (Index("touch_due", "due_on"), {"sqlite_with_rowid": False})

    customer_id: int = Field(primary_key=True, foreign_key="customer.id")
    touch: str = Field(primary_key=True)
    base_on: date = Field(description="the day the cadence counts from")
    planned_on: date = Field(description="base and cadence; part of the item's key")
    due_on: date = Field(description="planned_on, or the day it was snoozed to")


class Policy(SQLModel, table=True):
    """A version of the policy; the newest is in force."""

    id: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    name: str
    source: str = Field(sa_type=Text, description="the TOML as it was given, comments included")
    digest: str = Field(sa_type=Text, description="what the daily reads need of it, as JSON (see policy.schema.digest)")


class Operation(SQLModel, table=True):
    """One command that wrote."""

    __table_args__ = (_one_of("kind", ("write", "undo", "redo")),)

    id: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    command: str
    kind: str = "write"
    summary: str = ""
    rows: int = 0
    policy_id: int | None = None
    target_id: int | None = Field(default=None, description="the operation that an undo or redo is about")
    undone_by: int | None = Field(default=None, description="the undo that reversed this one")


class Change(SQLModel, table=True):
    """One row that an operation touched, as it was before."""

    __table_args__ = (
        _one_of("action", ("added", "changed", "removed")),
        Index("change_row", "entity", "row_id", "operation_id"),
        {"sqlite_with_rowid": False},
    )

    operation_id: int = Field(primary_key=True, foreign_key="operation.id")
    entity: str = Field(primary_key=True)
    row_id: int = Field(primary_key=True)
    action: str
    computed: int = Field(default=0, description="1: by a rule of the policy; never in the way of an undo")
    line: int | None = Field(default=None, description="the line of the imported file")
    before: str | None = Field(default=None, sa_type=Text, description="JSON: changed columns, or the removed row")


class ChangeSpan(SQLModel, table=True):
    """Rows one after the other that a rule of the policy added, or changed alike: one for them all (see `journal`)."""

    __tablename__ = "change_span"
    __table_args__ = (
        _one_of("action", ("added", "changed")),
        Index("change_span_row", "entity", "first_id"),
        {"sqlite_with_rowid": False},
    )

    operation_id: int = Field(primary_key=True, foreign_key="operation.id")
    entity: str = Field(primary_key=True)
    first_id: int = Field(primary_key=True)
    last_id: int
    action: str
    before: str | None = Field(default=None, sa_type=Text, description="JSON, as of each of the rows")


class Batch(SQLModel, table=True):
    """The receipt of one imported file."""

    id: int = Field(primary_key=True)
    operation_id: int | None = Field(default=None, foreign_key="operation.id")
    at: datetime = Field(sa_type=UtcDateTime)
    file: str
    entity: str
    encoding: str
    read: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    repaired: int
    duplicates: int
    rejects_file: str | None = None
    fingerprint: str | None = Field(default=None, index=True, description="see intake.repeats")
    rejected_lines: str | None = Field(default=None, sa_type=Text, description="JSON: the lines handed back")
    closes_id: int | None = Field(default=None, index=True, description="the import whose mended rows this one has")
    closed_lines: str | None = Field(default=None, sa_type=Text, description="JSON: on which of its lines they stood")
    seen_operation: int | None = Field(default=None, description="the newest operation when the import was done")


class Notification(SQLModel, table=True):
    """A day's list that was sent; one a day, owner and channel. What has gone out is not undone: no journal."""

    __table_args__ = (UniqueConstraint("day", "owner", "channel", name="notification_identity"),)

    id: int = Field(primary_key=True)
    day: date
    owner: str
    channel: str = Field(description="without its secrets")
    at: datetime = Field(sa_type=UtcDateTime)
    items: int
