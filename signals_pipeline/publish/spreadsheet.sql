-- alert
-- What is to be looked at, new findings first.
SELECT * EXCLUDE (alert_id, topic_id), alert_id, topic_id
FROM alert
ORDER BY is_new DESC, q NULLS LAST, alert_id;

-- topics
-- Every topic: its stage, its trend and how sure that is.
SELECT * EXCLUDE topic_id, topic_id
FROM topic_momentum
ORDER BY kind, n_cards_with DESC, topic, topic_id;

-- rising
-- The concepts that rise, the strongest first; the workbook has a chart of their shares.
FROM rising();

-- series
-- The share of the cards of each month, quarter and year that have a topic, a row each; topics that are tested.
WITH tested AS (
    SELECT topic_id, n_cards_with AS n_cards_ever FROM topic_momentum WHERE family_size IS NOT NULL
)
SELECT
    t.kind, t.topic, t.grain, t.period_start, t.n_cards_with, t.n_cards, t.share, t.share_lo, t.share_hi, t.is_partial,
    t.topic_id
FROM topic_trend AS t
JOIN tested AS m ON m.topic_id = t.topic_id
WHERE t.grain <> 'issue'
ORDER BY
    list_position(['quarter', 'year', 'month'], t.grain), t.kind, m.n_cards_ever DESC, t.topic, t.topic_id,
    t.period_start;

-- series_by_quarter
-- The share of the cards of each quarter that have a topic; topics that are tested.
PIVOT (
    SELECT
        t.kind, t.topic, m.n_cards_with AS n_cards_ever, t.topic_id, t.share,
        concat(year(t.period_start), '-Q', quarter(t.period_start)) AS quarter
    FROM topic_trend AS t
    JOIN topic_momentum AS m ON m.topic_id = t.topic_id
    WHERE t.grain = 'quarter' AND m.family_size IS NOT NULL
)
ON quarter
USING first(share)
GROUP BY kind, topic, n_cards_ever, topic_id
ORDER BY kind, n_cards_ever DESC, topic, topic_id;

-- bursts
-- Stretches in which a topic has far more cards than before.
SELECT * EXCLUDE topic_id, topic_id
FROM topic_burst
ORDER BY kind, is_open DESC, q, topic_id, start_date;

-- shifts
-- Newsletter issues since which a topic has another level.
SELECT * EXCLUDE topic_id, topic_id
FROM topic_shift
ORDER BY kind, shift_date DESC, topic_id;

-- forecasts
-- Shares of the next newsletter issues, where a forecast is worth something.
SELECT * EXCLUDE topic_id, topic_id
FROM topic_forecast
WHERE is_published
ORDER BY kind, topic, topic_id, horizon_issues;

-- changes
-- The share of each topic before and after: in the last newsletter issue, the recent ones and the last year.
SELECT * EXCLUDE topic_id, topic_id
FROM window_diff
WHERE status <> 'absent'
ORDER BY kind, pair, diff_pp DESC, topic_id;

-- pairs
-- Topics that stand on cards together, and how sure it is that this is more than chance.
SELECT * EXCLUDE (topic_id_a, topic_id_b), topic_id_a, topic_id_b
FROM topic_pair
ORDER BY kind, span, q, topic_id_a, topic_id_b;

-- newsletter_issues
-- Every newsletter issue with a date, the newest first.
FROM issue_overview
WHERE issue_date IS NOT NULL
ORDER BY issue_date DESC;

-- sources
-- The domains of articles, by quarter.
FROM source_mix
ORDER BY quarter_start DESC, n_cards DESC, domain;

-- cards
-- The cards, the newest first.
SELECT
    issue_key, title, source_domain, category, type, summary, url, newsletter_url, is_counted, not_counted_reason,
    form, path, line, card_id
FROM parsed.cards
ORDER BY issue_date DESC NULLS LAST, issue_key, card_id;

-- statements
-- What the sections of cards say, the newest first.
WITH numbered AS (
    SELECT
        card_id, issue_date, issue_key, title, source_domain, is_counted, path,
        row_number() OVER (ORDER BY issue_date DESC NULLS LAST, issue_key, card_id) AS number
    FROM parsed.cards
),
part AS (
    FROM numbered
    WHERE number >= getvariable('first_card') AND number < getvariable('first_card') + getvariable('n_cards')
)
SELECT
    c.issue_key, s.section, s.name, s.description, s.change, s.ten_year, s.driving_force, s.relevancy, s.src,
    c.title AS card, c.source_domain, c.is_counted, c.path, s.line, s.card_id
FROM statements AS s
JOIN part AS c ON c.card_id = s.card_id
ORDER BY c.issue_date DESC NULLS LAST, c.issue_key, s.card_id, s.section, s.row_no;

-- outlooks
-- What was said of the future and is due or judged; nothing until then.
SELECT
    card_id AS card, section, row_no AS row, text, verdict, decided AS date, link, note, said, due, due_by, path, line
FROM outlook
WHERE due <= (SELECT max(issue_date) FROM dated_issues) OR verdict IS NOT NULL
ORDER BY verdict IS NOT NULL, due DESC NULLS LAST, card_id, section, row_no;

-- rejects
-- Files, cards and rows that could not be read, and why.
FROM parsed.rejects
ORDER BY path, line, row_no, code;
