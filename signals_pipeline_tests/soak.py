"""A busy folder for a while: someone changes cards, the sensor runs, two readers ask; nothing may be missing.

`python -m signals_pipeline_tests.soak MINUTES` prints figures, and exits with 1 where something was lost or
stuck.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import duckdb

from signals_pipeline.core.settings import Project, project
from signals_pipeline_tests import corpus
from signals_pipeline_tests.faults.plain import TODAY, assert_whole, differences, rebuilt
from signals_pipeline_tests.raw.sample import card, write
from signals_pipeline_tests.starter import ROOT

CARDS = 120
ISSUES = 6
SETTLING_SECONDS = 240.0
"""How long the sensor and a run may take after the last change."""

PAUSE_SECONDS = 2.0
"""The mean time between two changes."""


class Writer:
    """Adds, changes, renames and removes cards, of those that it added itself.

    The cards of the start stay, so that no newsletter issue loses all of its cards.
    """

    def __init__(self, raw: Path, data: Path, first: int = 1000) -> None:
        """Work in these folders; numbers of cards begin with `first`."""
        self.raw = raw
        self.data = data
        self.first = first
        self.chance = Random(20)
        self.added: list[Path] = []
        self.done: Counter[str] = Counter()

    def change(self) -> None:
        """Do one of these things."""
        what = self.chance.choice(("add", "add", "change", "change", "remove", "rename", "break", "aliases"))
        number = self.first + sum(self.done.values())
        if what == "add" or not self.added:
            what = "add"
            self.added.append(write(self.raw, number, card(number, keywords=("kelp", f"topic {number % 7}"))))
        elif what == "change":
            path = self.chance.choice(self.added)
            path.write_text(card(number, title=f"Changed {number}"), "utf-8")
        elif what == "remove":
            self.added.remove(path := self.chance.choice(self.added))
            path.unlink()
        elif what == "rename":
            self.added.remove(path := self.chance.choice(self.added))
            self.added.append(path.replace(self.raw / f"{path.stem[:32]}@{number:07x}.md"))
        elif what == "break":
            self.chance.choice(self.added).write_bytes(b"# half a card \xff")
        else:
            text = f"surface,topic,kind,reason\nkelp,topic {number % 5},,\n"
            beside = self.data / "aliases.csv.new"
            beside.write_text(text, "utf-8")
            beside.replace(self.data / "aliases.csv")
        self.done[what] += 1


class Reader:
    """Opens the published file again and again, and asks it."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.opened = 0
        self.errors: list[str] = []

    def read(self, stop: threading.Event) -> None:
        """Read until told to stop."""
        while not stop.wait(0.2):
            try:
                with duckdb.connect(str(self.database.resolve()), read_only=True) as connection:
                    cards = connection.execute("SELECT count(*) FROM parsed.cards").fetchall()[0][0]
                    trend = connection.execute("SELECT count(*) FROM trend('ai')").fetchall()[0][0]
                self.opened += 1
                if cards < CARDS or trend == 0:
                    self.errors.append(f"only {cards} cards, {trend} rows of a trend")
            except (duckdb.Error, OSError) as error:
                self.errors.append(str(error))


def megabytes_below(process: int) -> float:
    """The memory of a process and of all that it started."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True)
    rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    family = {process}
    for _ in range(5):
        family |= {pid for pid, parent, _ in rows if parent in family}
    return sum(kilobytes for pid, _, kilobytes in rows if pid in family) / 1024


@contextmanager
def user_interface(settings: Project, raw: Path) -> Iterator[int]:
    """`signals ui`, with its daemon; its process number."""
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from signals_pipeline.__main__ import main; sys.exit(main(['ui']))"
    )
    environment = {
        "SIGNALS_DATA_DIR": str(settings.data),
        "SIGNALS_RAW_DIR": str(raw),
        "SIGNALS_AS_OF": TODAY,
    }
    with (settings.data / "ui.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process.pid
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def soak(base: Path, minutes: float) -> int:
    """Run it; 0 where nothing was lost and nothing is stuck."""
    raw = base / "raw"
    corpus.generate(raw, n_cards=CARDS, n_issues=ISSUES)
    settings = project(data_dir=str(base / "data"), raw_dir=str(raw))
    settings.data.mkdir()
    (settings.data / "aliases.csv").write_text("surface,topic,kind,reason\n", "utf-8")
    rebuilt(settings, raw)
    writer = Writer(raw, settings.data)
    readers = [Reader(settings.database) for _ in range(2)]
    stop = threading.Event()
    threads = [threading.Thread(target=one.read, args=(stop,)) for one in readers]
    memory: list[tuple[float, float]] = []
    began = time.monotonic()
    with user_interface(settings, raw) as process:
        for thread in threads:
            thread.start()
        while (now := time.monotonic() - began) < 60 * minutes:
            writer.change()
            time.sleep(writer.chance.expovariate(1 / PAUSE_SECONDS))
            if not memory or now - memory[-1][0] > 10:
                memory.append((now, megabytes_below(process)))
        settled = settle(settings, raw, base)
        stop.set()
        for thread in threads:
            thread.join()
    return tell(settings, writer, readers, memory, settled)


def settle(settings: Project, raw: Path, base: Path) -> float | None:
    """Seconds from the last change until what is published is what a rebuild gives; None where never."""
    expected = project(data_dir=str(base / "expected"))
    expected.data.mkdir()
    (expected.data / "aliases.csv").write_bytes(settings.aliases.read_bytes())
    rebuilt(expected, raw)
    began = time.monotonic()
    while (waited := time.monotonic() - began) < SETTLING_SECONDS:
        if not differences(settings.published, expected.published):
            return waited
        time.sleep(2)
    return None


def tell(
    settings: Project,
    writer: Writer,
    readers: list[Reader],
    memory: list[tuple[float, float]],
    settled: float | None,
) -> int:
    """Print the figures; 0 where they are as they must be."""
    from signals_pipeline.defs.execution import instance_of

    with instance_of(settings) as instance:
        runs = Counter(one.dagster_run.status.value for one in instance.get_run_records())
    alerts = settings.failure_log.read_text("utf-8") if settings.failure_log.exists() else ""
    half = len(memory) // 2
    # Between two runs there are web server and daemon, and while one works its process too: the median would
    # only say which of both was longer.
    idle, busy = zip(*(lowest_and_highest(part) for part in (memory[1:half], memory[half:])), strict=True)
    errors = [error for reader in readers for error in reader.errors]
    lines = {
        "changes": ", ".join(f"{n} {what}" for what, n in sorted(writer.done.items())),
        "runs": ", ".join(f"{n} {status}" for status, n in sorted(runs.items())),
        "reads": f"{sum(reader.opened for reader in readers)}, of which failed {len(errors)}",
        "memory": f"{idle[0]:.0f} MB between runs and at most {busy[0]:.0f} MB in the first half, "
        f"{idle[1]:.0f} and {busy[1]:.0f} MB in the second",
        "settled": "never" if settled is None else f"{settled:.0f} s after the last change",
        "alerts": str(len(alerts.splitlines())),
    }
    for name, text in lines.items():
        print(f"{name + ':':<10}{text}")
    for line in (*errors[:5], *alerts.splitlines()[:5]):
        print(line)
    assert_whole(settings.published)
    is_flat = idle[1] < 1.25 * idle[0] and busy[1] < 1.25 * busy[0]
    return (
        0
        if settled is not None and not errors and not re.search(r"\bFAILURE\b", lines["runs"]) and is_flat
        else 1
    )


def lowest_and_highest(memory: list[tuple[float, float]]) -> tuple[float, float]:
    """The lowest decile and the maximum of what was used, 0 of nothing."""
    used = sorted(used for _, used in memory)
    return (used[len(used) // 10], used[-1]) if used else (0.0, 0.0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        sys.exit(soak(Path(name), float(sys.argv[1]) if len(sys.argv) > 1 else 20))
