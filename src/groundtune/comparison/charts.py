"""Small drawings in SVG: intervals, scatter, stacked bars, times, curves. They know shapes, not what they mean.

No view box: positions across are percentages and positions down are pixels, so that a drawing fills its column on any
screen while its letters keep their size. Each has a title and a description; the caller puts the figures beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from groundtune.comparison.html import Child, Html, h


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to a percentage across; logarithmic where the values span powers of ten."""

    low: float
    high: float
    log: bool = False
    left: float = 0.0
    """Per cent left free for the letters of an upright axis."""

    def at(self, value: float) -> float:
        low, high = self.low, self.high
        if self.log:
            value, low, high = math.log10(max(value, self.low)), math.log10(low), math.log10(high)
        return self.left + (100 - self.left) * min(1.0, max(0.0, (value - low) / (high - low)))

    def ticks(self) -> list[float]:
        if self.log:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            return [10.0**power for power in range(first, last + 1)]
        step = _round_step((self.high - self.low) / 4)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [step * number for number in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a chart of intervals."""

    label: str
    value: float
    low: float
    high: float
    shown: str
    look: str = ""
    """A class: "chosen", "ceiling", or nothing."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of stacked shares: (share, class) from left to right."""

    label: str
    parts: tuple[tuple[float, str], ...]
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    mark: str
    x: float
    y: float
    y_low: float
    y_high: float
    look: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """How long something took. Without an `end` it never got there; `hope` is the earliest time at which it could."""

    label: str
    end: float | None
    shown: str
    look: str = ""
    hope: float | None = None


def share_scale(values: Sequence[float]) -> Scale:
    """A scale of shares that starts at zero unless everything lies far above it."""
    low = min(values, default=0.0)
    return Scale(math.floor(low * 10) / 10 if low > 0.5 else 0.0, 1.0)


def log_scale(values: Sequence[float], left: float = 0.0) -> Scale:
    """Whole powers of ten around the values, at least one of them."""
    positive = [value for value in values if value > 0] or [1.0]
    low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)) + 1e-9)
    return Scale(10.0**low, 10.0 ** max(high, low + 1), log=True, left=left)


def intervals(rows: Sequence[Row], scale: Scale, *, title: str, description: str, signed: bool = False) -> Html:
    """Each row: its name and figure above, its interval below. `signed` is for differences: a line at zero, points."""
    pitch, top = 46, 6
    height = top + pitch * len(rows)
    drawn: list[Child] = [*_grid(scale, 0, height)]
    if signed:
        drawn.append(_line(scale.at(0), 0, scale.at(0), height, "zero"))
    for number, row in enumerate(rows):
        y = top + pitch * number
        drawn += [
            h("text", row.label, x=0, y=y + 14, class_=f"name {row.look}"),
            h("text", row.shown, x="100%", y=y + 14, class_="figure", text_anchor="end"),
            _line(scale.at(row.low), y + 29, scale.at(row.high), y + 29, f"interval {row.look}"),
            h("circle", cx=_percent(scale.at(row.value)), cy=y + 29, r=5, class_=f"dot {row.look}"),
        ]
    axis = _axis(scale, height, _as_points if signed else _as_percent)
    return _svg(height + 22, [*drawn, *axis], title, description)


def stacked(bars: Sequence[Bar], *, title: str, description: str) -> Html:
    """Shares of a whole, one bar a row, with the row's name above it."""
    pitch = 44
    drawn: list[Child] = []
    for number, bar in enumerate(bars):
        y, x = pitch * number, 0.0
        drawn += [
            h("text", bar.label, x=0, y=y + 13, class_="name"),
            h("text", bar.shown, x="100%", y=y + 13, class_="figure", text_anchor="end"),
        ]
        for share, look in bar.parts:
            if share > 0:
                drawn.append(h("rect", x=_percent(x), y=y + 19, width=_percent(100 * share), height=14, class_=look))
                x += 100 * share
    return _svg(pitch * len(bars), drawn, title, description)


def scatter(points: Sequence[Point], x: Scale, y: Scale, *, title: str, description: str) -> Html:
    """Numbered points with their vertical intervals; the numbers stand for the rows of the table beside it."""
    height = 260

    def down(value: float) -> float:
        return height * (1 - y.at(value) / 100)

    drawn: list[Child] = [*_grid(x, 0, height)]
    for tick in y.ticks():
        drawn.append(_line(x.left, down(tick), 100, down(tick), "grid"))
        drawn.append(h("text", _as_percent(tick), x=0, y=down(tick) + 4, class_="tick"))
    for point in points:
        across, y_px, look = _percent(x.at(point.x)), down(point.y), point.look
        drawn += [
            _line(x.at(point.x), down(point.y_low), x.at(point.x), down(point.y_high), f"interval {look}"),
            h("circle", cx=across, cy=y_px, r=11, class_=f"mark {look}"),
            h("text", point.mark, x=across, y=y_px + 4, class_=f"letter {look}", text_anchor="middle"),
        ]
    return _svg(height + 22, [*drawn, *_axis(x, height, _plain_number)], title, description, top=14)


def curve(
    series: Sequence[Sequence[Point]],
    x: Scale,
    y: Scale,
    *,
    title: str,
    description: str,
    shares: bool = False,
    level: float | None = None,
) -> Html:
    """Lines through points with intervals, coloured line0, line1 … in order; the caller names them.

    Each point is marked across, or, where those are `shares`, the scale's own steps are. A dashed line at `level`.
    """
    height = 240

    def down(value: float) -> float:
        return height * (1 - y.at(value) / 100)

    drawn: list[Child] = []
    for tick in y.ticks():
        drawn.append(_line(x.left, down(tick), 100, down(tick), "grid"))
        drawn.append(h("text", _as_percent(tick), x=0, y=down(tick) + 4, class_="tick"))
    if level is not None:
        drawn.append(_line(x.left, down(level), 100, down(level), "zero"))
    for number, points in enumerate(series):
        look = f"line{number % 4}"
        for a, b in pairwise(points):
            drawn.append(_line(x.at(a.x), down(a.y), x.at(b.x), down(b.y), f"curve {look}"))
        for point in points:
            drawn.append(_line(x.at(point.x), down(point.y_low), x.at(point.x), down(point.y_high), f"interval {look}"))
            drawn.append(h("circle", cx=_percent(x.at(point.x)), cy=down(point.y), r=4, class_=f"dot {look}"))
    if shares:
        return _svg(height + 22, [*drawn, *_axis(x, height, _as_percent)], title, description, top=14)
    marks = sorted({point.x for points in series for point in points})
    ticks = [
        h("text", f"{mark:,.0f}", x=_percent(x.at(mark)), y=height + 16, class_="tick", text_anchor=_anchor(x.at(mark)))
        for mark in marks
    ]
    return _svg(height + 22, [*drawn, *ticks], title, description, top=14)


def times(spans: Sequence[Span], scale: Scale, *, title: str, description: str) -> Html:
    """How long each took, on a logarithmic scale of seconds; one that never got there runs off the edge, dashed."""
    pitch = 44
    height = pitch * len(spans)
    drawn: list[Child] = [*_grid(scale, 0, height)]
    for number, span in enumerate(spans):
        y = pitch * number
        until = span.hope if span.end is None else span.end
        end = 100.0 if until is None else scale.at(until)
        drawn += [
            h("text", span.label, x=0, y=y + 13, class_=f"name {span.look}"),
            h("text", span.shown, x="100%", y=y + 13, class_="figure", text_anchor="end"),
            _line(0, y + 27, end, y + 27, "time stale" if span.end is None else f"time {span.look}"),
        ]
        if until is not None:
            look = "ceiling" if span.end is None else span.look
            drawn.append(h("circle", cx=_percent(end), cy=y + 27, r=5, class_=f"dot {look}"))
    return _svg(height + 22, [*drawn, *_axis(scale, height, lambda s: f"{_plain_number(s)} s")], title, description)


def _svg(height: float, drawn: Sequence[Child], title: str, description: str, top: float = 0) -> Html:
    """`top` leaves room above for letters on the highest line."""
    inner = h("g", *drawn, transform=f"translate(0 {top:g})") if top else h("g", *drawn)
    return h(
        "svg",
        h("title", title),
        h("desc", description),
        inner,
        width="100%",
        height=height + top,
        role="img",
        class_="chart",
        aria_label=f"{title}. {description}",
    )


def _grid(scale: Scale, top: float, bottom: float) -> list[Html]:
    return [_line(scale.at(tick), top, scale.at(tick), bottom, "grid") for tick in scale.ticks()]


def _axis(scale: Scale, y: float, worded: Callable[[float], str]) -> list[Html]:
    return [
        h(
            "text",
            worded(tick),
            x=_percent(scale.at(tick)),
            y=y + 16,
            class_="tick",
            text_anchor=_anchor(scale.at(tick)),
        )
        for tick in scale.ticks()
    ]


def _anchor(percent: float) -> str:
    return "start" if percent < 3 else "end" if percent > 97 else "middle"


def _line(x1: float, y1: float, x2: float, y2: float, look: str) -> Html:
    return h("line", x1=_percent(x1), y1=y1, x2=_percent(x2), y2=y2, class_=look)


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _as_percent(share: float) -> str:
    return f"{round(100 * share, 1):g}%".replace("-", "−")


def _as_points(share: float) -> str:
    return f"{100 * share:+.0f}".replace("-", "−") if abs(share) > 1e-9 else "0"


def _plain_number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough - 1e-12)
