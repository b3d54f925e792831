"""From Markdown to validated tables in DuckDB, against what a user would do instead."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline_tests import corpus
from signals_pipeline_tests.bench.stages import READING, measured
from signals_pipeline_tests.starter import ROOT

COUNTED = ("keywords", "themes", *STATEMENT_SECTIONS)


def bench(base: Path, n_cards: int, tell: Callable[[str], None]) -> None:
    """Print a line for each way to read so many cards."""
    raw = base / "raw"
    corpus.generate(raw, n_cards=n_cards, n_issues=150, form="B-src")
    ours = measured(raw, base / "data")
    seconds = sum(ours["seconds"][stage] for stage in (*READING, "derive and check"))
    with duckdb.connect(
        str(base / "data" / "published" / "current" / "signals.duckdb"), read_only=True
    ) as one:
        sql = " + ".join(f"(SELECT count(*) FROM parsed.{name})" for name in COUNTED)
        rejected = one.execute("SELECT count(*) FROM parsed.rejects WHERE level = 'row'").fetchall()[0][0]
        n_rows = one.execute(f"SELECT {sql}").fetchall()[0][0]
    tell("| | CPU s | times ours | rows of lists and tables | of those in the cards |")
    tell("|---|---:|---:|---:|---:|")
    in_cards = n_rows + rejected
    tell(f"| signals_pipeline | {seconds:.2f} | 1 | {n_rows:,} and {rejected} rejects | 100.0% |")
    for name in ("by_duckdb", "by_polars", "by_dlt", "by_pandas"):
        found = _measured(name, raw, base)
        n_found = sum(n for table, n in found["rows"].items() if table != "cards")
        ratio = found["seconds"] / seconds
        what = f"`bench/{name}.py` ({found['version']})"
        tell(f"| {what} | {found['seconds']:.2f} | {ratio:.1f} | {n_found:,} | {n_found / in_cards:.1%} |")


def _measured(name: str, raw: Path, base: Path) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        f"signals_pipeline_tests.bench.{name}",
        str(raw),
        str(base / f"{name}.duckdb"),
    ]
    # dlt and polars are for this alone, and lie beside the environment.
    environment = os.environ | {"PYTHONPATH": str(Path(sys.prefix) / "bench")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))
