"""What follows from every operation, in the order in which it is worked out at the operation's end."""

from crmcli.care import arriving, assigning, playbooks, renewals, touches
from crmcli.care.cases import refreshing as cases
from crmcli.care.leads import refreshing as leads
from crmcli.store.workspace import Derivation

DERIVATIONS: tuple[Derivation, ...] = (
    touches.refresh,
    assigning.refresh,
    renewals.refresh,
    cases.refresh,
    arriving.refresh,
    leads.refresh,
    playbooks.refresh,
)
"""For `store.workspace.opened`, and for rehearsals of a policy."""
