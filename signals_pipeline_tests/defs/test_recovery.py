"""Which runs are told of, whoever started them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest

from signals_pipeline.core.errors import CannotWriteError, NoInputError
from signals_pipeline.core.messages import Message
from signals_pipeline.core.outbox import Outbox
from signals_pipeline.core.settings import Project, project
from signals_pipeline.defs import recovery
from signals_pipeline.defs.automation import JOB
from signals_pipeline.defs.liveness import REPORTED
from signals_pipeline.defs.resources import ProjectResource
from signals_pipeline_tests.listeners import webhook


@dg.op(config_schema={"fails": bool})
def work(context: dg.OpExecutionContext) -> None:
    if context.op_config["fails"]:
        raise RuntimeError("the disk sang")


@dg.job(name=JOB)
def whole() -> None:
    work()


@dg.job
def part() -> None:
    work()


def test_a_foreseeable_error_is_a_failure_with_its_sentence_unless_it_may_go_by_itself() -> None:
    with pytest.raises(dg.Failure) as failure, recovery.errors_told_to_dagster():
        raise NoInputError("There is no folder.")
    assert failure.value.description == "There is no folder."
    assert not failure.value.allow_retries
    assert isinstance(failure.value.__cause__, NoInputError), "the command line takes the exit code from it"
    away = CannotWriteError("The disk is away.")
    away.is_transient = True
    with pytest.raises(dg.RetryRequested), recovery.errors_told_to_dagster():
        raise away
    with pytest.raises(ZeroDivisionError), recovery.errors_told_to_dagster():
        raise ZeroDivisionError


class Watched:
    """A history that the two sensors watch, and the file of notices."""

    def __init__(self, settings: Project, instance: dg.DagsterInstance) -> None:
        self._settings = settings
        self._instance = instance
        self._cursors: dict[str, str | None] = {}
        self.ticks()

    def ticks(self) -> None:
        for sensor in (recovery.failures, recovery.recoveries):
            context = dg.build_sensor_context(
                instance=self._instance,
                cursor=self._cursors.get(sensor.name),
                resources={"project": ProjectResource(data_dir=str(self._settings.data))},
                definitions=dg.Definitions(),
            )
            self._cursors[sensor.name] = sensor.evaluate_tick(context).cursor

    def run(self, job: dg.JobDefinition, *, fails: bool, reported: str = "") -> str:
        """Run a job from no code location, and look at it; its id, which {id} in `reported` stands for."""
        run_id = str(uuid4())
        job.execute_in_process(
            {"ops": {"work": {"config": {"fails": fails}}}},
            instance=self._instance,
            raise_on_error=False,
            tags={REPORTED: reported.format(id=run_id)},
            run_id=run_id,
        )
        self.ticks()
        return run_id

    @property
    def told(self) -> list[tuple[str, str]]:
        """The events and runs that were told of."""
        log = self._settings.failure_log
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        return [(event, run_id) for _, event, run_id, _ in (line.split("  ", 3) for line in lines)]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watched(project(data_dir=str(tmp_path / "data")), instance)


def test_every_run_that_fails_is_told_of_and_that_the_whole_job_works_again_once(watched: Watched) -> None:
    watched.run(whole, fails=False)
    assert watched.told == []
    first = watched.run(part, fails=True)
    second = watched.run(whole, fails=True)
    watched.run(part, fails=False)
    failed = [("run failed", first), ("run failed", second)]
    assert watched.told == failed, "a part of the job proves nothing"
    third = watched.run(whole, fails=False)
    watched.run(whole, fails=False)
    assert watched.told == [*failed, ("works again", third)]


def test_a_run_that_reports_itself_is_not_told_of_again_and_one_that_inherited_its_tags_is(
    watched: Watched,
) -> None:
    watched.run(whole, fails=True, reported="{id}")
    assert watched.told == []
    run_id = watched.run(whole, fails=True, reported="the run before")
    watched.run(whole, fails=False, reported="{id}")
    assert watched.told == [("run failed", run_id)]


def test_what_waits_is_sent_by_a_sensor_once_its_snapshot_is_published(tmp_path: Path) -> None:
    settings = project(data_dir=str(tmp_path / "data"))
    Outbox(settings.outbox).prepare("s1", Message("new calls", "2 new calls"))

    def tick(address: str) -> str:
        resource = ProjectResource(data_dir=str(settings.data), webhook=address)
        context = dg.build_sensor_context(resources={"project": resource}, definitions=dg.Definitions())
        return recovery.messages.evaluate_tick(context).skip_message

    with webhook(answer=503) as server:
        assert tick(server.address) == "Nothing waits to be sent."
        (settings.published / "snapshots" / "s1").mkdir(parents=True)
        (settings.published / "current").symlink_to("snapshots/s1")
        for _ in range(2):
            assert "it answered 503" in tick(server.address)
        server.answer = 204
        assert tick(server.address) == "Nothing waits to be sent."
        assert tick(server.address) == "Nothing waits to be sent."
    assert [said["text"] for _, said in server.taken] == ["2 new calls"] * 3
    assert settings.failure_log.read_text("utf-8").count("message failed") == 1
