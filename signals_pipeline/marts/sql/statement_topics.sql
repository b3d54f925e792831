-- One row per statement, topic that it speaks of, and how that is told: words or meaning.
-- Which statements speak of a topic, whatever the keywords of their card?
WITH
told AS (
    SELECT DISTINCT
        s.section,
        s.card_id,
        s.row_no,
        n.topic_id,
        'words' AS how
    FROM statement_names AS s
    JOIN topic_names AS n ON n.name = s.name
    UNION ALL
    SELECT
        m.section,
        m.card_id,
        m.row_no,
        m.concept_id,
        'meaning'
    FROM concept_match AS m
)
SELECT
    t.section,
    t.card_id,
    t.row_no,
    t.topic_id,
    t.how
FROM told AS t
