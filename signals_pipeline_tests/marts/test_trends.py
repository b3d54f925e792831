"""Trends and adjusted p values: published answers, exact fractions, other libraries, very little input."""

import math
from fractions import Fraction

import numpy as np
import pymannkendall
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import Table

from signals_pipeline.marts.build import marts
from signals_pipeline.marts.statistics.adjust import benjamini_hochberg
from signals_pipeline.marts.statistics.counts import sums_of
from signals_pipeline.marts.statistics.dispersion import moderated_dispersion, over_dispersion
from signals_pipeline.marts.statistics.logistic import line_likelihood, step_likelihood
from signals_pipeline.marts.statistics.special import p_two_sided
from signals_pipeline.marts.statistics.trends import (
    block_shares,
    find_trends,
    kendall_tau,
    line_against_step,
    theil_sen,
)
from signals_pipeline_tests.marts.rules import RULES
from signals_pipeline_tests.marts.sample import EVEN, WEEKS, trends

SMOKERS = np.array([[[83, 90, 129, 70]]]), np.array([[86, 93, 136, 82]])
"""Smokers among patients in four studies (R, prop.test)."""

BH = (
    (0.0001, 0.0015),
    (0.0004, 0.003),
    (0.0019, 0.0095),
    (0.0095, 0.035625),
    (0.0201, 0.0603),
    (0.0278, 0.0638571),
    (0.0298, 0.0638571),
    (0.0344, 0.0645),
    (0.0459, 0.0765),
    (0.3240, 0.486),
    (0.4262, 0.5811818),
    (0.5719, 0.714875),
    (0.6528, 0.7532308),
    (0.7590, 0.8132143),
    (1, 1),
)
"""p and q of Benjamini and Hochberg 1995, section 3.2."""


def trends_of(x, n, time, rules=RULES):
    return find_trends(sums_of(np.asarray(x), np.asarray(n), np.asarray(time)), rules)


def by_fractions(x, n, time):
    """T, V and phi of one topic, from x (forms, issues) and n (forms, issues), without rounding."""
    t = v = Fraction(0)
    found, expected, spread = ([Fraction(0)] * len(time) for _ in range(3))
    n_forms = 0
    for of_form, able in zip(x, n, strict=True):
        cards = int(sum(able))
        p = Fraction(int(sum(of_form)), cards) if cards else Fraction(0)
        if p in (0, 1):
            continue
        n_forms += 1
        mean = Fraction(int(sum(b * when for b, when in zip(able, time, strict=True))), cards)
        for issue, (a, b, when) in enumerate(zip(of_form, able, time, strict=True)):
            t += int(when) * (int(a) - int(b) * p)
            v += p * (1 - p) * int(b) * (int(when) - mean) ** 2
            found[issue] += int(a)
            expected[issue] += int(b) * p
            spread[issue] += int(b) * p * (1 - p)
    with_cards = [issue for issue, one in enumerate(spread) if one]
    x2 = sum((found[issue] - expected[issue]) ** 2 / spread[issue] for issue in with_cards)
    df = len(with_cards) - n_forms
    return t, v, max(Fraction(1), x2 / df) if df > 0 else Fraction(1)


def assert_is_that_of_fractions(found, x, n, time):
    for topic in range(x.shape[1]):
        t, v, phi = by_fractions(x[:, topic], n, time)
        assert found.is_tested[topic] == (v > 0)
        assert over_dispersion(x, n)[topic] == pytest.approx(float(phi), rel=1e-12)
        if v:
            z = float(t) / math.sqrt(found.phi[topic] * v)
            assert found.z[topic] == pytest.approx(z, rel=1e-12, abs=1e-15)
            assert found.log_odds[topic] == pytest.approx(float(t / v), rel=1e-12, abs=1e-15)
            assert found.se[topic] == pytest.approx(math.sqrt(found.phi[topic] / v), rel=1e-12)
            assert found.p_trend[topic] == pytest.approx(2 * stats.t.sf(abs(z), found.df[topic]), rel=1e-8)


def test_the_trend_of_the_smokers_is_that_of_r_prop_trend_test():
    found = trends_of(*SMOKERS, np.arange(4))
    # R's prop.trend.test knows no over-dispersion: phi comes off again.
    assert found.z[0] < 0
    assert found.z[0] ** 2 * found.phi[0] == pytest.approx(8.2249, abs=5e-5)
    assert p_two_sided(found.z * np.sqrt(found.phi))[0] == pytest.approx(0.004132, abs=5e-7)
    # And phi is R's prop.test of equal shares, X-squared over its degrees of freedom.
    x, n = SMOKERS[0][0, 0], SMOKERS[1][0]
    assert found.phi[0] == pytest.approx(stats.chi2_contingency([x, n - x], correction=False)[0] / 3)


def test_the_trend_of_one_form_is_that_of_statsmodels():
    rng = np.random.default_rng(1)
    for _ in range(20):
        n = rng.integers(5, 30, size=12)
        x = rng.binomial(n, 0.3)
        days = np.cumsum(rng.integers(3, 40, 12))
        found = trends_of(x[None, None], n[None], days)
        test = Table(np.stack([n - x, x]), shift_zeros=False).test_ordinal_association(
            row_scores=np.array([0, 1]), col_scores=days
        )
        # statsmodels conditions on both margins: its variance has n - 1 where the trend test has n.
        exact = test.zscore * np.sqrt(n.sum() / (n.sum() - 1))
        assert found.z[0] * np.sqrt(found.phi[0]) == pytest.approx(exact)


def test_the_trend_of_several_forms_is_that_of_exact_fractions():
    rng = np.random.default_rng(2)
    for _ in range(10):
        n = rng.integers(0, 7, size=(4, 25)) * rng.integers(0, 2, size=(4, 1))
        shares = rng.choice([0, 0.02, 0.3, 0.9, 1], size=(4, 12, 1))
        x = rng.binomial(n[:, None], shares * np.linspace(0.5, 1, 25))
        days = np.cumsum(rng.integers(1, 30, 25))
        assert_is_that_of_fractions(trends_of(x, n, days), x, n, days)


def test_the_trends_of_the_marts_are_those_of_exact_fractions(trending):
    found = trending.execute("""
        SELECT topic, z_trend, phi, log_odds_per_year, se
        FROM topic_momentum WHERE family_size IS NOT NULL AND kind = 'keyword'
    """).fetchall()
    # Ten cards in each issue, half of them of either form.
    cards = [("AC".index(card.form), WEEKS.index(card.issue), card.keywords) for card in trends()]
    n = np.full((2, len(WEEKS)), 5)
    days = np.arange(len(WEEKS)) * 7
    assert len(found) == 8 + len(EVEN)
    for topic, *values in found:
        x = np.zeros(n.shape, dtype=int)
        for form, week, keywords in cards:
            x[form, week] += topic in keywords
        t, v, phi_of_issues = by_fractions(x, n, days)
        phi = values[1]
        assert phi >= float(phi_of_issues) * (1 - 1e-10)
        expected = (float(t) / math.sqrt(phi * v), phi, 365.25 * float(t / v))
        assert values[:3] == pytest.approx(expected, rel=1e-10)
        assert values[3] == pytest.approx(365.25 * math.sqrt(phi / v), rel=1e-10)
    assert max(phi for _, _, phi, *_ in found) > 2


def test_a_topic_on_no_card_or_on_every_card_has_no_trend():
    n = np.array([[3, 0, 4]])
    found = trends_of([[[0, 0, 0], [3, 0, 4]]], n, np.arange(3))
    assert found.is_tested.tolist() == [False, False]
    assert found.z.tolist() == found.log_odds.tolist() == found.se.tolist() == [0, 0]
    assert found.phi.tolist() == found.p_trend.tolist() == found.q_trend.tolist() == [1, 1]


def test_cards_of_a_single_issue_have_no_trend():
    found = trends_of([[[0, 2, 0]]], [[0, 7, 0]], [0, 3, 9])
    assert not found.is_tested[0]


def test_the_trend_of_a_thing_that_does_not_change_is_exactly_0():
    found = trends_of([[[2, 2, 2]]], [[9, 9, 9]], [0, 11, 22])
    assert (found.is_tested[0], found.z[0], found.phi[0], found.p_trend[0]) == (True, 0, 1, 1)


def test_p_two_sided_is_that_of_scipy():
    z = np.linspace(-6, 6, 25)
    np.testing.assert_allclose(p_two_sided(z), 2 * stats.norm.sf(np.abs(z)), rtol=1e-12)


# ---------------------------------------------------------------------------------------------------------
# Direction now, and the shape


def years(n_issues, shares, seed=1, size=16):
    """Two forms with half of the cards of an issue each, weekly, from shares (topics, issues)."""
    n = np.full((2, n_issues), size // 2)
    x = np.random.default_rng(seed).binomial(n[:, None], np.broadcast_to(shares, (2, *np.shape(shares))))
    return x, n, 7 * np.arange(n_issues)


@pytest.mark.parametrize(("n_issues", "n_recent"), [(170, 60), (120, 60), (119, 59), (31, 15), (24, 12)])
def test_the_recent_trend_is_the_test_on_the_last_issues_with_the_phi_of_all(n_issues, n_recent):
    x, n, time = years(n_issues, np.full((20, n_issues), 0.1))
    found = trends_of(x, n, time)
    for topic in range(20):
        t, v, _ = by_fractions(x[:, topic, -n_recent:], n[:, -n_recent:], time[-n_recent:])
        z = float(t) / math.sqrt(found.phi[topic] * v)
        assert found.z_recent[topic] == pytest.approx(z, rel=1e-10, abs=1e-12)
        assert found.log_odds_recent[topic] == pytest.approx(float(t / v), rel=1e-10, abs=1e-12)
        assert found.se_recent[topic] == pytest.approx(math.sqrt(found.phi[topic] / v))
        assert found.p_recent[topic] == pytest.approx(2 * stats.t.sf(abs(z), found.df[topic]), rel=1e-8)
    assert found.q_recent == pytest.approx(stats.false_discovery_control(found.p_recent))
    assert found.q_trend == pytest.approx(stats.false_discovery_control(found.p_trend))


def test_too_few_recent_issues_say_nothing_and_a_topic_that_is_gone_has_no_recent_trend():
    x, n, time = years(23, np.full((3, 23), 0.2))
    found = trends_of(x, n, time)
    recent = (found.z_recent, found.log_odds_recent, found.se_recent, found.points_recent)
    for one in (*recent, found.p_recent, found.q_recent):
        assert np.isnan(one).all()
    x, n, time = years(100, np.where(np.arange(100) < 40, 0.2, 0)[None])
    gone = trends_of(x, n, time)
    assert (gone.z_recent[0], gone.log_odds_recent[0], gone.p_recent[0], gone.q_recent[0]) == (0, 0, 1, 1)


def test_points_are_what_a_unit_of_log_odds_adds_to_the_share():
    x, n, time = years(60, np.array([[0.1], [0.4]]) * np.ones(60))
    share = x.sum(axis=2) / n.sum(axis=1)[:, None]
    up = 1 / (1 + np.exp(-(np.log(share / (1 - share)) + 1e-6)))
    np.testing.assert_allclose(trends_of(x, n, time).points, 100e6 * (up - share).mean(axis=0), rtol=1e-4)


def test_phi_and_df_are_the_moderated_ones():
    x, n, time = years(120, np.full((30, 120), 0.1))
    found = trends_of(x, n, time)
    expected = moderated_dispersion(
        sums_of(x, n, time), length=12, min_blocks=6, min_topics=3, max_prior_df=60
    )
    np.testing.assert_array_equal(found.phi, expected.phi)
    np.testing.assert_array_equal(found.df, expected.df)
    assert (found.prior_phi, found.prior_df) == (expected.prior_phi, expected.prior_df)


def test_a_line_is_told_from_a_step_by_their_likelihoods():
    at = np.linspace(0, 1, 150)
    shares = np.stack([0.05 * 5**at, np.where(at < 0.5, 0.05, 0.25), np.full(150, 0.1)])
    x, n, time = years(150, shares, size=60)
    sums = sums_of(x, n, time)
    phi = np.array([1.0, 1.5, 1.0])
    found = line_against_step(sums, phi, np.array([True, True, False]), RULES)
    assert found[0] > 2
    assert found[1] < -10
    assert np.isnan(found[2])
    points, able = np.moveaxis(x, -1, 0).astype(float), n.T.astype(float)
    gain = line_likelihood(points, able, time.astype(float)) - step_likelihood(points, able, min_points=6)
    np.testing.assert_allclose(found[:2], (gain / phi)[:2], rtol=1e-9)


def test_the_shape_of_fewer_issues_with_cards_is_not_known():
    x, n, time = years(30, np.full((2, 30), 0.2))
    x[:, :, ::4], n[:, ::4] = 0, 0
    all_asked = np.ones(2, dtype=bool)
    assert np.isnan(line_against_step(sums_of(x, n, time), np.ones(2), all_asked, RULES)).all()
    x, n, time = years(24, np.full((2, 24), 0.2))
    assert np.isfinite(line_against_step(sums_of(x, n, time), np.ones(2), all_asked, RULES)).all()


# ---------------------------------------------------------------------------------------------------------
# Slopes


def test_blocks_are_counted_back_from_the_last_issue():
    x = np.array([[9, 1, 2, 0, 0, 3, 4], [9, 0, 0, 0, 0, 0, 1]])
    n = np.array([9, 5, 5, 0, 0, 4, 4])
    shares, middle = block_shares(x, n, np.array([0, 2, 4, 6, 8, 20, 21]), length=2)
    # The first issue is too little for a block; the block in the middle has no cards.
    assert shares.tolist() == [[0.3, 7 / 8], [0, 1 / 8]]
    assert middle.tolist() == [3, 20.5]


def test_fewer_issues_than_a_block_are_none():
    shares, middle = block_shares(np.ones((2, 3), dtype=int), np.ones(3, dtype=int), np.arange(3), length=4)
    assert (shares.shape, middle.shape) == ((2, 0), (0,))


def test_theil_sen_is_that_of_sen():
    time, values = np.array([1.0, 2, 3, 4, 10, 12, 18]), np.array([[9.0, 15, 19, 20, 45, 55, 78]])
    assert theil_sen(values, time).tolist() == [4]


def test_kendall_tau_of_one_to_ten_is_one():
    rising = np.arange(1.0, 11)
    assert kendall_tau(np.stack([rising, -rising, np.ones(10)])).tolist() == [1, -1, 0]
    assert pymannkendall.original_test(rising).s == 45


def test_slope_and_tau_are_those_of_scipy_and_pymannkendall():
    rng = np.random.default_rng(3)
    values, time = rng.integers(0, 9, (20, 8)).astype(float), np.cumsum(rng.uniform(0.5, 3, 8))
    for row, slope, tau in zip(values, theil_sen(values, time), kendall_tau(values), strict=True):
        assert slope == pytest.approx(stats.theilslopes(row, time).slope)
        assert tau == pytest.approx(pymannkendall.original_test(row).Tau)


@pytest.mark.parametrize("n_points", [0, 1])
def test_without_a_pair_of_points_slope_and_tau_are_0(n_points):
    values = np.ones((3, n_points))
    assert theil_sen(values, np.arange(n_points, dtype=float)).tolist() == [0, 0, 0]
    assert kendall_tau(values).tolist() == [0, 0, 0]


# ---------------------------------------------------------------------------------------------------------
# Adjusted p values


def test_benjamini_hochberg_is_that_of_the_paper_and_ranks_a_weaker_burst_behind():
    p, q = np.array(BH).T
    assert benjamini_hochberg(p, p) == pytest.approx(q, abs=5e-8)
    # 0.02 lies behind four p of the family; the next larger one does no better than 15 * 0.0298 / 7.
    assert benjamini_hochberg(np.array([0.02]), p) == pytest.approx([15 * 0.0201 / 5])
    assert benjamini_hochberg(np.zeros(0), np.zeros(0)).shape == (0,)


@given(
    st.lists(
        st.sampled_from([0.0, 1e-9, 0.01, 0.02, 0.5, 0.9, 1.0]) | st.floats(0, 1), min_size=1, max_size=20
    )
)
def test_benjamini_hochberg_is_that_of_scipy(p):
    assert benjamini_hochberg(np.array(p), np.array(p)) == pytest.approx(stats.false_discovery_control(p))


# ---------------------------------------------------------------------------------------------------------
# Little input


@pytest.mark.parametrize("shape", [(0, 0, 0), (0, 2, 5), (2, 0, 5), (2, 3, 0), (1, 1, 1), (2, 3, 30)])
@pytest.mark.parametrize("cards", [0, 1, 7])
def test_little_input_gives_finite_numbers(shape, cards):
    n = np.full((shape[0], shape[2]), cards)
    time = np.arange(shape[2])
    for x in (np.zeros(shape, dtype=int), np.full(shape, cards), np.full(shape, cards // 2)):
        with np.errstate(all="raise"):
            found = trends_of(x, n, time)
            shares, middle = block_shares(x.sum(axis=0), n.sum(axis=0), time, length=12)
            numbers = (found.z, found.phi, found.log_odds, found.se, found.p_trend, found.q_trend)
            slopes = (theil_sen(shares, middle), kendall_tau(shares))
        for one in (*numbers, *slopes):
            assert one.shape == (shape[1],)
            assert np.isfinite(one).all()


@pytest.mark.parametrize(
    ("x", "n"),
    [([[[3]]], [[2]]), ([[[-1]]], [[2]]), ([[[0]]], [[-1]]), ([[1, 2]], [[3, 3]]), ([[[1, 2]]], [[3]])],
)
def test_impossible_counts_by_form_are_refused(x, n):
    x, n = np.asarray(x), np.asarray(n)
    for compute in (lambda: sums_of(x, n, np.arange(n.shape[-1])), lambda: over_dispersion(x, n)):
        with pytest.raises(ValueError, match=r"is \(forms, topics, issues\)|a count is below 0"):
            compute()


def test_what_is_counted_of_a_topic_does_not_depend_on_which_others_there_are(trending):
    """To the last bit: sums of fractions are added in the same order whatever stands beside them."""
    sql = marts()["topic_trend_counts"].sql
    trending.execute(f"CREATE TEMP TABLE of_all AS {sql}")
    for first in range(2, 8):
        trending.execute(f"SET VARIABLE first_topic_no = {first}")
        assert trending.execute(f"({sql}) EXCEPT FROM of_all").fetchall() == []
    trending.execute("RESET VARIABLE first_topic_no; DROP TABLE of_all")
