"""Which runs are failed since their process is gone, and which are left alone."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from signals_pipeline.cli import web
from signals_pipeline.core.errors import SignalsError
from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.processes import Process, this_process
from signals_pipeline.core.settings import Project, project
from signals_pipeline.definitions import defs
from signals_pipeline.defs import liveness
from signals_pipeline.defs.execution import instance_of, recover
from signals_pipeline.defs.liveness import (
    PROCESS,
    REPORTED,
    at_work,
    fail_dead_runs,
    process_of,
    tags_of_process,
)
from signals_pipeline.defs.resources import ProjectResource
from signals_pipeline_tests import corpus
from signals_pipeline_tests.core.test_processes import NO_PID
from signals_pipeline_tests.starter import ROOT
from signals_pipeline_tests.web import PATIENCE

STARTED, FAILURE = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


@dg.op
def nothing() -> None:
    """Do nothing."""


@dg.job
def work() -> None:
    nothing()


@pytest.fixture
def settings(tmp_path: Path) -> Project:
    return project(data_dir=str(tmp_path / "data"), raw_dir=str(tmp_path / "raw"))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def gone() -> Process:
    """A process of this machine that ended long ago."""
    return this_process().model_copy(update={"pid": NO_PID})


def a_run(
    instance: dg.DagsterInstance,
    tag: str | None,
    status: dg.DagsterRunStatus = STARTED,
) -> str:
    """A run with a tag of its process, in which {id} stands for its own id; the id."""
    run = instance.create_run_for_job(work, status=status)
    if tag is not None:
        instance.add_run_tags(run.run_id, {PROCESS: tag.replace("{id}", run.run_id)})
    return run.run_id


def said(process: Process) -> str:
    return f"{{id}} {process.model_dump_json()}"


def status_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    return instance.get_run_by_id(run_id).status


@pytest.mark.parametrize("status", ["NOT_STARTED", "STARTING", "STARTED", "CANCELING"])
def test_a_run_whose_process_is_gone_is_failed_and_reported_once(
    instance: dg.DagsterInstance, settings: Project, status: str
) -> None:
    dead = a_run(instance, said(gone()), dg.DagsterRunStatus[status])
    alive = a_run(instance, said(this_process()), dg.DagsterRunStatus[status])
    assert fail_dead_runs(instance, settings) == [dead]
    assert fail_dead_runs(instance, settings) == []
    assert status_of(instance, dead) == FAILURE
    assert status_of(instance, alive) == dg.DagsterRunStatus[status]
    (line,) = settings.failure_log.read_text("utf-8").splitlines()
    assert f"run lost  {dead}  Process {NO_PID} of this run is gone" in line
    assert instance.get_run_by_id(dead).tags[REPORTED] == dead, "the sensor does not report it again"


@pytest.mark.parametrize(
    "tag",
    [
        None,
        "",
        "{id}",
        "{id} {}",
        "{id} no JSON",
        said(gone()).replace("{id}", "the run before"),
        said(gone().model_copy(update={"host": "another"})),
        said(gone().model_copy(update={"namespace": "pid:[1]"})),
        said(gone().model_copy(update={"boot": "another", "machine": "another"})),
    ],
    ids=[
        "says nothing",
        "empty",
        "no process",
        "no fields",
        "damaged",
        "inherited",
        "host",
        "namespace",
        "machine",
    ],
)
def test_a_run_that_cannot_be_judged_from_here_is_left_alone(
    instance: dg.DagsterInstance, settings: Project, tag: str | None
) -> None:
    run_id = a_run(instance, tag)
    assert fail_dead_runs(instance, settings) == []
    assert status_of(instance, run_id) == STARTED
    assert not settings.failure_log.exists()


IN_ANOTHER_CONTAINER = {"host": "another", "namespace": "pid:[1]"}


@pytest.mark.parametrize(
    ("another", "expected"),
    [(IN_ANOTHER_CONTAINER, FAILURE), (IN_ANOTHER_CONTAINER | {"boot": "another"}, STARTED)],
    ids=["container", "machine"],
)
def test_a_run_of_another_container_is_failed_once_nobody_holds_its_file_and_one_of_another_machine_is_not(
    instance: dg.DagsterInstance, settings: Project, another: dict[str, str], expected: dg.DagsterRunStatus
) -> None:
    run_id = a_run(instance, said(this_process().model_copy(update=another)))
    with at_work(settings, run_id):
        assert fail_dead_runs(instance, settings) == []
        (shown,) = (settings.history / "at_work").iterdir()
    assert not shown.exists()
    shown.touch()
    fail_dead_runs(instance, settings)
    assert status_of(instance, run_id) == expected
    assert shown.exists() == (expected == STARTED)


def test_a_file_that_nobody_holds_tells_only_of_runs_in_other_containers(tmp_path: Path) -> None:
    restored, here = tmp_path / "run", this_process()
    restored.touch()
    assert not liveness._is_killed(here, here, restored)
    elsewhere = here.model_copy(update={"namespace": "pid:[1]", "boot": "b"})
    assert liveness._is_killed(elsewhere, here.model_copy(update={"boot": "b"}), restored)
    assert not liveness._is_killed(elsewhere, here.model_copy(update={"boot": "c"}), restored)


def test_a_run_is_done_although_it_cannot_be_shown_at_work(settings: Project) -> None:
    settings.history.mkdir(parents=True)
    (settings.history / "at_work").touch()
    with at_work(settings, "run"):
        pass


def test_a_run_that_ended_while_it_was_looked_at_stays_as_it_ended(
    instance: dg.DagsterInstance, settings: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = a_run(instance, said(gone()))
    listed = instance.get_runs()
    instance.handle_run_event(run_id, dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, job_name="work"))
    monkeypatch.setattr(instance, "get_runs", lambda filters: listed)
    assert fail_dead_runs(instance, settings) == []
    assert status_of(instance, run_id) == dg.DagsterRunStatus.SUCCESS


def test_where_a_process_cannot_be_told_nobody_is_judged(
    instance: dg.DagsterInstance, settings: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = a_run(instance, said(gone()))
    monkeypatch.setattr("signals_pipeline.defs.liveness.this_process", lambda: None)
    assert tags_of_process(run_id) == {}
    assert fail_dead_runs(instance, settings) == []


# In a container


NEW_NAMESPACE = ["unshare", "-p", "-f", "--mount-proc", "--kill-child"]


def _refused() -> str:
    """Why this process may not make a PID namespace; empty where it may."""
    try:
        done = subprocess.run([*NEW_NAMESPACE, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "there is no unshare"
    return done.stderr.strip() if done.returncode else ""


@pytest.fixture
def in_containers() -> None:
    """Skip where the machine lets nobody make a PID namespace."""
    if refused := _refused():
        pytest.skip(f"no PID namespace may be made here: {refused}")


CONTAINER = """
import subprocess, sys
from signals_pipeline.core.settings import project
from signals_pipeline.defs.execution import recover

run = subprocess.Popen([sys.executable, "-m", "signals_pipeline", "run"], stdout=subprocess.DEVNULL)
for line in sys.stdin:
    if line == "kill\\n":
        run.kill()
    if line == "judge\\n":
        recover(project())
    if line == "wait\\n":
        print(run.wait(), flush=True)
    else:
        print("done", flush=True)
"""
"""The first process of a PID namespace, with a run beside it; it does what it is told, line by line."""


@pytest.mark.parametrize(("has_daemon", "expected"), [(True, FAILURE), (False, STARTED)])
def test_a_web_server_alone_leaves_dead_runs_to_the_daemon_which_knows_whom_to_tell(
    settings: Project, monkeypatch: pytest.MonkeyPatch, has_daemon: bool, expected: dg.DagsterRunStatus
) -> None:
    def starts_nothing(*_: object) -> None:
        raise SignalsError("The code server has ended.")

    monkeypatch.setattr(web, "_start", starts_nothing)
    monkeypatch.setattr(web, "_end", lambda _: None)
    monkeypatch.chdir(ROOT)
    with instance_of(settings) as instance:
        run_id = a_run(instance, said(gone()))
    with pytest.raises(SignalsError, match="has ended"):
        web._run(settings, None, has_daemon=has_daemon)
    with instance_of(settings) as instance:
        assert status_of(instance, run_id) == expected


class Container:
    """A run in a PID namespace of its own, on the data folder of a project."""

    def __init__(self, settings: Project) -> None:
        given = {"SIGNALS_DATA_DIR": str(settings.data), "SIGNALS_RAW_DIR": str(settings.raw_dir())}
        self._process = subprocess.Popen(
            [*NEW_NAMESPACE, sys.executable, "-c", CONTAINER],
            cwd=ROOT,
            env=os.environ | given | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self, line: str) -> str:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def started(self, instance: dg.DagsterInstance) -> dg.DagsterRun:
        """The run, once it has started."""
        while not (found := instance.get_runs(dg.RunsFilter(statuses=[STARTED]))):
            assert self._process.poll() is None, "the container is gone"
            time.sleep(0.1)
        return found[0]

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def a_container(settings: Project) -> Iterator[Container]:
    container = Container(settings)
    try:
        yield container
    finally:
        container.end()


@contextmanager
def daemon(settings: Project) -> Iterator["subprocess.Popen[bytes]"]:
    """The web server and the daemon as `make ui-readonly` runs them, sensor included."""
    given = {"SIGNALS_DATA_DIR": str(settings.data), "SIGNALS_RAW_DIR": str(settings.raw_dir())}
    process = subprocess.Popen(
        [sys.executable, "-m", "signals_pipeline", "ui", "--read-only"],
        cwd=ROOT,
        env=os.environ | given,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _looks(instance: dg.DagsterInstance) -> int:
    """How many times the sensor of the daemon has begun to look."""
    return sum(
        len(instance.get_ticks(state.instigator_origin_id, state.selector_id))
        for state in instance.all_instigator_state()
        if state.instigator_name == "folder"
    )


def _tick(instance: dg.DagsterInstance, settings: Project) -> None:
    """Have the sensor look at the folder and at the runs, as the daemon does."""
    given = ProjectResource(data_dir=str(settings.data), raw_dir=str(settings.raw_dir()))
    context = dg.build_sensor_context(instance=instance, resources={"project": given}, definitions=defs())
    skipped = defs().resolve_sensor_def("folder")(context)
    assert isinstance(skipped, dg.SkipReason)


@pytest.mark.long
@pytest.mark.usefixtures("in_containers")
def test_a_run_in_a_container_is_left_alone_while_it_works_and_failed_from_outside_once_it_was_killed(
    settings: Project,
) -> None:
    corpus.generate(settings.raw_dir(), n_cards=24, n_issues=4)
    with instance_of(settings) as instance, a_container(settings) as container:
        # It waits for the store as long as somebody else holds it.
        with store_lock(settings.build, print):
            run = container.started(instance)
            assert process_of(run).namespace != this_process().namespace
            assert container.told("judge") == "done"
            _tick(instance, settings)
            recover(settings)
            assert status_of(instance, run.run_id) == STARTED, "it works"
            assert container.told("kill") == "done"
            # It ends a moment after the signal was sent.
            deadline = time.monotonic() + PATIENCE
            while status_of(instance, run.run_id) == STARTED:
                assert time.monotonic() < deadline, "nobody outside has noticed"
                recover(settings)
        assert status_of(instance, run.run_id) == FAILURE
        assert f"run lost  {run.run_id}" in settings.failure_log.read_text("utf-8")


@pytest.mark.full
@pytest.mark.usefixtures("in_containers")
def test_a_long_run_in_a_container_ends_well_beside_a_daemon_outside(settings: Project) -> None:
    corpus.generate(settings.raw_dir(), n_cards=24, n_issues=4)
    with instance_of(settings) as instance, a_container(settings) as container, daemon(settings) as outside:
        with store_lock(settings.build, print):
            run = container.started(instance)
            while _looks(instance) < 4:
                assert outside.poll() is None, "the daemon is gone"
                time.sleep(1)
            assert status_of(instance, run.run_id) == STARTED
        assert container.told("wait") == "0"
        assert status_of(instance, run.run_id) == dg.DagsterRunStatus.SUCCESS
        assert not settings.failure_log.exists()
