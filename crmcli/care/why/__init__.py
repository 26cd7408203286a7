"""The receipt of a due item: the rule, the records and the arithmetic that make its day, and what settled it; of a case
its clock.

Everything else that can be asked about is explained by `grading.why`.
"""

from collections.abc import Callable

from crmcli.care.items import KINDS
from crmcli.care.why.actions import why_action
from crmcli.care.why.cases import why_case, why_case_clock
from crmcli.care.why.escalations import with_escalation
from crmcli.care.why.festivals import why_festival
from crmcli.care.why.handovers import why_hand_over
from crmcli.care.why.keys import Key, parse
from crmcli.care.why.occasions import why_occasion
from crmcli.care.why.playbooks import why_step
from crmcli.care.why.renewals import why_renewal
from crmcli.care.why.reviews import why_review
from crmcli.care.why.touches import why_touch
from crmcli.errors import NotFound
from crmcli.grading.why import InForce, Receipt, Why
from crmcli.grading.why import why as why_graded
from crmcli.i18n import _
from crmcli.store.workspace import Workspace

__all__ = ["why"]

_CASE = "case:"
_EXPLAINED: dict[str, Callable[[Workspace, Key, InForce], Receipt]] = {
    "touch": why_touch,
    "survey": why_touch,
    "action": why_action,
    "birthday": why_occasion,
    "anniversary": why_occasion,
    "festival": why_festival,
    "renewal": why_renewal,
    "handoff": why_hand_over,
}


def why(ws: Workspace, name: str) -> Why:
    """Why an item is due, not due yet, or settled; why a case has its clock; of anything else as `grading.why`.

    `name` is a customer's code, the key of an item, the number of a case, or any other name of a customer, the first of
    these that there is; `case:NUMBER` is a case for certain.

    Raises:
        NotFound: nothing is called so, and nothing ever was.
    """
    text = name.strip()
    kind, colon, number = text.partition(":")
    if ws.db.value("SELECT 1 FROM customer WHERE code = :code", {"code": text}):
        return why_graded(ws, name)
    policy = InForce.of(ws)
    if colon and kind in KINDS and (found := _told(ws, text, kind, policy)):
        return with_escalation(ws, text, policy, found)
    case = ws.db.first("SELECT * FROM cases WHERE number = :number", {"number": text.removeprefix(_CASE)})
    if case is not None:
        return why_case(ws, case)
    if text.startswith(_CASE):
        raise NotFound(_("there is no case '{number}'").format(number=number))
    return why_graded(ws, name)


def _told(ws: Workspace, text: str, kind: str, policy: InForce) -> Why | None:
    """Why the item is due; None where it is no item's key."""
    if kind == "case" and (told := why_case_clock(ws, text, policy)):
        return told
    if kind in _EXPLAINED:
        key = parse(ws, text)
        return policy.told(ws, key.customer, (_EXPLAINED[kind](ws, key, policy),))
    if kind == "review":
        heading, receipt = why_review(ws, text, policy)
        return policy.told(ws, heading, (receipt,))
    return why_step(ws, text, policy)
