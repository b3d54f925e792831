-- One row per newsletter issue, dated or not.
-- Which issues are there, and which number does each have on the time axis?
WITH
issues AS (
    SELECT
        cards.issue_key,
        max(cards.issue_date) AS issue_date,
        string_agg(DISTINCT trim(cards.issue_token), ', ' ORDER BY trim(cards.issue_token)) AS tokens
    FROM parsed.cards AS cards
    GROUP BY cards.issue_key
),
dated AS (
    SELECT
        issues.issue_key,
        row_number() OVER (ORDER BY issues.issue_date) AS issue_no
    FROM issues
    WHERE issues.issue_date IS NOT NULL
)
SELECT
    issues.issue_key,
    issues.issue_date,
    CAST(dated.issue_no AS INTEGER) AS issue_no,
    issues.tokens
FROM issues
LEFT JOIN dated ON dated.issue_key = issues.issue_key
ORDER BY dated.issue_no NULLS LAST, issues.issue_key
