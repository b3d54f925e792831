"""The Dagster UI on this machine."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from signals_pipeline.cli.interrupts import SIGNALED, EndingSignals
from signals_pipeline.core.errors import SignalsError
from signals_pipeline.core.settings import Project, variable

FIRST_PORT = 3000
PORTS = 20
ENDING_SECONDS = 15.0


def open_ui(settings: Project, *, read_only: bool) -> int:
    """Become `dagster dev`, or a web server that changes nothing, beside a daemon that runs what is due."""
    port = free_port(FIRST_PORT, PORTS)
    if port is None:
        raise SignalsError(f"No free port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1}.")
    settings.assert_writable()
    from signals_pipeline.defs.execution import recover
    from signals_pipeline.defs.internals import DAEMON

    recover(settings)
    home = _dagster_home(settings)
    print(f"The Dagster UI opens at http://127.0.0.1:{port} (stop it with Ctrl-C).", flush=True)
    environment = {"PYTHONWARNINGS": "ignore"} | os.environ
    environment |= {
        "DAGSTER_HOME": str(home),
        "PYTHONPATH": str(settings.root),
        variable("data_dir"): str(settings.data),
    }
    if settings.given.raw_dir:
        environment[variable("raw_dir")] = str(settings.raw_dir())
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
            [sys.executable, "-m", DAEMON, "run", *workspace],
        ],
        environment,
    )


def _together(commands: list[list[str]], environment: dict[str, str]) -> int:
    """Run some commands until one of them ends or this process is asked to end; then end them all."""
    ending = EndingSignals()
    running = [subprocess.Popen(command, env=environment) for command in commands]
    try:
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        for process in running:
            process.send_signal(signal.SIGINT)
    codes = [_ended(process) for process in running]
    heard = ending.heard()
    return SIGNALED + heard if heard else max(codes, key=abs)


def _ended(process: "subprocess.Popen[bytes]") -> int:
    """The exit code of a process that was asked to end, by force where it does not."""
    try:
        return process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


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
