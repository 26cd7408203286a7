"""Where in a TOML file a key stands, for messages: tomllib does not tell, and a rough scan is enough."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Keys, and 0-based positions in arrays: ("tier", 0, "touches", 1, "every")."""

_HEADER = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[\w-]+(?:\s*\.\s*[\w-]+)*)\s*\]\]?\s*(?:#.*)?$")
_SKIPPED = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*")


@dataclass(frozen=True)
class _Section:
    path: Path
    start: int
    end: int


class Places:
    """The sections of one file; `line` finds a path in it."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.sections: dict[Path, _Section] = {}
        written = list(self._scan())
        # An array, or a table that only those under it name, stands where the first of them does.
        over = [_Section(one.path[:depth], one.start, one.start) for one in written for depth in range(len(one.path))]
        for section in (*written, *over):
            self.sections.setdefault(section.path, section)
        self._inline: dict[tuple[int, int], tuple[str, list[re.Match[str]]]] = {}

    def line(self, path: Path) -> int:
        """The 1-based line of the deepest part of `path` that is written in the file; 0 if nothing is."""
        deepest = next(length for length in range(len(path), -1, -1) if path[:length] in self.sections)
        section = self.sections[path[:deepest]]
        rest = path[len(section.path) :]
        place = self._key(rest[0], section) if rest else None
        if place is None:
            return section.start
        line = place
        for position, part in enumerate(rest[1:], start=1):
            if isinstance(part, int):
                return self._inside(place, section, part, rest[position + 1 :])
        return line

    def _scan(self) -> Iterator[_Section]:
        path: Path = ()
        start = 0
        counts: dict[Path, int] = {}
        for number, line in enumerate(self.lines, start=1):
            header = _HEADER.match(line)
            if header is None:
                continue
            yield _Section(path, start, number - 1)
            path, start = _resolved(re.split(r"\s*\.\s*", header["name"]), counts), number
            if header["open"] == "[[":
                counts[path] = counts.get(path, -1) + 1
                path = (*path, counts[path])
        yield _Section(path, start, len(self.lines))

    def _key(self, key: str | int, section: _Section) -> int | None:
        pattern = re.compile(rf"""\s*["']?{re.escape(str(key))}["']?\s*[=.]""")
        for number in range(section.start + 1, section.end + 1):
            if pattern.match(self.lines[number - 1]):
                return number
        return None

    def _inside(self, line: int, section: _Section, nth: int, rest: Path) -> int:
        """The line of the nth inline table after the key at `line`, or of a key within that table."""
        blank, tables = self._tables(line, section.end)
        if nth >= len(tables):
            return line
        table = tables[nth]
        key = re.search(rf"[{{,\s]{re.escape(str(rest[0]))}\s*=", table[0]) if rest else None
        offset = table.start() + (key.end() if key else 0)
        return line + blank.count("\n", 0, offset)

    def _tables(self, line: int, end: int) -> tuple[str, list[re.Match[str]]]:
        """The text from one line to another without its strings and comments, and the inline tables in it."""
        if (line, end) not in self._inline:
            text = "\n".join(self.lines[line - 1 : end])
            blank = _SKIPPED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
            tables = list(re.finditer(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", blank))
            self._inline[line, end] = blank, tables
        return self._inline[line, end]


def _resolved(names: list[str], counts: dict[Path, int]) -> Path:
    """The path of a header: `tier.touches` is under the latest `[[tier]]`."""
    path: Path = ()
    for position, name in enumerate(names):
        path = (*path, name)
        if position < len(names) - 1 and path in counts:
            path = (*path, counts[path])
    return path


def shown(path: Path) -> str:
    """The path for people, counting from one: `tier[1].touches[2].every`."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
