-- 1. Which topics are on most cards, and how is each doing?
SELECT topic, n_cards_with, stage, first_seen, last_seen
FROM topic_momentum
WHERE kind = 'concept'
ORDER BY n_cards_with DESC, topic
LIMIT 20;

-- 2. What is rising, and is it more than noise?
SELECT
    topic, called_since, odds_factor_per_year, odds_factor_lo, odds_factor_hi, odds_factor_recent, q_called,
    n_cards_with
FROM rising();

-- 3. What is falling, as surely as that?
SELECT
    topic, called_since, round(exp(log_odds_per_year), 2) AS odds_factor_per_year,
    round(exp(log_odds_per_year - parameter('share_lo', 'z') * se), 2) AS lo,
    round(exp(log_odds_per_year + parameter('share_lo', 'z') * se), 2) AS hi,
    round(exp(log_odds_recent), 2) AS odds_factor_recent, q_called, last_seen
FROM topic_momentum
WHERE kind = 'concept' AND stage = 'falling' AND same_as IS NULL
ORDER BY log_odds_shrunk, topic;

-- 4. How often was a topic named each year, and how sure is that?
SELECT period_start, n_cards_with, n_cards, share, share_lo, share_hi, is_partial
FROM trend('heat pump', grain := 'year');

-- 5. Since when is a topic there, since when is it on another level, and when did people suddenly write of it?
SELECT topic, 'first card' AS what, first_seen AS since, NULL AS until, NULL AS share, NULL AS q
FROM topic_momentum
WHERE topic = 'heat pump' AND kind = 'concept'
UNION ALL
SELECT topic, 'new level', shift_date, NULL, share_after, NULL
FROM topic_shift
WHERE topic = 'heat pump' AND kind = 'concept'
UNION ALL
SELECT topic, 'burst', start_date, CASE WHEN NOT is_open THEN end_date END, share_in, q
FROM topic_burst
WHERE topic = 'heat pump' AND kind = 'concept'
ORDER BY since;

-- 6. In which newsletter issues does a topic stand, on how many of their cards?
SELECT period_start AS issue_date, n_cards_with, n_cards, share_lo, share_hi
FROM trend('heat pump', grain := 'issue')
WHERE n_cards_with > 0
ORDER BY issue_date DESC;

-- 7. In which sources does a topic stand, and would it be there without the largest?
SELECT
    c.source_domain, count(DISTINCT e.card_id) AS n_cards, min(e.issue_date) AS first_seen,
    max(e.issue_date) AS last_seen, any_value(m.share_recent) AS share_recent,
    any_value(m.share_excl_top_domain) AS share_excl_top_domain
FROM evidence AS e
JOIN parsed.cards AS c ON c.card_id = e.card_id
JOIN topic_momentum AS m ON m.topic_id = e.topic_id
WHERE e.topic = 'heat pump' AND e.kind = 'concept' AND e.is_counted AND e.how = 'name'
GROUP BY c.source_domain
ORDER BY n_cards DESC, c.source_domain;

-- 8. Which cards are behind a topic, and in which line of which file?
SELECT e.issue_date, c.title, c.url, e.raw_text, e.path, e.line
FROM evidence AS e
JOIN parsed.cards AS c ON c.card_id = e.card_id
WHERE e.topic = 'heat pump' AND e.kind = 'concept' AND e.is_counted AND e.how = 'name'
ORDER BY e.issue_date DESC, e.path, e.line;

-- 9. What do the cards of a topic list as signals, the most relevant first?
SELECT DISTINCT s.name, s.description, s.relevancy, c.issue_date, c.path, s.line
FROM topic_cards AS t
JOIN topics AS n ON n.topic_id = t.topic_id
JOIN parsed.cards AS c ON c.card_id = t.card_id
JOIN statements AS s ON s.card_id = t.card_id
WHERE n.topic = 'heat pump' AND n.kind = 'concept' AND s.section = 'signals'
ORDER BY s.relevancy DESC NULLS LAST, c.issue_date DESC, c.path, s.line;

-- 10. What comes together with a topic, more often than chance would have it?
SELECT topic_a, topic_b, n_ab, n_a, n_b, npmi, q, first_together
FROM topic_pair
WHERE kind = 'concept' AND span = 'all' AND 'heat pump' IN (topic_a, topic_b)
ORDER BY q, npmi DESC;

-- 11. What comes together now that did not before?
SELECT topic_a, topic_b, n_ab, npmi, npmi_change, q, first_together
FROM topic_pair
WHERE kind = 'concept' AND span = 'last' AND npmi_change > 0
ORDER BY q, npmi_change DESC
LIMIT 20;

-- 12. What did the newest newsletter issue bring against those before it?
SELECT topic, status, xb AS n_cards_now, nb AS n_cards, xa AS n_cards_before, na AS n_cards_all_before, diff_pp, q
FROM window_diff
WHERE kind = 'concept' AND pair = 'last issue' AND xb > 0
ORDER BY diff_pp DESC, topic
LIMIT 20;

-- 13. Which bursts have not ended yet?
SELECT topic, start_date, n_issues, x, n, share_in, share_out, q, is_new
FROM topic_burst
WHERE kind = 'concept' AND is_open
ORDER BY q, start_date;

-- 14. Which topics were most frequent in a year, and how does that compare with the year before?
SELECT
    t.topic, t.n_cards_with, t.n_cards, t.share, t.share_lo, t.share_hi,
    coalesce(b.n_cards_with, 0) AS n_cards_before, b.share AS share_before
FROM topic_trend AS t
LEFT JOIN topic_trend AS b
    ON b.topic_id = t.topic_id AND b.grain = 'year' AND b.period_start = t.period_start - INTERVAL 1 YEAR
WHERE t.grain = 'year' AND t.kind = 'concept' AND t.period_start = DATE '2025-01-01' AND t.n_cards_with > 0
ORDER BY t.n_cards_with DESC, t.topic
LIMIT 20;

-- 15. Which topics came up for the first time in a year?
SELECT topic, first_seen, n_cards_with, stage
FROM topic_momentum
WHERE kind = 'concept' AND year(first_seen) = 2025
ORDER BY n_cards_with DESC, topic
LIMIT 20;

-- 16. Which statements of a year, section by section, were rated most relevant?
SELECT s.section, s.name, s.relevancy, c.issue_date, c.source_domain, c.path, s.line
FROM statements AS s
JOIN parsed.cards AS c ON c.card_id = s.card_id
WHERE c.is_counted AND year(c.issue_date) = 2025
QUALIFY row_number() OVER (
    PARTITION BY s.section ORDER BY s.relevancy DESC NULLS LAST, c.issue_date DESC, s.card_id, s.row_no
) <= 5
ORDER BY s.section, s.relevancy DESC NULLS LAST, c.issue_date DESC;

-- 17. What comes next, and were such forecasts right before?
SELECT
    topic, horizon_issues, n_expected, share_p10, share_p50, share_p90, n_origins, coverage_80, mae_pp,
    skill, skill_se
FROM topic_forecast
WHERE kind = 'concept' AND is_published
ORDER BY skill DESC
LIMIT 20;

-- 18. What must I look at today?
SELECT alert_kind, headline, start, q, n_evidence
FROM alert
WHERE is_new
ORDER BY q NULLS LAST, start DESC;

-- 19. Which cards and statements say most of some words, whatever their keywords are?
SELECT section, name, snippet, issue_key, path, line
FROM search('heat pump subsidy');

-- 20. What could not be read, where, and why?
SELECT path, line, level, code, reason
FROM parsed.rejects
ORDER BY path, line;
