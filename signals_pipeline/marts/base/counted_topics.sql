-- One row per topic with a counted card.
-- Which topics are there to be counted, and how many cards has each?
WITH
totals AS (
    SELECT
        topic_no,
        any_value(topic_id) AS topic_id,
        count(card_no) AS n_cards
    FROM topic_cards
    GROUP BY topic_no
)
SELECT
    n.topic_no,
    t.topic_id,
    t.kind,
    t.topic,
    CAST(n.n_cards AS INTEGER) AS n_cards
FROM totals AS n
JOIN topics AS t USING (topic_id)
ORDER BY n.topic_no
