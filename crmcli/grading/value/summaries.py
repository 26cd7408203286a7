"""The whole base at a glance: by segment, by Pareto class, and as the grid of recency by frequency and money."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from crmcli.grading.value.buyers import buyers
from crmcli.grading.value.listing import pareto_class
from crmcli.grading.value.segments import SEGMENTS, mean, segment, segment_words
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

MEASURES: Mapping[str, str] = MappingProxyType(
    {"amount": "amount_total", "frequency": "orders_total", "profit": "profit_total", "customers": "customers"}
)
"""What the grid can be coloured by, and the field of a cell that holds it."""


@dataclass(frozen=True)
class Segment:
    """One of the ten; amounts in minor units. Shares are None where there is nothing to share.

    `recency_days` is the mean of the days since the last order, to a tenth.
    """

    segment: str
    label: str
    customers: int
    share: float | None
    amount_total: int
    amount_share: float | None
    recency_days: float | None
    action: str


@dataclass(frozen=True)
class Class:
    """A Pareto class; `share` is of the customers, `amount_share` of the amount (minor units)."""

    pareto: str
    customers: int
    share: float | None
    amount_total: int
    amount_share: float | None
    meaning: str


@dataclass(frozen=True)
class Cell:
    """The customers of one r and one mean of f and m (`fm`); amounts in minor units.

    `profit_total` leaves out orders without a cost.
    """

    r: int
    fm: int
    segment: str
    customers: int
    amount_total: int
    orders_total: int
    profit_total: int


def segments(ws: Workspace, codes: Collection[str] | None = None) -> list[Segment]:
    """All ten segments, the best first; of the customers with these codes or of all, rated among all."""
    rows = [row for row in buyers(ws) if codes is None or row["code"] in codes]
    inside: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        inside[segment(row["r"], row["f"], row["m"])].append(row)
    whole = _amount(rows)
    return [
        Segment(
            segment=name,
            label=label,
            customers=len(inside[name]),
            share=_share(len(inside[name]), len(rows)),
            amount_total=_amount(inside[name]),
            amount_share=_share(_amount(inside[name]), whole),
            recency_days=_recency(inside[name], ws.today),
            action=action,
        )
        for name, (label, action) in segment_words().items()
    ]


def pareto(ws: Workspace, codes: Collection[str] | None = None) -> list[Class]:
    """The classes A, B and C; none where the amount of all is not above 0. `codes` as of `segments`."""
    rows = buyers(ws)
    whole = _amount(rows)
    if whole <= 0:
        return []
    inside: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        if codes is None or row["code"] in codes:
            inside[pareto_class(row, whole)].append(row)
    chosen = [row for part in inside.values() for row in part]
    meanings = {
        "A": _("bring the first 80 % of the amount"),
        "B": _("bring the next, up to 95 %"),
        "C": _("bring the rest"),
    }
    return [
        Class(
            pareto=name,
            customers=len(inside[name]),
            share=_share(len(inside[name]), len(chosen)),
            amount_total=_amount(inside[name]),
            amount_share=_share(_amount(inside[name]), _amount(chosen)),
            meaning=meaning,
        )
        for name, meaning in meanings.items()
    ]


def grid(ws: Workspace, codes: Collection[str] | None = None) -> list[Cell]:
    """All 25 cells: the most recent row first, in each the lowest mean of f and m first; `codes` as of `segments`."""
    inside: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in buyers(ws):
        if codes is None or row["code"] in codes:
            inside[row["r"], mean(row["f"], row["m"])].append(row)
    return [
        Cell(
            r=r,
            fm=fm,
            segment=name,
            customers=len(inside[r, fm]),
            amount_total=_amount(inside[r, fm]),
            orders_total=sum(row["orders_total"] for row in inside[r, fm]),
            profit_total=sum(row["amount_costed"] - row["cost_total"] for row in inside[r, fm]),
        )
        for r, names in SEGMENTS.items()
        for fm, name in enumerate(names, 1)
    ]


def _amount(rows: list[Row]) -> int:
    return sum(row["amount_total"] for row in rows)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


def _recency(rows: list[Row], today: date) -> float | None:
    if not rows:
        return None
    last = sum(date.fromisoformat(row["last_order_on"]).toordinal() for row in rows)
    return round(today.toordinal() - last / len(rows), 1)
