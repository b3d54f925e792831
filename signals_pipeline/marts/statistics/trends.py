"""Trends: whether the share of a topic rises or falls over the years, how fast, and how surely."""

from dataclasses import dataclass

import numpy as np

from signals_pipeline.marts.statistics.adjust import benjamini_hochberg
from signals_pipeline.marts.statistics.counts import Bools, Floats, Ints, Sums, check_counts
from signals_pipeline.marts.statistics.dispersion import Dispersion, moderated_dispersion
from signals_pipeline.marts.statistics.logistic import line_likelihood, step_likelihood
from signals_pipeline.marts.statistics.special import p_two_sided

_TOPICS_AT_ONCE = 16
"""Topics whose steps are tried together: few enough for the cache."""


@dataclass(frozen=True)
class TrendRules:
    """The parameters of trends and of what is called by them; what each is set to stands elsewhere, once.

    Attributes:
        units_per_year: Units of time in a year.
        block_issues: Issues in a block of `moderated_dispersion`.
        min_blocks: Fewest blocks that it takes.
        min_prior_topics: Fewest topics from which it estimates a prior.
        max_prior_df: Largest number of degrees of freedom that it gives the prior.
        recent_issues: Issues in the recent window, which is the newer half of all where that is less.
        min_recent_issues: Fewest issues of a recent window.
        min_shape_issues: Fewest issues with cards from which a line is told from a step.
        min_step_issues: Fewest of them on each side of a step; at most half of min_shape_issues.
        max_q: A direction is significant below this false discovery rate
        min_log_odds: if it is at least so many log-odds a year,
        min_points: or at least so many percentage points a year.
        min_line_against_step: A line that does worse against a step is none; below 0.
        steady_log_odds: A steady topic is shown to change by less than so many log-odds a year,
        steady_points: or by less than so many percentage points a year,
        steady_points_log_odds: and then by less than so many log-odds, at least steady_log_odds.
        steady_level: Level of each of the two one-sided tests that show it.
    """

    units_per_year: float
    block_issues: int
    min_blocks: int
    min_prior_topics: int
    max_prior_df: float
    recent_issues: int
    min_recent_issues: int
    min_shape_issues: int
    min_step_issues: int
    max_q: float
    min_log_odds: float
    min_points: float
    min_line_against_step: float
    steady_log_odds: float
    steady_points: float
    steady_points_log_odds: float
    steady_level: float


@dataclass(frozen=True)
class Trends:
    """One entry per topic, of the whole span and, where named so, of its recent issues; per unit of time.

    `z` is in standard errors. `log_odds` is the change of the log-odds of a card having the topic per unit of
    time, `se` its standard error; `points` are the percentage points of share that one unit of log-odds is at
    the usual share. `p_trend` and `p_recent` are two-sided, those of a t distribution with `df` degrees of
    freedom; `q_trend` and `q_recent` are adjusted among all topics given. Where not `is_tested`, no trend can
    be computed: z, log_odds, se and points are 0, p and q are 1; the same holds for the recent one of a topic
    on none or all of the recent cards. All recent numbers are NaN where the recent issues are too few.
    `phi`, `df` and the prior are those of `moderated_dispersion`.
    """

    is_tested: Bools
    z: Floats
    phi: Floats
    df: Floats
    log_odds: Floats
    se: Floats
    points: Floats
    p_trend: Floats
    q_trend: Floats
    z_recent: Floats
    log_odds_recent: Floats
    se_recent: Floats
    points_recent: Floats
    p_recent: Floats
    q_recent: Floats
    prior_phi: float
    prior_df: float


def find_trends(sums: Sums, rules: TrendRules) -> Trends:
    """The test for a trend in the share of every topic, within forms and scaled by over-dispersion.

    The test of Cochran (1954, Biometrics 10, 417-451) and Armitage (1955, Biometrics 11, 375-386), with the
    forms as strata: T = sum of t (x - n p) over issues and forms, p = the form's share; V = sum over forms
    of p (1 - p) (sum n t^2 - (sum n t)^2 / sum n); z = T / sqrt(phi V), phi as in `moderated_dispersion`. T /
    V is one step of the logistic trend, sqrt(phi / V) its standard error. A form in which none or all of the
    cards have the topic adds nothing to either. A topic is tested where V > 0.

    The same test on the last issues alone, with the phi and df of the whole span, tells where the topic is
    going now. phi comes from the whole family, so a trend depends on which topics are asked for together.

    Args:
        sums: Those of the family.
        rules: The parameters.
    """
    dispersion = moderated_dispersion(
        sums,
        length=rules.block_issues,
        min_blocks=rules.min_blocks,
        min_topics=rules.min_prior_topics,
        max_prior_df=rules.max_prior_df,
    )
    n_issues, n_topics = sums.total.shape
    n_recent = min(rules.recent_issues, n_issues // 2)
    has_recent = n_recent >= rules.min_recent_issues
    whole = _test(sums, 0, dispersion)
    if has_recent:
        recent = _test(sums, n_issues - n_recent, dispersion)
    else:
        recent = _Test(np.zeros(n_topics, dtype=np.bool_), *np.full((5, n_topics), np.nan))
    return Trends(
        is_tested=whole.is_tested,
        z=whole.z,
        phi=dispersion.phi,
        df=dispersion.df,
        log_odds=whole.log_odds,
        se=whole.se,
        points=whole.points,
        p_trend=whole.p,
        q_trend=benjamini_hochberg(whole.p, whole.p),
        z_recent=recent.z,
        log_odds_recent=recent.log_odds,
        se_recent=recent.se,
        points_recent=recent.points,
        p_recent=recent.p,
        q_recent=benjamini_hochberg(recent.p, recent.p) if has_recent else recent.p,
        prior_phi=dispersion.prior_phi,
        prior_df=dispersion.prior_df,
    )


@dataclass(frozen=True)
class _Test:
    """The test on some issues; one entry per topic."""

    is_tested: Bools
    z: Floats
    log_odds: Floats
    se: Floats
    points: Floats
    p: Floats


def _test(sums: Sums, first: int, dispersion: Dispersion) -> _Test:
    """The test on the issues from the first one on."""
    x, x_time = sums.x[-1] - sums.x[first], sums.x_time[-1] - sums.x_time[first]
    n, n_time, n_time2 = ((one[-1] - one[first])[:, None] for one in (sums.n, sums.n_time, sums.n_time2))
    able = np.maximum(n, 1)
    p = x / able
    variance = p * (1 - p)
    t = ((able * x_time - x * n_time) / able).sum(axis=0)
    v = (variance * ((able * n_time2 - n_time**2) / able)).sum(axis=0)
    is_tested = v > 0
    v = np.where(is_tested, v, 1)
    z = np.where(is_tested, t / np.sqrt(dispersion.phi * v), 0)
    points = 100 * (n * variance).sum(axis=0) / max(float(n.sum()), 1)
    return _Test(
        is_tested=is_tested,
        z=z,
        log_odds=np.where(is_tested, t / v, 0),
        se=np.where(is_tested, np.sqrt(dispersion.phi / v), 0),
        points=np.where(is_tested, points, 0),
        p=p_two_sided(z, dispersion.df),
    )


def line_against_step(sums: Sums, phi: Floats, asked: Bools, rules: TrendRules) -> Floats:
    """Whether a straight line in log-odds is as good as the best single step: (topics,), in scaled nats.

    (log-likelihood of the logistic line - that of the best step) / phi, both with a share of its own for each
    form (see `line_likelihood`, `step_likelihood`). A topic that rose once and is level since is better told
    by a step: the number is far below 0. NaN where it was not asked for, and everywhere with fewer than
    `min_shape_issues` issues with cards.

    Args:
        sums: Those of the family.
        phi: Over-dispersion, (topics,).
        asked: The topics to look at, (topics,); each takes longer than all else about it.
        rules: The parameters.
    """
    found = np.full(len(phi), np.nan)
    n = np.diff(sums.n, axis=0)
    kept, forms = n.sum(axis=1) > 0, n.sum(axis=0) > 0
    if kept.sum() < rules.min_shape_issues:
        return found
    n, time = n[kept][:, forms], sums.time[kept]
    topics = np.flatnonzero(asked)
    for first in range(0, len(topics), _TOPICS_AT_ONCE):
        group = topics[first : first + _TOPICS_AT_ONCE]
        x = sums.of_topics(group)[kept][:, forms]
        gain = line_likelihood(x, n, time) - step_likelihood(x, n, min_points=rules.min_step_issues)
        found[group] = gain / phi[group]
    return found


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
