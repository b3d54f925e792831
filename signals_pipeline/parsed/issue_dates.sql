-- One row per issue token of a card or a draft: the date that it says, or why it says none.
SELECT
    t.token,
    trim(t.token) AS written,
    -- As the newsletter writes it, or as ISO 8601 does, with or without a time.
    coalesce(
        nullif(regexp_extract(written, '^(\d{8})[A-Za-z]?(-[\w-]*)?$', 1), ''),
        replace(regexp_extract(written, '^(\d{4}-\d{2}-\d{2})([T ].*)?$', 1), '-', '')
    ) AS digits,
    coalesce(
        CASE WHEN $formats IS NOT NULL THEN try_strptime(written, $formats::VARCHAR[]) END,
        try_strptime(digits, '%Y%m%d')
    )::DATE AS token_date,
    CASE
        WHEN k.date > $as_of THEN 'after-as-of'
        WHEN k.date IS NOT NULL THEN 'corrected'
        WHEN coalesce(written, '') = '' THEN 'no-token'
        WHEN token_date IS NULL THEN if(digits = '', 'not-a-date', 'impossible-date')
        WHEN token_date < $earliest_issue THEN 'before-earliest-issue'
        WHEN token_date > $as_of THEN 'after-as-of'
    END AS reason,
    CASE WHEN reason IS NULL THEN token_date WHEN reason = 'corrected' THEN k.date END AS date,
    CASE WHEN reason = 'after-as-of' THEN coalesce(k.date, token_date) END AS comes_on
FROM (
    SELECT issue_token AS token FROM internal.cards_read
    UNION
    SELECT issue_token AS token FROM internal.drafts_read
) AS t
LEFT JOIN corrections AS k ON k.token = trim(t.token)
