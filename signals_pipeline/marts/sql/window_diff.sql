-- One row per pair of windows and topic with a counted card in either window.
-- What changed since the last issue, in the last ten issues, and in the last year?
WITH
parameters AS (
    SELECT
        max(metric.value) FILTER (WHERE metric.metric = 'share_lo' AND metric.parameter = 'z') AS z,
        max(metric.value) FILTER (
            WHERE metric.metric = 'log_odds_z' AND metric.parameter = 'alpha_0'
        ) AS alpha_0,
        max(metric.value) FILTER (
            WHERE metric.metric = 'family_size' AND metric.parameter = 'min_cards'
        ) AS family_min_cards,
        max(metric.value) FILTER (WHERE metric.metric = 'q' AND metric.parameter = 'max_q') AS max_q,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'window_diff' AND metric.parameter = 'issues'
        ) AS INTEGER) AS window_issues,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'window_diff' AND metric.parameter = 'days'
        ) AS INTEGER) AS window_days
    FROM metric
),
issues AS (
    SELECT
        newsletter_issues.issue_no,
        newsletter_issues.issue_date,
        max(newsletter_issues.issue_no) OVER () - newsletter_issues.issue_no AS issues_back,
        date_diff('day', newsletter_issues.issue_date, max(newsletter_issues.issue_date) OVER ()) AS days_back
    FROM newsletter_issues
    WHERE newsletter_issues.issue_date IS NOT NULL
),
-- Window a is the earlier one, b the later one.
windows AS (
    SELECT
        'last issue' AS pair,
        issues.issue_no,
        CASE WHEN issues.issues_back = 0 THEN 'b' ELSE 'a' END AS side
    FROM issues
    JOIN parameters ON issues.issues_back <= parameters.window_issues
    UNION ALL
    SELECT
        'recent issues' AS pair,
        issues.issue_no,
        CASE WHEN issues.issues_back < parameters.window_issues THEN 'b' ELSE 'a' END AS side
    FROM issues
    JOIN parameters ON issues.issues_back < 2 * parameters.window_issues
    UNION ALL
    SELECT
        'last year' AS pair,
        issues.issue_no,
        CASE WHEN issues.days_back < parameters.window_days THEN 'b' ELSE 'a' END AS side
    FROM issues
    JOIN parameters ON issues.days_back < 2 * parameters.window_days
),
window_starts AS (
    SELECT
        windows.pair,
        min(windows.issue_no) AS first_no
    FROM windows
    GROUP BY windows.pair
),
-- Integers stand for topics and cards: they group faster than texts.
numbered_topics AS (
    SELECT
        topics.topic_id,
        topics.kind,
        topics.topic,
        row_number() OVER (ORDER BY topics.kind, topics.topic, topics.topic_id) AS topic_no
    FROM topics
),
counted_cards AS (
    SELECT
        cards.card_id,
        cards.form,
        issues.issue_no,
        row_number() OVER (ORDER BY cards.card_id) AS card_no
    FROM parsed.cards AS cards
    JOIN issues ON issues.issue_date = cards.issue_date
    WHERE cards.is_counted
),
-- The denominator: cards able to carry a kind.
able_cards AS (
    SELECT
        'keyword' AS kind,
        counted_cards.issue_no,
        counted_cards.card_no
    FROM counted_cards
    WHERE counted_cards.form <> 'other'
        OR counted_cards.card_id IN (SELECT keywords.card_id FROM parsed.keywords AS keywords)
    UNION ALL
    SELECT
        'theme' AS kind,
        counted_cards.issue_no,
        counted_cards.card_no
    FROM counted_cards
    WHERE counted_cards.form <> 'other'
        OR counted_cards.card_id IN (SELECT themes.card_id FROM parsed.themes AS themes)
),
able_issues AS (
    SELECT
        able_cards.kind,
        able_cards.issue_no,
        count(able_cards.card_no) AS n
    FROM able_cards
    GROUP BY able_cards.kind, able_cards.issue_no
),
-- The numerator: each card once a topic.
topic_cards AS (
    SELECT
        numbered_topics.topic_no,
        numbered_topics.kind,
        counted_cards.issue_no,
        counted_cards.card_no,
        count(mentions.row_no) AS n_mentions
    FROM mentions
    JOIN counted_cards ON counted_cards.card_id = mentions.card_id
    JOIN numbered_topics ON numbered_topics.topic_id = mentions.topic_id
    GROUP BY numbered_topics.topic_no, numbered_topics.kind, counted_cards.issue_no, counted_cards.card_no
),
topic_issues AS (
    SELECT
        topic_cards.topic_no,
        topic_cards.kind,
        topic_cards.issue_no,
        count(topic_cards.n_mentions) AS x
    FROM topic_cards
    GROUP BY topic_cards.topic_no, topic_cards.kind, topic_cards.issue_no
),
first_issues AS (
    SELECT
        topic_issues.topic_no,
        min(topic_issues.issue_no) AS first_no
    FROM topic_issues
    GROUP BY topic_issues.topic_no
),
-- Cards and pairs of card and topic in each window. Without cards on both sides there is nothing to compare.
window_cards AS (
    SELECT
        windows.pair,
        able_issues.kind,
        sum(able_issues.n) FILTER (WHERE windows.side = 'a') AS na,
        sum(able_issues.n) FILTER (WHERE windows.side = 'b') AS nb
    FROM windows
    JOIN able_issues ON able_issues.issue_no = windows.issue_no
    GROUP BY windows.pair, able_issues.kind
    HAVING count(able_issues.n) FILTER (WHERE windows.side = 'a') > 0
        AND count(able_issues.n) FILTER (WHERE windows.side = 'b') > 0
),
topic_windows AS (
    SELECT
        windows.pair,
        topic_issues.topic_no,
        topic_issues.kind,
        coalesce(sum(topic_issues.x) FILTER (WHERE windows.side = 'a'), 0) AS xa,
        coalesce(sum(topic_issues.x) FILTER (WHERE windows.side = 'b'), 0) AS xb
    FROM windows
    JOIN topic_issues ON topic_issues.issue_no = windows.issue_no
    GROUP BY windows.pair, topic_issues.topic_no, topic_issues.kind
),
window_pairs AS (
    SELECT
        topic_windows.pair,
        topic_windows.kind,
        sum(topic_windows.xa) AS n_pairs_a,
        sum(topic_windows.xb) AS n_pairs_b
    FROM topic_windows
    GROUP BY topic_windows.pair, topic_windows.kind
),
-- Each topic has as much of the prior as of the pairs of card and topic in both windows together. A prior of
-- other issues would pull the smaller window further, and so find a change where both windows are alike.
counts AS (
    SELECT
        topic_windows.pair,
        topic_windows.topic_no,
        topic_windows.kind,
        topic_windows.xa,
        topic_windows.xb,
        window_cards.na,
        window_cards.nb,
        first_issues.first_no >= window_starts.first_no AS is_first_seen_here,
        topic_windows.xa + topic_windows.xb >= parameters.family_min_cards AS is_in_family,
        topic_windows.xa + parameters.alpha_0 * (topic_windows.xa + topic_windows.xb)
        / (window_pairs.n_pairs_a + window_pairs.n_pairs_b) AS ya,
        topic_windows.xb + parameters.alpha_0 * (topic_windows.xa + topic_windows.xb)
        / (window_pairs.n_pairs_a + window_pairs.n_pairs_b) AS yb,
        window_pairs.n_pairs_a + parameters.alpha_0 AS ma,
        window_pairs.n_pairs_b + parameters.alpha_0 AS mb
    FROM topic_windows
    JOIN window_cards
        ON window_cards.pair = topic_windows.pair
        AND window_cards.kind = topic_windows.kind
    JOIN window_pairs
        ON window_pairs.pair = topic_windows.pair
        AND window_pairs.kind = topic_windows.kind
    JOIN window_starts ON window_starts.pair = topic_windows.pair
    JOIN first_issues ON first_issues.topic_no = topic_windows.topic_no
    CROSS JOIN parameters
),
-- A topic that is alone of its kind has no odds. The interval is Newcombe's: the distances from the shares
-- to the bounds of their Wilson intervals, put together at right angles.
scores AS (
    SELECT
        counts.pair,
        counts.topic_no,
        counts.kind,
        counts.xa,
        counts.na,
        counts.xb,
        counts.nb,
        counts.is_first_seen_here,
        counts.is_in_family,
        counts.xa / counts.na AS share_a,
        counts.xb / counts.nb AS share_b,
        CASE
            WHEN counts.ya < counts.ma AND counts.yb < counts.mb
            THEN (ln(counts.yb / (counts.mb - counts.yb)) - ln(counts.ya / (counts.ma - counts.ya)))
                / sqrt(1 / counts.yb + 1 / counts.ya)
        END AS log_odds_z,
        (counts.xa + parameters.z * parameters.z / 2) / (counts.na + parameters.z * parameters.z) AS middle_a,
        (counts.xb + parameters.z * parameters.z / 2) / (counts.nb + parameters.z * parameters.z) AS middle_b,
        parameters.z * sqrt(counts.xa * (counts.na - counts.xa) / counts.na + parameters.z * parameters.z / 4)
        / (counts.na + parameters.z * parameters.z) AS half_width_a,
        parameters.z * sqrt(counts.xb * (counts.nb - counts.xb) / counts.nb + parameters.z * parameters.z / 4)
        / (counts.nb + parameters.z * parameters.z) AS half_width_b
    FROM counts
    CROSS JOIN parameters
),
p_values AS (
    SELECT
        scores.pair,
        scores.topic_no,
        scores.kind,
        p_two_sided(scores.log_odds_z) AS p,
        count(scores.topic_no) OVER (PARTITION BY scores.pair, scores.kind) AS family_size
    FROM scores
    WHERE scores.is_in_family
),
-- Benjamini-Hochberg: p times the size of the family over the number of p that are no larger, and no more
-- than that of any larger p.
ranked AS (
    SELECT
        p_values.pair,
        p_values.topic_no,
        p_values.kind,
        p_values.p,
        p_values.p * p_values.family_size
        / count(p_values.p) OVER (PARTITION BY p_values.pair, p_values.kind ORDER BY p_values.p) AS q_of_rank
    FROM p_values
    WHERE p_values.p IS NOT NULL
),
adjusted AS (
    SELECT
        ranked.pair,
        ranked.topic_no,
        greatest(ranked.p, least(1, min(ranked.q_of_rank) OVER (
            PARTITION BY ranked.pair, ranked.kind ORDER BY ranked.p DESC
        ))) AS q
    FROM ranked
)
SELECT
    scores.pair,
    numbered_topics.topic_id,
    numbered_topics.kind,
    numbered_topics.topic,
    CAST(scores.xa AS INTEGER) AS xa,
    CAST(scores.na AS INTEGER) AS na,
    CAST(scores.xb AS INTEGER) AS xb,
    CAST(scores.nb AS INTEGER) AS nb,
    100 * (scores.share_b - scores.share_a) AS diff_pp,
    greatest(-100, 100 * (scores.share_b - scores.share_a - sqrt(
        pow(scores.share_b - scores.middle_b + scores.half_width_b, 2)
        + pow(scores.middle_a + scores.half_width_a - scores.share_a, 2)
    ))) AS diff_lo,
    least(100, 100 * (scores.share_b - scores.share_a + sqrt(
        pow(scores.middle_b + scores.half_width_b - scores.share_b, 2)
        + pow(scores.share_a - scores.middle_a + scores.half_width_a, 2)
    ))) AS diff_hi,
    scores.log_odds_z,
    adjusted.q,
    CASE
        WHEN scores.xb = 0 THEN 'absent'
        WHEN scores.xa = 0 AND scores.is_first_seen_here THEN 'new'
        WHEN scores.xa = 0 THEN 'returning'
        WHEN adjusted.q < parameters.max_q AND scores.log_odds_z > 0
            AND scores.share_b > scores.share_a THEN 'up'
        WHEN adjusted.q < parameters.max_q AND scores.log_odds_z < 0
            AND scores.share_b < scores.share_a THEN 'down'
        ELSE 'steady'
    END AS status
FROM scores
JOIN numbered_topics ON numbered_topics.topic_no = scores.topic_no
CROSS JOIN parameters
LEFT JOIN adjusted
    ON adjusted.pair = scores.pair
    AND adjusted.topic_no = scores.topic_no
ORDER BY scores.pair, scores.topic_no
