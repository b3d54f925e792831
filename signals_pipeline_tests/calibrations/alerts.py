"""Which alerts come up with which newsletter issue: those that are new, looked at after every issue."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from signals_pipeline.marts.computed import bursts, history, presence, shifts
from signals_pipeline.marts.computed.rows import before
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.counts import Bools, Counts, Ints, running
from signals_pipeline_tests.calibrations import worlds
from signals_pipeline_tests.calibrations.figures import Bar, Figure
from signals_pipeline_tests.calibrations.worlds import N_KIND, SEED

MAX_Q = value("q", "max_q")
FROM_ISSUE = 40
"""A corpus is looked at after every issue from this one on."""

Texts = npt.NDArray[np.str_]


def as_of_every_issue(counts: Counts) -> Iterator[tuple[int, Counts]]:
    """The last issue known, and what was known then: from the last issue of all back to FROM_ISSUE - 1."""
    for last in range(len(counts.dates) - 1, FROM_ISSUE - 2, -1):
        yield last, counts
        counts = before(counts)


def calls(counts: Counts) -> Texts:
    """What `call_history` has called every topic as of every issue, "" for nothing: (topics, issues)."""
    rows = next(history(counts))
    called = np.full(counts.presence.x.shape, "", dtype="<U8")
    first = np.searchsorted(counts.dates, rows["called_from"])
    to = rows["called_to"].to_numpy(zero_copy_only=False)
    last = np.where(np.isnat(to), len(counts.dates) - 1, np.searchsorted(counts.dates, to))
    for topic, begin, end, stage in zip(
        worlds.numbers(rows["topic_id"]), first, last, rows["stage"], strict=True
    ):
        called[topic, begin : end + 1] = stage
    return called


def events(counts: Counts) -> dict[str, Bools]:
    """Topics in a significant open burst, with a new shift, and that are back, as of every issue."""
    found = {name: np.zeros(counts.presence.x.shape, dtype=np.bool_) for name in ("burst", "shift", "back")}
    for last, known in as_of_every_issue(counts):
        burst, shift, there = (next(compute(known)) for compute in (bursts, shifts, presence))
        bursting = burst["is_open"] & (burst["q"] < MAX_Q)
        found["burst"][worlds.numbers(burst["topic_id"][bursting]), last] = True
        found["shift"][worlds.numbers(shift["topic_id"][shift["is_new"]]), last] = True
        found["back"][worlds.numbers(there["topic_id"][there["is_returning"]]), last] = True
    return found


def stages(counts: Counts, called: Texts, bursting: Bools, back: Bools) -> Texts:
    """The stages that alerts are about, by the order of topic_momentum: (topics, issues)."""
    x = counts.presence.x
    issue = np.arange(x.shape[1])
    last_seen = np.maximum.accumulate(np.where(x > 0, issue, -1), axis=1)
    in_family = np.cumsum(x, axis=1) >= value("family_size", "min_cards")
    conditions = {
        "none": last_seen < 0,
        "new": issues_since_first(x) <= value("stage", "new_issues"),
        "emerging": called == "emerging",
        "thin": ~in_family,
        "dormant": issue - last_seen >= value("n_returning_topics", "gap"),
        "bursting": bursting,
        **{one: called == one for one in ("rising", "falling", "risen", "fallen")},
        "returning": back,
    }
    return np.select(list(conditions.values()), list(conditions), default="other")


def issues_since_first(x: Ints) -> Ints:
    """How many issues ago a topic was first seen, below 0 before: (topics, issues)."""
    return np.arange(x.shape[1]) - np.where(x.any(axis=1), np.argmax(x > 0, axis=1), x.shape[1])[:, None]


def begins(holds: Bools) -> Bools:
    """Whether something holds that did not with the issue before: (topics, issues)."""
    return np.diff(holds, axis=1, prepend=False) & holds


def is_quiet(holds: Bools, n_issues: int) -> Bools:
    """Whether something held in none of so many issues before: (topics, issues)."""
    sums = running(holds.astype(np.int64))
    here = np.arange(holds.shape[1])
    return sums[:, here] == sums[:, np.maximum(here - n_issues, 0)]


def new_alerts(counts: Counts, quiet_issues: int | None = None) -> dict[str, Bools]:
    """Which alerts are new with which issue, by their kind: (topics, issues), nothing before FROM_ISSUE.

    The rules are those of the mart `alert`; `quiet_issues` is its parameter, or another in its place.
    """
    quiet = int(value("alert", "quiet_issues")) if quiet_issues is None else quiet_issues
    called, found = calls(counts), events(counts)
    stage = stages(counts, called, found["burst"], found["back"])
    x = counts.presence.x
    new = {
        kind: begins(called == name) & is_quiet(called == name, quiet) & (stage == name)
        for kind, name in (("rise", "rising"), ("fall", "falling"), ("emerging", "emerging"))
    } | {
        "returning": begins(stage == "returning"),
        "burst": begins(found["burst"]),
        "shift": found["shift"],
        "new": (issues_since_first(x) == 0) & (x >= value("alert", "new_min_cards")),
    }
    for one in new.values():
        one[:, :FROM_ISSUE] = False
    return new


def an_issue(alerts: Bools) -> float:
    """How many alerts come up in an issue."""
    return float(alerts[:, FROM_ISSUE:].sum() / (alerts.shape[1] - FROM_ISSUE))


NULLS = {
    "1,500 words, none changes": lambda rng: np.minimum(0.5, 0.3 / np.arange(1, 1501))[:, None],
    "1,500 topics of 0.4 to 8 %": lambda rng: np.exp(rng.uniform(np.log(0.004), np.log(0.08), (1500, 1))),
}
