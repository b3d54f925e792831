"""R22: DuckDB 1.5 and 2.0 read what the other has written."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.core.settings import project
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.faults import case
from signals_pipeline_tests.faults.plain import rebuilt

pytestmark = pytest.mark.long

READS = """
import sys, duckdb, signals_pipeline
from signals_pipeline.core.errors import QueryRefusedError
connection = duckdb.connect(sys.argv[1], read_only=True)
print(duckdb.__version__.split(".")[0], connection.execute("SELECT current_database()").fetchone()[0])
for sql in (
    "FROM trend('kelp')", "FROM data_dictionary", "FROM parsed.signals LIMIT 5", "SUMMARIZE topic_trend"
):
    assert connection.execute(sql).fetchall(), sql
for sql in (
    "FROM trend(['kelp', 'Kelp'])", "FROM evidence_of('kelp')", "SELECT topic_id('KELP')",
    "FROM ask_4('kelp')", "FROM questions()", "FROM card((SELECT min(card_id) FROM parsed.cards))"
):
    assert connection.execute(sql).fetchall(), sql
for sql, said in (
    ("FROM trend('kelb')", "The nearest are "), ("SELECT topic_id('kelb')", "The nearest are "),
    ("FROM card('zz')", "The nearest are "), ("FROM similar_to('0', 'signals', 1)", "No text is encoded"),
):
    try:
        raise AssertionError(connection.execute(sql).fetchall())
    except duckdb.InvalidInputException as error:
        assert said in str(error), error
assert connection.execute("FROM search('the', section := 'cards', until := '2100-01-01')").fetchall()
with signals_pipeline.connect(sys.argv[1], locked=True) as locked:
    assert locked.execute("FROM data_dictionary").rows
    assert locked.execute("PIVOT topics ON kind").rows
    assert locked.execute("FROM ask_4('kelp')").rows
    for sql in ("FROM enable_logging()", "CALL enable_logging()", "SELECT getenv('HOME')"):
        try:
            raise AssertionError(locked.execute(sql))
        except QueryRefusedError:
            pass
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


@pytest.fixture(scope="module")
def duckdb_2() -> dict[str, str]:
    """The environment in which Python finds DuckDB 2."""
    folder = Path(sys.prefix) / "duckdb2"
    assert folder.is_dir(), "DuckDB 2 is not installed: make test-long does it"
    return os.environ | {"PYTHONPATH": str(folder)}


@case("R22")
def test_duckdb_2_reads_what_this_duckdb_published(tmp_path: Path, duckdb_2: dict[str, str]) -> None:
    for path in fixtures.ALL[:12]:
        fixtures.load(path).write(tmp_path / "raw")
    published = rebuilt(project(data_dir=str(tmp_path / "data")), tmp_path / "raw")
    assert python(READS, published / "current" / "signals.duckdb", duckdb_2) == "2 signals\n"


@case("R22")
def test_this_duckdb_reads_what_duckdb_2_published(tmp_path: Path, duckdb_2: dict[str, str]) -> None:
    """From the cards to the snapshot with 2.0."""
    for path in fixtures.ALL[:12]:
        fixtures.load(path).write(tmp_path / "raw")
    assert python(WRITES, tmp_path, duckdb_2) == "2 True\n"
    database = tmp_path / "published" / "current" / "signals.duckdb"
    assert python(READS, database, dict(os.environ)) == "1 signals\n"
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("SELECT count(*) > 5 FROM parsed.cards").fetchall() == [(True,)]
