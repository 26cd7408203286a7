"""A base with a policy that has every kind of cadence, and words for what happens in it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import crmcli
from crmcli.grading import policies
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from crmcli.values import birthday_key, name_key
from tests.conftest import NOW

POLICY = """
name = "care"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"

[[tier]]
key = "strategic"
label = { en = "Strategic", zh = "战略客户" }
when = "strategic >= 5"
touches = [
  { key = "deep-talk", every = "1 month", channels = ["visit", "video"], label = { en = "Talk", zh = "深度沟通" } },
  { key = "report", every = "quarter", channels = ["visit", "email"], action = { en = "Report", zh = "发送报告" } },
  { key = "news", every = "2 weeks", channels = ["push"], label = "News" },
]

[[tier]]
key = "basic"
label = { en = "Basic", zh = "普通客户" }
when = "true"
touches = [
  { key = "call", every = "10 days", channels = ["call", "wechat"], label = "Call" },
  { key = "deep-talk", every = "1 year", channels = ["visit", "video"], label = "Yearly talk" },
]

[[occasion]]
kind = "birthday"
notice = "3 days"
tiers = ["strategic"]
action = { en = "Gift and greeting", zh = "礼物与祝福" }

[[occasion]]
kind = "anniversary"
notice = "1 week"
action = { en = "Thank-you card", zh = "感谢卡" }
"""

Customer = Callable[..., int]
Contact = Callable[..., int]


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("care") / "crm.db"
    with crmcli.open(path, create=True, now=datetime.fromisoformat(NOW)) as ws:
        policies.apply(ws, POLICY)
    assert not path.with_name("crm.db-wal").exists()
    return path.read_bytes()


def add_customer(ws: Workspace, name: str, **given: Any) -> int:
    """A customer of the tier `strategic` since 2026-10-01, unless told otherwise; its id."""
    row = {
        "name": name,
        "name_key": name_key(name),
        "kind": "company",
        "stage": "active",
        "consent": "unknown",
        "created_on": "2026-01-15",
        "tier": "strategic",
        "tier_on": "2026-10-01",
        "phone": None,
        "birthday": None,
        "since": None,
        "owner": None,
        **given,
    }
    row["birthday_key"] = row["birthday"] and birthday_key(row["birthday"])
    row["since_key"] = row["since"] and row["since"][5:]
    number = 1 + (ws.db.value("SELECT max(id) FROM customer") or 0)
    (row_id,) = journal.add(ws, "customer", [{"code": f"C{number:06d}", "tier_drops": 0, **row}])
    return row_id


def add_contact(ws: Workspace, customer_id: int, name: str, **given: Any) -> int:
    """A person at the customer; its id."""
    row = {"phone": None, "birthday": None, "main": "no", "consent": "unknown", **given}
    row |= {"customer_id": customer_id, "name": name, "name_key": name_key(name)}
    row["birthday_key"] = row["birthday"] and birthday_key(row["birthday"])
    (row_id,) = journal.add(ws, "contact", [row])
    return row_id


def touches(ws: Workspace, customer_id: int = 1) -> dict[str, tuple[str, str, str]]:
    """The stored touches of a customer: touch -> (base_on, planned_on, due_on)."""
    rows = ws.db.rows("SELECT * FROM touch WHERE customer_id = :id", {"id": customer_id})
    return {row["touch"]: (row["base_on"], row["planned_on"], row["due_on"]) for row in rows}


def copied(path: Path, data: bytes) -> Path:
    """A fresh base at `path`, whatever an earlier example left there."""
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    path.write_bytes(data)
    return path
