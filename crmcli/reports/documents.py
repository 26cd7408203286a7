"""A deliverable as data: what it says, before it has a format; the writers in `writing` give it one.

A document is independent of the database it came from: two with the same content are written as the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from crmcli.tables import Column, Kind, Table
from crmcli.values import display_width

Shape = Literal["bars", "stacked", "lines"]

_UNDER_BARS = 96  # characters across a chart


@dataclass(frozen=True)
class Series:
    """One line or colour of a chart: a value, or None, for every label."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """Numbers to be seen side by side.

    Attributes:
        labels: what the values stand over: months, tiers, segments.
        over: what the labels are ("month"), heading of their column where the chart is given as a table.
        kind: how a value is shown: number, share (0 to 1) or money (minor units).
        unit: what a number is in; money is in the document's currency.
        timed: whether the labels follow each other in time, so that some may go unwritten.
    """

    title: str
    shape: Shape
    labels: Sequence[str]
    series: Sequence[Series]
    over: str = ""
    kind: Kind = "number"
    unit: str = ""
    notes: Sequence[str] = field(default_factory=tuple)
    timed: bool = False

    @property
    def lying(self) -> bool:
        """Whether its bars lie, because the labels are too long to stand under standing ones."""
        room = _UNDER_BARS // max(1, len(self.labels))
        return self.shape != "lines" and not self.timed and any(display_width(label) > room for label in self.labels)

    def table(self) -> Table:
        """The same as rows: one a label, one column a series."""
        columns = [Column("label", title=self.over or " ")]
        columns += [Column(f"s{at}", self.kind, title=one.name, unit=self.unit) for at, one in enumerate(self.series)]
        rows = [
            {"label": label, **{f"s{at}": _exact(one.values[place], self.kind) for at, one in enumerate(self.series)}}
            for place, label in enumerate(self.labels)
        ]
        return Table(columns, rows, self.title, self.notes)


@dataclass(frozen=True)
class HeatMap:
    """A grid of numbers, each shaded by its size beside the largest.

    Attributes:
        down, across: what the rows and the columns are.
        values: a row of values for each label of `rows`; None where there is nothing.
        kind, unit: as of a chart.
    """

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]
    down: str = ""
    across: str = ""
    kind: Kind = "number"
    unit: str = ""
    notes: Sequence[str] = field(default_factory=tuple)

    def table(self) -> Table:
        """The same as rows under the labels of `columns`."""
        corner = " / ".join(word for word in (self.down, self.across) if word)
        columns = [Column("label", title=corner or " ")]
        columns += [Column(f"c{at}", self.kind, title=label) for at, label in enumerate(self.columns)]
        rows = [
            {"label": label, **{f"c{at}": _exact(value, self.kind) for at, value in enumerate(values)}}
            for label, values in zip(self.rows, self.values, strict=True)
        ]
        return Table(columns, rows, self.title, self.notes)

    def level(self, value: float | None) -> int:
        """The shade of a value: 0 for nothing, 5 for the highest fifth."""
        top = max((number for line in self.values for number in line if number is not None), default=0)
        return max(0, -int(-5 * value // top)) if value is not None and top > 0 else 0


@dataclass(frozen=True)
class Text:
    """Sentences; each of `paragraphs` stands alone."""

    paragraphs: Sequence[str]
    title: str = ""


@dataclass(frozen=True)
class Definitions:
    """What words mean, or facts by name: a customer's sheet, a list of terms."""

    items: Sequence[tuple[str, str]]
    title: str = ""


def _exact(value: float | None, kind: Kind) -> float | None:
    """Money as whole minor units, also where a mean is drawn."""
    return value if value is None or kind != "money" else round(value)


Section = Table | Chart | HeatMap | Text | Definitions


@dataclass(frozen=True)
class Document:
    """One deliverable.

    Attributes:
        as_of: the moment that it speaks of, with its zone; nothing else in a document is a time of its own making.
        period: the first and the last day that it covers.
        scope: which part of the customers it covers, in words; empty for all.
        policy: name and version of the policy that its figures follow.
        currency: three letters; money columns and charts are in it, in minor units.
        definitions: the words and figures used, and what they mean.
        notes: what a reader must know to read it rightly.
    """

    title: str
    sections: Sequence[Section]
    as_of: datetime
    period: tuple[date, date] | None = None
    scope: str = ""
    policy: tuple[str, int] | None = None
    currency: str = ""
    definitions: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()

    @property
    def tables(self) -> list[Table]:
        """The tables among its sections."""
        return [section for section in self.sections if isinstance(section, Table)]
