"""Dates: days in a zone, what people type for one, cadence steps, birthdays, festivals, working time.

Pure functions: whoever knows the time passes it in. The modules below are loaded at first use, because every start
of the program imports this one; borax (the lunar calendar) and chinesecalendar (public holidays) where they are asked.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmcli.calendars.birthdays import anniversary_keys, birthday_keys, birthdays_between
    from crmcli.calendars.cadences import Cadence, add, parse_cadence
    from crmcli.calendars.days import parse_when
    from crmcli.calendars.durations import Duration, parse_duration
    from crmcli.calendars.festivals import FESTIVALS, Festival, festival, festival_on, festivals_between
    from crmcli.calendars.holiday_files import (
        ExtraDays,
        holidays_from_ics,
        holidays_from_json,
        holidays_from_toml,
    )
    from crmcli.calendars.moments import parse_instant
    from crmcli.calendars.steps import Unit
    from crmcli.calendars.working import (
        ClockTime,
        Deadline,
        Span,
        WorkingTime,
        parse_span,
        parse_workday,
    )
    from crmcli.calendars.zones import local_date, local_datetime

__all__ = [
    "FESTIVALS",
    "Cadence",
    "ClockTime",
    "Deadline",
    "Duration",
    "ExtraDays",
    "Festival",
    "Span",
    "Unit",
    "WorkingTime",
    "add",
    "anniversary_keys",
    "birthday_keys",
    "birthdays_between",
    "festival",
    "festival_on",
    "festivals_between",
    "holidays_from_ics",
    "holidays_from_json",
    "holidays_from_toml",
    "local_date",
    "local_datetime",
    "parse_cadence",
    "parse_duration",
    "parse_instant",
    "parse_span",
    "parse_when",
    "parse_workday",
]

_HOMES = {
    "birthdays": (
        "anniversary_keys",
        "birthday_keys",
        "birthdays_between",
    ),
    "cadences": (
        "Cadence",
        "add",
        "parse_cadence",
    ),
    "days": ("parse_when",),
    "durations": (
        "Duration",
        "parse_duration",
    ),
    "festivals": (
        "FESTIVALS",
        "Festival",
        "festival",
        "festival_on",
        "festivals_between",
    ),
    "holiday_files": (
        "ExtraDays",
        "holidays_from_ics",
        "holidays_from_json",
        "holidays_from_toml",
    ),
    "moments": ("parse_instant",),
    "steps": ("Unit",),
    "working": (
        "ClockTime",
        "Deadline",
        "Span",
        "WorkingTime",
        "parse_span",
        "parse_workday",
    ),
    "zones": (
        "local_date",
        "local_datetime",
    ),
}


def __getattr__(name: str) -> Any:
    """A public name, from the module that it lives in."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            found = getattr(import_module(f"crmcli.calendars.{module}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module 'crmcli.calendars' has no attribute '{name}'")
