"""Where a column comes from: one step back, for every table from the marts to the cards."""

from collections.abc import Sequence

from signals_pipeline.marts import build as run
from signals_pipeline.marts.origins import Origins
from signals_pipeline.parsed.reader.forms import parts_read
from signals_pipeline.topics import build
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

CARDS = "raw.cards"
"""The files, whose columns are the parts of a card."""


def origins(table: str) -> Origins:
    """Where each column of a table comes from, one step back; empty for a table that is not in the store."""
    name = table.removeprefix("main.")
    if name.startswith("parsed."):
        parts = parts_read(name.removeprefix("parsed."))
        return {column: [(CARDS, part) for part in read] for column, read in parts.items()}
    if name in TOPIC_TABLES:
        return build.origins(name)
    return run.column_lineage(name) if name in run.marts() else {}


def told(read: Sequence[tuple[str, str]]) -> str | None:
    """The origins of a column in words, None where there are none.

    A parameter is looked up by columns of `metric` that say nothing of what it is, so they are left out.
    """
    by_table: dict[str, list[str]] = {}
    for table, column in read:
        by_table.setdefault(table, []).append(column)
    parts = [
        table if table == "metric" else f"{table} ({', '.join(columns)})"
        for table, columns in sorted(by_table.items())
    ]
    return "; ".join(parts) or None
