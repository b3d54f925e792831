-- The n cards nearest in meaning to a card, the nearest first: FROM nearest('0f1e2d'), FROM nearest('Heat
-- pumps', n := 5), by how its card_id or its title begins (see cards_named). They are counted cards of
-- other articles. similarity is the cosine to two decimals, and none is below `near` (see metric,
-- similarity). Where texts are not encoded (see embedding), that is an error. similar_to does the same for
-- statements.

-- In the body a bare card is the argument. Of several cards with one title the newest that is counted is
-- meant.
CREATE OR REPLACE MACRO nearest(card, n := 10) AS TABLE
WITH
chosen AS (
    SELECT f.card_id
    FROM cards_named(card) AS f
    WHERE CASE
        WHEN EXISTS (SELECT 1 FROM embedding) THEN true
        ELSE error({NOTHING_IS_ENCODED})
    END
    QUALIFY CASE
        WHEN {OF_ONE_TITLE}
        THEN row_number() OVER (ORDER BY f.is_counted DESC, f.issue_date DESC NULLS LAST, f.card_id) = 1
        ELSE error(concat(
            {SEVERAL_BEGIN_SO}, replace(CAST(card AS VARCHAR), '''', ''''''), ''') lists them.'
        ))
    END
)
SELECT
    s.rank_no,
    s.similarity,
    c.title,
    c.issue_date,
    c.source_domain,
    c.url,
    c.path,
    c.card_id
FROM similar_to((SELECT o.card_id FROM chosen AS o), NULL, NULL, n := n) AS s
JOIN parsed.cards AS c ON c.card_id = s.card_id
ORDER BY s.rank_no
