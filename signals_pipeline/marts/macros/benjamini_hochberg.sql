-- The rows of a table of tests that have a p, with the q of Benjamini and Hochberg (1995): the share of false
-- findings to expect among all rows of the family with no larger q. The table names the family and the
-- family_size of each p: FROM benjamini_hochberg('my_tests').

-- p times the size of the family over the number of p that are no larger, and no more than that of any
-- larger p.
CREATE OR REPLACE MACRO benjamini_hochberg(tests) AS TABLE
WITH
ranked AS (
    SELECT
        t.*,
        t.p * t.family_size / count(t.p) OVER (PARTITION BY t.family ORDER BY t.p) AS q_of_rank
    FROM query_table(tests) AS t
    WHERE t.p IS NOT NULL
)
SELECT
    r.* EXCLUDE (q_of_rank),
    greatest(r.p, least(1, min(r.q_of_rank) OVER (PARTITION BY r.family ORDER BY r.p DESC))) AS q
FROM ranked AS r
