"""Which statements speak of what the definition of a concept says."""

import numpy as np
import pyarrow
import pyarrow.compute

from signals_pipeline.core.progress import report
from signals_pipeline.core.store import Store
from signals_pipeline.meaning.encoder import N_DIMENSIONS, Vectors, similarities
from signals_pipeline.meaning.models import CONCEPT_MATCH, EMBEDDING, MATCH, ConceptMatch
from signals_pipeline.meaning.texts import READS as TEXTS
from signals_pipeline.meaning.texts import statement_texts

_BLOCK = 5_000
"""Vectors of statements that are held at a time."""

READS = (*(name for name in TEXTS if name not in ("parsed.cards", "parsed.keywords")), EMBEDDING)
"""The tables that matches are made from."""

_TYPES = {
    "definition_hash": pyarrow.string(),
    "statement_hash": pyarrow.string(),
    "similarity": pyarrow.float64(),
}

_DEFINITIONS = f"""
    SELECT e.text_hash, e.vector
    FROM {EMBEDDING} AS e
    WHERE e.text_hash IN (SELECT md5(definition) FROM topics)
    ORDER BY e.text_hash
"""


def build_matches(store: Store, code: str) -> None:
    """Have the statements that match definitions, unless they are there; `code` versions what finds them."""
    built = store.built()
    read = {name: built[name][0] for name in READS} | {"code": code}
    if CONCEPT_MATCH in built and built[CONCEPT_MATCH][2] == read:
        return
    report("matching statements with definitions")

    def build() -> None:
        with store.transaction(), store.registered(matches=_matches(store)):
            store.replace(CONCEPT_MATCH, ConceptMatch, _rows())
            store.note_built(CONCEPT_MATCH, ConceptMatch, read)

    store.with_enough_memory(build)


def _rows() -> str:
    """The table as a SELECT: matching texts as the concepts and statements that have them."""
    return f"""
        SELECT t.topic_id AS concept_id, s.section, s.card_id, s.row_no, m.similarity
        FROM matches AS m
        JOIN topics AS t ON md5(t.definition) = m.definition_hash
        JOIN ({statement_texts()}) AS s ON md5(s.text) = m.statement_hash
        ORDER BY concept_id, s.section, s.card_id, s.row_no
    """


def _matches(store: Store) -> pyarrow.Table:
    """Each pair of a definition and the text of a statement that match: their hashes and the similarity.

    A text that several statements have is looked at once.
    """
    texts = f"SELECT md5(text) FROM ({statement_texts()})"
    statements = f"SELECT text_hash, vector FROM {EMBEDDING} WHERE text_hash IN ({texts})"
    definitions = store.connection.sql(_DEFINITIONS).to_arrow_table()
    found: dict[str, list[object]] = {"definition_hash": [], "statement_hash": [], "similarity": []}
    # Without definitions there is nothing to compare, and without vectors no block.
    for block in store.connection.sql(statements).to_arrow_reader(_BLOCK) if len(definitions) else ():
        similarity = similarities(_vectors(definitions), _vectors(block))
        definition, statement = np.nonzero(similarity >= MATCH)
        found["definition_hash"] += definitions["text_hash"].take(definition).to_pylist()
        found["statement_hash"] += (
            block["text_hash"].take(pyarrow.array(statement, pyarrow.int64())).to_pylist()
        )
        found["similarity"] += similarity[definition, statement].tolist()
    return pyarrow.table({name: pyarrow.array(values, _TYPES[name]) for name, values in found.items()})


def _vectors(rows: pyarrow.Table | pyarrow.RecordBatch) -> Vectors:
    numbers: Vectors = pyarrow.compute.list_flatten(rows["vector"]).to_numpy(zero_copy_only=False)
    return numbers.reshape(-1, N_DIMENSIONS)
