"""Which topics are near to each other in what their names mean, and which may be one idea."""

import numpy as np

from signals_pipeline.publish.report.reading import Book, Row, grouped

NEAR_LISTED = 8
NEAR_NAMES = 0.5
"""The least cosine of two names. Names are short, and those that share a word alone are often at 0.4."""

# Where several models have encoded the names, those of one are compared.
_VECTORS = """
SELECT t.topic_id, e.vector
FROM topics AS t
JOIN embedding AS e ON e.text_hash = md5(t.topic)
WHERE t.topic_id IN (SELECT unnest($topics)) AND e.model = (SELECT min(model) FROM embedding)
ORDER BY t.topic_id
"""

ALIKE_LISTED = 3

_ALIKE = f"""
WITH
pairs AS (
    SELECT a.concept_id AS topic_id, b.concept_id AS other_id, c.rank_no
    FROM topic_alias_candidates AS c
    JOIN topics AS t ON t.kind = c.kind_a AND t.topic = c.topic_a
    JOIN topics AS o ON o.kind = c.kind_b AND o.topic = c.topic_b
    JOIN concept_members AS a ON a.member_topic_id = t.topic_id AND a.relation = 'is'
    JOIN concept_members AS b ON b.member_topic_id = o.topic_id AND b.relation = 'is'
    WHERE a.concept_id <> b.concept_id
)
SELECT p.topic_id AS of_topic, m.topic_id, m.topic, m.n_cards_with
FROM (SELECT * FROM pairs UNION SELECT other_id, topic_id, rank_no FROM pairs) AS p
JOIN topic_momentum AS m ON m.topic_id = p.other_id
GROUP BY p.topic_id, m.topic_id, m.topic, m.n_cards_with
QUALIFY row_number() OVER (PARTITION BY p.topic_id ORDER BY min(p.rank_no), m.topic_id) <= {ALIKE_LISTED}
ORDER BY of_topic, min(p.rank_no), m.topic_id
"""


def perhaps_alike(book: Book) -> dict[str, list[Row]]:
    """The concepts that may be the same idea as each concept: a name of both is suspected to be one."""
    return grouped(book.rows(_ALIKE), "of_topic")


def near_in_meaning(book: Book) -> dict[str, list[Row]]:
    """The topics whose names are near in meaning to that of each topic, the nearest first.

    Of concepts that have a page alone; empty where texts are not encoded.
    """
    concepts = {row["topic_id"]: row for row in book.paged if row["kind"] == "concept"}
    found = book.rows(_VECTORS, {"topics": list(concepts)})
    if not found:
        return {}
    ids = [row["topic_id"] for row in found]
    # Whole numbers, so that sums come out the same in any order.
    vectors = np.array([row["vector"] for row in found], dtype=np.int32)
    lengths = np.sqrt((vectors**2).sum(axis=1))
    similarity = np.round((vectors @ vectors.T) / np.outer(lengths, lengths), 2)
    np.fill_diagonal(similarity, 0)
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, :NEAR_LISTED]
    return {
        one: [
            concepts[ids[other]] | {"similarity": float(cosines[other])}
            for other in others
            if cosines[other] >= NEAR_NAMES
        ]
        for one, cosines, others in zip(ids, similarity, nearest, strict=True)
    }
