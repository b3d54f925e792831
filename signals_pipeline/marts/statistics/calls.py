"""Calls: what may be said of a topic's direction, now and as of every issue of the past."""

from collections.abc import Iterator
from enum import IntEnum
from functools import partial

import numpy as np
import numpy.typing as npt

from signals_pipeline.marts.kept import Array, Inputs, Kept, with_those_before
from signals_pipeline.marts.statistics.counts import Bools, Floats, Ints, Sums, check_counts, sums_of
from signals_pipeline.marts.statistics.special import p_two_sided
from signals_pipeline.marts.statistics.trends import TrendRules, Trends, find_trends, line_against_step

Codes = npt.NDArray[np.int8]


class Call(IntEnum):
    """What is said of a topic's direction; NONE of a topic with too few cards to be tested."""

    NONE = 0
    RISING = 1
    FALLING = 2
    RISEN = 3
    FALLEN = 4
    STEADY = 5
    UNCLEAR = 6


def decide(trends: Trends, line_against_step: Floats, rules: TrendRules) -> Codes:
    """The call of every topic, (topics,), never NONE; the first that holds.

    * rising, falling: the recent direction is significant;
    * rising, falling: that of the whole span is, a line is not much worse than a step, and the recent
      direction, significant or not, is the same; a number that is NaN is not against it;
    * risen, fallen: that of the whole span is significant;
    * steady: two one-sided tests (Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15,
      657-680) show that the slope of the whole span lies within bounds;
    * unclear.

    Significant is a direction with q < max_q and at least min_log_odds or min_points a year.

    Args:
        trends: Those of the family.
        line_against_step: (topics,), asked for where `depends_on_shape` at least.
        rules: The parameters.
    """
    recent, span = _recent_direction(trends, rules), _span_direction(trends, rules)
    lasts = _goes_on(trends, span) & ~(line_against_step < rules.min_line_against_step)
    calls = {
        Call.RISING: (recent > 0) | (recent == 0) & lasts & (span > 0),
        Call.FALLING: (recent < 0) | (recent == 0) & lasts & (span < 0),
        Call.RISEN: span > 0,
        Call.FALLEN: span < 0,
        Call.STEADY: _is_steady(trends, rules),
    }
    found = np.full(len(span), Call.UNCLEAR, dtype=np.int8)
    for call, holds in reversed(calls.items()):
        found[holds] = call
    return found


def shown_by(calls: Codes, trends: Trends, rules: TrendRules) -> npt.NDArray[np.object_]:
    """Which issues show the direction of a call, (topics,): "recent", "all", or "" where none is called."""
    is_moving = np.isin(calls, [Call.RISING, Call.FALLING, Call.RISEN, Call.FALLEN])
    by = np.where(_recent_direction(trends, rules) != 0, "recent", "all")
    found: npt.NDArray[np.object_] = np.where(is_moving, by, "").astype(object)
    return found


def depends_on_shape(trends: Trends, rules: TrendRules) -> Bools:
    """The topics whose call is another if a step tells them better than a line: (topics,)."""
    span = _span_direction(trends, rules)
    found: Bools = (_recent_direction(trends, rules) == 0) & (span != 0) & _goes_on(trends, span)
    return found


def calls_by_issue(
    x: Ints, n: Ints, time: Ints, rules: TrendRules, *, min_cards: float, kept: Kept | None = None
) -> Codes:
    """The call of every topic on the data up to each issue: (topics, issues).

    Column t is what `decide` says on the issues 0 to t, of the family of topics that had `min_cards` cards by
    then; of the others it is NONE.

    Args:
        x: Counts, (forms, topics, issues).
        n: Denominators, (forms, issues).
        time: When each issue came out, (issues,), in whole units.
        rules: The parameters.
        min_cards: Fewest cards of a topic in the family.
        kept: What is kept of an issue, whose calls follow from what was known by then.

    Raises:
        ValueError: As `check_counts`.
    """
    check_counts(x, n, by_form=True)
    in_family = np.cumsum(x.sum(axis=0), axis=1) >= min_cards
    # In the order in which topics come into the family, every family is the first so many of them.
    order = np.argsort(-in_family.sum(axis=1), kind="stable")
    x = x[:, order]
    sizes = in_family.sum(axis=0)
    issues = np.flatnonzero(sizes)

    small = x.astype(np.min_scalar_type(int(x.max(initial=0))))

    def part(places: list[int]) -> partial[list[Array]]:
        """What finds the calls of the families of some issues."""
        asked = issues[places]
        last = int(asked.max())
        known = slice(last + 1)
        return partial(
            _calls_of, small[:, : sizes[last], known], n[:, known], time[known], asked, sizes[asked], rules
        )

    found = np.full(in_family.shape, Call.NONE, dtype=np.int8)
    results = (kept or Kept()).results(
        "calls",
        (rules,),
        with_those_before(_new_by_issue(x, n, time, sizes)),
        part,
        n_bytes=x.nbytes,
    )
    for issue, calls in zip(issues, results, strict=True):
        found[order[: sizes[issue]], issue] = calls
    return found


def _calls_of(x: Array, n: Ints, time: Ints, issues: Ints, sizes: Ints, rules: TrendRules) -> list[Array]:
    """The calls of the families after some issues, each of the first so many topics."""
    sums = sums_of(x, n, time)
    return [find_calls(sums.up_to(issue + 1, size), rules) for issue, size in zip(issues, sizes, strict=True)]


def _new_by_issue(x: Ints, n: Ints, time: Ints, sizes: Ints) -> Iterator[Inputs]:
    """What an issue with a family adds to the last: its counts, and topics new to it with all of theirs."""
    known_topics = known_issues = 0
    for issue in np.flatnonzero(sizes).tolist():
        now, later = slice(issue + 1), slice(known_issues, issue + 1)
        new_topics = x[:, known_topics : sizes[issue], now]
        yield x[:, :known_topics, later], new_topics, n[:, later], time[later]
        known_topics, known_issues = int(sizes[issue]), issue + 1


def find_calls(sums: Sums, rules: TrendRules) -> Codes:
    """The call of every topic of a family, (topics,), as from `decide`."""
    trends = find_trends(sums, rules)
    asked = depends_on_shape(trends, rules)
    return decide(trends, line_against_step(sums, trends.phi, asked, rules), rules)


def _span_direction(trends: Trends, rules: TrendRules) -> Floats:
    """1 where the share rises significantly over the whole span, -1 where it falls, else 0: (topics,)."""
    return _direction(trends.log_odds, trends.points, trends.q_trend, rules)


def _recent_direction(trends: Trends, rules: TrendRules) -> Floats:
    """The same of the recent issues; 0 where they are too few."""
    return _direction(trends.log_odds_recent, trends.points_recent, trends.q_recent, rules)


def _direction(log_odds: Floats, points: Floats, q: Floats, rules: TrendRules) -> Floats:
    a_year = np.abs(log_odds) * rules.units_per_year
    is_large = (a_year >= rules.min_log_odds) | (a_year * points >= rules.min_points)
    return np.where((q < rules.max_q) & is_large, np.sign(log_odds), 0)


def _goes_on(trends: Trends, span: Floats) -> Bools:
    """Whether the recent direction, however unsure, is that of the whole span, or is not known: (topics,)."""
    recent = trends.log_odds_recent
    found: Bools = (np.sign(recent) == span) | np.isnan(recent)
    return found


def _is_steady(trends: Trends, rules: TrendRules) -> Bools:
    # Of two ranges around 0 the interval has to lie in the wider one. That both one-sided tests reject is
    # decided by the nearer end of the range.
    points = np.where(trends.is_tested, trends.points, 1)
    by_points = np.minimum(rules.steady_points / points, rules.steady_points_log_odds)
    bound = np.maximum(rules.steady_log_odds, by_points) / rules.units_per_year
    inside = bound - np.abs(trends.log_odds)
    found: Bools = trends.is_tested & (inside > 0)
    p = p_two_sided(inside[found] / trends.se[found], trends.df[found]) / 2
    found[found] = p <= rules.steady_level
    return found
