"""Addresses: what each stands for, which are refused, and that none shows its secrets."""

import traceback

import pytest

from crmcli.errors import UsageError
from crmcli.notifying.channels import address, channel, transport

DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=abcdef123456#SECret99"


@pytest.mark.parametrize(
    ("url", "kind", "shown"),
    [
        (DINGTALK, "dingtalk", "https://oapi.dingtalk.com#"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/abcdef", "feishu", "https://open.feishu.cn#"),
        ("https://open.larksuite.com/open-apis/bot/v2/hook/abcdef", "feishu", "https://open.larksuite.com#"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abcdef", "wecom", "https://qyapi.weixin.qq.com#"),
        ("wecom+https://proxy.example.com/send?key=abcdef", "wecom", "https://proxy.example.com#"),
        ("https://user:abcdef@hooks.example.com/abcdef", "webhook", "https://hooks.example.com#"),
        ("http://127.0.0.1:8000/abcdef", "webhook", "http://127.0.0.1#"),
        ("tgram://abcdef/abcdef", "apprise", "tgram://#"),
        ("mailto:zhou@example.com", "mail", "mailto:zhou@example.com"),
        ("smtp://crm:abcdef@mail.example.com:587", "mail", "mail.example.com"),
        ("sendmail:", "mail", "sendmail"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, kind: str, shown: str) -> None:
    found = channel(url)
    assert found.kind == kind
    assert found.shown.startswith(shown)
    assert "abcdef" not in found.shown + repr(found)
    assert "SECret99" not in repr(found)


def test_two_robots_of_one_service_are_told_apart() -> None:
    assert channel(DINGTALK).shown != channel(DINGTALK.replace("123456", "654321")).shown
    assert channel(DINGTALK).shown == channel(DINGTALK).shown
    assert (channel(DINGTALK).secret, "#" in channel(DINGTALK).url) == ("SECret99", False)


def test_what_a_service_says_is_masked() -> None:
    said = "robot/send?access_token=abcdef123456 is not for SECret99"
    assert channel(DINGTALK).masked(said) == "robot/send?… is not for …"
    assert channel("https://x.example.com/hook/abcdef123").masked("no abcdef123 here") == "no … here"


@pytest.mark.parametrize(
    "url",
    [
        "", "nonsense", "http://hooks.example.com/secret", "https:///secret", "https://host:port/secret",
        "https://[::1/secret", "https://example.com/a b", "https://example.com/secret\r\nHost: evil", "ftp:secret",
        "mailto:", "mailto:a", "mailto:a@b,c@d", "mailto:a%0Ab@example.com", "mailto:a@b@c", "mailto:-f@example.com",
        "smtp://", "smtp:///x", "smtp://mail.example.com?tls=maybe", "dingtalk://secret", "lark://secret",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError) as found:
        channel(url)
    told = "".join(traceback.format_exception(found.value)) + str(found.value.hint)
    assert "secret" not in told


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example.com", "mail.example.com", 25, "yes"),
        ("smtp://crm@mail.example.com", "mail.example.com", 587, "yes"),
        ("smtp://crm@mail.example.com:2525?tls=no", "mail.example.com", 2525, "no"),
        ("smtps://crm@mail.example.com", "mail.example.com", 465, "at once"),
        ("smtp://localhost", "localhost", 25, "no"),
        ("smtp://127.0.0.1?tls=yes", "127.0.0.1", 25, "yes"),
    ],
)
def test_mail_is_encrypted_but_within_this_machine(url: str, host: str, port: int, tls: str) -> None:
    found = transport(url, password="s3cret-word")
    assert (found.host, found.port, found.tls) == (host, port, tls)
    assert "s3cret" not in repr(found)


def test_the_password_of_the_address_comes_first_and_the_user_may_be_the_sender() -> None:
    found = transport("smtp://crm%40example.com:a%2Fb@mail.example.com", password="other")
    assert (found.user, found.password, found.sender) == ("crm@example.com", "a/b", "crm@example.com")
    assert transport("smtp://crm@mail.example.com", sender="from@example.com").sender == "from@example.com"


@pytest.mark.parametrize(
    "text", ["a@b\nBcc: c@d", "a b@c.de", "a@b.c;d@e.f", "<a@b.c>", "王@例子.公司", "a" * 250 + "@b.cn"]
)
def test_an_e_mail_address_can_stand_in_a_header(text: str) -> None:
    with pytest.raises(UsageError):
        address(text)
