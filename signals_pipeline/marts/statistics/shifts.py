"""Level shifts: when the share of a topic changed for good, and what of it the forms of the cards explain."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from signals_pipeline.marts.statistics.counts import (
    TOPICS_AT_ONCE,
    Bools,
    Floats,
    Ints,
    check_counts,
    dominant_form,
    k_log_k,
    running,
)

_MAX_STEPS = 80
_LARGEST_STEP = 2.0
_CLOSE = 1e-7
"""Of a card: a fit has converged where sums of expected cards are as near to those of cards."""
_RIDGE = 1e-9
"""Added to what is inverted, so that what the cards do not tell apart stays where it is."""
_ROUNDING = 1e-9
"""In nats: a gain that exceeds its penalty by less does not exceed it."""


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
        x = self._x[:, stop, None] - self._x.take(starts, axis=1)
        n = self._n[stop] - self._n[starts]
        costs: Floats = self._table[n] - self._table.take(x)
        costs -= self._table.take(np.subtract(n, x, out=x))
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
    series = np.arange(n_series)
    for stop in range(min_length, n_points + 1):
        starts = np.concatenate([[0], np.arange(min_length, stop - min_length + 1)])
        costs = cost(starts, stop)
        costs += cheapest.take(starts, axis=1)
        best = np.argmin(costs, axis=1)
        came_from[:, stop] = starts[best]
        cheapest[:, stop] = costs[series, best] + penalty
    stop_of = np.full(n_series, n_points)
    while len(series):
        start = came_from[series, stop_of[series]]
        stop_of[series] = start
        series, start = series[start > 0], start[start > 0]
        begins[series, start] = True
    return begins


@dataclass(frozen=True)
class Shifts:
    """One entry per level shift, in order of topic and issue.

    `topic` is the topic's place in x, `issue` the first issue at the new level. `x_before`, `n_before`,
    `x_after` and `n_after` are the counts of the segments next to the shift, of all forms together.
    `log_odds_ratio` is ln odds after - ln odds before within a form, with half a card with the topic and half
    a card without it added to each of the two segments (Haldane 1956; Anscombe 1956), divided among the forms
    as its cards are, so it is finite. `form_explains` is the part of the difference of the two shares, 0 to
    1, that comes from the mix of the forms. `delta_cost` is how much costlier the division of the topic is
    without this shift, in nats, without penalty.
    """

    topic: Ints
    issue: Ints
    x_before: Ints
    n_before: Ints
    x_after: Ints
    n_after: Ints
    log_odds_ratio: Floats
    form_explains: Floats
    delta_cost: Floats


def find_shifts(x: Ints, n: Ints, phi: Floats, *, penalty_factor: float, min_issues: int) -> Shifts:
    """Every lasting change of a topic's share that a change in the mix of forms does not explain.

    Where shifts may be is found by binomial optimal partitioning of the cards of all forms together (see
    `partition`); every segment costs minus its log-likelihood at its own share. Which of these shifts are
    kept is found with the forms apart: the log-odds of a card of form f in segment s having the topic are
    a_f + b_s, so a form has one odds ratio to another in all segments, and a segment to another in all forms
    (logistic regression; McCullagh and Nelder 1989, Generalized Linear Models, section 4.3). As long as there
    is a shift without which the likelihood of all segments is lower by no more than the penalty, that with
    the smallest gain is taken out (backward elimination), so `delta_cost` is above the penalty for all that
    are left. Where a form and a level change together, nothing tells one from the other, and the form is
    taken for the cause.

    The penalty of a shift is `penalty_factor` phi ln N, N = number of issues with cards. Counts that vary phi
    times as much as binomial ones make gains in likelihood phi times as large, so the penalty grows with phi
    (quasi-likelihood: Wedderburn 1974, Biometrika 61, 439-447); phi = 1 is the plain penalty.

    `form_explains` is the first part of the decomposition of Kitagawa (1955, Journal of the American
    Statistical Association 50, 1168-1194) of the difference of two rates: sum over forms of the change of its
    part of the cards times the mean of its two fitted shares. It is 0 where it and the difference have
    different signs, and 1 where it is larger than the difference.

    Args:
        x: Counts, (forms, topics, issues).
        n: Denominators, (forms, issues).
        phi: Over-dispersion of every topic, (topics,), at least 1.
        penalty_factor: 0 or more.
        min_issues: Fewest issues with cards in a segment, at least 1.
    """
    check_counts(x, n, by_form=True)
    if phi.shape != x.shape[1:2]:
        raise ValueError(f"phi has one entry per topic; its shape is {phi.shape}")
    with_cards = np.flatnonzero(n.sum(axis=0) > 0)
    kept, able = x[:, :, with_cards].astype(np.int64), n[:, with_cards].astype(np.int64)
    penalty = penalty_factor * math.log(max(len(with_cards), 1)) * phi
    groups = [slice(first, first + TOPICS_AT_ONCE) for first in range(0, len(phi), TOPICS_AT_ONCE)]
    found = [_shifts_of(kept[:, one], able, penalty[one], min_issues, one.start) for one in groups]
    columns = [np.concatenate(parts) for parts in zip(_NOTHING, *found, strict=True)]
    columns[1] = with_cards[columns[1]]
    return Shifts(*columns)


_NOTHING = (*[np.zeros(0, dtype=np.int64)] * 6, *[np.zeros(0)] * 3)


def _shifts_of(x: Ints, n: Ints, penalty: Floats, min_issues: int, first: int) -> tuple[Ints | Floats, ...]:
    """The columns of `Shifts` of a few topics, of which the first has this number."""
    begins = partition(BinomialCost(x.sum(axis=0), n.sum(axis=0)), penalty, min_length=min_issues)
    gains = _worthwhile(x, n, begins, penalty)
    topics = np.flatnonzero(begins.any(axis=1))
    x, begins = x[:, topics], begins[topics]
    x_in, n_in = _in_segments(x, n, begins)
    row, issue = np.nonzero(begins)
    after = np.cumsum(begins, axis=1)[row, issue]
    # From each shift to the segments next to it: (shifts, forms).
    (x_before, x_after), (n_before, n_after) = (
        (counts[row, :, after - 1], counts[row, :, after]) for counts in (x_in, n_in)
    )
    shares = _Levels(x_in, n_in).shares()
    n_of_segment = np.maximum(n_in.sum(axis=1, keepdims=True), 1)
    half = n_in / n_of_segment
    level = _Levels(x_in + 0.5 * half, n_in + half).level
    by_mix, by_level = _decomposed(n_before, n_after, shares[row, :, after - 1], shares[row, :, after])
    is_one_way = (by_mix + by_level) * by_level > 0
    explained = np.where(is_one_way, by_mix / np.where(is_one_way, by_mix + by_level, 1), 1)
    return (
        first + topics[row],
        issue,
        x_before.sum(axis=1),
        n_before.sum(axis=1),
        x_after.sum(axis=1),
        n_after.sum(axis=1),
        level[row, after] - level[row, after - 1],
        np.clip(explained, 0, 1),
        gains[topics[row], issue],
    )


def _decomposed(n_before: Ints, n_after: Ints, before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """What the mix and what the shares add to a difference of rates: (shifts,) from (shifts, forms)."""
    mix_before, mix_after = (n / n.sum(axis=1, keepdims=True) for n in (n_before, n_after))
    by_mix = ((mix_after - mix_before) * (before + after) / 2).sum(axis=1)
    by_level = ((after - before) * (mix_before + mix_after) / 2).sum(axis=1)
    return by_mix, by_level


def _worthwhile(x: Ints, n: Ints, begins: Bools, penalty: Floats) -> Floats:
    """Take out of `begins` what is not worth its penalty; the gains of all that is left, else 0.

    Args:
        x: Counts, (forms, topics, issues).
        n: Denominators, (forms, issues).
        begins: Where segments begin, (topics, issues); changed in place.
        penalty: In nats, (topics,).
    """
    gains = np.zeros(begins.shape)
    open_topics = np.flatnonzero(begins.any(axis=1))
    while len(open_topics):
        gains[open_topics] = 0
        row, issue = np.nonzero(begins[open_topics])
        topic = open_topics[row]
        without = begins[topic]
        without[np.arange(len(row)), issue] = False
        divided = np.concatenate([begins[open_topics], without])
        fitted = _Levels(*_in_segments(x[:, np.concatenate([open_topics, topic])], n, divided))
        likelihood = fitted.log_likelihood()
        gains[topic, issue] = likelihood[row] - likelihood[len(open_topics) :]
        smallest = np.where(begins[open_topics], gains[open_topics], np.inf)
        least = np.argmin(smallest, axis=1)
        is_out = np.min(smallest, axis=1) <= penalty[open_topics] + _ROUNDING
        open_topics, least = open_topics[is_out], least[is_out]
        begins[open_topics, least] = False
        open_topics = open_topics[begins[open_topics].any(axis=1)]
    return gains


def _in_segments(x: Ints, n: Ints, begins: Bools) -> tuple[Ints, Ints]:
    """Counts and denominators of every segment, (topics, forms, segments); 0 where a topic has fewer."""
    n_topics, n_issues = begins.shape
    number = np.cumsum(begins, axis=1)
    edges = np.full((n_topics, int(number.max(initial=0)) + 2), n_issues)
    edges[:, 0] = 0
    topic, issue = np.nonzero(begins)
    edges[topic, number[topic, issue]] = issue
    rows = np.arange(n_topics)[:, None]
    x_in = np.diff(running(x)[:, rows, edges], axis=2).transpose(1, 0, 2)
    n_in = np.diff(running(n)[:, edges], axis=2).transpose(1, 0, 2)
    return x_in, n_in


class _Levels:
    """The likeliest log-odds a_f + b_s of counts x of n, (series, forms, segments): Newton's method.

    Steps are limited, so log-odds of a share of 0 or 1 go so far towards infinity that nothing is left to
    gain. Of the forms' equations the segments' unknowns are taken out first.
    """

    def __init__(self, x: Ints | Floats, n: Ints | Floats) -> None:
        self._x, self._n = x, n
        x_of_form, n_of_form = x.sum(axis=2), n.sum(axis=2)
        self.form = np.log((x_of_form + 0.5) / (n_of_form - x_of_form + 0.5))
        self.level = np.zeros((x.shape[0], x.shape[2]))
        unit = np.eye(x.shape[1])
        for _ in range(_MAX_STEPS):
            shares = self.shares()
            rest = x - n * shares
            of_form, of_level = rest.sum(axis=2), rest.sum(axis=1)
            if max(np.abs(of_form).max(initial=0), np.abs(of_level).max(initial=0)) < _CLOSE:
                break
            weight = n * shares * (1 - shares)
            of_segment = weight.sum(axis=1) + _RIDGE
            ratio = weight / of_segment[:, None, :]
            left = unit * (weight.sum(axis=2) + _RIDGE)[:, :, None] - ratio @ weight.transpose(0, 2, 1)
            right = of_form - np.einsum("tfs,ts->tf", ratio, of_level)
            step = np.linalg.solve(left + _RIDGE * unit, right[:, :, None])[:, :, 0]
            level_step = (of_level - np.einsum("tfs,tf->ts", weight, step)) / of_segment
            self.form += np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
            self.level += np.clip(level_step, -_LARGEST_STEP, _LARGEST_STEP)

    def shares(self) -> Floats:
        """Fitted shares, (series, forms, segments)."""
        found: Floats = 1 / (1 + np.exp(-self._log_odds()))
        return found

    def log_likelihood(self) -> Floats:
        """In nats, without parts that do not depend on the fit, (series,)."""
        log_odds = self._log_odds()
        found: Floats = (self._x * log_odds - self._n * np.logaddexp(0, log_odds)).sum(axis=(1, 2))
        return found

    def _log_odds(self) -> Floats:
        found: Floats = self.form[:, :, None] + self.level[:, None, :]
        return found


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
