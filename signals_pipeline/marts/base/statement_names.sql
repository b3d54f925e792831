-- One row per statement and name of a topic that stands in it.
-- Which names do statements say? An everyday word, which many cards say and few are about, is none.
WITH
statement_words AS (
    SELECT
        section,
        card_id,
        row_no,
        words_of(concat_ws(' | ', name, description, change, ten_year, driving_force)) AS words
    FROM statements
),
-- A word of a statement, with the next one and its place.
places AS (
    SELECT
        section,
        card_id,
        row_no,
        words,
        unnest(words) AS word,
        unnest(words[2:]) AS next_word,
        generate_subscripts(words, 1) AS place
    FROM statement_words
),
names AS (
    SELECT
        name,
        string_split(name, ' ') AS words
    FROM (SELECT DISTINCT name FROM topic_names)
),
-- Longer names are found by their first two words, and then the others are compared.
short_names AS (
    SELECT
        name,
        words[1] AS word
    FROM names
    WHERE len(words) = 1
),
long_names AS (
    SELECT
        name,
        words[1] AS word,
        words[2] AS next_word,
        words[3:] AS further_words,
        len(words) AS n_words
    FROM names
    WHERE len(words) > 1
),
said AS MATERIALIZED (
    SELECT
        p.section,
        p.card_id,
        p.row_no,
        n.name,
        TRUE AS is_one_word
    FROM places AS p
    JOIN short_names AS n USING (word)
    UNION
    SELECT
        p.section,
        p.card_id,
        p.row_no,
        n.name,
        FALSE
    FROM places AS p
    JOIN long_names AS n USING (word, next_word)
    WHERE n.n_words = 2 OR p.words[p.place + 2:p.place + n.n_words - 1] = n.further_words
),
one_words AS (
    SELECT
        name,
        count(DISTINCT card_id) AS n_cards
    FROM said
    WHERE is_one_word
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
FROM said
WHERE name NOT IN (SELECT name FROM everyday_words)
ORDER BY section, card_id, row_no, name
