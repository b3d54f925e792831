-- One row per pair of names of which one falls and the other rises, while what both mean is not called.
-- Did the words change, and not the world?
WITH
called AS (
    SELECT
        topic_id,
        kind,
        topic,
        stage,
        q_called,
        called_since
    FROM topic_momentum
    WHERE stage IN ('rising', 'falling', 'emerging') AND same_as IS NULL
),
pairs AS (
    SELECT
        f.kind,
        f.topic_id AS falling_topic_id,
        f.topic AS falling,
        f.q_called AS falling_q,
        f.called_since AS falling_since,
        r.topic_id AS rising_topic_id,
        r.topic AS rising,
        r.stage AS rising_stage,
        r.q_called AS rising_q,
        r.called_since AS rising_since
    FROM called AS f
    JOIN called AS r ON r.kind = f.kind
    WHERE f.stage = 'falling' AND r.stage <> 'falling'
),
-- What a name is a name of.
meant AS (
    SELECT
        c.topic_id,
        m.concept_id,
        m.concept,
        min(m.relation) AS relation
    FROM called AS c
    JOIN concept_members AS m ON m.member = c.topic AND c.kind IN (m.kind, 'concept')
    GROUP BY ALL
),
shared AS (
    SELECT
        p.falling_topic_id,
        p.rising_topic_id,
        f.concept_id,
        f.concept,
        greatest(f.relation, r.relation) AS relation,
        m.n_cards_with,
        m.stage IN ('rising', 'falling', 'emerging') AS is_called
    FROM pairs AS p
    JOIN meant AS f ON f.topic_id = p.falling_topic_id
    JOIN meant AS r ON r.topic_id = p.rising_topic_id AND r.concept_id = f.concept_id
    JOIN topic_momentum AS m ON m.topic_id = f.concept_id
),
-- Of several concepts that are not called, the narrowest.
closest AS (
    SELECT
        falling_topic_id,
        rising_topic_id,
        concept_id,
        concept,
        relation
    FROM shared
    WHERE NOT is_called
    WINDOW one AS (PARTITION BY falling_topic_id, rising_topic_id ORDER BY relation, n_cards_with, concept_id)
    QUALIFY row_number() OVER one = 1
),
-- Names that a person has kept apart, by themselves or by the concepts that they are names of.
meant_alone AS (
    SELECT
        topic_id,
        concept
    FROM meant
    WHERE relation = 'is'
    UNION
    SELECT
        topic_id,
        topic
    FROM called
),
kept_apart AS (
    SELECT DISTINCT
        p.falling_topic_id,
        p.rising_topic_id
    FROM pairs AS p
    JOIN meant_alone AS f ON f.topic_id = p.falling_topic_id
    JOIN meant_alone AS r ON r.topic_id = p.rising_topic_id
    JOIN names_apart AS a
        ON a.name_a = least(f.concept, r.concept)
        AND a.name_b = greatest(f.concept, r.concept)
),
near AS (
    SELECT
        p.falling_topic_id,
        p.rising_topic_id,
        round(list_cosine_similarity(f.vector, r.vector), 2) AS similarity
    FROM pairs AS p
    JOIN embedding AS f ON f.text_hash = md5(p.falling)
    JOIN embedding AS r ON r.text_hash = md5(p.rising) AND r.model = f.model
)
SELECT
    p.falling_topic_id,
    p.rising_topic_id,
    p.kind,
    p.falling,
    p.falling_since,
    p.falling_q,
    p.rising,
    p.rising_stage,
    p.rising_since,
    p.rising_q,
    c.concept_id,
    c.concept,
    coalesce(c.relation, 'near') AS relation,
    n.similarity
FROM pairs AS p
LEFT JOIN closest AS c USING (falling_topic_id, rising_topic_id)
LEFT JOIN near AS n USING (falling_topic_id, rising_topic_id)
WHERE (c.relation = 'is' OR n.similarity >= parameter('similarity', 'same'))
    -- Where every concept that both are names or parts of is called, the world moved too.
    AND (
        c.concept_id IS NOT NULL
        OR (p.falling_topic_id, p.rising_topic_id) NOT IN (
            SELECT (falling_topic_id, rising_topic_id) FROM shared
        )
    )
    AND (p.falling_topic_id, p.rising_topic_id) NOT IN (
        SELECT (falling_topic_id, rising_topic_id) FROM kept_apart
    )
-- Two names are one pair, whether they are called as concepts, as keywords or as themes.
QUALIFY row_number() OVER (PARTITION BY p.falling, p.rising ORDER BY p.kind = 'concept' DESC, p.kind) = 1
ORDER BY p.falling, p.rising, p.kind
