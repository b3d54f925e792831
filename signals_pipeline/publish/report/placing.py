"""Where dots and their names stand so that none covers another: geometry alone, in dots of the screen.

The same input gives the same places: nothing is drawn by lot, and what comes first has the first choice.
"""

import itertools
import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LETTERS = 12.5
"""The height of the letters of a name."""

_LINE = 15.0
_GAP = 3.0
_NARROW, _BROAD = frozenset("fijlrtI.,:;'|!()[]- "), frozenset("mwMW@%")
_ROUNDS = 300

_CLEAR = 4.0
"""How far a name stands at least from the dots of others, so that nobody takes it for theirs."""

_FAR = (14.0, 26.0, 40.0, 56.0)
_TURNS = 16
"""Where a name may stand that a line joins to its dot: so far from its edge, in so many directions."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether two boxes have a point in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        """Whether another box lies within this one."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


@dataclass(frozen=True, slots=True)
class Dot:
    """A disc."""

    x: float
    y: float
    r: float

    @property
    def box(self) -> Box:
        """The square around it."""
        return Box(self.x - self.r, self.y - self.r, self.x + self.r, self.y + self.r)


Line = tuple[float, float, float, float]
"""From one point to another: x and y of both."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name beside a dot: the point on its base line, how it is anchored there, and the room it takes.

    One that stands further away has a line that leads to it.
    """

    x: float
    y: float
    anchor: str
    box: Box
    leader: Line | None = None


def width(text: str) -> float:
    """How wide a text is at most in the serif faces of the style sheet."""
    return LETTERS * sum(map(_wide, text))


def _wide(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in _NARROW:
        return 0.42
    return 0.98 if letter in _BROAD or ord(letter) > 0x24F else 0.8 if letter.isupper() else 0.64


def labels(
    names: Sequence[str | None],
    dots: Sequence[Dot],
    frame: Box,
    taken: Iterable[Box] = (),
    n_leading: int = 0,
) -> list[Label | None]:
    """A place for the name of each dot, the first ones first; None where it would cover something.

    No name covers another one, a dot, a line that leads to a name, or what is `taken`, and all lie within the
    frame. The first `n_leading` names may stand further away, with a line.
    """
    boxes = [_clear(dot) for dot in dots]
    covered = list(taken)
    found: list[Label | None] = []
    for no, (name, dot) in enumerate(zip(names, dots, strict=True)):
        own = _clear(dot)
        choices = (
            [*_beside(dot, width(name)), *(_away(dot, width(name)) if no < n_leading else ())] if name else []
        )
        # Few things stand where the name could, and only these are looked at for each of its places.
        reach = _around([part for one in choices for part in (one.box, *_along(one.leader))])
        near = [box for box in covered if box.meets(reach)]
        others = [box for box in boxes if box != own and box.meets(reach)]
        label = next(
            (
                one
                for one in choices
                if frame.holds(one.box)
                and not any(part.meets(box) for box in near for part in (one.box, *_along(one.leader)))
                and not any(one.box.meets(box) for box in others)
            ),
            None,
        )
        if label:
            covered += [label.box, *_along(label.leader)]
        found.append(label)
    return found


def _around(boxes: Sequence[Box]) -> Box:
    """The smallest rectangle that holds all boxes; one that nothing meets without any."""
    return Box(
        min((box.left for box in boxes), default=math.inf),
        min((box.top for box in boxes), default=math.inf),
        max((box.right for box in boxes), default=-math.inf),
        max((box.bottom for box in boxes), default=-math.inf),
    )


def _clear(dot: Dot) -> Box:
    """A dot with what stays free at its sides."""
    return Box(dot.x - dot.r - _CLEAR, dot.y - dot.r, dot.x + dot.r + _CLEAR, dot.y + dot.r)


def _along(line: Line | None) -> list[Box]:
    """Small boxes along a line, for the room that it takes."""
    if line is None:
        return []
    x1, y1, x2, y2 = line
    points = [(x1 + (x2 - x1) * part / 8, y1 + (y2 - y1) * part / 8) for part in range(8)]
    return [Box(x - 1, y - 1, x + 1, y + 1) for x, y in points]


def _away(dot: Dot, wide: float) -> Iterable[Label]:
    """The places for a name of some width further away from a dot, the nearest first."""
    for far, turn in itertools.product(_FAR, range(_TURNS)):
        angle = 2 * math.pi * turn / _TURNS
        across, down = math.cos(angle), math.sin(angle)
        x, middle = dot.x + (dot.r + far) * across, dot.y + (dot.r + far) * down
        anchor = "start" if across >= 0 else "end"
        left = x if anchor == "start" else x - wide
        box = Box(left, middle - _LINE / 2, left + wide, middle + _LINE / 2)
        line = (dot.x + dot.r * across, dot.y + dot.r * down, x - 2 * across, middle)
        yield Label(x, middle + LETTERS * 0.33, anchor, box, line)


def _beside(dot: Dot, wide: float) -> Iterable[Label]:
    """The places for a name of some width around a dot, the best first."""
    aside, up = dot.r + _GAP, dot.r + _LINE / 2 + 1
    slant = dot.r * 0.7 + _GAP
    for across, down, anchor in (
        (aside, 0.0, "start"), (-aside, 0.0, "end"), (0.0, -up, "middle"), (0.0, up, "middle"),
        *((aside, lift, "start") for lift in (-5.0, 5.0)), *((-aside, lift, "end") for lift in (-5.0, 5.0)),
        (slant, -slant - 2, "start"), (slant, slant + 2, "start"),
        (-slant, -slant - 2, "end"), (-slant, slant + 2, "end"),
    ):  # fmt: skip
        x, middle = dot.x + across, dot.y + down
        left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        box = Box(left, middle - _LINE / 2, left + wide, middle + _LINE / 2)
        yield Label(x, middle + LETTERS * 0.33, anchor, box)


def without_overlap(
    radii: Sequence[float], choices: Callable[[int], Iterable[tuple[float, float]]]
) -> list[Dot]:
    """A place for each disc, the first of its `choices` that no earlier disc covers.

    Where all are covered, it is the one that is farthest from the others.
    """
    placed: list[Dot] = []
    for no, r in enumerate(radii):
        best, most = None, -math.inf
        for x, y in choices(no):
            room = min((math.hypot(x - one.x, y - one.y) - one.r - r for one in placed), default=1.0)
            if room > most:
                best, most = Dot(x, y, r), room
            if room >= 0.5:
                break
        if best is None:
            raise ValueError(f"there is no place for disc {no}")
        placed.append(best)
    return placed


def network(n: int, edges: Iterable[tuple[int, int]]) -> npt.NDArray[np.float64]:
    """Places in the unit square for n nodes: how far two stand apart says how many edges lie between them.

    The stress of the drawing is lowered step by step (Gansner, Koren and North 2004), from a spiral on.

    Returns:
        An array of n rows, x and y.
    """
    ideal = _steps_between(n, edges)
    weights = ideal**-2.0
    np.fill_diagonal(weights, 0)
    turn = np.arange(n) * math.pi * (3 - math.sqrt(5))
    places = np.sqrt(np.arange(n) + 0.5)[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    for _ in range(_ROUNDS):
        apart = places[:, None, :] - places[None, :, :]
        distance = np.maximum(np.sqrt((apart**2).sum(axis=2)), 1e-9)
        wanted = places[None, :, :] + apart * (ideal / distance)[:, :, None]
        places = (weights[:, :, None] * wanted).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)[:, None]
    low, high = places.min(axis=0), places.max(axis=0)
    scaled: npt.NDArray[np.float64] = (places - low) / np.maximum(high - low, 1e-9)
    return scaled


def _steps_between(n: int, edges: Iterable[tuple[int, int]]) -> npt.NDArray[np.float64]:
    """How many edges lie between two nodes; one more than the most where no path joins them."""
    steps = np.full((n, n), np.inf)
    for a, b in edges:
        steps[a, b] = steps[b, a] = 1
    np.fill_diagonal(steps, 0)
    for middle in range(n):
        steps = np.minimum(steps, steps[:, middle, None] + steps[None, middle, :])
    joined = np.isfinite(steps)
    steps[~joined] = steps[joined].max() + 1
    np.fill_diagonal(steps, 1)
    return steps
