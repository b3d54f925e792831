"""Over-dispersion: plain loops, limma's estimates of prior and degrees of freedom, SciPy, statsmodels."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize, special, stats
from statsmodels.tsa.stattools import acf

from signals_pipeline.marts.statistics.counts import sums_of
from signals_pipeline.marts.statistics.dispersion import (
    moderated_dispersion,
    over_dispersion,
    serial_correlation,
    variance_prior,
)
from signals_pipeline.marts.statistics.logistic import line_likelihood, logistic_line, step_likelihood
from signals_pipeline.marts.statistics.special import inverse_trigamma, p_two_sided, tetragamma, trigamma
from signals_pipeline.marts.statistics.trends import find_trends
from signals_pipeline_tests.marts.rules import RULES

MODERATION = {"length": 12, "min_blocks": 3, "min_topics": 3, "max_prior_df": 60.0}


def corpus(seed, n_forms, n_topics, n_issues, slope=1.0):
    """Counts by form of topics that differ in level and slope, with issues of different size and distance."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(15.5 / n_forms, (n_forms, n_issues))
    n[:, rng.random(n_issues) < 0.05] = 0
    time = np.cumsum(rng.integers(3, 12, n_issues))
    at = (time - time.mean()) / np.ptp(time)
    level = rng.uniform(-4, -1, (n_forms, n_topics, 1)) + rng.normal(0, slope, (n_topics, 1)) * at
    waves = np.sin(np.arange(n_issues) / 8) * (rng.random((n_topics, 1)) < 0.3)
    return rng.binomial(n[:, None], special.expit(level + waves)), n, time


def glm(x, n, columns):
    """statsmodels' binomial fit of one topic, an intercept for each form that varies and a common column.

    `x` and `n` (forms, points), `columns` (points,). The coefficient of the column, the log-likelihood, and
    fitted counts and shares (forms, points), 0 in the other forms.
    """
    total, able = x.sum(axis=1), n.sum(axis=1)
    forms = np.flatnonzero((total > 0) & (total < able))
    design = np.concatenate(
        [
            np.column_stack([np.tile(np.eye(len(forms))[row], (len(columns), 1)), columns])
            for row in range(len(forms))
        ]
    )
    cards, without = x[forms].ravel(), (n[forms] - x[forms]).ravel()
    kept = cards + without > 0
    fit = sm.GLM(np.column_stack([cards, without])[kept], design[kept], family=sm.families.Binomial()).fit(
        tol=1e-12
    )
    p = np.clip(special.expit(design @ fit.params), 1e-300, 1 - 1e-16)
    likelihood = (special.xlogy(cards, p) + special.xlog1py(without, -p)).sum()
    shares = np.zeros(x.shape)
    shares[forms] = p.reshape(len(forms), -1)
    return fit.params[-1], likelihood, n * shares, shares


# ---------------------------------------------------------------------------------------------------------
# Special functions


def test_polygamma_functions_are_those_of_scipy():
    x = np.geomspace(0.01, 1e6, 200)
    np.testing.assert_allclose(trigamma(x), special.polygamma(1, x), rtol=1e-13)
    np.testing.assert_allclose(tetragamma(x), special.polygamma(2, x), rtol=1e-13)
    for y in np.geomspace(1e-6, 1e4, 40):
        root = optimize.brentq(lambda at, y=y: special.polygamma(1, at) / y - 1, 1e-3, 1e7, xtol=1e-14)
        assert inverse_trigamma(y) == pytest.approx(root, rel=1e-9)


def test_the_tail_of_t_is_that_of_scipy():
    z, df = np.meshgrid(np.linspace(-30, 30, 121), [0.5, 1, 2.5, 5, 12, 30, 49.5, 72, 500, 1e5, 1e8, np.inf])
    expected = 2 * stats.t.sf(np.abs(z.ravel()), df.ravel())
    np.testing.assert_allclose(p_two_sided(z.ravel(), df.ravel()), expected, rtol=1e-9, atol=1e-100)


# ---------------------------------------------------------------------------------------------------------
# Logistic lines and steps


@pytest.mark.parametrize(("n_forms", "n_points"), [(1, 14), (4, 14), (3, 60)])
def test_lines_are_those_of_statsmodels(n_forms, n_points):
    x, n, time = corpus(n_points, n_forms, 12, n_points, slope=2.0)
    points = np.moveaxis(x, -1, 0).astype(float)
    line = logistic_line(points, n.T.astype(float), time.astype(float))
    likelihood = line_likelihood(points, n.T.astype(float), time.astype(float))
    for topic in range(12):
        slope, expected, _, shares = glm(x[:, topic], n, time - time.mean())
        assert line.slope[topic] == pytest.approx(slope, rel=1e-6, abs=1e-9)
        assert likelihood[topic] == pytest.approx(expected, abs=1e-6)
        fitted = special.expit(line.log_odds(time.astype(float)))[:, :, topic] * line.varies[:, topic]
        np.testing.assert_allclose(fitted.T, shares, rtol=1e-6)


def test_the_best_step_is_that_of_statsmodels():
    x, n, _ = corpus(5, 3, 6, 30, slope=3.0)
    found = step_likelihood(np.moveaxis(x, -1, 0).astype(float), n.T.astype(float), min_points=6)
    for topic in range(6):
        best = max(glm(x[:, topic], n, (np.arange(30) >= first).astype(float))[1] for first in range(6, 25))
        assert found[topic] == pytest.approx(best, abs=1e-4)


def test_a_topic_at_one_end_of_time_only_has_a_finite_line_and_a_step():
    x, n = np.zeros((40, 1, 1)), np.full((40, 1), 10.0)
    x[-8:] = 2
    line = logistic_line(x, n, np.arange(40.0))
    assert 0 < line.slope[0] * 39 <= 20
    # With a level of its own after the step, and no card before it.
    best = 16 * math.log(0.2) + 64 * math.log(0.8)
    assert step_likelihood(x, n, min_points=6)[0] == pytest.approx(best, abs=1e-3)


# ---------------------------------------------------------------------------------------------------------
# Moderated dispersion


def blocks_of(x, n, time, length):
    """Counts of one topic and denominators (forms, blocks), and the mean times of the blocks."""
    blocks = []
    for stop in range(len(time), length - 1, -length):
        inside = slice(stop - length, stop)
        cards = n[:, inside].sum()
        if cards:
            when = (n[:, inside].sum(axis=0) * time[inside]).sum() / cards
            blocks.append((x[:, inside].sum(axis=1), n[:, inside].sum(axis=1), when))
    return [np.array(one).T for one in zip(*reversed(blocks), strict=True)]


def block_variance(x, n, time, length):
    """s^2 and d of one topic, block by block."""
    x_block, n_block, when = blocks_of(x, n, time, length)
    _, _, expected, share = glm(x_block, n_block, when - when.mean())
    total, able = x_block.sum(axis=1), n_block.sum(axis=1)
    varies = (total > 0) & (total < able)
    chi2 = d = 0.0
    for block in range(len(when)):
        spread = sum(
            n_block[f, block] * share[f, block] * (1 - share[f, block]) for f in np.flatnonzero(varies)
        )
        if spread > 0:
            rest = sum(x_block[f, block] - expected[f, block] for f in np.flatnonzero(varies))
            chi2, d = chi2 + rest**2 / spread, d + 1
    return chi2 / (d - 2), d - 2


@pytest.mark.parametrize(("n_forms", "n_issues"), [(1, 100), (3, 125)])
def test_moderated_phi_is_that_of_a_plain_loop(n_forms, n_issues):
    x, n, time = corpus(n_issues, n_forms, 40, n_issues)
    found = moderated_dispersion(sums_of(x, n, time), **MODERATION)
    s2, d = np.array([block_variance(x[:, topic], n, time, 12) for topic in range(40)]).T
    assert set(d) == {n_issues // 12 - 2}
    e = np.log(s2)
    spread = stats.median_abs_deviation(e, scale="normal") ** 2 - special.polygamma(1, d[0] / 2)
    d0 = optimize.brentq(lambda v: special.polygamma(1, v / 2) - spread, 0.1, 1e6) if spread > 0 else 60
    d0 = min(d0, 60)
    s02 = math.exp(np.median(e)) * ((1 - 2 / (9 * d0)) / (1 - 2 / (9 * d[0]))) ** 3
    assert found.prior_df == pytest.approx(d0, rel=1e-4)
    assert found.prior_phi == pytest.approx(s02, rel=1e-5)
    expected = np.maximum(over_dispersion(x, n), (d0 * s02 + d * s2) / (d0 + d))
    np.testing.assert_allclose(found.phi, np.maximum(expected, 1), rtol=1e-5)
    np.testing.assert_allclose(found.df, d0 + d, rtol=1e-4)
    assert (found.phi > over_dispersion(x, n) + 0.01).any()


@pytest.mark.parametrize("d0", [6.0, 12.0])
@pytest.mark.parametrize("d", [8, 12])
def test_the_prior_is_recovered_and_near_that_of_limma(d, d0):
    rng = np.random.default_rng(int(d0) + d)
    s2 = 1.3 * stats.f(d, d0).rvs(20_000, random_state=rng)
    phi, df = variance_prior(s2, np.full(20_000, d), max_df=1e9)
    # limma's fitFDist, by hand: moments of log variances.
    e = np.log(s2) - special.digamma(d / 2) + math.log(d / 2)
    excess = e.var(ddof=1) - special.polygamma(1, d / 2)
    limma_d0 = optimize.brentq(lambda v: special.polygamma(1, v / 2) - excess, 0.1, 1e6)
    limma_s02 = math.exp(e.mean() + special.digamma(limma_d0 / 2) - math.log(limma_d0 / 2))
    assert limma_s02 == pytest.approx(1.3, rel=0.03)
    assert phi == pytest.approx(limma_s02, rel=0.05)
    # ln F has longer tails than the normal distribution that the MAD is scaled to, so d0 comes out larger.
    assert limma_d0 <= 1.1 * df
    assert df < 3 * d0


@pytest.mark.parametrize("d", [1, 2, 12])
def test_variances_that_differ_by_chance_have_the_largest_prior_and_its_level(d):
    s2 = np.random.default_rng(d).chisquare(d, 5001) / d
    phi, df = variance_prior(s2, np.full(5001, d), max_df=60)
    assert df == 60
    assert phi == pytest.approx(1, abs=0.06)


def test_a_few_things_that_vary_more_do_not_raise_the_prior():
    rng = np.random.default_rng(2)
    s2 = rng.chisquare(12, 2000) / 12
    s2[:200] *= 30
    assert variance_prior(s2, np.full(2000, 12), max_df=60)[0] < 1.15


def test_too_few_blocks_or_topics_leave_what_is_known():
    x, n, time = corpus(1, 2, 10, 30)
    # Two blocks measure nothing.
    short = moderated_dispersion(sums_of(x, n, time), **MODERATION)
    np.testing.assert_allclose(short.phi, over_dispersion(x, n))
    assert np.isinf(short.df).all()
    assert (short.prior_phi, short.prior_df) == (1, 0)
    # Two topics are no family: t of their own blocks.
    x, n, time = corpus(1, 2, 2, 100)
    few = moderated_dispersion(sums_of(x, n, time), **MODERATION)
    assert few.df.tolist() == [6, 6]
    assert few.prior_df == 0
    own = [block_variance(x[:, topic], n, time, 12)[0] for topic in range(2)]
    np.testing.assert_allclose(few.phi, np.maximum(over_dispersion(x, n), own), rtol=1e-5)


def test_waves_raise_the_dispersion_of_blocks_above_that_of_issues():
    rng = np.random.default_rng(8)
    attention = np.zeros((200, 170))
    for issue in range(1, 170):
        attention[:, issue] = 0.9 * attention[:, issue - 1] + math.sqrt(0.19) * rng.normal(size=200)
    n = np.full(170, 16)
    x = rng.binomial(n, special.expit(-3 + 0.6 * attention))[None]
    sums = sums_of(x, n[None], 7 * np.arange(170))
    found = moderated_dispersion(sums, **MODERATION)
    assert np.median(found.phi) > 1.5 > 1.3 > np.median(over_dispersion(x, n[None]))
    assert 0.05 < serial_correlation(sums, length=12) < 0.3


def test_serial_correlation_is_that_of_the_residuals_of_statsmodels():
    x, n, time = corpus(3, 2, 1, 60)
    x_block, n_block, when = blocks_of(x[:, 0], n, time, 12)
    slope, _, _, share = glm(x_block, n_block, when)
    kept = n.sum(axis=0) > 0
    share = special.expit(special.logit(share[:, :1]) + slope * (time[kept] - when[0]))
    rest = (x[:, 0][:, kept] - n[:, kept] * share).sum(axis=0)
    r = rest / np.sqrt((n[:, kept] * share * (1 - share)).sum(axis=0))
    # acf takes the mean off; with the mean put back it is the same ratio.
    mirrored = np.concatenate([r, np.zeros(1), -r])
    expected = acf(mirrored, nlags=1, fft=False, adjusted=False)[1]
    assert serial_correlation(sums_of(x, n, time), length=12) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("rho", "at_least", "at_most"), [(0.0, 0.7, 1.5), (0.9, 0.6, 1.7)])
def test_standard_errors_are_about_those_of_newey_and_west(rho, at_least, at_most):
    # Two series, one without and one with waves, in a family without: a HAC error of the line through the
    # shares, in log-odds, is another estimate of the same, and a rough one.
    rng = np.random.default_rng(20240107)
    time = 7 * np.arange(170)
    n = np.full((1, 170), 15)
    shares = np.repeat(rng.uniform(0.02, 0.3, (200, 1)), 170, axis=1)
    noise, wave = rng.normal(size=170), np.zeros(170)
    for issue in range(1, 170):
        wave[issue] = rho * wave[issue - 1] + np.sqrt(1 - rho**2) * noise[issue]
    shares[0] = 1 / (1 + np.exp(1.4 - 0.6 * wave))
    x = rng.binomial(n, shares)[None]
    ours = find_trends(sums_of(x, n, time), RULES).se[0]
    share = x[0, 0] / 15
    line = sm.OLS(share, sm.add_constant(time)).fit(cov_type="HAC", cov_kwds={"maxlags": 12})
    theirs = line.bse[1] / (share.mean() * (1 - share.mean()))
    assert at_least < ours / theirs < at_most
