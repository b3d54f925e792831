"""What must hold for bursts, shifts, forecasts and trends of any counts."""

from dataclasses import fields

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from signals_pipeline.marts.statistics.bursts import burst_significance, find_bursts
from signals_pipeline.marts.statistics.counts import sums_of
from signals_pipeline.marts.statistics.forecasts import forecast
from signals_pipeline.marts.statistics.shifts import find_shifts
from signals_pipeline.marts.statistics.trends import find_trends
from signals_pipeline_tests.marts.rules import RULES
from signals_pipeline_tests.speeds import tried

BURST = {"s": 2.0, "gamma": 1.0, "p_max": 0.9999}
SHIFT = {"penalty_factor": 2.0, "min_issues": 3}
FORECAST = {
    "half_life": 6.0,
    "m": 20.0,
    "floor_cards": 0.5,
    "horizons": (1, 2, 3),
    "min_history": 5,
    "min_windows": 2,
    "min_standard_errors": 2.0,
}

ANY_COUNTS = tried(50)


@st.composite
def counts(draw, max_topics=4, max_issues=25, min_issues=0):
    """Counts x (topics, issues) and n (issues,), with levels that last for some issues."""
    n_issues = draw(st.integers(min_issues, max_issues))
    n = np.array(draw(st.lists(st.integers(0, 20), min_size=n_issues, max_size=n_issues)), dtype=np.int64)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_topics = draw(st.integers(0, max_topics))
    levels = rng.beta(0.5, 2, size=(n_topics, n_issues))
    shares = levels[:, np.maximum.accumulate(np.arange(n_issues) * (rng.random(n_issues) < 0.2))]
    return rng.binomial(n, shares), n


def same(one, other, *, but=()):
    for column in fields(one):
        if column.name not in but:
            np.testing.assert_allclose(
                getattr(one, column.name), getattr(other, column.name), err_msg=column.name
            )


def p_values(x, n, seed=0):
    topic_ids = [f"{seed + topic:032x}" for topic in range(len(x))]
    form = np.arange(len(n)) % 2
    found = find_bursts(x, n, **BURST)
    return burst_significance(
        found, x, n, form, topic_ids, **BURST, exceedances=5, permutations=99, max_q=1.0
    )


def shifts_of(x, n, phi=1.0):
    """Shifts where the cards of every other issue are of another form, whose share may be another."""
    in_form = (np.arange(len(n)) % 2 == np.arange(2)[:, None]).astype(np.int64)
    return find_shifts(x * in_form[:, None], n * in_form, np.full(len(x), phi), **SHIFT)


def forecasts_of(x, n, seed=0, **options):
    return forecast(x, n, [f"{seed + topic:032x}" for topic in range(len(x))], **{**FORECAST, **options})


def results(x, n, seed=0):
    return (
        find_bursts(x, n, **BURST),
        shifts_of(x, n),
        forecasts_of(x, n, seed),
        trends(x, n),
    )


def trends(x, n):
    """Trends where the cards of every other issue are of another form."""
    in_form = np.arange(len(n)) % 2 == np.arange(2)[:, None]
    return find_trends(sums_of(x * in_form[:, None], n * in_form, 7 * np.arange(len(n))), RULES)


@ANY_COUNTS
@given(counts())
def test_every_number_is_finite_and_in_its_range(given_counts):
    x, n = given_counts
    with np.errstate(all="raise"):
        bursts, shifts, forecasts, trend = results(x, n)
        p = p_values(x, n)
    has_recent = len(n) >= 24
    for one in (bursts, shifts, forecasts, trend, p):
        for column in fields(one):
            is_known = has_recent or not column.name.endswith("_recent")
            if column.name != "df":
                assert (np.isfinite(getattr(one, column.name)) == is_known).all()
    n_with_cards = int((n > 0).sum())
    assert (bursts.strength > np.log(max(n_with_cards, 1)) - 1e-9).all()
    assert (bursts.x * bursts.n_out >= bursts.x_out * bursts.n).all()
    assert (bursts.start <= bursts.end).all()
    assert ((p.p_burst > 0) & (p.p_burst <= 1)).all()
    assert ((p.p_topic > 0) & (p.p_topic <= 1)).all()
    assert (shifts.delta_cost >= 2 * np.log(max(n_with_cards, 1)) - 1e-9).all()
    assert (forecasts.share_p10 <= forecasts.share_p50).all()
    assert (forecasts.share_p50 <= forecasts.share_p90).all()
    assert ((forecasts.share_p10 >= 0) & (forecasts.share_p90 <= 1)).all()
    assert ((forecasts.coverage_80 >= 0) & (forecasts.coverage_80 <= 1)).all()
    assert (forecasts.log_score <= 1e-9).all()
    assert (forecasts.skill_se >= 0).all()
    assert (shifts.log_odds_ratio != 0).all()
    assert ((shifts.form_explains >= 0) & (shifts.form_explains <= 1)).all()
    assert ((trend.p_trend >= 0) & (trend.p_trend <= trend.q_trend) & (trend.q_trend <= 1)).all()
    assert (trend.phi >= 1).all()
    assert (trend.df > 0).all()
    assert (trend.se[trend.is_tested] > 0).all()


@ANY_COUNTS
@given(st.data())
def test_shuffling_the_cards_of_an_issue_changes_nothing(data):
    cards = data.draw(
        st.lists(st.lists(st.frozensets(st.integers(0, 2)), max_size=6), min_size=1, max_size=12)
    )
    shuffled = [data.draw(st.permutations(issue)) for issue in cards]

    def counted(issues):
        x = np.array([[sum(topic in card for card in issue) for issue in issues] for topic in range(3)])
        return x, np.array([len(issue) for issue in issues])

    for one, other in zip(results(*counted(cards)), results(*counted(shuffled)), strict=True):
        same(one, other)


@ANY_COUNTS
@given(counts())
def test_a_topic_is_judged_without_regard_to_the_others(given_counts):
    x, n = given_counts
    together = [*results(x, n), p_values(x, n)]
    for topic in range(len(x)):
        alone = [*results(x[topic : topic + 1], n, topic), p_values(x[topic : topic + 1], n, seed=topic)]
        of_topic = together[0].topic == topic
        np.testing.assert_array_equal(alone[0].start, together[0].start[of_topic])
        np.testing.assert_array_equal(alone[0].strength, together[0].strength[of_topic])
        np.testing.assert_array_equal(alone[1].issue, together[1].issue[together[1].topic == topic])
        for name in ("log_score", "coverage_80", "share_p50"):
            np.testing.assert_array_equal(
                getattr(alone[2], name), getattr(together[2], name)[together[2].topic == topic]
            )
        # The dispersion of a trend, and so its p, come from the whole family.
        for name in ("is_tested", "log_odds", "log_odds_recent", "points", "points_recent"):
            one, other = getattr(alone[3], name), getattr(together[3], name)
            np.testing.assert_array_equal(one, other[topic : topic + 1])
        np.testing.assert_array_equal(alone[4].p_burst, together[4].p_burst[of_topic])
        assert alone[4].p_topic[0] == together[4].p_topic[topic]


@ANY_COUNTS
@given(counts())
def test_duplicating_every_card_leaves_shares_and_doubles_the_evidence(given_counts):
    x, n = given_counts
    once, twice = find_bursts(x, n, **BURST), find_bursts(2 * x, 2 * n, **BURST)
    # Twice the evidence at twice the price of a burst is the same path.
    at_double_price = find_bursts(2 * x, 2 * n, **{**BURST, "gamma": 2.0})
    same(once, at_double_price, but=("x", "n", "x_out", "n_out", "strength", "path_cost"))
    np.testing.assert_allclose(at_double_price.strength, 2 * once.strength)
    np.testing.assert_array_equal(at_double_price.x, 2 * once.x)
    assert np.isin(once.topic, twice.topic).all()
    shifts, doubled = shifts_of(x, n), shifts_of(2 * x, 2 * n, 2.0)
    np.testing.assert_allclose(doubled.delta_cost.sum(), 2 * shifts.delta_cost.sum(), atol=1e-6)
    if len(shifts.issue) == len(doubled.issue) and (shifts.issue == doubled.issue).all():
        np.testing.assert_array_equal(doubled.x_after * shifts.n_after, shifts.x_after * doubled.n_after)


@ANY_COUNTS
@given(counts())
def test_every_card_twice_leaves_the_trend_and_halves_its_variance_before_phi(given_counts):
    x, n = given_counts
    once, twice = trends(x, n), trends(2 * x, 2 * n)
    np.testing.assert_allclose(twice.log_odds, once.log_odds, atol=1e-12)
    np.testing.assert_allclose(2 * twice.se**2 / twice.phi, once.se**2 / once.phi)


@ANY_COUNTS
@given(counts())
def test_time_reversed_the_trend_is_negated(given_counts):
    x, n = given_counts
    forward, backward = (
        find_trends(sums_of(x[None], n[None], way * np.arange(len(n))), RULES) for way in (1, -1)
    )
    np.testing.assert_array_equal(backward.log_odds, -forward.log_odds)
    np.testing.assert_array_equal(backward.log_odds_recent, -forward.log_odds_recent)
    np.testing.assert_allclose(backward.z, -forward.z, rtol=1e-6)
    np.testing.assert_allclose(backward.p_trend, forward.p_trend, rtol=1e-5)


@ANY_COUNTS
@given(counts())
def test_time_reversed_the_cheapest_path_costs_the_same(given_counts):
    x, n = given_counts
    forward, backward = find_bursts(x, n, **BURST), find_bursts(x[:, ::-1], n[::-1], **BURST)
    np.testing.assert_allclose(forward.path_cost, backward.path_cost)


@ANY_COUNTS
@given(counts())
def test_time_reversed_a_single_shift_turns_round(given_counts):
    x, n = given_counts
    phi = np.ones(len(x))
    forward = find_shifts(x[None], n[None], phi, **SHIFT)
    backward = find_shifts(x[None, :, ::-1], n[None, ::-1], phi, **SHIFT)
    found = np.flatnonzero(n > 0)
    for topic in range(len(x)):
        one, other = np.flatnonzero(forward.topic == topic), np.flatnonzero(backward.topic == topic)
        if len(one) != 1 or len(other) != 1:
            continue
        before = len(found) - np.searchsorted(found, len(n) - 1 - backward.issue[other[0]]) - 1
        np.testing.assert_allclose(forward.delta_cost[one[0]], backward.delta_cost[other[0]], rtol=1e-6)
        if np.searchsorted(found, forward.issue[one[0]]) == len(found) - before:
            np.testing.assert_allclose(
                forward.log_odds_ratio[one[0]], -backward.log_odds_ratio[other[0]], atol=1e-6
            )
            assert forward.x_before[one[0]] == backward.x_after[other[0]]


@ANY_COUNTS
@given(counts(min_issues=6), st.integers(0, 2**32))
def test_merging_two_topics_never_lowers_the_larger_forecast(given_counts, seed):
    x, n = given_counts
    assume(len(x) >= 2)
    # Cards that have both topics count once: the union is anything from the larger one to the sum.
    rng = np.random.default_rng(seed)
    both = np.minimum(rng.integers(np.maximum(x[0], x[1]), x[0] + x[1] + 1), n)
    found = forecasts_of(np.stack([x[0], x[1], both]), n)
    for name in ("share_p10", "share_p50", "share_p90"):
        first, second, merged = getattr(found, name).reshape(3, -1)
        assert (merged >= np.maximum(first, second)).all()


@ANY_COUNTS
@given(counts(min_issues=7), st.integers(1, 3))
def test_no_forecast_looks_ahead(given_counts, horizon):
    x, n = given_counts
    n = np.maximum(n, 1)
    assume(len(x))
    # Of a single origin, scores can depend on nothing behind the issue it is judged by.
    cut = 5 + horizon
    assume(cut <= len(n))
    short = forecasts_of(x[:, :cut], n[:cut], horizons=(horizon,))
    other = x.copy()
    other[:, cut:] = n[cut:] - other[:, cut:]
    long = forecasts_of(other, n, horizons=(horizon,))
    n_short, n_long = short.n_origins, long.n_origins
    # The mean over all origins minus that over the origins after the first gives back the first.
    later = forecasts_of(other, n, horizons=(horizon,), min_history=6)
    last = short.horizon == horizon
    assert (n_short[last] == 1).all()
    total = (long.log_score * n_long)[long.horizon == horizon]
    rest = (later.log_score * later.n_origins)[later.horizon == horizon]
    np.testing.assert_allclose(
        total - (rest if len(rest) else 0), short.log_score[last], rtol=1e-6, atol=1e-6
    )


@ANY_COUNTS
@given(counts())
def test_two_runs_give_the_same_bytes(given_counts):
    x, n = given_counts
    for one, other in zip([*results(x, n), p_values(x, n)], [*results(x, n), p_values(x, n)], strict=True):
        for column in fields(one):
            first, second = (np.asarray(getattr(found, column.name)) for found in (one, other))
            assert first.tobytes() == second.tobytes()
