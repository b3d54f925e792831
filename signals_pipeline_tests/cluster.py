"""A Dask cluster on this machine: a scheduler and two workers, each a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from distributed import Client

from signals_pipeline_tests.starter import ROOT

N_WORKERS = 2
PATIENCE = 120.0
"""Seconds that anything may take; a busy machine is no fault."""


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def until(holds: Callable[[], bool]) -> bool:
    """Whether something holds at last."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class Cluster:
    """A Dask scheduler and two workers on this machine, ended with the block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        where = folder / "scheduler.json"
        self.processes = [
            self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(where))
        ]
        assert until(where.exists), self.printed()
        for _ in range(N_WORKERS):
            self.processes.append(
                self._start(
                    "worker", "--scheduler-file", str(where), "--nthreads", "1", "--no-nanny",
                    "--local-directory", str(folder),
                )
            )  # fmt: skip
        with Client(scheduler_file=str(where), set_as_default=False) as client:
            client.wait_for_workers(N_WORKERS, timeout=PATIENCE)
            self.address = str(client.scheduler_info()["address"])

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [Path(sys.prefix) / "bin" / "dask", name, *arguments, "--no-dashboard"]
        with (self.folder / "printed").open("ab") as printed:
            return subprocess.Popen(
                command, cwd=self.folder, env=environment(), stdout=printed, stderr=printed
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def cpu_seconds(self) -> float:
        """CPU seconds of all its processes so far."""
        ticks = 0
        for process in self.processes:
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def printed(self) -> str:
        return (self.folder / "printed").read_text()

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
