-- The rows of topic_trend for a concept by any of its names, with a row for every period: FROM trend('LLM'),
-- or for a keyword or theme: FROM trend('ai', grain := 'quarter', kind := 'theme'). Grain is issue, month,
-- quarter or year. A name as written in a card goes before one that differs in case, that before one that
-- differs in dashes or blanks.

-- A name that is written so goes before one that differs in case, that before one that differs in dashes or
-- blanks. A rare topic has no rows in topic_trend where it has no card: there its sums so far are those of the
-- row before. In the body a bare topic, grain or kind is the argument.
CREATE OR REPLACE MACRO trend(topic, grain := 'month', kind := 'concept') AS TABLE
WITH
asked AS (
    SELECT
        lower(topic) AS lowered,
        trim(regexp_replace(
            regexp_replace(
                regexp_replace(lower(nfc_normalize(topic)), '[‐‑‒–—―−]', '-', 'g'),
                '([^\W\d_]{2})-([^\W\d_]{2})', '\1 \2', 'g'
            ),
            '\s+', ' ', 'g'
        )) AS folded
),
named AS (
    SELECT s.topic_id, s.kind, s.topic, s.surface, s.folded, s.topic AS name
    FROM topic_surfaces AS s
    WHERE s.topic_id IS NOT NULL
    UNION ALL
    SELECT m.concept_id, 'concept', m.concept, s.surface, s.folded, m.member
    FROM concept_members AS m
    JOIN topic_surfaces AS s ON s.topic_id = m.member_topic_id
    WHERE m.relation = 'is'
    UNION ALL
    SELECT m.concept_id, 'concept', m.concept, m.concept, m.concept, m.concept
    FROM concept_members AS m
),
chosen AS (
    SELECT DISTINCT
        s.topic_id,
        s.kind,
        s.topic
    FROM named AS s
    JOIN asked AS a
        ON s.surface = topic OR lower(s.surface) = a.lowered OR s.folded = a.folded OR s.name IN (topic, a.folded)
    WHERE s.kind = lower(CAST(kind AS VARCHAR))
    QUALIFY rank() OVER (
        ORDER BY CASE WHEN topic IN (s.surface, s.name) THEN 1 WHEN lower(s.surface) = a.lowered THEN 2 ELSE 3 END
    ) = 1
)
SELECT
    c.topic_id,
    c.kind,
    c.topic,
    p.grain,
    p.period_start,
    coalesce(t.n_cards_with, 0) AS n_cards_with,
    p.n_cards,
    p.n_issues,
    coalesce(t.n_issues_with, 0) AS n_issues_with,
    coalesce(t.n_domains, 0) AS n_domains,
    CASE WHEN p.n_cards > 0 THEN coalesce(t.share, 0) END AS share,
    CASE WHEN p.n_cards > 0 THEN coalesce(t.share_lo, 0) END AS share_lo,
    coalesce(t.share_hi, p.share_hi_without) AS share_hi,
    coalesce(
        t.share_shrunk,
        coalesce(sum(t.n_cards_with) OVER so_far, 0) / p.n_so_far / (p.n_cards / parameter('share_shrunk', 'm') + 1)
    ) AS share_shrunk,
    coalesce(
        t.share_ewma,
        coalesce(last_value(t.share_ewma * p.weighted_so_far IGNORE NULLS) OVER so_far, 0) / p.weighted_so_far
    ) AS share_ewma,
    t.relevancy_centred,
    p.is_partial
FROM chosen AS c
JOIN able_periods AS p ON p.kind = c.kind
LEFT JOIN topic_trend AS t
    ON t.topic_id = c.topic_id AND t.grain = p.grain AND t.period_start = p.period_start
WHERE p.grain = CASE
    WHEN lower(grain) IN ('issue', 'month', 'quarter', 'year') THEN lower(grain)
    ELSE error('trend: grain is issue, month, quarter or year')
END
WINDOW so_far AS (PARTITION BY c.topic_id ORDER BY p.period_no ROWS UNBOUNDED PRECEDING)
ORDER BY c.topic, p.period_start
