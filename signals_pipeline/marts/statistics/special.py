"""Special functions and tail probabilities that NumPy does not have."""

import math

import numpy as np
from numpy.polynomial import Chebyshev

from signals_pipeline.marts.statistics.counts import Floats

_STEPS = 8
"""Steps up after which the series of trigamma and its derivative are exact to rounding."""
_RAISED = 8
"""Steps of two degrees of freedom by which the tail of t is raised to where its normal deviate holds."""


def trigamma(x: Floats) -> Floats:
    """The second derivative of ln Gamma at x > 0, of the shape of x (Abramowitz and Stegun 6.4.6, 6.4.12)."""
    below = sum((1 / (x + k) ** 2 for k in range(_STEPS)), np.zeros_like(x))
    y = x + _STEPS
    i = 1 / y**2
    series = (
        1 + i * (1 / 6 - i * (1 / 30 - i * (1 / 42 - i * (1 / 30 - i * (5 / 66 - i * 691 / 2730)))))
    ) / y
    found: Floats = series + 0.5 * i + below
    return found


def tetragamma(x: Floats) -> Floats:
    """The third derivative of ln Gamma at x > 0, of the shape of x (Abramowitz and Stegun 6.4.6, 6.4.13)."""
    below = sum((2 / (x + k) ** 3 for k in range(_STEPS)), np.zeros_like(x))
    y = x + _STEPS
    i = 1 / y**2
    series = -i * (
        1 + 1 / y + i * (0.5 - i * (1 / 6 - i * (1 / 6 - i * (0.3 - i * (5 / 6 - i * 691 / 210)))))
    )
    found: Floats = series - below
    return found


def inverse_trigamma(y: float) -> float:
    """The x > 0 at which trigamma is y > 0, by Newton's method on 1 / trigamma (Smyth 2004, appendix)."""
    # 1 / trigamma is convex and nearly x - 1/2 for large x, so from here Newton's steps rise to the root.
    x = np.array([0.5 + 1 / y])
    for _ in range(50):
        at = trigamma(x)
        step = at * (1 - at / y) / tetragamma(x)
        x = x + step
        if abs(step[0]) <= 1e-12 * x[0]:
            break
    return float(x[0])


def p_two_sided(z: Floats, df: Floats | None = None) -> Floats:
    """The probability that a value of a t distribution lies as far from 0 as z: (z,) from (z,) and (z,).

    Without `df`, and where df is infinite, the distribution is the standard normal one. p is the incomplete
    beta function I_x(df / 2, 1 / 2) at x = df / (df + z^2). Its recurrence I_x(a, b) = I_x(a + 1, b) + x^a (1
    - x)^b / (a B(a, b)) (DLMF 8.17.20), whose terms are all positive, leads to degrees of freedom at which
    the normal deviate of Hill (1970, Communications of the ACM 13, algorithm 395) has a relative error below
    1e-7.

    Args:
        z: In standard errors.
        df: Degrees of freedom, above 0.
    """
    if df is None:
        return _normal(np.abs(z))
    is_finite = np.isfinite(df)
    v = np.where(is_finite, df, 1)
    ratio = z**2 / v
    a, log_x = v / 2, -np.log1p(ratio)
    few, which = np.unique(a, return_inverse=True)
    log_beta = np.array([math.lgamma(one) - math.lgamma(one + 0.5) for one in few.tolist()])[which]
    # (1 - x)^(1/2) is the root of ratio x.
    term = np.sqrt(ratio) * np.exp((a + 0.5) * log_x - log_beta) / (math.sqrt(math.pi) * a)
    x, below = np.exp(log_x), np.zeros_like(a)
    for k in range(_RAISED):
        below += term
        term = term * x * ((a + k + 0.5) / (a + k + 1))
    raised = v + 2 * _RAISED
    b = 48 * (raised - 0.5) ** 2
    y = (raised - 0.5) * -log_x
    correction = ((((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y**2 + 100 + b) + y + 3) / b + 1
    return np.where(is_finite, np.minimum(below + _normal(correction * np.sqrt(y)), 1), _normal(np.abs(z)))


def _log_scaled_erfc(t: Floats) -> Floats:
    x = 2 / t - 2
    return np.log(np.array([math.erfc(one) for one in x.tolist()]) / t) + x * x


_LARGEST_X = 26.0
"""Beyond it erfc is below 1e-295."""
_LOG_SCALED_ERFC = Chebyshev.interpolate(_log_scaled_erfc, 24, domain=(2 / (2 + _LARGEST_X), 1))
"""ln (erfc(x) / t) + x^2 as a polynomial in t = 2 / (2 + x), which makes an infinite range a short one."""


def _normal(z: Floats) -> Floats:
    """erfc(z / sqrt 2) for z >= 0, of many values at once (the form of Press et al., section 6.2)."""
    x = np.minimum(z / math.sqrt(2), 2 * _LARGEST_X)
    t = 2 / (2 + x)
    found: Floats = np.minimum(t * np.exp(_LOG_SCALED_ERFC(t) - x * x), 1)
    return found
