"""What a person waits for: whole runs of the command, with Dagster and start-up, in four scenarios."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from signals_pipeline.publish.reader import connect
from signals_pipeline_tests import corpus
from signals_pipeline_tests.bench.memory import peak_mb
from signals_pipeline_tests.starter import ROOT

DEMO = ROOT / "data" / "demo"

N_ISSUES = 150

N_NEW = 15
"""How many cards a new issue of the newsletter has."""

RACY_SECONDS = 2.1
"""How long ago a file must have been touched so that its times are believed."""

LOOKED_SECONDS = 0.02
"""How often the kernel is asked for the peak of a run's memory."""


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds of both kinds, megabytes of memory, and megabytes written that stay."""

    wall: float
    cpu: float
    peak_mb: int
    history_mb: float
    anew_mb: float


def bench(base: Path, sizes: Sequence[int], tell: Callable[[str], None]) -> None:
    """Print a line for each scenario: on the demonstration, and on each number of generated cards."""
    tell(
        "| cards | changed | wall, s | CPU, s | ÷ first run | peak MB | history, MB | published anew, MB "
        "| fdatasync; fsync |"
    )
    tell("|---:|---|---:|---:|---:|---:|---:|---:|---:|")
    for n_cards in (0, *sizes):
        raw = base / f"raw{n_cards}"
        if n_cards:
            corpus.generate(raw, n_cards, N_ISSUES, form="B-src")
        else:
            shutil.copytree(DEMO, raw)
        first = 0.0
        for changed, cost, n_syncs in scenarios(raw, base / f"data{n_cards}"):
            first = first or cost.cpu
            tell(
                f"| {len(list(raw.glob('*.md'))):,} | {changed} | {cost.wall:.1f} | {cost.cpu:.1f} "
                f"| {cost.cpu / first:.3f} | {cost.peak_mb:,} | {cost.history_mb:.2f} | {cost.anew_mb:.1f} "
                f"| {n_syncs} |"
            )


def scenarios(raw: Path, data: Path) -> Iterator[tuple[str, Cost, str]]:
    """What changed, what a run then took, and how often one like it waited for the disk."""
    for changed, change in (
        ("all", lambda: None),
        ("nothing", lambda: None),
        ("one card", lambda: reword(raw)),
        (f"a new issue of {N_NEW}", lambda: add_issue(raw, data)),
    ):
        change()
        time.sleep(RACY_SECONDS)
        cost = run(raw, data)
        n_syncs = "–"
        if changed == "one card" and shutil.which("strace"):
            change()
            time.sleep(RACY_SECONDS)
            n_syncs = "; ".join(f"{n:,}" for n in syncs(raw, data))
        yield changed, cost, n_syncs


def reword(raw: Path) -> None:
    """Give the first card one keyword more."""
    card = min(raw.glob("????????????????????????????????.md"))
    text = card.read_text("utf-8")
    card.write_text(text.replace("## Keywords\n\n", "## Keywords\n\n* heat pump grants\n", 1), "utf-8")


def add_issue(raw: Path, data: Path) -> None:
    """Add the cards of an issue that came out a week after the last one that is published."""
    with connect(data / "published" / "current" / "signals.duckdb") as connection:
        ((newest,),) = connection.execute("SELECT max(issue_date) FROM parsed.cards").fetchall()
    extra = raw.parent / f"{raw.name}-extra"
    made = "|".join(
        f"{date:%Y%m%d}" for date in corpus.generate(extra, N_NEW, 2, seed=2, form="B-src").issue_dates
    )
    for path in extra.glob("?" * 32 + ".md"):
        text = re.sub(made, f"{newest + timedelta(7):%Y%m%d}", path.read_text("utf-8"))
        (raw / path.name).write_text(text, "utf-8")


def command(raw: Path, data: Path) -> tuple[list[str], dict[str, str]]:
    """The command of a run on folders, and its environment."""
    return (
        [sys.executable, "-m", "signals_pipeline", "run"],
        os.environ | {"SIGNALS_RAW_DIR": str(raw), "SIGNALS_DATA_DIR": str(data)},
    )


def run(raw: Path, data: Path) -> Cost:
    """Run the command and tell what it took, with all processes that it started."""
    words, environment = command(raw, data)
    history, published = _size(data / ".dagster"), _files(data)
    start = time.monotonic()
    pid = os.posix_spawn(
        sys.executable,
        words,
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    peak, ended = 0, 0
    while not ended:
        peak = max(peak, peak_mb(pid))
        time.sleep(LOOKED_SECONDS)
        ended, status, usage = os.wait4(pid, os.WNOHANG)
    assert os.waitstatus_to_exitcode(status) == 0
    anew = _files(data)
    return Cost(
        time.monotonic() - start,
        usage.ru_utime + usage.ru_stime,
        peak,
        (_size(data / ".dagster") - history) / 1e6,
        sum(anew[inode] for inode in anew.keys() - published.keys()) / 1e6,
    )


def syncs(raw: Path, data: Path) -> tuple[int, int]:
    """How often a run asks the disk to have written: calls of `fdatasync`, and of `fsync`.

    `strace` counts them, which makes the run slower.
    """
    words, environment = command(raw, data)
    told = data.parent / "strace"
    subprocess.run(
        ["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", str(told), *words],
        env=environment,
        check=True,
        capture_output=True,
    )
    found = {
        line.split()[-1]: line.split()[3] for line in told.read_text().splitlines() if line.endswith("sync")
    }
    return int(found["fdatasync"]), int(found["fsync"])


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _files(data: Path) -> dict[int, int]:
    """The bytes of each published file by its inode: a file of several snapshots is one."""
    files = (
        path.stat() for path in (data / "published").rglob("*") if path.is_file() and not path.is_symlink()
    )
    return {one.st_ino: one.st_size for one in files}
