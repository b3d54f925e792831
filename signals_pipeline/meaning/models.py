"""The tables of what texts mean."""

from signals_pipeline.core.schema import Bytes, Real, Table, Text, Whole, column
from signals_pipeline.parsed.models import CARD_ID
from signals_pipeline.topics.candidates import REASONS
from signals_pipeline.topics.models import MENTIONED

EMBEDDING, NEAREST_CARD, PROPOSALS = "embedding", "nearest_card", "topic_alias_candidates"

AT_MOST = 5
"""Cards that are named as near to one."""

MOST_PROPOSALS = 200
"""Pairs of names that are proposed at a time."""

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


class TopicAliasCandidates(Table, key=("kind_a", "topic_a", "kind_b", "topic_b"), order=("rank_no",)):
    """One row per pair of names that may be one idea: the best 200 that nobody has decided on, best first.

    A name stands once, with the kind of which it has more cards. Of the names of two concepts of
    data/concepts.csv one pair is there; where texts are not encoded (SIGNALS_MEANING), only names that look
    alike.
    """

    kind_a: Text = column("Kind of topic_a.", isin=MENTIONED)
    topic_a: Text = column("The name that sorts first.")
    kind_b: Text = column("Kind of topic_b.", isin=MENTIONED)
    topic_b: Text = column("The other name.")
    reason: Text = column("The strongest reason to take them for one.", isin=REASONS)
    similarity: Real = column(
        "Cosine of the vectors of the names, to two decimals; NULL where they are not encoded.",
        nullable=True,
        ge=-1,
        le=1,
    )
    n_cards_a: Whole = column("Cards with topic_a, as a keyword or a theme.", unit="cards", ge=1)
    n_cards_b: Whole = column("Cards with topic_b, as a keyword or a theme.", unit="cards", ge=1)
    n_cards_together: Whole = column("Cards with both.", unit="cards", ge=0)
    rank_no: Whole = column(
        "1 is the best: by the reason or the similarity, whichever says more, less what is usual among the "
        "names around them; a little more for names on more cards.",
        ge=1,
        le=MOST_PROPOSALS,
    )


TABLES: dict[str, type[Table]] = {
    EMBEDDING: Embedding,
    NEAREST_CARD: NearestCard,
    PROPOSALS: TopicAliasCandidates,
}
"""The tables by name."""
