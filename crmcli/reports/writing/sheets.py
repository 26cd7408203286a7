"""What a sheet allows: the names of sheets, texts in cells, days as numbers."""

import math
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from crmcli.i18n import _
from crmcli.reports.writing.cells import as_day, as_moment, seen
from crmcli.tables import guarded
from crmcli.values import display_width

EXACT = 10**15
"""From here on a spreadsheet rounds whole numbers."""
WIDEST = 60
"""Characters that a column is wide at most; longer texts are wrapped."""

_LONGEST = 32_767
_SHEET_NAME = 31
_WRAPPED, _BEGINNING = 400, 3  # of a text longer than so many characters a row shows so many lines
_FIRST_DAY = date(1900, 3, 1)  # before it Excel counts a day that never was
_NOTHING = date(1899, 12, 30).toordinal()
_CACHED = 1 << 12
_UNEVEN = 1.05  # lines end before the edge, where the next word or sign does not fit


class CellText(NamedTuple):
    """A text for a cell: how wide it is, how many lines it takes, and whether it must be kept from being run."""

    text: str
    width: int
    lines: int
    quoted: bool


@lru_cache(_CACHED)
def cell_text(text: str) -> CellText:
    """`text` as a cell can hold it: what cannot be seen made visible, and cut where it is too long, which it says."""
    shown = text if text.isprintable() else seen(text)
    if len(shown) * 2 > _LONGEST:
        shown = _cut(shown)
    width = display_width(shown) if "\n" not in shown else max(map(display_width, shown.split("\n")))
    lines = _BEGINNING if len(shown) > _WRAPPED else lines_of(shown, WIDEST) if width > WIDEST or "\n" in shown else 1
    return CellText(shown, width, lines, guarded(shown) != shown)


def lines_of(text: str, width: int) -> int:
    """The lines that a text takes in a column of `width` characters."""
    return sum(max(1, math.ceil(display_width(line) * _UNEVEN / width)) for line in text.split("\n"))


@lru_cache(_CACHED)
def day_number(value: Any) -> int | None:
    """A day as spreadsheets count it; None of what is none, or too early."""
    day = as_day(value)
    return None if day is None or day < _FIRST_DAY else day.toordinal() - _NOTHING


@lru_cache(_CACHED)
def moment_number(value: Any) -> float | None:
    """A moment on its own clock as spreadsheets count it, to the second; None as of days."""
    moment = as_moment(value)
    if moment is None or moment.date() < _FIRST_DAY:
        return None
    seconds = (moment - datetime.combine(moment.date(), datetime.min.time())).seconds
    return moment.toordinal() - _NOTHING + seconds / 86_400


def sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel allows and that no other sheet has; `taken` are case folded."""
    legal = "".join("_" if sign in "[]:*?/\\" else sign for sign in seen(title).replace("\n", " ")).strip(" '")
    if legal.casefold() in ("", "history"):  # Excel keeps that one for itself
        legal = f"{legal} 1".strip()
    name, count = _shortened(legal, _SHEET_NAME), 1
    while name.casefold() in taken:
        count += 1
        ending = f" {count}"
        name = _shortened(legal, _SHEET_NAME - len(ending)) + ending
    return name


def _shortened(text: str, units: int) -> str:
    """At most so many UTF-16 units, as Excel counts."""
    while len(text.encode("utf-16-le")) // 2 > units:
        text = text[:-1]
    return text.rstrip(" '")


def _cut(text: str) -> str:
    """A text that fits a cell; what is cut off is said at its end."""
    units = text.encode("utf-16-le")
    if len(units) // 2 <= _LONGEST:
        return text
    said = " " + _("… [cut here: {length} characters in all]").format(length=f"{len(text):,}")
    return units[: (_LONGEST - len(said)) * 2].decode("utf-16-le", errors="ignore") + said
