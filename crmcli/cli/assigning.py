"""`crm assign`, `crm handoff`: customers change owner, and the successor gets to know what there is to know."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli import i18n
from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Excel, Format, Output, Owner, Quiet
from crmcli.cli.output import show
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table
from crmcli.values import spoken_phone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcli.care.assigning import Given
    from crmcli.care.handovers import HandOver
    from crmcli.cli.show import Section
    from crmcli.store.workspace import Workspace

GIVEN = (
    Column("code", "id"),
    Column("customer"),
    Column("from", meaning="former_owner"),
    Column("to", meaning="new_owner"),
    Column("promises", "number"),
    Column("cases", "number"),
    Column("steps", "number"),
    Column("key", "id"),
)
HAND_OVERS = (
    Column("code", "id"),
    Column("customer"),
    Column("from", meaning="former_owner"),
    Column("to", meaning="new_owner"),
    Column("on", "date"),
    Column("why", wide=True),
    Column("reason", wide=True),
    Column("promises", "number"),
    Column("cases", "number"),
    Column("steps", "number"),
    Column("state"),
    Column("acknowledged_on", "date", wide=True),
    Column("key", "id", wide=True),
)
_PACKET = ("terms", "tier", "contact", "promises", "cases", "steps", "last_contact")

To = Annotated[str, typer.Option("--to", metavar="NAME", help=_("The new owner"), show_default=False)]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help=_("Why"))]


def assign(
    customers: Annotated[
        list[str],
        typer.Argument(
            metavar="CUSTOMER...", help=_("Codes, names, phones, e-mails, or parts of names"), show_default=False
        ),
    ],
    to: To,
    reason: Reason = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Give customers an owner: crm assign C000001 C000002 --to 王芳; who takes over from another gets a hand-over."""
    from crmcli.care import assigning
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        given = assigning.assign(ws, customers, to, reason=reason)
        wrote(ws, ws.summary)
    show(_given(given), format=format, output=output, quiet=quiet)


def handoff(
    ctx: typer.Context,
    from_owner: Annotated[
        str | None, typer.Option("--from", metavar="NAME", help=_("Who hands over"), show_default=False)
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help=_("Who takes over"), show_default=False)
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            "--where", metavar="RULE", help=_("Only customers of whom this rule of the policy's language holds")
        ),
    ] = None,
    reason: Reason = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Hand all customers, leads, open cases and open promises of one owner over to another."""
    own = (from_owner, to, where, reason, format, output)
    if ctx.invoked_subcommand is not None:
        if any(value is not None for value in own) or dry_run or quiet:
            raise UsageError(_("options go after {word}").format(word=f"crm handoff {ctx.invoked_subcommand}"))
        return
    if from_owner is None and to is None and not (where or reason):
        typer.echo(ctx.get_help())
        return
    if from_owner is None or to is None:
        raise UsageError(_("who hands over, and to whom?"), hint=_("crm handoff --from NAME --to NAME"))
    from crmcli.care import assigning
    from crmcli.cli.writing import wrote

    with workspace(dry_run=dry_run) as ws:
        handed = assigning.hand_over(ws, from_owner, to, where=where, reason=reason)
        wrote(ws, ws.summary)
        if any(one.key for one in handed.given):
            ws.notes.append(
                _("{name} acknowledges them with: crm handoff ack --owner {name}").format(name=handed.owner)
            )
    show(_given(handed.given), format=format, output=output, quiet=quiet)


def ack(
    customers: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CUSTOMER]...", help=_("Whose hand-over you have read"), show_default=False),
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help=_("Every open one"))] = False,
    owner: Owner = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Acknowledge hand-overs: they leave the list of what is due."""
    from crmcli.care import handovers
    from crmcli.cli.writing import wrote
    from crmcli.store.owners import meant

    with workspace(dry_run=dry_run) as ws:
        done = handovers.acknowledge(ws, customers or (), owner=meant(ws, owner), everybody=everybody)
        rows = handovers.hand_overs(ws, ids=[one.id for one in done], every=True)
        wrote(ws, ws.summary)
    show(_hand_overs(rows), format=format, output=output, quiet=quiet)


def list_(
    owner: Owner = None,
    everything: Annotated[bool, typer.Option("--all", help=_("Also those acknowledged or passed on"))] = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List the hand-overs that nobody has acknowledged yet, newest first."""
    from crmcli.care import handovers
    from crmcli.store.owners import meant

    with workspace(readonly=True) as ws:
        rows = handovers.hand_overs(ws, owner=meant(ws, owner), every=everything)
    show(_hand_overs(rows), format=format, output=output, quiet=quiet, excel=excel)


def show_(customer: CustomerName, format: Format = None, output: Output = None) -> None:
    """Show what there was to know when the customer was handed over last.

    With -f json: one object in a list; its promises, cases and steps are lists.
    """
    from crmcli.care import handovers
    from crmcli.cli import show as pages

    with workspace(readonly=True) as ws:
        found = handovers.latest(ws, customer)
        page = _page(found, ws)
    if pages.as_page(format, output):
        pages.show_page(page, output)
    elif format in ("json", "jsonl") or (output and output.suffix.lower() in (".json", ".jsonl")):
        row = {**_row(found), **{part: found.packet[part] for part in _PACKET}}
        show(Table([Column(key) for key in row], [row]), format=format, output=output)
    else:
        show(Table(pages.LINES, pages.page_lines(page)), format=format, output=output)


def _given(given: "Iterable[Given]") -> Table:
    rows = [{**_attributes(one), "from": one.from_owner, "to": one.owner} for one in given]
    return Table.of(GIVEN, rows)


def _attributes(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def _hand_overs(found: "Sequence[HandOver]") -> Table:
    return Table.of(HAND_OVERS, [_row(one) for one in found])


def _row(one: "HandOver") -> dict[str, Any]:
    counted = {part: len(one.packet[part]) for part in ("promises", "cases", "steps")}
    known = {**_attributes(one), **counted, "from": one.from_owner, "to": one.owner}
    return {column.key: known[column.key] for column in HAND_OVERS}


def _page(one: "HandOver", ws: "Workspace") -> "list[Section]":
    """The packet in the order in which a successor needs it; what there is none of is left out."""
    from crmcli.cli.show import Section

    packet = one.packet
    handed = _("by {owner} to {successor} on {day}").format(owner=one.from_owner, successor=one.owner, day=one.on)
    person, last = packet["contact"] or {}, packet["last_contact"] or {}
    known = [
        (_("handed over"), handed),
        (_("reason"), one.reason),
        (_("state"), one.state),
        (_("tier"), packet["tier"]),
        (_("main contact"), _joined(person.get("name"), person.get("title"), spoken_phone(person.get("phone") or ""))),
        (_("last contact"), _joined(*(last.get(part) for part in ("on", "channel", "by", "topic")))),
    ]
    sections = [
        Section(f"{one.code}  {one.customer}", [(label, value) for label, value in known if value]),
        Section(_("Special terms"), [(line,) for line in (packet["terms"] or "").splitlines()], loud=True),
        Section(_("Open promises"), [(row["on"], row["action"] or "") for row in packet["promises"]]),
        Section(_("Open cases"), [_case(row, ws) for row in packet["cases"]]),
        Section(_("Open steps"), [(row["on"], row["action"][i18n.language()]) for row in packet["steps"]]),
    ]
    return [section for section in sections if section.rows]


def _case(row: dict[str, Any], ws: "Workspace") -> tuple[str, ...]:
    clocks = ", ".join(f"{clock} {ws.minute(by)}" for clock, by in row["clocks"].items())
    return row["number"], row["kind"], row["severity"], row["topic"] or "", clocks


def _joined(*words: str | None) -> str:
    return "  ".join(filter(None, words))


COMMANDS = {"assign": assign, "handoff": {"ack": ack, "list": list_, "show": show_}}
ALONE = {"handoff": handoff}
HELP = {"handoff": _("Hand everything of one owner over to another: crm handoff --from 王芳 --to 李明")}
