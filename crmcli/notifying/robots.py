"""The group robots of DingTalk, Feishu and WeCom: how each signs, what it takes, and what its answer means.

All three answer 200 to a refusal, with a code in the body. DingTalk and WeCom take 20 messages a minute.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from crmcli.errors import NotDelivered
from crmcli.i18n import _
from crmcli.notifying.channels import Channel
from crmcli.notifying.messages import Message
from crmcli.notifying.posting import post
from crmcli.notifying.splitting import split

WAITS = (5, 15, 45)
"""Seconds before each further try after a rate limit; together more than the minute that the limits are about."""

_TOO_MANY = 429
_SAID = 300


@dataclass(frozen=True)
class _Robot:
    """What one service wants. `limit`: bytes of one message; `limited`: its codes for too many at once."""

    name: str
    limit: int
    limited: frozenset[int]
    codes: tuple[str, ...]
    content: Callable[[str, str], dict[str, Any]]
    text: Callable[[Message], str]


def _dingtalk(title: str, text: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}


def _feishu(_title: str, text: str) -> dict[str, Any]:
    # Its text knows one tag, which calls people: no customer's name may have it.
    return {"msg_type": "text", "content": {"text": text.replace("<", "＜")}}


def _wecom(_title: str, text: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": text}}


_ROBOTS = {
    "dingtalk": _Robot(
        "DingTalk", 18_000, frozenset({130101, 410100}), ("errcode",), _dingtalk, lambda message: message.markdown
    ),
    "feishu": _Robot(
        "Feishu",
        18_000,
        frozenset({11232, 11233, 230020, 99991400}),
        ("code", "StatusCode"),
        _feishu,
        lambda message: message.text,
    ),
    "wecom": _Robot("WeCom", 4_096, frozenset({45009, 45033}), ("errcode",), _wecom, lambda message: message.markdown),
}


def send(
    channel: Channel,
    message: Message,
    *,
    timeout: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> None:
    """Send a message, in parts if it is long. Raises NotDelivered, `limited` if the robot took no more of them."""
    robot = _ROBOTS[channel.kind]
    for part in split(robot.text(message), robot.limit):
        content = robot.content(message.subject, part)
        for wait in (*WAITS, None):
            try:
                _send_once(channel, robot, content, timeout=timeout, now=clock())
                break
            except NotDelivered as error:
                if not error.limited or wait is None:
                    raise
                sleep(wait)


def _send_once(channel: Channel, robot: _Robot, content: dict[str, Any], *, timeout: float, now: float) -> None:
    url = channel.url
    if channel.secret and channel.kind == "dingtalk":
        stamp, sign = dingtalk_sign(channel.secret, now)
        url += f"{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote_plus(sign)}"
    elif channel.secret and channel.kind == "feishu":
        stamp, sign = feishu_sign(channel.secret, now)
        content = {"timestamp": stamp, "sign": sign, **content}
    status, answer = post(url, content, timeout=timeout)
    if status == _TOO_MANY:
        raise NotDelivered(_("too many messages at once"), limited=True)
    said = _json(answer)
    code = next((said[key] for key in robot.codes if key in said), None)
    if not isinstance(code, int) or isinstance(code, bool):
        reason = _("answered {status}, and not as a robot of {name} does").format(status=status, name=robot.name)
        raise NotDelivered(reason)
    if code != 0:
        words = channel.masked(str(said.get("errmsg") or said.get("msg") or ""))[:_SAID]
        raise NotDelivered(f"{robot.name}: {code} {words}".strip(), limited=code in robot.limited)


def dingtalk_sign(secret: str, now: float) -> tuple[str, str]:
    """(timestamp in ms, sign): HMAC-SHA256 of `timestamp newline secret` under the secret, in base 64."""
    stamp = str(round(now * 1000))
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return stamp, base64.b64encode(digest).decode()


def feishu_sign(secret: str, now: float) -> tuple[str, str]:
    """(timestamp in s, sign): HMAC-SHA256 of nothing under `timestamp newline secret`, in base 64."""
    stamp = str(int(now))
    digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return stamp, base64.b64encode(digest).decode()


def _json(answer: bytes) -> dict[str, Any]:
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
