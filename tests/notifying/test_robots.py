"""Robots: signed as each wants it, in parts that it takes, and a refusal known from the code of its answer."""

from collections.abc import Callable

import pytest

from crmcli.errors import NotDelivered
from crmcli.notifying import robots
from crmcli.notifying.channels import channel
from crmcli.notifying.messages import Message
from tests.notifying import receivers

NOW = 1_764_000_000.125
SECRET = "SEC0123456789abcdef"
OK = {"dingtalk": {"errcode": 0, "errmsg": "ok"}, "feishu": {"code": 0, "msg": "success"}, "wecom": {"errcode": 0}}
LIMITED = {
    "dingtalk": {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"},
    "feishu": {"code": 11232, "msg": "frequency limited"},
    "wecom": {"errcode": 45009, "errmsg": "api freq out of limit"},
}
REFUSED = {
    "dingtalk": {"errcode": 310000, "errmsg": "keywords not in content"},
    "feishu": {"code": 19024, "msg": "Key Words Not Found"},
    "wecom": {"errcode": 93000, "errmsg": "invalid webhook url"},
}
SERVICES = sorted(OK)


def send(url: str, message: Message, *, waited: list[float] | None = None, timeout: float = 10.0) -> None:
    sleep: Callable[[float], None] = ([] if waited is None else waited).append
    robots.send(channel(url), message, timeout=timeout, clock=lambda: NOW, sleep=sleep)


def test_dingtalk_gets_markdown_signed_in_the_address(message: Message) -> None:
    with receivers.web(check=receivers.dingtalk(SECRET)) as server:
        send(f"{server.url('dingtalk')}#{SECRET}", message)
        assert server.got[0]["markdown"] == {"title": message.subject, "text": message.markdown}
        assert "timestamp=1764000000125&sign=" in server.paths[0]
        assert SECRET not in server.paths[0]
        with pytest.raises(NotDelivered, match=r"^DingTalk: 310000 sign not match$"):
            send(f"{server.url('dingtalk')}#another", message)


def test_feishu_gets_text_signed_in_the_content(message: Message) -> None:
    with receivers.web((200, OK["feishu"]), check=receivers.feishu(SECRET)) as server:
        send(f"{server.url('feishu')}#{SECRET}", message)
        assert server.got[0]["timestamp"] == "1764000000"
        text = server.got[0]["content"]["text"]
        assert "甲公司" in text
        # Its one tag would call everybody in the group.
        assert "<" not in text
        with pytest.raises(NotDelivered, match=r"^Feishu: 19021 sign match fail"):
            send(f"{server.url('feishu')}#another", message)


def test_without_a_secret_nothing_is_signed(message: Message) -> None:
    for service in SERVICES:
        with receivers.web((200, OK[service])) as server:
            send(server.url(service), message)
            assert server.paths == ["/robot/send?access_token=t0ken-t0ken"]
            assert not {"sign", "timestamp"} & server.got[0].keys()


def test_wecom_gets_a_long_list_in_parts(long_message: Message) -> None:
    with receivers.web((200, OK["wecom"]), check=receivers.wecom) as server:
        send(server.url("wecom"), long_message)
    parts = [content["markdown"]["content"] for content in server.got]
    assert len(parts) > 3
    assert parts[0].startswith(f"(1/{len(parts)})\n")
    whole = "".join(part.partition("\n")[2] for part in parts)
    assert whole == long_message.markdown


def test_dingtalk_takes_more_at_once(long_message: Message) -> None:
    with receivers.web(check=receivers.dingtalk(SECRET)) as server:
        send(f"{server.url('dingtalk')}#{SECRET}", long_message)
    assert 1 < len(server.got) < 4


@pytest.mark.parametrize("service", SERVICES)
def test_a_refusal_comes_with_200(service: str, message: Message) -> None:
    with receivers.web((200, REFUSED[service])) as server, pytest.raises(NotDelivered) as found:
        send(server.url(service), message)
    code = next(value for value in REFUSED[service].values() if isinstance(value, int))
    assert f"{code}" in found.value.message
    assert (found.value.exit_code, found.value.limited) == (75, False)


@pytest.mark.parametrize("service", SERVICES)
def test_after_a_rate_limit_it_is_tried_again(service: str, message: Message) -> None:
    waited: list[float] = []
    with receivers.web((200, LIMITED[service]), (429, {}), (200, OK[service])) as server:
        send(server.url(service), message, waited=waited)
    assert waited == [5, 15]
    assert len(server.got) == 3


@pytest.mark.parametrize("service", SERVICES)
def test_a_rate_limit_that_stays_ends_it(service: str, message: Message) -> None:
    waited: list[float] = []
    with receivers.web((200, LIMITED[service])) as server, pytest.raises(NotDelivered) as found:
        send(server.url(service), message, waited=waited)
    assert waited == list(robots.WAITS)
    assert sum(waited) > 60
    assert found.value.limited


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((500, b"oops"), "answered 500, and not as a robot of DingTalk does"),
        ((200, b"<html>Welcome</html>"), "answered 200, and not as a robot of DingTalk does"),
        ((200, {}), "answered 200"),
        ((200, []), "answered 200"),
        ((200, {"errcode": "0"}), "answered 200"),
        ((200, {"errcode": False}), "answered 200"),
        ((302, b""), "answered 302"),
        ((200, {"errcode": 7, "errmsg": "no robot t0ken-t0ken"}), "DingTalk: 7 no robot …"),
        ((200, b"[" * 60_000), "answered 200"),
    ],
)
def test_any_other_answer_is_a_failure(answer: receivers.Answer, reason: str, message: Message) -> None:
    with receivers.web(answer) as server, pytest.raises(NotDelivered) as found:
        send(server.url("dingtalk"), message)
    assert found.value.message.startswith(reason)
    assert len(server.got) == 1


def test_who_says_nothing_is_not_waited_for(message: Message) -> None:
    with receivers.web(None) as server, pytest.raises(NotDelivered, match=r"^no answer within 0\.1 seconds$"):
        send(server.url("dingtalk"), message, timeout=0.1)


def test_nobody_there(message: Message) -> None:
    with receivers.web() as server:
        pass
    with pytest.raises(NotDelivered, match=r"^Connection refused$") as found:
        send(server.url("dingtalk"), message)
    assert found.value.__suppress_context__
