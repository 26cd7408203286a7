"""An item: one thing that is to be done on a day, for one customer or by one owner, whatever asks for it.

Each source of items (`touches`, `actions`, `occasions`, … see `due.SOURCES`) answers the same question: what falls due
within a `Scope`. `due`, `plan` and `settling` are made of the answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmcli import i18n
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

KINDS = (
    "touch", "action", "case", "lead", "birthday", "anniversary", "festival", "renewal", "survey", "review",
    "retention", "handoff",
)  # fmt: skip

CUSTOMER = "c.id AS customer_id, c.code, c.name, c.tier, c.owner, c.phone"
"""The columns, of `customer AS c`, that `item` reads."""

GRADED_OWNERS = """
    named (owner) AS (
        SELECT (SELECT owner FROM customer WHERE tier IS NOT NULL AND owner IS NOT NULL ORDER BY owner LIMIT 1)
        UNION ALL
        SELECT (SELECT owner FROM customer WHERE tier IS NOT NULL AND owner > named.owner ORDER BY owner LIMIT 1)
        FROM named WHERE named.owner IS NOT NULL),
    owners (owner) AS (
        SELECT owner FROM named WHERE owner IS NOT NULL
        UNION ALL
        SELECT NULL WHERE EXISTS (SELECT 1 FROM customer WHERE tier IS NOT NULL AND owner IS NULL))
"""
"""Common tables, for WITH RECURSIVE: `owners (owner)`, with NULL where graded customers have no owner; found by
seeks of an index, one for each, however many customers they have.
"""


@dataclass(frozen=True)
class Scope:
    """Which items are asked for: due on `until` or before, of one owner or customer if these are given."""

    today: date
    until: date
    owner: str | None = None
    customer_id: int | None = None

    def condition(self, customer_id: str, owner: str = "c.owner") -> str:
        """A condition on the column `customer_id` and on whose item it is; its parameters are in `params`."""
        parts = [f"{owner} = :owner"] if self.owner is not None else []
        parts += [f"{customer_id} = :customer_id"] if self.customer_id is not None else []
        return " AND ".join(parts) or "true"

    @property
    def params(self) -> dict[str, Any]:
        """The dates as ISO text, and what `condition` needs."""
        named: dict[str, Any] = {"today": self.today.isoformat(), "until": self.until.isoformat()}
        named |= {"owner": self.owner} if self.owner is not None else {}
        return named | ({"customer_id": self.customer_id} if self.customer_id is not None else {})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do.

    Attributes:
        key: what names it, the same until it is settled; a date in it is `planned_on`.
        ref: what it is of: a touch's key, the id of an interaction, a contact or a playbook's step.
        planned_on: the day it is for; `due_on` is a later one if it was snoozed.
        customer_id, code, customer, tier, phone: None of what is the owner's own, a tier review.
        due_at: the stored moment, where it has one.
        contact_id: the person it is about; None: whoever is to be called first.
    """

    key: str
    kind: str
    ref: str
    planned_on: date
    due_on: date
    customer_id: int | None
    code: str | None
    customer: str | None
    tier: str | None
    owner: str | None
    phone: str | None
    action: str
    channel: str | None
    reason: str
    contact_id: int | None = None
    due_at: str | None = None


def item(row: Row, *, kind: str, ref: str, planned_on: date, due_on: str, name: str | None = None, **said: Any) -> Item:
    """The item of a row that has the columns of `CUSTOMER`; its key is made here and nowhere else.

    `name` stands for `ref` and the day in the key of an item that is of one day only.
    """
    return Item(
        key=key(kind, row["code"], ref, planned_on) if name is None else f"{kind}:{row['code']}:{name}",
        kind=kind,
        ref=ref,
        planned_on=planned_on,
        due_on=date.fromisoformat(due_on),
        customer_id=row["customer_id"],
        code=row["code"],
        customer=row["name"],
        tier=row["tier"],
        phone=row["phone"],
        **{"owner": row["owner"], **said},
    )


def key(kind: str, code: str, ref: str, planned_on: date) -> str:
    """`touch:C000001:deep-talk:2026-12-01`, `birthday:C000001:K12:2026-12-03`, `action:417`."""
    if kind == "action":
        return f"action:{ref}"
    return ":".join([kind, code, *([ref] if ref else []), planned_on.isoformat()])


def called_among(
    coming: Callable[[Workspace, Scope], list[Item]], ws: Workspace, key: str, customer_id: int | None
) -> Item | None:
    """The item called `key` among all that a source has `coming` for one customer, however far ahead; None: no such."""
    if customer_id is None:
        return None
    found = coming(ws, Scope(today=ws.today, until=date.max, customer_id=customer_id))
    return next((one for one in found if one.key == key), None)


def code_in(key: str, before: int) -> str:
    """The customer's code in a key, before its last so many pieces: from the right, because a code may hold a colon."""
    return key.partition(":")[2].rsplit(":", before)[0]


def customer_of(ws: Workspace, code: str) -> int | None:
    """The id of the customer that has the code."""
    found: int | None = ws.db.value("SELECT id FROM customer WHERE code = :code", {"code": code})
    return found


def spoken(rule: Row, key: str) -> str:
    """What a rule of the digest says is to be done, in the language spoken now: action, else label."""
    language = i18n.language()
    words: str = (rule.get("action") or {}).get(language) or (rule.get("label") or {}).get(language) or key
    return words


def spoken_channel(channel: str | None) -> str | None:
    """A channel in the language spoken now; None is none."""
    words = {
        "visit": _("visit"), "video": _("video"), "call": _("call"), "email": _("email"), "wechat": _("wechat"),
        "push": _("push"), "event": _("event"), "other": _("other"),
    }  # fmt: skip
    return words.get(channel or "", channel)


def rank(ws: Workspace, tier: str | None) -> int:
    """1 is the best tier; after the last come the customers without one."""
    tiers = ws.digest["tiers"]
    found: int = tiers[tier]["rank"] if tier in tiers else len(tiers) + 1
    return found


def listed(values: Sequence[str], prefix: str) -> tuple[str, dict[str, str]]:
    """`:p0, :p1, …` for an IN, and the parameters."""
    named = {f"{prefix}{number}": value for number, value in enumerate(values)}
    return ", ".join(f":{name}" for name in named), named
