"""Published cards with vectors that need no encoder."""

import hashlib
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pyarrow

from signals_pipeline.meaning.encoder import N_DIMENSIONS
from signals_pipeline.meaning.texts import CARD_TEXTS, statement_texts

MODEL = "1" * 64
TEXTS = f"""
    SELECT 'card' AS section, card_id, NULL AS row_no, text FROM ({CARD_TEXTS})
    UNION ALL
    SELECT section, card_id, row_no, text FROM ({statement_texts()})
"""
"""What has a vector: section, card_id, row_no, text."""


def vector_of(text: str) -> np.ndarray:
    """The vector of a text, near to that of a tenth of all others."""
    own = hashlib.sha256(text.encode()).digest()
    direction = np.random.default_rng(own[0] % 10).normal(size=N_DIMENSIONS)
    vector = direction + np.random.default_rng(list(own)).normal(size=N_DIMENSIONS)
    return np.rint(127 * vector / np.linalg.norm(vector)).astype(np.int8)


def without_vectors(published: Path, folder: Path) -> Path:
    """A copy of a published database in which no text has a vector."""
    path = folder / "signals.duckdb"
    shutil.copy((published / "current" / "signals.duckdb").resolve(), path)
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM embedding")
    return path


def with_vectors(published: Path, folder: Path) -> Path:
    """A copy of a published database in which each text of a card and of a statement has its vector."""
    path = without_vectors(published, folder)
    with duckdb.connect(str(path)) as connection:
        found = connection.execute(f"SELECT DISTINCT text FROM ({TEXTS}) WHERE text <> ''").fetchall()
        hashes = [hashlib.md5(text.encode()).hexdigest() for (text,) in found]
        rows = pyarrow.table({"text_hash": hashes, "vector": [vector_of(text) for (text,) in found]})
        connection.register("rows", rows)
        connection.execute(f"INSERT INTO embedding BY NAME SELECT *, '{MODEL}' AS model FROM rows")
    return path
