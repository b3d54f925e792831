"""The marts that Python computes: from counts of topics by newsletter issue and form to rows.

What they read is the query `topic_issue_counts`; what is computed stands in `statistics`.
"""

from collections.abc import Callable, Iterator

import pyarrow

from signals_pipeline.core.schema import Table, arrow_schema
from signals_pipeline.marts.computed.events import bursts, forecasts, shifts
from signals_pipeline.marts.computed.rows import Rows
from signals_pipeline.marts.computed.trends import history, presence, trends
from signals_pipeline.marts.kept import Kept
from signals_pipeline.marts.models import (
    CallHistory,
    TopicBurstFit,
    TopicForecast,
    TopicPresenceFit,
    TopicShift,
    TopicTrendFit,
)
from signals_pipeline.marts.statistics.counts import Counts, counts_of

COUNTS = "topic_issue_counts"
"""The query that these marts are computed from."""

COMPUTED: dict[str, tuple[type[Table], Callable[[Counts, Kept], Iterator[Rows]]]] = {
    "topic_trend_fit": (TopicTrendFit, trends),
    "topic_presence_fit": (TopicPresenceFit, presence),
    "call_history": (CallHistory, history),
    "topic_burst_fit": (TopicBurstFit, bursts),
    "topic_shift": (TopicShift, shifts),
    "topic_forecast": (TopicForecast, forecasts),
}
"""By mart, its model and what computes its rows for the topics of one kind."""


def computed(name: str, counts: pyarrow.Table, kept: Kept) -> pyarrow.Table:
    """The rows of a mart from those of `topic_issue_counts`, and from what is kept of its last build."""
    model, compute = COMPUTED[name]
    schema = arrow_schema(model)
    parts = [_table(rows, schema) for kind in counts_of(counts) for rows in compute(kind, kept)]
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
