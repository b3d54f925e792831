-- One row per concept whose definition is matched by a statement of a counted card, and quarter.
-- On how many cards does a statement say what the concept means, whatever names them?
WITH
able AS (
    SELECT
        card_no,
        card_id,
        form,
        CAST(date_trunc('quarter', issue_date) AS DATE) AS quarter
    FROM counted_cards
    WHERE card_id IN (SELECT card_id FROM statements)
),
matched AS (
    SELECT DISTINCT
        s.topic_id,
        a.card_no,
        a.form,
        a.quarter
    FROM statement_topics AS s
    JOIN able AS a USING (card_id)
    WHERE s.how = 'meaning'
),
quarters AS (
    SELECT period_start AS quarter
    FROM able_periods
    WHERE kind = 'concept' AND grain = 'quarter'
),
weights AS (
    SELECT
        form,
        count(card_no) AS weight
    FROM able
    GROUP BY form
),
-- On which share of the cards of a form the concept is matched.
forms AS (
    SELECT
        c.topic_id,
        w.form,
        w.weight,
        count(DISTINCT m.card_no) / w.weight AS usual
    FROM (SELECT DISTINCT topic_id FROM matched) AS c
    CROSS JOIN weights AS w
    LEFT JOIN matched AS m ON m.topic_id = c.topic_id AND m.form = w.form
    GROUP BY c.topic_id, w.form, w.weight
),
counts AS (
    SELECT
        f.topic_id,
        f.form,
        a.quarter,
        f.weight,
        f.usual,
        count(DISTINCT a.card_no) AS n,
        count(DISTINCT m.card_no) AS x
    FROM forms AS f
    JOIN able AS a USING (form)
    LEFT JOIN matched AS m ON m.topic_id = f.topic_id AND m.card_no = a.card_no
    GROUP BY ALL
),
corpus AS (
    SELECT
        topic_id,
        sum(weight) AS weight,
        sum(CAST(weight * usual AS DECIMAL(18, 9))) AS usual
    FROM forms
    GROUP BY topic_id
),
-- Of the forms that a quarter has: their weighted shares, and what these would be if it were like any other.
sums AS (
    SELECT
        topic_id,
        quarter,
        sum(x) AS x,
        sum(n) AS n,
        sum(weight) AS weight,
        sum(CAST(weight * x / n AS DECIMAL(18, 9))) AS found,
        sum(CAST(weight * usual AS DECIMAL(18, 9))) AS usual,
        sum(CAST(n * usual AS DECIMAL(18, 9))) AS expected,
        pow(sum(weight), 2) / CAST(sum(CAST(weight * weight / n AS DECIMAL(28, 9))) AS DOUBLE) AS n_as_sure
    FROM counts
    GROUP BY topic_id, quarter
),
-- A form that a quarter lacks has its usual share there, times what the other forms have of theirs: where
-- these let one expect next to no match, a single one would stand for very many.
shares AS (
    SELECT
        c.topic_id,
        q.quarter,
        s.x,
        s.n,
        s.n_as_sure AS n_most,
        CASE
            WHEN s.usual = c.usual THEN s.found / c.weight
            WHEN s.expected >= parameter('concept_trend_by_meaning', 'min_expected')
            THEN least(1, (s.found + (c.usual - s.usual) * s.x / CAST(s.expected AS DOUBLE)) / c.weight)
        END AS share
    FROM corpus AS c
    CROSS JOIN quarters AS q
    LEFT JOIN sums AS s ON s.topic_id = c.topic_id AND s.quarter = q.quarter
),
-- However much weight its form has, a card that matches is one card.
sized AS (
    SELECT
        topic_id,
        quarter,
        x,
        n,
        share,
        CASE WHEN x > 0 THEN least(n_most, x / share) ELSE n_most END AS n_as_sure
    FROM shares
)
SELECT
    s.topic_id AS concept_id,
    s.quarter,
    CAST(coalesce(s.x, 0) AS INTEGER) AS n_cards_with,
    CAST(coalesce(s.n, 0) AS INTEGER) AS n_cards,
    s.share,
    wilson(s.share * s.n_as_sure, s.n_as_sure, parameter('share_lo', 'z')).lo AS share_lo,
    wilson(s.share * s.n_as_sure, s.n_as_sure, parameter('share_lo', 'z')).hi AS share_hi
FROM sized AS s
ORDER BY concept_id, s.quarter
