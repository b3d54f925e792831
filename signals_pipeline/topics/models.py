"""The topic tables: one model each."""

from signals_pipeline.core.schema import Table, Text, Whole, column
from signals_pipeline.parsed.sections import SECTIONS

TOPIC_ID = r"^[0-9a-f]{32}$"
SECTION_OF = {one.topic_kind: one.table for one in SECTIONS.values() if one.topic_kind}
"""By kind of topic, the section whose items name such topics."""

MENTIONED = tuple(SECTION_OF)
"""The kinds of topics that stand in cards."""

CONCEPT = "concept"
"""The kind of the topics that are made of those: what several names of either kind mean."""

KINDS = (*MENTIONED, CONCEPT)

NAMES_APART = "names_apart"
"""The one topic table that no card has a part in."""

RELATIONS = ("is", "part")
"""How a keyword or theme counts for a concept: as a name of it, or as a narrower idea."""


class Topics(Table, key=("topic_id",)):
    """One row per topic: a canonical keyword or theme, or a concept that some of them mean."""

    topic_id: Text = column("MD5 of kind, ':' and topic.", str_matches=TOPIC_ID)
    kind: Text = column("Where the topic is mentioned, or concept.", isin=KINDS)
    topic: Text = column("Canonical name, lower case.")
    n_surfaces: Whole = column("Ways in which the topic is written.", unit="surfaces", ge=1)
    definition: Text = column("What the concept is, from data/concepts.csv; else NULL.", nullable=True)


class TopicSurfaces(Table, key=("kind", "surface")):
    """One row per surface: a way in which a keyword or theme is written, and the topic that it maps to."""

    kind: Text = column("Where the surface is written.", isin=MENTIONED)
    surface: Text = column("Keyword or theme as written.")
    folded: Text = column("The surface without differences of case, width, dashes, quotes and blanks.")
    rule: Text = column("Rule that led from the surface to the topic.")
    topic_id: Text = column("Topic; NULL for a stop word.", nullable=True, str_matches=TOPIC_ID)
    topic: Text = column("Canonical name; NULL for a stop word.", nullable=True)
    n_cards: Whole = column("Cards with this surface, counted or not.", unit="cards", ge=1)


class Mentions(Table, key=("card_id", "kind", "row_no")):
    """One row per mention: a keyword or theme list item that maps to a topic."""

    card_id: Text = column("Card that mentions the topic.")
    kind: Text = column("Section of the card: keyword or theme.", isin=MENTIONED)
    row_no: Whole = column("Number of the list item in its section, 1-based.", ge=1)
    line: Whole = column("Line of the file, 1-based.", ge=1)
    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    topic: Text = column("Canonical name.")
    raw_text: Text = column("The list item as written.")
    rule: Text = column("Rule that led from the list item to the topic.")


class ConceptMembers(Table, key=("concept_id", "member_topic_id")):
    """One row per concept and keyword or theme that counts for it.

    A name that data/concepts.csv makes no name of a concept is one by itself, keyword and theme together.
    """

    concept_id: Text = column("Concept.", str_matches=TOPIC_ID)
    concept: Text = column("Its name.")
    member_topic_id: Text = column("Keyword or theme.", str_matches=TOPIC_ID)
    kind: Text = column("Kind of the member.", isin=MENTIONED)
    member: Text = column("Its name.")
    relation: Text = column("is for a name of the concept, part for a narrower idea.", isin=RELATIONS)


class NamesApart(Table, key=("name_a", "name_b")):
    """One row per pair of concepts that a person has looked at and kept apart: `not` in data/concepts.csv.

    What is said of a name holds for the concept that it is a name of.
    """

    name_a: Text = column("The concept that sorts first, by name.")
    name_b: Text = column("The other one.")


TABLES: dict[str, type[Table]] = {
    "topics": Topics,
    "topic_surfaces": TopicSurfaces,
    "mentions": Mentions,
    "concept_members": ConceptMembers,
    NAMES_APART: NamesApart,
}
"""The topic tables by name, in the order in which they are written."""
