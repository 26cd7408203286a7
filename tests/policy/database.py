"""An empty database in memory, with the tables that the program makes."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crmcli.store.creating import SCHEMA
from crmcli.store.database import Database

_CUSTOMER = {
    "kind": "company",
    "stage": "active",
    "consent": "unknown",
    "created_on": "2020-01-01",
    "tier_drops": 0,
}


def empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(SCHEMA.read_text("utf-8"))
    return connection


def door(connection: sqlite3.Connection) -> Database:
    """The connection as the program has it."""
    opened = Database.__new__(Database)
    opened.path, opened.readonly, opened._connection = Path(":memory:"), False, connection
    return opened


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    columns = ", ".join(row)
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


def add_customer(connection: sqlite3.Connection, number: int, **columns: Any) -> None:
    name = columns.get("name", f"Customer {number}")
    row = {"id": number, "code": f"C{number}", "name": name, "name_key": name.lower(), **_CUSTOMER, **columns}
    insert(connection, "customer", row)


def add_contact(connection: sqlite3.Connection, number: int, customer: int, **columns: Any) -> None:
    row = {
        "id": number,
        "customer_id": customer,
        "name": f"P{number}",
        "name_key": f"p{number}",
        "main": "no",
    }
    insert(connection, "contact", {**row, "consent": "unknown", **columns})


def add_order(
    connection: sqlite3.Connection, number: int, customer: int, day: str, amount: int, **columns: Any
) -> None:
    row = {"id": number, "number": f"O{number}", "customer_id": customer, "ordered_on": day, "amount": amount}
    insert(connection, "orders", {**row, "currency": "CNY", "status": "paid", **columns})


def add_interaction(connection: sqlite3.Connection, number: int, customer: int, day: str, channel: str) -> None:
    row = {
        "id": number,
        "customer_id": customer,
        "contact_on": day,
        "at": f"{day}T08:00:00Z",
        "channel": channel,
    }
    insert(connection, "interaction", {**row, "topic": "", "nth": number, "direction": "out"})


def add_tag(connection: sqlite3.Connection, number: int, customer: int, dimension: str, value: str) -> None:
    row = {"id": number, "customer_id": customer, "dimension": dimension, "value": value}
    insert(connection, "tag", {**row, "source": "hand", "since": "2026-01-01"})


def add_contract(connection: sqlite3.Connection, number: int, customer: int, **columns: Any) -> None:
    insert(connection, "contract", {"id": number, "number": f"K{number}", "customer_id": customer, **columns})


def add_case(connection: sqlite3.Connection, number: int, customer: int, opened_at: str, **columns: Any) -> None:
    row = {"id": number, "number": f"T{number}", "customer_id": customer, "opened_at": opened_at}
    insert(connection, "cases", {**row, "kind": "complaint", "severity": "minor", "status": "open", **columns})


def add_survey(
    connection: sqlite3.Connection, number: int, customer: int, kind: str, score: float, at: str, nth: int = 1
) -> None:
    row = {"id": number, "customer_id": customer, "kind": kind, "score": score, "at": at, "nth": nth}
    insert(connection, "survey", row)
