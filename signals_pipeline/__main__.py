"""The command line: run the job, open the UI, ask SQL."""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path

from signals_pipeline.errors import EXIT_FAILED, NoInputError, SignalsError
from signals_pipeline.faults import short_of
from signals_pipeline.project import DATA_DIR, RAW_DIR, Project, project, shown

FIRST_PORT = 3000
PORTS = 20
SIGNALED = 128
"""Added to the number of the signal that ended a run, as shells do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code, 0 when it was done."""
    parser = argparse.ArgumentParser(
        prog="signals",
        description="From a folder of signal cards to a DuckDB file of tables and trend marts.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="take in the cards and publish a snapshot")
    run.add_argument("--rebuild", action="store_true", help="read every card again, into a fresh store")
    run.add_argument(
        "--accept-drop",
        action="store_true",
        help="publish this once though rows fell by more than half or a newsletter issue is gone",
    )
    ui = commands.add_parser("ui", help="open the Dagster UI, with schedule and sensor running")
    ui.add_argument("--read-only", action="store_true", help="let nobody start or change anything from it")
    sql = commands.add_parser("sql", help="ask the published database")
    sql.add_argument("query", nargs="?", help="one query; without it, a prompt")
    commands.add_parser("dictionary", help="write data/DICTIONARY.md")
    options = parser.parse_args(arguments)
    # Whatever the caller allows: nothing here is to be written by others.
    os.umask(os.umask(0o022) | 0o022)
    try:
        return _command(options)
    except SignalsError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("Interrupted.", SIGNALED + signal.SIGINT)


def _command(options: argparse.Namespace) -> int:
    settings = project()
    if options.command == "run":
        return _run(settings, rebuild=options.rebuild, accept_drop=options.accept_drop)
    if options.command == "ui":
        return _ui(settings, read_only=options.read_only)
    if options.command == "sql":
        return _sql(settings, options.query)
    return _dictionary(settings)


def _fail(message: str, exit_code: int) -> int:
    print(f"signals: {message}", file=sys.stderr)
    return exit_code


def _run(settings: Project, *, rebuild: bool, accept_drop: bool) -> int:
    from signals_pipeline.console import Progress, summary
    from signals_pipeline.progress import heard_by, report

    ending = _EndingSignals()
    settings.assert_writable()
    with Progress() as progress, heard_by(progress.show):
        report("starting")
        from signals_pipeline.defs.execution import refresh

        try:
            outcome = refresh(settings, rebuild=rebuild, accept_drop=accept_drop)
        except BaseException as error:  # noqa: BLE001
            # A query that a signal ends says only that it was interrupted, and Dagster has a word of its own.
            if heard := ending.heard():
                return _fail("Interrupted. The last snapshot stays.", SIGNALED + heard)
            # Whatever failed, a person gets one line; who wants the rest finds it in the file.
            return _failed(settings, error)
    print(summary(settings, outcome))
    return 0


class _EndingSignals:
    """Has SIGINT and SIGTERM end this process in order, and knows which of them came.

    Python notes each signal that comes in a pipe, whatever handler is in place by then: Dagster sets its own.
    """

    def __init__(self) -> None:
        """Listen from now on."""
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)

    def heard(self) -> int:
        """The number of the first of them that came, 0 where none did."""
        try:
            came = os.read(self._read, 100)
        except BlockingIOError:
            return 0
        return next((number for number in came if number in (signal.SIGINT, signal.SIGTERM)), 0)


def _failed(settings: Project, error: BaseException) -> int:
    from signals_pipeline.alerts import Alert, tell

    chain = _chain(error)
    foreseen = [cause for cause in chain if isinstance(cause, SignalsError)]
    # Dagster's history may be what found no room.
    foreseen += [told for cause in chain if (told := short_of(cause, settings.data)) is not None]
    if foreseen:
        message, exit_code = str(foreseen[0]), foreseen[0].exit_code
    else:
        own = [cause for cause in chain if not type(cause).__module__.startswith("dagster")]
        message, exit_code = _unforeseen(settings, error, (own or chain)[-1]), EXIT_FAILED
    for problem in tell(settings, Alert("run failed", message)):
        print(f"signals: {problem}", file=sys.stderr)
    return _fail(message, exit_code)


def _unforeseen(settings: Project, error: BaseException, root: BaseException) -> str:
    """One line about an error that nobody foresaw, and where the whole story stands."""
    story = settings.build / "last_failure.txt"
    try:
        story.write_text("".join(traceback.format_exception(error)), "utf-8")
        where = f"The whole story is in {shown(story)}."
    except OSError as full:
        where = f"The whole story could not be written ({full.strerror})."
    what = f"{type(root).__name__}: {str(root).splitlines()[0] if str(root) else ''}"
    return f"The job failed: {what}. The last snapshot stays. {where}"


def _chain(error: BaseException) -> list[BaseException]:
    """An error and what led to it. Dagster's errors may lead back to themselves, so each is taken once."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and not any(cause is seen for seen in chain):
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain


def _ui(settings: Project, *, read_only: bool) -> int:
    """Become `dagster dev`, or a web server that changes nothing, beside a daemon that runs what is due."""
    port = free_port(FIRST_PORT, PORTS)
    if port is None:
        return _fail(f"No free port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1}.", EXIT_FAILED)
    settings.assert_writable()
    from signals_pipeline.defs.execution import recover

    recover(settings)
    home = _dagster_home(settings)
    print(f"The Dagster UI opens at http://127.0.0.1:{port} (stop it with Ctrl-C).", flush=True)
    environment = {"PYTHONWARNINGS": "ignore"} | os.environ
    environment |= {"DAGSTER_HOME": str(home), "PYTHONPATH": str(settings.root), DATA_DIR: str(settings.data)}
    if settings.raw_setting:
        environment[RAW_DIR] = str(settings.raw_dir())
    # Started elsewhere, Dagster would speak of the two dagster.yaml, though they say the same.
    os.chdir(home)
    workspace = ["-w", str(settings.root / "workspace.yaml"), "--log-level", "warning"]
    web = ["-h", "127.0.0.1", "-p", str(port)]
    if not read_only:
        return os.execve(
            sys.executable, [sys.executable, "-m", "dagster", "dev", *workspace, *web], environment
        )
    return _together(
        [
            [sys.executable, "-m", "dagster_webserver", "--read-only", *workspace, *web],
            [sys.executable, "-m", "dagster._daemon", "run", *workspace],
        ],
        environment,
    )


def _together(commands: list[list[str]], environment: dict[str, str]) -> int:
    """Run some commands until one of them ends or this process is asked to end; then end them all."""
    ending = _EndingSignals()
    running = [subprocess.Popen(command, env=environment) for command in commands]
    try:
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        for process in running:
            process.send_signal(signal.SIGINT)
    codes = [process.wait() for process in running]
    heard = ending.heard()
    return SIGNALED + heard if heard else max(codes, key=abs)


def _dagster_home(settings: Project) -> Path:
    """The folder of Dagster's history, with the project's dagster.yaml in it."""
    home = settings.data / ".dagster"
    home.mkdir(parents=True, exist_ok=True)
    text = (settings.root / "dagster.yaml").read_text("utf-8")
    text = text.replace("base_dir: data/.dagster", f"base_dir: {json.dumps(str(home))}")
    (home / "dagster.yaml").write_text(text, "utf-8")
    return home


def free_port(first: int, ports: int) -> int | None:
    """The first port of this machine from a number on that nobody listens on; None where all are taken."""
    return next((port for port in range(first, first + ports) if _is_free(port)), None)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _sql(settings: Project, query: str | None) -> int:
    if not settings.database.exists():
        raise NoInputError(f"{shown(settings.database)} does not exist yet: make run builds it.")
    client = shutil.which("duckdb")
    if client:
        command = [client, "-readonly", str(settings.database), *(["-c", query] if query else [])]
        os.execv(client, command)
    from signals_pipeline.console import ask

    return ask(settings.database, query)


def _dictionary(settings: Project) -> int:
    from signals_pipeline.publish.dictionary import markdown

    path = settings.root / "data" / "DICTIONARY.md"
    path.write_text(markdown(), "utf-8")
    print(f"Wrote {shown(path)}.")
    return 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
