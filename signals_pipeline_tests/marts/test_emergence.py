"""Emergence: enumeration, SciPy, the data cut at every issue, and what must not be called."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, false_discovery_control

from signals_pipeline.marts.statistics.emergence import find_emergence, find_emergence_by_issue

RULE = {"windows": (4, 8, 12), "min_issues": 3}


def corpus(rng, n_topics=60, n_issues=40):
    """Rare and frequent topics on issues of changing size, some of them empty."""
    n = rng.integers(0, 20, size=n_issues)
    share = rng.uniform(0.002, 0.3, size=(n_topics, 1))
    share = share * (np.arange(n_issues) >= rng.integers(0, n_issues, size=(n_topics, 1)))
    return rng.binomial(n, share) > 0, n


def tail_by_enumeration(k_all, k, inside):
    """The probability of k or more hits, over all ways in which the issues may fall inside or outside."""
    return sum(
        inside ** sum(way) * (1 - inside) ** (k_all - sum(way))
        for way in product((0, 1), repeat=k_all)
        if sum(way) >= k
    )


@pytest.mark.parametrize("issues", [(3, 4, 5), (0, 4, 5), (0, 1, 2), (0, 2, 3, 4, 5), (0, 1, 2, 3, 4, 5)])
def test_p_is_the_smallest_tail_of_all_placements_times_the_windows(issues):
    n = np.array([3, 1, 4, 1, 5, 9])
    seen = np.isin(np.arange(6), issues)[None]
    inside = {w: max(n[-w:].sum() / n.sum(), w / 6) for w in (1, 2, 3)}
    expected = min(tail_by_enumeration(len(issues), seen[0, -w:].sum(), pi) for w, pi in inside.items())
    found = find_emergence(seen, n, windows=(1, 2, 3), min_issues=3)
    assert found.p[0] == pytest.approx(min(1, 3 * expected))
    assert found.is_tested[0]


def test_p_is_that_of_scipy_however_small():
    seen, n = corpus(np.random.default_rng(1))
    seen[:4] = False
    seen[0, -12:], seen[1, -4:], seen[2, ::7], seen[3, -1] = n[-12:] > 0, n[-4:] > 0, n[::7] > 0, n[-1] > 0
    found = find_emergence(seen, n, **RULE)
    with_cards = np.flatnonzero(n)
    k_all = seen.sum(axis=1)
    inside = {w: max(n[with_cards[-w:]].sum() / n.sum(), w / len(with_cards)) for w in (4, 8, 12)}
    tails = [binom.sf(seen[:, with_cards[-w:]].sum(axis=1) - 1, k_all, pi) for w, pi in inside.items()]
    tested = k_all >= 3
    np.testing.assert_array_equal(found.is_tested, tested)
    expected = np.minimum(1, 3 * np.min(tails, axis=0))[tested]
    assert expected.min() < 1e-5
    np.testing.assert_allclose(found.p[tested], expected, rtol=1e-12)
    np.testing.assert_allclose(found.q[tested], false_discovery_control(expected, method="bh"), rtol=1e-12)
    assert np.all(found.p[~tested] == 1)
    assert np.all(found.q[~tested] == 1)


@pytest.mark.parametrize("seed", range(3))
def test_as_of_every_issue_it_is_what_the_data_up_to_it_say(seed):
    seen, n = corpus(np.random.default_rng(seed), n_issues=70)
    found = find_emergence_by_issue(seen, n, **RULE)
    for issue in range(len(n)):
        alone = find_emergence(seen[:, : issue + 1], n[: issue + 1], **RULE)
        np.testing.assert_array_equal(found.is_tested[:, issue], alone.is_tested)
        np.testing.assert_array_equal(found.p[:, issue], alone.p)
        np.testing.assert_array_equal(found.q[:, issue], alone.q)
    assert (found.q < 0.1).any()


def test_issues_without_cards_change_nothing():
    seen, n = corpus(np.random.default_rng(5))
    full = n > 0
    found = find_emergence_by_issue(seen, n, **RULE)
    without = find_emergence_by_issue(seen[:, full], n[full], **RULE)
    np.testing.assert_array_equal(found.q[:, full], without.q)
    np.testing.assert_array_equal(find_emergence(seen, n, **RULE).p, without.p[:, -1])


@pytest.mark.parametrize("n_issues", [0, 1, 2, 4])
def test_with_very_few_issues_nothing_emerges(n_issues):
    seen, n = np.ones((2, n_issues), dtype=bool), np.ones(n_issues, dtype=np.int64)
    found = find_emergence(seen, n, **RULE)
    assert found.p.tolist() == found.q.tolist() == [1, 1]
    assert find_emergence_by_issue(seen, n, **RULE).p.shape == (2, n_issues)
    assert find_emergence(seen[:0], n, **RULE).p.shape == (0,)


def test_a_topic_in_an_issue_without_cards_is_refused():
    with pytest.raises(ValueError, match="more cards than an issue has"):
        find_emergence(np.array([[True, True]]), np.array([3, 0]), **RULE)


@pytest.mark.parametrize("share", [0.006, 0.4])
@pytest.mark.parametrize("cards", [6, 24])
def test_flat_topics_do_not_emerge_where_sizes_of_issues_change(cards, share):
    rng = np.random.default_rng(cards)
    n = np.repeat([cards, 30 - cards], 80)
    seen = rng.binomial(n, np.full((300, 1), share)) > 0
    found = find_emergence_by_issue(seen, n, **RULE)
    tested = found.is_tested[:, 80:]
    assert np.mean(found.p[:, 80:][tested] < 0.01) < 0.01


def test_an_onset_is_called_within_eleven_issues_and_flat_topics_are_not():
    rng = np.random.default_rng(7)
    n = rng.poisson(15.5, size=140) + 1
    flat = rng.binomial(n, np.geomspace(0.001, 0.1, 400)[:, None]) > 0
    share = 0.05 * np.clip((np.arange(140) - 99) / 8, 0, 1)
    onset = rng.binomial(n, np.tile(share, (8, 1))) > 0
    called = find_emergence_by_issue(np.vstack([onset, flat]), n, **RULE).q < 0.1
    assert np.median(np.argmax(called[:8], axis=1) - 99) <= 11
    assert (called[8:, 1:] & ~called[8:, :-1]).sum() <= 0.05 * 140
