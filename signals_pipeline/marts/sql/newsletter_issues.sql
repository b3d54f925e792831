-- One row per newsletter issue, dated or not.
-- Which issues are there, and which number does each have on the time axis?
WITH
issues AS (
    SELECT
        issue_key,
        max(issue_date) AS issue_date,
        string_agg(DISTINCT trim(issue_token), ', ' ORDER BY trim(issue_token)) AS tokens
    FROM parsed.cards
    GROUP BY issue_key
)
SELECT
    issue_key,
    issue_date,
    CAST(if(issue_date IS NOT NULL, row_number() OVER (ORDER BY issue_date), NULL) AS INTEGER) AS issue_no,
    tokens
FROM issues
ORDER BY issue_no NULLS LAST, issue_key
