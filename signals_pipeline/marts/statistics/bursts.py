"""Bursts: when a topic was suddenly on more cards, and whether that is more than chance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from signals_pipeline.marts.kept import Array, Kept
from signals_pipeline.marts.statistics.counts import (
    TOPICS_AT_ONCE,
    Bools,
    Floats,
    Ints,
    k_log_k,
    log_choices,
    running,
    with_cards,
)

_CELLS_AT_ONCE = 1 << 19
"""Permuted issues worked on together: enough to hide the cost of a NumPy call, few enough for the cache."""
_FIRST_DRAWS = 32
_ROUNDING = 1e-9
"""Two sums of the same terms in another order count as equal."""


@dataclass(frozen=True)
class Bursts:
    """One entry per burst, in order of topic and start; `path_cost` has one entry per topic.

    `topic` is the row of x. `start` and `end` are the first and the last issue of the burst, and `n_issues`
    counts those with cards from one to the other. `is_open` holds where the burst has not ended by the last
    issue with cards. `x` and `n` are the counts inside, `x_out` and `n_out` those of all other issues (n_out
    may be 0). `strength` and `path_cost` are in nats.
    """

    topic: Ints
    start: Ints
    end: Ints
    n_issues: Ints
    is_open: Bools
    x: Ints
    n: Ints
    x_out: Ints
    n_out: Ints
    strength: Floats
    path_cost: Floats


@dataclass(frozen=True)
class BurstSignificance:
    """`p_burst`, one entry per burst, and `p_topic`, one per topic: that of its strongest burst, else 1."""

    p_burst: Floats
    p_topic: Floats


def find_bursts(x: Ints, n: Ints, *, s: float, gamma: float, p_max: float) -> Bursts:
    """Every burst: the runs of state 1 on the cheapest path through the states 0 (usual) and 1 (burst).

    The batched automaton of Kleinberg (2003, Data Mining and Knowledge Discovery 7, section 4) with two
    states and p0 = sum x / sum n, p1 = min(s p0, p_max). A path costs -ln(C(n, x) p^x (1 - p)^(n - x)) in
    every issue and gamma ln N for each step up; it begins in state 0, and stepping down is free. N counts the
    issues with n > 0. The path is found exactly, for all topics at once; of paths that cost the same it is
    the one with fewer issues in bursts. `strength` = sum over the burst of ln L(p1) - ln L(p0), Kleinberg's
    weight.

    Args:
        x: Counts, (topics, issues).
        n: Denominators, (issues,).
        s: How many times its usual share a topic has in a burst; above 1.
        gamma: Weight of a step up; 0 or more.
        p_max: Largest share of a burst, below 1; a topic whose p0 reaches it has no bursts.
    """
    issue, kept, able = with_cards(x, n)
    gains = _burst_gains(kept, able, s, p_max)
    up_cost = _up_cost(len(able), gamma)
    inside = _cheapest_states(np.ascontiguousarray(gains.T), up_cost).T
    edges = np.diff(inside.astype(np.int8), axis=1, prepend=0, append=0)
    topic, start = np.nonzero(edges == 1)
    stop = np.nonzero(edges == -1)[1]
    sums_x, sums_n, sums_gain = running(kept), running(able), running(gains)
    in_x, in_n = sums_x[topic, stop] - sums_x[topic, start], sums_n[stop] - sums_n[start]
    strength = sums_gain[topic, stop] - sums_gain[topic, start]
    path_cost = _usual_cost(kept, able)
    np.add.at(path_cost, topic, up_cost - strength)
    return Bursts(
        topic=topic,
        start=issue[start],
        end=issue[stop - 1],
        n_issues=stop - start,
        is_open=stop == len(able),
        x=in_x,
        n=in_n,
        x_out=sums_x[topic, -1] - in_x,
        n_out=sums_n[-1] - in_n,
        strength=strength,
        path_cost=path_cost,
    )


def close_bursts(
    bursts: Bursts, x: Ints, n: Ints, new_levels: Bools, *, max_issues: int, settled: int
) -> Bursts:
    """The same bursts, which end where what stays is a level and no burst.

    No burst is longer than `max_issues`, whether or not it has ended by itself since, so that one that was
    closed for its length does not grow when its level ends. One that was closed for a new level does, up to
    there: a level that ends again was none, and the burst has its own end.

    An open burst ends earlier where a new level explains it: one that begins inside it or fewer than
    `settled` issues before it. It ends with the issue in which it has been at this level for `settled`
    issues, so its end does not move while the level lasts, and a burst of fewer issues stays open. Issues
    without cards do not count. Counts and end are those up to there; `strength` is that of all issues on the
    path, as before.

    Args:
        bursts: What `find_bursts` found with the same x and n.
        x: Counts, (topics, issues).
        n: Denominators, (issues,).
        new_levels: Whether a level above the one before begins with the issue, (topics, issues); read of
            topics with an open burst alone.
        max_issues: Most issues with cards of a burst, at least 1.
        settled: Issues with cards that make a level, at least 1.
    """
    issue, kept, able = with_cards(x, n)
    if new_levels.shape != x.shape:
        raise ValueError(f"new_levels has the shape of x; its shape is {new_levels.shape}")
    start = np.searchsorted(issue, bursts.start)
    stop = start + np.minimum(bursts.n_issues, max_issues)
    for one in np.flatnonzero(bursts.is_open):
        begins = np.flatnonzero(new_levels[bursts.topic[one], issue])
        begins = np.maximum(begins[begins > start[one] - settled], start[one])
        stop[one] = min([stop[one], *(begins + settled)])
    is_closed = stop < start + bursts.n_issues
    sums_x, sums_n = running(kept), running(able)
    in_x, in_n = sums_x[bursts.topic, stop] - sums_x[bursts.topic, start], sums_n[stop] - sums_n[start]
    return replace(
        bursts,
        end=issue[stop - 1],
        n_issues=stop - start,
        is_open=bursts.is_open & ~is_closed,
        x=in_x,
        n=in_n,
        x_out=sums_x[bursts.topic, -1] - in_x,
        n_out=sums_n[-1] - in_n,
    )


def burst_significance(
    bursts: Bursts,
    x: Ints,
    n: Ints,
    form: Ints,
    topic_ids: Sequence[str],
    *,
    s: float,
    gamma: float,
    p_max: float,
    exceedances: int,
    permutations: int,
    max_q: float,
    kept: Kept | None = None,
) -> BurstSignificance:
    """How often the strongest burst of a topic in shuffled issues is at least as strong as a burst found.

    The null: among issues of one form order does not matter. Whole issues change places, the topic's cards
    and all others together, and only with issues of the same form. A change of form so stays where it is, and
    what makes the cards of one issue alike (over-dispersion) stays in the issue; shuffling cards, or each
    form of an issue by itself, would dissolve it and call themed issues bursts.

    Sequential permutation (Besag and Clifford 1991, Biometrika 78, 301-304): a topic stops with p = h / l
    when draw l brings exceedance h, else after R draws with p = (g + 1) / (R + 1), g exceedances among them.
    Weaker bursts of a topic are compared with the same draws, that is with the strongest burst by chance.

    With R draws p is at least 1 / (R + 1), which in a large family is too much for a few bursts to be
    significant. So where m topics are left without an exceedance, these get topics / (m `max_q`) draws if
    that is more than R, enough for m such p's to be significant together; and again where m falls. A p of at
    most 1 / (R + 1) still needs R draws without an exceedance, so none is smaller than it should be.

    The draws of a topic follow from its topic_id alone (PCG64 seeded with it; raw 64-bit output, which NumPy
    keeps for ever), so they do not depend on the other topics, on the run or on the machine.

    Args:
        bursts: What `find_bursts` found with the same x, n, s, gamma and p_max.
        x: Counts, (topics, issues); the topics are the family.
        n: Denominators, (issues,).
        form: Number of the form of every issue, (issues,), 0 to 255; see `dominant_form`.
        topic_ids: Hex digits, one text per topic.
        s: As for `find_bursts`.
        gamma: As for `find_bursts`.
        p_max: As for `find_bursts`.
        exceedances: h, the number of exceedances after which a topic stops.
        permutations: R, the largest number of permutations of a topic with an exceedance.
        max_q: The q below which a burst is significant, above 0.
        kept: What is kept of a topic, whose p follow from its own counts, the denominators and the limit.
    """
    issue, counted, able = with_cards(x, n)
    if form.shape != n.shape or len(topic_ids) != len(x):
        raise ValueError("form has one entry per issue, topic_ids one per topic")
    if np.any((form < 0) | (form > 255)):
        raise ValueError("a form has a number from 0 to 255")
    p_burst, p_topic = np.ones(len(bursts.topic)), np.ones(len(x))
    with_bursts, begins = np.unique(bursts.topic, return_index=True)
    ends = np.append(begins, len(bursts.topic))[1:]
    own = {
        topic: slice(*edges)
        for topic, *edges in zip(with_bursts.tolist(), begins.tolist(), ends.tolist(), strict=True)
    }

    def draw(topics: list[int], limit: int) -> partial[list[Array]]:
        """What finds the p of some topics in so many draws."""
        ids = [topic_ids[topic] for topic in topics]
        strengths = [bursts.strength[own[topic]] - _ROUNDING for topic in topics]
        automaton = (s, gamma, p_max)
        return partial(
            _p_of_topics, counted[topics], able, form[issue], ids, strengths, automaton, exceedances, limit
        )

    def test(topics: list[int], limit: int) -> list[int]:
        """Note the p of some topics after up to so many draws; the topics without an exceedance."""
        found = (kept or Kept()).results(
            "bursts",
            (able, form[issue], s, gamma, p_max, exceedances, limit),
            [(topic_ids[topic], counted[topic]) for topic in topics],
            lambda places: draw([topics[place] for place in places], limit),
            n_bytes=len(topics) * counted[:1].nbytes,
        )
        for topic, result in zip(topics, found, strict=True):
            p_burst[own[topic]] = result[:-1]
            p_topic[topic] = result[:-1].min()
        return [topic for topic, result in zip(topics, found, strict=True) if result[-1]]

    limit = permutations
    clear = test(list(own), limit)
    while clear and (needed := math.ceil(len(x) / (len(clear) * max_q))) > limit:
        limit = needed
        clear = test(clear, limit)
    return BurstSignificance(p_burst, p_topic)


def _p_of_topics(
    x: Ints,
    n: Ints,
    form: Ints,
    topic_ids: Sequence[str],
    strengths: Sequence[Floats],
    automaton: tuple[float, float, float],
    exceedances: int,
    limit: int,
) -> list[Array]:
    """Of each topic the p of its bursts after so many draws, then 1 without an exceedance.

    `strengths` are those of the bursts of each topic, `automaton` is s, gamma and p_max of `find_bursts`.
    """
    s, gamma, p_max = automaton
    found = []
    for first in range(0, len(x), TOPICS_AT_ONCE):
        group = slice(first, first + TOPICS_AT_ONCE)
        gains = _burst_gains(x[group], n, s, p_max)
        draws = _Draws(gains, form, [int(one, 16) for one in topic_ids[group]], _up_cost(len(n), gamma))
        weakest, strongest = np.array([(own.min(), own.max()) for own in strengths[group]]).T
        of_topics = draws.until(weakest, strongest, exceedances, limit)
        for own, drawn in zip(strengths[group], of_topics, strict=True):
            p = [_p_of(drawn >= one, exceedances, limit) for one in own]
            found.append(np.array([*p, not np.any(drawn >= own.max())], dtype=np.float64))
    return found


def _p_of(is_exceeded: Bools, exceedances: int, permutations: int) -> float:
    """The p of a burst from whether each draw reached its strength, in their order."""
    reached = np.flatnonzero(is_exceeded)
    if len(reached) >= exceedances:
        return exceedances / int(reached[exceedances - 1] + 1)
    return (len(reached) + 1) / (permutations + 1)


class _Draws:
    """Strongest bursts of permuted issues, for a group of topics; each topic has its own stream."""

    def __init__(self, gains: Floats, form: Ints, seeds: Sequence[int], up_cost: float) -> None:
        """Prepare for gains (topics, issues), a form (issues,) and one seed per topic."""
        self._gains = gains
        self._up_cost = up_cost
        self._streams = [np.random.PCG64(seed) for seed in seeds]
        # A key is: form, random bits, position. Sorted, the issues of a form come together in random order;
        # they go to the places of that form. The position makes every key differ and comes back out of it.
        places = np.arange(len(form), dtype=np.uint64)
        positions = (1 << len(form).bit_length()) - 1
        self._positions = np.uint64(positions)
        self._random = np.uint64((1 << 56) - 1 - positions)
        self._fixed = (form.astype(np.uint64) << np.uint64(56)) | places
        self._places = np.argsort(form, kind="stable")

    def until(self, weakest: Floats, strongest: Floats, exceedances: int, permutations: int) -> list[Floats]:
        """Draws of every topic until it has as many exceedances or permutations, and a few more.

        An exceedance is a draw of at least `strongest`; one below `weakest` may be 0. Both are (topics,).
        """
        rows = max(_CELLS_AT_ONCE // self._gains.shape[1], 1)
        drawn: list[list[Floats]] = [[] for _ in self._streams]
        counts = np.zeros(len(strongest), dtype=np.int64)
        active = np.arange(len(strongest))
        done = 0
        while len(active) and done < permutations:
            width = min(max(done, _FIRST_DRAWS), max(rows // len(active), 1), permutations - done)
            found = self._strongest(active, width, weakest[active])
            for topic, values in zip(active, found, strict=True):
                drawn[topic].append(values)
            counts[active] += np.sum(found >= strongest[active, None], axis=1)
            done += width
            active = active[counts[active] < exceedances]
        return [np.concatenate(values) for values in drawn]

    def _strongest(self, topics: Ints, width: int, weakest: Floats) -> Floats:
        """The next draws of some topics: (topics, width); one below its topic's `weakest` may be 0."""
        n_issues = self._gains.shape[1]
        by_issue = np.empty((n_issues, len(topics) * width))
        for row, topic in enumerate(topics):
            keys = self._streams[topic].random_raw(width * n_issues).reshape(width, n_issues)
            keys &= self._random
            keys |= self._fixed
            keys.sort(axis=1)
            keys &= self._positions
            by_issue[self._places, row * width : (row + 1) * width] = (
                self._gains[topic].take(keys.view(np.int64)).T
            )
        # No burst is stronger than the run of issues that gains most, so most draws need no path.
        strongest = np.zeros(by_issue.shape[1])
        with_burst = np.flatnonzero(_largest_gains(by_issue) > np.repeat(weakest - _ROUNDING, width))
        strongest[with_burst] = _strongest_bursts(by_issue[:, with_burst], self._up_cost)
        return strongest.reshape(len(topics), width)


def _up_cost(n_issues: int, gamma: float) -> float:
    return gamma * math.log(max(n_issues, 1))


def _burst_gains(x: Ints, n: Ints, s: float, p_max: float) -> Floats:
    """Gain of being in state 1, ln L(p1) - ln L(p0): (topics, issues); 0 without a burst state."""
    total = max(int(n.sum()), 1)
    p0 = x.sum(axis=1) / total
    p1 = np.minimum(s * p0, p_max)
    able = (p0 > 0) & (p1 > p0)
    p0, p1 = np.where(able, p0, 0.5), np.where(able, p1, 0.5)
    with_it, without = np.log(p1 / p0), np.log((1 - p1) / (1 - p0))
    gains: Floats = x * with_it[:, None] + (n - x) * without[:, None]
    return gains


def _usual_cost(x: Ints, n: Ints) -> Floats:
    """Cost of staying in state 0 throughout, (topics,)."""
    sums, total = x.sum(axis=1), int(n.sum())
    plogp = k_log_k(total)
    cost: Floats = plogp[total] - plogp[sums] - plogp[total - sums] - log_choices(n, x).sum(axis=1)
    return cost


def _leads(gains: Floats, up_cost: float) -> Floats:
    """Cost of the cheapest path to state 1 minus that to state 0 after every issue: (issues, rows).

    With two states and free steps down the forward pass of Viterbi needs this difference alone: before an
    issue it lies between 0 (step down) and up_cost (step up), and the issue's gain is taken off.
    """
    leads = np.empty_like(gains)
    lead = np.full(gains.shape[1], up_cost)
    for issue, gain in enumerate(gains):
        np.maximum(lead, 0.0, out=lead)
        np.minimum(lead, up_cost, out=lead)
        np.subtract(lead, gain, out=lead)
        leads[issue] = lead
    return leads


def _largest_gains(gains: Floats) -> Floats:
    """The largest gain of any run of issues: (rows,) from (issues, rows); 0 where none gains anything."""
    largest, so_far = np.zeros((2, gains.shape[1]))
    for gain in gains:
        np.add(so_far, gain, out=so_far)
        np.maximum(so_far, 0.0, out=so_far)
        np.maximum(largest, so_far, out=largest)
    return largest


def _cheapest_states(gains: Floats, up_cost: float) -> Bools:
    """The states of the cheapest path, True in a burst: (issues, rows) from gains of that shape."""
    leads = _leads(gains, up_cost)
    states = np.zeros(gains.shape, dtype=np.bool_)
    later = np.zeros(gains.shape[1])
    for issue in range(len(gains) - 1, -1, -1):
        # From state 1 the path was there before unless stepping up now was as cheap.
        np.less(leads[issue], later, out=states[issue])
        np.multiply(states[issue], up_cost, out=later)
    return states


def _strongest_bursts(gains: Floats, up_cost: float) -> Floats:
    """The strength of the strongest burst on the cheapest path of every row: (rows,); 0 without a burst."""
    leads = _leads(gains, up_cost)
    inside = np.zeros(gains.shape[1], dtype=np.bool_)
    later, so_far, strongest = np.zeros((3, gains.shape[1]))
    for issue in range(len(gains) - 1, -1, -1):
        np.less(leads[issue], later, out=inside)
        np.multiply(inside, up_cost, out=later)
        np.add(so_far, gains[issue], out=so_far)
        np.multiply(so_far, inside, out=so_far)
        np.maximum(strongest, so_far, out=strongest)
    return strongest
