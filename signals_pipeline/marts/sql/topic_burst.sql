-- One row per burst of a topic.
-- When did people suddenly write about it?
WITH
parameters AS (
    SELECT
        max(metric.value) FILTER (WHERE metric.metric = 'q' AND metric.parameter = 'max_q') AS max_q
    FROM metric
),
-- Topics that were in a burst already on the data up to the issue before the last one.
bursting_before AS (
    SELECT DISTINCT topic_burst_fit.topic_id
    FROM topic_burst_fit
    JOIN parameters ON topic_burst_fit.q < parameters.max_q
    WHERE topic_burst_fit.issues_back = 1 AND topic_burst_fit.is_open
)
SELECT
    topic_burst_fit.topic_id,
    topic_burst_fit.kind,
    topic_burst_fit.topic,
    topic_burst_fit.start_date,
    topic_burst_fit.end_date,
    topic_burst_fit.n_issues,
    topic_burst_fit.x,
    topic_burst_fit.n,
    topic_burst_fit.share_in,
    topic_burst_fit.share_out,
    topic_burst_fit.strength,
    topic_burst_fit.p_perm,
    topic_burst_fit.q,
    topic_burst_fit.is_open,
    topic_burst_fit.is_open AND topic_burst_fit.q < parameters.max_q AND bursting_before.topic_id IS NULL
        AS is_new
FROM topic_burst_fit
CROSS JOIN parameters
LEFT JOIN bursting_before ON bursting_before.topic_id = topic_burst_fit.topic_id
WHERE topic_burst_fit.issues_back = 0
ORDER BY topic_burst_fit.kind, topic_burst_fit.topic, topic_burst_fit.start_date
