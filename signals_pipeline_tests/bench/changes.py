"""What a run costs when little changed: CPU seconds by stage, and as a part of a run on all cards."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from signals_pipeline.core.settings import project
from signals_pipeline_tests import corpus
from signals_pipeline_tests.bench.stages import READING, STAGES, run_all
from signals_pipeline_tests.faults.plain import differences, rebuilt

RACY_SECONDS = 2.1
"""How long ago a file must have been touched so that its times are believed."""


def change(paths: list[Path], n: int) -> None:
    """Add a keyword to some cards."""
    for path in paths[:n]:
        text = path.read_text("utf-8").replace("## Keywords\n\n", f"## Keywords\n\n* word {n}\n", 1)
        path.write_text(text, "utf-8")


def bench(base: Path, n_cards: int, changes: Sequence[int], tell: Callable[[str], None]) -> None:
    """Runs on all cards, then with so many changed; and whether the tables are those of a rebuild.

    Of a commit counts what is above that of a run with nothing changed: what is derived from all cards.
    """
    raw = base / "raw"
    corpus.generate(raw, n_cards=n_cards, n_issues=150, form="B-src")
    paths = sorted(raw.glob("*.md"))
    data = base / "data"
    tell("| changed | read | " + " | ".join(STAGES) + " | look ÷ first run | read to commit ÷ that of it |")
    tell("|---:|---:|" + "---:|" * (len(STAGES) + 2))
    whole: dict[str, float] = {}
    idle = 0.0
    for n in (n_cards, *changes):
        if n != n_cards:
            change(paths, n)
        time.sleep(RACY_SECONDS)
        spent, n_read = run_all(raw, data)
        whole = whole or spent.seconds
        if n == 0:
            idle = spent.seconds["commit"]
        look = spent.seconds["look"] / sum(whole.values())
        reading = sum(spent.seconds[stage] for stage in READING)
        part = max(reading - idle, 0) / sum(whole[stage] for stage in READING)
        figures = " | ".join(f"{spent.seconds[stage]:.2f}" for stage in STAGES)
        tell(f"| {n:,} | {n_read:,} | {figures} | {look:.2%} | {part:.2%} |")
    published = project(data_dir=str(data)).published
    again = rebuilt(project(data_dir=str(base / "again")), raw, with_report=True)
    tell(f"\nTables that differ from a rebuild: {', '.join(differences(published, again)) or 'none'}.")
