"""Simulated newsletters: what happens to the shares of topics, and the counts of cards that come of it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.counts import Counts, Floats, Ints, Presence

N_ISSUES = 170
MEAN_CARDS = 15.5
N_FLAT, N_KIND = 300, 30
SEED = 20231105
ISSUES = np.arange(N_ISSUES)
WEEKLY = 7 * ISSUES
"""Days since the first issue."""

MONTHLY_THEN_WEEKLY = np.where(ISSUES < 40, 30 * ISSUES, 30 * 40 + 7 * (ISSUES - 40))
"""The same of a newsletter that comes out once a month for its first forty issues."""

MIXING = np.clip((ISSUES - 65) / 40, 0, 1)
"""Part of the cards that have the second form: it takes over during forty issues."""

ONSET = 110
"""The issue with which a topic comes up."""

WORDS: dict[str, Any] = {"each": 5, "discount": 0.7, "theta": 50}
"""How words come up: five on a card."""

_FIRST_DAY = np.datetime64("2022-06-05")


def issue_sizes(rng: np.random.Generator, mean: float = MEAN_CARDS) -> Ints:
    """The cards of every issue, (issues,)."""
    found: Ints = np.maximum(rng.poisson(mean, N_ISSUES), 1)
    return found


def in_forms(x: Ints, n: Ints, days: Ints = WEEKLY) -> Counts:
    """What the marts compute from: counts (forms, topics, issues) and (forms, issues), topics by number."""
    names = np.array([f"{topic:032x}" for topic in range(x.shape[1])], dtype=object)
    family = x.sum(axis=(0, 2)) >= value("family_size", "min_cards")
    return Counts(
        kind="keyword",
        topic_ids=names[family],
        topics=names[family],
        dates=_FIRST_DAY + days,
        x_by_form=x[:, family],
        n_by_form=n,
        presence=Presence(names, names, x.sum(axis=0)),
    )


def numbers(topic_ids: npt.NDArray[np.object_]) -> Ints:
    """The numbers of topics from their ids."""
    return np.array([int(one, 16) for one in topic_ids], dtype=np.int64)


def log_odds(share: Floats | float) -> Floats:
    """Of a share between 0 and 1."""
    return np.log(share / (1 - np.asarray(share)))


def share_of(odds: Floats) -> Floats:
    """The share with these log-odds."""
    found: Floats = 1 / (1 + np.exp(-odds))
    return found


def flat(rng: np.random.Generator, n_topics: int = N_KIND) -> Floats:
    """Shares of 1 to 8 % that do not change, spread evenly by logarithm: (topics, issues)."""
    level = np.exp(rng.uniform(np.log(0.01), np.log(0.08), (n_topics, 1)))
    return np.repeat(level, N_ISSUES, axis=1)


def line(before: float, after: float, first: int = 0) -> Floats:
    """A share whose log-odds go evenly from one level to another, from an issue to the last one."""
    return ramp(before, after, N_ISSUES - 1 - first, 1)


def growing(factor: float, last: float) -> Floats:
    """A share whose log-odds rise by that of a factor each year, to one in the last issue."""
    years = (WEEKLY - WEEKLY[-1]) / value("log_odds_per_year", "days_per_year")
    return share_of(log_odds(last) + np.log(factor) * years)


def ramp(before: float, after: float, length: int, ago: int) -> Floats:
    """A share whose log-odds went evenly to another level, which they reached so many issues ago."""
    low, high = log_odds(before), log_odds(after)
    return share_of(low + (high - low) * np.clip((ISSUES - (N_ISSUES - ago - length)) / length, 0, 1))


def step(before: float, after: float, ago: int) -> Floats:
    """A share that changed once, so many issues ago."""
    return np.where(N_ISSUES - ago > ISSUES, before, after)


def onset(level: float, first: int) -> Floats:
    """A share that comes up from nothing to a level, over eight issues from one on."""
    return level * np.clip((ISSUES - first + 1) / 8, 0, 1)


def born_late(rng: np.random.Generator, nearest: int = 80, farthest: int = 140) -> Floats:
    """Flat since they came up so many issues ago: (topics, issues)."""
    ago = rng.integers(nearest, farthest + 1, (N_KIND, 1))
    return np.where(N_ISSUES - ago > ISSUES, 0, flat(rng))


def waves(rng: np.random.Generator, rho: float) -> Floats:
    """Attention that comes and goes, AR(1) in log-odds with a standard deviation of .6: (topics, issues)."""
    level = flat(rng)
    noise = rng.normal(size=level.shape)
    wave = noise.copy()
    for issue in range(1, N_ISSUES):
        wave[:, issue] = rho * wave[:, issue - 1] + np.sqrt(1 - rho**2) * noise[:, issue]
    return share_of(log_odds(level) + 0.6 * wave)


def seasons(rng: np.random.Generator, amplitude: float) -> Floats:
    """Log-odds that go up and down by the amplitude every year, each topic at its time: (topics, issues)."""
    phase = rng.uniform(0, 2 * np.pi, (N_KIND, 1))
    year = 2 * np.pi * WEEKLY / value("log_odds_per_year", "days_per_year")
    return share_of(log_odds(flat(rng)) + amplitude * np.sin(year + phase))


def stories(rng: np.random.Generator, n: Ints, more: float) -> Ints:
    """Counts of flat topics whose cards come in stories: (topics, issues).

    A story has a card in an issue and on average `more` others, a Poisson number, half of which fall in the
    issue and half in the next one.
    """
    begun = rng.poisson(flat(rng) * n / (1 + more))
    others = rng.poisson(more * begun)
    later = rng.binomial(others, 0.5)
    x = begun + others - later
    x[:, 1:] += later[:, :-1]
    return np.minimum(x, n)


def by_form(rng: np.random.Generator, n: Ints, shares: Floats, odds: Floats) -> tuple[Ints, Ints]:
    """Counts by form while the second takes over: (forms, topics, issues) and (forms, issues).

    `odds` (forms, topics) says by how much the odds of a card naming the topic are multiplied in a form.
    """
    second = rng.binomial(n, MIXING)
    able = np.stack([n - second, second])
    p = share_of(log_odds(shares) + np.log(odds)[:, :, None])
    return rng.binomial(able[:, None], p), able


def words_that_come_up(
    rng: np.random.Generator, n: Ints, *, each: int, discount: float, theta: float
) -> Ints:
    """Counts of topics in an exchangeable corpus in which new ones come up all the time: (topics, issues).

    The two-parameter Chinese restaurant of Pitman and Yor (1997, Annals of Probability 25, 855-900): `each`
    topics are drawn for a card, each a new one with probability (theta + discount topics) / (theta + draws so
    far), else one of before in proportion to its draws minus the discount.
    """
    total = int(n.sum()) * each
    topic = np.empty(total, dtype=np.int64)
    counts: list[int] = []
    for place, u in enumerate(rng.random(total).tolist()):
        if u * (theta + place) < theta + discount * len(counts):
            topic[place] = len(counts)
            counts.append(1)
            continue
        while True:
            # One of the draws so far, kept with the part of it that is not discounted.
            old = int(topic[int(rng.random() * place)])
            if rng.random() * counts[old] < counts[old] - discount:
                break
        topic[place] = old
        counts[old] += 1
    card = np.repeat(np.arange(int(n.sum())), each)
    pairs = np.unique(np.stack([topic, card]), axis=1)
    x = np.zeros((len(counts), len(n)), dtype=np.int64)
    np.add.at(x, (pairs[0], np.repeat(np.arange(len(n)), n)[pairs[1]]), 1)
    return x
