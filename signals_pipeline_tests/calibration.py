"""How often the tests for trends, bursts and shifts speak up, with and without something to find.

`python -m signals_pipeline_tests.calibration [--topics N] [--small]` simulates topics in 150 newsletter
issues of about 19 cards and prints one table. In its first part the topics do not change, and a test at 5 %
may report 5 % of them and sampling error on top; in its second part they do, and what is reported is the
power. For contrast: over-dispersion measured within each form of an issue (`by form`), shifts without regard
to over-dispersion (`phi 1`), and two habits of the field, "50 % up, last 10 issues against the 10 before" and
the Mann-Kendall test on counts per issue.
"""

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from signals_pipeline.marts.computed.trends import trend_rules
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.bursts import burst_significance, find_bursts
from signals_pipeline.marts.statistics.counts import Bools, Floats, Ints, dominant_form, sums_of
from signals_pipeline.marts.statistics.shifts import find_shifts
from signals_pipeline.marts.statistics.special import p_two_sided
from signals_pipeline.marts.statistics.trends import find_trends

N_ISSUES = 150
DAYS = np.arange(N_ISSUES) * 10
LEVEL = 0.05
Z_99 = 2.326347874
MIN_CARDS = value("family_size", "min_cards")
SMALL, LARGE = 500, 2000
SEED = 20220710

BURST = {
    "s": value("topic_burst", "s"),
    "gamma": value("topic_burst", "gamma"),
    "p_max": value("topic_burst", "p1_max"),
}
PERMUTATION = {
    "exceedances": int(value("p_perm", "max_exceedances")),
    "permutations": int(value("p_perm", "max_permutations")),
    "max_q": value("q", "max_q"),
}
SHIFT = {
    "penalty_factor": value("topic_shift", "penalty"),
    "min_issues": int(value("topic_shift", "min_issues")),
}


@dataclass(frozen=True)
class Counts:
    """Simulated counts: `x` (forms, topics, issues) and `n` (forms, issues)."""

    x: Ints
    n: Ints


@dataclass(frozen=True)
class Rates:
    """Which fraction of the tested topics each method reports, and how many were tested."""

    n_topics: int
    trend: float
    trend_by_form: float
    burst: float
    shift: float
    shift_phi_1: float
    growth_50: float
    mann_kendall: float


def bound(n_topics: int) -> float:
    """The rate that a test at 5 % stays below with probability 99 % when so many topics are tested."""
    return LEVEL + Z_99 * math.sqrt(LEVEL * (1 - LEVEL) / n_topics)


# ---------------------------------------------------------------------------------------------------------
# What is simulated


def draw(
    rng: np.random.Generator, shares: Floats, n: Ints, carries: Floats | None = None, rho: float = 0.0
) -> Counts:
    """Counts of topics with the given shares (topics, issues) on n cards (forms, issues).

    `carries` is by how much each form lowers every share. With `rho` above 0 cards of one issue are alike:
    its share is drawn from a beta distribution with the topic's share as mean and rho as the correlation of
    two cards, and holds for the cards of all forms in the issue.
    """
    if rho:
        spread = 1 / rho - 1
        shares = rng.beta(shares * spread, (1 - shares) * spread)
    factors = np.ones(len(n)) if carries is None else carries
    return Counts(rng.binomial(n[:, None, :], shares[None] * factors[:, None, None]), n)


def steady(rng: np.random.Generator) -> Ints:
    """13 to 25 cards in every issue, of one form."""
    return rng.integers(13, 26, size=(1, N_ISSUES))


def doubling(rng: np.random.Generator) -> Ints:
    """From 12 or 13 cards an issue to twice as many."""
    return rng.poisson(np.linspace(12.7, 25.3, N_ISSUES))[None]


def changing(n: Ints, second: Floats, rng: np.random.Generator) -> Ints:
    """The cards of one form divided among two, with a probability of the second in every issue."""
    other = rng.binomial(n[0], second)
    return np.stack([n[0] - other, other])


def flat_shares(rng: np.random.Generator, n_topics: int) -> Floats:
    """Shares that do not change, 0.6 % to 15 %, spread evenly by logarithm."""
    return np.repeat(np.exp(rng.uniform(math.log(0.006), math.log(0.15), (n_topics, 1))), N_ISSUES, axis=1)


AT_ONCE = (np.arange(N_ISSUES) >= N_ISSUES // 2).astype(np.float64)
GRADUALLY = np.linspace(0.1, 0.9, N_ISSUES)
FEWER = np.array([1, 0.7])

FLAT: dict[str, Callable[[np.random.Generator, Floats], Counts]] = {
    "plain": lambda rng, p: draw(rng, p, steady(rng)),
    "twice as many cards": lambda rng, p: draw(rng, p, doubling(rng)),
    "form change, 30 % fewer": lambda rng, p: draw(rng, p, changing(steady(rng), AT_ONCE, rng), FEWER),
    "over-dispersed, rho 0.1": lambda rng, p: draw(rng, p, steady(rng), rho=0.1),
    "forms mix, drift, rho 0.1": lambda rng, p: draw(
        rng, p, changing(steady(rng), GRADUALLY, rng), FEWER, rho=0.1
    ),
    "all of these at once": lambda rng, p: draw(
        rng, p, changing(doubling(rng), AT_ONCE, rng), FEWER, rho=0.1
    ),
}
"""Corpora in which no topic changes."""


def rise(before: float, after: float) -> Floats:
    """A share whose log-odds rise evenly from the first issue to the last."""
    ends = [math.log(p / (1 - p)) for p in (before, after)]
    return 1 / (1 + np.exp(-np.linspace(*ends, N_ISSUES)))


def burst(usual: float, times: float, length: int, first: int = 90) -> Floats:
    """A share that is so many times the usual one for some issues."""
    issues = np.arange(N_ISSUES)
    return np.where((issues >= first) & (issues < first + length), usual * times, usual)


def shift(before: float, after: float) -> Floats:
    """A share that changes once, for good, after 80 issues."""
    return np.where(np.arange(N_ISSUES) < 80, before, after)


PLANTED: dict[str, Floats] = {
    "rise 1 % to 2 %": rise(0.01, 0.02),
    "rise 2 % to 4 %": rise(0.02, 0.04),
    "rise 2 % to 6 %": rise(0.02, 0.06),
    "rise 5 % to 10 %": rise(0.05, 0.1),
    "burst 1 % x 5, 6 issues": burst(0.01, 5, 6),
    "burst 3 % x 2, 10 issues": burst(0.03, 2, 10),
    "burst 3 % x 3, 10 issues": burst(0.03, 3, 10),
    "burst 3 % x 5, 6 issues": burst(0.03, 5, 6),
    "burst 10 % x 2, 10 issues": burst(0.1, 2, 10),
    "shift 2 % to 4 %": shift(0.02, 0.04),
    "shift 4 % to 8 %": shift(0.04, 0.08),
    "shift 4 % to 12 %": shift(0.04, 0.12),
}
"""Shares of topics that do change."""


# ---------------------------------------------------------------------------------------------------------
# What is tried on it


def phi_by_form(x: Ints, n: Ints) -> Floats:
    """Over-dispersion within each form of an issue: (topics,) from (forms, topics, issues), (forms, issues).

    Where every issue has one form it is `over_dispersion`; else it misses that cards of one issue are alike
    across forms.
    """
    total = np.maximum(n.sum(axis=1), 1)[:, None]
    p = x.sum(axis=2) / total
    spread = (p * (1 - p))[:, :, None] * n[:, None, :]
    rest = x - n[:, None, :] * p[:, :, None]
    measured = spread > 0
    chi2 = (rest**2 / np.where(measured, spread, 1) * measured).sum(axis=(0, 2))
    df = measured.sum(axis=(0, 2)) - ((p > 0) & (p < 1)).sum(axis=0)
    return np.where(df > 0, np.maximum(1, chi2 / np.maximum(df, 1)), 1)


def mann_kendall_z(values: Floats | Ints) -> Floats:
    """z of the Mann-Kendall test, with ties and continuity correction, for every row of (topics, issues)."""
    n = values.shape[1]
    score = np.zeros(len(values))
    for lag in range(1, n):
        score += np.sign(values[:, lag:] - values[:, :-lag]).sum(axis=1)
    ties = np.array(
        [sum(k * (k - 1) * (2 * k + 5) for k in np.unique(row, return_counts=True)[1]) for row in values]
    )
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    found = variance > 0
    return np.where(found, (score - np.sign(score)) / np.sqrt(np.where(found, variance, 1)), 0)


def grown(x: Ints) -> Bools:
    """At least 50 % more cards in the last 10 issues than in the 10 before."""
    last, before = x[:, -10:].sum(axis=1), x[:, -20:-10].sum(axis=1)
    return (last >= 1.5 * before) & (last > 0)


def rates(counts: Counts) -> Rates:
    """How many of the topics that are tested each method reports."""
    tested = counts.x.sum(axis=(0, 2)) >= MIN_CARDS
    by_form = counts.x[:, tested]
    x, n = by_form.sum(axis=0), counts.n.sum(axis=0)
    bursts = find_bursts(x, n, **BURST)
    topic_ids = [f"{topic:032x}" for topic in range(len(x))]
    significance = burst_significance(
        bursts, x, n, dominant_form(counts.n), topic_ids, **BURST, **PERMUTATION
    )
    trends = find_trends(sums_of(by_form, counts.n, DAYS), trend_rules())
    z_by_form = trends.z * np.sqrt(trends.phi / phi_by_form(by_form, counts.n))
    return Rates(
        n_topics=len(x),
        trend=float(np.mean(trends.p_trend < LEVEL)),
        trend_by_form=float(np.mean(p_two_sided(z_by_form) < LEVEL)),
        burst=float(np.mean(significance.p_topic < LEVEL)),
        shift=len(np.unique(find_shifts(by_form, counts.n, trends.phi, **SHIFT).topic)) / len(x),
        shift_phi_1=len(np.unique(find_shifts(by_form, counts.n, np.ones(len(x)), **SHIFT).topic)) / len(x),
        growth_50=float(np.mean(grown(x))),
        mann_kendall=float(np.mean(p_two_sided(mann_kendall_z(x)) < LEVEL)),
    )


def flat_rates(n_topics: int, seed: int = SEED) -> dict[str, Rates]:
    """False positive rates by corpus; every corpus has its own random numbers."""
    return {
        name: rates(make(rng, flat_shares(rng, n_topics)))
        for (name, make), rng in zip(FLAT.items(), _streams(seed, len(FLAT)), strict=True)
    }


def planted_rates(n_topics: int, seed: int = SEED) -> dict[str, Rates]:
    """Power by planted change, in the plain corpus."""
    return {
        name: rates(draw(rng, np.repeat(shares[None], n_topics, axis=0), steady(rng)))
        for (name, shares), rng in zip(PLANTED.items(), _streams(seed + 1, len(PLANTED)), strict=True)
    }


def _streams(seed: int, n: int) -> list[np.random.Generator]:
    return [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(n)]


def table(flat: dict[str, Rates], planted: dict[str, Rates]) -> Iterator[str]:
    """The lines of the printed table; rates in per cent."""
    methods = ("trend", "trend_by_form", "burst", "shift", "shift_phi_1", "growth_50", "mann_kendall")
    titles = ("trend", "by form", "burst", "shift", "phi 1", "50 % up", "MK counts")
    widths = [len(title) + 2 for title in titles]
    for title, part in (("nothing changes: false, %", flat), ("something changes: found, %", planted)):
        head = "".join(title.rjust(width) for title, width in zip(titles, widths, strict=True))
        yield f"{title:<28}{'topics':>7}{'bound':>7}{head}" if part is flat else f"{title:<42}{head}"
        for name, one in part.items():
            limit = f"{100 * bound(one.n_topics):7.1f}" if part is flat else " " * 7
            values = "".join(
                f"{100 * getattr(one, method):{width}.1f}"
                for method, width in zip(methods, widths, strict=True)
            )
            yield f"{name:<28}{one.n_topics:>7}{limit}{values}"
        yield ""


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--topics", type=int, help=f"topics in each flat corpus (default {LARGE})")
    parser.add_argument("--small", action="store_true", help=f"{SMALL} topics")
    options = parser.parse_args()
    n_topics = options.topics or (SMALL if options.small else LARGE)
    for line in table(flat_rates(n_topics), planted_rates(max(n_topics // 10, 20))):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
