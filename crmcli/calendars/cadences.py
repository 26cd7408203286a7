"""Cadences: how often something is due."""

import re
from dataclasses import dataclass
from datetime import date

from crmcli.calendars.steps import CHINESE_UNIT, NUMBER, Unit, count, shifted
from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values import clean_text


@dataclass(frozen=True)
class Cadence:
    """How often something is due: every `number` units. Quarters and half-years are months."""

    number: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


_CADENCE_WORDS: dict[str, tuple[int, Unit]] = {
    "daily": (1, "day"), "weekly": (1, "week"), "monthly": (1, "month"), "quarterly": (3, "month"),
    "yearly": (1, "year"), "annually": (1, "year"), "half-yearly": (6, "month"),
}  # fmt: skip


def parse_cadence(text: str) -> Cadence:
    """`1 month`, `2 weeks`, `quarter`, `half-year`, `monthly`, `1个月`, `每季度`, `半年`: 1 to 999 units.

    Raises BadValue cadence-invalid.
    """
    words = re.sub(r"\s+", " ", clean_text(text[:40]).lower()).removeprefix("every ").removeprefix("每")
    number, unit = _CADENCE_WORDS.get(words, (0, "day"))
    if found := re.fullmatch(r"(?:(\d{1,3}) ?)?(day|week|month|quarter|half[- ]year|year)s?", words, re.ASCII):
        number, unit = count(found[1] or "1", found[2].replace(" ", "-"))
    elif found := re.fullmatch(rf"({NUMBER})? ?个?({CHINESE_UNIT})", words):
        try:
            number, unit = count(found[1] or "1", found[2])
        except BadValue:
            number = 0
    if not 1 <= number <= 999:
        raise BadValue("cadence-invalid", _("not a cadence; write 3 days, 2 weeks, 1 month, quarter or half-year"))
    return Cadence(number, unit)


def add(cadence: Cadence, day: date, times: int = 1) -> date:
    """`day` and `times` steps (also negative); in a month too short for the day it is the month's last.

    All steps are taken from `day` at once, so 31 January, monthly, comes back to the 31st in March.
    Raises BadValue date-invalid beyond year 9999.
    """
    return shifted(day, cadence.number * times, cadence.unit)
