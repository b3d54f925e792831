"""Which runs leave the history, and what stays of assets and checks whatever leaves."""

import contextlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.runs.schema import RunsTable

from signals_pipeline.__main__ import main
from signals_pipeline.core.errors import EXIT_BUSY, BadInputFileError
from signals_pipeline.core.settings import Project, project
from signals_pipeline.defs.history import instance_of
from signals_pipeline.defs.retention import (
    CHANGED,
    Kept,
    give_back,
    outdated,
    prune_after_run,
    remove_outdated,
)
from signals_pipeline_tests.starter import ROOT

NOW = datetime(2026, 6, 30, tzinfo=UTC)
KEEP = timedelta(days=90)


def run(name: str, days: float, *, is_over: bool = True, changed_nothing: bool = False) -> Kept:
    return Kept(name, NOW - timedelta(days=days), is_over, changed_nothing)


@pytest.mark.parametrize(
    ("one", "leaves"),
    [
        (run("a", 91), True),
        (run("a", 90), False),
        (run("a", 8), False),
        (run("a", 8, changed_nothing=True), True),
        (run("a", 7, changed_nothing=True), False),
        (run("a", 91, is_over=False), False),
        (run("holds", 91), False),
        (run("holds", 91, changed_nothing=True), False),
    ],
)
def test_a_run_leaves_when_it_is_too_old_and_over_and_holds_nothing(one: Kept, leaves: bool) -> None:
    found = outdated([one, run("last", 0)], {"holds"}, NOW, KEEP)
    assert found == ([one.run_id] if leaves else [])


def test_the_last_run_stays_however_old_it_is() -> None:
    assert outdated([run("b", 200), run("a", 300)], set(), NOW, KEEP) == ["a"]
    assert outdated([], set(), NOW, KEEP) == []


def test_where_runs_stay_less_than_a_week_those_that_changed_nothing_stay_no_longer() -> None:
    runs = [run("a", 3), run("b", 3, changed_nothing=True), run("c", 1, changed_nothing=True), run("last", 0)]
    assert outdated(runs, set(), NOW, timedelta(days=2)) == ["a", "b"]


# In a history


@dg.asset
def often() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"n": 1})


@dg.asset
def once() -> None: ...


@dg.asset_check(asset=often)
def it_holds() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=often)
def looked_at_once() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)


@dg.observable_source_asset
def seen() -> dg.ObserveResult:
    return dg.ObserveResult(data_version=dg.DataVersion("1"))


JOBS = dg.Definitions(
    assets=[often, once, seen],
    asset_checks=[it_holds, looked_at_once],
    jobs=[
        dg.define_asset_job("all_of_it", dg.AssetSelection.assets(often, once)),
        dg.define_asset_job(
            "usual", dg.AssetSelection.assets(often) - dg.AssetSelection.checks(looked_at_once)
        ),
        dg.define_asset_job("check", dg.AssetSelection.checks(looked_at_once)),
        dg.define_asset_job("look", dg.AssetSelection.assets("seen")),
    ],
)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def ran(instance: dg.DagsterInstance, job: str, days: float, tags: dict[str, str] | None = None) -> str:
    """The id of a run of a job so many days ago."""
    run_id = JOBS.resolve_job_def(job).execute_in_process(instance=instance, tags=tags).run_id
    backdate(instance, run_id, days)
    return run_id


def backdate(instance: dg.DagsterInstance, run_id: str, days: float) -> None:
    then = (datetime.now(UTC) - timedelta(days=days)).replace(tzinfo=None)
    with instance.run_storage.connect() as connection:
        connection.execute(
            RunsTable.update().where(RunsTable.c.run_id == run_id).values(create_timestamp=then)
        )
    with instance.event_log_storage.index_connection() as connection:
        events = SqlEventLogStorageTable
        connection.execute(events.update().where(events.c.run_id == run_id).values(timestamp=then))


def left(instance: dg.DagsterInstance) -> set[str]:
    return {one.run_id for one in instance.get_runs()}


def test_what_is_latest_of_an_asset_or_check_never_leaves(instance: dg.DagsterInstance) -> None:
    looked = ran(instance, "look", 400)
    first = ran(instance, "all_of_it", 300)
    checked = ran(instance, "check", 250)
    middle = ran(instance, "usual", 200)
    latest = ran(instance, "usual", 150)
    last = ran(instance, "check", 100)
    before = instance.get_latest_materialization_events([dg.AssetKey("often"), dg.AssetKey("once")])

    assert remove_outdated(instance, project()) == 2
    assert left(instance) == {looked, first, latest, last}
    assert {checked, middle}.isdisjoint(left(instance))

    assert instance.get_latest_materialization_events([dg.AssetKey("often"), dg.AssetKey("once")]) == before
    found = instance.fetch_materializations(dg.AssetKey("often"), limit=10).records
    assert [one.run_id for one in found] == [latest, first]
    (observed,) = instance.fetch_observations(dg.AssetKey("seen"), limit=10).records
    assert observed.run_id == looked
    keys = [dg.AssetCheckKey(dg.AssetKey("often"), name) for name in ("it_holds", "looked_at_once")]
    log = instance.event_log_storage
    assert {
        key.name: one.run_id for key, one in log.get_latest_asset_check_execution_by_key(keys).items()
    } == {"it_holds": latest, "looked_at_once": last}
    assert [one.run_id for one in log.get_asset_check_execution_history(keys[0], limit=10)] == [latest, first]
    assert instance.all_logs(middle) == []
    assert instance.all_logs(first)
    assert remove_outdated(instance, project()) == 0


def test_runs_that_changed_nothing_leave_after_a_week(instance: dg.DagsterInstance) -> None:
    ran(instance, "usual", 10, {CHANGED: "no"})
    changed = ran(instance, "usual", 10, {CHANGED: "yes"})
    failed = ran(instance, "usual", 10)
    latest = ran(instance, "usual", 1)
    assert remove_outdated(instance, project()) == 1
    assert left(instance) == {changed, failed, latest}
    assert remove_outdated(instance, project(keep_runs="9")) == 2
    assert left(instance) == {latest}


def test_of_what_no_run_recorded_the_latest_stays_and_the_rest_a_week(instance: dg.DagsterInstance) -> None:
    for n in range(3):
        instance.report_runless_asset_event(dg.AssetMaterialization("often", metadata={"n": n}))
    backdate(instance, "", 8)
    remove_outdated(instance, project())
    (kept,) = instance.fetch_materializations(dg.AssetKey("often"), limit=10).records
    assert kept.asset_materialization.metadata["n"].value == 2

    instance.report_runless_asset_event(dg.AssetMaterialization("often", metadata={"n": 3}))
    remove_outdated(instance, project())
    assert len(instance.fetch_materializations(dg.AssetKey("often"), limit=10).records) == 1


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "a month", "100000", "٣"])
def test_what_is_no_number_of_days_is_refused(text: str) -> None:
    with pytest.raises(BadInputFileError, match="SIGNALS_KEEP_RUNS="):
        project(keep_runs=text).keep_runs()


def test_a_fault_of_the_pruning_is_none_of_the_run(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signals_pipeline.defs.retention.remove_outdated", lambda *_: 1 / 0)
    prune_after_run(instance, project())


def test_a_database_shrinks_where_a_quarter_of_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE texts (id INTEGER PRIMARY KEY, text)")
        database.executemany("INSERT INTO texts (text) VALUES (?)", [("x" * 1_000,)] * 1_000)
        database.execute("DELETE FROM texts WHERE id <= 100")
        database.commit()
    full = path.stat().st_size
    give_back(path)
    assert path.stat().st_size == full, "a tenth is free"
    with closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM texts WHERE id <= 900")
        database.commit()
        database.execute("INSERT INTO texts (text) VALUES ('not committed')")
        give_back(path)
        assert path.stat().st_size == full, "another one writes into it"
        database.rollback()
    give_back(path)
    assert path.stat().st_size < full / 5
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT min(id), max(id), count(*) FROM texts").fetchone() == (
            901,
            1_000,
            100,
        )


@pytest.mark.long
def test_the_command_removes_old_runs_with_what_they_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(tmp_path / "data"))
    settings: Project = project()
    with instance_of(settings) as instance:
        runs = [ran(instance, "usual", 100 - n) for n in range(3)]
    printed = settings.history / "storage"
    assert {path.name for path in printed.iterdir()} >= set(runs)
    assert main(["prune"]) == 0
    assert capsys.readouterr().out.startswith("Removed 2 of 3 runs. ")
    with instance_of(settings) as instance:
        assert left(instance) == {runs[2]}
    assert not {path.name for path in printed.iterdir()} & set(runs[:2])


PRUNED_AND_KILLED = """
import json, os, signal
import sqlalchemy as sa
from signals_pipeline.core.settings import project
from signals_pipeline.defs.history import instance_of
from signals_pipeline.defs.retention import prune
from signals_pipeline_tests.defs.test_retention import latest

def in_a_process(work):
    process = os.fork()
    if process == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

def prune_and_be_killed():
    left = [n]

    def kill(connection, cursor, statement, *_):
        left[0] -= statement.startswith(("DELETE", "INSERT", "UPDATE"))
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", kill)
    prune(project())

def tell():
    with instance_of(project()) as instance:
        print(json.dumps(latest(instance)), flush=True)

n, code = 0, -signal.SIGKILL
in_a_process(tell)
while code == -signal.SIGKILL:
    n += 1
    code = in_a_process(prune_and_be_killed)
    in_a_process(tell)
assert code == 0, code
"""
"""Prunes and is killed before the first statement that writes, then before the second one, until it ends."""


def latest(instance: dg.DagsterInstance) -> dict[str, str | None]:
    """By asset and by check the run with what is known last of it."""
    keys = [dg.AssetKey(name) for name in ("often", "once")]
    events = instance.get_latest_materialization_events(keys)
    found = {key.to_user_string(): event and event.run_id for key, event in events.items()}
    checks = [dg.AssetCheckKey(keys[0], name) for name in ("it_holds", "looked_at_once")]
    evaluated = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
    return found | {key.name: record.run_id for key, record in evaluated.items()}


def history_of_six_runs(settings: Project) -> dict[str, str]:
    """The ids of old runs by name, the last one of which is the latest that changes no asset."""
    jobs = {"first": "all_of_it", "checked": "check", "middle": "usual", "later": "usual", "last": "check"}
    with instance_of(settings) as instance:
        return {name: ran(instance, job, 300 - n) for n, (name, job) in enumerate(jobs.items())}


@pytest.mark.long
def test_a_pruning_killed_before_any_of_its_statements_loses_nothing_that_is_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(tmp_path / "data"))
    runs = history_of_six_runs(project())
    done = subprocess.run(
        [sys.executable, "-c", PRUNED_AND_KILLED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) > 5, "it was killed again and again"
    assert told[0] == {
        "often": runs["later"],
        "once": runs["first"],
        "it_holds": runs["later"],
        "looked_at_once": runs["last"],
    }
    assert all(one == told[0] for one in told)
    with instance_of(project()) as instance:
        assert left(instance) == {runs[name] for name in ("first", "later", "last")}


@pytest.mark.full
def test_where_another_process_writes_the_history_for_long_nothing_is_removed_and_no_run_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(tmp_path / "data"))
    settings = project()
    runs = history_of_six_runs(settings)
    databases = list(settings.history.rglob("*.db"))
    with contextlib.ExitStack() as held:
        for path in databases:
            connection = held.enter_context(closing(sqlite3.connect(path)))
            connection.execute("BEGIN IMMEDIATE")
        assert main(["prune"]) == EXIT_BUSY
        assert capsys.readouterr().err.splitlines()[-1].startswith("signals: Another process is writing")
        with instance_of(settings) as instance:
            prune_after_run(instance, settings)
            assert left(instance) == set(runs.values())
    assert main(["prune"]) == 0
    with instance_of(settings) as instance:
        assert left(instance) == {runs[name] for name in ("first", "later", "last")}
