"""What people are told, and when: each failure once, that the job works again, what a snapshot brought."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from signals_pipeline.core.errors import SignalsError
from signals_pipeline.core.failures import FailureNotice, notify, notify_that_it_works
from signals_pipeline.core.outbox import deliver
from signals_pipeline.defs.automation import JOB
from signals_pipeline.defs.internals import causes
from signals_pipeline.defs.liveness import REPORTED
from signals_pipeline.defs.logs import printed_as_asked
from signals_pipeline.defs.resources import ProjectResource
from signals_pipeline.defs.retention import prune_after_run

RETRIES = 2
RETRY_SECONDS = 10.0


@contextmanager
def errors_told_to_dagster() -> Iterator[None]:
    """Have Dagster retry the step after a transient error, and show the sentence of another foreseeable one.

    Errors that nobody foresaw are raised as they are.
    """
    try:
        yield
    except SignalsError as error:
        if error.is_transient:
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS) from error
        raise dg.Failure(str(error), allow_retries=False) from error


@dg.run_failure_sensor(
    name="failures",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=15,
    # A run that the command line started is of no code location.
    monitor_all_code_locations=True,
    description="Writes a line to data/FAILURES.log for each run that failed, whoever started it, and sends "
    "it to whom the settings name (SIGNALS_NOTIFY, SIGNALS_WEBHOOK).",
)
def failures(context: dg.RunFailureSensorContext, project: ProjectResource) -> None:
    """Report why a run failed."""
    run = context.dagster_run
    if not _reports_itself(run):
        problems = notify(project.get(), FailureNotice("run failed", _why(context), run.run_id))
        for problem in problems:
            printed_as_asked(context.log).warning(problem)


@dg.run_status_sensor(
    name="recoveries",
    run_status=dg.DagsterRunStatus.SUCCESS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=15,
    monitor_all_code_locations=True,
    description="Says once, where the failures are said, that the job works again; then removes what is too "
    "old from the history (SIGNALS_KEEP_RUNS).",
)
def recoveries(context: dg.RunStatusSensorContext, project: ProjectResource) -> None:
    """Report that the whole job succeeded, where what was last reported is a failure; prune the history."""
    run = context.dagster_run
    if run.job_name == JOB and not run.asset_selection and not _reports_itself(run):
        for problem in notify_that_it_works(project.get(), run.run_id):
            printed_as_asked(context.log).warning(problem)
    prune_after_run(context.instance, project.get())


@dg.sensor(
    name="messages",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Sends the messages about new calls that wait to be sent, also those that somebody did not "
    "take before (SIGNALS_NOTIFY, SIGNALS_WEBHOOK).",
)
def messages(context: dg.SensorEvaluationContext, project: ProjectResource) -> dg.SkipReason:
    """Send what waits to be sent; no run is ever requested."""
    problems = deliver(project.get())
    for problem in problems:
        printed_as_asked(context.log).warning(problem)
    return dg.SkipReason(" ".join(problems) or "Nothing waits to be sent.")


def _reports_itself(run: dg.DagsterRun) -> bool:
    return run.tags.get(REPORTED) == run.run_id


def _why(context: dg.RunFailureSensorContext) -> str:
    """The message of the error that a person can do something about, else what Dagster says."""
    events = [*context.get_step_failure_events(), context.failure_event]
    found = [cause for event in events for cause in causes(event)]
    foreseen = {one.__name__ for one in _kinds_of(SignalsError)} | {dg.Failure.__name__}
    for cause in found:
        if cause.cls_name in foreseen:
            return cause.message.partition(": ")[2]
    return " ".join([context.failure_event.message or "", *(cause.message for cause in found[-1:])])


def _kinds_of(error: type[SignalsError]) -> set[type[SignalsError]]:
    return {error, *(kind for child in error.__subclasses__() for kind in _kinds_of(child))}
