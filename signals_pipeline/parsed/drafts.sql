-- One row per draft: what was read of it, with the newsletter issue that its name says.
SELECT
    d.path,
    d.issue_token,
    t.date AS issue_date,
    t.reason AS issue_date_reason,
    d.motto
FROM internal.drafts_read AS d
JOIN issue_dates AS t ON t.token IS NOT DISTINCT FROM d.issue_token
