"""Topics that a newsletter issue names for the first time, and those that came back after a long gap."""

NEW = """
SELECT
    m.topic_id, m.topic, m.first_seen, m.last_seen, m.n_cards_with, m.stage,
    count(*) AS x,
    CAST(coalesce(sum(s.n), 0) AS BIGINT) AS n_said,
    arg_max(c.card_id, (coalesce(s.n, 0), c.card_id)) AS card_id
FROM topic_momentum AS m
JOIN topic_cards AS c ON c.topic_id = m.topic_id AND c.issue_date = m.first_seen
LEFT JOIN (
    SELECT topic_id, card_id, count(*) AS n FROM statement_topics WHERE how = 'words' GROUP BY ALL
) AS s ON s.topic_id = m.topic_id AND s.card_id = c.card_id
WHERE m.kind = 'concept' AND m.same_as IS NULL
GROUP BY ALL
"""
"""Each topic with the cards `x` of its first newsletter issue, and their `n_said` statements that name it.

`card_id` is the card that says most of it.
"""

RETURNED = """
SELECT
    seen.*, m.topic, m.n_cards_with, m.stage
FROM (
    SELECT
        topic_id, issue_date, issue_no,
        count(*) AS x,
        CAST(sum(count(*)) OVER preceding AS BIGINT) AS n_before,
        lag(issue_date) OVER through AS date_before,
        issue_no - lag(issue_no) OVER through AS gap
    FROM topic_cards
    WHERE kind = 'concept'
    GROUP BY topic_id, issue_date, issue_no
    WINDOW
        through AS (PARTITION BY topic_id ORDER BY issue_no),
        preceding AS (through ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
) AS seen
JOIN topic_momentum AS m USING (topic_id)
WHERE seen.gap > parameter('n_returning_topics', 'gap') AND m.same_as IS NULL
"""
"""Each newsletter issue that names a topic again after more than the gap: cards `x` of it, and before it."""
