"""How complete a customer's record is: the fields that can count, and when each has a valid value."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import lcm
from types import MappingProxyType

from crmcli.policy.dialects import real_literal

_TEXTS = (
    "name", "industry", "region", "city", "address", "postcode", "website", "tax_id", "birthday", "source",
    "referrer", "parent", "owner", "need", "budget", "decision", "terms", "note",
)  # fmt: skip
_VALUES = ("since", "strategic", "influence", "reputation", "willingness", "potential")


def _reachable(row: str, field: str) -> str:
    """Whether a phone or e-mail has the form of a valid one; what cannot be read is kept as it was written."""
    if field == "phone":
        return f"{row}.phone LIKE '+_______%' AND {row}.phone NOT LIKE '%-%' AND {row}.phone NOT LIKE '%(%'"
    # Large and small letters are the same to LIKE in SQLite, not in PostgreSQL.
    typos = " AND ".join(f"lower({row}.email) NOT LIKE '%.{ending}'" for ending in ("con", "c0m", "cmo"))
    return f"{row}.email LIKE '%_@_%._%' AND {row}.email NOT LIKE '%@%@%' AND {row}.email NOT LIKE '% %' AND {typos}"


def _of_contact(condition: str = "") -> str:
    more = f" AND {condition}" if condition else ""
    return f"EXISTS (SELECT 1 FROM contact AS k WHERE k.customer_id = c.id{more})"


# field -> SQL condition over a row `c` of `customer`; a phone or e-mail counts when a contact has it, too
_FILLED = {
    **{field: f"trim(c.{field}) <> ''" for field in _TEXTS},
    **{field: f"c.{field} IS NOT NULL" for field in _VALUES},
    **{field: f"{_reachable('c', field)} OR {_of_contact(_reachable('k', field))}" for field in ("phone", "email")},
    "tax_id": "trim(c.tax_id) <> '' AND upper(c.tax_id) NOT LIKE '%E+%'",
    "contact": _of_contact(),
    "consent": "c.consent <> 'unknown'",
}

FIELDS = tuple(_FILLED)
"""The fields that `[completeness]` may weigh."""

DEFAULT_WEIGHTS: Mapping[str, Decimal] = MappingProxyType(
    {"name": Decimal(2), "phone": Decimal(2), "contact": Decimal(2)}
    | {field: Decimal(1) for field in ("industry", "address", "email", "owner")}
)
"""Where the policy has none."""


def filled_sql(field: str) -> str:
    """The condition that a row `c` of `customer` has a valid value of one of FIELDS."""
    return f"({_FILLED[field]})"


def completeness_sql(weights: Mapping[str, Decimal]) -> str:
    """The weighted share of fields filled, 0 to 1, of a row `c` of `customer`. Weights are above 0."""
    # Added up as whole numbers: with fractions a full record would not always come to 1.
    unit = lcm(*(Fraction(weight).denominator for weight in weights.values()))
    whole = {field: int(weight * unit) for field, weight in weights.items()}
    parts = (f"CASE WHEN {_FILLED[field]} THEN {weight} ELSE 0 END" for field, weight in whole.items())
    return f"({' + '.join(parts)}) / {real_literal(sum(whole.values()))}"
