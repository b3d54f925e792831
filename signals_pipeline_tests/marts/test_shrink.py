"""Shrunk slopes: the marginal likelihood on a grid, a closed form, and what shrinking is for."""

import numpy as np
import pytest
from scipy import integrate, stats

from signals_pipeline.marts.statistics.shrink import log_odds_shrunk, slope_prior


def family(seed, n_topics=330, n_moving=30):
    rng = np.random.default_rng(seed)
    slopes = np.where(np.arange(n_topics) < n_moving, rng.normal(0, 0.4, n_topics), 0)
    slopes += rng.normal(0, 0.05, n_topics)
    se = rng.uniform(0.08, 0.3, n_topics)
    return slopes, slopes + se * rng.normal(size=n_topics), se


def likelihood(y, v, weight, narrow, wide):
    parts = [stats.norm.pdf(y, 0, np.sqrt(v + part)) for part in (narrow, wide)]
    return np.log(weight * parts[0] + (1 - weight) * parts[1]).sum()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_prior_of_a_grid_is_more_likely(seed):
    _, y, se = family(seed)
    weights, parts = slope_prior(y, se**2)
    assert weights.sum() == pytest.approx(1)
    found = likelihood(y, se**2, weights[0], *parts)
    best = max(
        likelihood(y, se**2, weight, narrow, wide)
        for weight in np.linspace(0.5, 0.98, 13)
        for narrow in np.linspace(0, 0.15, 13) ** 2
        for wide in np.linspace(0.1, 0.8, 15) ** 2
    )
    assert found >= best - 0.02


def test_the_shrunk_slope_is_the_posterior_mean_by_quadrature():
    _, y, se = family(4)
    weights, parts = slope_prior(y, se**2)
    shrunk = log_odds_shrunk(y, se)
    for topic in (0, 5, 40, 200):

        def density(at, topic=topic):
            prior = sum(
                w * stats.norm.pdf(at, 0, np.sqrt(part)) for w, part in zip(weights, parts, strict=True)
            )
            return prior * stats.norm.pdf(y[topic], at, se[topic])

        at = np.linspace(-3, 3, 60_001)
        mean = integrate.simpson(at * density(at), x=at) / integrate.simpson(density(at), x=at)
        assert shrunk[topic] == pytest.approx(mean, abs=1e-6)


def test_shrunk_slopes_are_nearer_to_the_true_ones():
    slopes, y, se = family(5)
    shrunk = log_odds_shrunk(y, se)
    error, error_shrunk = (np.sqrt(np.mean((one - slopes) ** 2)) for one in (y, shrunk))
    assert error_shrunk < 0.6 * error
    assert (np.abs(shrunk) <= np.abs(y)).all()
    assert (shrunk * y >= 0).all()


def test_a_change_of_units_changes_nothing_else():
    _, y, se = family(6)
    np.testing.assert_allclose(
        365.25 * log_odds_shrunk(y / 365.25, se / 365.25), log_odds_shrunk(y, se), rtol=1e-4
    )


def test_slopes_that_are_noise_only_are_shrunk_away():
    rng = np.random.default_rng(7)
    assert np.abs(log_odds_shrunk(0.2 * rng.normal(size=500), np.full(500, 0.2))).max() < 0.15


@pytest.mark.parametrize(
    ("estimate", "se"), [([], []), ([0.0], [0.0]), ([0.3], [0.1]), ([0.0, 0.0], [0.1, 0.2])]
)
def test_little_input_gives_finite_numbers(estimate, se):
    with np.errstate(all="raise", under="ignore"):
        shrunk = log_odds_shrunk(np.array(estimate), np.array(se))
    assert shrunk.shape == (len(estimate),)
    assert np.isfinite(shrunk).all()
    assert (np.abs(shrunk) <= np.abs(estimate)).all()
