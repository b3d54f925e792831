-- The n concepts that fall, the strongest first: FROM falling(), FROM falling(n := 5), or the keywords that do:
-- FROM falling(kind := 'keyword'). Only those that are called falling now, so there may be fewer or none; what
-- did before is FROM called('fallen'). called says what the columns are.

-- In the body a bare n or kind is the argument.
CREATE OR REPLACE MACRO falling(n := 20, kind := 'concept') AS TABLE
SELECT
    c.*
FROM called('falling', n := n, kind := kind) AS c
ORDER BY c.rank_no
