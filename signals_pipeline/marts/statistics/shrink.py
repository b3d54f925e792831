"""Estimates of a family, shrunk by what they say about each other."""

import numpy as np

from signals_pipeline.marts.statistics.counts import Floats

_ITERATIONS = 100
_PRECISION = 1e-6
"""Of a logarithm."""
_FIRST_WEIGHTS = (0.8, 0.2)
_FIRST_RATIOS = (0.25, 4.0)
"""Where the search begins: most slopes are small, and the variance of the few is larger."""
_SMALLEST_PART = 1e-4
"""A variance of slopes below this part of that of an estimate is as good as none."""
_LONGEST = 50.0
"""Steps of EM in one longer step: without a bound, two steps in one direction would make it endless."""
_EMPTY = 1e-10
"""Topics: what stands for a part without any."""


def log_odds_shrunk(estimate: Floats, se: Floats) -> Floats:
    """The posterior mean of the slope of every topic of a family: (topics,), in the units of the estimates.

    Empirical Bayes: an estimate is normal around the slope with standard error se, and slopes come from
    `slope_prior` (Efron and Morris 1975, Journal of the American Statistical Association 70, 311-319, with
    one normal prior; a mixture around 0 as in Stephens 2017, Biostatistics 18, 275-294). An estimate that
    says little comes near 0; one that is large beside its error stays nearly what it is. Where se is 0
    nothing was estimated, and 0 is returned.

    Args:
        estimate: (topics,).
        se: Standard errors, (topics,), not below 0.
    """
    is_known = se > 0
    y, v = estimate[is_known], se[is_known] ** 2
    found = np.zeros(len(estimate))
    if len(y):
        member, mean, _ = _posterior(y, v, *slope_prior(y, v))
        found[is_known] = (member * mean).sum(axis=0)
    return found


def slope_prior(estimate: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The prior of slopes, a narrow and a wide normal distribution around 0: weights, variances, (2,) each.

    They maximise the likelihood of the estimates, normal with mean 0 and the variance of a part plus their
    own (EM: Dempster, Laird and Rubin 1977, Journal of the Royal Statistical Society B 39, 1-38). EM nears
    them in ever smaller steps, so after every two of these a longer one goes the same way (SQUAREM: Varadhan
    and Roland 2008, Scandinavian Journal of Statistics 35, 335-353).

    Args:
        estimate: (topics,), at least one.
        variance: Squared standard errors, (topics,), above 0.
    """
    smallest = _SMALLEST_PART * float(np.mean(variance))
    start = max(float(np.mean(estimate**2 - variance)), 0.01 * float(np.mean(variance)))

    def step(prior: Floats) -> Floats:
        """A step of EM: the log-odds of the narrow part, and the logarithms of both variances, (3,)."""
        member, mean, spread = _posterior(estimate, variance, *_weights_and_parts(prior))
        total = np.maximum(member.sum(axis=1), _EMPTY)
        parts = (member * (mean**2 + spread)).sum(axis=1) / total
        return np.log([total[0] / total[1], *np.maximum(parts, smallest)])

    prior = np.log([_FIRST_WEIGHTS[0] / _FIRST_WEIGHTS[1], *(start * one for one in _FIRST_RATIOS)])
    for _ in range(_ITERATIONS):
        once = step(prior)
        moved, bend = once - prior, step(once) - 2 * once + prior
        if np.abs(moved).max() <= _PRECISION:
            break
        ratio = np.linalg.norm(moved) / max(np.linalg.norm(bend), np.finfo(np.float64).tiny)
        length = float(np.clip(ratio, 1, _LONGEST))
        prior = step(prior + 2 * length * moved + length**2 * bend)
    return _weights_and_parts(prior)


def _weights_and_parts(prior: Floats) -> tuple[Floats, Floats]:
    """The weights and variances of both parts, (2,) each, from what `step` moves."""
    narrow = 1 / (1 + np.exp(-prior[0]))
    return np.array([narrow, 1 - narrow]), np.exp(prior[1:])


def _posterior(y: Floats, v: Floats, weights: Floats, parts: Floats) -> tuple[Floats, Floats, Floats]:
    """How likely the slope is of each part, and its mean and variance if it is: (2, topics) each."""
    total = parts[:, None] + v
    log_density = np.log(np.maximum(weights, np.finfo(np.float64).tiny))[:, None] - 0.5 * (
        np.log(total) + y**2 / total
    )
    density = np.exp(log_density - log_density.max(axis=0))
    kept = parts[:, None] / total
    return density / density.sum(axis=0), kept * y, kept * v
