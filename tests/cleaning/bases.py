"""Small bases with the faults that the checks are about, written as an import would keep them."""

from typing import Any

from crmcli.cleaning.check import Finding, check
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from crmcli.values import birthday_key, name_key


def customer(ws: Workspace, code: str, name: str | None = None, **columns: Any) -> int:
    """A customer with a phone, unless given otherwise, so that somebody there can be reached; its id."""
    name = name or f"星河{code}贸易有限公司"
    row = {"code": code, "name": name, "name_key": name_key(name), "phone": "+8657185551234", **columns}
    if "birthday" in row:
        row["birthday_key"] = birthday_key(row["birthday"])
    given = {"kind": "company", "stage": "active", "consent": "unknown", "created_on": "2026-01-01", "tier_drops": 0}
    (row_id,) = journal.add(ws, "customer", [{**given, **row}])
    return row_id


def contact(ws: Workspace, customer_id: int, name: str, **columns: Any) -> int:
    row = {"customer_id": customer_id, "name": name, "name_key": name_key(name), "main": "no", "consent": "unknown"}
    (row_id,) = journal.add(ws, "contact", [{**row, **columns}])
    return row_id


def order(ws: Workspace, customer_id: int, number: str, amount: int, **columns: Any) -> int:
    """An order of so many minor units, paid on 2026-03-01."""
    row = {"number": number, "customer_id": customer_id, "ordered_on": "2026-03-01", "amount": amount}
    (row_id,) = journal.add(ws, "orders", [{**row, "currency": "CNY", "status": "paid", **columns}])
    return row_id


def tag(ws: Workspace, customer_id: int, name: str) -> None:
    dimension, _colon, value = name.partition(":")
    row = {"customer_id": customer_id, "dimension": dimension, "value": value, "source": "hand", "since": "2026-01-01"}
    journal.add(ws, "tag", [row])


def found(ws: Workspace, *fields: str) -> list[tuple[Any, ...]]:
    """The findings as (code, rule, proposal, certain), or as the fields named."""
    fields = fields or ("code", "rule", "proposal", "certain")
    return [tuple(getattr(finding, field) for field in fields) for finding in check(ws)]


def rules(ws: Workspace) -> list[str]:
    return [finding.rule for finding in check(ws)]


def one(ws: Workspace) -> Finding:
    (finding,) = check(ws)
    return finding
