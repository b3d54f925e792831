"""Level shifts: when the share of a topic changed for good."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from signals_pipeline.marts.statistics.counts import (
    TOPICS_AT_ONCE,
    Bools,
    Floats,
    Ints,
    dominant_form,
    k_log_k,
    running,
    with_cards,
)


class SegmentCost(Protocol):
    """What a stretch of some series costs when it has one level: minus the log-likelihood of its best fit."""

    @property
    def shape(self) -> tuple[int, int]:
        """Number of series and of points."""

    def __call__(self, starts: Ints, stop: int) -> Floats:
        """Costs of the stretches from each start up to, not including, `stop`: (series, starts)."""


class BinomialCost:
    """Binomial counts with one share in a stretch; parts that do not depend on the share are left out."""

    def __init__(self, x: Ints, n: Ints) -> None:
        """Prepare for counts (series, points) and denominators (points,) above 0."""
        self.shape = (x.shape[0], x.shape[1])
        self._x, self._n = running(x), running(n)
        self._table = k_log_k(int(n.sum()))

    def __call__(self, starts: Ints, stop: int) -> Floats:
        """Costs of the stretches from each start up to, not including, `stop`: (series, starts)."""
        x = self._x[:, stop, None] - self._x[:, starts]
        n = self._n[stop] - self._n[starts]
        costs: Floats = self._table[n] - self._table[x] - self._table[n - x]
        return costs


def partition(cost: SegmentCost, penalty: Floats, *, min_length: int) -> Bools:
    """Where new segments begin in the cheapest division of every series: (series, points).

    Exact dynamic programming over all divisions (optimal partitioning: Jackson et al. 2005, IEEE Signal
    Processing Letters 12, 105-108). A division costs its segments and `penalty` for every one but the first;
    of divisions that cost the same it is one with longer last segments. The first point begins no new
    segment.

    Args:
        cost: Costs of segments, in nats.
        penalty: Cost of another segment, in nats, (series,); 0 or more.
        min_length: Fewest points of a segment, at least 1; a series shorter than two of them stays whole.
    """
    n_series, n_points = cost.shape
    begins = np.zeros((n_series, n_points), dtype=np.bool_)
    if n_points < 2 * min_length:
        return begins
    cheapest = np.repeat(-penalty[:, None], n_points + 1, axis=1)
    came_from = np.zeros((n_series, n_points + 1), dtype=np.int64)
    for stop in range(min_length, n_points + 1):
        starts = np.concatenate([[0], np.arange(min_length, stop - min_length + 1)])
        costs = cheapest[:, starts] + cost(starts, stop)
        best = np.argmin(costs, axis=1)
        came_from[:, stop] = starts[best]
        cheapest[:, stop] = np.take_along_axis(costs, best[:, None], axis=1)[:, 0] + penalty
    series, stop_of = np.arange(n_series), np.full(n_series, n_points)
    while len(series):
        start = came_from[series, stop_of[series]]
        stop_of[series] = start
        series, start = series[start > 0], start[start > 0]
        begins[series, start] = True
    return begins


@dataclass(frozen=True)
class Shifts:
    """One entry per level shift, in order of topic and issue.

    `topic` is the row of x, `issue` the first issue at the new level. `x_before`, `n_before`, `x_after` and
    `n_after` are the counts of the segments next to the shift. `log_odds_ratio` is ln odds after - ln odds
    before, with half a card added to each of the four counts (Haldane 1956; Anscombe 1956), so it is finite.
    `delta_cost` is the cost of the two segments as one minus their cost as two, in nats, without penalty.
    """

    topic: Ints
    issue: Ints
    x_before: Ints
    n_before: Ints
    x_after: Ints
    n_after: Ints
    log_odds_ratio: Floats
    delta_cost: Floats


def find_shifts(x: Ints, n: Ints, phi: Floats, *, penalty_factor: float, min_issues: int) -> Shifts:
    """Every lasting change of a topic's share, by binomial optimal partitioning (see `partition`).

    A segment costs minus its binomial log-likelihood at its own share; the penalty is `penalty_factor` phi
    ln N, N = number of issues with n > 0. Counts that vary phi times as much as binomial ones make gains
    in likelihood phi times as large, so the penalty grows with phi (quasi-likelihood: Wedderburn 1974,
    Biometrika 61, 439-447); phi = 1 is the plain penalty. No shift has a delta_cost below its penalty.

    Args:
        x: Counts, (topics, issues).
        n: Denominators, (issues,).
        phi: Over-dispersion of every topic, (topics,), at least 1.
        penalty_factor: 0 or more.
        min_issues: Fewest issues with cards in a segment, at least 1.
    """
    issue, kept, able = with_cards(x, n)
    if phi.shape != (len(x),):
        raise ValueError(f"phi has one entry per topic; its shape is {phi.shape}")
    begins = np.zeros(kept.shape, dtype=np.bool_)
    penalty = penalty_factor * math.log(max(len(able), 1)) * phi
    for first in range(0, len(kept), TOPICS_AT_ONCE):
        group = slice(first, first + TOPICS_AT_ONCE)
        begins[group] = partition(BinomialCost(kept[group], able), penalty[group], min_length=min_issues)
    topic, start = np.nonzero(begins)
    same_before, same_after = np.diff(topic, prepend=-1) == 0, np.diff(topic, append=-1) == 0
    before = np.where(same_before, np.roll(start, 1), 0)
    after = np.where(same_after, np.roll(start, -1), len(able))
    sums_x, sums_n = running(kept), running(able)
    x_before, n_before = sums_x[topic, start] - sums_x[topic, before], sums_n[start] - sums_n[before]
    x_after, n_after = sums_x[topic, after] - sums_x[topic, start], sums_n[after] - sums_n[start]
    table = k_log_k(int(able.sum()))

    def fit(x: Ints, n: Ints) -> Floats:
        found: Floats = table[x] + table[n - x] - table[n]
        return found

    return Shifts(
        topic=topic,
        issue=issue[start],
        x_before=x_before,
        n_before=n_before,
        x_after=x_after,
        n_after=n_after,
        log_odds_ratio=np.log((x_after + 0.5) / (n_after - x_after + 0.5))
        - np.log((x_before + 0.5) / (n_before - x_before + 0.5)),
        delta_cost=fit(x_before, n_before)
        + fit(x_after, n_after)
        - fit(x_before + x_after, n_before + n_after),
    )


def form_changes(n_by_form: Ints, *, width: int) -> Bools:
    """For each issue, whether another form is the most frequent from it on than before: (issues,).

    Compared are as many as `width` issues on each side, where both sides have cards.

    Args:
        n_by_form: Denominators, (forms, issues), forms in the order of their names.
        width: In issues, at least 1.
    """
    sums = running(n_by_form)
    here = np.arange(n_by_form.shape[1])
    before = sums[:, here] - sums[:, np.maximum(here - width, 0)]
    after = sums[:, np.minimum(here + width, len(here))] - sums[:, here]
    are_known = (before.sum(axis=0) > 0) & (after.sum(axis=0) > 0)
    changes: Bools = (dominant_form(before) != dominant_form(after)) & are_known
    return changes
