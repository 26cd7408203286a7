"""Lengths of time as a policy writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.calendars import Duration, parse_duration
from crmcli.errors import BadValue
from tests.calendars.refusals import code_of, unhurried


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30 minutes", "30 minutes"),
        ("30min", "30 minutes"),
        ("1 hour", "1 hour"),
        ("2 Hours", "2 hours"),
        ("2h", "2 hours"),
        ("1.5 hours", "90 minutes"),
        ("48.0 hours", "48 hours"),
        ("3 days", "3 days"),
        ("3d", "3 days"),
        ("1 week", "1 week"),
        ("30分钟", "30 minutes"),
        ("2小时", "2 hours"),
        ("２小时", "2 hours"),
        ("两个小时", "2 hours"),
        ("半小时", "30 minutes"),
        ("半个小时", "30 minutes"),
        ("一个半小时", "90 minutes"),
        ("1.5小时", "90 minutes"),
        ("3天", "3 days"),
        ("十天", "10 days"),
        ("1周", "1 week"),
        ("2个星期", "2 weeks"),
    ],
)
def test_parse_duration(text: str, said: str) -> None:
    duration = parse_duration(text)
    assert str(duration) == said
    assert parse_duration(said) == duration


@pytest.mark.parametrize(
    "text",
    [
        "", "2", "0 hours", "-2 hours", "10000 hours", "1.25 hours", "1.5 days", "半天", "2 months", "2个月", "5m",
        "3个工作日", "soon", "hours", "小时", "天", "2 hours 30 minutes",
    ],
)  # fmt: skip
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    assert code_of(parse_duration, text) == "duration-invalid"


@unhurried
@given(st.text(max_size=20))
def test_anything_is_accepted_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_duration(text), Duration)
    except BadValue as problem:
        assert problem.code == "duration-invalid"
