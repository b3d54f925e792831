-- All that is read from a card, part by part, with the line of its file: FROM card('0f1e2d'). The first
-- digits of its card_id or the first words of its title are enough (see cards_named). Several cards of one
-- title come one after the other, and that cards of several titles begin so is an error.

-- In the body a bare card_id is the argument.
CREATE OR REPLACE MACRO card(card_id) AS TABLE
WITH
named AS (
    SELECT f.card_id
    FROM cards_named(card_id) AS f
    QUALIFY CASE
        WHEN {OF_ONE_TITLE} THEN true
        ELSE error(concat(
            {SEVERAL_BEGIN_SO}, replace(CAST(card_id AS VARCHAR), '''', ''''''), ''') lists them.'
        ))
    END
),
chosen AS (
    SELECT c.*
    FROM named AS n
    JOIN parsed.cards AS c ON c.card_id = n.card_id
),
parts AS (
    SELECT c.card_id, c.line, 0 AS section_no, 0 AS row_no, part.name AS part, part.text AS text
    FROM chosen AS c
    CROSS JOIN unnest([
        {'name': 'title', 'text': c.title},
        {'name': 'article', 'text': c.url},
        {'name': 'newsletter', 'text': c.newsletter_url},
        {'name': 'newsletter issue', 'text': c.issue_key},
        {'name': 'counted', 'text': coalesce(c.not_counted_reason, 'yes')},
        {'name': 'summary', 'text': c.summary}
    ]) AS listed(part)
    UNION ALL
    SELECT m.card_id, m.line, 1, m.row_no, m.kind, m.raw_text
    FROM mentions AS m
    JOIN chosen AS c ON c.card_id = m.card_id
    UNION ALL
    SELECT
        s.card_id, s.line, 2, s.row_no, s.section,
        concat_ws(' | ', s.name, s.description, s.change, s.ten_year, s.driving_force)
    FROM statements AS s
    JOIN chosen AS c ON c.card_id = s.card_id
)
SELECT
    p.part,
    p.text,
    c.path,
    p.line,
    p.card_id
FROM parts AS p
JOIN chosen AS c ON c.card_id = p.card_id
WHERE p.text IS NOT NULL
ORDER BY p.card_id, p.section_no, p.part <> 'title', p.line, p.part, p.row_no
