"""The receipt of what the policy gives: which rule, where it stands, which values it saw, and the records behind them.

Of a customer its tier and tags, of a lead its grade. Cases, and what falls due, are explained by `care.why`.
"""

from crmcli.grading.why.customers import why_customer
from crmcli.grading.why.receipts import (
    InForce,
    Part,
    Receipt,
    Step,
    Why,
    beginning,
    document,
    origin,
    own_records,
    sourced,
)
from crmcli.store import finding
from crmcli.store.workspace import Workspace

__all__ = [
    "InForce",
    "Part",
    "Receipt",
    "Step",
    "Why",
    "beginning",
    "document",
    "origin",
    "own_records",
    "sourced",
    "why",
    "why_customer",
]


def why(ws: Workspace, name: str) -> Why:
    """Why a customer has its tier and tags, a lead its grade. Raises NotFound: nobody is called so, or several are."""
    return why_customer(ws, finding.customer(ws, name))
