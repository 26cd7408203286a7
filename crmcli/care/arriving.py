"""Owners of what a list brings in: a file has names as it writes them, of whoever that was.

A new lead is somebody's work from today: where its owner is a member whom the file only writes otherwise, it is that
member's, and where the member is inactive, it goes to the pool, from which the rules of `[assign]` give it on. An owner
of customers is a value like others, which `crm clean check` tells of; of the inactive it is said at once, too.
"""

from crmcli.i18n import _, plural, sentences
from crmcli.store import owners
from crmcli.store.workspace import Workspace
from crmcli.values import name_key

_WRITTEN = """
    FROM change CROSS JOIN customer AS c ON c.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'customer'
"""
_NEW_LEAD = "change.action = 'added' AND c.stage = 'lead'"
# What changed without a line of a file was asked for by name, and refused where the member is inactive.
_BROUGHT = "(change.action = 'added' OR change.line IS NOT NULL AND instr(change.before, '\"owner\":') > 0)"


def refresh(ws: Workspace) -> None:
    """Mend the owners of the leads that this operation added, and note where somebody inactive is named."""
    if ws.kind != "write" or not ws.wrote_to("customer"):
        return
    members = {name_key(row["name"]): row for row in ws.db.rows("SELECT name, active FROM member ORDER BY id DESC")}
    if not members:
        return
    found = ws.db.rows(
        f"SELECT c.owner, sum({_NEW_LEAD}) AS leads, sum(NOT ({_NEW_LEAD}) AND c.stage <> 'lost') AS customers "
        f"{_WRITTEN} AND {_BROUGHT} AND c.owner IS NOT NULL "
        "AND c.owner NOT IN (SELECT name FROM member WHERE active = 'yes') GROUP BY c.owner ORDER BY c.owner",
        {"op": ws.wrote},
    )
    for row in found:
        member = members.get(name_key(row["owner"]))
        if member is None:
            continue
        inactive = member["active"] != "yes"
        if row["leads"]:
            _give(ws, row["owner"], None if inactive else member["name"])
        if inactive:
            _say(ws, member["name"], row["leads"], row["customers"])


def _give(ws: Workspace, written: str, owner: str | None) -> None:
    """The journal has no image of what was added: none is needed here either."""
    ws.db.execute(
        f"UPDATE customer SET owner = :owner WHERE id IN (SELECT c.id {_WRITTEN} AND {_NEW_LEAD} "
        "AND c.owner = :written)",
        {"op": ws.wrote, "owner": owner, "written": written},
    )


def _say(ws: Workspace, name: str, leads: int, customers: int) -> None:
    if leads:
        words = plural(
            "{number} new lead of {name}, who is not active, went to the pool",
            "{number} new leads of {name}, who is not active, went to the pool",
            leads,
        )
        ws.notes.append(words.format(number=leads, name=name))
    if customers:
        words = plural(
            "{number} customer came as one of {name}, who is not active",
            "{number} customers came as those of {name}, who is not active",
            customers,
        )
        hint = _("hand them over: crm handoff --from {name} --to NAME").format(name=owners.quoted(name))
        ws.notes.append(sentences([words.format(number=customers, name=name), hint]))
