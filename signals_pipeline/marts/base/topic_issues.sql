-- One row per topic and newsletter issue with a counted card of it.
-- In which issues is a topic, on how many cards, and after how long?
WITH
issues AS (
    SELECT
        topic_no,
        issue_no,
        any_value(topic_id) AS topic_id,
        any_value(kind) AS kind,
        any_value(issue_date) AS issue_date,
        count(card_no) AS n_cards
    FROM topic_cards
    GROUP BY topic_no, issue_no
)
SELECT
    topic_no,
    topic_id,
    kind,
    issue_no,
    issue_date,
    CAST(n_cards AS INTEGER) AS n_cards,
    issue_no - lag(issue_no) OVER (PARTITION BY topic_no ORDER BY issue_no) AS issues_since
FROM issues
ORDER BY topic_no, issue_no
