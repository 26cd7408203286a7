"""How far a case has come, and which of its clocks run: what its own row tells, for lists that have to be fast."""

from collections.abc import Mapping
from typing import Literal

from crmcli.store.database import Row

Name = Literal["respond", "resolve", "revisit"]

NAMES: tuple[Name, ...] = ("respond", "resolve", "revisit")
MET: Mapping[Name, str] = {"respond": "responded_at", "resolve": "resolved_at", "revisit": "revisited_at"}
"""What says that a clock has been met."""

UNSOLVED = "status NOT IN ('resolved', 'closed') AND resolved_at IS NULL"
"""SQL: a case is open, as people say, and as the facts count it, until it is solved."""

_ASKED: Mapping[str, tuple[Name, ...]] = {
    "open": ("respond", "resolve"), "responded": ("resolve",), "resolved": ("revisit",), "closed": (),
}  # fmt: skip


def standing(row: Row) -> str:
    """How far a case has come: open, responded, resolved or closed, as its moments and its status tell together."""
    if row["status"] == "closed":
        return "closed"
    if row["status"] == "resolved" or row["resolved_at"]:
        return "resolved"
    return "responded" if row["status"] == "responded" or row["responded_at"] else "open"


def unmet(row: Row) -> list[tuple[str, Name]]:
    """The clocks that run, each with its deadline (a stored instant), the earliest first.

    There are none of a case that is closed, or waits for the customer.
    """
    if row["paused_at"]:
        return []
    running = [(row[f"{name}_by"], name) for name in _ASKED[standing(row)] if row[f"{name}_by"] and not row[MET[name]]]
    return sorted(running, key=lambda clock: clock[0])
