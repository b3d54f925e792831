"""The drawings of the map: a radar, levels against directions, and the network of pairs.

Each dot is a link with a title that says its numbers. Links are no stops of the keyboard, since there are
hundreds: the table beneath a drawing has the same ones.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from markupsafe import Markup, escape

from signals_pipeline.publish.report import placing, words
from signals_pipeline.publish.report.placing import Box, Dot
from signals_pipeline.publish.report.safe import clipped, visible

WIDTH = 900
_LONGEST_NAME = 26

RINGS = ("not told", "level or gone quiet", "moved earlier", "called now")
"""The rings of the radar from the middle outwards."""

_CALLED = 3
"""The ring of the topics that are called now, which are the first to have their names."""

_NEAR = 10
"""Places around its own at which a dot may stand that another one would hide."""

_RADAR_HEIGHT = 500
_CENTRE = (WIDTH / 2, 465.0)
_RING_ENDS = (40.0, 215.0, 270.0, 320.0, 415.0)
_TURNS = (0.0, 0.03, -0.03, 0.06, -0.06, 0.09, -0.09)
"""How far a dot may stand beside its direction where others cover it, as angles: at most five degrees."""

_ROOM = 3.0
"""What stays free around dots with names."""

_SCATTER = Box(64, 16, WIDTH - 16, 520)
_SCATTER_HEIGHT = 572
_NOUGHT = 34.0
"""How wide the strip is in which the topics stand that were not named lately."""

_NETWORK = Box(8, 8, WIDTH - 8, 612)
_NETWORK_HEIGHT = 620
_SMALLEST, _LARGEST = 3.2, 15.0
_MOST_NAMES = 90
_FACTORS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 2 / 3, 1, 3 / 2, 2, 4, 8, 16)
_SHARES = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_SAID = {3 / 2: "1.5", 2 / 3: "⅔", 1 / 2: "½", 1 / 4: "¼", 1 / 8: "⅛", 1 / 16: "1/16"}


@dataclass(frozen=True, slots=True)
class Spot:
    """A topic as it is drawn.

    `direction` is in log-odds a year with the ends of its interval, `level` the share of late; `ring` is a
    place in `RINGS`, `certainty` one of sure, likely and open.
    """

    name: str
    href: str
    told: str
    n_cards: int
    ring: int
    certainty: str
    direction: float
    low: float
    high: float
    level: float


def reach(spots: Sequence[Spot]) -> float:
    """The end of the scale of directions: what nearly all topics stay within, and at least doubling."""
    ordered = sorted(abs(spot.direction) for spot in spots)
    return max(math.log(2), ordered[int(0.97 * (len(ordered) - 1))])


def radar(spots: Sequence[Spot], description: str) -> Markup:
    """Topics on half a disc: the angle is the direction, the ring how much is told of it."""
    end = reach(spots)
    parts = [*_rings(), *_spokes(end)]
    order = sorted(range(len(spots)), key=lambda no: (-spots[no].ring, -spots[no].n_cards, no))
    ordered = [spots[no] for no in order]
    radii = _radii(ordered)
    # Between the dots of the outer rings, which have names, there is room for a line.
    rooms = [r + (_ROOM if spot.ring > 1 else 0) for spot, r in zip(ordered, radii, strict=True)]
    dots = placing.without_overlap(rooms, lambda no: _in_ring(ordered[no], radii[no], end))
    dots = [Dot(dot.x, dot.y, r) for dot, r in zip(dots, radii, strict=True)]
    frame = Box(4, 4, WIDTH - 4, _CENTRE[1] + 8)
    names = [_name(spot) if no < _MOST_NAMES else None for no, spot in enumerate(ordered)]
    ticks = [_around_tick(factor, end) for factor in _told(end)]
    n_called = sum(spot.ring == _CALLED for spot in ordered)
    parts += _drawn(ordered, dots, placing.labels(names, dots, frame, ticks, n_called))
    return _svg("radar", "Radar of the topics", description, _RADAR_HEIGHT, parts)


def scatter(spots: Sequence[Spot], description: str) -> Markup:
    """Topics by their share of late, on a scale of ratios, and their direction with its interval."""
    end = reach(spots)
    shares = [spot.level for spot in spots if spot.level > 0] or [0.01]
    lowest, highest = min(shares) / 1.15, max(shares) * 1.15
    left = _SCATTER.left + _NOUGHT

    def across(share: float) -> float:
        if share <= 0:
            return _SCATTER.left + _NOUGHT / 2
        return left + (_SCATTER.right - left) * math.log(share / lowest) / math.log(highest / lowest)

    def up(direction: float) -> float:
        middle, half = (_SCATTER.top + _SCATTER.bottom) / 2, (_SCATTER.bottom - _SCATTER.top) / 2 - 12
        return middle - half * max(-1.0, min(1.0, direction / end))

    parts = list(_scatter_axes(across, up, lowest, highest, end))
    ordered = sorted(spots, key=lambda spot: (spot.ring != _CALLED, spot.certainty == "open", -spot.n_cards))
    radii = _radii(ordered, smaller=0.6)
    # Dots may overlap, but each can be seen: those of one place stand side by side.
    seen = placing.without_overlap(
        [r / 2 for r in radii],
        lambda no: islice(_around(across(ordered[no].level), up(ordered[no].direction), _SCATTER), _NEAR),
    )
    dots = [Dot(dot.x, dot.y, r) for dot, r in zip(seen, radii, strict=True)]
    parts += [
        _line(dot.x, up(spot.low), dot.x, up(spot.high), "whisker")
        for spot, dot in zip(ordered, dots, strict=True)
        if spot.certainty != "open"
    ]
    names = [_name(spot) if no < _MOST_NAMES else None for no, spot in enumerate(ordered)]
    n_told = sum(spot.ring == _CALLED or spot.certainty != "open" for spot in ordered)
    parts += _drawn(ordered, dots, placing.labels(names, dots, _SCATTER, n_leading=n_told))
    return _svg("scatter", "Level against direction", description, _SCATTER_HEIGHT, parts)


def network(spots: Sequence[Spot], pairs: Sequence[tuple[int, int, float]], description: str) -> Markup:
    """Topics that are named together, joined by lines; `pairs` have two places in `spots`, and a nearness."""
    edges = [(a, b) for a, b, _ in pairs]
    radii = _radii(spots)
    inner = Box(_NETWORK.left + 70, _NETWORK.top + 24, _NETWORK.right - 70, _NETWORK.bottom - 24)
    places = [
        (inner.left + (inner.right - inner.left) * x, inner.top + (inner.bottom - inner.top) * y)
        for x, y in placing.network(len(spots), edges).tolist()
    ]
    dots = placing.without_overlap([r + _ROOM for r in radii], lambda no: _around(*places[no], inner))
    dots = [Dot(dot.x, dot.y, r) for dot, r in zip(dots, radii, strict=True)]
    parts = [
        _line(dots[a].x, dots[a].y, dots[b].x, dots[b].y, f"edge e{min(3, 1 + int(nearness * 4))}")
        for a, b, nearness in pairs
    ]
    # The topic that joins most others is the first to have its name.
    degrees = Counter(chain.from_iterable(edges))
    order = sorted(range(len(spots)), key=lambda no: -degrees[no])
    spots, dots = [spots[no] for no in order], [dots[no] for no in order]
    names = [_name(spot) for spot in spots]
    parts += _drawn(spots, dots, placing.labels(names, dots, _NETWORK, n_leading=len(names)))
    return _svg("network", "Topics named together", description, _NETWORK_HEIGHT, parts)


# ---------------------------------------------------------------------------------------------------------
# Parts


def _radii(spots: Sequence[Spot], smaller: float = 1.0) -> list[float]:
    """The radius of each dot, so that its area grows with the cards."""
    most = max((spot.n_cards for spot in spots), default=1)
    grown = _LARGEST - _SMALLEST
    return [smaller * (_SMALLEST + grown * math.sqrt(spot.n_cards / most)) for spot in spots]


def _at(angle: float, distance: float) -> tuple[float, float]:
    """A point of the half disc: the angle is 0 upwards, and a quarter turn to the right is pi / 2."""
    return _CENTRE[0] + distance * math.sin(angle), _CENTRE[1] - distance * math.cos(angle)


def _in_ring(spot: Spot, r: float, end: float) -> Iterator[tuple[float, float]]:
    """Points of the spot's ring at its direction, the middle of the ring first, then so far beside it."""
    inner, outer = _RING_ENDS[spot.ring] + r, _RING_ENDS[spot.ring + 1] - r
    # The dots of the ends lie within the half disc.
    most = math.pi / 2 - (r + 1) / max(inner, 1.0)
    angle = max(-most, min(most, math.pi / 2 * spot.direction / end))
    middle, half = (inner + outer) / 2, max(0.0, (outer - inner) / 2)
    for turn in _TURNS:
        for no in range(int(half / 2) + 1):
            for sign in (1, -1):
                yield _at(max(-most, min(most, angle + turn)), middle + sign * 2 * no)


def _around(x: float, y: float, frame: Box) -> Iterator[tuple[float, float]]:
    """A point, and the points around it on a spiral, within a frame."""
    for no in range(160):
        turn, far = no * 2.4, 2.2 * math.sqrt(no) * 2
        yield (
            max(frame.left, min(frame.right, x + far * math.cos(turn))),
            max(frame.top, min(frame.bottom, y + far * math.sin(turn))),
        )


def _rings() -> Iterator[str]:
    for no in range(len(RINGS)):
        inner, outer = _RING_ENDS[no], _RING_ENDS[no + 1]
        (x1, y1), (x2, y2) = _at(-math.pi / 2, outer), _at(math.pi / 2, outer)
        (x3, y3), (x4, y4) = _at(math.pi / 2, inner), _at(-math.pi / 2, inner)
        arcs = (
            f"M{_n(x1)} {_n(y1)}A{_n(outer)} {_n(outer)} 0 0 1 {_n(x2)} {_n(y2)}"
            f"L{_n(x3)} {_n(y3)}A{_n(inner)} {_n(inner)} 0 0 0 {_n(x4)} {_n(y4)}Z"
        )
        yield f'<path class="ring r{no}" d="{arcs}"/>'
    for no, ring in enumerate(RINGS):
        # Two of the rings are too narrow for their names on one line of both sides.
        middle = (_RING_ENDS[no] + _RING_ENDS[no + 1]) / 2
        lower = 15 if no % 2 == 0 else 30
        for sign in (-1, 1):
            yield _text(_CENTRE[0] + sign * middle, _CENTRE[1] + lower, ring, "tick", "middle")


def _told(end: float) -> list[float]:
    """The factors that an axis of directions names."""
    return [factor for factor in _FACTORS if abs(math.log(factor)) <= end * 1.001]


def _tick(factor: float, end: float) -> tuple[float, float]:
    """Where the name of a spoke stands."""
    return _at(math.pi / 2 * math.log(factor) / end, _RING_ENDS[-1] + 12)


def _around_tick(factor: float, end: float) -> Box:
    x, y = _tick(factor, end)
    return Box(x - 16, y - 8, x + 16, y + 8)


def _spokes(end: float) -> Iterator[str]:
    for factor in _told(end):
        angle = math.pi / 2 * math.log(factor) / end
        (x1, y1), (x2, y2) = _at(angle, _RING_ENDS[0]), _at(angle, _RING_ENDS[-1])
        yield _line(x1, y1, x2, y2, "axis" if factor == 1 else "grid")
        x, y = _tick(factor, end)
        yield _text(x, y + 4, _factor(factor), "tick", "middle")


def _scatter_axes(
    across: Callable[[float], float], up: Callable[[float], float], lowest: float, highest: float, end: float
) -> Iterator[str]:
    left, right, bottom = _SCATTER.left, _SCATTER.right, _SCATTER.bottom
    for factor in _told(end):
        y = up(math.log(factor))
        yield _line(left, y, right, y, "axis" if factor == 1 else "grid")
        yield _text(left - 8, y + 4, _factor(factor), "tick", "end")
    yield _line(left + _NOUGHT, _SCATTER.top, left + _NOUGHT, bottom, "grid")
    yield _line(left, bottom, right, bottom, "axis")
    yield _text(left + _NOUGHT / 2, bottom + 20, "none", "tick", "middle")
    for share in _SHARES:
        if lowest <= share <= highest:
            yield _line(across(share), bottom, across(share), bottom + 5, "axis")
            yield _text(across(share), bottom + 20, words.percent(share), "tick", "middle")
    yield _text(right, bottom + 42, "share of the cards of late", "label", "end")
    yield _text(left - 52, _SCATTER.top - 2, "odds, a year", "label")


def _drawn(
    spots: Sequence[Spot], dots: Sequence[Dot], labels: Sequence[placing.Label | None]
) -> Iterator[str]:
    """Dots as links with their titles and names, the largest at the bottom."""
    for spot, dot, label in sorted(zip(spots, dots, labels, strict=True), key=lambda one: -one[1].r):
        line = _line(*label.leader, "leader") if label and label.leader else ""
        named = line + _text(label.x, label.y, _name(spot), "name", label.anchor) if label else ""
        yield (
            f'<a href="{escape(spot.href)}" tabindex="-1"><title>{escape(spot.told)}</title>'
            f'<circle class="spot {spot.certainty}" cx="{_n(dot.x)}" cy="{_n(dot.y)}" r="{_n(dot.r)}"/>'
            f"{named}</a>"
        )


def _name(spot: Spot) -> str:
    return str(visible(clipped(spot.name, _LONGEST_NAME)))


def _factor(factor: float) -> str:
    """By what the odds are multiplied, on an axis: level, ×2, ×½."""
    return "level" if factor == 1 else f"×{_SAID.get(factor) or round(factor)}"


def _svg(name: str, title: str, description: str, height: int, parts: Iterable[str]) -> Markup:
    head = f'role="group" aria-labelledby="{name}-t {name}-d" viewBox="0 0 {WIDTH} {height}"'
    texts = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
    return Markup(f'<svg class="chart map" {head}>{texts}{"".join(parts)}</svg>')  # noqa: S704


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}"/>'


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _n(value: float) -> str:
    """A coordinate with at most one digit behind the point."""
    return f"{value:.1f}".removesuffix(".0")
