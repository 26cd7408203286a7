"""The sections of a policy about the quality of the data: what a complete record is, its targets, what is checked."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from crmcli.i18n import _
from crmcli.policy.completeness import DEFAULT_WEIGHTS, FIELDS
from crmcli.policy.definitions import Checks, Duplicates, Reward, Target
from crmcli.policy.reading import Table, decimal, headed_so, nearest, unknown

Unit = Literal["share", "hours", "points", "money"]

KPIS: Mapping[str, Unit] = MappingProxyType(
    {
        "completeness": "share",
        "response_hours": "hours",
        "resolve_hours": "hours",
        "complaint_satisfaction": "share",
        "csat": "share",
        "nps": "points",
        "repurchase_rate": "share",
        "churn_rate": "share",
        "retention_rate": "share",
        "loyal_share": "share",
        "ltv": "money",
        "dormant_share": "share",
        "dormant_woken": "share",
        "sla_kept": "share",
    }
)
"""The figures that `[[target]]` may set a target for, with their units: shares are 0 to 1, points -100 to 100."""

DEFAULT_DUPLICATES = Duplicates(Decimal("0.95"), Decimal("0.85"))
"""Where the policy says nothing."""

_FITS: Mapping[Unit, Callable[[Decimal], bool]] = {
    "share": lambda number: 0 <= number <= 1,
    "hours": lambda number: 0 < number <= 100_000,
    "points": lambda number: -100 <= number <= 100,
    "money": lambda number: 0 < number <= 1_000_000_000_000,
}


def completeness(section: Table | None) -> tuple[tuple[str, Decimal], ...]:
    """The weights of `[completeness] fields`."""
    fields = section.table("fields") if section else None
    if section is None or fields is None:
        return tuple(DEFAULT_WEIGHTS.items())
    weights: list[tuple[str, Decimal]] = []
    for name, weight in fields.data.items():
        if name not in FIELDS:
            message = _("unknown field '{name}'").format(name=name) + nearest(headed_so(name, FIELDS) or name, FIELDS)
            fields.problem("name-unknown", message, name)
        elif (number := decimal(weight)) is None or not Decimal("0.001") <= number <= 1000:
            fields.problem("value-invalid", _("a weight is a number from 0.001 to 1000"), name)
        else:
            weights.append((name, number))
    if not fields.data:
        section.problem("value-invalid", _("at least one field is needed"), "fields")
    return tuple(weights)


def reward(section: Table | None) -> Reward | None:
    """`[completeness] reward = { every = 10, amount = 50 }`, in units of the currency."""
    table = section.table("reward") if section else None
    if table is None:
        return None
    whole = _("needs a whole number above 0")
    every = table.number("every", fits=lambda n: 0 < n <= 1_000_000 and n == int(n), message=whole, required=True)
    money = _("needs an amount above 0 with at most two decimals")
    amount = table.number("amount", fits=_is_money, message=money, required=True)
    table.finish()
    return Reward(int(every), int(amount * 100)) if every and amount else None


def _is_money(amount: Decimal) -> bool:
    return 0 < amount <= 1_000_000 and amount * 100 == int(amount * 100)


def duplicates(section: Table | None) -> Duplicates:
    """`[duplicates]`: from which score a pair is certainly, or likely, the same."""
    if section is None:
        return DEFAULT_DUPLICATES
    certain = section.share("certain") or DEFAULT_DUPLICATES.certain
    likely = section.share("likely") or DEFAULT_DUPLICATES.likely
    if likely > certain:
        section.problem("value-invalid", _("is above certain"), "likely")
    section.finish()
    return Duplicates(certain, likely)


def targets(tables: Sequence[Table]) -> tuple[Target, ...]:
    """The `[[target]]` sections, the earliest first."""
    found: list[Target] = []
    taken: set[object] = set()
    for table in tables:
        kpi = table.text("kpi", required=True)
        if kpi and kpi not in KPIS:
            table.problem("name-unknown", unknown(kpi, KPIS), "kpi")
        unit = KPIS.get(kpi, "money")
        baseline = table.number("baseline", fits=_FITS[unit], message=_needed(unit))
        target = table.number("target", fits=_FITS[unit], message=_needed(unit), required=True)
        by = table.day("by", required=True)
        if by is not None and (kpi, by) in taken:
            table.problem("name-twice", _("there is a target for that day already"), "by")
        taken.add((kpi, by))
        if target is not None and by is not None:
            found.append(Target(kpi, baseline, target, by))
        table.finish()
    return tuple(sorted(found, key=lambda target: (target.kpi, target.by)))


def _needed(unit: Unit) -> str:
    return {
        "share": _("needs a share from 0 to 1, like 0.95"),
        "hours": _("needs a number of hours above 0"),
        "points": _("needs a number of points from -100 to 100"),
        "money": _("needs an amount above 0"),
    }[unit]


def checks(section: Table | None) -> Checks:
    """`[checks]`: the known industries, dimensions with one value each, pairs of tags that contradict each other."""
    if section is None:
        return Checks()
    industries = section.texts("industries")
    if not all(name.strip() for name in industries):
        section.problem("value-invalid", _("an industry without a name"), "industries")
    found = Checks(industries, section.texts("single_valued"), _pairs(section))
    section.finish()
    return found


def _pairs(section: Table) -> tuple[tuple[str, str], ...]:
    pairs = section.pairs("contradictions")
    for first, second in pairs:
        if first == second or not (_is_tag(first) and _is_tag(second)):
            message = _("needs two different tags, like need:price and feedback:quality")
            section.problem("value-invalid", message, "contradictions")
    return pairs


def _is_tag(tag: str) -> bool:
    dimension, _colon, value = tag.partition(":")
    return bool(dimension.strip() and value.strip()) and ":" not in value
