-- How the share of each topic changed from one year to another, the largest fall first: FROM change(2024, 2025),
-- FROM change(2024, 2025, kind := 'keyword') ORDER BY diff_pp DESC. diff_pp is in points of a hundred, with its
-- {CONFIDENCE} interval (see newcombe): two years alone, each topic by itself, so that among many topics some
-- differ by chance. rising() and falling() test all issues, and all topics together. Topics on fewer than
-- min_cards cards in both years together are left out, and is_partial says that a year is not over.

-- In the body a bare year_before, year_after, min_cards or kind is the argument.
CREATE OR REPLACE MACRO change(year_before, year_after, min_cards := 5, kind := 'concept') AS TABLE
WITH
years AS (
    SELECT t.topic_id, t.topic, t.period_start, t.n_cards_with, t.n_cards, t.share, t.is_partial
    FROM topic_trend AS t
    WHERE t.grain = 'year' AND t.kind = lower(CAST(kind AS VARCHAR))
),
able AS (
    SELECT DISTINCT y.period_start, y.n_cards, y.is_partial
    FROM years AS y
),
spanned AS (
    SELECT min(e.period_start) AS first_year, max(e.period_start) AS last_year
    FROM able AS e
),
wanted AS (
    SELECT
        s.first_year,
        s.last_year,
        make_date(CAST(year_before AS INTEGER), 1, 1) AS before,
        make_date(CAST(year_after AS INTEGER), 1, 1) AS after,
        concat('change: the years are ', year(s.first_year), ' to ', year(s.last_year), '.') AS refusal
    FROM spanned AS s
),
-- The joins below need both values. DuckDB 2 may never look at a condition on rows that no join takes.
asked AS (
    SELECT
        CASE WHEN w.before BETWEEN w.first_year AND w.last_year THEN w.before ELSE error(w.refusal) END
            AS before,
        CASE WHEN w.after BETWEEN w.first_year AND w.last_year THEN w.after ELSE error(w.refusal) END
            AS after
    FROM wanted AS w
),
named AS (
    SELECT DISTINCT y.topic_id, y.topic
    FROM years AS y
),
counts AS (
    SELECT
        n.topic,
        coalesce(b.n_cards_with, 0) AS n_cards_with_before,
        p.n_cards AS n_cards_before,
        coalesce(a.n_cards_with, 0) AS n_cards_with_after,
        q.n_cards AS n_cards_after,
        p.is_partial OR q.is_partial AS is_partial,
        n.topic_id
    FROM named AS n
    CROSS JOIN asked AS k
    JOIN able AS p ON p.period_start = k.before
    JOIN able AS q ON q.period_start = k.after
    LEFT JOIN years AS b ON b.topic_id = n.topic_id AND b.period_start = p.period_start
    LEFT JOIN years AS a ON a.topic_id = n.topic_id AND a.period_start = q.period_start
)
SELECT
    c.topic,
    100 * (c.n_cards_with_after / c.n_cards_after - c.n_cards_with_before / c.n_cards_before) AS diff_pp,
    100 * newcombe(c.n_cards_with_before, c.n_cards_before, c.n_cards_with_after, c.n_cards_after).lo AS diff_lo_pp,
    100 * newcombe(c.n_cards_with_before, c.n_cards_before, c.n_cards_with_after, c.n_cards_after).hi AS diff_hi_pp,
    c.n_cards_with_before,
    c.n_cards_before,
    c.n_cards_with_after,
    c.n_cards_after,
    c.is_partial,
    c.topic_id
FROM counts AS c
WHERE c.n_cards_with_before + c.n_cards_with_after >= min_cards
ORDER BY diff_pp, c.topic
