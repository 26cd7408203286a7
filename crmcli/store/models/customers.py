"""Who the customers are: their people, tags, and the codes they had before."""

from datetime import date

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from crmcli.fields.words import CONSENTS, GRADES, KINDS, ROLES, STAGES, TAG_SOURCES
from crmcli.store.models.columns import one_of, present, rating, where


class Customer(SQLModel, table=True):
    """One legal organisation or one private person."""

    __table_args__ = (
        one_of("kind", KINDS),
        one_of("stage", STAGES),
        one_of("consent", CONSENTS),
        one_of("grade", GRADES),
        *(rating(column) for column in ("strategic", "influence", "reputation", "willingness", "potential")),
        Index("customer_name", "name_key"),
        Index("customer_phone", "phone", **present("phone")),
        Index("customer_email", "email", **present("email")),
        Index("customer_tax_id", "tax_id", **present("tax_id")),
        Index("customer_birthday", "birthday_key", **present("birthday_key")),
        Index("customer_anniversary", "since_key", **present("since_key")),
        # Only who is graded, so that a new list costs nothing here: the owners, and each one's customers of a tier.
        Index("customer_tier", "owner", "tier", "industry", **present("tier")),
        Index("customer_lead", "owner", "grade", **where("stage = 'lead'")),
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
        one_of("role", ROLES),
        one_of("consent", CONSENTS),
        Index("contact_name", "name_key"),
        Index("contact_phone", "phone", **present("phone")),
        Index("contact_email", "email", **present("email")),
        Index("contact_birthday", "birthday_key", **present("birthday_key")),
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


class Tag(SQLModel, table=True):
    """`dimension:value` on a customer, set by hand or by a rule of the policy."""

    __table_args__ = (
        UniqueConstraint("customer_id", "dimension", "value", name="tag_identity"),
        one_of("source", TAG_SOURCES),
        Index("tag_value", "dimension", "value", "source"),
    )

    id: int = Field(primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    dimension: str
    value: str
    source: str
    since: date


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
