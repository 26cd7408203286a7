"""A digest whose customers are up to no good, and the messages that are made of it."""

from datetime import date

import pytest

from crmcli.care.digests import Digest
from crmcli.care.due import DueItem
from crmcli.care.greetings import Greeting
from crmcli.notifying.messages import Message, Templates

TIERS = {"key": {"label": {"en": "Key", "zh": "重点客户"}, "rank": 1}}
NASTY = "<b>{{7*7}}</b> [x](http://evil.example)\r\nBcc: all@evil.example\x1b[2J"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def item(number: int, *, customer: str = "甲公司", due_on: date = date(2026, 11, 20), late: int = 0) -> DueItem:
    return DueItem(
        key=f"action:{number}",
        due_on=due_on,
        due_at=None,
        late_days=late,
        kind="action",
        code="C000001",
        customer=customer,
        tier="key",
        owner="王芳",
        action="send the offer",
        channel="call",
        contact="陈明",
        phone="+8613800138000",
        reason="promised",
        escalation=None,
    )


@pytest.fixture
def digest() -> Digest:
    return Digest(
        owner="王芳",
        as_of=date(2026, 11, 20),
        late=(item(1, customer=NASTY, due_on=date(2026, 11, 18), late=2),),
        today=(item(2), item(3)),
        week=(item(4, due_on=date(2026, 11, 24)),),
        greetings={"action:2": Greeting("Dear 陈明,\nhello", "A card", ("named contact", "points"))},
    )


@pytest.fixture
def message(digest: Digest) -> Message:
    return Templates().message(digest, TIERS)


@pytest.fixture
def long_message(digest: Digest) -> Message:
    many = tuple(item(number, customer=f"客户{number}有限公司") for number in range(190))
    return Templates().message(Digest("王芳", digest.as_of, many, many, ()), TIERS)
