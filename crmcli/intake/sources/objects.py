"""JSON: objects one a line, an array of them, or an object that holds one array.

The first row given is the names of all keys, in the order they appear. An object's line is where it begins; where
objects share a line, as in a file that is a single one, all of them are numbered from 1 instead.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from crmcli.errors import InvalidInput, Problem
from crmcli.i18n import _
from crmcli.intake.sources.encodings import Text
from crmcli.intake.sources.rows import Number, Source, chunked, refuse_too_large, refuse_too_wide

_Found = Iterator[tuple[int, dict[str, Any]]]
_DECODER = json.JSONDecoder(parse_int=str, parse_float=Number, parse_constant=str)
_SPACE = " \t\r\n\ufeff"
_ATTEMPTS = 100


def objects(text: Text, start: str) -> Source:
    """The objects of a JSON file; `start` is its beginning, without space before."""
    source = Source(text.path, f"JSON, {text.called}", lambda: iter(()), notes=text.notes, typed=False)
    if _is_lines(start):
        found: Callable[[], _Found] = lambda: _lines(text, source)  # noqa: E731
    else:
        refuse_too_large(text.path)
        whole = _apart(list(_array(text)))
        found = lambda: iter(whole)  # noqa: E731

    def rows() -> Iterator[tuple[int, list[str]]]:
        keys: dict[str, None] = {}
        for _line, item in found():
            keys.update(dict.fromkeys(item))
            refuse_too_wide(text.path, len(keys))
        if not keys:
            raise InvalidInput(_("{file} holds no JSON objects").format(file=text.path.name))
        yield 0, list(map(_storable, keys))
        for line, item in found():
            yield line, [_storable(_cell(item.get(key))) for key in keys]

    source.chunks = lambda: chunked(rows())
    return source


def _is_lines(start: str) -> bool:
    """Whether the first line is an object of its own, and not one that holds the array."""
    first, _newline, rest = start.partition("\n")
    try:
        found = json.loads(first)
    except (ValueError, RecursionError):
        # A damaged line among lines is one rejected row.
        return start.startswith("{") and rest.lstrip(_SPACE).startswith("{") and first.rstrip().endswith("}")
    return isinstance(found, dict) and (bool(rest.strip(_SPACE)) or _held(found) is None)


def _lines(text: Text, source: Source) -> _Found:
    problems: list[Problem] = []
    with text.open() as file:
        for number, line in enumerate(file, 1):
            if not line.strip(_SPACE):
                continue
            try:
                found = _DECODER.decode(line.strip(_SPACE))
                if not isinstance(found, dict):
                    raise ValueError(_("not an object"))
                yield number, found
            except (ValueError, RecursionError) as error:
                reason = getattr(error, "msg", None) or str(error)
                problems.append(Problem("json-invalid", reason, value=line.strip(), line=number))
    # At once: the file may be gone through again while it is gone through.
    source.problems[:] = problems


def _apart(found: list[tuple[int, dict[str, Any]]]) -> list[tuple[int, dict[str, Any]]]:
    """The objects with a line that no other has: its own, or the number of the object."""
    if len({line for line, _item in found}) == len(found):
        return found
    return [(nth, item) for nth, (_line, item) in enumerate(found, 1)]


def _array(text: Text) -> _Found:
    """The objects of an array with the line of each; objects and arrays that follow each other count as one."""
    written = text.read()
    at, held = _opening(written)
    line, seen, within = 1, 0, held
    while True:
        while at < len(written) and written[at] in _SPACE + ",":
            at += 1
        line += written.count("\n", seen, at)
        seen = at
        sign = written[at : at + 1]
        if not sign and within:
            raise InvalidInput(_("{file}, line {line}: the array has no end").format(file=text.path.name, line=line))
        if not sign or (sign == "]" and held):
            return
        if sign == ("]" if within else "["):
            at, within = at + 1, not within
            continue
        try:
            found, at = _DECODER.raw_decode(written, at)
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", None) or str(error)
            raise InvalidInput(
                _("{file}, line {line}: not JSON: {reason}").format(file=text.path.name, line=line, reason=reason)
            ) from error
        if not isinstance(found, dict):
            raise InvalidInput(_("{file}, line {line}: this is not an object").format(file=text.path.name, line=line))
        yield line, found


def _opening(written: str) -> tuple[int, bool]:
    """Where the objects begin, and whether that is within an array that an object holds."""
    start = len(written) - len(written.lstrip(_SPACE))
    try:
        found, end = (None, 0) if written.startswith("[", start) else _DECODER.raw_decode(written, start)
    except (ValueError, RecursionError):
        return start, False
    held = _held(found)
    if held is None or written[end:].strip(_SPACE):
        return start, False
    # The array as it is written: decoded again from each bracket until it is that one.
    at = start
    for _attempt in range(_ATTEMPTS):
        at = written.find("[", at + 1)
        with suppress(ValueError, RecursionError):
            if _DECODER.raw_decode(written, at)[0] == held:
                return at + 1, True
    return start, False


def _held(found: Any, depth: int = 3) -> list[dict[str, Any]] | None:
    """The one array of objects that an object holds, itself or in an object in it."""
    if not isinstance(found, dict) or not depth:
        return None
    arrays = [value for value in found.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if not arrays:
        arrays = [held for value in found.values() if (held := _held(value, depth - 1)) is not None]
    return arrays[0] if len(arrays) == 1 else None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "; ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _storable(text: str) -> str:
    """A lone surrogate is no character that a database or a file could hold."""
    return text if type(text) is Number else text.encode("utf-8", "replace").decode()
