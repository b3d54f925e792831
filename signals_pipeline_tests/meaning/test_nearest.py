"""The nearest rows against a plain loop over all pairs."""

import math

import numpy as np
import pytest

from signals_pipeline.meaning import nearest as module
from signals_pipeline.meaning.nearest import nearest

DIRECTIONS = {"east": (100, 0), "a little north": (100, 20), "north-east": (100, 100), "north": (0, 100)}


def found(vectors, apart, **bounds) -> list[tuple[int, int, int, float]]:
    parts = nearest(np.array(vectors, np.int8), [np.array(one) for one in apart], **bounds)
    return [tuple(row) for part in parts for row in zip(*(column.tolist() for column in part), strict=True)]


def by_hand(vectors, apart, at_most, least) -> list[tuple[int, int, int, float]]:
    rows = []
    for one, a in enumerate(vectors):
        others = []
        for other, b in enumerate(vectors):
            cosine = sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)
            if round(cosine, 2) >= least and all(numbers[one] != numbers[other] for numbers in apart):
                others.append((-round(cosine, 2), other))
        rows += [
            (one, rank, other, -cosine) for rank, (cosine, other) in enumerate(sorted(others)[:at_most], 1)
        ]
    return rows


def test_the_nearest_come_first_and_those_below_the_bound_not_at_all() -> None:
    # The cosine of two directions is that of their angle: 11.3, 45 and 90 degrees from east.
    assert [row for row in found(list(DIRECTIONS.values()), [[0, 1, 2, 3]]) if row[0] == 0] == [
        (0, 1, 1, 0.98),
        (0, 2, 2, 0.71),
    ]


def test_what_is_the_same_is_never_near() -> None:
    east, near, *_ = DIRECTIONS.values()
    assert found([east, east, near], [[0, 1, 2], [7, 7, 8]]) == [
        (0, 1, 2, 0.98),
        (1, 1, 2, 0.98),
        (2, 1, 0, 0.98),
        (2, 2, 1, 0.98),
    ]
    assert found([east, east], [[5, 5]]) == []


def test_of_equally_near_ones_the_first_are_named() -> None:
    east = DIRECTIONS["east"]
    assert [row[2] for row in found([east] * 9, [range(9)]) if row[0] == 4] == [0, 1, 2, 3, 5]


@pytest.mark.parametrize("block", [1, 60, 1_000_000])
def test_it_is_what_a_loop_over_all_pairs_finds_whatever_the_blocks(block, monkeypatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    random = np.random.default_rng(3)
    vectors = random.integers(-127, 128, (40, 6)).tolist()
    apart = [list(range(40)), random.integers(0, 10, 40).tolist()]
    assert found(vectors, apart, at_most=3, least=0.4) == by_hand(vectors, apart, 3, 0.4)


def test_no_cards_have_no_near_ones() -> None:
    assert found(np.empty((0, 384)), [[]]) == []
