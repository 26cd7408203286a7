"""What `crm notify` is told of the world: `[notify]` in the user's crm.toml, and CRM_NOTIFY_… in the environment.

    [notify]
    mail = "smtp://crm@mail.example.com:587"      # or CRM_NOTIFY_MAIL; sendmail: unless given
    from = "crm@example.com"                      # or CRM_NOTIFY_FROM
    password = "…"                                # or CRM_NOTIFY_PASSWORD
    [notify.channels]
    sales = "https://oapi.dingtalk.com/robot/send?access_token=…#SEC…"      # or CRM_NOTIFY_SALES

A file with such a section is read only if nobody but its owner can read it.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crmcli.cli import settings
from crmcli.errors import InvalidInput, NotFound, UsageError
from crmcli.i18n import _
from crmcli.notifying.channels import Channel, Transport, channel, transport

_OWN = ("mail", "from", "password")


@dataclass(frozen=True)
class Addresses:
    """How mail leaves, and the addresses of the named channels."""

    transport: Transport
    channels: Mapping[str, str] = field(repr=False)

    def called(self, word: str, *, mail: str | None = None) -> Channel:
        """The channel that a name, an address or `mail` (then to the address `mail`) stands for.

        Raises:
            NotFound: there is no such name. UsageError: it is no address, or there is none to mail to.
        """
        if word == "mail":
            return self._ready(channel(f"mailto:{_written(mail)}"), mail)
        url = _variable(word) or self.channels.get(word)
        if url is not None:
            try:
                return self._ready(channel(url), mail).named(word)
            except UsageError as error:
                raise UsageError(f"{word}: {error.message}", hint=error.hint) from None
        if ":" in word:
            return self._ready(channel(word), mail)
        raise NotFound(
            _("there is no channel '{name}'").format(name=word),
            hint=_("channels of crm.toml: {names}").format(names=", ".join(sorted(self.channels)) or "-"),
        )

    def _ready(self, found: Channel, mail: str | None) -> Channel:
        """A channel of mail with an address and a transport."""
        if found.kind != "mail":
            return found
        if found.transport is None:
            return Channel("mail", found.shown, to=found.to, transport=self.transport)
        given = found.transport
        carrier = Transport(
            host=given.host,
            port=given.port,
            user=given.user,
            password=given.password or self.transport.password,
            program=given.program,
            sender=self.transport.sender or given.sender,
            tls=given.tls,
        )
        to = channel(f"mailto:{_written(mail)}").to
        return Channel("mail", f"mailto:{to}", to=to, transport=carrier)


def _written(mail: str | None) -> str:
    if not mail:
        raise UsageError(_("there is no e-mail address"), hint=_("crm team edit NAME email=ADDRESS"))
    return mail.replace("%", "%25")


def addresses() -> Addresses:
    """What the user's file and the environment say, the environment first.

    Raises:
        InvalidInput: the file says something else, or others can read it. UsageError: an address is none.
    """
    path, given = settings.user_file()
    section = given.get("notify", {})
    if section:
        _refuse_readable(path)
    channels: Any = section.pop("channels", {}) if isinstance(section, dict) else None
    if not (_texts(section) and _texts(channels)):
        raise InvalidInput(_("{path}: '{key}' has a value of the wrong kind").format(path=path, key="notify"))
    unknown = sorted(set(section) - set(_OWN))
    if unknown:
        raise InvalidInput(
            _("{path}: unknown setting '{key}'").format(path=path, key=f"notify.{unknown[0]}"),
            hint=_("known: {keys}").format(keys=", ".join((*_OWN, "channels"))),
        )
    taken = sorted(set(channels) & set(_OWN))
    if taken:
        raise InvalidInput(_("{path}: a channel cannot be called '{name}'").format(path=path, name=taken[0]))
    said = {name: _variable(name) or section.get(name, "") for name in _OWN}
    way = transport(said["mail"] or "sendmail:", password=said["password"], sender=said["from"])
    return Addresses(way, channels)


def _texts(section: Any) -> bool:
    return isinstance(section, dict) and all(isinstance(value, str) for value in section.values())


def _variable(name: str) -> str | None:
    """What the environment says of a setting or channel."""
    return os.environ.get("CRM_NOTIFY_" + re.sub(r"\W", "_", name).upper()) or None


def _refuse_readable(path: Path) -> None:
    """As ssh does with a key: what others can read is no secret."""
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InvalidInput(
            _("{path} can be read by others, and it holds the addresses of channels").format(path=path),
            hint=f"chmod 600 {path}",
        )
