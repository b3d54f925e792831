-- The topics that go by some names, a row for each: FROM topics_named('LLM'), FROM topics_named(['AI',
-- 'heat pump']). They are concepts, or of the kind that is asked for: FROM topics_named('ai', kind :=
-- 'theme'). A name as written in a card goes before one that differs in case, that before one that differs
-- in dashes or blanks. A name that no topic goes by is an error, which says the three names nearest to it, or
-- which concept goes by it and with which keywords or themes. So is an empty list; NULL has no rows.

-- In the body a bare names or kind is the argument. One name and a list of them both come apart in unnest.
-- How near two names are is told by Jaro and Winkler's similarity of their letters, for missing names
-- alone.
CREATE OR REPLACE MACRO topics_named(names, kind := 'concept') AS TABLE
WITH
asked AS (
    SELECT
        a.name,
        lower(a.name) AS lowered,
        trim(regexp_replace(folded(a.name), '[\s\pZ]+', ' ', 'g')) AS folded
    FROM (
        SELECT DISTINCT CAST(g.name AS VARCHAR) AS name
        FROM (
            SELECT unnest(
                CASE
                    WHEN CAST(names AS VARCHAR) = '[]'
                    THEN error('No name is in the list: write one, such as [''AI''].')
                    ELSE [names]
                END,
                recursive := true
            )
        ) AS g(name)
    ) AS a
    WHERE a.name IS NOT NULL
),
of_kind AS (
    SELECT n.*
    FROM search_name AS n
    WHERE n.kind = CASE
        WHEN lower(CAST(kind AS VARCHAR)) IN ('concept', 'keyword', 'theme') THEN lower(CAST(kind AS VARCHAR))
        ELSE error(concat('The kind of a topic is concept, keyword or theme, and not ''', kind, '''.'))
    END
),
found AS (
    SELECT DISTINCT a.name, n.topic_id, n.kind, n.topic
    FROM asked AS a
    JOIN of_kind AS n
        ON n.surface = a.name OR n.lowered = a.lowered OR n.folded = a.folded
        OR n.name IN (a.name, a.folded)
    QUALIFY rank() OVER (
        PARTITION BY a.name
        ORDER BY CASE
            WHEN a.name IN (n.surface, n.name) THEN 1
            WHEN n.lowered = a.lowered THEN 2
            ELSE 3
        END
    ) = 1
),
missing AS (
    SELECT a.name, a.lowered, a.folded
    FROM asked AS a
    ANTI JOIN found AS f ON f.name = a.name
),
nearest AS (
    SELECT m.name, n.folded AS near, jaro_winkler_similarity(m.folded, n.folded) AS similarity
    FROM missing AS m
    CROSS JOIN (SELECT DISTINCT k.folded FROM of_kind AS k) AS n
    QUALIFY row_number() OVER (PARTITION BY m.name ORDER BY similarity DESC, n.folded) <= 3
),
concepts AS (
    SELECT
        m.name,
        concat(' The concept ''', n.topic, ''' does, and has ', CASE count(DISTINCT o.member)
            WHEN 0 THEN concat('no ', lower(CAST(kind AS VARCHAR)), '.')
            WHEN 1 THEN concat('the ', lower(CAST(kind AS VARCHAR)), ' ''', min(o.member), '''.')
            ELSE concat(
                count(DISTINCT o.member), ' ', lower(CAST(kind AS VARCHAR)), 's, such as ''',
                min(o.member), ''' and ''', max(o.member), '''.'
            )
        END) AS sentence
    FROM missing AS m
    JOIN search_name AS n
        ON n.kind = 'concept'
            AND (n.lowered = m.lowered OR n.folded = m.folded OR n.name IN (m.name, m.folded))
    LEFT JOIN concept_members AS o ON o.concept_id = n.topic_id AND o.kind = lower(CAST(kind AS VARCHAR))
    GROUP BY m.name, n.topic
),
told AS (
    SELECT
        m.name,
        concat(
            'No ', lower(CAST(kind AS VARCHAR)), ' goes by the name ''', m.name, '''.',
            coalesce(
                min(o.sentence),
                ' The nearest are '''
                    || string_agg(n.near, ''', ''' ORDER BY n.similarity DESC, n.near) || '''.'
            )
        ) AS sentence
    FROM missing AS m
    LEFT JOIN nearest AS n ON n.name = m.name
    LEFT JOIN concepts AS o ON o.name = m.name
    GROUP BY m.name
)
SELECT
    a.name,
    f.kind,
    f.topic,
    f.topic_id
FROM asked AS a
LEFT JOIN found AS f ON f.name = a.name
LEFT JOIN told AS t ON t.name = a.name
WHERE CASE WHEN f.topic_id IS NULL THEN error(regexp_replace(t.sentence, '\p{C}', ' ', 'g')) ELSE true END
ORDER BY a.name, f.topic
