"""Mail: one message with text and HTML, through an SMTP server or a program of this machine."""

import hashlib
import smtplib
import socket
import ssl
import subprocess
from contextlib import suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from crmcli.errors import NotDelivered
from crmcli.i18n import _
from crmcli.notifying.channels import Channel, Transport, of_this_machine
from crmcli.notifying.messages import Message
from crmcli.notifying.posting import reason
from crmcli.values import safe

_PROGRAMS = ("/usr/sbin/sendmail", "/usr/lib/sendmail", "/usr/local/sbin/sendmail")
_SAID = 200


def letter(message: Message, *, to: str, sender: str, at: datetime, again: str = "") -> EmailMessage:
    """The mail. Its Message-ID is the same whenever the same list goes to the same place, unless `again` differs."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = message.subject
    mail["To"] = Address(safe(message.digest.owner or ""), addr_spec=to)
    if sender:
        mail["From"] = Address(addr_spec=sender)
    mail["Date"] = format_datetime(at)
    named = f"{message.digest.as_of}\n{message.digest.owner}\n{to}\n{again}"
    domain = (sender or to).rpartition("@")[2]
    mail["Message-ID"] = f"<crm-{hashlib.sha256(named.encode()).hexdigest()[:32]}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    # In base 64, because neither every server nor every program leaves long or eight-bit lines as they are.
    mail.set_content(message.text, cte="base64")
    mail.add_alternative(message.html, subtype="html", cte="base64")
    return mail


def send(channel: Channel, message: Message, *, at: datetime, again: str, timeout: float) -> None:
    """Send a message to the channel's address. Raises NotDelivered."""
    transport = channel.transport
    if transport is None:
        raise NotDelivered(
            _("it is not said how mail leaves"), hint=_('write mail = "smtp://…" under [notify] in crm.toml')
        )
    if transport.host and not transport.sender:
        raise NotDelivered(
            _("it is not said whom mail is from"), hint=_('write from = "crm@example.com" under [notify] in crm.toml')
        )
    mail = letter(message, to=channel.to, sender=transport.sender, at=at, again=again)
    if transport.host:
        _by_smtp(channel, transport, mail, timeout)
    else:
        _by_program(channel, transport, mail, timeout)


def _by_smtp(channel: Channel, transport: Transport, mail: EmailMessage, timeout: float) -> None:
    try:
        server = _connected(transport, timeout)
        try:
            if transport.user:
                server.login(transport.user, transport.password)
            server.send_message(mail, from_addr=transport.sender, to_addrs=[channel.to])
        finally:
            # A mail that was taken is taken, however the server says goodbye.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise NotDelivered(_said(channel, code, words)) from None
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(_said(channel, error.smtp_code, error.smtp_error)) from None
    except smtplib.SMTPException as error:
        if isinstance(error.__context__, OSError):
            raise NotDelivered(reason(error.__context__, timeout)) from None
        raise NotDelivered(channel.masked(safe(str(error)))[:_SAID] or type(error).__name__) from None
    except (OSError, ValueError) as error:
        raise NotDelivered(reason(error, timeout)) from None


def _connected(transport: Transport, timeout: float) -> smtplib.SMTP:
    """A session with the server, as encrypted as it has to be."""
    context, own = ssl.create_default_context(), socket.gethostname().encode("ascii", "ignore").decode() or "localhost"
    if transport.tls == "at once":
        return smtplib.SMTP_SSL(transport.host, transport.port, own, timeout=timeout, context=context)
    server = smtplib.SMTP(transport.host, transport.port, own, timeout=timeout)
    try:
        if transport.tls == "yes":
            server.starttls(context=context)
        elif transport.user and not of_this_machine(transport.host):
            raise NotDelivered(_("a password is not sent unencrypted"), hint=_("leave tls=no out of the address"))
    except BaseException:
        server.close()
        raise
    return server


def _said(channel: Channel, code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"SMTP {code} {channel.masked(safe(' '.join(text.split())))[:_SAID]}"


def _by_program(channel: Channel, transport: Transport, mail: EmailMessage, timeout: float) -> None:
    program = transport.program or next((path for path in _PROGRAMS if Path(path).is_file()), "")
    if not program:
        raise NotDelivered(
            _("this machine has no sendmail"), hint=_('write mail = "smtp://…" under [notify] in crm.toml')
        )
    sender = ["-f", transport.sender] if transport.sender else []
    try:
        done = subprocess.run(
            [program, "-i", *sender, "--", channel.to],
            input=mail.as_bytes(),
            timeout=timeout,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotDelivered(_("no answer within {seconds:g} seconds").format(seconds=timeout)) from None
    except OSError as error:
        raise NotDelivered(reason(error, timeout)) from None
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        said = _("{program} ended with {code}").format(program=Path(program).name, code=done.returncode)
        raise NotDelivered(f"{said}: {safe(words)[:_SAID]}" if words else said)
