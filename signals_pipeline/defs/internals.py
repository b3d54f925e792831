"""What is used of Dagster that it does not promise to keep: a new version may need a change here alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster_shared.error import SerializableErrorInfo

DAEMON = "dagster._daemon"
"""The module that runs schedules and sensors without a web server: `python -m dagster._daemon run`."""


def instance_in(folder: Path, config_dir: Path) -> dg.DagsterInstance:
    """The instance of a dagster.yaml, with its history in another folder than it says."""
    base = {"base_dir": str(folder)}
    artifacts = {
        "module": "dagster.core.storage.root", "class": "LocalArtifactStorage", "config": base
    }  # fmt: skip
    output = {
        "module": "dagster.core.storage.local_compute_log_manager", "class": "LocalComputeLogManager",
        "config": {"base_dir": str(folder / "storage")},
    }  # fmt: skip
    overrides = {"storage": {"sqlite": base}, "local_artifact_storage": artifacts, "compute_logs": output}
    return dg.DagsterInstance.from_ref(
        InstanceRef.from_dir(str(folder), config_dir=str(config_dir), overrides=overrides)
    )


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


def causes(event: dg.DagsterEvent) -> Iterator[SerializableErrorInfo]:
    """The error of a failure and what led to it, the root last."""
    error = getattr(event.event_specific_data, "error", None)
    while error is not None:
        yield error
        error = error.cause
