"""Putting further days into a policy's text, where its `[calendar]` stands: whatever else is in it stays as it was."""

import copy
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from crmcli.errors import BadValue
from crmcli.i18n import _

_MARK = "\ufeff"
_ON_ONE_LINE = 6
_SKIPPED = re.compile(
    r'"""(?:[^\\]|\\.)*?"""' r"|'''.*?'''" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'|#[^\n]*",
    re.DOTALL,
)
_SECTION = re.compile(r"^[ \t]*\[[ \t]*calendar[ \t]*\][ \t]*\r?$", re.MULTILINE)
_NEXT_SECTION = re.compile(r"^[ \t]*\[", re.MULTILINE)


def with_days(text: str, *, holidays: Sequence[date], workdays: Sequence[date], years: Sequence[int]) -> str:
    """The policy with these added to the lists `extra_holidays`, `extra_workdays` and `known_years` of `[calendar]`.

    The section or a list that is not there is written. What comes out is read again, and says what the old one said
    and the days, or there is no answer.

    Raises BadValue calendar-elsewhere: its calendar stands in another form (`calendar = { … }`).
    """
    bare = text.removeprefix(_MARK)
    line_end = "\r\n" if "\r\n" in bare else "\n"
    lists: dict[str, Sequence[date | int]] = {
        "extra_holidays": holidays,
        "extra_workdays": workdays,
        "known_years": years,
    }
    added = {key: values for key, values in lists.items() if values}
    extended = bare
    for key, values in added.items():
        extended = _extended(extended, key, values, line_end)
    if not _says(extended, _expected(bare, added)):
        reason = _("its [calendar] is written in a way that cannot be added to; write it as a section of its own")
        raise BadValue("calendar-elsewhere", reason)
    return text[: len(text) - len(bare)] + extended


def _expected(text: str, added: dict[str, Sequence[date | int]]) -> dict[str, Any]:
    data = copy.deepcopy(tomllib.loads(text))
    section = data.setdefault("calendar", {})
    for key, values in added.items():
        section[key] = [*section.get(key, []), *values]
    return data


def _says(text: str, expected: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        return False


def _extended(text: str, key: str, values: Sequence[date | int], line_end: str) -> str:
    blank = _SKIPPED.sub(_blanked, text)
    header = _SECTION.search(blank)
    if header is None:
        body = text if text.endswith("\n") else text + line_end
        return f"{body}{line_end}[calendar]{line_end}{key} = {_new_list(values, line_end)}{line_end}"
    following = _NEXT_SECTION.search(blank, header.end())
    end = following.start() if following else len(blank)
    present = re.compile(rf"^[ \t]*{key}[ \t]*=[ \t]*\[", re.MULTILINE).search(blank, header.end(), end)
    if present is None:
        last = text.find("\n", header.start() + len(blank[header.start() : end].rstrip()))
        last = len(text) if last < 0 else last - (text[last - 1] == "\r")
        return f"{text[:last]}{line_end}{key} = {_new_list(values, line_end)}{text[last:]}"
    close = blank.index("]", present.end())
    return _into_list(text, blank, present.end(), close, values, line_end)


def _blanked(found: re.Match[str]) -> str:
    """A comment as spaces, a string as quotes: nothing in them is taken for more than it is."""
    return re.sub(r"[^\n]", " " if found[0].startswith("#") else '"', found[0])


def _into_list(text: str, blank: str, start: int, close: int, values: Sequence[date | int], line_end: str) -> str:
    inside = blank[start:close].rstrip()
    comma = "" if not inside or inside.endswith(",") else ","
    place = start + len(inside)
    before, between, after = text[:place], text[place:close], text[close:]
    if "\n" not in text[start:close] and len(values) <= _ON_ONE_LINE:
        space = " " if inside else ""
        return f"{before}{comma}{space}{', '.join(map(_written, values))}{between}{after}"
    between = between.rstrip(" \t")
    gap = "" if between.endswith("\n") else line_end
    lines = "".join(f"  {line}{line_end}" for line in _lines(values))
    return f"{before}{comma}{between}{gap}{lines}{after}"


def _new_list(values: Sequence[date | int], line_end: str) -> str:
    if len(values) <= _ON_ONE_LINE:
        return f"[{', '.join(map(_written, values))}]"
    return f"[{line_end}{''.join(f'  {line}{line_end}' for line in _lines(values))}]"


def _lines(values: Iterable[date | int]) -> Iterator[str]:
    """Days that follow upon one another on one line."""
    line: list[date | int] = []
    for value in values:
        if line and not (isinstance(value, date) and isinstance(line[-1], date) and value - line[-1] == timedelta(1)):
            yield ", ".join(map(_written, line)) + ","
            line = []
        line.append(value)
    yield ", ".join(map(_written, line)) + ","


def _written(value: date | int) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
