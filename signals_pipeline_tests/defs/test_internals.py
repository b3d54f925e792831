"""What is used of Dagster that it does not promise to keep, by name."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import dagster as dg
import pytest
from dagster._core.workspace.load_target import WorkspaceFileTarget

from signals_pipeline.core.settings import PACKAGE
from signals_pipeline.definitions import defs
from signals_pipeline.defs import internals
from signals_pipeline.defs.automation import JOB
from signals_pipeline_tests.starter import ROOT

INTERNALS = "defs/internals.py"

NAMES = {
    "dagster._core.definitions.job_base.InMemoryJob",
    "dagster._core.execution.api.create_execution_plan",
    "dagster._core.execution.api.execute_run",
    "dagster._core.instance.RUNLESS_RUN_ID",
    "dagster._core.instance.ref.InstanceRef",
    "dagster._core.remote_origin.ManagedGrpcPythonEnvCodeLocationOrigin",
    "dagster._core.remote_origin.RemoteJobOrigin",
    "dagster._core.remote_origin.RemoteRepositoryOrigin",
    "dagster._core.storage.event_log.polling_event_watcher.SqlPollingEventWatcher",
    "dagster._core.storage.event_log.schema.AssetCheckExecutionsTable",
    "dagster._core.storage.event_log.schema.AssetEventTagsTable",
    "dagster._core.storage.event_log.schema.SqlEventLogStorageTable",
    "dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log.ConsolidatedSqliteEventLogStorage",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage.SqliteRunStorage",
    "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage.SqliteScheduleStorage",
    "dagster._core.storage.sqlite.SQLITE_BUSY_TIMEOUT_SECONDS",
    "dagster._core.storage.sqlite.create_db_conn_string",
    "dagster._core.storage.sqlite_storage.DagsterSqliteStorage",
    "dagster._core.types.loadable_target_origin.LoadableTargetOrigin",
    "dagster._core.workspace.context.WorkspaceProcessContext",
    "dagster._core.workspace.load_target.WorkspaceFileTarget",
    "dagster_shared.error.SerializableErrorInfo",
    "dagster_webserver.app.create_app_from_workspace_process_context",
}
"""What is imported from modules of Dagster other than `dagster` itself."""

STARTED = {"dagster._daemon"}
"""The modules that are started by name."""


def imported(path: Path) -> Iterator[str]:
    """The names that a file takes from modules of Dagster below its own."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and re.match(r"dagster(\.|_)", node.module or ""):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if re.match(r"dagster(\.|_)", alias.name))


def test_the_private_parts_of_dagster_are_named_here_and_stand_in_one_module() -> None:
    found = {str(path.relative_to(PACKAGE)): set(imported(path)) for path in PACKAGE.rglob("*.py")}
    assert {name: names for name, names in found.items() if names} == {INTERNALS: NAMES}
    said = {
        (str(path.relative_to(PACKAGE)), name)
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r"\bdagster\.(?:_\w+)(?:\.\w+)*", path.read_text("utf-8"))
    }
    assert {name for _, name in said} - {name.rpartition(".")[0] for name in NAMES} == STARTED
    assert {path for path, _ in said} == {INTERNALS}


def test_the_modules_that_are_started_are_there() -> None:
    assert {internals.DAEMON} == STARTED
    for name in STARTED:
        assert importlib.util.find_spec(f"{name}.__main__"), name


@pytest.mark.parametrize(
    ("storage", "folder"),
    [
        ("", "."),
        ("storage: {sqlite: {base_dir: %s/there}}", "there"),
        ("storage: {postgres: {postgres_url: 'postgresql://ada@localhost/history'}}", None),
        ("storage: {sqlite: {base_dir: {env: FOLDER}}}", None),
        (
            "storage: {custom: {module: signals_pipeline.defs.internals, class: SqliteHistory, "
            "config: {base_dir: %s/there}}}",
            "there",
        ),
    ],
)
def test_it_is_known_in_which_folder_sqlite_is(tmp_path: Path, storage: str, folder: str | None) -> None:
    (tmp_path / "dagster.yaml").write_text(storage.replace("%s", str(tmp_path)))
    assert internals.sqlite_folder(tmp_path) == (tmp_path / folder if folder else None)


def test_the_code_location_is_that_of_the_workspace() -> None:
    (location,) = WorkspaceFileTarget(paths=[str(ROOT / "workspace.yaml")]).create_origins()
    origin = internals.job_origin(ROOT, JOB)
    assert origin.location_name == location.location_name
    here = origin.repository_origin.code_location_origin.loadable_target_origin
    there = location.loadable_target_origin
    assert here.module_name == there.module_name
    assert Path(here.working_directory) == (ROOT / there.working_directory).resolve()
    assert origin.repository_origin.repository_name == defs().get_repository_def().name


def test_a_run_here_says_of_which_code_location_it_is_and_raises_what_made_it_fail() -> None:
    @dg.op
    def step(context: dg.OpExecutionContext) -> None:
        if context.run.tags["fails"] == "yes":
            raise dg.Failure("The disk sang.")

    @dg.job
    def work() -> None:
        step()

    with dg.DagsterInstance.ephemeral() as instance:
        run = partial(internals.execute_here, work, instance, ROOT, run_config={})
        assert run(run_id=str(UUID(int=1)), tags={"fails": "no"}).success
        found = instance.get_run_by_id(str(UUID(int=1)))
        assert found.remote_job_origin == internals.job_origin(ROOT, "work")
        shown = dg.RunsFilter(tags={".dagster/repository": "__repository__@signals_pipeline"})
        assert [one.run_id for one in instance.get_runs(shown)] == [found.run_id], (
            "what the Timeline asks for"
        )
        with pytest.raises(dg.Failure, match="sang"):
            run(run_id=str(UUID(int=2)), tags={"fails": "yes"})
        assert instance.get_run_by_id(str(UUID(int=2))).status == dg.DagsterRunStatus.FAILURE


def test_the_causes_of_a_failure_end_with_its_root() -> None:
    @dg.op
    def fails() -> None:
        try:
            raise ValueError("the root")
        except ValueError as error:
            raise RuntimeError("what came of it") from error

    @dg.job
    def work() -> None:
        fails()

    with dg.DagsterInstance.ephemeral() as instance:
        done = work.execute_in_process(instance=instance, raise_on_error=False)
        (failure,) = [event for event in done.all_events if event.is_step_failure]
        assert [cause.cls_name for cause in internals.causes(failure)] == [
            "DagsterExecutionStepExecutionError",
            "RuntimeError",
            "ValueError",
        ]
        assert list(internals.causes(done.all_events[0])) == []
