"""A mart's SQL file, pasted into a client on the published database, gives the mart's rows.

The cards are the demonstration's: enough for every mart to have rows.
"""

from pathlib import Path

import duckdb
import pytest

from signals_pipeline.marts import build as run
from signals_pipeline.marts.queries import query
from signals_pipeline_tests.publish.conftest import build_the_demonstration

PASTED = [mart.name for mart in run.marts().values() if mart.sql and not mart.is_computed]


@pytest.mark.parametrize("name", PASTED)
def test_a_pasted_file_gives_the_rows_of_its_mart(
    demonstration: duckdb.DuckDBPyConnection, name: str
) -> None:
    pasted = demonstration.execute(query(name)).fetchall()
    assert pasted
    columns = ", ".join(column[0] for column in demonstration.description or ())
    kept = demonstration.execute(f'SELECT {columns} FROM "{name}"').fetchall()
    assert sorted(pasted, key=repr) == sorted(kept, key=repr)


@pytest.mark.long
def test_two_builds_of_one_corpus_export_the_same_bytes(demonstration_snapshot: Path, tmp_path: Path) -> None:
    build_the_demonstration(tmp_path)
    one, two = demonstration_snapshot, tmp_path / "published" / "current"
    files = sorted(path.relative_to(one) for path in one.rglob("*.parquet") if path.stem != "snapshot")
    assert len(files) > 30
    differing = [str(path) for path in files if (one / path).read_bytes() != (two / path).read_bytes()]
    assert differing == []
