"""Channels: where a message goes, as an address says it; what is secret in the address is never shown.

    mailto:zhou@example.com                       by mail, through the transport of the settings
    smtp://crm@mail.example.com:587, smtps://…    by mail to the owner's own address, through this server
    sendmail:, sendmail:/usr/local/bin/msmtp      the same through a program of this machine
    https://oapi.dingtalk.com/robot/send?…        a robot of DingTalk, Feishu or WeCom, known by the host;
    dingtalk+https://proxy.example.com/…          feishu+, wecom+, webhook+: the same behind another host
    https://hooks.example.com/…                   any other web address: gets JSON
    tgram://…                                     any other service, by the library apprise

A robot that signs has its secret after `#`, which is never sent: `https://oapi.dingtalk.com/robot/send?…#SEC…`.
"""

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from crmcli.errors import UsageError
from crmcli.i18n import _

Kind = Literal["mail", "dingtalk", "feishu", "wecom", "webhook", "apprise"]

_ROBOTS: dict[str, Kind] = {
    "oapi.dingtalk.com": "dingtalk",
    "open.feishu.cn": "feishu",
    "open.larksuite.com": "feishu",
    "qyapi.weixin.qq.com": "wecom",
}
_NAMED: dict[str, Kind] = {"dingtalk": "dingtalk", "feishu": "feishu", "wecom": "wecom", "webhook": "webhook"}
# Apprise takes whatever these services answer for a success.
_OWN_ROBOTS = {"dingtalk", "feishu", "lark", "wecombot"}
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]*@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)
_LONGEST_ADDRESS = 254


@dataclass(frozen=True)
class Transport:
    """How mail leaves: an SMTP server, or a program that takes it.

    Attributes:
        host, port, user: of the server; "" for a program.
        program: its path, or "" for the machine's own sendmail.
        tls: "at once" (smtps), "yes" (STARTTLS, or nothing is sent), "no".
    """

    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    program: str = ""
    sender: str = ""
    tls: Literal["at once", "yes", "no"] = "no"


@dataclass(frozen=True)
class Channel:
    """Where messages go.

    Attributes:
        shown: what it is called, without its secrets: the name in the settings, an address, or a host and a mark that
            tells two of them apart.
        url, secret: of a robot or a web address.
        to, transport: of mail; an empty `to` is the owner's own address.
    """

    kind: Kind
    shown: str
    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    to: str = ""
    transport: Transport | None = None

    def named(self, name: str) -> "Channel":
        """The same under the name that it has in the settings."""
        return replace(self, shown=name)

    def masked(self, text: str) -> str:
        """`text` without anything of the address that may be secret."""
        parts = urlsplit(self.url)
        secrets = [self.url, self.secret, parts.path, parts.query, parts.netloc.rpartition("@")[0]]
        secrets += [*parts.path.split("/"), *(value for values in parse_qs(parts.query).values() for value in values)]
        secrets += [self.transport.password] if self.transport else []
        for secret in sorted({secret for secret in secrets if len(secret) > 5}, key=len, reverse=True):
            text = text.replace(secret, "…")
        return text


def channel(url: str) -> Channel:
    """The channel that an address stands for. Raises UsageError, which does not repeat the address."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise UsageError(_("that is not an address: it cannot be taken apart")) from None
    if not url.isprintable() or " " in url or not parts.scheme:
        raise UsageError(_("that is not an address"), hint=_HINT())
    if parts.scheme == "mailto":
        to = address(unquote(parts.path))
        return Channel("mail", f"mailto:{to}", to=to)
    if parts.scheme in ("smtp", "smtps", "sendmail"):
        carrier = transport(url)
        return Channel("mail", carrier.host or "sendmail", transport=carrier)
    service, plus, scheme = parts.scheme.rpartition("+")
    if scheme in ("https", "http") and (not plus or service in _NAMED):
        return _web(_NAMED.get(service), parts._replace(scheme=scheme))
    return _by_apprise(url, parts)


def _HINT() -> str:
    return _("like mailto:zhou@example.com, https://… or the name of a channel in crm.toml")


def _web(kind: Kind | None, parts: SplitResult) -> Channel:
    host = parts.hostname or ""
    if not host:
        raise UsageError(_("the address has no host"))
    if parts.scheme == "http" and not of_this_machine(host):
        raise UsageError(_("http://{host} would show everybody what is sent").format(host=host), hint=_("use https://"))
    url = parts._replace(fragment="").geturl()
    return Channel(
        kind or _ROBOTS.get(host, "webhook"),
        f"{parts.scheme}://{host}#{_mark(url)}",
        url=url,
        secret=parts.fragment,
    )


def _by_apprise(url: str, parts: SplitResult) -> Channel:
    if parts.scheme in _OWN_ROBOTS:
        raise UsageError(
            _("{scheme}:// cannot tell a refusal from a success").format(scheme=parts.scheme),
            hint=_("give the robot's own https:// address"),
        )
    if "://" not in url:
        raise UsageError(_("that is not an address"), hint=_HINT())
    # What other services have for a host may be a token.
    return Channel("apprise", f"{parts.scheme}://#{_mark(url)}", url=url)


def _mark(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:8]


def transport(url: str, *, password: str = "", sender: str = "") -> Transport:
    """The way for mail that `smtp://`, `smtps://` or `sendmail:` stands for. Raises UsageError.

    SMTP is encrypted: from the start (smtps) or by STARTTLS, but to this machine itself; `?tls=yes` and `?tls=no` say
    otherwise. A password never goes to another machine unencrypted.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(_("that is not the address of a mail server")) from None
    sender = address(sender) if sender else ""
    if parts.scheme == "sendmail":
        return Transport(program=parts.path, sender=sender)
    if parts.scheme not in ("smtp", "smtps") or not host:
        raise UsageError(_("mail goes by smtp://, smtps:// or sendmail:"))
    user = unquote(parts.username or "")
    said = parse_qs(parts.query).get("tls", [""])[0]
    if said not in ("", "yes", "no"):
        raise UsageError(_("tls is yes or no"))
    required = said == "yes" or (said == "" and not of_this_machine(host))
    tls: Literal["at once", "yes", "no"] = "at once" if parts.scheme == "smtps" else "yes" if required else "no"
    return Transport(
        host=host,
        port=port or {"at once": 465}.get(tls, 587 if user else 25),
        user=user,
        password=unquote(parts.password or "") or password,
        sender=sender or (user if _ADDRESS.fullmatch(user) else ""),
        tls=tls,
    )


def of_this_machine(host: str) -> bool:
    return host == "localhost" or host == "::1" or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def address(text: str) -> str:
    """An e-mail address that may stand in a header and on a command line. Raises UsageError."""
    if len(text) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        raise UsageError(_("'{text}' is not an e-mail address").format(text=text[:_LONGEST_ADDRESS]))
    return text
