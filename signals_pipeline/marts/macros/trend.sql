-- The rows of topic_trend for a concept by any of its names, with a row for every period: FROM trend('LLM'),
-- for several of them: FROM trend(['AI', 'heat pump'], grain := 'quarter'), or for a keyword or theme: FROM
-- trend('ai', kind := 'theme'). Grain is issue, month, quarter or year. topics_named says how names are
-- compared, and what is said of one that nothing goes by.

-- A rare topic has no rows in topic_trend where it has no card: there its sums so far are those of the row
-- before. In the body a bare topic, grain or kind is the argument.
CREATE OR REPLACE MACRO trend(topic, grain := 'month', kind := 'concept') AS TABLE
WITH
chosen AS (
    SELECT DISTINCT n.topic_id, n.kind, n.topic
    FROM topics_named(topic, kind := kind) AS n
),
-- Joined by itself: of the view only the rows of these topics are made.
trends AS (
    SELECT v.*
    FROM chosen AS o
    JOIN topic_trend AS v ON v.topic_id = o.topic_id
)
SELECT
    c.topic,
    p.period_start,
    CASE WHEN p.n_cards > 0 THEN coalesce(t.share, 0) END AS share,
    CASE WHEN p.n_cards > 0 THEN coalesce(t.share_lo, 0) END AS share_lo,
    coalesce(t.share_hi, p.share_hi_without) AS share_hi,
    coalesce(t.n_cards_with, 0) AS n_cards_with,
    p.n_cards,
    p.is_partial,
    c.kind,
    p.grain,
    p.n_issues,
    coalesce(t.n_issues_with, 0) AS n_issues_with,
    coalesce(t.n_domains, 0) AS n_domains,
    coalesce(
        t.share_shrunk,
        coalesce(sum(t.n_cards_with) OVER so_far, 0) / p.n_so_far / (p.n_cards / parameter('share_shrunk', 'm') + 1)
    ) AS share_shrunk,
    coalesce(
        t.share_ewma,
        coalesce(last_value(t.share_ewma * p.weighted_so_far IGNORE NULLS) OVER so_far, 0) / p.weighted_so_far
    ) AS share_ewma,
    t.relevancy_centred,
    c.topic_id
FROM chosen AS c
JOIN able_periods AS p ON p.kind = c.kind
LEFT JOIN trends AS t
    ON t.topic_id = c.topic_id AND t.grain = p.grain AND t.period_start = p.period_start
WHERE p.grain = CASE
    WHEN lower(grain) IN ('issue', 'month', 'quarter', 'year') THEN lower(grain)
    ELSE error(concat('trend: grain is issue, month, quarter or year, and not ''', grain, '''.'))
END
WINDOW so_far AS (PARTITION BY c.topic_id ORDER BY p.period_no ROWS UNBOUNDED PRECEDING)
ORDER BY c.topic, p.period_start
