-- Which topics come together on cards more often than chance would have it, the surest first: FROM pairs(),
-- FROM pairs('AI'), FROM pairs(['AI', 'heat pump']), FROM pairs(kind := 'keyword'). With names, only pairs with
-- one of these (topics_named says how names are compared). n_a and n_b are their cards, n_ab those with both,
-- n_expected those with both that chance alone would give; q is below 0.1 where a pair is more than noise.
-- span := 'last' is of the last issues alone, without n_expected. Pairs of fewer cards than topic_pair needs are not there.

-- In the body a bare names, kind or span is the argument.
CREATE OR REPLACE MACRO pairs(names := NULL, kind := 'concept', span := 'all') AS TABLE
WITH
chosen AS (
    SELECT n.topic_id
    FROM topics_named(names, kind := kind) AS n
),
found AS (
    SELECT t.*
    FROM topic_pair AS t
    WHERE t.kind = lower(CAST(kind AS VARCHAR)) AND t.span = lower(CAST(span AS VARCHAR))
),
able AS (
    SELECT sum(y.n_cards) AS n
    FROM able_periods AS y
    WHERE y.grain = 'year' AND y.kind = lower(CAST(kind AS VARCHAR))
)
SELECT
    p.topic_a,
    p.topic_b,
    p.n_ab,
    p.n_a,
    p.n_b,
    CASE WHEN p.span = 'all' THEN p.n_a * p.n_b / a.n END AS n_expected,
    p.q,
    p.npmi,
    p.g2,
    p.first_together,
    p.npmi_change,
    p.topic_id_a,
    p.topic_id_b
FROM found AS p
CROSS JOIN able AS a
WHERE names IS NULL
    OR p.topic_id_a IN (SELECT o.topic_id FROM chosen AS o)
    OR p.topic_id_b IN (SELECT o.topic_id FROM chosen AS o)
ORDER BY p.q NULLS LAST, p.g2 DESC, p.topic_a, p.topic_b
