"""The job and what starts it: a daily schedule, and a sensor on the raw folder."""

import json
from datetime import UTC, datetime

import dagster as dg

from signals_pipeline.core.errors import SignalsError
from signals_pipeline.core.settings import project, variable
from signals_pipeline.defs.liveness import fail_dead_runs
from signals_pipeline.defs.logs import CONSOLE, RUNS_PRINT_JSON, printed_as_asked
from signals_pipeline.defs.resources import ProjectResource
from signals_pipeline.publish.watch import decide, inputs_version
from signals_pipeline.raw.place import list_cards

JOB = "refresh"
VERSION_TAG = "signals/inputs_version"
ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
IN_PROGRESS = [one for one in dg.DagsterRunStatus if one not in ENDED]

refresh = dg.define_asset_job(
    JOB,
    # Dagster takes its own logger where a run configures none.
    config={"loggers": {CONSOLE: {}}} if RUNS_PRINT_JSON else None,
    selection="*",
    description="From the cards in the raw folder to a published snapshot. Cheap when nothing changed.",
    executor_def=dg.in_process_executor,
)

_SET = project()
_AT = _SET.daily_at()

daily = dg.ScheduleDefinition(
    name="daily",
    job=refresh,
    cron_schedule=f"{_AT.minute} {_AT.hour} * * *",
    execution_timezone=_SET.time_zone(),
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=f"Every day at {_AT:%H:%M} {_SET.time_zone()}: a newsletter issue that lay in the future may "
    f"have come ({variable('daily_at')}, {variable('time_zone')}).",
)


@dg.sensor(
    job=refresh,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks at the raw folder every 30 seconds and requests a run when something in it changed; "
    "fails runs whose process is gone.",
)
def folder(context: dg.SensorEvaluationContext, project: ProjectResource) -> dg.SensorResult | dg.SkipReason:
    """Request a run when the inputs differ from what the store last ingested."""
    settings = project.get()
    fail_dead_runs(context.instance, settings)
    try:
        raw_dir = settings.raw_dir()
        current = inputs_version(raw_dir, list_cards(raw_dir), settings.edited())
    except SignalsError as error:
        return dg.SkipReason(str(error))
    requested, since = _cursor(context)
    now = datetime.now(UTC)
    decision = decide(
        current,
        settings.ingested_version(),
        requested,
        _ended_runs(context, current, since) if requested == current else [],
        context.instance.get_runs_count(dg.RunsFilter(statuses=IN_PROGRESS)),
        now,
    )
    if not decision.request:
        return dg.SkipReason(decision.reason)
    printed_as_asked(context.log).info(decision.reason)
    first = since if requested == current else now
    return dg.SensorResult(
        run_requests=[dg.RunRequest(tags={VERSION_TAG: current})],
        cursor=json.dumps({"version": current, "since": first.timestamp()}),
    )


def _cursor(context: dg.SensorEvaluationContext) -> tuple[str | None, datetime]:
    """The version that was last requested, and when it was first requested."""
    if not context.cursor:
        return None, datetime.now(UTC)
    cursor = json.loads(context.cursor)
    return cursor["version"], datetime.fromtimestamp(cursor["since"], UTC)


def _ended_runs(context: dg.SensorEvaluationContext, version: str, since: datetime) -> list[datetime]:
    """When the runs ended that were requested for a version since it was first requested."""
    records = context.instance.get_run_records(
        dg.RunsFilter(statuses=ENDED, tags={VERSION_TAG: version}, created_after=since)
    )
    return [datetime.fromtimestamp(one.end_time, UTC) if one.end_time else since for one in records]
