"""A mart's SQL file, pasted into a client on the published database, gives the mart's rows.

The cards are the demonstration's: enough for nearly every mart to have rows.
"""

import math
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.marts import build as run
from signals_pipeline.marts.queries import query
from signals_pipeline_tests.publish.conftest import build_the_demonstration
from signals_pipeline_tests.publish.momentary import MOMENTARY

Row = tuple[Any, ...]
PASTED = [mart.name for mart in run.marts().values() if mart.sql and not mart.is_computed]
WITHOUT_ROWS = ("outlook_record", "substitution")
"""No outlook of the demonstration is judged, and no words of it replace others."""


@pytest.mark.long
@pytest.mark.parametrize("name", PASTED)
def test_a_pasted_file_gives_the_rows_of_its_mart(
    demonstration: duckdb.DuckDBPyConnection, name: str
) -> None:
    pasted = demonstration.execute(query(name)).fetchall()
    assert bool(pasted) == (name not in WITHOUT_ROWS)
    columns = ", ".join(column[0] for column in demonstration.description or ())
    kept = demonstration.execute(f'SELECT {columns} FROM "{name}"').fetchall()
    assert len(pasted) == len(kept)
    assert [(a, b) for a, b in zip(ordered(pasted), ordered(kept), strict=True) if not agree(a, b)] == []


def ordered(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: repr([value for value in row if not isinstance(value, float)]))


def agree(one: Row, other: Row) -> bool:
    """Whether rows are equal, but for the last digit of a double: a client adds up in another order."""
    return all(
        math.isclose(a, b, rel_tol=1e-12) if isinstance(a, float) and isinstance(b, float) else a == b
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.long
def test_two_builds_of_one_corpus_export_the_same_bytes(demonstration_snapshot: Path, tmp_path: Path) -> None:
    build_the_demonstration(tmp_path)
    one, two = demonstration_snapshot, tmp_path / "published" / "current"
    found = {path.relative_to(one).as_posix() for path in one.rglob("*.parquet")}
    files = sorted(found - MOMENTARY.keys())
    assert len(files) > 30
    differing = [path for path in files if (one / path).read_bytes() != (two / path).read_bytes()]
    assert differing == []
