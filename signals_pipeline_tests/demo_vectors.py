"""Writes the vectors of the texts of the demonstration, which come with the project.

    python -m signals_pipeline_tests.demo_vectors

It takes about a minute. What is encoded are the cards in data/demo with the names and concepts in data.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signals_pipeline.core.schema import sql_text
from signals_pipeline.core.settings import came_with, project
from signals_pipeline.core.store import Store
from signals_pipeline.meaning.build import code_version
from signals_pipeline.meaning.model import model
from signals_pipeline.meaning.vectors import build_embedding
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.reviewed import read_reviewed
from signals_pipeline_tests.conftest import UNEDITED, opened, taken_in

CARDS, FILE = came_with("data/demo"), came_with("data/demo_vectors.parquet")


@contextmanager
def demonstration() -> Iterator[Store]:
    """A store with all texts of the demonstration, before they have vectors."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder, "build"), CARDS) as store:
        taken_in(store, CARDS)
        as_it_came = project(data_dir=folder)
        build_topics(store, read_reviewed(as_it_came, as_it_came.edited()), UNEDITED)
        yield store


def write(file: Path = FILE) -> int:
    """Encode all texts of the demonstration, and write their vectors; how many these are."""
    with demonstration() as store:
        build_embedding(store, model(), code_version())
        store.connection.execute(
            "COPY (SELECT text_hash, model, code, vector FROM internal.vectors ORDER BY text_hash) "
            f"TO {sql_text(str(file))} (FORMAT parquet, COMPRESSION zstd)"
        )
        return int(store.value("SELECT count(*) FROM internal.vectors"))


if __name__ == "__main__":
    sys.stdout.write(f"{write():,} vectors, {FILE.stat().st_size:,} bytes\n")
