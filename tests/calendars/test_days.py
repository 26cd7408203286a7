"""Days as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli import calendars
from crmcli.errors import BadValue
from tests.calendars.refusals import WEDNESDAY, code_of, unhurried


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-05", date(2026, 1, 5)),
        ("2026/1/5", date(2026, 1, 5)),
        ("20260105", date(2026, 1, 5)),
        ("2026年1月5日", date(2026, 1, 5)),
        ("today", date(2026, 1, 7)),
        ("Tomorrow", date(2026, 1, 8)),
        ("yesterday", date(2026, 1, 6)),
        ("+3d", date(2026, 1, 10)),
        ("-3d", date(2026, 1, 4)),
        ("+2w", date(2026, 1, 21)),
        ("+1m", date(2026, 2, 7)),
        ("+1y", date(2027, 1, 7)),
        ("in 3 days", date(2026, 1, 10)),
        ("2 weeks ago", date(2025, 12, 24)),
        ("wed", date(2026, 1, 14)),
        ("thu", date(2026, 1, 8)),
        ("tues", date(2026, 1, 13)),
        ("next thurs", date(2026, 1, 15)),
        ("monday", date(2026, 1, 12)),
        ("next monday", date(2026, 1, 12)),
        ("next  friday", date(2026, 1, 16)),
        ("this friday", date(2026, 1, 9)),
        ("last friday", date(2026, 1, 2)),
        ("eom", date(2026, 1, 31)),
        ("eoy", date(2026, 12, 31)),
        ("今天", date(2026, 1, 7)),
        ("明天", date(2026, 1, 8)),
        ("后天", date(2026, 1, 9)),
        ("大后天", date(2026, 1, 10)),
        ("昨天", date(2026, 1, 6)),
        ("前天", date(2026, 1, 5)),
        ("3天后", date(2026, 1, 10)),
        ("３天后", date(2026, 1, 10)),
        ("三天之后", date(2026, 1, 10)),
        ("3天前", date(2026, 1, 4)),
        ("两周后", date(2026, 1, 21)),
        ("1个月后", date(2026, 2, 7)),
        ("半年后", date(2026, 7, 7)),
        ("一年后", date(2027, 1, 7)),
        ("周三", date(2026, 1, 14)),
        ("星期四", date(2026, 1, 8)),
        ("周日", date(2026, 1, 11)),
        ("下周三", date(2026, 1, 14)),
        ("下周日", date(2026, 1, 18)),
        ("下下周一", date(2026, 1, 19)),
        ("本周五", date(2026, 1, 9)),
        ("这周五", date(2026, 1, 9)),
        ("本周一", date(2026, 1, 5)),
        ("上周五", date(2026, 1, 2)),
        ("月底", date(2026, 1, 31)),
        ("下月底", date(2026, 2, 28)),
        ("年底", date(2026, 12, 31)),
        ("下个月5号", date(2026, 2, 5)),
        ("本月15日", date(2026, 1, 15)),
    ],
)
def test_parse_when(text: str, day: date) -> None:
    assert calendars.parse_when(text, WEDNESDAY) == day


def test_month_steps_keep_to_the_month() -> None:
    assert calendars.parse_when("+1m", date(2026, 1, 31)) == date(2026, 2, 28)
    assert calendars.parse_when("+1y", date(2024, 2, 29)) == date(2025, 2, 28)
    assert calendars.parse_when("下月底", date(2026, 12, 31)) == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "date-invalid"),
        ("soon", "date-invalid"),
        ("45356", "date-invalid"),
        ("12", "date-invalid"),
        ("+3", "date-invalid"),
        ("+99999y", "date-invalid"),
        ("半天后", "date-invalid"),
        ("十十天后", "date-invalid"),
        ("next", "date-invalid"),
        ("下周八", "date-invalid"),
        ("+3d" * 1000, "date-invalid"),
        ("2026-02-30", "date-impossible"),
        ("下个月30号", "date-impossible"),
        ("02/03/2026", "date-ambiguous"),
    ],
)
def test_parse_when_refuses(text: str, code: str) -> None:
    assert code_of(calendars.parse_when, text, WEDNESDAY) == code


def test_the_reason_names_accepted_forms() -> None:
    with pytest.raises(BadValue, match=r"2026-01-05.*tomorrow.*\+3d"):
        calendars.parse_when("whenever", WEDNESDAY)


@unhurried
@given(st.text(max_size=20))
def test_parse_when_accepts_or_refuses_anything(text: str) -> None:
    try:
        assert isinstance(calendars.parse_when(text, WEDNESDAY), date)
    except BadValue as problem:
        assert problem.code.startswith("date-")
