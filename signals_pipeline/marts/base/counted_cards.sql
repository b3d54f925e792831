-- One row per counted card.
-- Which cards does every mart count?
WITH
relevancies AS (
    SELECT
        card_id,
        avg(relevancy) AS relevancy
    FROM parsed.signals
    GROUP BY card_id
)
SELECT
    CAST(row_number() OVER (ORDER BY c.card_id) AS INTEGER) AS card_no,
    c.card_id,
    i.issue_no,
    i.issue_date,
    c.form,
    CAST(
        CASE WHEN c.source_domain IS NOT NULL THEN dense_rank() OVER (ORDER BY c.source_domain) END
        AS INTEGER
    ) AS domain_no,
    c.source_domain,
    r.relevancy
FROM parsed.cards AS c
JOIN dated_issues AS i USING (issue_date)
LEFT JOIN relevancies AS r USING (card_id)
WHERE c.is_counted
ORDER BY card_no
