-- 1. Which topics are on most cards, and how is each doing?
-- also on topics.html: the list of topics
SELECT topic, n_cards_with, stage, first_seen, last_seen
FROM topic_momentum
WHERE kind = 'concept'
ORDER BY n_cards_with DESC, topic
LIMIT 20;

-- 2. What is rising, and is it more than noise?
-- also on index.html: the overview
-- also on topics.html: the list of topics
SELECT
    topic, called_since, round(odds_factor_per_year, 2) AS odds_factor_per_year,
    round(odds_factor_lo, 2) AS lo, round(odds_factor_hi, 2) AS hi,
    round(odds_factor_recent, 2) AS odds_factor_recent, round(q_called, 4) AS q_called, n_cards_with
FROM rising();

-- 3. What is falling, as surely as that?
-- also on index.html: the overview
-- also on topics.html: the list of topics
SELECT
    topic, called_since, round(odds_factor_per_year, 2) AS odds_factor_per_year,
    round(odds_factor_lo, 2) AS lo, round(odds_factor_hi, 2) AS hi,
    round(odds_factor_recent, 2) AS odds_factor_recent, round(q_called, 4) AS q_called, last_seen
FROM falling();

-- 4. How often was a topic named each year, and how sure is that?
-- topic := 'heat pump'
-- also on topics/$topic.html: the page of each topic
-- also on compare.html: Compare
SELECT
    t.topic, t.period_start, round(t.share, 3) AS share, round(t.share_lo, 3) AS share_lo,
    round(t.share_hi, 3) AS share_hi, t.n_cards_with, t.n_cards, t.is_partial
FROM trend($topic, grain := 'year') AS t;

-- 5. Since when is a topic there, since when is it on another level, and when did people suddenly write of it?
-- topic := 'heat pump'
-- also on topics/$topic.html: the page of each topic
WITH chosen AS MATERIALIZED (
    FROM topics_named($topic)
)
SELECT m.topic, 'first card' AS what, m.first_seen AS since, NULL AS until, NULL AS share, NULL AS q
FROM chosen AS n
JOIN topic_momentum AS m ON m.topic_id = n.topic_id
UNION ALL
SELECT s.topic, 'new level', s.shift_date, NULL, round(s.share_after, 3), NULL
FROM chosen AS n
JOIN topic_shift AS s ON s.topic_id = n.topic_id
UNION ALL
SELECT
    b.topic, 'burst', b.start_date, CASE WHEN NOT b.is_open THEN b.end_date END, round(b.share_in, 3),
    round(b.q, 4)
FROM chosen AS n
JOIN topic_burst AS b ON b.topic_id = n.topic_id
ORDER BY since;

-- 6. In which newsletter issues does a topic stand, on how many of their cards?
-- topic := 'heat pump'
-- also on topics/$topic.html: the page of each topic
SELECT
    t.period_start AS issue_date, t.topic, t.n_cards_with, t.n_cards, round(t.share_lo, 3) AS share_lo,
    round(t.share_hi, 3) AS share_hi
FROM trend($topic, grain := 'issue') AS t
WHERE t.n_cards_with > 0
ORDER BY issue_date DESC, t.topic;

-- 7. In which sources does a topic stand, and would it be there without the largest?
-- topic := 'heat pump'
-- also on topics/$topic.html: the page of each topic
SELECT
    e.source_domain, count(DISTINCT e.card_id) AS n_cards, min(e.issue_date) AS first_seen,
    max(e.issue_date) AS last_seen, round(any_value(m.share_recent), 3) AS share_recent,
    round(any_value(m.share_excl_top_domain), 3) AS share_excl_top_domain
FROM evidence_of($topic) AS e
JOIN topic_momentum AS m ON m.topic_id = e.topic_id
WHERE e.is_counted AND e.how = 'name'
GROUP BY e.source_domain, e.topic_id
ORDER BY n_cards DESC, e.source_domain;

-- 8. Which cards are behind a topic, and in which line of which file?
-- topic := 'heat pump'
-- also on topics/$topic.html: the page of each topic
-- also on search.html: Search
SELECT e.issue_date, e.title, e.raw_text, e.path, e.line, e.url
FROM evidence_of($topic) AS e
WHERE e.is_counted AND e.how = 'name'
ORDER BY e.issue_date DESC, e.path, e.line;

-- 9. What do the cards of a topic list as signals, the most relevant first?
-- topic := 'heat pump'
-- also on topics/$topic.html: the page of each topic
-- also on search.html: Search
SELECT DISTINCT s.name, s.description, s.relevancy, c.issue_date, c.path, s.line
FROM topics_named($topic) AS n
JOIN topic_cards AS t ON t.topic_id = n.topic_id
JOIN parsed.cards AS c ON c.card_id = t.card_id
JOIN statements AS s ON s.card_id = t.card_id
WHERE s.section = 'signals'
ORDER BY s.relevancy DESC NULLS LAST, c.issue_date DESC, c.path, s.line;

-- 10. What comes together with a topic, more often than chance would have it?
-- topic := 'heat pump'
-- also on topics/$topic.html: the page of each topic
-- also on map.html: the map
SELECT
    p.topic_a, p.topic_b, p.n_ab, p.n_a, p.n_b, round(p.n_expected, 1) AS n_expected,
    round(p.npmi, 2) AS npmi, p.q, p.first_together
FROM pairs($topic) AS p;

-- 11. What comes together now that did not before?
-- also on map.html: the map
SELECT
    p.topic_a, p.topic_b, p.n_ab, round(p.npmi, 2) AS npmi, round(p.npmi_change, 2) AS npmi_change,
    round(p.q, 4) AS q, p.first_together
FROM topic_pair AS p
WHERE p.kind = 'concept' AND p.span = 'last' AND p.npmi_change > 0
ORDER BY p.q, p.npmi_change DESC, p.topic_a, p.topic_b
LIMIT 20;

-- 12. What did the newest newsletter issue bring against those before it?
-- also on index.html: the overview
-- also on issues.html: the page of each newsletter issue
SELECT
    w.topic, w.status, w.xb AS n_cards_now, w.nb AS n_cards, w.xa AS n_cards_before,
    w.na AS n_cards_all_before, round(w.diff_pp, 1) AS diff_pp, round(w.q, 4) AS q
FROM window_diff AS w
WHERE w.kind = 'concept' AND w.pair = 'last issue' AND w.xb > 0
ORDER BY w.diff_pp DESC, w.topic
LIMIT 20;

-- 13. Which bursts have not ended yet?
SELECT
    b.topic, b.start_date, b.n_issues, b.x, b.n, round(b.share_in, 3) AS share_in,
    round(b.share_out, 3) AS share_out, round(b.q, 4) AS q, b.is_new
FROM topic_burst AS b
WHERE b.kind = 'concept' AND b.is_open
ORDER BY b.q, b.start_date, b.topic;

-- 14. Which topics were most frequent in a year, and how does that compare with the year before?
-- year := 2025
-- also on years/$year.html: the page of each year
SELECT
    t.topic, t.n_cards_with, t.n_cards, round(t.share, 3) AS share, round(t.share_lo, 3) AS share_lo,
    round(t.share_hi, 3) AS share_hi, coalesce(b.n_cards_with, 0) AS n_cards_before,
    round(b.share, 3) AS share_before
FROM topic_trend AS t
LEFT JOIN topic_trend AS b
    ON b.topic_id = t.topic_id AND b.grain = 'year' AND b.period_start = t.period_start - INTERVAL 1 YEAR
WHERE t.grain = 'year' AND t.kind = 'concept' AND t.n_cards_with > 0
    AND t.period_start = make_date(CAST($year AS INTEGER), 1, 1)
ORDER BY t.n_cards_with DESC, t.topic
LIMIT 20;

-- 15. Which topics came up for the first time in a year?
-- year := 2025
-- also on years/$year.html: the page of each year
SELECT topic, first_seen, n_cards_with, stage
FROM topic_momentum
WHERE kind = 'concept' AND year(first_seen) = CAST($year AS INTEGER)
ORDER BY n_cards_with DESC, topic
LIMIT 20;

-- 16. Which statements of a year, section by section, were rated most relevant?
-- year := 2025
-- also on years/$year.html: the page of each year
SELECT s.section, s.name, s.relevancy, c.issue_date, c.source_domain, c.path, s.line
FROM statements AS s
JOIN parsed.cards AS c ON c.card_id = s.card_id
WHERE c.is_counted AND year(c.issue_date) = CAST($year AS INTEGER)
QUALIFY row_number() OVER (
    PARTITION BY s.section ORDER BY s.relevancy DESC NULLS LAST, c.issue_date DESC, s.card_id, s.row_no
) <= 5
ORDER BY s.section, s.relevancy DESC NULLS LAST, c.issue_date DESC, s.card_id, s.row_no;

-- 17. What comes next, and were such forecasts right before?
-- also on topics/$topic.html: the page of each topic
SELECT
    f.topic, f.horizon_issues, f.n_expected, round(f.share_p10, 3) AS share_p10,
    round(f.share_p50, 3) AS share_p50, round(f.share_p90, 3) AS share_p90, f.n_origins,
    round(f.coverage_80, 2) AS coverage_80, round(f.mae_pp, 1) AS mae_pp, round(f.skill, 3) AS skill,
    round(f.skill_se, 3) AS skill_se
FROM topic_forecast AS f
WHERE f.kind = 'concept' AND f.is_published
ORDER BY f.skill DESC, f.topic, f.horizon_issues
LIMIT 20;

-- 18. What must I look at today?
-- also on index.html: the overview
SELECT a.alert_kind, a.headline, a.start, round(a.q, 4) AS q, a.n_evidence
FROM alert AS a
WHERE a.is_new
ORDER BY a.q NULLS LAST, a.start DESC;

-- 19. Which cards and statements have the most of some words, whatever their keywords are?
-- words := 'heat pump subsidy'
-- also on search.html: Search
SELECT s.section, s.name, s.snippet, s.issue_key, s.path, s.line
FROM search($words) AS s;

-- 20. What could not be read, where, and why?
-- also on quality.html: the quality of the data
SELECT path, line, level, code, reason
FROM parsed.rejects
ORDER BY path, line;
