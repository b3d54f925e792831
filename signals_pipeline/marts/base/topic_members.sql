-- One row per topic and keyword or theme that counts for it; each of these counts for itself.
-- Which mentions are mentions of a topic?
SELECT
    topic_id,
    kind,
    topic,
    topic_id AS member_topic_id
FROM topics
WHERE kind <> 'concept'
UNION ALL
SELECT
    concept_id AS topic_id,
    'concept' AS kind,
    concept AS topic,
    member_topic_id
FROM concept_members
ORDER BY topic_id, member_topic_id
