"""Forecasts of the next issues together, with the scores that such forecasts had in the past."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from signals_pipeline.marts.kept import Array, Kept
from signals_pipeline.marts.statistics.counts import (
    TOPICS_AT_ONCE,
    Bools,
    Floats,
    Ints,
    log_choices,
    running,
    with_cards,
)

_LOW, _HIGH = 0.1, 0.9
_ROUNDING = 1e-9
"""Differences below this are rounding: of a sum of probabilities from a level, of a score from another."""


@dataclass(frozen=True)
class Forecasts:
    """One entry per topic and horizon, in order of both; only horizons that could be scored.

    `topic` is the row of x; `horizon` counts issues with cards after the last one. `share_p10`, `share_p50`
    and `share_p90` are quantiles of the share of the cards of all these issues, if they have `n_expected`
    cards. The scores are means over `n_origins` past issues: `log_score` and `log_score_naive` in nats
    (higher is better), `skill` the first minus the second, `mae_pp` the absolute error of the forecast's mean
    in percentage points, `coverage_80` the fraction of what came that lay within the 80 % interval.
    `skill_se` is the standard error of the skill, from `n_windows` stretches of issues; 0 with fewer than 2.
    """

    topic: Ints
    horizon: Ints
    n_expected: Ints
    share_p10: Floats
    share_p50: Floats
    share_p90: Floats
    n_origins: Ints
    n_windows: Ints
    log_score: Floats
    log_score_naive: Floats
    skill: Floats
    skill_se: Floats
    mae_pp: Floats
    coverage_80: Floats
    is_published: Bools


def forecast(
    x: Ints,
    n: Ints,
    topic_ids: Sequence[str],
    *,
    half_life: float,
    m: float,
    floor_cards: float,
    horizons: Sequence[int],
    min_history: int,
    min_windows: int,
    min_standard_errors: float,
    kept: Kept | None = None,
) -> Forecasts:
    """Mean shares of the next issues, and how such forecasts did in the past.

    The cards with a topic among the n of the next `h` issues are beta-binomial (Skellam 1948, Journal of the
    Royal Statistical Society B 10, 257-261) with alpha = m mu and beta = m (1 - mu). mu = the trailing share
    sum w x / sum w n with w = 2^(-issues back / half_life), kept at least floor_cards / (1 + sum n) away from
    0 and 1. It is the same for every horizon: the level is not extrapolated. The naive forecast has
    sum x / sum n of all issues so far in place of mu.

    Scores are those of rolling origins (Tashman 2000, International Journal of Forecasting 16, 437-450): from
    the issue `min_history` on, every issue in turn is the last one known, and the `h` after it are forecast,
    given their number of cards. The log score is the logarithm of the probability given to what came (Good
    1952, Journal of the Royal Statistical Society B 14, 107-114).

    What two origins fewer than `h` issues apart forecast is in part the same. So the standard error of the
    skill is that of batch means (Schmeiser 1982, Operations Research 30, 556-568): the standard deviation of
    the mean skills of stretches of `h` origins, counted back from the last, over the root of their number. A
    forecast is published where its skill is more than `min_standard_errors` of these above 0, in at least
    `min_windows` stretches.

    Coverage is found from the probability integral transform F(x - 1) + v P(x), randomised since x is
    discrete (Smith 1985, Journal of Forecasting 4, 283-291): the interval holds what came where it is from
    0.1 to 0.9. With plain counts of what lies within two quantiles it would be too high for rare topics.
    v follows from the topic_id and the origin alone (PCG64 seeded with the topic_id).

    The expected number of cards is `h` times the trailing mean of n with the same weights, rounded.

    Args:
        x: Counts, (topics, issues).
        n: Denominators, (issues,).
        topic_ids: Hex digits, one text per topic.
        half_life: In issues; above 0.
        m: Precision of the beta-binomial, in cards; above 0.
        floor_cards: Between 0 and 1, in cards.
        horizons: In issues, each at least 1, rising.
        min_history: How many issues with cards the first origin knows, at least 1.
        min_windows: Fewest stretches of a forecast that is published, at least 2.
        min_standard_errors: 0 or more.
        kept: What is kept of a topic, whose forecasts follow from its own counts and the denominators.
    """
    _, counted, able = with_cards(x, n)
    if len(topic_ids) != len(x):
        raise ValueError("topic_ids has one entry per topic")
    # A horizon needs as many issues after the first origin.
    horizon = np.array([one for one in horizons if min_history + one <= len(able)], dtype=np.int64)
    shape = (len(counted) if len(horizon) else 0, len(horizon))

    def part(topics: list[int]) -> partial[list[Array]]:
        """What forecasts some topics."""
        ids = [topic_ids[topic] for topic in topics]
        return partial(
            _of_topics, counted[topics], able, ids, half_life, floor_cards, horizon, m, min_history
        )

    found = (kept or Kept()).results(
        "forecasts",
        (able, half_life, m, floor_cards, horizon, min_history),
        [(topic_ids[topic], counted[topic]) for topic in range(shape[0])],
        part,
        n_bytes=counted.nbytes,
    )
    columns = np.array(found).reshape(shape[0], _N_COLUMNS, shape[1]).transpose(1, 0, 2)
    low, middle, high, log_score, naive, skill_se, mae_pp, coverage = columns.reshape(_N_COLUMNS, -1)
    n_origins = np.tile(len(able) - min_history + 1 - horizon, shape[0])
    n_windows = n_origins // np.tile(horizon, shape[0])
    skill = log_score - naive
    return Forecasts(
        topic=np.repeat(np.arange(shape[0]), shape[1]),
        horizon=np.tile(horizon, shape[0]),
        n_expected=np.tile([_expected_cards(able, half_life, int(one)) for one in horizon], shape[0]).astype(
            np.int64
        ),
        share_p10=low,
        share_p50=middle,
        share_p90=high,
        n_origins=n_origins,
        n_windows=n_windows,
        log_score=log_score,
        log_score_naive=naive,
        skill=skill,
        skill_se=skill_se,
        mae_pp=mae_pp,
        coverage_80=coverage,
        is_published=(n_windows >= min_windows) & (skill > min_standard_errors * skill_se + _ROUNDING),
    )


_N_COLUMNS = 8


def _of_topics(
    x: Ints,
    n: Ints,
    topic_ids: Sequence[str],
    half_life: float,
    floor_cards: float,
    horizon: Ints,
    m: float,
    min_history: int,
) -> list[Array]:
    """Of each topic quantiles and scores, those of all horizons together."""
    found: list[Array] = []
    for first in range(0, len(x), TOPICS_AT_ONCE):
        group = slice(first, first + TOPICS_AT_ONCE)
        levels = _Levels(x[group], n, half_life, floor_cards)
        chances = _chances(topic_ids[group], len(n))
        of_horizons = [_of_horizon(x[group], n, levels, chances, int(one), m, min_history) for one in horizon]
        found += list(np.stack(of_horizons, axis=2).transpose(1, 0, 2).reshape(len(chances), -1))
    return found


class _Levels:
    """The trailing and the all-time shares up to every issue, both (topics, issues)."""

    def __init__(self, x: Ints, n: Ints, half_life: float, floor_cards: float) -> None:
        floor = floor_cards / (np.cumsum(n) + 1)
        self.half_life = half_life
        self.recent = np.clip(_trailing(x, half_life) / _trailing(n, half_life), floor, 1 - floor)
        self.all_time = np.clip(np.cumsum(x, axis=1) / np.cumsum(n), floor, 1 - floor)


def _chances(topic_ids: Sequence[str], n_issues: int) -> Floats:
    """Numbers from 0 to 1 for every topic and issue, evenly spread: (topics, issues)."""
    found = np.empty((len(topic_ids), n_issues))
    for row, topic_id in enumerate(topic_ids):
        raw = np.random.PCG64(int(topic_id, 16)).random_raw(n_issues)
        found[row] = (raw >> np.uint64(11)) * 2.0**-53
    return found


def _of_horizon(
    x: Ints, n: Ints, levels: _Levels, chances: Floats, horizon: int, m: float, min_history: int
) -> Floats:
    """Quantiles and scores of a few topics: (_N_COLUMNS, topics)."""
    cards = _expected_cards(n, levels.half_life, horizon)
    origins = slice(min_history - 1, len(n) - horizon)
    sums_x, sums_n = running(x), running(n)
    target_x = sums_x[:, min_history + horizon :] - sums_x[:, min_history:-horizon]
    target_n = sums_n[min_history + horizon :] - sums_n[min_history:-horizon]
    mu = levels.recent[:, origins]
    scores = _log_probability(target_x, target_n, mu, m)
    naive = _log_probability(target_x, target_n, levels.all_time[:, origins], m)
    below, upto = _cumulative(target_x, target_n, mu, m)
    transform = below + chances[:, origins] * (upto - below)
    return np.stack(
        [
            *_quantiles((_LOW, 0.5, _HIGH), cards, levels.recent[:, -1], m) / cards,
            scores.mean(axis=1),
            naive.mean(axis=1),
            _standard_error(scores - naive, horizon),
            100 * np.abs(target_x / target_n - mu).mean(axis=1),
            ((transform >= _LOW) & (transform <= _HIGH)).mean(axis=1),
        ]
    )


def _standard_error(values: Floats, length: int) -> Floats:
    """That of the mean of every row, by means of batches of so many values back from the last: (rows,)."""
    n_batches = values.shape[1] // length
    if n_batches < 2:
        return np.zeros(len(values))
    last = values[:, values.shape[1] - n_batches * length :]
    found: Floats = last.reshape(len(values), n_batches, length).mean(axis=2).std(axis=1, ddof=1)
    return found / math.sqrt(n_batches)


def _trailing(values: Ints, half_life: float) -> Floats:
    """Sums up to every issue with weights 2^(-issues back / half_life), along the last axis."""
    decay = 2 ** (-1 / half_life)
    sums = values.astype(np.float64)
    for issue in range(1, values.shape[-1]):
        sums[..., issue] += decay * sums[..., issue - 1]
    return sums


def _expected_cards(n: Ints, half_life: float, horizon: int) -> int:
    mean = float(_trailing(n, half_life)[-1] / _trailing(np.ones_like(n), half_life)[-1])
    return max(round(horizon * mean), 1)


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
    # Cards without the topic are counted where they are the fewer: less to add up, and no start of 0.
    is_turned = mu.ravel() > 0.5
    counts = np.where(is_turned, able - x.ravel(), x.ravel())
    mean = np.where(is_turned, 1 - mu.ravel(), mu.ravel())
    alpha, beta = m * mean, m * (1 - mean)
    below = np.zeros(counts.shape)
    probability = np.exp(_log_probability(np.zeros_like(counts), able, mean, m))
    active = np.flatnonzero(counts > 0)
    for k in range(int(counts.max(initial=0))):
        active = active[counts[active] > k]
        below[active] += probability[active]
        left = able[active] - k
        probability[active] *= left * (alpha[active] + k) / ((k + 1) * (beta[active] + left - 1))
    upto = below + probability
    return (
        np.where(is_turned, 1 - upto, below).reshape(x.shape),
        np.where(is_turned, 1 - below, upto).reshape(x.shape),
    )


def _quantiles(levels: Sequence[float], n: int, mu: Floats, m: float) -> Ints:
    """The least cards out of n whose cumulative probability reaches each level: (levels, topics)."""
    is_turned = mu > 0.5
    mean = np.where(is_turned, 1 - mu, mu)
    level = np.array(levels)[:, None]
    # At most k cards have the topic where at least n - k have it not.
    threshold = np.where(is_turned, 1 - level + _ROUNDING, level - _ROUNDING)
    probability = np.exp(_log_probability(np.zeros(len(mu), dtype=np.int64), np.full(len(mu), n), mean, m))
    cumulative = np.zeros(len(mu))
    found = np.zeros(threshold.shape, dtype=np.int64)
    for k in range(n):
        cumulative += probability
        is_below = cumulative < threshold
        if not is_below.any():
            break
        found += is_below
        probability *= (n - k) * (m * mean + k) / ((k + 1) * (m * (1 - mean) + n - k - 1))
    return np.where(is_turned, n - found, found)
