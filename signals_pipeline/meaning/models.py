"""The tables of what texts mean."""

from signals_pipeline.core.schema import Bytes, Day, Real, Table, Text, Whole, column
from signals_pipeline.parsed.models import CARD_ID
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.topics.candidates import REASONS
from signals_pipeline.topics.models import MENTIONED, TOPIC_ID

CONCEPT_MATCH = "concept_match"
EMBEDDING = "embedding"
NEAREST_CARD = "nearest_card"
PROPOSALS = "topic_alias_candidates"
STATEMENT_HISTORY = "statement_history"

AT_MOST = 5
"""Cards that are named as near to one."""

MAX_CARDS_WITH_STATEMENTS = 30_000
"""With more cards their statements are not encoded: that would take hours, and hundreds of megabytes."""

MOST_PROPOSALS = 200
"""Pairs of names that are proposed at a time."""

NEAR = 0.40
"""Texts of a lower similarity have little to do with each other; to two decimals, as similarities are."""

MATCH = 0.60
"""From here on a statement speaks of what a definition says."""

SAME = 0.75
"""From here on two texts say close to the same."""

NEW, CLOSE, SAID_BEFORE = "new", "close", "said before"

NOVELTIES = {
    NEW: f"nothing earlier is at {NEAR:.2f} or more",
    CLOSE: f"the nearest is, and below {SAME:.2f}",
    SAID_BEFORE: f"the nearest is at {SAME:.2f} or more",
}
"""What the similarity of the nearest earlier statement says of one."""


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


class StatementHistory(Table, key=("section", "card_id", "row_no")):
    """One row per statement of a counted card: what is close to it in newsletter issues of earlier dates.

    Only statements of other articles, and of cards with another text, are looked at. Close in meaning is not
    the same: a claim and its opposite are close. Without rows where statements are not encoded.
    """

    section: Text = column("The section of the card that the statement stands in.", isin=STATEMENT_SECTIONS)
    card_id: Text = column("Card.", str_matches=CARD_ID)
    row_no: Whole = column("Number of the row in its section of the card, 1-based.", ge=1)
    line: Whole = column("Line of the card's file, 1-based.", ge=1)
    nearest_earlier_section: Text = column(
        "Section of the earlier statement that is nearest; of equally near ones the first. NULL without one.",
        nullable=True,
        isin=STATEMENT_SECTIONS,
    )
    nearest_earlier_card_id: Text = column("Its card.", nullable=True, str_matches=CARD_ID)
    nearest_earlier_row_no: Whole = column("Its row in the section of that card.", nullable=True, ge=1)
    similarity: Real = column(
        "Cosine of its vector and that of the statement, to two decimals.", nullable=True, ge=-1, le=1
    )
    first_said: Day = column(
        f"Date of the earliest newsletter issue with a statement at {SAME:.2f} or more; NULL without one.",
        nullable=True,
    )
    n_articles_before: Whole = column(
        "Articles of earlier newsletter issues that have such a statement.", unit="articles", ge=0
    )
    novelty: Text = column("How new the statement is.", isin=NOVELTIES)


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
    STATEMENT_HISTORY: StatementHistory,
    CONCEPT_MATCH: ConceptMatch,
    PROPOSALS: TopicAliasCandidates,
}
"""The tables by name."""
