"""Web addresses: JSON by POST; and, by the library apprise where it is installed, other services."""

import importlib
import logging
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from crmcli.care.due import DueItem
from crmcli.errors import NotDelivered
from crmcli.i18n import _
from crmcli.notifying.channels import Channel
from crmcli.notifying.messages import Message
from crmcli.notifying.posting import post

_DONE = range(200, 300)
_TOO_MANY = 429


def send(channel: Channel, message: Message, *, timeout: float) -> None:
    """POST a message to a web address; what apprise knows it sends its way. Raises NotDelivered."""
    if (known := _known_to_apprise(channel.url)) is not None:
        _by_apprise(known, message)
        return
    status, _answer = post(channel.url, content(message), timeout=timeout)
    if status not in _DONE:
        raise NotDelivered(_("answered {status}").format(status=status), limited=status == _TOO_MANY)


def send_by_apprise(channel: Channel, message: Message) -> None:
    """Send by apprise. Raises NotDelivered: it is not installed, does not know the service, or could not deliver."""
    scheme = channel.url.partition(":")[0]
    if _apprise() is None:
        raise NotDelivered(
            _("{scheme}:// needs the library apprise").format(scheme=scheme),
            hint=_("pip install apprise, or give an https:// address"),
        )
    known = _known_to_apprise(channel.url)
    if known is None:
        raise NotDelivered(_("{scheme}:// is no service, or its address is incomplete").format(scheme=scheme))
    _by_apprise(known, message)


def content(message: Message) -> Mapping[str, Any]:
    """What a web address gets: title, text, owner, as_of, and late, told, today, week with the fields of `crm due`."""
    digest = message.digest
    parts = {"late": digest.late, "told": digest.told, "today": digest.today, "week": digest.week}
    return {
        "title": message.subject,
        "text": message.text,
        "owner": digest.owner,
        "as_of": digest.as_of.isoformat(),
        **{name: [_record(item) for item in items] for name, items in parts.items()},
    }


def _record(item: DueItem) -> dict[str, Any]:
    values = {one.name: getattr(item, one.name) for one in fields(item)}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}


def _apprise() -> Any:
    try:
        return importlib.import_module("apprise")
    except ImportError:
        return None


def _known_to_apprise(url: str) -> Any:
    """What apprise makes of an address, None if it is not there or knows no such service."""
    library = _apprise()
    if library is None:
        return None
    # It writes addresses, tokens and all, to its log.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    return library.Apprise.instantiate(url, suppress_exceptions=True)


def _by_apprise(known: Any, message: Message) -> None:
    if not known.notify(title=message.subject, body=message.text, body_format="text"):
        raise NotDelivered(_("{service} did not take it").format(service=known.service_name))
