"""Which process a run is in, and what is done about runs whose process is gone."""

from contextlib import AbstractContextManager, suppress
from pathlib import Path

import dagster as dg
from pydantic import ValidationError

from signals_pipeline.core.failures import FailureNotice, notify
from signals_pipeline.core.lock import held, is_let_go
from signals_pipeline.core.processes import Process, is_gone, this_process
from signals_pipeline.core.settings import Project

REPORTED = "signals/reported"
"""The tag of runs whose failure is reported by someone else than the sensor.

It holds the run's id: a run that is started again inherits its tags.
"""

PROCESS = "signals/process"
"""The tag that says which process a run is in; the run's id stands before it, for the same reason."""

_NOT_ENDED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def tags_of_process(run_id: str) -> dict[str, str]:
    """The tags by which it can be told later whether a run that is in this process is dead."""
    process = this_process()
    return {PROCESS: f"{run_id} {process.model_dump_json()}"} if process else {}


def at_work(settings: Project, run_id: str) -> AbstractContextManager[None]:
    """Show, while something is done, that this process works on a run: also to those in other containers."""
    return held(_shown_at_work(settings, run_id))


def _shown_at_work(settings: Project, run_id: str) -> Path:
    return settings.history / "at_work" / run_id


def fail_dead_runs(instance: dg.DagsterInstance, settings: Project) -> list[str]:
    """Fail the runs whose process is gone for certain, and report them; returns their ids.

    Dagster would leave them as they are until their greatest run time has passed, and start no other run.
    Runs of other machines, and those that do not say where they are, are left to what launched them.
    """
    here = this_process()
    failed: list[str] = []
    if here is None:
        return failed
    for run in instance.get_runs(dg.RunsFilter(statuses=_NOT_ENDED)):
        process = process_of(run)
        shown = _shown_at_work(settings, run.run_id)
        if process is None or not (is_gone(process, here) or _is_killed(process, here, shown)):
            continue
        # It may have ended since it was listed, its process with it.
        now = instance.get_run_by_id(run.run_id)
        if now is None or now.is_finished:
            continue
        text = f"Process {process.pid} of this run is gone, so the run is over. The next run does its work."
        instance.add_run_tags(run.run_id, {REPORTED: run.run_id})
        instance.report_run_failed(run, text)
        notify(settings, FailureNotice("run lost", text, run.run_id))
        with suppress(OSError):
            shown.unlink()
        failed.append(run.run_id)
    return failed


def _is_killed(process: Process, here: Process, shown: Path) -> bool:
    """Whether nobody holds the file by which a run in another container of this machine was shown at work.

    One kernel knows that of all its containers, though each numbers its processes itself. In the same one its
    numbers tell more, as a file may have been restored; of another machine a lock tells nothing, since not
    every shared folder has locks.
    """
    is_near = here.boot != "" and process.boot == here.boot and process.namespace != here.namespace
    return is_near and is_let_go(shown)


def process_of(run: dg.DagsterRun) -> Process | None:
    """The process that a run said it is in; None where it said nothing of itself."""
    run_id, _, text = run.tags.get(PROCESS, "").partition(" ")
    if run_id != run.run_id:
        return None
    try:
        return Process.model_validate_json(text)
    except ValidationError:
        return None
