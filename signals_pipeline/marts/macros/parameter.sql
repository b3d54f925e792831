-- The number that a parameter of a metric is set to, NULL without one: SELECT parameter('q', 'max_q').

-- In the body a bare name is the argument, and an argument may be a column of any table of the caller.
CREATE OR REPLACE MACRO parameter(of_metric, name) AS (
    SELECT max(set_to.value) FROM metric AS set_to WHERE set_to.metric = of_metric AND set_to.parameter = name
)
