"""What texts mean into the store: their vectors, and what follows from these."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from signals_pipeline.core.files import files_version
from signals_pipeline.core.store import Store
from signals_pipeline.meaning import nearest, proposals, texts
from signals_pipeline.meaning.encoder import Encoder
from signals_pipeline.meaning.model import Model
from signals_pipeline.meaning.models import EMBEDDING, NEAREST_CARD, PROPOSALS
from signals_pipeline.meaning.nearest import build_nearest
from signals_pipeline.meaning.proposals import build_proposals
from signals_pipeline.meaning.vectors import Encodes, build_embedding
from signals_pipeline.topics.build import EDITED
from signals_pipeline.topics.reviewed import Reviewed

READS = {EMBEDDING: texts.READS, NEAREST_CARD: nearest.READS, PROPOSALS: proposals.READS}
"""By table, those that it is made from."""

_VECTOR = [(EMBEDDING, "vector")]
_NAME, _CARD = ("mentions", "topic"), ("mentions", "card_id")
_PROPOSED = [_NAME, _CARD, *_VECTOR]
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
    PROPOSALS: {
        **{name: [("mentions", "kind"), _CARD] for name in ("kind_a", "kind_b")},
        **{name: [_NAME] for name in ("topic_a", "topic_b", "reason")},
        "similarity": _VECTOR,
        **{name: [_CARD] for name in ("n_cards_a", "n_cards_b", "n_cards_together")},
        "rank_no": _PROPOSED,
    },
}
"""By table and column, the tables and columns that it is computed from."""

SELECTED_BY = {EMBEDDING: [], NEAREST_CARD: _APART, PROPOSALS: _PROPOSED}
"""By table, the tables and columns that its rows are selected by."""

NOTHING_REVIEWED = Reviewed()
NO_FILES = MappingProxyType(dict.fromkeys(EDITED, "none"))
"""What a person has reviewed, where there is nothing, and the versions of its files."""


def code_version() -> str:
    """A version that changes when other texts could be encoded, or a text otherwise."""
    return files_version(Path(__file__).parent.glob("*.*"))


def build_meaning(
    store: Store,
    model: Model | None,
    load: Callable[[Model], Encodes] = Encoder,
    *,
    reviewed: Reviewed = NOTHING_REVIEWED,
    versions: Mapping[str, str] = NO_FILES,
) -> int | None:
    """Have the vectors of all texts, the nearest cards and the names that may be one idea.

    Without a model nothing is encoded, and only names that look alike are proposed. `versions` are those of
    the files that a person edits, by name. Returns how many texts were encoded; None where nothing had to be
    looked at.

    Raises:
        BadInputFileError: The model cannot be used.
    """
    code = code_version()
    n_encoded = build_embedding(store, model, code, load)
    build_nearest(store, code)
    build_proposals(store, reviewed, versions, code)
    return n_encoded
