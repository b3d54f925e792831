"""Running the job in this process, with its history kept where the UI finds it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import date
from functools import cache
from typing import Any
from uuid import uuid4

import dagster as dg

from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.logs import name_run
from signals_pipeline.core.progress import report
from signals_pipeline.core.settings import SECRETS, Project
from signals_pipeline.core.store import remove_store
from signals_pipeline.defs.history import history_faults, instance_of, with_whole_history
from signals_pipeline.defs.internals import execute_here
from signals_pipeline.parsed.ingest import Ingested
from signals_pipeline.publish.outcome import Outcome
from signals_pipeline.publish.revisions import FileChanges
from signals_pipeline.publish.unchanged import note_told


def refresh(
    settings: Project, *, rebuild: bool = False, accept_drop: bool = False, issue: str = ""
) -> Outcome:
    """Run the whole job here and now; raises what made it fail."""
    from signals_pipeline.defs.liveness import REPORTED, fail_dead_runs, tags_of_process
    from signals_pipeline.defs.retention import prune_after_run

    # Before the work: what is set wrongly is said at once.
    settings.keep_runs()
    if rebuild:
        _delete_store(settings)
    # Addresses are left out: Dagster keeps the settings of a run, and its web server shows them to anyone.
    shown = asdict(settings.given) | dict.fromkeys(SECRETS, "")
    # A run that is started again works in another folder.
    folders: dict[str, RawDir] = {"root": settings.root, "data_dir": settings.data}
    if settings.given.raw_dir:
        folders["raw_dir"] = settings.raw_dir()
    if own_model := settings.model():
        folders["model"] = own_model
    given = {name: text for name, text in shown.items() if text}
    given |= {name: str(folder) for name, folder in folders.items()}
    run_config = {
        "resources": {
            "project": {"config": given},
            "store": {"config": {"accept_drop": accept_drop, "issue": issue}},
        },
        # The event log keeps everything; the terminal is for progress and for the summary.
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }

    def run() -> dg.JobExecutionResult:
        run_id = str(uuid4())
        name_run(run_id)
        # Whoever typed the command starts it again.
        tags = {REPORTED: run_id, "dagster/max_retries": "0"} | tags_of_process(run_id)
        with instance_of(settings) as instance:
            fail_dead_runs(instance, settings)
            with _ended(instance, run_id):
                done = execute_here(
                    the_job(), instance, settings.root, run_id=run_id, run_config=run_config, tags=tags
                )
            prune_after_run(instance, settings)
            return done

    with history_faults(settings):
        result = with_whole_history(settings, run)
    cards = _metadata(result, "parsed", "cards")
    snapshot = _metadata(result, "published", "database")
    encoded = _metadata(result, "meaning", "embedding")
    proposals = _metadata(result, "meaning", "topic_alias_candidates")
    raw_dir = settings.raw_dir()
    is_about_meaning = settings.meaning() or settings.is_demonstration(raw_dir)
    return Outcome(
        raw_dir=raw_dir,
        ingested=Ingested(**{name: cards[name] for name in Ingested.__slots__}),
        snapshot=snapshot["snapshot"],
        is_new=snapshot["is_new"],
        damage=snapshot.get("damage_of_the_last", ""),
        changes=FileChanges(
            new=snapshot["files_new"],
            changed=snapshot["files_changed"],
            removed=snapshot["files_removed"],
        ),
        n_revised_calls=snapshot["revised_calls"],
        n_newsletter_issues=snapshot["newsletter_issues"],
        first_issue=_day(snapshot["first_issue"]),
        last_issue=_day(snapshot["last_issue"]),
        meaning=encoded["meaning"] if is_about_meaning else "",
        meaning_later=encoded["meaning_later"] if is_about_meaning else "",
        n_proposals=proposals["dagster/row_count"],
    )


def tell_that_it_stands(settings: Project) -> bool:
    """Tell Dagster by one event that the published database is as of now; whether it knows of it at all.

    Its freshness is counted from the last materialization, and runs that find nothing new start none. Then
    what is too old leaves the history, as after a run: where nothing changes for weeks, there is no other.
    """
    from signals_pipeline.defs.liveness import fail_dead_runs
    from signals_pipeline.defs.published import DATABASE_KEY, NOTHING_NEW
    from signals_pipeline.defs.retention import prune_after_run

    def told() -> bool:
        with instance_of(settings) as instance:
            fail_dead_runs(instance, settings)
            event = instance.get_latest_materialization_event(DATABASE_KEY)
            last = event.asset_materialization if event is not None else None
            if last is None:
                return False
            # With the versions of what it was made from, without which it would seem to be out of date.
            now = dg.AssetMaterialization(
                DATABASE_KEY, metadata={**last.metadata, **NOTHING_NEW}, tags=last.tags
            )
            instance.report_runless_asset_event(now)
            prune_after_run(instance, settings)
        note_told(settings)
        return True

    with history_faults(settings):
        return with_whole_history(settings, told)


@cache
def the_job() -> dg.JobDefinition:
    """The job, loaded once a process."""
    from signals_pipeline.definitions import defs
    from signals_pipeline.defs.automation import JOB

    return defs().resolve_job_def(JOB)


def open_history(settings: Project) -> None:
    """Make the history where there is none; raises what keeps it from being used."""
    with history_faults(settings), instance_of(settings):
        pass


def recover(settings: Project) -> None:
    """Fail the runs that a dead process left, so that they keep nothing from starting."""
    from signals_pipeline.defs.liveness import fail_dead_runs

    with history_faults(settings), instance_of(settings) as instance:
        fail_dead_runs(instance, settings)


@contextmanager
def _ended(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Have a run end as canceled that is interrupted where Dagster does not end it itself.

    The next run would take it for one whose process was lost, and report that.
    """
    try:
        yield
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        # What interrupted it is what a person is told.
        with suppress(Exception):
            run = instance.get_run_by_id(run_id)
            if run is not None and not run.is_finished:
                instance.report_run_canceled(run, "The run was interrupted.")
        raise


def _delete_store(settings: Project) -> None:
    with store_lock(settings.build, report):
        remove_store(settings.build)


def _metadata(result: dg.JobExecutionResult, *key: str) -> dict[str, Any]:
    """The metadata that an asset was materialized with."""
    for event in result.get_asset_materialization_events():
        if event.asset_key == dg.AssetKey(list(key)):
            return {name: entry.value for name, entry in event.materialization.metadata.items()}
    raise KeyError(key)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
