"""The marts that Python computes: from counts of topics by newsletter issue and form to rows.

What they read is the query `topic_issue_counts`; what is computed stands in `statistics`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow

from signals_pipeline.core.schema import Table, arrow_schema
from signals_pipeline.marts.models import TopicBurstFit, TopicForecast, TopicShift, TopicTrendFit
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.adjust import benjamini_hochberg
from signals_pipeline.marts.statistics.bursts import burst_significance, find_bursts
from signals_pipeline.marts.statistics.counts import Bools, Counts, Floats, Ints, counts_of, dominant_form
from signals_pipeline.marts.statistics.dispersion import over_dispersion
from signals_pipeline.marts.statistics.forecasts import forecast
from signals_pipeline.marts.statistics.shifts import Shifts, find_shifts, form_changes
from signals_pipeline.marts.statistics.trends import (
    block_shares,
    find_trends,
    kendall_tau,
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


def _trends(counts: Counts) -> Rows:
    found = find_trends(counts.x_by_form, counts.n_by_form, counts.days)
    length = int(value("slope_pp_per_year", "block_issues"))
    shares, middle = block_shares(counts.x, counts.n, counts.days, length=length)
    days_per_year = value("log_odds_per_year", "days_per_year")
    untested = ~found.is_tested
    without_pair = np.full(len(shares), len(middle) < 2)
    return _keys(counts) | {
        "family_size": len(counts.topic_ids),
        "z_trend": _null_where(untested, found.z),
        "phi": _null_where(untested, found.phi),
        "log_odds_per_year": _null_where(untested, days_per_year * found.log_odds),
        "se": _null_where(untested, days_per_year * found.se),
        "p_trend": _null_where(untested, found.p),
        # A topic that cannot be tested counts in the family, as one with p = 1 does.
        "q_trend": _null_where(untested, benjamini_hochberg(found.p, found.p)),
        "slope_pp_per_year": _null_where(without_pair, 100 * days_per_year * theil_sen(shares, middle)),
        "mk_tau": _null_where(without_pair, kendall_tau(shares)),
    }


def bursts(counts: Counts) -> Iterator[Rows]:
    """The bursts on all data and on the data before the last newsletter issue."""
    for issues_back, data in enumerate((counts, _before(counts))):
        yield _bursts(data) | {"issues_back": issues_back}


def _bursts(counts: Counts) -> Rows:
    automaton = {
        "s": value("topic_burst", "s"),
        "gamma": value("topic_burst", "gamma"),
        "p_max": value("topic_burst", "p1_max"),
    }
    found = find_bursts(counts.x, counts.n, **automaton)
    significance = burst_significance(
        found,
        counts.x,
        counts.n,
        dominant_form(counts.n_by_form),
        counts.topic_ids.tolist(),
        exceedances=int(value("p_perm", "max_exceedances")),
        permutations=int(value("p_perm", "max_permutations")),
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
        "is_open": found.end == counts.last_with_cards,
    }


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
        "delta_cost": found.delta_cost,
        "n_before": found.n_before,
        "n_after": found.n_after,
        "same_as_form_change": changes[found.issue],
        "is_new": _is_recent(counts, found) & ~np.isin(topic_id.astype(str), known.astype(str)),
    }


def _shifts(counts: Counts) -> Shifts:
    return find_shifts(
        counts.x,
        counts.n,
        over_dispersion(counts.x_by_form, counts.n_by_form),
        penalty_factor=value("topic_shift", "penalty"),
        min_issues=int(value("topic_shift", "min_issues")),
    )


def _is_recent(counts: Counts, found: Shifts) -> Bools:
    """Whether a shift lies so near to the last newsletter issue that it raises an alert."""
    recent: Bools = found.issue >= len(counts.dates) - int(value("alert", "shift_issues"))
    return recent


def forecasts(counts: Counts) -> Iterator[Rows]:
    """The forecasts with their scores; the shares only where they were better than the baseline."""
    found = forecast(
        counts.x,
        counts.n,
        half_life=value("share_ewma", "half_life"),
        m=value("share_shrunk", "m"),
        horizons=int(value("topic_forecast", "max_horizon")),
        min_history=int(value("topic_forecast", "min_history")),
    )
    unpublished = ~found.is_published
    yield _keys(counts, found.topic) | {
        "horizon": found.horizon,
        "share_p10": _null_where(unpublished, found.share_p10),
        "share_p50": _null_where(unpublished, found.share_p50),
        "share_p90": _null_where(unpublished, found.share_p90),
        "model": MODEL,
        "n_origins": found.n_origins,
        "log_score": found.log_score,
        "log_score_naive": found.log_score_naive,
        "mae_pp": found.mae_pp,
        "coverage_80": found.coverage_80,
        "skill": found.skill,
        "is_published": found.is_published,
    }


COMPUTED: dict[str, tuple[type[Table], Callable[[Counts], Iterator[Rows]]]] = {
    "topic_trend_fit": (TopicTrendFit, trends),
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
