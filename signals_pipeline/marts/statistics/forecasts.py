"""Forecasts of the next issues, with the scores that such forecasts had in the past."""

import math
from dataclasses import dataclass

import numpy as np

from signals_pipeline.marts.statistics.counts import (
    TOPICS_AT_ONCE,
    Bools,
    Floats,
    Ints,
    log_choices,
    with_cards,
)

_LOW, _HIGH = 0.1, 0.9
_ROUNDING = 1e-9
"""Differences below this are rounding: of a sum of probabilities from a level, of a score from another."""


@dataclass(frozen=True)
class Forecasts:
    """One entry per topic and horizon, in order of both; only horizons that could be scored.

    `topic` is the row of x; `horizon` counts issues with cards from the last one. `share_p10`, `share_p50`
    and `share_p90` are quantiles of the share in that one issue, if it has `n_expected` cards. The scores are
    means over `n_origins` past issues: `log_score` and `log_score_naive` in nats (higher is better), `skill`
    the first minus the second, `mae_pp` the absolute error of the forecast's mean in percentage points,
    `coverage_80` the fraction of shares from the 10 % to the 90 % quantile, both included.
    """

    topic: Ints
    horizon: Ints
    n_expected: Ints
    share_p10: Floats
    share_p50: Floats
    share_p90: Floats
    n_origins: Ints
    log_score: Floats
    log_score_naive: Floats
    skill: Floats
    mae_pp: Floats
    coverage_80: Floats
    is_published: Bools


def forecast(x: Ints, n: Ints, *, half_life: float, m: float, horizons: int, min_history: int) -> Forecasts:
    """Shares of the next issues, and how such forecasts did in the past.

    The cards with a topic among the n of the issue `h` ahead are beta-binomial (Skellam 1948, Journal of the
    Royal Statistical Society B 10, 257-261) with alpha = m mu and beta = m (1 - mu). mu = the trailing share
    sum w x / sum w n with w = 2^(-issues back / half_life), kept away from 0 and 1 by half a card among the
    cards so far, 1 / (2 (sum n + 1)). It is the same for every horizon: the level is not extrapolated. The
    naive forecast has sum x / sum n of all issues so far in place of mu.

    Scores are those of rolling origins (Tashman 2000, International Journal of Forecasting 16, 437-450): from
    the issue `min_history` on, every issue in turn is the last one known, and the issue `h` after it is
    forecast, given its number of cards. The log score is the logarithm of the probability given to what came
    (Good 1952, Journal of the Royal Statistical Society B 14, 107-114). A forecast is published where its
    log score is higher than the naive one. The expected number of cards of an issue is the trailing mean of n
    with the same weights, rounded.

    Args:
        x: Counts, (topics, issues).
        n: Denominators, (issues,).
        half_life: In issues; above 0.
        m: Precision of the beta-binomial, in cards; above 0.
        horizons: The largest horizon, in issues.
        min_history: How many issues with cards the first origin knows, at least 1.
    """
    _, kept, able = with_cards(x, n)
    n_issues = len(able)
    # A horizon needs one issue that far after the first origin.
    horizon = np.arange(1, max(min(horizons, n_issues - min_history), 0) + 1)
    parts = [
        _forecast_group(kept[first : first + TOPICS_AT_ONCE], able, horizon, half_life, m, min_history)
        for first in range(0, len(kept) if len(horizon) else 0, TOPICS_AT_ONCE)
    ]
    shape = (len(kept) if len(horizon) else 0, len(horizon))
    columns = np.concatenate([*parts, np.zeros((_N_COLUMNS, 0, len(horizon)))], axis=1)
    low, middle, high, log_score, naive, mae_pp, coverage = columns.reshape(_N_COLUMNS, -1)
    expected = _expected_cards(able, half_life)
    return Forecasts(
        topic=np.repeat(np.arange(shape[0]), shape[1]),
        horizon=np.tile(horizon, shape[0]),
        n_expected=np.full(shape[0] * shape[1], expected),
        share_p10=low,
        share_p50=middle,
        share_p90=high,
        n_origins=np.tile(n_issues - min_history + 1 - horizon, shape[0]),
        log_score=log_score,
        log_score_naive=naive,
        skill=log_score - naive,
        mae_pp=mae_pp,
        coverage_80=coverage,
        is_published=log_score > naive + _ROUNDING,
    )


_N_COLUMNS = 7


def _forecast_group(x: Ints, n: Ints, horizons: Ints, half_life: float, m: float, min_history: int) -> Floats:
    """Quantiles and scores of a few topics: (_N_COLUMNS, topics, horizons)."""
    floor = 1 / (2 * (np.cumsum(n) + 1))
    recent = np.clip(_trailing(x, half_life) / _trailing(n, half_life), floor, 1 - floor)
    naive = np.clip(np.cumsum(x, axis=1) / np.cumsum(n), floor, 1 - floor)
    found = np.empty((_N_COLUMNS, len(x), len(horizons)))
    cards = _expected_cards(n, half_life)
    for row, level in enumerate((_LOW, 0.5, _HIGH)):
        found[row] = (_quantile(level, cards, recent[:, -1], m) / cards)[:, None]
    for column, horizon in enumerate(horizons):
        origins = slice(min_history - 1, len(n) - horizon)
        target_x, target_n = x[:, min_history - 1 + horizon :], n[min_history - 1 + horizon :]
        mu = recent[:, origins]
        scores = _log_probability(target_x, target_n, mu, m)
        below, upto = _cumulative(target_x, target_n, mu, m)
        found[3, :, column] = scores.mean(axis=1)
        found[4, :, column] = _log_probability(target_x, target_n, naive[:, origins], m).mean(axis=1)
        found[5, :, column] = 100 * np.abs(target_x / target_n - mu).mean(axis=1)
        found[6, :, column] = ((upto >= _LOW - _ROUNDING) & (below < _HIGH - _ROUNDING)).mean(axis=1)
    return found


def _trailing(values: Ints, half_life: float) -> Floats:
    """Sums up to every issue with weights 2^(-issues back / half_life), along the last axis."""
    decay = 2 ** (-1 / half_life)
    sums = values.astype(np.float64)
    for issue in range(1, values.shape[-1]):
        sums[..., issue] += decay * sums[..., issue - 1]
    return sums


def _expected_cards(n: Ints, half_life: float) -> int:
    if not len(n):
        return 0
    return max(round(float(_trailing(n, half_life)[-1] / _trailing(np.ones_like(n), half_life)[-1])), 1)


def _log_gamma(z: Floats) -> Floats:
    """Logarithm of Gamma(z) for z > 0: Stirling's series after eight steps up."""
    steps = z.copy()
    for k in range(1, 8):
        steps *= z + k
    y = z + 8
    inverse = 1 / y**2
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / y
    return (y - 0.5) * np.log(y) - y + 0.5 * math.log(2 * math.pi) + series - np.log(steps)


def _log_probability(x: Ints, n: Ints, mu: Floats, m: float) -> Floats:
    """Logarithm of the beta-binomial probability of x cards out of n, for mu of the shape of x."""
    alpha, beta = m * mu, m * (1 - mu)
    whole = _log_gamma(np.array([m])) - _log_gamma(m + n.astype(np.float64))
    with_it = _log_gamma(alpha + x) - _log_gamma(alpha)
    without = _log_gamma(beta + (n - x)) - _log_gamma(beta)
    return log_choices(n, x) + whole + with_it + without


def _cumulative(x: Ints, n: Ints, mu: Floats, m: float) -> tuple[Floats, Floats]:
    """Beta-binomial probabilities of fewer than x cards out of n, and of at most x; of the shape of x."""
    able = np.broadcast_to(n, x.shape).ravel()
    counts, alpha, beta = x.ravel(), m * mu.ravel(), m * (1 - mu.ravel())
    below = np.zeros(counts.shape)
    probability = np.exp(_log_probability(np.zeros_like(x), n, mu, m)).ravel()
    active = np.flatnonzero(counts > 0)
    for k in range(int(counts.max(initial=0))):
        active = active[counts[active] > k]
        below[active] += probability[active]
        left = able[active] - k
        probability[active] *= left * (alpha[active] + k) / ((k + 1) * (beta[active] + left - 1))
    return below.reshape(x.shape), (below + probability).reshape(x.shape)


def _quantile(level: float, n: int, mu: Floats, m: float) -> Ints:
    """The smallest number of cards out of n whose cumulative probability reaches the level: (topics,)."""
    counts = np.broadcast_to(np.arange(n + 1), (len(mu), n + 1))
    able, mus = np.full(n + 1, n), np.repeat(mu[:, None], n + 1, axis=1)
    cumulative = np.cumsum(np.exp(_log_probability(counts, able, mus, m)), axis=1)
    found: Ints = np.minimum(np.sum(cumulative < level - _ROUNDING, axis=1), n)
    return found
