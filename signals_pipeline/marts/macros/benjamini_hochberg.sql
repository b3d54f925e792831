-- The rows of a table of tests that have a p, with the q of Benjamini and Hochberg (1995): the share of false
-- findings to expect among all rows of the family with no larger q. The table names the family and the
-- family_size of each p: FROM benjamini_hochberg('my_tests'). It needs a client of DuckDB 1.1 or newer.

-- p family_size / (number of p no larger), at most that of any larger p. Some clients find no WITH in here.
CREATE OR REPLACE MACRO benjamini_hochberg(tests) AS TABLE
SELECT
    * EXCLUDE (q_of_rank),
    greatest(p, least(1, min(q_of_rank) OVER (PARTITION BY family ORDER BY p DESC))) AS q
FROM (
    SELECT
        *,
        p * family_size / count(p) OVER (PARTITION BY family ORDER BY p) AS q_of_rank
    FROM query_table(tests)
    WHERE p IS NOT NULL AND family_size IS NOT NULL
)
