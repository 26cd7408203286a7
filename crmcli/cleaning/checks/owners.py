"""Owners that nothing should go to: an import keeps the name that a file has, whoever that is."""

from collections.abc import Iterator

from crmcli.cleaning.checks.finding import Finding, found
from crmcli.i18n import _
from crmcli.store import owners as team
from crmcli.store.workspace import Workspace
from crmcli.values import name_key


def owners(ws: Workspace) -> Iterator[Finding]:
    """Customers whose owner is inactive or not in the team, once there is one; a name written otherwise is mended."""
    members = {row["name"]: row["active"] for row in ws.db.rows("SELECT name, active FROM member ORDER BY name")}
    if not members:
        return
    spelled = {name_key(name): name for name in members}
    active = [name for name, word in members.items() if word == "yes"]
    listed = ", ".join(f":name{number}" for number, _name in enumerate(active)) or "''"
    named = {f"name{number}": name for number, name in enumerate(active)}
    for row in ws.db.each(
        f"SELECT id, code, name, owner FROM customer WHERE owner IS NOT NULL AND owner NOT IN ({listed})", named
    ):
        given = row["owner"]
        if given in members:
            problem = _("{owner} is not active: hand over with crm handoff --from {owner} --to NAME")
            yield found(ws, "customer", row, "owner", "owner-inactive", problem.format(owner=team.quoted(given)))
            continue
        meant = spelled.get(name_key(given))
        near = None if meant else team.nearest(given, active)
        problem = _("nobody in the team is called '{name}'").format(name=given)
        if near:
            problem += "; " + _("did you mean {name}?").format(name=near)
        yield found(ws, "customer", row, "owner", "owner-unknown", problem, proposal=meant, certain=meant is not None)
