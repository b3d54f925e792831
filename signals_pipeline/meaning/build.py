"""What texts mean into the store: their vectors, and what follows from these."""

from collections.abc import Callable
from pathlib import Path

from signals_pipeline.core.files import files_version
from signals_pipeline.core.store import Store
from signals_pipeline.meaning import history, nearest, texts
from signals_pipeline.meaning.encoder import Encoder
from signals_pipeline.meaning.history import build_history
from signals_pipeline.meaning.model import Model
from signals_pipeline.meaning.models import EMBEDDING, NEAREST_CARD, STATEMENT_HISTORY
from signals_pipeline.meaning.nearest import build_nearest
from signals_pipeline.meaning.vectors import Encodes, build_embedding
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS

READS = {EMBEDDING: texts.READS, NEAREST_CARD: nearest.READS, STATEMENT_HISTORY: history.READS}
"""By table, those that it is made from."""

_VECTOR = [(EMBEDDING, "vector")]
_APART = [("parsed.cards", "is_counted"), ("parsed.cards", "article_key"), (EMBEDDING, "text_hash")]
_EARLIER = [*_VECTOR, *_APART, ("parsed.cards", "issue_date")]


def _of_sections(column: str) -> list[tuple[str, str]]:
    return [(f"parsed.{section}", column) for section in STATEMENT_SECTIONS]


ORIGINS: dict[str, dict[str, list[tuple[str, str]]]] = {
    # The model is named by its file.
    EMBEDDING: {"text_hash": texts.read_columns(), "model": [], "vector": texts.read_columns()},
    NEAREST_CARD: {
        "card_id": [("parsed.cards", "card_id")],
        "rank_no": _VECTOR,
        "near_card_id": [("parsed.cards", "card_id"), *_VECTOR],
        "similarity": _VECTOR,
    },
    STATEMENT_HISTORY: {
        "section": [],
        **{column: _of_sections(column) for column in ("card_id", "row_no", "line")},
        "nearest_earlier_section": _EARLIER,
        "nearest_earlier_card_id": [*_of_sections("card_id"), *_EARLIER],
        "nearest_earlier_row_no": [*_of_sections("row_no"), *_EARLIER],
        **dict.fromkeys(("similarity", "first_said", "n_articles_before", "novelty"), _EARLIER),
    },
}
"""By table and column, the tables and columns that it is computed from."""

SELECTED_BY = {
    EMBEDDING: [],
    NEAREST_CARD: _APART,
    STATEMENT_HISTORY: [
        ("parsed.cards", "is_counted"),
        ("parsed.cards", "issue_date"),
        (EMBEDDING, "text_hash"),
    ],
}
"""By table, the tables and columns that its rows are selected by."""


def code_version() -> str:
    """A version that changes when other texts could be encoded, or a text otherwise."""
    return files_version(Path(__file__).parent.glob("*.*"))


def build_meaning(
    store: Store,
    model: Model | None,
    load: Callable[[Model], Encodes] = Encoder,
    came_with: Path | None = None,
) -> int | None:
    """Have the vectors of all texts, and what follows from them.

    `came_with` is a file of vectors that need not be made; without it and a model, the tables have no rows.
    Returns how many texts were encoded; None where nothing had to be looked at.

    Raises:
        BadInputFileError: The model cannot be used.
    """
    code = code_version()
    n_encoded = build_embedding(store, model, code, load, came_with)
    build_nearest(store, code)
    build_history(store, code)
    return n_encoded
