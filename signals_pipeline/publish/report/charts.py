"""Charts as SVG: pure functions from numbers to markup, in one visual language.

Nothing here has a colour: the style sheet gives one to each class, for light, dark and print. Labels stand
at what they name, so there are no legends.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from typing import TypeVar

from markupsafe import Markup, escape

from signals_pipeline.publish.report.words import number, percent

_Place = TypeVar("_Place")

WIDTH = 640
HEIGHT = 250
LEFT = 50
RIGHT = 62
TOP = 34
BOTTOM = 30
NAMED_RIGHT = 230
"""What stands free on the right where lines are named there."""
_APART = 20.0
"""How far apart two names stand at least; narrow screens enlarge letters."""


@dataclass(frozen=True, slots=True)
class Point:
    """A share at a day with the ends of its interval, None where there is none; hollow if partial.

    `told` is what its dot says to whoever points at it.
    """

    at: date
    value: float | None
    low: float | None = None
    high: float | None = None
    hollow: bool = False
    told: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with a name."""

    start: date
    end: date
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A day with a name."""

    at: date
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A number with a name; hollow where it is partial, with what it says to whoever points at it."""

    label: str
    value: float
    hollow: bool = False
    told: str = ""


def nice_top(largest: float, *, whole: bool = False) -> float:
    """The end of a scale from 0 on that holds a number, with at most five round steps in it."""
    size = step(largest, whole=whole)
    return size * max(1, _steps(largest, size))


def step(largest: float, *, whole: bool = False) -> float:
    """A round step, a whole number for what is counted, that divides 0 to a number into at most five."""
    if largest <= 0 or (whole and largest <= 5):
        return 1.0
    exponent = 10.0
    while exponent > largest / 5:
        exponent /= 10
    while exponent * 10 <= largest / 5:
        exponent *= 10
    return next(
        exponent * factor
        for factor in ((1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10))
        if _steps(largest, exponent * factor) <= 5
    )


def _steps(largest: float, size: float) -> int:
    whole = round(largest / size)
    return whole if whole * size >= largest * (1 - 1e-9) else whole + 1


def line_with_band(
    name: str,
    title: str,
    description: str,
    points: Sequence[Point],
    *,
    spans: Sequence[Span] = (),
    marks: Sequence[Mark] = (),
    kind: str = "chart",
) -> Markup:
    """Shares over time as a line in the band of their intervals, with spans and marks named above it.

    `kind` has the classes by which it is drawn.
    """
    if not points:
        return Markup("")
    top = nice_top(max([p.high if p.high is not None else p.value or 0 for p in points] or [1]))
    days = [p.at for p in points] + [s.start for s in spans] + [m.at for m in marks]
    across = _Across(min(days), max(days + [s.end for s in spans]), LEFT, WIDTH - RIGHT)
    up = _Up(top, TOP, HEIGHT - BOTTOM)
    parts = [_spans(spans, across, up), _y_axis(top, up), _x_axis(across, HEIGHT - BOTTOM)]
    parts += [_marks(marks, across, up), *_curve(points, across, up)]
    parts.append(_last_value(points, across, up, 9))
    return _svg(name, title, description, WIDTH, HEIGHT, parts, kind)


def lines(name: str, title: str, description: str, curves: Sequence[tuple[str, Sequence[Point]]]) -> Markup:
    """Shares over time as lines, each named at its end: the first in the band of its intervals.

    Of the others, the first is dashed.
    """
    (_, main), *others = curves
    ends = [p.high if p.high is not None else p.value or 0 for p in main]
    top = nice_top(max(ends + [p.value or 0 for _, points in others for p in points], default=1))
    right = WIDTH - NAMED_RIGHT
    days = [p.at for _, points in curves for p in points]
    across, up = _Across(min(days), max(days), LEFT, right), _Up(top, 12, HEIGHT - BOTTOM)
    parts = [_y_axis(top, up, right=NAMED_RIGHT), _x_axis(across, HEIGHT - BOTTOM), *_curve(main, across, up)]
    for no, (_, points) in enumerate(others):
        kind = "line other" if no else "line other dashed"
        runs = _runs((p, p.value) for p in points)
        parts += [_path([(across(p.at), up(value)) for p, value in run], kind) for run in runs]
    parts += _named_ends(curves, right + 9, up)
    return _svg(name, title, description, WIDTH, HEIGHT, parts)


def small_multiple(
    name: str, title: str, description: str, points: Sequence[Point], *, top: float, start: date, end: date
) -> Markup:
    """One of several small charts with the same scales: the line, its band, and its last value."""
    width, height, right = 180, 96, 42
    across, up = _Across(start, end, 2, width - right), _Up(top, 6, height - 16)
    parts = [
        _line(2, up(0), width - right, up(0), "axis"),
        *_curve(points, across, up),
        _text(2, height - 2, str(start.year), "tick"),
        _text(width - right, height - 2, str(end.year), "tick", anchor="end"),
    ]
    parts.append(_last_value(points, across, up, 7))
    return _svg(name, title, description, width, height, parts, "chart small")


def bars(name: str, title: str, description: str, items: Sequence[Bar], ticks: Sequence[str]) -> Markup:
    """Numbers as columns from 0 on, none for 0; `ticks` names each column or is empty below it."""
    if not items:
        return Markup("")
    height = 180
    top = nice_top(max(item.value for item in items), whole=True)
    up = _Up(top, 16, height - BOTTOM)
    wide = (WIDTH - LEFT - 8) / len(items)
    gap = min(3.0, wide * 0.2)
    parts = [_y_axis(top, up, counted=True, right=8)]
    for no, (item, tick) in enumerate(zip(items, ticks, strict=True)):
        x, y = LEFT + no * wide + gap / 2, up(item.value)
        shape = "bar hollow" if item.hollow else "bar"
        if item.value:
            parts.append(_rect(x, y, wide - gap, up(0) - y, shape, item.told))
        if tick:
            parts.append(_text(LEFT + no * wide, height - 10, tick, "tick"))
    return _svg(name, title, description, WIDTH, height, parts)


def heat_strips(
    name: str,
    title: str,
    description: str,
    rows: Sequence[tuple[str, Sequence[float | None]]],
    told: Sequence[Sequence[str]],
    ticks: Sequence[str],
    *,
    top: float,
) -> Markup:
    """Numbers from 0 to `top` as shades, one row of cells a strip; a cell without a number is left out.

    `told` has for each cell what it says to whoever points at it, or nothing.
    """
    if not rows or not ticks:
        return Markup("")
    left = 112 if any(label for label, _ in rows) else 2
    tall = 22
    wide = (WIDTH - left - 4) / len(ticks)
    gap = 1 if wide > 4 else 0
    parts = []
    for no, ((label, values), texts) in enumerate(zip(rows, told, strict=True)):
        cells: dict[tuple[int, str], list[str]] = {}
        y = no * (tall + 3) + 2
        if label:
            parts.append(_text(left - 8, y + 16, label, "label", anchor="end"))
        for column, value in enumerate(values):
            if value is None:
                continue
            shade = 0 if value <= 0 or top <= 0 else min(9, 1 + int(8.999 * value / top))
            cells.setdefault((shade, texts[column]), []).append(
                f"M{_n(left + column * wide)} {_n(y)}h{_n(wide - gap)}v{tall}h-{_n(wide - gap)}z"
            )
        # Cells of one shade that say the same are one shape: most topics are in few newsletter issues.
        parts += [
            _element("path", f'class="heat h{shade}" d="{"".join(shapes)}"', text)
            for (shade, text), shapes in sorted(cells.items())
        ]
    bottom = len(rows) * (tall + 3) + 20
    parts += [
        _text(left + column * wide, bottom - 3, tick, "tick") for column, tick in enumerate(ticks) if tick
    ]
    return _svg(name, title, description, WIDTH, bottom + 2, parts)


def year_ticks(days: Sequence[date]) -> list[str]:
    """The year at the first of its days, where the year has room for its name; else nothing."""
    sizes = Counter(day.year for day in days)
    seen: set[int] = set()
    ticks = []
    for day in days:
        is_first = day.year not in seen and sizes[day.year] * 14 >= len(days)
        seen.add(day.year)
        ticks.append(str(day.year) if is_first else "")
    return ticks


def sparkline(values: Sequence[float | None], *, top: float) -> Markup:
    """A line in the size of a word, beside the numbers it shows; a reader of screens passes over it."""
    width, height = 92, 20
    if len(values) < 2 or top <= 0:
        return Markup("")
    across = (width - 6) / (len(values) - 1)
    up = _Up(top, 3, height - 3)
    points = [(2 + no * across, None if v is None else up(v)) for no, v in enumerate(values)]
    parts = [_path(run, "line") for run in _runs(points)]
    ends = [(x, y) for x, y in points if y is not None]
    if ends:
        parts.append(_circle(*ends[-1], 2, "dot"))
    return _hidden_svg("spark", width, height, parts)


def share_bar(value: float, low: float, high: float, *, top: float) -> Markup:
    """A share and its interval as a bar in a row of a table; a reader of screens passes over it."""
    width, height = 110, 14
    scale = width / top if top > 0 else 0
    x1, x2 = min(low * scale, width), min(high * scale, width)
    parts = [
        _rect(0, 3, min(value * scale, width), 8, "bar"),
        _line(x1, 7, x2, 7, "whisker"),
        _line(x1, 4, x1, 10, "whisker"),
        _line(x2, 4, x2, 10, "whisker"),
    ]
    return _hidden_svg("sharebar", width, height, parts)


# ---------------------------------------------------------------------------------------------------------
# Parts


class _Across:
    """From a day to a place on the x axis."""

    def __init__(self, first: date, last: date, left: float, right: float) -> None:
        self.first, self.last, self.left, self.right = first, last, left, right
        self.days = max(1, (last - first).days)

    def __call__(self, at: date) -> float:
        return self.left + (self.right - self.left) * (at - self.first).days / self.days


class _Up:
    """From a number to a place on the y axis."""

    def __init__(self, largest: float, top: float, bottom: float) -> None:
        self.largest, self.top, self.bottom = largest, top, bottom

    def __call__(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * min(value, self.largest) / self.largest


def _curve(points: Sequence[Point], across: _Across, up: _Up) -> list[str]:
    """Band, line and dots; the line is dashed where one of its ends is partial."""
    parts = []
    for run in _runs((p, p.value) for p in points):
        known = [p for p, _ in run]
        if len(known) > 1 and all(p.low is not None and p.high is not None for p in known):
            there = [(across(p.at), up(p.high or 0)) for p in known]
            back = [(across(p.at), up(p.low or 0)) for p in reversed(known)]
            parts.append(_path([*there, *back], "band", closed=True))
        for is_partial, ends in groupby(pairwise(known), lambda pair: pair[0].hollow or pair[1].hollow):
            (first, second), *others = ends
            places = [(across(p.at), up(p.value or 0)) for p in (first, second, *(p for _, p in others))]
            parts.append(_path(places, "line dashed" if is_partial else "line"))
        for p in known:
            x, y = across(p.at), up(p.value or 0)
            if len(known) == 1 and p.low is not None and p.high is not None:
                parts.append(_line(x, up(p.high), x, up(p.low), "whisker"))
            parts.append(_circle(x, y, 3, "dot hollow" if p.hollow else "dot", p.told))
    return parts


def _last_value(points: Sequence[Point], across: _Across, up: _Up, beside: float) -> str:
    """The last share in percent, so far beside its dot; nothing without one."""
    known = [(p.at, p.value) for p in points if p.value is not None]
    return "".join(_text(across(at) + beside, up(v) + 4, percent(v), "value") for at, v in known[-1:])


def _named_ends(curves: Sequence[tuple[str, Sequence[Point]]], x: float, up: _Up) -> list[str]:
    """The name of each line with its last share beside its end, so far apart that all can be read."""
    known = [
        (up(values[-1]), f"{label} {percent(values[-1])}", "label" if no else "value")
        for no, (label, points) in enumerate(curves)
        if (values := [p.value for p in points if p.value is not None])
    ]
    parts, least = [], -_APART
    for y, text, kind in sorted(known):
        least = max(y, least + _APART)
        parts.append(_text(x, least + 4, text, kind))
    return parts


def _runs(points: Iterable[tuple[_Place, float | None]]) -> list[list[tuple[_Place, float]]]:
    """The stretches of points without a gap."""
    runs: list[list[tuple[_Place, float]]] = [[]]
    for place, value in points:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if run]


def _spans(spans: Sequence[Span], across: _Across, up: _Up) -> str:
    parts = []
    for span in spans:
        x = across(span.start)
        wide = max(3.0, across(span.end) - x)
        parts.append(_rect(x, up.top - 12, wide, up.bottom - up.top + 12, "span"))
        parts.append(_text(x + 4, up.top - 17, span.label, "note"))
    return "".join(parts)


def _marks(marks: Sequence[Mark], across: _Across, up: _Up) -> str:
    parts = []
    for mark in marks:
        x = across(mark.at)
        parts.append(_line(x, up.top - 6, x, up.bottom, "mark"))
        parts.append(_text(x - 4, up.top + 2, mark.label, "note", anchor="end"))
    return "".join(parts)


def _y_axis(top: float, up: _Up, *, counted: bool = False, right: float = RIGHT) -> str:
    parts = []
    size = step(top, whole=counted)
    for no in range(_steps(top, size) + 1):
        value = no * size
        y = up(value)
        parts.append(_line(LEFT, y, WIDTH - right, y, "grid" if no else "axis"))
        label = number(round(value)) if counted else percent(value)
        parts.append(_text(LEFT - 8, y + 4, label, "tick", anchor="end"))
    return "".join(parts)


def _x_axis(across: _Across, bottom: float) -> str:
    """A tick at each new year, and the year in the middle of what is seen of it, where it fits."""
    parts = []
    for year in range(across.first.year, across.last.year + 1):
        start, end = max(across.first, date(year, 1, 1)), min(across.last, date(year, 12, 31))
        x1, x2 = across(start), across(end)
        if start > across.first:
            parts.append(_line(x1, bottom, x1, bottom + 6, "axis"))
        if x2 - x1 >= 40 or across.first.year == across.last.year:
            parts.append(_text((x1 + x2) / 2, bottom + 20, str(year), "tick", anchor="middle"))
    return "".join(parts)


def _svg(
    name: str,
    title: str,
    description: str,
    width: float,
    height: float,
    parts: Sequence[str],
    kind: str = "chart",
) -> Markup:
    name = escape(name)
    head = f'role="img" aria-labelledby="{name}-t {name}-d"'
    texts = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
    return _drawn(f'class="{kind}" {head}', width, height, texts, parts)


def _hidden_svg(kind: str, width: float, height: float, parts: Sequence[str]) -> Markup:
    size = f'width="{_n(width)}" height="{_n(height)}"'
    return _drawn(f'class="{kind}" {size} aria-hidden="true"', width, height, "", parts)


def _drawn(attributes: str, width: float, height: float, texts: str, parts: Sequence[str]) -> Markup:
    box = f"0 0 {_n(width)} {_n(height)}"
    return Markup(f'<svg {attributes} viewBox="{box}">{texts}{"".join(parts)}</svg>')  # noqa: S704


def _n(value: float) -> str:
    """A coordinate with at most one digit behind the point."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _path(places: Sequence[tuple[float, float]], kind: str, *, closed: bool = False) -> str:
    d = "L".join(f"{_n(x)} {_n(y)}" for x, y in places)
    return f'<path class="{kind}" d="M{d}{"Z" if closed else ""}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}"/>'


def _rect(x: float, y: float, width: float, height: float, kind: str, told: str = "") -> str:
    size = f'width="{_n(max(0, width))}" height="{_n(max(0, height))}"'
    return _element("rect", f'class="{kind}" x="{_n(x)}" y="{_n(y)}" {size}', told)


def _circle(x: float, y: float, r: float, kind: str, told: str = "") -> str:
    return _element("circle", f'class="{kind}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}"', told)


def _element(tag: str, attributes: str, told: str) -> str:
    """A shape, with what a browser shows to whoever points at it."""
    return f"<{tag} {attributes}><title>{escape(told)}</title></{tag}>" if told else f"<{tag} {attributes}/>"


def _text(x: float, y: float, text: str, kind: str, anchor: str = "") -> str:
    anchored = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}"{anchored}>{escape(text)}</text>'
