"""The history in a real PostgreSQL: one for all who start runs, and what is said where it is away."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
)

from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.settings import EDITED, Project, project
from signals_pipeline.defs.automation import JOB
from signals_pipeline.defs.history import instance_of
from signals_pipeline.defs.internals import job_origin
from signals_pipeline_tests.defs import test_retention
from signals_pipeline_tests.publish.test_readme import blocks
from signals_pipeline_tests.raw.sample import write
from signals_pipeline_tests.starter import ROOT, Ended, Starter
from signals_pipeline_tests.web import PATIENCE, ask, web_server

pytestmark = pytest.mark.long

(LINES,) = blocks("yaml")
PASSWORD = "correct-horse"
VARIABLE = "SIGNALS_POSTGRES_PASSWORD"


class Postgres:
    """A server of PostgreSQL with an empty database and its owner; it is not started yet."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        # It refuses to run as root.
        names = {one.pw_name for one in pwd.getpwall()}
        self._user = None if os.getuid() else "postgres" if "postgres" in names else "nobody"
        if self._user:
            shutil.chown(folder, self._user)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        password = folder / "password"
        password.write_text(PASSWORD)
        self._do("initdb", "-U", "signals", f"--pwfile={password}", "-A", "scram-sha-256", "-E", "UTF8", "-N")
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\n"
            )
        self._log = folder / "log"

    def _do(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, "-D", self._data, *arguments],
            user=self._user,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        self._do("pg_ctl", "-w", "-l", str(self._log), "start")

    def stop(self) -> None:
        self._do("pg_ctl", "-w", "-m", "immediate", "stop")

    def restart(self) -> None:
        self._do("pg_ctl", "-w", "-m", "immediate", "-l", str(self._log), "restart")

    def is_up(self) -> bool:
        return (self._data / "postmaster.pid").exists()

    @property
    def storage(self) -> str:
        """The lines of docs/SCALING.md, with the address of this one."""
        lines = LINES.replace("db.example.org", "127.0.0.1").replace("5432", str(self.port))
        # The database that is there from the start.
        return lines.replace("db_name: signals", "db_name: postgres")


def _programs() -> Path | None:
    """The folder of PostgreSQL's programs: Debian has them on nobody's path."""
    there = shutil.which("initdb") or next(
        iter(sorted(Path("/").glob("usr/lib/postgresql/*/bin/initdb"))), None
    )
    return Path(there).resolve().parent if there else None


@pytest.fixture(scope="module")
def installed() -> Iterator[Postgres]:
    if not (programs := _programs()):
        pytest.skip("PostgreSQL is not installed")
    # In a folder that its user may enter, as that of a test is not, and with a short path for its socket.
    with tempfile.TemporaryDirectory(prefix="signals-") as folder:
        server = Postgres(programs, Path(folder))
        try:
            yield server
        finally:
            if server.is_up():
                server.stop()


@pytest.fixture
def server(installed: Postgres, monkeypatch: pytest.MonkeyPatch) -> Postgres:
    """The server, which answers."""
    if not installed.is_up():
        installed.start()
    monkeypatch.setenv(VARIABLE, PASSWORD)
    return installed


def status_of(settings: Project, run_id: str) -> str:
    with instance_of(settings) as instance:
        return instance.get_run_by_id(run_id).status.value


def wait_for(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def assert_no_secret_in(*folders: Path) -> None:
    """No file below some folders holds the password, or a history in SQLite."""
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        assert PASSWORD.encode() not in path.read_bytes(), path
        assert path.suffix != ".db", path


# One history


@pytest.fixture
def checkout(server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A checkout with one card, the lines of docs/SCALING.md in its dagster.yaml, and a password in .env."""
    root = tmp_path / "checkout"
    root.mkdir()
    shutil.copytree(
        ROOT / "signals_pipeline", root / "signals_pipeline", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in (
        "pyproject.toml",
        "dg.toml",
        "workspace.yaml",
        *(f"data/{name}" for name in EDITED),
    ):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    shipped = (ROOT / "dagster.yaml").read_text("utf-8")
    (sqlite,) = re.findall(r"^storage:\n(?: .*\n)+", shipped, re.MULTILINE)
    (root / "dagster.yaml").write_text(shipped.replace(sqlite, server.storage), "utf-8")
    (root / ".env").write_text(f"{VARIABLE}={PASSWORD}\n")
    (root / "cards").mkdir()
    write(root / "cards", 1)
    return project(root=str(root), data_dir=str(root / "data"), raw_dir=str(root / "cards"))


def run_typed(settings: Project) -> None:
    given = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-m", "signals_pipeline", "run"],
        cwd=settings.root,
        env=given | {"SIGNALS_RAW_DIR": str(settings.raw_dir())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def let_the_schedule_be_due(settings: Project) -> None:
    """Have the schedule seen first a day ago, so that one tick of it is due when a daemon looks."""
    origin = job_origin(settings.root, JOB).repository_origin.get_instigator_origin("daily")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    data = ScheduleInstigatorData("0 6 * * *", start_timestamp=yesterday)
    with instance_of(settings) as instance:
        instance.add_instigator_state(
            InstigatorState(origin, InstigatorType.SCHEDULE, InstigatorStatus.DECLARED_IN_CODE, data)
        )


LAUNCH = (
    'mutation { launchRun(executionParams: {selector: {repositoryLocationName: "signals_pipeline", '
    'repositoryName: "__repository__", jobName: "refresh"}, runConfigData: {}}) { __typename } }'
)
LIST = "{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }"
STARTERS = {"dagster/schedule_name": "schedule", "dagster/sensor_name": "sensor"}


def listed(port: int) -> list[tuple[str, str]]:
    """Who started each run that the web server lists, and how it goes."""
    runs = ask(port, LIST)["data"]["runsOrError"]["results"]
    return sorted(
        (
            next((STARTERS[tag["key"]] for tag in run["tags"] if tag["key"] in STARTERS), "other"),
            run["status"],
        )
        for run in runs
    )


@pytest.mark.full
def test_whoever_starts_a_run_it_is_in_the_one_history_also_after_a_restart_of_the_database(
    checkout: Project, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_typed(checkout)
    let_the_schedule_be_due(checkout)
    monkeypatch.delenv(VARIABLE)
    by_schedule, by_sensor, by_other = ((one, "SUCCESS") for one in ("schedule", "sensor", "other"))
    with web_server(data=checkout.data, root=checkout.root) as (port, process):
        wait_for(lambda: listed(port) == [by_other, by_schedule])
        server.restart()
        assert ask(port, LAUNCH) == {"data": {"launchRun": {"__typename": "LaunchRunSuccess"}}}
        wait_for(lambda: listed(port) == [by_other, by_other, by_schedule])
        write(checkout.raw_dir(), 2)
        wait_for(lambda: listed(port) == [by_other, by_other, by_schedule, by_sensor])
        assert PASSWORD not in str(ask(port, "{ instance { info } }"))
        assert process.poll() is None
    (checkout.root / ".env").unlink()
    assert_no_secret_in(checkout.root)
    assert not checkout.failure_log.exists()


# What leaves it


def test_what_is_latest_of_an_asset_or_check_never_leaves_it(home: Path, settings: Project) -> None:
    with instance_of(settings) as instance:
        instance.wipe()
        test_retention.test_what_is_latest_of_an_asset_or_check_never_leaves(instance)


# While a run is at work


@pytest.fixture
def home(server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for DAGSTER_HOME that has the history in the server."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "dagster.yaml").write_text(f"{server.storage}telemetry: {{enabled: false}}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    return folder


@pytest.fixture
def settings(tmp_path: Path, raw_dir: Path) -> Project:
    write(raw_dir, 1)
    return project(data_dir=str(tmp_path / "data"), raw_dir=str(raw_dir))


class Run:
    """Runs of a project with the history of a home, and what they say."""

    def __init__(self, starter: Starter, settings: Project, home: Path) -> None:
        self._starter = starter
        self._settings = settings
        self.environment = {
            "SIGNALS_DATA_DIR": str(settings.data),
            "SIGNALS_RAW_DIR": str(settings.raw_dir()),
            "DAGSTER_HOME": str(home),
            VARIABLE: PASSWORD,
        }

    def whole(self, **others: str) -> Ended:
        return self._starter.run("run", history=True, **self.environment | others)

    def interrupted(self, happens: Callable[[], None]) -> tuple[str, Ended]:
        """A run at work while something happens to the database: its id, and how it ended."""
        before = self._started()
        # It waits for the store as long as somebody else holds it.
        with store_lock(self._settings.build, print):
            self._starter.start("run", history=True, **self.environment)
            self._starter.wait_until_printed("waiting for process")
            (run_id,) = self._started() - before
            happens()
        return run_id, self._starter.wait()

    def _started(self) -> set[str]:
        with instance_of(self._settings) as instance:
            return {
                run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
            }


@pytest.fixture
def run(starter: Starter, settings: Project, home: Path) -> Run:
    return Run(starter, settings, home)


@pytest.mark.full
def test_a_run_goes_on_over_a_restart_of_the_database_and_fails_in_one_line_where_it_stays_away(
    run: Run, settings: Project, home: Path, server: Postgres
) -> None:
    run_id, ended = run.interrupted(server.restart)
    assert (ended.code, ended.said, status_of(settings, run_id)) == (0, [], "SUCCESS")
    published = settings.snapshot
    assert published

    write(settings.raw_dir(), 2)
    lost, ended = run.interrupted(server.stop)
    (line,) = ended.said
    assert line.startswith("signals: The history of runs in PostgreSQL cannot be used (Connection refused).")
    assert line.endswith("home/dagster.yaml says of it under storage. The last snapshot stays.")
    assert (ended.code, settings.snapshot) == (69, published)
    assert PASSWORD not in ended.printed

    server.start()
    assert status_of(settings, lost) == "STARTED", "nothing could be written of its end"
    assert run.whole().code == 0
    assert status_of(settings, lost) == "FAILURE"
    assert settings.snapshot != published
    log = settings.failure_log.read_text("utf-8")
    assert [line.split("  ")[1:3] for line in log.splitlines()] == [
        ["run failed", "-"],
        ["run lost", lost],
        ["works again", "-"],
    ]
    assert_no_secret_in(settings.data, home)


@pytest.mark.full
def test_a_database_that_refuses_is_told_in_one_line_without_the_password(
    run: Run, settings: Project, home: Path, server: Postgres
) -> None:
    refused = run.whole(**{VARIABLE: "staple-battery"})
    (line,) = refused.said
    assert 'cannot be used (password authentication failed for user "signals").' in line
    assert refused.code == 69
    assert "staple-battery" not in refused.printed + settings.failure_log.read_text("utf-8")

    url = f"postgresql://signals:batt@ry@127.0.0.1:{server.port}/postgres"
    (home / "dagster.yaml").write_text(f"storage: {{postgres: {{postgres_url: '{url}'}}}}\n")
    (line,) = run.whole().said
    assert "ry@127" not in line

    server.stop()
    (home / "dagster.yaml").write_text(server.storage)
    for command in ("run", "ui"):
        away = run._starter.run(command, history=True, **run.environment)
        (line,) = away.said
        assert "cannot be used (Connection refused). See that it runs, and what" in line
        assert away.code == 69
