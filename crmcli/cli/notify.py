"""`crm notify`: the day's list to each owner, by mail, to robots, to web addresses."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli import settings
from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Excel, Format, Output, Owner, Quiet
from crmcli.cli.output import show
from crmcli.errors import CrmError, NotDelivered, UsageError
from crmcli.i18n import _, plural
from crmcli.store.owners import meant
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.cli.notify_settings import Addresses
    from crmcli.notifying.channels import Channel
    from crmcli.notifying.messages import Message, Templates
    from crmcli.store.workspace import Workspace

COLUMNS = (
    Column("owner"),
    Column("channel"),
    Column("late", "number", meaning="late_items"),
    Column("told", "number", wide=True),
    Column("today", "number"),
    Column("week", "number", meaning="next_week"),
    Column("outcome"),
    Column("reason", wide=True),
)
_STDOUT = "-"


@dataclass(frozen=True)
class _Delivery:
    """One digest on its way to one channel; `outcome`: sent, already, failed, nowhere."""

    message: "Message"
    channel: "Channel | None"
    outcome: str = "sent"
    reason: str | None = None

    @property
    def row(self) -> dict[str, object]:
        digest = self.message.digest
        parts = {name: len(getattr(digest, name)) for name in ("late", "told", "today", "week")}
        where = self.channel.shown if self.channel else None
        return {"owner": digest.owner, "channel": where, **parts, "outcome": self.outcome, "reason": self.reason}


def notify(
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="URL",
            help=_("Where the lists of owners go who have no place of their own; - prints them; repeatable"),
        ),
    ] = None,
    owner: Owner = None,
    force: Annotated[bool, typer.Option("--force", help=_("Send again what went out today"))] = False,
    days: Annotated[int, typer.Option("--days", metavar="N", help=_("How many days ahead a list looks"))] = 7,
    template: Annotated[
        list[Path] | None,
        typer.Option("--template", metavar="FILE", help=_("Words of your own: .txt, .md or .html; repeatable")),
    ] = None,
    show_template: Annotated[
        str | None,
        typer.Option("--show-template", metavar="KIND", help=_("Print a template to begin with: text, markdown, html")),
    ] = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> int:
    """Send each owner the day's list, once a day; nothing where nothing is due: crm notify --to mailto:a@example.com

    Exit code 75: something was not delivered; the next run tries it again.
    """
    from crmcli.cli.notify_settings import addresses
    from crmcli.notifying import messages

    if show_template is not None:
        _print_template(show_template)
        return 0
    templates = messages.Templates(messages.read(template or []))
    places = list(to or ())
    if _STDOUT in places:
        if len(places) > 1:
            raise UsageError(_("--to - prints, and sends nothing"))
        _print_messages(templates, owner, days)
        return 0
    known = addresses()
    for place in places:
        # A slip in what is typed here is told before anything is sent.
        known.called(place, mail="somebody@example.com")
    with workspace(readonly=dry_run) as ws:
        owner = meant(ws, owner)
        waiting = list(_deliveries(ws, known, templates, owner=owner, days=days, places=places, force=force))
        at, again = ws.now, ws.stamp if force else ""
    done = waiting if dry_run else _send_all(waiting, at, again)
    for delivery in done:
        _tell(delivery)
    if dry_run and done:
        note(_("dry run: nothing was sent"))
    if dry_run or quiet or excel or format or output or sys.stdout.isatty():
        table = Table.of(COLUMNS, [delivery.row for delivery in done])
        show(table, format=format, output=output, quiet=quiet, excel=excel)
    return NotDelivered.exit_code if any(delivery.outcome == "failed" for delivery in done) else 0


def _print_template(kind: str) -> None:
    from crmcli.notifying import messages

    for format in messages.FORMATS:
        if format == kind:
            sys.stdout.write(messages.shipped(format))
            return
    raise UsageError(_("there is no template '{name}'").format(name=kind), hint=", ".join(messages.FORMATS))


def _print_messages(templates: "Templates", owner: str | None, days: int) -> None:
    from crmcli.care.digests import digests

    with workspace(readonly=True) as ws:
        found = digests(ws, owner=meant(ws, owner), days=days)
        texts = [templates.message(digest, ws.digest["tiers"]).text for digest in found]
    sys.stdout.write("\n".join(texts))


# ------------------------------------------------------------------------------------------- who gets it where


def _deliveries(
    ws: "Workspace",
    known: "Addresses",
    templates: "Templates",
    *,
    owner: str | None,
    days: int,
    places: Sequence[str],
    force: bool,
) -> Iterator[_Delivery]:
    """Every digest with every channel that it goes to; the text is there before the first is sent."""
    from crmcli.care.digests import digests, recipients, went_out

    people = recipients(ws)
    for digest in digests(ws, owner=owner, days=days):
        message = templates.message(digest, ws.digest["tiers"])
        member = people.get(digest.owner or "")
        active = member is not None and member["active"] == "yes"
        own = [member["notify"]] if member and active and member["notify"] else []
        for place in own or places:
            try:
                if own and ":" in place:
                    raise UsageError(_("an address belongs into crm.toml, under a name"))
                channel = known.called(place, mail=member["email"] if member and active else None)
            except CrmError as error:
                yield _Delivery(message, None, "failed", error.message)
                continue
            gone = not force and went_out(ws, digest.owner, channel.shown)
            yield _Delivery(message, channel, "already" if gone else "sent")
        if not own and not places:
            why = _("is no longer active") if member and not active else None
            yield _Delivery(message, None, "nowhere", why)


# ------------------------------------------------------------------------------------------------- sending


def _send_all(waiting: Sequence[_Delivery], at: datetime, again: str) -> list[_Delivery]:
    """Send what is to be sent, one after the other; each that went is committed before the next begins."""
    from crmcli.notifying.sending import alone

    if not any(delivery.outcome == "sent" for delivery in waiting):
        return list(waiting)
    limited: set[str] = set()
    with alone(settings.database()):
        return [_send(delivery, at, again, limited) for delivery in waiting]


def _send(delivery: _Delivery, at: datetime, again: str, limited: set[str]) -> _Delivery:
    from crmcli.care.digests import went_out, write_down
    from crmcli.notifying.sending import send

    channel, digest = delivery.channel, delivery.message.digest
    if delivery.outcome != "sent" or channel is None:
        return delivery
    if channel.shown in limited:
        return replace(delivery, outcome="failed", reason=_("too many messages at once"))
    with workspace(readonly=True) as ws:
        # Another run may have sent it between our reading and our turn.
        if not again and went_out(ws, digest.owner, channel.shown):
            return replace(delivery, outcome="already")
    try:
        send(channel, delivery.message, at=at, again=again)
    except NotDelivered as error:
        if error.limited:
            limited.add(channel.shown)
        said = f"{error.message} ({error.hint})" if error.hint else error.message
        return replace(delivery, outcome="failed", reason=said)
    with workspace() as ws:
        write_down(ws, digest, channel.shown)
    return delivery


def _tell(delivery: _Delivery) -> None:
    """One line for what did not go out."""
    owner = delivery.message.digest.owner or _("without an owner")
    count = delivery.message.digest.items
    if delivery.outcome == "failed":
        where = delivery.channel.shown if delivery.channel else "-"
        note(_("{owner}: not sent to {channel}: {reason}").format(owner=owner, channel=where, reason=delivery.reason))
    elif delivery.outcome == "nowhere":
        items = plural("{count} item", "{count} items", count).format(count=count)
        said = f"{owner} ({delivery.reason})" if delivery.reason else owner
        note(
            _("{owner}: {items}, and no place to send them to: --to URL, or crm team edit NAME notify=mail").format(
                owner=said, items=items
            )
        )


COMMANDS = {"notify": notify}
