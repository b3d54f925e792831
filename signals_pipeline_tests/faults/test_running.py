"""R: what kills or blocks a run; the last snapshot stays, and the next run completes."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.settings import Project, project
from signals_pipeline.publish import integrity
from signals_pipeline.publish.snapshot import current_snapshot
from signals_pipeline_tests import corpus
from signals_pipeline_tests.conftest import made_once
from signals_pipeline_tests.defs.test_retention import backdate
from signals_pipeline_tests.faults import case
from signals_pipeline_tests.faults.plain import TODAY, assert_whole, differences, rebuilt
from signals_pipeline_tests.publish.test_integrity import flipped
from signals_pipeline_tests.speeds import long_but
from signals_pipeline_tests.starter import ROOT, Ended, Starter

KILLS = int(os.environ.get("SIGNALS_KILLS", "2"))
"""Runs that are killed; `make test-full` kills more."""

HISTORY_EACH = 4
"""Each fourth of them keeps Dagster's history, which costs more than the rest of the run."""

LEFT_BY_A_KILL = (".building-*", ".current-*", ".*.new")


@dataclass(frozen=True)
class State:
    """A raw folder, and what an undisturbed build publishes of it, built where it is first asked for."""

    raw: Path
    build: Callable[[], Path]

    @property
    def published(self) -> Path:
        return self.build() / "published"


@dataclass
class Place:
    """A data folder and a raw folder, which goes through some states, and how to run the job on them."""

    settings: Project
    raw: Path
    starter: Starter
    states: list[State]
    at: int = -1

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SIGNALS_RAW_DIR": str(self.raw),
            "SIGNALS_DATA_DIR": str(self.settings.data),
            "SIGNALS_AS_OF": TODAY,
        }

    @property
    def state(self) -> State:
        """The state that the raw folder is in."""
        return self.states[self.at]

    def go_on(self) -> State:
        """Bring the raw folder into its next state, which says what is to be published of it."""
        self.at = (self.at + 1) % len(self.states)
        state = self.state
        wanted = {path.name: path.read_bytes() for path in state.raw.iterdir()}
        for path in list(self.raw.iterdir()):
            if path.name not in wanted:
                path.unlink()
        for name, data in wanted.items():
            if not (self.raw / name).exists() or (self.raw / name).read_bytes() != data:
                (self.raw / name).write_bytes(data)
        return state

    @property
    def published(self) -> Path:
        return self.settings.published

    def start(self, *, history: bool = False, held_at: str = "") -> int:
        return self.starter.start("run", history=history, held_at=held_at, **self.environment)

    def run(self, *, history: bool = False) -> Ended:
        return self.starter.run("run", history=history, **self.environment)

    def rows(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.settings.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    @property
    def alerts(self) -> str:
        return self.settings.failure_log.read_text("utf-8") if self.settings.failure_log.exists() else ""


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> list[State]:
    """Three states of one raw folder.

    From one to the next, cards are added, changed and removed; no newsletter issue loses all its cards.
    """
    base = made_once(tmp_path_factory, "states", _make_states)
    raw_dirs = [base / f"raw-{number}" for number in range(3)]
    return [
        State(raw_dir, partial(made_once, tmp_path_factory, raw_dir.name, partial(_undisturbed, raw_dir)))
        for raw_dir in raw_dirs
    ]


def _make_states(base: Path) -> None:
    corpus.generate(base / "all", n_cards=24, n_issues=4)
    paths = sorted((base / "all").glob("*.md"))
    for number in range(3):
        raw = base / f"raw-{number}"
        raw.mkdir()
        for position, path in enumerate(paths):
            if position % 12 != number:
                text = path.read_text("utf-8")
                changed = text.replace("## Keywords\n\n", f"## Keywords\n\n* state {number}\n", 1)
                (raw / path.name).write_text(changed if position % 5 == number else text, "utf-8")


def _undisturbed(raw_dir: Path, data: Path) -> None:
    rebuilt(project(data_dir=str(data)), raw_dir)


def new_place(base: Path, starter: Starter, states: list[State]) -> Place:
    """An empty data folder and an empty raw folder below a folder."""
    (base / "raw").mkdir()
    return Place(project(data_dir=str(base / "data")), base / "raw", starter, states)


@pytest.fixture
def place(tmp_path: Path, starter: Starter, states: list[State]) -> Iterator[Place]:
    """A raw folder that was taken in and published; at the end, what is published must be whole."""
    found = new_place(tmp_path, starter, states)
    found.go_on()
    done = found.run()
    assert done.code == 0, done.printed
    yield found
    assert_whole(found.published)


def left_over(settings: Project) -> list[Path]:
    """Half-made files and folders below the data folder."""
    return [path for pattern in LEFT_BY_A_KILL for path in settings.data.rglob(pattern)]


@dataclass
class Reader:
    """Opens the published file again and again, and keeps what went wrong."""

    database: Path
    opened: int = 0
    errors: list[str] = field(default_factory=list)

    def read(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with duckdb.connect(str(self.database.resolve()), read_only=True) as connection:
                    assert connection.execute("SELECT count(*) > 0 FROM parsed.cards").fetchall() == [(True,)]
                self.opened += 1
            except (duckdb.Error, AssertionError, OSError) as error:
                self.errors.append(str(error))
            stop.wait(0.05)


@contextlib.contextmanager
def reading(database: Path) -> Iterator[Reader]:
    reader, stop = Reader(database), threading.Event()
    thread = threading.Thread(target=reader.read, args=(stop,))
    thread.start()
    try:
        yield reader
    finally:
        stop.set()
        thread.join()


def make_runs_old(settings: Project) -> None:
    """Have all runs of the history be so old that they may go."""
    from signals_pipeline.defs.execution import instance_of

    with instance_of(settings) as instance:
        for run in instance.get_runs():
            backdate(instance, run.run_id, 400)


def assert_history_is_whole(settings: Project) -> None:
    """Assert that the last run succeeded, and that of each asset and check the latest is there, of a run."""
    import dagster as dg

    from signals_pipeline.definitions import defs
    from signals_pipeline.defs.execution import instance_of

    graph = defs().resolve_asset_graph()
    with instance_of(settings) as instance:
        last, *_ = instance.get_runs(limit=1)
        assert last.status == dg.DagsterRunStatus.SUCCESS
        runs = {run.run_id for run in instance.get_runs()}
        events = instance.get_latest_materialization_events(list(graph.materializable_asset_keys))
        assert {event and event.run_id for event in events.values()} <= runs
        checks = instance.event_log_storage.get_latest_asset_check_execution_by_key(
            list(graph.asset_check_keys)
        )
        assert {record.run_id for record in checks.values()} <= runs
        assert checks.keys() == graph.asset_check_keys


KILLED = """
import os, signal, sys
from pathlib import Path
from signals_pipeline.core.progress import reported_to
from signals_pipeline.core.settings import project
from signals_pipeline_tests.faults.plain import rebuilt

def listen(stage, done, total):
    if stage == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

with reported_to(listen):
    rebuilt(project(data_dir=sys.argv[1]), Path(sys.argv[2]))
"""
"""Builds and publishes, and kills itself when a stage is reported."""


@case("R01")
@pytest.mark.parametrize("stage", long_but(["dating and counting cards", "publishing"], "publishing"))
def test_what_a_killed_build_left_is_made_good_by_the_next_one(
    tmp_path: Path, raw_dir: Path, stage: str
) -> None:
    corpus.generate(raw_dir, n_cards=24, n_issues=4)
    data = tmp_path / "data"
    killed = subprocess.run([sys.executable, "-c", KILLED, data, raw_dir, stage], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    expected = rebuilt(project(data_dir=str(tmp_path / "undisturbed")), raw_dir)
    settings = project(data_dir=str(data))
    assert not settings.published.joinpath("current").exists()
    assert differences(rebuilt(settings, raw_dir), expected) == []
    assert left_over(settings) == []
    assert_whole(settings.published)


KILLED_AT_A_LINK = """
import os, signal, sys
from pathlib import Path
from signals_pipeline.core.settings import project
from signals_pipeline_tests.faults.plain import rebuilt

link, left = os.link, [int(sys.argv[4])]

def last_link(source, target):
    link(source, target)
    left[0] -= (".building-" in str(target)) == (sys.argv[3] == "sharing")
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)

os.link = last_link
rebuilt(project(data_dir=sys.argv[1]), Path(sys.argv[2]))
"""
"""Builds and publishes, and kills itself where a file was linked beside the one whose place it takes."""


@pytest.mark.long
@case("R01")
@pytest.mark.parametrize(
    ("what", "links"),
    [
        ("mending", 1),
        pytest.param("mending", 2, marks=pytest.mark.full),
        pytest.param("sharing", 1, marks=pytest.mark.full),
        pytest.param("sharing", 9, marks=pytest.mark.full),
    ],
)
def test_what_a_build_left_that_was_killed_at_a_link_is_made_good_by_the_next_one(
    tmp_path: Path, raw_dir: Path, what: str, links: int
) -> None:
    corpus.generate(raw_dir, n_cards=12, n_issues=2)
    settings = project(data_dir=str(tmp_path / "data"))
    one = min(raw_dir.glob("*.md"))
    rebuilt(settings, raw_dir)
    one.write_text(one.read_text("utf-8").replace("## Keywords\n\n", "## Keywords\n\n* one\n"), "utf-8")
    current = current_snapshot(rebuilt(settings, raw_dir))
    if what == "mending":
        for name in ("metric", "alert"):
            flipped(current / "parquet" / "main" / f"{name}.parquet")
        assert len({integrity.damage(path) for path in current.parent.iterdir()} - {""}) == 1
    one.write_text(one.read_text("utf-8").replace("* one\n", "* other\n"), "utf-8")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT_A_LINK, settings.data, raw_dir, what, str(links)],
        cwd=ROOT,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert left_over(settings) != []
    assert current_snapshot(settings.published) == current
    expected = rebuilt(project(data_dir=str(tmp_path / "undisturbed")), raw_dir)
    assert differences(rebuilt(settings, raw_dir), expected) == []
    assert left_over(settings) == []
    for path in (settings.published / "snapshots").iterdir():
        assert integrity.damage(path) == ""
    assert_whole(settings.published)


@pytest.mark.long
@case("R01")
def test_after_a_kill_at_any_moment_the_next_run_completes_and_equals_an_undisturbed_build(
    place: Place,
) -> None:
    moments = random.Random(os.environ.get("SIGNALS_KILL_SEED", "kill"))
    lasts = {False: 2.0, True: 4.0}
    killed = n_runs = 0
    with reading(place.settings.database) as reader:
        while killed < KILLS:
            n_runs += 1
            expected = place.go_on()
            history = n_runs % HISTORY_EACH == 0
            if history:
                # Each run that keeps a history prunes it of those before, at its end.
                make_runs_old(place.settings)
            process = place.start(history=history)
            time.sleep(moments.random() * lasts[history])
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            killed += place.starter.wait().code == -signal.SIGKILL
            began = time.monotonic()
            done = place.run(history=history)
            # The longest that such runs have taken lately, so that each moment of one may be hit. One that
            # ended before its moment, since the machine has become faster, does not count.
            lasts[history] = max(0.8 * lasts[history], time.monotonic() - began)
            assert done.code == 0, (n_runs, done.printed)
            assert differences(place.published, expected.published) == [], n_runs
            assert left_over(place.settings) == [], n_runs
            if history:
                assert_history_is_whole(place.settings)
    assert reader.errors == []
    assert reader.opened > KILLS
    print(f"\n{n_runs} runs, {killed} killed before they had ended, {reader.opened} reads")


MOMENTS = [
    (signal.SIGTERM, "publishing"),
    (signal.SIGINT, "dating and counting"),
    pytest.param(signal.SIGTERM, "reading cards", marks=pytest.mark.full),
    pytest.param(signal.SIGINT, "building alert", marks=pytest.mark.full),
]


@pytest.mark.long
@case("R02")
@pytest.mark.parametrize(("number", "stage"), MOMENTS)
def test_a_run_that_is_asked_to_end_ends_soon_and_leaves_nothing(
    place: Place, number: signal.Signals, stage: str
) -> None:
    before = place.settings.database.resolve()
    place.go_on()
    process = place.start()
    place.starter.wait_until_printed(stage)
    os.kill(process, number)
    asked = time.monotonic()
    done = place.starter.wait()
    assert done.code == 128 + number, done.printed
    assert done.said == ["signals: Interrupted. The last snapshot stays."], done.printed
    assert time.monotonic() - asked < 60
    assert place.settings.database.resolve() == before
    assert left_over(place.settings) == []
    with store_lock(place.settings.build, print, wait_seconds=0):
        assert place.rows("SELECT count(*) > 0 FROM parsed.cards") == [(True,)]


@pytest.mark.long
@case("R03")
def test_a_run_whose_process_is_gone_is_failed_before_the_next_one_and_a_person_is_told(
    tmp_path: Path, starter: Starter, states: list[State]
) -> None:
    import dagster as dg

    from signals_pipeline.definitions import defs
    from signals_pipeline.defs.execution import instance_of
    from signals_pipeline.defs.resources import ProjectResource

    place = new_place(tmp_path, starter, states)
    expected = place.go_on()
    # Where this process has to wait for a processor, a run that goes on might end before it is killed.
    process = place.start(history=True, held_at="dating and counting cards")
    os.kill(process, signal.SIGKILL)
    assert place.starter.wait().code == -signal.SIGKILL
    with instance_of(place.settings) as instance:
        (lost,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        given = ProjectResource(data_dir=str(place.settings.data), raw_dir=str(place.raw), as_of=TODAY)
        context = dg.build_sensor_context(instance=instance, resources={"project": given}, definitions=defs())
        asked = defs().resolve_sensor_def("folder")(context)
        assert len(asked.run_requests) == 1, "the tick that finds it asks for the next run at once"
        assert instance.get_run_by_id(lost.run_id).status == dg.DagsterRunStatus.FAILURE
        assert f"Process {process} of this run is gone" in place.alerts
        assert lost.run_id in place.alerts
    assert place.run().code == 0
    assert differences(place.published, expected.published) == []
    assert_whole(place.published)


@contextlib.contextmanager
def one_more(place: Place) -> Iterator[subprocess.Popen[str]]:
    """A run in a process that the starter knows nothing of; killed where the test fails meanwhile."""
    with subprocess.Popen(
        [sys.executable, "-m", "signals_pipeline", "run"],
        cwd=ROOT,
        env=os.environ | place.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


@pytest.mark.long
@case("R08")
def test_of_two_runs_at_once_one_waits_for_the_other_and_the_result_is_that_of_one(
    place: Place,
) -> None:
    expected = place.go_on()
    first = place.start(history=True, held_at="dating and counting cards")
    waits = f"waiting for process {first}, which is using {place.settings.build}\n"
    with one_more(place) as second:
        assert waits in iter(second.stderr.readline, "")
        os.kill(first, signal.SIGCONT)
        done = place.starter.wait()
        out, err = second.stdout.read(), second.stderr.read()
    assert (done.code, second.returncode) == (0, 0), done.printed + err
    assert "waiting for process" not in done.printed + err
    assert ["nothing changed, nothing new published" in printed for printed in (done.out, out)] == [
        False,
        True,
    ]
    assert differences(place.published, expected.published) == []


@pytest.mark.long
@case("R08")
def test_two_first_runs_at_once_make_one_history_and_one_snapshot(
    tmp_path: Path, starter: Starter, states: list[State]
) -> None:
    import dagster as dg

    from signals_pipeline.defs.execution import instance_of

    place = new_place(tmp_path, starter, states)
    expected = place.go_on()
    with one_more(place) as first, one_more(place) as second:
        printed = [(one.stdout.read(), one.stderr.read()) for one in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), printed
    assert sum("nothing changed, nothing new published" in out for out, _ in printed) == 1
    with instance_of(place.settings) as instance:
        assert instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS])) == 2
    assert differences(place.published, expected.published) == []


ANALYST = """
import os, sys, time, duckdb
path, read_only = sys.argv[1], sys.argv[2] == "read-only"
connection = duckdb.connect(path, read_only=read_only)
if not read_only:
    connection.execute("CREATE TABLE mine AS SELECT 1 AS x")
    connection.execute("UPDATE parsed.cards SET title = 'written by an analyst'")
print(connection.execute("SELECT count(*) FROM parsed.cards").fetchone()[0], flush=True)
for line in sys.stdin:
    print(connection.execute("SELECT count(*) FROM parsed.cards").fetchone()[0], flush=True)
"""


@contextlib.contextmanager
def analyst(database: Path, mode: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the published file open; killed at the end."""
    if mode == "read-write":
        # Root writes to files that are read-only; anyone else would have to allow it first.
        database.resolve().chmod(0o644)
    process = subprocess.Popen(
        [sys.executable, "-c", ANALYST, str(database), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().strip().isdigit()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def still_answers(process: subprocess.Popen[str]) -> int:
    process.stdin.write("again\n")
    process.stdin.flush()
    return int(process.stdout.readline())


@pytest.mark.long
@case("R09")
def test_an_analyst_who_reads_blocks_no_run_and_keeps_the_snapshot_that_was_opened(
    place: Place,
) -> None:
    with analyst(place.settings.database, "read-only") as process:
        n_cards = still_answers(process)
        place.go_on()
        (place.raw / f"{'1' * 32}.md").write_text(next(place.raw.iterdir()).read_text("utf-8"), "utf-8")
        assert place.run().code == 0
        assert still_answers(process) == n_cards
        assert place.rows("SELECT count(*) FROM parsed.cards") == [(n_cards + 1,)]


@pytest.mark.long
@case("R10")
def test_an_analyst_who_writes_blocks_no_run_and_nothing_of_it_is_in_a_later_snapshot(
    place: Place,
) -> None:
    held = place.settings.database.resolve()
    with analyst(place.settings.database, "read-write") as process:
        same = place.run()
        assert same.code == 0, same.printed
        assert still_answers(process) > 0
        expected = place.go_on()
        changed = place.run()
        assert changed.code == 0, changed.printed
        assert still_answers(process) > 0
    assert held.with_name("signals.duckdb.wal").exists(), (
        "the analyst's rows were not written into the file yet"
    )
    assert place.settings.database.resolve() != held
    assert sorted(path.name for path in current_snapshot(place.published).iterdir()) == [
        "SHA256SUMS",
        "csv",
        "parquet",
        "report",
        "signals.duckdb",
        "signals.xlsx",
    ]
    assert place.rows("SELECT count(*) FROM parsed.cards WHERE title = 'written by an analyst'") == [(0,)]
    assert place.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'mine'") == [(0,)]
    assert differences(place.published, expected.published) == []
    assert_whole(place.published)


@pytest.mark.long
@case("R10")
def test_what_an_analyst_wrote_into_the_published_file_is_gone_with_the_next_run(
    place: Place,
) -> None:
    with analyst(place.settings.database, "read-write"):
        pass
    assert place.rows("SELECT DISTINCT title FROM parsed.cards") == [("written by an analyst",)]
    done = place.run()
    assert done.code == 0, done.printed
    assert "signals.duckdb.wal" in done.printed
    assert differences(place.published, place.state.published) == []
    assert place.rows("SELECT count(*) FROM parsed.cards WHERE title = 'written by an analyst'") == [(0,)]
