"""Which topics are near to each other in what their names mean."""

import numpy as np

from signals_pipeline.publish.report.reading import Book, Row

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
