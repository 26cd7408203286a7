"""E-mail addresses: what is accepted, what it becomes, and the code of what is refused."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crmcli import values
from crmcli.errors import BadValue
from crmcli.values import emails
from tests.values.refusals import code_of, unhurried


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("li.lei@example.com", "li.lei@example.com"),
        (" Li.Lei@Example.COM ", "li.lei@example.com"),
        ("mailto:lilei@example.com?subject=x", "lilei@example.com"),
        ("邮箱：lilei@example.com", "lilei@example.com"),
        ("李雷 <lilei@example.com>", "lilei@example.com"),
        ('"Lei, Li" <lilei@example.com>;', "lilei@example.com"),
        ("ｌｉｌｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", "lilei@example.com"),
        ("lilei@example,cn", "lilei@example.cn"),
        ("a+b_c-d@mail.example.co.uk", "a+b_c-d@mail.example.co.uk"),
        ("o'neil@example.ie", "o'neil@example.ie"),
        ("testing@test.com", "testing@test.com"),
        ("【lilei@example.com】", "lilei@example.com"),
        ("📧lilei@example.com", "lilei@example.com"),
        ("李雷 lilei@example.com", "lilei@example.com"),
        ("lilei@example.com（李雷）", "lilei@example.com"),
        ("lilei @ example. com", "lilei@example.com"),
    ],
)
def test_parse_email(text: str, email: str) -> None:
    assert values.parse_email(text) == email
    assert values.parse_email(email) == email


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("lilei@qq.con", "email-typo"),
        ("lilei@163.cm", "email-typo"),
        ("lilei@example.c0m", "email-typo"),
        ("test@test.com", "email-placeholder"),
        ("没有@qq.com", "email-invalid"),
    ],
)
def test_parse_email_says_what_is_wrong(text: str, code: str) -> None:
    assert code_of(values.parse_email, text) == code


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "暂无", "lilei", "lilei@", "@example.com", "lilei@@example.com", "lilei@qq", "lilei#qq.com",
        "lilei at qq.com", "a..b@example.com", ".a@example.com", "a@-b.com",
        "a@b.com,c@d.com", "123@qq", "a b@example.com", "a" * 65 + "@b.com", "a@" * 3000,
    ],
)  # fmt: skip
def test_parse_email_refuses(text: str) -> None:
    assert code_of(values.parse_email, text) == "email-invalid"


@unhurried
@given(st.emails())
def test_parse_email_is_idempotent(text: str) -> None:
    try:
        once = values.parse_email(text)
    except BadValue:
        return
    assert values.parse_email(once) == once


@unhurried
@given(st.from_regex(r"[a-z0-9._+-]{1,8}@[a-z0-9-]{1,8}\.[a-z0-9-]{0,3}\.?(com|cn|io)", fullmatch=True))
def test_the_library_agrees_with_the_fast_path(text: str) -> None:
    assume(re.fullmatch(emails._EMAIL, text) is not None)
    from email_validator import validate_email

    assert values.parse_email(text) == text == validate_email(text, check_deliverability=False).normalized


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a1@example.com/b2@example.cn", ["a1@example.com", "b2@example.cn"]),
        ("a1@example.com；b2@example.cn", ["a1@example.com", "b2@example.cn"]),
        ("a1@example.com\nb2@example.cn", ["a1@example.com", "b2@example.cn"]),
        ("李雷 <a1@example.com>; <b2@example.cn>", ["李雷 <a1@example.com>", "<b2@example.cn>"]),
        ("a1@example.com b2@example.cn", ["a1@example.com", "b2@example.cn"]),
        ("a1@example.com 李雷 b2@example.cn 备用", ["a1@example.com", "李雷 b2@example.cn 备用"]),
        ("a1@example.com;li#qq.com;b2@example.cn", ["a1@example.com", "li#qq.com", "b2@example.cn"]),
        ("a1@example.com,li#qq.com,b2@example.cn", ["a1@example.com", "li#qq.com", "b2@example.cn"]),
        ("c at x/a1@example.com/b2@example.cn", ["c at x", "a1@example.com", "b2@example.cn"]),
        ("李雷 a1@example.com；韩梅 b2@example.cn", ["李雷 a1@example.com", "韩梅 b2@example.cn"]),
        ("a1@example.com;" * 100, ["a1@example.com;" * 100]),
        ("a1@example,com,b2@example.cn", ["a1@example,com", "b2@example.cn"]),
        ("a1 @ example.com", ["a1 @ example.com"]),
        ("a1@@example.com", ["a1@@example.com"]),
        ("a1@example.com,", ["a1@example.com,"]),
        ("", [""]),
    ],
)
def test_split_emails(text: str, parts: list[str]) -> None:
    assert values.split_emails(text) == parts
