-- One row per topic and counted card that mentions it, however often: the numerator of every share.
-- Which cards does a topic have?
WITH
-- Integers stand for topics and cards: they group faster than texts.
numbered AS (
    SELECT
        topic_id,
        kind,
        CAST(row_number() OVER (ORDER BY topic_id) AS INTEGER) AS topic_no
    FROM topics
),
pairs AS (
    SELECT
        n.topic_no,
        c.card_no,
        count(m.row_no) AS n_mentions,
        min(m.line) AS line
    FROM mentions AS m
    JOIN topic_members AS t ON t.member_topic_id = m.topic_id
    JOIN counted_cards AS c USING (card_id)
    JOIN numbered AS n ON n.topic_id = t.topic_id
    GROUP BY ALL
)
SELECT
    p.card_no,
    c.card_id,
    c.issue_no,
    c.issue_date,
    c.form,
    p.topic_no,
    n.topic_id,
    n.kind,
    CAST(p.n_mentions AS INTEGER) AS n_mentions,
    p.line
FROM pairs AS p
JOIN numbered AS n USING (topic_no)
JOIN counted_cards AS c USING (card_no)
ORDER BY p.topic_no, p.card_no
