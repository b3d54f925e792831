"""DuckDB 1.5 and 2.0 read what the other has written."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from signals_pipeline_tests import fixtures

READS = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print(duckdb.__version__.split(".")[0], connection.execute("SELECT current_database()").fetchone()[0])
for sql in (
    "FROM trend('kelp')", "FROM data_dictionary", "FROM parsed.signals LIMIT 5", "SUMMARIZE topic_trend"
):
    assert connection.execute(sql).fetchall(), sql
assert len(connection.execute("FROM trend('ai')").description) > 5
"""

WRITES = """
import sys
from pathlib import Path
import duckdb
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.publish.conftest import build, published
base = Path(sys.argv[1])
with opened(base / "build", base / "raw") as store:
    build(store, base / "raw")
    print(duckdb.__version__.split(".")[0], published(store, base / "published").is_new)
"""


def python(code: str, argument: Path, environment: dict[str, str]) -> str:
    answer = subprocess.run(
        [sys.executable, "-c", code, str(argument)],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stderr == ""
    return answer.stdout


def test_duckdb_2_reads_what_this_duckdb_published(folder, duckdb_2) -> None:
    """R22."""
    assert python(READS, folder / "current" / "signals.duckdb", duckdb_2) == "2 signals\n"


def test_this_duckdb_reads_what_duckdb_2_published(tmp_path, duckdb_2) -> None:
    """R22: from the cards to the snapshot with 2.0."""
    for path in fixtures.ALL[:12]:
        fixtures.load(path).write(tmp_path / "raw")
    assert python(WRITES, tmp_path, duckdb_2) == "2 True\n"
    database = tmp_path / "published" / "current" / "signals.duckdb"
    assert python(READS, database, dict(os.environ)) == "1 signals\n"
    with duckdb.connect(str(database)) as connection:
        assert connection.execute("SELECT count(*) > 5 FROM parsed.cards").fetchall() == [(True,)]
