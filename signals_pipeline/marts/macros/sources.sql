-- Where the articles of counted cards come from, the source of most cards first: FROM sources(). share is of
-- all counted cards, with its {CONFIDENCE} interval; top_topics are the five concepts that most of its cards
-- name. source_mix says the same by quarter, and FROM evidence_of('AI') which source a line is of.
CREATE OR REPLACE MACRO sources() AS TABLE
WITH
counted AS (
    SELECT coalesce(c.source_domain, '(no domain)') AS source_domain, c.card_id, c.issue_date
    FROM parsed.cards AS c
    WHERE c.is_counted
),
named AS (
    SELECT d.source_domain, n.topic, count(*) AS n_cards
    FROM counted AS d
    JOIN topic_cards AS t ON t.card_id = d.card_id
    JOIN topics AS n ON n.topic_id = t.topic_id AND n.kind = 'concept'
    GROUP BY d.source_domain, n.topic
    QUALIFY row_number() OVER (PARTITION BY d.source_domain ORDER BY count(*) DESC, n.topic) <= 5
),
listed AS (
    SELECT
        t.source_domain,
        string_agg(concat(t.topic, ' (', t.n_cards, ')'), ', ' ORDER BY t.n_cards DESC, t.topic) AS top_topics
    FROM named AS t
    GROUP BY t.source_domain
),
counts AS (
    SELECT
        d.source_domain,
        count(*) AS n_cards,
        CAST(sum(count(*)) OVER () AS BIGINT) AS n_cards_of_all,
        min(d.issue_date) AS first_seen,
        max(d.issue_date) AS last_seen
    FROM counted AS d
    GROUP BY d.source_domain
)
SELECT
    c.source_domain,
    c.n_cards,
    c.n_cards_of_all,
    c.n_cards / c.n_cards_of_all AS share,
    wilson(c.n_cards, c.n_cards_of_all).lo AS share_lo,
    wilson(c.n_cards, c.n_cards_of_all).hi AS share_hi,
    l.top_topics,
    c.first_seen,
    c.last_seen
FROM counts AS c
LEFT JOIN listed AS l ON l.source_domain = c.source_domain
ORDER BY c.n_cards DESC, c.source_domain
