"""Starts commands of the package as processes of their own, without loading it anew for each.

`python -m signals_pipeline_tests.starter` loads the package and then forks one process per line that it
reads: {"arguments": [...], "environment": {...}, "outputs": [path, path], "limits": {...}, "history": true,
"held_at": "..."}. It answers with the process's number, with "held" where that stands still at the stage
`held_at`, and with its exit code once it has ended (negative: a signal).

Most of the time of a run on a few cards goes into Dagster's history. Where `history` is false the job runs
without one; all else is as ever.
"""

import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[1]


@dataclass
class Ended:
    """How a process ended: its exit code (negative: a signal), and what it printed on both outputs."""

    code: int
    out: str
    err: str

    @property
    def printed(self) -> str:
        """All that it printed."""
        return self.out + self.err

    @property
    def said(self) -> list[str]:
        """The lines that tell a person what went wrong; there is never a traceback."""
        assert "Traceback" not in self.printed, self.printed
        return [line for line in self.printed.splitlines() if line.startswith("signals: ")]


class Starter:
    """A process that starts commands one after the other."""

    def __init__(self, folder: Path) -> None:
        """Start it; `folder` takes what the commands print."""
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "signals_pipeline_tests.starter"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started = 0
        self._running = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_what_runs()
        self._process.stdin.close()
        self._process.wait()

    def start(
        self,
        *arguments: str,
        limits: Mapping[str, int] | None = None,
        history: bool = False,
        held_at: str = "",
        **environment: str,
    ) -> int:
        """Start a command; its process number.

        Where a stage is given, return once the command has come to it; it stands still there until it is
        sent SIGCONT, however busy the machine is.
        """
        self._end_what_runs()
        self._started += 1
        request = {
            "arguments": arguments,
            "environment": environment,
            "outputs": [str(path) for path in self._outputs],
            "limits": dict(limits or {}),
            "history": history,
            "held_at": held_at,
        }
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        self._running = int(self._answer())
        if held_at and (answer := self._answer()) != "held":
            self._running = 0
            raise AssertionError(f"it has ended with {answer}, and not come to {held_at!r}")
        return self._running

    def wait(self) -> Ended:
        """Wait until the command that was started last has ended."""
        code = int(self._answer())
        self._running = 0
        return Ended(code, *(path.read_text("utf-8", errors="replace") for path in self._outputs))

    def _end_what_runs(self) -> None:
        """End the command that a failed test left running, so that the next one reads no answer about it."""
        if self._running:
            with suppress(ProcessLookupError):
                os.kill(self._running, signal.SIGKILL)
            self.wait()

    def run(
        self,
        *arguments: str,
        limits: Mapping[str, int] | None = None,
        history: bool = False,
        **environment: str,
    ) -> Ended:
        """Start a command and wait for its end."""
        self.start(*arguments, limits=limits, history=history, **environment)
        return self.wait()

    def wait_until_printed(self, text: str) -> None:
        """Wait until the command that was started last has printed a text, which it must before it ends."""
        while not self._has_printed(text):
            try:
                os.kill(self._running, 0)
            except ProcessLookupError:
                assert self._has_printed(text), f"it has ended, and not printed {text!r}"
            time.sleep(0.005)

    def _has_printed(self, text: str) -> bool:
        return any(path.exists() and text in path.read_text("utf-8") for path in self._outputs)

    @property
    def _outputs(self) -> tuple[Path, Path]:
        return self._folder / f"printed-{self._started}.txt", self._folder / f"told-{self._started}.txt"

    def _answer(self) -> str:
        line = self._process.stdout.readline()
        assert line, "the starter is gone"
        return line.strip()


def _become(request: Mapping[str, Any]) -> None:
    """Run the command in this process; never returns."""
    code = 1
    try:
        for descriptor, path in enumerate(request["outputs"], 1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.update(request["environment"])
        for name, most in request["limits"].items():
            resource.setrlimit(getattr(resource, name), (most, most))
        if request["held_at"]:
            _hold_at(request["held_at"])
        code = _main(request["arguments"], history=request["history"])
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _main(arguments: list[str], *, history: bool) -> int:
    from dagster._core.storage.event_log.in_memory import InMemoryEventLogStorage

    from signals_pipeline.__main__ import main
    from signals_pipeline.defs import execution

    if not history:
        execution.instance_of = lambda settings: execution.dg.DagsterInstance.ephemeral()
        InMemoryEventLogStorage.store_event = lambda self, event: None
    return main(arguments)


def _hold_at(stage: str) -> None:
    """Have this process stop itself when it has shown a stage for the first time."""
    from signals_pipeline.cli.console import Progress

    show = Progress.show
    left = [stage]

    def show_and_stop(self: Progress, shown: str, done: int, total: int) -> None:
        show(self, shown, done, total)
        if shown in left:
            left.remove(shown)
            os.kill(os.getpid(), signal.SIGSTOP)

    Progress.show = show_and_stop


LOADED_LATE = (
    "dagster._core.storage.event_log",
    "dagster._core.storage.runs",
    "pandera.backends.pandas.builtin_checks",
    "signals_pipeline.cli.console",
    "simplemma",
    "tldextract",
    "upath.implementations.local",
)
"""What a run loads only on its way, and most of a second of it."""


def _serve() -> None:
    from signals_pipeline.defs.execution import the_job
    from signals_pipeline.marts.lineage import origins
    from signals_pipeline.publish import dictionary

    for name in LOADED_LATE:
        importlib.import_module(name)
    the_job()
    for name in dictionary.STORED:
        origins(name)
    for line in sys.stdin:
        request = json.loads(line)
        process = os.fork()
        if process == 0:
            _become(request)
        print(process, flush=True)
        _, status = os.waitpid(process, os.WUNTRACED if request["held_at"] else 0)
        if os.WIFSTOPPED(status):
            print("held", flush=True)
            _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
