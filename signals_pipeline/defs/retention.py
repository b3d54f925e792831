"""How long Dagster's history keeps a run."""

import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import dagster as dg

from signals_pipeline.core.progress import report
from signals_pipeline.core.settings import Project
from signals_pipeline.defs.history import dagster_home, history_faults, instance_of
from signals_pipeline.defs.internals import (
    delete_events_of_no_run,
    delete_runs,
    runs_that_hold_the_latest,
    sqlite_folder,
)

CHANGED = "signals/changed"
"""The tag of runs that says whether they published a new snapshot: `yes` or `no`; a failed run has none."""

WITHOUT_CHANGE = timedelta(days=7)
"""How long a run is kept that published nothing new."""

_FREE = 4
"""A database is written anew where more than one in so many of its pages is free."""


class Kept(NamedTuple):
    """A run of the history: when it was made, whether it is over, and whether it published nothing new."""

    run_id: str
    made: datetime
    is_over: bool
    changed_nothing: bool


class Pruned(NamedTuple):
    """What was done: how many runs of how many were removed, and the bytes of SQLite before and after."""

    n_removed: int
    n_runs: int
    bytes_before: int
    bytes_after: int


def outdated(runs: Iterable[Kept], holding: Collection[str], now: datetime, keep: timedelta) -> list[str]:
    """The runs that may be removed, the oldest first.

    None of those that hold the latest of an asset or check, and never the last run: where the last events are
    gone, SQLite gives their numbers to new events, which sensors would take for seen.
    """
    by_age = sorted(runs, key=lambda run: (run.made, run.run_id))
    return [
        run.run_id
        for run in by_age[:-1]
        if run.is_over
        and run.run_id not in holding
        and now - run.made > (min(WITHOUT_CHANGE, keep) if run.changed_nothing else keep)
    ]


def prune(settings: Project) -> Pruned:
    """Remove what is too old from the history, and give the room back to the disk.

    Raises:
        BadInputFileError: The setting is no number of days, or dagster.yaml cannot be used.
        HistoryError: PostgreSQL does not answer.
        StoreBusyError: Another process holds the history of SQLite.
    """
    with history_faults(settings), instance_of(settings) as instance:
        n_runs = instance.get_runs_count()
        databases = _databases(settings)
        before = _bytes(databases)
        n_removed = remove_outdated(instance, settings)
        for path in databases:
            give_back(path)
    return Pruned(n_removed, n_runs, before, _bytes(databases))


def prune_after_run(instance: dg.DagsterInstance, settings: Project) -> None:
    """Prune what a run has made too old; a fault of that is reported, and no fault of the run."""
    try:
        remove_outdated(instance, settings)
        for path in _databases(settings):
            give_back(path)
    except Exception as error:  # noqa: BLE001
        report(f"old runs stay in the history: {error}")


def remove_outdated(instance: dg.DagsterInstance, settings: Project) -> int:
    """Remove the runs that are too old, and what else was recorded as long ago; how many runs."""
    now = datetime.now(UTC)
    keep = settings.keep_runs()
    young = min(WITHOUT_CHANGE, keep)
    records = instance.get_run_records(dg.RunsFilter(created_before=now - young))
    newest = instance.get_run_records(limit=1)
    runs = {
        one.dagster_run.run_id: Kept(
            one.dagster_run.run_id,
            one.create_timestamp,
            one.dagster_run.is_finished,
            one.dagster_run.tags.get(CHANGED) == "no",
        )
        for one in (*records, *newest)
    }
    found = outdated(runs.values(), runs_that_hold_the_latest(instance) if records else (), now, keep)
    delete_runs(instance, found)
    delete_events_of_no_run(instance, now - young)
    return len(found)


def give_back(database: Path) -> None:
    """Write a database of SQLite anew where much of it is free; not while another process writes into it."""
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(database, timeout=1)) as connection:
        (n_free,), (n_pages,) = (
            connection.execute(f"PRAGMA {name}").fetchone() for name in ("freelist_count", "page_count")
        )
        if n_free * _FREE > n_pages:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _databases(settings: Project) -> list[Path]:
    folder = sqlite_folder(dagster_home(settings))
    return sorted(folder.rglob("*.db")) if folder else []


def _bytes(databases: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in databases if path.exists())
