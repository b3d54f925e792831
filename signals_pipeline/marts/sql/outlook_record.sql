-- One row per breakdown and what it has judged outlooks of: all of them, each section, source and concept.
-- Of what was said of the future and was due when it was judged, how much came true?
WITH
judged AS (
    SELECT
        o.section,
        -- What came true ahead of its day can be judged at once, what did not has to wait for it.
        CASE
            WHEN o.verdict = 'came true' AND NOT coalesce(o.due <= o.decided, FALSE) THEN 'came early'
            ELSE o.verdict
        END AS found,
        c.card_no,
        coalesce(c.source_domain, '(no domain)') AS domain
    FROM outlook AS o
    JOIN counted_cards AS c USING (card_id)
    WHERE o.verdict IS NOT NULL
),
broken_down AS (
    SELECT
        'all' AS breakdown,
        '(all outlooks)' AS name,
        found
    FROM judged
    UNION ALL
    SELECT
        'section' AS breakdown,
        section AS name,
        found
    FROM judged
    UNION ALL
    SELECT
        'source' AS breakdown,
        domain AS name,
        found
    FROM judged
    UNION ALL
    SELECT
        'concept' AS breakdown,
        t.topic AS name,
        j.found
    FROM judged AS j
    JOIN topic_cards AS m ON m.card_no = j.card_no AND m.kind = 'concept'
    JOIN counted_topics AS t ON t.topic_no = m.topic_no
),
counts AS (
    SELECT
        breakdown,
        name,
        count(found) FILTER (WHERE found = 'came true') AS n_came_true,
        count(found) FILTER (WHERE found = 'did not') AS n_did_not,
        count(found) FILTER (WHERE found = 'came early') AS n_came_early,
        count(found) FILTER (WHERE found = 'open') AS n_open
    FROM broken_down
    GROUP BY breakdown, name
),
shares AS (
    SELECT
        *,
        n_came_true / nullif(n_came_true + n_did_not, 0) AS share,
        wilson(n_came_true, n_came_true + n_did_not, parameter('share_lo', 'z')) AS bounds
    FROM counts
)
SELECT
    breakdown,
    name,
    CAST(n_came_true AS INTEGER) AS n_came_true,
    CAST(n_did_not AS INTEGER) AS n_did_not,
    CAST(n_came_early AS INTEGER) AS n_came_early,
    CAST(n_open AS INTEGER) AS n_open,
    share,
    s.bounds.lo AS share_lo,
    s.bounds.hi AS share_hi
FROM shares AS s
ORDER BY breakdown, name
