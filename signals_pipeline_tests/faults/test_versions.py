"""R22: DuckDB 1.5 and 2.0 read what the other has written."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from signals_pipeline_tests import fixtures
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.faults import case
from signals_pipeline_tests.faults.plain import differences, without_report
from signals_pipeline_tests.publish.conftest import build, published

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
    ("FROM change(1990, 1991)", "change: the years are "),
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


def python(code: str, argument: Path, environment: Mapping[str, str]) -> str:
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
def duckdb_1() -> dict[str, str]:
    """The environment in which Python finds DuckDB 1.5."""
    folder = Path(sys.prefix) / "duckdb1"
    assert folder.is_dir(), "DuckDB 1.5 is not installed: make test-long does it"
    return os.environ | {"PYTHONPATH": str(folder)}


@pytest.fixture(scope="module")
def taken_on(tmp_path_factory: pytest.TempPathFactory, duckdb_1: dict[str, str]) -> Path:
    """A folder with `raw` and a store on which DuckDB 1.5, 2.0 and 1.5 worked, with new cards each time.

    What they published is in the folders `0`, `1` and `2`, as the published folder would have it.
    """
    base = tmp_path_factory.mktemp("taken_on")
    for folder, cards, environment, said in (
        ("0", fixtures.ALL[:10], duckdb_1, "1 True\n"),
        ("1", fixtures.ALL[10:11], os.environ, "2 True\n"),
        ("2", fixtures.ALL[11:12], duckdb_1, "1 True\n"),
    ):
        for path in cards:
            fixtures.load(path).write(base / "raw")
        assert python(WRITES, base, environment) == said
        (base / folder).mkdir()
        (base / folder / "current").symlink_to((base / "published" / "current").resolve())
    return base


@case("R22")
@pytest.mark.parametrize("folder", ["0", "1"])
def test_both_read_what_either_has_published(taken_on: Path, duckdb_1: dict[str, str], folder: str) -> None:
    database = taken_on / folder / "current" / "signals.duckdb"
    assert python(READS, database, duckdb_1) == "1 signals\n"
    assert python(READS, database, os.environ) == "2 signals\n"


@case("R22")
def test_a_store_that_went_to_and_fro_holds_what_one_made_at_once_does(
    taken_on: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_report(monkeypatch)
    with opened(tmp_path / "build", taken_on / "raw") as store:
        build(store, taken_on / "raw")
        published(store, tmp_path)
    assert differences(taken_on / "2", tmp_path) == []


@case("R22")
def test_store_and_snapshot_are_files_that_every_duckdb_since_1_0_opens(taken_on: Path) -> None:
    """What DuckDB 2 writes of its own accord, no older one opens."""
    for path in (taken_on / "build" / "store.duckdb", taken_on / "1" / "current" / "signals.duckdb"):
        with duckdb.connect(str(path), read_only=True) as connection:
            ((tags,),) = connection.execute(
                "SELECT tags FROM duckdb_databases() WHERE database_name = current_database()"
            ).fetchall()
        assert tags["storage_version"] == "v1.0.0+", path
