"""What they buy: orders and contracts."""

from datetime import date

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from crmcli.fields.words import ORDER_STATUSES
from crmcli.store.models.columns import one_of, present


class Order(SQLModel, table=True):
    """A sale; a negative amount is a credit."""

    __tablename__ = "orders"
    __table_args__ = (
        one_of("status", ORDER_STATUSES),
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
        one_of("renewed", ("yes", "no")),
        Index("contract_customer", "customer_id", "ends_on"),
        Index("contract_end", "renew_by", **present("renew_by")),
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
