"""Dagster's own commands: each line of the tables in docs/DAGSTER.md is typed, and does what stands there."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from signals_pipeline.core.settings import EDITED
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.starter import ROOT
from signals_pipeline_tests.web import PATIENCE, answered, ask

PAGE = (ROOT / "docs" / "DAGSTER.md").read_text("utf-8")

CHECKOUT = "In the checkout"
ELSEWHERE = "In another folder"
MADE = "In a folder made by `signals init`"

PUBLISHES, BUILDS, OPENS, CHECKS, REFUSES = "publishes", "builds", "opens the UI", "checks", "refuses"

IN_DATA = "`data/.dagster`"
HISTORIES = {
    IN_DATA: "here",
    f"{IN_DATA} of the checkout": "checkout",
    "none that stays": "none",
    "–": "none",
}
"""What the page says of a history, and which folder has it then."""

TEMPORARY = ".tmp_dagster_home_"
"""How the name of a folder begins that Dagster removes at the end, where it can."""

SENTENCE = "The raw folder {} does not exist. Create it, or set SIGNALS_RAW_DIR."

LAUNCH = """mutation { launchRun(executionParams: {runConfigData: "{}", selector: {
    repositoryLocationName: "signals_pipeline", repositoryName: "__repository__", jobName: "refresh"}}) {
    __typename ... on LaunchRunSuccess { run { runId } } } }"""

ASKED = """{ runOrError(runId: "%s") { ... on Run { status eventConnection { events {
    ... on ExecutionStepFailureEvent { error { message } } } } } } }"""


INTERRUPTIBLE = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Starts a command that hears SIGINT, which what runs in the background of a script does not."""


class Line(NamedTuple):
    """A line of a table: where it is typed, and what the page says of it."""

    place: str
    command: str
    does: str
    exit_codes: set[int]
    history: str


def lines() -> list[Line]:
    found = []
    for place, text in re.findall(r"^## (.*)\n((?:(?!## ).*\n)*)", PAGE, re.MULTILINE):
        for row in re.findall(r"^\| (`.*) \|$", text, re.MULTILINE):
            command, does, exit_code, history = row.split(" | ")
            found.append(Line(place, command.strip("`"), does, {*map(int, exit_code.split(" or "))}, history))
    return found


LINES = lines()
OPENING = [line for line in LINES if line.does == OPENS]
ENDING = [line for line in LINES if line.does != OPENS]
TYPED = [line for line in LINES if line.does in (PUBLISHES, BUILDS)]
RUNNING = [*TYPED, *OPENING]


def cases(of: list[Line], *, in_full: Callable[[Line], bool] = lambda _: False) -> Any:
    """Lines as cases of a test; those of `in_full` are left to `make test-full`."""
    marks = {True: [pytest.mark.full], False: []}
    return pytest.mark.parametrize(
        "line",
        [pytest.param(line, id=f"{line.place}: {line.command}", marks=marks[in_full(line)]) for line in of],
    )


def is_another(of: list[Line]) -> Callable[[Line], bool]:
    """Whether a line before it, of the same place, does such a thing too: runs, checks or refuses."""

    def kind(line: Line) -> tuple[str, str]:
        return line.place, "runs" if line in TYPED else line.does

    first = {kind(line): line for line in reversed(of)}
    return lambda line: line is not first[kind(line)]


class Place:
    """Where a command is typed: a checkout or an installed package, some cards, and folders for both."""

    def __init__(self, base: Path, name: str) -> None:
        self.base = base
        self.checkout = base / "checkout"
        self.environment = {
            variable: value
            for variable, value in os.environ.items()
            if not variable.startswith(("SIGNALS_", "PYTHON", "DAGSTER_", "VIRTUAL_ENV"))
        } | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(self.checkout),
            "CHECKOUT": str(self.checkout),
            "HOME": str(base),
            # Nothing is to be sent from a test.
            "DAGSTER_DISABLE_TELEMETRY": "yes",
        }
        if name == MADE:
            self.folder = self._made()
        else:
            copy_checkout(self.checkout)
            self.folder = self.checkout if name == CHECKOUT else base / "elsewhere"
            self.folder.mkdir(exist_ok=True)
        self.data = (self.folder if name == MADE else self.checkout) / "data"
        (self.data / "raw").mkdir(exist_ok=True)
        for path in fixtures.ALL[1:4]:
            fixtures.load(path).write(self.data / "raw")

    def _made(self) -> Path:
        """What `signals init` makes, typed where the package is installed, far from any checkout."""
        installed = self.base / "installed"
        shutil.copytree(ROOT / "signals_pipeline", installed / "signals_pipeline")
        built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
        for beside, inside in built["targets"]["wheel"]["force-include"].items():
            (installed / inside).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / beside).is_dir() else shutil.copyfile
            copy(ROOT / beside, installed / inside)
        self.environment["PYTHONPATH"] = str(installed)
        self.typed("python -m signals_pipeline init made", self.base)
        return self.base / "made"

    def typed(self, command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", command],
            cwd=folder or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def histories(self) -> dict[Path, list[str]]:
        """All histories that stay and know of runs, with how these ended."""
        found = {}
        for path in self.base.rglob("history/runs.db"):
            if path.parents[1].name.startswith(TEMPORARY):
                continue
            with closing(sqlite3.connect(path)) as connection:
                rows = connection.execute("SELECT status FROM runs ORDER BY id").fetchall()
            if rows:
                found[path.parents[1]] = [status for (status,) in rows]
        return found

    def expected(self, line: Line) -> Path | None:
        """The folder that keeps the history, as the page says."""
        owners = {"here": self.folder, "checkout": self.checkout, "none": None}
        owner = owners[HISTORIES[line.history]]
        return owner and owner / "data" / ".dagster"

    def has(self, line: Line) -> None:
        """Assert that a command has done what the page says, in the one data folder and in no other."""
        assert ((self.data / "published" / "current").exists()) == (line.does in (PUBLISHES, OPENS))
        stores = list(self.base.rglob("store.duckdb"))
        assert stores == ([self.data / "build" / "store.duckdb"] if line in RUNNING else [])

    def fails_into(self, home: Path) -> str:
        """Set a history, and a folder of cards that is not there; what is to be said of that folder."""
        home.mkdir()
        missing = self.base / "missing"
        self.environment |= {"DAGSTER_HOME": str(home), "SIGNALS_RAW_DIR": str(missing)}
        return SENTENCE.format(missing)


def copy_checkout(folder: Path) -> None:
    """What of the checkout its commands need; the compiled modules spare their time."""
    shutil.copytree(ROOT / "signals_pipeline", folder / "signals_pipeline")
    (folder / "data").mkdir()
    declared = ("pyproject.toml", "dg.toml", "dagster.yaml", "workspace.yaml")
    for name in (*declared, *(f"data/{one}" for one in EDITED)):
        shutil.copy(ROOT / name, folder / name)


@pytest.fixture
def place(line: Line, tmp_path: Path) -> Place:
    return Place(tmp_path, line.place)


class Server:
    """A UI that a command has opened, each process of it in one group."""

    def __init__(self, place: Place, command: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.printed = place.base / "printed.txt"
        with self.printed.open("w") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-c", INTERRUPTIBLE, "sh", "-c", f"exec {command} -p {self.port}"],
                cwd=place.folder,
                env=place.environment,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, is_there: Any, what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not is_there():
            assert self.process.poll() is None, self.printed.read_text("utf-8")
            assert time.monotonic() < end, f"waited for {what}\n{self.printed.read_text('utf-8')}"
            time.sleep(0.3)

    def launched(self) -> tuple[str, list[str]]:
        """How the job ended that is launched as from its page, and what its steps that failed said."""
        self.wait(lambda: answered(self.port, "GET", "/server_info") == 200, "the UI")
        run_id = ask(self.port, LAUNCH)["data"]["launchRun"]["run"]["runId"]
        run: dict[str, Any] = {}

        def has_ended() -> bool:
            run.update(ask(self.port, ASKED % run_id)["data"]["runOrError"])
            return run["status"] in ("SUCCESS", "FAILURE", "CANCELED")

        self.wait(has_ended, "the end of the run")
        failed = [event["error"]["message"] for event in run["eventConnection"]["events"] if event]
        return run["status"], failed

    def interrupted(self) -> int:
        """The exit code after Ctrl-C, once no process is left."""
        os.killpg(self.process.pid, signal.SIGINT)
        code = self.process.wait(PATIENCE)
        end = time.monotonic() + PATIENCE
        while self._lives():
            assert time.monotonic() < end, "a process is left"
            time.sleep(0.1)
        return code

    def _lives(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self) -> None:
        if self._lives():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def opened(place: Place, line: Line) -> Iterator[Server]:
    server = Server(place, line.command)
    try:
        yield server
    finally:
        server.end()


def test_the_page_has_a_line_for_each_command_that_it_names() -> None:
    assert {line.place for line in LINES} == {CHECKOUT, ELSEWHERE, MADE}
    assert {line.does for line in LINES} == {PUBLISHES, BUILDS, OPENS, CHECKS, REFUSES}
    for line in LINES:
        assert (line.history != "–") == (line in RUNNING), line
        assert (0 in line.exit_codes) == (line.does != REFUSES), line
    named = {re.sub(r" -.*", "", one) for one in re.findall(r"`((?:dagster|dg) [^`]+)`", PAGE)}
    assert named == {re.sub(r" -.*", "", line.command) for line in LINES}


@pytest.mark.long
@cases(ENDING, in_full=is_another(ENDING))
def test_a_command_does_what_the_page_says(place: Place, line: Line) -> None:
    done = place.typed(line.command)
    assert done.returncode in line.exit_codes, done.stderr
    place.has(line)
    assert list(place.base.rglob(f"{TEMPORARY}*")) == []
    kept = place.expected(line)
    assert place.histories() == ({kept: ["SUCCESS"]} if kept else {})


@pytest.mark.long
@cases(TYPED, in_full=is_another(TYPED))
def test_a_run_that_fails_says_why_and_is_in_the_history_of_dagster_home(place: Place, line: Line) -> None:
    sentence = place.fails_into(place.base / "home")
    done = place.typed(line.command)
    assert done.returncode == 1, done.stderr
    first = re.search(r"^\S*\b(?:Failure|Error): .*", done.stdout + done.stderr, re.MULTILINE)
    assert first
    assert first[0].endswith(f"Failure: {sentence}")
    assert place.histories() == {place.base / "home": ["FAILURE"]}


@pytest.mark.long
@cases(OPENING, in_full=lambda line: line is not OPENING[0])
def test_a_ui_publishes_what_is_launched_in_it_and_ends_with_ctrl_c(place: Place, line: Line) -> None:
    with opened(place, line) as server:
        assert server.launched() == ("SUCCESS", [])
        assert server.interrupted() in line.exit_codes
    place.has(line)
    kept = place.expected(line)
    # How all of its runs ended is left open: the sensor may have requested one that was still waiting.
    assert list(place.histories()) == ([kept] if kept else [])


@pytest.mark.long
@cases(OPENING, in_full=lambda _: True)
def test_a_ui_says_why_a_run_fails_and_keeps_it_in_dagster_home(place: Place, line: Line) -> None:
    sentence = place.fails_into(place.base / "home")
    with opened(place, line) as server:
        ended, said = server.launched()
        assert server.interrupted() in line.exit_codes
    assert ended == "FAILURE"
    assert sentence in said[0]
    assert place.histories() == {place.base / "home": ["FAILURE"]}


@pytest.mark.long
@pytest.mark.parametrize("home", ["relative", "/there/is/no/such/folder"])
def test_a_home_of_dagster_that_is_no_folder_is_refused(tmp_path: Path, home: str) -> None:
    place = Place(tmp_path, CHECKOUT)
    place.environment["DAGSTER_HOME"] = home
    done = place.typed("dagster job execute -m signals_pipeline.definitions -j refresh")
    assert done.returncode == 1
    assert f'$DAGSTER_HOME "{home}"' in done.stderr.splitlines()[-1]
