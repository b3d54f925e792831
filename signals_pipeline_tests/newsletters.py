"""Several newsletters on one machine for a while: each changes and is run, as cron would; none minds another.

`python -m signals_pipeline_tests.newsletters MINUTES NEWSLETTERS CARDS` prints figures, and exits with 1
where a run failed or waited, a snapshot holds something else than its own cards, or memory grew.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import duckdb

from signals_pipeline.core.settings import Project, project
from signals_pipeline_tests import corpus
from signals_pipeline_tests.faults.plain import TODAY, assert_whole, differences, rebuilt
from signals_pipeline_tests.soak import Writer
from signals_pipeline_tests.starter import ROOT

AT_ONCE = 2
"""Runs at a time, of different newsletters: as many as a small machine has processors."""

CHANGES = 3
"""Changes of a newsletter before each of its runs."""

OWN_NUMBERS = 100_000
"""Numbers of cards that each newsletter has for itself."""


@dataclass(frozen=True)
class Run:
    """How a run ended, how long it took, the most memory that it had, and all that it printed."""

    code: int
    seconds: float
    megabytes: float
    printed: str

    @property
    def waited(self) -> bool:
        """Whether it had to wait for another process."""
        return "waiting for process" in self.printed

    @property
    def changed(self) -> bool:
        """Whether it published something new."""
        return "nothing new published" not in self.printed


@dataclass
class Newsletter:
    """A folder of cards with a data folder, somebody who changes it, and its runs."""

    settings: Project
    raw: Path
    writer: Writer
    runs: list[Run] = field(default_factory=list)
    history_at_first: int = 0

    def run(self) -> None:
        """One `signals run`, in a process of its own."""
        given = {"SIGNALS_DATA_DIR": str(self.settings.data), "SIGNALS_RAW_DIR": str(self.raw)}
        began = time.monotonic()
        with tempfile.TemporaryFile() as printed:
            process = subprocess.Popen(
                [sys.executable, "-m", "signals_pipeline", "run"],
                cwd=ROOT,
                env=os.environ | given | {"SIGNALS_AS_OF": TODAY},
                stdout=printed,
                stderr=printed,
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            printed.seek(0)
            text = printed.read().decode("utf-8", "replace")
        kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
        self.runs.append(Run(process.returncode, time.monotonic() - began, kilobytes / 1000, text))
        if len(self.runs) == 1:
            self.history_at_first = bytes_below(self.settings.history)

    def change_and_run(self) -> None:
        """Change some cards, but each fifth time; then run."""
        if len(self.runs) % 5:
            for _ in range(CHANGES):
                self.writer.change()
        self.run()

    def problems(self, base: Path) -> list[str]:
        """What is not as it must be: a rebuild from its own cards alone gives what is published."""
        name = self.settings.newsletter
        found = [f"{name}: exit code {one.code}: {one.printed[-500:]}" for one in self.runs if one.code]
        found += [f"{name}: a run had to wait" for one in self.runs if one.waited]
        expected = project(data_dir=str(base / "expected" / name))
        expected.data.mkdir(parents=True)
        (expected.data / "aliases.csv").write_bytes(self.settings.aliases.read_bytes())
        rebuilt(expected, self.raw)
        other = differences(self.settings.published, expected.published)
        shutil.rmtree(expected.data)
        assert_whole(self.settings.published)
        return found + ([f"{name}: other tables than a rebuild gives: {', '.join(other)}"] if other else [])

    def n_cards(self) -> int:
        """How many cards its snapshot has."""
        with duckdb.connect(str(self.settings.database), read_only=True) as connection:
            return int(connection.execute("SELECT count(*) FROM parsed.cards").fetchall()[0][0])


def bytes_below(folder: Path) -> int:
    """What the files below a folder take, each once whatever names it has."""
    found = {path.stat().st_ino: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    return sum(found.values())


def newsletter(base: Path, number: int, n_cards: int) -> Newsletter:
    """The cards and the empty data folder of one newsletter, which shares hardly a card with another."""
    folder = base / f"newsletter-{number}"
    raw, data = folder / "cards", folder / "data"
    corpus.generate(raw, n_cards=n_cards, seed=corpus.DEFAULT_SEED + number)
    settings = project(data_dir=str(data), raw_dir=str(raw))
    data.mkdir()
    (data / "aliases.csv").write_text("surface,topic,kind,reason\n", "utf-8")
    return Newsletter(settings, raw, Writer(raw, data, first=OWN_NUMBERS * (number + 1)))


def soak(base: Path, minutes: float, n_newsletters: int, n_cards: int) -> int:
    """Run it; 0 where all is as it must be."""
    all_of_them = [newsletter(base, number, n_cards) for number in range(n_newsletters)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(Newsletter.run, all_of_them))
        began = time.monotonic()
        while time.monotonic() - began < 60 * minutes:
            list(pool.map(Newsletter.change_and_run, all_of_them))
        # What was changed last is published too.
        list(pool.map(Newsletter.run, all_of_them))
    problems = [one for each in all_of_them for one in each.problems(base)]
    return tell(all_of_them, problems)


def tell(all_of_them: list[Newsletter], problems: list[str]) -> int:
    """Print the figures; 0 where they are as they must be."""
    print("newsletter    runs  changed  cards  s/run  peak MB  history MB  MB/changed run  data MB")
    for each in all_of_them:
        changed = [one for one in each.runs[1:] if one.changed]
        history = bytes_below(each.settings.history)
        grown = (history - each.history_at_first) / max(len(changed), 1)
        print(
            f"{each.settings.newsletter:<13} {len(each.runs):>4} {len(changed):>8} {each.n_cards():>6} "
            f"{median(one.seconds for one in changed):>6.1f} "
            f"{max(one.megabytes for one in each.runs):>8.0f} {history / 1e6:>11.2f} {grown / 1e6:>15.3f} "
            f"{bytes_below(each.settings.data) / 1e6:>8.0f}"
        )
    both = list(zip(*(_peaks(each) for each in all_of_them), strict=True))
    first, second = (max(one) for one in both)
    print(f"peak MB of runs with changes: {first:.0f} in the first half, {second:.0f} in the second")
    if second > 1.25 * first:
        problems.append("memory grew")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def _peaks(each: Newsletter) -> tuple[float, float]:
    """The most memory of a run with changes in the first half and in the second, without the first run."""
    used = [one.megabytes for one in each.runs[1:] if one.changed]
    half = (len(used) + 1) // 2
    return max(used[:half]), max(used[half:] or used[:half])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        sys.exit(soak(Path(name), float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
