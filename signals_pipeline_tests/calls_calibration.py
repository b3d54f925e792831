"""How often a topic is called what it is not, and how soon one that changes is called.

`python -m signals_pipeline_tests.calls_calibration [--families N]` simulates families of 300 topics that do
not change and 30 of a kind, in 170 weekly newsletter issues of about 15.5 cards, and prints what is called of
the 30 with the data up to the last issue. Then it looks at corpora after every issue: in which words come up
all the time and none grows, and in which one does. Beside each figure stand the bar that it has to meet, and
what it was before directions were told apart from trends.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from signals_pipeline.marts.computed.trends import trend_rules
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.calls import Call, decide, depends_on_shape
from signals_pipeline.marts.statistics.counts import Bools, Floats, Ints, sums_of
from signals_pipeline.marts.statistics.emergence import find_emergence_by_issue
from signals_pipeline.marts.statistics.returns import find_returns
from signals_pipeline.marts.statistics.trends import find_trends, line_against_step

N_ISSUES = 170
MEAN_CARDS = 15.5
N_FLAT, N_KIND = 300, 30
FAMILIES = 40
SEED = 20231105
ISSUES = np.arange(N_ISSUES)
MAX_Q = value("q", "max_q")
WINDOWS = [int(value("p_emerging", name)) for name in ("short_issues", "middle_issues", "long_issues")]
MIN_ISSUES = int(value("p_emerging", "min_issues"))
FROM_ISSUE = 40
"""A corpus is looked at after every issue from this one on."""


@dataclass(frozen=True)
class Figure:
    """What was measured, with the bar that it has to meet: at most, or at least where `is_floor`."""

    what: str
    before: str
    bar: float
    is_floor: bool
    found: float

    @property
    def is_met(self) -> bool:
        """Whether the figure keeps to its bar."""
        return self.found >= self.bar if self.is_floor else self.found <= self.bar


def logit_line(before: float, after: float, first: int = 0) -> Floats:
    """A share whose log-odds go evenly from one level to another, from an issue to the last one."""
    low, high = (np.log(p / (1 - p)) for p in (before, after))
    way = np.clip((ISSUES - first) / (N_ISSUES - 1 - first), 0, 1)
    return _share(low + (high - low) * way)


def step(before: float, after: float, ago: int) -> Floats:
    """A share that changed once, so many issues ago."""
    return np.where(N_ISSUES - ago > ISSUES, before, after)


def ramp(before: float, after: float, length: int, ago: int) -> Floats:
    """A share whose log-odds went evenly to another level, which they reached so many issues ago."""
    low, high = (np.log(p / (1 - p)) for p in (before, after))
    return _share(low + (high - low) * np.clip((ISSUES - (N_ISSUES - ago - length)) / length, 0, 1))


def _share(log_odds: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-log_odds))
    return found


def flat_shares(rng: np.random.Generator, n_topics: int) -> Floats:
    """Shares of 1 to 8 % that do not change, spread evenly by logarithm: (topics, 1)."""
    return np.exp(rng.uniform(np.log(0.01), np.log(0.08), (n_topics, 1)))


def born_late(rng: np.random.Generator) -> Floats:
    """Flat since they came up 80 to 140 issues ago: (topics, issues)."""
    ago = rng.integers(80, 141, (N_KIND, 1))
    return np.where(N_ISSUES - ago > ISSUES, 0, flat_shares(rng, N_KIND))


def waves(rng: np.random.Generator, rho: float) -> Floats:
    """Attention that comes and goes, AR(1) in log-odds with a standard deviation of .6: (topics, issues)."""
    level = flat_shares(rng, N_KIND)
    noise = rng.normal(size=(N_KIND, N_ISSUES))
    wave = noise.copy()
    for issue in range(1, N_ISSUES):
        wave[:, issue] = rho * wave[:, issue - 1] + np.sqrt(1 - rho**2) * noise[:, issue]
    return _share(np.log(level / (1 - level)) + 0.6 * wave)


def fixed(*lines: Floats) -> Callable[[np.random.Generator], Floats]:
    """Thirty topics on some lines, as many on each."""
    return lambda rng: np.repeat(np.stack(lines), N_KIND // len(lines), axis=0)


RISING, MOVING, UP = "called rising", "called rising or falling", "span up"

KINDS: dict[str, tuple[Callable[[np.random.Generator], Floats], dict[str, tuple[str, float, bool]]]] = {
    "iid": (lambda rng: flat_shares(rng, N_KIND), {MOVING: ("0", 0.001, False)}),
    "born 80 to 140 issues ago, flat": (born_late, {RISING: ("82 %", 0.02, False)}),
    "the same, halved 40 issues ago": (
        lambda rng: born_late(rng) * np.where(ISSUES < N_ISSUES - 40, 1, 0.5),
        {RISING: ("77 %", 0.02, False)},
    ),
    "step 80 issues ago": (
        fixed(step(0.02, 0.06, 80), step(0.02, 0.08, 80), step(0.03, 0.09, 80)),
        {RISING: ("99 %", 0.15, False)},
    ),
    "ramp ended 80 issues ago": (
        fixed(ramp(0.02, 0.08, 80, 80), ramp(0.02, 0.06, 40, 80), ramp(0.02, 0.08, 20, 80)),
        {RISING: ("99 %", 0.2, False)},
    ),
    "lasting 2 to 8 %": (
        fixed(logit_line(0.02, 0.08)),
        {RISING: ("97 %", 0.55, True), UP: ("97 %", 0.88, True)},
    ),
    "lasting 2 to 6 %": (
        fixed(logit_line(0.02, 0.06)),
        {RISING: ("62 %", 0.35, True), UP: ("62 %", 0.55, True)},
    ),
    "lasting 5 to 12 %": (
        fixed(logit_line(0.05, 0.12)),
        {RISING: ("74 %", 0.45, True), UP: ("74 %", 0.7, True)},
    ),
    "2 to 12 % in the last 60": (
        fixed(logit_line(0.02, 0.12, N_ISSUES - 60)),
        {RISING: ("100 %", 0.7, True)},
    ),
    "waves, rho .8": (lambda rng: waves(rng, 0.8), {MOVING: ("8 %", 0.01, False)}),
    "waves, rho .9": (lambda rng: waves(rng, 0.9), {MOVING: ("17 %", 0.02, False)}),
    "waves, rho .95": (lambda rng: waves(rng, 0.95), {MOVING: ("21 %", 0.06, False)}),
}
"""What thirty topics do, and of what is called of them: how often before, the bar, whether it is a floor."""


def called(rng: np.random.Generator, shares: Floats) -> dict[str, Floats]:
    """What is called of the topics of a kind beside 300 flat ones, by RISING, MOVING and UP: 1 or 0 each."""
    n = np.maximum(rng.poisson(MEAN_CARDS, N_ISSUES), 1)
    flat = flat_shares(rng, N_FLAT)
    p = np.concatenate([np.broadcast_to(shares, (N_KIND, N_ISSUES)), np.repeat(flat, N_ISSUES, axis=1)])
    x = rng.binomial(n, p)
    family = x.sum(axis=1) >= value("family_size", "min_cards")
    rules = trend_rules()
    sums = sums_of(x[None, family], n[None], 7 * ISSUES)
    trends = find_trends(sums, rules)
    shape = line_against_step(sums, trends.phi, depends_on_shape(trends, rules), rules)
    calls = decide(trends, shape, rules)[: family[:N_KIND].sum()]
    up = (trends.q_trend < MAX_Q) & (trends.log_odds > 0)
    return {
        RISING: (calls == Call.RISING).astype(np.float64),
        MOVING: np.isin(calls, [Call.RISING, Call.FALLING]).astype(np.float64),
        UP: up[: len(calls)].astype(np.float64),
    }


def figures_of_kinds(n_families: int) -> Iterator[Figure]:
    """What is called of each kind of topics."""
    for number, (name, (draw, wanted)) in enumerate(KINDS.items()):
        rng = np.random.default_rng([SEED, number])
        found = [called(rng, draw(rng)) for _ in range(n_families)]
        for what, (before, bar, is_floor) in wanted.items():
            rate = float(np.mean(np.concatenate([one[what] for one in found])))
            yield Figure(f"{name}: {what}", before, bar, is_floor, rate)


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


def new_calls(called_then: Bools) -> float:
    """How many calls begin in an issue, from FROM_ISSUE on: the mean, from (topics, issues)."""
    begins = called_then[:, 1:] & ~called_then[:, :-1]
    return float(begins[:, FROM_ISSUE:].sum() / (begins.shape[1] - FROM_ISSUE))


def figures_of_emergence(n_corpora: int) -> Iterator[Figure]:
    """False calls of emergence and of returns after every issue, and how soon an onset to 5 % is called."""
    rng = np.random.default_rng([SEED, 100])
    false_calls, returns, delays = [], [], []
    for _ in range(n_corpora):
        n = np.maximum(rng.poisson(MEAN_CARDS, N_ISSUES), 1)
        seen = words_that_come_up(rng, n, each=5, discount=0.7, theta=50) > 0
        false_calls.append(new_calls(find_emergence_by_issue(seen, n, **_RULE).q < MAX_Q))
        returns.append(new_calls(_returning(rng, n)))
        delays.extend(_delays(rng, n, seen, n_topics=50))
    found = np.array(delays)
    yield Figure(
        "words come up, none grows: new calls of emergence an issue", "", 0.05, False, np.mean(false_calls)
    )
    yield Figure("1,500 topics, none changes: new returning an issue", "4.1", 0.2, False, np.mean(returns))
    yield Figure("onset to 5 % over 8 issues: median issues to the call", "14", 11, False, np.median(found))
    yield Figure("onset to 5 % over 8 issues: called by issue 12", "32 %", 0.65, True, np.mean(found <= 12))


_RULE = {"windows": WINDOWS, "min_issues": MIN_ISSUES}


def _returning(rng: np.random.Generator, n: Ints) -> Bools:
    """Whether topics that do not change are called returning as of every issue: (topics, issues)."""
    shares = np.minimum(0.5, 0.3 / np.arange(1, 1501))
    x = rng.binomial(n, shares[:, None])
    found = np.zeros(x.shape, dtype=np.bool_)
    for stop in range(FROM_ISSUE, len(n) + 1):
        family = np.flatnonzero(x[:, :stop].sum(axis=1) >= value("family_size", "min_cards"))
        returns = find_returns(
            x[family, :stop] > 0,
            n[:stop],
            gap=int(value("n_returning_topics", "gap")),
            new_issues=int(value("stage", "new_issues")),
            min_expected=value("is_returning", "min_expected"),
            max_q=MAX_Q,
        )
        found[family, stop - 1] = returns.is_returning
    return found


def _delays(rng: np.random.Generator, n: Ints, seen: Bools, n_topics: int) -> Iterator[float]:
    """After how many issues topics that come up to 5 % over 8 issues are called, each beside the others."""
    start = 110
    share = np.where(start > ISSUES, 0, 0.05 * np.minimum((ISSUES - start + 1) / 8, 1))
    for _ in range(n_topics):
        topic = rng.binomial(n, share) > 0
        q = find_emergence_by_issue(np.vstack([seen, topic]), n, **_RULE).q[-1]
        hit = np.flatnonzero(q < MAX_Q)
        yield hit[0] - start + 1 if len(hit) else np.inf


def table(figures: list[Figure]) -> Iterator[str]:
    """The figures as lines."""
    yield f"{'':62} {'before':>8} {'bar':>8} {'found':>8}"
    for one in figures:
        bar = f"{'≥' if one.is_floor else '≤'} {one.bar:g}"
        missed = "" if one.is_met else "  missed"
        yield f"{one.what:62} {one.before:>8} {bar:>8} {one.found:8.3f}{missed}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", type=int, default=FAMILIES, help="of each kind")
    families = parser.parse_args().families
    figures = [*figures_of_kinds(families), *figures_of_emergence(max(families // 10, 1))]
    for line in table(figures):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
