"""Runs of calls against a plain loop, and outcomes that stay as issues are added."""

from fractions import Fraction
from itertools import groupby

import numpy as np
import pytest

from signals_pipeline.marts.statistics.history import OUTCOMES, find_runs

RISING, FALLING, EMERGING = 1, 2, 3
RULE = {"falling": (FALLING,), "window": 26, "min_ratio": 1.2}


def corpus(rng, n_topics=30, n_issues=70):
    """Calls that last for some issues, on topics of all shares, and issues without cards among others."""
    n = rng.integers(0, 12, size=n_issues)
    n[0] = 3
    x = rng.binomial(n, rng.choice([0.0, 0.01, 0.1, 0.5], size=(n_topics, 1)))
    codes = np.repeat(
        rng.choice([0, RISING, FALLING, EMERGING], size=(n_topics, 1 + n_issues // 4)), 4, axis=1
    )
    return codes[:, :n_issues].astype(np.int8), x, n


def outcome_by_loop(at_call, after, falls):
    if at_call == after:
        return "levelled off"
    if falls:
        at_call, after = after, at_call
    if after >= Fraction(6, 5) * at_call:
        return "went on"
    return "turned" if at_call >= Fraction(6, 5) * after else "levelled off"


def runs_by_loop(codes, x, n, window):
    """Every run as (topic, code, first, last, share at call, since, outcome); None for no share."""
    with_cards = [i for i, cards in enumerate(n) if cards]
    found = []
    for topic, row in enumerate(codes.tolist()):
        position = 0
        for code, group in groupby(row):
            first, position = position, position + len(list(group))
            if not code:
                continue

            def share(issues, topic=topic):
                cards = sum(int(n[i]) for i in issues)
                return Fraction(sum(int(x[topic, i]) for i in issues), cards) if cards else None

            until = [i for i in with_cards if i <= first][-window:]
            later = [i for i in with_cards if i > first]
            at_call, since = share(until), share(later[:window])
            outcome = "too early"
            if len(later) >= window:
                outcome = outcome_by_loop(at_call, since, code == FALLING)
            last = position - 1 if position < len(row) else -1
            found.append((topic, code, first, last, at_call, since, outcome))
    return found


def rows(runs):
    columns = (
        runs.topic, runs.code, runs.first, runs.last, runs.share_at_call, runs.share_since, runs.outcome
    )  # fmt: skip
    return [
        tuple(None if one != one else one for one in row)
        for row in zip(*(column.tolist() for column in columns), strict=True)
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("window", [1, 5, 26])
def test_runs_are_those_of_a_plain_loop(seed, window):
    codes, x, n = corpus(np.random.default_rng(seed))
    found = rows(find_runs(codes, x, n, **{**RULE, "window": window}))
    expected = runs_by_loop(codes, x, n, window)
    assert len(found) == len(expected) > 100
    for one, other in zip(found, expected, strict=True):
        assert one == tuple(float(part) if isinstance(part, Fraction) else part for part in other)
    assert {one[-1] for one in found} >= set(OUTCOMES[1:])


def one_call(code, before, after, cards=10):
    """The outcome of a call in issue 25, with one number of cards in each issue before and after it."""
    x = np.array([[before] * 26 + [after] * 26])
    codes = np.zeros((1, 52), dtype=np.int8)
    codes[0, 25] = code
    return find_runs(codes, x, np.full(52, cards), **RULE).outcome[0]


@pytest.mark.parametrize(
    ("before", "after", "rise", "fall"),
    [
        (5, 6, "went on", "turned"),
        (6, 5, "turned", "went on"),
        (8, 9, "levelled off", "levelled off"),
        (9, 8, "levelled off", "levelled off"),
        (4, 4, "levelled off", "levelled off"),
        (0, 0, "levelled off", "levelled off"),
        (0, 1, "went on", "turned"),
        (1, 0, "turned", "went on"),
    ],
)
def test_the_outcome_is_in_the_direction_of_the_call(before, after, rise, fall):
    assert one_call(RISING, before, after) == one_call(EMERGING, before, after) == rise
    assert one_call(FALLING, before, after) == fall


def test_an_outcome_and_its_shares_stay_as_issues_are_added():
    codes, x, n = corpus(np.random.default_rng(9), n_issues=120)
    known = {}
    for stop in range(1, 121):
        runs = find_runs(codes[:, :stop], x[:, :stop], n[:stop], **RULE)
        now = {row[:3]: row for row in rows(runs)}
        for key, (last, at_call, after, outcome) in known.items():
            row = now[key]
            assert row[4] == at_call
            assert outcome == "too early" or (row[5], row[6]) == (after, outcome)
            assert last == -1 or row[3] == last
        known = {key: (row[3], row[4], row[5], row[6]) for key, row in now.items()}
    assert sum(outcome != "too early" for *_, outcome in known.values()) > 100


@pytest.mark.parametrize("shape", [(0, 4), (2, 0), (2, 1)])
def test_very_little_input_has_no_runs(shape):
    x, n = np.zeros(shape, dtype=np.int64), np.ones(shape[1], dtype=np.int64)
    runs = find_runs(np.zeros(shape, dtype=np.int8), x, n, **RULE)
    assert rows(runs) == []


def test_codes_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="one entry per topic and issue"):
        find_runs(np.zeros((1, 3), dtype=np.int8), np.zeros((1, 4), dtype=np.int64), np.ones(4, int), **RULE)
