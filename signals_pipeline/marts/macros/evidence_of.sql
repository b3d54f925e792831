-- The lines of cards that lead to a topic by any of its names, the newest first: FROM evidence_of('AI'),
-- FROM evidence_of(['AI', 'heat pump']), FROM evidence_of('ai', kind := 'theme'). how is name where a list
-- item of the card names the topic, meaning where a statement says what its definition does; shares and
-- numbers of cards are of cards that are counted, by name. topics_named says how names are compared, and
-- what is said of one that nothing goes by.

-- In the body a bare names or kind is the argument.
CREATE OR REPLACE MACRO evidence_of(names, kind := 'concept') AS TABLE
WITH
chosen AS (
    SELECT DISTINCT n.topic_id
    FROM topics_named(names, kind := kind) AS n
)
SELECT
    e.issue_date,
    e.topic,
    c.title,
    e.section,
    e.raw_text,
    e.how,
    e.is_counted,
    c.source_domain,
    e.path,
    e.line,
    c.url,
    e.row_no,
    e.card_id,
    e.topic_id
FROM chosen AS t
JOIN evidence AS e ON e.topic_id = t.topic_id
JOIN parsed.cards AS c ON c.card_id = e.card_id
ORDER BY e.issue_date DESC NULLS LAST, e.topic, e.path, e.line, e.section, e.row_no
