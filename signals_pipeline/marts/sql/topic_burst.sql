-- One row per burst of a topic.
-- When did people suddenly write about it?
WITH
-- Topics that were in a burst already on the data up to the issue before the last one.
bursting_before AS (
    SELECT DISTINCT topic_id
    FROM topic_burst_fit
    WHERE issues_back = 1 AND is_open AND q < parameter('q', 'max_q')
)
SELECT
    f.topic_id,
    f.kind,
    f.topic,
    f.start_date,
    f.end_date,
    f.n_issues,
    f.x,
    f.n,
    f.share_in,
    f.share_out,
    f.strength,
    f.p_perm,
    f.q,
    f.is_open,
    f.is_open AND f.q < parameter('q', 'max_q') AND b.topic_id IS NULL AS is_new
FROM topic_burst_fit AS f
LEFT JOIN bursting_before AS b USING (topic_id)
WHERE f.issues_back = 0
ORDER BY f.kind, f.topic, f.start_date
