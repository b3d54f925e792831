"""Emergence: topics that came up so lately that too few of their cards exist for a trend."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from signals_pipeline.marts.statistics.adjust import benjamini_hochberg
from signals_pipeline.marts.statistics.counts import Bools, Floats, Ints, running, with_cards

_ISSUES_AT_ONCE = 64
"""As-of issues worked on together, so that the table of binomial tails does not grow with their number."""


@dataclass(frozen=True)
class Emergence:
    """All three (topics,), or (topics, issues) as of every issue; p and q are 1 where not `is_tested`."""

    is_tested: Bools
    p: Floats
    q: Floats


def find_emergence(seen: Bools, n: Ints, *, windows: Sequence[int], min_issues: int) -> Emergence:
    """Whether the issues with a topic crowd at the end of the data, for every topic: (topics,).

    The null: each of the K issues with the topic falls into the last w issues with probability pi, whatever
    the others do. p(w) = P(B >= k), B binomial of K and pi, k = number of issues with the topic among the
    last w; p = the smallest p(w) times the number of windows, at most 1 (Bonferroni). q is p adjusted by
    Benjamini and Hochberg over the topics tested, those seen in at least `min_issues` issues.

    Issues with the topic are counted, not cards, so that one story told on several cards of an issue counts
    once. pi is the share of the last w issues in all cards or in all issues, whichever is larger. A rare
    topic meets an issue of twice as many cards twice as often, so for it the share of the cards is right: in
    simulated corpora in which no share changes, but issues grow from 6 to 25 cards, the share of the issues
    calls .67 topics an issue falsely and that of the cards .001. A topic that is in nearly every issue
    follows the issues: where these shrink from 25 to 6 cards, the share of the cards gives 90 % of the topics
    on 40 % of the cards p < .01. The larger of the two gives none, and .001 false calls an issue.

    Args:
        seen: Whether an issue has a counted card with the topic, (topics, issues).
        n: Counted cards able to carry the kind, (issues,).
        windows: Numbers w of last issues with cards, each at least 1.
        min_issues: Fewest issues with the topic, at least 1.

    Raises:
        ValueError: The shapes do not fit together, or a topic is seen in an issue without cards.
    """
    _, kept, able = with_cards(seen.astype(np.int64), n)
    n_issues = np.array([len(able)])
    found = _as_of(running(kept), running(able), n_issues, windows, min_issues)
    return Emergence(found.is_tested[:, 0], found.p[:, 0], found.q[:, 0])


def find_emergence_by_issue(seen: Bools, n: Ints, *, windows: Sequence[int], min_issues: int) -> Emergence:
    """What `find_emergence` finds on the data up to and including each issue: (topics, issues).

    An issue without cards changes nothing. Arguments and errors are those of `find_emergence`.
    """
    _, kept, able = with_cards(seen.astype(np.int64), n)
    n_issues = np.cumsum(n > 0, dtype=np.int64)
    seen_before, cards_before = running(kept), running(able)
    found = Emergence(np.zeros(seen.shape, np.bool_), np.ones(seen.shape), np.ones(seen.shape))
    for first in range(0, len(n), _ISSUES_AT_ONCE):
        group = slice(first, first + _ISSUES_AT_ONCE)
        part = _as_of(seen_before, cards_before, n_issues[group], windows, min_issues)
        found.is_tested[:, group], found.p[:, group], found.q[:, group] = part.is_tested, part.p, part.q
    return found


def _as_of(
    seen_before: Ints, cards_before: Ints, n_issues: Ints, windows: Sequence[int], min_issues: int
) -> Emergence:
    """Emergence on the first so many issues, (topics, dates), from sums over the issues before each."""
    n_seen = seen_before[:, n_issues]
    is_tested = n_seen >= min_issues
    topic, date = np.nonzero(is_tested)
    k_all = n_seen[topic, date]
    p, q = np.ones(n_seen.shape), np.ones(n_seen.shape)
    for window in windows:
        begin = np.maximum(n_issues - window, 0)
        of_cards = 1 - cards_before[begin] / np.maximum(cards_before[n_issues], 1)
        of_issues = 1 - begin / np.maximum(n_issues, 1)
        tails = _binomial_tails(np.maximum(of_cards, of_issues), int(k_all.max(initial=0)), window)
        k = k_all - seen_before[topic, begin[date]]
        p[topic, date] = np.minimum(p[topic, date], len(windows) * tails[k_all, date, k])
    for column in range(len(n_issues)):
        tested = is_tested[:, column]
        q[tested, column] = benjamini_hochberg(p[tested, column], p[tested, column])
    return Emergence(is_tested, p, q)


def _binomial_tails(probability: Floats, most: int, width: int) -> Floats:
    """P(B >= k), B binomial of K trials: (K = 0 to most, probabilities, k = 0 to width).

    By the last trial: it hits and k - 1 of those before did, or it misses and k of them did. The sums have
    only positive terms, so the smallest tails are as exact as the largest.
    """
    tails = np.zeros((most + 1, len(probability), width + 1))
    tails[:, :, 0] = 1
    hit = probability[:, None]
    for trials in range(1, most + 1):
        before = tails[trials - 1]
        tails[trials, :, 1:] = hit * before[:, :-1] + (1 - hit) * before[:, 1:]
    return tails
