"""The marts that SQL cannot compute: from counts of topics by newsletter issue and form to rows.

What they read is the query `topic_issue_counts`; what is computed stands in `statistics`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.compute

from signals_pipeline.core.schema import Table, arrow_schema
from signals_pipeline.marts.models import TopicBurstFit, TopicForecast, TopicShift
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.bursts import burst_significance, dominant_form, find_bursts
from signals_pipeline.marts.statistics.forecasts import forecast
from signals_pipeline.marts.statistics.shifts import Shifts, find_shifts
from signals_pipeline.topics.models import KINDS

COUNTS = "topic_issue_counts"
"""The query that these marts are computed from."""

MODEL = "beta-binomial around the trailing share"

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = dict[str, Any]
"""Columns by name: arrays of one length, or one value for all rows."""


@dataclass(frozen=True)
class Counts:
    """The topics of one kind that have enough cards to be tested, over all dated newsletter issues.

    `x_by_form` (forms, topics, issues) and `n_by_form` (forms, issues) count cards; forms are in the order of
    their names.
    """

    kind: str
    topic_ids: npt.NDArray[np.object_]
    topics: npt.NDArray[np.object_]
    dates: npt.NDArray[np.datetime64]
    x_by_form: Ints
    n_by_form: Ints

    @property
    def x(self) -> Ints:
        """Cards with the topic, (topics, issues)."""
        found: Ints = self.x_by_form.sum(axis=0)
        return found

    @property
    def n(self) -> Ints:
        """Cards able to carry the kind, (issues,)."""
        found: Ints = self.n_by_form.sum(axis=0)
        return found

    @property
    def last_with_cards(self) -> int:
        """Position of the last newsletter issue with cards, -1 without any."""
        return int(np.flatnonzero(self.n).max(initial=-1))

    def without_last_issue(self) -> "Counts":
        """What these counts were before the last newsletter issue came out."""
        x_by_form = self.x_by_form[:, :, :-1]
        family = x_by_form.sum(axis=(0, 2)) >= value("family_size", "min_cards")
        return replace(
            self,
            topic_ids=self.topic_ids[family],
            topics=self.topics[family],
            dates=self.dates[:-1],
            x_by_form=x_by_form[:, family],
            n_by_form=self.n_by_form[:, :-1],
        )

    def keys(self, topic: Ints) -> Rows:
        """The columns that say which topics these rows of x are."""
        return {"topic_id": self.topic_ids[topic], "kind": self.kind, "topic": self.topics[topic]}


def counts_of(rows: pyarrow.Table) -> Iterator[Counts]:
    """The counts of each kind that the rows of `topic_issue_counts` speak of."""
    for kind in KINDS:
        own = rows.filter(pyarrow.compute.field("kind") == kind)
        if own.num_rows:
            yield _counts_of_kind(kind, own)


def _counts_of_kind(kind: str, rows: pyarrow.Table) -> Counts:
    dates, issue = np.unique(rows["issue_date"].to_numpy(), return_inverse=True)
    forms, form = _numbered(rows["form"])
    topic_ids, topic = _numbered(rows["topic_id"])
    n_by_form = np.zeros((len(forms), len(dates)), dtype=np.int64)
    # Every row of a form in an issue says the same n.
    n_by_form[form[form >= 0], issue[form >= 0]] = rows["n"].to_numpy()[form >= 0]
    x = np.zeros((len(forms), len(topic_ids), len(dates)), dtype=np.int64)
    x[form[topic >= 0], topic[topic >= 0], issue[topic >= 0]] = rows["x"].to_numpy()[topic >= 0]
    topics = np.empty(len(topic_ids), dtype=object)
    topics[topic[topic >= 0]] = rows["topic"].to_numpy(zero_copy_only=False)[topic >= 0]
    return Counts(kind, topic_ids, topics, dates, x, n_by_form)


def _numbered(column: Any) -> tuple[npt.NDArray[np.object_], Ints]:
    """The values of a column in order, and for each row the number of its own; -1 for NULL."""
    values = column.drop_null().unique().sort()
    numbers = pyarrow.compute.index_in(column, value_set=values)
    return values.to_numpy(zero_copy_only=False), numbers.fill_null(-1).to_numpy().astype(np.int64)


def bursts(counts: Counts) -> Iterator[Rows]:
    """The bursts on all data and on the data before the last newsletter issue."""
    for issues_back, data in enumerate((counts, counts.without_last_issue())):
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
    return counts.keys(found.topic) | {
        "start_date": counts.dates[found.start],
        "end_date": counts.dates[found.end],
        "n_issues": found.n_issues,
        "x": found.x,
        "n": found.n,
        "share_in": found.x / found.n,
        "share_out": pyarrow.array(found.x_out / np.maximum(found.n_out, 1), mask=found.n_out == 0),
        "strength": found.strength,
        "p_perm": significance.p_burst,
        "q": adjusted(significance.p_burst, significance.p_topic),
        "is_open": found.end == counts.last_with_cards,
    }


def adjusted(p: Floats, family: Floats) -> Floats:
    """Benjamini-Hochberg q of each p in a family of p-values: (p,) from (p,) and (family,).

    A p that is not of the family, that of a topic's weaker burst, is ranked as if it stood for its topic.
    """
    ranks = np.searchsorted(np.sort(family), p, side="right")
    own = p * len(family) / np.maximum(ranks, 1)
    ordered = np.sort(family)
    of_family = ordered * len(family) / np.arange(1, len(family) + 1)
    least = np.append(np.minimum.accumulate(of_family[::-1])[::-1], np.inf)
    larger = least[np.searchsorted(ordered, p, side="left")]
    found: Floats = np.maximum(p, np.minimum(1.0, np.minimum(own, larger)))
    return found


def shifts(counts: Counts) -> Iterator[Rows]:
    """The level shifts on all data; those without the last newsletter issue say which of them are new."""
    before = counts.without_last_issue()
    found, found_before = _shifts(counts), _shifts(before)
    known = before.topic_ids[found_before.topic[_is_recent(before, found_before)]]
    topic_id = counts.topic_ids[found.topic]
    yield counts.keys(found.topic) | {
        "shift_date": counts.dates[found.issue],
        "share_before": found.x_before / found.n_before,
        "share_after": found.x_after / found.n_after,
        "log_odds_ratio": found.log_odds_ratio,
        "delta_cost": found.delta_cost,
        "n_before": found.n_before,
        "n_after": found.n_after,
        "same_as_form_change": _form_changes(counts)[found.issue],
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


def over_dispersion(x: Ints, n: Ints) -> Floats:
    """The phi of `topic_momentum`, 1 for NULL: (topics,) from (forms, topics, issues) and (forms, issues).

    phi = max(1, X^2 / df): X^2 compares what an issue has with what its forms make expected, df = issues -
    forms, without the forms in which none or all of the cards have the topic.
    """
    p = x.sum(axis=2) / np.maximum(n.sum(axis=1), 1)[:, None]
    expected = np.einsum("ft,fi->ti", p, n)
    spread = np.einsum("ft,fi->ti", p * (1 - p), n)
    measured = spread > 0
    x2 = np.where(measured, (x.sum(axis=0) - expected) ** 2 / np.where(measured, spread, 1), 0).sum(axis=1)
    df = measured.sum(axis=1) - ((p > 0) & (p < 1)).sum(axis=0)
    found: Floats = np.where(df > 0, np.maximum(1, x2 / np.maximum(df, 1)), 1)
    return found


def _is_recent(counts: Counts, found: Shifts) -> Bools:
    """Whether a shift lies so near to the last newsletter issue that it raises an alert."""
    recent: Bools = found.issue >= len(counts.dates) - int(value("alert", "shift_issues"))
    return recent


def _form_changes(counts: Counts) -> Bools:
    """For each issue, whether another form is the most frequent from it on than before: (issues,)."""
    width = int(value("topic_shift", "min_issues"))
    sums = np.pad(np.cumsum(counts.n_by_form, axis=1), ((0, 0), (1, 0)))
    here = np.arange(len(counts.dates))
    before = sums[:, here] - sums[:, np.maximum(here - width, 0)]
    after = sums[:, np.minimum(here + width, len(here))] - sums[:, here]
    are_known = (before.sum(axis=0) > 0) & (after.sum(axis=0) > 0)
    changes: Bools = (dominant_form(before) != dominant_form(after)) & are_known
    return changes


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

    def published(shares: Floats) -> Any:
        return pyarrow.array(shares, mask=~found.is_published)

    yield counts.keys(found.topic) | {
        "horizon": found.horizon,
        "share_p10": published(found.share_p10),
        "share_p50": published(found.share_p50),
        "share_p90": published(found.share_p90),
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
