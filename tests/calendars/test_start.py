"""The calendars are loaded piece by piece: every start of the program imports the package."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("names", "unwanted"),
    [
        ("local_date", {"borax", "chinese_calendar", "zoneinfo", "vobject", "crmcli.calendars.days"}),
        ("Cadence, add, birthday_keys", {"borax", "chinese_calendar", "zoneinfo", "vobject"}),
        ("WorkingTime, FESTIVALS, holidays_from_ics", {"borax", "chinese_calendar", "vobject"}),
    ],
)
def test_no_library_is_loaded_before_it_is_asked(names: str, unwanted: set[str]) -> None:
    code = f"import sys; from crmcli.calendars import {names}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not unwanted & set(done.stdout.split())


def test_every_public_name_is_there() -> None:
    from crmcli import calendars

    for name in calendars.__all__:
        assert getattr(calendars, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        calendars.__getattr__("nonsense")
