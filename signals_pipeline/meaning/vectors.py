"""The vectors of all texts in the store: each text is encoded once, and nothing while nothing is new.

They are kept in `internal.vectors`, a batch at a time, so that a run that was interrupted goes on where it
was. What is published is the view `embedding`: all of them, or none while texts are not encoded. The
demonstration comes with a Parquet file of its vectors, in the columns of that table. What was encoded is
kept in such a file beside the store as well, so that a store that is made anew has it.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow

from signals_pipeline.core.failures import faults_translated
from signals_pipeline.core.files import files_version
from signals_pipeline.core.progress import report
from signals_pipeline.core.schema import sql_text
from signals_pipeline.core.store import Store
from signals_pipeline.meaning.encoder import (
    LEAST_LENGTH,
    MOST_LENGTH,
    N_DIMENSIONS,
    Encoder,
    Vectors,
)
from signals_pipeline.meaning.model import SHA256, Model
from signals_pipeline.meaning.models import EMBEDDING, MAX_CARDS_WITH_STATEMENTS, Embedding
from signals_pipeline.meaning.texts import CARD_TEXTS, READS, TOPIC_TEXTS, statement_texts

FILE_NAME = "vectors.parquet"
"""The file beside the store."""

BATCH_CHARACTERS = 50_000
"""What is encoded before it is kept: some two seconds of work."""

_ROWS_AT_ONCE = 20_480
"""Vectors of the file that are held in memory at a time."""

_READ_CHARACTERS = 1_200
"""About what the encoder reads of a text, and so what it takes its time for."""

_IS_WHOLE = (
    f"(len(vector) = {N_DIMENSIONS} AND list_count(vector) = {N_DIMENSIONS} AND "
    f"list_sum(list_transform(vector, lambda x: CAST(x AS INTEGER) * x)) "
    f"BETWEEN {LEAST_LENGTH**2} AND {MOST_LENGTH**2})"
)
"""The condition that a vector of a file is one: a file that was damaged may say anything."""

_KEPT = """
    CREATE TABLE IF NOT EXISTS internal.vectors (
        text_hash VARCHAR NOT NULL, model VARCHAR NOT NULL, code VARCHAR NOT NULL,
        vector TINYINT[] NOT NULL
    )
"""


class Encodes(Protocol):
    """What gives texts their vectors."""

    def encode(self, texts: list[str], /) -> Vectors:
        """The vectors of some texts."""


def encoder_version() -> str:
    """A version of what makes the vector of a text, beside the model."""
    return files_version(
        Path(__file__).with_name(name) for name in ("encoder.py", "wordpiece.py", "vocabulary.txt")
    )


def build_embedding(
    store: Store,
    model: Model | None,
    code: str,
    load: Callable[[Model], Encodes] = Encoder,
    came_with: Path | None = None,
) -> int | None:
    """Have a vector of every text, and of no other; without a model, of those alone that came with a vector.

    Returns how many texts were encoded; None where the table is already what its inputs say. `code` is the
    version of what makes it; the model is loaded by `load` once there is something to encode.

    Raises:
        BadInputFileError: The model cannot be used.
    """
    built = store.built()
    read = {name: built[name][0] for name in READS}
    read |= {
        "code": code,
        "model": model.sha256 if model else "none",
        "came_with": files_version([came_with]) if came_with else "none",
    }
    if EMBEDDING in built and built[EMBEDDING][2] == read:
        return None
    with store.transaction() as connection:
        connection.execute(_KEPT)
        # Until all of them are there again, the table is what no inputs say.
        connection.execute("DELETE FROM internal.built WHERE name = ?", [EMBEDDING])
    n_encoded = _brought_up_to_date(store, model, load, came_with) if model or came_with else 0
    shown = "true" if model or came_with else "false"
    with store.transaction() as connection:
        connection.execute(
            f"CREATE OR REPLACE VIEW {EMBEDDING} AS "
            f"SELECT text_hash, model, vector FROM internal.vectors WHERE {shown}"
        )
        store.note_built(EMBEDDING, Embedding, read)
    return n_encoded


def _brought_up_to_date(
    store: Store, model: Model | None, load: Callable[[Model], Encodes], came_with: Path | None
) -> int:
    """Drop the vectors of texts that are gone or were made otherwise, and have those that lack."""
    sha256, code = model.sha256 if model else SHA256, encoder_version()
    store.with_enough_memory(lambda: _compare(store, sha256, code))
    if came_with:
        store.with_enough_memory(lambda: _take_over(store, came_with, sha256, code))
    n_encoded = 0
    if model:
        beside = store.folder / FILE_NAME
        n_beside = _n_vectors(store, beside)
        if n_beside:
            store.with_enough_memory(lambda: _take_over(store, beside, sha256, code))
        n_encoded = _encoded(store, model, load, code)
        if n_beside != store.value("SELECT count(*) FROM internal.vectors"):
            store.with_enough_memory(lambda: _keep(store, beside))
    store.connection.execute("DROP TABLE missing_texts")
    return n_encoded


def _encoded(store: Store, model: Model, load: Callable[[Model], Encodes], code: str) -> int:
    """Encode the texts that lack a vector, a batch after the other; how many these were."""
    n_texts, size = store.rows("SELECT count(*), coalesce(sum(size), 0) FROM missing_texts")[0]
    if not n_texts:
        return 0
    report("loading the encoder")
    encoder = load(model)
    began, n_done, size_done = time.monotonic(), 0, 0
    for hashes, texts, batch_size in _batches(store):
        report(f"encoding texts{time_left(time.monotonic() - began, size_done, size)}", n_done, n_texts)
        vectors = encoder.encode(texts)
        with store.transaction():
            store.append("internal.vectors", _rows(hashes, vectors, model.sha256, code))
        n_done, size_done = n_done + len(texts), size_done + batch_size
    report("encoding texts", n_texts, n_texts)
    return n_done


def _compare(store: Store, model: str, code: str) -> None:
    """Drop vectors that are no longer wanted, and put the texts that lack one into the table missing_texts.

    Cards come first and statements last, those of a batch in the order of their hash.
    """
    sources = [CARD_TEXTS, TOPIC_TEXTS]
    if store.value("SELECT count(*) FROM parsed.cards") <= MAX_CARDS_WITH_STATEMENTS:
        sources.append(statement_texts())
    texts = " UNION ALL ".join(
        f"SELECT {place} AS place, text FROM ({select})" for place, select in enumerate(sources)
    )
    with store.transaction() as connection:
        connection.execute(f"""
            DELETE FROM internal.vectors
            WHERE NOT ({_made(model, code)})
            OR text_hash NOT IN (SELECT md5(text) FROM ({texts}) WHERE text <> '')
        """)
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE missing_texts AS
            WITH
            once AS (
                SELECT md5(text) AS text_hash, text, min(place) AS place,
                    least(length(text), {_READ_CHARACTERS}) AS size
                FROM ({texts})
                WHERE text <> ''
                GROUP BY text
            )
            SELECT
                text_hash, text, size,
                sum(size) OVER (ORDER BY place, text_hash) // {BATCH_CHARACTERS} AS batch_no
            FROM once
            WHERE text_hash NOT IN (SELECT text_hash FROM internal.vectors)
        """)


def _take_over(store: Store, file: Path, model: str, code: str) -> None:
    """Take the vectors of missing texts from a file, where they were made by this model and this code."""
    with store.transaction() as connection:
        connection.execute(f"""
            INSERT INTO internal.vectors BY NAME
            SELECT text_hash, model, code, vector
            FROM read_parquet({sql_text(str(file))})
            WHERE {_made(model, code)} AND {_IS_WHOLE}
                AND text_hash IN (SELECT text_hash FROM missing_texts)
            QUALIFY row_number() OVER (PARTITION BY text_hash) = 1
        """)
        connection.execute(
            "DELETE FROM missing_texts WHERE text_hash IN (SELECT text_hash FROM internal.vectors)"
        )


def _n_vectors(store: Store, file: Path) -> int:
    """How many vectors a file holds that was kept; 0 where it is not there or cannot be read."""
    if not file.is_file():
        return 0
    try:
        # All is read, so that what is damaged further on is found here.
        rows = store.connection.execute(
            f"SELECT count_if({_IS_WHOLE}) FROM read_parquet({sql_text(str(file))})"
        )
        return int(rows.fetchall()[0][0])
    except duckdb.Error:
        return 0


def _keep(store: Store, file: Path) -> None:
    """Write all vectors into a file, in the place of what it held."""
    unfinished = file.with_suffix(".unfinished")
    small = f"FORMAT parquet, ROW_GROUP_SIZE {_ROWS_AT_ONCE}"
    with faults_translated(store.folder):
        store.connection.execute(f"COPY internal.vectors TO {sql_text(str(unfinished))} ({small})")
        unfinished.replace(file)


def _made(model: str, code: str) -> str:
    """The condition that a vector was made by a model and a version of the code."""
    return f"model = {sql_text(model)} AND code = {sql_text(code)}"


def _batches(store: Store) -> Iterator[tuple[list[str], list[str], int]]:
    """The texts that lack a vector, in batches: their hashes, the texts, and how much there is to encode."""
    for (batch_no,) in store.rows("SELECT DISTINCT batch_no FROM missing_texts ORDER BY batch_no"):
        of_batch = "SELECT text_hash, text, size FROM missing_texts WHERE batch_no = ? ORDER BY text_hash"
        rows = store.rows(of_batch, [batch_no])
        hashes, texts, sizes = zip(*rows, strict=True)
        yield list(hashes), list(texts), sum(sizes)


def _rows(hashes: list[str], vectors: Vectors, model: str, code: str) -> pyarrow.Table:
    return pyarrow.table(
        {
            "text_hash": hashes,
            "model": [model] * len(hashes),
            "code": [code] * len(hashes),
            "vector": pyarrow.array(list(vectors), pyarrow.list_(pyarrow.int8())),
        }
    )


def time_left(seconds: float, done: int, total: int) -> str:
    """The time that is left, in words, as far as that can be known."""
    if not done:
        return ""
    left = seconds * (total - done) / done
    return f", {left / 60:.0f} min left" if left >= 90 else f", {left:.0f} s left"
