-- One row per statement and name of a topic that stands in it.
-- Which names do statements say? An everyday word, which many cards say and few are about, is none.
WITH
one_words AS (
    SELECT
        name,
        count(DISTINCT card_id) AS n_cards
    FROM said_names
    WHERE n_words = 1
    GROUP BY name
),
-- How many cards list such a word as a keyword or theme.
listed AS (
    SELECT
        n.name,
        count(DISTINCT m.card_id) AS n_cards
    FROM topic_names AS n
    JOIN mentions AS m USING (topic_id)
    WHERE n.name IN (SELECT name FROM one_words)
    GROUP BY n.name
),
everyday_words AS (
    SELECT o.name
    FROM one_words AS o
    LEFT JOIN listed AS l USING (name)
    CROSS JOIN (SELECT count(DISTINCT card_id) AS n_cards FROM statements) AS a
    WHERE o.n_cards > parameter('statement_names', 'max_share') * a.n_cards
        AND coalesce(l.n_cards, 0) < parameter('statement_names', 'min_listed') * o.n_cards
)
SELECT
    section,
    card_id,
    row_no,
    name
FROM said_names
WHERE name NOT IN (SELECT name FROM everyday_words)
ORDER BY section, card_id, row_no, name
