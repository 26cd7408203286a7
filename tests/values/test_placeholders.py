"""Texts with placeholders: filled in once, and only by names in braces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.errors import BadValue
from crmcli.values.placeholders import filled, placeholders


def test_names_in_braces_are_found_in_their_order() -> None:
    assert placeholders("Dear {contact}, {customer} … {contact}") == ["contact", "customer", "contact"]
    assert placeholders("no braces") == []
    assert placeholders("{}") == [""]


@pytest.mark.parametrize("text", ["{contact", "contact}", "{{contact}}", "} {", "{a{b}}"])
def test_any_other_brace_is_a_mistake(text: str) -> None:
    with pytest.raises(BadValue) as found:
        placeholders(text)
    assert found.value.code == "brace-alone"


def test_what_is_put_in_is_never_a_placeholder() -> None:
    values = {"contact": "{owner} {contact.__class__} {{7*7}}", "owner": "Li"}
    assert filled("Dear {contact}!", values) == "Dear {owner} {contact.__class__} {{7*7}}!"


def test_one_without_a_value_leaves_no_gap() -> None:
    assert filled("Dear {title} {contact}, hello", {"contact": "Wang"}) == "Dear Wang, hello"
    assert filled("Dear {contact},\nhello\n{owner}", {"contact": "Wang"}) == "Dear Wang,\nhello"
    assert filled("{owner}", {}) == ""
    assert filled("尊敬的{contact}{title}：您好", {"contact": "王强"}) == "尊敬的王强：您好"


@given(st.text(), st.text())
def test_any_text_may_be_put_in(before: str, value: str) -> None:
    plain = "x" + "".join(character for character in before if character.isalnum())
    found = filled(plain + "[{customer}]", {"customer": value})
    assert found.startswith(plain + "[")
