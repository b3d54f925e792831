-- One row per statement and name of a topic that stands in it, everyday words too.
-- Which names does a statement say? That follows from its own words and from the name alone.
WITH
statement_words AS (
    SELECT
        section,
        card_id,
        row_no,
        words_of(concat_ws(' | ', name, description, change, ten_year, driving_force)) AS words
    FROM statements
),
-- A word of a statement, with the three that follow: lists that are carried along take most of the time.
all_places AS (
    SELECT
        section,
        card_id,
        row_no,
        unnest(words) AS word,
        unnest(words[2:]) AS second_word,
        unnest(words[3:]) AS third_word,
        unnest(words[4:]) AS fourth_word
    FROM statement_words
),
listed_words AS (
    SELECT DISTINCT
        name,
        string_split(name, ' ') AS words
    FROM topic_names
),
names AS (
    SELECT
        name,
        words[1] AS word,
        words[2] AS second_word,
        words[3] AS third_word,
        words[4] AS fourth_word,
        len(words) AS n_words
    FROM listed_words
),
-- Few words begin a name, and what is read twice is written down in between.
places AS (
    SELECT
        section,
        card_id,
        row_no,
        word,
        second_word,
        third_word,
        fourth_word
    FROM all_places
    WHERE word IN (SELECT word FROM names)
),
-- Names of more words are joined by two: very many may begin with the same word, such as ai.
begun AS (
    SELECT
        p.section,
        p.card_id,
        p.row_no,
        n.name,
        n.n_words
    FROM places AS p
    JOIN names AS n USING (word)
    WHERE n.n_words = 1
    UNION
    SELECT
        p.section,
        p.card_id,
        p.row_no,
        n.name,
        n.n_words
    FROM places AS p
    JOIN names AS n USING (word, second_word)
    WHERE (n.n_words < 3 OR n.third_word = p.third_word)
        AND (n.n_words < 4 OR n.fourth_word = p.fourth_word)
)
-- Of a longer name all words are compared where the first four stand.
SELECT
    section,
    card_id,
    row_no,
    name,
    n_words
FROM begun
WHERE n_words <= 4
UNION ALL
SELECT
    b.section,
    b.card_id,
    b.row_no,
    b.name,
    b.n_words
FROM begun AS b
JOIN statement_words AS s USING (section, card_id, row_no)
WHERE b.n_words > 4
    AND contains(concat(' ', array_to_string(s.words, ' '), ' '), concat(' ', b.name, ' '))
