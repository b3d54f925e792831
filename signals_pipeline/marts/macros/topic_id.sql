-- The id of the concept that goes by a name, or of a keyword or theme: SELECT topic_id('AI'), FROM evidence
-- AS e WHERE e.topic_id = topic_id('heat pump', kind := 'keyword'). Of several topics it is the one that
-- sorts first (see topics_named). The name is a value, not a column of names. NULL has none; a name that no
-- topic goes by is an error, which says the nearest, and so is a list of several names.

-- In the body a bare name or kind is the argument.
CREATE OR REPLACE MACRO topic_id(name, kind := 'concept') AS (
    SELECT CASE
        WHEN count(DISTINCT t.name) > 1
        THEN error('topic_id takes one name. For several: IN (SELECT topic_id FROM topics_named([…])).')
        ELSE min_by(t.topic_id, t.topic)
    END
    FROM topics_named(name, kind := kind) AS t
)
