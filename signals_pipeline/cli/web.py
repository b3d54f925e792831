"""The processes of the Dagster UI: web server and daemon, together or alone, and the server of the code."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

from signals_pipeline.cli.interrupts import ENDING, SIGNALED, EndingSignals
from signals_pipeline.cli.says import say
from signals_pipeline.core.errors import SignalsError
from signals_pipeline.core.lock import alone
from signals_pipeline.core.logs import is_json
from signals_pipeline.core.settings import Project, code_version, variable

FIRST_PORT = 3000
PORTS = 20
ENDING_SECONDS = 30.0
LOOKING_SECONDS = 0.5
CODE_SECONDS = 30.0
"""How often the code of the project is compared with what it was."""

LOCATION = "signals_pipeline"
NEW_CODE = "The code has changed since the start: stop it and start it again."

Running = dict[str, "subprocess.Popen[bytes]"]
"""Processes that belong together, by what a person calls them, in the order in which they were started."""


def open_ui(settings: Project, *, read_only: bool) -> int:
    """Run web server and daemon on this machine until a signal ends them; 128 and the number of the signal.

    Raises:
        BadInputFileError: A setting cannot be read.
        StoreBusyError: Another process runs a daemon already.
        SignalsError: There is no free port, or a process of the UI has ended by itself.
    """
    return _until_a_signal(partial(_run, settings, _first_free_port, read_only=read_only))


def serve_ui(settings: Project, host: str, port: int, *, read_only: bool) -> int:
    """Run the web server alone, at this address and no other, since a proxy asks there; as `open_ui`.

    Raises:
        BadInputFileError: A setting cannot be read.
        SignalsError: The address cannot be listened at, or a process has ended by itself.
    """
    listen = partial(_listening_at, host, port)
    return _until_a_signal(partial(_run, settings, listen, read_only=read_only, has_daemon=False))


def run_daemon(settings: Project) -> int:
    """Run schedule, sensors and the runs that they start, without a web server; as `open_ui`.

    Raises:
        BadInputFileError: A setting cannot be read.
        StoreBusyError: Another process does so already.
        SignalsError: A process has ended by itself.
    """
    return _until_a_signal(partial(_run, settings, None))


def _until_a_signal(run: Callable[[], NoReturn]) -> int:
    ending = EndingSignals()
    try:
        run()
    except KeyboardInterrupt:
        return SIGNALED + ending.heard()
    except SignalsError:
        # Who ends all processes of the UI may have ended another one before this is heard here.
        if number := ending.heard():
            return SIGNALED + number
        raise


def _run(
    settings: Project,
    listen: Callable[[], socket.socket] | None,
    *,
    read_only: bool = False,
    has_daemon: bool = True,
) -> NoReturn:
    """Run a web server on the socket that `listen` gives, if any, and a daemon, if it is to have one."""
    settings.assert_readable()
    settings.assert_startable()
    settings.assert_writable()
    if not has_daemon:
        _run_processes(settings, listen, None, read_only=read_only)
    taken = f"Another UI or daemon is at work on {settings.data}. Stop that one first."
    with alone(settings.history / "daemon", taken) as descriptor:
        _run_processes(settings, listen, descriptor, read_only=read_only)


def _run_processes(
    settings: Project, listen: Callable[[], socket.socket] | None, daemon: int | None, *, read_only: bool
) -> NoReturn:
    """Run them until one ends; `daemon` is the descriptor by which a daemon is alone, None without one."""
    from signals_pipeline.defs.execution import open_history, recover
    from signals_pipeline.defs.history import HOME, dagster_home

    # A web server alone may know none of those to whom a lost run is reported.
    begin = open_history if daemon is None else recover
    begin(settings)
    home = dagster_home(settings)
    listening = listen() if listen else None
    if listening:
        say(f"The Dagster UI opens at {_url(listening)} (stop it with Ctrl-C).")
    else:
        say("Schedule and sensors are at work (stop them with Ctrl-C).")
    environment = {"PYTHONWARNINGS": "ignore"} | os.environ
    environment |= {
        HOME: str(home),
        "PYTHONPATH": str(settings.root),
        variable("data_dir"): str(settings.data),
    }
    if settings.given.raw_dir:
        environment[variable("raw_dir")] = str(settings.raw_dir())
    if home == settings.history:
        # Dagster takes a .env where it is started for more than what was set in the environment.
        os.chdir(home)
    running: Running = {}
    # The path of a socket has 107 bytes at most, so it is not in the data folder; only its user can open it.
    with listening or nullcontext(), tempfile.TemporaryDirectory(prefix="signals-") as folder:
        code = Path(folder) / "code"
        workspace = _workspace_of(code)
        try:
            _start(running, "code server", _code_server(settings.root, code), environment)
            while not _answers(code):
                _look(running)
            if listening:
                command = _web_server(workspace, listening, read_only=read_only)
                _start(running, "web server", command, environment, listening.fileno())
            if daemon is not None:
                _start(running, "daemon", _daemon(workspace), environment, daemon)
            _watch(running)
        finally:
            _end(running)


def _code_server(root: Path, address: Path) -> list[str]:
    """Loads the definitions for web server and daemon, again where a person asks for it, and starts runs."""
    return [
        sys.executable, "-m", "dagster", "code-server", "start", "--socket", str(address),
        "-m", "signals_pipeline.definitions", "-d", str(root), "--location-name", LOCATION,
        "--use-python-environment-entry-point", "--inject-env-vars-from-instance", *_logging(),
    ]  # fmt: skip


def _web_server(workspace: Path, listening: socket.socket, *, read_only: bool) -> list[str]:
    given = ["--workspace", str(workspace), "--socket", str(listening.fileno())]
    return [
        sys.executable, "-m", "signals_pipeline.defs.webserver",
        *given, *(["--read-only"] if read_only else []),
    ]  # fmt: skip


def _daemon(workspace: Path) -> list[str]:
    from signals_pipeline.defs.internals import DAEMON

    return [sys.executable, "-m", DAEMON, "run", "-w", str(workspace), *_logging()]


def _logging() -> list[str]:
    """What Dagster's own processes log, and in which form."""
    return ["--log-level", "warning", *(["--log-format", "json"] if is_json() else [])]


def _workspace_of(address: Path) -> Path:
    """A workspace file beside the socket of the code server; JSON is YAML."""
    workspace = address.with_name("workspace.yaml")
    server = {"socket": str(address), "location_name": LOCATION}
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": server}]}), "utf-8")
    return workspace


def _start(
    running: Running, name: str, command: list[str], environment: dict[str, str], *handed_on: int
) -> None:
    """Start a process, which keeps the open files of these numbers.

    It is in a group of its own, so that Ctrl-C is heard here alone and told to it once: a second one would
    break off its end.
    """
    running[name] = subprocess.Popen(command, env=environment, pass_fds=handed_on, process_group=0)


def _look(running: Running) -> None:
    """Wait a moment; `SignalsError` where one of the processes has ended."""
    time.sleep(LOOKING_SECONDS)
    for name, process in running.items():
        if process.poll() is not None:
            raise SignalsError(f"The {name} has ended (exit code {process.returncode}), so this ends too.")


def _watch(running: Running) -> NoReturn:
    """Look at the processes until one of them ends, and say when the code has changed since the start."""
    known, looked = code_version(), time.monotonic()
    while True:
        _look(running)
        if time.monotonic() - looked < CODE_SECONDS:
            continue
        looked = time.monotonic()
        if (now := code_version()) != known:
            known = now
            say(NEW_CODE)


def _end(running: Running) -> None:
    """Ask the processes to end, all at once; one that does not end is killed.

    A process of Python that still loads ends without a word at SIGTERM, and with a traceback at SIGINT.
    """
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    for process in running.values():
        process.send_signal(signal.SIGTERM)
    for process in running.values():
        try:
            process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(address)) == 0


def _first_free_port() -> socket.socket:
    listening = listening_socket(FIRST_PORT, PORTS)
    if listening is None:
        raise SignalsError(f"No free port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1}.")
    return listening


def _listening_at(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family)
    except OSError as error:
        # What Python adds in parentheses repeats the address.
        why = str(error.strerror).partition(" (")[0]
        raise SignalsError(f"{host}:{port} cannot be listened at: {why}.") from None


def _url(listening: socket.socket) -> str:
    """The address that a person types to reach a socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listening_socket(first: int, ports: int) -> socket.socket | None:
    """A socket that listens on this machine, on the first free port from a number on; None without one.

    It is taken at once: the web server needs seconds to start, and another UI may look for a port meanwhile.
    """
    for port in range(first, first + ports):
        # Some systems let two processes listen, one of them on all addresses of the machine.
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        with suppress(OSError):
            return socket.create_server(("127.0.0.1", port))
    return None
