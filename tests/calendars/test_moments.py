"""Moments as people type them."""

from datetime import UTC, datetime

import pytest

from crmcli import calendars
from tests.calendars.refusals import NOW, SHANGHAI, code_of


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-05", "2026-01-04T16:00:00+00:00"),
        ("2026-01-05 14:30", "2026-01-05T06:30:00+00:00"),
        ("2026-01-05T14:30:15", "2026-01-05T06:30:15+00:00"),
        ("2026/1/5 9:05", "2026-01-05T01:05:00+00:00"),
        ("2026-01-05T14:30:00+02:00", "2026-01-05T12:30:00+00:00"),
        ("2026-01-05 14:30 +0200", "2026-01-05T12:30:00+00:00"),
        ("2026-01-05T14:30:00Z", "2026-01-05T14:30:00+00:00"),
        ("now", "2026-01-07T02:30:00+00:00"),
        ("today 14:30", "2026-01-07T06:30:00+00:00"),
        ("14:30", "2026-01-07T06:30:00+00:00"),
        ("昨天 15:00", "2026-01-06T07:00:00+00:00"),
        ("昨天下午3点半", "2026-01-06T07:30:00+00:00"),
        ("上午9点15分", "2026-01-07T01:15:00+00:00"),
        ("中午12点", "2026-01-07T04:00:00+00:00"),
        ("+3d 08:00", "2026-01-10T00:00:00+00:00"),
        ("yesterday", "2026-01-05T16:00:00+00:00"),
    ],
)
def test_parse_instant(text: str, instant: str) -> None:
    found = calendars.parse_instant(text, NOW, SHANGHAI)
    assert found.isoformat() == instant
    assert found.tzinfo is UTC


def test_today_is_the_day_of_the_zone_not_of_utc() -> None:
    evening = datetime(2026, 1, 6, 20, 0, tzinfo=UTC)
    assert calendars.parse_instant("today 01:00", evening, SHANGHAI) == datetime(2026, 1, 6, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "25:00",
        "14:60",
        "2026-01-05 25:00",
        "2026-01-05T14:30+99:00",
        "晚上12点",
        "soon 14:30",
        "+9000y 10:00",
    ],
)
def test_parse_instant_refuses(text: str) -> None:
    assert code_of(calendars.parse_instant, text, NOW, SHANGHAI) == "date-invalid"


def test_an_instant_past_the_calendar_is_a_bad_value() -> None:
    last_year = datetime(9999, 6, 1, tzinfo=UTC)
    assert code_of(calendars.parse_instant, "eoy 23:00", last_year, "America/New_York") == "date-invalid"
