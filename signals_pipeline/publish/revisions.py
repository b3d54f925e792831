"""What a snapshot changes of the last one: files that came, went or changed, and calls of the past.

A call that has ended stays as it is while issues come, unless a card changes what counted: one that
came late, another version of one, an earlier duplicate. That is nothing wrong, and it is said.
"""

from dataclasses import dataclass
from pathlib import Path

from signals_pipeline.core.failures import faults_translated
from signals_pipeline.core.schema import sql_text
from signals_pipeline.core.store import Store


@dataclass(frozen=True, slots=True)
class FileChanges:
    """Numbers of files: those that the last snapshot lacks, has with another content, and has alone."""

    new: int = 0
    changed: int = 0
    removed: int = 0


def file_changes(store: Store, parquet: Path | None) -> FileChanges:
    """How the text files of the store differ from those of a snapshot; all are new where there is none.

    A run may take in what only a later one publishes, so that what a run has read does not say this.
    """
    if parquet is None:
        return FileChanges(new=int(store.value("SELECT count(*) FROM internal.files")))
    # What is no text is listed without a size.
    files = "SELECT path, file_sha256 FROM {} WHERE size IS NOT NULL"
    then = f"read_parquet({sql_text(str(parquet / 'parsed' / 'files_seen.parquet'))})"
    with faults_translated(parquet):
        ((new, changed, removed),) = store.rows(f"""
            SELECT
                count(*) FILTER (WHERE t.path IS NULL),
                count(*) FILTER (WHERE t.path = n.path AND t.file_sha256 IS DISTINCT FROM n.file_sha256),
                count(*) FILTER (WHERE n.path IS NULL)
            FROM ({files.format("parsed.files_seen")}) AS n
            FULL JOIN ({files.format(then)}) AS t ON t.path = n.path
        """)
    return FileChanges(new, changed, removed)


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
