"""The cells of a file's columns as the values that are stored.

Each column is parsed as a whole: a spreadsheet repeats its values, so most cells cost one look-up. A phone or an e-mail
that cannot be read is kept as it is, for cleaning to repair.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import ne
from typing import Any

from crmcli.errors import BadValue, Problem
from crmcli.fields import Field
from crmcli.i18n import _
from crmcli.intake import persons, several
from crmcli.tables import FORMULA_STARTS
from crmcli.values import (
    clean_text,
    clean_texts,
    parse_email,
    parse_money,
    parse_phone,
    plain_email,
    plain_moneys,
    plain_phone,
)
from crmcli.values.money import Rounded

# A memory of parsed cells, emptied when it has grown to this: flat memory for columns where no two cells are alike.
_REMEMBERED = 20_000
_NOT_DIGITS = re.compile(r"[^0-9]+")
# What says which one a row is, or whose. Rounded by a spreadsheet, it says so of no row: two have the same.
_IDENTIFYING = ("code", "number", "customer")
_ROUNDED = re.compile(r"[0-9][0-9.]*E\+[0-9][0-9.]*")
_WITH_POINT = re.compile(r"([0-9]+)\.0")
# What shops write so that a spreadsheet keeps an id as it is.
_AS_TEXT = re.compile(r'="([^"]*)"')


@dataclass(frozen=True)
class _Judged:
    """A cell that is kept although it cannot be read, was repaired, or cannot be taken."""

    value: Any
    error: BadValue | None
    others: str = ""


class Cells:
    """Reads the columns of one file, chunk by chunk.

    Attributes:
        repaired: cells whose stored value is what was meant rather than what was written.
    """

    def __init__(
        self, fields: Sequence[Field], reject: Callable[[int, Problem], None], *, region: str, zone: str
    ) -> None:
        """`reject` is told the line and what is wrong with it; `region` and `zone` are those of the policy."""
        self._reject = reject
        self._parsers = {f.name: _parser(f, region, zone) for f in fields if f.parse}
        fast: dict[Any, Callable[[list[str]], list[Any]]] = {
            parse_email: lambda cells: list(map(plain_email, cells)),
            parse_money: plain_moneys,
        }
        if region == "CN":
            fast[parse_phone] = lambda cells: list(map(plain_phone, cells))
        # A parser that looks at its whole column where a cell is doubtful has the plain one wrapped.
        parsing = {f.name: getattr(f.parse, "__wrapped__", f.parse) for f in fields}
        self._plain = {name: fast[parse] for name, parse in parsing.items() if parse in fast}
        self._memories: dict[str, dict[str, Any]] = {f.name: {} for f in fields}
        # The columns of which there is something to tell: cells that were repaired or cannot be read.
        self._remarkable: set[str] = set()
        self._others: dict[str, dict[int, str]] = {name: {} for name in several.OTHERS}
        self.repaired = 0

    def values(self, column: Field, cells: list[str], lines: list[int]) -> list[Any]:
        """The value of each cell of a column, None for one that is empty or cannot be taken; `lines` are the rows'."""
        if column.parse is None:
            return self._texts(column, cells, lines)
        plain = self._plain.get(column.name)
        if plain is None:
            return self._recalled(column, cells, lines)
        parsed: list[Any] = plain(cells)
        odd = [at for at, value in enumerate(parsed) if value is None]
        values = self._recalled(column, [cells[at] for at in odd], [lines[at] for at in odd])
        for at, value in zip(odd, values, strict=True):
            parsed[at] = value
        return parsed

    def take_others(self) -> dict[str, dict[int, str]]:
        """What stood beside the first value of a cell since this was asked last, by column and line."""
        found = {name: beside for name, beside in self._others.items() if beside}
        self._others |= {name: {} for name in found}
        return found

    def _recalled(self, column: Field, cells: list[str], lines: list[int]) -> list[Any]:
        """Each distinct cell is parsed once, and remembered for the chunks to come."""
        memory = self._memories[column.name]
        if len(memory) > _REMEMBERED:
            memory.clear()
        try:
            parsed = list(map(memory.__getitem__, cells))
        except KeyError:
            for cell in set(cells) - memory.keys():
                memory[cell] = value = self._judged(column, cell) if cell else None
                if type(value) is _Judged:
                    self._remarkable.add(column.name)
            parsed = list(map(memory.__getitem__, cells))
        if column.name in self._remarkable:
            for at, value in enumerate(parsed):
                if type(value) is _Judged:
                    parsed[at] = self._count(value, column, cells[at], lines[at])
        return parsed

    def _texts(self, column: Field, cells: list[str], lines: list[int]) -> list[Any]:
        if column.multiline:
            cleaned = [clean_text(cell.replace("⏎", "\n"), multiline=True) if cell else cell for cell in cells]
        else:
            cleaned = clean_texts(cells)
        joined = "".join(cleaned)
        if "'" in joined or '="' in joined:
            cleaned = list(map(unguarded, cleaned))
        if column.name in _IDENTIFYING:
            if ".0" in joined:
                meant = list(map(without_point, cleaned))
                self.repaired += sum(map(ne, meant, cleaned))
                cleaned = meant
            if "E+" in joined:
                self._refuse_rounded(column, cleaned, lines)
        return cleaned if all(cleaned) else [cell or None for cell in cleaned]

    def _refuse_rounded(self, column: Field, cells: list[str], lines: list[int]) -> None:
        reason = _("Excel rounded the number: its last digits are lost")
        for line, cell in zip(lines, cells, strict=True):
            if _ROUNDED.fullmatch(cell):
                self._reject(line, Problem("id-excel", reason, column.name, cell, line))

    def _judged(self, column: Field, cell: str) -> Any:
        """The stored value of a cell; a `_Judged` where there is something to tell about it."""
        text = clean_text(cell)
        if text[:1] in ("'", "="):
            text = unguarded(text)
        try:
            value = self._parsers[column.name](text) if text else None
        except BadValue as error:
            if text.casefold() in persons.NOTHING:
                return None
            if parts := several.apart(column.name, text, self._parsers[column.name]):
                return _Judged(parts[0], None, "; ".join(parts[1:]))
            kept = column.keep_invalid and error.code != "date-ambiguous"
            return _Judged(text if kept else None, None if kept else error)
        if type(value) is Rounded:
            return _Judged(value, None)
        if value is not None and several.is_named(column.name, text):
            return _Judged(value, None, text)
        if column.keep_invalid and column.kind != "date" and value != cell and _is_repair(cell, value):
            return _Judged(value, None)
        return value

    def _count(self, judged: _Judged, column: Field, cell: str, line: int) -> Any:
        if judged.error is not None:
            problem = Problem(judged.error.code, judged.error.reason, column.name, cell, line)
            self._reject(line, problem)
        elif judged.value != cell:
            self.repaired += 1
        if judged.others:
            self._others[column.name][line] = judged.others
        return judged.value


def unguarded(cell: str) -> str:
    """A cell without what is written around it for a spreadsheet: the quote mark that our own files set before what
    it would run as a formula, and the formula of shops' ids, `="00042"`."""
    if cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS):
        cell = cell[1:]
    if cell[:2] == '="' and (found := _AS_TEXT.fullmatch(cell)):
        return found[1].strip()
    return cell


def without_point(cell: str) -> str:
    """An id as it was before a program took it for a number: `17850` of `17850.0`."""
    found = _WITH_POINT.fullmatch(cell)
    return found[1] if found else cell


def _parser(column: Field, region: str, zone: str) -> Callable[[str], Any]:
    assert column.parse is not None
    if column.needs_region:
        return partial(column.parse, region=region)
    return partial(column.parse, zone=zone) if column.needs_zone else column.parse


def _is_repair(cell: str, value: Any) -> bool:
    """Whether storing `value` for `cell` mended it, beyond writing the same number or address in the usual form."""
    stored = str(value)
    if stored == f"+86{cell}" or stored[3:] == cell.lstrip("0").replace("-", ""):
        return False
    if "@" in stored:
        return cell.strip().lower() != stored
    if stored.isalnum():
        return cell.strip().upper() != stored
    # Compared by their plain digits: full-width ones, or the .0 of a spreadsheet, are damage.
    written, meant = (_NOT_DIGITS.sub("", text) for text in (cell, stored))
    return written.removeprefix("00").removeprefix("86").lstrip("0") != meant.removeprefix("86").lstrip("0")
