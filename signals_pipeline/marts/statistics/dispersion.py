"""Over-dispersion: how many times as much as binomial counts those of a topic vary, and how surely."""

import math
from dataclasses import dataclass

import numpy as np

from signals_pipeline.marts.statistics.counts import TOPICS_AT_ONCE, Floats, Ints, Sums, check_counts
from signals_pipeline.marts.statistics.logistic import Line, logistic_line
from signals_pipeline.marts.statistics.special import inverse_trigamma, trigamma

_NORMAL_MAD = 1.482602218505602
"""Standard deviations of a normal distribution in its median absolute deviation."""
_SMALLEST = 1e-5
"""A variance of blocks below this part of the binomial one says no more than that it is small."""


@dataclass(frozen=True)
class Dispersion:
    """The over-dispersion of a family of topics.

    `phi` (topics,) is at least 1; `df` (topics,) are the degrees of freedom of a test that is scaled by it,
    infinite where the test is a normal one. `prior_phi` and `prior_df` are what the family says about a
    topic before its own blocks are looked at; prior_df is 0 where the family says nothing.
    """

    phi: Floats
    df: Floats
    prior_phi: float
    prior_df: float


def moderated_dispersion(
    sums: Sums, *, length: int, min_blocks: int, min_topics: int, max_prior_df: float
) -> Dispersion:
    """The over-dispersion of every topic by issues, and by blocks of issues moderated by the family.

    Attention that comes and goes in waves makes neighbouring issues alike, which `over_dispersion` does not
    see and a block does. A topic's own variance of blocks is s^2 = X^2 / d, X^2 = sum over blocks of (cards -
    those of the topic's logistic line)^2 / binomial variance, both summed over forms, d = blocks - 2. A few
    blocks measure it badly, so it is moderated (Smyth 2004, Statistical Applications in Genetics and
    Molecular Biology 3:1): phi = max(1, phi of issues, (d0 s0^2 + d s^2) / (d0 + d)), for a t distribution
    with d0 + d degrees of freedom; s0^2 and d0 as in `variance_prior`. From fewer than `min_blocks` blocks
    neither a variance nor what a family has of it can be told. Where neither says anything, phi is that of
    issues, for a normal distribution.

    Blocks are counted back from the last issue, the incomplete oldest one is left out, and so is a block
    without cards. A block stands at the mean time of its cards. The line is fitted to the blocks.

    Args:
        sums: Those of the family.
        length: Issues in a block, at least 1.
        min_blocks: Fewest blocks of a topic, at least 3.
        min_topics: Fewest topics with a variance of their own from which a prior is estimated; at least 1.
        max_prior_df: Largest d0.
    """
    x, n, middle = _blocks(sums, length)
    d, s2 = np.zeros((2, x.shape[2]))
    if len(middle) >= min_blocks:
        forms = n.any(axis=0)
        x, n = x[:, forms], n[:, forms]
        rest, spread = _residuals(logistic_line(x, n, middle), x, n, middle)
        measured = spread > 0
        x2 = (rest**2 / np.where(measured, spread, 1)).sum(axis=0, where=measured)
        n_blocks = measured.sum(axis=0)
        d = np.where(n_blocks >= min_blocks, n_blocks - 2.0, 0)
        s2 = x2 / np.maximum(d, 1)
    known = d > 0
    prior_phi, prior_df = 1.0, 0.0
    if known.sum() >= min_topics:
        prior_phi, prior_df = variance_prior(s2[known], d[known], max_df=max_prior_df)
    df = prior_df + d
    moderated = (prior_df * prior_phi + d * s2) / np.where(df > 0, df, 1)
    return Dispersion(
        phi=np.maximum(_of_issues(sums.x[-1], sums.total, np.diff(sums.n, axis=0)), moderated),
        df=np.where(df > 0, df, np.inf),
        prior_phi=prior_phi,
        prior_df=prior_df,
    )


def variance_prior(s2: Floats, d: Floats, *, max_df: float) -> tuple[float, float]:
    """What variances of many things say about each: s0^2 and d0 of a scaled inverse chi-squared prior.

    Smyth (2004, section 6.2): s^2 / s0^2 is F distributed with d and d0 degrees of freedom, so the variance
    of ln s^2 is trigamma(d / 2) + trigamma(d0 / 2), and its location gives s0^2. Mean and standard deviation
    are replaced by median and MAD times 1.4826, so that a few things that vary more do not raise what is said
    of all others. The median of F is ((1 - 2 / (9 d)) / (1 - 2 / (9 d0)))^3, as the cube root of chi-squared
    is nearly normal (Wilson and Hilferty 1931, Proceedings of the National Academy of Sciences 17, 684-688);
    with the mean of ln F in its place, s0^2 from a few blocks would be up to 1.7 times too large. d0 is
    `max_df` where the variance of ln s^2 is near that of chance or below: however alike a family is, it does
    not outvote what a thing shows by itself.

    Args:
        s2: Variances beside those expected by chance, (things,); at least one.
        d: Their degrees of freedom, (things,), above 0.
        max_df: Largest d0, above 2 / 9.
    """
    e = np.log(np.maximum(s2, _SMALLEST)) - 3 * np.log(1 - 2 / (9 * d))
    middle = float(np.median(e))
    variance = (_NORMAL_MAD * float(np.median(np.abs(e - middle)))) ** 2
    excess = variance - float(trigamma(d / 2).mean())
    d0 = min(2 * inverse_trigamma(excess), max_df) if excess > 0 else max_df
    return math.exp(middle) * (1 - 2 / (9 * d0)) ** 3, d0


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
    return _of_issues(x.sum(axis=2), x.sum(axis=0).T, n.T)


def _of_issues(x: Ints | Floats, total: Ints | Floats, n: Ints | Floats) -> Floats:
    """`over_dispersion` of x over issues (forms, topics), over forms (issues, topics); n (issues, forms)."""
    n_all = np.maximum(n.sum(axis=0), 1)[:, None]
    found = np.ones(x.shape[1])
    for first in range(0, len(found), TOPICS_AT_ONCE):
        group = slice(first, first + TOPICS_AT_ONCE)
        p = x[:, group] / n_all
        spread = n @ (p * (1 - p))
        measured = spread > 0
        x2 = ((total[:, group] - n @ p) ** 2 / np.where(measured, spread, 1)).sum(axis=0, where=measured)
        df = measured.sum(axis=0) - ((p > 0) & (p < 1)).sum(axis=0)
        found[group] = np.where(df > 0, np.maximum(1, x2 / np.maximum(df, 1)), 1)
    return found


def serial_correlation(sums: Sums, *, length: int) -> float:
    """The lag-1 autocorrelation of issues, pooled over all topics: -1 to 1, 0 without two issues and a block.

    Sum over topics and neighbouring issues of r r' / sum of r^2, r = (cards of the issue - those of the
    topic's logistic line) / root of the binomial variance, both summed over forms. The line is fitted to
    blocks, as for `moderated_dispersion`, and neighbours are issues with cards. It tells whether attention
    comes in waves; no test uses it.

    Args:
        sums: Those of the family.
        length: Issues in a block, at least 1.
    """
    x_blocks, n_blocks, middle = _blocks(sums, length)
    n = np.diff(sums.n, axis=0)
    kept = n.sum(axis=1) > 0
    products = squares = 0.0
    for first in range(0, sums.x.shape[2], TOPICS_AT_ONCE):
        topics = np.arange(first, min(first + TOPICS_AT_ONCE, sums.x.shape[2]))
        line = logistic_line(x_blocks[:, :, topics], n_blocks, middle)
        rest, spread = _residuals(line, sums.of_topics(topics)[kept], n[kept], sums.time[kept])
        r = rest / np.sqrt(np.where(spread > 0, spread, 1))
        products += float((r[1:] * r[:-1]).sum())
        squares += float((r * r).sum())
    return products / squares if squares > 0 else 0.0


def _residuals(line: Line, x: Floats, n: Floats, time: Floats) -> tuple[Floats, Floats]:
    """Cards less those of a logistic line, and their binomial variance, over all forms: (points, topics).

    Both are 0 where no form varies that has cards at the point.
    """
    share = 1 / (1 + np.exp(-line.log_odds(time)))
    expected = n[:, :, None] * line.varies * share
    return (x * line.varies - expected).sum(axis=1), (expected * (1 - share)).sum(axis=1)


def _blocks(sums: Sums, length: int) -> tuple[Floats, Floats, Floats]:
    """Sums over blocks of issues with cards, (blocks, forms, topics) and (blocks, forms), and their times."""
    edges = np.arange(len(sums.time) % length, len(sums.time) + 1, length)
    n = np.diff(sums.n[edges], axis=0)
    kept = n.sum(axis=1) > 0
    middle = np.diff(sums.n_time[edges], axis=0).sum(axis=1)[kept] / n[kept].sum(axis=1)
    return np.diff(sums.x[edges], axis=0)[kept], n[kept], middle
