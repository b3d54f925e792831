"""Ideas that several phrasings name: what is called of the idea, and what of its phrasings by themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from signals_pipeline.marts.computed.events import bursts
from signals_pipeline.marts.computed.trends import presence, trends
from signals_pipeline.marts.kept import Kept
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.counts import Bools, Counts, Floats, Ints
from signals_pipeline_tests.calibrations import worlds
from signals_pipeline_tests.calibrations.figures import Bar, Figure
from signals_pipeline_tests.calibrations.worlds import N_FLAT, N_ISSUES, N_KIND, SEED
from signals_pipeline_tests.plants import idea_shares

MAX_Q = value("q", "max_q")
N_CARDS = 3_000

CONCEPT = "called as a concept"
ALONE = "a phrasing is called"
ONLY_CONCEPT = "the concept is called and no phrasing"
REPLACED = "told as a change of words"
"""One phrasing falls, another one rises, and the concept is not called."""


@dataclass(frozen=True)
class Idea:
    """The share of an idea at first and at last, its pattern, and the figures that have a bar or are told."""

    pattern: str
    before: float
    after: float
    bars: dict[str, Bar]

    def shares(self) -> Floats:
        """Those of its phrasings: (phrasings, issues)."""
        parts = np.linspace(0, 1, N_ISSUES).tolist()
        return np.array([idea_shares(self.pattern, self.before, self.after, part) for part in parts]).T


IDEAS = {
    "2 to 6 % in five phrasings": Idea(
        "rise",
        0.02,
        0.06,
        {CONCEPT: Bar(0.35, is_floor=True), ALONE: Bar(), ONLY_CONCEPT: Bar(0.3, is_floor=True)},
    ),
    "flat at 15 %, new phrasings for old": Idea(
        "replaced", 0.15, 0.15, {CONCEPT: Bar(0.05), ALONE: Bar(), REPLACED: Bar(0.5, is_floor=True)}
    ),
    "flat at 15 % in five phrasings": Idea("rise", 0.15, 0.15, {CONCEPT: Bar(0.05), REPLACED: Bar(0.001)}),
}


def phrasings(rng: np.random.Generator, n: Ints, shares: Floats) -> Ints:
    """Counts of the phrasings of thirty ideas, one at most on a card: (ideas, phrasings, issues)."""
    none = 1 - shares.sum(axis=0)
    drawn = rng.multinomial(n[:, None], np.vstack([shares, none]).T[:, None], size=(N_ISSUES, N_KIND))
    return np.moveaxis(drawn[:, :, :-1], 0, 2)


def stages(counts: Counts) -> npt.NDArray[np.str_]:
    """The stage of every topic where it is emerging, rising or falling, else "": (topics,)."""
    found = np.full(len(counts.presence.x), "", dtype="<U8")
    trend, there, burst = (next(compute(counts, Kept())) for compute in (trends, presence, bursts))
    called = np.isin(trend["call"], ["rising", "falling"])
    found[worlds.numbers(trend["topic_id"][called])] = trend["call"][called]
    is_bursting = burst["is_open"] & (burst["q"] < MAX_Q)
    found[worlds.numbers(burst["topic_id"][is_bursting])] = ""
    last_seen = N_ISSUES - 1 - np.argmax(counts.presence.x[:, ::-1] > 0, axis=1)
    found[N_ISSUES - 1 - last_seen >= value("n_returning_topics", "gap")] = ""
    q = there["q_emerging"].to_numpy(zero_copy_only=False)
    found[worlds.numbers(there["topic_id"][q < MAX_Q])] = "emerging"
    return found


def called(rng: np.random.Generator, idea: Idea) -> dict[str, Bools]:
    """What is called of thirty ideas beside flat topics, by the name of the figure: (ideas,)."""
    n = worlds.issue_sizes(rng, N_CARDS / N_ISSUES)
    x = phrasings(rng, n, idea.shares())
    flat = rng.binomial(n, worlds.flat(rng, N_FLAT))
    # The flat topics come first, so that ideas are found by their number.
    of_ideas, of_names = (
        stages(worlds.in_forms(np.concatenate([flat, one])[None], n[None]))[N_FLAT:]
        for one in (x.sum(axis=1), x.reshape(-1, N_ISSUES))
    )
    by_idea = of_names.reshape(N_KIND, -1)
    up = np.isin(by_idea, ["rising", "emerging"]).any(axis=1)
    down = (by_idea == "falling").any(axis=1)
    is_called = of_ideas != ""
    alone = up | down
    return {
        CONCEPT: is_called,
        ALONE: alone,
        ONLY_CONCEPT: is_called & ~alone,
        REPLACED: up & down & ~is_called,
    }


def figures_of_ideas(n_families: int) -> Iterator[Figure]:
    """What is called of each kind of ideas."""
    for number, (name, idea) in enumerate(IDEAS.items()):
        rng = np.random.default_rng([SEED, 400, number])
        found = [called(rng, idea) for _ in range(n_families)]
        for what, bar in idea.bars.items():
            ideas = np.concatenate([one[what] for one in found])
            yield Figure(f"{name}: {what}", bar, float(np.mean(ideas)), len(ideas))
