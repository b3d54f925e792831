"""The page on which every topic is listed, and found by any of its names."""

from collections import Counter

from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.charts import sparkline
from signals_pipeline.publish.report.reading import Book, grouped
from signals_pipeline.publish.report.safe import clipped, visible
from signals_pipeline.publish.report.site import Site
from signals_pipeline.publish.report.topic_queries import OF_TOPIC

NAMES_FOUND = 20
"""Other names by which the list finds a topic, those on most cards."""

ALL_NAMES_FOUND = 10_000
"""Other names of all topics together, those of the topics on most cards first: some 250 KB."""

LONGEST_NAME = 80

_OTHER_NAMES = f"""
WITH
written AS (
    SELECT c.concept_id, c.concept, lower(trim(m.raw_text)) AS name, count(DISTINCT m.card_id) AS n_cards
    FROM concept_members AS c
    JOIN mentions AS m ON m.topic_id = c.member_topic_id
    WHERE c.concept_id IN (SELECT unnest($topics))
    GROUP BY c.concept_id, c.concept, name
    UNION ALL
    SELECT DISTINCT concept_id, concept, lower(member), 0
    FROM concept_members
    WHERE concept_id IN (SELECT unnest($topics))
)
SELECT w.concept_id AS topic_id, w.name
FROM written AS w
JOIN topic_momentum AS m ON m.topic_id = w.concept_id
WHERE w.name <> lower(w.concept)
GROUP BY w.concept_id, w.name, m.n_cards_with
QUALIFY row_number() OVER (PARTITION BY w.concept_id ORDER BY max(w.n_cards) DESC, w.name) <= {NAMES_FOUND}
ORDER BY m.n_cards_with DESC, w.concept_id, max(w.n_cards) DESC, w.name
LIMIT {ALL_NAMES_FOUND}
"""
"""What a topic is called elsewhere: the names of its members, as they are and as cards write them."""


def write_topic_list(book: Book, site: Site) -> None:
    """Write the list, with a small line and the last share of each topic that has a page."""
    topic_ids = [topic["topic_id"] for topic in book.paged]
    quarters = book.rows_by("topic_id", {"quarters": OF_TOPIC["quarters"]}, {"topics": topic_ids})
    shares = {topic_id: [row["share"] for row in quarters(topic_id)["quarters"]] for topic_id in topic_ids}
    n_in_stage = Counter(row["stage"] for row in book.topics if row["same_as"] is None)
    site.write(
        "topics.html",
        "topics.html",
        scripts=["topics.js"],
        styles=["topics.css"],
        title="Topics",
        sparks={
            topic_id: sparkline(own, top=max((one or 0 for one in own), default=0))
            for topic_id, own in shares.items()
        },
        shares={
            topic_id: next((one for one in reversed(own) if one is not None), None)
            for topic_id, own in shares.items()
        },
        names=_other_names(book),
        stages={stage: n for stage in words.STAGES if (n := n_in_stage[stage])},
    )


def _other_names(book: Book) -> dict[int, list[object]]:
    """The other names of the listed topics, by the row in which each stands."""
    found = grouped(book.rows(_OTHER_NAMES, {"topics": [row["topic_id"] for row in book.topics]}), "topic_id")
    return {
        no: [visible(clipped(row["name"], LONGEST_NAME)) for row in found[topic["topic_id"]]]
        for no, topic in enumerate(book.topics)
        if topic["topic_id"] in found
    }
