-- The cards whose card_id or title begins so, in any case: FROM cards_named('0f1e2d'), FROM cards_named('Heat
-- pumps'). Where a title is exactly that, only the cards with it. What no card begins with is an error, which
-- says the three cards nearest to it, and so is an empty text. NULL has no rows.

-- In the body a bare card is the argument. How near is told by Jaro and Winkler's similarity of the letters.
CREATE OR REPLACE MACRO cards_named(card) AS TABLE
WITH
asked AS (
    SELECT lower(trim(CAST(card AS VARCHAR))) AS text
    WHERE CASE
        WHEN trim(CAST(card AS VARCHAR)) = ''
        THEN error('Write how the title or the card_id of a card begins, such as ''Heat pumps''.')
        ELSE card IS NOT NULL
    END
),
found AS (
    SELECT c.card_id, c.title, c.issue_date, c.is_counted
    FROM asked AS a
    JOIN parsed.cards AS c ON starts_with(c.card_id, a.text) OR starts_with(lower(c.title), a.text)
    QUALIFY rank() OVER (ORDER BY CASE WHEN lower(c.title) = a.text THEN 1 ELSE 2 END) = 1
),
missing AS (
    SELECT a.text
    FROM asked AS a
    WHERE NOT EXISTS (SELECT 1 FROM found)
),
nearest AS (
    SELECT m.text, c.card_id, c.title, greatest(
        jaro_winkler_similarity(m.text, left(c.card_id, greatest(6, length(m.text)))),
        coalesce(jaro_winkler_similarity(m.text, lower(c.title)), 0)
    ) AS similarity
    FROM missing AS m
    CROSS JOIN parsed.cards AS c
    QUALIFY row_number() OVER (ORDER BY similarity DESC, c.card_id) <= 3
),
told AS (
    SELECT concat(
        'The card_id and the title of no card begin with ''', any_value(m.text), '''.',
        ' The nearest are ' || string_agg(
            concat(left(n.card_id, 6), ' (', coalesce(n.title, 'no title'), ')'), ', '
            ORDER BY n.similarity DESC, n.card_id
        ) || '.'
    ) AS sentence
    FROM missing AS m
    LEFT JOIN nearest AS n ON n.text = m.text
)
SELECT
    f.title,
    f.issue_date,
    f.is_counted,
    f.card_id
FROM asked AS a
LEFT JOIN found AS f ON true
CROSS JOIN told AS t
WHERE CASE WHEN f.card_id IS NULL THEN error(regexp_replace(t.sentence, '\p{C}', ' ', 'g')) ELSE true END
ORDER BY f.issue_date DESC NULLS LAST, f.card_id
