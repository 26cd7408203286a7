"""Kinds of columns, checks and indexes that several tables have."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, String, TypeDecorator, text


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored as UTC text to the second."""

    impl = String(20)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """The column has one of these words, or none."""
    # Not IN: SQLite makes a table of three values or more and seeks in it for every row, a tenth of a large import.
    one_by_one = " OR ".join(f"{column} = '{value}'" for value in values)
    return CheckConstraint(one_by_one, name=f"{column}_known")


def rating(column: str) -> CheckConstraint:
    """The column has a mark from 0 to 5, or none."""
    return CheckConstraint(f"{column} BETWEEN 0 AND 5", name=f"{column}_0_to_5")


def present(column: str) -> Any:
    """An index over the rows that have the column only: most rows of a messy list lack most columns."""
    return where(f"{column} IS NOT NULL")


def where(condition: str) -> Any:
    """An index over the rows that fulfil the condition only."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
