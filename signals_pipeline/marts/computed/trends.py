"""Trends, emergence, returns, and the history of what was called."""

from collections.abc import Iterator

import numpy as np

from signals_pipeline.marts.computed.rows import Rows, before, dates, keys, null_where
from signals_pipeline.marts.kept import Kept
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.calls import Call, calls_by_issue, decide, depends_on_shape, shown_by
from signals_pipeline.marts.statistics.counts import Counts, Floats, sums_of
from signals_pipeline.marts.statistics.dispersion import moderated_dispersion, serial_correlation
from signals_pipeline.marts.statistics.emergence import find_emergence, find_emergence_by_issue
from signals_pipeline.marts.statistics.history import find_runs
from signals_pipeline.marts.statistics.returns import find_returns
from signals_pipeline.marts.statistics.shrink import log_odds_shrunk
from signals_pipeline.marts.statistics.trends import (
    TrendRules,
    block_shares,
    find_trends,
    kendall_tau,
    line_against_step,
    theil_sen,
)


def trends(counts: Counts, _kept: Kept) -> Iterator[Rows]:
    """The trends on all data and on the data before the last newsletter issue."""
    for issues_back, data in enumerate((counts, before(counts))):
        yield _trends(data) | {"issues_back": issues_back}


def trend_rules() -> TrendRules:
    """The parameters of trends and calls."""
    return TrendRules(
        units_per_year=value("log_odds_per_year", "days_per_year"),
        block_issues=int(value("phi", "block_issues")),
        min_blocks=int(value("phi", "min_blocks")),
        min_prior_topics=int(value("phi", "min_topics")),
        max_prior_df=value("phi", "max_prior_df"),
        recent_issues=int(value("z_recent", "recent_issues")),
        min_recent_issues=int(value("z_recent", "min_issues")),
        min_shape_issues=int(value("line_against_step", "min_issues")),
        min_step_issues=int(value("line_against_step", "min_side_issues")),
        max_q=value("q", "max_q"),
        min_log_odds=value("stage", "min_log_odds_per_year"),
        min_points=value("stage", "min_points_per_year"),
        min_line_against_step=value("stage", "min_line_against_step"),
        steady_log_odds=value("stage", "steady_log_odds_per_year"),
        steady_points=value("stage", "steady_points_per_year"),
        steady_points_log_odds=value("stage", "steady_points_log_odds"),
        steady_level=value("stage", "steady_level"),
    )


def _trends(counts: Counts) -> Rows:
    rules = trend_rules()
    sums = sums_of(counts.x_by_form, counts.n_by_form, counts.days)
    found = find_trends(sums, rules)
    shape = line_against_step(sums, found.phi, depends_on_shape(found, rules), rules)
    length = int(value("slope_pp_per_year", "block_issues"))
    shares, middle = block_shares(counts.x, counts.n, counts.days, length=length)
    per_year = rules.units_per_year
    untested = ~found.is_tested
    without_pair = np.full(len(shares), len(middle) < 2)
    is_recent = found.se_recent > 0
    shrunk = log_odds_shrunk(found.log_odds, found.se)
    names = np.array([call.name.lower() for call in Call], dtype=object)
    calls = decide(found, shape, rules)
    by = shown_by(calls, found, rules)
    return keys(counts) | {
        "family_size": len(counts.topic_ids),
        "z_trend": null_where(untested, found.z),
        "phi": null_where(untested, found.phi),
        "log_odds_per_year": null_where(untested, per_year * found.log_odds),
        "se": null_where(untested, per_year * found.se),
        "p_trend": null_where(untested, found.p_trend),
        # A topic that cannot be tested counts in the family, as one with p = 1 does.
        "q_trend": null_where(untested, found.q_trend),
        "z_recent": null_where(~is_recent, found.z_recent),
        "log_odds_recent": null_where(~is_recent, per_year * found.log_odds_recent),
        "se_recent": null_where(~is_recent, per_year * found.se_recent),
        "p_recent": null_where(~is_recent, found.p_recent),
        "q_recent": null_where(~is_recent, found.q_recent),
        "line_against_step": null_where(np.isnan(shape), shape),
        "log_odds_shrunk": null_where(untested, per_year * shrunk),
        "slope_pp_per_year": null_where(without_pair, 100 * per_year * theil_sen(shares, middle)),
        "mk_tau": null_where(without_pair, kendall_tau(shares)),
        "df": null_where(~np.isfinite(found.df), found.df),
        "prior_phi": np.full(len(shares), found.prior_phi),
        "prior_df": np.full(len(shares), found.prior_df),
        "lag_1": np.full(len(shares), serial_correlation(sums, length=rules.block_issues)),
        "call": names[calls],
        "called_by": null_where(by == "", by),
    }


def presence(counts: Counts, _kept: Kept) -> Iterator[Rows]:
    """Which topics emerge and which are back, on all data and without the last newsletter issue."""
    for issues_back, data in enumerate((counts, before(counts))):
        yield _presence(data) | {"issues_back": issues_back}


def _presence(counts: Counts) -> Rows:
    topics = counts.presence
    seen = topics.x > 0
    emergence = find_emergence(seen, counts.n, windows=_windows(), min_issues=_min_issues())
    # A topic too rare to be tested has no rate that a gap could be held against.
    rows = np.searchsorted(topics.topic_ids, counts.topic_ids)
    returns = find_returns(
        seen[rows],
        counts.n,
        gap=int(value("n_returning_topics", "gap")),
        new_issues=int(value("stage", "new_issues")),
        min_expected=value("is_returning", "min_expected"),
        max_q=value("q", "max_q"),
    )
    n_topics = len(topics.topic_ids)
    back = np.full(n_topics, -1)
    back[rows] = returns.issue
    n_missed, n_expected, p_gap, q_gap = np.zeros((4, n_topics))
    n_missed[rows], n_expected[rows] = returns.n_missed, returns.expected
    p_gap[:], q_gap[:] = 1, 1
    p_gap[rows], q_gap[rows] = returns.p, returns.q
    is_returning = np.zeros(n_topics, dtype=np.bool_)
    is_returning[rows] = returns.is_returning
    was_there = np.flatnonzero(seen.any(axis=1))
    untested = ~emergence.is_tested
    return {
        "topic_id": topics.topic_ids[was_there],
        "kind": counts.kind,
        "topic": topics.topics[was_there],
        "n_issues_with": seen.sum(axis=1)[was_there],
        "p_emerging": null_where(untested[was_there], emergence.p[was_there]),
        "q_emerging": null_where(untested[was_there], emergence.q[was_there]),
        "return_date": dates(counts, back[was_there]),
        "n_missed": n_missed[was_there],
        "n_expected": n_expected[was_there],
        "p_gap": p_gap[was_there],
        "q_gap": q_gap[was_there],
        "is_returning": is_returning[was_there],
    }


def _windows() -> list[int]:
    return [int(value("p_emerging", name)) for name in ("short_issues", "middle_issues", "long_issues")]


def _min_issues() -> int:
    return int(value("p_emerging", "min_issues"))


EMERGING = max(Call) + 1
"""Stands beside the calls of a trend in their history."""

_CALLED = {Call.RISING: "rising", Call.FALLING: "falling", Call.RISEN: "risen", Call.FALLEN: "fallen"}


def history(counts: Counts, kept: Kept) -> Iterator[Rows]:
    """The runs of every call: what would have been called with the data up to each newsletter issue."""
    topics = counts.presence
    codes = np.zeros(topics.x.shape, dtype=np.int8)
    by_trend = calls_by_issue(
        counts.x_by_form,
        counts.n_by_form,
        counts.days,
        trend_rules(),
        min_cards=value("family_size", "min_cards"),
        kept=kept,
    )
    codes[np.searchsorted(topics.topic_ids, counts.topic_ids)] = np.where(
        np.isin(by_trend, list(_CALLED)), by_trend, 0
    )
    emergence = find_emergence_by_issue(topics.x > 0, counts.n, windows=_windows(), min_issues=_min_issues())
    codes[emergence.q < value("q", "max_q")] = EMERGING
    runs = find_runs(
        codes,
        topics.x,
        counts.n,
        falling=[Call.FALLING, Call.FALLEN],
        window=int(value("outcome", "issues")),
        min_ratio=value("outcome", "min_ratio"),
    )
    stages = np.array(
        ["", *(_CALLED.get(Call(code), "") for code in range(1, EMERGING)), "emerging"], dtype=object
    )
    yield {
        "topic_id": topics.topic_ids[runs.topic],
        "kind": counts.kind,
        "topic": topics.topics[runs.topic],
        "stage": stages[runs.code],
        "called_from": counts.dates[runs.first],
        "called_to": dates(counts, runs.last),
        "share_at_call": null_where(np.isnan(runs.share_at_call), runs.share_at_call),
        "share_since": null_where(np.isnan(runs.share_since), runs.share_since),
        "outcome": runs.outcome,
    }


def dispersion(counts: Counts) -> Floats:
    """The over-dispersion of every topic of the family, that of its trend."""
    rules = trend_rules()
    return moderated_dispersion(
        sums_of(counts.x_by_form, counts.n_by_form, counts.days),
        length=rules.block_issues,
        min_blocks=rules.min_blocks,
        min_topics=rules.min_prior_topics,
        max_prior_df=rules.max_prior_df,
    ).phi
