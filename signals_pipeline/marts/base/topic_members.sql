-- One row per topic and keyword or theme that counts for it, which each of these does for itself.
-- Which mentions are mentions of a topic?
SELECT
    t.topic_id,
    t.kind,
    t.topic,
    coalesce(m.member_topic_id, t.topic_id) AS member_topic_id
FROM topics AS t
LEFT JOIN concept_members AS m ON m.concept_id = t.topic_id
ORDER BY t.topic_id, member_topic_id
