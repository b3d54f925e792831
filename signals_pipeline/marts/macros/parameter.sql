-- The number that a parameter of a metric is set to, NULL without one: SELECT parameter('q', 'max_q').

-- In the body a bare name is the argument, so that the arguments cannot be called as the columns are.
CREATE OR REPLACE MACRO parameter(of_metric, name) AS (
    SELECT max(m.value) FROM metric AS m WHERE m.metric = of_metric AND m.parameter = name
)
