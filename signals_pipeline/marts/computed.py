"""The marts that Python computes: from counts of topics by newsletter issue and form to rows.

What they read is the query `topic_issue_counts`; what is computed stands in `statistics`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow

from signals_pipeline.core.schema import Table, arrow_schema
from signals_pipeline.marts.models import (
    CallHistory,
    TopicBurstFit,
    TopicForecast,
    TopicPresenceFit,
    TopicShift,
    TopicTrendFit,
)
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.adjust import benjamini_hochberg
from signals_pipeline.marts.statistics.bursts import burst_significance, close_bursts, find_bursts
from signals_pipeline.marts.statistics.calls import Call, calls_by_issue, decide, depends_on_shape
from signals_pipeline.marts.statistics.counts import (
    Bools,
    Counts,
    Floats,
    Ints,
    counts_of,
    dominant_form,
    sums_of,
)
from signals_pipeline.marts.statistics.dispersion import moderated_dispersion
from signals_pipeline.marts.statistics.emergence import find_emergence, find_emergence_by_issue
from signals_pipeline.marts.statistics.forecasts import forecast
from signals_pipeline.marts.statistics.history import find_runs
from signals_pipeline.marts.statistics.returns import find_returns
from signals_pipeline.marts.statistics.shifts import Shifts, find_shifts, form_changes
from signals_pipeline.marts.statistics.shrink import log_odds_shrunk
from signals_pipeline.marts.statistics.trends import (
    TrendRules,
    block_shares,
    find_trends,
    kendall_tau,
    line_against_step,
    theil_sen,
)

COUNTS = "topic_issue_counts"
"""The query that these marts are computed from."""

MODEL = "beta-binomial around the trailing share"

Rows = dict[str, Any]
"""Columns by name: arrays of one length, or one value for all rows."""


def _keys(counts: Counts, topic: Ints | slice = slice(None)) -> Rows:
    """The columns that say which topics some rows of x are."""
    return {"topic_id": counts.topic_ids[topic], "kind": counts.kind, "topic": counts.topics[topic]}


def _before(counts: Counts) -> Counts:
    """The counts before the last newsletter issue came out."""
    return counts.without_last_issue(value("family_size", "min_cards"))


def _null_where(missing: Bools, values: Floats) -> Any:
    """A column with NULL where something holds: (rows,) from (rows,) and (rows,)."""
    return pyarrow.array(values, mask=missing)


def trends(counts: Counts) -> Iterator[Rows]:
    """The trends on all data and on the data before the last newsletter issue."""
    for issues_back, data in enumerate((counts, _before(counts))):
        yield _trends(data) | {"issues_back": issues_back}


def trend_rules() -> TrendRules:
    """The parameters of trends and calls."""
    return TrendRules(
        units_per_year=value("log_odds_per_year", "days_per_year"),
        block_issues=int(value("phi", "block_issues")),
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
    is_recent = np.isfinite(found.z_recent)
    shrunk = log_odds_shrunk(found.log_odds, found.se)
    calls = np.array([call.name.lower() for call in Call], dtype=object)
    return _keys(counts) | {
        "family_size": len(counts.topic_ids),
        "z_trend": _null_where(untested, found.z),
        "phi": _null_where(untested, found.phi),
        "log_odds_per_year": _null_where(untested, per_year * found.log_odds),
        "se": _null_where(untested, per_year * found.se),
        "p_trend": _null_where(untested, found.p_trend),
        # A topic that cannot be tested counts in the family, as one with p = 1 does.
        "q_trend": _null_where(untested, found.q_trend),
        "z_recent": _null_where(~is_recent, found.z_recent),
        "log_odds_recent": _null_where(~is_recent, per_year * found.log_odds_recent),
        "se_recent": _null_where(~is_recent, per_year * found.se_recent),
        "p_recent": _null_where(~is_recent, found.p_recent),
        "q_recent": _null_where(~is_recent, found.q_recent),
        "line_against_step": _null_where(np.isnan(shape), shape),
        "log_odds_shrunk": _null_where(untested, per_year * shrunk),
        "slope_pp_per_year": _null_where(without_pair, 100 * per_year * theil_sen(shares, middle)),
        "mk_tau": _null_where(without_pair, kendall_tau(shares)),
        "df": _null_where(~np.isfinite(found.df), found.df),
        "prior_phi": np.full(len(shares), found.prior_phi),
        "prior_df": np.full(len(shares), found.prior_df),
        "call": calls[decide(found, shape, rules)],
    }


def presence(counts: Counts) -> Iterator[Rows]:
    """Which topics emerge and which are back, on all data and without the last newsletter issue."""
    for issues_back, data in enumerate((counts, _before(counts))):
        yield _presence(data) | {"issues_back": issues_back}


def _presence(counts: Counts) -> Rows:
    topics = counts.presence
    seen = topics.x > 0
    emergence = find_emergence(seen, counts.n, windows=_windows(), min_issues=_min_issues())
    # A topic too rare to be tested has no rate that a gap could be held against.
    rows = np.flatnonzero(np.isin(topics.topic_ids, counts.topic_ids))
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
    dates = _dates(counts, back)
    return {
        "topic_id": topics.topic_ids[was_there],
        "kind": counts.kind,
        "topic": topics.topics[was_there],
        "n_issues_with": seen.sum(axis=1)[was_there],
        "p_emerging": _null_where(untested[was_there], emergence.p[was_there]),
        "q_emerging": _null_where(untested[was_there], emergence.q[was_there]),
        "return_date": dates.take(pyarrow.array(was_there)),
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


def _dates(counts: Counts, issue: Ints) -> Any:
    """The dates of some issues, NULL for -1: (rows,) from (rows,)."""
    if not len(counts.dates):
        return pyarrow.nulls(len(issue), pyarrow.date32())
    return pyarrow.array(counts.dates[np.maximum(issue, 0)], mask=issue < 0)


EMERGING = max(Call) + 1
"""Stands beside the calls of a trend in their history."""

_CALLED = {Call.RISING: "rising", Call.FALLING: "falling", Call.RISEN: "risen", Call.FALLEN: "fallen"}


def history(counts: Counts) -> Iterator[Rows]:
    """The runs of every call: what would have been called with the data up to each newsletter issue."""
    topics = counts.presence
    codes = np.zeros(topics.x.shape, dtype=np.int8)
    by_trend = calls_by_issue(
        counts.x_by_form,
        counts.n_by_form,
        counts.days,
        trend_rules(),
        min_cards=value("family_size", "min_cards"),
    )
    codes[np.flatnonzero(np.isin(topics.topic_ids, counts.topic_ids))] = np.where(
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
        "called_to": _dates(counts, runs.last),
        "share_at_call": _null_where(np.isnan(runs.share_at_call), runs.share_at_call),
        "share_since": _null_where(np.isnan(runs.share_since), runs.share_since),
        "outcome": runs.outcome,
    }


def bursts(counts: Counts) -> Iterator[Rows]:
    """The bursts on all data and on the data before the last newsletter issue."""
    for issues_back, data in enumerate((counts, _before(counts))):
        yield _bursts(data) | {"issues_back": issues_back}


def _bursts(counts: Counts) -> Rows:
    states = {"s": value("topic_burst", "s"), "p_max": value("topic_burst", "p1_max")}
    automaton = states | {"gamma": value("topic_burst", "gamma")}
    found = find_bursts(counts.x, counts.n, **automaton)
    found = close_bursts(
        found,
        counts.x,
        counts.n,
        _new_levels(counts, np.unique(found.topic[found.is_open])),
        max_issues=int(value("topic_burst", "max_issues")),
        settled=int(value("topic_shift", "min_issues")),
        **states,
    )
    significance = burst_significance(
        found,
        counts.x,
        counts.n,
        dominant_form(counts.n_by_form),
        counts.topic_ids.tolist(),
        exceedances=int(value("p_perm", "max_exceedances")),
        permutations=int(value("p_perm", "max_permutations")),
        max_q=value("q", "max_q"),
        **automaton,
    )
    return _keys(counts, found.topic) | {
        "start_date": counts.dates[found.start],
        "end_date": counts.dates[found.end],
        "n_issues": found.n_issues,
        "x": found.x,
        "n": found.n,
        "share_in": found.x / found.n,
        "share_out": _null_where(found.n_out == 0, found.x_out / np.maximum(found.n_out, 1)),
        "strength": found.strength,
        "p_perm": significance.p_burst,
        "q": benjamini_hochberg(significance.p_burst, significance.p_topic),
        "is_open": found.is_open,
    }


def _new_levels(counts: Counts, topics: Ints) -> Bools:
    """Whether some topics have a shift upward with an issue, (topics, issues); others are not looked at."""
    found = _shifts(counts, topics)
    is_up = found.log_odds_ratio > 0
    levels = np.zeros(counts.x.shape, dtype=np.bool_)
    levels[topics[found.topic[is_up]], found.issue[is_up]] = True
    return levels


def shifts(counts: Counts) -> Iterator[Rows]:
    """The level shifts on all data; those without the last newsletter issue say which of them are new."""
    before = _before(counts)
    found, found_before = _shifts(counts), _shifts(before)
    known = before.topic_ids[found_before.topic[_is_recent(before, found_before)]]
    topic_id = counts.topic_ids[found.topic]
    changes = form_changes(counts.n_by_form, width=int(value("topic_shift", "min_issues")))
    yield _keys(counts, found.topic) | {
        "shift_date": counts.dates[found.issue],
        "share_before": found.x_before / found.n_before,
        "share_after": found.x_after / found.n_after,
        "log_odds_ratio": found.log_odds_ratio,
        "form_explains": found.form_explains,
        "delta_cost": found.delta_cost,
        "n_before": found.n_before,
        "n_after": found.n_after,
        "same_as_form_change": changes[found.issue],
        "is_new": _is_recent(counts, found) & ~np.isin(topic_id.astype(str), known.astype(str)),
    }


def _shifts(counts: Counts, topics: Ints | slice = slice(None)) -> Shifts:
    """The shifts of some topics, numbered among these."""
    return find_shifts(
        counts.x_by_form[:, topics],
        counts.n_by_form,
        _dispersion(counts)[topics],
        penalty_factor=value("topic_shift", "penalty"),
        min_issues=int(value("topic_shift", "min_issues")),
    )


def _dispersion(counts: Counts) -> Floats:
    """The over-dispersion of every topic of the family, that of its trend."""
    rules = trend_rules()
    return moderated_dispersion(
        sums_of(counts.x_by_form, counts.n_by_form, counts.days),
        length=rules.block_issues,
        min_topics=rules.min_prior_topics,
        max_prior_df=rules.max_prior_df,
    ).phi


def _is_recent(counts: Counts, found: Shifts) -> Bools:
    """Whether a shift lies so near to the last newsletter issue that it raises an alert."""
    recent: Bools = found.issue >= len(counts.dates) - int(value("alert", "shift_issues"))
    return recent


def forecasts(counts: Counts) -> Iterator[Rows]:
    """The forecasts with their scores; the shares only where they were better than the baseline."""
    found = forecast(
        counts.x,
        counts.n,
        counts.topic_ids.tolist(),
        half_life=value("topic_forecast", "half_life"),
        m=value("topic_forecast", "m"),
        floor_cards=value("topic_forecast", "floor_cards"),
        horizons=[int(value("topic_forecast", name)) for name in ("near_issues", "far_issues")],
        min_history=int(value("topic_forecast", "min_history")),
        min_windows=int(value("is_published", "min_windows")),
        min_standard_errors=value("is_published", "min_standard_errors"),
    )
    unpublished = ~found.is_published
    yield _keys(counts, found.topic) | {
        "horizon_issues": found.horizon,
        "n_expected": found.n_expected,
        "share_p10": _null_where(unpublished, found.share_p10),
        "share_p50": _null_where(unpublished, found.share_p50),
        "share_p90": _null_where(unpublished, found.share_p90),
        "model": MODEL,
        "n_origins": found.n_origins,
        "n_windows": found.n_windows,
        "log_score": found.log_score,
        "log_score_naive": found.log_score_naive,
        "mae_pp": found.mae_pp,
        "coverage_80": found.coverage_80,
        "skill": found.skill,
        "skill_se": _null_where(found.n_windows < 2, found.skill_se),
        "is_published": found.is_published,
    }


COMPUTED: dict[str, tuple[type[Table], Callable[[Counts], Iterator[Rows]]]] = {
    "topic_trend_fit": (TopicTrendFit, trends),
    "topic_presence_fit": (TopicPresenceFit, presence),
    "call_history": (CallHistory, history),
    "topic_burst_fit": (TopicBurstFit, bursts),
    "topic_shift": (TopicShift, shifts),
    "topic_forecast": (TopicForecast, forecasts),
}
"""By mart, its model and what computes its rows for the topics of one kind."""


def computed(name: str, counts: pyarrow.Table) -> pyarrow.Table:
    """The rows of a mart from those of `topic_issue_counts`."""
    model, compute = COMPUTED[name]
    schema = arrow_schema(model)
    parts = [_table(rows, schema) for kind in counts_of(counts) for rows in compute(kind)]
    return pyarrow.concat_tables([schema.empty_table(), *parts])


def _table(rows: Rows, schema: pyarrow.Schema) -> pyarrow.Table:
    length = len(rows["topic_id"])
    arrays = []
    for field in schema:
        values = rows[field.name]
        if isinstance(values, (str, int)):
            values = [values] * length
        arrays.append(pyarrow.array(values).cast(field.type))
    return pyarrow.Table.from_arrays(arrays, schema=schema)
