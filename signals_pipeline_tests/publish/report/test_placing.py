"""Dots and names that do not cover one another: geometry, worked out by hand or looked at as a whole."""

import itertools
import math
import random

import numpy as np
import pytest

from signals_pipeline.publish.report import placing
from signals_pipeline.publish.report.placing import Box, Dot

FRAME = Box(0, 0, 900, 600)


def crowd(n: int) -> tuple[list[str], list[Dot]]:
    """Dots all over the frame with names of many lengths."""
    chance = random.Random(7)
    names = ["".join(chance.choices("abcdefgh mwil", k=chance.randrange(1, 27))) for _ in range(n)]
    return names, [Dot(chance.uniform(0, 900), chance.uniform(0, 600), chance.uniform(3, 15)) for _ in names]


def covers(box: Box, dot: Dot) -> bool:
    """Whether a rectangle and a disc have a point in common."""
    x, y = (min(max(dot.x, box.left), box.right), min(max(dot.y, box.top), box.bottom))
    return math.hypot(dot.x - x, dot.y - y) < dot.r


def test_no_two_names_overlap_and_none_covers_a_dot_or_leaves_the_frame() -> None:
    names, dots = crowd(300)
    taken = Box(400, 200, 500, 300)
    found = placing.labels(names, dots, FRAME, [taken])
    boxes = [one.box for one in found if one]
    assert len(boxes) > 30
    assert not any(a.meets(b) for a, b in itertools.combinations([*boxes, taken], 2))
    assert not any(covers(box, dot) for box in boxes for dot in dots)
    assert all(FRAME.holds(box) for box in boxes)


def test_a_name_stands_right_of_its_dot_where_that_is_free() -> None:
    (label,) = placing.labels(["ab"], [Dot(100, 100, 5)], FRAME)
    assert label
    assert (label.x, label.anchor) == (108, "start")
    assert label.box == Box(108, 92.5, 108 + placing.width("ab"), 107.5)


def test_a_name_at_the_edge_stands_left_of_its_dot() -> None:
    (label,) = placing.labels(["abcdef"], [Dot(890, 100, 5)], FRAME)
    assert label
    assert label.anchor == "end"


def test_of_two_dots_at_one_place_the_first_has_its_name_right_and_the_second_left() -> None:
    found = placing.labels(["one", "two"], [Dot(100, 100, 5), Dot(100, 100, 5)], FRAME)
    assert [one.anchor for one in found if one] == ["start", "end"]


def test_what_has_no_name_or_no_room_has_no_label() -> None:
    assert placing.labels([None, "", "x" * 200], [Dot(450, 300, 5)] * 3, FRAME) == [None, None, None]


def test_a_name_without_room_beside_its_dot_stands_away_with_a_line_to_it() -> None:
    dots = [Dot(450, 300, 5), *(Dot(450 + 14 * x, 300 + 14 * y, 5) for x in (-1, 0, 1) for y in (-1, 1))]
    dots += [Dot(436, 300, 5), Dot(464, 300, 5)]
    names = ["hub", *[None] * (len(dots) - 1)]
    assert placing.labels(names, dots, FRAME)[0] is None
    label = placing.labels(names, dots, FRAME, n_leading=1)[0]
    assert label
    assert label.leader
    x, y, *_ = label.leader
    assert math.hypot(x - 450, y - 300) == pytest.approx(5)
    assert not any(covers(label.box, dot) for dot in dots)


def test_no_line_to_a_name_runs_through_another_name() -> None:
    names, dots = crowd(300)
    found = [one for one in placing.labels(names, dots, FRAME, n_leading=300) if one]
    lines = [one for one in found if one.leader]
    assert lines
    for one in lines:
        for x, y in zip(
            np.linspace(one.leader[0], one.leader[2], 5)[:-1],
            np.linspace(one.leader[1], one.leader[3], 5)[:-1],
            strict=True,
        ):
            point = Box(x - 0.1, y - 0.1, x + 0.1, y + 0.1)
            assert not any(point.meets(other.box) for other in found if other is not one)


def test_a_name_keeps_away_from_the_dots_of_others() -> None:
    (label, _) = placing.labels(
        ["ab", None], [Dot(100, 100, 5), Dot(113 + placing.width("ab"), 100, 4)], FRAME
    )
    assert label
    assert label.anchor == "end"


def test_names_of_other_scripts_have_more_room() -> None:
    assert placing.width("热泵") > placing.width("ab") > placing.width("il") > 0


def test_discs_do_not_overlap_where_there_is_room() -> None:
    ring = [(r * math.cos(a / 9), r * math.sin(a / 9)) for r in range(50, 200, 4) for a in range(57)]
    found = placing.without_overlap([6.0] * 80, lambda _: ring)
    apart = [math.hypot(a.x - b.x, a.y - b.y) for a, b in itertools.combinations(found, 2)]
    assert min(apart) >= 12


def test_a_disc_without_room_stands_where_it_covers_least() -> None:
    found = placing.without_overlap([5, 5], lambda _: [(0, 0), (3, 0), (1, 0)])
    assert [(dot.x, dot.y) for dot in found] == [(0, 0), (3, 0)]


def test_a_disc_needs_a_place() -> None:
    with pytest.raises(ValueError, match="no place for disc 0"):
        placing.without_overlap([5], lambda _: [])


def test_what_is_joined_stands_nearer_than_what_is_not() -> None:
    # Two triangles and the one line between them.
    edges = [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 3)]
    places = placing.network(6, edges)

    def apart(a: int, b: int) -> float:
        return float(np.hypot(*(places[a] - places[b])))

    assert max(apart(0, 1), apart(3, 4)) < min(apart(0, 4), apart(1, 5))
    assert places.min() == 0
    assert places.max() == 1
    assert (places == placing.network(6, edges)).all()


@pytest.mark.parametrize(("n", "edges"), [(1, []), (2, [(0, 1)]), (4, [(0, 1), (2, 3)])])
def test_small_and_parted_networks_have_places(n, edges) -> None:
    places = placing.network(n, edges)
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()
    assert len({tuple(place) for place in places.tolist()}) == n
