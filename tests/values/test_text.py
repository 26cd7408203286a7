"""Cleaning texts, and the keys that names are compared by."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmcli import values
from crmcli.values.text import bare
from tests.values.refusals import unhurried


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("张三", "张三"),
        ("  张三\u3000", "张三"),
        ("\u00a0张三\t", "张三"),
        ("\ufeff客户名称", "客户名称"),
        ("张\u200b三\u200e", "张三"),
        ("张\u202e三\u2066", "张三"),
        ("第一行\r\n第二行", "第一行 第二行"),
        ("a\tb\u2028c", "a b c"),
        ("a\x00\x1bb\x85", "ab"),
        ("Ａ１（全角）№", "Ａ１（全角）№"),
        ("全\u3000角", "全\u3000角"),
        ("a\ud800b", "a\ufffdb"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("张\u200d三👨\u200d", "张三👨"),
        ("", ""),
        (" \t\n", ""),
    ],
)
def test_clean_text(text: str, clean: str) -> None:
    assert values.clean_text(text) == clean


def test_clean_text_keeps_lines_when_asked() -> None:
    assert values.clean_text(" 一\r\n二\t三\r四\x07 ", multiline=True) == "一\n二 三\n四"


@unhurried
@given(st.text())
def test_clean_text_is_idempotent(text: str) -> None:
    once = values.clean_text(text)
    assert values.clean_text(once) == once
    assert once == once.strip()


@unhurried
@given(st.lists(st.text(st.characters() | st.sampled_from(" ¦\n\u3000\u200b"), max_size=6)))
@example([" a", "b"])
@example(["a¦", "b "])
def test_clean_texts_is_clean_text_of_each(column: list[str]) -> None:
    assert values.clean_texts(column) == [values.clean_text(text) for text in column]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("上海 某某（科技）有限公司", "上海某某科技有限公司"),
        ("ＡＢＣ　Ｃｏ．，Ｌｔｄ", "abccoltd"),
        ("Straße & Söhne", "strassesöhne"),
        ("snake_case-1", "snakecase1"),
        ("①号店", "1号店"),
        ("。、", "。、"),
    ],
)
def test_name_key(text: str, key: str) -> None:
    assert values.name_key(text) == key


@unhurried
@given(st.text())
@example("\u1100-\u1161")
@example("\u0390")
def test_name_key_is_idempotent_and_only_letters_and_digits(text: str) -> None:
    key = values.name_key(text)
    assert values.name_key(key) == key
    assert key.isalnum() or key == text.strip()


@unhurried
@given(st.lists(st.text(st.characters() | st.sampled_from("\n\u0301\u1161Ａ㎏"), max_size=6)))
@example(["a", "\u0301b", "a\n\u0301"])
def test_name_keys_is_name_key_of_each(column: list[str]) -> None:
    assert values.name_keys(column) == [values.name_key(text) for text in column]


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("'5000", "5000"),
        ("“5000”", "5000"),
        ("【金额：5000】", "5000"),
        ("📱 5000。", "5000"),
        ("10:30", "10:30"),
        ("（500）", "(500)"),
        ("#N/A", "#N/A"),
        ("", ""),
        ("：", ":"),
    ],
)
def test_bare(text: str, inner: str) -> None:
    assert bare(text) == inner
