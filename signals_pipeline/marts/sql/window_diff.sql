-- One row per pair of windows and topic with a counted card in either window.
-- What changed since the last issue, in the last ten issues, and in the last year?
WITH
issues AS (
    SELECT
        issue_no,
        issues_back,
        max(day) OVER () - day AS days_back,
        CAST(parameter('window_diff', 'issues') AS INTEGER) AS n_issues,
        CAST(parameter('window_diff', 'days') AS INTEGER) AS n_days
    FROM dated_issues
),
-- The later window is b, the one before it a.
windows AS (
    SELECT
        'last issue' AS pair,
        issue_no,
        issues_back = 0 AS is_b
    FROM issues
    WHERE issues_back <= n_issues
    UNION ALL
    SELECT
        'recent issues' AS pair,
        issue_no,
        issues_back < n_issues AS is_b
    FROM issues
    WHERE issues_back < 2 * n_issues
    UNION ALL
    SELECT
        'last year' AS pair,
        issue_no,
        days_back < n_days AS is_b
    FROM issues
    WHERE days_back < 2 * n_days
),
-- Without cards on both sides there is nothing to compare.
window_cards AS (
    SELECT
        pair,
        kind,
        count(card_no) FILTER (WHERE NOT is_b) AS na,
        count(card_no) FILTER (WHERE is_b) AS nb,
        parameter('log_odds_z', 'alpha_0') AS alpha
    FROM windows
    JOIN able_cards USING (issue_no)
    GROUP BY ALL
    HAVING na > 0 AND nb > 0
),
topic_windows AS (
    SELECT
        pair,
        kind,
        topic_no,
        count(card_no) FILTER (WHERE NOT is_b) AS xa,
        count(card_no) FILTER (WHERE is_b) AS xb
    FROM windows
    JOIN topic_cards USING (issue_no)
    GROUP BY ALL
),
firsts AS (
    SELECT
        topic_no,
        min(issue_no) AS first_no
    FROM topic_cards
    GROUP BY ALL
),
window_starts AS (
    SELECT
        pair,
        min(issue_no) AS start_no
    FROM windows
    GROUP BY ALL
),
-- Each topic has as much of the prior as of the pairs of card and topic in both windows together. A prior of
-- other issues would pull the smaller window further, and so find a change where both windows are alike.
counts AS (
    SELECT
        t.pair,
        t.kind,
        topic_no,
        xa,
        na,
        xb,
        nb,
        alpha,
        sum(xa) OVER (PARTITION BY t.pair, t.kind) AS all_a,
        sum(xb) OVER (PARTITION BY t.pair, t.kind) AS all_b,
        xa + alpha * (xa + xb) / (all_a + all_b) AS ya,
        xb + alpha * (xa + xb) / (all_a + all_b) AS yb
    FROM topic_windows AS t
    JOIN window_cards USING (pair, kind)
),
-- A topic that is alone of its kind has no odds.
scores AS (
    SELECT
        *,
        newcombe(xa, na, xb, nb, parameter('share_lo', 'z')) AS diff,
        CASE
            WHEN ya < all_a + alpha AND yb < all_b + alpha
            THEN (ln(yb / (all_b + alpha - yb)) - ln(ya / (all_a + alpha - ya))) / sqrt(1 / yb + 1 / ya)
        END AS log_odds_z
    FROM counts
),
tests AS (
    SELECT
        pair,
        topic_no,
        concat(pair, ':', kind) AS family,
        count(topic_no) OVER (PARTITION BY family) AS family_size,
        p_two_sided(log_odds_z) AS p
    FROM scores
    WHERE xa + xb >= parameter('family_size', 'min_cards')
)
SELECT
    s.pair,
    t.topic_id,
    t.kind,
    t.topic,
    CAST(s.xa AS INTEGER) AS xa,
    CAST(s.na AS INTEGER) AS na,
    CAST(s.xb AS INTEGER) AS xb,
    CAST(s.nb AS INTEGER) AS nb,
    100 * (s.xb / s.nb - s.xa / s.na) AS diff_pp,
    100 * s.diff.lo AS diff_lo,
    100 * s.diff.hi AS diff_hi,
    s.log_odds_z,
    a.q,
    CASE
        WHEN s.xb = 0 THEN 'absent'
        WHEN s.xa = 0 AND f.first_no >= w.start_no AND s.xb >= parameter('status', 'new_min_cards') THEN 'new'
        WHEN s.xa = 0 AND p.is_returning THEN 'returning'
        WHEN a.q < parameter('q', 'max_q') AND s.log_odds_z > 0 AND diff_pp > 0 THEN 'up'
        WHEN a.q < parameter('q', 'max_q') AND s.log_odds_z < 0 AND diff_pp < 0 THEN 'down'
        ELSE 'unclear'
    END AS status
FROM scores AS s
JOIN counted_topics AS t USING (topic_no)
JOIN firsts AS f USING (topic_no)
JOIN window_starts AS w USING (pair)
LEFT JOIN topic_presence_fit AS p ON p.topic_id = t.topic_id AND p.issues_back = 0
LEFT JOIN benjamini_hochberg('tests') AS a USING (pair, topic_no)
ORDER BY s.pair, t.kind, t.topic, t.topic_id
