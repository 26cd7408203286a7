"""Charts as inline SVG, drawn by ourselves.

The page around it gives the colours, for light, dark and paper, by the classes s0 to s5, so that no style stands
in the drawing: the page's content-security policy allows none there. What a mark stands for is its `<title>`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from crmcli.reports.documents import Chart
from crmcli.reports.writing.cells import money, number, short, sign
from crmcli.reports.writing.markup import Markup, joined, tag
from crmcli.values import display_width

COLOURS = 6

_WIDTH = 720
_HEIGHT = 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 18, 26
_CHARACTER = 6.6  # pixels of one at the size of the labels
_THICK = 15
_BETWEEN = 12
_LONGEST_LABEL = 240
_NUMBERED = 14


@dataclass(frozen=True)
class _Scale:
    """Where values are on an axis from `start` to `end`, in pixels."""

    ticks: list[float]
    start: float
    end: float

    def at(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def svg(chart: Chart, currency: str = "") -> Markup:
    """The drawing of a chart that has labels and series; its legend is the page's."""
    drawing = _Drawing(chart, currency)
    if chart.shape == "lines":
        height, content = _HEIGHT, drawing.lines()
    elif chart.lying:
        height, content = drawing.lying_height(), drawing.lying()
    else:
        height, content = _HEIGHT, drawing.standing()
    return tag("svg", content, viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=chart.title)


class _Drawing:
    def __init__(self, chart: Chart, currency: str) -> None:
        self.chart = chart
        self.currency = currency
        self.divisor = 100 if chart.kind == "money" else 1
        given = [value for one in chart.series for value in one.values if value is not None]
        # Of what is counted there is no half.
        least = 1.0 if chart.kind == "number" and all(value == int(value) for value in given) else 0.0
        self.ticks = _ticks(_extent(chart, self.divisor), least)
        self.slot = (_WIDTH - _LEFT - _RIGHT) / max(1, len(chart.labels))

    # ------------------------------------------------------------------------------------ shapes

    def standing(self) -> Markup:
        scale = _Scale(self.ticks, _HEIGHT - _BOTTOM, _TOP)
        parts = [*self._levels(scale), *self._labels_below()]
        numbered = len(self.chart.labels) * self._side_by_side() <= _NUMBERED
        for place, label in enumerate(self.chart.labels):
            for start, thick, low, high, at in self._bars(place, self.slot * 0.72):
                x = _LEFT + self.slot * (place + 0.14) + start
                top, bottom = sorted((scale.at(low), scale.at(high)))
                parts.append(self._bar(x, top, thick, bottom - top, label, at, place))
                if numbered and self.chart.shape == "bars":
                    parts.append(_words(self._brief(high), x + thick / 2, top - 4, "middle"))
        return joined(*parts)

    def lying(self) -> Markup:
        left = min(_LONGEST_LABEL, max(display_width(label) for label in self.chart.labels) * _CHARACTER + 16)
        scale = _Scale(self.ticks, left, _WIDTH - _LEFT)
        step = self._row()
        bottom = _TOP + step * len(self.chart.labels)
        parts = [
            joined(
                tag("line", x1=_px(scale.at(tick)), x2=_px(scale.at(tick)), y1=_TOP, y2=_px(bottom), class_="g"),
                _words(self._axis(tick), scale.at(tick), bottom + 16, "middle"),
            )
            for tick in self.ticks
        ]
        for place, label in enumerate(self.chart.labels):
            top = _TOP + step * place + _BETWEEN / 2
            room = step - _BETWEEN
            parts.append(_words(_fitting(label, left - 12), left - 8, top + room / 2 + 4, "end"))
            for start, thick, low, high, at in self._bars(place, room):
                x, end = sorted((scale.at(low), scale.at(high)))
                parts.append(self._bar(x, top + start, end - x, thick, label, at, place))
                if self.chart.shape == "bars":
                    parts.append(_words(self._brief(high), end + 4, top + start + thick / 2 + 4, "start"))
        return joined(*parts)

    def lying_height(self) -> int:
        return int(_TOP + self._row() * len(self.chart.labels) + _BOTTOM)

    def lines(self) -> Markup:
        scale = _Scale(self.ticks, _HEIGHT - _BOTTOM, _TOP)
        parts = [*self._levels(scale), *self._labels_below()]
        for at, one in enumerate(self.chart.series):
            points = [
                None if value is None else (_LEFT + self.slot * (place + 0.5), scale.at(value / self.divisor))
                for place, value in enumerate(one.values)
            ]
            for stretch in _stretches(points):
                path = " ".join(f"{_px(x)},{_px(y)}" for x, y in stretch)
                parts.append(tag("polyline", points=path, class_=f"l s{at % COLOURS}"))
            for place, point in enumerate(points):
                if point is not None:
                    title = self._title(self.chart.labels[place], at, place)
                    dot = {"cx": _px(point[0]), "cy": _px(point[1]), "r": 3.5, "class_": f"s{at % COLOURS}"}
                    parts.append(tag("circle", title, **dot))
        return joined(*parts)

    # ------------------------------------------------------------------------------------- parts

    def _bars(self, place: int, room: float) -> list[tuple[float, float, float, float, int]]:
        """The bars of one label within `room`: start, thickness, from value, to value, which series."""
        found = []
        up = down = 0.0
        thick = room / self._side_by_side()
        for at, one in enumerate(self.chart.series):
            given = one.values[place]
            if given is None:
                continue
            value = given / self.divisor
            if self.chart.shape != "stacked":
                found.append((at * thick, thick * 0.92, 0.0, value, at))
            elif value >= 0:
                found.append((0.0, thick, up, up + value, at))
                up += value
            else:
                found.append((0.0, thick, down, down + value, at))
                down += value
        return found

    def _side_by_side(self) -> int:
        return 1 if self.chart.shape == "stacked" else max(1, len(self.chart.series))

    def _row(self) -> float:
        return _THICK * self._side_by_side() + _BETWEEN

    def _bar(self, x: float, y: float, width: float, height: float, label: str, at: int, place: int) -> Markup:
        where = {"x": _px(x), "y": _px(y), "width": _px(width), "height": _px(height)}
        return tag("rect", self._title(label, at, place), **where, class_=f"s{at % COLOURS}")

    def _title(self, label: str, at: int, place: int) -> Markup:
        one = self.chart.series[at]
        value = one.values[place]
        return tag("title", f"{label}, {one.name}: {self._full(0 if value is None else value / self.divisor)}")

    def _levels(self, scale: _Scale) -> list[Markup]:
        """The lines across at the ticks, each with its value at the left; the one at nothing is stronger."""
        return [
            joined(
                tag(
                    "line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=_px(scale.at(tick)), y2=_px(scale.at(tick)),
                    class_="g" if tick else "g zero",
                ),
                _words(self._axis(tick), _LEFT - 6, scale.at(tick) + 4, "end"),
            )
            for tick in self.ticks
        ]  # fmt: skip

    def _labels_below(self) -> list[Markup]:
        widest = max((display_width(label) for label in self.chart.labels), default=0) * _CHARACTER + 8
        every = max(1, math.ceil(widest / self.slot))
        return [
            _words(label, _LEFT + self.slot * (place + 0.5), _HEIGHT - 8, "middle")
            for place, label in enumerate(self.chart.labels)
            if place % every == 0
        ]

    # ----------------------------------------------------------------------------------- numbers

    def _axis(self, value: float) -> str:
        if self.chart.kind == "share":
            return f"{value:.0%}" if self.ticks[1] - self.ticks[0] >= 0.01 else f"{value:.1%}"
        return f"{'-' if value < 0 else ''}{self._sign()}{short(abs(value))}"

    def _brief(self, value: float) -> str:
        return f"{value:.1%}" if self.chart.kind == "share" else f"{'-' if value < 0 else ''}{short(abs(value))}"

    def _full(self, value: float) -> str:
        if self.chart.kind == "share":
            return f"{value:.1%}"
        if self.chart.kind == "money":
            return money(value, self.currency)
        return f"{number(value)} {self.chart.unit}".strip()

    def _sign(self) -> str:
        return sign(self.currency) if self.chart.kind == "money" else ""


def _extent(chart: Chart, divisor: int) -> tuple[float, float]:
    """The lowest and highest value drawn; bars begin at nothing, and what is stacked adds up."""
    ends = [0.0]
    for place in range(len(chart.labels)):
        values = [one.values[place] for one in chart.series]
        given = [value / divisor for value in values if value is not None]
        if chart.shape == "stacked":
            ends += [sum(value for value in given if value > 0), sum(value for value in given if value < 0)]
        else:
            ends += given
    return min(ends), max(ends)


def _ticks(extent: tuple[float, float], least: float = 0.0) -> list[float]:
    """Round values that enclose the extent: steps of 1, 2 or 5 times a power of ten, about five, none under `least`."""
    low, high = extent
    rough = max(least, ((high - low) or 1) / 5)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough * 0.999)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [round(place * step, 10) for place in range(first, last + 1)]


def _stretches(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The points between gaps; a line is not drawn over what is not known."""
    found: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            found.append([])
        else:
            found[-1].append(point)
    return [stretch for stretch in found if len(stretch) > 1]


def _words(text: str, x: float, y: float, anchor: str) -> Markup:
    return tag("text", text, x=_px(x), y=_px(y), text_anchor=anchor)


def _fitting(label: str, room: float) -> str:
    if display_width(label) * _CHARACTER <= room:
        return label
    while label and (display_width(label) + 1) * _CHARACTER > room:
        label = label[:-1]
    return f"{label}…"


def _px(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
