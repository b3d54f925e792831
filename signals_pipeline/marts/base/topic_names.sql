-- One row per topic and name by which it is looked for in statements: as it is called, and as it is written.
-- What words name a topic? A concept is also named by what counts for it.
WITH
own AS (
    SELECT
        topic_id,
        folded AS name
    FROM topic_surfaces
    WHERE topic_id IS NOT NULL
    UNION
    SELECT
        topic_id,
        topic
    FROM topics
),
all_names AS (
    SELECT
        m.topic_id,
        o.name
    FROM topic_members AS m
    JOIN own AS o ON o.topic_id = m.member_topic_id
    UNION
    SELECT
        topic_id,
        name
    FROM own
),
as_words AS (
    SELECT DISTINCT
        topic_id,
        array_to_string(words_of(name), ' ') AS name
    FROM all_names
)
SELECT
    topic_id,
    name
FROM as_words
WHERE name <> ''
ORDER BY topic_id, name
