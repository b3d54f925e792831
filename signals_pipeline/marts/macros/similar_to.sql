-- The n statements of other articles that are nearest in meaning to one, the nearest first: FROM
-- similar_to('0f1e2d', 'concerns', 2), by card_id, section and row_no as search() gives them; the first
-- digits of a card_id are enough. Where section is NULL or card, the cards nearest to that card: FROM
-- similar_to('0f1e2d', NULL, NULL). Only what stands in counted cards is named. similarity is the cosine to
-- two decimals, and none is below `near` (see metric, similarity). Where texts are not encoded (see
-- embedding), that is an error.

-- In the body a bare card_id, section or row_no is the argument. Where section is a constant, DuckDB leaves out
-- the texts that are not of its kind before it reads them.
CREATE OR REPLACE MACRO similar_to(card_id, section, row_no, n := 10) AS TABLE
WITH
asked AS (
    SELECT CASE
        WHEN NOT EXISTS (SELECT 1 FROM embedding) THEN error({NOTHING_IS_ENCODED})
        WHEN section IS NULL OR lower(CAST(section AS VARCHAR)) IN ('card', 'cards') THEN 'card'
        WHEN lower(CAST(section AS VARCHAR)) IN ({STATEMENTS}) THEN lower(CAST(section AS VARCHAR))
        ELSE error(concat(
            'similar_to: section is NULL, card or one of {STATEMENTS_IN_WORDS}, and not ''', section, '''.'
        ))
    END AS section
),
texts AS (
    SELECT o.card_id, 'card' AS section, NULL AS row_no, NULL AS line, o.text
    FROM ({CARD_TEXTS}) AS o
    UNION ALL
    SELECT o.card_id, o.section, o.row_no, o.line, o.text
    FROM ({STATEMENT_TEXTS}) AS o
),
encoded AS (
    SELECT
        t.card_id, t.section, t.row_no, coalesce(t.line, c.line) AS line, t.text,
        c.path, c.article_key, c.issue_date, c.is_counted,
        e.model, e.vector
    FROM texts AS t
    JOIN parsed.cards AS c ON c.card_id = t.card_id
    JOIN embedding AS e ON e.text_hash = md5(t.text)
    WHERE (t.section = 'card')
        = (section IS NULL OR lower(CAST(section AS VARCHAR)) IN ('card', 'cards'))
),
chosen AS (
    SELECT e.card_id, e.article_key, e.model, CAST(e.vector AS DOUBLE[]) AS vector
    FROM encoded AS e
    JOIN asked AS a ON a.section = e.section
    WHERE starts_with(e.card_id, lower(CAST(card_id AS VARCHAR)))
        AND (e.section = 'card' OR e.row_no = row_no)
    QUALIFY CASE
        WHEN min(e.card_id) OVER () = max(e.card_id) OVER () THEN true
        ELSE error('similar_to: several cards begin so: give more digits of the card_id')
    END
),
near AS (
    SELECT e.*, round(list_cosine_similarity(CAST(e.vector AS DOUBLE[]), o.vector), 2) AS similarity
    FROM encoded AS e
    JOIN chosen AS o ON o.model = e.model AND o.article_key <> e.article_key
    WHERE e.is_counted
),
ranked AS (
    SELECT
        row_number() OVER (
            ORDER BY r.similarity DESC, r.issue_date DESC, r.card_id, r.section, r.row_no
        ) AS rank_no,
        r.*
    FROM near AS r
    WHERE r.similarity >= parameter('similarity', 'near')
)
SELECT
    r.rank_no,
    r.similarity,
    r.section,
    r.text,
    r.issue_date,
    r.path,
    r.line,
    r.card_id,
    r.row_no
FROM ranked AS r
WHERE r.rank_no <= n
ORDER BY r.rank_no
