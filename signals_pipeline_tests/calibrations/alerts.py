"""Which alerts come up with which newsletter issue: those that are new, looked at after every issue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from signals_pipeline.marts.computed.events import bursts, shifts
from signals_pipeline.marts.computed.rows import before
from signals_pipeline.marts.computed.trends import history, presence
from signals_pipeline.marts.kept import Kept
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.counts import Bools, Counts, Ints, running
from signals_pipeline_tests.calibrations import worlds
from signals_pipeline_tests.calibrations.figures import Bar, Figure
from signals_pipeline_tests.calibrations.worlds import SEED

MAX_Q = value("q", "max_q")
QUIET_ISSUES = int(value("alert", "quiet_issues"))
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
    rows = next(history(counts, Kept()))
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
        burst, shift, there = (next(compute(known, Kept())) for compute in (bursts, shifts, presence))
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


def just_after(holds: Bools) -> Bools:
    """Whether something held with the issue before: (topics, issues)."""
    return np.pad(holds[:, :-1], ((0, 0), (1, 0)))


def is_quiet(holds: Bools, n_issues: int) -> Bools:
    """Whether something held in none of so many issues before: (topics, issues)."""
    sums = running(holds.astype(np.int64))
    here = np.arange(holds.shape[1])
    return sums[:, here] == sums[:, np.maximum(here - n_issues, 0)]


@dataclass(frozen=True)
class Looks:
    """What was said as of every issue from FROM_ISSUE on; all (topics, issues).

    `called` is what `call_history` calls a topic, `stage` its stage where alerts depend on it, `events` are
    bursts, new shifts and returns, and `x` are the counts.
    """

    called: Texts
    stage: Texts
    events: dict[str, Bools]
    x: Ints


def look(counts: Counts) -> Looks:
    """What is said of topics as of every issue."""
    called, found = calls(counts), events(counts)
    stage = stages(counts, called, found["burst"], found["back"])
    return Looks(called, stage, found, counts.presence.x)


def new_alerts(looks: Looks, quiet_issues: int) -> dict[str, Bools]:
    """Which alerts are new with which issue, by their kind: (topics, issues), nothing before FROM_ISSUE.

    The rules are those of the mart `alert`, with its parameter `quiet_issues`.
    """
    called, stage, found, x = looks.called, looks.stage, looks.events, looks.x
    new = {
        kind: (stage == name)
        & (begins(called == name) & is_quiet(called == name, quiet_issues) | just_after(stage == "new"))
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


@dataclass(frozen=True)
class Null:
    """A corpus in which nothing changes, as counts (topics, issues), and the bars of its new alerts."""

    draw: Callable[[np.random.Generator, Ints], Ints]
    bars: dict[str, Bar]


NULLS = {
    # By the law of Zipf, so few of them have enough cards for a trend.
    "1,500 topics as frequent as words": Null(
        lambda rng, n: rng.binomial(n, np.minimum(0.5, 0.3 / np.arange(1, 1501))[:, None]),
        {"returning": Bar(0.2, before="4.1"), "all": Bar(0.3)},
    ),
    "words come up, none grows": Null(
        lambda rng, n: worlds.words_that_come_up(rng, n, **worlds.WORDS), {"emerging": Bar(0.05)}
    ),
    "1,500 topics of 0.4 to 8 %": Null(
        lambda rng, n: rng.binomial(n, np.exp(rng.uniform(np.log(0.004), np.log(0.08), (1500, 1)))),
        {"returning": Bar(0.2), "all": Bar(0.3)},
    ),
}
"""The last one takes by far the longest: all of its topics are tested, after every issue."""


def figures_of_null(name: str, n_corpora: int) -> Iterator[Figure]:
    """New alerts an issue where nothing changes, by kind of alert and all together."""
    rng = np.random.default_rng([SEED, 100, list(NULLS).index(name)])
    rates: list[dict[str, float]] = []
    for _ in range(n_corpora):
        n = worlds.issue_sizes(rng)
        new = new_alerts(look(worlds.in_forms(NULLS[name].draw(rng, n)[None], n[None])), QUIET_ISSUES)
        rates.append({kind: an_issue(alerts) for kind, alerts in new.items()})
    for kind in [*rates[0], "all"]:
        found = [sum(one.values()) if kind == "all" else one[kind] for one in rates]
        bar = NULLS[name].bars.get(kind, Bar())
        n_issues = n_corpora * (worlds.N_ISSUES - FROM_ISSUE)
        yield Figure(f"{name}: new alerts an issue, {kind}", bar, float(np.mean(found)), n_issues)


RISES = {
    "lasting 2 to 8 %": worlds.line(0.02, 0.08),
    "onset to 5 %": worlds.onset(0.05, worlds.ONSET),
}
"""What topics do that truly rise."""


def figures_of_announcements(n_topics: int) -> Iterator[Figure]:
    """How often topics that truly rise are announced, if they are at all, beside 300 flat ones."""
    for number, (name, shares) in enumerate(RISES.items()):
        rng = np.random.default_rng([SEED, 101, number])
        n = worlds.issue_sizes(rng)
        p = np.concatenate([np.repeat(shares[None], n_topics, axis=0), worlds.flat(rng, worlds.N_FLAT)])
        looks = look(worlds.in_forms(rng.binomial(n, p)[None], n[None]))
        times = {
            quiet: {kind: alerts[:n_topics].sum(axis=1) for kind, alerts in new_alerts(looks, quiet).items()}
            for quiet in (QUIET_ISSUES, 0)
        }
        for kind in ("rise", "emerging"):
            what = f"{name}: times announced, {kind}"
            if times[QUIET_ISSUES][kind].any():
                yield Figure(what, Bar(before="1.7"), _times(times[QUIET_ISSUES][kind]))
                yield Figure(f"{what}, if it were without quiet_issues", Bar(), _times(times[0][kind]))
        is_called = np.isin(looks.stage[:n_topics, FROM_ISSUE:], ["rising", "emerging"]).any(axis=1)
        is_announced = times[QUIET_ISSUES]["rise"] + times[QUIET_ISSUES]["emerging"] > 0
        missing = float(np.mean(~is_announced[is_called]))
        yield Figure(f"{name}: of those called rising or emerging, never announced as it", Bar(), missing)


def _times(announced: Ints) -> float:
    """How often topics are announced that are at all."""
    return float(announced[announced > 0].mean())
