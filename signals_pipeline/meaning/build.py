"""What texts mean into the store: their vectors, and what follows from these."""

from collections.abc import Callable
from pathlib import Path

from signals_pipeline.core.files import files_version
from signals_pipeline.core.store import Store
from signals_pipeline.meaning import matches, nearest, texts
from signals_pipeline.meaning.encoder import Encoder
from signals_pipeline.meaning.matches import build_matches
from signals_pipeline.meaning.model import Model
from signals_pipeline.meaning.models import CONCEPT_MATCH, EMBEDDING, NEAREST_CARD
from signals_pipeline.meaning.nearest import build_nearest
from signals_pipeline.meaning.vectors import Encodes, build_embedding
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS

READS = {EMBEDDING: texts.READS, NEAREST_CARD: nearest.READS, CONCEPT_MATCH: matches.READS}
"""By table, those that it is made from."""

_VECTOR = [(EMBEDDING, "vector")]
_STATEMENTS = [f"parsed.{section}" for section in STATEMENT_SECTIONS]
_APART = [("parsed.cards", "is_counted"), ("parsed.cards", "article_key"), (EMBEDDING, "text_hash")]

ORIGINS: dict[str, dict[str, list[tuple[str, str]]]] = {
    # The model is named by its file.
    EMBEDDING: {"text_hash": texts.read_columns(), "model": [], "vector": texts.read_columns()},
    NEAREST_CARD: {
        "card_id": [("parsed.cards", "card_id")],
        "rank_no": _VECTOR,
        "near_card_id": [("parsed.cards", "card_id"), *_VECTOR],
        "similarity": _VECTOR,
    },
    CONCEPT_MATCH: {
        "concept_id": [("topics", "topic_id")],
        # A section is where its rows are.
        "section": [(section, "row_no") for section in _STATEMENTS],
        **{name: [(section, name) for section in _STATEMENTS] for name in ("card_id", "row_no")},
        "similarity": _VECTOR,
    },
}
"""By table and column, the tables and columns that it is computed from."""

SELECTED_BY = {
    EMBEDDING: [],
    NEAREST_CARD: _APART,
    CONCEPT_MATCH: [*texts.statement_columns(), ("topics", "definition"), (EMBEDDING, "text_hash"), *_VECTOR],
}
"""By table, the tables and columns that its rows are selected by."""


def code_version() -> str:
    """A version that changes when other texts could be encoded, or a text otherwise."""
    return files_version(Path(__file__).parent.glob("*.*"))


def build_meaning(
    store: Store, model: Model | None, load: Callable[[Model], Encodes] = Encoder
) -> int | None:
    """Have the vectors of all texts, and what is near to what; without a model, tables with no rows.

    Returns how many texts were encoded; None where nothing had to be looked at.

    Raises:
        BadInputFileError: The model cannot be used.
    """
    code = code_version()
    n_encoded = build_embedding(store, model, code, load)
    build_nearest(store, code)
    build_matches(store, code)
    return n_encoded
