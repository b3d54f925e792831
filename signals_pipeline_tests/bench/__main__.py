"""`python -m signals_pipeline_tests.bench [NAME ...]` prints the tables of `docs/BENCHMARKS.md`, or some."""

import gc
import platform
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from signals_pipeline_tests import corpus
from signals_pipeline_tests.bench import engines, marts, parse, peers, questions, runs, scale
from signals_pipeline_tests.starter import ROOT

PACKAGES = ("markdown-it-py", "mistune", "cmarkgfm", "duckdb", "pandas", "pandera", "pyarrow", "distributed")


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def reading(base: Path) -> None:
    """What reading Markdown costs, form by form."""
    gc.disable()
    corpus.generate(base / "raw", 600, n_issues=100)
    parse.bench(base / "raw", tell)
    gc.enable()


BENCHES = {
    "runs": lambda base: runs.bench(base, (3_000, 10_000, 30_000, 100_000), tell),
    "parse": reading,
    "scale": lambda base: scale.bench(base, (300, 3_000, 30_000), tell, ROOT / "docs" / "scaling.svg"),
    "engines": lambda base: engines.bench(base, 30_000, tell),
    "marts": lambda _: marts.bench((3_000, 100_000, 1_000_000), tell),
    "parts": lambda _: marts.bench_processes(100_000, (1, 2, 4), tell),
    "questions": lambda base: questions.bench(base, (3_000, 30_000), tell),
    "peers": lambda base: peers.bench(base, 3_000, tell),
}

if __name__ == "__main__":
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    tell(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {versions}")
    for chosen in sys.argv[1:] or BENCHES:
        tell(f"\n## {chosen}\n")
        with TemporaryDirectory() as folder:
            BENCHES[chosen](Path(folder))
