"""The receipt of what the policy gives: which rule, where it stands, which values it saw, and the records behind them.

Of a customer its tier and tags, of a lead its grade, of a case its clock. What falls due is explained by `care.why`.
"""

from crmcli.errors import NotFound
from crmcli.grading.why.cases import why_case
from crmcli.grading.why.customers import why_customer
from crmcli.grading.why.receipts import InForce, Part, Receipt, Step, Why, document, origin, sourced
from crmcli.i18n import _
from crmcli.store import finding
from crmcli.store.workspace import Workspace

__all__ = ["InForce", "Part", "Receipt", "Step", "Why", "document", "origin", "sourced", "why"]

_CASE = "case:"


def why(ws: Workspace, name: str) -> Why:
    """Why a customer has its tier and tags, a lead its grade, a case its clock.

    `name` is a customer's code, a case's number, or any other name of a customer, the first of these that there is;
    `case:NUMBER` is a case for certain.

    Raises:
        NotFound: nobody and nothing is called so.
    """
    text = name.strip()
    if ws.db.value("SELECT 1 FROM customer WHERE code = :code", {"code": text}) is None:
        number = text.removeprefix(_CASE)
        case = ws.db.first("SELECT * FROM cases WHERE number = :number", {"number": number})
        if case is not None:
            return why_case(ws, case)
        if number != text:
            raise NotFound(_("there is no case '{number}'").format(number=number))
    return why_customer(ws, finding.customer(ws, name))
