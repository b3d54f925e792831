"""What each table of what texts mean is made from: tables, and columns of them."""

from signals_pipeline.meaning import history, matches, nearest, proposals, texts
from signals_pipeline.meaning.models import (
    CONCEPT_MATCH,
    EMBEDDING,
    NEAREST_CARD,
    PROPOSALS,
    STATEMENT_HISTORY,
)
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS

Columns = list[tuple[str, str]]
"""Tables and columns of them."""

READS = {
    EMBEDDING: texts.READS,
    NEAREST_CARD: nearest.READS,
    STATEMENT_HISTORY: history.READS,
    CONCEPT_MATCH: matches.READS,
    PROPOSALS: proposals.READS,
}
"""By table, those that it is made from."""


def _of_sections(column: str) -> Columns:
    return [(f"parsed.{section}", column) for section in STATEMENT_SECTIONS]


_VECTOR = [(EMBEDDING, "vector")]
_HASH = (EMBEDDING, "text_hash")
_NAME, _CARD = ("mentions", "topic"), ("mentions", "card_id")
_PROPOSED = [_NAME, _CARD, *_VECTOR]
_APART = [("parsed.cards", "is_counted"), ("parsed.cards", "article_key"), _HASH]
_EARLIER = [*_VECTOR, *_APART, ("parsed.cards", "issue_date")]

ORIGINS: dict[str, dict[str, Columns]] = {
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
    CONCEPT_MATCH: {
        "concept_id": [("topics", "topic_id")],
        # A section is where its rows are.
        "section": _of_sections("row_no"),
        **{column: _of_sections(column) for column in ("card_id", "row_no")},
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

SELECTED_BY: dict[str, Columns] = {
    EMBEDDING: [],
    NEAREST_CARD: _APART,
    STATEMENT_HISTORY: [("parsed.cards", "is_counted"), ("parsed.cards", "issue_date"), _HASH],
    CONCEPT_MATCH: [*texts.statement_columns(), ("topics", "definition"), _HASH, *_VECTOR],
    PROPOSALS: _PROPOSED,
}
"""By table, the tables and columns that its rows are selected by."""
