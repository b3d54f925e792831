"""What rows of computed marts have in common."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow

from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.statistics.counts import Bools, Counts, Floats, Ints

Rows = dict[str, Any]
"""Columns by name: arrays of one length, or one value for all rows."""


def keys(counts: Counts, topic: Ints | slice = slice(None)) -> Rows:
    """The columns that say which topics some rows of x are."""
    return {"topic_id": counts.topic_ids[topic], "kind": counts.kind, "topic": counts.topics[topic]}


def before(counts: Counts) -> Counts:
    """The counts before the last newsletter issue came out."""
    return counts.without_last_issue(value("family_size", "min_cards"))


def null_where(missing: Bools, values: Floats | npt.NDArray[np.object_]) -> Any:
    """A column with NULL where something holds: (rows,) from (rows,) and (rows,)."""
    return pyarrow.array(values, mask=missing)


def dates(counts: Counts, issue: Ints) -> Any:
    """The dates of some issues, NULL for -1: (rows,) from (rows,)."""
    if not len(counts.dates):
        return pyarrow.nulls(len(issue), pyarrow.date32())
    return pyarrow.array(counts.dates[np.maximum(issue, 0)], mask=issue < 0)
