"""Sums of what pages are made from: where all is as it was, a page is neither asked for nor rendered.

A sum holds more than a page shows: of a card every text, whether the page cuts it or not. So another sum may
give the same page, but the same sum no other one.
"""

from collections.abc import Iterable, Sequence

from signals_pipeline.publish.report.reading import Book, Row

_PARTS_OF_A_CARD = """
SELECT c.card_id, hash(c) AS part FROM parsed.cards AS c
UNION ALL
SELECT c.card_id, hash(c.issue_date, c.form, c.source_domain) FROM counted_cards AS c
UNION ALL
SELECT k.card_id, hash('keywords', k) FROM parsed.keywords AS k
UNION ALL
SELECT t.card_id, hash('themes', t) FROM parsed.themes AS t
UNION ALL
SELECT m.card_id, hash(m, c.concept_id)
FROM mentions AS m
LEFT JOIN concept_members AS c ON c.member_topic_id = m.topic_id AND c.relation = 'is'
UNION ALL
SELECT s.card_id, hash(s) FROM statements AS s
UNION ALL
SELECT n.card_id, hash(n) FROM statement_names AS n
UNION ALL
SELECT m.card_id, hash(m) FROM concept_match AS m
UNION ALL
SELECT o.card_id, hash(o) FROM outlook AS o
UNION ALL
SELECT r.card_id, hash(r, c.title)
FROM parsed.related_cards AS r
LEFT JOIN parsed.cards AS c ON c.card_id = r.target_card_id
"""
"""All that is read from a card and found in its texts, and what its links name."""

_OF_CARDS = f"""
CREATE OR REPLACE TEMP TABLE card_sum AS
SELECT p.card_id, sum(p.part) AS total
FROM ({_PARTS_OF_A_CARD}) AS p
GROUP BY p.card_id
"""

_OF_TOPICS = """
WITH
-- A name leads to the statements with it, and these to their cards.
spoken AS (
    SELECT n.name, sum(hash(n.section, n.row_no, c.total)) AS total
    FROM statement_names AS n
    JOIN card_sum AS c ON c.card_id = n.card_id
    GROUP BY n.name
),
counted AS (
    SELECT t.topic_id, sum(hash(t)) AS total
    FROM topic_trend_counts AS t
    WHERE t.grain IN ('issue', 'quarter')
    GROUP BY t.topic_id
),
written AS (
    SELECT m.topic_id, sum(hash(m.raw_text, m.card_id)) AS total
    FROM mentions AS m
    GROUP BY m.topic_id
),
parts AS (
    SELECT t.topic_id, hash(t) AS part FROM topics AS t
    UNION ALL
    SELECT t.topic_id, t.total FROM counted AS t
    UNION ALL
    SELECT t.topic_id, hash(t.line, t.issue_date, c.total)
    FROM topic_cards AS t
    JOIN card_sum AS c ON c.card_id = t.card_id
    UNION ALL
    SELECT n.topic_id, hash(n.name, s.total)
    FROM topic_names AS n
    JOIN spoken AS s ON s.name = n.name
    UNION ALL
    SELECT m.concept_id, hash(m, c.total)
    FROM concept_match AS m
    JOIN card_sum AS c ON c.card_id = m.card_id
    UNION ALL
    SELECT m.topic_id, hash(m.member_topic_id, w.total)
    FROM topic_members AS m
    JOIN written AS w ON w.topic_id = m.member_topic_id
    UNION ALL
    SELECT c.concept_id, hash(c, m.n_cards_with, m.stage, t.total)
    FROM concept_members AS c
    JOIN topic_momentum AS m ON m.topic_id = c.member_topic_id
    LEFT JOIN counted AS t ON t.topic_id = c.member_topic_id
    UNION ALL
    SELECT unnest([p.topic_id_a, p.topic_id_b]), hash(p)
    FROM topic_pair AS p
    WHERE p.span = 'all'
    UNION ALL
    SELECT t.concept_id, hash(t) FROM concept_trend_by_meaning AS t
    UNION ALL
    SELECT t.topic_id, hash(t) FROM topic_sections AS t
    UNION ALL
    SELECT t.topic_id, hash(t) FROM topic_burst AS t
    UNION ALL
    SELECT t.topic_id, hash(t) FROM topic_shift AS t
    UNION ALL
    SELECT t.topic_id, hash(t) FROM topic_forecast AS t
    UNION ALL
    SELECT t.topic_id, hash(t) FROM call_history AS t
)
SELECT p.topic_id, sum(p.part) AS total
FROM parts AS p
WHERE p.topic_id IN (SELECT unnest($topics))
GROUP BY p.topic_id
"""
"""All that the queries of a topic's page read of the topic: rows of marts, and the cards that name it."""

_OF_ALL_TOPICS = """
SELECT 'periods' AS what, sum(hash(p)) AS total FROM able_periods AS p
UNION ALL
SELECT 'sections', sum(hash(f.form, f.section))
FROM (
    SELECT DISTINCT c.form, s.section
    FROM statements AS s
    LEFT JOIN counted_cards AS c ON c.card_id = s.card_id
) AS f
ORDER BY what
"""
"""Of how many cards each period is, and which sections the cards of each form have."""

_OF_CONCEPTS = """
SELECT p.card_id, sum(p.part) AS total
FROM (
    SELECT n.card_id, hash(n.section, n.row_no, t.topic_id) AS part
    FROM statement_names AS n
    JOIN topic_names AS t ON t.name = n.name
    JOIN topics AS o ON o.topic_id = t.topic_id AND o.kind = 'concept'
    UNION ALL
    SELECT m.card_id, hash(m.section, m.row_no, o.topic_id)
    FROM concept_match AS m
    JOIN topics AS o ON o.topic_id = m.concept_id AND o.kind = 'concept'
    UNION ALL
    SELECT m.card_id, hash(t.topic_id)
    FROM mentions AS m
    JOIN topic_members AS t ON t.member_topic_id = m.topic_id AND t.kind = 'concept'
) AS p
GROUP BY p.card_id
"""
"""Of which concepts the items and statements of a card speak, by a name or as they are defined."""


class Sums:
    """The sums of a database."""

    def __init__(self, book: Book) -> None:
        """Sum up every card, and read the sums of those that have a place in the report."""
        self._book = book
        book.rows(_OF_CARDS)
        found = book.rows(
            "FROM card_sum WHERE card_id IN (SELECT unnest($cards))", {"cards": list(book.card_places)}
        )
        self._of_cards = {row["card_id"]: row["total"] for row in found}
        self._of_concepts = {row["card_id"]: row["total"] for row in book.rows(_OF_CONCEPTS)}

    def of_cards(self, cards: Iterable[Row]) -> list[int]:
        """The sums of some cards that have a place in the report, in their order."""
        return [self._of_cards[card["card_id"]] for card in cards]

    def of_topics(self, topics: Sequence[Row]) -> list[tuple[object, ...]]:
        """The sums of some topics, in their order, each with those of what all topics have in common."""
        topic_ids = [topic["topic_id"] for topic in topics]
        found = self._book.rows(_OF_TOPICS, {"topics": topic_ids})
        totals = {row["topic_id"]: row["total"] for row in found}
        common = [row["total"] for row in self._book.rows(_OF_ALL_TOPICS)]
        return [(totals.get(topic_id), *common) for topic_id in topic_ids]

    def of_concepts(self, cards: Iterable[Row]) -> list[int | None]:
        """The sums of what concepts some cards speak of, in their order; None for one that speaks of none."""
        return [self._of_concepts.get(card["card_id"]) for card in cards]
