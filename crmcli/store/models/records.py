"""What the program keeps of its own work: policies, operations with every change, imported files."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from crmcli.store.models.columns import UtcDateTime, one_of


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

    __table_args__ = (one_of("kind", ("write", "undo", "redo")),)

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
        one_of("action", ("added", "changed", "removed")),
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
        one_of("action", ("added", "changed")),
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
