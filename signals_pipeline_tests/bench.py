"""What a run costs when little changed: CPU seconds by stage, and as a part of a run on all cards.

`python -m signals_pipeline_tests.bench CARDS` prints a table, about the logic without Dagster and start-up.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from signals_pipeline.marts import run
from signals_pipeline.project import Project, project
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.canonical import load_aliases
from signals_pipeline_tests import corpus
from signals_pipeline_tests.conftest import opened, taken_in
from signals_pipeline_tests.faults.plain import differences, publish_plainly, rebuilt, versions

STAGES = ("take in", "topics", "marts", "publish")
RACY_SECONDS = 2.1
"""How long ago a file must have been touched so that its times are believed."""


@contextmanager
def timed(spent: dict[str, float], stage: str) -> Iterator[None]:
    """Add the CPU seconds of the block, of all threads, to a stage."""
    before = sum(os.times()[:2])
    yield
    spent[stage] = sum(os.times()[:2]) - before


def one_run(settings: Project, raw: Path) -> tuple[dict[str, float], int]:
    """CPU seconds by stage, and the number of files that were read."""
    spent: dict[str, float] = {}
    with opened(settings.build, raw) as store:
        with timed(spent, "take in"):
            taken = taken_in(store, raw)
        with timed(spent, "topics"):
            build_topics(store, load_aliases(settings.aliases), versions(settings)[settings.aliases.name])
        with timed(spent, "marts"):
            for mart in run.marts().values():
                run.build(store, mart)
        with timed(spent, "publish"):
            publish_plainly(store, settings)
    return spent, taken.read


def change(paths: list[Path], n: int) -> None:
    """Add a keyword to some cards."""
    for path in paths[:n]:
        text = path.read_text("utf-8").replace("## Keywords\n\n", f"## Keywords\n\n* word {n}\n", 1)
        path.write_text(text, "utf-8")


def bench(base: Path, n_cards: int, tell: Callable[[str], None]) -> None:
    """Runs on all cards, on none, on one and on a hundred, and whether the tables are those of a rebuild."""
    raw = base / "raw"
    corpus.generate(raw, n_cards=n_cards, n_issues=150)
    paths = sorted(raw.glob("*.md"))
    settings = project(data_dir=str(base / "data"))
    tell(f"{'changed':>8} {'read':>7} " + " ".join(f"{stage:>9}" for stage in STAGES) + "   part of all")
    whole: dict[str, float] = {}
    for n in (n_cards, 0, 1, 100):
        if n != n_cards:
            change(paths, n)
        time.sleep(RACY_SECONDS)
        spent, read = one_run(settings, raw)
        whole = whole or spent
        parts = ", ".join(f"{stage} {spent[stage] / whole[stage]:.1%}" for stage in STAGES)
        tell(f"{n:8,} {read:7,} " + " ".join(f"{spent[stage]:9.2f}" for stage in STAGES) + f"   {parts}")
    differing = differences(settings.published, rebuilt(project(data_dir=str(base / "again")), raw))
    tell(f"tables that differ from a rebuild: {', '.join(differing) or 'none'}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        bench(
            Path(name),
            int(sys.argv[1]) if len(sys.argv) > 1 else 10_000,
            lambda line: print(line, flush=True),
        )
