"""The tables of what texts mean."""

from signals_pipeline.core.schema import Bytes, Real, Table, Text, Whole, column
from signals_pipeline.parsed.models import CARD_ID
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.topics.models import TOPIC_ID

EMBEDDING, NEAREST_CARD, CONCEPT_MATCH = "embedding", "nearest_card", "concept_match"

AT_MOST = 5
"""Cards that are named as near to one."""

NEAR = 0.40
"""Texts of a lower similarity have little to do with each other; to two decimals, as similarities are."""

MATCH = 0.60
"""From here on a statement speaks of what a definition says."""

SAME = 0.75
"""From here on two texts say close to the same."""


class Embedding(Table, key=("text_hash", "model")):
    """One row per text and model: what a text of a card, a statement, a topic or a definition means.

    Texts of near meaning have vectors of near direction: list_cosine_similarity(a.vector, b.vector). Without
    rows where texts are not encoded (SIGNALS_MEANING).
    """

    text_hash: Text = column("MD5 of the text.", str_length=32)
    model: Text = column("SHA-256 of the file of the encoder.", str_length=64)
    vector: Bytes = column("384 numbers: the vector of length one, times 127 and rounded.")


class NearestCard(Table, key=("card_id", "rank_no")):
    """One row per counted card and card that is near to it in meaning: up to five at 0.40 or more.

    Never one about the same article or of the same text. Without rows where texts are not encoded.
    """

    card_id: Text = column("Card.", str_matches=CARD_ID)
    rank_no: Whole = column("1 is the nearest.", ge=1, le=AT_MOST)
    near_card_id: Text = column("The card that is near to it.", str_matches=CARD_ID)
    similarity: Real = column(
        "Cosine of the vectors of title, summary and keywords, to two decimals.", ge=NEAR, le=1
    )


class ConceptMatch(Table, key=("concept_id", "section", "card_id", "row_no")):
    """One row per concept and statement that speaks of what its definition says: at 0.60 or more.

    Counted cards and others. Without rows where texts are not encoded. A match is told from its text alone,
    names nothing, and may be wrong: no share that is tested counts it.
    """

    concept_id: Text = column("Concept, one with a definition.", str_matches=TOPIC_ID)
    section: Text = column("Section of the card: the parsed table.", isin=STATEMENT_SECTIONS)
    card_id: Text = column("Card of the statement.", str_matches=CARD_ID)
    row_no: Whole = column("Number of the row in its section of the card, 1-based.", ge=1)
    similarity: Real = column(
        "Cosine of the vectors of definition and statement, to two decimals.", ge=MATCH, le=1
    )


TABLES: dict[str, type[Table]] = {
    EMBEDDING: Embedding,
    NEAREST_CARD: NearestCard,
    CONCEPT_MATCH: ConceptMatch,
}
"""The tables by name."""
