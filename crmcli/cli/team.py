"""`crm team`: who owns customers, leads and cases, whom they report to, how much they can take."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.customers import CHANGED, Values, assignments
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.errors import UsageError
from crmcli.i18n import _, plural
from crmcli.store.workspace import Workspace
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.care.team import Member

COLUMNS = (
    Column("name", meaning="person"),
    Column("role", meaning="post"),
    Column("manager"),
    Column("capacity", "number", wide=True),
    Column("active"),
    Column("customers", "number"),
    Column("leads", "number"),
    Column("cases", "number"),
    Column("room", "number"),
    Column("email", wide=True),
    Column("notify", wide=True),
)

Name = Annotated[str, typer.Argument(metavar="NAME", help=_("The member's name"), show_default=False)]


def add(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help=_("The name that owner fields have"), show_default=False)
    ] = None,
    role: Annotated[
        str | None, typer.Option("--role", metavar="ROLE", help=_("As the policy names it, like account-manager"))
    ] = None,
    manager: Annotated[str | None, typer.Option("--manager", metavar="NAME", help=_("Another member"))] = None,
    capacity: Annotated[
        str | None, typer.Option("--capacity", metavar="N", help=_("So many customers and leads at most"))
    ] = None,
    email: Annotated[str | None, typer.Option("--email", metavar="ADDRESS", help=_("Their address"))] = None,
    notify: Annotated[
        str | None,
        typer.Option("--notify", metavar="WHERE", help=_("Where their list goes: mail, or a channel of the settings")),
    ] = None,
    from_owners: Annotated[
        bool, typer.Option("--from-owners", help=_("Everybody who owns customers or cases already"))
    ] = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Add a member, or everybody who owns something: crm team add 王芳 --role account-manager --manager 李经理"""
    from crmcli.care import members
    from crmcli.cli.writing import wrote

    if (name is None) is not from_owners:
        raise UsageError(_("give either a name or --from-owners"), hint=_("crm team add NAME"))
    named = {"role": role, "manager": manager, "capacity": capacity, "email": email, "notify": notify}
    given = {field: text for field, text in named.items() if text is not None}
    with workspace(dry_run=dry_run) as ws:
        added = members.add_owners(ws, given) if name is None else [members.add(ws, name, given)]
        _note_role(ws, given)
        wrote(ws, ws.summary)
    show(_table(added), format=format, output=output, quiet=quiet)


def edit(
    name: Name,
    values: Values = None,
    active: Annotated[
        bool | None,
        typer.Option("--active/--inactive", help=_("Whether anything new goes to them"), show_default=False),
    ] = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Set fields of a member, a new name included: crm team edit 王芳 role=sales capacity=80 --active"""
    from crmcli.care import members
    from crmcli.cli.writing import wrote

    flag = {} if active is None else {"active": "yes" if active else "no"}
    given = assignments(values, **flag)
    with workspace(dry_run=dry_run) as ws:
        member, changes = members.edit(ws, name, given)
        _note_role(ws, given)
        wrote(ws, ws.summary)
    rows = [{"record": member.name, **vars(change)} for change in changes]
    show(Table.of(CHANGED, rows), format=format, output=output, quiet=quiet)


def _note_role(ws: Workspace, given: Mapping[str, str]) -> None:
    """Say of a role that no rule of the policy names it: nothing would ever go to who has it."""
    role = given.get("role", "").strip()
    if not role:
        return
    policy = ws.policy
    named = {tier.owner_role for tier in policy.tiers} | {rule.role for rule in policy.assignments}
    named |= {clock.role for clock in policy.clocks}
    named |= {step.to for escalation in policy.escalations for step in escalation.steps}
    named -= {"", "manager", "owner"}
    if role.casefold() not in {one.casefold() for one in named}:
        words = _("no rule of the policy names the role '{role}'; it names: {roles}")
        ws.notes.append(words.format(role=role, roles=", ".join(sorted(named)) or "—"))


def list_(
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE", help=_("Only with this role"))] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List the team: what each has open, and how many more customers and leads there is room for."""
    from crmcli.care import team

    with workspace(readonly=True) as ws:
        rows = [one for one in team.members(ws) if role is None or (one.role or "").casefold() == role.casefold()]
        strangers = team.strangers(ws)
        if strangers:
            words = plural(
                "{number} owner of customers is not in the team: {names}; crm team add --from-owners adds them",
                "{number} owners of customers are not in the team: {names}; crm team add --from-owners adds them",
                len(strangers),
            )
            names = ", ".join(strangers[:5]) + (", …" if len(strangers) > 5 else "")
            ws.notes.append(words.format(number=len(strangers), names=names))
    show(_table(rows), format=format, output=output, quiet=quiet, excel=excel)


def remove(
    name: Name,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Take somebody out of the team who has nothing; who leaves is made inactive: crm team edit NAME --inactive"""
    from crmcli.care import members
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        removed = members.remove(ws, name)
        wrote(ws, ws.summary)
    show(_table([removed]), format=format, output=output, quiet=quiet)


def _table(members: "list[Member]") -> Table:
    rows = [
        {**{column.key: getattr(one, column.key) for column in COLUMNS}, "active": "yes" if one.active else "no"}
        for one in members
    ]
    return Table.of(COLUMNS, rows)


COMMANDS = {"team": {"add": add, "edit": edit, "list": list_, "remove": remove}}
HELP = {"team": _("Who owns customers, leads and cases.")}
