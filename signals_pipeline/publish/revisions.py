"""Calls of the past that are others now than when they were published.

A call that has ended stays as it is while issues come, unless a card changes what counted: one that
came late, another version of one, an earlier duplicate. That is nothing wrong, and it is said.
"""

from pathlib import Path

from signals_pipeline.core.failures import faults_translated
from signals_pipeline.core.schema import sql_text
from signals_pipeline.core.store import Store


def revised_calls(store: Store, parquet: Path) -> int:
    """How many ended calls of a snapshot the store has not, by topic, stage, first and last day.

    0 where the snapshot has no history of calls, or parameters were others then.
    """
    history, metric = (parquet / "main" / f"{name}.parquet" for name in ("call_history", "metric"))
    if not (history.is_file() and metric.is_file()):
        return 0
    ended = "SELECT topic_id, stage, called_from, called_to FROM {} WHERE called_to IS NOT NULL"
    rules = "SELECT metric, parameter, value FROM {}"
    then_history, then_metric = (f"read_parquet({sql_text(str(path))})" for path in (history, metric))
    with faults_translated(parquet):
        if store.rows(f"{rules.format(then_metric)} EXCEPT {rules.format('metric')}"):
            return 0
        return len(store.rows(f"{ended.format(then_history)} EXCEPT {ended.format('call_history')}"))
