"""Text on a terminal; and what the package costs to import."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli import values
from tests.values.refusals import unhurried


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("abc", 3),
        ("张三", 4),
        ("Ａ", 2),
        ("e\u0301", 1),
        ("a\u200bb", 2),
        ("…", 1),
        ("ｱ", 1),
        ("😀", 2),
        ("", 0),
    ],
)
def test_display_width(text: str, cells: int) -> None:
    assert values.display_width(text) == cells


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张三 [vip]", "张三 [vip]"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\u202eb\u2066", "a\\u202eb\\u2066"),
        ("一\n二", "一⏎二"),
        ("\x9b\u200b\ufeff", "\\x9b\\u200b\\ufeff"),
        ("a\u3000b", "a b"),
        ("\U000e0041\ud800", "\\U000e0041\\ud800"),
    ],
)
def test_safe(text: str, shown: str) -> None:
    assert values.safe(text) == shown


@unhurried
@given(st.text())
def test_safe_text_is_printable_and_stays_as_it_is(text: str) -> None:
    shown = values.safe(text)
    assert shown.isprintable()
    assert values.safe(shown) == shown


def test_importing_the_module_imports_no_library() -> None:
    heavy = "{'phonenumbers', 'email_validator', 'borax', 'stdnum', 'dateutil', 'zoneinfo'}"
    script = f"import sys, crmcli.values, crmcli.calendars; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
