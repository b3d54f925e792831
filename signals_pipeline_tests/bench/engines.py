"""What reading costs in this process, in two beside it, and by two workers of a Dask cluster here."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from signals_pipeline.core.engines import Engine
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.parsed.ingest import ingest
from signals_pipeline.parsed.models import TABLES
from signals_pipeline.raw.inventory import list_folder
from signals_pipeline_tests import corpus
from signals_pipeline_tests.cluster import N_WORKERS, Cluster
from signals_pipeline_tests.conftest import CALENDAR, opened


def bench(base: Path, n_cards: int, tell: Callable[[str], None]) -> None:
    """Print a line for each engine."""
    raw = base / "raw"
    corpus.generate(raw, n_cards=n_cards, n_issues=150, form="B-src")
    tell("| engine | CPU s of all processes | ÷ two processes | minutes | tables |")
    tell("|---|---:|---:|---:|---|")
    (base / "cluster").mkdir()
    with Cluster(base / "cluster") as cluster:
        found = {
            "two processes": taken_in_by(Engine(processes=N_WORKERS), raw, base / "processes"),
            "this process alone": taken_in_by(Engine(), raw, base / "alone"),
            "Dask, two workers": taken_in_by(Engine(address=cluster.address), raw, base / "dask", cluster),
        }
    first, _, expected = found["two processes"]
    for name, (spent, minutes, versions) in found.items():
        same = "equal" if versions == expected else "differ"
        tell(f"| {name} | {spent:.1f} | {spent / first:.2f} | {minutes:.1f} | {same} |")


def taken_in_by(
    engine: Engine, raw: Path, build: Path, cluster: Cluster | None = None
) -> tuple[float, float, list[str]]:
    """CPU seconds of all processes, minutes, and the versions of all tables after a folder was taken in."""
    with opened(build, raw) as store:
        save_listing(store, list_folder(raw))
        before, start = _cpu_seconds(cluster), time.monotonic()
        ingest(store, raw, CALENDAR, {}, engine=engine)
        spent, minutes = _cpu_seconds(cluster) - before, (time.monotonic() - start) / 60
        return spent, minutes, [store.content_version(f"parsed.{name}", TABLES[name])[0] for name in TABLES]


def _cpu_seconds(cluster: Cluster | None) -> float:
    return sum(os.times()[:4]) + (cluster.cpu_seconds() if cluster else 0.0)
