"""Logistic lines and steps: how the log-odds of a topic change, the same in every form of card."""

import math
from dataclasses import dataclass

import numpy as np

from signals_pipeline.marts.statistics.counts import Bools, Floats

_ITERATIONS = 12
_LARGEST_STEP = 2.0
_LARGEST_CHANGE = 20.0
"""Log-odds over the whole span: without a bound, the slope of a topic seen at one end only would not end."""
_PRECISION = 1e-5
"""Log-odds of a step, and nats that are still to gain: Newton's error is about the square of that before."""
_EMPTY = 1e-12
"""What stands for 0 below a fraction bar and in a logarithm."""
_COLUMNS_AT_ONCE = 2048
"""For larger products BLAS starts threads, which may wait for each other forty times as long as it takes."""


@dataclass(frozen=True)
class Line:
    """Logistic lines: ln odds = intercept of the form + slope (time - `middle`).

    `slope` (topics,) per unit of time, `intercept` (forms, topics). `varies` (forms, topics) says which forms
    have cards with and cards without the topic: the others say nothing about a slope and have intercept 0.
    """

    slope: Floats
    intercept: Floats
    middle: float
    varies: Bools

    def log_odds(self, time: Floats) -> Floats:
        """Log-odds at some times: (points, forms, topics) from (points,)."""
        found: Floats = self.intercept + (time - self.middle)[:, None, None] * self.slope
        return found


def logistic_line(x: Floats, n: Floats, time: Floats) -> Line:
    """The maximum-likelihood line of every topic: one slope, and an intercept for each form.

    Newton's method, that is iteratively reweighted least squares (McCullagh and Nelder 1989, Generalized
    Linear Models, section 4.4), from no slope, at most 12 times. A step of log-odds is at most 2, and the
    change over the span at most 20, for a topic that is on cards at one end of time only and has no finite
    slope. A topic whose forms have all their cards at one point each has slope 0.

    Args:
        x: Counts, (points, forms, topics).
        n: Denominators, (points, forms).
        time: When each point is, (points,).
    """
    x_all, n_all = x.sum(axis=0), n.sum(axis=0)[:, None]
    varies = (x_all > 0) & (x_all < n_all)
    middle = float(time.mean()) if len(time) else 0.0
    span = float(np.ptp(time)) if len(time) else 0.0
    unit = span if span > 0 else 1.0
    u = (time - middle) / unit
    share = np.where(varies, x_all, 1) / np.where(varies, n_all, 2)
    intercept, change = np.log(share / (1 - share)), np.zeros(x.shape[2])
    powers = np.stack([np.ones_like(u), u, u * u])
    able = np.where(varies, n[:, :, None], 0)
    found = _sums_of_points(powers[:2], x * varies)
    moving = np.arange(x.shape[2])
    for _ in range(_ITERATIONS):
        a, b = intercept[:, moving], change[moving]
        step_a, step_b = _line_step(a, b, able, found, varies[:, moving], powers)
        step_b = np.clip(b + step_b, -_LARGEST_CHANGE, _LARGEST_CHANGE) - b
        intercept[:, moving], change[moving] = a + step_a, b + step_b
        on = np.maximum(np.abs(step_a).max(axis=0, initial=0), np.abs(step_b)) > _PRECISION
        if not on.any():
            break
        if on.sum() < len(on) / 2:
            moving, able, found = moving[on], able[:, :, on], found[:, :, on]
    intercept = np.where(varies, intercept, 0)
    return Line(slope=change / unit, intercept=intercept, middle=middle, varies=varies)


def _line_step(
    a: Floats, b: Floats, n: Floats, found: Floats, varies: Bools, powers: Floats
) -> tuple[Floats, Floats]:
    """Newton's step of intercepts (forms, topics) and slopes (topics,).

    `found` (2, forms, topics) is the sum of x and of x times time; `powers` (3, points) are those of time.
    """
    p = a + powers[1][:, None, None] * b
    np.negative(p, out=p)
    np.exp(p, out=p)
    p += 1
    np.reciprocal(p, out=p)
    expected = n * p
    rest, rest_time = found - _sums_of_points(powers[:2], expected)
    p *= expected
    expected -= p
    w, w_time, w_time2 = _sums_of_points(powers, expected)
    # The Hessian is diagonal but for the row of the slope: the intercepts are eliminated.
    per_w = 1 / np.where(varies, w, 1)
    information = (w_time2 - w_time * w_time * per_w).sum(axis=0)
    is_known = information > _EMPTY * w_time2.sum(axis=0)
    score = (rest_time - w_time * rest * per_w).sum(axis=0)
    step_b = np.clip(score / np.where(is_known, information, np.inf), -_LARGEST_STEP, _LARGEST_STEP)
    return np.clip((rest - w_time * step_b) * per_w, -_LARGEST_STEP, _LARGEST_STEP), step_b


def _sums_of_points(weights: Floats, values: Floats) -> Floats:
    """Sums of values (points, forms, topics) with some weights each (weights, points)."""
    columns = values.reshape(len(values), math.prod(values.shape[1:]))
    found = np.empty((len(weights), columns.shape[1]))
    for first in range(0, columns.shape[1], _COLUMNS_AT_ONCE):
        group = slice(first, first + _COLUMNS_AT_ONCE)
        found[:, group] = weights @ columns[:, group]
    return found.reshape(len(weights), *values.shape[1:])


def line_likelihood(x: Floats, n: Floats, time: Floats) -> Floats:
    """The log-likelihood of the logistic line of every topic, up to what the counts alone say: (topics,).

    Args:
        x: Counts, (points, forms, topics).
        n: Denominators, (points, forms).
        time: When each point is, (points,).
    """
    line = logistic_line(x, n, time)
    # ln(1 + odds) has no need of more care: the log-odds of a line are bounded.
    odds = line.log_odds(time)
    with_it = np.einsum("pft,pft,ft->t", x, odds, line.varies.astype(np.float64))
    np.exp(odds, out=odds)
    np.log1p(odds, out=odds)
    found: Floats = with_it - np.einsum("pf,pft,ft->t", n, odds, line.varies.astype(np.float64))
    return found


def step_likelihood(x: Floats, n: Floats, *, min_points: int) -> Floats:
    """The log-likelihood of the best single step of every topic, up to what the counts alone say: (topics,).

    A step is a change of level from one point on: one odds ratio between after and before, and a share for
    each form before it; the best is that of the largest likelihood over all places with `min_points` points
    on each side. For a given odds ratio the fitted cards of a form solve a quadratic equation (Breslow and
    Day 1980, Statistical Methods in Cancer Research I, section 4.4); Newton's method finds the odds ratio at
    which they add up to the cards after the step, at most 12 times.

    Args:
        x: Counts, (points, forms, topics).
        n: Denominators, (points, forms).
        min_points: At least 1; there are at least two times as many points.
    """
    n_points, n_forms, n_topics = x.shape
    x_all, n_all = x.sum(axis=0), n.sum(axis=0)[:, None]
    varies = (x_all > 0) & (x_all < n_all)
    places = slice(min_points - 1, n_points - min_points)

    def by_form(values: Floats) -> Floats:
        """The values of forms that vary, (forms, places and topics)."""
        kept = np.where(varies, values, 0)
        shape = (n_points + 1 - 2 * min_points, n_forms, n_topics)
        return np.moveaxis(np.broadcast_to(kept, shape), 0, 1).reshape(n_forms, -1)

    x_before, n_before = by_form(np.cumsum(x, axis=0)[places]), by_form(np.cumsum(n, axis=0)[places, :, None])
    cards = by_form(x_all)
    n_after = by_form(n_all) - n_before
    fitted = _fitted_after(cards, cards - x_before, n_before, n_after)
    likelihood = (
        _log_likelihood(cards - x_before, fitted, n_after)
        + _log_likelihood(x_before, cards - fitted, n_before)
    ).sum(axis=0)
    found: Floats = likelihood.reshape(-1, n_topics).max(axis=0)
    return found


def _fitted_after(cards: Floats, after: Floats, n_before: Floats, n_after: Floats) -> Floats:
    """Fitted cards with the topic after steps, with one odds ratio for all forms: (forms, steps) as each."""
    found = np.empty_like(cards)
    sums, change = after.sum(axis=0), np.zeros(cards.shape[1])
    product, neither, either = cards * n_after, n_before - cards, cards + n_after
    moving = np.arange(cards.shape[1])
    for _ in range(_ITERATIONS):
        ratio = np.exp(change)
        half = (neither + ratio * either) / 2
        root = np.sqrt(np.maximum(half * half + (ratio - ratio * ratio) * product, _EMPTY))
        fitted = ratio * product / np.maximum(half + root, _EMPTY)
        found[:, moving] = fitted
        information = (ratio * (product - fitted * (either - fitted)) / (2 * root)).sum(axis=0)
        step = (sums - fitted.sum(axis=0)) / np.maximum(information, _EMPTY)
        step = np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
        change = np.clip(change + step, -_LARGEST_CHANGE, _LARGEST_CHANGE)
        # Half of step squared times information is what likelihood there is still to gain.
        on = step * step * information > _PRECISION
        if not on.any():
            break
        if on.sum() < len(on) / 2:
            moving, sums, change = moving[on], sums[on], change[on]
            product, neither, either = product[:, on], neither[:, on], either[:, on]
    return found


def _log_likelihood(x: Floats, fitted: Floats, n: Floats) -> Floats:
    """That of cards with the topic out of n, of the common shape; none of 0 cards."""
    share = np.clip(fitted / np.maximum(n, _EMPTY), _EMPTY, 1 - _EMPTY)
    found: Floats = x * np.log(share) + (n - x) * np.log1p(-share)
    return found
