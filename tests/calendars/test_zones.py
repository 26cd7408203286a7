"""Instants on the clocks of a place."""

from datetime import UTC, date, datetime

import pytest

from crmcli import calendars
from tests.calendars.refusals import NOW, SHANGHAI, code_of


def test_local_date_is_the_day_of_the_zone() -> None:
    late = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)
    assert calendars.local_date(late, SHANGHAI) == date(2026, 1, 6)
    assert calendars.local_date(late, "America/New_York") == date(2026, 1, 5)
    assert calendars.local_datetime(late, SHANGHAI).isoformat() == "2026-01-06T00:00:00+08:00"


def test_a_naive_instant_or_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        calendars.local_date(datetime(2026, 1, 5), SHANGHAI)
    for zone in ("Asia/Nowhere", "", "../etc/passwd"):
        assert code_of(calendars.local_date, NOW, zone) == "zone-invalid"
