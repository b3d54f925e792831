"""What every mart costs on the tables of very many cards, which are multiplied from those of a few thousand.

`python -m signals_pipeline_tests.bench.marts CARDS [PROCESSES]` prints mart by mart, as JSON: CPU seconds of
this process and of those that it started, seconds, the peak of its memory in megabytes, the number of rows
and their version. DuckDB may hold 4 GB.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from signals_pipeline.core.engines import Engine
from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.schema import column_names
from signals_pipeline.core.settings import project
from signals_pipeline.core.store import Store, open_store
from signals_pipeline.marts import build as run
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.outlooks.build import build_outlooks
from signals_pipeline.parsed.ingest import STORED_TABLES
from signals_pipeline.parsed.models import TABLES as PARSED
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.models import TABLES as TOPICS
from signals_pipeline.topics.reviewed import read_reviewed
from signals_pipeline_tests import corpus
from signals_pipeline_tests.bench.memory import peak_mb
from signals_pipeline_tests.conftest import UNEDITED, taken_in
from signals_pipeline_tests.starter import ROOT

MEMORY_LIMIT = "4GB"
SEED_CARDS = 3_000
N_ISSUES = 150
RARE = 5
"""Topics on so few of the first cards get another name in every tenth copy: with the cards, topics grow."""

KEPT_CHARACTERS = 40
"""What is kept of long texts, which no mart reads: a million cards have ten gigabytes of them."""

_LONG = ("description", "change", "ten_year", "driving_force", "summary")


def multiply(store: Store, n_copies: int) -> None:
    """Put so many copies of all cards in the place of each table, every one as a card of its own."""
    connection = store.connection
    connection.execute(f"CREATE TEMP TABLE copies AS SELECT range AS copy FROM range({n_copies})")
    connection.execute(f"""
        CREATE TEMP TABLE rare AS
        SELECT topic_id FROM mentions GROUP BY topic_id HAVING count(DISTINCT card_id) <= {RARE}
    """)
    for name in ("cards", "keywords", "themes", *STATEMENT_SECTIONS, "related_cards", "card_files"):
        _copy(store, f"parsed.{name}", column_names(PARSED[name]))
    is_rare = "topic_id IN (SELECT topic_id FROM rare)"
    _copy(
        store,
        "mentions",
        column_names(TOPICS["mentions"]),
        topic_id=f"CASE WHEN {is_rare} THEN md5(topic_id || copy // 10) ELSE topic_id END",
        topic=f"CASE WHEN {is_rare} THEN topic || ' ' || copy // 10 ELSE topic END",
    )
    connection.execute("""
        CREATE OR REPLACE TABLE topics AS
        SELECT
            topic_id, any_value(kind) AS kind, any_value(topic) AS topic, 1::INTEGER AS n_surfaces,
            NULL::VARCHAR AS definition
        FROM mentions GROUP BY topic_id ORDER BY topic_id
    """)
    for name, model in PARSED.items():
        store.note_built(f"parsed.{name}", model, {})
    for name, model in TOPICS.items():
        store.note_built(name, model, {})


def _copy(store: Store, table: str, columns: Sequence[str], **changed: str) -> None:
    changed |= {name: f"left({name}, {KEPT_CHARACTERS})" for name in columns if name in _LONG}
    changed |= {
        name: f"CASE WHEN copy = 0 THEN {name} ELSE md5({name} || copy) END"
        for name in ("card_id", "article_hash", "duplicate_of", "target_card_id")
        if name in columns
    }
    changed |= {name: f"{name} || '#' || copy" for name in ("path", "article_key") if name in columns}
    select = ", ".join(f"{changed.get(name, name)} AS {name}" for name in columns)
    store.connection.execute(f"""
        CREATE TABLE multiplied AS SELECT {select} FROM {table}, copies ORDER BY copy;
        DROP TABLE {table};
        CREATE TABLE {table} AS FROM multiplied;
        DROP TABLE multiplied;
    """)


def forget_peak() -> None:
    """Begin anew with the peak of memory of this process."""
    Path("/proc/self/clear_refs").write_text("5")


class Cost(NamedTuple):
    """What a mart took, and what it holds; CPU seconds of this process, and of those that it started."""

    here: float
    elsewhere: float
    seconds: float
    peak_mb: int
    n_rows: int
    version: str


def build_marts(folder: Path, n_cards: int, engine: Engine) -> dict[str, Cost]:
    """What each mart costs on so many cards."""
    raw = folder / "raw"
    corpus.generate(raw, n_cards=min(SEED_CARDS, n_cards), n_issues=N_ISSUES)
    found = {}
    with (
        store_lock(folder / "build", print),
        open_store(folder / "build", raw, STORED_TABLES, MEMORY_LIMIT) as store,
    ):
        taken_in(store, raw)
        shipped = project(data_dir=str(folder / "data"))
        build_topics(store, read_reviewed(shipped, shipped.edited()), UNEDITED)
        if n_cards > SEED_CARDS:
            multiply(store, round(n_cards / SEED_CARDS))
        build_meaning(store, None)
        build_outlooks(store, (), UNEDITED)
        for name, mart in run.marts().items():
            forget_peak()
            before, start = os.times(), time.monotonic()
            run.build(store, mart, engine)
            seconds, after = time.monotonic() - start, os.times()
            here = after.user + after.system - before.user - before.system
            elsewhere = sum(after[2:4]) - sum(before[2:4])
            if not mart.is_view:
                version, n_rows, _ = store.built()[name]
                found[name] = Cost(here, elsewhere, seconds, peak_mb(), n_rows, version)
    return found


def measured(n_cards: int, n_processes: int = 1) -> dict[str, Cost]:
    """What a process of its own measured."""
    command = [sys.executable, "-m", "signals_pipeline_tests.bench.marts", str(n_cards), str(n_processes)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name: Cost(*cost) for name, cost in json.loads(done.stdout).items()}


def bench(sizes: Sequence[int], tell: Callable[[str], None]) -> None:
    """Print a line for each mart."""
    found = {n_cards: measured(n_cards) for n_cards in sizes}
    tell("| mart | " + " | ".join(f"{n:,} cards: CPU s; peak MB; rows" for n in sizes) + " |")
    tell("|---|" + "---:|" * len(sizes))
    for name in found[sizes[0]]:
        costs = (found[n][name] for n in sizes)
        tell(f"| {name} | " + " | ".join(f"{c.here:.2f}; {c.peak_mb:,}; {c.n_rows:,}" for c in costs) + " |")


def bench_processes(n_cards: int, numbers: Sequence[int], tell: Callable[[str], None]) -> None:
    """Print a line for each number of processes that compute parts; the first is compared with the others."""
    tell("| processes | CPU s of the run | CPU s of the others | seconds ÷ CPU s of the first | tables |")
    tell("|---:|---:|---:|---:|---|")
    first: dict[str, Cost] = {}
    for number in numbers:
        found = measured(n_cards, number)
        first = first or found
        here, elsewhere, seconds = (sum(cost[field] for cost in found.values()) for field in range(3))
        same = all(found[name].version == first[name].version for name in first)
        ratio = seconds / sum(cost.here for cost in first.values())
        tell(f"| {number} | {here:.1f} | {elsewhere:.1f} | {ratio:.2f} | {'equal' if same else 'differ'} |")


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        n_processes = int(sys.argv[2]) if len(sys.argv) > 2 else 1
        print(json.dumps(build_marts(Path(name), int(sys.argv[1]), Engine(processes=n_processes))))
