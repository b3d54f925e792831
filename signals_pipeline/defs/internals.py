"""What is used of Dagster that it does not promise to keep: a new version may need a change here alone."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import create_execution_plan, execute_run
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster_shared.error import SerializableErrorInfo

DAEMON = "dagster._daemon"
"""The module that runs schedules and sensors without a web server: `python -m dagster._daemon run`."""

_LOCATION = "signals_pipeline"
_MODULE = "signals_pipeline.definitions"
_ONLY_REPOSITORY = "__repository__"


def sqlite_folder(home: Path) -> Path | None:
    """The folder in which an instance keeps its history; None where it is in no SQLite of Dagster's own."""
    storage = InstanceRef.from_dir(str(home)).storage_data
    if storage is None or storage.class_name != "DagsterSqliteStorage":
        return None
    folder = storage.config_dict["base_dir"]
    return Path(folder).resolve() if isinstance(folder, str) else None


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
