"""Returns: topics that came back after a gap, and whether the gap is longer than chance leaves."""

from dataclasses import dataclass

import numpy as np

from signals_pipeline.marts.statistics.adjust import benjamini_hochberg
from signals_pipeline.marts.statistics.counts import Bools, Floats, Ints, running, with_cards


@dataclass(frozen=True)
class Returns:
    """One entry per topic, (topics,).

    `is_back` says that the topic came back lately, `issue` in which issue (-1 where it did not), `n_missed`
    how many cards the gap before had, and `expected` in how many issues of the gap the topic would have been
    at its own rate. `p` and `q` are those of the gap; where not `is_back` they are 1, the counts 0.
    `is_returning`: back after a gap that is long for the topic, and longer than chance leaves.
    """

    is_back: Bools
    issue: Ints
    n_missed: Ints
    expected: Floats
    p: Floats
    q: Floats
    is_returning: Bools


def find_returns(
    seen: Bools, n: Ints, *, gap: int, new_issues: int, min_expected: float, max_q: float
) -> Returns:
    """Which topics came back lately, and whether a flat topic would leave such a gap: (topics,).

    A topic returns with an issue more than `gap` issues after the one with it before, that is after at least
    `gap` issues in a row without it. The gap before its last return is judged, and only as long as that is at
    most `new_issues` issues before the last one.

    The null: K issues with the topic, each placed at random among all N cards, whatever the others do. A
    given one of the K - 1 gaps between them misses m cards or more with probability (1 - m / N)^K at most
    (the spacings of points thrown at random: Stevens 1939, Annals of Eugenics 9, 315-320), so one of them
    somewhere in the data does with at most p = (K - 1) (1 - m / N)^K, the first term of his sum (Bonferroni).
    q is p adjusted by Benjamini and Hochberg over the gaps judged. The topic would have been in K m / N
    issues of the gap.

    Issues with the topic are counted, not cards: where stories of 1 + Poisson(2) cards come at random,
    counted cards call .6 topics an issue falsely, counted issues .004.

    Args:
        seen: Whether an issue has a counted card with the topic, (topics, issues).
        n: Counted cards able to carry the kind, (issues,).
        gap: Fewest issues with cards, but without the topic, before a return.
        new_issues: For how many issues with cards after its return a topic is back.
        min_expected: Least `expected` of a topic that is returning.
        max_q: Such a topic has a smaller q.

    Raises:
        ValueError: The shapes do not fit together, or a topic is seen in an issue without cards.
    """
    issue, kept, able = with_cards(seen.astype(np.int64), n)
    here = np.arange(len(able))
    last_seen = np.maximum.accumulate(np.where(kept > 0, here, -1), axis=1)
    before = np.concatenate([np.full((len(kept), 1), -1), last_seen[:, :-1]], axis=1)[:, : len(able)]
    returned = (kept > 0) & (before >= 0) & (here - before > gap)
    last_return = np.max(np.where(returned, here, -1), axis=1, initial=-1)
    is_back = (last_return >= 0) & (last_return >= len(able) - 1 - new_issues)

    topic = np.flatnonzero(is_back)
    back = last_return[topic]
    cards_before = running(able)
    missed = cards_before[back] - cards_before[before[topic, back] + 1]
    k = kept[topic].sum(axis=1)
    in_gap = missed / max(int(cards_before[-1]), 1)
    found = Returns(
        is_back=is_back,
        issue=np.full(len(kept), -1),
        n_missed=np.zeros(len(kept), dtype=np.int64),
        expected=np.zeros(len(kept)),
        p=np.ones(len(kept)),
        q=np.ones(len(kept)),
        is_returning=np.zeros(len(kept), dtype=np.bool_),
    )
    found.issue[topic] = issue[back]
    found.n_missed[topic] = missed
    found.expected[topic] = k * in_gap
    found.p[topic] = np.minimum(1, (k - 1) * (1 - in_gap) ** k)
    found.q[topic] = benjamini_hochberg(found.p[topic], found.p[topic])
    found.is_returning[topic] = (found.expected[topic] >= min_expected) & (found.q[topic] < max_q)
    return found
