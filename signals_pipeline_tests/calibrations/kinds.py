"""What is called of thirty topics of a kind beside 300 flat ones, with the data up to the last issue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from signals_pipeline.marts.computed.trends import trend_rules
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.calls import Call, decide, depends_on_shape
from signals_pipeline.marts.statistics.counts import Floats, Ints, sums_of
from signals_pipeline.marts.statistics.trends import find_trends, line_against_step
from signals_pipeline_tests.calibrations import worlds
from signals_pipeline_tests.calibrations.figures import Bar, Figure
from signals_pipeline_tests.calibrations.worlds import ISSUES, N_FLAT, N_ISSUES, N_KIND, SEED

MAX_Q = value("q", "max_q")

Draw = Callable[[np.random.Generator, Ints], Ints]
"""Counts of thirty topics, (topics, issues), on so many cards, (issues,)."""

RISING, MOVING, UP, STEADY = "called rising", "called rising or falling", "span up", "called steady"


@dataclass(frozen=True)
class Kind:
    """What thirty topics do, and the bars of what is called of them.

    `days` are those since the first issue, `cards` the mean number in an issue. Only the last `n_issues` are
    looked at, as if there had been none before.
    """

    draw: Draw
    bars: dict[str, Bar]
    days: Ints = field(default_factory=lambda: worlds.WEEKLY)
    cards: float = worlds.MEAN_CARDS
    n_issues: int = N_ISSUES


def with_shares(shares: Callable[[np.random.Generator], Floats]) -> Draw:
    """Cards that have a topic independently, with its share."""
    return lambda rng, n: rng.binomial(n, shares(rng))


def fixed(*lines: Floats) -> Draw:
    """Thirty topics on some lines, as many on each."""
    return with_shares(lambda rng: np.repeat(np.stack(lines), N_KIND // len(lines), axis=0))


KINDS: dict[str, Kind] = {
    "iid": Kind(with_shares(worlds.flat), {MOVING: Bar(0.001, before="0")}),
    "born 80 to 140 issues ago, flat": Kind(
        with_shares(worlds.born_late), {RISING: Bar(0.02, before="82 %")}
    ),
    "the same, halved 40 issues ago": Kind(
        with_shares(lambda rng: worlds.born_late(rng) * np.where(ISSUES < N_ISSUES - 40, 1, 0.5)),
        {RISING: Bar(0.02, before="77 %")},
    ),
    "step 80 issues ago": Kind(
        fixed(worlds.step(0.02, 0.06, 80), worlds.step(0.02, 0.08, 80), worlds.step(0.03, 0.09, 80)),
        {RISING: Bar(0.15, before="99 %")},
    ),
    "ramp ended 80 issues ago": Kind(
        fixed(
            worlds.ramp(0.02, 0.08, 80, 80), worlds.ramp(0.02, 0.06, 40, 80), worlds.ramp(0.02, 0.08, 20, 80)
        ),
        {RISING: Bar(0.2, before="99 %")},
    ),
    "lasting 2 to 8 %": Kind(
        fixed(worlds.line(0.02, 0.08)),
        {RISING: Bar(0.55, is_floor=True, before="97 %"), UP: Bar(0.88, is_floor=True, before="97 %")},
    ),
    "lasting 2 to 6 %": Kind(
        fixed(worlds.line(0.02, 0.06)),
        {RISING: Bar(0.35, is_floor=True, before="62 %"), UP: Bar(0.55, is_floor=True, before="62 %")},
    ),
    "lasting 5 to 12 %": Kind(
        fixed(worlds.line(0.05, 0.12)),
        {RISING: Bar(0.45, is_floor=True, before="74 %"), UP: Bar(0.7, is_floor=True, before="74 %")},
    ),
    "2 to 12 % in the last 60": Kind(
        fixed(worlds.line(0.02, 0.12, N_ISSUES - 60)), {RISING: Bar(0.7, is_floor=True, before="100 %")}
    ),
    "waves, rho .6": Kind(with_shares(lambda rng: worlds.waves(rng, 0.6)), {MOVING: Bar()}),
    "waves, rho .8": Kind(with_shares(lambda rng: worlds.waves(rng, 0.8)), {MOVING: Bar(0.01, before="8 %")}),
    "waves, rho .9": Kind(
        with_shares(lambda rng: worlds.waves(rng, 0.9)), {MOVING: Bar(0.02, before="17 %")}
    ),
    "waves, rho .95": Kind(
        with_shares(lambda rng: worlds.waves(rng, 0.95)), {MOVING: Bar(0.06, before="21 %")}
    ),
    "stories of 1 + Poisson(2) cards": Kind(lambda rng, n: worlds.stories(rng, n, 2), {MOVING: Bar()}),
    "stories of 1 + Poisson(5) cards": Kind(lambda rng, n: worlds.stories(rng, n, 5), {MOVING: Bar()}),
    "40 issues monthly, then weekly": Kind(
        with_shares(worlds.flat), {MOVING: Bar()}, days=worlds.MONTHLY_THEN_WEEKLY
    ),
    "seasons of amplitude .5": Kind(with_shares(lambda rng: worlds.seasons(rng, 0.5)), {MOVING: Bar()}),
    "seasons of amplitude .8": Kind(with_shares(lambda rng: worlds.seasons(rng, 0.8)), {MOVING: Bar()}),
    # Rare ones may be steady by points, so what doubles each year is the hardest to tell from them.
    "twice as frequent each year, to 2 %": Kind(
        fixed(worlds.growing(2, 0.02), worlds.growing(2, 0.015), worlds.growing(2, 0.01)),
        {STEADY: Bar(0.05), RISING: Bar()},
    ),
    # A young newsletter with large issues: there are too few blocks of them for a prior of waves.
    **{
        f"48 issues of 60 cards, {name}": Kind(draw, bars, cards=60, n_issues=48)
        for name, draw, bars in (
            ("iid", with_shares(worlds.flat), {MOVING: Bar(0.001)}),
            (
                "born 12 to 40 issues ago, flat",
                with_shares(lambda rng: worlds.born_late(rng, 12, 40)),
                {RISING: Bar()},
            ),
            ("waves, rho .8", with_shares(lambda rng: worlds.waves(rng, 0.8)), {MOVING: Bar()}),
            ("waves, rho .9", with_shares(lambda rng: worlds.waves(rng, 0.9)), {MOVING: Bar()}),
        )
    },
}


def called(rng: np.random.Generator, kind: Kind) -> dict[str, Floats]:
    """What is called of the topics of a kind beside flat ones, 1 or 0 each, by the name of the figure."""
    n = worlds.issue_sizes(rng, kind.cards)
    x = np.concatenate([kind.draw(rng, n), rng.binomial(n, worlds.flat(rng, N_FLAT))])
    x, n, days = x[:, -kind.n_issues :], n[-kind.n_issues :], kind.days[-kind.n_issues :]
    family = x.sum(axis=1) >= value("family_size", "min_cards")
    rules = trend_rules()
    sums = sums_of(x[None, family], n[None], days)
    trends = find_trends(sums, rules)
    shape = line_against_step(sums, trends.phi, depends_on_shape(trends, rules), rules)
    calls = decide(trends, shape, rules)[: family[:N_KIND].sum()]
    up = (trends.q_trend < MAX_Q) & (trends.log_odds > 0)
    return {
        RISING: (calls == Call.RISING).astype(np.float64),
        MOVING: np.isin(calls, [Call.RISING, Call.FALLING]).astype(np.float64),
        UP: up[: len(calls)].astype(np.float64),
        STEADY: (calls == Call.STEADY).astype(np.float64),
    }


def figures_of_kinds(n_families: int) -> Iterator[Figure]:
    """What is called of each kind of topics."""
    for number, (name, kind) in enumerate(KINDS.items()):
        rng = np.random.default_rng([SEED, number])
        found = [called(rng, kind) for _ in range(n_families)]
        for what, bar in kind.bars.items():
            topics = np.concatenate([one[what] for one in found])
            yield Figure(f"{name}: {what}", bar, float(np.mean(topics)), len(topics))
