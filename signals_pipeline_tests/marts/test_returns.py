"""Returns after a gap: enumeration of all placements, a plain loop, and corpora in which nothing changes."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from signals_pipeline.marts.statistics.returns import find_returns

RULE = {"gap": 20, "new_issues": 3, "min_expected": 5.0, "max_q": 0.1}


def with_gap(k, n_issues, missed):
    """A topic in the last issue, in none of `missed` issues before it, and in k - 1 before these."""
    seen = np.zeros((1, n_issues), dtype=bool)
    seen[0, n_issues - missed - k : n_issues - missed - 1] = True
    seen[0, -1] = True
    return seen


@pytest.mark.parametrize(("k", "n", "m"), [(2, 10, 5), (3, 12, 5), (3, 12, 8), (4, 14, 6), (5, 14, 5)])
def test_p_bounds_how_many_of_all_placements_leave_such_a_gap(k, n, m):
    places = list(combinations(range(n), k))
    exact = np.mean([max(b - a - 1 for a, b in pairwise(place)) >= m for place in places])
    found = find_returns(with_gap(k, n, m), np.ones(n, dtype=np.int64), **{**RULE, "gap": m - 1})
    assert (found.is_back[0], found.n_missed[0], found.issue[0]) == (True, m, n - 1)
    assert found.p[0] >= exact


def test_p_is_near_the_chance_in_simulated_placements():
    rng = np.random.default_rng(3)
    k, n, m = 12, 600, 290
    drawn = np.sort(rng.random((20_000, n)).argpartition(k, axis=1)[:, :k], axis=1)
    chance = np.mean((np.diff(drawn, axis=1) - 1).max(axis=1) >= m)
    found = find_returns(with_gap(k, n, m), np.ones(n, dtype=np.int64), **RULE)
    error = np.sqrt(chance * (1 - chance) / 20_000)
    assert chance - 3 * error <= found.p[0] <= 1.15 * (chance + 3 * error)


def by_loop(seen, n, gap, new_issues):
    """Issue of the last return and cards missed before it, for one topic; None where it is not back."""
    issues = [i for i, cards in enumerate(n) if cards]
    places = [place for place, i in enumerate(issues) if seen[i]]
    returns = [(a, b) for a, b in pairwise(places) if b - a > gap]
    if not returns or returns[-1][1] < len(issues) - 1 - new_issues:
        return None
    a, b = returns[-1]
    return issues[b], sum(int(n[i]) for i in issues[a + 1 : b])


@pytest.mark.parametrize("seed", range(3))
def test_gaps_are_those_of_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    n = rng.integers(0, 15, size=60)
    seen = rng.binomial(n, rng.uniform(0.002, 0.05, size=(300, 1))) > 0
    found = find_returns(seen, n, gap=6, new_issues=3, min_expected=1.0, max_q=0.5)
    assert found.is_back.sum() > 20
    for topic, row in enumerate(seen):
        expected = by_loop(row, n, 6, 3)
        assert found.is_back[topic] == (expected is not None)
        if expected is None:
            assert (found.issue[topic], found.n_missed[topic], found.p[topic], found.q[topic]) == (
                -1,
                0,
                1,
                1,
            )
            continue
        issue, missed = expected
        k, part = row.sum(), missed / n.sum()
        assert (found.issue[topic], found.n_missed[topic]) == (issue, missed)
        assert found.expected[topic] == pytest.approx(k * part)
        assert found.p[topic] == pytest.approx(min(1, (k - 1) * (1 - part) ** k))
    judged = found.is_back
    np.testing.assert_allclose(found.q[judged], false_discovery_control(found.p[judged], method="bh"))
    np.testing.assert_array_equal(found.is_returning, judged & (found.expected >= 1) & (found.q < 0.5))


def test_a_topic_is_back_for_as_many_issues_as_it_is_new():
    seen = np.hstack([with_gap(10, 60, 40), np.zeros((1, 10), dtype=bool)])
    n = np.full(70, 10)
    back = [find_returns(seen[:, :stop], n[:stop], **RULE).is_returning[0] for stop in range(59, 71)]
    assert back == [False, True, True, True, True] + 7 * [False]


@pytest.mark.parametrize("missed", [19, 20])
def test_a_gap_has_at_least_so_many_issues(missed):
    found = find_returns(with_gap(5, 60, missed), np.full(60, 10), **RULE)
    assert found.is_back[0] == (missed >= 20)


def test_a_gap_in_which_less_than_five_issues_are_expected_is_no_return():
    seen, n = with_gap(12, 60, 24), np.full(60, 10)
    found = find_returns(seen, n, **{**RULE, "max_q": 1.1})
    assert found.expected[0] == pytest.approx(12 * 24 / 60)
    assert found.is_back[0]
    assert not found.is_returning[0]
    assert find_returns(seen, n, **{**RULE, "max_q": 1.1, "min_expected": 4.8}).is_returning[0]


@pytest.mark.parametrize("n_issues", [0, 1, 2])
def test_with_very_few_issues_nothing_is_back(n_issues):
    seen, n = np.ones((2, n_issues), dtype=bool), np.ones(n_issues, dtype=np.int64)
    assert not find_returns(seen, n, **RULE).is_back.any()
    assert find_returns(seen[:0], n, **RULE).p.shape == (0,)


def new_returns(x, n, min_cards=8):
    """Topics returning that were not an issue before, per issue, looked at after every issue from 40 on."""
    before, new = np.ones(len(x), dtype=bool), 0
    for stop in range(40, len(n) + 1):
        family = x[:, :stop].sum(axis=1) >= min_cards
        now = np.zeros(len(x), dtype=bool)
        now[family] = find_returns(x[family, :stop] > 0, n[:stop], **RULE).is_returning
        new += int((now & ~before).sum())
        before = now
    return new / (len(n) - 40)


@pytest.mark.parametrize("story", [0, 2, 5])
def test_topics_that_do_not_change_hardly_ever_return(story):
    rng = np.random.default_rng(story)
    n = rng.poisson(15.5, size=170) + 1
    share = 0.3 / np.arange(1, 1501)[:, None]
    stories = rng.binomial(n, share / (1 + story), size=(1500, 170))
    x = np.minimum(stories + rng.poisson(story * stories), n)
    assert new_returns(x, n) <= 0.2
