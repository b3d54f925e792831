"""What the stages of a run cost, in a process of their own.

`python -m signals_pipeline_tests.bench.stages RAW DATA` prints CPU seconds by stage, and the highest memory
up to its end in megabytes, as JSON; and what reading to insert takes beside the floor. There is no Dagster in
it, and the start of the process is not counted.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from signals_pipeline.core import validation
from signals_pipeline.core.settings import Project, project
from signals_pipeline.core.store import Store
from signals_pipeline.marts import build as run
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.outlooks.build import build_outlooks
from signals_pipeline.parsed import ingest as ingesting
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.parsed.identity import read_corrections
from signals_pipeline.parsed.ingest import ingest
from signals_pipeline.parsed.reader import links
from signals_pipeline.publish import snapshot
from signals_pipeline.raw.inventory import list_folder
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.reviewed import read_reviewed
from signals_pipeline_tests.bench.memory import peak_mb
from signals_pipeline_tests.conftest import CALENDAR, opened
from signals_pipeline_tests.faults.plain import publish_plainly, versions
from signals_pipeline_tests.starter import ROOT

READING = ("read", "insert", "commit")
"""Reading, parsing and validation, and the insert: what there is to do for each card alone.

The commit is also that of what is derived from all cards together.
"""

ROUNDS = 7
"""How often the floor and reading to insert are measured in turn."""

PASSES = 8
"""How often the floor is measured before reading to insert, and again behind it: together about as long."""

STAGES = ("look", *READING, "derive and check", "topics", "meaning", "outlooks", "marts", "publish", "report")
"""`look` lists the files and compares them with what was read before."""


class Spent:
    """CPU seconds by stage, and the peak of memory after it; what runs within another stage counts once."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.peak_mb = dict.fromkeys(STAGES, 0)
        self._running: list[str] = []
        self._since = 0.0

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        """Count what the block takes for a stage."""
        self._switch(stage)
        try:
            yield
        finally:
            self._switch(None)
            self.peak_mb[stage] = peak_mb()

    def _switch(self, stage: str | None) -> None:
        now = time.process_time()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        if stage is None:
            self._running.pop()
        else:
            self._running.append(stage)
        self._since = now

    def within(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """A function, counted for a stage."""

        def counted(*arguments: Any, **named: Any) -> Any:
            with self.on(stage):
                return work(*arguments, **named)

        return counted


def floor(raw: Path) -> float:
    """CPU seconds that reading, hashing and decoding the files takes: less cannot be done."""
    start = time.process_time()
    for entry in os.scandir(raw):
        with open(entry.path, "rb") as file:  # noqa: PTH123
            data = file.read()
        hashlib.sha256(data).hexdigest()
        data.decode()
    return time.process_time() - start


def _commit_timed(
    spent: Spent, transaction: Callable[[Store], AbstractContextManager[object]]
) -> Callable[[Store], AbstractContextManager[object]]:
    """A transaction whose commit is counted: what was inserted may be written only then."""

    @contextmanager
    def timed(store: Store) -> Iterator[object]:
        with ExitStack() as stack:
            yield stack.enter_context(transaction(store))
            with spent.on("commit"):
                stack.close()

    return timed


def _ingest(spent: Spent, store: Store, raw: Path, settings: Project) -> int:
    """Take a folder in, and how many files were read."""
    # The list of domain endings and pandera are loaded once a process, however many cards there are.
    links.source_domain("a.example.org")
    validation.assert_validation_is_on()
    with pytest.MonkeyPatch.context() as patch, spent.on("derive and check"):
        patch.setattr(ingesting, "read_chunk", spent.within("read", ingesting.read_chunk))
        patch.setattr(ingesting, "select_files", spent.within("look", ingesting.select_files))
        for name in ("_store_chunk", "_delete_read"):
            patch.setattr(ingesting, name, spent.within("insert", getattr(ingesting, name)))
        with spent.on("look"):
            save_listing(store, list_folder(raw))
        patch.setattr(Store, "transaction", _commit_timed(spent, Store.transaction))
        return ingest(
            store, raw, CALENDAR, read_corrections(settings.issue_dates, settings.issue_dates.read_bytes())
        ).read


def reading(raw: Path, rounds: int = ROUNDS) -> list[tuple[float, float]]:
    """CPU seconds of the floor and of reading to insert, of each round.

    Both are measured for about as long, one around the other: the best of many short tries and the best of a
    few long ones would be of moments in which others leave the machine more, or less, to itself.
    """
    found = []
    for _ in range(rounds):
        floors = [floor(raw) for _ in range(PASSES)]
        with TemporaryDirectory() as name:
            settings = project(data_dir=name)
            spent = Spent()
            with opened(settings.build, raw) as store:
                _ingest(spent, store, raw, settings)
        floors += [floor(raw) for _ in range(PASSES)]
        found.append((mean(floors), sum(spent.seconds[stage] for stage in READING)))
    return found


def run_all(raw: Path, data: Path) -> tuple[Spent, int]:
    """A run on a folder, from the listing to the report, and how many files it read."""
    settings = project(data_dir=str(data))
    spent = Spent()
    with pytest.MonkeyPatch.context() as patch, opened(settings.build, raw) as store:
        for name in ("_write_report", "_write_sheets", "_write_workbook"):
            patch.setattr(snapshot, name, spent.within("report", getattr(snapshot, name)))
        n_read = _ingest(spent, store, raw, settings)
        reviewed = read_reviewed(settings, settings.edited())
        with spent.on("topics"):
            build_topics(store, reviewed, versions(settings))
        with spent.on("meaning"):
            build_meaning(store, None, reviewed=reviewed, versions=versions(settings))
        with spent.on("outlooks"):
            build_outlooks(store, (), versions(settings))
        with spent.on("marts"):
            for mart in run.marts().values():
                run.build(store, mart)
        with spent.on("publish"):
            publish_plainly(store, settings, with_report=True)
    return spent, n_read


def measured(raw: Path, data: Path) -> dict[str, Any]:
    """What a process of its own measured."""
    command = [sys.executable, "-m", "signals_pipeline_tests.bench.stages", str(raw), str(data)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    raw, data = map(Path, sys.argv[1:])
    rounds = reading(raw)
    found, _ = run_all(raw, data)
    print(json.dumps({"rounds": rounds, "seconds": found.seconds, "peak_mb": found.peak_mb}))
