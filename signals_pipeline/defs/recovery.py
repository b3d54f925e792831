"""What is done about runs that fail.

Transient errors are retried, each run that failed is reported once, and a run whose process is gone is
failed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.events import DagsterEventType
from dagster_shared.error import SerializableErrorInfo

from signals_pipeline.core.errors import SignalsError
from signals_pipeline.core.failures import FailureNotice, notify
from signals_pipeline.core.settings import Project
from signals_pipeline.defs.resources import ProjectResource

REPORTED = "signals/reported"
"""The tag of runs whose failure is reported by someone else than the sensor.

It holds the run's id: a run that is started again inherits its tags.
"""

SILENT_FOR = timedelta(minutes=5)
"""Time after which a run that has not named its process is given up."""

_UNDER_WAY = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]

RETRIES = 2
RETRY_SECONDS = 10.0


@contextmanager
def transient_errors_retried() -> Iterator[None]:
    """Have Dagster retry the step after a transient error; other errors are raised as they are."""
    try:
        yield
    except SignalsError as error:
        if not error.is_transient:
            raise
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS) from error


def fail_dead_runs(instance: dg.DagsterInstance, settings: Project) -> list[str]:
    """Fail the runs whose process is gone, and report them; returns their ids.

    Dagster would leave them as they are until their greatest run time has passed, and start no other run.
    """
    failed = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_UNDER_WAY)):
        run = record.dagster_run
        process = _process_of(instance, run.run_id)
        if process is None and datetime.now(UTC) - record.create_timestamp < SILENT_FOR:
            continue
        if process is not None and _is_alive(process):
            continue
        # It may have ended since it was listed, its process with it.
        now = instance.get_run_by_id(run.run_id)
        if now is None or now.is_finished:
            continue
        which = f"Process {process}" if process else "The process"
        text = f"{which} of this run is gone, so the run is over. The next run does its work."
        instance.add_run_tags(run.run_id, {REPORTED: run.run_id})
        instance.report_run_failed(run, text)
        notify(settings, FailureNotice("run lost", text, run.run_id))
        failed.append(run.run_id)
    return failed


def _process_of(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The process that a run said it runs in, None before it has said so."""
    found = None
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        metadata = event.engine_event_data.metadata if event else {}
        if "pid" in metadata:
            found = int(str(metadata["pid"].value))
    return found


def _is_alive(process: int) -> bool:
    try:
        with suppress(PermissionError):
            os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@dg.run_failure_sensor(
    name="failures",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=15,
    description="Writes a line to data/FAILURES.log for each run that failed, and sends it to the webhook if "
    "one is set (SIGNALS_WEBHOOK).",
)
def failures(context: dg.RunFailureSensorContext, project: ProjectResource) -> None:
    """Report why a run failed."""
    run = context.dagster_run
    if run.tags.get(REPORTED) == run.run_id:
        return
    problems = notify(project.get(), FailureNotice("run failed", _why(context), run.run_id))
    for problem in problems:
        context.log.warning(problem)


def _why(context: dg.RunFailureSensorContext) -> str:
    """The message of the error that a person can do something about, else what Dagster says."""
    events = [*context.get_step_failure_events(), context.failure_event]
    causes = [cause for event in events for cause in _causes(event)]
    foreseen = {one.__name__ for one in _kinds_of(SignalsError)}
    for cause in causes:
        if cause.cls_name in foreseen:
            return cause.message.partition(": ")[2]
    return " ".join([context.failure_event.message or "", *(cause.message for cause in causes[-1:])])


def _causes(event: dg.DagsterEvent) -> Iterator[SerializableErrorInfo]:
    """The error of a failure and what led to it, the root last."""
    error = getattr(event.event_specific_data, "error", None)
    while error is not None:
        yield error
        error = error.cause


def _kinds_of(error: type[SignalsError]) -> set[type[SignalsError]]:
    return {error, *(kind for child in error.__subclasses__() for kind in _kinds_of(child))}
