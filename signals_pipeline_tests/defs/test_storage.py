"""The history in SQLite: what it keeps, how seldom it waits for the disk, and who may use it at once."""

import hashlib
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from signals_pipeline.core.settings import came_with
from signals_pipeline.defs import internals
from signals_pipeline_tests.web import PATIENCE, ask, web_server

STOCK = "storage: {sqlite: {base_dir: %s}}\n"
OWN = """storage:
  custom: {module: signals_pipeline.defs.internals, class: SqliteHistory, config: {base_dir: %s}}
"""
QUIET = "telemetry: {enabled: false}\n"

WORDS = "word " * 400
"""A text that is long enough to be packed."""


@dg.multi_asset(
    specs=[dg.AssetSpec("thing")],
    check_specs=[dg.AssetCheckSpec("it_is_there", asset="thing", blocking=True)],
)
def thing() -> Iterator[dg.MaterializeResult]:
    yield dg.MaterializeResult(
        metadata={"words": WORDS, "n": 3},
        check_results=[dg.AssetCheckResult(check_name="it_is_there", passed=True)],
    )


def opened(folder: Path, storage: str = OWN) -> dg.DagsterInstance:
    (folder / "dagster.yaml").write_text(QUIET + storage % folder)
    return dg.DagsterInstance.from_config(str(folder))


def made(instance: dg.DagsterInstance) -> str:
    """The id of a run that made the thing."""
    return dg.materialize([thing], instance=instance).run_id


def words(instance: dg.DagsterInstance) -> str:
    event = instance.get_latest_materialization_event(dg.AssetKey("thing"))
    return event.asset_materialization.metadata["words"].value


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dg.DagsterInstance, str]]:
    """An instance as the project describes it, and the one run in it."""
    folder = tmp_path_factory.mktemp("history")
    text = came_with("dagster.yaml").read_text("utf-8")
    (folder / "dagster.yaml").write_text(text.replace("data/.dagster", str(folder)))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance, made(instance)


def test_what_was_recorded_is_read_as_it_was_and_kept_packed(history: tuple[dg.DagsterInstance, str]) -> None:
    instance, run_id = history
    kinds = [entry.dagster_event.event_type_value for entry in instance.all_logs(run_id)]
    assert (kinds[0], kinds[-1]) == ("ASSET_MATERIALIZATION_PLANNED", "PIPELINE_SUCCESS")
    assert words(instance) == WORDS
    check = dg.AssetCheckKey(dg.AssetKey("thing"), "it_is_there")
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key([check])
    assert latest[check].status.value == "SUCCEEDED"
    (file,) = Path(instance.root_directory, "history", "runs").glob("*.db")
    with closing(sqlite3.connect(file)) as database:
        assert dict(database.execute("SELECT typeof(event), count(*) FROM event_logs GROUP BY 1")) == {
            "blob": len(kinds)
        }
        (length,) = database.execute(
            "SELECT length(last_materialization) FROM asset_keys WHERE last_materialization IS NOT NULL"
        ).fetchone()
        assert length < len(WORDS) / 2


def test_the_events_that_others_are_packed_by_reference_to_never_change() -> None:
    found = hashlib.sha256(internals._TYPICAL.read_bytes()).hexdigest()
    assert found == "9b0b4fb5a3a6151d7619af336e66e90de265a31cae0b17eb9a8480edfa40d96e", (
        "a history that was written before cannot be read any more: take the change back"
    )


@pytest.mark.long
def test_a_history_that_the_storage_of_dagster_wrote_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path, STOCK) as instance:
        before = made(instance)
    shard = tmp_path / "history" / "runs" / f"{before}.db"
    assert shard.exists()
    with opened(tmp_path) as instance:
        assert words(instance) == WORDS
        after = made(instance)
        assert {run.run_id for run in instance.get_runs()} == {before, after}
        instance.delete_run(before)
        assert not shard.exists()
        assert [run.run_id for run in instance.get_runs()] == [after]


@pytest.mark.long
def test_a_run_opens_each_database_once_and_leaves_no_log_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = []

    def counted(url: str) -> sa.Engine:
        engines.append(url)
        return engine(url)

    engine = internals._engine
    monkeypatch.setattr(internals, "_engine", counted)
    with opened(tmp_path) as instance:
        made(instance)
        made(instance)
    assert len(engines) == len(set(engines)) <= 3
    assert not [*(tmp_path / "history").rglob("*-wal")]


def test_no_event_waits_for_the_disk_and_all_go_through_a_write_ahead_log(
    history: tuple[dg.DagsterInstance, str],
) -> None:
    instance, _ = history
    for opened_by in (instance.event_log_storage.index_connection, instance.run_storage.connect):
        with opened_by() as connection:
            mode, synchronous = (
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous")
            )
        normal = 1
        assert (mode, synchronous) == ("wal", normal)


@pytest.mark.long
def test_what_a_process_recorded_stays_when_it_is_killed(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        made(instance)
        ready, told = os.pipe()
        child = os.fork()
        if not child:
            # It has the connections of its parent, and may use none of them.
            made(instance)
            os.write(told, b"x")
            signal.pause()
        assert os.read(ready, 1) == b"x"
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        made(instance)
        assert instance.get_runs_count() == 3
        runs = instance.get_runs()
        assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
        assert len({len(instance.all_logs(run.run_id)) for run in runs}) == 1
    for path in (tmp_path / "history").rglob("*.db"):
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.long
def test_threads_and_processes_record_at_once(tmp_path: Path) -> None:
    n_each = 5

    def record() -> None:
        for _ in range(n_each):
            instance.report_runless_asset_event(dg.AssetMaterialization("thing", metadata={"words": WORDS}))

    with opened(tmp_path) as instance:
        child = os.fork()
        if not child:
            record()
            os._exit(0)
        threads = [threading.Thread(target=record) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert os.waitpid(child, 0)[1] == 0
        found = instance.fetch_materializations(dg.AssetKey("thing"), limit=100).records
        assert len(found) == n_each * 5


def test_new_events_of_a_run_are_told_to_whoever_watches_it(history: tuple[dg.DagsterInstance, str]) -> None:
    instance, run_id = history
    heard: list[str] = []
    instance.event_log_storage.watch(
        run_id, None, lambda entry, _cursor: heard.append(entry.dagster_event.event_type_value)
    )
    recorded = [entry.dagster_event.event_type_value for entry in instance.all_logs(run_id)]
    deadline = time.monotonic() + PATIENCE
    while len(heard) < len(recorded) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert heard == recorded


@pytest.mark.long
def test_the_ui_is_told_the_columns_of_each_table_and_where_they_come_from(tmp_path: Path) -> None:
    query = "{ assetNodes { assetKey { path } metadataEntries { __typename label } } }"
    with web_server("--read-only", data=tmp_path / "data") as (port, _):
        nodes = ask(port, query)["data"]["assetNodes"]
    told = {
        "/".join(node["assetKey"]["path"]): {
            one["label"]: one["__typename"] for one in node["metadataEntries"]
        }
        for node in nodes
    }
    tables = {name: one for name, one in told.items() if "dagster/table_name" in one}
    assert len(tables) > 50
    assert {one["dagster/column_schema"] for one in tables.values()} == {"TableSchemaMetadataEntry"}
    assert tables["marts/topic_trend"]["dagster/column_lineage"] == "TableColumnLineageMetadataEntry"
