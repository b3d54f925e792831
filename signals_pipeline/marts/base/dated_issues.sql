-- One row per dated newsletter issue.
-- Where does each lie on the time axis, counted from the first issue and back from the last?
SELECT
    issue_no,
    issue_key,
    issue_date,
    CAST(date_diff('day', min(issue_date) OVER (), issue_date) AS INTEGER) AS day,
    CAST(max(issue_no) OVER () - issue_no AS INTEGER) AS issues_back
FROM newsletter_issues
WHERE issue_date IS NOT NULL
ORDER BY issue_no
