-- The n concepts that rise, the strongest first: FROM rising(), FROM rising(n := 5), or the keywords that do:
-- FROM rising(kind := 'keyword'). Only those that are called rising now, so there may be fewer or none; what
-- did before is FROM called('risen'). called says what the columns are.

-- In the body a bare n or kind is the argument.
CREATE OR REPLACE MACRO rising(n := 20, kind := 'concept') AS TABLE
SELECT
    c.*
FROM called('rising', n := n, kind := kind) AS c
ORDER BY c.rank_no
