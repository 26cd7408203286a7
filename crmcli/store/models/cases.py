"""What they ask and complain about, and how content they are."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from crmcli.fields.words import CASE_KINDS, CASE_STATUSES, PHASES, SEVERITIES, SURVEY_KINDS
from crmcli.store.models.columns import UtcDateTime, one_of, present

CLOCKS = ("respond", "resolve", "revisit")
ENTRIES = ("note", "response", "pause", "resume", "escalation", "phase", "outcome")


class Case(SQLModel, table=True):
    """An enquiry, a complaint or a crisis, and when it has to be, and was, answered."""

    __tablename__ = "cases"
    __table_args__ = (
        one_of("kind", CASE_KINDS),
        one_of("severity", SEVERITIES),
        one_of("status", CASE_STATUSES),
        one_of("next_clock", CLOCKS),
        one_of("phase", PHASES),
        Index("cases_customer", "customer_id", "opened_at"),
        Index("cases_next", "next_due", **present("next_due")),
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
    __table_args__ = (one_of("kind", ENTRIES), Index("case_entry_case", "case_id", "at"))

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
        one_of("kind", SURVEY_KINDS),
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
