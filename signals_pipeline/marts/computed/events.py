"""Bursts, shifts and forecasts."""

from collections.abc import Iterator

import numpy as np

from signals_pipeline.marts.computed.rows import Rows, before, keys, null_where
from signals_pipeline.marts.computed.trends import dispersion
from signals_pipeline.marts.kept import Kept
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.adjust import benjamini_hochberg
from signals_pipeline.marts.statistics.bursts import burst_significance, close_bursts, find_bursts
from signals_pipeline.marts.statistics.counts import Bools, Counts, Ints, dominant_form
from signals_pipeline.marts.statistics.forecasts import forecast
from signals_pipeline.marts.statistics.shifts import Shifts, find_shifts, form_changes

MODEL = "beta-binomial around the trailing share"


def bursts(counts: Counts, kept: Kept) -> Iterator[Rows]:
    """The bursts on all data and on the data before the last newsletter issue."""
    for issues_back, data in enumerate((counts, before(counts))):
        yield _bursts(data, kept) | {"issues_back": issues_back}


def _bursts(counts: Counts, kept: Kept) -> Rows:
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
        max_q=value("q", "max_q"),
        kept=kept,
        **automaton,
    )
    found = close_bursts(
        found,
        counts.x,
        counts.n,
        _new_levels(counts, np.unique(found.topic[found.is_open])),
        max_issues=int(value("topic_burst", "max_issues")),
        settled=int(value("topic_shift", "min_issues")),
    )
    return keys(counts, found.topic) | {
        "start_date": counts.dates[found.start],
        "end_date": counts.dates[found.end],
        "n_issues": found.n_issues,
        "x": found.x,
        "n": found.n,
        "share_in": found.x / found.n,
        "share_out": null_where(found.n_out == 0, found.x_out / np.maximum(found.n_out, 1)),
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


def shifts(counts: Counts, _kept: Kept) -> Iterator[Rows]:
    """The level shifts on all data; those without the last newsletter issue say which of them are new."""
    earlier = before(counts)
    found, found_before = _shifts(counts), _shifts(earlier)
    known = earlier.topic_ids[found_before.topic[_is_recent(earlier, found_before)]]
    topic_id = counts.topic_ids[found.topic]
    changes = form_changes(counts.n_by_form, width=int(value("topic_shift", "min_issues")))
    yield keys(counts, found.topic) | {
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
        dispersion(counts)[topics],
        penalty_factor=value("topic_shift", "penalty"),
        min_issues=int(value("topic_shift", "min_issues")),
    )


def _is_recent(counts: Counts, found: Shifts) -> Bools:
    """Whether a shift lies so near to the last newsletter issue that it raises an alert."""
    recent: Bools = found.issue >= len(counts.dates) - int(value("alert", "shift_issues"))
    return recent


def forecasts(counts: Counts, kept: Kept) -> Iterator[Rows]:
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
        kept=kept,
    )
    unpublished = ~found.is_published
    yield keys(counts, found.topic) | {
        "horizon_issues": found.horizon,
        "n_expected": found.n_expected,
        "share_p10": null_where(unpublished, found.share_p10),
        "share_p50": null_where(unpublished, found.share_p50),
        "share_p90": null_where(unpublished, found.share_p90),
        "model": MODEL,
        "n_origins": found.n_origins,
        "n_windows": found.n_windows,
        "log_score": found.log_score,
        "log_score_naive": found.log_score_naive,
        "mae_pp": found.mae_pp,
        "coverage_80": found.coverage_80,
        "skill": found.skill,
        "skill_se": null_where(found.n_windows < 2, found.skill_se),
        "is_published": found.is_published,
    }
