"""A mart's SQL file, pasted into a client on the published database, gives the mart's rows.

The corpus is a generated one, large enough for every mart to have rows.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.marts import run
from signals_pipeline.marts.queries import query
from signals_pipeline.publish.snapshot import DATABASE
from signals_pipeline_tests import corpus
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.publish.conftest import build, published

PASTED = [mart.name for mart in run.marts().values() if mart.sql and not mart.is_computed]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    base = tmp_path_factory.mktemp("generated")
    corpus.generate(base / "raw", n_cards=480, n_issues=48)
    for name in ("one", "two"):
        with opened(base / f"build-{name}", base / "raw") as store:
            build(store, base / "raw")
            published(store, base / name)
    return base / "one" / "current", base / "two" / "current"


@pytest.fixture(scope="module")
def database(generated: tuple[Path, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(generated[0] / DATABASE), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("name", PASTED)
def test_a_pasted_file_gives_the_rows_of_its_mart(database: duckdb.DuckDBPyConnection, name: str) -> None:
    pasted = database.execute(query(name)).fetchall()
    assert pasted
    columns = ", ".join(column[0] for column in database.description or ())
    kept = database.execute(f'SELECT {columns} FROM "{name}"').fetchall()
    assert sorted(pasted, key=repr) == sorted(kept, key=repr)


def test_two_builds_of_one_corpus_export_the_same_bytes(generated: tuple[Path, Path]) -> None:
    one, two = generated
    files = sorted(path.relative_to(one) for path in one.rglob("*.parquet") if path.stem != "snapshot")
    assert len(files) > 30
    differing = [str(path) for path in files if (one / path).read_bytes() != (two / path).read_bytes()]
    assert differing == []
