"""How complete the records are, and who completed them.

The share of a customer is the fact `completeness`: the weights of the fields that have a valid value, over all weights
of the policy. Leads are left out, as everywhere in grading. The share of a group is that of its weights together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from crmcli.i18n import _
from crmcli.policy.completeness import filled_sql
from crmcli.policy.definitions import Target
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

GROUPS = ("field", "owner", "tier")
"""What the customers can be taken together by; the whole base is always told."""


@dataclass(frozen=True)
class Share:
    """What is filled of what is possible: customers for a field, weights for the others. `key` None is nobody or none.

    The whole base has the policy's `target` and the day it is to be reached `by`.
    """

    group: str
    key: str | None
    filled: int | float
    possible: int | float
    completeness: float
    target: float | None = None
    by: date | None = None


def completeness(
    ws: Workspace,
    groups: Sequence[str] = GROUPS,
    *,
    condition: str = "true",
    params: Mapping[str, object] = MappingProxyType({}),
) -> list[Share]:
    """The share of the whole base, then of each of `groups`: fields and tiers in the policy's order, owners by name.

    `condition` is SQL on `customer AS c` and makes the base smaller, with its `params`.
    """
    weights: Mapping[str, Decimal] = ws.policy.weights
    counts = _counts(ws, list(weights), condition, params)
    target = target_of(ws)
    shares = [_share("all", None, counts, weights, target)]
    if "field" in groups:
        for at, field in enumerate(weights):
            possible = sum(row["customers"] for row in counts)
            shares.append(_plain("field", field, sum(row[f"f{at}"] for row in counts), possible))
    if "owner" in groups:
        shares += _by("owner", counts, weights, lambda name: (name is None, name or ""))
    if "tier" in groups:
        ranks = {tier.key: tier.rank for tier in ws.policy.tiers}
        shares += _by("tier", counts, weights, lambda key: (ranks.get(key or "", len(ranks) + 1), key or ""))
    return shares


def target_of(ws: Workspace) -> Target | None:
    """The target that is to be reached next, or, when all days have passed, the last one."""
    targets: list[Target] = [target for target in ws.policy.targets if target.kpi == "completeness"]
    coming = [target for target in targets if target.by >= ws.today] or targets[-1:]
    return coming[0] if coming else None


def _counts(ws: Workspace, fields: Sequence[str], condition: str, params: Mapping[str, object]) -> list[Row]:
    """By owner and tier: how many customers, and how many of them have each field (f0, f1, …)."""
    sums = (f"sum(CASE WHEN {filled_sql(field)} THEN 1 ELSE 0 END) AS f{at}" for at, field in enumerate(fields))
    return ws.db.rows(
        f"SELECT nullif(trim(c.owner), '') AS owner, c.tier, count(*) AS customers, {', '.join(sums)} "
        f"FROM customer AS c WHERE c.stage <> 'lead' AND {condition} GROUP BY 1, 2",
        params,
    )


def _by(
    group: str, counts: Iterable[Row], weights: Mapping[str, Decimal], order: Callable[[str | None], tuple[object, ...]]
) -> list[Share]:
    together: dict[str | None, list[Row]] = {}
    for row in counts:
        together.setdefault(row[group], []).append(row)
    return [_share(group, key, together[key], weights) for key in sorted(together, key=order)]


def _share(
    group: str, key: str | None, counts: Sequence[Row], weights: Mapping[str, Decimal], target: Target | None = None
) -> Share:
    filled = sum((weight * row[f"f{at}"] for row in counts for at, weight in enumerate(weights.values())), Decimal(0))
    possible = sum(weights.values(), Decimal(0)) * sum(row["customers"] for row in counts)
    plain = _plain(group, key, _number(filled), _number(possible))
    if target is None:
        return plain
    return Share(group, key, plain.filled, plain.possible, plain.completeness, float(target.target), target.by)


def _plain(group: str, key: str | None, filled: int | float, possible: int | float) -> Share:
    # Of nobody nothing is missing.
    return Share(group, key, filled, possible, filled / possible if possible else 1.0)


def _number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def reached(ws: Workspace, shares: Sequence[Share]) -> str:
    """A sentence about the whole base and its target."""
    whole = shares[0]
    share = f"{whole.completeness:.1%}"
    if whole.target is None or whole.by is None:
        return _("{share} complete").format(share=share)
    template = _("{share} complete; the target is {target} by {day}")
    return template.format(share=share, target=f"{whole.target:.1%}", day=whole.by.isoformat())
