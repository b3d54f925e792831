-- One row per topic with a counted card.
-- What is rising or falling, since when, and is that more than noise?
WITH
-- Window 0 are the last issues, window 1 as many before.
issues AS (
    SELECT
        issue_no,
        issues_back AS ago,
        issues_back // CAST(parameter('share_recent', 'issues') AS INTEGER) AS window_no
    FROM dated_issues
),
-- The stage is found twice: with all issues, and without the last one, as if it had not come out.
spans AS (
    SELECT
        h.issues_back,
        t.topic_no,
        max(i.ago - h.issues_back) AS first_ago,
        min(i.ago - h.issues_back) AS last_ago
    FROM topic_cards AS t
    JOIN issues AS i USING (issue_no)
    JOIN (VALUES (0), (1)) AS h (issues_back) ON i.ago >= h.issues_back
    GROUP BY ALL
),
bursting AS (
    SELECT
        issues_back,
        topic_id,
        max(start_date) AS burst_start
    FROM topic_burst_fit
    WHERE is_open AND q < parameter('q', 'max_q')
    GROUP BY ALL
),
-- A topic that is too rare to be tested has no trend fitted.
stages AS (
    SELECT
        s.issues_back,
        s.topic_no,
        CASE
            WHEN s.first_ago <= parameter('stage', 'new_issues') THEN 'new'
            WHEN p.q_emerging < parameter('q', 'max_q') THEN 'emerging'
            WHEN f.call IS NULL THEN 'thin'
            WHEN s.last_ago >= parameter('n_returning_topics', 'gap') THEN 'dormant'
            WHEN b.burst_start IS NOT NULL THEN 'bursting'
            WHEN f.call NOT IN ('steady', 'unclear') THEN f.call
            WHEN p.is_returning THEN 'returning'
            ELSE f.call
        END AS stage,
        b.burst_start
    FROM spans AS s
    JOIN counted_topics AS t USING (topic_no)
    LEFT JOIN topic_trend_fit AS f USING (issues_back, topic_id)
    LEFT JOIN topic_presence_fit AS p USING (issues_back, topic_id)
    LEFT JOIN bursting AS b USING (issues_back, topic_id)
),
levels AS (
    SELECT
        topic_id,
        max(shift_date) AS new_level_since
    FROM topic_shift
    GROUP BY ALL
),
-- Without cards in one of the windows there is nothing to compare.
able AS (
    SELECT
        kind,
        count(card_no) AS n,
        nullif(count(card_no) FILTER (WHERE window_no = 0), 0) AS n_recent,
        nullif(count(card_no) FILTER (WHERE window_no = 1), 0) AS n_before,
        parameter('share_shrunk', 'm') AS m,
        parameter('share_lo', 'z') AS z
    FROM able_cards
    JOIN issues USING (issue_no)
    GROUP BY ALL
),
found AS (
    SELECT
        t.topic_no,
        min(t.issue_date) AS first_seen,
        max(t.issue_date) AS last_seen,
        max(t.issue_no) - min(t.issue_no) + 1 AS lifespan_issues,
        count(t.card_no) FILTER (WHERE i.window_no = 0) AS x_recent,
        count(t.card_no) FILTER (WHERE i.window_no = 1) AS x_before
    FROM topic_cards AS t
    JOIN issues AS i USING (issue_no)
    GROUP BY t.topic_no
),
-- The domain with most of the topic's recent cards, and what is left without it.
recent_domains AS (
    SELECT
        t.topic_no,
        c.domain_no,
        count(t.card_no) AS x_domain
    FROM topic_cards AS t
    JOIN issues AS i USING (issue_no)
    JOIN counted_cards AS c USING (card_no)
    WHERE i.window_no = 0 AND c.domain_no IS NOT NULL
    GROUP BY t.topic_no, c.domain_no
    QUALIFY row_number() OVER (PARTITION BY t.topic_no ORDER BY x_domain DESC, c.domain_no) = 1
),
domain_cards AS (
    SELECT
        a.kind,
        c.domain_no,
        count(a.card_no) AS n_domain
    FROM able_cards AS a
    JOIN issues AS i USING (issue_no)
    JOIN counted_cards AS c USING (card_no)
    WHERE i.window_no = 0
    GROUP BY ALL
),
-- A concept of which no name is written, only the parts that make up another one, says the same as that.
members AS (
    SELECT
        concept_id,
        concept,
        list(member_topic_id ORDER BY member_topic_id) AS counted,
        bool_or(relation = 'is') AS is_named
    FROM concept_members
    GROUP BY ALL
),
repeated AS (
    SELECT
        c.concept_id AS topic_id,
        min(o.concept) AS same_as
    FROM members AS c
    JOIN members AS o ON o.counted = c.counted
    WHERE o.is_named AND NOT c.is_named
    GROUP BY ALL
),
spellings AS (
    SELECT
        t.topic_id,
        CAST(count(DISTINCT m.raw_text) AS INTEGER) AS n_surface_forms
    FROM mentions AS m
    JOIN topic_members AS t ON t.member_topic_id = m.topic_id
    WHERE m.card_id IN (SELECT card_id FROM counted_cards)
    GROUP BY ALL
),
-- The newest cards, in order.
places AS (
    SELECT
        t.topic_no,
        array_to_string(
            max_by(
                concat(c.path, ':', t.line),
                (t.issue_no, -t.card_no),
                CAST(parameter('evidence', 'n_places') AS INTEGER)
            ),
            ', '
        ) AS evidence
    FROM topic_cards AS t
    JOIN parsed.cards AS c USING (card_id)
    GROUP BY ALL
)
SELECT
    t.topic_id,
    t.kind,
    t.topic,
    c.first_seen,
    c.last_seen,
    c.lifespan_issues,
    t.n_cards AS n_cards_with,
    u.n_surface_forms,
    x.same_as,
    s.stage,
    if(s.stage = 'bursting', s.burst_start, h.called_from) AS called_since,
    CASE WHEN s.stage = f.call THEN f.called_by END AS called_by,
    CASE
        WHEN s.stage = 'emerging' THEN e.q_emerging
        WHEN s.stage = f.call AND f.called_by = 'recent' THEN f.q_recent
        WHEN s.stage = f.call AND f.called_by = 'all' THEN f.q_trend
    END AS q_called,
    l.new_level_since,
    before.stage AS stage_before,
    c.x_recent / a.n_recent AS share_recent,
    (c.x_recent + a.m * t.n_cards / a.n) / (a.n_recent + a.m)
    / ((c.x_before + a.m * t.n_cards / a.n) / (a.n_before + a.m)) AS ratio_recent,
    100 * (c.x_recent / a.n_recent - c.x_before / a.n_before) AS diff_pp,
    100 * newcombe(c.x_before, a.n_before, c.x_recent, a.n_recent, a.z).lo AS diff_lo_pp,
    100 * newcombe(c.x_before, a.n_before, c.x_recent, a.n_recent, a.z).hi AS diff_hi_pp,
    f.z_trend,
    f.phi,
    f.log_odds_per_year,
    f.se,
    f.p_trend,
    f.q_trend,
    f.slope_pp_per_year,
    f.mk_tau,
    f.z_recent,
    f.log_odds_recent,
    f.se_recent,
    f.q_recent,
    f.line_against_step,
    f.log_odds_shrunk,
    e.p_emerging,
    e.q_emerging,
    (c.x_recent - coalesce(r.x_domain, 0)) / nullif(a.n_recent - coalesce(d.n_domain, 0), 0)
        AS share_excl_top_domain,
    f.family_size,
    p.evidence
FROM counted_topics AS t
JOIN found AS c USING (topic_no)
JOIN able AS a USING (kind)
JOIN spellings AS u USING (topic_id)
JOIN places AS p USING (topic_no)
JOIN stages AS s ON s.topic_no = t.topic_no AND s.issues_back = 0
LEFT JOIN stages AS before ON before.topic_no = t.topic_no AND before.issues_back = 1
LEFT JOIN topic_trend_fit AS f ON f.topic_id = t.topic_id AND f.issues_back = 0
LEFT JOIN topic_presence_fit AS e ON e.topic_id = t.topic_id AND e.issues_back = 0
LEFT JOIN call_history AS h ON h.topic_id = t.topic_id AND h.stage = s.stage AND h.called_to IS NULL
LEFT JOIN repeated AS x ON x.topic_id = t.topic_id
LEFT JOIN levels AS l ON l.topic_id = t.topic_id
LEFT JOIN recent_domains AS r ON r.topic_no = t.topic_no
LEFT JOIN domain_cards AS d ON d.kind = t.kind AND d.domain_no = r.domain_no
ORDER BY t.kind, t.topic, t.topic_id
