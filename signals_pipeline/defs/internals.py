"""What is used of Dagster that it does not promise to keep: a new version may need a change here alone."""

import os
import sys
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Self

import dagster as dg
import sqlalchemy as sa
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import create_execution_plan, execute_run
from dagster._core.instance import RUNLESS_RUN_ID
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import (
    ConsolidatedSqliteEventLogStorage,
)
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster_shared.error import SerializableErrorInfo

DAEMON = "dagster._daemon"
"""The module that runs schedules and sensors without a web server: `python -m dagster._daemon run`."""

_LOCATION = "signals_pipeline"
_MODULE = "signals_pipeline.definitions"
_ONLY_REPOSITORY = "__repository__"

_LONG = 500
"""Letters from which on a text is packed: the names that are searched for are shorter."""

_TYPICAL = Path(__file__).with_name("events.txt")
"""An event of each frequent kind, which others are packed by reference to.

What was packed can only be read with the same bytes: a change of the file loses the history.
"""


# The history in SQLite


@cache
def _typical() -> bytes:
    return _TYPICAL.read_bytes()


def _packed(text: str | None) -> str | bytes | None:
    if text is None or len(text) < _LONG:
        return text
    packing = zlib.compressobj(zdict=_typical())
    return packing.compress(text.encode()) + packing.flush()


def _unpacked(kept: str | bytes | None) -> str | None:
    return zlib.decompressobj(zdict=_typical()).decompress(kept).decode() if isinstance(kept, bytes) else kept


class _PackedText(sa.Text):
    """Text that is kept compressed where it is long: most of an event are names that all events have.

    What Dagster's own storage wrote is no bytes, and is read as it is.
    """

    def bind_processor(self, _dialect: sa.Dialect) -> Callable[[str | None], str | bytes | None]:
        """From Python to SQLite."""
        return _packed

    def result_processor(
        self, _dialect: sa.Dialect, _coltype: object
    ) -> Callable[[str | bytes | None], str | None]:
        """From SQLite to Python."""
        return _unpacked


def _engine(url: str) -> sa.Engine:
    # Each thread that asks at the same time has a connection of its own; none ever waits for one.
    engine = sa.create_engine(url, max_overflow=-1, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    engine.dialect.colspecs = {**engine.dialect.colspecs, sa.Text: _PackedText}
    # With a write-ahead log this loses nothing when a process is killed. When the power fails, the last
    # events may be gone, and the file is whole: what a run did is in store and snapshots, which are synced.
    sa.event.listen(engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous = NORMAL"))
    return engine


class _OneEngine:
    """A storage of Dagster that opens its database once a process, and not for each event."""

    _conn_string: str
    _opened: tuple[int, sa.Engine] | None = None

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """A connection in a transaction, as Dagster's own storages give it."""
        # SQLite forbids that a process uses what it was forked with.
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), _engine(self._conn_string)
        with self._opened[1].begin() as connection:
            yield connection

    _connect = connect

    def dispose(self) -> None:
        """Close the database, which leaves no write-ahead log beside it."""
        if self._opened and self._opened[0] == os.getpid():
            self._opened[1].dispose()


class _Runs(_OneEngine, SqliteRunStorage):
    pass


class _Schedules(_OneEngine, SqliteScheduleStorage):
    pass


class _Events(_OneEngine, ConsolidatedSqliteEventLogStorage):
    """The events of all runs in one database.

    It is the file in which Dagster's own storage has what concerns several runs: what it knows of assets and
    checks from before goes on. That storage has a further database for each run.
    """

    def __init__(self, folder: Path) -> None:
        self._base_dir = str(folder)
        self._conn_string = create_db_conn_string(str(folder), "index")
        self._secondary_index_cache: dict[str, Any] = {}
        self._inst_data = None
        self._watcher: SqlPollingEventWatcher | None = None
        if not Path(self.get_db_path()).exists():
            self._init_db()  # type: ignore[no-untyped-call]
        super(ConsolidatedSqliteEventLogStorage, self).__init__()  # type: ignore[no-untyped-call]

    def get_db_path(self) -> str:
        """The file of the database."""
        return str(Path(self._base_dir, "index.db"))

    def has_table(self, table_name: str) -> bool:
        """Whether there is a table of a name."""
        with self.connect() as connection:
            return sa.inspect(connection).has_table(table_name)

    def delete_events(self, run_id: str) -> None:
        """Delete the events of a run, with the database that it has from Dagster's own storage."""
        super().delete_events(run_id)
        Path(self._base_dir, f"{run_id}.db").unlink(missing_ok=True)

    def watch(self, run_id: str, cursor: str | None, callback: Callable[..., Any]) -> None:
        """Have new events of a run told, which are asked for: the file itself changes now and then only."""
        self._watcher = self._watcher or SqlPollingEventWatcher(self)
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Callable[..., Any]) -> None:
        """Tell of no further events of a run."""
        if self._watcher:
            self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        """Watch nothing any more, and close the database."""
        if self._watcher:
            self._watcher.close()
            self._watcher = None
        super().dispose()


class SqliteHistory(DagsterSqliteStorage):
    """What dagster.yaml names as the storage: the history of runs in SQLite, in three databases.

    Dagster's own opens a database anew for each event, and keeps most events in two of them.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        """Open the databases below a folder, or make them."""
        self.base_dir = base_dir
        history = Path(base_dir, "history")
        self._run_storage = _Runs.from_local(str(history))
        self._event_log_storage = _Events(history / "runs")  # type: ignore[assignment]
        self._schedule_storage = _Schedules.from_local(str(Path(base_dir, "schedules")))
        self._inst_data = inst_data
        super(DagsterSqliteStorage, self).__init__()  # type: ignore[no-untyped-call]

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> Self:
        """The storage that dagster.yaml describes."""
        return cls.from_local(inst_data=inst_data, **config_value)


def sqlite_folder(home: Path) -> Path | None:
    """The folder in which an instance keeps its history; None where it is in no SQLite."""
    storage = InstanceRef.from_dir(str(home)).storage_data
    if storage is None or storage.class_name not in (DagsterSqliteStorage.__name__, SqliteHistory.__name__):
        return None
    folder = storage.config_dict["base_dir"]
    return Path(folder).resolve() if isinstance(folder, str) else None


# What is kept of it


def runs_that_hold_the_latest(instance: dg.DagsterInstance) -> set[str]:
    """The runs with the latest materialization or observation of an asset, or evaluation of a check."""
    events, checks = SqlEventLogStorageTable.c, AssetCheckExecutionsTable.c
    latest_checks = (
        sa.select(sa.func.max(checks.id))
        .where(checks.execution_status.in_(("SUCCEEDED", "FAILED")))
        .group_by(checks.asset_key, checks.check_name)
    )
    with _event_log(instance) as connection:
        of_assets = connection.execute(sa.select(events.run_id).where(events.id.in_(_latest_events())))
        of_checks = connection.execute(sa.select(checks.run_id).where(checks.id.in_(latest_checks)))
        return {run_id for (run_id,) in (*of_assets, *of_checks)}


def delete_runs(instance: dg.DagsterInstance, run_ids: Collection[str]) -> None:
    """Delete runs with all that is kept of them: events, evaluations of checks, and what they printed."""
    for run_id in run_ids:
        with _event_log(instance) as connection:
            connection.execute(
                AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id)
            )
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        # Before the run itself: what is interrupted is done the next time.
        instance.event_log_storage.delete_events(run_id)
        instance.delete_run(run_id)


def delete_events_of_no_run(instance: dg.DagsterInstance, before: datetime) -> None:
    """Delete events that were recorded in no run before a time in UTC, but for the latest of each asset."""
    events = SqlEventLogStorageTable.c
    old = sa.select(events.id).where(
        events.run_id == RUNLESS_RUN_ID,
        events.timestamp < before.replace(tzinfo=None),
        events.id.not_in(_latest_events()),
    )
    with _event_log(instance) as connection:
        ids = [one for (one,) in connection.execute(old)]
        if not ids:
            return
        for table, column in (
            (AssetEventTagsTable, AssetEventTagsTable.c.event_id),
            (SqlEventLogStorageTable, events.id),
        ):
            connection.execute(
                table.delete().where(column == sa.bindparam("one")), [{"one": one} for one in ids]
            )


def _event_log(instance: dg.DagsterInstance) -> AbstractContextManager[sa.Connection]:
    """A transaction in the database of the events, wherever that is."""
    storage: Any = instance.event_log_storage
    opened: AbstractContextManager[sa.Connection] = storage.index_connection()
    return opened


def _latest_events() -> sa.Select[Any]:
    """The ids of the latest events of each kind, by asset."""
    events = SqlEventLogStorageTable.c
    kinds = (dg.DagsterEventType.ASSET_MATERIALIZATION.value, dg.DagsterEventType.ASSET_OBSERVATION.value)
    return (
        sa.select(sa.func.max(events.id))
        .where(events.dagster_event_type.in_(kinds), events.asset_key.is_not(None))
        .group_by(events.asset_key, events.dagster_event_type)
    )


# Running and showing


@contextmanager
def web_application(
    instance: dg.DagsterInstance, workspace: Path, *, read_only: bool, poll_milliseconds: int
) -> Iterator[Any]:
    """The application of Dagster's web server, which asks the code servers of a workspace file."""
    # Every run imports this file, and none needs the web server.
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context

    target = WorkspaceFileTarget([str(workspace)])
    with WorkspaceProcessContext(instance, target, dg.__version__, read_only) as context:
        yield create_app_from_workspace_process_context(context, live_data_poll_rate=poll_milliseconds)


def execute_here(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    root: Path,
    *,
    run_id: str,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
) -> dg.JobExecutionResult:
    """Run a job in this process as execute_in_process does, and raise what made it fail.

    Unlike there, the run says of which code location its job is. The Timeline shows no other runs, and only
    such a run can be started again from its page.
    """
    here = InMemoryJob(job.as_ephemeral_job(resource_defs={}, input_values={}))
    plan = create_execution_plan(
        here, run_config=run_config, instance_ref=instance.get_ref() if instance.is_persistent else None
    )
    run = instance.create_run_for_job(
        job_def=here.get_definition(),
        execution_plan=plan,
        run_id=run_id,
        run_config=run_config,
        tags=tags,
        remote_job_origin=job_origin(root, job.name),
    )
    return execute_run(here, run, instance, raise_on_error=True)


def job_origin(root: Path, name: str) -> RemoteJobOrigin:
    """A job of the code location that workspace.yaml names."""
    loaded = LoadableTargetOrigin(
        executable_path=sys.executable, module_name=_MODULE, working_directory=str(root)
    )
    location = ManagedGrpcPythonEnvCodeLocationOrigin(loaded, _LOCATION)
    return RemoteRepositoryOrigin(location, _ONLY_REPOSITORY).get_job_origin(name)


def causes(event: dg.DagsterEvent) -> Iterator[SerializableErrorInfo]:
    """The error of a failure and what led to it, the root last."""
    error = getattr(event.event_specific_data, "error", None)
    while error is not None:
        yield error
        error = error.cause
