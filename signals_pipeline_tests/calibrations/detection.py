"""How soon a topic that comes up is in an alert, each beside a corpus in which none grows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from signals_pipeline.marts.computed.rows import before
from signals_pipeline.marts.computed.trends import dispersion, trend_rules
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.bursts import burst_significance, find_bursts
from signals_pipeline.marts.statistics.calls import Call, find_calls
from signals_pipeline.marts.statistics.counts import Counts, Ints, dominant_form, sums_of
from signals_pipeline.marts.statistics.emergence import find_emergence_by_issue
from signals_pipeline.marts.statistics.shifts import find_shifts
from signals_pipeline_tests.calibrations import worlds
from signals_pipeline_tests.calibrations.figures import Bar, Figure
from signals_pipeline_tests.calibrations.worlds import ONSET, SEED

MAX_Q = value("q", "max_q")
LEVELS = (0.01, 0.02, 0.03, 0.05, 0.1)
WITHIN = (8, 12, 16, 24)
KINDS = ("emerging", "rise", "shift", "burst")
TOPICS_A_CORPUS = 20
WINDOWS = [int(value("p_emerging", name)) for name in ("short_issues", "middle_issues", "long_issues")]
MIN_ISSUES = int(value("p_emerging", "min_issues"))

_AUTOMATON = {
    "s": value("topic_burst", "s"),
    "gamma": value("topic_burst", "gamma"),
    "p_max": value("topic_burst", "p1_max"),
}


@dataclass(frozen=True)
class Found:
    """The first alert of a topic, which is new then: how many issues from its onset on, and its kind.

    `delay` is 1 where it comes with the issue of the onset; it is infinite, and `kind` "", where none comes.
    """

    delay: float
    kind: str


def as_of_every_issue(counts: Counts) -> list[Counts]:
    """What was known with every issue from the onset on."""
    known = [counts]
    while len(known[-1].dates) > ONSET + 1:
        known.append(before(known[-1]))
    return known[::-1]


def first_alert(x: Ints, n: Ints) -> Found:
    """The first alert of the last topic of some: emerging, a rise, a shift or a burst.

    A burst is held against the family as if no other topic had one. A rise is also that of a topic in a burst
    that is not significant or has ended; what the mart says of a topic that is new is not counted.
    """
    rules = trend_rules()
    q = find_emergence_by_issue(x > 0, n, windows=WINDOWS, min_issues=MIN_ISSUES).q[-1]
    first_seen = int(np.argmax(x[-1] > 0))
    name = f"{len(x) - 1:032x}"
    for counts in as_of_every_issue(worlds.in_forms(x[None], n[None])):
        last = len(counts.dates) - 1
        is_old = last - first_seen > value("stage", "new_issues")
        if is_old and q[last] < MAX_Q:
            return Found(last - ONSET + 1, "emerging")
        family = counts.topic_ids.tolist()
        if name not in family:
            continue
        calls = find_calls(sums_of(counts.x_by_form, counts.n_by_form, counts.days), rules)
        if is_old and calls[-1] == Call.RISING:
            return Found(last - ONSET + 1, "rise")
        if _has_shift(counts) or _has_burst(counts):
            return Found(last - ONSET + 1, "shift" if _has_shift(counts) else "burst")
    return Found(np.inf, "")


def _has_shift(counts: Counts) -> bool:
    """Whether the last topic has a shift so late that there is an alert."""
    found = find_shifts(
        counts.x_by_form[:, -1:],
        counts.n_by_form,
        dispersion(counts)[-1:],
        penalty_factor=value("topic_shift", "penalty"),
        min_issues=int(value("topic_shift", "min_issues")),
    )
    return bool(np.any(found.issue >= len(counts.dates) - value("alert", "shift_issues")))


def _has_burst(counts: Counts) -> bool:
    """Whether the last topic is in a burst that would be significant if no other topic had one."""
    x, n = counts.x[-1:], counts.n
    found = find_bursts(x, n, **_AUTOMATON)
    significance = burst_significance(
        found,
        x,
        n,
        dominant_form(counts.n_by_form),
        counts.topic_ids[-1:].tolist(),
        exceedances=int(value("p_perm", "max_exceedances")),
        permutations=int(value("p_perm", "max_permutations")),
        max_q=MAX_Q,
        **_AUTOMATON,
    )
    return bool(np.any(found.is_open & (significance.p_burst * len(counts.topic_ids) < MAX_Q)))


def detect(n_topics: int) -> dict[float, list[Found]]:
    """The first alerts of topics that come up to each level, in corpora of twenty such topics a level."""
    found: dict[float, list[Found]] = {level: [] for level in LEVELS}
    rng = np.random.default_rng([SEED, 300])
    for first in range(0, n_topics, TOPICS_A_CORPUS):
        n = worlds.issue_sizes(rng)
        words = worlds.words_that_come_up(rng, n, **worlds.WORDS)
        words = words[(words > 0).sum(axis=1) >= MIN_ISSUES]
        for level in LEVELS:
            for _ in range(first, min(first + TOPICS_A_CORPUS, n_topics)):
                topic = rng.binomial(n, worlds.onset(level, ONSET))
                found[level].append(first_alert(np.vstack([words, topic]), n))
    return found


def within(found: list[Found], n_issues: int) -> float:
    """The part of the topics with an alert by so many issues from the onset on."""
    return float(np.mean([one.delay <= n_issues for one in found]))


def median(found: list[Found]) -> float:
    """The median issues from the onset to the first alert, infinite where fewer than half have one."""
    return float(np.median([one.delay for one in found]))


def figures_of_detection(found: dict[float, list[Found]]) -> Iterator[Figure]:
    """What has a bar in the table of detection."""
    five, what = found[0.05], "onset to 5 % over 8 issues"
    yield Figure(f"{what}: median issues to the first alert", Bar(11, before="14"), median(five))
    yield Figure(
        f"{what}: alert by issue 12", Bar(0.65, is_floor=True, before="32 %"), within(five, 12), len(five)
    )


def detection_table(found: dict[float, list[Found]]) -> Iterator[str]:
    """How soon topics that come up over eight issues are in an alert, by level, as lines."""
    heads = ["median", *(f"by {issues}" for issues in WITHIN), *KINDS, "none"]
    yield f"{'onset to':12}" + "".join(f"{head:>10}" for head in heads)
    for level, topics in found.items():
        rates = [within(topics, issues) for issues in WITHIN]
        rates += [float(np.mean([one.kind == kind for one in topics])) for kind in (*KINDS, "")]
        cells = "".join(f"{rate:>10.0%}" for rate in rates)
        yield f"{f'{100 * level:g} %':12}{median(topics):>10g}{cells}"
