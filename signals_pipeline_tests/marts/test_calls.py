"""Calls: the rules one by one, and calls as of every issue against the same on cut data."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from signals_pipeline.marts.statistics.calls import (
    Call,
    calls_by_issue,
    decide,
    depends_on_shape,
    find_calls,
    shown_by,
)
from signals_pipeline.marts.statistics.counts import sums_of
from signals_pipeline.marts.statistics.trends import Trends, find_trends, line_against_step
from signals_pipeline_tests.marts.rules import RULES

NAN = float("nan")


def one(**given):
    """One topic whose slopes are given per year; nothing is known of it that is not said."""
    values = {
        "is_tested": True, "z": 0, "phi": 1, "df": 70, "log_odds": 0, "se": 1, "points": 4, "p_trend": 1,
        "q_trend": 1, "z_recent": 0, "log_odds_recent": 0, "se_recent": 1, "points_recent": 4, "p_recent": 1,
        "q_recent": 1,
    } | given  # fmt: skip
    for name in ("log_odds", "se", "log_odds_recent", "se_recent"):
        values[name] = values[name] / RULES.units_per_year
    return Trends(**{name: np.array([value]) for name, value in values.items()}, prior_phi=1.0, prior_df=60.0)


UP = {"log_odds": 0.5, "q_trend": 0.01}
DOWN = {"log_odds": -0.5, "q_trend": 0.01}


@pytest.mark.parametrize(
    ("given", "shape", "call"),
    [
        # Recent wins over the span.
        ({"log_odds_recent": 0.5, "q_recent": 0.09}, NAN, Call.RISING),
        ({"log_odds_recent": -0.5, "q_recent": 0.09}, NAN, Call.FALLING),
        (DOWN | {"log_odds_recent": 0.5, "q_recent": 0.09}, 5, Call.RISING),
        (UP | {"log_odds_recent": -0.5, "q_recent": 0.09}, 5, Call.FALLING),
        ({"log_odds_recent": 0.5, "q_recent": 0.1}, NAN, Call.UNCLEAR),
        # The span, if its line is no worse than a step and the recent direction is the same.
        (UP | {"log_odds_recent": 0.01}, -2, Call.RISING),
        (UP | {"log_odds_recent": 0.01}, -2.01, Call.RISEN),
        (UP | {"log_odds_recent": 0.01}, NAN, Call.RISING),
        (UP | {"log_odds_recent": NAN, "q_recent": NAN}, NAN, Call.RISING),
        (UP | {"log_odds_recent": NAN, "q_recent": NAN}, -3, Call.RISEN),
        (UP | {"log_odds_recent": 0}, 5, Call.RISEN),
        (UP | {"log_odds_recent": -0.01}, 5, Call.RISEN),
        (DOWN | {"log_odds_recent": -0.01}, -2, Call.FALLING),
        (DOWN | {"log_odds_recent": -0.01}, -2.01, Call.FALLEN),
        (DOWN | {"log_odds_recent": 0.01}, 5, Call.FALLEN),
        (UP | {"q_trend": 0.1}, 5, Call.UNCLEAR),
        # Too small a change: below .2 log-odds and below 1 point a year.
        (UP | {"log_odds": 0.19, "points": 5.2, "log_odds_recent": 1}, 5, Call.UNCLEAR),
        (UP | {"log_odds": 0.201, "points": 1, "log_odds_recent": 1}, 5, Call.RISING),
        (UP | {"log_odds": 0.12, "points": 8.4, "log_odds_recent": 1}, 5, Call.RISING),
        ({"log_odds_recent": 0.19, "points_recent": 5.2, "q_recent": 0.01}, NAN, Call.UNCLEAR),
        ({"log_odds_recent": 0.12, "points_recent": 8.4, "q_recent": 0.01}, NAN, Call.RISING),
        # A topic that cannot be tested.
        ({"is_tested": False, "se": 0, "points": 0}, NAN, Call.UNCLEAR),
    ],
)
def test_the_call_is_that_of_the_first_rule_that_holds(given, shape, call):
    trends = one(**given)
    assert decide(trends, np.array([shape], dtype=float), RULES).tolist() == [call]
    # Whether the shape matters is known without it.
    others = {decide(trends, np.array([one]), RULES)[0] for one in (-9.0, 9.0)}
    assert depends_on_shape(trends, RULES).tolist() == [len(others) == 2]


@pytest.mark.parametrize("points", [0.4, 2.0, 8.0])
@pytest.mark.parametrize("log_odds", [0.0, 0.1, -0.2])
def test_steady_is_what_an_interval_of_90_per_cent_shows(log_odds, points):
    # Within .25 log-odds a year, or within 1 point and .4 log-odds a year.
    bound = max(0.25, min(1 / points, 0.4))
    largest = (bound - abs(log_odds)) / stats.t.ppf(0.95, 70)
    for factor, call in ((0.999, Call.STEADY), (1.001, Call.UNCLEAR)):
        found = decide(one(log_odds=log_odds, se=factor * largest, points=points), np.array([NAN]), RULES)
        assert found.tolist() == [call]
    assert decide(one(log_odds=0.6, se=1e-9), np.array([NAN]), RULES).tolist() == [Call.UNCLEAR]


@pytest.mark.parametrize(
    ("given", "by"),
    [
        (UP | {"log_odds_recent": 0.5, "q_recent": 0.05}, "recent"),
        (UP | {"log_odds_recent": 0.5, "q_recent": 0.2}, "all"),
        # More than noise, but by too little to be called by itself.
        (UP | {"log_odds_recent": 0.15, "points_recent": 5.0, "q_recent": 0.01}, "all"),
        ({}, ""),
    ],
)
def test_a_call_is_shown_by_the_recent_issues_or_by_all(given, by):
    trends = one(**given)
    calls = decide(trends, np.array([NAN]), RULES)
    assert shown_by(calls, trends, RULES).tolist() == [by]


def corpus(n_issues, n_forms, seed=1):
    """Topics that rise, fall, rose, fell, are flat, are born late, and come in waves."""
    rng = np.random.default_rng(seed)
    at = np.arange(n_issues) / (n_issues - 1)
    shapes = [
        0.02 * 6**at,
        0.15 * 0.1**at,
        np.where(at < 0.4, 0.03, 0.14),
        np.where(at < 0.6, 0.14, 0.03),
        np.where(at < 0.5, 0, 0.06),
        0.06 + 0.05 * np.sin(9 * at),
        *[np.full(n_issues, share) for share in (0.01, 0.02, 0.04, 0.08, 0.3)],
    ]
    n = rng.poisson(18 / n_forms, (n_forms, n_issues))
    n[:, rng.random(n_issues) < 0.04] = 0
    if n_forms > 1:
        n[-1, : n_issues // 2] = 0
    x = rng.binomial(n[:, None], np.repeat(shapes, 3, axis=0))
    return x, n, np.cumsum(rng.integers(5, 10, n_issues))


def calls_on_cut_data(x, n, time, stop, rules, min_cards):
    found = np.zeros(x.shape[1], dtype=int)
    family = x[:, :, :stop].sum(axis=(0, 2)) >= min_cards
    sums = sums_of(x[:, family, :stop], n[:, :stop], time[:stop])
    trends = find_trends(sums, rules)
    shape = line_against_step(sums, trends.phi, np.ones(family.sum(), dtype=bool), rules)
    found[family] = decide(trends, shape, rules)
    return found


@pytest.mark.parametrize("n_forms", [1, 3])
def test_calls_by_issue_are_those_on_cut_data(n_forms):
    x, n, time = corpus(90, n_forms)
    found = calls_by_issue(x, n, time, RULES, min_cards=8)
    assert found.dtype == np.int8
    for issue in range(90):
        expected = calls_on_cut_data(x, n, time, issue + 1, RULES, 8)
        np.testing.assert_array_equal(found[:, issue], expected, err_msg=str(issue))
    assert set(np.unique(found)) >= set(Call) - {Call.STEADY}


def test_calls_by_issue_do_not_look_ahead():
    x, n, time = corpus(70, 2)
    found = calls_by_issue(x, n, time, RULES, min_cards=8)
    short = calls_by_issue(x[:, :, :50], n[:, :50], time[:50], RULES, min_cards=8)
    np.testing.assert_array_equal(found[:, :50], short)


def test_planted_topics_are_called_what_they_are():
    x, n, time = corpus(170, 2)
    found = find_calls(sums_of(x, n, time), RULES).reshape(-1, 3)
    assert (found[0] == Call.RISING).all()
    assert (found[1] == Call.FALLING).all()
    assert (found[2] == Call.RISEN).all()
    assert (found[3] == Call.FALLEN).all()
    assert not np.isin(found[6:], (Call.RISING, Call.FALLING)).any()


@pytest.mark.parametrize("shape", [(0, 0, 0), (1, 0, 5), (2, 3, 0), (1, 2, 1), (2, 3, 40)])
def test_little_input_gives_calls(shape):
    n = np.full((shape[0], shape[2]), 5)
    time = 7 * np.arange(shape[2])
    for x in (np.zeros(shape, dtype=int), np.full(shape, 5), np.full(shape, 2)):
        with np.errstate(all="raise"):
            found = calls_by_issue(x, n, time, replace(RULES, block_issues=4), min_cards=8)
        assert found.shape == shape[1:]
    with pytest.raises(ValueError, match="x is"):
        calls_by_issue(
            np.zeros((1, 2, 3), dtype=int), np.zeros((1, 4), dtype=int), np.arange(4), RULES, min_cards=8
        )
