"""Company ids and tax numbers that cannot be right, and what they were meant to be."""

from collections.abc import Iterator

from crmcli.cleaning.checks.finding import Finding, found
from crmcli.cleaning.proposals import one_edit, proposed_tax_id
from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import parse_tax_id


def tax_ids(ws: Workspace) -> Iterator[Finding]:
    """Every stored number that cannot be read, or is not in its stored form."""
    for row in ws.db.each("SELECT id, code, name, name_key, tax_id FROM customer WHERE tax_id IS NOT NULL"):
        try:
            stored = parse_tax_id(row["tax_id"])
        except BadValue as error:
            proposal = None if error.code == "tax-id-excel" else _proposed(ws, row)
            yield found(ws, "customer", row, "tax_id", error.code, error.reason, proposal=proposal)
        else:
            if stored != row["tax_id"]:
                problem = _("the number is not in its stored form")
                yield found(ws, "customer", row, "tax_id", "tax-id-format", problem, proposal=stored, certain=True)


def _proposed(ws: Workspace, row: Row) -> str | None:
    """The good number, a slip away, of a customer of that name; else the one that a usual slip explains."""
    twins = ws.db.rows(
        "SELECT DISTINCT tax_id FROM customer WHERE name_key = :name_key AND id <> :id AND tax_id IS NOT NULL",
        {"name_key": row["name_key"], "id": row["id"]},
    )
    numbers = [str(twin["tax_id"]) for twin in twins]
    near = {number for number in numbers if one_edit(row["tax_id"].upper(), number) and _is_good(number)}
    if near:
        return near.pop() if len(near) == 1 else None
    proposal = proposed_tax_id(row["tax_id"])
    return proposal.value if proposal else None


def _is_good(number: str) -> bool:
    try:
        return parse_tax_id(number) == number
    except BadValue:
        return False
