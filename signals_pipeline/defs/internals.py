"""What is used of Dagster that it does not promise to keep: a new version may need a change here alone."""

from collections.abc import Iterator
from pathlib import Path

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
    overrides = {"storage": {"sqlite": base}, "local_artifact_storage": artifacts}
    return dg.DagsterInstance.from_ref(
        InstanceRef.from_dir(str(folder), config_dir=str(config_dir), overrides=overrides)
    )


def causes(event: dg.DagsterEvent) -> Iterator[SerializableErrorInfo]:
    """The error of a failure and what led to it, the root last."""
    error = getattr(event.event_specific_data, "error", None)
    while error is not None:
        yield error
        error = error.cause
