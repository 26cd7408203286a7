"""Instants on the clocks of a place."""

from datetime import date, datetime, tzinfo

from crmcli.errors import BadValue
from crmcli.i18n import _


def local_datetime(instant: datetime, zone: str) -> datetime:
    """An aware instant on the clocks of `zone` (an IANA name). Raises BadValue zone-invalid."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(zone_of(zone))


def local_date(instant: datetime, zone: str) -> date:
    """The calendar day of an aware instant in `zone`. Raises BadValue zone-invalid."""
    return local_datetime(instant, zone).date()


def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name. Raises BadValue zone-invalid."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadValue("zone-invalid", _("no such time zone; write it like Asia/Shanghai")) from None
