-- parsed.files_seen
SELECT kind, count(*) AS files, CAST(ceil(sum(size) / 1000) AS BIGINT) AS kilobytes
FROM parsed.files_seen
GROUP BY kind
ORDER BY files DESC, kind
LIMIT 10;

-- parsed.card_files
SELECT cards_in_file, count(*) AS files, min(path) AS example
FROM (SELECT path, count(*) AS cards_in_file FROM parsed.card_files GROUP BY path)
GROUP BY cards_in_file
ORDER BY cards_in_file DESC
LIMIT 10;

-- parsed.cards
SELECT
    form, count(*) AS cards, count(*) FILTER (is_counted) AS counted, min(issue_date) AS first_issue,
    max(issue_date) AS last_issue
FROM parsed.cards
GROUP BY form
ORDER BY form
LIMIT 10;

-- parsed.related_cards
SELECT is_known AS card_is_here, is_self AS is_the_card_itself, count(*) AS entries
FROM parsed.related_cards
GROUP BY is_known, is_self
ORDER BY entries DESC, is_known, is_self
LIMIT 10;

-- parsed.raw_cells
SELECT section, column_name, count(*) AS cells, count(DISTINCT card_id) AS cards
FROM parsed.raw_cells
GROUP BY section, column_name
ORDER BY cells DESC, section, column_name
LIMIT 10;

-- parsed.card_extra
SELECT heading, column_name, count(*) AS parts, count(DISTINCT card_id) AS cards
FROM parsed.card_extra
GROUP BY heading, column_name
ORDER BY parts DESC, heading, column_name
LIMIT 10;

-- parsed.rejects
SELECT code, level, count(*) AS rejects, min(path || ':' || line) AS first_place
FROM parsed.rejects
GROUP BY code, level
ORDER BY rejects DESC, code, level
LIMIT 10;

-- topics
SELECT kind, topic, n_surfaces AS ways_written
FROM topics
ORDER BY n_surfaces DESC, kind, topic
LIMIT 10;

-- topic_surfaces
SELECT
    rule, count(*) AS surfaces, count(*) FILTER (surface <> topic) AS written_otherwise,
    arg_max(surface || ' → ' || topic, (n_cards, surface)) FILTER (surface <> topic) AS example
FROM topic_surfaces
GROUP BY rule
ORDER BY surfaces DESC, rule
LIMIT 10;

-- mentions
SELECT rule, kind, count(*) AS mentions, count(DISTINCT topic_id) AS topics
FROM mentions
GROUP BY rule, kind
ORDER BY mentions DESC, rule, kind
LIMIT 10;

-- topic_alias_candidates
SELECT kind, topic_a, topic_b, reason, n_cards_a + n_cards_b AS cards
FROM topic_alias_candidates
ORDER BY cards DESC, kind, topic_a, topic_b
LIMIT 10;

-- metric
SELECT metric, parameter, coalesce(value_text, printf('%g', value)) AS value
FROM metric
WHERE
    parameter IS NOT NULL
    AND metric IN ('family_size', 'q', 'share_lo', 'share_recent', 'share_shrunk', 'stage', 'topic_pair', 'topic_trend')
ORDER BY metric, parameter
LIMIT 10;

-- newsletter_issues
SELECT issue_date, issue_no, tokens AS written_as
FROM newsletter_issues
ORDER BY issue_date DESC NULLS LAST, issue_key
LIMIT 10;

-- corpus_health
SELECT
    section, sum(n_rejects) AS rejects, printf('%.0f %%', 100 * sum(filled) / sum(n_cards)) AS filled,
    list(filled / n_cards ORDER BY quarter_start)[-24:] AS filled_by_quarter
FROM (
    SELECT
        section, quarter_start, sum(n_rejects) AS n_rejects, sum(n_cards) AS n_cards,
        sum(n_cards * fill_rate) AS filled
    FROM corpus_health
    GROUP BY section, quarter_start
)
GROUP BY section
ORDER BY section
LIMIT 10;

-- evidence
SELECT topic, raw_text AS written_as, issue_date, path || ':' || line AS place
FROM evidence
WHERE is_counted
ORDER BY issue_date DESC NULLS LAST, topic, path, line
LIMIT 10;

-- statements
SELECT
    section, count(*) AS statements, count(DISTINCT card_id) AS cards,
    round(avg(relevancy), 2) AS mean_relevancy
FROM statements
GROUP BY section
ORDER BY statements DESC, section
LIMIT 10;

-- source_mix
SELECT
    domain, max(domain_cards) AS cards, list(coalesce(share, 0) ORDER BY quarter_start)[-24:] AS share_by_quarter
FROM (
    SELECT domain, sum(n_cards) AS domain_cards
    FROM source_mix
    WHERE domain <> '(all domains)'
    GROUP BY domain
    ORDER BY domain_cards DESC, domain
    LIMIT 10
)
CROSS JOIN (SELECT DISTINCT quarter_start FROM source_mix)
LEFT JOIN source_mix USING (domain, quarter_start)
GROUP BY domain
ORDER BY cards DESC, domain
LIMIT 10;

-- issue_overview
SELECT
    coalesce(CAST(year(issue_date) AS VARCHAR), 'no date') AS year, count(*) AS issues,
    sum(n_counted) AS counted_cards, list(n_counted ORDER BY issue_date, issue_key) AS cards_by_issue
FROM issue_overview
GROUP BY year(issue_date)
ORDER BY year(issue_date) DESC NULLS LAST
LIMIT 10;

-- topic_trend
SELECT
    kind, topic, sum(n_cards_with) AS cards, list(share ORDER BY period_start)[-24:] AS share_by_quarter
FROM topic_trend
WHERE grain = 'quarter'
GROUP BY kind, topic
ORDER BY cards DESC, kind, topic
LIMIT 10;

-- topic_trend_fit
SELECT
    CASE issues_back WHEN 0 THEN 'all issues' ELSE 'without the last issue' END AS found_on, kind,
    count(*) AS topics, count(p_trend) AS tested, count(*) FILTER (q_trend < 0.1) AS significant
FROM topic_trend_fit
GROUP BY issues_back, kind
ORDER BY issues_back, kind
LIMIT 10;

-- topic_burst_fit
SELECT
    CASE issues_back WHEN 0 THEN 'all issues' ELSE 'without the last issue' END AS found_on,
    count(*) AS bursts, count(*) FILTER (is_open) AS open_ones, printf('%.2g', min(q)) AS lowest_q
FROM topic_burst_fit
GROUP BY issues_back
ORDER BY issues_back
LIMIT 10;

-- topic_burst
SELECT
    topic, start_date, CASE WHEN is_open THEN 'open' ELSE CAST(end_date AS VARCHAR) END AS until,
    printf('%.1f %% (else %.1f %%)', 100 * share_in, 100 * share_out) AS share, printf('%.2g', q) AS q
FROM topic_burst
ORDER BY start_date DESC, kind, topic
LIMIT 10;

-- topic_shift
SELECT
    topic, shift_date AS since, printf('%.1f %% → %.1f %%', 100 * share_before, 100 * share_after) AS share,
    n_before || ' → ' || n_after AS counted_cards, same_as_form_change AS with_a_new_form
FROM topic_shift
ORDER BY shift_date DESC, kind, topic
LIMIT 10;

-- topic_forecast
SELECT
    horizon AS issues_ahead, count(*) FILTER (is_published) AS published, count(*) AS topics,
    printf('%.0f %%', 100 * avg(coverage_80) FILTER (is_published)) AS inside_80,
    round(avg(skill) FILTER (is_published), 3) AS mean_skill
FROM topic_forecast
GROUP BY horizon
ORDER BY horizon
LIMIT 10;

-- window_diff
SELECT
    pair, topic, status, printf('%+.1f (%+.1f to %+.1f)', diff_pp, diff_lo, diff_hi) AS points, printf('%.2g', q) AS q
FROM window_diff
WHERE q IS NOT NULL
ORDER BY window_diff.q, abs(diff_pp) DESC, pair, kind, topic
LIMIT 10;

-- topic_pair
SELECT topic_a, topic_b, n_ab AS cards_with_both, round(npmi, 2) AS npmi, printf('%.2g', q) AS q
FROM topic_pair
WHERE span = 'all'
ORDER BY topic_pair.q, n_ab DESC, kind, topic_a, topic_b
LIMIT 10;

-- topic_momentum
SELECT
    topic, stage, printf('%.2g', q_trend) AS q,
    printf(
        '%.2f (%.2f–%.2f)', exp(log_odds_per_year), exp(log_odds_per_year - parameter('share_lo', 'z') * se),
        exp(log_odds_per_year + parameter('share_lo', 'z') * se)
    ) AS odds_factor_a_year
FROM topic_momentum
WHERE q_trend IS NOT NULL
ORDER BY q_trend, kind, topic
LIMIT 10;

-- alert
SELECT headline, start, n_evidence AS places, is_new
FROM alert
ORDER BY is_new DESC, start DESC NULLS LAST, alert_id
LIMIT 10;
