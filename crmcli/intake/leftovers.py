"""What the fields of a file leave over, so that it is kept as an own field instead of being lost.

That is a filled column without a heading, the same heading again, a further address beside the one that counts, and
the further companies of a deal. Whether there is any such cell is looked up in the file: most have none.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from crmcli.intake.columns import Column, Make, first_value
from crmcli.intake.sources import Source

Test = Callable[[Sequence[str]], bool]
"""Whether a row has something of a column that no field takes."""


def columns_with(source: Source, heading_line: int, width: int, tests: Mapping[int, Test]) -> set[int]:
    """The columns whose test any row below the headings passes; the file is read no further than the last needs."""
    found: set[int] = set()
    for chunk in source.chunks() if tests else ():
        rows = [
            row for line, row in zip(chunk.lines, chunk.cells, strict=True) if line > heading_line and len(row) >= width
        ]
        found |= {at for at in tests.keys() - found if any(map(tests[at], rows))}
        if len(found) == len(tests):
            break
    return found


def with_nameless(source: Source, heading_line: int, headings: Sequence[str]) -> list[str]:
    """The headings, with `column 2` and so on over the filled columns that have none."""

    def is_filled(at: int) -> Test:
        return lambda row: bool(row[at].strip())

    tests = {at: is_filled(at) for at, heading in enumerate(headings) if not heading.strip()}
    filled = columns_with(source, heading_line, len(headings), tests)
    return [f"column {at + 1}" if at in filled else heading for at, heading in enumerate(headings)]


def with_repeated_numbered(headings: Sequence[str], single: Collection[int]) -> list[str]:
    """The headings; of the columns `single`, whose fields have one value, the second with a heading is `行业 2`."""
    names = list(headings)
    seen: set[str] = set()
    for at in sorted(single):
        heading = headings[at].strip()
        number = 2
        while heading in seen and f"{heading} {number}" in names:
            number += 1
        names[at] = f"{heading} {number}" if heading in seen else headings[at]
        seen.add(heading)
    return names


def beside(groups: Sequence[Sequence[int]]) -> dict[int, Test]:
    """For the columns of all groups but the first: whether a row has something else in the group that counts."""

    def text(row: Sequence[str], group: Sequence[int]) -> str:
        if len(group) == 1:
            return row[group[0]]
        return " ".join(dict.fromkeys(filter(None, (row[at].strip() for at in group))))

    def differs(group: Sequence[int]) -> Test:
        def test(row: Sequence[str]) -> bool:
            own = text(row, group)
            return bool(own.strip()) and own != next(filter(None, (text(row, other) for other in groups)))

        return test

    return {at: differs(group) for group in groups[1:] for at in group}


def several_in(at: int) -> Test:
    """Whether the cell of column `at` has more than one value, `1;2`."""
    return lambda row: len([value for value in row[at].split(";") if value.strip()]) > 1


def first_values(at: int) -> Make:
    """The first value of each cell of column `at`."""
    return lambda given: list(map(first_value, given[at]))


def where(at: int, test: Test) -> Make:
    """The cells of column `at` in the rows that pass the test, and nothing in the others."""

    def make(given: Sequence[Column]) -> Column:
        return [row[at] if row[at] and test(row) else "" for row in zip(*given, strict=True)]

    return make
