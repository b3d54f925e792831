"""What was measured, beside what it was before and the bar that it has to meet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scipy import stats

WIDTH = 80


@dataclass(frozen=True)
class Bar:
    """What a figure has to meet: at most `limit`, or at least where `is_floor`; no limit, no bar."""

    limit: float | None = None
    is_floor: bool = False
    before: str = "–"
    """What the figure was before directions were told apart from trends."""

    def __str__(self) -> str:
        """As the table shows it."""
        return "–" if self.limit is None else f"{'≥' if self.is_floor else '≤'} {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """What was found of something, its bar, and in how many trials: topics, or issues looked at."""

    what: str
    bar: Bar
    found: float
    n: int = 0

    @property
    def is_met(self) -> bool:
        """Whether the figure keeps to its bar."""
        if self.bar.limit is None:
            return True
        return self.found >= self.bar.limit if self.bar.is_floor else self.found <= self.bar.limit

    @property
    def p_met(self) -> float:
        """How probable a figure as far beyond its bar is if the truth lies at the bar; 1 where it is met.

        By the binomial distribution. Topics of one family are nearly independent; alerts of an issue after
        another are less so, and of these a figure beyond its bar is more probable than it says.

        Raises:
            ValueError: The figure is no part of some trials.
        """
        if self.bar.limit is None:
            return 1.0
        if self.n < 1 or not 0 <= self.bar.limit <= 1:
            raise ValueError(f"{self.what} is no part of trials")
        if self.is_met:
            return 1.0
        hits = round(self.found * self.n)
        chance = stats.binom(self.n, self.bar.limit)
        return float(chance.cdf(hits) if self.bar.is_floor else chance.sf(hits - 1))


def table(figures: Iterable[Figure]) -> Iterator[str]:
    """The figures as lines."""
    yield f"{'':{WIDTH}} {'before':>8} {'bar':>8} {'found':>8}"
    for one in figures:
        missed = "" if one.is_met else "  missed"
        yield f"{one.what:{WIDTH}} {one.bar.before:>8} {one.bar!s:>8} {one.found:8.3f}{missed}"
