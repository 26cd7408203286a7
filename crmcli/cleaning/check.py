"""What is wrong with the data, row by row, and what would mend it.

An import keeps a phone, an e-mail or a company number that it cannot read; here each is told with its reason, and,
where one can be had, with a proposal. When unsure, a value is told of and left as it is.
"""

from crmcli.cleaning.checks.emails import emails
from crmcli.cleaning.checks.figures import amounts, currencies, dates
from crmcli.cleaning.checks.finding import Finding
from crmcli.cleaning.checks.owners import owners
from crmcli.cleaning.checks.phones import phones
from crmcli.cleaning.checks.records import consents, industries, names, tags, unreachable
from crmcli.cleaning.checks.tax_ids import tax_ids
from crmcli.i18n import _
from crmcli.store.workspace import Workspace

__all__ = ["Finding", "check"]

_CHECKS = (phones, emails, tax_ids, names, unreachable, consents, industries, owners, tags, dates, amounts, currencies)


def check(ws: Workspace) -> list[Finding]:
    """Every problem of the base, by customer, then table, record and field."""
    findings: list[Finding] = []
    for number, one in enumerate(_CHECKS, 1):
        ws.progress(_("check {number} of {all}").format(number=number, all=len(_CHECKS)), (number - 1) / len(_CHECKS))
        findings += one(ws)
    # Customers before their contacts, orders and tags.
    order = {"customers": 0, "contacts": 1, "orders": 2, "tags": 3}
    return sorted(findings, key=lambda found: (found.code, order[found.table], found.row_id, found.field, found.rule))
