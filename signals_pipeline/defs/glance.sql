-- parsed.cards
SELECT
    form, count(*) AS cards, count(*) FILTER (is_counted) AS counted, min(issue_date) AS first_issue,
    max(issue_date) AS last_issue
FROM parsed.cards
GROUP BY form
ORDER BY form
LIMIT 10;

-- parsed.rejects
SELECT code, level, count(*) AS rejects, min(path || ':' || line) AS first_place
FROM parsed.rejects
GROUP BY code, level
ORDER BY rejects DESC, code, level
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

-- topic_trend
SELECT
    topic, sum(n_cards_with) AS cards, list(share ORDER BY period_start)[-24:] AS share_by_quarter
FROM topic_trend
WHERE kind = 'concept' AND grain = 'quarter'
GROUP BY topic
ORDER BY cards DESC, topic
LIMIT 10;

-- topic_momentum
SELECT
    topic, stage, printf('%.2g', q_trend) AS q,
    printf(
        '%.2f (%.2f–%.2f)', exp(log_odds_per_year), exp(log_odds_per_year - parameter('share_lo', 'z') * se),
        exp(log_odds_per_year + parameter('share_lo', 'z') * se)
    ) AS odds_factor_a_year
FROM topic_momentum
WHERE kind = 'concept' AND q_trend IS NOT NULL
ORDER BY q_trend, topic
LIMIT 10;

-- alert
SELECT headline, start, n_evidence AS places, is_new
FROM alert
ORDER BY is_new DESC, start DESC NULLS LAST, alert_id
LIMIT 10;

-- embedding
SELECT model, count(*) AS texts
FROM embedding
GROUP BY model
LIMIT 10;
