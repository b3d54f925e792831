"""How much memory the real run takes, with all processes that it starts, on few cards and on many."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from signals_pipeline_tests import corpus
from signals_pipeline_tests.starter import ROOT

SECONDS = 0.2
"""How often the memory is looked at."""


def bench(base: Path, sizes: Sequence[int], tell: Callable[[str], None]) -> None:
    """Print a line for each number of cards."""
    tell("| cards | MB in files | peak MB of the run | with its reading processes | minutes |")
    tell("|---:|---:|---:|---:|---:|")
    for n_cards in sizes:
        raw = base / f"raw{n_cards}"
        corpus.generate(raw, n_cards=n_cards, n_issues=150, form="B-src")
        size = sum(path.stat().st_size for path in raw.iterdir()) / 1e6
        own, together, seconds = peaks(raw, base / f"data{n_cards}")
        tell(f"| {n_cards:,} | {size:,.0f} | {own:,} | {together:,} | {seconds / 60:.1f} |")


def peaks(raw: Path, data: Path) -> tuple[int, int, float]:
    """The highest memory of a run, and of it with its children, both in megabytes; and how long it took.

    The kernel knows the first; the second is the highest of some looks at both.
    """
    environment = os.environ | {"SIGNALS_RAW_DIR": str(raw), "SIGNALS_DATA_DIR": str(data)}
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "signals_pipeline", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    own = together = 0
    while process.poll() is None:
        own = max(own, peak_mb(process.pid))
        together = max(together, sum(map(_share_mb, (process.pid, *_children(process.pid)))))
        time.sleep(SECONDS)
    assert process.returncode == 0
    return own, together, time.monotonic() - start


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return found


def peak_mb(pid: int | Literal["self"] = "self") -> int:
    """The highest memory of a process so far, in megabytes, 0 where it has ended.

    `getrusage` would tell that of the process which started it where that is higher.
    """
    return _kilobytes(pid, "status", "VmHWM:") // 1024


def _share_mb(pid: int) -> int:
    """What a process holds for itself alone, and its part of what it shares, in megabytes."""
    return _kilobytes(pid, "smaps_rollup", "Pss:") // 1024


def _kilobytes(pid: int | Literal["self"], file: str, name: str) -> int:
    """A figure that the kernel tells of a process, 0 where that has ended."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
