"""`crm lead`: from the day somebody shows interest until they buy, or do not."""

from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.customers import Values, assignments
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Excel, Format, Output, Owner, Quiet
from crmcli.cli.output import show
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.care.leads.winning import Won

LEADS = (
    Column("code", "id"),
    Column("name"),
    Column("grade"),
    Column("grade_reason", wide=True),
    Column("source"),
    Column("campaign", wide=True),
    Column("owner"),
    Column("need", wide=True),
    Column("budget", wide=True),
    Column("decision", wide=True),
    Column("lead_on", "date"),
    Column("last_contact_on", "date"),
    Column("next_step_on", "date"),
    Column("stale_on", "date"),
)
GRADED = (Column("code", "id"), Column("name"), Column("from"), Column("to"), Column("reason"))
ASSIGNED = (
    Column("code", "id"),
    Column("name"),
    Column("grade"),
    Column("from", meaning="former_owner"),
    Column("to", meaning="new_owner"),
)
RELEASED = (*ASSIGNED, Column("stale_on", "date"))
WON = (
    Column("code", "id"),
    Column("name"),
    Column("owner"),
    Column("source"),
    Column("won_on", "date"),
    Column("days", "number"),
    Column("order", "id"),
    Column("referrer"),
)
LOST = (Column("code", "id"), Column("name"), Column("owner"), Column("lost_on", "date"), Column("lost_reason"))
FUNNEL = (
    Column("group"),
    Column("key", meaning="in_group"),
    Column("captured", "number"),
    Column("a", "number", wide=True),
    Column("b", "number", wide=True),
    Column("c", "number", wide=True),
    Column("contacted", "number"),
    Column("won", "number"),
    Column("lost", "number", meaning="leads_lost"),
    Column("open", "number", meaning="leads_open"),
    Column("conversion", "share"),
    Column("days_mean", "number", wide=True),
    Column("days_median", "number"),
)

LeadName = Annotated[
    str, typer.Argument(metavar="LEAD", help=_("A code, name, phone, e-mail, or part of the name"), show_default=False)
]
LeadNames = Annotated[
    list[str] | None, typer.Argument(metavar="[LEAD]...", help=_("These; all unless given"), show_default=False)
]


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("What the lead is called"), show_default=False)],
    values: Values = None,
    need: Annotated[str | None, typer.Option("--need", metavar="TEXT", help=_("What they need"))] = None,
    budget: Annotated[str | None, typer.Option("--budget", metavar="TEXT", help=_("What they can spend"))] = None,
    decision: Annotated[str | None, typer.Option("--decision", metavar="TEXT", help=_("Who decides, and how"))] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="SOURCE",
            help=_("partner, association, expo, salon, site, community, content, referral, or a word of your own"),
        ),
    ] = None,
    campaign: Annotated[
        str | None, typer.Option("--campaign", metavar="TEXT", help=_("Which partner, fair or page"))
    ] = None,
    referrer: Annotated[
        str | None, typer.Option("--referrer", metavar="CUSTOMER", help=_("Who sent them: a code or name"))
    ] = None,
    phone: Annotated[str | None, typer.Option("--phone", metavar="PHONE", help=_("Their phone"))] = None,
    email: Annotated[str | None, typer.Option("--email", metavar="ADDRESS", help=_("Their e-mail"))] = None,
    contact: Annotated[str | None, typer.Option("--contact", metavar="NAME", help=_("Who is to be spoken to"))] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="NAME", help=_("Whose it is; by the [assign] rules unless given"))
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Even if one like it is there"))] = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Add a lead, graded and assigned at once: crm lead add 晨光科技 --need 扩容 --source 展会"""
    from crmcli.care import playbooks
    from crmcli.care.leads import capturing, listing
    from crmcli.cli.writing import wrote

    options = {
        "need": need, "budget": budget, "decision": decision, "source": source, "campaign": campaign,
        "referrer": referrer, "phone": phone, "email": email, "contact_name": contact, "owner": owner,
    }  # fmt: skip
    given = assignments(values, name=name, **{field: text for field, text in options.items() if text is not None})
    with workspace(create=True, dry_run=dry_run) as ws:
        row = capturing.add_lead(ws, given, allow_duplicate=yes)
        words = _("lead {code} {name} added, grade {grade}, with {owner}")
        if row["owner"] is None:
            words = _("lead {code} {name} added, grade {grade}, in the pool")
        said = {**row, "grade": row["grade"] or _("none")}
        wrote(ws, words.format(**{key: said[key] for key in ("code", "name", "grade", "owner")}))
        # Not at the end of the operation only: the row shows the first step.
        playbooks.refresh(ws)
        rows = listing.leads(ws, code=row["code"])
    show(Table.of(LEADS, rows), format=format, output=output, quiet=quiet)


def grade(
    leads: LeadNames = None,
    by_hand: Annotated[str | None, typer.Option("--set", metavar="A|B|C", help=_("Give this grade by hand"))] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help=_("Why, with --set"))] = None,
    auto: Annotated[bool, typer.Option("--auto", help=_("By the rules, grades by hand among them"))] = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Grade leads by the policy's rules, or one by hand: crm lead grade C000001 --set A --reason 老客户推荐"""
    from crmcli.care.leads import grading
    from crmcli.cli.writing import wrote

    if by_hand is None and reason is not None:
        raise UsageError(_("--reason goes with --set"))
    if by_hand is not None and (auto or not leads):
        raise UsageError(_("--set needs leads, and does not go with --auto"))
    with workspace(dry_run=dry_run) as ws:
        if by_hand is None:
            rows = grading.grade(ws, leads or (), auto=auto)
        else:
            rows = [grading.set_grade(ws, name, by_hand, reason) for name in leads or ()]
        wrote(ws, ws.summary)
    show(Table.of(GRADED, rows), format=format, output=output, quiet=quiet)


def assign(
    leads: LeadNames = None,
    to: Annotated[str | None, typer.Option("--to", metavar="NAME", help=_("To this member of the team"))] = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Give the leads of the pool to members by the [assign] rules, or by name: crm lead assign C000001 --to 王芳"""
    from crmcli.care.leads import distributing
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        rows = distributing.assign(ws, leads or (), to=to)
        wrote(ws, ws.summary)
    show(Table.of(ASSIGNED, rows), format=format, output=output, quiet=quiet)


def release(
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Put stale leads back into the pool, and on to somebody else, as [assign] of the policy says; for cron."""
    from crmcli.care.leads import stale
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        rows = stale.release(ws)
        wrote(ws, ws.summary)
    show(Table.of(RELEASED, rows), format=format, output=output, quiet=quiet)


def win(
    lead: LeadName,
    order: Annotated[
        str | None,
        typer.Option("--order", metavar="NUMBER", help=_("Its first order: one that is there, or a new one")),
    ] = None,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="AMOUNT", help=_("Of the new order, like 12万"))
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help=_("When it was won; today unless given"))
    ] = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """A lead becomes a customer: crm lead win C000001 --amount 12万"""
    from crmcli.care.leads import winning
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        won = winning.win_lead(ws, lead, order=order, amount=amount, on=on)
        wrote(ws, _won(won))
    show(Table.of(WON, [won]), format=format, output=output, quiet=quiet)


def _won(won: "Won") -> str:
    said = _("{code} {name} won on {day}").format(code=won.code, name=won.name, day=won.won_on)
    if won.order is not None:
        said = _("{said}, order {number}").format(said=said, number=won.order)
    if won.referrer is None:
        return said
    words = _("{said}; referred by {referrer}")
    if not won.referred:
        words = _("{said}; its referrer '{referrer}' is no one customer: no reward follows")
    return words.format(said=said, referrer=won.referrer)


def lose(
    lead: LeadName,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=_("Why"), show_default=False)],
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """A lead comes to nothing: crm lead lose C000001 --reason 价格"""
    from crmcli.care.leads import winning
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        row = winning.lose_lead(ws, lead, reason)
        wrote(ws, ws.summary)
    show(Table.of(LOST, [row]), format=format, output=output, quiet=quiet)


def list_(
    owner: Owner = None,
    grade: Annotated[
        str | None, typer.Option("--grade", metavar="A|B|C|none", help=_("Only of this grade, or without one"))
    ] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="SOURCE", help=_("Only from this source"))] = None,
    pool: Annotated[bool, typer.Option("--pool", help=_("Only those without an owner"))] = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List the open leads, the best grade first; stale_on is the day they go back to the pool."""
    from crmcli.care.leads import listing

    with workspace(readonly=True) as ws:
        rows = listing.leads(ws, owner=owner, grade=grade, source=source, pool=pool)
    show(Table.of(LEADS, rows), format=format, output=output, quiet=quiet, excel=excel)


def funnel(
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="source|owner|campaign|grade", help=_("By this; source, then owner unless given")),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help=_("Leads from this day on"))] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help=_("Leads up to this day"))] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """What became of the leads of a time: crm lead funnel --by source --since 2026-01-01

    The time is that in which they became leads. conversion is won / captured; days are from lead to customer.
    """
    from crmcli.care.leads.funnel import lead_funnel

    with workspace(readonly=True) as ws:
        rows = lead_funnel(ws, by=by or ("source", "owner"), since=since, until=until)
    show(Table.of(FUNNEL, rows), format=format, output=output, quiet=quiet, excel=excel)


COMMANDS = {
    "lead": {
        "add": add, "grade": grade, "assign": assign, "win": win, "lose": lose, "release": release, "list": list_,
        "funnel": funnel,
    }
}  # fmt: skip
HELP = {"lead": _("Leads: who might buy, how likely, with whom, and what became of them.")}
