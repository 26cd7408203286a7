"""Digests as messages: every format in both languages, templates of one's own, and what a template cannot do."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crmcli import i18n
from crmcli.care.digests import Digest
from crmcli.errors import InvalidInput, UsageError
from crmcli.notifying import messages
from crmcli.notifying.messages import FORMATS, Message, Templates
from tests.notifying.conftest import TIERS, item


def made(text: str, digest: Digest, format: messages.Format = "text") -> str:
    found: str = getattr(Templates({format: (f"own.{format}", text)}).message(digest, TIERS), format)
    return found


def test_the_text_says_what_is_to_be_done(message: Message) -> None:
    assert message.subject == "To do 2026-11-20: 1 late, 2 today, 1 to come · 王芳"
    assert message.text.startswith(
        "王芳, 2026-11-20\n\nLATE (1)\n- 2026-11-18  <b>{{7*7}}</b> [x](http://evil.example)"
    )
    assert "(Key), 2 days late\n  send the offer: call 陈明 138 0013 8000\n  promised\n  action:1\n" in message.text
    assert "\nTODAY (2)\n- 2026-11-20  甲公司 (Key)\n" in message.text
    assert "  Greeting: Dear 陈明,\nhello\n  Gift: A card\n  Benefits: named contact; points\n" in message.text
    assert "\nTO COME (1)\n" in message.text


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_format_lets_customers_speak_for_themselves(digest: Digest, language: str) -> None:
    i18n.choose(language)
    try:
        found = Templates().message(digest, TIERS)
    finally:
        i18n.choose("en")
    for text in (found.subject, found.text, found.markdown, found.html):
        assert "\x1b" not in text
        assert "\nBcc:" not in text
        assert "\r" not in text
        assert "49" not in text
    assert "<b>" not in found.html and "&lt;b&gt;{{7*7}}" in found.html
    assert "](" not in found.markdown and "<b>" not in found.markdown
    assert "http://" not in found.html.replace("http://evil.example", "", 1)
    for text in (found.text, found.markdown, found.html):
        assert ("重点客户" in text or "Key" in text) or text is found.markdown
        assert all(word in text for word in ("王芳", "甲公司", "send the offer", "138 0013 8000", "A card", "points"))


def test_in_chinese_the_words_are_chinese(digest: Digest) -> None:
    i18n.choose("zh")
    try:
        found = Templates().message(digest, TIERS)
    finally:
        i18n.choose("en")
    for text in (found.text, found.markdown, found.html):
        assert "已逾期" in text and "逾期 2 天" in text and "祝福语" in text
        assert "late" not in text.lower() and "Benefits" not in text
        assert "电话 陈明" in text and "call" not in text


@pytest.mark.parametrize(
    ("stored", "english", "chinese"),
    [
        ("manager: 王经理", "manager: 王经理", "上级：王经理"),
        ("mark: high-risk", "mark: high-risk", "标记：high-risk"),
        ("reassign", "reassign", "更换负责人"),
        ("reassigned: 2026-11-20", "reassigned: 2026-11-20", "已更换负责人：2026-11-20"),
        ("account-manager: 李总", "account-manager: 李总", "account-manager：李总"),
        ("Mark", "Mark", "Mark"),
    ],
)
def test_a_step_of_the_escalation_is_in_the_language_spoken(
    digest: Digest, stored: str, english: str, chinese: str
) -> None:
    late = replace(digest, late=(replace(digest.today[0], escalation=stored),))
    assert f"\n  Escalation: {english}\n" in Templates().message(late, TIERS).text
    i18n.choose("zh")
    try:
        assert f"\n  升级处理：{chinese}\n" in Templates().message(late, TIERS).text
    finally:
        i18n.choose("en")


def test_a_long_list_says_how_many_more_there_are(digest: Digest) -> None:
    many = Digest("王芳", digest.as_of, (), tuple(item(number) for number in range(250)), ())
    found = Templates().message(many, TIERS)
    assert "- and 50 more: crm due" in found.text
    assert found.subject.startswith("To do 2026-11-20: 0 late, 250 today")


def test_an_owner_may_be_nobody(digest: Digest) -> None:
    found = Templates().message(Digest(None, digest.as_of, (), (item(1),), ()), TIERS)
    assert found.text.startswith("Customers without an owner, 2026-11-20")
    assert found.subject == "To do 2026-11-20: 0 late, 1 today, 0 to come"


# ------------------------------------------------------------------------------------ templates of one's own


def test_a_template_of_ones_own(digest: Digest) -> None:
    text = (
        "{% for item in today %}{{ loop.index }}. {{ item.customer|upper }} {{ item.nothing is defined }}\n{% endfor %}"
    )
    assert made(text, digest) == "1. 甲公司 False\n2. 甲公司 False\n"
    assert made("{{ today[0].key }} {{ late|length }} {{ owner[0] is defined }}", digest) == "action:2 1 False"
    assert made("{{ late[0].customer }}", digest, "html").startswith("&lt;b&gt;")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ customr }}", "unknown name 'customr'"),
        ("a\n{{ owner.upper() }}", "line 2: a template has no call"),
        ("{{ owner.__class__ }}", "__class__"),
        ("{{ late.append }}", "append"),
        ("{{ today[0].nothing }}", "nothing"),
        ("{{ owner * 1000000000 }}", "a template has no mul"),
        ("{{ 9 ** 9 ** 9 }}", "a template has no pow"),
        ("{{ owner ~ owner }}", "a template has no concat"),
        ("{% set x = 1 %}", "a template has no assign"),
        ("{% macro x() %}{% endmacro %}", "a template has no macro"),
        ("{% include 'x' %}", "a template has no include"),
        ("{% import 'x' as x %}", "a template has no import"),
        ("{% extends 'x' %}", "a template has no extends"),
        ("{% for a in late recursive %}{% endfor %}", "a template has no for"),
        ("{% for x in range(9) %}{% endfor %}", "a template has no call"),
        ("{{ owner|safe }}", "safe"),
        ("{{ owner|attr('x') }}", "attr"),
        ("{{ late|map('upper') }}", "map"),
        ("{{ owner|format(1) }}", "format"),
        ("{% for a in late %}", "line 1"),
        ("{{", "line 1"),
        ("x" * 64_001, "at most 64000 characters"),
        ("{% for a in late %}" * 4 + "{% endfor %}" * 4, "loops may be 3 deep"),
        ("{% for a in today %}{% for b in today %}" + "x" * 60_000 + "{% endfor %}{% endfor %}" , None),
        ("{{ " + "(" * 5_000 + ")" * 5_000 + " }}", ""),
        ("{{ late < 1 }}", ""),
    ],
)  # fmt: skip
def test_what_a_template_cannot_do(digest: Digest, text: str, reason: str | None) -> None:
    if reason is None:
        assert len(made(text, digest)) == 240_000
        return
    with pytest.raises(InvalidInput) as found:
        made(text, digest)
    assert found.value.message.startswith("own.text")
    assert reason in found.value.message


def test_a_template_that_makes_too_much_is_stopped(digest: Digest) -> None:
    many = Digest("王芳", digest.as_of, (), tuple(item(number) for number in range(200)), ())
    text = "{% for a in today %}{% for b in today %}" + "x" * 1000 + "{% endfor %}{% endfor %}"
    with pytest.raises(InvalidInput, match="makes more than 1000000 characters"):
        made(text, many)


def test_templates_are_told_apart_by_their_endings(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "own.txt").write_text("\ufeffto {{ owner }}", "utf-8")
    (tmp_path / "own.md").write_text("# {{ owner }}", "utf-8")
    found = Templates(messages.read([tmp_path / "own.txt", tmp_path / "own.md"])).message(digest, TIERS)
    assert (found.text, found.markdown) == ("to 王芳", "# 王芳")
    assert found.html.startswith("<!doctype html>")
    (tmp_path / "own.doc").write_text("x")
    for wrong in ([tmp_path / "own.doc"], [tmp_path / "own.md"] * 2):
        with pytest.raises(UsageError):
            messages.read(wrong)
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\xff")
    for name in ("none.txt", "bad.txt"):
        with pytest.raises(InvalidInput, match=name):
            messages.read([tmp_path / name])


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_what_is_shipped_may_be_given_back_as_ones_own(
    tmp_path: Path, digest: Digest, format: messages.Format, language: str
) -> None:
    i18n.choose(language)
    try:
        shipped = messages.shipped(format)
        assert made(shipped, digest, format) == getattr(Templates().message(digest, TIERS), format)
    finally:
        i18n.choose("en")


def test_templates_cost_nothing_where_nothing_is_sent() -> None:
    code = "import sys, crmcli.care.digests, crmcli.care.greetings; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "jinja2" not in loaded
    assert "smtplib" not in loaded
