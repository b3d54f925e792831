"""Trends: whether the share of a topic rises or falls over the years, how fast, and how surely."""

import math
from dataclasses import dataclass

import numpy as np

from signals_pipeline.marts.statistics.counts import Bools, Floats, Ints, check_counts


@dataclass(frozen=True)
class Trends:
    """One entry per topic; per unit of the times given.

    `z` is in standard deviations of the trend that a topic without one shows by chance. `log_odds` is the
    change of the log-odds of a card having the topic per unit of time, `se` its standard error. `p` is
    two-sided. Where not `is_tested`, no trend can be computed: z, log_odds and se are 0, p is 1.
    """

    is_tested: Bools
    z: Floats
    phi: Floats
    log_odds: Floats
    se: Floats
    p: Floats


def find_trends(x: Ints, n: Ints, time: Ints) -> Trends:
    """The test for a trend in the share of every topic, within forms and scaled by over-dispersion.

    The test of Cochran (1954, Biometrics 10, 417-451) and Armitage (1955, Biometrics 11, 375-386), with the
    forms as strata: T = sum of t (x - n p) over issues and forms, p = the form's share; V = sum over forms
    of p (1 - p) (sum n t^2 - (sum n t)^2 / sum n); z = T / sqrt(phi V), phi as in `over_dispersion`. T / V is
    one step of the logistic trend, sqrt(phi / V) its standard error. A form in which none or all of the cards
    have the topic adds nothing to either. A topic is tested where V > 0.

    Args:
        x: Counts, (forms, topics, issues).
        n: Denominators, (forms, issues).
        time: When each issue came out, (issues,), in whole units, so that sums are exact.
    """
    phi = over_dispersion(x, n)
    x_all, n_all = x.sum(axis=2), np.maximum(n.sum(axis=1), 1)[:, None]
    p, n_time = x_all / n_all, (n @ time)[:, None]
    t = ((n_all * (x @ time) - x_all * n_time) / n_all).sum(axis=0)
    spread = (n * (time - n_time / n_all) ** 2).sum(axis=1)
    v = (p * (1 - p) * spread[:, None]).sum(axis=0)
    is_tested = v > 0
    v = np.where(is_tested, v, 1)
    z = np.where(is_tested, t / np.sqrt(phi * v), 0)
    return Trends(
        is_tested=is_tested,
        z=z,
        phi=phi,
        log_odds=np.where(is_tested, t / v, 0),
        se=np.where(is_tested, np.sqrt(phi / v), 0),
        p=p_two_sided(z),
    )


def over_dispersion(x: Ints, n: Ints) -> Floats:
    """How many times as much as binomial counts those of a topic vary: (topics,), at least 1, 1 for none.

    Pearson's estimate (McCullagh and Nelder 1989, Generalized Linear Models, section 4.5): phi = max(1, X^2 /
    df), X^2 = sum over the issues of (x - e)^2 / sum n p (1 - p), e = sum n p, these sums over the forms of
    the issue, p = the form's share; df = issues - forms, without the forms in which none or all of the cards
    have the topic. The forms of an issue are taken together, since what makes its cards alike does so across
    forms. 1 where df is not above 0.

    Args:
        x: Counts, (forms, topics, issues).
        n: Denominators, (forms, issues).
    """
    check_counts(x, n, by_form=True)
    p = x.sum(axis=2) / np.maximum(n.sum(axis=1), 1)[:, None]
    expected = np.einsum("ft,fi->ti", p, n)
    spread = np.einsum("ft,fi->ti", p * (1 - p), n)
    measured = spread > 0
    x2 = np.where(measured, (x.sum(axis=0) - expected) ** 2 / np.where(measured, spread, 1), 0).sum(axis=1)
    df = measured.sum(axis=1) - ((p > 0) & (p < 1)).sum(axis=0)
    found: Floats = np.where(df > 0, np.maximum(1, x2 / np.maximum(df, 1)), 1)
    return found


def p_two_sided(z: Floats) -> Floats:
    """The probability that a standard normal value lies as far from 0 as z: (z,) from (z,)."""
    return np.array([math.erfc(abs(one) / math.sqrt(2)) for one in z.tolist()], dtype=np.float64)


def block_shares(x: Ints, n: Ints, time: Ints, *, length: int) -> tuple[Floats, Floats]:
    """Shares of blocks of issues, (topics, blocks), and the mean times of these, (blocks,).

    Blocks are counted back from the last issue, with or without cards; the oldest issues, too few for a
    block, are left out, and so is a block without cards.

    Args:
        x: Counts, (topics, issues).
        n: Denominators, (issues,).
        time: When each issue came out, (issues,).
        length: Issues in a block, at least 1.
    """
    check_counts(x, n)
    n_blocks = len(n) // length
    first = len(n) - n_blocks * length
    x_block = x[:, first:].reshape(len(x), n_blocks, length).sum(axis=2)
    n_block = n[first:].reshape(n_blocks, length).sum(axis=1)
    middle = time[first:].reshape(n_blocks, length).mean(axis=1)
    kept = n_block > 0
    return x_block[:, kept] / n_block[kept], middle[kept]


def theil_sen(values: Floats, time: Floats) -> Floats:
    """The median slope over all pairs of points, in units of values per unit of time: (series,).

    Theil (1950), Sen (1968, Journal of the American Statistical Association 63, 1379-1389). 0 where there is
    no pair.

    Args:
        values: (series, points).
        time: When the points are, (points,); rising.
    """
    earlier, later = np.triu_indices(len(time), 1)
    if not len(earlier):
        return np.zeros(len(values))
    slopes = (values[:, later] - values[:, earlier]) / (time[later] - time[earlier])
    found: Floats = np.median(slopes, axis=1)
    return found


def kendall_tau(values: Floats) -> Floats:
    """Rising minus falling pairs of points over all pairs, -1 to 1: (series,) from (series, points) in order.

    Tau-a of Kendall (1938, Biometrika 30, 81-93) with time, the statistic of the test of Mann (1945,
    Econometrica 13, 245-259). 0 where there is no pair.
    """
    earlier, later = np.triu_indices(values.shape[1], 1)
    signs = np.sign(values[:, later] - values[:, earlier])
    found: Floats = signs.sum(axis=1) / max(len(earlier), 1)
    return found
