"""What SQLite and PostgreSQL say differently, in one place; everything else in `policy` is portable SQL.

No colon leaves here except before a parameter's name: whoever binds by those finds the parameters, nothing else.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

Dialect = Literal["sqlite", "postgresql"]

# Gives a day number (SQLite) or a date (PostgreSQL): the difference of two is days in both.
_DAY = {"sqlite": "julianday", "postgresql": "date"}
_CHARACTER = {"sqlite": "char", "postgresql": "chr"}


def date_parameter(name: str, dialect: Dialect) -> str:
    """A bound date, given as ISO text; PostgreSQL does not compare dates with text by itself."""
    return f":{name}" if dialect == "sqlite" else f"CAST(:{name} AS DATE)"


def date_literal(day: date, dialect: Dialect) -> str:
    return f"'{day.isoformat()}'" if dialect == "sqlite" else f"DATE '{day.isoformat()}'"


def number_literal(value: int | Decimal, dialect: Dialect) -> str:
    """A number in a rule. PostgreSQL takes 0.1 as a decimal fraction, of which other sums come than of SQLite's, and a
    short whole number as one of 32 bits, of which some sums do not come at all.
    """
    digits = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if dialect == "postgresql":
        digits = f"FLOAT8 '{digits}'" if isinstance(value, Decimal) else f"BIGINT '{digits}'"
    return f"({digits})" if value < 0 else digits


def real_literal(value: Decimal | int) -> str:
    """A floating-point number, and what is calculated with it is one, too, in both: for facts and shares."""
    return f"CAST({value:f} AS DOUBLE PRECISION)"


def rounded(sql: str, dialect: Dialect) -> str:
    """What is calculated, to six decimals, so that it equals the number that a person gets: 0.3 - 0.2 is 0.1."""
    return f"round({sql}, 6)" if dialect == "sqlite" else f"CAST(round(CAST({sql} AS NUMERIC), 6) AS FLOAT8)"


def real(dialect: Dialect) -> str:
    """1 as a floating-point number, in as few parentheses as can be: for rules, where SQLite limits them."""
    return "1.0" if dialect == "sqlite" else "FLOAT8 '1'"


def text_literal(text: str, dialect: Dialect) -> str:
    """A quoted string; its colons are written as characters (see the top of the module)."""
    colon = f"' || {_CHARACTER[dialect]}(58) || '"
    quoted = "'" + text.replace("'", "''").replace(":", colon) + "'"
    return f"({quoted})" if ":" in text else quoted


def own_field(heading: str, dialect: Dialect) -> str:
    """The text of a field of the company's own, of the customer of a row of `facts`; NULL without it."""
    name = text_literal(heading, dialect)
    if dialect == "sqlite":
        # Not a JSON path: a heading may hold any sign.
        found = f"SELECT own.value FROM customer, json_each(customer.extra) AS own WHERE own.key = {name} AND"
    else:
        found = f"SELECT CAST(customer.extra AS json) ->> {name} FROM customer WHERE"
    return f"({found} customer.id = facts.customer_id)"


def days_between(earlier: str, later: str, dialect: Dialect) -> str:
    """Whole days from one SQL date to another, an integer; NULL if either is."""
    day = _DAY[dialect]
    return f"CAST({day}({later}) - {day}({earlier}) AS INTEGER)"
