"""Random customer bases, and what the standard policy makes of them, worked out in plain Python."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import crmcli
from crmcli.store import journal
from crmcli.store.workspace import Workspace

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9)
D3, D6, D12 = date(2026, 8, 20), date(2026, 5, 20), date(2025, 11, 20)
# The grid of scores as it is usually printed: one row for each r, one character for each mean of f and m.
GRID = {5: "nppCC", 4: "oppLL", 3: "aaNLL", 2: "hhrrx", 1: "hhrrx"}
NAMES = {
    "n": "new", "p": "potential-loyalist", "C": "champions", "o": "promising", "L": "loyal",
    "a": "about-to-sleep", "N": "need-attention", "h": "hibernating", "r": "at-risk", "x": "cannot-lose",
}  # fmt: skip


@dataclass
class Order:
    """One sale, in minor units."""

    day: date
    amount: int
    status: str = "paid"

    @property
    def counts(self) -> bool:
        return self.status not in ("cancelled", "returned") and self.day <= TODAY


@dataclass
class Contract:
    """An agreement that ends one day; what is known of its renewal."""

    ends: date
    renewed: str | None = None


@dataclass
class Case:
    """A case by the days it was opened and resolved; the status is the one of now."""

    opened: date
    resolved: date | None = None
    kind: str = "complaint"
    severity: str = "minor"

    @property
    def is_open(self) -> bool:
        return self.opened <= TODAY and (self.resolved is None or self.resolved > TODAY)

    @property
    def of_year(self) -> bool:
        return D12 < self.opened <= TODAY


@dataclass
class Customer:
    """One customer and all that the standard rules look at; `id` is its place in the base."""

    id: int
    stage: str = "active"
    potential: int | None = None
    created_on: date = date(2026, 1, 1)
    orders: list[Order] = field(default_factory=list)
    talks: list[tuple[date, str]] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    by_hand: list[tuple[str, str]] = field(default_factory=list)

    @property
    def code(self) -> str:
        return f"C{self.id:06d}"

    def amount(self, after: date = date.min, until: date = TODAY) -> int:
        return sum(o.amount for o in self.orders if o.counts and after < o.day <= until)

    def sales(self, after: date = date.min, until: date = TODAY) -> list[date]:
        """The days of its orders; credits are none."""
        return sorted(o.day for o in self.orders if o.counts and o.amount >= 0 and after < o.day <= until)

    @property
    def renewal_rate(self) -> float | None:
        ended = [contract.renewed == "yes" for contract in self.contracts if contract.ends <= TODAY]
        return sum(ended) / len(ended) if ended else None

    @property
    def complaints_open(self) -> int:
        return sum(case.is_open and case.kind == "complaint" for case in self.cases)

    @property
    def major_complaints_12m(self) -> int:
        return sum(case.of_year and (case.kind, case.severity) == ("complaint", "major") for case in self.cases)

    @property
    def last_talk(self) -> date | None:
        return max((day for day, channel in self.talks if day <= TODAY and channel != "push"), default=None)


# The days around the borders of the windows, and any others.
_DAYS = st.one_of(
    st.sampled_from([d + timedelta(days=n) for d in (TODAY, D3, D6, D12, date(2026, 8, 22)) for n in (-1, 0, 1)]),
    st.dates(date(2025, 6, 1), date(2026, 12, 15)),
)
_AMOUNTS = st.one_of(st.sampled_from([0, 1, 100_00, 500_000_00, 499_999_99, -100_00]), st.integers(-(10**6), 10**8))
_STATUS = st.sampled_from(["paid", "paid", "paid", "open", "cancelled", "returned"])
_CONTRACTS = st.builds(Contract, _DAYS, st.sampled_from(["yes", "yes", "no", None]))
_CASES = st.builds(
    Case, _DAYS, st.none() | _DAYS, st.sampled_from(["complaint", "complaint", "enquiry"]),
    st.sampled_from(["minor", "major"]),
)  # fmt: skip
_HAND = st.sampled_from([("risk", "churn-risk"), ("risk", "stable"), ("need", "service"), ("colour", "red")])


@st.composite
def bases(draw: st.DrawFn) -> list[Customer]:
    return [
        Customer(
            id=number,
            stage=draw(st.sampled_from(["active", "active", "active", "prospect", "lost", "lead"])),
            potential=draw(st.sampled_from([None, None, 3, 4, 5])),
            created_on=draw(st.sampled_from([date(2026, 5, 20), date(2026, 5, 21), date(2026, 11, 1)])),
            orders=draw(st.lists(st.builds(Order, _DAYS, _AMOUNTS, _STATUS), max_size=5)),
            talks=draw(st.lists(st.tuples(_DAYS, st.sampled_from(["call", "push"])), max_size=2)),
            contracts=draw(st.lists(_CONTRACTS, max_size=2)),
            cases=draw(st.lists(_CASES, max_size=2)),
            by_hand=draw(st.lists(_HAND, max_size=1)),
        )
        for number in range(1, draw(st.integers(1, 9)) + 1)
    ]


def fill(ws: Workspace, base: list[Customer]) -> None:
    """Write the base into an empty database."""
    entities = ("customer", "orders", "contract", "interaction", "cases", "tag")
    rows: dict[str, list[dict[str, Any]]] = {entity: [] for entity in entities}
    for c in base:
        who = {"code": c.code, "name": f"Customer {c.id}", "name_key": f"customer{c.id}", "kind": "company"}
        made = {"created_on": c.created_on.isoformat(), "consent": "unknown", "tier_drops": 0}
        rows["customer"].append({**who, "stage": c.stage, "potential": c.potential, **made})
        for o in c.orders:
            what = {"number": f"SO{len(rows['orders'])}", "customer_id": c.id, "ordered_on": o.day.isoformat()}
            rows["orders"].append({**what, "amount": o.amount, "currency": "CNY", "status": o.status})
        for nth, (day, channel) in enumerate(c.talks):
            when = {"customer_id": c.id, "at": f"{day}T02:00:00Z", "contact_on": day.isoformat()}
            rows["interaction"].append({**when, "topic": "", "nth": nth, "channel": channel, "direction": "out"})
        for contract in c.contracts:
            what = {"number": f"K{len(rows['contract'])}", "customer_id": c.id, "ends_on": contract.ends.isoformat()}
            rows["contract"].append({**what, "renewed": contract.renewed})
        for case in c.cases:
            what = {"number": f"T{len(rows['cases'])}", "customer_id": c.id, "kind": case.kind}
            done = f"{case.resolved}T02:00:00Z" if case.resolved else None
            when = {"opened_at": f"{case.opened}T02:00:00Z", "resolved_at": done}
            status = "resolved" if case.resolved else "open"
            rows["cases"].append({**what, **when, "severity": case.severity, "status": status})
        for dimension, value in c.by_hand:
            tag = {"customer_id": c.id, "dimension": dimension, "value": value}
            rows["tag"].append({**tag, "source": "hand", "since": "2026-01-01"})
    for entity, found in rows.items():
        journal.add(ws, entity, found)


@contextmanager
def database(founded: bytes) -> Iterator[Path]:
    """A database of one's own, for one example of a property."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crm.db"
        path.write_bytes(founded)
        yield path


def opened(path: Path, *, days: int = 0, **options: Any) -> Any:
    """One operation, `days` after TODAY."""
    return crmcli.open(path, now=NOW + timedelta(days=days), **{"actor": "tester", **options})


# ------------------------------------------------------------------------------ the standard policy by hand


def ceil_share(n: int, percent: int) -> int:
    return -(-n * percent // 100)


def top(rated: list[Customer], c: Customer, percent: int) -> bool:
    better = sum(other.amount(D12) > c.amount(D12) for other in rated)
    return c.amount(D12) != 0 and better + 1 <= ceil_share(len(rated), percent)


def bottom(rated: list[Customer], c: Customer, percent: int) -> bool:
    worse = sum(other.amount(D12) < c.amount(D12) for other in rated)
    return worse + 1 <= ceil_share(len(rated), percent)


def rated(base: list[Customer]) -> list[Customer]:
    return [c for c in base if c.stage != "lead"]


def change(now: int, before: int) -> float | None:
    return (now - before) / before if before > 0 else None


def expected_tags(base: list[Customer]) -> set[tuple[int, str, str, str]]:
    """(customer, dimension, value, source) after a run."""
    found = {(c.id, d, v, "hand") for c in base for d, v in c.by_hand}
    for c in rated(base):
        given = {
            "value": "high" if top(rated(base), c, 10) else "mid" if c.amount(D12) > 0 else "low",
            "potential": _potential(c),
            "risk": _risk(c),
            "lifecycle": _lifecycle(c),
            "activity": _activity(c),
        }
        by_hand = {dimension for dimension, _value in c.by_hand}
        found |= {(c.id, d, v, "rule") for d, v in given.items() if v is not None and d not in by_hand}
    return found


def _growth(c: Customer) -> float | None:
    return change(c.amount(D3), c.amount(D6, D3))


def _potential(c: Customer) -> str:
    growth = _growth(c)
    return "high" if (c.potential or 0) >= 4 or (growth is not None and growth >= 0.3) else "ordinary"


def _risk(c: Customer) -> str | None:
    days, growth = c.sales(), _growth(c)
    fewer = change(len(c.sales(D3)), len(c.sales(D6, D3)))
    if (days and (TODAY - days[-1]).days > 90) or c.complaints_open or (fewer is not None and fewer <= -0.3):
        return "churn-risk"
    if growth is not None and growth >= 0.3:
        return "growing"
    return "stable" if days else None


def _lifecycle(c: Customer) -> str | None:
    days = c.sales()
    if not days:
        return None
    if (TODAY - days[0]).days <= 90:
        return "new"
    return "churn-warning" if (TODAY - days[-1]).days > 90 else "regular"


def _activity(c: Customer) -> str | None:
    silent = (TODAY - (c.last_talk or c.created_on)).days > 183
    return "dormant" if silent else None


def expected_tiers(base: list[Customer]) -> dict[int, str]:
    """The tier of each rated customer after the tags were given."""
    at_risk = {
        who for who, dimension, value, _by in expected_tags(base) if (dimension, value) == ("risk", "churn-risk")
    }
    found = {}
    for c in rated(base):
        amount = c.amount(D12)
        stable = (c.renewal_rate is None or c.renewal_rate >= 0.9) and not c.major_complaints_12m
        if amount >= 500_000_00 and stable and c.id not in at_risk:
            found[c.id] = "strategic"
        elif top(rated(base), c, 20):
            found[c.id] = "key"
        elif amount > 0 and not bottom(rated(base), c, 20):
            found[c.id] = "growth"
        else:
            found[c.id] = "basic"
    return found
